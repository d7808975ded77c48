// SPDX-License-Identifier: Apache-2.0
// Reads lines of `operation operand operand`, decimal, and prints the result of each, decimal, or
// the kind of its error; test_big_int_against_python.py compares them with Python's.
//
// `words` prints the two's-complement bytes of an operand in hexadecimal, lowest byte first, and
// `unwords` reads them.
#include <tvm/ffi/any.h>
#include <tvm/ffi/big_int.h>
#include <tvm/ffi/function.h>

#include <iostream>
#include <sstream>
#include <string>

namespace {

using namespace tvm::ffi;  // NOLINT(build/namespaces)

BigInt Parse(const std::string& text) {
  std::istringstream is(text);
  BigInt value;
  is >> value;
  if (is.fail() || is.peek() != std::char_traits<char>::eof()) {
    TVM_FFI_THROW(ValueError) << "not a number: " << text;
  }
  return value;
}

std::string Print(const BigInt& value) {
  std::ostringstream os;
  os << value;
  return os.str();
}

std::string WordsOf(const BigInt& value) {
  const BigInt::ArrayView words = detail::BigIntUnsafe::GetArrayView(value);
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < words.size() * sizeof(int64_t); ++i) {
    const uint64_t byte = static_cast<uint64_t>(words[i / 8]) >> (i % 8 * 8) & 0xff;
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

BigInt FromWords(const std::string& text) {
  std::string bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16)));
  }
  TVMFFIByteArray words{bytes.data(), bytes.size()};
  TVMFFIAny value;
  TVM_FFI_CHECK_SAFE_CALL(TVMFFIBigIntFromByteArray(&words, &value));
  return detail::AnyUnsafe::MoveTVMFFIAnyToAny(&value).cast<BigInt>();
}

std::string Compute(const std::string& operation, const std::string& left,
                    const std::string& right) {
  if (operation == "unwords") return Print(FromWords(left));
  const BigInt a = Parse(left), b = Parse(right);
  if (operation == "+") return Print(a + b);
  if (operation == "-") return Print(a - b);
  if (operation == "*") return Print(a * b);
  if (operation == "//") return Print(floordiv(a, b));
  if (operation == "%") return Print(floormod(a, b));
  if (operation == "truncdiv") return Print(a / b);
  if (operation == "truncmod") return Print(a % b);
  if (operation == "<<") return Print(a << b);
  if (operation == ">>") return Print(a >> b);
  if (operation == "&") return Print(a & b);
  if (operation == "|") return Print(a | b);
  if (operation == "^") return Print(a ^ b);
  if (operation == "~") return Print(~a);
  if (operation == "<") return a < b ? "True" : "False";
  if (operation == "==") return a == b ? "True" : "False";
  if (operation == "words") return WordsOf(a);
  if (operation == "double") {
    std::ostringstream os;
    os << std::hexfloat << static_cast<double>(a);
    return os.str();
  }
  TVM_FFI_THROW(ValueError) << "no such operation: " << operation;
  TVM_FFI_UNREACHABLE();
}

}  // namespace

int main() {
  std::string operation, left, right;
  while (std::cin >> operation >> left >> right) {
    try {
      std::cout << Compute(operation, left, right) << "\n";
    } catch (const Error& error) {
      std::cout << error.kind() << "\n";
    }
  }
}
