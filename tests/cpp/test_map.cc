// SPDX-License-Identifier: Apache-2.0
// Map: hashes of keys, the stored layout, insertion order, copy-on-write, conversions, globals.
#include <tvm/ffi/big_int.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/ffi/string.h>

#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

#include "container_test_util.h"

namespace {

using namespace tvm::ffi;  // NOLINT(google-build-using-namespace)
using container_tests::Call;
using container_tests::FieldAt;
using container_tests::Random;
using core_tests::IntRef;
using core_tests::Number;

constexpr uint64_t kNone = ~uint64_t{0};
constexpr uint64_t kSmallBit = uint64_t{1} << 63;

uint64_t Slots(const ObjectRef& map) { return FieldAt<uint64_t>(map, 40); }

// One occupied slot of a dense table, read from memory.
struct SlotState {
  uint8_t meta;
  int64_t key;
  uint64_t prev;
  uint64_t next;
};
SlotState ReadSlot(const ObjectRef& map, uint64_t slot) {
  const char* block = FieldAt<const char*>(map, 24) + slot / 16 * 784;
  const char* item = block + 16 + slot % 16 * 48;
  SlotState state;
  state.meta = static_cast<uint8_t>(block[slot % 16]);
  std::memcpy(&state.key, item + 8, 8);
  std::memcpy(&state.prev, item + 32, 8);
  std::memcpy(&state.next, item + 40, 8);
  return state;
}

template <typename M>
std::vector<std::string> Keys(const M& map) {
  std::vector<std::string> keys;
  for (const auto& kv : map) keys.push_back(kv.first);
  return keys;
}
using Strings = std::vector<std::string>;

TEST(AnyHash, MatchesTheContractVectors) {
  auto hash = [](const Any& key) { return AnyHash()(key); };
  EXPECT_EQ(hash(Any()), 0x000000009e3779b9u);
  EXPECT_EQ(hash(0), 0x000000009e3779f8u);
  EXPECT_EQ(hash(1), 0x000000009e3779fbu);
  EXPECT_EQ(hash(-1), 0x000000009e3779f9u);
  EXPECT_EQ(hash(true), 0x000000009e377a38u);
  EXPECT_EQ(hash(false), 0x000000009e377a3bu);
  EXPECT_EQ(hash(0.0), 0x000000009e377a7au);
  EXPECT_EQ(hash(-0.0), 0x800000009e377a7au);
  EXPECT_EQ(hash(1.0), 0x3ff000009e377a7au);
  EXPECT_EQ(hash(String("")), 0x000000009e378a48u);
  EXPECT_EQ(hash(String("a")), 0x000000009e378a2bu);
  EXPECT_EQ(hash(String("abcdefg")), 0x000000010369b975u);
  EXPECT_EQ(hash(String("abcdefgh")), 0x00000000d369b977u);
  EXPECT_EQ(hash(String("hello world, this is a long string")), 0x00000000c4df2575u);
  EXPECT_EQ(hash(Bytes("a", 1)), 0x000000009e378ae8u);
  EXPECT_EQ(hash(Bytes("abcdefgh", 8)), 0x00000000d369b934u);
  EXPECT_EQ(hash(DLDataType{kDLFloat, 32, 1}), 0x000000009e389af9u);
  EXPECT_EQ(hash(DLDevice{kDLCUDA, 1}), 0x000000019e377b3au);
  EXPECT_EQ(hash(BigInt(1) << BigInt(70)), 0x000000009e378dc2u);
}

TEST(AnyEqual, KeepsKindsApartAndComparesTextByContent) {
  auto equal = [](const Any& a, const Any& b) { return AnyEqual()(a, b); };
  EXPECT_FALSE(equal(1, true));
  EXPECT_FALSE(equal(1, 1.0));
  EXPECT_FALSE(equal(0.0, -0.0));
  EXPECT_FALSE(equal(String("a"), Bytes("a", 1)));
  EXPECT_TRUE(
      equal(std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()));
  EXPECT_TRUE(equal(std::string("ab"), String("ab")));  // heap and small
  EXPECT_TRUE(equal(String("longer than seven"), String("longer than seven")));
  EXPECT_FALSE(equal(Array<int>{1}, Array<int>{1}));
  EXPECT_TRUE(equal(BigInt(1) << BigInt(70), BigInt(1) << BigInt(70)));
}

TEST(Map, SmallLayoutHoldsPairsInline) {
  Map<Any, Any> map;
  EXPECT_EQ(Slots(map), 2 | kSmallBit);
  map.Set(7, 70);
  EXPECT_EQ(FieldAt<const char*>(map, 24), reinterpret_cast<const char*>(map.get()) + 56);
  EXPECT_EQ(FieldAt<uint64_t>(map, 32), 1u);
  EXPECT_EQ(FieldAt<void*>(map, 48), nullptr);
  EXPECT_EQ(FieldAt<TVMFFIAny>(map, 56).v_int64, 7);
  EXPECT_EQ(FieldAt<TVMFFIAny>(map, 72).v_int64, 70);
  EXPECT_EQ(map.type_index(), static_cast<int32_t>(kTVMFFIMap));
}

TEST(Map, RangesChooseTheLayoutByTheirLength) {
  auto slots_for = [](int n) {
    std::vector<std::pair<int, int>> pairs;
    for (int i = 0; i < n; ++i) pairs.emplace_back(i, i);
    return Slots(Map<int, int>(pairs.begin(), pairs.end()));
  };
  EXPECT_EQ(slots_for(0), 2 | kSmallBit);
  EXPECT_EQ(slots_for(1), 2 | kSmallBit);
  EXPECT_EQ(slots_for(2), 2 | kSmallBit);
  EXPECT_EQ(slots_for(3), 3 | kSmallBit);
  EXPECT_EQ(slots_for(4), 8u);
  EXPECT_EQ(slots_for(5), 16u);
  EXPECT_EQ(slots_for(8), 16u);
  EXPECT_EQ(slots_for(9), 32u);
}

TEST(Map, DenseTableFromARangeOfInts) {
  Map<int, int> map = {{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 5}};
  EXPECT_EQ(Slots(map), 16u);
  EXPECT_EQ(FieldAt<uint32_t>(map, 56), 60u);
  EXPECT_EQ(FieldAt<uint64_t>(map, 64), 15u);
  EXPECT_EQ(FieldAt<uint64_t>(map, 72), 7u);
  const uint8_t metadata[16] = {0xff, 0xff, 0xff, 0,    0xff, 0,    0xff, 0,
                                0xff, 0,    0xff, 0xff, 0xff, 0xff, 0xff, 0};
  EXPECT_EQ(std::memcmp(FieldAt<void*>(map, 24), metadata, 16), 0);
  const std::vector<std::vector<uint64_t>> expected = {
      {15, 1, kNone, 5}, {5, 2, 15, 3}, {3, 3, 5, 9}, {9, 4, 3, 7}, {7, 5, 9, kNone}};
  for (const auto& row : expected) {
    SlotState state = ReadSlot(map, row[0]);
    EXPECT_EQ(static_cast<uint64_t>(state.key), row[1]);
    EXPECT_EQ(state.prev, row[2]);
    EXPECT_EQ(state.next, row[3]);
  }
}

TEST(Map, DenseTableOfStringsAndErase) {
  Map<String, int> map = {{"a", 1}, {"b", 2}, {"c", 3}, {"d", 4}};
  EXPECT_EQ(Slots(map), 8u);
  for (uint64_t slot : {0, 4, 2, 5}) EXPECT_EQ(ReadSlot(map, slot).meta, 0) << slot;
  EXPECT_EQ(FieldAt<uint64_t>(map, 64), 0u);
  map.erase("b");
  EXPECT_EQ(ReadSlot(map, 0).next, 2u);
  EXPECT_EQ(ReadSlot(map, 2).next, 5u);
  EXPECT_EQ(ReadSlot(map, 2).prev, 0u);
  EXPECT_EQ(ReadSlot(map, 4).meta, 0xff);
}

TEST(Map, FourEntriesOneByOneStaySmall) {
  Map<int, int> map;
  for (int i = 0; i < 4; ++i) map.Set(i, i);
  EXPECT_EQ(Slots(map), 4 | kSmallBit);
  map.Set(4, 4);
  EXPECT_EQ(Slots(map), 8u);
  EXPECT_EQ(map.size(), 5u);
}

TEST(Map, UpdatingAFullSmallMapGoesDenseAndMovesTheEntryLast) {
  Map<String, int> map;
  for (const char* key : {"a", "b", "c", "d"}) map.Set(key, 0);
  map.Set("b", 1);
  EXPECT_EQ(Slots(map), 8u);
  EXPECT_EQ(Keys(map), (Strings{"a", "c", "d", "b"}));
}

TEST(Map, UpdatingASmallMapKeepsThePlace) {
  Map<String, int> map = {{"a", 1}, {"b", 2}};
  map.Set("a", 5);
  EXPECT_EQ(Keys(map), (Strings{"a", "b"}));
  EXPECT_EQ(map["a"], 5);
}

TEST(Map, TheLastOfEqualKeysWins) {
  Map<String, int> map = {{"a", 1}, {"a", 2}, {"a", 3}};
  EXPECT_EQ(map.size(), 1u);
  EXPECT_EQ(map.at("a"), 3);
  Map<int, int> dense = {{1, 1}, {2, 2}, {1, 3}, {4, 4}};
  std::vector<int> keys;
  for (const auto& kv : dense) keys.push_back(kv.first);
  EXPECT_EQ(keys, (std::vector<int>{2, 1, 4}));
}

TEST(Map, KeepsInsertionOrderForwardsAndBackwards) {
  for (int n : {4, 17}) {
    Map<String, int> map;
    Strings order;
    for (int i = 0; i < n; ++i) {
      order.push_back("key number " + std::to_string(i));
      map.Set(order.back(), i);
    }
    auto check = [&] {
      EXPECT_EQ(Keys(map), order);
      Strings backwards;
      for (auto it = map.end(); it != map.begin();) {
        --it;
        backwards.insert(backwards.begin(), (*it).first);
      }
      EXPECT_EQ(backwards, order);
    };
    check();
    for (int at : {0, n / 2 - 1, n - 3}) {
      std::string erased = order[at];
      map.erase(erased);
      order.erase(order.begin() + at);
      check();
      map.Set(erased, 0);
      order.push_back(erased);
      check();
    }
  }
}

TEST(Map, EmptiedAndFreshMapsHaveNoEntries) {
  Map<int, int> dense = {{1, 1}, {2, 2}, {3, 3}, {4, 4}};
  for (int i = 1; i <= 4; ++i) dense.erase(i);
  EXPECT_TRUE(dense.begin() == dense.end());
  Map<int, int> fresh;
  EXPECT_TRUE(fresh.begin() == fresh.end());
  EXPECT_TRUE(fresh.empty());
}

TEST(Map, IteratorsStayAtTheEnds) {
  for (int n : {2, 6}) {
    Map<int, int> map;
    for (int i = 0; i < n; ++i) map.Set(i, i);
    auto it = map.end();
    ++it;
    EXPECT_TRUE(it == map.end());
    it = map.begin();
    --it;
    EXPECT_TRUE(it == map.end());
    --it;
    EXPECT_EQ((*it).first, n - 1);
  }
}

TEST(Map, SetAndEraseOnASharedMapDetach) {
  Map<String, int> a = {{"x", 1}};
  Map<String, int> b = a;
  b.Set("y", 2);
  EXPECT_EQ(a.count("y"), 0u);
  EXPECT_EQ(b.count("y"), 1u);
  EXPECT_EQ(a.use_count(), 1);
  Map<String, int> c = a;
  c.erase("absent");
  EXPECT_FALSE(c.same_as(a));
  EXPECT_EQ(c.size(), 1u);
}

TEST(Map, CopyOnWriteCopiesBothLayouts) {
  for (int n : {3, 50}) {
    Map<int, String> a;
    for (int i = 0; i < n; ++i) a.Set(i, "value of some length " + std::to_string(i));
    Map<int, String> b = a;
    b.Set(1, "changed");
    EXPECT_EQ(a.size(), b.size());
    EXPECT_EQ(a[1], "value of some length 1");
    EXPECT_EQ(b[1], "changed");
    const MapObj* obj = static_cast<const MapObj*>(a.get());
    Map<int, String> copy(MapObj::ShallowCopy(obj));
    EXPECT_EQ(Slots(copy), n == 3 ? (3 | kSmallBit) : Slots(a));
    EXPECT_EQ(copy[n - 1], a[n - 1]);
    EXPECT_EQ(copy.type_index(), static_cast<int32_t>(kTVMFFIMap));
  }
}

TEST(Map, ClearReplacesTheObject) {
  Map<int, int> a = {{1, 1}};
  Map<int, int> b = a;
  b.clear();
  EXPECT_EQ(a.size(), 1u);
  EXPECT_EQ(b.size(), 0u);
}

TEST(Map, MissingKeysAreReported) {
  Map<String, int> small = {{"a", 1}};
  Map<int, int> dense = {{1, 1}, {2, 2}, {3, 3}, {4, 4}};
  EXPECT_FFI_ERROR(small.at("b"), "KeyError", "key is not in Map");
  EXPECT_FFI_ERROR(small["b"], "KeyError", "key is not in Map");
  EXPECT_FFI_ERROR(dense.at(9), "KeyError", "key is not in Map");
  EXPECT_FALSE(dense.Get(9).has_value());
  EXPECT_EQ(*dense.Get(3), 3);
  EXPECT_TRUE(dense.find(9) == dense.end());
  EXPECT_EQ((*dense.find(2)).second, 2);
}

TEST(Map, NullHandleIsEmptyAndGrowsIntoANewObject) {
  Map<int, int> null(UnsafeInit{});
  EXPECT_EQ(null.size(), 0u);
  EXPECT_EQ(null.count(1), 0u);
  null.clear();
  EXPECT_FALSE(null.defined());
  null.Set(1, 2);
  EXPECT_EQ(null.at(1), 2);
  EXPECT_FFI_ERROR((Map<int, int>(ObjectPtr<Object>())), "InternalError",
                   "Check not null: data_.get() ");
}

TEST(Map, BuildsFromAnUnorderedMapAndMerges) {
  std::unordered_map<int, int> source = {{1, 10}, {2, 20}};
  Map<int, int> map = source;
  EXPECT_EQ(map.size(), 2u);
  EXPECT_EQ(map[2], 20);
  Map<int, int> merged = Merge(map, Map<int, int>{{2, 21}, {3, 30}});
  EXPECT_EQ(merged.size(), 3u);
  EXPECT_EQ(merged[2], 21);
  EXPECT_EQ(map[2], 20);
}

TEST(Map, UpcastsShareTheObject) {
  static_assert(type_subsumes_v<Map<Any, Number>, Map<String, IntRef>>);
  static_assert(!type_subsumes_v<Map<String, Number>, Map<Any, IntRef>>);
  static_assert(!type_subsumes_v<Dict<Any, Any>, Map<Any, Any>>);
  Map<String, IntRef> map = {{"a", IntRef(1)}};
  Map<Any, Number> up = map;
  EXPECT_TRUE(up.same_as(map));
  up = std::move(map);
  EXPECT_FALSE(map.defined());
}

TEST(Map, CastSharesOrConverts) {
  Map<Any, Any> source = {{1, 2}, {2, 3.1}};
  Map<int, double> converted = Any(source).cast<Map<int, double>>();
  EXPECT_EQ(converted.use_count(), 1);
  EXPECT_EQ(converted[1], 2.0);
  EXPECT_TRUE((Any(source).cast<Map<int, Any>>().same_as(source)));
  EXPECT_FALSE((Any(source).cast<Map<Any, double>>().same_as(source)));
  Map<Any, Any> texts = {{String("small"), 1}, {String("a rather long key"), 2}};
  EXPECT_TRUE((Any(texts).cast<Map<String, int>>().same_as(texts)));
}

TEST(Map, KeysThatBecomeEqualCollapse) {
  Map<Any, Any> source = {{1, 10}, {true, 20}};
  Map<int, int> converted = Any(source).cast<Map<int, int>>();
  EXPECT_EQ(converted.size(), 1u);
  EXPECT_EQ(converted[1], 20);
}

TEST(Map, MismatchSaysKeyOrValue) {
  EXPECT_FFI_ERROR((Any(Map<Any, Any>{{1, 2.5}}).cast<Map<int, int>>()), "TypeError",
                   "Cannot convert from type `Map[K, some value is float]` to `Map<int, int>`");
  EXPECT_FFI_ERROR((Any(Map<Any, Any>{{1, 2.5}}).cast<Map<Number, float>>()), "TypeError",
                   "Cannot convert from type `Map[some key is int, V]` to "
                   "`Map<core_tests.Number, float>`");
  EXPECT_FFI_ERROR((Any(Dict<Any, Any>{{1, 2.5}}).cast<Map<int, int>>()), "TypeError",
                   "Cannot convert from type `Map[K, some value is float]` to `Map<int, int>`");
  EXPECT_FFI_ERROR((Any(1).cast<Map<int, int>>()), "TypeError",
                   "Cannot convert from type `int` to `Map<int, int>`");
  EXPECT_FFI_ERROR((Any(Array<int>()).cast<Map<int, int>>()), "TypeError",
                   "Cannot convert from type `ffi.Array` to `Map<int, int>`");
}

TEST(Map, TypeTextAndSchema) {
  EXPECT_EQ((TypeTraits<Map<int, String>>::TypeStr()), "Map<int, str>");
  EXPECT_EQ((TypeTraits<Map<String, Any>>::TypeSchema()),
            R"({"type":"ffi.Map","args":[{"type":"ffi.String"},{"type":"Any"}]})");
  EXPECT_EQ((TypeTraits<Map<int, int>>::field_static_type_index),
            static_cast<int32_t>(kTVMFFIObject));
}

TEST(Map, ObjectKeysAreFoundByIdentity) {
  IntRef one(1), other(1);
  Map<IntRef, int> map = {{one, 1}};
  EXPECT_EQ(map.count(one), 1u);
  EXPECT_EQ(map.count(other), 0u);
}

// Keys whose hash and equality are user functions, which throw when told to.
class HookedKeyObj : public Object {
 public:
  int64_t value = 0;
  explicit HookedKeyObj(int64_t v) : value(v) {}
  static inline bool fail = false;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("container_tests.HookedKey", HookedKeyObj, Object);
};

TVM_FFI_STATIC_INIT_BLOCK() {
  reflection::TypeAttrDef<HookedKeyObj>()
      .def("__any_hash__",
           [](const HookedKeyObj* self) {
             if (HookedKeyObj::fail) TVM_FFI_THROW(ValueError) << "hash refused";
             return self->value % 5;  // many collisions
           })
      .def("__any_equal__",
           [](const HookedKeyObj* a, const HookedKeyObj* b) { return a->value == b->value; });
}

Any Key(int64_t value) { return make_object<HookedKeyObj>(value); }

TEST(Map, HookedKeysCompareByTheirHooks) {
  Map<Any, int> map;
  for (int i = 0; i < 60; ++i) map.Set(Key(i), i);
  EXPECT_EQ(map.size(), 60u);
  for (int i = 0; i < 60; ++i) EXPECT_EQ(map.at(Key(i)), i);
  EXPECT_EQ(map.count(Key(60)), 0u);
  for (int i = 0; i < 60; i += 2) map.erase(Key(i));
  for (int i = 0; i < 60; ++i) EXPECT_EQ(map.count(Key(i)), static_cast<size_t>(i % 2));
}

TEST(Map, AFailingHashLeavesTheMapWhole) {
  for (int n : {2, 4, 8, 15, 31, 40}) {
    Map<Any, int> map;
    for (int i = 0; i < n; ++i) map.Set(Key(i), i);
    Map<Any, int> same = map;
    HookedKeyObj::fail = true;
    for (int i = 0; i < n + 3; ++i) {
      try {
        map.Set(Key(100 + i), 0);
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), "ValueError");
      }
    }
    HookedKeyObj::fail = false;
    for (int i = 0; i < n; ++i) ASSERT_EQ(map.at(Key(i)), i) << n;
    EXPECT_EQ(same.size(), static_cast<size_t>(n));
  }
}

