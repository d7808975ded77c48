// SPDX-License-Identifier: Apache-2.0
//
// Keys of every kind, made from a number, and a model of a map: what it holds, in which order, and
// whether its storage is the small one or the hash table, which decides how updates change the
// order.
#ifndef TESTS_ABI_SIDE_MAP_KEYS_H_
#define TESTS_ABI_SIDE_MAP_KEYS_H_

#include <tvm/ffi/big_int.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/device.h>
#include <tvm/ffi/dtype.h>
#include <tvm/ffi/string.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "types.h"

namespace ABI_SIDE {

// The last four are keys by address, or hash by their type index, which other runs do not repeat.
constexpr int64_t kNumKeyKinds = 16;
constexpr int64_t kNumPlainKeyKinds = 12;

inline Any SpecialFloat(int64_t i) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const double values[] = {0.0, -0.0, std::nan(""), kInfinity, -kInfinity, 5e-324};
  return i < 6 ? values[i] : 1e300 / static_cast<double>(i);
}

// The key of that number; a new one each time, except for objects that are keys by address.
inline Any MakeKey(int64_t id, const Array<Any>& objects) {
  const int64_t i = id / kNumKeyKinds;
  const std::string digits = std::to_string(i);
  switch (id % kNumKeyKinds) {
    case 0:
      return i;
    case 1:
      return -1 - i;
    case 2:
      return i < 2 ? Any(i == 1) : Any(i << 40);
    case 3:
      return static_cast<double>(i) * 0.5 + 1;
    case 4:
      return SpecialFloat(i);
    case 5:
      return String("s" + digits);
    case 6:
      return String("a string that is not small " + digits);
    case 7:
      return i == 0 ? Any(nullptr) : Any(ffi::Bytes("b" + digits));
    case 8:
      return ffi::Bytes(std::string("zero\0inside", 11) + digits);
    case 9:
      return DLDevice{kDLCUDA, static_cast<int32_t>(i)};
    case 10:
      return DLDataType{kDLFloat, 32, static_cast<uint16_t>(i + 1)};
    case 11:
      return (ffi::BigInt(1) << ffi::BigInt(70)) + ffi::BigInt(i);
    case 12:
      return Make<NativeKeyObj>(i);
    case 13:
      return Make<PackedKeyObj>(i);
    default:
      return objects[id % static_cast<int64_t>(objects.size())];
  }
}

struct MapModel {
  struct Entry {
    int64_t id;
    int64_t value;
  };
  std::vector<Entry> entries;
  bool dense = false;
  size_t small_slots = 2;

  std::vector<Entry>::iterator Find(int64_t id) {
    return std::find_if(entries.begin(), entries.end(),
                        [id](const Entry& entry) { return entry.id == id; });
  }
  int64_t Get(int64_t id) {
    auto it = Find(id);
    return it == entries.end() ? -1 : it->value;
  }
  void Set(int64_t id, int64_t value) {
    auto it = Find(id);
    if (!dense && small_slots == 4 && entries.size() == 4) dense = true;
    if (it == entries.end()) {
      if (!dense && entries.size() == small_slots) small_slots = 4;
      entries.push_back({id, value});
    } else if (dense) {  // an update moves the entry to the end
      entries.erase(it);
      entries.push_back({id, value});
    } else {
      it->value = value;
    }
  }
  void Erase(int64_t id) {
    auto it = Find(id);
    if (it != entries.end()) entries.erase(it);
  }
  // A copy has room for what it holds.
  void BecomeCopy() { small_slots = std::max<size_t>(2, entries.size()); }
};

}  // namespace ABI_SIDE
#endif  // TESTS_ABI_SIDE_MAP_KEYS_H_
