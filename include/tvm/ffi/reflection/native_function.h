// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/reflection/native_function.h
 * \brief A hook that is either a native function with a fixed ABI or a packed `Function`.
 *
 * Type attributes that sit on hot paths (`__s_visit__`, `__any_hash__`, ...) hold one of two things
 * in the same 16-byte cell: an opaque pointer to a C++ adapter, called directly, or an
 * `ffi.Function` from any language. `NativeFunctionView` borrows such a cell and calls it;
 * `NativeFunction` owns it. Use a plain `TypedFunction` wherever one extra indirect call does not
 * matter.
 *
 * \code
 *   Expected<int64_t> AddOne(int64_t x) noexcept { return x + 1; }
 *
 *   auto hook = NativeFunctionView<int64_t(int64_t)>::FromNative<&AddOne>();
 *   int64_t three = hook(2);
 * \endcode
 *
 * The adapter's type `TVMFFIAny (*)(Args...) noexcept` crosses library boundaries: the returned
 * cell holds the result, or an owned `ffi.Error`. Changing it breaks every compiled consumer.
 */
#ifndef TVM_FFI_REFLECTION_NATIVE_FUNCTION_H_
#define TVM_FFI_REFLECTION_NATIVE_FUNCTION_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/expected.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/function_detail.h>

#include <exception>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace tvm {
namespace ffi {
namespace reflection {

template <typename FType>
class NativeFunctionView;
template <typename FType>
class NativeFunction;

namespace detail {

/*! \brief Whether a value of type T travels unchanged through the native hook ABI. */
template <typename T>
inline constexpr bool native_param_supported_v = std::is_lvalue_reference_v<T> ||
                                                 (!std::is_reference_v<T> &&
                                                  std::is_standard_layout_v<T> &&
                                                  std::is_trivially_copyable_v<T>);

/*! \brief Whether R is what a packed hook of result type Target may declare to return. */
template <typename R, typename Target>
inline constexpr bool packed_hook_result_v =
    std::is_same_v<R, Target> || std::is_same_v<R, Expected<Target>>;

/*!
 * \brief The exception in flight as an owned error cell; call it only inside a `catch` block.
 * \return The `ffi::Error` itself, or an `InternalError` with the text of another `std::exception`.
 */
inline TVMFFIAny CurrentExceptionToErrorCell() noexcept {
  try {
    throw;
  } catch (const Error& err) {
    return ffi::detail::AnyUnsafe::MoveAnyToTVMFFIAny(Any(err));
  } catch (const std::exception& ex) {
    return ffi::detail::AnyUnsafe::MoveAnyToTVMFFIAny(Any(Error("InternalError", ex.what(), "")));
  } catch (...) {
    // The native ABI is `noexcept`: letting it pass would end the process.
    return ffi::detail::AnyUnsafe::MoveAnyToTVMFFIAny(
        Any(Error("InternalError", "unknown exception in a native hook or callback", "")));
  }
}

/*!
 * \brief Call the packed form of a hook.
 * \param func Borrowed `ffi.Function` object.
 * \param args Borrowed arguments.
 * \param num_args Number of arguments.
 * \return Owned cell: the result, or the error that was raised or returned.
 */
inline TVMFFIAny CallPackedHook(TVMFFIObject* func, const AnyView* args,
                                int32_t num_args) noexcept {
  const FunctionObj* fn = ffi::detail::ObjectUnsafe::RawObjectPtrFromUnowned<FunctionObj>(func);
  TVMFFIAny result;
  result.type_index = kTVMFFINone;
  result.zero_padding = 0;
  result.v_int64 = 0;
  if (fn->safe_call(func, reinterpret_cast<const TVMFFIAny*>(args), num_args, &result) != 0) {
    return ffi::detail::AnyUnsafe::MoveAnyToTVMFFIAny(Any(ffi::detail::MoveFromSafeCallRaised()));
  }
  return result;
}

/*! \brief Decode what a packed hook answered, converting it to R where needed. */
template <typename R>
Expected<R> DecodePackedHookResult(TVMFFIAny raw) {
  if (raw.type_index == kTVMFFIError || std::is_same_v<R, Any>) {
    return ffi::detail::ExpectedUnsafe::MoveFromTVMFFIAny<R>(raw);
  }
  Any result = ffi::detail::AnyUnsafe::MoveTVMFFIAnyRawToAny(raw);
  if constexpr (std::is_void_v<R>) {
    if (result == nullptr) return Expected<void>();
  } else if constexpr (!std::is_same_v<R, Any>) {
    if (std::optional<R> value = result.template try_cast<R>()) return *std::move(value);
  }
  return Error("TypeError", "Packed hook result type mismatch", "");
}

/*! \brief The native adapter around the function Fn, see the file comment. */
template <auto Fn, typename R, typename... Args>
TVMFFIAny NativeHookAdapter(Args... args) noexcept {
  using Result = decltype(Fn(std::forward<Args>(args)...));
  static_assert(packed_hook_result_v<Result, R>,
                "A native hook must return the declared result type or an Expected of it");
  try {
    if constexpr (std::is_void_v<Result>) {
      Fn(std::forward<Args>(args)...);
      return ffi::detail::AnyUnsafe::MoveAnyToTVMFFIAny(Any());
    } else {
      return ffi::detail::ExpectedUnsafe::MoveToTVMFFIAny(
          Expected<R>(Fn(std::forward<Args>(args)...)));
    }
  } catch (...) {
    return CurrentExceptionToErrorCell();
  }
}

}  // namespace detail

/*!
 * \brief Borrowed hook of signature R(Args...); never empty.
 *
 * The viewed function object (if any) must outlive the view; a native hook needs no owner.
 */
template <typename R, typename... Args>
class NativeFunctionView<R(Args...)> {
 public:
  static_assert((detail::native_param_supported_v<Args> && ...),
                "NativeFunctionView parameters require lvalue references or standard-layout, "
                "trivially-copyable values");
#ifndef _MSC_VER
  static_assert(ffi::detail::FuncFunctorImpl<R, Args...>::unpacked_supported,
                "NativeFunctionView signature must be supported by TypedFunction");
#endif
  /*! \brief Type of the adapter behind a native hook (binary contract). */
  using ABIType = TVMFFIAny (*)(Args...) noexcept;

