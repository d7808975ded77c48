// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/expected.h
 * \brief `Expected<T>`: a value or an `Error`, for code that reports failure without throwing.
 *
 * \code{.cpp}
 * Expected<int64_t> ParsePort(const String& text) {
 *   TVM_FFI_RET_CHECK(!text.empty(), ValueError) << "a port number is needed";
 *   ...
 *   return port;
 * }
 * Expected<int64_t> port = ParsePort(text);
 * if (port.is_err()) Log(port.error().message());
 * int64_t value = port.value();   // throws the contained error
 * \endcode
 *
 * Stored as one `Any`: an `ffi.Error` object is failure, anything else success. So an
 * `Expected<ObjectRef>` made from a value that happens to be an `Error` is a failure, and a
 * function that returns an `Expected` hands its error to callers as a plain value;
 * `Function::CallExpected` turns it back into a failure.
 */
#ifndef TVM_FFI_EXPECTED_H_
#define TVM_FFI_EXPECTED_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/error.h>

#include <ios>
#include <memory>
#include <optional>
#include <ostream>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>

namespace tvm {
namespace ffi {

template <typename T>
class Expected;

/*! \brief Wrapper that says "this error is the failure" when an `Expected` is built from it. */
template <typename E = Error>
class Unexpected {
  static_assert(std::is_base_of_v<Error, std::remove_cv_t<E>>, "Unexpected must hold an Error");

 public:
  /*! \brief The failure `error`. */
  explicit Unexpected(E error) : error_(std::move(error)) {}
  TVM_FFI_DEFINE_DEFAULT_COPY_MOVE_AND_ASSIGN(Unexpected);

  /*! \brief The error. */
  const E& error() const& noexcept { return error_; }
  E& error() & noexcept { return error_; }
  const E&& error() const&& noexcept { return std::move(error_); }
  E&& error() && noexcept { return std::move(error_); }

 private:
  E error_;
};

/*! \brief A failure of the argument's own type. */
template <typename E>
Unexpected(E) -> Unexpected<E>;

namespace detail {

template <typename T>
inline constexpr bool is_expected_v = false;

template <typename T>
inline constexpr bool is_expected_v<Expected<T>> = true;

template <typename T>
inline constexpr bool is_unexpected_v = false;

template <typename E>
inline constexpr bool is_unexpected_v<Unexpected<E>> = true;

/*! \brief Whether a plain `U` is accepted as the success value of an `Expected<T>`. */
template <typename T, typename U>
inline constexpr bool is_expected_value_v =
    !is_expected_v<std::decay_t<U>> && !is_unexpected_v<std::decay_t<U>> &&
    !std::is_base_of_v<Error, std::decay_t<U>> && std::is_convertible_v<U, T>;

/*! \brief Whether `Expected<U>` is accepted where `Expected<T>` is wanted. */
template <typename T, typename U>
constexpr bool IsExpectedConvertible() {
  if constexpr (std::is_void_v<U> || std::is_same_v<T, U>) {
    return false;
  } else {
    return type_subsumes_v<T, U> || std::is_convertible_v<U, T>;
  }
}

/*! \brief Whether `Expected::as_or_error<U>` may re-type to `U`. */
template <typename U>
constexpr bool IsExpectedTarget() {
  if constexpr (std::is_same_v<U, Any>) {
    return true;
  } else if constexpr (!std::is_same_v<U, std::remove_cv_t<std::remove_reference_t<U>>> ||
                       std::is_base_of_v<Error, U>) {
    return false;
  } else {
    return TypeTraits<U>::storage_enabled;
  }
}

struct ExpectedUnsafe;

/*! \brief The cell and the queries that do not depend on the value type. */
class ExpectedBase {
 public:
  /*! \return Type index of the stored value or error. */
  int32_t type_index() const noexcept { return data_.type_index(); }
  bool is_ok() const noexcept { return type_index() != TypeIndex::kTVMFFIError; }
  bool is_err() const noexcept { return type_index() == TypeIndex::kTVMFFIError; }
  bool has_value() const noexcept { return is_ok(); }

  /*! \return The error. \throws RuntimeError when there is a value instead. */
  Error error() const& {
    if (is_ok()) ThrowNoError();
    return AnyUnsafe::CopyFromAnyViewAfterCheck<Error>(data_);
  }
  Error error() && {
    if (is_ok()) ThrowNoError();
    return AnyUnsafe::MoveFromAnyAfterCheck<Error>(std::move(data_));
  }

