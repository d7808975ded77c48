// SPDX-License-Identifier: Apache-2.0
//
// What the JSON parser and the JSON writer share.
#ifndef TVM_FFI_SRC_EXTRA_JSON_TEXT_H_
#define TVM_FFI_SRC_EXTRA_JSON_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tvm {
namespace ffi {
namespace json {

// How deep containers may nest: the reference handles this much on an 8 MiB stack, and releasing a
// deeper value would overflow it.
constexpr size_t kMaxNesting = 10000;

// 0x80 in the lane of each byte of `word` that is a quote, a backslash or below 0x20; lanes above
// the first such one may be wrong.
inline uint64_t SpecialLanes(uint64_t word) {
  constexpr uint64_t kOnes = 0x0101010101010101, kHighs = 0x8080808080808080;
  auto zero_lanes = [](uint64_t w) { return (w - kOnes) & ~w & kHighs; };
  uint64_t control = (word - kOnes * 0x20) & ~word & kHighs;
  return control | zero_lanes(word ^ (kOnes * '"')) | zero_lanes(word ^ (kOnes * '\\'));
}

// The first byte in [p, end) that cannot stand for itself in a JSON string, or `end`.
inline const char* FindSpecialByte(const char* p, const char* end) {
  while (end - p >= 8) {
    uint64_t word;
    std::memcpy(&word, p, sizeof(word));
    if (SpecialLanes(word) != 0) break;
    p += 8;
  }
  while (p != end && *p != '"' && *p != '\\' && static_cast<unsigned char>(*p) >= 0x20) ++p;
  return p;
}

}  // namespace json
}  // namespace ffi
}  // namespace tvm

#endif  // TVM_FFI_SRC_EXTRA_JSON_TEXT_H_
