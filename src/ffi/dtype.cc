// SPDX-License-Identifier: Apache-2.0
/*!
 * \file src/ffi/dtype.cc
 * \brief Text form of `DLDataType`: the parser and the printer behind the C entry points.
 *
 * Errors quote the text after alias rewriting (`i32abc` is reported as `int32abc`), and outputs are
 * written only on success.
 */
#include <tvm/ffi/dtype.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/string.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace tvm {
namespace ffi {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

/*! \brief A global function that users provide; kept for ever once found, so exit order is moot. */
const Function& CustomTypeCodeFunction() {
  static const Function* function =
      new Function(Function::GetGlobalRequired("dtype.get_custom_type_code"));
  return *function;
}

const Function& CustomTypeNameFunction() {
  static const Function* function =
      new Function(Function::GetGlobalRequired("dtype.get_custom_type_name"));
  return *function;
}

/*! \brief Spells out the short names; text without one comes back as it is. */
std::string ExpandAlias(std::string_view text) {
  struct Alias {
    std::string_view prefix;
    std::string_view expansion;
    bool needs_digit;
  };
  static constexpr Alias kAliases[] = {
      {"i", "int", true},         {"u", "uint", true},        {"bf", "bfloat", true},
      {"fp8_", "float8_", false}, {"fp6_", "float6_", false}, {"fp4_", "float4_", false},
      {"f", "float", true},
  };
  for (const Alias& alias : kAliases) {
    if (!StartsWith(text, alias.prefix)) continue;
    std::string_view rest = text.substr(alias.prefix.size());
    if (alias.needs_digit && (rest.empty() || !IsDigit(rest[0]))) continue;
    return std::string(alias.expansion).append(rest);
  }
  return std::string(text);
}

/*! \brief One pass over the expanded text; every step consumes from the front of `rest_`. */
class DTypeParser {
 public:
  explicit DTypeParser(std::string_view text) : text_(ExpandAlias(text)), rest_(text_) {}

  DLDataType Parse() {
    if (text_.empty() || text_ == "void") return DLDataType{kDLOpaqueHandle, 0, 0};
    struct Family {
      std::string_view prefix;
      uint8_t code;
      uint8_t default_bits;
    };
    static constexpr Family kBeforeSmallFloats[] = {
        {"int", kDLInt, 32}, {"uint", kDLUInt, 32}, {"bool", kDLBool, 8}};
    static constexpr Family kAfterSmallFloats[] = {
        {"float", kDLFloat, 32}, {"handle", kDLOpaqueHandle, 64}, {"bfloat", kDLBfloat, 16}};
    for (const Family& family : kBeforeSmallFloats) {
      if (Consume(family.prefix)) return ParseBitsAndLanes(family.code, family.default_bits);
    }
    for (const uint8_t bits : {8, 6, 4}) {
      if (StartsWith(text_, "float" + std::to_string(bits) + "_")) return ParseSmallFloat(bits);
    }
    for (const Family& family : kAfterSmallFloats) {
      if (Consume(family.prefix)) return ParseBitsAndLanes(family.code, family.default_bits);
    }
    if (Consume("custom")) {
      const uint8_t code = ParseCustomCode();
      return ParseBitsAndLanes(code, 32);
    }
    ThrowUnknown("dtype");
  }

 private:
  [[noreturn]] void ThrowUnknown(const std::string& what) const {
    TVM_FFI_THROW(ValueError) << "unknown " << what << " `" << text_ << "`";
  }

  bool Consume(std::string_view prefix) {
    if (!StartsWith(rest_, prefix)) return false;
    rest_.remove_prefix(prefix.size());
    return true;
  }

  void RequireEnd() const {
    if (!rest_.empty()) ThrowUnknown("dtype");
  }

  /*! \return The value of the digits at the front, 0 when there is none. */
  uint32_t ConsumeInteger() {
    size_t length = 0;
    uint64_t value = 0;  // wraps, as the published parser does
    for (; length < rest_.size() && IsDigit(rest_[length]); ++length) {
      value = value * 10 + static_cast<uint64_t>(rest_[length] - '0');
    }
    if (value > std::numeric_limits<uint32_t>::max()) {
      TVM_FFI_THROW(ValueError) << "Integer value in dtype string '" << rest_.substr(0, length)
                                << "' is out of range for uint32_t";
    }
    rest_.remove_prefix(length);
    return static_cast<uint32_t>(value);
  }

