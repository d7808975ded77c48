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
 * Also here: AnyHash and AnyEqual, the hash and equality of map keys. Both are shared between
 * binaries through containers.
 */
#ifndef TVM_FFI_ANY_H_
#define TVM_FFI_ANY_H_

#include <tvm/ffi/c_api.h>
#include <tvm/ffi/string.h>
#include <tvm/ffi/type_traits.h>

#include <atomic>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

namespace tvm {
namespace ffi {

class AnyView;
class FunctionObj;

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
}

[[noreturn]] TVM_FFI_COLD_CODE TVM_FFI_NO_INLINE inline void ThrowCannotTreat(
    const std::string& source, const std::string& target) {
  TVM_FFI_THROW(TypeError) << "Cannot treat type `" << source << "` as type `" << target << "`";
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
  TVM_FFI_INLINE void swap(AnyView& other) noexcept { std::swap(data_, other.data_); }
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
  TVMFFIAny data_;

  friend class Any;
  friend struct detail::AnyUnsafe;
};

static_assert(sizeof(AnyView) == sizeof(TVMFFIAny), "AnyView must match TVMFFIAny");
static_assert(std::is_trivially_copyable_v<AnyView>, "AnyView must be trivially copyable.");
static_assert(std::is_standard_layout_v<AnyView>, "AnyView must have standard layout.");

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
  TVM_FFI_INLINE void swap(Any& other) noexcept { std::swap(data_, other.data_); }
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
static_assert(std::is_standard_layout_v<Any>, "Any must have standard layout.");

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
    std::swap(any.data_, *data);
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
    StoreObject(ObjectUnsafe::GetHeader(std::exchange(obj_addr[0], nullptr)), data);
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

// ------------------------------------------------------------------------------------------------
// Hash and equality
// ------------------------------------------------------------------------------------------------

namespace detail {

// A 0.1.14 hook returns a plain integer or bool in the register that holds index and padding of a
// 0.1.15 result. Where both results come back in the same two registers one call serves both.
#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(_WIN32)
#define TVM_FFI_INSPECT_NATIVE_HOOKS_ 1
#else
#define TVM_FFI_INSPECT_NATIVE_HOOKS_ 0
#endif

/*!
 * \brief Native hooks that have shown themselves to be of the old generation.
 *
 * Needed because an old hash that looks like a new result's first word cannot be told apart in one
 * call. The set only ever grows and is a cache: a full bucket is no error, such a hook is inspected
 * at every call.
 */
class LegacyHookSet {
 public:
  bool Contains(void* hook) const {
    for (size_t i = 0; i < kProbes; ++i) {
      void* seen = slots_[Slot(hook, i)].load(std::memory_order_relaxed);
      if (seen == hook) return true;
      if (seen == nullptr) return false;
    }
    return false;
  }
  void Insert(void* hook) {
    for (size_t i = 0; i < kProbes; ++i) {
      void* expected = nullptr;
      std::atomic<void*>& slot = slots_[Slot(hook, i)];
      if (slot.compare_exchange_strong(expected, hook, std::memory_order_relaxed) ||
          expected == hook) {
        return;
      }
    }
  }

 private:
  static constexpr size_t kSlots = 256;
  static constexpr size_t kProbes = 8;

  static size_t Slot(void* hook, size_t probe) {
    return ((reinterpret_cast<uintptr_t>(hook) >> 4) + probe) % kSlots;
  }

  std::atomic<void*> slots_[kSlots] = {};
};

/*! \brief Columns of the two hooks and the old hooks met so far; one instance per binary. */
struct AnyHookColumns {
  const TVMFFITypeAttrColumn* hash;
  const TVMFFITypeAttrColumn* equal;
  LegacyHookSet legacy;

  TVM_FFI_BINARY_LOCAL static AnyHookColumns& Get() {
    static AnyHookColumns columns;
    return columns;
  }

