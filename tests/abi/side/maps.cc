// SPDX-License-Identifier: Apache-2.0
//
// Maps and dictionaries that both sides change in turn by seeded sequences of operations, with keys
// of every kind, checked against a model.
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/rvalue_ref.h>

#include <cstring>

#include "map_keys.h"
#include "side.h"
#include "types.h"

namespace ABI_SIDE {
namespace {

using ffi::Dict;
using AnyMap = Map<Any, Any>;
using AnyDict = Dict<Any, Any>;

enum Operation : int64_t { kSet, kErase, kFind, kClear };

// Some values are objects, so that a lost or doubled reference shows.
Any EncodeValue(int64_t value) {
  if (value % 3 == 0) return Array<Any>{value, String("value of an entry")};
  return value;
}
int64_t DecodeValue(const Any& value) {
  if (auto array = value.as<Array<Any>>()) return (*array)[0].cast<int64_t>();
  return value.cast<int64_t>();
}

template <typename Container>
void CheckFind(const Container& map, const Any& key, int64_t expected) {
  auto it = map.find(key);
  if (expected < 0) {
    ABI_EXPECT(map.count(key) == 0 && it == map.end() && !map.Get(key).has_value());
    ABI_EXPECT(ErrorOf([&] { map.at(key); }) == "KeyError: key is not in Map");
    return;
  }
  ABI_EXPECT(map.count(key) == 1 && it != map.end());
  ABI_EXPECT(ffi::AnyEqual()((*it).first, key));
  ABI_EXPECT(DecodeValue((*it).second) == expected);
  ABI_EXPECT(DecodeValue(map.at(key)) == expected && DecodeValue(map[key]) == expected);
}

// Operations are triples: what, key, value; the value of a look-up is the expected one, -1 for
// none.
template <typename Container>
void Apply(Container* map, const Array<int64_t>& operations, const Array<Any>& objects) {
  const std::vector<int64_t> words(operations.begin(), operations.end());
  for (size_t i = 0; i < words.size(); i += 3) {
    const Any key = MakeKey(words[i + 1], objects);
    switch (words[i]) {
      case kSet:
        map->Set(key, EncodeValue(words[i + 2]));
        break;
      case kErase:
        map->erase(key);
        break;
      case kFind:
        CheckFind(*map, key, words[i + 2]);
        break;
      default:
        map->clear();
        break;
    }
  }
}

AnyMap ApplyToMap(ffi::RValueRef<AnyMap> argument, const Array<int64_t>& operations,
                  const Array<Any>& objects) {
  AnyMap map = *std::move(argument);
  Apply(&map, operations, objects);
  return map;
}

void ApplyToDict(AnyDict dict, const Array<int64_t>& operations, const Array<Any>& objects) {
  Apply(&dict, operations, objects);
}

// Compares with pairs of key and value, forwards and backwards.
template <typename Container>
void CheckEntries(const Container& map, const Array<int64_t>& expected, const Array<Any>& objects) {
  const std::vector<int64_t> words(expected.begin(), expected.end());
  ABI_EXPECT(map.size() == words.size() / 2 && map.empty() == words.empty());
  size_t i = 0;
  for (auto entry : map) {
    ABI_EXPECT(i < words.size() && ffi::AnyEqual()(entry.first, MakeKey(words[i], objects)));
    ABI_EXPECT(DecodeValue(entry.second) == words[i + 1]);
    i += 2;
  }
  ABI_EXPECT(i == words.size());
  auto it = map.end();
  while (i > 0) {
    --it;
    i -= 2;
    ABI_EXPECT(DecodeValue((*it).second) == words[i + 1]);
  }
  ABI_EXPECT(it == map.begin());
}

void CheckMap(const AnyMap& map, const Array<int64_t>& expected, const Array<Any>& objects) {
  CheckEntries(map, expected, objects);
}
void CheckDict(const AnyDict& dict, const Array<int64_t>& expected, const Array<Any>& objects) {
  CheckEntries(dict, expected, objects);
}

// Objects that are keys by address.
Array<Any> MakeObjects(int64_t count) {
  Array<Any> objects;
  for (int64_t i = 0; i < count; ++i) {
    switch (i % 4) {
      case 0:
        objects.push_back(Array<Any>{i});
        break;
      case 1:
        objects.push_back(Function::FromTyped([i] { return i; }));
        break;
      case 2:
        objects.push_back(Base(i));
        break;
      default:
        objects.push_back(Make<VirtualObj>(i));
        break;
    }
  }
  return objects;
}

// A number that depends on every byte of the storage that does not hold an address: the fields, the
// metadata of the blocks, the links, the kinds of keys and the payloads of those that are plain.
template <typename T>
T ReadAt(const void* base, size_t offset) {
  T value;
  std::memcpy(&value, static_cast<const char*>(base) + offset, sizeof(T));
  return value;
}

uint64_t DigestOfItems(const char* items, uint64_t count, size_t stride, uint64_t digest) {
  auto mix = [&](uint64_t word) { digest = (digest ^ word) * 1099511628211ull; };
  for (uint64_t i = 0; i < count; ++i) {
    const char* item = items + i * stride;
    const int32_t kind = ReadAt<int32_t>(item, 0);
    mix(static_cast<uint64_t>(kind));
    mix(ReadAt<uint32_t>(item, 4));
    if (kind < kTVMFFIStaticObjectBegin) mix(ReadAt<uint64_t>(item, 8));
  }
  return digest;
}

uint64_t DigestOfStorage(const Object* map) {
  const char* data = ReadAt<const char*>(map, 24);
  const uint64_t size = ReadAt<uint64_t>(map, 32), slots = ReadAt<uint64_t>(map, 40);
  uint64_t digest = size * 31 + slots;
  if (slots >> 63) return DigestOfItems(data, size, 32, digest);
  auto mix = [&](uint64_t word) { digest = (digest ^ word) * 1099511628211ull; };
  mix(ReadAt<uint32_t>(map, 56));
  mix(ReadAt<uint64_t>(map, 64));
  mix(ReadAt<uint64_t>(map, 72));
  for (uint64_t i = 0; i < slots; ++i) {
    const char* block = data + i / 16 * 784;
    const uint8_t metadata = ReadAt<uint8_t>(block, i % 16);
    mix(metadata);
    if (metadata == 0xff) continue;
    const char* item = block + 16 + i % 16 * 48;
    digest = DigestOfItems(item, 1, 48, digest);
    mix(ReadAt<uint64_t>(item, 32));
    mix(ReadAt<uint64_t>(item, 40));
  }
  return digest;
}

TVM_FFI_STATIC_INIT_BLOCK() {
  refl::GlobalDef()
      .def(ABI_NAME("map_apply"), &ApplyToMap)
      .def(ABI_NAME("dict_apply"), &ApplyToDict)
      .def(ABI_NAME("map_check"), &CheckMap)
      .def(ABI_NAME("dict_check"), &CheckDict)
      .def(ABI_NAME("map_objects"), &MakeObjects);
}

// One game: rounds of operations, each played by either side.
struct Game {
  const Peer& peer;
  Random random;
  int64_t key_kinds;
  int64_t universe;  // number of keys
  Array<Any> objects;
  MapModel model;
  int64_t version = 0;

