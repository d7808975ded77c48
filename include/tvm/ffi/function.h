// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/function.h
 * \brief Function, TypedFunction and the macros that export C++ functions to all languages.
 *
 * \code
 * Function add = Function::FromTyped([](int a, int b) { return a + b; });
 * int three = add(1, 2).cast<int>();
 * TypedFunction<int(int, int)> typed = add;    // unchecked until called
 * Function::SetGlobal("demo.add", add);
 *
 * // A C symbol that a module loader finds in this library:
 * int AddOne(int x) { return x + 1; }
 * TVM_FFI_DLL_EXPORT_TYPED_FUNC(add_one, AddOne);
 * \endcode
 *
 * Every call, from any language, passes an array of borrowed cells and receives one owned cell.
 * Between C++ libraries exceptions pass through unchanged; across the C boundary (`safe_call`) an
 * error travels in the thread's raised-error slot. Inside one library call C++ functions directly.
 */
#ifndef TVM_FFI_FUNCTION_H_
#define TVM_FFI_FUNCTION_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/base_detail.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/expected.h>
#include <tvm/ffi/function_detail.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

/*!
 * \brief Open and close the body of a C function that reports errors through the raised-error slot.
 *
 * The closing macro returns 0. An Error or std::exception thrown between the two is raised on this
 * thread and the function returns -1; other exceptions propagate.
 */
#define TVM_FFI_SAFE_CALL_BEGIN() \
  try {                           \
  (void)0

/*! \brief Closes what TVM_FFI_SAFE_CALL_BEGIN opens. */
#define TVM_FFI_SAFE_CALL_END()                       \
  return 0;                                           \
  }                                                   \
  catch (const ::tvm::ffi::Error& err) {              \
    ::tvm::ffi::detail::SetSafeCallRaised(err);       \
    return -1;                                        \
  }                                                   \
  catch (const std::exception& ex) {                  \
    ::tvm::ffi::detail::SetSafeCallRaisedFromStd(ex); \
    return -1;                                        \
  }                                                   \
  TVM_FFI_UNREACHABLE()

/*! \brief Evaluates a C call once and throws the raised error when it returns a non-zero code. */
#define TVM_FFI_CHECK_SAFE_CALL(func)            \
  {                                              \
    if (TVM_FFI_PREDICT_FALSE((func) != 0)) {    \
      ::tvm::ffi::detail::ThrowSafeCallRaised(); \
    }                                            \
  }

namespace tvm {
namespace ffi {

/*!
 * \brief A callable object: its cell holds the C entry point and, for functions made in C++, a
 * second one that throws.
 */
class FunctionObj : public Object, public TVMFFIFunctionCell {
 public:
  /*! \brief Type of the cell's `cpp_call`. */
  using FCall = void (*)(const FunctionObj*, const AnyView*, int32_t, Any*);
  using TVMFFIFunctionCell::cpp_call;
  using TVMFFIFunctionCell::safe_call;

  /*!
   * \brief Calls the function; throws what it throws.
   * \param args Borrowed arguments.
   * \param num_args Their number.
   * \param result Must hold None; receives the result.
   */
  TVM_FFI_INLINE void CallPacked(const AnyView* args, int32_t num_args, Any* result) const {
    if (TVM_FFI_PREDICT_TRUE(cpp_call != nullptr)) {
      reinterpret_cast<FCall>(cpp_call)(this, args, num_args, result);
    } else {
      FunctionObj* self = const_cast<FunctionObj*>(this);
      TVM_FFI_CHECK_SAFE_CALL(safe_call(self, reinterpret_cast<const TVMFFIAny*>(args), num_args,
                                        reinterpret_cast<TVMFFIAny*>(result)));
    }
  }

  static constexpr uint32_t _type_index = TypeIndex::kTVMFFIFunction;
  TVM_FFI_DECLARE_OBJECT_INFO_STATIC(StaticTypeKey::kTVMFFIFunction, FunctionObj, Object);

