// SPDX-License-Identifier: Apache-2.0
// Behaviour of extra/base64.h.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/extra/base64.h>

#include <random>
#include <string>

#include "value_checks.h"

namespace {

using namespace value_checks;

std::string Encode(const std::string& data) { return Base64Encode(Bytes(data)); }
std::string Decode(const std::string& text) { return Base64Decode(String(text)); }

TEST(Base64, EncodesWithPadding) {
  EXPECT_EQ(Encode(""), "");
  EXPECT_EQ(Encode("a"), "YQ==");
  EXPECT_EQ(Encode("ab"), "YWI=");
  EXPECT_EQ(Encode("abc"), "YWJj");
  EXPECT_EQ(Encode("\xfb\xff\xbf"), "+/+/");
  EXPECT_EQ(Encode("hello world"), "aGVsbG8gd29ybGQ=");
}

TEST(Base64, DecodesWhatItEncodes) {
  std::mt19937 random(7);
  for (size_t size = 0; size < 100; ++size) {
    std::string data(size, '\0');
    for (char& c : data) c = static_cast<char>(random());
    EXPECT_EQ(Decode(Encode(data)), data);
  }
}

TEST(Base64, RejectsLengthsThatAreNoMultipleOfFour) {
  for (const char* text : {"Y", "YQ", "YQ=", "YWJjY"}) {
    EXPECT_EQ(
        ErrorOf([&] { Decode(text); }),
        "InternalError: Check failed: (bytes.size % 4 == 0) is false: invalid base64 encoding");
  }
}

TEST(Base64, ReadsForeignCharactersAsZeroBits) {
  EXPECT_EQ(Decode("===="), std::string(1, '\0'));
  EXPECT_EQ(Decode("Y!Jj"), Decode("YAJj"));
  EXPECT_EQ(Decode("YQ==YWJj"), "aabc");
  EXPECT_EQ(Decode("YW=j"), "a#");
}

TEST(Base64, ShortResultsAreSmallValues) {
  EXPECT_EQ(Any(Base64Encode(Bytes("abc", 3))).type_index(), kTVMFFISmallStr);
  EXPECT_EQ(Any(Base64Decode(String("YWJj"))).type_index(), kTVMFFISmallBytes);
}

TEST(Base64, TakesByteArrays) {
  EXPECT_EQ(Base64Encode(TVMFFIByteArray{nullptr, 0}), "");
  EXPECT_EQ(Base64Encode(TVMFFIByteArray{"ab", 2}), "YWI=");
  EXPECT_EQ(std::string(Base64Decode(TVMFFIByteArray{"YWI=", 4})), "ab");
}

}  // namespace
