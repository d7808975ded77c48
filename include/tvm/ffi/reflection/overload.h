// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/reflection/overload.h
 * \brief `OverloadObjectDef`: methods and constructors with several signatures under one name.
 *
 * A call tries the overloads in registration order and takes the first whose arguments all convert.
 * Conversions count (int to float, bool to int), so register the narrower signature first. Use
 * plain `ObjectDef` when each name has one signature: a direct call is cheaper and its errors are
 * shorter.
 *
 * \code
 *   refl::OverloadObjectDef<NumberObj>()
 *       .def(refl::init<int64_t>())
 *       .def(refl::init<double>())
 *       .def("add", [](const NumberObj* self, int64_t x) { return self->value + x; })
 *       .def("add", [](const NumberObj* self, double x) { return self->value + x; });
 * \endcode
 */
#ifndef TVM_FFI_EXTRA_OVERLOAD_H
#define TVM_FFI_EXTRA_OVERLOAD_H

#include <tvm/ffi/any.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/function_detail.h>
#include <tvm/ffi/reflection/registry.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tvm {
namespace ffi {
namespace detail {

/*! \brief One signature of an overloaded function. Stateless after construction. */
class OverloadCase {
 public:
  /*! \brief Argument index that says "every argument converted". */
  static constexpr int32_t kAllMatched = -1;
  /*! \brief Argument index that says "wrong number of arguments". */
  static constexpr int32_t kWrongArity = -2;

  virtual ~OverloadCase() = default;
  /*! \brief Call like an ordinary typed function, with its error messages. */
  virtual void CallStrict(const std::string& name, const AnyView* args, int32_t num_args,
                          Any* rv) const = 0;
  /*!
   * \brief Call if every argument converts.
   * \return kAllMatched after the call, otherwise kWrongArity or the first bad argument.
   */
  virtual int32_t TryCall(const AnyView* args, int32_t num_args, Any* rv) const = 0;
  /*! \brief Explain why TryCall answered `mismatch`, in one line. */
  virtual std::string MismatchMessage(const std::string& name, const AnyView* args,
                                      int32_t mismatch) const = 0;
};

/*! \brief Converts one argument and holds it until the call. */
template <typename Arg>
class OverloadArg {
 public:
  using Bare = std::remove_const_t<std::remove_reference_t<Arg>>;

  bool TryLoad(const AnyView& src) {
    if constexpr (std::is_same_v<Bare, AnyView> || std::is_same_v<Bare, Any>) {
      value_.emplace(src);
    } else {
      value_ = src.template try_cast<Bare>();
    }
    return value_.has_value();
  }
  Bare&& Take() { return *std::move(value_); }

  static std::string TypeStr() { return Type2Str<Bare>::v(); }
  static std::string MismatchTypeInfo(const AnyView& src) {
    if constexpr (std::is_same_v<Bare, AnyView> || std::is_same_v<Bare, Any>) {
      return src.GetTypeKey();
    } else {
      TVMFFIAny raw = src.CopyToTVMFFIAny();
      return TypeTraits<Bare>::GetMismatchTypeInfo(&raw);
    }
  }

 private:
  std::optional<Bare> value_;
};

/*! \brief The signature of one callable. */
template <typename Callable, typename R, typename ArgTuple>
class TypedOverloadCase;

template <typename Callable, typename R, typename... Args>
class TypedOverloadCase<Callable, R, std::tuple<Args...>> final : public OverloadCase {
 public:
  explicit TypedOverloadCase(Callable callable) : callable_(std::move(callable)) {}

  void CallStrict(const std::string& name, const AnyView* args, int32_t num_args,
                  Any* rv) const final {
    unpack_call<R>(Indices{}, &name, callable_, args, num_args, rv);
  }

  int32_t TryCall(const AnyView* args, int32_t num_args, Any* rv) const final {
    if (num_args != static_cast<int32_t>(sizeof...(Args))) return kWrongArity;
    return TryCallImpl(Indices{}, args, rv);
  }

