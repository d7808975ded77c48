// SPDX-License-Identifier: Apache-2.0
// List: layout, sharing, growth, conversions and the ffi.List* globals.
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/string.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "container_test_util.h"

namespace {

using namespace tvm::ffi;  // NOLINT(google-build-using-namespace)
using container_tests::Call;
using container_tests::FieldAt;
using container_tests::Random;
using core_tests::IntRef;
using Ints = std::vector<int>;

template <typename T>
std::vector<T> ToVector(const List<T>& list) {
  return std::vector<T>(list.begin(), list.end());
}
Ints ToInts(const Any& list) { return ToVector(list.cast<List<int>>()); }

TEST(List, LayoutHasASeparateBufferWithADeleter) {
  List<int> list = {4, 5};
  const char* base = reinterpret_cast<const char*>(list.get());
  const char* data = FieldAt<const char*>(list, 24);
  EXPECT_NE(data, base + 56);
  EXPECT_EQ(FieldAt<int64_t>(list, 32), 2);
  EXPECT_EQ(FieldAt<int64_t>(list, 40), 4);
  EXPECT_NE(FieldAt<void*>(list, 48), nullptr);
  EXPECT_EQ(list.type_index(), static_cast<int32_t>(kTVMFFIList));
}

TEST(List, EmptyHasNoBufferButADeleter) {
  List<int> list;
  EXPECT_EQ(FieldAt<void*>(list, 24), nullptr);
  EXPECT_EQ(list.capacity(), 0U);
  EXPECT_NE(FieldAt<void*>(list, 48), nullptr);
  EXPECT_TRUE(list.begin() == list.end());
  EXPECT_TRUE(list.rbegin() == list.rend());
}

TEST(List, AliasesSeeEveryMutation) {
  List<int> a = {1, 2};
  List<int> b = a;
  b.Set(0, 10);
  b.push_back(3);
  b.insert(b.begin(), 0);
  EXPECT_EQ(ToVector(a), (Ints{0, 10, 2, 3}));
  a.clear();
  EXPECT_TRUE(b.empty());
  EXPECT_TRUE(a.same_as(b));
}

TEST(List, GrowthDoublesAndKeepsTheObject) {
  List<int> list;
  const Object* before = list.get();
  std::vector<size_t> seen = {list.capacity()};
  for (int i = 0; i < 9; ++i) {
    list.push_back(i);
    if (list.capacity() != seen.back()) seen.push_back(list.capacity());
  }
  EXPECT_EQ(seen, (std::vector<size_t>{0, 1, 2, 4, 8, 16}));
  EXPECT_EQ(list.get(), before);
}

TEST(List, ConstructionCapacities) {
  EXPECT_EQ((List<int>{1, 2}.capacity()), 4U);
  EXPECT_EQ((List<int>{1, 2, 3, 4, 5, 6}.capacity()), 6U);
  EXPECT_EQ(List<int>(static_cast<size_t>(2), 7).capacity(), 2U);
  EXPECT_FFI_ERROR(List<int>(static_cast<size_t>(-1), 7), "ValueError",
                   "cannot construct a List of negative size");
  Ints values = {1, 2};
  EXPECT_FFI_ERROR(List<int>(values.end(), values.begin()), "ValueError",
                   "cannot construct a List of negative size");
}

TEST(List, ReserveKeepsObjectAndValuesAndNeverShrinks) {
  List<int> list = {1, 2, 3};
  const Object* before = list.get();
  list.reserve(static_cast<int64_t>(list.capacity()) + 32);
  EXPECT_EQ(list.capacity(), 36U);
  list.reserve(5);
  list.reserve(-3);
  EXPECT_EQ(list.capacity(), 36U);
  EXPECT_EQ(list.get(), before);
  EXPECT_EQ(ToVector(list), (Ints{1, 2, 3}));
  EXPECT_THROW(list.reserve(std::numeric_limits<int64_t>::max()), std::bad_alloc);
  EXPECT_EQ(ToVector(list), (Ints{1, 2, 3}));
}

TEST(List, ErrorsNameTheProblem) {
  List<int> list = {1, 2};
  EXPECT_FFI_ERROR(list[2], "IndexError", "Index 2 out of bounds 2");
  EXPECT_FFI_ERROR(list.Set(-1, 0), "IndexError", "Index -1 out of bounds 2");
  EXPECT_FFI_ERROR(list.insert(list.begin() + 3, 0), "IndexError", "Index 3 out of bounds [0, 2]");
  EXPECT_FFI_ERROR(list.resize(-1), "ValueError", "cannot resize a List to negative size");
  EXPECT_FFI_ERROR(list.GetListObj()->resize(-1), "ValueError", "Cannot resize to negative size");
  EXPECT_FFI_ERROR(List<int>().front(), "IndexError", "front() on empty sequence");
  EXPECT_FFI_ERROR(List<int>().back(), "IndexError", "back() on empty sequence");
  EXPECT_FFI_ERROR(List<int>().pop_back(), "IndexError", "pop_back on empty sequence");
  EXPECT_FFI_ERROR(list.erase(list.begin() + 1, list.begin() + 3), "IndexError",
                   "Erase range [1, 3) out of bounds 2");
  EXPECT_EQ(ToVector(list), (Ints{1, 2}));
}

TEST(List, NullHandleRefusesAccessAndGrowsIntoANewObject) {
  List<int> null(UnsafeInit{});
  List<int> other = {1};
  EXPECT_EQ(null.size(), 0U);
  null.clear();
  EXPECT_FFI_ERROR(null[0], "IndexError", "cannot index a null list");
  EXPECT_FFI_ERROR(null.front(), "IndexError", "cannot index a null list");
  EXPECT_FFI_ERROR(null.pop_back(), "RuntimeError", "cannot pop_back a null list");
  EXPECT_FFI_ERROR(null.insert(other.begin(), 1), "RuntimeError", "cannot insert to a null list");
  EXPECT_FFI_ERROR(null.erase(other.begin()), "RuntimeError", "cannot erase a null list");
  EXPECT_FFI_ERROR(List<int>(ObjectPtr<Object>()), "InternalError", "Check not null: data_.get() ");
  List<int> pushed(UnsafeInit{});
  pushed.push_back(1);
  EXPECT_EQ(pushed.capacity(), 4U);
  List<Any> resized(UnsafeInit{});
  resized.resize(3);
  EXPECT_EQ(resized.size(), 3U);
}

TEST(List, ResizeFillsWithNoneAndTruncates) {
  List<Any> list = {1};
  list.resize(6);
  EXPECT_EQ(list.size(), 6U);
  EXPECT_TRUE(list[5] == nullptr);
  list.resize(1);
  EXPECT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].cast<int>(), 1);
}