  uint16_t ConsumeLanes(bool allow_scalable) {
    const bool scalable = allow_scalable && Consume("xvscale");
    if (!Consume("x")) return 1;
    const uint32_t value = ConsumeInteger();
    if (value == 0) {
      TVM_FFI_THROW(ValueError) << "Invalid lanes specification in dtype '" << text_
                                << "'. Lanes must be a positive integer.";
    }
    if (value > std::numeric_limits<uint16_t>::max()) {
      TVM_FFI_THROW(ValueError) << "Lanes value " << value
                                << " is out of range for uint16_t in dtype '" << text_ << "'";
    }
    return static_cast<uint16_t>(scalable ? 0u - value : value);
  }

  DLDataType ParseBitsAndLanes(uint8_t code, uint8_t default_bits) {
    const uint32_t bits = ConsumeInteger();
    if (bits > std::numeric_limits<uint8_t>::max()) {
      TVM_FFI_THROW(ValueError) << "Bits value " << bits
                                << " is out of range for uint8_t in dtype '" << text_ << "'";
    }
    const uint16_t lanes = ConsumeLanes(/*allow_scalable=*/true);
    RequireEnd();
    return DLDataType{code, bits == 0 ? default_bits : static_cast<uint8_t>(bits), lanes};
  }

  DLDataType ParseSmallFloat(uint8_t bits) {
    const std::string family = "float" + std::to_string(bits);
    // The variant name ends at the lanes; no name contains an 'x' or a second underscore.
    const std::string_view separators = bits == 4 ? "x_" : "x";
    const size_t name_end = text_.find_first_of(separators, family.size() + 1);
    const std::string_view name = std::string_view(text_).substr(0, name_end);
    for (int32_t code = kDLFloat8_e3m4; code <= kDLFloat4_e2m1fn; ++code) {
      if (name != detail::GetDLDataTypeName(code).full) continue;
      rest_.remove_prefix(name.size());
      if (bits == 4) Consume("_");
      const uint16_t lanes = ConsumeLanes(/*allow_scalable=*/false);
      RequireEnd();
      return DLDataType{static_cast<uint8_t>(code), bits, lanes};
    }
    ThrowUnknown(family + " type");
  }

  uint8_t ParseCustomCode() {
    if (!Consume("[")) {
      TVM_FFI_THROW(ValueError) << "expected opening brace after 'custom' type in" << text_;
    }
    const size_t name_end = rest_.find(']');
    if (name_end == std::string_view::npos) {
      TVM_FFI_THROW(ValueError) << "expected closing brace after 'custom' type in" << text_;
    }
    const String name(rest_.data(), name_end);
    rest_.remove_prefix(name_end + 1);
    return static_cast<uint8_t>(CustomTypeCodeFunction()(name).cast<int>());
  }

  const std::string text_;
  std::string_view rest_;
};

std::string PrintDType(DLDataType dtype) {
  if (dtype.code == kDLOpaqueHandle) {
    return dtype.bits == 0 && dtype.lanes == 0 ? "" : "handle";
  }
  std::string result;
  if (dtype.code >= kDLExtCustomBegin) {
    const int code = dtype.code;
    result = "custom[" + CustomTypeNameFunction()(code).cast<std::string>() + "]";
  } else {
    result = detail::GetDLDataTypeName(dtype.code).full;
  }
  detail::AppendDLDataTypeSuffix(&result, dtype);
  return result;
}

}  // namespace
}  // namespace ffi
}  // namespace tvm

int TVMFFIDataTypeFromString(const TVMFFIByteArray* str, DLDataType* out) {
  TVM_FFI_SAFE_CALL_BEGIN();
  *out = tvm::ffi::DTypeParser(tvm::ffi::ToStringView(*str)).Parse();
  TVM_FFI_SAFE_CALL_END();
}

int TVMFFIDataTypeToString(const DLDataType* dtype, TVMFFIAny* out) {
  TVM_FFI_SAFE_CALL_BEGIN();
  // Adopting a std::string gives a heap string at any length, which callers may rely on.
  tvm::ffi::String text(tvm::ffi::PrintDType(*dtype));
  tvm::ffi::TypeTraits<tvm::ffi::String>::MoveToAny(std::move(text), out);
  TVM_FFI_SAFE_CALL_END();
}