  Game(const Peer& peer, uint64_t seed, int64_t key_kinds, int64_t universe)
      : peer(peer), random(seed), key_kinds(key_kinds), universe(universe) {
    objects = peer["map_objects"](24).cast<Array<Any>>();
    for (const Any& object : MakeObjects(24)) objects.push_back(object);
  }

  int64_t RandomKey() {
    const int64_t i = static_cast<int64_t>(random.Below(universe));
    const int64_t kind = (i + universe) % key_kinds;
    const int64_t id = i / key_kinds * kNumKeyKinds + kind;
    // Keys by address: several numbers mean the same object, of which the model knows one.
    return kind < 14 ? id : id % static_cast<int64_t>(objects.size()) / 16 * 16 + kind;
  }

  // Makes a round; `erase_share` of 100 operations erase. The first change of a `shared` map copies
  // it; clear empties a dictionary and replaces a map.
  Array<int64_t> MakeRound(uint64_t erase_share, bool shared, bool is_dict) {
    Array<int64_t> operations;
    auto push = [&](int64_t what, int64_t id, int64_t value) {
      for (int64_t word : {what, id, value}) operations.push_back(word);
    };
    auto change = [&] {
      if (std::exchange(shared, false)) model.BecomeCopy();
    };
    for (uint64_t i = 1 + random.Below(120); i > 0; --i) {
      const int64_t id = RandomKey();
      const uint64_t dice = random.Below(100);
      if (dice < 30) {
        push(kFind, id, model.Get(id));
      } else if (dice < 30 + erase_share) {
        push(kErase, id, 0);
        change();
        model.Erase(id);
      } else {
        push(kSet, id, ++version);
        change();
        model.Set(id, version);
      }
    }
    if (random.Below(40) == 0) {
      push(kClear, 0, 0);
      const MapModel before = std::exchange(model, MapModel());
      if (is_dict) {
        model.dense = before.dense;
        model.small_slots = before.small_slots;
      }
    }
    return operations;
  }