  std::string MismatchMessage(const std::string& name, const AnyView* args,
                              int32_t mismatch) const final {
    std::string signature = "when calling: `" + name + " " + Info::Sig() + "`. Expected ";
    if (mismatch == kWrongArity) {
      return "Mismatched number of arguments " + signature +
             DecimalText(static_cast<int64_t>(sizeof...(Args))) + " arguments";
    }
    return "Mismatched type on argument #" + DecimalText(mismatch) + " " + signature +
           ArgMismatch(Indices{}, args, mismatch);
  }

 private:
  using Info = FuncFunctorImpl<R, Args...>;
  using Indices = std::index_sequence_for<Args...>;

  template <size_t... Is>
  int32_t TryCallImpl(std::index_sequence<Is...>, [[maybe_unused]] const AnyView* args,
                      Any* rv) const {
    [[maybe_unused]] std::tuple<OverloadArg<Args>...> loaded;
    int32_t mismatch = kAllMatched;
    // Loads left to right and stops at the first argument that does not convert.
    bool all_matched =
        (... && (std::get<Is>(loaded).TryLoad(args[Is]) || (mismatch = int32_t{Is}, false)));
    if (!all_matched) return mismatch;
    if constexpr (std::is_void_v<R>) {
      callable_(std::get<Is>(loaded).Take()...);
    } else {
      *rv = R(callable_(std::get<Is>(loaded).Take()...));
    }
    return kAllMatched;
  }

  template <size_t... Is>
  static std::string ArgMismatch(std::index_sequence<Is...>, [[maybe_unused]] const AnyView* args,
                                 [[maybe_unused]] int32_t index) {
    std::string text;
    ((index == int32_t{Is} ? void(text = "`" + OverloadArg<Args>::TypeStr() + "` but got `" +
                                         OverloadArg<Args>::MismatchTypeInfo(args[Is]) + "`")
                           : void()),
     ...);
    return text;
  }

  Callable callable_;
};

/*!
 * \brief Packed callable that dispatches between the overloads of one name.
 * \tparam Case Always OverloadCase; a parameter so that only files that use it compile it.
 */
template <typename Case>
class OverloadDispatcherImpl {
 public:
  explicit OverloadDispatcherImpl(std::string name) : name_(std::move(name)) {}

  /*! \brief Add a callable behind the ones that are there. */
  template <typename Callable>
  void Add(Callable&& callable) {
    using Decayed = std::decay_t<Callable>;
    using Info = FunctionInfo<Decayed>;
    cases_.push_back(std::make_unique<
                     TypedOverloadCase<Decayed, typename Info::RetType, typename Info::ArgType>>(
        std::forward<Callable>(callable)));
  }

  void operator()(const AnyView* args, int32_t num_args, Any* rv) const {
    if (cases_.size() == 1) return cases_.front()->CallStrict(name_, args, num_args, rv);
    std::vector<int32_t> mismatches;
    for (const auto& overload : cases_) {
      int32_t mismatch = overload->TryCall(args, num_args, rv);
      if (mismatch == Case::kAllMatched) return;
      mismatches.push_back(mismatch);
    }
    ThrowNoMatch(args, num_args, mismatches);
  }

 private:
  [[noreturn]] void ThrowNoMatch(const AnyView* args, int32_t num_args,
                                 const std::vector<int32_t>& mismatches) const {
    std::string lines;
    for (size_t i = 0; i < cases_.size(); ++i) {
      lines += "\nOverload #" + DecimalText(static_cast<int64_t>(i)) + ": " +
               cases_[i]->MismatchMessage(name_, args, mismatches[i]);
    }
    TVM_FFI_THROW(TypeError) << "No matching overload found when calling: `" << name_ << "` with "
                             << num_args << " arguments:" << lines;
    TVM_FFI_UNREACHABLE();
  }

