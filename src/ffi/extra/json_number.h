// SPDX-License-Identifier: Apache-2.0
//
// Numbers of JSON text. Conversions between doubles and decimals are exact: they use integer
// arithmetic where 128 bits hold every intermediate value, and the C library elsewhere.
#ifndef TVM_FFI_SRC_FFI_EXTRA_JSON_NUMBER_H_
#define TVM_FFI_SRC_FFI_EXTRA_JSON_NUMBER_H_

#include <cstddef>
#include <cstdint>

namespace tvm {
namespace ffi {
namespace json {

// Bytes that the writers below need at most.
constexpr size_t kMaxNumberSize = 32;

// Writes the decimal digits of `value` and returns their end.
char* WriteInt(int64_t value, char* out);

// Writes what printf writes for `%.17g` in the C locale and returns the end. `value` is finite.
char* WriteDouble17(double value, char* out);

// The double nearest to `mantissa * 10^exponent`, ties to even. False when that would take more
// than 128 bits; nothing is stored then.
bool DoubleFromDecimal(uint64_t mantissa, int exponent, double* out);

}  // namespace json
}  // namespace ffi
}  // namespace tvm

#endif  // TVM_FFI_SRC_FFI_EXTRA_JSON_NUMBER_H_