// The model: a hash map for the values, a vector for the order.
TEST(Map, RandomOperationsMatchAModel) {
  Random random(3);
  auto make_key = [&](uint64_t i) -> Any {
    switch (i % 4) {
      case 0:
        return static_cast<int64_t>(i);
      case 1:
        return String("k" + std::to_string(i));
      case 2:
        return String("a longer key of number " + std::to_string(i));
      default:
        return static_cast<double>(i) / 3;
    }
  };
  for (uint64_t universe : {6, 40, 700}) {
    Map<Any, int64_t> map;
    std::unordered_map<uint64_t, int64_t> model;
    for (int step = 0; step < 6000; ++step) {
      uint64_t i = random.Below(universe);
      int64_t value = static_cast<int64_t>(random.Below(1000));
      if (random.Below(3) != 0) {
        map.Set(make_key(i), value);
        model[i] = value;
      } else {
        map.erase(make_key(i));
        model.erase(i);
      }
      ASSERT_EQ(map.size(), model.size());
      uint64_t probe = random.Below(universe);
      auto found = model.find(probe);
      ASSERT_EQ(map.count(make_key(probe)), found == model.end() ? 0u : 1u);
      if (found != model.end()) {
        ASSERT_EQ(map.at(make_key(probe)), found->second);
      }
      if (step % 500 == 0) {
        Map<Any, int64_t> detached = map;
        detached.Set(make_key(i), value);
        size_t entries = 0;
        for (const auto& kv : detached) entries += kv.first.type_index() >= 0;
        ASSERT_EQ(entries, detached.size());
      }
    }
    size_t entries = 0;
    for (auto it = map.begin(); it != map.end(); ++it) ++entries;
    EXPECT_EQ(entries, model.size());
  }
}

