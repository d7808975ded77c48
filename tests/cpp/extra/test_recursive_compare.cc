// SPDX-License-Identifier: Apache-2.0
// Tests of RecursiveEq, Lt, Le, Gt and Ge.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/big_int.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/device.h>
#include <tvm/ffi/dtype.h>
#include <tvm/ffi/extra/dataclass.h>
#include <tvm/ffi/function.h>

#include <cstdint>
#include <limits>
#include <string>

#include "dataclass_testing.h"

namespace {

using namespace tvm::ffi;  // NOLINT(build/namespaces)
using dataclass_testing::ErrorOf;
using dataclass_testing::Hooked;
using dataclass_testing::Init;
using dataclass_testing::NestedLists;

const double kNaN = std::numeric_limits<double>::quiet_NaN();

/*! \brief Checks all five functions on two values of which the first is less. */
void ExpectLess(const Any& small, const Any& large) {
  EXPECT_FALSE(RecursiveEq(small, large));
  EXPECT_TRUE(RecursiveLt(small, large));
  EXPECT_TRUE(RecursiveLe(small, large));
  EXPECT_FALSE(RecursiveGt(small, large));
  EXPECT_FALSE(RecursiveGe(small, large));
  EXPECT_TRUE(RecursiveGt(large, small));
  EXPECT_TRUE(RecursiveGe(large, small));
  EXPECT_FALSE(RecursiveLt(large, small));
}

/*! \brief Checks all five functions on two equal values. */
void ExpectSame(const Any& lhs, const Any& rhs) {
  EXPECT_TRUE(RecursiveEq(lhs, rhs));
  EXPECT_TRUE(RecursiveLe(lhs, rhs));
  EXPECT_TRUE(RecursiveGe(lhs, rhs));
  EXPECT_FALSE(RecursiveLt(lhs, rhs));
  EXPECT_FALSE(RecursiveGt(lhs, rhs));
}

/*! \brief Checks that two values differ and that asking for their order is this error. */
void ExpectNoOrder(const Any& lhs, const Any& rhs, const std::string& error) {
  EXPECT_FALSE(RecursiveEq(lhs, rhs));
  EXPECT_EQ(ErrorOf([&] { RecursiveLt(lhs, rhs); }), error);
  EXPECT_EQ(ErrorOf([&] { RecursiveGe(lhs, rhs); }), error);
}

TEST(RecursiveCompare, OrdersPlainValues) {
  ExpectLess(nullptr, -100);
  ExpectSame(nullptr, nullptr);
  ExpectLess(false, true);
  ExpectLess(-1, 1);
  ExpectLess(1.0, 1.5);
  ExpectSame(0.0, -0.0);
  ExpectLess(DLDataType{kDLInt, 8, 1}, DLDataType{kDLFloat, 8, 1});
  ExpectLess(DLDataType{kDLInt, 8, 1}, DLDataType{kDLInt, 8, 2});
  ExpectLess(DLDevice{kDLCPU, 5}, DLDevice{kDLCUDA, 0});
  ExpectLess(DLDevice{kDLCPU, 0}, DLDevice{kDLCPU, 1});
}

TEST(RecursiveCompare, OrdersTextAcrossBothForms) {
  ExpectLess(String("a"), String("aaaaaaaaaaaaaaaa"));
  ExpectSame(String("aaaaaaaaaaaaaaaa"), String("aaaaaaaaaaaaaaaa"));
  ExpectLess(String("ab"), String("b"));
  ExpectLess(Bytes("", 0), Bytes("\x00", 1));
  char below = static_cast<char>(0xff) < 0 ? static_cast<char>(0xff) : '\x00';
  char above = below == '\x00' ? static_cast<char>(0xff) : '\x00';
  ExpectLess(Bytes(&below, 1), Bytes(&above, 1));
}

TEST(RecursiveCompare, OrdersIntegersOfAnySize) {
  BigInt big = BigInt(int64_t{1} << 62) * BigInt(8);
  ExpectLess(1, big);
  ExpectLess(BigInt(0) - big, 1);
  ExpectLess(big, big + BigInt(1));
  ExpectSame(big, big * BigInt(1));
}

TEST(RecursiveCompare, RefusesToOrderWhatHasNoOrder) {
  ExpectNoOrder(true, 1, "TypeError: Cannot compare values of different types: bool vs int");
  ExpectNoOrder(String("a"), Bytes("a", 1),
                "TypeError: Cannot compare values of different types: ffi.SmallStr vs"
                " ffi.SmallBytes");
  ExpectNoOrder(Array<Any>(), List<Any>(),
                "TypeError: Cannot compare values of different types: ffi.Array vs ffi.List");
  ExpectNoOrder(kNaN, 1.0, "TypeError: Cannot order NaN values");
  EXPECT_TRUE(RecursiveEq(kNaN, kNaN));
  EXPECT_EQ(ErrorOf([] { RecursiveLe(kNaN, kNaN); }), "TypeError: Cannot order NaN values");
  int pointees[2];
  void* first = &pointees[0];
  void* second = &pointees[1];
  ExpectNoOrder(first, second, "TypeError: Cannot order values of type void*");
  ExpectSame(first, first);
}

TEST(RecursiveCompare, OrdersSequencesByElementsThenLength) {
  ExpectSame(Array<Any>{1, "x"}, Array<Any>{1, "x"});
  ExpectLess(Array<Any>{1}, Array<Any>{1, 2});
  ExpectLess(Array<Any>{1, 2}, Array<Any>{2});
  ExpectLess(List<Any>{List<Any>{1}, 9}, List<Any>{List<Any>{2}, 0});
  ExpectLess(Shape({1, 2}), Shape({1, 3}));
  ExpectLess(Shape({1}), Shape({1, 0}));
}

TEST(RecursiveCompare, TellsOnlyWhetherMapsAreEqual) {
  const std::string error = "TypeError: Cannot order Map/Dict values";
  ExpectSame(Map<Any, Any>{{"a", 1}, {"b", 2}}, Map<Any, Any>{{"b", 2}, {"a", 1}});
  ExpectNoOrder(Map<Any, Any>{{"a", 1}}, Map<Any, Any>{{"a", 2}}, error);
  ExpectNoOrder(Map<Any, Any>{{"a", 1}}, Map<Any, Any>{{"b", 1}}, error);
  ExpectNoOrder(Dict<Any, Any>{{"a", 1}}, Dict<Any, Any>(), error);
  ExpectNoOrder(Dict<Any, Any>{{"a", List<Any>{1}}}, Dict<Any, Any>{{"a", List<Any>{2}}}, error);
}

TEST(RecursiveCompare, ComparesObjectsFieldByField) {
  ExpectSame(Init("testing.TestIntPair", 1, 2), Init("testing.TestIntPair", 1, 2));
  ExpectLess(Init("testing.TestIntPair", 1, 9), Init("testing.TestIntPair", 2, 0));
  ExpectSame(Init("testing.TestCompare", 1, "x", 5), Init("testing.TestCompare", 1, "x", 6));
  ExpectSame(Function::GetGlobalRequired("ffi.RecursiveLt"),
             Function::GetGlobalRequired("ffi.RecursiveEq"));
}

TEST(RecursiveCompare, EqualityOfCyclesEndsAndTheirOrderIsAnError) {
  List<Any> first = {1}, second = {1};
  first.push_back(first);
  second.push_back(second);
  EXPECT_TRUE(RecursiveEq(first, second));
  EXPECT_TRUE(RecursiveLe(first, first)) << "the same object";
  EXPECT_EQ(ErrorOf([&] { RecursiveLt(first, second); }),
            "ValueError: RecursiveCompare: cyclic reference detected in ordering");
  first.clear();
  second.clear();
}

TEST(RecursiveCompare, FollowsDeepNesting) {
  ExpectSame(NestedLists(10000), NestedLists(10000));
  ExpectLess(NestedLists(9999), NestedLists(10000));
}

TEST(RecursiveCompare, UsesTheHooksOfTheType) {
  dataclass_testing::RegisterHooked();
  EXPECT_TRUE(RecursiveEq(Hooked(1), Hooked(1)));
  EXPECT_FALSE(RecursiveEq(Hooked(1), Hooked(2)));
  EXPECT_TRUE(RecursiveLt(Hooked(2), Hooked(1))) << "this type's order is reversed";
  EXPECT_TRUE(RecursiveLt(List<Any>{Hooked(2)}, List<Any>{Hooked(1)}));
  EXPECT_EQ(ErrorOf([] { RecursiveEq(Hooked(String("throw")), Hooked(1)); }),
            "ValueError: hook says no");
}

class OnlyCompareObj : public Object {
 public:
  double key = 0;

