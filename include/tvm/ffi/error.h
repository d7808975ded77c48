// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/error.h
 * \brief The Error exception, the throwing stream and the check macros.
 *
 * Throw with a kind (any identifier, by habit a Python exception name) and a streamed message:
 * \code
 * if (index >= size) {
 *   TVM_FFI_THROW(IndexError) << "index " << index << " out of range [0, " << size << ")";
 * }
 * TVM_FFI_CHECK_EQ(a.ndim(), b.ndim(), ValueError) << "ranks differ";
 * TVM_FFI_ICHECK(initialized_);  // InternalError
 * \endcode
 *
 * An Error is one counted pointer to an object that holds kind, message and backtrace, so it
 * crosses languages as a value. For failures that are ordinary outcomes use Expected (expected.h):
 * throwing walks the stack to write the backtrace.
 */
#ifndef TVM_FFI_ERROR_H_
#define TVM_FFI_ERROR_H_

#include <tvm/ffi/base_detail.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>

#include <cstring>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

/*! \brief Whether the library writes full backtraces (matters only where the library is built). */
#ifndef TVM_FFI_USE_LIBBACKTRACE
#define TVM_FFI_USE_LIBBACKTRACE 1
#endif

/*! \brief Whether the library prints a backtrace on a segmentation fault. */
#ifndef TVM_FFI_BACKTRACE_ON_SEGFAULT
#define TVM_FFI_BACKTRACE_ON_SEGFAULT 1
#endif

/*! \brief Whether TVM_FFI_THROW prints the error to stderr before throwing it. */
#ifndef TVM_FFI_ALWAYS_LOG_BEFORE_THROW
#define TVM_FFI_ALWAYS_LOG_BEFORE_THROW 0
#endif

namespace tvm {
namespace ffi {

/*! \brief Data of an error. The cell's texts belong to the subclass that made it. */
class ErrorObj : public Object, public TVMFFIErrorCell {
 public:
  ErrorObj() {
    this->cause_chain = nullptr;
    this->extra_context = nullptr;
  }
  ~ErrorObj() {
    Release(this->cause_chain);
    Release(this->extra_context);
  }

  static constexpr int32_t _type_index = TypeIndex::kTVMFFIError;
  TVM_FFI_DECLARE_OBJECT_INFO_STATIC(StaticTypeKey::kTVMFFIError, ErrorObj, Object);

 private:
  /*!
   * \brief Drops a reference. Errors that end with it are taken apart one by one, because releasing
   * a long chain by recursion needs too much stack.
   *
   * They are a binary tree of causes and contexts. A context is rotated above its error until the
   * topmost error has none; then its cause is next.
   */
  static void Release(TVMFFIObjectHandle handle) {
    while (ErrorObj* error = AsSoleError(handle)) {
      if (ErrorObj* context = AsSoleError(error->extra_context)) {
        error->extra_context = std::exchange(context->cause_chain, handle);
        handle = static_cast<Object*>(context);
      } else {
        TVMFFIObjectHandle cause = std::exchange(error->cause_chain, nullptr);
        detail::ObjectUnsafe::DecRefObjectHandle(handle);
        handle = cause;
      }
    }
    detail::ObjectUnsafe::DecRefObjectHandle(handle);
  }

  /*! \brief The error to which a handle is the only reference, or null. */
  static ErrorObj* AsSoleError(TVMFFIObjectHandle handle) {
    Object* object = static_cast<Object*>(handle);
    if (object == nullptr || object->type_index() != _type_index || !object->unique()) {
      return nullptr;
    }
    detail::CountAcquireFence();
    return static_cast<ErrorObj*>(object);
  }
};

static_assert(sizeof(ErrorObj) == sizeof(TVMFFIObject) + sizeof(TVMFFIErrorCell),
              "the error cell follows the header directly");

namespace detail {

/*! \brief An error that keeps its texts in standard strings. */
class ErrorObjFromStd : public ErrorObj {
 public:
  ErrorObjFromStd(std::string kind, std::string message, std::string backtrace)
      : kind_data_(std::move(kind)),
        message_data_(std::move(message)),
        backtrace_data_(std::move(backtrace)) {
    this->kind = TVMFFIByteArray{kind_data_.data(), kind_data_.size()};
    this->message = TVMFFIByteArray{message_data_.data(), message_data_.size()};
    this->backtrace = TVMFFIByteArray{backtrace_data_.data(), backtrace_data_.size()};
    this->update_backtrace = UpdateBacktrace;
  }

