// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/any.h
 * \brief AnyView (borrowed) and Any (owning): one value of any supported type in 16 bytes.
 *
 * \code
 * Any value = 42;
 * int n = value.cast<int>();                          // converts or throws TypeError
 * std::optional<double> d = value.as<double>();       // strict: nullopt, because it is an int
 * std::optional<double> e = value.try_cast<double>(); // converts: 42.0
 * void Show(AnyView v);                               // parameters that are only looked at
 * \endcode
 *
 * Use AnyView for parameters and Any for storage. A view does not keep its referent alive and may
 * hold the view-only kinds (C strings, byte arrays, rvalue references); an Any never does.
 *
 * AnyHash and AnyEqual, the hash and equality of map keys, come with this header
 * (any_hash_detail.h).
 */
#ifndef TVM_FFI_ANY_H_
#define TVM_FFI_ANY_H_

#include <tvm/ffi/c_api.h>
#include <tvm/ffi/string.h>
#include <tvm/ffi/type_traits.h>

#include <limits>
#include <string>
#include <utility>

namespace tvm {
namespace ffi {

class AnyView;

namespace detail {

struct AnyUnsafe;

/*!
 * \brief Turns a borrowed cell into an owned one, in place.
 *
 * Objects gain a reference, C strings and byte arrays are copied, an rvalue reference is moved out
 * of its slot. A DLTensor pointer stays a borrowed pointer.
 */
inline void InplaceConvertAnyViewToAny(TVMFFIAny* data, size_t extra_any_bytes = 0);

[[noreturn]] TVM_FFI_COLD_CODE TVM_FFI_NO_INLINE inline void ThrowCannotConvert(
    const std::string& source, const std::string& target) {
  TVM_FFI_THROW(TypeError) << "Cannot convert from type `" << source << "` to `" << target << "`";
  TVM_FFI_UNREACHABLE();
}

[[noreturn]] TVM_FFI_COLD_CODE TVM_FFI_NO_INLINE inline void ThrowCannotTreat(
    const std::string& source, const std::string& target) {
  TVM_FFI_THROW(TypeError) << "Cannot treat type `" << source << "` as type `" << target << "`";
  TVM_FFI_UNREACHABLE();
}

/*! \brief Whether T may be moved out of an Any. */
template <typename T>
inline constexpr bool is_any_storable_v = std::is_same_v<T, Any> || TypeTraits<T>::storage_enabled;

/*! \brief Whether T may be read from an Any. */
template <typename T>
inline constexpr bool is_any_readable_v = std::is_same_v<T, Any> || TypeTraits<T>::convert_enabled;

/*! \brief TypeTraits<T>::TryCastFromAnyView or TypeError. */
template <typename T>
TVM_FFI_INLINE T CastFromCell(const TVMFFIAny* cell) {
  std::optional<T> opt = TypeTraits<T>::TryCastFromAnyView(cell);
  if (TVM_FFI_PREDICT_FALSE(!opt.has_value())) {
    ThrowCannotConvert(TypeTraits<T>::GetMismatchTypeInfo(cell), TypeTraits<T>::TypeStr());
  }
  return *std::move(opt);
}

/*! \brief Throws TypeError unless the cell strictly holds a T. */
template <typename T>
TVM_FFI_INLINE void RequireStrict(const TVMFFIAny* cell) {
  if (TVM_FFI_PREDICT_FALSE(!TypeTraits<T>::CheckAnyStrict(cell))) {
    ThrowCannotTreat(TypeTraits<T>::GetMismatchTypeInfo(cell), TypeTraits<T>::TypeStr());
  }
}

}  // namespace detail

// ------------------------------------------------------------------------------------------------
// AnyView
// ------------------------------------------------------------------------------------------------

/*! \brief Borrowed value. Trivially copyable; the referent must outlive it. */
class AnyView {
 public:
  /*! \brief None. */
  AnyView() {
    data_.type_index = TypeIndex::kTVMFFINone;
    data_.zero_padding = 0;
    data_.v_int64 = 0;
  }
  AnyView(const AnyView&) = default;
  AnyView& operator=(const AnyView&) = default;
  AnyView(AnyView&&) = default;
  AnyView& operator=(AnyView&&) = default;
  ~AnyView() = default;

