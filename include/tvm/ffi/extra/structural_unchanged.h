// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/extra/structural_unchanged.h
 * \brief `UnchangedOr<T>`: what a mutation answers. Included by structural_mutate.h.
 *
 * The marker says "keep what you have" and so saves comparing and copying. It is not None, which is
 * an ordinary value.
 *
 * \code
 *   UnchangedOr<Any> Rename(const String& name) {
 *     if (name == "old") return Any(String("new"));
 *     return Unchanged();
 *   }
 * \endcode
 */
#ifndef TVM_FFI_EXTRA_STRUCTURAL_UNCHANGED_H_
#define TVM_FFI_EXTRA_STRUCTURAL_UNCHANGED_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/expected.h>
#include <tvm/ffi/type_traits.h>

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace tvm {
namespace ffi {

template <typename T>
class UnchangedOr;

/*! \brief The marker. */
struct Unchanged {
  /*! \brief The marker as a cell. */
  TVMFFIAny CopyToTVMFFIAny() const noexcept {
    TVMFFIAny cell;
    cell.type_index = kTVMFFIUnchanged;
    cell.zero_padding = 0;
    cell.v_int64 = 0;
    return cell;
  }
  /*! \brief The marker as a value. */
  operator Any() const noexcept {  // NOLINT(*)
    return detail::AnyUnsafe::MoveTVMFFIAnyRawToAny(CopyToTVMFFIAny());
  }
};

namespace detail {

template <typename T>
inline constexpr bool is_unchanged_or_v = false;
template <typename T>
inline constexpr bool is_unchanged_or_v<UnchangedOr<T>> = true;

struct UnchangedOrUnsafe;

/*! \brief Whether a plain U is accepted as the value of an `UnchangedOr<T>`. */
template <typename T, typename U>
inline constexpr bool is_unchanged_or_value_v =
    !std::is_same_v<std::decay_t<U>, Unchanged> && !is_unchanged_or_v<std::decay_t<U>> &&
    !is_expected_v<std::decay_t<U>> && !is_unexpected_v<std::decay_t<U>> &&
    !std::is_base_of_v<Error, std::decay_t<U>> && std::is_convertible_v<U, T>;

/*! \brief Whether `UnchangedOr<U>` is accepted where `UnchangedOr<T>` is wanted. */
template <typename T, typename U>
inline constexpr bool is_unchanged_or_convertible_v =
    !std::is_same_v<T, U> && (type_subsumes_v<T, U> || std::is_convertible_v<U, T>);

}  // namespace detail

/*! \brief A value or the marker, in one cell. */
template <typename T>
class UnchangedOr {
  static_assert(!std::is_same_v<std::remove_cv_t<T>, Error>,
                "UnchangedOr<Error> could not tell a value from a failure");

 public:
  /*! \brief Nothing to replace. */
  UnchangedOr(Unchanged marker) noexcept : data_(static_cast<Any>(marker)) {}  // NOLINT(*)
  /*! \brief The value to replace with. */
  UnchangedOr(T value) : data_(std::move(value)) {}  // NOLINT(*)
  template <typename U, typename = std::enable_if_t<detail::is_unchanged_or_value_v<T, U>>>
  UnchangedOr(U&& value) : data_(T(std::forward<U>(value))) {}  // NOLINT(*)
  /*! \brief Carries over the marker, or the value converted to T. */
  template <typename U, typename = std::enable_if_t<detail::is_unchanged_or_convertible_v<T, U>>>
  UnchangedOr(UnchangedOr<U> other) : data_(Convert(std::move(other))) {}  // NOLINT(*)

  /*! \brief Whether this is the marker. */
  bool IsUnchanged() const& noexcept { return data_.type_index() == kTVMFFIUnchanged; }
  /*! \brief Whether there is nothing to replace: the marker, or the same object or bits. */
  bool UnchangedOrSameAs(const T& original) const& noexcept {
    return IsUnchanged() || data_.same_as(Any(original));
  }

  /*! \brief The value, or the original in place of the marker. */
  T ValueOrUnchanged(const T& original) && {
    return IsUnchanged() ? original : std::move(*this).ValueUnchecked();
  }
  T ValueOrUnchanged(T&& original) && {
    return IsUnchanged() ? std::move(original) : std::move(*this).ValueUnchecked();
  }
  template <typename X = T, typename = std::enable_if_t<std::is_same_v<X, Any>>>
  Any ValueOrUnchanged(AnyView original) && {
    return IsUnchanged() ? Any(original) : std::move(data_);
  }
  /*! \brief The value; there must be one. */
  T ValueUnchecked() && {
    if constexpr (std::is_same_v<T, Any>) {
      return std::move(data_);
    } else {
      return detail::AnyUnsafe::MoveFromAnyAfterCheck<T>(std::move(data_));
    }
  }

  /*! \brief The value if it is a U, without conversion. */
  template <typename U>
  std::optional<U> as() && {
    return std::move(data_).template as<U>();
  }
  /*! \brief The value as a U, without conversion; throws TypeError when it is none. */
  template <typename U>
  U as_or_throw() && {
    return std::move(data_).template as_or_throw<U>();
  }

 private:
  template <typename>
  friend class UnchangedOr;
  friend struct detail::UnchangedOrUnsafe;
  friend struct TypeTraits<UnchangedOr<T>>;
  struct Adopt {};

  UnchangedOr(Adopt, Any data) : data_(std::move(data)) {}

  template <typename U>
  static Any Convert(UnchangedOr<U>&& other) {
    if constexpr (type_subsumes_v<T, U>) {
      return std::move(other.data_);
    } else {
      if (other.IsUnchanged()) return std::move(other.data_);
      return Any(T(std::move(other).ValueUnchecked()));
    }
  }

  Any data_;
};

static_assert(sizeof(UnchangedOr<Any>) == sizeof(TVMFFIAny), "results of mutations are one cell");

template <typename T, typename U>
inline constexpr bool type_subsumes_v<UnchangedOr<T>, UnchangedOr<U>, void> = type_subsumes_v<T, U>;

namespace detail {

/*! \brief Raw access to the cell, for call adapters. */
struct UnchangedOrUnsafe {
  /*! \brief Adopts an owned cell without a check. */
  template <typename T>
  static UnchangedOr<T> MoveFromTVMFFIAny(TVMFFIAny raw) {
    return UnchangedOr<T>(typename UnchangedOr<T>::Adopt{}, AnyUnsafe::MoveTVMFFIAnyRawToAny(raw));
  }
  /*! \brief Releases the cell to the caller. */
  template <typename T>
  static TVMFFIAny MoveToTVMFFIAny(UnchangedOr<T>&& value) {
    return AnyUnsafe::MoveAnyToTVMFFIAny(std::move(value.data_));
  }
};

}  // namespace detail

template <typename T>
inline constexpr bool use_default_type_traits_v<UnchangedOr<T>> = false;

/*! \brief The bare value or the marker; there is no conversion from other values. */
template <typename T>
struct TypeTraits<UnchangedOr<T>> : public TypeTraitsBase {
  static void CopyToAnyView(const UnchangedOr<T>& src, TVMFFIAny* result) {
    *result = AnyView(src.data_).CopyToTVMFFIAny();
  }
  static void MoveToAny(UnchangedOr<T> src, TVMFFIAny* result) {
    *result = detail::UnchangedOrUnsafe::MoveToTVMFFIAny(std::move(src));
  }
  static bool CheckAnyStrict(const TVMFFIAny* src) {
    if constexpr (std::is_same_v<T, Any>) {
      return src->type_index != kTVMFFIError;
    } else {
      return src->type_index == kTVMFFIUnchanged || TypeTraits<T>::CheckAnyStrict(src);
    }
  }
  static UnchangedOr<T> CopyFromAnyViewAfterCheck(const TVMFFIAny* src) {
    return detail::UnchangedOrUnsafe::MoveFromTVMFFIAny<T>(
        detail::AnyUnsafe::MoveAnyToTVMFFIAny(Any(AnyView::CopyFromTVMFFIAny(*src))));
  }
  static UnchangedOr<T> MoveFromAnyAfterCheck(TVMFFIAny* src) {
    return detail::UnchangedOrUnsafe::MoveFromTVMFFIAny<T>(
        detail::AnyUnsafe::MoveAnyToTVMFFIAny(detail::AnyUnsafe::MoveTVMFFIAnyToAny(src)));
  }
  static std::string TypeStr() { return "UnchangedOr<" + detail::Type2Str<T>::v() + ">"; }
  static std::string TypeSchema() {
    return R"({"type":"UnchangedOr","args":[)" + detail::TypeSchema<T>::v() + "]}";
  }
};

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_EXTRA_STRUCTURAL_UNCHANGED_H_