 private:
  /*! \brief Callback of the cell: mode 0 replaces the text, every other mode appends to it. */
  static void UpdateBacktrace(TVMFFIObjectHandle self, const TVMFFIByteArray* text, int32_t mode) {
    auto* obj = static_cast<ErrorObjFromStd*>(static_cast<Object*>(self));
    if (mode == kTVMFFIBacktraceUpdateModeReplace) {
      obj->backtrace_data_.assign(text->data, text->size);
    } else {
      obj->backtrace_data_.append(text->data, text->size);
    }
    obj->backtrace = TVMFFIByteArray{obj->backtrace_data_.data(), obj->backtrace_data_.size()};
  }

  std::string kind_data_;
  std::string message_data_;
  std::string backtrace_data_;
};

}  // namespace detail

namespace detail {
class ErrorBuilder;
}  // namespace detail

/*!
 * \brief The exception of this project, a reference to an ErrorObj.
 *
 * Thrown by value and caught by const reference, across libraries: the class has default
 * visibility, so that its type information is comparable everywhere. It is never null unless moved
 * from.
 */
class TVM_FFI_DLL Error : public ObjectRef, public std::exception {
 public:
  /*!
   * \param kind Name of the error class, for example `ValueError`.
   * \param message What happened, without the kind.
   * \param backtrace Lines in the format of TVMFFIBacktrace, most recent call first.
   */
  Error(std::string kind, std::string message, std::string backtrace)
      : ObjectRef(
            MakeObj(std::move(kind), std::move(message), std::move(backtrace), nullptr, nullptr)) {}

  /*! \brief The same with the error that caused this one, and any object that describes the
   * context. */
  template <typename D = void>
  Error(std::string kind, std::string message, std::string backtrace,
        std::optional<detail::Late<Error, D>> cause_chain,
        std::optional<detail::Late<ObjectRef, D>> extra_context)
      : ObjectRef(MakeObj(std::move(kind), std::move(message), std::move(backtrace),
                          TakePtr(std::move(cause_chain)), TakePtr(std::move(extra_context)))) {}

  Error(std::string kind, std::string message, const TVMFFIByteArray* backtrace)
      : Error(std::move(kind), std::move(message), std::string(backtrace->data, backtrace->size)) {}

  /*! \brief Name of the error class. */
  std::string kind() const { return ToString(cell()->kind); }
  /*! \brief The message without the kind. */
  std::string message() const { return ToString(cell()->message); }
  /*! \brief Stack text, most recent call first. */
  std::string backtrace() const { return ToString(cell()->backtrace); }

  /*! \brief The error that caused this one. */
  template <typename D = void>
  std::optional<detail::Late<Error, D>> cause_chain() const {
    return RefFromHandle<detail::Late<Error, D>>(cell()->cause_chain);
  }
  /*! \brief The object attached when the error was made. */
  template <typename D = void>
  std::optional<detail::Late<ObjectRef, D>> extra_context() const {
    return RefFromHandle<detail::Late<ObjectRef, D>>(cell()->extra_context);
  }

  /*! \brief The complete lines of the backtrace in reverse order, empty lines left out. */
  std::string TracebackMostRecentCallLast() const {
    const TVMFFIByteArray& text = cell()->backtrace;
    std::string result;
    result.reserve(text.size);
    // Walks back from one line end to the previous one; what follows the last line end is dropped.
    size_t end = text.size;
    while (end > 0 && text.data[end - 1] != '\n') --end;
    while (end > 0) {
      size_t begin = end - 1;
      while (begin > 0 && text.data[begin - 1] != '\n') --begin;
      if (end - begin > 1) result.append(text.data + begin, end - begin);
      end = begin;
    }
    return result;
  }