  /*! \brief Views a value of any supported type. */
  template <typename T, typename = std::enable_if_t<TypeTraits<T>::convert_enabled>>
  TVM_FFI_INLINE AnyView(const T& other) {  // NOLINT(google-explicit-constructor)
    TypeTraits<T>::CopyToAnyView(other, &data_);
  }
  template <typename T, typename = std::enable_if_t<TypeTraits<T>::convert_enabled>>
  TVM_FFI_INLINE AnyView& operator=(const T& other) {
    AnyView(other).swap(*this);
    return *this;
  }

  /*! \brief Becomes None. */
  void reset() { *this = AnyView(); }
  TVM_FFI_INLINE void swap(AnyView& other) noexcept { detail::SwapCells(&data_, &other.data_); }
  /*! \brief Index of the value's type; see TVMFFITypeIndex. */
  int32_t type_index() const noexcept { return data_.type_index; }
  /*! \brief Whether index and payload bits are equal. */
  bool same_as(const AnyView& other) const noexcept {
    return data_.type_index == other.data_.type_index &&
           data_.zero_padding == other.data_.zero_padding && data_.v_int64 == other.data_.v_int64;
  }

  /*! \brief The value when it is stored as a T, nullopt otherwise; no conversion. */
  template <typename T, typename = std::enable_if_t<TypeTraits<T>::convert_enabled>>
  TVM_FFI_INLINE std::optional<T> as() const {
    if (!TypeTraits<T>::CheckAnyStrict(&data_)) return std::nullopt;
    return TypeTraits<T>::CopyFromAnyViewAfterCheck(&data_);
  }
  /*! \brief The object when it is a T, nullptr otherwise. */
  template <typename T, std::enable_if_t<std::is_base_of_v<Object, T>, int> = 0>
  TVM_FFI_INLINE const T* as() const {
    return as<const T*>().value_or(nullptr);
  }
  /*! \brief Like as, but throws TypeError. */
  template <typename T, typename = std::enable_if_t<TypeTraits<T>::convert_enabled>>
  TVM_FFI_INLINE T as_or_throw() const {
    detail::RequireStrict<T>(&data_);
    return TypeTraits<T>::CopyFromAnyViewAfterCheck(&data_);
  }
  /*! \brief The value converted to T; throws TypeError when that is impossible. */
  template <typename T, typename = std::enable_if_t<TypeTraits<T>::convert_enabled>>
  TVM_FFI_INLINE T cast() const {
    return detail::CastFromCell<T>(&data_);
  }
  /*! \brief The value converted to T, nullopt when that is impossible. */
  template <typename T, typename = std::enable_if_t<TypeTraits<T>::convert_enabled>>
  TVM_FFI_INLINE std::optional<T> try_cast() const {
    return TypeTraits<T>::TryCastFromAnyView(&data_);
  }

  /*! \brief Whether this is None. */
  bool operator==(std::nullptr_t) const noexcept {
    return data_.type_index == TypeIndex::kTVMFFINone;
  }
  bool operator!=(std::nullptr_t) const noexcept {
    return data_.type_index != TypeIndex::kTVMFFINone;
  }
  /*! \brief Key of the value's type. */
  std::string GetTypeKey() const { return TypeIndexToTypeKey(data_.type_index); }

  /*! \brief The raw cell, still borrowed. */
  TVMFFIAny CopyToTVMFFIAny() const { return data_; }
  /*! \brief A view of what a raw cell holds. */
  static AnyView CopyFromTVMFFIAny(TVMFFIAny data) {
    AnyView view;
    view.data_ = data;
    return view;
  }

 protected:
  /*! \brief The borrowed value. */
  TVMFFIAny data_;

  friend class Any;
  friend struct detail::AnyUnsafe;
};

static_assert(sizeof(AnyView) == sizeof(TVMFFIAny), "AnyView must match TVMFFIAny");
static_assert(__is_trivially_copyable(AnyView), "AnyView must be trivially copyable.");
static_assert(__is_standard_layout(AnyView), "AnyView must have standard layout.");

// ------------------------------------------------------------------------------------------------
// Any
// ------------------------------------------------------------------------------------------------

/*! \brief Owning value: an index of at least 64 means one strong reference to an object. */
class Any {
 public:
  /*! \brief None. */
  TVM_FFI_INLINE Any() { SetNone(); }
  TVM_FFI_INLINE ~Any() { Release(); }