 protected:
  FunctionObj() = default;
};

static_assert(sizeof(FunctionObj) == sizeof(TVMFFIObject) + sizeof(TVMFFIFunctionCell),
              "the function cell follows the header directly");

namespace detail {

/*! \brief The slot for a result must not own anything, because it is overwritten. */
[[noreturn]] inline void ThrowResultNotEmpty(const TVMFFIAny* result) {
  ThrowICheckFailed("result->type_index < TypeIndex::kTVMFFIStaticObjectBegin", result->type_index,
                    TypeIndex::kTVMFFIStaticObjectBegin);
}

/*!
 * \brief Function object that stores a C++ callable behind its cell.
 * \tparam TCallable Unqualified; called as `callable(const AnyView*, int32_t, Any*)`.
 */
template <typename TCallable>
class FunctionObjImpl : public FunctionObj {
 public:
  static_assert(std::is_same_v<TCallable, std::remove_cv_t<std::remove_reference_t<TCallable>>>,
                "TCallable of FunctionObjImpl cannot be const or reference type");

  template <typename... Args>
  explicit FunctionObjImpl(Args&&... args) : callable_(std::forward<Args>(args)...) {
    this->safe_call = SafeCall;
    this->cpp_call = reinterpret_cast<void*>(CppCall);
  }
  FunctionObjImpl(const FunctionObjImpl&) = delete;
  FunctionObjImpl& operator=(const FunctionObjImpl&) = delete;

  TCallable* GetCallable() { return &callable_; }

 private:
  static void CppCall(const FunctionObj* func, const AnyView* args, int32_t num_args, Any* result) {
    static_cast<const FunctionObjImpl*>(func)->callable_(args, num_args, result);
  }

  static int SafeCall(void* handle, const TVMFFIAny* args, int32_t num_args, TVMFFIAny* result) {
    TVM_FFI_SAFE_CALL_BEGIN();
    if (TVM_FFI_PREDICT_FALSE(result->type_index >= TypeIndex::kTVMFFIStaticObjectBegin)) {
      ThrowResultNotEmpty(result);
    }
    CppCall(static_cast<const FunctionObj*>(static_cast<const Object*>(handle)),
            reinterpret_cast<const AnyView*>(args), num_args, reinterpret_cast<Any*>(result));
    TVM_FFI_SAFE_CALL_END();
  }

  mutable TCallable callable_;
};

/*! \brief A C function without state: it is the cell's entry point and receives the function's
 * handle. */
class ExternCFunctionObjNullHandleImpl : public FunctionObj {
 public:
  explicit ExternCFunctionObjNullHandleImpl(TVMFFISafeCallType safe_call) {
    this->safe_call = safe_call;
    this->cpp_call = nullptr;
  }
};

/*! \brief A C function with a state pointer, which is deleted with the function object. */
class ExternCFunctionObjImpl : public FunctionObj {
 public:
  ExternCFunctionObjImpl(void* self, TVMFFISafeCallType safe_call, void (*deleter)(void* self))
      : self_(self), extern_safe_call_(safe_call), deleter_(deleter) {
    this->safe_call = Trampoline;
    this->cpp_call = nullptr;
  }
  ExternCFunctionObjImpl(const ExternCFunctionObjImpl&) = delete;
  ExternCFunctionObjImpl& operator=(const ExternCFunctionObjImpl&) = delete;
  ~ExternCFunctionObjImpl() {
    if (deleter_ != nullptr) deleter_(self_);
  }

 private:
  static int Trampoline(void* handle, const TVMFFIAny* args, int32_t num_args, TVMFFIAny* result) {
    auto* func = static_cast<ExternCFunctionObjImpl*>(static_cast<Object*>(handle));
    return func->extern_safe_call_(func->self_, args, num_args, result);
  }

  void* self_;
  TVMFFISafeCallType extern_safe_call_;
  void (*deleter_)(void* self);
};

static_assert(sizeof(void*) != 8 || sizeof(ExternCFunctionObjNullHandleImpl) == 40, "stable ABI");
static_assert(sizeof(void*) != 8 || sizeof(ExternCFunctionObjImpl) == 64, "stable ABI");

/*! \brief Writes arguments into an array of views. */
class PackedArgsSetter {
 public:
  explicit PackedArgsSetter(AnyView* args) : args_(args) {}

  template <typename T>
  TVM_FFI_INLINE void operator()(size_t i, T&& value) const {
    args_[i] = std::forward<T>(value);
  }

 private:
  AnyView* args_;
};

}  // namespace detail

/*! \brief The arguments of a packed call: borrowed views, valid during the call. */
class PackedArgs {
 public:
  /*! \brief `size` arguments at `data`. */
  PackedArgs(const AnyView* data, int32_t size) : data_(data), size_(size) {}