 protected:
  // Selects the constructors that take a cell as it is.
  struct Adopt {};

  explicit ExpectedBase(Any data) : data_(std::move(data)) {}

  // Throwing stays out of line so that value() inlines to a compare and a decode.
  [[noreturn]] TVM_FFI_NO_INLINE TVM_FFI_COLD_CODE void ThrowError() const& {
    throw AnyUnsafe::CopyFromAnyViewAfterCheck<Error>(data_);
  }
  [[noreturn]] TVM_FFI_NO_INLINE TVM_FFI_COLD_CODE void ThrowError() && {
    throw AnyUnsafe::MoveFromAnyAfterCheck<Error>(std::move(data_));
  }
  [[noreturn]] TVM_FFI_NO_INLINE TVM_FFI_COLD_CODE static void ThrowNoError() {
    TVM_FFI_THROW(RuntimeError) << "Bad expected access: contains value, not error";
    TVM_FFI_UNREACHABLE();
  }

  Any data_;

 private:
  friend struct ExpectedUnsafe;
};

}  // namespace detail

/*! \brief Value or error; see the head of this file. */
template <typename T>
class Expected : private detail::ExpectedBase {
  static_assert(!std::is_void_v<T>, "use Expected<void> without const or volatile");
  static_assert(!std::is_same_v<std::remove_cv_t<T>, Error>,
                "Expected<Error> could not tell a value from a failure");
  using Base = detail::ExpectedBase;

 public:
  /*! \brief Success. */
  Expected(T value) : Base(Any(std::move(value))) {}  // NOLINT(*)
  template <typename U, typename = std::enable_if_t<detail::is_expected_value_v<T, U>>>
  Expected(U&& value) : Base(Any(T(std::forward<U>(value)))) {}  // NOLINT(*)
  /*! \brief Carries over the value, converted to `T`, or the error. */
  template <typename U, typename = std::enable_if_t<detail::IsExpectedConvertible<T, U>()>>
  Expected(Expected<U> other) : Base(Convert(std::move(other))) {}  // NOLINT(*)
  /*! \brief Failure. */
  Expected(Error error) : Base(Any(std::move(error))) {}  // NOLINT(*)
  template <typename E>
  Expected(Unexpected<E> unexpected)  // NOLINT(*)
      : Base(Any(Error(std::move(unexpected).error()))) {}

  TVM_FFI_DEFINE_DEFAULT_COPY_MOVE_AND_ASSIGN(Expected);

  using Base::error;
  using Base::has_value;
  using Base::is_err;
  using Base::is_ok;
  using Base::type_index;

  /*! \return The value. \throws Error The contained error. */
  T value() const& {
    if (is_err()) this->ThrowError();
    return detail::AnyUnsafe::CopyFromAnyViewAfterCheck<T>(this->data_);
  }
  T value() && {
    if (is_err()) std::move(*this).ThrowError();
    return detail::AnyUnsafe::MoveFromAnyAfterCheck<T>(std::move(this->data_));
  }

  /*! \return The value or, on failure, the default converted to `T`. */
  template <typename U = std::remove_cv_t<T>>
  T value_or(U&& default_value) const& {
    if (is_err()) return T(std::forward<U>(default_value));
    return detail::AnyUnsafe::CopyFromAnyViewAfterCheck<T>(this->data_);
  }
  template <typename U = std::remove_cv_t<T>>
  T value_or(U&& default_value) && {
    if (is_err()) return T(std::forward<U>(default_value));
    return detail::AnyUnsafe::MoveFromAnyAfterCheck<T>(std::move(this->data_));
  }

  /*!
   * \brief Strict re-typing without conversion; an error stays the error.
   * \return The same storage as `Expected<U>`, or a TypeError when the value is no `U`. The source
   *         keeps its value in the latter case.
   */
  template <typename U, typename = std::enable_if_t<detail::IsExpectedTarget<U>()>>
  Expected<U> as_or_error() const& {
    if (!Holds<U>()) return TypeMismatch<U>();
    return Expected<U>(Adopt{}, this->data_);
  }
  template <typename U, typename = std::enable_if_t<detail::IsExpectedTarget<U>()>>
  Expected<U> as_or_error() && {
    if (!Holds<U>()) return TypeMismatch<U>();
    return Expected<U>(Adopt{}, std::move(this->data_));
  }