  TVM_FFI_INLINE Any(const Any& other) : data_(other.data_) {
    if (data_.type_index >= TypeIndex::kTVMFFIStaticObjectBegin) {
      detail::ObjectUnsafe::IncRefObjectHandle(data_.v_obj);
    }
  }
  TVM_FFI_INLINE Any(Any&& other) noexcept : data_(other.data_) { other.SetNone(); }
  TVM_FFI_INLINE Any& operator=(const Any& other) {
    Any(other).swap(*this);
    return *this;
  }
  TVM_FFI_INLINE Any& operator=(Any&& other) noexcept {
    Any(std::move(other)).swap(*this);
    return *this;
  }

  /*! \brief Owns what a view shows: see detail::InplaceConvertAnyViewToAny. */
  TVM_FFI_INLINE Any(const AnyView& other) : data_(other.data_) {  // NOLINT
    detail::InplaceConvertAnyViewToAny(&data_);
  }
  TVM_FFI_INLINE Any& operator=(const AnyView& other) {
    Any(other).swap(*this);
    return *this;
  }
  /*! \brief A view that lives as long as this value. */
  TVM_FFI_INLINE operator AnyView() const {  // NOLINT(google-explicit-constructor)
    return AnyView::CopyFromTVMFFIAny(data_);
  }

  /*! \brief Owns a value of any supported type. */
  template <typename T, typename = std::enable_if_t<TypeTraits<T>::convert_enabled>>
  TVM_FFI_INLINE Any(T other) {  // NOLINT(google-explicit-constructor)
    TypeTraits<T>::MoveToAny(std::move(other), &data_);
  }
  template <typename T, typename = std::enable_if_t<TypeTraits<T>::convert_enabled>>
  TVM_FFI_INLINE Any& operator=(T other) {
    Any(std::move(other)).swap(*this);
    return *this;
  }

  /*! \brief Becomes None. */
  TVM_FFI_INLINE void reset() {
    // None before the release: a destructor may reach this value again.
    Any(std::move(*this));
  }
  TVM_FFI_INLINE void swap(Any& other) noexcept { detail::SwapCells(&data_, &other.data_); }
  /*! \brief Index of the value's type; see TVMFFITypeIndex. */
  int32_t type_index() const noexcept { return data_.type_index; }

  /*! \brief Moves the value out when it is stored as a T; untouched otherwise. */
  template <typename T, typename = std::enable_if_t<detail::is_any_storable_v<T>>>
  TVM_FFI_INLINE std::optional<T> as() && {
    if constexpr (std::is_same_v<T, Any>) {
      return std::move(*this);
    } else {
      if (!TypeTraits<T>::CheckAnyStrict(&data_)) return std::nullopt;
      return TypeTraits<T>::MoveFromAnyAfterCheck(&data_);
    }
  }
  /*! \brief The value when it is stored as a T, nullopt otherwise; no conversion. */
  template <typename T, typename = std::enable_if_t<detail::is_any_readable_v<T>>>
  TVM_FFI_INLINE std::optional<T> as() const& {
    if constexpr (std::is_same_v<T, Any>) {
      return *this;
    } else {
      if (!TypeTraits<T>::CheckAnyStrict(&data_)) return std::nullopt;
      return TypeTraits<T>::CopyFromAnyViewAfterCheck(&data_);
    }
  }
  /*! \brief The object when it is a T, nullptr otherwise. Borrowed from this value. */
  template <typename T, std::enable_if_t<std::is_base_of_v<Object, T>, int> = 0>
  TVM_FFI_INLINE const T* as() const& {
    return this->as<const T*>().value_or(nullptr);
  }