  /*!
   * \brief Changes the backtrace of the shared error object; not safe against concurrent readers.
   * \param backtrace_str The text, copied.
   * \param update_mode A TVMFFIBacktraceUpdateMode: replace or append.
   */
  void UpdateBacktrace(const TVMFFIByteArray* backtrace_str, int32_t update_mode) {
    cell()->update_backtrace(data_.get(), backtrace_str, update_mode);
  }

  /*! \brief Traceback, kind and message as a Python interpreter would print them. */
  std::string FullMessage() const {
    std::string result = "Traceback (most recent call last):\n";
    result.append(TracebackMostRecentCallLast());
    result.append(cell()->kind.data, cell()->kind.size).append(detail::CStr(": "));
    result.append(cell()->message.data, cell()->message.size).append(detail::CStr("\n"));
    return result;
  }

  /*! \brief The message; valid as long as the error object lives. */
  const char* what() const noexcept override { return cell()->message.data; }

  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NOTNULLABLE(Error, ObjectRef, ErrorObj);

 private:
  friend class detail::ErrorBuilder;

  /*! \brief The object of a new error; cause and context may be null. */
  TVM_FFI_NO_INLINE static ObjectPtr<Object> MakeObj(std::string&& kind, std::string&& message,
                                                     std::string&& backtrace,
                                                     ObjectPtr<Object> cause_chain,
                                                     ObjectPtr<Object> extra_context) {
    ObjectPtr<detail::ErrorObjFromStd> obj = make_object<detail::ErrorObjFromStd>(
        std::move(kind), std::move(message), std::move(backtrace));
    obj->cause_chain = detail::ObjectUnsafe::MoveObjectPtrToTVMFFIObjectPtr(std::move(cause_chain));
    obj->extra_context =
        detail::ObjectUnsafe::MoveObjectPtrToTVMFFIObjectPtr(std::move(extra_context));
    return obj;
  }

  TVMFFIErrorCell* cell() const { return static_cast<ErrorObj*>(data_.get()); }

  static std::string ToString(const TVMFFIByteArray& text) {
    return std::string(text.data, text.size);
  }

  /*! \brief The pointer of an optional reference, null when there is none. */
  template <typename RefType>
  static ObjectPtr<Object> TakePtr(std::optional<RefType>&& ref) {
    if (!ref.has_value()) return nullptr;
    return detail::ObjectUnsafe::ObjectPtrFromObjectRef<Object>(*std::move(ref));
  }