TEST(Map, LargeTablesKeepOrderAndContent) {
  Map<int64_t, int64_t> map;
  const int64_t n = 20000;
  for (int64_t i = 0; i < n; ++i) map.Set(i * 7919, i);
  int64_t next = 0;
  for (const auto& kv : map) ASSERT_EQ(kv.second, next++);
  EXPECT_EQ(next, n);
  for (int64_t i = 0; i < n; ++i) ASSERT_EQ(map.at(i * 7919), i);
}

TEST(MapGlobals, ReadAnyMap) {
  Any map = Call("ffi.Map", "a", 1, 2, "b");
  EXPECT_EQ(Call("ffi.MapSize", map).cast<int>(), 2);
  EXPECT_EQ(Call("ffi.MapGetItem", map, "a").cast<int>(), 1);
  EXPECT_EQ(Call("ffi.MapCount", map, 2).cast<int>(), 1);
  EXPECT_EQ(Call("ffi.MapCount", map, true).cast<int>(), 0);
  EXPECT_FFI_ERROR(Call("ffi.MapGetItem", map, "z"), "KeyError", "key is not in Map");
  Any missing = Call("ffi.GetInvalidObject");
  EXPECT_TRUE(Call("ffi.MapGetItemOrMissing", map, "z").same_as(missing));
  EXPECT_EQ(Call("ffi.MapGetItemOrMissing", map, 2).cast<String>(), "b");
  EXPECT_FFI_ERROR(Call("ffi.Map", 1), "InternalError",
                   "Check failed: args.size() % 2 == 0 (1 vs. 0) : ");
  EXPECT_FFI_ERROR((Call("ffi.MapSize", Dict<Any, Any>())), "TypeError",
                   "Mismatched type on argument #0 when calling: `ffi.MapSize(0: ffi.Map) -> "
                   "int`. Expected `ffi.Map` but got `ffi.Dict`");
}

