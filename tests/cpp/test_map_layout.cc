// SPDX-License-Identifier: Apache-2.0
// The table behind Map and Dict, byte for byte: its state after long runs of operations, copies,
// iterators, and what is left where storage moved to another object. Consumers' binaries have the
// algorithms inlined and work on the same tables.
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/string.h>

#include <iterator>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "container_test_util.h"

namespace {

using namespace tvm::ffi;  // NOLINT(google-build-using-namespace)
using container_tests::FieldAt;
using container_tests::Random;
using core_tests::IntRef;

constexpr uint64_t kSmallBit = uint64_t{1} << 63;
constexpr uint8_t kEmptySlot = 0xff;
constexpr uint8_t kProtectedSlot = 0xfe;

// Read-only view of a table in memory.
class Table {
 public:
  explicit Table(const ObjectRef& map)
      : data_(FieldAt<const char*>(map, 24)),
        size(FieldAt<uint64_t>(map, 32)),
        slots(FieldAt<uint64_t>(map, 40)) {
    if (IsSmall()) return;
    shift = FieldAt<uint32_t>(map, 56);
    head = FieldAt<uint64_t>(map, 64);
    tail = FieldAt<uint64_t>(map, 72);
  }

  bool IsSmall() const { return (slots & kSmallBit) != 0; }
  uint8_t Meta(uint64_t slot) const {
    return static_cast<uint8_t>(data_[slot / 16 * 784 + slot % 16]);
  }
  // A 64-bit word of the item in a slot: 3 is the payload of the value, 4 and 5 are the links.
  uint64_t ItemWord(uint64_t slot, int word) const {
    return Load(data_ + slot / 16 * 784 + 16 + slot % 16 * 48 + 8 * word);
  }
  uint64_t PairWord(uint64_t pair, int word) const { return Load(data_ + 32 * pair + 8 * word); }

 private:
  static uint64_t Load(const char* from) {
    uint64_t word;
    std::memcpy(&word, from, 8);
    return word;
  }
  const char* data_;