TEST(List, PushingAnOwnElementIsSafeWhileGrowing) {
  List<Any> list = {String("a string on the heap")};
  for (int i = 0; i < 20; ++i) {
    list.push_back(list.GetListObj()->at(0));
    list.insert(list.begin(), list.GetListObj()->at(i));
  }
  EXPECT_EQ(list[40].cast<String>(), "a string on the heap");
}

TEST(List, AssignmentsShareTheObject) {
  List<int> ints = {1};
  List<Any> any;
  any = ints;
  EXPECT_TRUE(any.same_as(ints));
  const Object* before = ints.get();
  any = std::move(ints);
  EXPECT_EQ(any.get(), before);
  EXPECT_FALSE(ints.defined());
}

TEST(List, EmptyAndClearedListsDieQuietly) {
  IntRef item(1);
  {
    List<IntRef> empty;
    List<IntRef> cleared = {item, item};
    EXPECT_EQ(item.use_count(), 3);
    cleared.clear();
    EXPECT_EQ(item.use_count(), 1);
    EXPECT_EQ(cleared.capacity(), 4U);
    List<IntRef> filled = {item};
  }
  EXPECT_EQ(item.use_count(), 1);
}

TEST(List, CastConvertsArraysAndReportsTheTargetsName) {
  Array<Any> array = {1, 2, 3};
  List<int> list = Any(array).cast<List<int>>();
  EXPECT_EQ(ToVector(list), (Ints{1, 2, 3}));
  EXPECT_EQ(list.capacity(), 3U);
  EXPECT_FFI_ERROR(Any(Array<Any>{1, String("s")}).cast<List<int>>(), "TypeError",
                   "Cannot convert from type `List[index 1: ffi.SmallStr]` to `List<int>`");
  EXPECT_FFI_ERROR(Any(2.5).cast<List<int>>(), "TypeError",
                   "Cannot convert from type `float` to `List<int>`");
  EXPECT_TRUE(Any(list).cast<List<Any>>().same_as(list));
  EXPECT_EQ(Any(Array<Any>()).cast<List<int>>().size(), 0U);
}