  int size() const { return size_; }
  /*! \brief The first argument. */
  const AnyView* data() const { return data_; }
  /*! \brief The arguments [begin, end), to the last one when end is -1; bounds are not checked. */
  PackedArgs Slice(int begin, int end = -1) const {
    return PackedArgs(data_ + begin, (end == -1 ? size_ : end) - begin);
  }
  /*! \brief Argument i; not checked. */
  AnyView operator[](int i) const { return data_[i]; }

  /*!
   * \brief Stores views of `args` in `data[0...]`. The arguments must outlive the call.
   * \param data Room for all of them.
   * \param args The arguments.
   */
  template <typename... Args>
  TVM_FFI_INLINE static void Fill(AnyView* data, Args&&... args) {
    const detail::PackedArgsSetter setter(data);
    [[maybe_unused]] size_t i = 0;
    (setter(i++, std::forward<Args>(args)), ...);
  }

 private:
  const AnyView* data_;
  int32_t size_;
};

namespace detail {

/*! \brief The views of a call's arguments, with owners for those that views cannot show alone. */
template <typename... Args>
class CallArgs {
 public:
  TVM_FFI_INLINE explicit CallArgs(Args&&... args) {
    [[maybe_unused]] size_t i = 0;
    (Set(i++, std::forward<Args>(args)), ...);
  }
  CallArgs(const CallArgs&) = delete;
  CallArgs& operator=(const CallArgs&) = delete;

  TVM_FFI_INLINE const AnyView* views() const { return views_; }
  TVM_FFI_INLINE const TVMFFIAny* raw() const { return reinterpret_cast<const TVMFFIAny*>(views_); }
  static constexpr int32_t size() { return static_cast<int32_t>(sizeof...(Args)); }

 private:
  template <typename T>
  static constexpr bool kNeedsOwner =
      view_needs_owner_v<std::remove_const_t<std::remove_reference_t<T>>>;
  static constexpr size_t kNumOwners = (size_t{0} + ... + (kNeedsOwner<Args> ? 1 : 0));

  struct NoOwners {};
  struct Owners {
    Any slots[kNumOwners > 0 ? kNumOwners : 1];
    size_t size = 0;
  };

  template <typename T>
  TVM_FFI_INLINE void Set(size_t i, T&& value) {
    if constexpr (kNeedsOwner<T>) {
      Any& owner = owners_.slots[owners_.size++];
      owner = Any(std::forward<T>(value));
      views_[i] = owner;
    } else {
      views_[i] = std::forward<T>(value);
    }
  }

  AnyView views_[sizeof...(Args) > 0 ? sizeof...(Args) : 1];
  std::conditional_t<(kNumOwners > 0), Owners, NoOwners> owners_;
};

/*! \brief Adapts `f(PackedArgs, Any*)` to the raw packed form. */
template <typename F>
struct PackedArgsCallable {
  template <typename G>
  explicit PackedArgsCallable(G&& g) : f(std::forward<G>(g)) {}
  TVM_FFI_INLINE void operator()(const AnyView* args, int32_t num_args, Any* result) {
    f(PackedArgs(args, num_args), result);
  }
  F f;
};

/*! \brief Adapts a typed callable to the raw packed form. */
template <typename F>
struct TypedCallable {
  template <typename G>
  explicit TypedCallable(G&& g) : f(std::forward<G>(g)) {}
  TVM_FFI_INLINE void operator()(const AnyView* args, int32_t num_args, Any* result) const {
    using FuncInfo = FunctionInfo<F>;
    unpack_call<typename FuncInfo::RetType>(std::make_index_sequence<FuncInfo::num_args>{}, nullptr,
                                            f, args, num_args, result);
  }
  F f;
};

/*! \brief TypedCallable with a name for messages. */
template <typename F>
struct NamedTypedCallable {
  template <typename G>
  NamedTypedCallable(G&& g, std::string func_name)
      : f(std::forward<G>(g)), name(std::move(func_name)) {}
  TVM_FFI_INLINE void operator()(const AnyView* args, int32_t num_args, Any* result) const {
    using FuncInfo = FunctionInfo<F>;
    unpack_call<typename FuncInfo::RetType>(std::make_index_sequence<FuncInfo::num_args>{}, &name,
                                            f, args, num_args, result);
  }
  F f;
  std::string name;
};

TVM_FFI_COLD_CODE TVM_FFI_NO_INLINE inline Error NullFunctionError() {
  return Error("TypeError", "Cannot call a null Function", TVMFFIBacktrace(nullptr, 0, nullptr, 0));
}

[[noreturn]] TVM_FFI_COLD_CODE TVM_FFI_NO_INLINE inline void ThrowNullFunction() {
  throw NullFunctionError();
}

/*! \brief The error of a failed safe call as a value. */
TVM_FFI_COLD_CODE TVM_FFI_NO_INLINE inline Error TakeSafeCallRaised() {
  try {
    ThrowSafeCallRaised();
  } catch (const Error& error) {
    return error;
  }
}

TVM_FFI_COLD_CODE TVM_FFI_NO_INLINE inline Error CallExpectedMismatch(const std::string& expected,
                                                                      const Any& result) {
  return Error("TypeError",
               "CallExpected: result type mismatch, expected " + expected + ", but got " +
                   result.GetTypeKey(),
               "");
}

/*! \brief The result of a successful call as an Expected. */
template <typename T>
Expected<T> ResultToExpected(Any result) {
  if constexpr (std::is_same_v<T, Any>) {
    return Expected<Any>(std::move(result));
  } else {
    if constexpr (std::is_void_v<T>) {
      if (result == nullptr) return Expected<void>();
    } else {
      if (std::optional<T> value = std::move(result).as<T>()) return *std::move(value);
      if (std::optional<T> value = result.try_cast<T>()) return *std::move(value);
    }
    if (auto error = std::move(result).as<Late<Error, T>>()) return *std::move(error);
    return CallExpectedMismatch(Type2Str<T>::v(), result);
  }
}

}  // namespace detail

/*! \brief Reference to a function; may be null. */
class Function : public ObjectRef {
 public:
  /*! \brief Declared for the benefit of the library. */
  class Registry;