  /*! \brief Like `as() &&`, but throws TypeError, leaving the value untouched. */
  template <typename T, typename = std::enable_if_t<detail::is_any_storable_v<T>>>
  TVM_FFI_INLINE T as_or_throw() && {
    if constexpr (std::is_same_v<T, Any>) {
      return std::move(*this);
    } else {
      detail::RequireStrict<T>(&data_);
      return TypeTraits<T>::MoveFromAnyAfterCheck(&data_);
    }
  }
  /*! \brief Like as, but throws TypeError. */
  template <typename T, typename = std::enable_if_t<detail::is_any_readable_v<T>>>
  TVM_FFI_INLINE T as_or_throw() const& {
    if constexpr (std::is_same_v<T, Any>) {
      return *this;
    } else {
      detail::RequireStrict<T>(&data_);
      return TypeTraits<T>::CopyFromAnyViewAfterCheck(&data_);
    }
  }

  /*! \brief The value converted to T; throws TypeError when that is impossible. */
  template <typename T, typename = std::enable_if_t<TypeTraits<T>::convert_enabled>>
  TVM_FFI_INLINE T cast() const& {
    return detail::CastFromCell<T>(&data_);
  }
  /*! \brief Moves a stored T out; converts a copy otherwise. */
  template <typename T, typename = std::enable_if_t<TypeTraits<T>::storage_enabled>>
  TVM_FFI_INLINE T cast() && {
    if (TVM_FFI_PREDICT_TRUE(TypeTraits<T>::CheckAnyStrict(&data_))) {
      return TypeTraits<T>::MoveFromAnyAfterCheck(&data_);
    }
    return detail::CastFromCell<T>(&data_);
  }
  /*! \brief The value converted to T, nullopt when that is impossible. */
  template <typename T, typename = std::enable_if_t<detail::is_any_readable_v<T>>>
  TVM_FFI_INLINE std::optional<T> try_cast() const {
    if constexpr (std::is_same_v<T, Any>) {
      return *this;
    } else {
      return TypeTraits<T>::TryCastFromAnyView(&data_);
    }
  }

  /*! \brief Whether index and payload bits are equal. */
  bool same_as(const Any& other) const noexcept {
    return data_.type_index == other.data_.type_index &&
           data_.zero_padding == other.data_.zero_padding && data_.v_int64 == other.data_.v_int64;
  }
  /*! \brief Whether this is the same object; a null reference is None. */
  bool same_as(const ObjectRef& other) const noexcept {
    TVMFFIObject* object = detail::ObjectUnsafe::TVMFFIObjectPtrFromObjectRef(other);
    if (object == nullptr) return data_.type_index == TypeIndex::kTVMFFINone;
    return data_.type_index == object->type_index && data_.v_obj == object;
  }
  /*! \brief Whether this is None. */
  bool operator==(std::nullptr_t) const noexcept {
    return data_.type_index == TypeIndex::kTVMFFINone;
  }
  bool operator!=(std::nullptr_t) const noexcept {
    return data_.type_index != TypeIndex::kTVMFFINone;
  }
  /*! \brief Key of the value's type. */
  std::string GetTypeKey() const { return TypeIndexToTypeKey(data_.type_index); }

 protected:
  /*! \brief The owned value. */
  TVMFFIAny data_;

 private:
  TVM_FFI_INLINE void SetNone() noexcept {
    data_.type_index = TypeIndex::kTVMFFINone;
    data_.zero_padding = 0;
    data_.v_int64 = 0;
  }
  TVM_FFI_INLINE void Release() {
    if (data_.type_index >= TypeIndex::kTVMFFIStaticObjectBegin) {
      detail::ObjectUnsafe::DecRefObjectHandle(data_.v_obj);
    }
  }

  friend struct detail::AnyUnsafe;
};

static_assert(sizeof(Any) == sizeof(TVMFFIAny), "Any must match TVMFFIAny");
static_assert(__is_standard_layout(Any), "Any must have standard layout.");

// ------------------------------------------------------------------------------------------------
// Unsafe access
// ------------------------------------------------------------------------------------------------

namespace detail {

/*! \brief Conversions between Any and raw cells, for bindings and other headers. */
struct AnyUnsafe : public ObjectUnsafe {
  /*! \brief Hands the value over to the caller. */
  TVM_FFI_INLINE static TVMFFIAny MoveAnyToTVMFFIAny(Any&& any) {
    TVMFFIAny cell = any.data_;
    any.SetNone();
    return cell;
  }
  /*! \brief Adopts an owned cell, which is None afterwards. */
  TVM_FFI_INLINE static Any MoveTVMFFIAnyToAny(TVMFFIAny* data) {
    Any any;
    any.data_ = *data;
    data->type_index = TypeIndex::kTVMFFINone;
    data->zero_padding = 0;
    data->v_int64 = 0;
    return any;
  }
  /*! \brief Adopts an owned cell given by value. */
  TVM_FFI_INLINE static Any MoveTVMFFIAnyRawToAny(TVMFFIAny data) {
    Any any;
    any.data_ = data;
    return any;
  }

