// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/type_traits.h
 * \brief How C++ types are stored in the 16-byte tagged value: the TypeTraits protocol.
 *
 * Every type that may become an Any/AnyView, a function argument or a container element has a
 * specialisation of TypeTraits. This header defines the protocol and the plain-value
 * specialisations; objects, strings, containers add theirs in their own headers.
 *
 * A new value type that converts through existing ones is written like this:
 * \code
 * template <>
 * struct TypeTraits<Celsius> : FallbackOnlyTraitsBase<Celsius, double> {
 *   static void CopyToAnyView(const Celsius& c, TVMFFIAny* out) {
 *     TypeTraits<double>::CopyToAnyView(c.degrees, out);
 *   }
 *   static void MoveToAny(Celsius c, TVMFFIAny* out) { CopyToAnyView(c, out); }
 *   static Celsius ConvertFallbackValue(double value) { return Celsius{value}; }
 *   static std::string TypeStr() { return "Celsius"; }
 *   static std::string TypeSchema() { return R"({"type":"float"})"; }
 * };
 * \endcode
 *
 * Writers of a cell set all 16 bytes: equality and hashing compare raw payload bits.
 */
#ifndef TVM_FFI_TYPE_TRAITS_H_
#define TVM_FFI_TYPE_TRAITS_H_