  Array<int64_t> Expected() const {
    Array<int64_t> expected;
    for (const MapModel::Entry& entry : model.entries) {
      expected.push_back(entry.id);
      expected.push_back(entry.value);
    }
    return expected;
  }

  template <typename Container>
  void Report(const Container& map, Transcript& out) {
    int64_t order = 0;
    for (const MapModel::Entry& entry : model.entries) order = order * 31 + entry.value;
    const uint64_t storage = key_kinds <= kNumPlainKeyKinds ? DigestOfStorage(map.get()) : 0;
    out("entries", map.size(), "order", order, "dense", model.dense, "storage", storage);
  }
};

// The map goes back and forth, moved (changed in place) or shared (copied on the first change).
void PlayMap(Game game, int rounds, Transcript& out) {
  AnyMap map;
  for (int round = 0; round < rounds; ++round) {
    const bool by_peer = game.random.Below(2) == 0, shared = game.random.Below(3) == 0;
    const Array<int64_t> before = game.Expected();
    const AnyMap snapshot = shared ? map : AnyMap();
    const Array<int64_t> operations = game.MakeRound(round / 20 % 2 ? 45 : 15, shared, false);
    if (by_peer) {
      map = game.peer["map_apply"](ffi::RValueRef(std::move(map)), operations, game.objects)
                .cast<AnyMap>();
    } else {
      Apply(&map, operations, game.objects);
    }
    if (shared) game.peer["map_check"](snapshot, before, game.objects);
    if (round % 5 == 4) {
      CheckEntries(map, game.Expected(), game.objects);
      game.peer["map_check"](map, game.Expected(), game.objects);
    }
    if (round % 10 == 9) game.Report(map, out);
  }
  map = AnyMap();
  for (const Any& object : game.objects) ABI_EXPECT(object.cast<ObjectRef>().use_count() == 3);
}

void PlayDict(Game game, int rounds, Transcript& out) {
  AnyDict dict;
  const Object* address = dict.get();
  for (int round = 0; round < rounds; ++round) {
    const bool by_peer = game.random.Below(2) == 0;
    const Array<int64_t> operations = game.MakeRound(round / 20 % 2 ? 45 : 15, false, true);
    if (by_peer) {
      game.peer["dict_apply"](dict, operations, game.objects);
    } else {
      Apply(&dict, operations, game.objects);
    }
    ABI_EXPECT(dict.get() == address);
    if (round % 5 == 4) {
      CheckEntries(dict, game.Expected(), game.objects);
      game.peer["dict_check"](dict, game.Expected(), game.objects);
    }
    if (round % 10 == 9) game.Report(dict, out);
  }
}

}  // namespace

ABI_SUBJECT(maps) {
  uint64_t seed = 0;
  for (int64_t universe : {3, 5, 9, 60, 3000}) {
    for (int64_t kinds : {kNumPlainKeyKinds, kNumKeyKinds}) {
      out("universe", universe, "kinds", kinds);
      PlayMap(Game(peer, ++seed, kinds, universe), 60, out);
      PlayDict(Game(peer, ++seed, kinds, universe), 60, out);
    }
  }
}

// Small maps built at once take other ways than maps filled one by one.
ABI_SUBJECT(maps_from_ranges) {
  const Array<Any> objects = peer["map_objects"](8).cast<Array<Any>>();
  for (int64_t count = 0; count < 20; ++count) {
    std::vector<std::pair<Any, Any>> entries;
    Array<int64_t> expected;
    for (int64_t id = 0; id < count; ++id) {
      entries.emplace_back(MakeKey(id * 5 % 12, objects), EncodeValue(id));
    }
    const AnyMap map(entries.begin(), entries.end());
    MapModel model;
    model.dense = count >= 4;
    for (int64_t id = 0; id < count; ++id) model.Set(id * 5 % 12, id);
    for (const auto& entry : model.entries) {
      expected.push_back(entry.id);
      expected.push_back(entry.value);
    }
    peer["map_check"](map, expected, objects);
    out("range of", count, "storage", DigestOfStorage(map.get()));
  }
}

}  // namespace ABI_SIDE