  template <typename T>
  TVM_FFI_INLINE static bool CheckAnyStrict(const Any& ref) {
    if constexpr (std::is_same_v<T, Any>) {
      return true;
    } else {
      return TypeTraits<T>::CheckAnyStrict(&ref.data_);
    }
  }
  template <typename T>
  TVM_FFI_INLINE static bool CheckAnyViewStrict(const AnyView& ref) {
    if constexpr (std::is_same_v<T, Any>) {
      return true;
    } else {
      return TypeTraits<T>::CheckAnyStrict(&ref.data_);
    }
  }

  template <typename T>
  TVM_FFI_INLINE static T CopyFromAnyViewAfterCheck(const Any& ref) {
    if constexpr (std::is_same_v<T, Any>) {
      return ref;
    } else {
      return TypeTraits<T>::CopyFromAnyViewAfterCheck(&ref.data_);
    }
  }
  template <typename T>
  TVM_FFI_INLINE static T MoveFromAnyAfterCheck(Any&& ref) {
    if constexpr (std::is_same_v<T, Any>) {
      return std::move(ref);
    } else {
      return TypeTraits<T>::MoveFromAnyAfterCheck(&ref.data_);
    }
  }

  /*! \brief The object in a value that holds one. */
  template <typename TObject = Object>
  TVM_FFI_INLINE static TObject* RawObjectPtrFromAnyAfterCheck(const Any& ref) {
    return RawObjectPtrFromUnowned<TObject>(ref.data_.v_obj);
  }
  template <typename TObject = Object>
  TVM_FFI_INLINE static TObject* RawObjectPtrFromAnyViewAfterCheck(const AnyView& ref) {
    return RawObjectPtrFromUnowned<TObject>(ref.data_.v_obj);
  }