  template <typename RefType>
  static std::optional<RefType> RefFromHandle(TVMFFIObjectHandle handle) {
    if (handle == nullptr) return std::nullopt;
    return detail::ObjectUnsafe::ObjectRefFromObjectPtr<RefType>(
        detail::ObjectUnsafe::ObjectPtrFromUnowned<Object>(static_cast<TVMFFIObject*>(handle)));
  }
};

/*!
 * \brief The error to throw when the host language already holds one, that is, when
 * TVMFFIEnvCheckSignals returned non-zero: `throw ::tvm::ffi::EnvErrorAlreadySet();`
 */
inline Error EnvErrorAlreadySet() { return Error("EnvErrorAlreadySet", "", ""); }

namespace detail {

/*! \brief Takes the error raised on this thread; null when none was raised. */
inline Error MoveFromSafeCallRaised() {
  TVMFFIObjectHandle handle = nullptr;
  TVMFFIErrorMoveFromRaised(&handle);
  return ObjectUnsafe::ObjectRefFromObjectPtr<Error>(
      ObjectUnsafe::ObjectPtrFromOwned<Object>(static_cast<TVMFFIObject*>(handle)));
}

/*! \brief Raises an error on this thread in place of an earlier one. */
inline void SetSafeCallRaised(const Error& error) {
  TVMFFIErrorSetRaised(ObjectUnsafe::TVMFFIObjectPtrFromObjectRef(error));
}

/*! \brief Throws what a C call with a non-zero code left behind, even when it left nothing. */
[[noreturn]] TVM_FFI_COLD_CODE TVM_FFI_NO_INLINE inline void ThrowSafeCallRaised() {
  Error error = MoveFromSafeCallRaised();
  if (!error.defined()) {
    throw Error("InternalError", "a call returned a non-zero code without raising an error", "");
  }
  throw error;
}

/*! \brief Raises a foreign exception as InternalError. */
TVM_FFI_COLD_CODE TVM_FFI_NO_INLINE inline void SetSafeCallRaisedFromStd(const std::exception& ex) {
  SetSafeCallRaised(Error("InternalError", ex.what(), ""));
}

/*! \brief Runs a static-initialisation block; an error stays in the thread's slot for the loader.
 */
TVM_FFI_COLD_CODE inline void RunStaticInit(void (*body)()) noexcept {
  StaticInitReport report;
  try {
    body();
    report.Succeed();
  } catch (const Error& error) {
    LogStaticInitFailure(error.FullMessage().c_str());
    SetSafeCallRaised(error);
  } catch (const std::exception& ex) {
    LogStaticInitFailure(ex.what());
    SetSafeCallRaisedFromStd(ex);
  } catch (...) {
    LogStaticInitFailure("unknown exception");
    SetSafeCallRaised(
        Error("InternalError", "unknown exception in a static initialization block", ""));
  }
}

/*!
 * \brief Collects a message and throws in its destructor, at the end of the full expression.
 *
 * Local to each binary: the dynamic linker must not mix it with the class of this name in binaries
 * built from other headers.
 */
class TVM_FFI_BINARY_LOCAL ErrorBuilder {
 public:
  explicit ErrorBuilder(std::string kind, std::string backtrace, bool log_before_throw)
      : kind_(std::move(kind)),
        stream_(),
        backtrace_(std::move(backtrace)),
        log_before_throw_(log_before_throw),
        cause_chain_(),
        extra_context_() {}

  explicit ErrorBuilder(std::string kind, const TVMFFIByteArray* backtrace, bool log_before_throw)
      : ErrorBuilder(std::move(kind), std::string(backtrace->data, backtrace->size),
                     log_before_throw) {}

  template <typename D = void>
  explicit ErrorBuilder(std::string kind, const TVMFFIByteArray* backtrace, bool log_before_throw,
                        std::optional<Late<Error, D>> cause_chain,
                        std::optional<Late<ObjectRef, D>> extra_context)
      : ErrorBuilder(std::move(kind), backtrace, log_before_throw) {
    cause_chain_ = Error::TakePtr(std::move(cause_chain));
    extra_context_ = Error::TakePtr(std::move(extra_context));
  }

  /*! \brief What the throw macros expand to: the kind needs no string at the throw site. */
  TVM_FFI_COLD_CODE TVM_FFI_NO_INLINE explicit ErrorBuilder(const char* kind,
                                                            const TVMFFIByteArray* backtrace,
                                                            bool log_before_throw)
      : ErrorBuilder(std::string(kind), backtrace, log_before_throw) {}

  ErrorBuilder(const ErrorBuilder&) = delete;
  ErrorBuilder& operator=(const ErrorBuilder&) = delete;

  [[noreturn]] TVM_FFI_COLD_CODE TVM_FFI_NO_INLINE ~ErrorBuilder() noexcept(false) {
    // Nothing is left here that the unwinder would have to stop for and destroy.
    TVMFFIObject* error = Finish();
    throw TakeError(error);
  }

  /*! \brief Where the message is written. */
  std::ostringstream& stream() { return stream_; }

