// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/optional.h
 * \brief `Optional<T>`: a value or nothing, in the representation that crosses the ABI.
 *
 * \code{.cpp}
 * Optional<String> Find(int64_t id);
 * Optional<String> name = Find(3);
 * if (name.has_value()) Use(*name);
 * String shown = Find(4).value_or("unnamed");
 * \endcode
 *
 * Use it for fields, parameters and results of FFI functions; inside one library `std::optional`
 * does as well. The storage depends on `T` and is ABI (struct fields, exported signatures):
 *
 * | `T` | storage | nothing is |
 * |---|---|---|
 * | cannot live in `Any` | `std::optional<T>` | disengaged |
 * | can live in `Any` | one 16-byte `Any` | None |
 * | `ObjectRef` subclass | one pointer | null |
 * | `ObjectPtr<X>`, `Arc<X>` | is an `ObjectPtr<X>` | null |
 *
 * In the last three nothing but None/null marks emptiness, so an engaged `Optional` that holds a
 * null value is an empty one. `Optional` over an object reference is not itself an `ObjectRef`.
 */
#ifndef TVM_FFI_OPTIONAL_H_
#define TVM_FFI_OPTIONAL_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/string.h>

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace tvm {
namespace ffi {

/*! \brief Whether `T` is an `Optional`. */
template <typename T>
inline constexpr bool is_optional_type_v = false;

template <typename T>
inline constexpr bool is_optional_type_v<Optional<T>> = true;

/*! \brief Whether `Optional<T>` stores one pointer because `T` is an object reference. */
template <typename T>
inline constexpr bool use_object_ref_optional_v =
    std::is_base_of_v<ObjectRef, T> && !is_optional_type_v<T>;

/*! \brief Whether `T` is an `ObjectPtr`. */
template <typename T>
inline constexpr bool is_object_ptr_type_v = false;

template <typename T>
inline constexpr bool is_object_ptr_type_v<ObjectPtr<T>> = true;

/*! \brief Whether `T` is an `Arc`. */
template <typename T>
inline constexpr bool is_arc_type_v = false;

template <typename T>
inline constexpr bool is_arc_type_v<Arc<T>> = true;

/*! \brief Whether `Optional<T>` stores one object pointer. */
template <typename T>
inline constexpr bool use_object_ptr_optional_v =
    use_object_ref_optional_v<T> || is_object_ptr_type_v<T> || is_arc_type_v<T>;

#ifdef TVM_FFI_DOXYGEN_MODE
/*!
 * \brief A value or nothing; see the head of this file for the storage.
 *
 * This is what the specialisations for each storage have in common.
 */
template <typename T, typename = void>
class Optional {
 public:
  /*! \brief Nothing. */
  Optional();
  /*! \brief Nothing. */
  Optional(std::nullopt_t);
  /*! \brief A value; a null reference is nothing. */
  Optional(T value);
  /*! \brief What a standard optional holds. */
  Optional(std::optional<T> other);
  /*! \brief Whether there is a value. */
  bool has_value() const noexcept;
  /*! \brief Whether there is a value. */
  explicit operator bool() const noexcept;
  /*! \return The value. \throws RuntimeError when empty. */
  T value() const;
  /*! \return The value or, when empty, the default converted to `T`. */
  T value_or(T default_value) const;
  /*! \return The value; undefined when empty. */
  T operator*() const;
};
#endif

namespace detail {

/*! \brief How `Optional<T>` keeps its value; the head of this file lists the cases. */
enum class OptionalStorage { kStd, kAny, kObjectRef, kObjectPtr };

/*! \brief Chooses the storage; asks the traits only when `T` is not object-pointer like. */
template <typename T>
constexpr OptionalStorage GetOptionalStorage() {
  if constexpr (use_object_ref_optional_v<T>) {
    return OptionalStorage::kObjectRef;
  } else if constexpr (use_object_ptr_optional_v<T>) {
    return OptionalStorage::kObjectPtr;
  } else if constexpr (TypeTraits<T>::storage_enabled) {
    return OptionalStorage::kAny;
  } else {
    return OptionalStorage::kStd;
  }
}

template <typename T, OptionalStorage kStorage>
using EnableOptionalStorage = std::enable_if_t<GetOptionalStorage<T>() == kStorage>;

template <typename U>
inline constexpr bool is_std_optional_v = false;

template <typename U>
inline constexpr bool is_std_optional_v<std::optional<U>> = true;

/*! \brief Whether `Optional<T> == U` compares the held value with a plain value of type `U`. */
template <typename T, typename U>
inline constexpr bool is_optional_operand_v = std::is_same_v<T, U> ||
                                              (!is_optional_type_v<U> && !is_std_optional_v<U> &&
                                               !std::is_same_v<U, std::nullopt_t> &&
                                               !std::is_same_v<U, std::nullptr_t>);

template <typename T, typename U>
using EqualResult = decltype(std::declval<const T&>() == std::declval<const U&>());

template <typename T, typename U>
using NotEqualResult = decltype(std::declval<const T&>() != std::declval<const U&>());

[[noreturn]] TVM_FFI_NO_INLINE TVM_FFI_COLD_CODE inline void ThrowBackOptionalAccess() {
  TVM_FFI_THROW(RuntimeError) << "Back optional access";
  TVM_FFI_UNREACHABLE();
}

[[noreturn]] TVM_FFI_NO_INLINE TVM_FFI_COLD_CODE inline void ThrowBadOptionalAccess() {
  TVM_FFI_THROW(RuntimeError) << "Bad optional access";
  TVM_FFI_UNREACHABLE();
}

/*! \return Cell that borrows a possibly null object. */
inline AnyView ViewOfObjectPtr(const ObjectPtr<Object>& ptr) {
  TVMFFIAny cell;
  TypeTraits<ObjectPtr<Object>>::CopyToAnyView(ptr, &cell);
  return AnyView::CopyFromTVMFFIAny(cell);
}

/*! \brief Strict reinterpretation that takes the object on success and leaves it on failure. */
template <typename U>
U MoveObjectPtrAsOrThrow(ObjectPtr<Object>* ptr) {
  const AnyView view = ViewOfObjectPtr(*ptr);
  if (!AnyUnsafe::CheckAnyViewStrict<U>(view)) return view.as_or_throw<U>();
  return Any(std::move(*ptr)).as_or_throw<U>();
}

/*! \brief Conversion between an owning pointer type and the `ObjectPtr` that stores it. */
template <typename P>
struct OptionalObjectPtrTraits;

template <typename X>
struct OptionalObjectPtrTraits<ObjectPtr<X>> {
  using ContainerType = X;
  using StorageType = ObjectPtr<X>;
  static ObjectPtr<X> Copy(const StorageType& ptr) { return ptr; }
  static ObjectPtr<X> Move(StorageType&& ptr) { return std::move(ptr); }
};

template <typename X>
struct OptionalObjectPtrTraits<Arc<X>> {
  using ContainerType = X;
  using StorageType = ObjectPtr<X>;
  static Arc<X> Copy(const StorageType& ptr) {
    return ObjectUnsafe::ArcFromObjectPtr<X>(StorageType(ptr));
  }
  static Arc<X> Move(StorageType&& ptr) {
    return ObjectUnsafe::ArcFromObjectPtr<X>(std::move(ptr));
  }
};

}  // namespace detail

/*! \brief Optional over a type that cannot live in `Any`, such as `const char*` or a view. */
template <typename T>
class Optional<T, detail::EnableOptionalStorage<T, detail::OptionalStorage::kStd>> {
 public:
  Optional() = default;
  TVM_FFI_DEFINE_DEFAULT_COPY_MOVE_AND_ASSIGN(Optional);
  Optional(std::nullopt_t) {}                                    // NOLINT(*)
  Optional(T other) : data_(std::move(other)) {}                 // NOLINT(*)
  Optional(std::optional<T> other) : data_(std::move(other)) {}  // NOLINT(*)

  Optional& operator=(T other) {
    data_ = std::move(other);
    return *this;
  }
  Optional& operator=(std::nullopt_t) {
    data_ = std::nullopt;
    return *this;
  }

  /*! \return The value. \throws RuntimeError when empty. */
  const T& value() const& {
    if (!data_.has_value()) detail::ThrowBackOptionalAccess();
    return *data_;
  }
  T&& value() && {
    if (!data_.has_value()) detail::ThrowBackOptionalAccess();
    return *std::move(data_);
  }
  /*! \return The value or, when empty, the default converted to `T`. */
  template <typename U = std::remove_cv_t<T>>
  T value_or(U&& default_value) const {
    return data_.value_or(std::forward<U>(default_value));
  }
  /*! \return The value; undefined when empty. */
  const T& operator*() const& noexcept { return *data_; }
  T&& operator*() && noexcept { return *std::move(data_); }

  explicit operator bool() const noexcept { return data_.has_value(); }
  bool has_value() const noexcept { return data_.has_value(); }

  bool operator==(const Optional& other) const { return data_ == other.data_; }
  bool operator!=(const Optional& other) const { return data_ != other.data_; }
  template <typename U, typename = std::enable_if_t<!is_optional_type_v<U>>>
  auto operator==(const U& other) const -> decltype(std::declval<std::optional<T>>() == other) {
    return data_ == other;
  }
  template <typename U, typename = std::enable_if_t<!is_optional_type_v<U>>>
  auto operator!=(const U& other) const -> decltype(std::declval<std::optional<T>>() != other) {
    return data_ != other;
  }

 private:
  std::optional<T> data_;
};

/*! \brief Optional over a value that can live in `Any`: one cell, None when empty. */
template <typename T>
class Optional<T, detail::EnableOptionalStorage<T, detail::OptionalStorage::kAny>> {
  static_assert(!std::is_same_v<T, std::nullptr_t>, "Optional<nullptr_t> could never be engaged");

 public:
  Optional() = default;
  TVM_FFI_DEFINE_DEFAULT_COPY_MOVE_AND_ASSIGN(Optional);
  Optional(std::nullopt_t) {}                       // NOLINT(*)
  Optional(const T& other) : data_(other) {}        // NOLINT(*)
  Optional(T&& other) : data_(std::move(other)) {}  // NOLINT(*)
  Optional(std::optional<T> other) {                // NOLINT(*)
    if (other.has_value()) data_ = *std::move(other);
  }

  Optional& operator=(const T& other) {
    data_ = other;
    return *this;
  }
  Optional& operator=(T&& other) {
    data_ = std::move(other);
    return *this;
  }
  Optional& operator=(std::nullopt_t) {
    data_.reset();
    return *this;
  }
  Optional& operator=(std::nullptr_t) {
    data_.reset();
    return *this;
  }

  /*! \return The value. \throws RuntimeError when empty. */
  T value() const& {
    if (!has_value()) detail::ThrowBackOptionalAccess();
    return **this;
  }
  /*! \return The value; objects and strings are moved out, which empties the optional. */
  T value() && {
    if (!has_value()) detail::ThrowBackOptionalAccess();
    return *std::move(*this);
  }
  /*! \return The value or, when empty, the default converted to `T`. */
  template <typename U = std::remove_cv_t<T>>
  T value_or(U&& default_value) const {
    return has_value() ? **this : T(std::forward<U>(default_value));
  }
  /*! \return The value; undefined when empty. */
  T operator*() const& { return detail::AnyUnsafe::CopyFromAnyViewAfterCheck<T>(data_); }
  T operator*() && { return detail::AnyUnsafe::MoveFromAnyAfterCheck<T>(std::move(data_)); }

  explicit operator bool() const noexcept { return has_value(); }
  bool has_value() const noexcept { return data_ != nullptr; }

  /*! \brief Strict reinterpretation of the cell, see `Any::as`; empty counts as None. */
  template <typename U>
  auto as() const {
    return data_.template as<U>();
  }
  /*! \brief Like `as`. \throws TypeError when the cell holds something else. */
  template <typename U>
  U as_or_throw() const& {
    return data_.template as_or_throw<U>();
  }
  template <typename U>
  U as_or_throw() && {
    return std::move(data_).template as_or_throw<U>();
  }

  /*! \brief Identity: equal raw cells. */
  bool same_as(const Optional& other) const { return data_.same_as(other.data_); }
  template <typename U, typename = std::enable_if_t<std::is_base_of_v<ObjectRef, U>>>
  bool same_as(const U& other) const {
    return data_.same_as(static_cast<const ObjectRef&>(other));
  }

  bool operator==(std::nullopt_t) const noexcept { return !has_value(); }
  bool operator!=(std::nullopt_t) const noexcept { return has_value(); }
  bool operator==(std::nullptr_t) const noexcept { return !has_value(); }
  bool operator!=(std::nullptr_t) const noexcept { return has_value(); }

  template <typename V = T>
  auto operator==(const Optional& other) const -> detail::EqualResult<V, V> {
    using Result = detail::EqualResult<V, V>;
    // Equal bits first: a NaN equals itself here, and equal cells need no decoding.
    if (data_.same_as(other.data_)) return Result(true);
    if (!has_value() || !other.has_value()) return Result(false);
    return **this == *other;
  }
  template <typename V = T>
  auto operator!=(const Optional& other) const -> detail::NotEqualResult<V, V> {
    using Result = detail::NotEqualResult<V, V>;
    if (data_.same_as(other.data_)) return Result(false);
    if (!has_value() || !other.has_value()) return Result(true);
    return **this != *other;
  }
  template <typename V = T>
  auto operator==(const std::optional<T>& other) const -> detail::EqualResult<V, V> {
    using Result = detail::EqualResult<V, V>;
    if (!has_value() || !other.has_value()) return Result(has_value() == other.has_value());
    return **this == *other;
  }
  template <typename V = T>
  auto operator!=(const std::optional<T>& other) const -> detail::NotEqualResult<V, V> {
    using Result = detail::NotEqualResult<V, V>;
    if (!has_value() || !other.has_value()) return Result(has_value() != other.has_value());
    return **this != *other;
  }
  template <typename U, typename = std::enable_if_t<detail::is_optional_operand_v<T, U>>>
  auto operator==(const U& other) const -> detail::EqualResult<T, U> {
    using Result = detail::EqualResult<T, U>;
    return has_value() ? **this == other : Result(false);
  }
  template <typename U, typename = std::enable_if_t<detail::is_optional_operand_v<T, U>>>
  auto operator!=(const U& other) const -> detail::NotEqualResult<T, U> {
    using Result = detail::NotEqualResult<T, U>;
    return has_value() ? **this != other : Result(true);
  }

 private:
  template <typename, typename>
  friend struct TypeTraits;

  Any data_;
};

/*! \brief Optional over an object reference: one pointer, null when empty. */
template <typename T>
class Optional<T, detail::EnableOptionalStorage<T, detail::OptionalStorage::kObjectRef>> {
 public:
  using value_type = T;
  using ContainerType = typename T::ContainerType;

  Optional() = default;
  TVM_FFI_DEFINE_DEFAULT_COPY_MOVE_AND_ASSIGN(Optional);
  Optional(std::nullopt_t) {}  // NOLINT(*)
  Optional(std::nullptr_t) {}  // NOLINT(*)
  explicit Optional(UnsafeInit) {}
  Optional(T other)  // NOLINT(*)
      : data_(detail::ObjectUnsafe::ObjectPtrFromObjectRef<Object>(std::move(other))) {}
  Optional(std::optional<T> other) {  // NOLINT(*)
    if (other.has_value()) *this = *std::move(other);
  }

  Optional& operator=(T other) {
    data_ = detail::ObjectUnsafe::ObjectPtrFromObjectRef<Object>(std::move(other));
    return *this;
  }
  Optional& operator=(std::nullopt_t) {
    data_.reset();
    return *this;
  }
  Optional& operator=(std::nullptr_t) {
    data_.reset();
    return *this;
  }

  /*! \return The reference. \throws RuntimeError when empty. */
  T value() const& {
    if (!has_value()) detail::ThrowBackOptionalAccess();
    return **this;
  }
  /*! \return The reference, moved out. \throws RuntimeError when empty. */
  T value() && {
    if (!has_value()) detail::ThrowBackOptionalAccess();
    return *std::move(*this);
  }
  /*! \return The reference or, when empty, the default converted to `T`. */
  template <typename U = std::remove_cv_t<T>>
  T value_or(U&& default_value) const {
    return has_value() ? **this : T(std::forward<U>(default_value));
  }
  /*! \return The reference; undefined when empty. */
  T operator*() const& noexcept { return detail::ObjectUnsafe::ObjectRefFromObjectPtr<T>(data_); }
  T operator*() && noexcept {
    return detail::ObjectUnsafe::ObjectRefFromObjectPtr<T>(std::move(data_));
  }

  explicit operator bool() const noexcept { return has_value(); }
  bool has_value() const noexcept { return data_ != nullptr; }

  /*! \return The object, or null when empty. */
  const ContainerType* get() const { return static_cast<const ContainerType*>(data_.get()); }
  const ContainerType* operator->() const { return get(); }
  /*! \brief Reference count queries; see `ObjectPtr`. */
  bool unique() const { return data_.unique(); }
  int use_count() const { return data_.use_count(); }

  /*! \brief Strict reinterpretation, see `Any::as`; empty counts as None. */
  template <typename U>
  auto as() const {
    return detail::ViewOfObjectPtr(data_).template as<U>();
  }
  /*! \brief Like `as`. \throws TypeError when the object is something else. */
  template <typename U>
  U as_or_throw() const& {
    return detail::ViewOfObjectPtr(data_).template as_or_throw<U>();
  }
  template <typename U>
  U as_or_throw() && {
    return detail::MoveObjectPtrAsOrThrow<U>(&data_);
  }

  /*! \brief Identity of the objects. */
  bool same_as(const Optional& other) const { return data_ == other.data_; }
  bool same_as(const ObjectRef& other) const { return data_.get() == other.get(); }

  bool operator==(std::nullopt_t) const noexcept { return !has_value(); }
  bool operator!=(std::nullopt_t) const noexcept { return has_value(); }
  bool operator==(std::nullptr_t) const noexcept { return !has_value(); }
  bool operator!=(std::nullptr_t) const noexcept { return has_value(); }

  template <typename V = T>
  auto operator==(const Optional& other) const -> detail::EqualResult<V, V> {
    using Result = detail::EqualResult<V, V>;
    if (same_as(other)) return Result(true);
    if (!has_value() || !other.has_value()) return Result(false);
    return **this == *other;
  }
  template <typename V = T>
  auto operator!=(const Optional& other) const -> detail::NotEqualResult<V, V> {
    using Result = detail::NotEqualResult<V, V>;
    if (same_as(other)) return Result(false);
    if (!has_value() || !other.has_value()) return Result(true);
    return **this != *other;
  }
  template <typename V = T>
  auto operator==(const std::optional<T>& other) const -> detail::EqualResult<V, V> {
    return *this == Optional(other);
  }
  template <typename V = T>
  auto operator!=(const std::optional<T>& other) const -> detail::NotEqualResult<V, V> {
    return *this != Optional(other);
  }
  template <typename U, typename = std::enable_if_t<detail::is_optional_operand_v<T, U>>>
  auto operator==(const U& other) const -> detail::EqualResult<T, U> {
    using Result = detail::EqualResult<T, U>;
    if constexpr (std::is_base_of_v<ObjectRef, U>) {
      if (same_as(other)) return Result(true);
    }
    return has_value() ? **this == other : Result(false);
  }
  template <typename U, typename = std::enable_if_t<detail::is_optional_operand_v<T, U>>>
  auto operator!=(const U& other) const -> detail::NotEqualResult<T, U> {
    using Result = detail::NotEqualResult<T, U>;
    if constexpr (std::is_base_of_v<ObjectRef, U>) {
      if (same_as(other)) return Result(false);
    }
    return has_value() ? **this != other : Result(true);
  }

 private:
  template <typename, typename>
  friend struct TypeTraits;

  ObjectPtr<Object> data_;
};

/*! \brief Optional over `ObjectPtr<X>` or `Arc<X>`: itself a nullable `ObjectPtr<X>`. */
template <typename T>
class Optional<T, detail::EnableOptionalStorage<T, detail::OptionalStorage::kObjectPtr>>
    : public detail::OptionalObjectPtrTraits<T>::StorageType {
  using Traits = detail::OptionalObjectPtrTraits<T>;
  using StorageType = typename Traits::StorageType;

 public:
  using ContainerType = typename Traits::ContainerType;
  using StorageType::operator==;
  using StorageType::operator!=;

  Optional() = default;
  TVM_FFI_DEFINE_DEFAULT_COPY_MOVE_AND_ASSIGN(Optional);
  Optional(std::nullopt_t) {}                           // NOLINT(*)
  Optional(std::nullptr_t) {}                           // NOLINT(*)
  Optional(T other) : StorageType(std::move(other)) {}  // NOLINT(*)
  Optional(std::optional<T> other) {                    // NOLINT(*)
    if (other.has_value()) StorageType::operator=(*std::move(other));
  }

  Optional& operator=(T other) {
    StorageType::operator=(std::move(other));
    return *this;
  }
  Optional& operator=(std::nullopt_t) {
    this->reset();
    return *this;
  }
  Optional& operator=(std::nullptr_t) {
    this->reset();
    return *this;
  }

  /*! \return The pointer. \throws RuntimeError when empty. */
  T value() const& {
    if (!has_value()) detail::ThrowBadOptionalAccess();
    return **this;
  }
  /*! \return The pointer, moved out. \throws RuntimeError when empty. */
  T value() && {
    if (!has_value()) detail::ThrowBadOptionalAccess();
    return *std::move(*this);
  }
  /*! \return The pointer or, when empty, the default converted to `T`. */
  template <typename U = std::remove_cv_t<T>>
  T value_or(U&& default_value) const {
    return has_value() ? **this : T(std::forward<U>(default_value));
  }
  /*! \return The owning pointer (not the object); undefined when empty. */
  T operator*() const& noexcept { return Traits::Copy(*this); }
  T operator*() && noexcept { return Traits::Move(std::move(*this)); }

  bool has_value() const noexcept { return this->get() != nullptr; }

  /*! \brief Strict reinterpretation, see `Any::as`; empty counts as None. */
  template <typename U>
  auto as() const {
    return detail::ViewOfObjectPtr(*this).template as<U>();
  }
  /*! \brief Like `as`. \throws TypeError when the object is something else. */
  template <typename U>
  U as_or_throw() const& {
    return detail::ViewOfObjectPtr(*this).template as_or_throw<U>();
  }
  template <typename U>
  U as_or_throw() && {
    ObjectPtr<Object> ptr(*this);
    U result = detail::MoveObjectPtrAsOrThrow<U>(&ptr);
    this->reset();
    return result;
  }

  /*! \brief Identity of the objects. */
  bool same_as(const Optional& other) const { return this->get() == other.get(); }
  bool same_as(const T& other) const { return this->get() == other.get(); }

  bool operator==(std::nullopt_t) const noexcept { return !has_value(); }
  bool operator!=(std::nullopt_t) const noexcept { return has_value(); }
};

static_assert(sizeof(Optional<int64_t>) == sizeof(TVMFFIAny), "Optional over values is one cell");
static_assert(sizeof(Optional<String>) == sizeof(TVMFFIAny), "Optional over values is one cell");
static_assert(sizeof(Optional<ObjectRef>) == sizeof(void*), "Optional over refs is one pointer");
static_assert(sizeof(Optional<ObjectPtr<Object>>) == sizeof(void*), "Optional is the pointer");

template <typename T>
inline constexpr bool use_default_type_traits_v<Optional<T>> = false;

/*! \brief Optional: the bare value, or None. */
template <typename T>
struct TypeTraits<Optional<T>> : public TypeTraitsBase {
  static constexpr bool storage_enabled = TypeTraits<T>::storage_enabled;

  TVM_FFI_INLINE static void CopyToAnyView(const Optional<T>& src, TVMFFIAny* result) {
    if constexpr (kStorage == detail::OptionalStorage::kAny) {
      *result = *detail::AnyUnsafe::TVMFFIAnyPtrFromAny(src.data_);
    } else if constexpr (kStorage == detail::OptionalStorage::kObjectRef) {
      TypeTraits<ObjectPtr<Object>>::CopyToAnyView(src.data_, result);
    } else if constexpr (kStorage == detail::OptionalStorage::kObjectPtr) {
      TypeTraits<StoragePtr>::CopyToAnyView(src, result);
    } else if (src.has_value()) {
      TypeTraits<T>::CopyToAnyView(*src, result);
    } else {
      TypeTraits<std::nullptr_t>::CopyToAnyView(nullptr, result);
    }
  }

  TVM_FFI_INLINE static void MoveToAny(Optional<T> src, TVMFFIAny* result) {
    if constexpr (kStorage == detail::OptionalStorage::kAny) {
      *result = detail::AnyUnsafe::MoveAnyToTVMFFIAny(std::move(src.data_));
    } else if constexpr (kStorage == detail::OptionalStorage::kObjectRef) {
      TypeTraits<ObjectPtr<Object>>::MoveToAny(std::move(src.data_), result);
    } else if constexpr (kStorage == detail::OptionalStorage::kObjectPtr) {
      TypeTraits<StoragePtr>::MoveToAny(std::move(src), result);
    } else if (src.has_value()) {
      TypeTraits<T>::MoveToAny(*std::move(src), result);
    } else {
      TypeTraits<std::nullptr_t>::CopyToAnyView(nullptr, result);
    }
  }

  TVM_FFI_INLINE static bool CheckAnyStrict(const TVMFFIAny* src) {
    return src->type_index == TypeIndex::kTVMFFINone || TypeTraits<T>::CheckAnyStrict(src);
  }

  TVM_FFI_INLINE static Optional<T> CopyFromAnyViewAfterCheck(const TVMFFIAny* src) {
    if (src->type_index == TypeIndex::kTVMFFINone) return Optional<T>(std::nullopt);
    return Optional<T>(TypeTraits<T>::CopyFromAnyViewAfterCheck(src));
  }

  TVM_FFI_INLINE static Optional<T> MoveFromAnyAfterCheck(TVMFFIAny* src) {
    if (src->type_index == TypeIndex::kTVMFFINone) return Optional<T>(std::nullopt);
    return Optional<T>(TypeTraits<T>::MoveFromAnyAfterCheck(src));
  }

  TVM_FFI_INLINE static std::optional<Optional<T>> TryCastFromAnyView(const TVMFFIAny* src) {
    if (src->type_index == TypeIndex::kTVMFFINone) return Optional<T>(std::nullopt);
    if (std::optional<T> value = TypeTraits<T>::TryCastFromAnyView(src)) {
      return Optional<T>(*std::move(value));
    }
    return std::nullopt;
  }

  TVM_FFI_INLINE static std::string GetMismatchTypeInfo(const TVMFFIAny* src) {
    return TypeTraits<T>::GetMismatchTypeInfo(src);
  }

  TVM_FFI_INLINE static std::string TypeStr() {
    return "Optional<" + detail::Type2Str<T>::v() + ">";
  }
  TVM_FFI_INLINE static std::string TypeSchema() {
    return R"({"type":"Optional","args":[)" + detail::TypeSchema<T>::v() + "]}";
  }

 private:
  static constexpr detail::OptionalStorage kStorage = detail::GetOptionalStorage<T>();
  // Only looked into for pointer-like T, where Optional<T> is this pointer.
  template <typename P, typename = void>
  struct StoragePtrOf {
    using type = void;
  };
  template <typename P>
  struct StoragePtrOf<P, std::enable_if_t<is_object_ptr_type_v<P> || is_arc_type_v<P>>> {
    using type = typename detail::OptionalObjectPtrTraits<P>::StorageType;
  };
  using StoragePtr = typename StoragePtrOf<T>::type;
};

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_OPTIONAL_H_