TEST(MapGlobals, IterationFunctorWalksInOrder) {
  for (int n : {3, 9}) {
    Map<Any, Any> map;
    for (int i = 0; i < n; ++i) map.Set(i, i * 10);
    Function next = Call("ffi.MapForwardIterFunctor", map).cast<Function>();
    map = Map<Any, Any>();  // the functor keeps the container
    for (int i = 0; i < n; ++i) {
      EXPECT_EQ(next(0).cast<int>(), i);
      EXPECT_EQ(next(1).cast<int>(), i * 10);
      EXPECT_EQ(next(2).cast<bool>(), i + 1 < n);
    }
    EXPECT_FALSE(next(2).cast<bool>());
    EXPECT_FFI_ERROR(next(0), "IndexError", "The iteration has reached the end of the container");
  }
}

TEST(ContainerFindFirstNonCPUDevice, SearchesNestedContainers) {
  struct NoData {
    void AllocData(DLTensor* tensor) { tensor->data = nullptr; }
    void FreeData(DLTensor*) {}
  };
  auto tensor_on = [](DLDevice device) {
    return Tensor::FromNDAlloc(NoData(), {1}, DLDataType{kDLFloat, 32, 1}, device);
  };
  auto find = [](const Any& value) {
    return Call("ffi.ContainerFindFirstNonCPUDevice", value).cast<DLDevice>();
  };
  Tensor cpu = tensor_on({kDLCPU, 0});
  Tensor gpu = tensor_on({kDLCUDA, 2});
  Tensor metal = tensor_on({kDLMetal, 1});
  DLDevice device = find(Array<Any>{1, cpu, String("x")});
  EXPECT_EQ(device.device_type, kDLCPU);
  EXPECT_EQ(device.device_id, 0);
  EXPECT_EQ(find(gpu).device_type, kDLCUDA);
  Any nested = Array<Any>{Map<Any, Any>{{gpu, 1}, {1, List<Any>{cpu, metal}}}, gpu};
  EXPECT_EQ(find(nested).device_type, kDLMetal);  // keys do not count
  List<Any> cycle;
  cycle.push_back(cycle);
  EXPECT_EQ(find(cycle).device_type, kDLCPU);
  cycle.push_back(gpu);
  EXPECT_EQ(find(cycle).device_id, 2);
  cycle.clear();
}

}  // namespace