 protected:
  // In unions, so that they end in Finish and not when the destructor is left by throwing.
  union {
    std::string kind_;
  };
  union {
    std::ostringstream stream_;
  };
  union {
    std::string backtrace_;
  };
  bool log_before_throw_;
  union {
    ObjectPtr<Object> cause_chain_;
  };
  union {
    ObjectPtr<Object> extra_context_;
  };

 private:
  /*! \brief Makes the error, owned by the caller, and destroys all members. */
  TVM_FFI_COLD_CODE TVM_FFI_NO_INLINE TVMFFIObject* Finish() {
    ObjectPtr<Object> obj = Error::MakeObj(std::move(kind_), stream_.str(), std::move(backtrace_),
                                           std::move(cause_chain_), std::move(extra_context_));
    Destroy(&kind_);
    Destroy(&stream_);
    Destroy(&backtrace_);
    Destroy(&cause_chain_);
    Destroy(&extra_context_);
    TVMFFIObject* error = ObjectUnsafe::MoveObjectPtrToTVMFFIObjectPtr(std::move(obj));
    if (log_before_throw_) Log(error);
    return error;
  }

  TVM_FFI_COLD_CODE TVM_FFI_NO_INLINE static void Log(TVMFFIObject* object) {
    Error error = ObjectUnsafe::ObjectRefFromObjectPtr<Error>(
        ObjectUnsafe::ObjectPtrFromUnowned<Object>(object));
    std::fputs(error.FullMessage().c_str(), stderr);
    std::fflush(stderr);
  }

  static Error TakeError(TVMFFIObject* owned) {
    return ObjectUnsafe::ObjectRefFromObjectPtr<Error>(
        ObjectUnsafe::ObjectPtrFromOwned<Object>(owned));
  }

