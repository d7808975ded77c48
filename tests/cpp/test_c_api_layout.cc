// SPDX-License-Identifier: Apache-2.0
// The bytes that compiled consumers rely on, observed on values the library made. The offsets of
// the structs are static_asserts in the headers.
#include <gtest/gtest.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/extra/c_env_api.h>

#include <cstring>
#include <string>

#include "c_header_check.h"

namespace {

TVMFFIByteArray Bytes(const std::string& text) { return TVMFFIByteArray{text.data(), text.size()}; }

std::string Hex(const TVMFFIAny& any) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(&any);
  std::string result;
  for (size_t i = 0; i < sizeof(any); ++i) {
    char text[4];
    std::snprintf(text, sizeof(text), i == 0 ? "%02x" : " %02x", bytes[i]);
    result += text;
  }
  return result;
}

TEST(CApiLayout, HeadersWorkFromC) {
  EXPECT_EQ(CHeaderCheckRoundTrip("c_header_check.add_one"), 42);
}

TEST(CApiLayout, VersionEqualsTheMacros) {
  TVMFFIVersion version{99, 99, 99};
  TVMFFIGetVersion(&version);
  EXPECT_EQ(version.major, static_cast<uint32_t>(TVM_FFI_VERSION_MAJOR));
  EXPECT_EQ(version.minor, static_cast<uint32_t>(TVM_FFI_VERSION_MINOR));
  EXPECT_EQ(version.patch, static_cast<uint32_t>(TVM_FFI_VERSION_PATCH));
}

TEST(CApiLayout, ShortStringsLieInsideTheValue) {
  TVMFFIAny out;
  std::memset(&out, 0xee, sizeof(out));
  std::string text = "abc";
  TVMFFIByteArray input = Bytes(text);
  ASSERT_EQ(TVMFFIStringFromByteArray(&input, &out), 0);
  EXPECT_EQ(Hex(out), "0b 00 00 00 03 00 00 00 61 62 63 00 00 00 00 00");
  std::memset(&out, 0xee, sizeof(out));
  ASSERT_EQ(TVMFFIBytesFromByteArray(&input, &out), 0);
  EXPECT_EQ(Hex(out), "0c 00 00 00 03 00 00 00 61 62 63 00 00 00 00 00");
}

TEST(CApiLayout, NullByteArrayIsTheEmptyString) {
  TVMFFIByteArray input{nullptr, 0};
  TVMFFIAny out;
  std::memset(&out, 0xee, sizeof(out));
  ASSERT_EQ(TVMFFIStringFromByteArray(&input, &out), 0);
  EXPECT_EQ(Hex(out), "0b 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00");
}

TEST(CApiLayout, StringsFromEightBytesOnLieOnTheHeap) {
  for (bool as_bytes : {false, true}) {
    std::string text("a\0cdefgh", 8);
    TVMFFIByteArray input = Bytes(text);
    TVMFFIAny out;
    ASSERT_EQ((as_bytes ? TVMFFIBytesFromByteArray : TVMFFIStringFromByteArray)(&input, &out), 0);
    EXPECT_EQ(out.type_index, as_bytes ? kTVMFFIBytes : kTVMFFIStr);
    EXPECT_EQ(out.zero_padding, 0u);
    EXPECT_EQ(out.v_obj->type_index, out.type_index);
    EXPECT_EQ(out.v_obj->combined_ref_count, 0x100000001u);
    TVMFFIByteArray* cell = TVMFFIBytesGetByteArrayPtr(out.v_obj);
    EXPECT_EQ(reinterpret_cast<char*>(cell) - reinterpret_cast<char*>(out.v_obj), 24);
    EXPECT_EQ(std::string(cell->data, cell->size), text);
    EXPECT_EQ(cell->data[cell->size], '\0');
    TVMFFIObjectDecRef(out.v_obj);
  }
}

TEST(CApiLayout, SmallContentIsReadInPlace) {
  TVMFFIAny any{};
  any.type_index = kTVMFFISmallStr;
  any.small_str_len = 2;
  any.v_bytes[0] = 'h';
  any.v_bytes[1] = 'i';
  TVMFFIByteArray view = TVMFFISmallBytesGetContentByteArray(&any);
  EXPECT_EQ(view.data, any.v_bytes);
  EXPECT_EQ(view.size, 2u);
}

TEST(CApiLayout, DeviceFromTwoNumbers) {
  DLDevice device = TVMFFIDLDeviceFromIntPair(kDLCUDA, 3);
  EXPECT_EQ(device.device_type, kDLCUDA);
  EXPECT_EQ(device.device_id, 3);
}

TEST(CApiLayout, ErrorCellFollowsTheHeader) {
  std::string kind = "ValueError", message = "bad", backtrace = "line\n";
  TVMFFIByteArray k = Bytes(kind), m = Bytes(message), b = Bytes(backtrace);
  TVMFFIObjectHandle error = nullptr;
  ASSERT_EQ(TVMFFIErrorCreate(&k, &m, &b, &error), 0);
  EXPECT_EQ(TVMFFIObjectGetTypeIndex(error), kTVMFFIError);
  TVMFFIErrorCell* cell = TVMFFIErrorGetCellPtr(error);
  EXPECT_EQ(std::string(cell->kind.data, cell->kind.size), kind);
  EXPECT_EQ(std::string(cell->message.data, cell->message.size), message);
  EXPECT_EQ(cell->message.data[cell->message.size], '\0');
  EXPECT_EQ(std::string(cell->backtrace.data, cell->backtrace.size), backtrace);
  EXPECT_EQ(cell->cause_chain, nullptr);
  EXPECT_EQ(cell->extra_context, nullptr);
  TVMFFIObjectDecRef(error);
}

}  // namespace
