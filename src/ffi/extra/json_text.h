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

// Lanes up to the first that is no decimal digit: marks that one.
constexpr uint64_t NoDigit(uint64_t word) {
  const uint64_t values = word ^ (kOnes * '0');
  return ((values + kOnes * (0x80 - 10)) | values) & kHighs;
}

// The number that the digits in the lowest `count` lanes write, 0 <= count < 8.
constexpr uint64_t DigitsValue(uint64_t word, int count) {
  // Zeros in front, then pairs, groups of four and of eight.
  uint64_t values = ((word ^ (kOnes * '0')) << (8 * (7 - count))) << 8;
  values = values * 10 + (values >> 8);
  constexpr uint64_t kPairs = 0x000000FF000000FF;
  return ((values & kPairs) * (100 + (uint64_t{1000000} << 32)) +
          ((values >> 16) & kPairs) * (1 + (uint64_t{10000} << 32))) >>
         32;
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