#include <tvm/ffi/base_detail.h>
#include <tvm/ffi/c_api.h>

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace tvm {
namespace ffi {

class Any;
template <typename T>
class ObjectPtr;
template <typename T>
class Arc;

/*! \brief Type index of a value. */
using TypeIndex = TVMFFITypeIndex;
/*! \brief Run-time type information of an object type. */
using TypeInfo = TVMFFITypeInfo;

/*! \brief Type keys of the statically indexed types. */
struct StaticTypeKey {
  /// @{
  /*! \brief Key of the type with the index of this name. */
  static constexpr const char* kTVMFFIAny = "Any";
  static constexpr const char* kTVMFFINone = "None";
  static constexpr const char* kTVMFFIBool = "bool";
  static constexpr const char* kTVMFFIInt = "int";
  static constexpr const char* kTVMFFIFloat = "float";
  static constexpr const char* kTVMFFIOpaquePtr = "void*";
  static constexpr const char* kTVMFFIDataType = "DataType";
  static constexpr const char* kTVMFFIDevice = "Device";
  static constexpr const char* kTVMFFIDLTensorPtr = "DLTensor*";
  static constexpr const char* kTVMFFIRawStr = "const char*";
  static constexpr const char* kTVMFFIByteArrayPtr = "TVMFFIByteArray*";
  static constexpr const char* kTVMFFIObjectRValueRef = "ObjectRValueRef";
  static constexpr const char* kTVMFFISmallStr = "ffi.SmallStr";
  static constexpr const char* kTVMFFISmallBytes = "ffi.SmallBytes";
  static constexpr const char* kTVMFFIUnchanged = "ffi.Unchanged";
  static constexpr const char* kTVMFFIObject = "ffi.Object";
  static constexpr const char* kTVMFFIStr = "ffi.String";
  static constexpr const char* kTVMFFIBytes = "ffi.Bytes";
  static constexpr const char* kTVMFFIError = "ffi.Error";
  static constexpr const char* kTVMFFIFunction = "ffi.Function";
  static constexpr const char* kTVMFFIShape = "ffi.Shape";
  static constexpr const char* kTVMFFITensor = "ffi.Tensor";
  static constexpr const char* kTVMFFIArray = "ffi.Array";
  static constexpr const char* kTVMFFIMap = "ffi.Map";
  static constexpr const char* kTVMFFIModule = "ffi.Module";
  static constexpr const char* kTVMFFIOpaquePyObject = "ffi.OpaquePyObject";
  static constexpr const char* kTVMFFIList = "ffi.List";
  static constexpr const char* kTVMFFIDict = "ffi.Dict";
  static constexpr const char* kTVMFFIVisitInterrupt = "ffi.VisitInterrupt";
  static constexpr const char* kTVMFFIBigInt = "ffi.BigInt";
  /// @}
};

/*! \brief Type key of a registered index. An index nobody registered ends the process. */
inline std::string TypeIndexToTypeKey(int32_t type_index) {
  const TVMFFIByteArray& key = TVMFFIGetTypeInfo(type_index)->type_key;
  return std::string(key.data, key.size);
}

// ------------------------------------------------------------------------------------------------
// Subsumption
// ------------------------------------------------------------------------------------------------

/*! \brief Whether every Source value may be reused as Target storage without any conversion. */
template <typename Target, typename Source, typename = void>
inline constexpr bool type_subsumes_v =
    std::is_base_of_v<Target, Source> || std::is_same_v<Target, Source>;

template <typename Source>
inline constexpr bool type_subsumes_v<Any, Source, void> = true;

template <typename Base, typename Derived>
inline constexpr bool type_subsumes_v<ObjectPtr<Base>, ObjectPtr<Derived>, void> =
    std::is_base_of_v<Base, Derived>;

template <typename Base, typename Derived>
inline constexpr bool type_subsumes_v<Arc<Base>, Arc<Derived>, void> =
    std::is_base_of_v<Base, Derived>;

template <typename Base, typename Derived>
inline constexpr bool type_subsumes_v<ObjectPtr<Base>, Arc<Derived>, void> =
    std::is_base_of_v<Base, Derived>;

// ------------------------------------------------------------------------------------------------
// The protocol
// ------------------------------------------------------------------------------------------------

/*!
 * \brief Conversion between a C++ type and TVMFFIAny. The primary template means "not supported".
 *
 * Specialisations provide, beside the three constants:
 *  - `CopyToAnyView(const T&, TVMFFIAny*)`: borrowed encoding, counts are left alone
 *  - `MoveToAny(T, TVMFFIAny*)`: owning encoding, never a view-only kind
 *  - `CheckAnyStrict(const TVMFFIAny*)`: whether the cell holds what MoveToAny of a T would produce
 *  - `CopyFromAnyViewAfterCheck`, `MoveFromAnyAfterCheck`: decode after CheckAnyStrict succeeded
 *  - `TryCastFromAnyView(const TVMFFIAny*)`: decode with conversion, nullopt when impossible
 *  - `GetMismatchTypeInfo`, `TypeStr`, `TypeSchema`: texts for messages and metadata
 */
template <typename, typename = void>
struct TypeTraits {
  /*! \brief Whether values convert to and from cells. */
  static constexpr bool convert_enabled = false;
  /*! \brief Whether an Any can own a value. */
  static constexpr bool storage_enabled = false;
};

/*! \brief TypeTraits of a type without reference and const. */
template <typename T>
using TypeTraitsNoCR = TypeTraits<std::remove_const_t<std::remove_reference_t<T>>>;

/*! \brief Set to false for reference classes whose traits are a partial specialisation of their
 * own. */
template <typename T>
inline constexpr bool use_default_type_traits_v = true;

/*! \brief Common part of all specialisations. */
struct TypeTraitsBase {
  static constexpr bool convert_enabled = true;
  static constexpr bool storage_enabled = true;
  /*! \brief Index every value of the type has, or -1 when that is only known at run time. */
  static constexpr int32_t field_static_type_index = TypeIndex::kTVMFFIAny;

  /*! \brief Describes a cell that failed to convert; called only on the error path. */
  static std::string GetMismatchTypeInfo(const TVMFFIAny* source) {
    return TypeIndexToTypeKey(source->type_index);
  }
};

/*! \brief field_static_type_index of T, -1 for types without traits. */
template <typename T, typename = void>
struct TypeToFieldStaticTypeIndex {
  /*! \brief The index. */
  static constexpr int32_t value = TypeIndex::kTVMFFIAny;
};

template <typename T>
struct TypeToFieldStaticTypeIndex<T, std::enable_if_t<TypeTraits<T>::convert_enabled>> {
  static constexpr int32_t value = TypeTraits<T>::field_static_type_index;
};

/*! \brief Run-time type index of T; object types ask the type table. */
template <typename T, typename = void>
struct TypeToRuntimeTypeIndex {
  /*! \brief The index. */
  static int32_t v() { return TypeToFieldStaticTypeIndex<T>::value; }
};

namespace detail {

/*! \brief `{"type":"<key>"}`. */
inline std::string TypeKeySchema(const char* key) {
  return std::string("{\"type\":\"").append(key).append(CStr("\"}"));
}

/*!
 * \brief Members that are alike for all types stored inside the cell.
 * \tparam T The type; TypeTraits<T> adds CopyToAnyView and CopyFromAnyViewAfterCheck.
 * \tparam kIndex The index of its cells.
 */
template <typename T, int32_t kIndex>
struct InlineValueTraits : public TypeTraitsBase {
  static constexpr int32_t field_static_type_index = kIndex;

  TVM_FFI_INLINE static void MoveToAny(T src, TVMFFIAny* result) {
    TypeTraits<T>::CopyToAnyView(src, result);
  }
  TVM_FFI_INLINE static bool CheckAnyStrict(const TVMFFIAny* src) {
    return src->type_index == kIndex;
  }
  TVM_FFI_INLINE static T MoveFromAnyAfterCheck(TVMFFIAny* src) {
    return TypeTraits<T>::CopyFromAnyViewAfterCheck(src);
  }
  TVM_FFI_INLINE static std::optional<T> TryCastFromAnyView(const TVMFFIAny* src) {
    if (src->type_index == kIndex) return TypeTraits<T>::CopyFromAnyViewAfterCheck(src);
    return std::nullopt;
  }
};

/*! \brief Exchanges two cells; std::swap takes longer to compile. */
TVM_FFI_INLINE void SwapCells(TVMFFIAny* lhs, TVMFFIAny* rhs) {
  const TVMFFIAny cell = *lhs;
  *lhs = *rhs;
  *rhs = cell;
}

/*! \brief Writes a cell whose payload is one 64-bit integer. */
TVM_FFI_INLINE void StoreInt64(int32_t type_index, int64_t value, TVMFFIAny* result) {
  result->type_index = type_index;
  result->zero_padding = 0;
  result->v_int64 = value;
}

}  // namespace detail

// ------------------------------------------------------------------------------------------------
// Plain values
// ------------------------------------------------------------------------------------------------

// Members that convert are templates of T even where there is one T only: a file pays for the
// std::optional of a type when it converts to the type.
namespace detail {

template <typename T>
struct NullptrTraits : public InlineValueTraits<T, TypeIndex::kTVMFFINone> {
  TVM_FFI_INLINE static void CopyToAnyView(const T&, TVMFFIAny* result) {
    StoreInt64(TypeIndex::kTVMFFINone, 0, result);
  }
  TVM_FFI_INLINE static T CopyFromAnyViewAfterCheck(const TVMFFIAny*) { return nullptr; }
  static std::string TypeStr() { return StaticTypeKey::kTVMFFINone; }
  static std::string TypeSchema() { return TypeKeySchema(StaticTypeKey::kTVMFFINone); }
};

/*! \brief bool and StrictBool. */
template <typename T>
struct BoolTraits : public InlineValueTraits<T, TypeIndex::kTVMFFIBool> {
  TVM_FFI_INLINE static void CopyToAnyView(const T& src, TVMFFIAny* result) {
    StoreInt64(TypeIndex::kTVMFFIBool, static_cast<bool>(src), result);
  }
  TVM_FFI_INLINE static T CopyFromAnyViewAfterCheck(const TVMFFIAny* src) {
    return src->v_int64 != 0;
  }
  static std::string TypeStr() { return StaticTypeKey::kTVMFFIBool; }
  static std::string TypeSchema() { return TypeKeySchema(StaticTypeKey::kTVMFFIBool); }
};

template <typename T>
struct LooseBoolTraits : public BoolTraits<T> {
  TVM_FFI_INLINE static std::optional<T> TryCastFromAnyView(const TVMFFIAny* src) {
    if (src->type_index == TypeIndex::kTVMFFIBool || src->type_index == TypeIndex::kTVMFFIInt) {
      return src->v_int64 != 0;
    }
    return std::nullopt;
  }
};

template <typename T>
struct OpaquePtrTraits : public InlineValueTraits<T, TypeIndex::kTVMFFIOpaquePtr> {
  TVM_FFI_INLINE static void CopyToAnyView(T const& src, TVMFFIAny* result) {
    result->type_index = TypeIndex::kTVMFFIOpaquePtr;
    result->zero_padding = 0;
    TVM_FFI_CLEAR_PTR_PADDING_IN_FFI_ANY(result);
    result->v_ptr = src;
  }
  TVM_FFI_INLINE static T CopyFromAnyViewAfterCheck(const TVMFFIAny* src) { return src->v_ptr; }
  TVM_FFI_INLINE static std::optional<T> TryCastFromAnyView(const TVMFFIAny* src) {
    if (src->type_index == TypeIndex::kTVMFFIOpaquePtr) return src->v_ptr;
    if (src->type_index == TypeIndex::kTVMFFINone) return static_cast<T>(nullptr);
    return std::nullopt;
  }
  static std::string TypeStr() { return StaticTypeKey::kTVMFFIOpaquePtr; }
  static std::string TypeSchema() { return TypeKeySchema(StaticTypeKey::kTVMFFIOpaquePtr); }
};

}  // namespace detail

/*! \brief None. */
template <>
struct TypeTraits<std::nullptr_t> : public detail::NullptrTraits<std::nullptr_t> {};

/*! \brief A bool that integers never convert to; the one to list among fallback types. */
class StrictBool {
 public:
  /*! \param value The boolean. */
  StrictBool(bool value) : value_(value) {}  // NOLINT(google-explicit-constructor)
  /*! \brief The boolean. */
  operator bool() const { return value_; }  // NOLINT(google-explicit-constructor)

 private:
  bool value_;
};

static_assert(sizeof(StrictBool) == 1, "StrictBool is one byte in the fields of objects");

/*! \brief Strict booleans: index 2 only. */
template <>
struct TypeTraits<StrictBool> : public detail::BoolTraits<StrictBool> {};

/*! \brief Booleans; reading also accepts integers. */
template <>
struct TypeTraits<bool> : public detail::LooseBoolTraits<bool> {};

/*! \brief Opaque pointers; reading also accepts None as the null pointer. */
template <>
struct TypeTraits<void*> : public detail::OpaquePtrTraits<void*> {};

/*! \brief Shared part of integers and enums: reading narrows without a range check. */
template <typename Int>
struct TypeTraitsIntBase : public TypeTraitsBase {
  static constexpr int32_t field_static_type_index = TypeIndex::kTVMFFIInt;

  TVM_FFI_INLINE static void CopyInt64ToAnyView(int64_t src, TVMFFIAny* result) {
    detail::StoreInt64(TypeIndex::kTVMFFIInt, src, result);
  }
  TVM_FFI_INLINE static bool CheckAnyStrict(const TVMFFIAny* src) {
    return src->type_index == TypeIndex::kTVMFFIInt;
  }
  TVM_FFI_INLINE static Int CopyFromAnyViewAfterCheck(const TVMFFIAny* src) {
    return static_cast<Int>(src->v_int64);
  }
  TVM_FFI_INLINE static Int MoveFromAnyAfterCheck(TVMFFIAny* src) {
    return static_cast<Int>(src->v_int64);
  }
  TVM_FFI_INLINE static std::optional<Int> TryCastFromAnyView(const TVMFFIAny* src) {
    if (src->type_index == TypeIndex::kTVMFFIInt || src->type_index == TypeIndex::kTVMFFIBool) {
      return static_cast<Int>(src->v_int64);
    }
    return std::nullopt;
  }
  static std::string TypeStr() { return StaticTypeKey::kTVMFFIInt; }
  static std::string TypeSchema() { return detail::TypeKeySchema(StaticTypeKey::kTVMFFIInt); }
};

/*! \brief Integers of all widths; a value is converted to int64_t (any.h refines uint64_t). */
template <typename Int>
struct TypeTraits<Int, std::enable_if_t<std::is_integral_v<Int>>> : public TypeTraitsIntBase<Int> {
  /*! \brief TryCastFromAnyView for calls, which spares them a std::optional of each type. */
  TVM_FFI_INLINE static bool TryCastInto(const TVMFFIAny* src, Int* result) {
    if (src->type_index != TypeIndex::kTVMFFIInt && src->type_index != TypeIndex::kTVMFFIBool) {
      return false;
    }
    *result = static_cast<Int>(src->v_int64);
    return true;
  }
  TVM_FFI_INLINE static void CopyToAnyView(const Int& src, TVMFFIAny* result) {
    TypeTraitsIntBase<Int>::CopyInt64ToAnyView(static_cast<int64_t>(src), result);
  }
  TVM_FFI_INLINE static void MoveToAny(Int src, TVMFFIAny* result) { CopyToAnyView(src, result); }
};

namespace detail {

template <typename T, bool is_enum>
struct IsIntegralEnum : std::false_type {};
template <typename T>
struct IsIntegralEnum<T, true> : std::is_integral<std::underlying_type_t<T>> {};

}  // namespace detail

/*! \brief Whether T is an enum with an integral underlying type. */
template <typename T>
inline constexpr bool is_integeral_enum_v = detail::IsIntegralEnum<T, std::is_enum_v<T>>::value;

/*! \brief Enums travel as their underlying integer. */
template <typename Enum>
struct TypeTraits<Enum, std::enable_if_t<is_integeral_enum_v<Enum>>>
    : public TypeTraitsIntBase<Enum> {
  TVM_FFI_INLINE static void CopyToAnyView(const Enum& src, TVMFFIAny* result) {
    TypeTraitsIntBase<Enum>::CopyInt64ToAnyView(static_cast<int64_t>(src), result);
  }
  TVM_FFI_INLINE static void MoveToAny(Enum src, TVMFFIAny* result) { CopyToAnyView(src, result); }
};

/*! \brief Floating-point numbers, widened to double; reading also accepts integers and booleans. */
template <typename Float>
struct TypeTraits<Float, std::enable_if_t<std::is_floating_point_v<Float>>>
    : public detail::InlineValueTraits<Float, TypeIndex::kTVMFFIFloat> {
  TVM_FFI_INLINE static void CopyToAnyView(const Float& src, TVMFFIAny* result) {
    result->type_index = TypeIndex::kTVMFFIFloat;
    result->zero_padding = 0;
    result->v_float64 = static_cast<double>(src);
  }
  TVM_FFI_INLINE static Float CopyFromAnyViewAfterCheck(const TVMFFIAny* src) {
    return static_cast<Float>(src->v_float64);
  }
  TVM_FFI_INLINE static std::optional<Float> TryCastFromAnyView(const TVMFFIAny* src) {
    Float value;
    if (TryCastInto(src, &value)) return value;
    return std::nullopt;
  }
  /*! \brief TryCastFromAnyView for calls, which spares them a std::optional of each type. */
  TVM_FFI_INLINE static bool TryCastInto(const TVMFFIAny* src, Float* result) {
    if (src->type_index == TypeIndex::kTVMFFIFloat) {
      *result = static_cast<Float>(src->v_float64);
      return true;
    }
    if (src->type_index != TypeIndex::kTVMFFIInt && src->type_index != TypeIndex::kTVMFFIBool) {
      return false;
    }
    *result = static_cast<Float>(src->v_int64);
    return true;
  }
  static std::string TypeStr() { return StaticTypeKey::kTVMFFIFloat; }
  static std::string TypeSchema() { return detail::TypeKeySchema(StaticTypeKey::kTVMFFIFloat); }
};

// ------------------------------------------------------------------------------------------------
// Types that exist only as conversions of others
// ------------------------------------------------------------------------------------------------

namespace detail {

/*! \brief Converts through the first fallback type that accepts the cell; T's traits do the rest.
 */
template <typename T, typename FallbackType, typename... Rest>
std::optional<T> TryConvertFallbacks(const TVMFFIAny* src) {
  static_assert(!std::is_same_v<bool, FallbackType>,
                "Using bool as FallbackType can cause bug because int will be detected as bool, "
                "use tvm::ffi::StrictBool instead");
  if (auto opt = TypeTraits<FallbackType>::TryCastFromAnyView(src)) {
    return TypeTraits<T>::ConvertFallbackValue(*std::move(opt));
  }
  if constexpr (sizeof...(Rest) > 0) {
    return TryConvertFallbacks<T, Rest...>(src);
  } else {
    return std::nullopt;
  }
}

}  // namespace detail

/*!
 * \brief Base of TypeTraits<T> for a T that is read only through other types, in the order given.
 *
 * TypeTraits<T> provides one static ConvertFallbackValue overload per fallback type.
 */
template <typename T, typename... FallbackTypes>
struct FallbackOnlyTraitsBase : public TypeTraitsBase {
  static constexpr bool storage_enabled = false;

  static std::optional<T> TryCastFromAnyView(const TVMFFIAny* src) {
    return TryFallbackTypes<FallbackTypes...>(src);
  }

  template <typename FallbackType, typename... Rest>
  static std::optional<T> TryFallbackTypes(const TVMFFIAny* src) {
    return detail::TryConvertFallbacks<T, FallbackType, Rest...>(src);
  }
};

/*!
 * \brief Describes an object type that somebody else registers, for example a Python class.
 *
 * Goes into the public section of a class derived from Object. Nothing is registered; the index is
 * looked up on first use and an unknown key throws InternalError (and is tried again next time). A
 * file that expands this macro includes function.h.
 */
#define TVM_FFI_DECLARE_OBJECT_INFO_LOOKUP(RegisteredKey, TypeDepth) \
  static constexpr const char* _type_key = RegisteredKey;            \
  static constexpr int32_t _type_depth = TypeDepth;                  \
  static constexpr bool _type_mutable = true;                        \
  static constexpr bool _type_final = false;                         \
  static constexpr uint32_t _type_child_slots = 0;                   \
  static constexpr bool _type_child_slots_can_overflow = true;       \
  static int32_t RuntimeTypeIndex() {                                \
    static const int32_t tindex = []() {                             \
      TVMFFIByteArray key{RegisteredKey, sizeof(RegisteredKey) - 1}; \
      int32_t found = 0;                                             \
      TVM_FFI_CHECK_SAFE_CALL(TVMFFITypeKeyToIndex(&key, &found));   \
      return found;                                                  \
    }();                                                             \
    return tindex;                                                   \
  }

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_TYPE_TRAITS_H_