  template <typename T>
  static void Destroy(T* member) {
    member->~T();
  }
};

}  // namespace detail

// Blocks of files that include this header keep the kind and the backtrace of an Error.
#undef TVM_FFI_STATIC_INIT_RUN_
#define TVM_FFI_STATIC_INIT_RUN_(body) ::tvm::ffi::detail::RunStaticInit(body)

// The backtrace is taken at the place of the macro: TVMFFIBacktrace replaces its caller's frame by
// the location given here.
#define TVM_FFI_THROW_IMPL_(ErrorKind, log_before_throw)                                      \
  ::tvm::ffi::detail::ErrorBuilder(                                                           \
      #ErrorKind, TVMFFIBacktrace(__FILE__, __LINE__, TVM_FFI_FUNC_SIG, 0), log_before_throw) \
      .stream()

/*! \brief Stream expression that throws an Error of the given kind when it ends. */
#define TVM_FFI_THROW(ErrorKind) TVM_FFI_THROW_IMPL_(ErrorKind, TVM_FFI_ALWAYS_LOG_BEFORE_THROW)

/*! \brief Like TVM_FFI_THROW, and prints the full message to stderr first. */
#define TVM_FFI_LOG_AND_THROW(ErrorKind) TVM_FFI_THROW_IMPL_(ErrorKind, true)

namespace detail {

/*! \brief ` (<x> vs. <y>) `, the middle part of a failed comparison's message. */
template <typename X, typename Y>
TVM_FFI_COLD_CODE TVM_FFI_NO_INLINE Late<std::unique_ptr<std::string>, X> LogCheckFormat(
    const X& x, const Y& y) {
  Late<std::ostringstream, X> os;
  os << " (" << x << " vs. " << y << ") ";  // CHECK_XX(x, y) requires x and y to be streamable
  return std::make_unique<Late<std::string, X>>(os.str());
}

/*!
 * \brief What TVM_FFI_ICHECK_XX throws, for the ordinary inline functions of these headers: the
 * macros would have every file that includes them instantiate the formatting.
 * \param text The comparison as the macro shows it, `x == y`.
 */
[[noreturn]] TVM_FFI_COLD_CODE TVM_FFI_NO_INLINE inline void ThrowICheckFailed(const char* text,
                                                                               int64_t x,
                                                                               int64_t y) {
  TVM_FFI_THROW(InternalError) << "Check failed: " << text << " (" << x << " vs. " << y << ") : ";
  TVM_FFI_UNREACHABLE();
}

// Null when the comparison holds. Mixed signs are compared as C++ does, without a warning.
#if defined(__GNUC__) || defined(__clang__)
#define TVM_FFI_CHECK_PUSH_NO_SIGN_COMPARE_ \
  _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wsign-compare\"")
#define TVM_FFI_CHECK_POP_NO_SIGN_COMPARE_ _Pragma("GCC diagnostic pop")
#elif defined(_MSC_VER)
#define TVM_FFI_CHECK_PUSH_NO_SIGN_COMPARE_ \
  __pragma(warning(push)) __pragma(warning(disable : 4389 4018))
#define TVM_FFI_CHECK_POP_NO_SIGN_COMPARE_ __pragma(warning(pop))
#else
#define TVM_FFI_CHECK_PUSH_NO_SIGN_COMPARE_
#define TVM_FFI_CHECK_POP_NO_SIGN_COMPARE_
#endif

/// \cond Doxygen_Suppress
#define TVM_FFI_CHECK_FUNC(name, op)                                                            \
  template <typename X, typename Y>                                                             \
  TVM_FFI_INLINE Late<std::unique_ptr<std::string>, X> LogCheck##name(const X& x, const Y& y) { \
    TVM_FFI_CHECK_PUSH_NO_SIGN_COMPARE_                                                         \
    if (x op y) return nullptr;                                                                 \
    TVM_FFI_CHECK_POP_NO_SIGN_COMPARE_                                                          \
    return LogCheckFormat(x, y);                                                                \
  }                                                                                             \
  template <typename D = void>                                                                  \
  TVM_FFI_INLINE Late<std::unique_ptr<std::string>, D> LogCheck##name(int x, int y) {           \
    return LogCheck##name<Late<int, D>, int>(x, y);                                             \
  }

TVM_FFI_CHECK_FUNC(_LT, <)
TVM_FFI_CHECK_FUNC(_GT, >)
TVM_FFI_CHECK_FUNC(_LE, <=)
TVM_FFI_CHECK_FUNC(_GE, >=)
TVM_FFI_CHECK_FUNC(_EQ, ==)
TVM_FFI_CHECK_FUNC(_NE, !=)
/// \endcond

}  // namespace detail