 private:
  template <typename>
  friend class Expected;
  friend struct detail::ExpectedUnsafe;
  using typename Base::Adopt;

  Expected(Adopt, Any data) : Base(std::move(data)) {}

  template <typename U>
  static Any Convert(Expected<U>&& other) {
    if constexpr (type_subsumes_v<T, U>) {
      return std::move(other.data_);
    } else {
      if (other.is_err()) return std::move(other.data_);
      return Any(T(std::move(other).value()));
    }
  }

  template <typename U>
  bool Holds() const {
    return is_err() || detail::AnyUnsafe::CheckAnyStrict<U>(this->data_);
  }

  template <typename U>
  Error TypeMismatch() const {
    return Error("TypeError",
                 "Cannot treat type `" + this->data_.GetTypeKey() + "` as type `" +
                     detail::Type2Str<U>::v() + "`",
                 "");
  }
};

/*! \brief Success without a value, or an error. */
template <>
class Expected<void> : private detail::ExpectedBase {
  using Base = detail::ExpectedBase;

 public:
  /*! \brief Success. */
  Expected() : Base(Any()) {}
  /*! \brief Failure. */
  Expected(Error error) : Base(Any(std::move(error))) {}  // NOLINT(*)
  template <typename E>
  Expected(Unexpected<E> unexpected)  // NOLINT(*)
      : Base(Any(Error(std::move(unexpected).error()))) {}

  TVM_FFI_DEFINE_DEFAULT_COPY_MOVE_AND_ASSIGN(Expected);

  using Base::error;
  using Base::has_value;
  using Base::is_err;
  using Base::is_ok;
  using Base::type_index;

  /*! \throws Error The contained error, if any. */
  void value() const& {
    if (is_err()) ThrowError();
  }
  void value() && {
    if (is_err()) std::move(*this).ThrowError();
  }

 private:
  friend struct detail::ExpectedUnsafe;
};

static_assert(sizeof(Expected<void>) == sizeof(TVMFFIAny), "Expected is one cell");
static_assert(sizeof(Expected<int64_t>) == sizeof(TVMFFIAny), "Expected is one cell");

template <typename T, typename U>
inline constexpr bool type_subsumes_v<Expected<T>, Expected<U>> = type_subsumes_v<T, U>;

namespace detail {

/*! \brief Raw access to the cell of an `Expected`, for bindings and call adapters. */
struct ExpectedUnsafe {
  /*! \brief Adopts an owned cell without checking that it holds a `T` or an error. */
  template <typename T>
  static Expected<T> MoveFromTVMFFIAny(TVMFFIAny raw) {
    if constexpr (std::is_void_v<T>) {
      Expected<void> result;
      GetData(result) = AnyUnsafe::MoveTVMFFIAnyRawToAny(raw);
      return result;
    } else {
      return Expected<T>(typename Expected<T>::Adopt{}, AnyUnsafe::MoveTVMFFIAnyRawToAny(raw));
    }
  }

  /*! \brief Releases the cell to the caller. */
  template <typename T>
  static TVMFFIAny MoveToTVMFFIAny(Expected<T>&& expected) {
    return AnyUnsafe::MoveAnyToTVMFFIAny(std::move(expected.data_));
  }

  template <typename T>
  static Any&& GetData(Expected<T>& expected) noexcept {  // NOLINT(*)
    return std::move(expected.data_);
  }

  template <typename T>
  static const Any& GetData(const Expected<T>& expected) noexcept {
    return expected.data_;
  }

  /*! \brief Decodes the value as `T` without a type check. \throws Error The contained error. */
  template <typename T, typename U>
  static T ValueAs(const Expected<U>& expected) {
    static_assert(!std::is_void_v<T> || std::is_void_v<U>, "only Expected<void> decodes to void");
    if (expected.is_err()) throw expected.error();
    if constexpr (!std::is_void_v<T>) {
      return AnyUnsafe::CopyFromAnyViewAfterCheck<T>(expected.data_);
    }
  }
};

/*!
 * \brief Collects the message of a failure; converts to the `Expected` that is returned.
 *
 * Only usable as a temporary. The backtrace is the one given location: no stack is walked.
 */
class UnexpectedBuilder {
 public:
  UnexpectedBuilder(const char* kind, const char* file, int line, const char* function)
      : kind_(kind), file_(file), line_(line), function_(function) {}

