// SPDX-License-Identifier: Apache-2.0
// Tests of ReprPrint: text of plain values, containers, objects, cycles and hooks.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/big_int.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/container/variant.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/extra/dataclass.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/registry.h>

#include <cstdint>
#include <cstdlib>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "dataclass_testing.h"

namespace {

using namespace tvm::ffi;  // NOLINT(build/namespaces)
using dataclass_testing::ErrorOf;
using dataclass_testing::Init;
using dataclass_testing::NestedLists;

std::string Repr(const Any& value) { return ReprPrint(value); }

TEST(ReprPrint, WritesNumbersAndNone) {
  EXPECT_EQ(Repr(nullptr), "None");
  EXPECT_EQ(Repr(true), "True");
  EXPECT_EQ(Repr(false), "False");
  EXPECT_EQ(Repr(-42), "-42");
  EXPECT_EQ(Repr(3.14), "3.14");
  EXPECT_EQ(Repr(0.0), "0");
  EXPECT_EQ(Repr(-0.0), "-0");
  EXPECT_EQ(Repr(1e10), "1e+10");
  EXPECT_EQ(Repr(1234567.0), "1.23457e+06");
  EXPECT_EQ(Repr(std::numeric_limits<double>::quiet_NaN()), "nan");
  EXPECT_EQ(Repr(-std::numeric_limits<double>::infinity()), "-inf");
  EXPECT_EQ(Repr(BigInt(int64_t{1} << 62) * BigInt(4)), "18446744073709551616");
}

TEST(ReprPrint, WritesDTypesDevicesAndPointers) {
  EXPECT_EQ(Repr(DLDataType{kDLFloat, 32, 4}), "float32x4");
  EXPECT_EQ(Repr(DLDevice{kDLCUDA, 3}), "cuda:3");
  EXPECT_EQ(Repr(DLDevice{kDLTrn, 0}), "trn:0");
  EXPECT_EQ(Repr(DLDevice{static_cast<DLDeviceType>(5), 1}), "unknown:1");
  int pointee = 0;
  EXPECT_EQ(Repr(static_cast<void*>(&pointee)), "void*");
}

TEST(ReprPrint, QuotesStringsInBothForms) {
  EXPECT_EQ(Repr(String("ab'/")), R"("ab'/")");
  EXPECT_EQ(Repr(String("a\"b\\\n\t\r\x1b\x7f")), R"("a\"b\\\n\t\r\x1b\x7f")");
  EXPECT_EQ(Repr(String(std::string("\0", 1))), R"("\x00")");
  EXPECT_EQ(Repr(String("\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80")), R"("\u00e9\u4e2d\U0001f600")");
}

TEST(ReprPrint, EscapesBytesThatAreNoUtf8) {
  EXPECT_EQ(Repr(String("\xc3")), R"("\xc3")") << "cut off";
  EXPECT_EQ(Repr(String("\xe4\xb8"
                        "a")),
            R"("\xe4\xb8a")")
      << "wrong continuation";
  EXPECT_EQ(Repr(String("\x80\xff")), R"("\x80\xff")");
}

TEST(ReprPrint, WritesBytesInHexOnlyWhereNeeded) {
  EXPECT_EQ(Repr(Bytes("a'b", 3)), R"(b"a'b")");
  EXPECT_EQ(Repr(Bytes("\"\\\x00\xff long enough", 16)), R"(b"\x22\x5c\x00\xff long enough")");
}

TEST(ReprPrint, WritesContainers) {
  EXPECT_EQ(Repr(Array<Any>()), "()");
  EXPECT_EQ(Repr(Array<Any>{42}), "(42,)");
  EXPECT_EQ(Repr(Array<Any>{1, "two"}), R"((1, "two"))");
  EXPECT_EQ(Repr(List<Any>()), "[]");
  EXPECT_EQ(Repr(List<Any>{99}), "[99]");
  EXPECT_EQ(Repr(Map<Any, Any>()), "{}");
  EXPECT_EQ(Repr(Map<Any, Any>{{"a", 1}, {2, Array<Any>{3}}}), R"({"a": 1, 2: (3,)})");
  EXPECT_EQ(Repr(Dict<Any, Any>{{"a", List<Any>{1, 2}}}), R"({"a": [1, 2]})");
  EXPECT_EQ(Repr(Shape({5, 6})), "Shape(5, 6)");
  EXPECT_EQ(Repr(Shape()), "Shape()");
}

struct NoData {
  void AllocData(DLTensor* tensor) { tensor->data = nullptr; }
  void FreeData(DLTensor*) {}
};

TEST(ReprPrint, DescribesTensors) {
  Tensor tensor =
      Tensor::FromNDAlloc(NoData(), {3, 4}, DLDataType{kDLFloat, 32, 1}, DLDevice{kDLCPU, 0});
  EXPECT_EQ(Repr(tensor), "float32[3, 4]@cpu:0");
  Tensor scalar =
      Tensor::FromNDAlloc(NoData(), {}, DLDataType{kDLFloat, 64, 1}, DLDevice{kDLCPU, 0});
  EXPECT_EQ(Repr(scalar), "float64[]@cpu:0");
}

TEST(ReprPrint, NamesTheSentinels) {
  EXPECT_EQ(Repr(Function::GetGlobalRequired("ffi.GetInvalidObject")()), "<MISSING>");
  EXPECT_EQ(Repr(Function::GetGlobalRequired("ffi.GetKwargsObject")()), "<KWARGS>");
}

TEST(ReprPrint, ShowsFieldsOfAncestorsFirstAndHidesThoseFlagged) {
  EXPECT_EQ(Repr(Init("testing.TestIntPair", 3, 7)), "testing.TestIntPair(a=3, b=7)");
  EXPECT_EQ(
      Repr(Init("testing.TestCxxClassDerivedDerived", 1, 2, 4.5, true)),
      R"(testing.TestCxxClassDerivedDerived(v_f64=4.5, v_f32=8, v_str="default", v_bool=True))");
  EXPECT_EQ(Repr(Init("testing.TestCxxClassBase", 1, 2)), "testing.TestCxxClassBase");
  EXPECT_EQ(Repr(Function::GetGlobalRequired("ffi.ReprPrint")), "ffi.Function");
}

TEST(ReprPrint, ShowsCyclesAsDotsAndSharedPartsInFull) {
  List<Any> list = {1};
  list.push_back(list);
  EXPECT_EQ(Repr(list), "[1, ...]");
  EXPECT_EQ(Repr(Array<Any>{list, list}), "([1, ...], [1, ...])");
  list.clear();
  Any pair = Init("testing.TestIntPair", 1, 2);
  EXPECT_EQ(Repr(Array<Any>{pair, pair}),
            "(testing.TestIntPair(a=1, b=2), testing.TestIntPair(a=1, b=2))");
}

TEST(ReprPrint, UsesTheHookOfTheType) {
  dataclass_testing::RegisterHooked();
  Any part = dataclass_testing::Hooked(String("x"));
  EXPECT_EQ(Repr(Array<Any>{part, 1}), R"((<"x">, 1))");
  List<Any> cycle;
  cycle.push_back(dataclass_testing::Hooked(cycle));
  EXPECT_EQ(Repr(cycle), "[<...>]");
  cycle.clear();
}

TEST(ReprPrint, RecoversFromAHookThatThrows) {
  dataclass_testing::RegisterHooked();
  Any bad = dataclass_testing::Hooked(String("throw"));
  EXPECT_EQ(ErrorOf([&] { Repr(Array<Any>{bad}); }), "ValueError: hook says no");
  EXPECT_EQ(ErrorOf([&] { Repr(Array<Any>{bad}); }), "ValueError: hook says no");
}

TEST(ReprPrint, CallbackOfAHookMayOutliveTheCall) {
  dataclass_testing::RegisterHooked();
  Repr(dataclass_testing::Hooked(String("keep")));
  TypedFunction<String(AnyView)> kept = dataclass_testing::KeptCallback();
  EXPECT_EQ(std::string(kept(Any(List<Any>{1}))), "[1]");
  dataclass_testing::KeptCallback() = TypedFunction<String(AnyView)>();
}

TEST(ReprPrint, LimitsTheNestingOfHooksOnly) {
  dataclass_testing::RegisterHooked();
  Any nested = 1;
  for (int i = 0; i < 500; ++i) nested = dataclass_testing::Hooked(nested);
  EXPECT_EQ(Repr(nested), std::string(500, '<') + "1" + std::string(500, '>'));
  for (int i = 0; i < 13; ++i) nested = dataclass_testing::Hooked(nested);
  EXPECT_EQ(ErrorOf([&] { Repr(nested); }),
            "ValueError: ObjectGraphDFS: maximum hook depth (512) exceeded");
  EXPECT_EQ(Repr(NestedLists(10000)), std::string(10001, '[') + std::string(10001, ']'));
}

TEST(ReprPrint, CostOfDepthIsLinear) {
  // A copy of the text at every level would take ten gigabytes here.
  constexpr int kDepth = 100000;
  List<Any> inner;
  std::vector<List<Any>> levels = {inner};
  for (int i = 0; i < kDepth; ++i) levels.push_back(List<Any>{levels.back()});
  EXPECT_EQ(Repr(levels.back()), std::string(kDepth + 1, '[') + std::string(kDepth + 1, ']'));
  while (!levels.empty()) levels.pop_back();  // outermost first, so that nothing nests
}

TEST(ReprPrint, RepeatsTheTextOfSharedPartsOfHooks) {
  dataclass_testing::RegisterHooked();
  List<Any> shared = {1};
  Any hooked = dataclass_testing::Hooked(shared);
  EXPECT_EQ(Repr(Array<Any>{hooked, shared, hooked, List<Any>{shared}}),
            "(<[1]>, [1], <[1]>, [[1]])");
}

/*! \brief Turns addresses on while it lives. */
struct WithAddresses {
  WithAddresses() { setenv("TVM_FFI_REPR_WITH_ADDR", "1", 1); }
  ~WithAddresses() { unsetenv("TVM_FFI_REPR_WITH_ADDR"); }
};

std::string AddressOf(const Any& value) {
  std::ostringstream os;
  os << "@0x" << std::hex << reinterpret_cast<uintptr_t>(value.as<Object>());
  return os.str();
}

TEST(ReprPrint, ShowsAddressesOnRequest) {
  WithAddresses on;
  List<Any> list = {1};
  list.push_back(list);
  const std::string at = AddressOf(list);
  EXPECT_EQ(Repr(list), "[1, ..." + at + "]" + at);
  list.clear();
  Any pair = Init("testing.TestIntPair", 1, 2);
  EXPECT_EQ(Repr(pair), "testing.TestIntPair" + AddressOf(pair) + "(a=1, b=2)");
  EXPECT_EQ(Repr(Shape({1})), "Shape(1)");
}

TEST(ReprPrint, IsWhatStreamsWrite) {
  std::ostringstream os;
  os << Any(1) << ' ' << List<Any>{"a"} << ' ' << Optional<int>() << ' '
     << Optional<Array<int>>(Array<int>{1}) << ' ' << Variant<int, String>(String("v")) << ' '
     << ObjectRef() << ' ' << String("raw") << ' ' << Shape({1, 2});
  EXPECT_EQ(os.str(), R"(1 ["a"] None (1,) "v" None raw [1, 2])");
}

}  // namespace
