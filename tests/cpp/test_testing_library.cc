// SPDX-License-Identifier: Apache-2.0
// Tests of libtvm_ffi_testing: its reflection data equals the published one, its functions work.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/extra/module.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/accessor.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "./reflection_dump.h"

extern "C" int TVMFFITestingDummyTarget();

namespace {

using namespace reflection_dump;  // NOLINT(build/namespaces)

const char kExpected[] =
#include "./testing_library_expected.inc"
    ;

std::string DumpLibrary() {
  std::ostringstream os;
  for (const std::string& key : TypeKeysWith("testing.")) DumpType(key, os);
  for (const std::string& name : FunctionsWith("testing.")) DumpFunction(name, os);
  return os.str();
}

Function Global(const char* name) { return Function::GetGlobalRequired(name); }

std::string ErrorOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& err) {
    return err.kind() + ": " + err.message();
  }
  return "no error";
}

TEST(TestingLibrary, ReflectionDataEqualsThePublishedOne) {
  std::vector<std::string> expected = Lines(kExpected);
  std::vector<std::string> actual = Lines(DumpLibrary());
  for (size_t i = 0; i < std::min(expected.size(), actual.size()); ++i) {
    ASSERT_EQ(actual[i], expected[i]) << "record " << i;
  }
  EXPECT_EQ(actual.size(), expected.size());
}

TEST(TestingLibrary, LinkAnchorAnswersZero) { EXPECT_EQ(TVMFFITestingDummyTarget(), 0); }

TEST(TestingLibrary, FirstChildrenTakeTheReservedSlot) {
  EXPECT_EQ(TypeKeyToIndex("testing.TestObjectDerived"),
            TypeKeyToIndex("testing.TestObjectBase") + 1);
  EXPECT_EQ(TypeKeyToIndex("testing.TestCxxAutoInitChild"),
            TypeKeyToIndex("testing.TestCxxAutoInitParent") + 1);
}

TEST(TestingLibrary, AddOneWrapsAndChecksItsArgument) {
  Function add_one = Global("testing.add_one");
  EXPECT_EQ(add_one(3).cast<int>(), 4);
  EXPECT_EQ(add_one(true).cast<int>(), 2);
  EXPECT_EQ(add_one(INT32_MAX).cast<int64_t>(), INT32_MIN);
  EXPECT_EQ(ErrorOf([&] { add_one(1.5); }),
            "TypeError: Mismatched type on argument #0 when calling: "
            "`testing.add_one(0: int) -> int`. Expected `int` but got `float`");
}

TEST(TestingLibrary, EchoOwnsItsResult) {
  Function echo = Global("testing.echo");
  EXPECT_EQ(echo("raw", 2).cast<String>(), "raw");
  EXPECT_TRUE(echo(nullptr) == nullptr);
  EXPECT_TRUE(Global("testing.nop")(1, 2) == nullptr);
  EXPECT_TRUE(Global("testing.schema_packed")(1) == nullptr);
  EXPECT_EQ(ErrorOf([&] { echo(); }), "TypeError: testing.echo takes at least one argument");
}

TEST(TestingLibrary, ApplyCallsItsFirstArgument) {
  Function apply = Global("testing.apply");
  EXPECT_EQ(apply(Global("testing.add_one"), 1).cast<int>(), 2);
  EXPECT_EQ(ErrorOf([&] { apply(String("x")); }),
            "TypeError: Cannot convert from type `ffi.SmallStr` to `ffi.Function`");
  EXPECT_EQ(ErrorOf([&] { apply(nullptr); }),
            "TypeError: Cannot convert from type `None` to `ffi.Function`");
  EXPECT_NE(ErrorOf([&] { apply(); }), "no error");
}

TEST(TestingLibrary, RaisedErrorsNameTheirOriginOnce) {
  try {
    Global("testing.test_raise_error")("ValueError", "message");
    ADD_FAILURE() << "no error was thrown";
  } catch (const Error& err) {
    EXPECT_EQ(err.kind(), "ValueError");
    EXPECT_EQ(err.message(), "message");
    std::string backtrace = err.backtrace();
    size_t first = backtrace.find("TestRaiseError");
    ASSERT_NE(first, std::string::npos) << backtrace;
    EXPECT_EQ(backtrace.find("TestRaiseError", first + 1), std::string::npos) << backtrace;
  }
}

TEST(TestingLibrary, ObjectUseCountSeesTheCallersReference) {
  Array<Any> array{1};
  EXPECT_EQ(Global("testing.object_use_count")(array).cast<int>(), 1);
  Array<Any> other = array;
  EXPECT_EQ(Global("testing.object_use_count")(array).cast<int>(), 2);
  EXPECT_NE(ErrorOf([] {
              Global("testing.object_use_count")(nullptr);
            }).find("Expected `ffi.Object` but got `None`"),
            std::string::npos);
}