  NativeFunctionView() = delete;
  NativeFunctionView(std::nullptr_t) = delete;  // NOLINT(*)
  /*!
   * \brief Borrow a packed hook.
   * \param packed Returns R or Expected<R>; a null one raises ValueError.
   */
  template <typename PackedR, typename = std::enable_if_t<detail::packed_hook_result_v<PackedR, R>>>
  NativeFunctionView(const TypedFunction<PackedR(Args...)>& packed) {  // NOLINT(*)
    TVM_FFI_CHECK(packed != nullptr, ValueError)
        << "NativeFunctionView requires a non-null typed function";
    data_ = AnyView(packed).CopyToTVMFFIAny();
  }
  template <typename PackedR, typename = std::enable_if_t<detail::packed_hook_result_v<PackedR, R>>>
  NativeFunctionView(TypedFunction<PackedR(Args...)>&& packed) = delete;

  /*! \brief View of the native function Fn, which returns R (may throw) or Expected<R>. */
  template <auto Fn>
  static NativeFunctionView FromNative() {
    constexpr ABIType adapter = &detail::NativeHookAdapter<Fn, R, Args...>;
    TVMFFIAny data;
    data.type_index = kTVMFFIOpaquePtr;
    data.zero_padding = 0;
    data.v_int64 = 0;
    data.v_ptr = reinterpret_cast<void*>(adapter);
    return NativeFunctionView(data);
  }

  /*! \brief Call the hook; every failure comes back as the error state. */
  Expected<R> CallExpected(Args... args) const noexcept {
    if (data_.type_index == kTVMFFIOpaquePtr) {
      ABIType adapter = reinterpret_cast<ABIType>(data_.v_ptr);
      return ffi::detail::ExpectedUnsafe::MoveFromTVMFFIAny<R>(
          adapter(std::forward<Args>(args)...));
    }
    try {
      AnyView packed_args[sizeof...(Args) + 1];
      PackedArgs::Fill(packed_args, args...);
      return detail::DecodePackedHookResult<R>(
          detail::CallPackedHook(data_.v_obj, packed_args, static_cast<int32_t>(sizeof...(Args))));
    } catch (...) {
      return ffi::detail::ExpectedUnsafe::MoveFromTVMFFIAny<R>(
          detail::CurrentExceptionToErrorCell());
    }
  }

  /*! \brief Call the hook; throws the error of a failed call. */
  R operator()(Args... args) const { return CallExpected(std::forward<Args>(args)...).value(); }

 private:
  friend struct TypeTraits<NativeFunctionView<R(Args...)>>;
  friend class NativeFunction<R(Args...)>;

  explicit NativeFunctionView(TVMFFIAny data) : data_(data) {}

  /*! \brief Borrowed cell: an opaque pointer to an adapter, or an `ffi.Function`. */
  TVMFFIAny data_;
};

/*! \brief Owning counterpart of NativeFunctionView. */
template <typename R, typename... Args>
class NativeFunction<R(Args...)> {
 public:
  /*! \brief The borrowing counterpart. */
  using View = NativeFunctionView<R(Args...)>;

  /*! \brief Keep what the view borrows. */
  explicit NativeFunction(View view) : data_(AnyView::CopyFromTVMFFIAny(view.data_)) {}
  /*!
   * \brief Keep a packed hook.
   * \param packed Returns R or Expected<R>; a null one raises ValueError.
   */
  template <typename PackedR, typename = std::enable_if_t<detail::packed_hook_result_v<PackedR, R>>>
  NativeFunction(const TypedFunction<PackedR(Args...)>& packed)  // NOLINT(*)
      : NativeFunction(View(packed)) {}

