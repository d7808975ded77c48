// SPDX-License-Identifier: Apache-2.0
//
// Rows of the containers.
#include <tvm/ffi/any.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/string.h>

#include <cstdint>
#include <string>
#include <vector>

#include "rows.h"

namespace rows {

namespace {

using namespace tvm::ffi;  // NOLINT(google-build-using-namespace)

constexpr int kItems = 1000;

void AddSequences(Table* table) {
  table->Add("Array push_back", kItems, [&] {
    Array<int64_t> array;
    for (int i = 0; i < kItems; ++i) array.push_back(i);
    Keep(array);
  });
  table->Add("List push_back", kItems, [&] {
    List<int64_t> list;
    for (int i = 0; i < kItems; ++i) list.push_back(i);
    Keep(list);
  });
  Array<int64_t> numbers;
  Array<Any> values;
  for (int i = 0; i < kItems; ++i) {
    numbers.push_back(i);
    values.push_back(String("element number " + std::to_string(i)));
  }
  table->Add("Array<int> iterate", kItems, [&] {
    int64_t total = 0;
    for (int64_t number : numbers) total += number;
    Keep(total);
  });
  table->Add("Array<int> index", kItems, [&] {
    int64_t total = 0;
    for (int i = 0; i < kItems; ++i) total += numbers[i];
    Keep(total);
  });
  table->Add("Array<Any> iterate", kItems, [&] {
    int64_t total = 0;
    for (const Any& value : values) total += value.type_index();
    Keep(total);
  });
  table->Add("Array copy on write", kItems, [&] {
    Array<Any> copy = values;
    copy.Set(0, 1);
    Keep(copy);
  });
}

// Rows of one map type and one set of keys.
template <typename MapType, typename Key>
void AddMap(Table* table, const std::string& title, const std::vector<Key>& keys) {
  const double units = static_cast<double>(keys.size());
  table->Add(title + " insert", units, [&] {
    MapType map;
    int64_t i = 0;
    for (const Key& key : keys) map.Set(key, i++);
    Keep(map);
  });
  MapType map;
  for (const Key& key : keys) map.Set(key, 1);
  table->Add(title + " lookup", units, [&] {
    int64_t total = 0;
    for (const Key& key : keys) total += map[key];
    Keep(total);
  });
  table->Add(title + " count", units, [&] {
    size_t total = 0;
    for (const Key& key : keys) total += map.count(key);
    Keep(total);
  });
  table->Add(title + " iterate", units, [&] {
    int64_t total = 0;
    for (const auto& entry : map) total += entry.second;
    Keep(total);
  });
}

std::vector<String> TextKeys(const std::string& prefix, int count) {
  std::vector<String> keys;
  for (int i = 0; i < count; ++i) keys.push_back(String(prefix + std::to_string(i)));
  return keys;
}

std::vector<int64_t> IntKeys(int count) {
  std::vector<int64_t> keys;
  for (int i = 0; i < count; ++i) keys.push_back(int64_t{i} * 7919 % 100003);
  return keys;
}

}  // namespace

void AddContainerRows(Table* table) {
  AddSequences(table);
  AddMap<Map<int64_t, int64_t>>(table, "Map<int> of 1000", IntKeys(kItems));
  AddMap<Map<String, int64_t>>(table, "Map<str> of 1000, short", TextKeys("k", kItems));
  AddMap<Map<String, int64_t>>(table, "Map<str> of 1000, long", TextKeys("key number ", kItems));
  AddMap<Map<String, int64_t>>(table, "Map<str> of 4", TextKeys("key number ", 4));
  AddMap<Dict<int64_t, int64_t>>(table, "Dict<int> of 1000", IntKeys(kItems));
}

}  // namespace rows
