// SPDX-License-Identifier: Apache-2.0
// The helper functions of libtvm_ffi_testing that test suites of other languages call: each returns
// what the interface says, and wrong arguments are errors. Its types are in
// test_testing_library.cc.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/container/variant.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/extra/dataclass.h>
#include <tvm/ffi/extra/structural_visit.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/accessor.h>

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace tvm::ffi;  // NOLINT(build/namespaces)
namespace refl = tvm::ffi::reflection;

template <typename... Args>
Any Call(const std::string& name, Args&&... args) {
  return Function::GetGlobalRequired("testing." + name)(std::forward<Args>(args)...);
}

std::string ErrorOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& err) {
    return err.kind() + ": " + err.message();
  }
  return "no error";
}

std::string Repr(const Any& value) { return ReprPrint(value); }

struct NoData {
  void AllocData(DLTensor* tensor) { tensor->data = nullptr; }
  void FreeData(DLTensor*) {}
};
Tensor MakeTensor() {
  return Tensor::FromNDAlloc(NoData(), {2}, DLDataType{kDLFloat, 32, 1}, DLDevice{kDLCPU, 0});
}

TEST(TestingFunctions, SchemaFunctionsReturnTheirArgument) {
  const Function function = Function::FromTyped([](int64_t x) { return x; });
  const std::vector<std::pair<const char*, Any>> cases = {
      {"schema_id_int", 7},
      {"schema_id_float", 2.5},
      {"schema_id_bool", true},
      {"schema_id_device", DLDevice{kDLCUDA, 1}},
      {"schema_id_dtype", DLDataType{kDLInt, 8, 2}},
      {"schema_id_string", String("a string on the heap")},
      {"schema_id_bytes", Bytes("some\0bytes", 10)},
      {"schema_id_func", function},
      {"schema_id_func_typed", function},
      {"schema_id_any", 2.5},
      {"schema_id_object", Array<Any>{1}},
      {"schema_id_tensor", MakeTensor()},
      {"schema_id_opt_int", 4},
      {"schema_id_opt_int", nullptr},
      {"schema_id_opt_str", String("s")},
      {"schema_id_opt_str", nullptr},
      {"schema_id_opt_obj", Array<Any>{1}},
      {"schema_id_opt_obj", nullptr},
      {"schema_id_arr_int", Array<int64_t>{1, 2}},
      {"schema_id_arr_str", Array<String>{"a"}},
      {"schema_id_arr_obj", Array<Any>{Array<Any>{1}}},
      {"schema_id_arr", Array<Any>{1, "two"}},
      {"schema_id_list_int", List<int64_t>{1, 2}},
      {"schema_id_list_str", List<String>{"a"}},
      {"schema_id_list_obj", List<Any>{List<Any>{1}}},
      {"schema_id_map_str_int", Map<String, Any>{{"a", 1}}},
      {"schema_id_map_str_str", Map<String, Any>{{"a", String("b")}}},
      {"schema_id_map_str_obj", Map<String, Any>{{"a", Array<Any>{1}}}},
      {"schema_id_map", Map<Any, Any>{{1, 2.5}}},
      {"schema_id_dict_str_int", Dict<String, Any>{{"a", 1}}},
      {"schema_id_dict_str_str", Dict<String, Any>{{"a", String("b")}}},
      {"schema_id_variant_int_str", 3},
      {"schema_id_variant_int_str", String("s")},
      {"schema_variant_mix", 3},
      {"schema_variant_mix", Array<int64_t>{1}},
  };
  std::set<std::string> called;
  for (const auto& [name, value] : cases) {
    called.insert(name);
    Any result = Call(name, value);
    EXPECT_TRUE(result.same_as(value)) << name << " gave " << Repr(result);
  }
  // Those that return something else, or cannot return, have tests of their own.
  called.insert({"schema_id_dltensor", "schema_tensor_view_input", "schema_arr_map_opt",
                 "schema_no_args", "schema_no_return", "schema_no_args_no_return",
                 "schema_packed"});
  for (const String& registered : Function::ListGlobalNames()) {
    const std::string name = registered;
    if (name.rfind("testing.schema_", 0) == 0) {
      EXPECT_EQ(called.count(name.substr(8)), 1U) << name;
    }
  }
}

TEST(TestingFunctions, SchemaFunctionsCheckTheirArgument) {
  for (auto [name, bad] : std::vector<std::pair<const char*, Any>>{
           {"schema_id_int", 1.5},
           {"schema_id_float", String("x")},
           {"schema_id_bool", String("x")},
           {"schema_id_string", 1},
           {"schema_id_bytes", 1},
           {"schema_id_func", 1},
           {"schema_id_object", 1},
           {"schema_id_tensor", 1},
           {"schema_id_opt_int", String("x")},
           {"schema_id_arr_int", Array<Any>{String("x")}},
           {"schema_id_arr", List<Any>{1}},
           {"schema_id_map", Dict<Any, Any>()},
           {"schema_id_map_str_int", Map<Any, Any>{{1, 1}}},
           {"schema_id_list_obj", List<Any>{1}},
           {"schema_id_dict_str_str", Dict<Any, Any>{{String("a"), 1}}},
           {"schema_id_variant_int_str", Array<Any>()},
           {"schema_tensor_view_input", nullptr}}) {
    EXPECT_EQ(
        ErrorOf([&] { Call(name, bad); }).rfind("TypeError: Mismatched type on argument #0", 0), 0U)
        << name;
  }
}

