// SPDX-License-Identifier: Apache-2.0
// Fixed values of the hash functions that every binary inlines: what they are built from, and what
// map keys of each kind give. Structural and recursive hashes are in extra/.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/base_detail.h>
#include <tvm/ffi/big_int.h>
#include <tvm/ffi/device.h>
#include <tvm/ffi/dtype.h>
#include <tvm/ffi/string.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <string>

namespace {

using namespace tvm::ffi;  // NOLINT(build/namespaces)

uint64_t BytesHash(const std::string& text) {
  return detail::StableHashBytes(text.data(), text.size());
}

TEST(StableHash, CombineMixesBothNumbers) {
  EXPECT_EQ(detail::StableHashCombine(0, 0), 0x000000009e3779b9u);
  EXPECT_EQ(detail::StableHashCombine(1, 2), 0x000000009e3779fau);
  EXPECT_EQ(detail::StableHashCombine(~uint64_t{0}, ~uint64_t{0}), 0xbfffffff61c88688u);
  EXPECT_EQ(detail::StableHashCombine(0, int32_t{-1}), detail::StableHashCombine(0, ~uint64_t{0}))
      << "negative numbers are sign-extended";
}

TEST(StableHash, BytesOfEveryLength) {
  EXPECT_EQ(BytesHash(""), 0u);
  EXPECT_EQ(BytesHash("a"), 0x61u);
  EXPECT_EQ(BytesHash("1234567"), 0x34a19e9bu);
  EXPECT_EQ(BytesHash("12345678"), 0x24a19e9cu);
  EXPECT_EQ(BytesHash("123456789"), 0x01ddbbccu);
  EXPECT_EQ(BytesHash("hello world!"), 0x61b989cbu);
  EXPECT_EQ(BytesHash("abcdefghijklmnop"), 0x15eecb72u);
  EXPECT_EQ(BytesHash("abcdefghijklmnopq"), 0x225a9775u);
}

TEST(StableHash, AlignmentDoesNotMatter) {
  const std::string text = "thirty-one bytes of plain text!";
  alignas(16) char buffer[64];
  for (int offset = 0; offset < 8; ++offset) {
    std::memcpy(buffer + offset, text.data(), text.size());
    EXPECT_EQ(detail::StableHashBytes(buffer + offset, text.size()), BytesHash(text)) << offset;
  }
}

TEST(StableHash, SmallTextsHashLikeTheirBytes) {
  for (const char* text : {"", "a", "abc", "1234567"}) {
    Any small = String(text);
    ASSERT_EQ(small.type_index(), static_cast<int32_t>(kTVMFFISmallStr));
    TVMFFIAny cell = AnyView(small).CopyToTVMFFIAny();
    EXPECT_EQ(detail::StableHashSmallStrBytes(&cell), BytesHash(text));
  }
}

TEST(StableHash, StringsHashLikeTypeKeys) {
  auto hash = [](const char* text) { return std::hash<String>()(String(text)); };
  EXPECT_EQ(hash(""), 0x553e93901e462a6eu);
  EXPECT_EQ(hash("a"), 0x454ddee488c1ed6bu);
  EXPECT_EQ(hash("abc"), 0x32d82bf8ed3dba39u);
  EXPECT_EQ(hash("12345678"), 0x8c5b90a33a04dca5u);
  EXPECT_EQ(hash("123456789"), 0xaaeb28d3d5f165c0u);
  EXPECT_EQ(hash("hello world!"), 0x5b83cb3a55a9669fu);
}

TEST(AnyHashVectors, OfKeysOfEveryKind) {
  auto hash = [](const Any& key) { return AnyHash()(key); };
  EXPECT_EQ(hash(42), 0x000000009e377a22u);
  EXPECT_EQ(hash(1.5), 0x3ff800009e377a7au);
  EXPECT_EQ(hash(String("hello world!")), 0xfff11395u);
  EXPECT_EQ(hash(Bytes("", 0)), 0x9e378a0bu);
  EXPECT_EQ(hash(Bytes("abc", 3)), 0x9e9aece8u);
  EXPECT_EQ(hash(Bytes("hello world!", 12)), 0xfff11456u);
  EXPECT_EQ(hash(DLDevice{kDLCUDA, 3}), 0x39e377b3au);
  EXPECT_EQ(hash(BigInt(std::numeric_limits<int64_t>::max()) + BigInt(1)), 0x9e3794fcu);
}

}  // namespace