  /*! \brief Keep what the view borrows. */
  static NativeFunction From(View view) { return NativeFunction(view); }
  /*! \brief Hook of the native function Fn, which returns R (may throw) or Expected<R>. */
  template <auto Fn>
  static NativeFunction FromNative() {
    return NativeFunction(View::template FromNative<Fn>());
  }

  /*! \brief Call the hook; every failure comes back as the error state. */
  Expected<R> CallExpected(Args... args) const noexcept {
    return view().CallExpected(std::forward<Args>(args)...);
  }
  /*! \brief Call the hook; throws the error of a failed call. */
  R operator()(Args... args) const { return view()(std::forward<Args>(args)...); }

 private:
  friend struct TypeTraits<NativeFunction<R(Args...)>>;

  explicit NativeFunction(Any data) : data_(std::move(data)) {}
  View view() const { return View(AnyView(data_).CopyToTVMFFIAny()); }

  Any data_;
};

namespace detail {

/*! \brief What the traits of the borrowed and the owning hook share. */
template <typename R, typename... Args>
struct NativeFunctionTraitsBase : public TypeTraitsBase {
  static bool CheckAnyStrict(const TVMFFIAny* src) {
    return (src->type_index == kTVMFFIOpaquePtr && src->v_ptr != nullptr) ||
           src->type_index == kTVMFFIFunction;
  }
  static std::string TypeStr() {
    std::string text = "Variant<void*, ";
    text += ffi::detail::FuncFunctorImpl<R, Args...>::Sig();
    text += '>';
    return text;
  }
  static std::string TypeSchema() {
    std::string text = R"({"type":"Variant","args":[{"type":"void*"},)";
    text += ffi::detail::FuncFunctorImpl<R, Args...>::TypeSchema();
    text += "]}";
    return text;
  }
};

}  // namespace detail
}  // namespace reflection

template <typename R, typename... Args>
inline constexpr bool use_default_type_traits_v<reflection::NativeFunctionView<R(Args...)>> = false;
template <typename R, typename... Args>
inline constexpr bool use_default_type_traits_v<reflection::NativeFunction<R(Args...)>> = false;

template <typename R, typename... Args>
struct TypeTraits<reflection::NativeFunctionView<R(Args...)>>
    : public reflection::detail::NativeFunctionTraitsBase<R, Args...> {
  using Self = reflection::NativeFunctionView<R(Args...)>;
  static_assert(sizeof(Self) == sizeof(TVMFFIAny),
                "compiled consumers pass hook views as one cell");
  using Base = reflection::detail::NativeFunctionTraitsBase<R, Args...>;

  static void CopyToAnyView(const Self& src, TVMFFIAny* result) { *result = src.data_; }
  static void MoveToAny(Self src, TVMFFIAny* result) {
    *result = detail::AnyUnsafe::MoveAnyToTVMFFIAny(Any(AnyView::CopyFromTVMFFIAny(src.data_)));
  }
  static Self CopyFromAnyViewAfterCheck(const TVMFFIAny* src) { return Self(*src); }
  // A view owns nothing, so the cell keeps its reference.
  static Self MoveFromAnyAfterCheck(TVMFFIAny* src) { return Self(*src); }
  static std::optional<Self> TryCastFromAnyView(const TVMFFIAny* src) {
    if (!Base::CheckAnyStrict(src)) return std::nullopt;
    return Self(*src);
  }
};

template <typename R, typename... Args>
struct TypeTraits<reflection::NativeFunction<R(Args...)>>
    : public reflection::detail::NativeFunctionTraitsBase<R, Args...> {
  using Self = reflection::NativeFunction<R(Args...)>;
  static_assert(sizeof(Self) == sizeof(TVMFFIAny), "compiled consumers hold hooks as one cell");
  using Base = reflection::detail::NativeFunctionTraitsBase<R, Args...>;

  static void CopyToAnyView(const Self& src, TVMFFIAny* result) {
    *result = AnyView(src.data_).CopyToTVMFFIAny();
  }
  static void MoveToAny(Self src, TVMFFIAny* result) {
    *result = detail::AnyUnsafe::MoveAnyToTVMFFIAny(std::move(src.data_));
  }
  static Self CopyFromAnyViewAfterCheck(const TVMFFIAny* src) {
    return Self(Any(AnyView::CopyFromTVMFFIAny(*src)));
  }
  static Self MoveFromAnyAfterCheck(TVMFFIAny* src) {
    return Self(detail::AnyUnsafe::MoveTVMFFIAnyToAny(src));
  }
  static std::optional<Self> TryCastFromAnyView(const TVMFFIAny* src) {
    if (!Base::CheckAnyStrict(src)) return std::nullopt;
    return Self(Any(AnyView::CopyFromTVMFFIAny(*src)));
  }
};

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_REFLECTION_NATIVE_FUNCTION_H_
