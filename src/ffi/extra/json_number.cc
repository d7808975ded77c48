// SPDX-License-Identifier: Apache-2.0
//
// Exact conversions between doubles and decimals.
//
// 10^k is 5^k * 2^k, and 5^27 is the last power of five below 2^64. So a product with it fits
// 128 bits, and a quotient by it is one division of 128 by 64 bits whose remainder tells what the
// quotient's bits do not.
#include "json_number.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>

namespace tvm {
namespace ffi {
namespace json {

namespace {

#if defined(__SIZEOF_INT128__)
__extension__ typedef unsigned __int128 uint128_t;

constexpr int kMaxPower = 27;

struct PowersOfFive {
  uint64_t at[kMaxPower + 1] = {};
  constexpr PowersOfFive() {
    at[0] = 1;
    for (int i = 1; i <= kMaxPower; ++i) at[i] = at[i - 1] * 5;
  }
};
constexpr PowersOfFive kPowersOfFive;

int CountLeadingZeros(uint64_t value) { return __builtin_clzll(value); }

// (bits + a fraction that is not zero if `sticky`) * 2^exponent, rounded to nearest, ties to even.
// The top bit of `bits` is set and the result is a normal number.
double RoundToDouble(uint64_t bits, bool sticky, int exponent) {
  constexpr uint64_t kRest = 0x7FF, kHalf = 0x400;
  uint64_t mantissa = bits >> 11, rest = bits & kRest;
  if (rest > kHalf || (rest == kHalf && (sticky || (mantissa & 1) != 0))) ++mantissa;
  // The leading one of the mantissa adds to the exponent field, and so does a carry out of it.
  uint64_t biased = static_cast<uint64_t>(exponent + 11 + 52 + 1023 - 1);
  uint64_t cell = (biased << 52) + mantissa;
  double value;
  std::memcpy(&value, &cell, sizeof(value));
  return value;
}

double MultiplyByPowerOfTen(uint64_t mantissa, int power) {
  uint128_t product = static_cast<uint128_t>(mantissa) * kPowersOfFive.at[power];
  uint64_t high = static_cast<uint64_t>(product >> 64);
  int shift =
      high != 0 ? CountLeadingZeros(high) : 64 + CountLeadingZeros(static_cast<uint64_t>(product));
  product <<= shift;
  return RoundToDouble(static_cast<uint64_t>(product >> 64), static_cast<uint64_t>(product) != 0,
                       64 - shift + power);
}

double DivideByPowerOfTen(uint64_t mantissa, int power) {
  int mantissa_shift = CountLeadingZeros(mantissa);
  int divisor_shift = CountLeadingZeros(kPowersOfFive.at[power]);
  // Both have their top bit set, so the quotient has 63 or 64 bits.
  uint128_t dividend = static_cast<uint128_t>(mantissa << mantissa_shift) << 63;
  uint64_t divisor = kPowersOfFive.at[power] << divisor_shift;
  uint64_t quotient = static_cast<uint64_t>(dividend / divisor);
  bool sticky = static_cast<uint64_t>(dividend) != quotient * divisor;
  int exponent = divisor_shift - mantissa_shift - 63 - power;
  if (static_cast<int64_t>(quotient) > 0) {
    quotient <<= 1;
    --exponent;
  }
  return RoundToDouble(quotient, sticky, exponent);
}

// round(mantissa * 2^binary_exponent * 10^power), ties to even. The result is below 2^64.
uint64_t ScaledDigits(uint64_t mantissa, int binary_exponent, int power) {
  uint128_t product = static_cast<uint128_t>(mantissa) * kPowersOfFive.at[power];
  int shift = -(binary_exponent + power);
  if (shift <= 0) return static_cast<uint64_t>(product << -shift);
  uint64_t digits = static_cast<uint64_t>(product >> shift);
  uint128_t unit = static_cast<uint128_t>(1) << shift;
  uint128_t rest = product & (unit - 1);
  uint128_t half = unit >> 1;
  return digits + (rest > half || (rest == half && (digits & 1) != 0) ? 1 : 0);
}

// The 17 significant decimal digits of a normal, positive number and the power of ten of the first
// one, at most 16. False when it is greater or they would take more than 128 bits.
bool Digits17(uint64_t cell, uint64_t* digits, int* power_of_first) {
  constexpr uint64_t kLow = 10000000000000000, kHigh = 10 * kLow;
  uint64_t mantissa = (cell & ((uint64_t{1} << 52) - 1)) | (uint64_t{1} << 52);
  int exponent = static_cast<int>(cell >> 52) - 1075;
  // floor(log10(2^(exponent + 52))): this or, because of the mantissa, one more is right.
  int power = static_cast<int>(std::floor((exponent + 52) * 0.30102999566398120));
  for (int tries = 0; tries < 2; ++tries, ++power) {
    int scale = 16 - power;
    if (scale < 0 || scale > kMaxPower) return false;
    uint64_t scaled = ScaledDigits(mantissa, exponent, scale);
    if (scaled > kHigh) continue;
    if (scaled == kHigh) {  // rounded up to the next power of ten
      scaled = kLow;
      ++power;
    }
    *digits = scaled;
    *power_of_first = power;
    return scaled >= kLow && power <= 16;
  }
  return false;
}

// Lays 17 digits out as `%g` does: no zeros at the end, an exponent below 1e-4. `power` is from -99
// to 16.
char* LayOut17(uint64_t value, int power, char* out) {
  char digits[17];
  for (int i = 16; i >= 0; --i, value /= 10) digits[i] = static_cast<char>('0' + value % 10);
  int count = 17;
  while (count > 1 && digits[count - 1] == '0') --count;
  auto append = [&](int first, int last) {
    std::memcpy(out, digits + first, static_cast<size_t>(last - first));
    out += last - first;
  };
  if (power >= 0) {
    append(0, power + 1);
    if (count <= power + 1) return out;
    *out++ = '.';
    append(power + 1, count);
    return out;
  }
  if (power >= -4) {
    std::memcpy(out, "0.000", 5);
    out += 1 - power;
    append(0, count);
    return out;
  }
  append(0, 1);
  if (count > 1) {
    *out++ = '.';
    append(1, count);
  }
  *out++ = 'e';
  *out++ = '-';
  *out++ = static_cast<char>('0' + -power / 10);
  *out++ = static_cast<char>('0' + -power % 10);
  return out;
}
#endif

char* WriteDouble17WithPrintf(double value, char* out) {
  int size = std::snprintf(out, kMaxNumberSize, "%.17g", value);
  std::replace(out, out + size, ',', '.');  // a locale may have its own decimal point
  return out + size;
}

}  // namespace

char* WriteInt(int64_t value, char* out) {
  uint64_t rest = value < 0 ? ~static_cast<uint64_t>(value) + 1 : static_cast<uint64_t>(value);
  if (value < 0) *out++ = '-';
  char digits[20];
  char* first = digits + sizeof(digits);
  do {
    *--first = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  size_t size = static_cast<size_t>(digits + sizeof(digits) - first);
  std::memcpy(out, first, size);
  return out + size;
}

char* WriteDouble17(double value, char* out) {
#if defined(__SIZEOF_INT128__)
  uint64_t cell;
  std::memcpy(&cell, &value, sizeof(cell));
  constexpr uint64_t kSign = uint64_t{1} << 63;
  uint64_t digits;
  int power;
  // Zero and the subnormal numbers have a scale that is out of range.
  if (Digits17(cell & ~kSign, &digits, &power)) {
    if ((cell & kSign) != 0) *out++ = '-';
    return LayOut17(digits, power, out);
  }
#endif
  return WriteDouble17WithPrintf(value, out);
}

bool DoubleFromDecimal(uint64_t mantissa, int exponent, double* out) {
  if (mantissa == 0) {
    *out = 0.0;
    return true;
  }
  static constexpr double kPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                            1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                            1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  constexpr int kMaxExactPower = 22;
  // Both operands are exact doubles, so the one operation rounds correctly.
  if (mantissa <= uint64_t{1} << 53 && exponent >= -kMaxExactPower && exponent <= kMaxExactPower) {
    double value = static_cast<double>(mantissa);
    *out = exponent < 0 ? value / kPowersOfTen[-exponent] : value * kPowersOfTen[exponent];
    return true;
  }
#if defined(__SIZEOF_INT128__)
  if (exponent >= -kMaxPower && exponent <= kMaxPower) {
    *out = exponent < 0 ? DivideByPowerOfTen(mantissa, -exponent)
                        : MultiplyByPowerOfTen(mantissa, exponent);
    return true;
  }
#endif
  return false;
}

}  // namespace json
}  // namespace ffi
}  // namespace tvm