TEST(TestingFunctions, DevicesComeFromStringsToo) {
  EXPECT_EQ(Call("schema_id_device", "cuda:3").cast<DLDevice>().device_id, 3);
}

TEST(TestingFunctions, ADLTensorCannotBeReturned) {
  EXPECT_EQ(ErrorOf([] { Call("schema_id_dltensor", MakeTensor()); }),
            "RuntimeError: DLTensor* cannot be held in Any as it does not retain ownership, use "
            "Tensor instead");
}

TEST(TestingFunctions, FunctionsWithoutResultGiveNone) {
  EXPECT_TRUE(Call("schema_no_args_no_return") == nullptr);
  EXPECT_TRUE(Call("schema_tensor_view_input", MakeTensor()) == nullptr);
}

TEST(TestingFunctions, OptionalTensorViewTellsWhetherThereIsOne) {
  EXPECT_FALSE(Call("optional_tensor_view_has_value", nullptr).cast<bool>());
  EXPECT_TRUE(Call("optional_tensor_view_has_value", MakeTensor()).cast<bool>());
}

TEST(TestingFunctions, ContainersOfTensorsHaveTheDocumentedContent) {
  Tensor t = MakeTensor();
  const std::string text = Repr(t);
  EXPECT_EQ(Repr(Call("make_array_with_tensor", t)), "(" + text + ",)");
  EXPECT_EQ(Repr(Call("make_array_with_mixed", t, 5)), "(" + text + ", 5, \"hello\")");
  EXPECT_EQ(Repr(Call("make_nested_array_with_tensor", t)), "((" + text + ", 42), " + text + ")");
  EXPECT_EQ(Repr(Call("make_list_with_tensor", t, 5)), "[" + text + ", 5]");
  EXPECT_EQ(Repr(Call("make_map_with_tensor", t)),
            "{\"tensor\": " + text + ", \"value\": 42, \"name\": \"test\"}");
  EXPECT_EQ(Call("make_map_with_tensor", t).type_index(), static_cast<int32_t>(kTVMFFIMap));
  EXPECT_EQ(Repr(Call("make_dict_with_tensor", t)), "{\"tensor\": " + text + ", \"value\": 42}");
  EXPECT_EQ(Call("make_dict_with_tensor", t).type_index(), static_cast<int32_t>(kTVMFFIDict));
  EXPECT_EQ(Repr(Call("make_empty_array_with_tensor_input", t)), "()");
  EXPECT_EQ(
      Repr(Call("make_nested_map_with_tensor", t, t)),
      "{\"array\": (" + text + ", " + text + "), \"map\": {\"t\": " + text + "}, \"scalar\": 99}");
  EXPECT_EQ(t.use_count(), 1) << "nothing keeps the tensor";
}

TEST(TestingFunctions, SignalCheckWithoutWaitingReturns) {
  EXPECT_TRUE(Call("run_check_signal", 0) == nullptr);
}

// The values that a walk meets, with the region each is in.
std::vector<std::pair<std::string, int>> Regions(const Any& root) {
  std::vector<std::pair<std::string, int>> seen;
  StructuralWalk<WalkOrder::kPreOrder>(root, [&](int64_t value, TVMFFIDefRegionKind kind) {
    seen.emplace_back(std::to_string(value), static_cast<int>(kind));
    return WalkResult::Advance();
  });
  return seen;
}

TEST(TestingFunctions, VisitRegionGraphsShowEveryRegion) {
  using Seen = std::vector<std::pair<std::string, int>>;
  EXPECT_EQ(Call("make_visit_region_graph", false).GetTypeKey(), "testing.TestVisitRegions");
  EXPECT_EQ(Call("make_visit_region_graph", true).GetTypeKey(), "testing.TestVisitHook");
  EXPECT_EQ(Regions(Call("make_visit_region_graph", false)),
            (Seen{{"1", kTVMFFIDefRegionKindSimple},
                  {"2", kTVMFFIDefRegionKindPattern},
                  {"3", kTVMFFIDefRegionKindNone}}));
  EXPECT_EQ(Regions(Call("make_visit_region_graph", true)),
            (Seen{{"1", kTVMFFIDefRegionKindSimple},
                  {"2", kTVMFFIDefRegionKindPattern},
                  {"3", kTVMFFIDefRegionKindSimple},
                  {"4", kTVMFFIDefRegionKindNone}}));
}

}  // namespace