  OnlyCompareObj() = default;
  explicit OnlyCompareObj(double key) : key(key) {}
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("recursive_compare_testing.OnlyCompare", OnlyCompareObj,
                                    Object);
};

TEST(RecursiveCompare, EqualityFallsBackOnTheOrderOfTheType) {
  reflection::ObjectDef<OnlyCompareObj>(reflection::init(false))
      .def_type_attr("__ffi_compare__", [](const OnlyCompareObj* self, const OnlyCompareObj* other,
                                           const TypedFunction<int32_t(AnyView, AnyView)>& fn_cmp) {
        return fn_cmp(self->key, other->key);
      });
  auto make = [](double key) { return Any(ObjectRef(make_object<OnlyCompareObj>(key))); };
  ExpectSame(make(1), make(1));
  ExpectLess(make(1), make(2));
  EXPECT_TRUE(RecursiveEq(make(kNaN), make(kNaN))) << "the callback compares as the call does";
  EXPECT_EQ(ErrorOf([&] { RecursiveLt(make(kNaN), make(kNaN)); }),
            "TypeError: Cannot order NaN values");
}

TEST(RecursiveCompare, LimitsTheNestingOfHooks) {
  dataclass_testing::RegisterHooked();
  Any lhs = 1, rhs = 1;
  for (int i = 0; i < 513; ++i) {
    lhs = Hooked(lhs);
    rhs = Hooked(rhs);
  }
  EXPECT_EQ(ErrorOf([&] { RecursiveEq(lhs, rhs); }),
            "ValueError: RecursiveCompare: maximum hook depth (512) exceeded");
}

}  // namespace