TEST(List, TypeTextAndSchema) {
  EXPECT_EQ(TypeTraits<List<Any>>::TypeStr(), "List<Any>");
  EXPECT_EQ(TypeTraits<List<String>>::TypeSchema(),
            R"({"type":"ffi.List","args":[{"type":"ffi.String"}]})");
  EXPECT_EQ(TypeTraits<List<int>>::field_static_type_index, static_cast<int32_t>(kTVMFFIList));
}

TEST(List, RandomOperationsMatchAVector) {
  Random random(11);
  List<int> list;
  List<int> alias = list;
  Ints model;
  for (int step = 0; step < 4000; ++step) {
    int value = static_cast<int>(random.Below(1000));
    size_t at = random.Below(model.size() + 1);
    size_t end = at + random.Below(model.size() - at + 1);
    switch (random.Below(7)) {
      case 0:
        list.push_back(value);
        model.push_back(value);
        break;
      case 1:
        alias.insert(alias.begin() + at, value);
        model.insert(model.begin() + at, value);
        break;
      case 2: {
        Ints extra(random.Below(5), value);
        list.insert(list.begin() + at, extra.begin(), extra.end());
        model.insert(model.begin() + at, extra.begin(), extra.end());
        break;
      }
      case 3:
        if (end - at < 4) {
          list.erase(list.begin() + at, list.begin() + end);
          model.erase(model.begin() + at, model.begin() + end);
        }
        break;
      case 4:
        list.GetListObj()->Reverse();
        std::reverse(model.begin(), model.end());
        break;
      case 5:
        if (at < model.size()) {
          alias.Set(at, value);
          model[at] = value;
        }
        break;
      default:
        if (model.size() > 60) {
          list.resize(5);
          model.resize(5);
        }
        break;
    }
    ASSERT_EQ(ToVector(alias), model);
  }
}

TEST(ListGlobals, MutateInPlace) {
  Any list = Call("ffi.List", 1, 2, 3);
  Call("ffi.ListAppend", list, 4);
  Call("ffi.ListInsert", list, 0, 0);
  Call("ffi.ListInsert", list, 5, 5);
  Call("ffi.ListSetItem", list, 1, 11);
  EXPECT_EQ(ToInts(list), (Ints{0, 11, 2, 3, 4, 5}));
  EXPECT_EQ(Call("ffi.ListPop", list, 1).cast<int>(), 11);
  Call("ffi.ListErase", list, 0);
  EXPECT_EQ(ToInts(list), (Ints{2, 3, 4, 5}));
  Call("ffi.ListEraseRange", list, 1, 3);
  Call("ffi.ListEraseRange", list, 99, 99);
  Call("ffi.ListReverse", list);
  EXPECT_EQ(ToInts(list), (Ints{5, 2}));
  EXPECT_EQ(Call("ffi.ListSize", list).cast<int>(), 2);
  EXPECT_TRUE(Call("ffi.ListContains", list, 5).cast<bool>());
  EXPECT_FALSE(Call("ffi.ListContains", list, true).cast<bool>());
  Call("ffi.ListReserve", list, 77);
  Call("ffi.ListReserve", list, -1);
  EXPECT_EQ(list.cast<List<Any>>().capacity(), 77U);
  Call("ffi.ListClear", list);
  EXPECT_EQ(Call("ffi.ListSize", list).cast<int>(), 0);
}