  Function(std::nullptr_t) : ObjectRef(UnsafeInit{}) {}  // NOLINT(google-explicit-constructor)

  /*! \brief Same as FromPacked. */
  template <typename TCallable,
            typename = std::enable_if_t<!std::is_base_of_v<Function, std::decay_t<TCallable>> &&
                                        !std::is_convertible_v<TCallable, Function>>>
  explicit Function(TCallable&& packed_call)
      : Function(FromPacked(std::forward<TCallable>(packed_call))) {}

  /*!
   * \brief Makes a function from a callable with signature `void(PackedArgs, Any*)` or
   *        `void(const AnyView*, int32_t, Any*)`. Mutable and move-only callables work.
   */
  template <typename TCallable>
  static Function FromPacked(TCallable&& packed_call) {
    using F = std::decay_t<TCallable>;
    constexpr bool kTakesPackedArgs = std::is_invocable_v<F&, PackedArgs, Any*>;
    constexpr bool kTakesRaw = std::is_invocable_v<F&, const AnyView*, int32_t, Any*>;
    static_assert(kTakesPackedArgs || kTakesRaw,
                  "tvm::ffi::Function::FromPacked requires input function signature to match "
                  "packed func format");
    if constexpr (kTakesPackedArgs) {
      return Make<detail::PackedArgsCallable<F>>(std::forward<TCallable>(packed_call));
    } else if constexpr (kTakesRaw) {
      return Make<F>(std::forward<TCallable>(packed_call));
    }
  }

  /*!
   * \brief Constructs the callable inside the function object.
   * \return The function and a pointer to the callable, valid as long as the function lives.
   */
  template <typename TCallable, typename... Args>
  static auto FromPackedInplace(Args&&... args) {
    static_assert(std::is_same_v<TCallable, std::decay_t<TCallable>>,
                  "FromPackedInplace requires a decayed callable type");
    static_assert(std::is_invocable_v<TCallable&, const AnyView*, int32_t, Any*>,
                  "FromPackedInplace requires a callable of (const AnyView*, int32_t, Any*)");
    auto obj = make_object<detail::FunctionObjImpl<TCallable>>(std::forward<Args>(args)...);
    TCallable* callable = obj->GetCallable();
    return std::tuple<Function, TCallable*>(Function(ObjectPtr<FunctionObj>(std::move(obj))),
                                            callable);
  }

  /*! \brief Makes a function from a typed callable; arguments are converted and checked per call.
   */
  template <typename TCallable>
  static Function FromTyped(TCallable&& callable) {
    using F = std::decay_t<TCallable>;
    return Make<detail::TypedCallable<F>>(std::forward<TCallable>(callable));
  }
  /*! \brief The same with a name that appears in argument errors. */
  template <typename TCallable>
  static Function FromTyped(TCallable&& callable, std::string name) {
    using F = std::decay_t<TCallable>;
    return Make<detail::NamedTypedCallable<F>>(std::forward<TCallable>(callable), std::move(name));
  }

