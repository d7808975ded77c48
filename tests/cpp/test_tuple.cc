// SPDX-License-Identifier: Apache-2.0
// Tuple: element access, copy-on-write, structured bindings, conversions and messages.
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/tuple.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/string.h>

#include <vector>

#include "container_test_util.h"

namespace {

using namespace tvm::ffi;  // NOLINT(google-build-using-namespace)
using container_tests::FieldAt;
using core_tests::FloatRef;
using core_tests::IntRef;
using core_tests::Number;

TEST(Tuple, IsAnArrayOfExactlyItsSize) {
  Tuple<int, String> tuple(1, "one");
  EXPECT_EQ(tuple.type_index(), static_cast<int32_t>(kTVMFFIArray));
  EXPECT_EQ(FieldAt<int64_t>(tuple, 32), 2);
  EXPECT_EQ(FieldAt<int64_t>(tuple, 40), 2);
  EXPECT_EQ(tuple.get<0>(), 1);
  EXPECT_EQ(tuple.get<1>(), "one");
}

TEST(Tuple, DefaultAndConvertingConstruction) {
  Tuple<int, String> empty;
  EXPECT_EQ(empty.get<0>(), 0);
  EXPECT_EQ(empty.get<1>(), "");
  Tuple<IntRef, int> built(1, 2);
  EXPECT_EQ(built.get<0>()->value, 1);
  Tuple deduced(1, String("x"));
  static_assert(std::is_same_v<decltype(deduced), Tuple<int, String>>);
  Tuple<> none;
  EXPECT_TRUE(none.defined());
}

TEST(Tuple, SetDetachesASharedTupleOnly) {
  Tuple<int, float> a(1, 2.0f);
  Tuple<int, float> b = a;
  EXPECT_EQ(a.use_count(), 2);
  b.Set<0>(7);
  EXPECT_EQ(a.use_count(), 1);
  EXPECT_EQ(b.use_count(), 1);
  EXPECT_EQ(a.get<0>(), 1);
  EXPECT_EQ(b.get<0>(), 7);
  const Object* before = static_cast<const ObjectRef&>(b).get();
  b.Set<1>(3);
  EXPECT_EQ(static_cast<const ObjectRef&>(b).get(), before);
  EXPECT_EQ(b.get<1>(), 3.0f);
}

TEST(Tuple, RvalueGetMovesOutOfAUniqueTuple) {
  Tuple<IntRef, int> tuple(3, 4);
  IntRef moved = std::move(tuple).get<0>();
  EXPECT_EQ(moved.use_count(), 1);
  EXPECT_EQ(std::move(tuple).get<1>(), 4);
  EXPECT_EQ(tuple.get<1>(), 4);
  Tuple<IntRef, int> shared(5, 6);
  Tuple<IntRef, int> alias = shared;
  IntRef copied = get<0>(std::move(shared));
  EXPECT_EQ(copied.use_count(), 2);
  EXPECT_EQ(alias.get<0>()->value, 5);
}

TEST(Tuple, StructuredBindings) {
  static_assert(std::tuple_size_v<Tuple<int, String>> == 2);
  static_assert(std::is_same_v<std::tuple_element_t<1, Tuple<int, String>>, String>);
  const Tuple<int, String> tuple(1, "one");
  auto [number, text] = tuple;
  EXPECT_EQ(number, 1);
  EXPECT_EQ(text, "one");
  auto [first, second] = Tuple<int, IntRef>(2, 3);
  EXPECT_EQ(first, 2);
  EXPECT_EQ(second.use_count(), 1);
}

TEST(Tuple, OfOneElementCopiesAsItself) {
  Tuple<int> one(1);
  Tuple<int> copy(one);
  EXPECT_TRUE(copy.same_as(one));
  Array<Tuple<int>> array = {one, Tuple<int>(2)};
  std::vector<Tuple<int>> vector;
  vector.insert(vector.end(), array.begin(), array.end());
  EXPECT_EQ(vector[1].get<0>(), 2);
}

TEST(Tuple, UpcastsShareTheObject) {
  static_assert(type_subsumes_v<Tuple<Any, Number>, Tuple<int, IntRef>>);
  static_assert(!type_subsumes_v<Tuple<Any>, Tuple<int, int>>);
  static_assert(!type_subsumes_v<Tuple<int, int>, Tuple<int, Any>>);
  Tuple<int, float> tuple(1, 2);
  Tuple<Any, Any> any = tuple;
  EXPECT_TRUE(any.same_as(tuple));
  any = std::move(tuple);
  EXPECT_FALSE(tuple.defined());
}

TEST(Tuple, ConvertsFromArraysOfTheRightSizeOnly) {
  Any array = Array<Any>{1, 2};
  Tuple<int, double> tuple = array.cast<Tuple<int, double>>();
  EXPECT_EQ(tuple.get<1>(), 2.0);
  EXPECT_FALSE(tuple.same_as(array.cast<Array<Any>>()));
  EXPECT_TRUE((array.cast<Tuple<int, Any>>().same_as(array.cast<Array<Any>>())));
  EXPECT_EQ(array.cast<Array<Any>>()[1].type_index(), static_cast<int32_t>(kTVMFFIInt));
  EXPECT_TRUE(AnyView(tuple).as<Array<Any>>().has_value());
  EXPECT_FFI_ERROR((Any(List<Any>{1, 2}).cast<Tuple<int, int>>()), "TypeError",
                   "Cannot convert from type `ffi.List` to `Tuple<int, int>`");
  EXPECT_FFI_ERROR((array.cast<Tuple<int>>()), "TypeError",
                   "Cannot convert from type `Array[size=2]` to `Tuple<int>`");
  EXPECT_FFI_ERROR((array.cast<Tuple<int, String>>()), "TypeError",
                   "Cannot convert from type `Array[index 1: int]` to `Tuple<int, str>`");
  EXPECT_FFI_ERROR((Any(5).cast<Tuple<int>>()), "TypeError",
                   "Cannot convert from type `int` to `Tuple<int>`");
}

TEST(Tuple, AsAParameter) {
  Function func =
      Function::FromTyped([](const Tuple<int, Number>& tuple) { return tuple.get<0>(); });
  EXPECT_EQ(func(Tuple<int, IntRef>(4, 1)).cast<int>(), 4);
  EXPECT_EQ(func(Array<Any>{3, FloatRef(1)}).cast<int>(), 3);
  EXPECT_FFI_ERROR(func(Array<Any>{1.5, IntRef(1)}), "TypeError",
                   "Mismatched type on argument #0 when calling: `(0: Tuple<int, "
                   "core_tests.Number>) -> int`. Expected `Tuple<int, core_tests.Number>` but got "
                   "`Array[index 0: float]`");
  EXPECT_FFI_ERROR(func(Array<Any>{1}), "TypeError",
                   "Mismatched type on argument #0 when calling: `(0: Tuple<int, "
                   "core_tests.Number>) -> int`. Expected `Tuple<int, core_tests.Number>` but got "
                   "`Array[size=1]`");
}

TEST(Tuple, TypeTextAndSchema) {
  EXPECT_EQ((TypeTraits<Tuple<int, String>>::TypeStr()), "Tuple<int, str>");
  EXPECT_EQ((TypeTraits<Tuple<int, String>>::TypeSchema()),
            R"({"type":"Tuple","args":[{"type":"int"},{"type":"ffi.String"}]})");
  EXPECT_EQ(TypeTraits<Tuple<>>::TypeStr(), "Tuple<>");
  EXPECT_EQ(TypeTraits<Tuple<>>::TypeSchema(), R"({"type":"Tuple","args":[]})");
  EXPECT_EQ((TypeTraits<Tuple<int>>::field_static_type_index), static_cast<int32_t>(kTVMFFIObject));
}

}  // namespace
