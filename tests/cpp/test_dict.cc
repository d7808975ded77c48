// SPDX-License-Identifier: Apache-2.0
// Dict: sharing, the stable address, the storage it goes through while growing, and its globals.
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/string.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <vector>

#include "container_test_util.h"

namespace {

using namespace tvm::ffi;  // NOLINT(google-build-using-namespace)
using container_tests::Call;
using container_tests::FieldAt;
using container_tests::Random;
using core_tests::IntRef;

constexpr uint64_t kSmallBit = uint64_t{1} << 63;

uint64_t Slots(const ObjectRef& dict) { return FieldAt<uint64_t>(dict, 40); }
bool PairsAreInline(const ObjectRef& dict) {
  return FieldAt<const char*>(dict, 24) == reinterpret_cast<const char*>(dict.get()) + 56;
}
// Key of the int that occupies a slot, or -1 for a free slot.
int64_t KeyInSlot(const ObjectRef& dict, uint64_t slot) {
  const char* block = FieldAt<const char*>(dict, 24) + slot / 16 * 784;
  if (static_cast<uint8_t>(block[slot % 16]) == 0xff) return -1;
  int64_t key;
  std::memcpy(&key, block + 16 + slot % 16 * 48 + 8, 8);
  return key;
}
std::vector<int64_t> Table(const ObjectRef& dict) {
  std::vector<int64_t> keys;
  for (uint64_t slot = 0; slot < Slots(dict); ++slot) keys.push_back(KeyInSlot(dict, slot));
  return keys;
}
template <typename D>
std::vector<int> Keys(const D& dict) {
  std::vector<int> keys;
  for (auto [key, value] : dict) keys.push_back(key);
  return keys;
}

TEST(Dict, GrowsThroughTheLayoutsAtOneAddress) {
  Dict<int, int> dict;
  const Object* before = dict.get();
  EXPECT_EQ(dict.type_index(), static_cast<int32_t>(kTVMFFIDict));
  dict.Set(1, 1);
  dict.Set(2, 2);
  EXPECT_EQ(Slots(dict), 2 | kSmallBit);
  EXPECT_TRUE(PairsAreInline(dict));
  dict.Set(3, 3);
  dict.Set(4, 4);
  EXPECT_EQ(Slots(dict), 4 | kSmallBit);
  EXPECT_FALSE(PairsAreInline(dict));
  EXPECT_NE(FieldAt<void*>(dict, 48), nullptr);
  dict.Set(5, 5);
  EXPECT_EQ(Slots(dict), 8u);
  EXPECT_EQ(FieldAt<uint32_t>(dict, 56), 61u);
  EXPECT_EQ(FieldAt<uint64_t>(dict, 64), 7u);
  EXPECT_EQ(FieldAt<uint64_t>(dict, 72), 3u);
  EXPECT_EQ(Table(dict), (std::vector<int64_t>{-1, 3, 2, 5, 4, -1, -1, 1}));
  for (int i = 6; i <= 8; ++i) dict.Set(i, i);
  EXPECT_EQ(Table(dict), (std::vector<int64_t>{8, 3, 2, 5, 4, 7, 6, 1}));
  dict.Set(9, 9);
  EXPECT_EQ(Slots(dict), 16u);
  EXPECT_EQ(FieldAt<uint32_t>(dict, 56), 60u);
  EXPECT_EQ(FieldAt<uint64_t>(dict, 64), 15u);
  EXPECT_EQ(FieldAt<uint64_t>(dict, 72), 14u);
  EXPECT_EQ(KeyInSlot(dict, 14), 9);
  const int slots[] = {15, 5, 3, 9, 7, 13, 11, 1};
  for (int i = 0; i < 8; ++i) EXPECT_EQ(KeyInSlot(dict, slots[i]), i + 1);
  EXPECT_EQ(dict.get(), before);
  EXPECT_EQ(dict.type_index(), static_cast<int32_t>(kTVMFFIDict));
}

TEST(Dict, AliasesSeeEveryMutation) {
  Dict<String, int> a;
  Dict<String, int> b = a;
  b.Set("x", 1);
  EXPECT_EQ(a.at("x"), 1);
  a.erase("x");
  a.erase("absent");
  EXPECT_TRUE(b.empty());
  EXPECT_TRUE(a.same_as(b));
}

TEST(Dict, UpdatingADenseEntryMovesItLast) {
  Dict<int, int> dict;
  for (int i = 0; i < 10; ++i) dict.Set(i, i);
  dict.Set(0, 100);
  dict.Set(5, 105);
  EXPECT_EQ(Keys(dict), (std::vector<int>{1, 2, 3, 4, 6, 7, 8, 9, 0, 5}));
  EXPECT_EQ(dict[5], 105);
}

TEST(Dict, ClearKeepsAHashTable) {
  Dict<int, IntRef> dict;
  IntRef item(1);
  for (int i = 0; i < 20; ++i) dict.Set(i, item);
  EXPECT_EQ(item.use_count(), 21);
  uint64_t slots = Slots(dict);
  dict.clear();
  EXPECT_EQ(item.use_count(), 1);
  EXPECT_EQ(dict.size(), 0u);
  EXPECT_EQ(Slots(dict), slots);
  dict.Set(3, item);
  EXPECT_EQ(dict.size(), 1u);
}

TEST(Dict, EntriesDieExactlyOnceInEveryLayout) {
  IntRef item(1);
  for (int n : {0, 1, 2, 3, 4, 5, 9, 100}) {
    {
      Dict<int, IntRef> dict;
      for (int i = 0; i < n; ++i) dict.Set(i, item);
      EXPECT_EQ(item.use_count(), n + 1);
    }
    EXPECT_EQ(item.use_count(), 1);
  }
}

TEST(Dict, NullHandle) {
  Dict<int, int> null(UnsafeInit{});
  EXPECT_EQ(null.size(), 0u);
  null.erase(1);
  null.clear();
  EXPECT_FALSE(null.defined());
  null.Set(1, 2);
  EXPECT_EQ(null.at(1), 2);
  EXPECT_FFI_ERROR((Dict<int, int>(ObjectPtr<Object>())), "InternalError",
                   "Check not null: data_.get() ");
}

TEST(Dict, MissingKeysAreReported) {
  Dict<int, int> dict = {{1, 1}};
  EXPECT_FFI_ERROR(dict.at(2), "KeyError", "key is not in Map");
  EXPECT_FALSE(dict.Get(2).has_value());
  EXPECT_TRUE(dict.find(2) == dict.end());
}

TEST(Dict, ShallowCopyIsADict) {
  Dict<int, int> dict = {{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 5}};
  Dict<int, int> copy(DictObj::ShallowCopy(static_cast<const DictObj*>(dict.get())));
  EXPECT_EQ(copy.type_index(), static_cast<int32_t>(kTVMFFIDict));
  copy.Set(1, 9);
  EXPECT_EQ(dict[1], 1);
  EXPECT_EQ(Keys(dict), (std::vector<int>{1, 2, 3, 4, 5}));
}

TEST(Dict, ConvertsFromAndToMap) {
  Map<String, int> map = {{"a", 1}, {"b", 2}};
  Dict<String, int> dict = Any(map).cast<Dict<String, int>>();
  EXPECT_EQ(dict["b"], 2);
  EXPECT_EQ((Any(dict).cast<Map<String, int>>().size()), 2u);
  EXPECT_TRUE((Any(dict).cast<Dict<Any, Any>>().same_as(dict)));
  EXPECT_FALSE((Any(Map<Any, Any>()).as<Dict<Any, Any>>().has_value()));
  EXPECT_EQ((Any(Map<Any, Any>()).cast<Dict<int, int>>().size()), 0u);
  EXPECT_FFI_ERROR((Any(Map<Any, Any>{{1, String("v")}}).cast<Dict<int, int>>()), "TypeError",
                   "Cannot convert from type `Dict[K, some value is ffi.SmallStr]` to "
                   "`Dict<int, int>`");
}

TEST(Dict, TypeTextAndSchema) {
  EXPECT_EQ((TypeTraits<Dict<int, Any>>::TypeStr()), "Dict<int, Any>");
  EXPECT_EQ((TypeTraits<Dict<int, int>>::TypeSchema()),
            R"({"type":"ffi.Dict","args":[{"type":"int"},{"type":"int"}]})");
  EXPECT_EQ((TypeTraits<Dict<int, int>>::field_static_type_index),
            static_cast<int32_t>(kTVMFFIObject));
}

TEST(Dict, RandomOperationsMatchAModelAndItsOrder) {
  Random random(5);
  for (uint64_t universe : {5, 12, 300}) {
    Dict<int64_t, int64_t> dict;
    Dict<int64_t, int64_t> alias = dict;
    std::unordered_map<int64_t, int64_t> model;
    std::vector<int64_t> inserted;  // order of first insertions; only checked without updates
    bool order_known = true;
    for (int step = 0; step < 5000; ++step) {
      int64_t key = static_cast<int64_t>(random.Below(universe));
      bool present = model.count(key) != 0;
      if (random.Below(2) != 0) {
        if (present) order_known = false;
        dict.Set(key, step);
        model[key] = step;
        if (!present) inserted.push_back(key);
      } else {
        alias.erase(key);
        model.erase(key);
        if (present) inserted.erase(std::find(inserted.begin(), inserted.end(), key));
      }
      ASSERT_EQ(dict.size(), model.size());
      for (int64_t probe = 0; probe < 5; ++probe) {
        auto found = model.find(probe);
        std::optional<int64_t> got = alias.Get(probe);
        ASSERT_EQ(got.has_value(), found != model.end());
        if (got.has_value()) {
          ASSERT_EQ(*got, found->second);
        }
      }
      if (model.empty()) {
        order_known = true;
        inserted.clear();
      }
      if (order_known) {
        std::vector<int64_t> keys;
        for (auto [k, v] : dict) keys.push_back(k);
        ASSERT_EQ(keys, inserted);
      }
    }
  }
}

TEST(DictGlobals, MutateInPlace) {
  Any dict = Call("ffi.Dict", 1, "one");
  Call("ffi.DictSetItem", dict, "two", 2);
  EXPECT_EQ(Call("ffi.DictSize", dict).cast<int>(), 2);
  EXPECT_EQ(Call("ffi.DictGetItem", dict, "two").cast<int>(), 2);
  EXPECT_EQ(Call("ffi.DictCount", dict, 1).cast<int>(), 1);
  Call("ffi.DictErase", dict, 1);
  Call("ffi.DictErase", dict, 1);
  EXPECT_FFI_ERROR(Call("ffi.DictGetItem", dict, 1), "KeyError", "key is not in Map");
  EXPECT_TRUE(Call("ffi.DictGetItemOrMissing", dict, 1).same_as(Call("ffi.GetInvalidObject")));
  Call("ffi.DictClear", dict);
  EXPECT_EQ(Call("ffi.DictSize", dict).cast<int>(), 0);
  EXPECT_FFI_ERROR(Call("ffi.Dict", 1, 2, 3), "InternalError",
                   "Check failed: args.size() % 2 == 0 (1 vs. 0) : ");
}

TEST(DictGlobals, IterationSurvivesMutation) {
  Dict<int, int> dict;
  for (int i = 0; i < 3; ++i) dict.Set(i, i);
  Function next = Call("ffi.DictForwardIterFunctor", dict).cast<Function>();
  for (int i = 3; i < 40; ++i) dict.Set(i, i);  // changes the layout twice
  EXPECT_EQ(next(0).cast<int>(), 0);
  EXPECT_TRUE(next(2).cast<bool>());
  EXPECT_EQ(next(0).cast<int>(), 1);
  dict.erase(1);
  EXPECT_FFI_ERROR(next(1), "KeyError", "key is not in Map");
  EXPECT_FFI_ERROR(next(2), "RuntimeError", "The current entry was erased during the iteration");
}

}  // namespace