  /*!
   * \brief Makes a function from a C entry point.
   * \param self State passed to `safe_call`; when it and the deleter are null, `safe_call` receives
   * the handle of the function object instead.
   * \param safe_call The entry point; see TVMFFISafeCallType for its contract.
   * \param deleter Called with `self` when the function dies; may be null.
   */
  template <typename D = void>
  static Function FromExternC(void* self, TVMFFISafeCallType safe_call,
                              void (*deleter)(void* self)) {
    if (self == nullptr && deleter == nullptr) {
      using NullHandleImpl = detail::Late<detail::ExternCFunctionObjNullHandleImpl, D>;
      return Function(ObjectPtr<FunctionObj>(make_object<NullHandleImpl>(safe_call)));
    }
    using Impl = detail::Late<detail::ExternCFunctionObjImpl, D>;
    return Function(ObjectPtr<FunctionObj>(make_object<Impl>(self, safe_call, deleter)));
  }

  /*! \brief Calls a C entry point directly; throws its error on a non-zero code. */
  template <typename... Args>
  TVM_FFI_INLINE static Any InvokeExternC(void* handle, TVMFFISafeCallType safe_call,
                                          Args&&... args) {
    const detail::CallArgs<Args...> packed(std::forward<Args>(args)...);
    Any result;
    TVM_FFI_CHECK_SAFE_CALL(
        safe_call(handle, packed.raw(), packed.size(), reinterpret_cast<TVMFFIAny*>(&result)));
    return result;
  }

  /*! \brief The global function of this name, nullopt when there is none. */
  template <typename D = void>
  static std::optional<detail::Late<Function, D>> GetGlobal(std::string_view name) {
    TVMFFIByteArray key{name.data(), name.size()};
    TVMFFIObjectHandle handle = nullptr;
    TVM_FFI_CHECK_SAFE_CALL(TVMFFIFunctionGetGlobal(&key, &handle));
    if (handle == nullptr) return std::nullopt;
    return Function(
        detail::ObjectUnsafe::ObjectPtrFromOwned<FunctionObj>(static_cast<TVMFFIObject*>(handle)));
  }
  template <typename D = void>
  static std::optional<detail::Late<Function, D>> GetGlobal(const std::string& name) {
    return GetGlobal<D>(std::string_view(name));
  }
  template <typename D = void>
  static std::optional<detail::Late<Function, D>> GetGlobal(const String& name) {
    return GetGlobal<D>(std::string_view(name.data(), name.size()));
  }
  template <typename D = void>
  static std::optional<detail::Late<Function, D>> GetGlobal(const char* name) {
    return GetGlobal<D>(std::string_view(name));
  }

  /*! \brief The global function of this name; ValueError when there is none. */
  template <typename D = void>
  static Function GetGlobalRequired(std::string_view name) {
    auto func = GetGlobal<D>(name);
    if (!func.has_value()) {
      TVM_FFI_THROW(ValueError) << "Function " << name << " not found";
    }
    return *std::move(func);
  }
  template <typename D = void>
  static Function GetGlobalRequired(const std::string& name) {
    return GetGlobalRequired<D>(std::string_view(name));
  }
  template <typename D = void>
  static Function GetGlobalRequired(const String& name) {
    return GetGlobalRequired<D>(std::string_view(name.data(), name.size()));
  }
  template <typename D = void>
  static Function GetGlobalRequired(const char* name) {
    return GetGlobalRequired<D>(std::string_view(name));
  }

  /*!
   * \brief Registers a global function.
   * \param name Name for look-ups.
   * \param func The function.
   * \param override Replaces an existing one; without it a taken name is a RuntimeError.
   */
  static void SetGlobal(std::string_view name, Function func, bool override = false) {
    TVMFFIByteArray key{name.data(), name.size()};
    TVM_FFI_CHECK_SAFE_CALL(TVMFFIFunctionSetGlobal(
        &key, detail::ObjectUnsafe::TVMFFIObjectPtrFromObjectRef(func), override));
  }