  std::string name_;
  std::vector<std::unique_ptr<Case>> cases_;
};

using OverloadDispatcher = OverloadDispatcherImpl<OverloadCase>;

}  // namespace detail

namespace reflection {

/*!
 * \brief ObjectDef whose methods, static methods and constructors may be overloaded.
 *
 * Every signature gets its own method entry; all entries of a name share one function.
 */
template <typename Class>
class OverloadObjectDef : private ObjectDef<Class> {
 public:
  /*! \brief The definition without overloads. */
  using Super = ObjectDef<Class>;

  /*! \brief See ObjectDef. */
  template <typename... ExtraArgs>
  explicit OverloadObjectDef(ExtraArgs&&... extra_args)
      : Super(std::forward<ExtraArgs>(extra_args)...) {}

  /*! \brief See ObjectDef; fields cannot be overloaded. */
  template <typename T, typename BaseClass, typename... Extra>
  OverloadObjectDef& def_ro(const char* name, T BaseClass::*field_ptr, Extra&&... extra) {
    Super::def_ro(name, field_ptr, std::forward<Extra>(extra)...);
    return *this;
  }

  /*! \brief See ObjectDef; fields cannot be overloaded. */
  template <typename T, typename BaseClass, typename... Extra>
  OverloadObjectDef& def_rw(const char* name, T BaseClass::*field_ptr, Extra&&... extra) {
    Super::def_rw(name, field_ptr, std::forward<Extra>(extra)...);
    return *this;
  }

  /*! \brief Add a signature of a method; the callable's first parameter is the object. */
  template <typename Func, typename... Extra>
  OverloadObjectDef& def(const char* name, Func&& func, Extra&&... extra) {
    AddOverload(name, 0, std::forward<Func>(func), std::forward<Extra>(extra)...);
    return *this;
  }

  /*! \brief Add a signature of a method without object. */
  template <typename Func, typename... Extra>
  OverloadObjectDef& def_static(const char* name, Func&& func, Extra&&... extra) {
    AddOverload(name, kTVMFFIFieldFlagBitMaskIsStaticMethod, std::forward<Func>(func),
                std::forward<Extra>(extra)...);
    return *this;
  }

  /*! \brief Add the constructor Class(Args...). */
  template <typename... Args, typename... Extra>
  OverloadObjectDef& def([[maybe_unused]] init<Args...> init_func, Extra&&... extra) {
    bool is_first = overloads_.count(Super::kInitMethodName) == 0;
    this->has_explicit_init_ = true;
    def_static(Super::kInitMethodName, &init<Args...>::template execute<Class>,
               std::forward<Extra>(extra)...);
    // Later constructors are reached through the function that the attribute already holds.
    if (is_first) detail::CopyMethodToTypeAttr(this->type_index_, Super::kInitMethodName);
    return *this;
  }

 private:
  struct Overloaded {
    Function function;
    /*! \brief The callable inside `function`. */
    ffi::detail::OverloadDispatcher* dispatcher;
  };

  template <typename Func, typename... Extra>
  void AddOverload(const char* name, int64_t flags, Func&& func, Extra&&... extra) {
    using Info = ffi::detail::FunctionInfo<std::decay_t<Func>>;
    Overloaded& overloaded = FindOrCreate(name);
    overloaded.dispatcher->Add(this->WrapFunction(std::forward<Func>(func)));
    this->RegisterMethodEntry(name, flags, overloaded.function, Info::TypeSchema(),
                              std::forward<Extra>(extra)...);
  }

  Overloaded& FindOrCreate(const char* name) {
    auto it = overloads_.find(name);
    if (it != overloads_.end()) return it->second;
    auto [function, dispatcher] = Function::FromPackedInplace<ffi::detail::OverloadDispatcher>(
        detail::MemberName(this->type_key_, name));
    return overloads_.emplace(name, Overloaded{std::move(function), dispatcher}).first->second;
  }

  std::unordered_map<std::string, Overloaded> overloads_;
};

}  // namespace reflection
}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_EXTRA_OVERLOAD_H
