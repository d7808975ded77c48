// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/dtype.h
 * \brief `DLDataType` as a value: text form, comparison and conversion through `Any`.
 *
 * \code{.cpp}
 * DLDataType half4 = StringToDLDataType("float16x4");   // {kDLFloat, 16, 4}
 * std::cout << half4;                                   // float16x4
 * bool is_float = DTypeIsFloat(half4);
 * \endcode
 *
 * Functions that take a `DLDataType` also accept its text. Compile-time mapping from C++ types is
 * in `extra/dtype.h`.
 */
#ifndef TVM_FFI_DTYPE_H_
#define TVM_FFI_DTYPE_H_

#include <dlpack/dlpack.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/string.h>
#include <tvm/ffi/type_traits.h>

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>

namespace tvm {
namespace ffi {

/*! \brief Type codes that extend DLPack's `DLDataTypeCode`. */
enum DLExtDataTypeCode { kDLExtCustomBegin = 129 };

static_assert(sizeof(DLDataType) == 4 && alignof(DLDataType) == 2, "DLDataType is ABI");

namespace detail {

/*! \brief Base name and abbreviation of one type code. */
struct DLDataTypeName {
  const char* full;
  const char* abbrev;
};

/*! \return Names of a built-in type code; \throws ValueError for codes that have none. */
inline const DLDataTypeName& GetDLDataTypeName(int32_t type_code) {
  static constexpr DLDataTypeName kNames[] = {
      {"int", "i"},
      {"uint", "u"},
      {"float", "f"},
      {"handle", "handle"},
      {"bfloat", "bf"},
      {nullptr, nullptr},  // kDLComplex has no text form
      {"bool", "bool"},
      {"float8_e3m4", "f8_e3m4"},
      {"float8_e4m3", "f8_e4m3"},
      {"float8_e4m3b11fnuz", "f8_e4m3b11fnuz"},
      {"float8_e4m3fn", "f8_e4m3fn"},
      {"float8_e4m3fnuz", "f8_e4m3fnuz"},
      {"float8_e5m2", "f8_e5m2"},
      {"float8_e5m2fnuz", "f8_e5m2fnuz"},
      {"float8_e8m0fnu", "f8_e8m0fnu"},
      {"float6_e2m3fn", "f6_e2m3fn"},
      {"float6_e3m2fn", "f6_e3m2fn"},
      {"float4_e2m1fn", "f4_e2m1fn"},
  };
  constexpr int32_t kNumNames = static_cast<int32_t>(sizeof(kNames) / sizeof(kNames[0]));
  static_assert(kNumNames == kDLFloat4_e2m1fn + 1, "one name per DLPack type code");
  if (type_code < 0 || type_code >= kNumNames || kNames[type_code].full == nullptr) {
    TVM_FFI_THROW(ValueError) << "DLDataType contains unknown type_code=" << type_code;
  }
  return kNames[type_code];
}

/*!
 * \return Base name of a type code, `custom` for user-defined ones.
 * \throws ValueError for a code that has no name.
 */
inline const char* DLDataTypeCodeAsCStr(DLDataTypeCode type_code) {
  const int32_t code = static_cast<int32_t>(type_code);
  return code >= kDLExtCustomBegin ? "custom" : GetDLDataTypeName(code).full;
}

/*! \brief Appends bit width and lanes the way both text forms print them. */
inline void AppendDLDataTypeSuffix(std::string* out, DLDataType dtype) {
  // Small floats carry the width in their name, and 8 bits is the usual bool.
  const bool has_bits = dtype.code < kDLFloat8_e3m4 && !(dtype.code == kDLBool && dtype.bits == 8);
  if (has_bits) out->append(DecimalText(dtype.bits));
  // Scalable vectors store the negated multiple of vscale.
  const int32_t lanes = static_cast<int16_t>(dtype.lanes);
  if (lanes > 1) {
    out->append(CStr("x")).append(DecimalText(lanes));
  } else if (lanes < -1) {
    out->append(CStr("xvscalex")).append(DecimalText(-lanes));
  }
}

}  // namespace detail

/*!
 * \brief Parses the text of a data type such as `float32`, `i8x4` or `float8_e4m3fn`.
 * \throws ValueError that quotes the text when it is malformed.
 */
inline DLDataType StringToDLDataType(const String& str) {
  DLDataType dtype;
  TVMFFIByteArray text{str.data(), str.size()};
  TVM_FFI_CHECK_SAFE_CALL(TVMFFIDataTypeFromString(&text, &dtype));
  return dtype;
}

/*!
 * \return Canonical text of the data type; empty for void.
 * \throws ValueError for an unknown type code.
 */
inline String DLDataTypeToString(DLDataType dtype) {
  TVMFFIAny text;
  text.type_index = TypeIndex::kTVMFFINone;
  text.zero_padding = 0;
  text.v_int64 = 0;
  TVM_FFI_CHECK_SAFE_CALL(TVMFFIDataTypeToString(&dtype, &text));
  return TypeTraits<String>::MoveFromAnyAfterCheck(&text);
}

/*! \return Whether the type is one of the floating-point formats, of any width. */
inline bool DTypeIsFloat(DLDataType dtype) {
  return dtype.code == kDLFloat || dtype.code == kDLBfloat ||
         (dtype.code >= kDLFloat8_e3m4 && dtype.code <= kDLFloat4_e2m1fn);
}

/*! \return Whether the type is a signed or unsigned integer. */
inline bool DTypeIsInt(DLDataType dtype) { return dtype.code == kDLInt || dtype.code == kDLUInt; }

/*! \return Whether the type is boolean. */
inline bool DTypeIsBool(DLDataType dtype) { return dtype.code == kDLBool; }

/*!
 * \return Short text such as `i32`, `bf16x2` or `f8_e4m3fn`, for names and logs.
 * \throws ValueError for an unknown type code.
 */
inline std::string DTypeAbbrev(DLDataType dtype) {
  if (dtype.code >= kDLExtCustomBegin) return DLDataTypeToString(dtype);
  if (dtype.code == kDLOpaqueHandle) {
    return dtype.bits == 0 && dtype.lanes == 0 ? "void" : "handle";
  }
  std::string result = detail::GetDLDataTypeName(dtype.code).abbrev;
  detail::AppendDLDataTypeSuffix(&result, dtype);
  return result;
}

namespace detail {

// A template of the one type it serves, see type_traits.h.
template <typename T>
struct DLDataTypeTraits : public TypeTraitsBase {
  static constexpr int32_t field_static_type_index = TypeIndex::kTVMFFIDataType;