  /*! \brief Names of all global functions, in order of registration. */
  template <typename D = void>
  static std::vector<detail::Late<String, D>> ListGlobalNames() {
    using LateFunction = detail::Late<Function, D>;
    LateFunction name_at = GetGlobalRequired<D>("ffi.FunctionListGlobalNamesFunctor")
                               .template operator()<>()
                               .template cast<LateFunction>();
    const int64_t count = name_at(-1).template cast<int64_t>();
    std::vector<detail::Late<String, D>> names;
    names.reserve(static_cast<size_t>(count));
    for (int64_t i = 0; i < count; ++i) {
      names.push_back(name_at(i).template cast<String>());
    }
    return names;
  }

  /*! \brief Removes a global function; a name that does not exist is ignored. */
  template <typename D = void>
  static void RemoveGlobal(const String& name) {
    GetGlobalRequired<D>("ffi.FunctionRemoveGlobal")(name);
  }

  /*! \brief Calls with any arguments that have traits. A null function is a TypeError. */
  template <typename... Args>
  TVM_FFI_INLINE Any operator()(Args&&... args) const {
    const detail::CallArgs<Args...> packed(std::forward<Args>(args)...);
    Any result;
    CallPacked(packed.views(), packed.size(), &result);
    return result;
  }

  /*! \brief Calls with packed arguments; `result` must hold None. */
  TVM_FFI_INLINE void CallPacked(const AnyView* args, int32_t num_args, Any* result) const {
    if (TVM_FFI_PREDICT_FALSE(data_ == nullptr)) detail::ThrowNullFunction();
    static_cast<const FunctionObj*>(data_.get())->CallPacked(args, num_args, result);
  }
  TVM_FFI_INLINE void CallPacked(PackedArgs args, Any* result) const {
    CallPacked(args.data(), args.size(), result);
  }

  /*!
   * \brief Calls without throwing what the function raises.
   * \tparam T Expected type of the result; a result that does not convert is a TypeError value.
   */
  template <typename T = Any, typename... Args>
  Expected<T> CallExpected(Args&&... args) const {
    const detail::CallArgs<Args...> packed(std::forward<Args>(args)...);
    if (TVM_FFI_PREDICT_FALSE(data_ == nullptr)) return detail::NullFunctionError();
    Any result;
    FunctionObj* func = static_cast<FunctionObj*>(data_.get());
    if (TVM_FFI_PREDICT_FALSE(func->safe_call(func, packed.raw(), packed.size(),
                                              reinterpret_cast<TVMFFIAny*>(&result)) != 0)) {
      return detail::TakeSafeCallRaised();
    }
    return detail::ResultToExpected<T>(std::move(result));
  }

  bool operator==(std::nullptr_t) const { return data_ == nullptr; }
  bool operator!=(std::nullptr_t) const { return data_ != nullptr; }

  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NULLABLE(Function, ObjectRef, FunctionObj);

 private:
  template <typename TCallable, typename... Args>
  static Function Make(Args&&... args) {
    return Function(ObjectPtr<FunctionObj>(
        make_object<detail::FunctionObjImpl<TCallable>>(std::forward<Args>(args)...)));
  }
};

// ------------------------------------------------------------------------------------------------
// TypedFunction
// ------------------------------------------------------------------------------------------------

/*!
 * \brief Function with a C++ signature.
 *
 * \code
 * TypedFunction<int(int)> inc = [](int x) { return x + 1; };
 * int two = inc(1);
 * \endcode
 *
 * Any Function converts; whether it fits shows when it is called.
 */
template <typename FType>
class TypedFunction;

/*! \brief Function with the signature `R(Args...)`. */
template <typename R, typename... Args>
class TypedFunction<R(Args...)> {
 private:
  template <typename FLambda>
  using EnableIfCallable =
      std::enable_if_t<!std::is_same_v<std::decay_t<FLambda>, TypedFunction> &&
                       std::is_invocable_r_v<R, std::decay_t<FLambda>&, Args...>>;

 public:
  /*! \brief This class. */
  using TSelf = TypedFunction<R(Args...)>;

  TypedFunction() = default;
  TypedFunction(std::nullptr_t) {}  // NOLINT
  /*! \brief Any function; whether it fits shows when it is called. */
  TypedFunction(Function packed) : packed_(std::move(packed)) {}  // NOLINT
  /*! \brief Wraps a callable; the name appears in argument errors. */
  template <typename FLambda, typename = EnableIfCallable<FLambda>>
  TypedFunction(FLambda&& lambda, std::string name)
      : packed_(Function::FromTyped(std::forward<FLambda>(lambda), std::move(name))) {}
  /*! \brief Wraps a callable. */
  template <typename FLambda, typename = EnableIfCallable<FLambda>>
  TypedFunction(FLambda&& lambda)  // NOLINT(google-explicit-constructor)
      : packed_(Function::FromTyped(std::forward<FLambda>(lambda))) {}