/*! \brief Shared form of the comparison checks; each operand is evaluated once. */
#define TVM_FFI_CHECK_BINARY_OP(name, op, x, y, ErrorKind)                \
  if (auto __tvm_ffi_log_err = /* NOLINT(bugprone-reserved-identifier) */ \
      ::tvm::ffi::detail::LogCheck##name(x, y))                           \
  TVM_FFI_THROW(ErrorKind) << "Check failed: " << #x " " #op " " #y << *__tvm_ffi_log_err << ": "

/*! \brief Throws an error of the given kind unless the condition holds; more text can be streamed.
 */
#define TVM_FFI_CHECK(cond, ErrorKind) \
  if (TVM_FFI_PREDICT_FALSE(!(cond)))  \
  TVM_FFI_THROW(ErrorKind) << "Check failed: (" #cond << ") is false: "

/// @{
/*! \brief TVM_FFI_CHECK of a comparison, whose message shows both operands. */
#define TVM_FFI_CHECK_LT(x, y, ErrorKind) TVM_FFI_CHECK_BINARY_OP(_LT, <, x, y, ErrorKind)
#define TVM_FFI_CHECK_GT(x, y, ErrorKind) TVM_FFI_CHECK_BINARY_OP(_GT, >, x, y, ErrorKind)
#define TVM_FFI_CHECK_LE(x, y, ErrorKind) TVM_FFI_CHECK_BINARY_OP(_LE, <=, x, y, ErrorKind)
#define TVM_FFI_CHECK_GE(x, y, ErrorKind) TVM_FFI_CHECK_BINARY_OP(_GE, >=, x, y, ErrorKind)
#define TVM_FFI_CHECK_EQ(x, y, ErrorKind) TVM_FFI_CHECK_BINARY_OP(_EQ, ==, x, y, ErrorKind)
#define TVM_FFI_CHECK_NE(x, y, ErrorKind) TVM_FFI_CHECK_BINARY_OP(_NE, !=, x, y, ErrorKind)
/// @}

/*! \brief The value of x, which must not be null; x is evaluated more than once. */
#define TVM_FFI_CHECK_NOTNULL(x, ErrorKind) \
  ((x) == nullptr ? TVM_FFI_THROW(ErrorKind) << "Check not null: " #x << ' ', (x) : (x))

/// @{
/*! \brief Checks of conditions that only a bug of this code can violate: kind InternalError. */
#define TVM_FFI_ICHECK(x) TVM_FFI_CHECK(x, InternalError)
#define TVM_FFI_ICHECK_LT(x, y) TVM_FFI_CHECK_LT(x, y, InternalError)
#define TVM_FFI_ICHECK_GT(x, y) TVM_FFI_CHECK_GT(x, y, InternalError)
#define TVM_FFI_ICHECK_LE(x, y) TVM_FFI_CHECK_LE(x, y, InternalError)
#define TVM_FFI_ICHECK_GE(x, y) TVM_FFI_CHECK_GE(x, y, InternalError)
#define TVM_FFI_ICHECK_EQ(x, y) TVM_FFI_CHECK_EQ(x, y, InternalError)
#define TVM_FFI_ICHECK_NE(x, y) TVM_FFI_CHECK_NE(x, y, InternalError)
#define TVM_FFI_ICHECK_NOTNULL(x) TVM_FFI_CHECK_NOTNULL(x, InternalError)
/// @}

/// @{
/*! \brief Checks that exist in debug builds only; release builds compile but never evaluate them.
 */
#ifdef NDEBUG
#define TVM_FFI_DCHECK(x) \
  while (false) TVM_FFI_ICHECK(x)
#define TVM_FFI_DCHECK_LT(x, y) \
  while (false) TVM_FFI_ICHECK_LT(x, y)
#define TVM_FFI_DCHECK_GT(x, y) \
  while (false) TVM_FFI_ICHECK_GT(x, y)
#define TVM_FFI_DCHECK_LE(x, y) \
  while (false) TVM_FFI_ICHECK_LE(x, y)
#define TVM_FFI_DCHECK_GE(x, y) \
  while (false) TVM_FFI_ICHECK_GE(x, y)
#define TVM_FFI_DCHECK_EQ(x, y) \
  while (false) TVM_FFI_ICHECK_EQ(x, y)
#define TVM_FFI_DCHECK_NE(x, y) \
  while (false) TVM_FFI_ICHECK_NE(x, y)
#define TVM_FFI_DCHECK_NOTNULL(x) (x)
#else
#define TVM_FFI_DCHECK(x) TVM_FFI_ICHECK(x)
#define TVM_FFI_DCHECK_LT(x, y) TVM_FFI_ICHECK_LT(x, y)
#define TVM_FFI_DCHECK_GT(x, y) TVM_FFI_ICHECK_GT(x, y)
#define TVM_FFI_DCHECK_LE(x, y) TVM_FFI_ICHECK_LE(x, y)
#define TVM_FFI_DCHECK_GE(x, y) TVM_FFI_ICHECK_GE(x, y)
#define TVM_FFI_DCHECK_EQ(x, y) TVM_FFI_ICHECK_EQ(x, y)
#define TVM_FFI_DCHECK_NE(x, y) TVM_FFI_ICHECK_NE(x, y)
#define TVM_FFI_DCHECK_NOTNULL(x) TVM_FFI_ICHECK_NOTNULL(x)
#endif
/// @}

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_ERROR_H_
