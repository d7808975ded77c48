// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/base_detail.h
 * \brief Macros and hash primitives shared by every other C++ header.
 *
 * Nothing here knows about objects or values: compiler attributes, static-initialisation blocks,
 * and the stable hashes. The hash formulas are a binary contract: containers filled by one library
 * are probed by another one with these functions.
 *
 * \code
 * TVM_FFI_STATIC_INIT_BLOCK() {
 *   namespace refl = tvm::ffi::reflection;
 *   refl::GlobalDef().def("my.add", [](int a, int b) { return a + b; });
 * }
 * \endcode
 */
#ifndef TVM_FFI_BASE_DETAIL_H_
#define TVM_FFI_BASE_DETAIL_H_

#include <tvm/ffi/c_api.h>
#include <tvm/ffi/endian.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <type_traits>
#include <utility>

#if defined(_MSC_VER)
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>
#ifdef ERROR
#undef ERROR
#endif
#endif

/*! \brief Inline even without optimisation; such a function is never shared between binaries. */
#if defined(_MSC_VER)
#define TVM_FFI_INLINE [[msvc::forceinline]] inline
/*! \brief Never inline; for code that only runs on failure. */
#define TVM_FFI_NO_INLINE [[msvc::noinline]]
/*! \brief Tells the compiler that control does not get here. */
#define TVM_FFI_UNREACHABLE() __assume(false)
#else
#define TVM_FFI_INLINE [[gnu::always_inline]] inline
/*! \brief Never inline; for code that only runs on failure. */
#define TVM_FFI_NO_INLINE [[gnu::noinline]]
/*! \brief Tells the compiler that control does not get here. */
#define TVM_FFI_UNREACHABLE() __builtin_unreachable()
#endif

/*! \brief Marks functions that only run on failure, so that they stay out of the hot pages. */
#if defined(__GNUC__) || defined(__clang__)
#define TVM_FFI_COLD_CODE [[gnu::cold]]
#else
#define TVM_FFI_COLD_CODE
#endif

/*!
 * \brief Keeps a function or class out of the dynamic symbol table of the binary that inlines it.
 *
 * Used for everything that keeps a name of the reference but not its layout or effect, and for
 * functions with static locals: with default visibility the dynamic linker could bind it to a
 * foreign copy, and the static would become a GNU unique symbol that pins the library in memory.
 */
#if (defined(__GNUC__) || defined(__clang__)) && !defined(_WIN32)
#define TVM_FFI_BINARY_LOCAL [[gnu::visibility("hidden")]]
#else
#define TVM_FFI_BINARY_LOCAL
#endif

/*! \brief The condition usually does not hold. */
#if defined(__GNUC__) || defined(__clang__)
#define TVM_FFI_PREDICT_FALSE(cond) (__builtin_expect(static_cast<bool>(cond), 0))
/*! \brief The condition usually holds. */
#define TVM_FFI_PREDICT_TRUE(cond) (__builtin_expect(static_cast<bool>(cond), 1))
#else
#define TVM_FFI_PREDICT_FALSE(cond) (cond)
/*! \brief The condition usually holds. */
#define TVM_FFI_PREDICT_TRUE(cond) (cond)
#endif

/*! \brief Promises a condition to the optimiser; a false condition is undefined behaviour. */
#if defined(_MSC_VER)
#define TVM_FFI_UNSAFE_ASSUME(cond) __assume(cond)
#elif defined(__clang__)
#define TVM_FFI_UNSAFE_ASSUME(cond) __builtin_assume(cond)
#elif defined(__GNUC__)
#define TVM_FFI_UNSAFE_ASSUME(cond) \
  do {                              \
    if (!(cond)) {                  \
      __builtin_unreachable();      \
    }                               \
  } while (false)
#else
#define TVM_FFI_UNSAFE_ASSUME(cond) \
  do {                              \
  } while (false)
#endif

#define TVM_FFI_STR_CONCAT_(a, b) a##b
/*! \brief Pastes two tokens after expanding them. */
#define TVM_FFI_STR_CONCAT(a, b) TVM_FFI_STR_CONCAT_(a, b)

/*! \brief Text of the enclosing function's signature, as shown in backtraces. */
#if defined(__GNUC__) || defined(__clang__)
#define TVM_FFI_FUNC_SIG __PRETTY_FUNCTION__
#elif defined(_MSC_VER)
#define TVM_FFI_FUNC_SIG __FUNCSIG__
#else
#define TVM_FFI_FUNC_SIG __func__
#endif

/*!
 * \brief Runs the block that follows when the binary is loaded. May appear several times in a file.
 *
 * With GCC and Clang the block is an ELF constructor, which runs before the dynamic initialisers of
 * the file: static objects of the same file are not constructed yet.
 *
 * A block that throws does not end the process. The error is printed to stderr and left in the
 * raised-error slot of the thread that loads the binary, where the loader finds it; the other
 * blocks still run. Of several errors the first one stays.
 */