  template <typename FLambda, typename = EnableIfCallable<FLambda>>
  TSelf& operator=(FLambda&& lambda) {
    packed_ = Function::FromTyped(std::forward<FLambda>(lambda));
    return *this;
  }
  TSelf& operator=(Function packed) {
    packed_ = std::move(packed);
    return *this;
  }

  /*! \brief Calls and converts the result; TypeError when it does not convert. */
  TVM_FFI_INLINE R operator()(Args... args) const {
    if constexpr (std::is_void_v<R>) {
      packed_(std::forward<Args>(args)...);
    } else if constexpr (std::is_same_v<R, Any>) {
      return packed_(std::forward<Args>(args)...);
    } else {
      return packed_(std::forward<Args>(args)...).template cast<R>();
    }
  }

  /*! \brief The function without its signature. */
  operator Function() const { return packed_; }  // NOLINT(google-explicit-constructor)
  /*! \brief The function without its signature. */
  const Function& packed() const& { return packed_; }
  Function&& packed() && { return std::move(packed_); }
  bool operator==(std::nullptr_t) const { return packed_ == nullptr; }
  bool operator!=(std::nullptr_t) const { return packed_ != nullptr; }

  /*! \brief JSON schema of the signature. */
  static std::string TypeSchema() { return detail::FuncFunctorImpl<R, Args...>::TypeSchema(); }

 private:
  Function packed_;
};

/*! \brief Typed functions travel as their Function; None converts to a null one. */
template <typename FType>
struct TypeTraits<TypedFunction<FType>> : public TypeTraitsBase {
  static constexpr int32_t field_static_type_index = TypeIndex::kTVMFFIFunction;

