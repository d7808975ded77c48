// SPDX-License-Identifier: Apache-2.0
//
// Maps that the runtime's JSON parser and JSON graph decoder made. They may fill their tables in
// another way than insertions do, yet the inline code of every side must find, add, erase and walk
// their entries.
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/extra/json.h>
#include <tvm/ffi/extra/serialization.h>
#include <tvm/ffi/rvalue_ref.h>

#include "side.h"

namespace ABI_SIDE {
namespace {

using ffi::Dict;
using AnyMap = ffi::Map<Any, Any>;
using AnyDict = Dict<Any, Any>;

// Short keys are stored in the cell, long ones on the heap.
std::string KeyText(int64_t i) {
  return (i % 3 == 0 ? "a longer member name " : "k") + std::to_string(i);
}
constexpr int64_t kNumKeys = 90;
const Any& Key(int64_t i) {
  static const std::vector<Any> keys = [] {
    std::vector<Any> made;
    for (int64_t id = 0; id < kNumKeys; ++id) made.push_back(String(KeyText(id)));
    return made;
  }();
  return keys.at(static_cast<size_t>(i));
}

std::string RecordText(int64_t record, int64_t count) {
  std::string text = "{";
  for (int64_t i = 0; i < count; ++i) {
    text += (i ? ", \"" : "\"") + KeyText(i) + "\": " + std::to_string(record * 100 + i);
  }
  return text + "}";
}

// Records with the same members, as documents have them: the second and third may repeat the table
// of the first. Every other text is so long that the runtime may allocate its values in a way of
// its own.
Array<Any> ParseRecords(int64_t count) {
  std::string text = "[" + std::string(count % 2 == 0 ? 0 : 10000, ' ');
  for (int64_t record = 0; record < 3; ++record) {
    text += (record ? ", " : "") + RecordText(record, count);
  }
  return ffi::json::Parse(text + "]").cast<Array<Any>>();
}

// Entries are those of numbers `ids` in this order; the values are `base` more.
template <typename Container>
void CheckEntries(const Container& map, const std::vector<int64_t>& ids, int64_t base) {
  ABI_EXPECT(map.size() == ids.size());
  std::vector<bool> present(kNumKeys);
  size_t next = 0;
  for (const auto& [key, value] : map) {
    ABI_EXPECT(next < ids.size() && ffi::AnyEqual()(key, Key(ids[next])));
    ABI_EXPECT(value.template cast<int64_t>() == base + ids[next]);
    present[static_cast<size_t>(ids[next++])] = true;
  }
  ABI_EXPECT(next == ids.size());
  for (int64_t id = 0; id < kNumKeys; ++id) {
    const bool expected = present[static_cast<size_t>(id)];
    ABI_EXPECT(map.count(Key(id)) == (expected ? 1u : 0u));
    if (expected) ABI_EXPECT(map.at(Key(id)).template cast<int64_t>() == base + id);
  }
}

// Adds so many entries that the map becomes a table that has grown, then erases every other one.
template <typename Container>
void ChangeEntries(Container* map, int64_t count, int64_t base) {
  std::vector<int64_t> ids;
  for (int64_t id = 0; id < count; ++id) ids.push_back(id);
  CheckEntries(*map, ids, base);
  for (int64_t id = count; id < 2 * count + 6; ++id) {
    map->Set(Key(id), base + id);
    ids.push_back(id);
    if (ids.size() % 16 == 0) CheckEntries(*map, ids, base);
  }
  CheckEntries(*map, ids, base);
  for (size_t i = 0; i < ids.size(); ++i) {
    map->erase(Key(ids[i]));
    ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(i));
    if (ids.size() % 16 == 0) CheckEntries(*map, ids, base);
  }
  CheckEntries(*map, ids, base);
}

AnyMap ChangeMap(ffi::RValueRef<AnyMap> argument, int64_t count, int64_t base) {
  AnyMap map = *std::move(argument);
  ChangeEntries(&map, count, base);
  return map;
}
void ChangeDict(AnyDict dict, int64_t count, int64_t base) { ChangeEntries(&dict, count, base); }

// What ChangeEntries leaves.
std::vector<int64_t> IdsAfterChange(int64_t count) {
  std::vector<int64_t> ids;
  for (int64_t id = 1; id < 2 * count + 6; id += 2) ids.push_back(id);
  return ids;
}

// Changes a map by the peer's code or this side's, in place where nobody else refers to it.
void PlayMap(const Peer& peer, Any made, bool by_peer, int64_t count, int64_t base) {
  AnyMap map = std::move(made).cast<AnyMap>();
  if (by_peer) {
    map = peer["json_maps_change"](ffi::RValueRef(std::move(map)), count, base).cast<AnyMap>();
  } else {
    ChangeEntries(&map, count, base);
  }
  CheckEntries(map, IdsAfterChange(count), base);
}

TVM_FFI_STATIC_INIT_BLOCK() {
  refl::GlobalDef()
      .def(ABI_NAME("json_maps_parse"), &ParseRecords)
      .def(ABI_NAME("json_maps_change"), &ChangeMap)
      .def(ABI_NAME("json_maps_change_dict"), &ChangeDict);
}

}  // namespace

ABI_SUBJECT(json_maps) {
  for (int64_t count = 0; count <= 40; ++count) {
    for (bool by_peer : {false, true}) {
      // Once each record alone, so that it is changed in place, and once beside the others.
      const Array<Any> shared = peer["json_maps_parse"](count).cast<Array<Any>>();
      for (int64_t record = 0; record < 3; ++record) {
        PlayMap(peer, ParseRecords(count)[record], by_peer, count, record * 100);
        PlayMap(peer, shared[record], by_peer, count, record * 100);
      }
      const Array<Any> graph = ffi::FromJSONGraph(ffi::ToJSONGraph(shared)).cast<Array<Any>>();
      for (int64_t record = 0; record < 3; ++record) {
        PlayMap(peer, graph[record], by_peer, count, record * 100);
      }
    }
    out("members", count, "left", IdsAfterChange(count).size());
  }
}

ABI_SUBJECT(json_graph_dicts) {
  for (int64_t count = 0; count <= 40; ++count) {
    for (bool by_peer : {false, true}) {
      Array<Any> dicts;
      for (int64_t record = 0; record < 2; ++record) {
        AnyDict dict;
        for (int64_t id = 0; id < count; ++id) dict.Set(Key(id), record * 100 + id);
        dicts.push_back(dict);
      }
      const Array<Any> read = ffi::FromJSONGraph(ffi::ToJSONGraph(dicts)).cast<Array<Any>>();
      for (int64_t record = 0; record < 2; ++record) {
        AnyDict dict = read[record].cast<AnyDict>();
        if (by_peer) {
          peer["json_maps_change_dict"](dict, count, record * 100);
        } else {
          ChangeEntries(&dict, count, record * 100);
        }
        CheckEntries(dict, IdsAfterChange(count), record * 100);
      }
    }
    out("dict members", count);
  }
}

}  // namespace ABI_SIDE