#define TVM_FFI_STATIC_INIT_BLOCK() TVM_FFI_STATIC_INIT_BLOCK_EXPAND_(__COUNTER__)
#define TVM_FFI_STATIC_INIT_BLOCK_EXPAND_(N) TVM_FFI_STATIC_INIT_BLOCK_IMPL_(N)
#if defined(__GNUC__) || defined(__clang__)
#define TVM_FFI_STATIC_INIT_BLOCK_IMPL_(N)                               \
  static void __TVMFFIStaticInitBody##N();                               \
  __attribute__((constructor)) static void __TVMFFIStaticInitFunc##N() { \
    TVM_FFI_STATIC_INIT_RUN_(&__TVMFFIStaticInitBody##N);                \
  }                                                                      \
  static void __TVMFFIStaticInitBody##N()
#else
#define TVM_FFI_STATIC_INIT_BLOCK_IMPL_(N)                       \
  static void __TVMFFIStaticInitFunc##N();                       \
  [[maybe_unused]] static inline int __TVMFFIStaticInitReg##N =  \
      (TVM_FFI_STATIC_INIT_RUN_(&__TVMFFIStaticInitFunc##N), 0); \
  static void __TVMFFIStaticInitFunc##N()
#endif
// error.h replaces this runner by one that keeps the kind and the backtrace of an ffi Error.
#define TVM_FFI_STATIC_INIT_RUN_(body) ::tvm::ffi::detail::RunStaticInitPlain(body)

/*! \brief Declares copy and move operations of a class as defaulted, the moves noexcept. */
#define TVM_FFI_DEFINE_DEFAULT_COPY_MOVE_AND_ASSIGN(TypeName) \
  TypeName(const TypeName& other) = default;                  \
  TypeName(TypeName&& other) noexcept = default;              \
  TypeName& operator=(const TypeName& other) = default;       \
  TypeName& operator=(TypeName&& other) noexcept = default

/*!
 * \brief Wrap the body of a C function that has no way to report an error.
 *
 * A std::exception that reaches the end is written to stderr and ends the process with status 255.
 */
#define TVM_FFI_LOG_EXCEPTION_CALL_BEGIN() \
  try {                                    \
  (void)0
/*! \brief Ends what TVM_FFI_LOG_EXCEPTION_CALL_BEGIN begins; the name goes into the message. */
#define TVM_FFI_LOG_EXCEPTION_CALL_END(Name)                    \
  }                                                             \
  catch (const std::exception& err) {                           \
    ::tvm::ffi::detail::LogExceptionAndExit(#Name, err.what()); \
  }

/*! \brief Zeroes the payload before a pointer is stored into it, where pointers do not fill it. */
#define TVM_FFI_CLEAR_PTR_PADDING_IN_FFI_ANY(result) \
  if constexpr (sizeof(void*) != 8) {                \
    (result)->v_int64 = 0;                           \
  }

namespace tvm {
namespace ffi {

namespace detail {}
/*! \brief Spelling of earlier releases; both names denote the same entities. */
namespace details = detail;

namespace detail {

/*! \brief Prints an exception that cannot be reported otherwise and exits with status 255. */
[[noreturn]] TVM_FFI_COLD_CODE inline void LogExceptionAndExit(const char* where,
                                                               const char* what) {
  std::fprintf(stderr, "Exception caught during %s:\n%s\n", where, what);
  std::fflush(stderr);
  std::exit(-1);
}

/*! \brief Tells on stderr that a static-initialisation block failed; programs have no other place
 * to look. */
TVM_FFI_COLD_CODE inline void LogStaticInitFailure(const char* text) {
  std::fprintf(
      stderr,
      "Exception caught during static initialization, some registrations are missing:\n%s\n", text);
  std::fflush(stderr);
}

/*!
 * \brief Leaves in the thread's raised-error slot what a static-initialisation block reports.
 *
 * A block reports by throwing. Errors that it meets and handles pass through the same slot: they
 * are no failure of this block, and they do not hide that of an earlier one.
 */
class StaticInitReport {
 public:
  StaticInitReport() { TVMFFIErrorMoveFromRaised(&earlier_); }
  StaticInitReport(const StaticInitReport&) = delete;
  StaticInitReport& operator=(const StaticInitReport&) = delete;
  ~StaticInitReport() {
    if (earlier_ == nullptr) return;
    TVMFFIErrorSetRaised(earlier_);
    TVMFFIObjectDecRef(earlier_);
  }

  /*! \brief The block is done: what is in the slot was handled. */
  void Succeed() {
    TVMFFIObjectHandle handled = nullptr;
    TVMFFIErrorMoveFromRaised(&handled);
    if (handled != nullptr) TVMFFIObjectDecRef(handled);
  }

 private:
  TVMFFIObjectHandle earlier_ = nullptr;
};

/*! \brief Runs a static-initialisation block in files that do not include error.h. */
TVM_FFI_COLD_CODE inline void RunStaticInitPlain(void (*body)()) noexcept {
  StaticInitReport report;
  try {
    body();
    report.Succeed();
  } catch (const std::exception& err) {
    LogStaticInitFailure(err.what());
    TVMFFIErrorSetRaisedFromCStr("InternalError", err.what());
  } catch (...) {
    LogStaticInitFailure("unknown exception");
    TVMFFIErrorSetRaisedFromCStr("InternalError",
                                 "unknown exception in a static initialization block");
  }
}

template <typename T, typename>
struct LateImpl {
  using type = T;
};

/*!
 * \brief T, looked at only when a template with the parameter D is instantiated.
 *
 * The bodies of ordinary inline functions are compiled in every file that includes them, with all
 * templates they use. A function that few files call takes a defaulted template parameter D instead
 * and names the expensive types `Late<T, D>`: it then costs nothing where nobody calls it.
 */
template <typename T, typename D>
using Late = typename LateImpl<T, D>::type;

/*!
 * \brief The literal as a pointer: what `std::string` does with it is then compiled once, and not
 * once for each length.
 */
TVM_FFI_INLINE constexpr const char* CStr(const char* literal) { return literal; }

/*!
 * \brief A number in decimal digits.
 *
 * `std::to_string` has a table that GCC makes a unique symbol, and the dynamic linker never unloads
 * a library that has such a symbol.
 */
inline std::string DecimalText(int64_t value) {
  char text[24];
  return std::string(text, static_cast<size_t>(std::snprintf(text, sizeof(text), "%lld",
                                                             static_cast<long long>(value))));
}

/*! \brief Helper of for_each. */
struct for_each_dispatcher {
  template <typename F, typename... Args, size_t... I>
  static void run(std::index_sequence<I...>, [[maybe_unused]] const F& f, Args&&... args) {
    (f(I, std::forward<Args>(args)), ...);
  }
};

/*! \brief Calls `f(i, arg_i)` for every argument, left to right. */
template <typename F, typename... Args>
void for_each(const F& f, Args&&... args) {
  for_each_dispatcher::run(std::index_sequence_for<Args...>{}, f, std::forward<Args>(args)...);
}

/*! \brief Mixes a value into a hash. Signed values are sign-extended. */
template <typename T, std::enable_if_t<std::is_convertible<T, uint64_t>::value, bool> = true>
TVM_FFI_INLINE uint64_t StableHashCombine(uint64_t key, const T& value) {
  return key ^ (static_cast<uint64_t>(value) + 0x9e3779b9 + (key << 6) + (key >> 2));
}

/*! \brief The Mersenne prime 2^31 - 1 that stable byte hashes are reduced by. */
inline constexpr uint64_t kStableHashModulus = 2147483647ULL;

/*! \brief Folds one 64-bit little-endian word into a stable byte hash. */
TVM_FFI_INLINE uint64_t StableHashFoldWord(uint64_t hash, uint64_t word) {
  if constexpr (!TVM_FFI_IO_NO_ENDIAN_SWAP) {
    ByteSwap(&word, sizeof(word), 1);
  }
  // The remainder by 2^31 - 1: bits from 31 on count like those from 0 on.
  uint64_t sum = hash * 1099511628211ULL + word;
  sum = (sum & kStableHashModulus) + (sum >> 31);
  sum = (sum & kStableHashModulus) + (sum >> 31);
  return sum >= kStableHashModulus ? sum - kStableHashModulus : sum;
}

/*!
 * \brief Hash of a byte sequence that is equal in all processes, platforms and releases.
 * \param data The bytes; any alignment.
 * \param size Their number; 0 gives 0.
 */
inline uint64_t StableHashBytes(const void* data, size_t size) {
  const char* bytes = static_cast<const char*>(data);
  uint64_t hash = 0;
  uint64_t word = 0;
  for (; size >= sizeof(word); bytes += sizeof(word), size -= sizeof(word)) {
    std::memcpy(&word, bytes, sizeof(word));
    hash = StableHashFoldWord(hash, word);
  }
  if (size != 0) {
    if (TVM_FFI_IO_NO_ENDIAN_SWAP && bytes != data) {
      // One load of the last eight bytes; those that were folded already are shifted out.
      std::memcpy(&word, bytes + size - sizeof(word), sizeof(word));
      word >>= 8 * (sizeof(word) - size);
    } else {
      word = 0;
      std::memcpy(&word, bytes, size);
    }
    hash = StableHashFoldWord(hash, word);
  }
  return hash;
}

/*! \brief StableHashBytes of an inline string; relies on the zeroed tail of its payload. */
TVM_FFI_INLINE uint64_t StableHashSmallStrBytes(const TVMFFIAny* data) {
  return StableHashFoldWord(0, data->v_uint64);
}

/*! \brief JSON type schema of a C++ type; defined in function_detail.h. */
template <typename T>
struct TypeSchemaImpl;

/*! \brief `TypeSchema<T>::v()` is the JSON type schema of T without reference and const. */
template <typename T>
using TypeSchema = TypeSchemaImpl<std::remove_const_t<std::remove_reference_t<T>>>;

}  // namespace detail
}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_BASE_DETAIL_H_
