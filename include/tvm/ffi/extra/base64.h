// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/extra/base64.h
 * \brief Base64 text for binary values (standard alphabet, `=` padding, no line breaks).
 *
 * \code{.cpp}
 * String text = Base64Encode(Bytes("abc", 3));  // YWJj
 * Bytes data = Base64Decode(text);
 * \endcode
 *
 * The decoder is for text that the encoder made: it checks the length only, and reads characters
 * outside the alphabet as zero bits.
 */
#ifndef TVM_FFI_EXTRA_BASE64_H_
#define TVM_FFI_EXTRA_BASE64_H_

#include <tvm/ffi/string.h>

#include <cstdint>
#include <string>

namespace tvm {
namespace ffi {
namespace detail {

/*! \return The six bits that a base64 character stands for; 0 for any other character. */
inline uint32_t Base64Value(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<uint32_t>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<uint32_t>(c - 'a' + 26);
  if (c >= '0' && c <= '9') return static_cast<uint32_t>(c - '0' + 52);
  if (c == '+') return 62;
  if (c == '/') return 63;
  return 0;
}

}  // namespace detail

/*! \return Base64 text of the bytes; empty for no bytes. */
inline String Base64Encode(TVMFFIByteArray bytes) {
  constexpr const char* kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size; i += 3) {
    const size_t count = bytes.size - i < 3 ? bytes.size - i : 3;
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) {
      group = (group << 8) | (k < count ? static_cast<uint8_t>(bytes.data[i + k]) : 0u);
    }
    for (size_t k = 0; k < 4; ++k) {
      text.push_back(k <= count ? kAlphabet[(group >> (18 - 6 * k)) & 0x3f] : '=');
    }
  }
  return String(text);
}

/*! \return Base64 text of the bytes; empty for no bytes. */
inline String Base64Encode(const Bytes& data) {
  return Base64Encode(TVMFFIByteArray{data.data(), data.size()});
}

/*!
 * \return The bytes that base64 text stands for.
 * \throws InternalError when the length is not a multiple of 4.
 */
inline Bytes Base64Decode(TVMFFIByteArray bytes) {
  TVM_FFI_ICHECK(bytes.size % 4 == 0) << "invalid base64 encoding";
  std::string data;
  data.reserve(bytes.size / 4 * 3);
  for (size_t i = 0; i < bytes.size; i += 4) {
    const char* quad = bytes.data + i;
    uint32_t group = 0;
    for (size_t k = 0; k < 4; ++k) group = (group << 6) | detail::Base64Value(quad[k]);
    data.push_back(static_cast<char>(group >> 16));
    if (quad[2] != '=') data.push_back(static_cast<char>(group >> 8));
    if (quad[3] != '=') data.push_back(static_cast<char>(group));
  }
  return Bytes(data);
}

/*!
 * \return The bytes that base64 text stands for.
 * \throws InternalError when the length is not a multiple of 4.
 */
inline Bytes Base64Decode(const String& data) {
  return Base64Decode(TVMFFIByteArray{data.data(), data.size()});
}

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_EXTRA_BASE64_H_
