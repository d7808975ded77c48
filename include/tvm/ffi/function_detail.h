// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/function_detail.h
 * \brief From a C++ signature to the packed calling convention: signature reflection, argument
 * unpacking, and the texts of argument errors.
 *
 * Included by function.h; use Function::FromTyped instead of calling anything here.
 */
#ifndef TVM_FFI_FUNCTION_DETAIL_H_
#define TVM_FFI_FUNCTION_DETAIL_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/base_detail.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/error.h>

#include <string>
#include <tuple>
#include <utility>

namespace tvm {
namespace ffi {

template <typename T>
class Expected;

namespace detail {

/*! \brief Gives the text of a signature; called only for messages. */
using FGetFuncSignature = std::string (*)();
/*! \brief Gives the name of a type. */
using FTypeStr = std::string (*)();
/*! \brief Describes a cell that failed to convert. */
using FMismatchTypeInfo = std::string (*)(const TVMFFIAny*);

/*! \brief Name of a function in messages: a string that somebody keeps, a literal, or nothing. */
class FuncName {
 public:
  FuncName(std::nullptr_t) {}                                           // NOLINT(*)
  FuncName(const std::string* optional_name) : name_(optional_name) {}  // NOLINT(*)
  explicit FuncName(const char* literal) : literal_(literal) {}

  std::string str() const { return name_ != nullptr ? *name_ : std::string(literal_); }

 private:
  const std::string* name_ = nullptr;
  const char* literal_ = "";
};

// ------------------------------------------------------------------------------------------------
// What can be unpacked
// ------------------------------------------------------------------------------------------------

/*! \brief Whether parameters may be declared this way: `T`, `const T&` or `T&&`. */
template <typename T>
inline constexpr bool ArgTypeSupported =
    !std::is_reference_v<T> ||
    std::is_const_v<std::remove_reference_t<T>> == std::is_lvalue_reference_v<T>;

/*! \brief Whether a parameter of this type can be filled from an argument. */
template <typename T>
inline constexpr bool ArgSupported =
    ArgTypeSupported<T> &&
    (std::is_same_v<std::remove_const_t<std::remove_reference_t<T>>, Any> ||
     std::is_same_v<std::remove_const_t<std::remove_reference_t<T>>, AnyView> ||
     TypeTraitsNoCR<T>::convert_enabled);

/*!
 * \brief Whether showing a T takes an object made for the purpose, which a view cannot own.
 *
 * Traits say so with `static constexpr bool view_needs_owner`; calls then keep the argument in an
 * Any, which owns that object, until they return.
 */
template <typename T, typename = void>
inline constexpr bool view_needs_owner_v = false;
template <typename T>
inline constexpr bool
    view_needs_owner_v<T, std::void_t<decltype(TypeTraits<T>::view_needs_owner)>> =
        TypeTraits<T>::view_needs_owner;

/*! \brief Whether a function returning this type can be exported. */
template <typename T>
inline constexpr bool RetSupported =
    std::is_same_v<T, Any> || std::is_void_v<T> || TypeTraits<T>::convert_enabled;

// ------------------------------------------------------------------------------------------------
// Type schema
// ------------------------------------------------------------------------------------------------

template <typename T>
struct TypeSchemaImpl {
  static std::string v() { return TypeTraits<T>::TypeSchema(); }
};
template <>
struct TypeSchemaImpl<void> {
  static std::string v() { return R"({"type":"None"})"; }
};
template <>
struct TypeSchemaImpl<Any> {
  static std::string v() { return R"({"type":"Any"})"; }
};
template <>
struct TypeSchemaImpl<AnyView> {
  static std::string v() { return R"({"type":"Any"})"; }
};

// ------------------------------------------------------------------------------------------------
// Signatures
// ------------------------------------------------------------------------------------------------

/*! \brief Writes `<i>: <type>` for the types of a tuple. */
template <typename ArgTuple>
struct Arg2Str {
  template <size_t i>
  static void Apply(std::ostream& os) {
    if constexpr (i != 0) os << ", ";
    os << i << ": " << Type2Str<std::tuple_element_t<i, ArgTuple>>::v();
  }
  template <size_t... I>
  static void Run([[maybe_unused]] std::ostream& os, std::index_sequence<I...>) {
    (Apply<I>(os), ...);
  }
};

/*! \brief `(0: T0, 1: T1) -> R`, from the names of the types. */
TVM_FFI_COLD_CODE TVM_FFI_NO_INLINE inline std::string FormatSignature(const FTypeStr* args,
                                                                       size_t num_args,
                                                                       FTypeStr ret) {
  const char* separator = "";
  const char* colon = ": ";
  const char* arrow = ") -> ";
  std::string text(1, '(');
  for (size_t i = 0; i < num_args; ++i) {
    text.append(separator)
        .append(DecimalText(static_cast<int64_t>(i)))
        .append(colon)
        .append(args[i]());
    separator = ", ";
  }
  return text.append(arrow).append(ret());
}

/*! \brief Reflection of `R(Args...)`. */
template <typename R, typename... Args>
struct FuncFunctorImpl {
  using FType = R(Args...);
  using ArgType = std::tuple<Args...>;
  using RetType = R;
  static constexpr size_t num_args = sizeof...(Args);
#ifndef _MSC_VER
  /*! \brief Whether all types can cross the packed convention. */
  static constexpr bool unpacked_supported = (ArgSupported<Args> && ...) && RetSupported<R>;
#endif