  TVM_FFI_INLINE static const TVMFFIAny* TVMFFIAnyPtrFromAny(const Any& ref) { return &ref.data_; }
  /*! \brief What a failed conversion to T says about the value. */
  template <typename T>
  static std::string GetMismatchTypeInfo(const Any& ref) {
    return TypeTraits<T>::GetMismatchTypeInfo(&ref.data_);
  }
};

/*! \brief Replaces a view-only cell by an owned value; the part that allocates or can fail. */
TVM_FFI_NO_INLINE inline void OwnViewOnlyCell(TVMFFIAny* data) {
  if (data->type_index == TypeIndex::kTVMFFIRawStr) {
    TypeTraits<String>::MoveToAny(String(data->v_c_str), data);
  } else if (data->type_index == TypeIndex::kTVMFFIByteArrayPtr) {
    TypeTraits<Bytes>::MoveToAny(Bytes(*static_cast<TVMFFIByteArray*>(data->v_ptr)), data);
  } else if (data->type_index == TypeIndex::kTVMFFIObjectRValueRef) {
    Object** obj_addr = static_cast<Object**>(data->v_ptr);
    TVM_FFI_ICHECK(obj_addr[0] != nullptr) << "RValueRef already moved";
    TVMFFIObject* header = ObjectUnsafe::GetHeader(obj_addr[0]);
    obj_addr[0] = nullptr;
    StoreObject(header, data);
  }
}

TVM_FFI_INLINE void InplaceConvertAnyViewToAny(TVMFFIAny* data,
                                               [[maybe_unused]] size_t extra_any_bytes) {
  if (data->type_index >= TypeIndex::kTVMFFIStaticObjectBegin) {
    ObjectUnsafe::IncRefObjectHandle(data->v_obj);
  } else if (TVM_FFI_PREDICT_FALSE(data->type_index >= TypeIndex::kTVMFFIRawStr)) {
    OwnViewOnlyCell(data);
  }
}

/*! \brief Name of a type in signatures and messages. */
template <typename Type>
struct Type2Str {
  static std::string v() { return TypeTraitsNoCR<Type>::TypeStr(); }
};
template <>
struct Type2Str<Any> {
  static std::string v() { return "Any"; }
};
template <>
struct Type2Str<const Any&> : public Type2Str<Any> {};
template <>
struct Type2Str<Any&&> : public Type2Str<Any> {};
template <>
struct Type2Str<const Any> : public Type2Str<Any> {};
template <>
struct Type2Str<AnyView> {
  static std::string v() { return "AnyView"; }
};
template <>
struct Type2Str<const AnyView&> : public Type2Str<AnyView> {};
template <>
struct Type2Str<AnyView&&> : public Type2Str<AnyView> {};
template <>
struct Type2Str<const AnyView> : public Type2Str<AnyView> {};
template <>
struct Type2Str<void> {
  static std::string v() { return "void"; }
};

}  // namespace detail

// ------------------------------------------------------------------------------------------------
// Members declared in object.h
// ------------------------------------------------------------------------------------------------

namespace detail {

/*! \brief Reports why a reference is not a RefType. */
template <typename RefType>
[[noreturn]] void ThrowCannotTreatRef(const ObjectRef& ref) {
  TVMFFIAny cell = AnyView(ref).CopyToTVMFFIAny();
  ThrowCannotTreat(ref.defined() ? TypeTraits<RefType>::GetMismatchTypeInfo(&cell)
                                 : std::string(StaticTypeKey::kTVMFFINone),
                   TypeTraits<RefType>::TypeStr());
}

}  // namespace detail

template <typename RefType, std::enable_if_t<std::is_base_of_v<ObjectRef, RefType>, int>>
inline RefType ObjectRef::as_or_throw() const& {
  std::optional<RefType> opt = this->as<RefType>();
  if (TVM_FFI_PREDICT_FALSE(!opt.has_value())) detail::ThrowCannotTreatRef<RefType>(*this);
  return *std::move(opt);
}

template <typename RefType, std::enable_if_t<std::is_base_of_v<ObjectRef, RefType>, int>>
inline RefType ObjectRef::as_or_throw() && {
  std::optional<RefType> opt = std::move(*this).as<RefType>();
  if (TVM_FFI_PREDICT_FALSE(!opt.has_value())) detail::ThrowCannotTreatRef<RefType>(*this);
  return *std::move(opt);
}

// ------------------------------------------------------------------------------------------------
// uint64_t
// ------------------------------------------------------------------------------------------------

namespace detail {

[[noreturn]] TVM_FFI_COLD_CODE TVM_FFI_NO_INLINE inline void ThrowUInt64Overflow(uint64_t value) {
  TVM_FFI_THROW(OverflowError)
      << "Integer value " << value
      << " is too large to fit in int64_t. "
         "Consider explicitly casting to int64_t first if this is intentional.";
  TVM_FFI_UNREACHABLE();
}

}  // namespace detail

/*! \brief Unsigned 64-bit integers: a value that int64_t cannot hold is refused, not wrapped. */
template <>
struct TypeTraits<uint64_t> : public TypeTraitsIntBase<uint64_t> {
  TVM_FFI_INLINE static void CopyToAnyView(const uint64_t& src, TVMFFIAny* result) {
    if (TVM_FFI_PREDICT_FALSE(src > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))) {
      detail::ThrowUInt64Overflow(src);
    }
    TypeTraitsIntBase<uint64_t>::CopyInt64ToAnyView(static_cast<int64_t>(src), result);
  }
  TVM_FFI_INLINE static void MoveToAny(uint64_t src, TVMFFIAny* result) {
    CopyToAnyView(src, result);
  }
};

}  // namespace ffi

using ffi::Any;
using ffi::AnyView;

}  // namespace tvm

#include <tvm/ffi/any_hash_detail.h>  // needs the complete classes above

#endif  // TVM_FFI_ANY_H_
