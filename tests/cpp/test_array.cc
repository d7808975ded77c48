// SPDX-License-Identifier: Apache-2.0
// Array: layout, copy-on-write, growth, element functions, conversions and the ffi.Array* globals.
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/container_detail.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/string.h>

#include <type_traits>
#include <vector>

#include "container_test_util.h"

namespace {

using namespace tvm::ffi;  // NOLINT(google-build-using-namespace)
using container_tests::Call;
using container_tests::FieldAt;
using container_tests::Random;
using core_tests::CatchError;
using core_tests::FloatRef;
using core_tests::IntObj;
using core_tests::IntRef;
using core_tests::Number;
using core_tests::NumberObj;

template <typename T>
std::vector<T> ToVector(const Array<T>& array) {
  return std::vector<T>(array.begin(), array.end());
}
using Ints = std::vector<int>;

TEST(Array, LayoutIsHeaderCellAndInlineElements) {
  Array<int64_t> array = {5, 6, 7};
  const char* base = reinterpret_cast<const char*>(array.get());
  EXPECT_EQ(FieldAt<const char*>(array, 24), base + 56);
  EXPECT_EQ(FieldAt<int64_t>(array, 32), 3);
  EXPECT_EQ(FieldAt<int64_t>(array, 40), 3);
  EXPECT_EQ(FieldAt<void*>(array, 48), nullptr);
  TVMFFIAny second = FieldAt<TVMFFIAny>(array, 56 + 16);
  EXPECT_EQ(second.type_index, static_cast<int32_t>(kTVMFFIInt));
  EXPECT_EQ(second.v_int64, 6);
  EXPECT_EQ(array.type_index(), static_cast<int32_t>(kTVMFFIArray));
  static_assert(sizeof(Array<int>) == sizeof(void*));
}

TEST(Array, EmptyArraysStillHaveABufferAddress) {
  Array<int> fresh;
  EXPECT_EQ(fresh.capacity(), 4U);
  Ints none;
  Array<int> from_range(none.begin(), none.end());
  EXPECT_EQ(from_range.capacity(), 0U);
  EXPECT_NE(FieldAt<void*>(from_range, 24), nullptr);
}

TEST(Array, MadeByNameAloneHasRoomForFour) {
  ObjectPtr<ArrayObj> obj = make_object<ArrayObj>();
  EXPECT_EQ(obj->capacity(), 4U);
  EXPECT_TRUE(obj->empty());
}

TEST(Array, SetOnASharedArrayDetaches) {
  Array<IntRef> a = {IntRef(1), IntRef(2)};
  Array<IntRef> b = a;
  EXPECT_EQ(a.use_count(), 2);
  b.Set(1, IntRef(11));
  EXPECT_EQ(a.use_count(), 1);
  EXPECT_EQ(b.use_count(), 1);
  EXPECT_EQ(a[1]->value, 2);
  EXPECT_EQ(b[1]->value, 11);
  EXPECT_TRUE(a[0].same_as(b[0]));
}

TEST(Array, AWeakReferenceAlsoForcesACopy) {
  Array<int> a = {1, 2};
  WeakObjectPtr<Object> weak(detail::ObjectUnsafe::ObjectPtrFromObjectRef<Object>(a));
  const Object* before = a.get();
  a.Set(0, 5);
  EXPECT_NE(a.get(), before);
  EXPECT_EQ(a[0], 5);
}

TEST(Array, AFailingMutationOfASharedArrayStillDetaches) {
  Array<int> a = {1, 2};
  Array<int> b = a;
  EXPECT_FFI_ERROR(b.Set(7, 1), "IndexError", "Index 7 out of bounds 2");
  EXPECT_FALSE(a.same_as(b));
  EXPECT_EQ(ToVector(b), (Ints{1, 2}));
}

TEST(Array, GrowthDoubles) {
  auto capacities = [](Array<int> array, int pushes) {
    std::vector<size_t> seen = {array.capacity()};
    for (int i = 0; i < pushes; ++i) {
      array.push_back(i);
      if (array.capacity() != seen.back()) seen.push_back(array.capacity());
    }
    return seen;
  };
  EXPECT_EQ(capacities(Array<int>(), 20), (std::vector<size_t>{4, 8, 16, 32}));
  Ints none;
  EXPECT_EQ(capacities(Array<int>(none.begin(), none.end()), 5),
            (std::vector<size_t>{0, 1, 2, 4, 8}));
  EXPECT_EQ(capacities({1, 2, 3}, 4), (std::vector<size_t>{3, 6, 12}));
}

TEST(Array, ReadingAnObjectAddsAReference) {
  Array<IntRef> array = {IntRef(3)};
  IntRef item = array[0];
  EXPECT_EQ(item.use_count(), 2);
}

TEST(Array, BoundsErrorsNameIndexAndSize) {
  Array<int> array = {1, 2, 3};
  EXPECT_FFI_ERROR(array[3], "IndexError", "Index 3 out of bounds 3");
  EXPECT_FFI_ERROR(array[-1], "IndexError", "Index -1 out of bounds 3");
  EXPECT_FFI_ERROR(array.GetArrayObj()->at(-1), "IndexError", "Index -1 out of bounds 3");
  EXPECT_FFI_ERROR(array.GetArrayObj()->SetItem(-1, 1), "IndexError", "Index -1 out of bounds 3");
  EXPECT_FFI_ERROR(array.Set(-1, 1), "IndexError", "Index -1 out of bounds 3");
  EXPECT_FFI_ERROR(Array<int>().front(), "IndexError", "front() on empty sequence");
  EXPECT_FFI_ERROR(Array<int>().back(), "IndexError", "back() on empty sequence");
  EXPECT_FFI_ERROR(Array<int>().pop_back(), "IndexError", "pop_back on empty sequence");
  EXPECT_FFI_ERROR(array.insert(array.begin() + 4, 1), "IndexError",
                   "Index 4 out of bounds [0, 3]");
  EXPECT_FFI_ERROR(array.erase(array.end()), "IndexError", "Index 3 out of bounds 3");
  EXPECT_FFI_ERROR(array.erase(array.begin() + 2, array.begin() + 1), "IndexError",
                   "Erase range [2, 1) out of bounds 3");
  EXPECT_FFI_ERROR(array.resize(-1), "ValueError", "cannot resize an Array to negative size");
  EXPECT_EQ(ToVector(array), (Ints{1, 2, 3}));
}

TEST(Array, NullHandleIsEmptyAndRefusesAccess) {
  Array<int> null(UnsafeInit{});
  EXPECT_EQ(null.size(), 0U);
  EXPECT_EQ(null.capacity(), 0U);
  EXPECT_TRUE(null.empty());
  null.clear();
  EXPECT_FALSE(null.defined());
  EXPECT_FFI_ERROR(null[0], "IndexError", "cannot index a null array");
  EXPECT_FFI_ERROR(null.front(), "IndexError", "cannot index a null array");
  EXPECT_FFI_ERROR(null.back(), "IndexError", "cannot index a null array");
  EXPECT_FFI_ERROR(null.pop_back(), "RuntimeError", "cannot pop_back a null array");
  Array<int> other = {1};
  EXPECT_FFI_ERROR(null.insert(other.begin(), 1), "RuntimeError", "cannot insert a null array");
  EXPECT_FFI_ERROR(null.insert(other.begin(), other.begin(), other.end()), "RuntimeError",
                   "cannot insert a null array");
  null.insert(other.begin(), other.begin(), other.begin());
  EXPECT_FFI_ERROR(null.erase(other.begin()), "RuntimeError", "cannot erase a null array");
  EXPECT_FFI_ERROR(null.erase(other.begin(), other.end()), "RuntimeError",
                   "cannot erase a null array");
  EXPECT_FFI_ERROR(Array<int>(ObjectPtr<Object>()), "InternalError",
                   "Check not null: data_.get() ");
  EXPECT_FFI_ERROR(null.Set(0, 1), "IndexError", "Index 0 out of bounds 0");
  EXPECT_TRUE(null.defined());
}

TEST(Array, NullHandleGrowsIntoANewObject) {
  Array<int> pushed(UnsafeInit{});
  pushed.push_back(3);
  EXPECT_EQ(pushed.capacity(), 4U);
  EXPECT_EQ(ToVector(pushed), (Ints{3}));
  Array<int> resized(UnsafeInit{});
  resized.resize(5);
  EXPECT_EQ(resized.size(), 0U);
  EXPECT_EQ(resized.capacity(), 5U);
}

TEST(Array, InsertAndEraseActLikeAVectorAtEveryPosition) {
  const Ints start = {0, 1, 2, 3, 4};
  const Ints extra = {70, 71, 72};
  for (int i = 0; i <= 5; ++i) {
    Array<int> array(start.begin(), start.end());
    Ints expected = start;
    array.insert(array.begin() + i, 9);
    expected.insert(expected.begin() + i, 9);
    EXPECT_EQ(ToVector(array), expected);
    array.insert(array.begin() + i, extra.begin(), extra.end());
    expected.insert(expected.begin() + i, extra.begin(), extra.end());
    EXPECT_EQ(ToVector(array), expected);
    for (int last = i; last <= 5; ++last) {
      Array<int> shared = array;
      Ints copy = expected;
      shared.erase(shared.begin() + i, shared.begin() + last);
      copy.erase(copy.begin() + i, copy.begin() + last);
      EXPECT_EQ(ToVector(shared), copy);
      EXPECT_EQ(ToVector(array), expected);
    }
    array.erase(array.begin() + i);
    expected.erase(expected.begin() + i);
    EXPECT_EQ(ToVector(array), expected);
  }
}

TEST(Array, EmptyEraseAndEqualResizeLeaveASharedArrayAlone) {
  Array<int> a = {1, 2};
  Array<int> b = a;
  b.erase(b.begin(), b.begin());
  b.resize(2);
  b.reserve(1);
  b.insert(b.begin(), a.end(), a.end());
  EXPECT_TRUE(a.same_as(b));
}

TEST(Array, ResizeFillsWithNoneAndTruncates) {
  Array<Any> array = {1, 2};
  array.resize(4);
  ASSERT_EQ(array.size(), 4U);
  EXPECT_TRUE(array[3] == nullptr);
  array.resize(1);
  EXPECT_EQ(array.size(), 1U);
  EXPECT_GE(array.capacity(), 4U);
}

TEST(Array, ReserveIsExactAndNeverShrinks) {
  Array<int> array = {1};
  array.reserve(37);
  EXPECT_EQ(array.capacity(), 37U);
  array.reserve(5);
  EXPECT_EQ(array.capacity(), 37U);
  EXPECT_THROW(array.reserve(int64_t{1} << 60), std::bad_alloc);
  EXPECT_EQ(ToVector(array), (Ints{1}));
}

TEST(Array, ClearOfASharedArrayKeepsTheOther) {
  Array<int> a = {1, 2};
  Array<int> b = a;
  b.clear();
  EXPECT_EQ(a.size(), 2U);
  EXPECT_EQ(b.size(), 0U);
  EXPECT_EQ(b.capacity(), 2U);
}

TEST(Array, PushingAnOwnElementIsSafeWhileGrowing) {
  Array<Any> array = {String("a string on the heap")};
  for (int i = 0; i < 10; ++i) {
    array.push_back(array.GetArrayObj()->at(0));
  }
  EXPECT_EQ(array[10].cast<String>(), "a string on the heap");
}

TEST(Array, AssignReusesAnOwnLargeEnoughObject) {
  Array<int> array = {1, 2, 3};
  const Object* before = array.get();
  Ints fewer = {7};
  array.Assign(fewer.begin(), fewer.end());
  EXPECT_EQ(array.get(), before);
  EXPECT_EQ(ToVector(array), fewer);
  EXPECT_FFI_ERROR(array.Assign(fewer.end(), fewer.begin()), "ValueError",
                   "cannot construct an Array of negative size");
}

TEST(Array, RepeatedValues) {
  Array<String> array(static_cast<size_t>(3), String("x"));
  EXPECT_EQ(array.size(), 3U);
  EXPECT_EQ(array.capacity(), 3U);
  EXPECT_EQ(array[2], "x");
}

TEST(Array, IteratorsConvertByValueBothWays) {
  Array<int> array = {1, 2, 3};
  static_assert(std::is_same_v<std::decay_t<decltype(*array.begin())>, int>);
  static_assert(sizeof(Array<int>::iterator) == sizeof(void*));
  Ints reversed;
  for (auto it = array.rbegin(); it != array.rend(); ++it) reversed.push_back(*it);
  EXPECT_EQ(reversed, (Ints{3, 2, 1}));
  EXPECT_EQ(array.end() - array.begin(), 3);
  EXPECT_EQ(array.rend() - array.rbegin(), 3);
  auto it = array.begin();
  it += 2;
  EXPECT_EQ(*it--, 3);
  EXPECT_EQ(*(it - 1), 1);
  EXPECT_EQ(*(array.rbegin() + 2), 1);
}

TEST(Array, ObjCopyAndMoveCheckTheCapacity) {
  Array<int> array = {1, 2};
  EXPECT_FFI_ERROR(ArrayObj::CopyFrom(1, array.GetArrayObj()), "ValueError", "Not enough capacity");
  EXPECT_FFI_ERROR(ArrayObj::MoveFrom(1, array.GetArrayObj()), "RuntimeError",
                   "Not enough capacity");
  ObjectPtr<ArrayObj> moved = ArrayObj::MoveFrom(8, array.GetArrayObj());
  EXPECT_EQ(moved->size(), 2U);
  EXPECT_EQ(moved->capacity(), 8U);
  EXPECT_EQ(array.size(), 0U);
}

TEST(Array, MapLeavesTheSourceAndReusesUnchangedResults) {
  Array<IntRef> array = {IntRef(1), IntRef(2)};
  Array<IntRef> same = array.Map([](IntRef x) { return x; });
  EXPECT_TRUE(same.same_as(array));
  Array<IntRef> changed = array.Map([](IntRef x) { return x->value == 2 ? IntRef(20) : x; });
  EXPECT_FALSE(changed.same_as(array));
  EXPECT_TRUE(changed[0].same_as(array[0]));
  EXPECT_EQ(changed[1]->value, 20);
  EXPECT_EQ(array[1]->value, 2);
  Array<int64_t> values = array.Map([](IntRef x) { return x->value; });
  EXPECT_EQ(ToVector(values), (std::vector<int64_t>{1, 2}));
  Array<Number> up = array.Map([](IntRef x) -> Number { return x; });
  EXPECT_TRUE(up.same_as(array));
}

TEST(Array, MutateByApplyWorksInPlaceOnlyWhenUnique) {
  Array<IntRef> array = {IntRef(1), IntRef(2)};
  const Object* before = array.get();
  array.MutateByApply([](IntRef x) {
    EXPECT_TRUE(x.unique());
    x->value += 10;
    return x;
  });
  EXPECT_EQ(array.get(), before);
  EXPECT_EQ(array[1]->value, 12);
  Array<IntRef> other = array;
  array.MutateByApply([](IntRef) { return IntRef(0); });
  EXPECT_NE(array.get(), before);
  EXPECT_EQ(other[0]->value, 11);
  EXPECT_EQ(array[0]->value, 0);
}

TEST(Array, AThrowingMutateByApplyLeavesNull) {
  Array<IntRef> array = {IntRef(1)};
  EXPECT_FFI_ERROR(array.MutateByApply([](IntRef x) -> IntRef {
    TVM_FFI_THROW(ValueError) << "no";
    return x;
  }),
                   "ValueError", "no");
  EXPECT_FALSE(array.defined());
}

TEST(Array, ConcatAndAgregateJoin) {
  Array<int> a = {1, 2};
  Array<int> b = Concat(a, a);
  EXPECT_EQ(ToVector(b), (Ints{1, 2, 1, 2}));
  EXPECT_EQ(a.size(), 2U);
  Array<int> joined = Array<int>::Agregate(0, a, 9, b);
  EXPECT_EQ(ToVector(joined), (Ints{0, 1, 2, 9, 1, 2, 1, 2}));
  EXPECT_EQ(joined.capacity(), 8U);
}

TEST(Array, UpcastsShareTheObject) {
  static_assert(type_subsumes_v<Array<Any>, Array<int>>);
  static_assert(type_subsumes_v<Any, Array<float>>);
  static_assert(!type_subsumes_v<Array<int>, Array<Any>>);
  static_assert(!type_subsumes_v<List<Any>, Array<Any>>);
  static_assert(!std::is_constructible_v<Array<int>, Array<Any>>);
  Array<Array<int>> nested = {{1}, {2, 3}};
  Array<Array<Any>> up = nested;
  EXPECT_TRUE(up.same_as(nested));
  EXPECT_EQ(up[1][1].cast<int>(), 3);
  Array<Any> any = std::move(up);
  EXPECT_FALSE(up.defined());
  any = nested;
  EXPECT_TRUE(any.same_as(nested));
}

TEST(Array, CastSharesWhenEveryElementFits) {
  Array<double> doubles = {1.5, 2.5};
  Any value = doubles;
  EXPECT_TRUE(value.cast<Array<Any>>().same_as(doubles));
  EXPECT_TRUE(value.cast<Array<double>>().same_as(doubles));
  doubles = Array<double>();
  Array<double> moved = std::move(value).cast<Array<double>>();
  EXPECT_EQ(moved.use_count(), 1);
}

TEST(Array, CastConvertsElementsAndKeepsFittingInnerContainers) {
  Array<Any> outer = {Array<Any>{1.5}, Array<Any>{1}};
  Array<Array<double>> converted = Any(outer).cast<Array<Array<double>>>();
  EXPECT_FALSE(converted.same_as(outer));
  EXPECT_TRUE(converted[0].same_as(outer[0].cast<Array<Any>>()));
  EXPECT_EQ(converted[1][0], 1.0);
  EXPECT_EQ(converted.capacity(), 4U);
  EXPECT_TRUE(outer[1].cast<Array<Any>>()[0].as<int>().has_value());
}

TEST(Array, CastAcceptsListsButNotOthers) {
  List<Any> list = {1, 2};
  Array<int> array = Any(list).cast<Array<int>>();
  EXPECT_EQ(ToVector(array), (Ints{1, 2}));
  EXPECT_FALSE(Any(list).as<Array<Any>>().has_value());
  EXPECT_FFI_ERROR(Any(1).cast<Array<int>>(), "TypeError",
                   "Cannot convert from type `int` to `Array<int>`");
  EXPECT_FFI_ERROR(Any().cast<Array<int>>(), "TypeError",
                   "Cannot convert from type `None` to `Array<int>`");
  EXPECT_FFI_ERROR((Any(Map<Any, Any>()).cast<Array<int>>()), "TypeError",
                   "Cannot convert from type `ffi.Map` to `Array<int>`");
}

TEST(Array, MismatchNamesThePathToTheElement) {
  Any flat = Array<Any>{1.1};
  EXPECT_FFI_ERROR(flat.cast<Array<int>>(), "TypeError",
                   "Cannot convert from type `Array[index 0: float]` to `Array<int>`");
  Any nested = Array<Any>{Array<int>{1}, Array<Any>{IntRef(1)}};
  EXPECT_FFI_ERROR(nested.cast<Array<Array<int>>>(), "TypeError",
                   "Cannot convert from type `Array[index 1: Array[index 0: core_tests.Int]]` to "
                   "`Array<Array<int>>`");
  EXPECT_FFI_ERROR(Any(List<Any>{String("x")}).cast<Array<int>>(), "TypeError",
                   "Cannot convert from type `Array[index 0: ffi.SmallStr]` to `Array<int>`");
  EXPECT_FFI_ERROR(
      (TypeTraits<Array<Any>>::GetMismatchTypeInfo(detail::AnyUnsafe::TVMFFIAnyPtrFromAny(flat))),
      "InternalError", "Cannot reach here");
}

TEST(Array, TypeTextAndSchema) {
  EXPECT_EQ(TypeTraits<Array<int>>::TypeStr(), "Array<int>");
  EXPECT_EQ(TypeTraits<Array<int>>::TypeSchema(),
            R"({"type":"ffi.Array","args":[{"type":"int"}]})");
  EXPECT_EQ(TypeTraits<Array<Array<Any>>>::TypeSchema(),
            R"({"type":"ffi.Array","args":[{"type":"ffi.Array","args":[{"type":"Any"}]}]})");
  EXPECT_EQ(TypeTraits<Array<int>>::field_static_type_index, static_cast<int32_t>(kTVMFFIArray));
  EXPECT_EQ((detail::ContainerTypeStr<int, String>("X")), "X<int, str>");
}

TEST(Array, ElementsThatAreViewsBecomeOwned) {
  Array<Any> array = Call("ffi.Array", "raw text", 1).cast<Array<Any>>();
  EXPECT_EQ(array[0].type_index(), static_cast<int32_t>(kTVMFFIStr));
  EXPECT_EQ(array[0].cast<String>(), "raw text");
  EXPECT_EQ(array.capacity(), 2U);
}

TEST(Array, OfObjectsKeepsBaseClassElements) {
  Array<Number> numbers = {IntRef(1), FloatRef(2.0)};
  EXPECT_FFI_ERROR(Any(numbers).cast<Array<IntRef>>(), "TypeError",
                   "Cannot convert from type `Array[index 1: core_tests.Float]` to "
                   "`Array<core_tests.Int>`");
}

TEST(Array, RandomOperationsMatchAVector) {
  Random random(7);
  Array<int> array;
  Ints model;
  std::vector<std::pair<Array<int>, Ints>> snapshots;
  for (int step = 0; step < 4000; ++step) {
    int value = static_cast<int>(random.Below(1000));
    size_t at = random.Below(model.size() + 1);
    switch (random.Below(8)) {
      case 0:
      case 1:
        array.push_back(value);
        model.push_back(value);
        break;
      case 2:
        array.insert(array.begin() + at, value);
        model.insert(model.begin() + at, value);
        break;
      case 3:
        if (at < model.size()) {
          array.erase(array.begin() + at);
          model.erase(model.begin() + at);
        }
        break;
      case 4:
        if (at < model.size()) {
          array.Set(at, value);
          model[at] = value;
        }
        break;
      case 5:
        if (!model.empty()) {
          array.pop_back();
          model.pop_back();
        }
        break;
      case 6:
        if (snapshots.size() < 20) snapshots.emplace_back(array, model);
        break;
      default:
        if (model.size() > 40) {
          array.resize(10);
          model.resize(10);
        }
        break;
    }
    ASSERT_EQ(array.size(), model.size());
  }
  EXPECT_EQ(ToVector(array), model);
  for (const auto& [kept, expected] : snapshots) EXPECT_EQ(ToVector(kept), expected);
}

TEST(ArrayGlobals, ReadAnyArray) {
  Any array = Call("ffi.Array", 1, "abc", 2.5);
  EXPECT_EQ(Call("ffi.ArraySize", array).cast<int>(), 3);
  EXPECT_EQ(Call("ffi.ArrayGetItem", array, 0).cast<int>(), 1);
  EXPECT_FFI_ERROR(Call("ffi.ArrayGetItem", array, 3), "IndexError", "Index 3 out of bounds 3");
  EXPECT_FFI_ERROR(Call("ffi.ArrayGetItem", array, -1), "IndexError", "Index -1 out of bounds 3");
  EXPECT_TRUE(Call("ffi.ArrayContains", array, "abc").cast<bool>());
  EXPECT_FALSE(Call("ffi.ArrayContains", array, 1.0).cast<bool>());
  EXPECT_EQ(Call("ffi.Array").cast<Array<Any>>().size(), 0U);
}

TEST(ArrayGlobals, RefuseLists) {
  EXPECT_FFI_ERROR(Call("ffi.ArraySize", List<Any>()), "TypeError",
                   "Mismatched type on argument #0 when calling: `ffi.ArraySize(0: ffi.Array) -> "
                   "int`. Expected `ffi.Array` but got `ffi.List`");
}

// ---- elements that are object pointers ----

TEST(ArrayOfPointers, NullableOnesKeepNull) {
  Array<ObjectPtr<NumberObj>> array{make_object<IntObj>(1), nullptr};
  EXPECT_TRUE(array[0] != nullptr && array[1] == nullptr);
  EXPECT_EQ(Any(array).cast<Array<Any>>()[1].type_index(), kTVMFFINone);
  EXPECT_TRUE(Any(array).cast<Array<ObjectPtr<NumberObj>>>().same_as(array));
}

TEST(ArrayOfPointers, OthersRefuseNoneWhenTheyAreCast) {
  Array<ObjectPtr<IntObj>> full{make_object<IntObj>(1)}, with_null{nullptr};
  EXPECT_TRUE(Any(full).cast<Array<Arc<NumberObj>>>().same_as(full)) << "checked and shared";
  EXPECT_FALSE(Any(with_null).try_cast<Array<Arc<NumberObj>>>().has_value());
  EXPECT_EQ(CatchError([&] { Any(with_null).cast<Array<Arc<NumberObj>>>(); }).message(),
            "Cannot convert from type `Array[index 0: None]` to `Array<core_tests.Number>`");
}

TEST(ArrayOfPointers, ConvertUpwardsWithoutACopy) {
  Array<Arc<IntObj>> ints{make_arc<IntObj>(1)};
  Array<ObjectPtr<NumberObj>> nullable = ints;
  Array<Arc<NumberObj>> numbers = ints;
  EXPECT_TRUE(nullable.same_as(ints) && numbers.same_as(ints));
  EXPECT_FALSE((std::is_constructible_v<Array<Arc<NumberObj>>, Array<ObjectPtr<IntObj>>>));
}

}  // namespace