TEST(ListGlobals, CheckIndices) {
  Any list = Call("ffi.List", 1, 2);
  const char* bounds = "Index 2 out of bounds 2";
  EXPECT_FFI_ERROR(Call("ffi.ListGetItem", list, 2), "IndexError", bounds);
  EXPECT_FFI_ERROR(Call("ffi.ListSetItem", list, 2, 0), "IndexError", bounds);
  EXPECT_FFI_ERROR(Call("ffi.ListPop", list, 2), "IndexError", bounds);
  EXPECT_FFI_ERROR(Call("ffi.ListErase", list, 2), "IndexError", bounds);
  EXPECT_FFI_ERROR(Call("ffi.ListPop", list, -1), "IndexError", "Index -1 out of bounds 2");
  EXPECT_FFI_ERROR(Call("ffi.ListInsert", list, 3, 0), "IndexError",
                   "Index 3 out of bounds [0, 2]");
  int64_t wraps = int64_t{1} << 60;  // times the cell size is 0 modulo 2^64
  EXPECT_FFI_ERROR(Call("ffi.ListInsert", list, wraps, 0), "IndexError",
                   "Index 1152921504606846976 out of bounds [0, 2]");
  EXPECT_FFI_ERROR(Call("ffi.ListEraseRange", list, 1, 3), "IndexError",
                   "Erase range [1, 3) out of bounds 2");
  EXPECT_FFI_ERROR(Call("ffi.ListEraseRange", list, 2, 1), "IndexError",
                   "Erase range [2, 1) out of bounds 2");
  EXPECT_EQ(ToInts(list), (Ints{1, 2}));
}

TEST(ListGlobals, ReplaceSlice) {
  Any list = Call("ffi.List", 0, 1, 2, 3);
  Call("ffi.ListReplaceSlice", list, 1, 3, Call("ffi.List", 7, 8, 9));
  EXPECT_EQ(ToInts(list), (Ints{0, 7, 8, 9, 3}));
  Call("ffi.ListReplaceSlice", list, 1, 4, list);
  EXPECT_EQ(ToInts(list), (Ints{0, 0, 7, 8, 9, 3, 3}));
  Call("ffi.ListReplaceSlice", list, 0, 6, Call("ffi.List"));
  Call("ffi.ListReplaceSlice", list, 50, 50, Call("ffi.List"));
  EXPECT_EQ(ToInts(list), (Ints{3}));
  EXPECT_FFI_ERROR(Call("ffi.ListReplaceSlice", list, 50, 50, Call("ffi.List", 1)), "IndexError",
                   "Index 50 out of bounds [0, 1]");
  EXPECT_FFI_ERROR(Call("ffi.ListReplaceSlice", list, 0, 2, Call("ffi.List", 1)), "IndexError",
                   "Erase range [0, 2) out of bounds 1");
  EXPECT_EQ(ToInts(list), (Ints{3}));
}

TEST(ListGlobals, WritersConvertArraysToATemporary) {
  Any array = Call("ffi.Array", 1);
  Call("ffi.ListAppend", array, 2);
  EXPECT_EQ(Call("ffi.ArraySize", array).cast<int>(), 1);
  EXPECT_FFI_ERROR(Call("ffi.ListSize", array), "TypeError",
                   "Mismatched type on argument #0 when calling: `ffi.ListSize(0: ffi.List) -> "
                   "int`. Expected `ffi.List` but got `ffi.Array`");
}

TEST(ListGlobals, AHugeReserveIsAnErrorNotACrash) {
  Any list = Call("ffi.List", 1);
  EXPECT_ANY_THROW(Call("ffi.ListReserve", list, int64_t{1} << 62));
  EXPECT_EQ(ToInts(list), (Ints{1}));
}

}  // namespace
