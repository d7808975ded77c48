// SPDX-License-Identifier: Apache-2.0
//
// What the JSON parser, the JSON writer and the JSON graph share.
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

// Eight bytes of text at once. In the results 0x80 marks the lanes of matching bytes; lanes above
// the first match may be wrong.
namespace lanes {

constexpr uint64_t kOnes = 0x0101010101010101, kHighs = 0x8080808080808080;

inline uint64_t Load(const char* p) {
  uint64_t word;
  std::memcpy(&word, p, sizeof(word));
  return word;
}

// Bytes below `limit`, which is at most 0x80.
constexpr uint64_t Below(uint64_t word, unsigned char limit) {
  return (word - kOnes * limit) & ~word & kHighs;
}

// Bytes equal to `byte`.
constexpr uint64_t Equal(uint64_t word, unsigned char byte) {
  return Below(word ^ (kOnes * byte), 1);
}

}  // namespace lanes

}  // namespace json
}  // namespace ffi
}  // namespace tvm

#endif  // TVM_FFI_SRC_EXTRA_JSON_TEXT_H_