TEST(TestingLibrary, CSymbolsFollowTheirConventions) {
  auto safe_call = reinterpret_cast<TVMFFISafeCallType>(
      Global("testing.get_add_one_c_symbol")().cast<int64_t>());
  EXPECT_EQ(Function::InvokeExternC(nullptr, safe_call, 41).cast<int>(), 42);
  EXPECT_EQ(ErrorOf([&] { Function::InvokeExternC(nullptr, safe_call, nullptr); }),
            "TypeError: Cannot convert from type `None` to `int`");
  auto mlir = reinterpret_cast<void (*)(void**)>(
      Global("testing.get_mlir_add_one_c_symbol")().cast<int64_t>());
  void* handle = nullptr;
  TVMFFIAny arg = AnyView(7).CopyToTVMFFIAny();
  const TVMFFIAny* args = &arg;
  int32_t num_args = 1;
  TVMFFIAny result = AnyView().CopyToTVMFFIAny();
  TVMFFIAny* result_ptr = &result;
  int code = -1;
  void* packed_args[] = {&handle, &args, &num_args, &result_ptr, &code};
  mlir(packed_args);
  EXPECT_EQ(code, 0);
  EXPECT_EQ(result.v_int64, 8);
}

TEST(TestingLibrary, EnumMembersAreRegistered) {
  Function get = Global("testing.enum_variant_get");
  Any beta = get("Beta");
  EXPECT_EQ(beta.GetTypeKey(), "testing.TestEnumVariant");
  EXPECT_EQ(refl::FieldGetter("ffi.Enum", "_int_index")(beta.cast<ObjectRef>()).cast<int>(), 1);
  EXPECT_EQ(ErrorOf([&] { get("Gamma"); }),
            "ValueError: Enum `testing.TestEnumVariant` has no instance with index Gamma");
}

TEST(TestingLibrary, IntPairSums) {
  Any pair = refl::GetMethod("testing.TestIntPair", "__ffi_init__")(3, 4);
  EXPECT_EQ(refl::GetMethod("testing.TestIntPair", "sum")(pair).cast<int>(), 7);
  EXPECT_EQ(Global("testing.TestIntPairSum")(pair).cast<int>(), 7);
}

TEST(TestingLibrary, UnregisteredObjectHasBothLevels) {
  ObjectRef obj = Global("testing.make_unregistered_object")().cast<ObjectRef>();
  constexpr const char* kBase = "testing.TestUnregisteredBaseObject";
  constexpr const char* kDerived = "testing.TestUnregisteredObject";
  EXPECT_EQ(refl::FieldGetter(kBase, "v1")(obj).cast<int>(), 41);
  EXPECT_EQ(refl::FieldGetter(kDerived, "v2")(obj).cast<int>(), 42);
  EXPECT_EQ(refl::GetMethod(kBase, "get_v1_plus_one")(obj).cast<int>(), 42);
  EXPECT_EQ(refl::GetMethod(kDerived, "get_v2_plus_two")(obj).cast<int>(), 44);
}

TEST(TestingLibrary, SchemaFunctionsReturnTheirArgument) {
  EXPECT_EQ(Global("testing.schema_id_int")(5).cast<int>(), 5);
  EXPECT_EQ(Global("testing.schema_id_string")("s").cast<String>(), "s");
  EXPECT_TRUE(Global("testing.schema_id_opt_str")(nullptr) == nullptr);
  EXPECT_EQ(Global("testing.schema_id_variant_int_str")(2).cast<int>(), 2);
  EXPECT_EQ(Global("testing.schema_no_args")().cast<int>(), 1);
  EXPECT_TRUE(Global("testing.schema_no_return")(3) == nullptr);
  Array<int64_t> array{1, 2};
  EXPECT_TRUE(Global("testing.schema_id_arr")(array).cast<Array<int64_t>>().same_as(array));
}

TEST(TestingLibrary, ArrMapOptSetsThePresentIntegers) {
  Function func = Global("testing.schema_arr_map_opt");
  using IntArrayMap = Map<String, Array<int64_t>>;
  Array<Any> values{1, nullptr, 3};
  auto set = func(values, IntArrayMap(), "key").cast<IntArrayMap>();
  ASSERT_EQ(set.size(), 1u);
  EXPECT_EQ(set["key"].size(), 2u);
  EXPECT_EQ(set["key"][1], 3);
  EXPECT_EQ(func(values, IntArrayMap(), nullptr).cast<IntArrayMap>().size(), 0u);
}

TEST(TestingLibrary, SchemaObjectMethodsWork) {
  constexpr const char* kKey = "testing.SchemaAllTypes";
  Any obj = refl::GetMethod(kKey, "make_with")(1, 2.5, "text");
  EXPECT_EQ(refl::FieldGetter(kKey, "v_float")(obj.cast<ObjectRef>()).cast<double>(), 2.5);
  EXPECT_EQ(refl::FieldGetter(kKey, "v_variant")(obj.cast<ObjectRef>()).cast<String>(), "v");
  EXPECT_EQ(refl::GetMethod(kKey, "add_int")(obj, 4).cast<int>(), 5);
  Array<int64_t> array{1};
  EXPECT_EQ(refl::GetMethod(kKey, "append_int")(obj, array, 2).cast<Array<int64_t>>().size(), 2u);
  EXPECT_EQ(array.size(), 1u) << "arrays copy on write";
  Function concat = refl::GetMethod(kKey, "maybe_concat");
  EXPECT_EQ(concat(obj, "a", "b").cast<String>(), "ab");
  EXPECT_EQ(concat(obj, "a", nullptr).cast<String>(), "a");
  EXPECT_EQ(concat(obj, nullptr, "b").cast<String>(), "b");
  EXPECT_TRUE(concat(obj, nullptr, nullptr) == nullptr);
  Map<String, Array<int64_t>> lhs{{"a", {1}}}, rhs{{"a", {2}}, {"b", {3}}};
  auto merged =
      refl::GetMethod(kKey, "merge_map")(obj, lhs, rhs).cast<Map<String, Array<int64_t>>>();
  EXPECT_EQ(merged["a"].size(), 2u);
  EXPECT_EQ(merged["b"][0], 3);
  EXPECT_EQ(lhs["a"].size(), 1u);
}