  /*! \brief `(0: T0, 1: T1) -> R`. */
  static std::string Sig() {
    // Not static: GCC would make it a unique symbol, with which no library is ever unloaded.
    const FTypeStr args[sizeof...(Args) + 1] = {&Type2Str<Args>::v...};
    return FormatSignature(args, sizeof...(Args), &Type2Str<R>::v);
  }

  /*! \brief JSON schema: type `ffi.Function` with the return type and the parameters. */
  static std::string TypeSchema() {
    std::string text = R"({"type":"ffi.Function","named_args":{"return":[)";
    text += detail::TypeSchema<R>::v();
    text += CStr(R"(],"params":[)");
    [[maybe_unused]] const char* separator = "";
    ((text.append(separator).append(detail::TypeSchema<Args>::v()), separator = ","), ...);
    text += CStr("]}}");
    return text;
  }
};

/*! \brief Reflection of a call operator's type. */
template <typename T>
struct FunctionInfoHelper;
template <typename T, typename R, typename... Args>
struct FunctionInfoHelper<R (T::*)(Args...)> : public FuncFunctorImpl<R, Args...> {};
template <typename T, typename R, typename... Args>
struct FunctionInfoHelper<R (T::*)(Args...) const> : public FuncFunctorImpl<R, Args...> {};

/*! \brief Signature of a callable type: a functor, a function, or a method of an object class. */
template <typename T, typename = void>
struct FunctionInfo;

template <typename T>
struct FunctionInfo<T, std::void_t<decltype(&T::operator())>>
    : public FunctionInfoHelper<decltype(&T::operator())> {};
template <typename R, typename... Args>
struct FunctionInfo<R(Args...), void> : public FuncFunctorImpl<R, Args...> {};
template <typename R, typename... Args>
struct FunctionInfo<R (*)(Args...), void> : public FuncFunctorImpl<R, Args...> {};
template <typename R, typename... Args>
struct FunctionInfo<R (&)(Args...), void> : public FuncFunctorImpl<R, Args...> {};

// Methods take the object as first argument: object classes by pointer, references by value.
template <typename Class, typename R, typename... Args>
struct FunctionInfo<R (Class::*)(Args...), std::enable_if_t<std::is_base_of_v<Object, Class>>>
    : public FuncFunctorImpl<R, Class*, Args...> {};
template <typename Class, typename R, typename... Args>
struct FunctionInfo<R (Class::*)(Args...) const, std::enable_if_t<std::is_base_of_v<Object, Class>>>
    : public FuncFunctorImpl<R, const Class*, Args...> {};
template <typename Class, typename R, typename... Args>
struct FunctionInfo<R (Class::*)(Args...), std::enable_if_t<std::is_base_of_v<ObjectRef, Class>>>
    : public FuncFunctorImpl<R, Class, Args...> {};
template <typename Class, typename R, typename... Args>
struct FunctionInfo<R (Class::*)(Args...) const,
                    std::enable_if_t<std::is_base_of_v<ObjectRef, Class>>>
    : public FuncFunctorImpl<R, const Class, Args...> {};

// ------------------------------------------------------------------------------------------------
// Calls
// ------------------------------------------------------------------------------------------------

[[noreturn]] TVM_FFI_COLD_CODE TVM_FFI_NO_INLINE inline void ThrowArgCountMismatch(
    FuncName name, FGetFuncSignature f_sig, size_t expected, int32_t got) {
  TVM_FFI_THROW(TypeError) << "Mismatched number of arguments when calling: `" << name.str()
                           << f_sig() << "`. Expected " << expected << " but got " << got
                           << " arguments";
  TVM_FFI_UNREACHABLE();
}

[[noreturn]] TVM_FFI_COLD_CODE TVM_FFI_NO_INLINE inline void ThrowArgTypeMismatch(
    const AnyView& arg, int32_t arg_index, FuncName name, FGetFuncSignature f_sig,
    FTypeStr expected, FMismatchTypeInfo got) {
  const TVMFFIAny cell = arg.CopyToTVMFFIAny();
  TVM_FFI_THROW(TypeError) << "Mismatched type on argument #" << arg_index << " when calling: `"
                           << name.str() << f_sig() << "`. Expected `" << expected()
                           << "` but got `" << got(&cell) << "`";
  TVM_FFI_UNREACHABLE();
}

/*! \brief Whether calls convert to T without a std::optional, see TypeTraits<int>. */
template <typename T, typename = void>
inline constexpr bool has_cast_into_v = false;
template <typename T>
inline constexpr bool
    has_cast_into_v<T, std::void_t<decltype(TypeTraits<T>::TryCastInto(nullptr, nullptr))>> =
        std::is_arithmetic_v<T>;

/*! \brief An argument that converts itself to the parameter's type, or throws naming its position.
 */
template <typename Type>
class ArgValueWithContext {
 public:
  using TypeWithoutCR = std::remove_const_t<std::remove_reference_t<Type>>;