 public:
  uint64_t size;
  uint64_t slots;
  uint64_t shift = 0;
  uint64_t head = 0;
  uint64_t tail = 0;
};

// Folds everything that decides how other binaries read the table into one number.
void MixState(const Table& table, uint64_t* digest) {
  auto mix = [digest](uint64_t word) { *digest = (*digest ^ word) * 0x100000001b3u; };
  mix(table.slots);
  mix(table.size);
  if (table.IsSmall()) {
    for (uint64_t i = 0; i < table.size; ++i) mix(table.PairWord(i, 3));
    return;
  }
  mix(table.shift);
  mix(table.head);
  mix(table.tail);
  for (uint64_t slot = 0; slot < table.slots; ++slot) {
    mix(table.Meta(slot));
    if (table.Meta(slot) == kEmptySlot) continue;
    for (int word : {3, 4, 5}) mix(table.ItemWord(slot, word));
  }
}

Any MixedKey(uint64_t i) {
  switch (i % 6) {
    case 0:
      return static_cast<int64_t>(i);
    case 1:
      return String("k" + std::to_string(i));
    case 2:
      return String("a longer key of number " + std::to_string(i));
    case 3:
      return static_cast<double>(i) / 4;
    case 4:
      return i % 12 < 6;
    default:
      return Bytes("bytes " + std::to_string(i));
  }
}

// The digests were made by the published package (0.1.15) doing the same operations on its Dict.
TEST(MapLayout, LongRunsLeaveThePublishedTables) {
  struct Run {
    uint64_t universe;
    int64_t steps;
    uint64_t digest;
    size_t size;
    std::set<uint64_t> slots;
  };
  const std::vector<Run> runs = {
      {6, 2000, 0x5213660660dcb1fd, 5, {2, 4, 8}},
      {14, 4000, 0x6e01160033bdd2f3, 10, {2, 4, 8, 16}},
      {40, 4000, 0xfce3c4ef0a483503, 25, {2, 4, 8, 16, 32, 64}},
      {140, 4000, 0xecb38653438e3f5a, 85, {2, 4, 8, 16, 32, 64, 128}},
      {700, 4000, 0x22100c9929bc691b, 389, {2, 4, 8, 16, 32, 64, 128, 256, 512}}};
  for (const Run& run : runs) {
    Random random(run.universe);
    Dict<Any, Any> dict;
    uint64_t digest = 0xcbf29ce484222325;
    std::set<uint64_t> slots;
    for (int64_t step = 0; step < run.steps; ++step) {
      Any key = MixedKey(random.Below(run.universe));
      if (random.Below(3) != 0) {
        dict.Set(key, step);
      } else {
        dict.erase(key);
      }
      Table table(dict);
      if (step % 8 == 0 || run.universe <= 40) MixState(table, &digest);
      slots.insert(table.slots & ~kSmallBit);
    }
    EXPECT_EQ(digest, run.digest) << "universe " << run.universe;
    EXPECT_EQ(dict.size(), run.size);
    EXPECT_EQ(slots, run.slots);
  }
}

TEST(MapLayout, NoSlotStaysProtected) {
  Random random(9);
  Dict<int64_t, int64_t> dict;
  for (int64_t step = 0; step < 3000; ++step) {
    dict.Set(static_cast<int64_t>(random.Below(400)), step);
    dict.erase(static_cast<int64_t>(random.Below(400)));
    Table table(dict);
    if (table.IsSmall()) continue;
    uint64_t occupied = 0;
    for (uint64_t slot = 0; slot < table.slots; ++slot) {
      ASSERT_NE(table.Meta(slot), kProtectedSlot);
      occupied += table.Meta(slot) != kEmptySlot;
    }
    ASSERT_EQ(occupied, table.size);
  }
}

// Keys 1 to n in a dense table made for them at once.
Map<int64_t, int64_t> DenseMap(int64_t n) {
  std::vector<std::pair<int64_t, int64_t>> pairs;
  for (int64_t i = 1; i <= n; ++i) pairs.emplace_back(i, i);
  return Map<int64_t, int64_t>(pairs.begin(), pairs.end());
}

TEST(MapLayout, TableSizeDoublesTheCapacity) {
  for (auto [entries, slots, shift] : {std::array<uint64_t, 3>{4, 8, 61},
                                       {5, 16, 60},
                                       {8, 16, 60},
                                       {9, 32, 59},
                                       {16, 32, 59},
                                       {17, 64, 58},
                                       {1000, 2048, 53}}) {
    Table table(DenseMap(static_cast<int64_t>(entries)));
    EXPECT_EQ(table.slots, slots) << entries;
    EXPECT_EQ(table.shift, shift) << entries;
  }
}

TEST(MapLayout, SlotsBehindAShortTableAreEmpty) {
  Map<int64_t, int64_t> map = DenseMap(4);
  Table table(map);
  for (uint64_t slot = 8; slot < 16; ++slot) EXPECT_EQ(table.Meta(slot), kEmptySlot);
}

TEST(MapLayout, ACopiedTableIsEqualByteForByte) {
  Map<int64_t, int64_t> map = DenseMap(300);
  for (int64_t i = 1; i < 300; i += 3) map.erase(i);
  Map<int64_t, int64_t> copy(MapObj::ShallowCopy(static_cast<const MapObj*>(map.get())));
  uint64_t digest = 1, copied = 1;
  MixState(Table(map), &digest);
  MixState(Table(copy), &copied);
  EXPECT_EQ(copied, digest);
  EXPECT_NE(FieldAt<void*>(copy, 24), FieldAt<void*>(map, 24));
}

TEST(MapLayout, ACopiedSmallMapHasRoomForItsEntriesOnly) {
  Dict<int, int> dict;
  for (int i = 0; i < 4; ++i) dict.Set(i, i);
  dict.erase(3);
  Dict<int, int> copy(DictObj::ShallowCopy(static_cast<const DictObj*>(dict.get())));
  EXPECT_EQ(Table(copy).slots, 3 | kSmallBit);
  EXPECT_EQ(FieldAt<const char*>(copy, 24), reinterpret_cast<const char*>(copy.get()) + 56);
  dict.erase(0);
  dict.erase(1);
  Dict<int, int> one(DictObj::ShallowCopy(static_cast<const DictObj*>(dict.get())));
  EXPECT_EQ(Table(one).slots, 2 | kSmallBit);
}

TEST(MapLayout, ErasingFromASmallMapClosesTheGap) {
  Map<int64_t, int64_t> map = {{1, 10}, {2, 20}, {3, 30}};
  map.erase(1);
  Table table(map);
  EXPECT_EQ(table.size, 2u);
  EXPECT_EQ(table.PairWord(0, 1), 2u);
  EXPECT_EQ(table.PairWord(1, 3), 30u);
  EXPECT_EQ(table.slots, 3 | kSmallBit);
}

// Forgets what it is told to; tells how often.
struct CountingObj : public Object {
  static inline int live = 0;
  CountingObj() { ++live; }
  ~CountingObj() { --live; }
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("container_tests.MapCounting", CountingObj, Object);
};

TEST(MapLayout, ObjectsInReplacedStorageDieOnce) {
  for (int entries : {1, 2, 3, 4, 5, 20, 70}) {
    {
      Dict<Any, Any> dict;
      for (int i = 0; i < entries; ++i) {
        dict.Set(ObjectRef(make_object<CountingObj>()), ObjectRef(make_object<CountingObj>()));
      }
      EXPECT_EQ(CountingObj::live, 2 * entries);
      Dict<Any, Any> copy(DictObj::ShallowCopy(static_cast<const DictObj*>(dict.get())));
      dict.clear();
      EXPECT_EQ(CountingObj::live, 2 * entries);
    }
    EXPECT_EQ(CountingObj::live, 0) << entries;
  }
}

TEST(MapLayout, ANewEqualKeyLeavesTheStoredKey) {
  String stored("a key that is a heap string");
  Map<Any, int> dense = {{stored, 1}, {1, 2}, {2, 3}, {3, 4}};
  dense.Set(String("a key that is a heap string"), 5);
  for (auto [key, value] : dense) {
    if (value == 5) {
      EXPECT_TRUE(key.same_as(Any(stored)));
    }
  }
  EXPECT_EQ(dense.at(stored), 5);
}

TEST(MapBaseIterator, IsTwoWordsAndForward) {
  using Iter = MapBaseObj::iterator;
  static_assert(sizeof(Iter) == 16);
  static_assert(std::is_same_v<Iter::iterator_category, std::forward_iterator_tag>);
  static_assert(std::is_same_v<Iter::difference_type, int64_t>);
  static_assert(std::is_same_v<Iter::value_type, MapBaseObj::KVType>);
  static_assert(std::is_same_v<Iter::reference, MapBaseObj::KVType&>);
  static_assert(std::is_same_v<MapBaseObj::key_type, Any> && sizeof(MapBaseObj::KVType) == 32);
  EXPECT_TRUE(Iter() == Iter());
}

TEST(MapBaseIterator, DereferencesToTheStoredPair) {
  Map<int64_t, int64_t> map = DenseMap(6);
  auto* obj = const_cast<MapObj*>(static_cast<const MapObj*>(map.get()));
  auto it = obj->find(Any(3));
  it->second = 33;
  EXPECT_EQ(map.at(3), 33);
  EXPECT_EQ((*it++).first.cast<int>(), 3);
  EXPECT_EQ((*it--).first.cast<int>(), 4);
  EXPECT_EQ(it->first.cast<int>(), 3);
}

TEST(MapBaseObj, ErasingTheEndDoesNothing) {
  for (int64_t n : {3, 6}) {
    Map<int64_t, int64_t> map = DenseMap(n);
    auto* obj = const_cast<MapObj*>(static_cast<const MapObj*>(map.get()));
    obj->erase(obj->end());
    obj->erase(Any(999));
    EXPECT_EQ(obj->size(), static_cast<size_t>(n));
    obj->erase(obj->begin());
    EXPECT_EQ(obj->count(Any(1)), 0u);
    EXPECT_EQ(obj->size(), static_cast<size_t>(n - 1));
  }
}

TEST(MapBaseObj, AtServesAsAFunctionOfAnyKey) {
  Function at =
      Function::FromTyped([](const MapObj* map, const Any& key) -> Any { return map->at(key); });
  EXPECT_EQ(at(DenseMap(5), 4).cast<int>(), 4);
  EXPECT_FFI_ERROR(at(DenseMap(5), 9), "KeyError", "key is not in Map");
}

TEST(MapIterator, ReadsByValueInBothDirections) {
  using Iter = Map<int, String>::iterator;
  static_assert(std::is_same_v<Iter::iterator_category, std::bidirectional_iterator_tag>);
  static_assert(std::is_same_v<Iter::difference_type, int64_t>);
  static_assert(std::is_same_v<Iter::value_type, const std::pair<int, String>>);
  static_assert(std::is_same_v<Iter::reference, const std::pair<int, String>>);
  static_assert(std::is_default_constructible_v<Iter>);
  static_assert(std::is_same_v<Dict<int, String>::iterator::value_type, Iter::value_type>);
  static_assert(std::is_same_v<Map<int, String>::key_type, int>);
  static_assert(std::is_same_v<Dict<int, String>::mapped_type, String>);
  Map<int, String> map = {{1, "a"}, {2, "b"}};
  Iter it = map.begin();
  EXPECT_EQ((*it++).second, "a");
  EXPECT_EQ((*it--).second, "b");
  EXPECT_EQ((*it).second, "a");
}

TEST(MapHandle, DeclaresItsContainer) {
  static_assert(std::is_same_v<Map<Any, Any>::ContainerType, MapObj> && sizeof(MapObj) == 56);
  static_assert(std::is_same_v<Dict<Any, Any>::ContainerType, DictObj> && sizeof(DictObj) == 56);
  static_assert(!Map<Any, Any>::_type_is_nullable && !Map<Any, Any>::_type_container_is_exact);
  static_assert(!Dict<Any, Any>::_type_is_nullable && !Dict<Any, Any>::_type_container_is_exact);
  static_assert(MapObj::_type_final && DictObj::_type_final);
  static_assert(!use_default_type_traits_v<Map<Any, Any>>);
  // Being no type of its own, the base of both is any object to the type system.
  Any other = IntRef(1);
  EXPECT_NE(other.as<MapBaseObj>(), nullptr);
  EXPECT_EQ(other.as<MapObj>(), nullptr);
}

TEST(Map, CopyOnWriteOnNullMakesAnEmptyMap) {
  Map<int, int> map(UnsafeInit{});
  EXPECT_EQ(map.CopyOnWrite()->size(), 0u);
  EXPECT_TRUE(map.defined());
  Map<int, int> alias = map;
  const Object* before = map.get();
  map.CopyOnWrite();
  EXPECT_NE(map.get(), before);
  EXPECT_EQ(alias.get(), before);
}

}  // namespace