TEST(TestingLibrary, UserHooksLookAtTheKeyOnly) {
  Function init = refl::GetMethod("testing.TestCustomCompare", "__ffi_init__");
  Any a = init(1, "a"), b = init(1, "b"), c = init(2, "a");
  int32_t index = a.type_index();
  Function equal = Function::FromTyped([](Any x, Any y) { return AnyEqual()(x, y); });
  Function compare =
      Function::FromTyped([](int64_t x, int64_t y) { return static_cast<int32_t>(x - y); });
  Function hash = Function::FromTyped([](int64_t x) { return x * 3; });
  Function eq_hook = refl::TypeAttrColumn("__ffi_eq__")[index].cast<Function>();
  Function compare_hook = refl::TypeAttrColumn("__ffi_compare__")[index].cast<Function>();
  EXPECT_TRUE(eq_hook(a, b, equal).cast<bool>());
  EXPECT_FALSE(eq_hook(a, c, equal).cast<bool>());
  EXPECT_EQ(compare_hook(a, c, compare).cast<int>(), -1);
  EXPECT_EQ(refl::TypeAttrColumn("__ffi_hash__")[index].cast<Function>()(c, hash).cast<int>(), 6);
}

TEST(TestingLibrary, SystemLibraryHasAddOne) {
  Module lib = Function::GetGlobalRequired("ffi.SystemLib")("testing.").cast<Module>();
  EXPECT_EQ((*lib->GetFunction("add_one"))(3).cast<int>(), 4);
}

extern "C" {
int __tvm_ffi_testing_dll_schema_id_int(void*, const TVMFFIAny*, int32_t, TVMFFIAny*);
int __tvm_ffi__metadata_testing_dll_schema_id_int(void*, const TVMFFIAny*, int32_t, TVMFFIAny*);
int __tvm_ffi_testing_dll_test_add_with_docstring(void*, const TVMFFIAny*, int32_t, TVMFFIAny*);
int __tvm_ffi__metadata_testing_dll_test_add_with_docstring(void*, const TVMFFIAny*, int32_t,
                                                            TVMFFIAny*);
int __tvm_ffi__doc_testing_dll_test_add_with_docstring(void*, const TVMFFIAny*, int32_t,
                                                       TVMFFIAny*);
}

TEST(TestingLibrary, ExportedSymbolsCarryMetadataAndDoc) {
  EXPECT_EQ(Function::InvokeExternC(nullptr, __tvm_ffi_testing_dll_schema_id_int, 3).cast<int>(),
            3);
  EXPECT_EQ(
      Function::InvokeExternC(nullptr, __tvm_ffi__metadata_testing_dll_schema_id_int)
          .cast<String>(),
      R"({"type_schema":"{\"type\":\"ffi.Function\",\"named_args\":{\"return\":[{\"type\":\"int\"}])"
      R"(,\"params\":[{\"type\":\"int\"}]}}"})");
  EXPECT_EQ(Function::InvokeExternC(nullptr, __tvm_ffi_testing_dll_test_add_with_docstring, 1, 2)
                .cast<int>(),
            3);
  EXPECT_EQ(
      Function::InvokeExternC(nullptr, __tvm_ffi__metadata_testing_dll_test_add_with_docstring)
          .cast<String>(),
      R"({"type_schema":"{\"type\":\"ffi.Function\",\"named_args\":{\"return\":[{\"type\":\"int\"}])"
      R"(,\"params\":[{\"type\":\"int\"},{\"type\":\"int\"}]}}"})");
  EXPECT_EQ(Function::InvokeExternC(nullptr, __tvm_ffi__doc_testing_dll_test_add_with_docstring)
                .cast<String>(),
            "Add two integers and return the sum.\n\nParameters\n----------\na : int\n    First "
            "integer\nb : int\n    Second integer\n\nReturns\n-------\nresult : int\n    Sum of a "
            "and b");
  EXPECT_EQ(ErrorOf([] {
              Function::InvokeExternC(nullptr, __tvm_ffi_testing_dll_test_add_with_docstring, 1,
                                      String("x"));
            }),
            "TypeError: Mismatched type on argument #1 when calling: "
            "`testing_dll_test_add_with_docstring(0: int, 1: int) -> int`. Expected `int` but got "
            "`ffi.SmallStr`");
}

}  // namespace
