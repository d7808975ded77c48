// SPDX-License-Identifier: Apache-2.0
// Variant: storage, exact and converting access, conversions, messages, hashing by address.
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/variant.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/string.h>

#include "container_test_util.h"

namespace {

using namespace tvm::ffi;  // NOLINT(google-build-using-namespace)
using core_tests::IntObj;
using core_tests::IntRef;
using core_tests::Number;
using core_tests::NumberObj;

TEST(Variant, IsOneCell) {
  static_assert(sizeof(Variant<int, String>) == sizeof(Any));
  static_assert(std::is_standard_layout_v<Variant<int, String>>);
  static_assert(!std::is_default_constructible_v<Variant<int, String>>);
  static_assert(std::is_nothrow_move_constructible_v<Variant<int, String>>);
  Any value = Variant<int, String>(5);
  EXPECT_EQ(value.type_index(), static_cast<int32_t>(kTVMFFIInt));
}

TEST(Variant, AssignmentReplacesTheAlternative) {
  Variant<int, String> v = 1;
  EXPECT_EQ(v.get<int>(), 1);
  EXPECT_EQ(v.GetTypeKey(), "int");
  v = String("text");
  EXPECT_EQ(v.get<String>(), "text");
  EXPECT_FALSE(v.as<int>().has_value());
}

TEST(Variant, GetConvertsAndAsDoesNot) {
  Variant<int, double> v = 1;
  EXPECT_EQ(v.get<double>(), 1.0);
  EXPECT_FALSE(v.as<double>().has_value());
  EXPECT_EQ(*v.as<int>(), 1);
  Variant<int, String> w = 1;
  EXPECT_FFI_ERROR(w.get<String>(), "TypeError", "Cannot convert from type `int` to `str`");
  EXPECT_FFI_ERROR(std::move(w).get<String>(), "TypeError",
                   "Cannot convert from type `int` to `str`");
  EXPECT_EQ(w.GetTypeKey(), "None");
}

TEST(Variant, ContainsSubclassesOfItsAlternatives) {
  using V = Variant<int, Number>;
  static_assert(V::variant_contains_v<IntRef>);
  static_assert(V::variant_contains_v<int>);
  static_assert(!V::variant_contains_v<String>);
  V v = IntRef(4);
  EXPECT_EQ(v.as<IntObj>()->value, 4);
  EXPECT_NE(v.as<NumberObj>(), nullptr);
  EXPECT_EQ(v.as<IntRef>()->get()->value, 4);
  v = 3;
  EXPECT_EQ(v.as<IntObj>(), nullptr);
}

TEST(Variant, MovesThroughAnyWithoutAnotherReference) {
  Variant<int, IntRef> v = IntRef(3);
  Any any = std::move(v);
  auto back = std::move(any).cast<Variant<int, IntRef>>();
  IntRef ref = std::move(back).get<IntRef>();
  EXPECT_EQ(ref.use_count(), 1);
}

TEST(Variant, ConversionKeepsAnExactMatchElseTakesTheFirst) {
  EXPECT_EQ(Any(true).cast<decltype(Variant<int, double>(1))>().GetTypeKey(), "int");
  EXPECT_EQ((Any(1).cast<Variant<double, String>>().GetTypeKey()), "float");
  EXPECT_EQ((Any(1).cast<Variant<double, int>>().GetTypeKey()), "int");
  EXPECT_FFI_ERROR((Any(1).cast<Variant<String, IntRef>>()), "TypeError",
                   "Cannot convert from type `int` to `Variant<str, core_tests.Int>`");
}

TEST(Variant, SameAsIsBitwise) {
  using V = Variant<int, String>;
  EXPECT_TRUE(V(1).same_as(V(1)));
  EXPECT_FALSE(V(1).same_as(V(2)));
  EXPECT_TRUE(V(String("abc")).same_as(V(String("abc"))));
  String heap("a string on the heap");
  EXPECT_TRUE(V(heap).same_as(V(heap)));
  EXPECT_FALSE(V(heap).same_as(V(String("a string on the heap"))));
}

TEST(Variant, AsAParameter) {
  Function func = Function::FromTyped([](const Variant<int, IntRef>& v) {
    if (auto number = v.as<int>()) return *number;
    return static_cast<int>(v.get<IntRef>()->value);
  });
  EXPECT_EQ(func(12).cast<int>(), 12);
  EXPECT_EQ(func(IntRef(13)).cast<int>(), 13);
  EXPECT_FFI_ERROR(func(1.5), "TypeError",
                   "Mismatched type on argument #0 when calling: `(0: Variant<int, "
                   "core_tests.Int>) -> int`. Expected `Variant<int, core_tests.Int>` but got "
                   "`float`");
}

TEST(Variant, AsAnElement) {
  Function func = Function::FromTyped(
      [](const Array<Variant<int, IntRef>>& array) { return static_cast<int>(array.size()); });
  EXPECT_EQ(func(Array<Any>{1, IntRef(2)}).cast<int>(), 2);
  EXPECT_FFI_ERROR(func(Array<Any>{1, 1.5}), "TypeError",
                   "Mismatched type on argument #0 when calling: `(0: Array<Variant<int, "
                   "core_tests.Int>>) -> int`. Expected `Array<Variant<int, core_tests.Int>>` but "
                   "got `Array[index 1: float]`");
  Array<int> ints = {1, 2};
  Array<Variant<int, double>> up = ints;
  EXPECT_TRUE(up.same_as(ints));
  EXPECT_EQ(up[1].get<int>(), 2);
  Map<String, Variant<int, String>> map = {{"a", 1}, {"b", String("x")}};
  EXPECT_EQ(map["b"].get<String>(), "x");
}

TEST(Variant, HashesAndComparesByAddress) {
  Variant<Array<int>, IntRef> a = IntRef(1);
  Variant<Array<int>, IntRef> same = a;
  Variant<Array<int>, IntRef> other = IntRef(1);
  EXPECT_EQ(ObjectPtrHash()(a), ObjectPtrHash()(a.get<IntRef>()));
  EXPECT_TRUE(ObjectPtrEqual()(a, same));
  EXPECT_FALSE(ObjectPtrEqual()(a, other));
}

TEST(Variant, TypeTextAndSchema) {
  using Traits = TypeTraits<Variant<int, String>>;
  EXPECT_EQ(Traits::TypeStr(), "Variant<int, str>");
  EXPECT_EQ(Traits::TypeSchema(),
            R"({"type":"Variant","args":[{"type":"int"},{"type":"ffi.String"}]})");
  EXPECT_EQ(Traits::field_static_type_index, static_cast<int32_t>(kTVMFFIAny));
  static_assert(Traits::storage_enabled);
}

}  // namespace
