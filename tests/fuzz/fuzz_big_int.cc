// SPDX-License-Identifier: Apache-2.0
// BigInt: text there and back, and the laws that tie the operations to each other.
//
// A printable input is one text; any other is two operands and a shift count, given as words.
// tests/fuzz/test_big_int_against_python.py compares with another implementation.
#include <tvm/ffi/big_int.h>
#include <tvm/ffi/extra/serialization.h>

#include <optional>
#include <sstream>
#include <string>
#include <string_view>

#include "fuzz_util.h"

namespace {

using namespace tvm::ffi;  // NOLINT(build/namespaces)

std::string Print(const BigInt& value) {
  std::ostringstream os;
  os << value;
  return os.str();
}

/*! \brief The strict reader of text, which takes a decimal number or nothing. */
std::optional<BigInt> ParseStrictly(const std::string& text) {
  const json::Object node{{"type", "ffi.BigInt"}, {"data", text}};
  try {
    return FromJSONGraph(json::Object{{"root_index", 0}, {"nodes", json::Array{node}}})
        .cast<BigInt>();
  } catch (const Error& error) {
    FUZZ_CHECK(error.kind() == "ValueError");
    FUZZ_CHECK(error.message() == "Invalid decimal string for ffi.BigInt");
    return std::nullopt;
  }
}

/*! \brief The same number as the canonical text; nothing when it is not a number. */
std::optional<std::string> Canonical(std::string_view text) {
  const bool negative = !text.empty() && text[0] == '-';
  if (negative || (!text.empty() && text[0] == '+')) text.remove_prefix(1);
  if (text.empty() || text.find_first_not_of("0123456789") != text.npos) return std::nullopt;
  const size_t first = text.find_first_not_of('0');
  if (first == text.npos) return "0";
  return std::string(negative ? "-" : "").append(text.substr(first));
}

void CheckText(const std::string& text) {
  const std::optional<BigInt> value = ParseStrictly(text);
  const std::optional<std::string> canonical = Canonical(text);
  FUZZ_CHECK(value.has_value() == canonical.has_value());
  if (value.has_value()) FUZZ_CHECK(Print(*value) == *canonical);
  // A stream takes the longest prefix that is a number, after blanks.
  std::istringstream is(text);
  BigInt streamed = 7;
  is >> streamed;
  if (value.has_value()) FUZZ_CHECK(!is.fail() && streamed == *value);
  if (is.fail()) FUZZ_CHECK(streamed == 7);
}

/*! \brief The value of native two's-complement words; bytes that make no whole word are dropped. */
BigInt FromWords(FuzzInput input) {
  TVMFFIByteArray words{input.data(), input.size() / 8 * 8};
  TVMFFIAny value;
  FUZZ_CHECK(TVMFFIBigIntFromByteArray(&words, &value) == 0);
  return detail::AnyUnsafe::MoveTVMFFIAnyToAny(&value).cast<BigInt>();
}

/*! \brief The words of a value are as few as possible, and text keeps the value. */
void CheckForm(const BigInt& value) {
  const BigInt::ArrayView words = detail::BigIntUnsafe::GetArrayView(value);
  const size_t size = words.size();
  FUZZ_CHECK(size == 1 || (words[size - 1] != 0 && words[size - 1] != -1) ||
             (words[size - 1] < 0) != (words[size - 2] < 0));
  FUZZ_CHECK(value.as<int64_t>().has_value() == (size == 1));
  const std::string text = Print(value);
  const std::optional<BigInt> back = ParseStrictly(text);
  FUZZ_CHECK(back.has_value() && *back == value && back->hash() == value.hash());
}

void CheckSums(const BigInt& a, const BigInt& b) {
  const BigInt sum = a + b, difference = a - b;
  CheckForm(sum);
  CheckForm(difference);
  FUZZ_CHECK(sum == b + a && sum - b == a && difference + b == a && difference == -(b - a));
  FUZZ_CHECK((a < b) == (difference < 0) && (a == b) == (difference == 0));
  FUZZ_CHECK((a < b) + (a == b) + (a > b) == 1);
  FUZZ_CHECK(min(a, b) + max(a, b) == sum && min(a, b) <= max(a, b));
}

void CheckBits(const BigInt& a, const BigInt& b) {
  CheckForm(a & b);
  CheckForm(a | b);
  CheckForm(a ^ b);
  FUZZ_CHECK((a & b) + (a | b) == a + b && ((a ^ b) ^ b) == a);
  FUZZ_CHECK(~(a & b) == (~a | ~b) && ~a == -a - 1);
}

void CheckProducts(const BigInt& a, const BigInt& b) {
  const BigInt product = a * b;
  CheckForm(product);
  FUZZ_CHECK(product == b * a && product + b == (a + 1) * b);
  if (b == 0) {
    try {
      floordiv(a, b);
      FUZZ_CHECK(!"a division by zero is refused");
    } catch (const Error& error) {
      FUZZ_CHECK(error.kind() == "ZeroDivisionError");
    }
    return;
  }
  FUZZ_CHECK(product / b == a && product % b == 0);
  const BigInt quotient = a / b, remainder = a % b;
  CheckForm(quotient);
  CheckForm(remainder);
  FUZZ_CHECK(quotient * b + remainder == a);
  FUZZ_CHECK(remainder == 0 || (remainder < 0) == (a < 0));
  const BigInt floor = floordiv(a, b), modulus = floormod(a, b);
  FUZZ_CHECK(floor * b + modulus == a);
  FUZZ_CHECK(modulus == 0 || (modulus < 0) == (b < 0));
  const BigInt size = max(b, -b);
  FUZZ_CHECK(max(remainder, -remainder) < size && max(modulus, -modulus) < size);
}

void CheckShifts(const BigInt& a, int count) {
  BigInt power = 1;
  for (int i = 0; i < count; ++i) power *= 2;
  CheckForm(a << count);
  FUZZ_CHECK((a << count) == a * power && ((a << count) >> count) == a);
  CheckForm(a >> count);
  FUZZ_CHECK((a >> count) == floordiv(a, power));
}

/*! \brief The operations that store into their operand, also when it is both operands. */
void CheckUpdates(const BigInt& a, const BigInt& b) {
  BigInt value = a;
  const BigInt& itself = value;
  value += b;
  value -= a;
  FUZZ_CHECK(value == b);
  value *= itself;
  FUZZ_CHECK(value == b * b);
  value ^= itself;
  FUZZ_CHECK(value == 0);
  value |= a;
  value &= itself;
  FUZZ_CHECK(++value == a + 1 && --value == a && value++ == a && value-- == a + 1);
  value -= itself;
  FUZZ_CHECK(value == 0);
}

void CheckDouble(const BigInt& a) {
  try {
    const double number = static_cast<double>(a);
    // No neighbour of the nearest double is nearer: at most half of the last place is lost.
    const BigInt error = a - BigInt(number);
    FUZZ_CHECK((max(error, -error) << 53) <= max(a, -a));
  } catch (const Error& error) {
    FUZZ_CHECK(error.kind() == "OverflowError");
    FUZZ_CHECK((max(a, -a) >> 1023) != 0);
  }
}

bool IsPrintable(FuzzInput input) {
  while (!input.empty()) {
    const uint8_t c = input.Byte();
    if ((c < 0x20 || c > 0x7e) && c != '\n') return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzInput input(data, size);
  if (IsPrintable(input)) {
    CheckText(std::string(input.data(), input.size()));
    return 0;
  }
  const int shift_count = input.Byte();
  const size_t size_of_a = input.Byte() % 64;
  const BigInt a = FromWords(input.Take(size_of_a));
  const BigInt b = FromWords(input.Take(64));
  CheckForm(a);
  CheckSums(a, b);
  CheckBits(a, b);
  CheckProducts(a, b);
  CheckShifts(a, shift_count);
  CheckUpdates(a, b);
  CheckDouble(a);
  return 0;
}