  /*! \brief The entry of a type, nullptr when it has none. */
  static const TVMFFIAny* Find(const TVMFFITypeAttrColumn* column, int32_t type_index) {
    if (column == nullptr) return nullptr;
    const int64_t offset = static_cast<int64_t>(type_index) - column->begin_index;
    if (offset < 0 || offset >= static_cast<int64_t>(column->size)) return nullptr;
    const TVMFFIAny* entry = reinterpret_cast<const TVMFFIAny*>(column->data) + offset;
    return entry->type_index == TypeIndex::kTVMFFINone ? nullptr : entry;
  }

 private:
  AnyHookColumns() : hash(Lookup("__any_hash__", 12)), equal(Lookup("__any_equal__", 13)) {}

  static const TVMFFITypeAttrColumn* Lookup(const char* name, size_t size) {
    TVMFFIByteArray key{name, size};
    return TVMFFIGetTypeAttrColumn(&key);
  }
};

/*! \brief First register of a hook's result: index and padding of a new one, the whole value of an
 * old one. */
TVM_FFI_INLINE uint64_t FirstWord(const TVMFFIAny& cell) {
  uint64_t word;
  std::memcpy(&word, &cell, sizeof(word));
  return word;
}

/*! \brief Throws the owned error that a new hook returned. */
[[noreturn]] TVM_FFI_COLD_CODE TVM_FFI_NO_INLINE inline void ThrowHookError(
    const TVMFFIAny& result) {
  Any error = AnyUnsafe::MoveTVMFFIAnyRawToAny(result);
  TVM_FFI_ICHECK_EQ(error.type_index(), TypeIndex::kTVMFFIError);
  throw AnyUnsafe::MoveFromAnyAfterCheck<Error>(std::move(error));
}

/*! \brief Whether a new-style result's first word is {index, padding 0}. */
TVM_FFI_INLINE bool IsNewHookResult(const TVMFFIAny& result, int32_t type_index) {
  return result.type_index == type_index && result.zero_padding == 0;
}

/*! \brief Calls a native `__any_hash__` hook of either generation. */
inline int64_t CallNativeAnyHash(void* hook, const Any& value) {
  using FAnyHash = TVMFFIAny (*)(const Any&);  // not noexcept: old hooks may throw
  FAnyHash hash_func = reinterpret_cast<FAnyHash>(hook);
  TVM_FFI_CHECK_NOTNULL(hash_func, InternalError);
#if TVM_FFI_INSPECT_NATIVE_HOOKS_
  LegacyHookSet& legacy = AnyHookColumns::Get().legacy;
  if (TVM_FFI_PREDICT_FALSE(legacy.Contains(hook))) {
    using FLegacyAnyHash = int64_t (*)(const Any&);
    return reinterpret_cast<FLegacyAnyHash>(hook)(value);
  }
#endif
  TVMFFIAny result = hash_func(value);
  if (TVM_FFI_PREDICT_TRUE(IsNewHookResult(result, TypeIndex::kTVMFFIInt))) return result.v_int64;
#if TVM_FFI_INSPECT_NATIVE_HOOKS_
  if (!IsNewHookResult(result, TypeIndex::kTVMFFIError)) {
    legacy.Insert(hook);
    return static_cast<int64_t>(FirstWord(result));
  }
#endif
  ThrowHookError(result);
}

/*! \brief Calls a native `__any_equal__` hook of either generation. */
inline bool CallNativeAnyEqual(void* hook, const Any& lhs, const Any& rhs) {
  using FAnyEqual = TVMFFIAny (*)(const Any&, const Any&);
  FAnyEqual equal_func = reinterpret_cast<FAnyEqual>(hook);
  TVM_FFI_CHECK_NOTNULL(equal_func, InternalError);
  // Unlike a hash, an old answer can never be mistaken for a new one, so nothing is remembered.
  TVMFFIAny result = equal_func(lhs, rhs);
  if (TVM_FFI_PREDICT_TRUE(IsNewHookResult(result, TypeIndex::kTVMFFIBool))) {
    return result.v_int64 != 0;
  }
#if TVM_FFI_INSPECT_NATIVE_HOOKS_
  // Only the low byte of an old result is defined.
  const uint8_t low_byte = static_cast<uint8_t>(FirstWord(result) & 0xff);
  if (low_byte <= 1) return low_byte != 0;
#endif
  ThrowHookError(result);
}

/*! \brief Calls the function object of a hook with borrowed arguments. */
TVM_FFI_NO_INLINE inline Any CallAnyHookFunction(const TVMFFIAny& entry, const AnyView* args,
                                                 int32_t num_args) {
  TVM_FFI_ICHECK_EQ(entry.type_index, TypeIndex::kTVMFFIFunction);
  const TVMFFIFunctionCell* cell = TVMFFIFunctionGetCellPtr(entry.v_obj);
  Any result_any;
  if (cell->cpp_call != nullptr) {
    using FCall = void (*)(const FunctionObj*, const AnyView*, int32_t, Any*);
    reinterpret_cast<FCall>(cell->cpp_call)(reinterpret_cast<const FunctionObj*>(entry.v_obj), args,
                                            num_args, &result_any);
  } else if (cell->safe_call(entry.v_obj, reinterpret_cast<const TVMFFIAny*>(args), num_args,
                             reinterpret_cast<TVMFFIAny*>(&result_any)) != 0) {
    ThrowSafeCallRaised();
  }
  return result_any;
}

TVM_FFI_NO_INLINE inline uint64_t CallAnyHashHook(const TVMFFIAny& entry, const Any& value) {
  if (entry.type_index == TypeIndex::kTVMFFIOpaquePtr) {
    return static_cast<uint64_t>(CallNativeAnyHash(entry.v_ptr, value));
  }
  AnyView args[] = {AnyView(value)};
  Any result_any = CallAnyHookFunction(entry, args, 1);
  TVM_FFI_ICHECK_EQ(result_any.type_index(), TypeIndex::kTVMFFIInt);
  return static_cast<uint64_t>(AnyUnsafe::TVMFFIAnyPtrFromAny(result_any)->v_int64);
}

TVM_FFI_NO_INLINE inline bool CallAnyEqualHook(const TVMFFIAny& entry, const Any& lhs,
                                               const Any& rhs) {
  if (entry.type_index == TypeIndex::kTVMFFIOpaquePtr) {
    return CallNativeAnyEqual(entry.v_ptr, lhs, rhs);
  }
  AnyView args[] = {AnyView(lhs), AnyView(rhs)};
  Any result_any = CallAnyHookFunction(entry, args, 2);
  TVM_FFI_ICHECK(result_any.type_index() == TypeIndex::kTVMFFIBool);
  return AnyUnsafe::TVMFFIAnyPtrFromAny(result_any)->v_int64 != 0;
}

/*! \brief Content of a string or bytes cell of either storage form. */
TVM_FFI_INLINE TVMFFIByteArray StrCellContent(const TVMFFIAny* cell) {
  return cell->type_index < TypeIndex::kTVMFFIStaticObjectBegin
             ? TVMFFISmallBytesGetContentByteArray(cell)
             : *TVMFFIBytesGetByteArrayPtr(cell->v_obj);
}

/*! \brief Hash of an object, a heap string or heap bytes. */
TVM_FFI_BINARY_LOCAL inline uint64_t HashObjectCell(const TVMFFIAny* cell, const Any& value) {
  const int32_t index = cell->type_index;
  if (index == TypeIndex::kTVMFFIStr || index == TypeIndex::kTVMFFIBytes) {
    const TVMFFIByteArray* content = TVMFFIBytesGetByteArrayPtr(cell->v_obj);
    return StableHashCombine(static_cast<uint64_t>(index),
                             StableHashBytes(content->data, content->size));
  }
  if (const TVMFFIAny* entry = AnyHookColumns::Find(AnyHookColumns::Get().hash, index)) {
    return StableHashCombine(static_cast<uint64_t>(index), CallAnyHashHook(*entry, value));
  }
  return StableHashCombine(static_cast<uint64_t>(index), cell->v_uint64);
}

/*! \brief Equality of two cells whose bits differ and whose indices are `lhs_index`, `rhs_index`.
 */
TVM_FFI_BINARY_LOCAL inline bool EqualDifferentCells(const TVMFFIAny* lhs, const TVMFFIAny* rhs,
                                                     const Any& lhs_any, const Any& rhs_any) {
  // Small and heap forms of a string are one kind, as are those of bytes.
  const auto kind_of = [](int32_t index) -> int32_t {
    if (index == TypeIndex::kTVMFFISmallStr) return TypeIndex::kTVMFFIStr;
    if (index == TypeIndex::kTVMFFISmallBytes) return TypeIndex::kTVMFFIBytes;
    return index;
  };
  const int32_t kind = kind_of(lhs->type_index);
  if (kind != kind_of(rhs->type_index)) return false;
  if (kind == TypeIndex::kTVMFFIStr || kind == TypeIndex::kTVMFFIBytes) {
    const TVMFFIByteArray a = StrCellContent(lhs);
    const TVMFFIByteArray b = StrCellContent(rhs);
    return a.size == b.size && std::memcmp(a.data, b.data, a.size) == 0;
  }
  if (kind < TypeIndex::kTVMFFIStaticObjectBegin) return false;
  if (const TVMFFIAny* entry = AnyHookColumns::Find(AnyHookColumns::Get().equal, kind)) {
    return CallAnyEqualHook(*entry, lhs_any, rhs_any);
  }
  return false;
}

}  // namespace detail

/*!
 * \brief Stable hash of a value: strings by content, objects by identity unless their type has an
 *        `__any_hash__` hook, everything else by its bits.
 *
 * Always inlined: it knows the hooks of earlier releases, which copies in other binaries do not.
 */
struct AnyHash {
  TVM_FFI_INLINE uint64_t operator()(const Any& src) const {
    const TVMFFIAny* cell = detail::AnyUnsafe::TVMFFIAnyPtrFromAny(src);
    const int32_t index = cell->type_index;
    if (index >= TypeIndex::kTVMFFIStaticObjectBegin) return detail::HashObjectCell(cell, src);
    if (index == TypeIndex::kTVMFFISmallStr) {
      return detail::StableHashCombine(static_cast<uint64_t>(TypeIndex::kTVMFFIStr),
                                       detail::StableHashSmallStrBytes(cell));
    }
    if (index == TypeIndex::kTVMFFISmallBytes) {
      return detail::StableHashCombine(static_cast<uint64_t>(TypeIndex::kTVMFFIBytes),
                                       detail::StableHashSmallStrBytes(cell));
    }
    return detail::StableHashCombine(static_cast<uint64_t>(index), cell->v_uint64);
  }
};

/*!
 * \brief Equality that goes with AnyHash; no numeric conversion, so 1, 1.0 and true are three keys.
 */
struct AnyEqual {
  TVM_FFI_INLINE bool operator()(const Any& lhs, const Any& rhs) const {
    const TVMFFIAny* a = detail::AnyUnsafe::TVMFFIAnyPtrFromAny(lhs);
    const TVMFFIAny* b = detail::AnyUnsafe::TVMFFIAnyPtrFromAny(rhs);
    if (a->type_index == b->type_index && a->zero_padding == b->zero_padding &&
        a->v_int64 == b->v_int64) {
      return true;
    }
    // Two cells that are neither strings nor objects are equal only bit by bit.
    if (a->type_index < TypeIndex::kTVMFFISmallStr || b->type_index < TypeIndex::kTVMFFISmallStr) {
      return false;
    }
    return detail::EqualDifferentCells(a, b, lhs, rhs);
  }
};

}  // namespace ffi

using ffi::Any;
using ffi::AnyView;

}  // namespace tvm
#endif  // TVM_FFI_ANY_H_