  template <typename T>
  UnexpectedBuilder&& operator<<(const T& value) && {
    stream_ << value;
    return std::move(*this);
  }
  UnexpectedBuilder&& operator<<(std::ostream& (*manipulator)(std::ostream&)) && {
    stream_ << manipulator;
    return std::move(*this);
  }
  UnexpectedBuilder&& operator<<(std::ios_base& (*manipulator)(std::ios_base&)) && {
    stream_ << manipulator;
    return std::move(*this);
  }

  operator Unexpected<Error>() && { return Unexpected<Error>(MakeError()); }  // NOLINT(*)
  template <typename T>
  operator Expected<T>() && {  // NOLINT(*)
    return Expected<T>(MakeError());
  }

 private:
  Error MakeError() const {
    std::string backtrace = "  File \"";
    backtrace.append(file_).append(detail::CStr("\", line ")).append(detail::DecimalText(line_));
    backtrace.append(detail::CStr(", in ")).append(function_).append(detail::CStr("\n"));
    return Error(kind_, stream_.str(), std::move(backtrace));
  }

  const char* kind_;
  const char* file_;
  int line_;
  const char* function_;
  std::ostringstream stream_;
};

}  // namespace detail

/*! \brief A failure of the given kind: stream the message into it and return it. */
#define TVM_FFI_UNEXPECTED(ErrorKind) \
  ::tvm::ffi::detail::UnexpectedBuilder(#ErrorKind, __FILE__, __LINE__, TVM_FFI_FUNC_SIG)

// The leading switch makes the expansion one statement that owns its `else`, so the macros may
// stand unbraced between `if` and `else` without changing their meaning.

/*! \brief Returns a failure unless the condition holds; stream details after it. */
#define TVM_FFI_RET_CHECK(cond, ErrorKind) \
  switch (0)                               \
  case 0:                                  \
  default:                                 \
    if (TVM_FFI_PREDICT_TRUE(cond))        \
      ;                                    \
    else                                   \
      return TVM_FFI_UNEXPECTED(ErrorKind) << "Check failed: (" #cond << ") is false: "

/*! \brief Shared form of the comparisons below; `name` is the suffix such as `_LT`. */
#define TVM_FFI_RET_CHECK_BINARY_OP(name, op, x, y, ErrorKind)             \
  switch (0)                                                               \
  case 0:                                                                  \
  default:                                                                 \
    if (auto __tvm_ffi_log_err = ::tvm::ffi::detail::LogCheck##name(x, y); \
        TVM_FFI_PREDICT_TRUE(__tvm_ffi_log_err == nullptr))                \
      ;                                                                    \
    else                                                                   \
      return TVM_FFI_UNEXPECTED(ErrorKind)                                 \
             << "Check failed: " #x " " #op " " #y << *__tvm_ffi_log_err << ": "

/// @{
/*! \brief Returns a failure that shows both operands unless the comparison holds. */
#define TVM_FFI_RET_CHECK_LT(x, y, ErrorKind) TVM_FFI_RET_CHECK_BINARY_OP(_LT, <, x, y, ErrorKind)
#define TVM_FFI_RET_CHECK_GT(x, y, ErrorKind) TVM_FFI_RET_CHECK_BINARY_OP(_GT, >, x, y, ErrorKind)
#define TVM_FFI_RET_CHECK_LE(x, y, ErrorKind) TVM_FFI_RET_CHECK_BINARY_OP(_LE, <=, x, y, ErrorKind)
#define TVM_FFI_RET_CHECK_GE(x, y, ErrorKind) TVM_FFI_RET_CHECK_BINARY_OP(_GE, >=, x, y, ErrorKind)
#define TVM_FFI_RET_CHECK_EQ(x, y, ErrorKind) TVM_FFI_RET_CHECK_BINARY_OP(_EQ, ==, x, y, ErrorKind)
#define TVM_FFI_RET_CHECK_NE(x, y, ErrorKind) TVM_FFI_RET_CHECK_BINARY_OP(_NE, !=, x, y, ErrorKind)
/// @}

/// @{
/*! \brief The checks above with kind InternalError, for the code's own invariants. */
#define TVM_FFI_RET_ICHECK(x) TVM_FFI_RET_CHECK(x, InternalError)
#define TVM_FFI_RET_ICHECK_LT(x, y) TVM_FFI_RET_CHECK_BINARY_OP(_LT, <, x, y, InternalError)
#define TVM_FFI_RET_ICHECK_GT(x, y) TVM_FFI_RET_CHECK_BINARY_OP(_GT, >, x, y, InternalError)
#define TVM_FFI_RET_ICHECK_LE(x, y) TVM_FFI_RET_CHECK_BINARY_OP(_LE, <=, x, y, InternalError)
#define TVM_FFI_RET_ICHECK_GE(x, y) TVM_FFI_RET_CHECK_BINARY_OP(_GE, >=, x, y, InternalError)
#define TVM_FFI_RET_ICHECK_EQ(x, y) TVM_FFI_RET_CHECK_BINARY_OP(_EQ, ==, x, y, InternalError)
#define TVM_FFI_RET_ICHECK_NE(x, y) TVM_FFI_RET_CHECK_BINARY_OP(_NE, !=, x, y, InternalError)
/// @}

template <typename T>
inline constexpr bool use_default_type_traits_v<Expected<T>> = false;

/*! \brief Expected: the bare value or the bare Error; there is no wrapper object. */
template <typename T>
struct TypeTraits<Expected<T>> : public TypeTraitsBase {
  TVM_FFI_INLINE static void CopyToAnyView(const Expected<T>& src, TVMFFIAny* result) {
    *result = *detail::AnyUnsafe::TVMFFIAnyPtrFromAny(detail::ExpectedUnsafe::GetData(src));
  }

  TVM_FFI_INLINE static void MoveToAny(Expected<T> src, TVMFFIAny* result) {
    *result = detail::ExpectedUnsafe::MoveToTVMFFIAny(std::move(src));
  }

  TVM_FFI_INLINE static bool CheckAnyStrict(const TVMFFIAny* src) {
    return HoldsValue(src) || src->type_index == TypeIndex::kTVMFFIError;
  }

  TVM_FFI_INLINE static Expected<T> CopyFromAnyViewAfterCheck(const TVMFFIAny* src) {
    if (!HoldsValue(src)) return TypeTraits<Error>::CopyFromAnyViewAfterCheck(src);
    if constexpr (std::is_void_v<T>) {
      return Expected<void>();
    } else if constexpr (std::is_same_v<T, Any>) {
      return Expected<Any>(Any(AnyView::CopyFromTVMFFIAny(*src)));
    } else {
      return Expected<T>(TypeTraits<T>::CopyFromAnyViewAfterCheck(src));
    }
  }

  TVM_FFI_INLINE static Expected<T> MoveFromAnyAfterCheck(TVMFFIAny* src) {
    if (!HoldsValue(src)) return TypeTraits<Error>::MoveFromAnyAfterCheck(src);
    if constexpr (std::is_void_v<T>) {
      return Expected<void>();
    } else if constexpr (std::is_same_v<T, Any>) {
      return Expected<Any>(detail::AnyUnsafe::MoveTVMFFIAnyToAny(src));
    } else {
      return Expected<T>(TypeTraits<T>::MoveFromAnyAfterCheck(src));
    }
  }

  TVM_FFI_INLINE static std::optional<Expected<T>> TryCastFromAnyView(const TVMFFIAny* src) {
    if constexpr (std::is_void_v<T> || std::is_same_v<T, Any>) {
      if (HoldsValue(src)) return CopyFromAnyViewAfterCheck(src);
    } else if (std::optional<T> value = TypeTraits<T>::TryCastFromAnyView(src)) {
      return Expected<T>(*std::move(value));
    }
    if (auto error = TypeTraits<detail::Late<Error, T>>::TryCastFromAnyView(src)) {
      return Expected<T>(*std::move(error));
    }
    return std::nullopt;
  }

  TVM_FFI_INLINE static std::string TypeStr() {
    return "Expected<" + detail::Type2Str<T>::v() + ">";
  }
  TVM_FFI_INLINE static std::string TypeSchema() {
    return R"({"type":"Expected","args":[)" + detail::TypeSchema<T>::v() +
           R"(,{"type":"ffi.Error"}]})";
  }

 private:
  TVM_FFI_INLINE static bool HoldsValue(const TVMFFIAny* src) {
    if constexpr (std::is_void_v<T>) {
      return src->type_index == TypeIndex::kTVMFFINone;
    } else if constexpr (std::is_same_v<T, Any>) {
      return true;
    } else {
      return TypeTraits<T>::CheckAnyStrict(src);
    }
  }
};

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_EXPECTED_H_
