// SPDX-License-Identifier: Apache-2.0
/*!
 * \file repr_text.cc
 * \brief Text of the values that have no parts, for `ReprPrint`.
 */
#include "./repr_text.h"

#include <tvm/ffi/big_int.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/dtype.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/string.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>

namespace tvm {
namespace ffi {
namespace {

/*! \brief Appends the lowest `digits` hexadecimal digits of a number. */
void AppendHex(uint64_t value, int digits, std::string* out) {
  while (digits-- > 0) out->push_back("0123456789abcdef"[(value >> (4 * digits)) & 0xf]);
}

/*! \brief A code point and the number of bytes that encode it. */
struct CodePoint {
  uint32_t value;
  size_t size;
};

/*!
 * \return The multi-byte sequence at the start of `text`, or size 0. Checks the structure (lead and
 *         continuation bytes), not whether the form is the shortest.
 */
CodePoint ReadMultiByte(std::string_view text) {
  const uint8_t lead = static_cast<uint8_t>(text[0]);
  size_t size = 0;
  if ((lead & 0xe0) == 0xc0) size = 2;
  if ((lead & 0xf0) == 0xe0) size = 3;
  if ((lead & 0xf8) == 0xf0) size = 4;
  if (size == 0 || size > text.size()) return {0, 0};
  uint32_t value = lead & (0x7fu >> size);
  for (size_t i = 1; i < size; ++i) {
    const uint8_t byte = static_cast<uint8_t>(text[i]);
    if ((byte & 0xc0) != 0x80) return {0, 0};
    value = (value << 6) | (byte & 0x3fu);
  }
  return {value, size};
}

/*! \return The letter that follows the backslash for a byte with a short escape, else 0. */
char ShortEscape(char c) {
  switch (c) {
    case '\n':
      return 'n';
    case '\t':
      return 't';
    case '\r':
      return 'r';
    case '\\':
    case '"':
      return c;
    default:
      return 0;
  }
}

void AppendByteEscape(char c, std::string* out) {
  out->append("\\x");
  AppendHex(static_cast<uint8_t>(c), 2, out);
}

bool IsPrintableAscii(char c) { return c >= 0x20 && c < 0x7f; }

/*! \return Six significant digits, as C++ streams write them, in every locale. */
std::string FloatText(double value) {
  char text[32];
  const int size = std::snprintf(text, sizeof(text), "%g", value);
  std::replace(text, text + size, ',', '.');
  return std::string(text, static_cast<size_t>(size));
}

const char* DeviceTypeName(int32_t type) {
  switch (type) {
    case kDLCPU:
      return "cpu";
    case kDLCUDA:
      return "cuda";
    case kDLCUDAHost:
      return "cuda_host";
    case kDLOpenCL:
      return "opencl";
    case kDLVulkan:
      return "vulkan";
    case kDLMetal:
      return "metal";
    case kDLVPI:
      return "vpi";
    case kDLROCM:
      return "rocm";
    case kDLROCMHost:
      return "rocm_host";
    case kDLExtDev:
      return "ext_dev";
    case kDLCUDAManaged:
      return "cuda_managed";
    case kDLOneAPI:
      return "oneapi";
    case kDLWebGPU:
      return "webgpu";
    case kDLHexagon:
      return "hexagon";
    case kDLMAIA:
      return "maia";
    case kDLTrn:
      return "trn";
    default:
      return "unknown";
  }
}

std::string DeviceText(DLDevice device) {
  return std::string(DeviceTypeName(static_cast<int32_t>(device.device_type))) + ":" +
         std::to_string(device.device_id);
}

std::string JoinExtents(ShapeView extents) {
  std::string text;
  for (size_t i = 0; i < extents.size(); ++i) {
    if (i != 0) text += ", ";
    text += std::to_string(extents[i]);
  }
  return text;
}

std::string TensorText(const TensorObj* tensor) {
  const ShapeView extents(tensor->shape, static_cast<size_t>(tensor->ndim));
  return std::string(DLDataTypeToString(tensor->dtype)) + "[" + JoinExtents(extents) + "]@" +
         DeviceText(tensor->device);
}

}  // namespace

std::string QuoteString(std::string_view text) {
  std::string out = "\"";
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (const char letter = ShortEscape(c)) {
      out += '\\';
      out += letter;
    } else if (IsPrintableAscii(c)) {
      out += c;
    } else if (CodePoint point = ReadMultiByte(text.substr(i)); point.size != 0) {
      out += point.size == 4 ? "\\U" : "\\u";
      AppendHex(point.value, point.size == 4 ? 8 : 4, &out);
      i += point.size;
      continue;
    } else {
      AppendByteEscape(c, &out);
    }
    ++i;
  }
  return out + '"';
}

std::string QuoteBytes(std::string_view bytes) {
  std::string out = "b\"";
  for (char c : bytes) {
    if (IsPrintableAscii(c) && c != '"' && c != '\\') {
      out += c;
    } else {
      AppendByteEscape(c, &out);
    }
  }
  return out + '"';
}

std::string PlainText(const Any& value) {
  switch (value.type_index()) {
    case kTVMFFINone:
      return "None";
    case kTVMFFIBool:
      return value.cast<bool>() ? "True" : "False";
    case kTVMFFIInt:
      return std::to_string(value.cast<int64_t>());
    case kTVMFFIFloat:
      return FloatText(value.cast<double>());
    case kTVMFFIDataType:
      return DLDataTypeToString(value.cast<DLDataType>());
    case kTVMFFIDevice:
      return DeviceText(value.cast<DLDevice>());
    case kTVMFFISmallStr:
    case kTVMFFIStr: {
      const String text = value.cast<String>();
      return QuoteString(std::string_view(text.data(), text.size()));
    }
    case kTVMFFISmallBytes:
    case kTVMFFIBytes: {
      const Bytes bytes = value.cast<Bytes>();
      return QuoteBytes(std::string_view(bytes.data(), bytes.size()));
    }
    default:
      return value.GetTypeKey();
  }
}

std::string AddressText(const Object* obj) {
  const uint64_t address = reinterpret_cast<uintptr_t>(obj);
  int digits = 1;
  while (digits < 16 && (address >> (4 * digits)) != 0) ++digits;
  std::string text = "@0x";
  AppendHex(address, digits, &text);
  return text;
}

std::optional<std::string> LeafObjectText(const Any& value, bool with_addr) {
  static const Any missing = Function::GetGlobalRequired("ffi.GetInvalidObject")();
  static const Any kwargs = Function::GetGlobalRequired("ffi.GetKwargsObject")();
  switch (value.type_index()) {
    case kTVMFFIBigInt:
      return detail::int_ops::ToStringFallback(value.cast<BigInt>());
    case kTVMFFIStr:
    case kTVMFFIBytes:
      return PlainText(value);
    case kTVMFFITensor: {
      const TensorObj* tensor = value.as<TensorObj>();
      return TensorText(tensor) + (with_addr ? AddressText(tensor) : "");
    }
    case kTVMFFIShape:
      return "Shape(" + JoinExtents(value.cast<Shape>()) + ")";
    default:
      if (value.same_as(missing)) return "<MISSING>";
      if (value.same_as(kwargs)) return "<KWARGS>";
      return std::nullopt;
  }
}

}  // namespace ffi
}  // namespace tvm