  TVM_FFI_INLINE static void CopyToAnyView(const TypedFunction<FType>& src, TVMFFIAny* result) {
    TypeTraits<Function>::CopyToAnyView(src.packed(), result);
  }
  TVM_FFI_INLINE static void MoveToAny(TypedFunction<FType> src, TVMFFIAny* result) {
    TypeTraits<Function>::MoveToAny(std::move(src).packed(), result);
  }
  TVM_FFI_INLINE static bool CheckAnyStrict(const TVMFFIAny* src) {
    return src->type_index == TypeIndex::kTVMFFIFunction;
  }
  TVM_FFI_INLINE static TypedFunction<FType> CopyFromAnyViewAfterCheck(const TVMFFIAny* src) {
    return TypedFunction<FType>(TypeTraits<Function>::CopyFromAnyViewAfterCheck(src));
  }
  TVM_FFI_INLINE static TypedFunction<FType> MoveFromAnyAfterCheck(TVMFFIAny* src) {
    return TypedFunction<FType>(TypeTraits<Function>::MoveFromAnyAfterCheck(src));
  }
  TVM_FFI_INLINE static std::optional<TypedFunction<FType>> TryCastFromAnyView(
      const TVMFFIAny* src) {
    auto opt = TypeTraits<detail::Late<Function, FType>>::TryCastFromAnyView(src);
    if (!opt.has_value()) return std::nullopt;
    return TypedFunction<FType>(*std::move(opt));
  }
  static std::string TypeStr() { return detail::FunctionInfo<FType>::Sig(); }
  static std::string TypeSchema() { return TypedFunction<FType>::TypeSchema(); }
};

/*! \brief Index of a registered type key; InternalError for an unknown one. */
inline int32_t TypeKeyToIndex(std::string_view type_key) {
  TVMFFIByteArray key{type_key.data(), type_key.size()};
  int32_t type_index = 0;
  TVM_FFI_CHECK_SAFE_CALL(TVMFFITypeKeyToIndex(&key, &type_index));
  return type_index;
}

// ------------------------------------------------------------------------------------------------
// Export macros
// ------------------------------------------------------------------------------------------------

namespace detail {

/*! \brief Returns a text through the C convention; the library owns its memory, so it survives
 * unloading. */
inline void ReturnExportedText(std::string_view text, TVMFFIAny* result) {
  TVMFFIByteArray bytes{text.data(), text.size()};
  TVM_FFI_CHECK_SAFE_CALL(TVMFFIStringFromByteArray(&bytes, result));
}

/*! \brief `{"type_schema":<schema as a JSON string>}`. */
inline std::string ExportedMetadata(const std::string& schema) {
  const String escaped = EscapeStringJSON(String(schema));
  return std::string("{\"type_schema\":").append(escaped.data(), escaped.size()).append(CStr("}"));
}

}  // namespace detail

/*! \brief Whether the export macros also emit metadata and doc symbols. */
#ifndef TVM_FFI_DLL_EXPORT_INCLUDE_METADATA
#define TVM_FFI_DLL_EXPORT_INCLUDE_METADATA 0
#endif

// The C symbol that module loaders look up: `__tvm_ffi_<name>`. The local names are unlikely ones,
// because `Function` is an expression of the user that must not meet them.
#define TVM_FFI_DLL_EXPORT_TYPED_FUNC_IMPL_(ExportName, Function)                                  \
  extern "C" {                                                                                     \
  TVM_FFI_DLL_EXPORT int __tvm_ffi_##ExportName([[maybe_unused]] void* ffi_self_,                  \
                                                const TVMFFIAny* ffi_args_, int32_t ffi_num_args_, \
                                                TVMFFIAny* ffi_result_) {                          \
    TVM_FFI_SAFE_CALL_BEGIN();                                                                     \
    using FFIFuncInfo_ = ::tvm::ffi::detail::FunctionInfo<std::decay_t<decltype(Function)>>;       \
    ::tvm::ffi::detail::unpack_call<typename FFIFuncInfo_::RetType>(                               \
        std::make_index_sequence<FFIFuncInfo_::num_args>{},                                        \
        ::tvm::ffi::detail::FuncName(#ExportName), Function,                                       \
        reinterpret_cast<const ::tvm::ffi::AnyView*>(ffi_args_), ffi_num_args_,                    \
        reinterpret_cast<::tvm::ffi::Any*>(ffi_result_));                                          \
    TVM_FFI_SAFE_CALL_END();                                                                       \
  }                                                                                                \
  }

#if TVM_FFI_DLL_EXPORT_INCLUDE_METADATA
/*!
 * \brief Exports a function or callable object as the C symbol `__tvm_ffi_<ExportName>`.
 *
 * With TVM_FFI_DLL_EXPORT_INCLUDE_METADATA also `__tvm_ffi__metadata_<ExportName>`.
 */
#define TVM_FFI_DLL_EXPORT_TYPED_FUNC(ExportName, Function)                                  \
  TVM_FFI_DLL_EXPORT_TYPED_FUNC_IMPL_(ExportName, Function)                                  \
  extern "C" {                                                                               \
  TVM_FFI_DLL_EXPORT int __tvm_ffi__metadata_##ExportName(void*, const TVMFFIAny*, int32_t,  \
                                                          TVMFFIAny* ffi_result_) {          \
    TVM_FFI_SAFE_CALL_BEGIN();                                                               \
    using FFIFuncInfo_ = ::tvm::ffi::detail::FunctionInfo<std::decay_t<decltype(Function)>>; \
    ::tvm::ffi::detail::ReturnExportedText(                                                  \
        ::tvm::ffi::detail::ExportedMetadata(FFIFuncInfo_::TypeSchema()), ffi_result_);      \
    TVM_FFI_SAFE_CALL_END();                                                                 \
  }                                                                                          \
  }

/*! \brief Exports documentation as `__tvm_ffi__doc_<ExportName>`; nothing unless metadata is
 * included. */
#define TVM_FFI_DLL_EXPORT_TYPED_FUNC_DOC(ExportName, DocString)                       \
  extern "C" {                                                                         \
  TVM_FFI_DLL_EXPORT int __tvm_ffi__doc_##ExportName(void*, const TVMFFIAny*, int32_t, \
                                                     TVMFFIAny* ffi_result_) {         \
    TVM_FFI_SAFE_CALL_BEGIN();                                                         \
    ::tvm::ffi::detail::ReturnExportedText(DocString, ffi_result_);                    \
    TVM_FFI_SAFE_CALL_END();                                                           \
  }                                                                                    \
  }
#else
#define TVM_FFI_DLL_EXPORT_TYPED_FUNC(ExportName, Function) \
  TVM_FFI_DLL_EXPORT_TYPED_FUNC_IMPL_(ExportName, Function)
#define TVM_FFI_DLL_EXPORT_TYPED_FUNC_DOC(ExportName, DocString)
#endif

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_FUNCTION_H_