  TVM_FFI_INLINE static void CopyToAnyView(const DLDataType& src, TVMFFIAny* result) {
    result->type_index = TypeIndex::kTVMFFIDataType;
    result->zero_padding = 0;
    // All 8 payload bytes are compared, the dtype fills only 4 of them.
    result->v_int64 = 0;
    result->v_dtype = src;
  }

  TVM_FFI_INLINE static void MoveToAny(DLDataType src, TVMFFIAny* result) {
    CopyToAnyView(src, result);
  }

  TVM_FFI_INLINE static bool CheckAnyStrict(const TVMFFIAny* src) {
    return src->type_index == TypeIndex::kTVMFFIDataType;
  }

  TVM_FFI_INLINE static T CopyFromAnyViewAfterCheck(const TVMFFIAny* src) { return src->v_dtype; }

  TVM_FFI_INLINE static T MoveFromAnyAfterCheck(TVMFFIAny* src) { return src->v_dtype; }

  TVM_FFI_INLINE static std::optional<T> TryCastFromAnyView(const TVMFFIAny* src) {
    if (CheckAnyStrict(src)) return src->v_dtype;
    return TryParse(src);
  }

  TVM_FFI_INLINE static std::string TypeStr() { return StaticTypeKey::kTVMFFIDataType; }
  TVM_FFI_INLINE static std::string TypeSchema() { return R"({"type":"DataType"})"; }

 private:
  static std::optional<T> TryParse(const TVMFFIAny* src) {
    if (auto text = TypeTraits<Late<String, T>>::TryCastFromAnyView(src))
      return StringToDLDataType(*text);
    if (auto bytes = TypeTraits<Late<Bytes, T>>::TryCastFromAnyView(src)) {
      return StringToDLDataType(String(bytes->data(), bytes->size()));
    }
    return std::nullopt;
  }
};

}  // namespace detail

/*! \brief DLDataType: strict from dtype cells, converting also by parsing text or bytes. */
template <>
struct TypeTraits<DLDataType> : public detail::DLDataTypeTraits<DLDataType> {};

}  // namespace ffi
}  // namespace tvm

// In the global namespace, where DLDataType lives, so that argument-dependent lookup finds them.

/*! \brief Writes the canonical text of the data type. */
inline std::ostream& operator<<(std::ostream& os, DLDataType dtype) {  // NOLINT(*)
  return os << tvm::ffi::DLDataTypeToString(dtype);
}

inline bool operator==(const DLDataType& lhs, const DLDataType& rhs) {
  return lhs.code == rhs.code && lhs.bits == rhs.bits && lhs.lanes == rhs.lanes;
}

inline bool operator!=(const DLDataType& lhs, const DLDataType& rhs) { return !(lhs == rhs); }

#endif  // TVM_FFI_DTYPE_H_