  /*!
   * \param args All arguments of the call.
   * \param arg_index Position of this one.
   * \param name Name of the function, or null.
   * \param f_sig Gives its signature.
   */
  TVM_FFI_INLINE ArgValueWithContext(const AnyView* args, int32_t arg_index, FuncName name,
                                     FGetFuncSignature f_sig)
      : args_(args), arg_index_(arg_index), name_(name), f_sig_(f_sig) {}

  TVM_FFI_INLINE operator TypeWithoutCR() {  // NOLINT(google-explicit-constructor)
    if constexpr (std::is_same_v<TypeWithoutCR, AnyView>) {
      return args_[arg_index_];
    } else if constexpr (std::is_same_v<TypeWithoutCR, Any>) {
      return Any(args_[arg_index_]);
    } else if constexpr (has_cast_into_v<TypeWithoutCR>) {
      TypeWithoutCR value;
      const TVMFFIAny cell = args_[arg_index_].CopyToTVMFFIAny();
      if (TVM_FFI_PREDICT_FALSE(!TypeTraits<TypeWithoutCR>::TryCastInto(&cell, &value))) {
        ThrowMismatch();
      }
      return value;
    } else {
      std::optional<TypeWithoutCR> opt = args_[arg_index_].template try_cast<TypeWithoutCR>();
      if (TVM_FFI_PREDICT_FALSE(!opt.has_value())) ThrowMismatch();
      return *std::move(opt);
    }
  }

 private:
  [[noreturn]] TVM_FFI_INLINE void ThrowMismatch() const {
    ThrowArgTypeMismatch(args_[arg_index_], arg_index_, name_, f_sig_, &Type2Str<Type>::v,
                         &TypeTraits<TypeWithoutCR>::GetMismatchTypeInfo);
  }

  const AnyView* args_;
  int32_t arg_index_;
  FuncName name_;
  FGetFuncSignature f_sig_;
};

/*!
 * \brief Calls `f` with converted arguments.
 * \param name Name for messages, or null.
 * \param rv Receives the result; untouched when f returns void.
 */
template <typename R, size_t... Is, typename F>
TVM_FFI_INLINE void unpack_call(std::index_sequence<Is...>, FuncName name, const F& f,
                                [[maybe_unused]] const AnyView* args, int32_t num_args,
                                [[maybe_unused]] Any* rv) {
  using FuncInfo = FunctionInfo<F>;
  using ArgTypes = typename FuncInfo::ArgType;
#ifndef _MSC_VER
  static_assert(FuncInfo::unpacked_supported, "The function signature do not support unpacked");
#endif
  constexpr FGetFuncSignature f_sig = FuncInfo::Sig;
  constexpr size_t kExpected = sizeof...(Is);
  if (TVM_FFI_PREDICT_FALSE(num_args != static_cast<int32_t>(kExpected))) {
    ThrowArgCountMismatch(name, f_sig, kExpected, num_args);
  }
  if constexpr (std::is_void_v<R>) {
    f(ArgValueWithContext<std::tuple_element_t<Is, ArgTypes>>(args, static_cast<int32_t>(Is), name,
                                                              f_sig)...);
  } else {
    *rv = R(f(ArgValueWithContext<std::tuple_element_t<Is, ArgTypes>>(
        args, static_cast<int32_t>(Is), name, f_sig)...));
  }
}

}  // namespace detail
}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_FUNCTION_DETAIL_H_
