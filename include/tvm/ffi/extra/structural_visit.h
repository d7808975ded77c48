// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/extra/structural_visit.h
 * \brief Read-only traversal of values: walks with a callback per type, and visits that direct
 *        themselves.
 *
 * StructuralWalk descends by itself and calls the first callback whose parameter takes the value.
 * With StructuralVisit a callback decides which parts are visited. Both follow the reflected fields
 * of objects, the elements of sequences and the values of maps, and know whether they are inside a
 * definition region.
 *
 * \code
 *   int64_t sum = 0;
 *   StructuralWalk<WalkOrder::kPreOrder>(
 *       value,
 *       [&](int64_t x) { sum += x; return WalkResult::Advance(); },
 *       [](const SecretObj* node) { return WalkResult::Skip(); });
 * \endcode
 *
 * Visitors cross library boundaries: their layout, their table of functions and the raw results are
 * a binary contract. To rewrite values use structural_mutate.h.
 */
#ifndef TVM_FFI_EXTRA_STRUCTURAL_VISIT_H_
#define TVM_FFI_EXTRA_STRUCTURAL_VISIT_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/tuple.h>
#include <tvm/ffi/container/variant.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/expected.h>
#include <tvm/ffi/extra/structural_detail.h>
#include <tvm/ffi/extra/visit_error_context.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/optional.h>
#include <tvm/ffi/reflection/accessor.h>
#include <tvm/ffi/reflection/native_function.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace tvm {
namespace ffi {

/*! \brief Signal that ends a traversal early, with a payload for the caller. */
class VisitInterruptObj : public Object {
 public:
  /*! \brief What the traversal returns to its caller. */
  Any value;

  VisitInterruptObj() = default;
  /*! \brief Signal with a payload. */
  explicit VisitInterruptObj(Any value) : value(std::move(value)) {}

  static constexpr int32_t _type_index = TypeIndex::kTVMFFIVisitInterrupt;
  static constexpr bool _type_final = true;
  TVM_FFI_DECLARE_OBJECT_INFO_STATIC(StaticTypeKey::kTVMFFIVisitInterrupt, VisitInterruptObj,
                                     Object);
};

/*! \brief Reference to VisitInterruptObj; not nullable. */
class VisitInterrupt : public ObjectRef {
 public:
  /*! \brief A signal with payload None. */
  VisitInterrupt() : ObjectRef(make_object<VisitInterruptObj>()) {}
  /*! \brief Signal with a payload. */
  explicit VisitInterrupt(Any value)
      : ObjectRef(make_object<VisitInterruptObj>(std::move(value))) {}

  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NOTNULLABLE(VisitInterrupt, ObjectRef, VisitInterruptObj);
};

class StructuralVisitorObj;

/*!
 * \brief Visits a value (borrowed) for a visitor.
 * \return Owned cell: None to go on, a VisitInterrupt to stop, or an Error.
 */
using FStructuralVisitABI = TVMFFIAny (*)(StructuralVisitorObj* visitor, AnyView value) noexcept;

/*! \brief What a kind of visitor does with a value; outlives its visitors. */
struct StructuralVisitorVTable {
  /*! \brief Visits one value. */
  FStructuralVisitABI visit = nullptr;
};

/*! \brief Hook of a type that visits the parts of its values. */
using FStructuralVisit =
    reflection::NativeFunctionView<Optional<VisitInterrupt>(StructuralVisitorObj*, AnyView)>;

/*!
 * \brief State of a traversal; the base of all engines. Not for overlapping traversals.
 */
class StructuralVisitorObj : public Object {
 public:
  /*! \brief What callbacks of a visit take as second parameter. */
  using VisitorObjType = StructuralVisitorObj;
  /*! \brief Extra arguments of walk callbacks; classes in between may supply some. */
  using StateTupleType = std::tuple<>;

  /*! \brief Visit a value; throws the error of a failed visit. */
  Optional<VisitInterrupt> Visit(AnyView value) { return VisitExpected(value).value(); }
  /*! \brief Visit a value. */
  Expected<Optional<VisitInterrupt>> VisitExpected(AnyView value) noexcept {
    return detail::ExpectedUnsafe::MoveFromTVMFFIAny<Optional<VisitInterrupt>>(
        vtable_->visit(this, value));
  }
  /*!
   * \brief Visit the parts of a value: by the hook of its type, else by its reflected fields.
   * \note From inside that hook this calls the hook again.
   */
  inline Expected<Optional<VisitInterrupt>> DefaultVisitExpected(AnyView value) noexcept;

  /*! \brief Whether what is visited now is being defined. */
  TVMFFIDefRegionKind def_region_kind() const { return def_region_mode_; }
  /*!
   * \brief Call `callback()` with the kind set; in a pattern region just call it.
   * \return What the callback returns.
   */
  template <typename Callback>
  auto WithDefRegionKind(TVMFFIDefRegionKind kind, Callback&& callback) {
    bool keep = def_region_mode_ == kTVMFFIDefRegionKindPattern;
    detail::DefRegionScope scope(&def_region_mode_, keep ? def_region_mode_ : kind);
    return std::forward<Callback>(callback)();
  }

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO("ffi.StructuralVisitor", StructuralVisitorObj, Object);

 protected:
  /*! \param vtable Outlives the visitor. */
  explicit StructuralVisitorObj(const StructuralVisitorVTable* vtable) : vtable_(vtable) {}

  /*! \brief The extra arguments of callbacks. */
  StateTupleType StateTuple() const noexcept { return {}; }

  /*! \brief What it does with a value. */
  const StructuralVisitorVTable* vtable_;
  /*! \brief The kind of definition region that the traversal is in. */
  TVMFFIDefRegionKind def_region_mode_ = kTVMFFIDefRegionKindNone;
};

static_assert(sizeof(StructuralVisitorVTable) == sizeof(void*), "visitors cross libraries");
static_assert(sizeof(void*) != 8 ||
                  (sizeof(StructuralVisitorObj) == 40 && sizeof(VisitInterruptObj) == 40),
              "visitors cross libraries");

/*! \brief Reference to StructuralVisitorObj. */
class StructuralVisitor : public ObjectRef {
 public:
  /*! \param n The object, not null. */
  explicit StructuralVisitor(ObjectPtr<StructuralVisitorObj> n) : ObjectRef(std::move(n)) {
    TVM_FFI_ICHECK_NOTNULL(data_.get());
  }
  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NOTNULLABLE(StructuralVisitor, ObjectRef, StructuralVisitorObj);
};

namespace type_attr {

/*! \brief Visits the parts of an object in place of its reflected fields: `(visitor, self)`. */
inline constexpr reflection::AttrKey<FStructuralVisit> kStructuralVisit{"__s_visit__"};

}  // namespace type_attr

/*! \brief What a walk does after a callback: go on, leave out the parts of the value, or stop. */
class WalkResult : public Variant<VisitInterrupt, int32_t> {
 public:
  /*! \brief What a result is made of: the signal, or a tag. */
  using Storage = Variant<VisitInterrupt, int32_t>;
  /*! \brief Go on. */
  static constexpr int32_t kAdvanceTag = 0;
  /*! \brief Leave out the parts. */
  static constexpr int32_t kSkipTag = 1;

  /*! \brief Go on. */
  static WalkResult Advance() { return WalkResult(Storage(kAdvanceTag)); }
  /*! \brief In a post-order walk the same as Advance: the parts have been visited. */
  static WalkResult Skip() { return WalkResult(Storage(kSkipTag)); }
  /*! \brief Stop; the signal becomes the result of the walk. */
  static WalkResult Interrupt(VisitInterrupt signal = VisitInterrupt()) {
    return WalkResult(Storage(std::move(signal)));
  }

 private:
  friend struct TypeTraits<WalkResult>;
  explicit WalkResult(Storage storage) : Storage(std::move(storage)) {}
};

static_assert(sizeof(WalkResult) == sizeof(TVMFFIAny), "a walk result is one cell");

template <>
inline constexpr bool use_default_type_traits_v<WalkResult> = false;

/*! \brief As of the variant; None means Advance. */
template <>
struct TypeTraits<WalkResult> : public TypeTraits<WalkResult::Storage> {
  using Base = TypeTraits<WalkResult::Storage>;

  static bool CheckAnyStrict(const TVMFFIAny* src) {
    return src->type_index == kTVMFFINone || Base::CheckAnyStrict(src);
  }
  static WalkResult CopyFromAnyViewAfterCheck(const TVMFFIAny* src) {
    if (src->type_index == kTVMFFINone) return WalkResult::Advance();
    return WalkResult(Base::CopyFromAnyViewAfterCheck(src));
  }
  static WalkResult MoveFromAnyAfterCheck(TVMFFIAny* src) {
    if (src->type_index == kTVMFFINone) return WalkResult::Advance();
    return WalkResult(Base::MoveFromAnyAfterCheck(src));
  }
  static std::optional<WalkResult> TryCastFromAnyView(const TVMFFIAny* src) {
    if (src->type_index == kTVMFFINone) return WalkResult::Advance();
    if (auto storage = Base::TryCastFromAnyView(src)) return WalkResult(*std::move(storage));
    return std::nullopt;
  }
  static std::string TypeStr() { return "WalkResult"; }
};

/*! \brief Whether the callback of a value runs before or after those of its parts. */
enum class WalkOrder : int32_t { kPreOrder = 0, kPostOrder = 1 };

namespace detail {

/*! \brief Whether a traversal that got this result must stop. */
inline bool StructuralVisitRawNeedEarlyReturn(const TVMFFIAny& raw) {
  return raw.type_index != kTVMFFINone;
}
inline bool StructuralVisitNeedEarlyReturn(const Optional<VisitInterrupt>& result) {
  return result.has_value();
}
template <typename T>
bool StructuralVisitNeedEarlyReturn(const Expected<T>& result) {
  int32_t type_index = result.type_index();
  return type_index == kTVMFFIError || type_index == kTVMFFIVisitInterrupt;
}

/*! \brief Append the value to the trail of a result, which is an error. */
inline TVMFFIAny AttachStructuralVisitErrorContextRaw(TVMFFIAny result, AnyView value) noexcept {
  UpdateVisitErrorContext(result, value);
  return result;
}

/*!
 * \brief The same for any result. Other headers' copy of the above ends the process when the result
 * is no error, and the dynamic linker may choose that copy; so this one asks before.
 */
TVM_FFI_INLINE TVMFFIAny AttachVisitTrailIfError(TVMFFIAny result, AnyView value) noexcept {
  if (result.type_index != kTVMFFIError) return result;
  return AttachStructuralVisitErrorContextRaw(result, value);
}

/*!
 * \brief Read a field without throwing.
 * \param value Receives the value, or the error of a failing getter.
 * \return Whether the field was read.
 */
inline bool ReadField(const TVMFFIFieldInfo* field, const Object* obj, Any* value) noexcept {
  if (field->getter(reflection::detail::FieldAddress(obj, field),
                    reinterpret_cast<TVMFFIAny*>(value)) == 0) {
    return true;
  }
  *value = MoveFromSafeCallRaised();
  return false;
}

/*!
 * \brief Visit the fields of an object that take part in structural operations.
 *
 * Local to each binary, with its lambdas: other headers have lambdas of these names with other
 * captures.
 */
TVM_FFI_BINARY_LOCAL inline Expected<Optional<VisitInterrupt>> VisitReflectedFieldsExpected(
    StructuralVisitorObj* visitor, const Object* obj) noexcept {
  using Result = Expected<Optional<VisitInterrupt>>;
  if (TVM_FFI_PREDICT_FALSE(NativeStack::NearlyFull())) return NativeStack::TooDeep();
  const TVMFFITypeInfo* info = TVMFFIGetTypeInfo(obj->type_index());
  Result result = Optional<VisitInterrupt>(std::nullopt);
  auto visit_field = [&](const TVMFFIFieldInfo* field) {
    if ((field->flags & kTVMFFIFieldFlagBitMaskSEqHashIgnore) != 0) return false;
    Any value;
    if (!ReadField(field, obj, &value)) {
      result = AnyUnsafe::MoveFromAnyAfterCheck<Error>(std::move(value));
      return true;
    }
    TVMFFIDefRegionKind kind =
        DefRegionScope::Enter(visitor->def_region_kind(), FieldDefRegionKind(field));
    result = visitor->WithDefRegionKind(kind, [&] { return visitor->VisitExpected(value); });
    return StructuralVisitNeedEarlyReturn(result);
  };
  TVMFFIDefRegionKind kind =
      DefRegionScope::Clamp(visitor->def_region_kind(), StructuralKind(info));
  visitor->WithDefRegionKind(
      kind, [&] { return reflection::ForEachFieldInfoWithEarlyStop(info, visit_field); });
  return result;
}

/*! \brief Column of the visit hooks, looked up once in each binary. */
TVM_FFI_BINARY_LOCAL inline const reflection::TypeAttrColumn& StructuralVisitColumn() {
  static const reflection::TypeAttrColumn column(type_attr::kStructuralVisit);
  return column;
}

}  // namespace detail

inline Expected<Optional<VisitInterrupt>> StructuralVisitorObj::DefaultVisitExpected(
    AnyView value) noexcept {
  if (TVM_FFI_PREDICT_FALSE(detail::NativeStack::NearlyFull())) {
    return detail::NativeStack::TooDeep();
  }
  AnyView hook = detail::StructuralVisitColumn()[value.type_index()];
  switch (hook.type_index()) {
    case kTVMFFIOpaquePtr: {
      auto visit = reinterpret_cast<FStructuralVisitABI>(hook.CopyToTVMFFIAny().v_ptr);
      return detail::ExpectedUnsafe::MoveFromTVMFFIAny<Optional<VisitInterrupt>>(
          visit(this, value));
    }
    case kTVMFFIFunction:
      return hook.as_or_throw<Function>().CallExpected<Optional<VisitInterrupt>>(this, value);
    case kTVMFFINone:
      if (value.type_index() < kTVMFFIStaticObjectBegin) {
        return Optional<VisitInterrupt>(std::nullopt);
      }
      return detail::VisitReflectedFieldsExpected(
          this, detail::AnyUnsafe::RawObjectPtrFromAnyViewAfterCheck<Object>(value));
    default:
      return Error("TypeError", "__s_visit__ must be an opaque function pointer or ffi.Function",
                   "");
  }
}

/*! \brief Returns from the enclosing function what must stop it: an error or an interrupt. */
#define TVM_FFI_S_VISIT_MAYBE_EARLY_RETURN(Result)                                   \
  do {                                                                               \
    auto tvm_ffi_visit_result_ = (Result);                                           \
    if (::tvm::ffi::detail::StructuralVisitNeedEarlyReturn(tvm_ffi_visit_result_)) { \
      return tvm_ffi_visit_result_;                                                  \
    }                                                                                \
  } while (false)

namespace detail {

/*! \brief What an engine needs to know of a callback's parameters. */
template <typename Callback>
struct StructuralCallbackInfo {
  using Args = typename FunctionInfo<std::decay_t<Callback>>::ArgType;
  static constexpr size_t kNumArgs = std::tuple_size_v<Args>;
  static_assert(kNumArgs >= 1, "a structural callback takes the value as its first parameter");

  template <size_t i>
  using Arg = std::tuple_element_t<i, Args>;
  /*! \brief Selects the values that the callback takes. */
  using Value = std::remove_cv_t<std::remove_reference_t<Arg<0>>>;

  /*! \brief Whether the last parameter is the region kind. */
  static constexpr bool kTakesRegion =
      std::is_same_v<std::decay_t<Arg<kNumArgs - 1>>, TVMFFIDefRegionKind>;
};

/*!
 * \brief Run a callback if its first parameter takes the value, without conversion.
 * \param value The value.
 * \param result Receives what `invoke` returned, or the error that it threw.
 * \param invoke Calls the callback with its first argument.
 * \return Whether the callback took the value.
 */
template <typename T, typename Result, typename Invoke>
bool StructuralTryCallback(AnyView value, std::optional<Result>* result, const Invoke& invoke) {
  try {
    if constexpr (std::is_same_v<T, AnyView>) {
      result->emplace(invoke(value));
      return true;
    } else if constexpr (std::is_same_v<T, Any>) {
      result->emplace(invoke(Any(value)));
      return true;
    } else {
      std::optional<T> arg = value.template as<T>();
      if (!arg.has_value()) return false;
      result->emplace(invoke(*std::move(arg)));
      return true;
    }
  } catch (...) {
    result->emplace(AnyUnsafe::MoveFromAnyAfterCheck<Error>(
        AnyUnsafe::MoveTVMFFIAnyRawToAny(reflection::detail::CurrentExceptionToErrorCell())));
    return true;
  }
}

/*! \brief Call `callback(value, state...)`, with the region kind if it takes that. */
template <typename Result, typename Callback, typename Value, typename State>
Result InvokeWithState(Callback& callback, Value&& value, State&& state,
                       [[maybe_unused]] TVMFFIDefRegionKind kind) {
  using Info = StructuralCallbackInfo<Callback>;
  constexpr size_t kNumState = std::tuple_size_v<std::decay_t<State>>;
  static_assert(Info::kNumArgs == 1 + kNumState + (Info::kTakesRegion ? 1 : 0),
                "the callback must take (value, state...) or (value, state..., region kind)");
  return std::apply(
      [&](auto&&... args) -> Result {
        if constexpr (Info::kTakesRegion) {
          return callback(std::forward<Value>(value), std::forward<decltype(args)>(args)..., kind);
        } else {
          return callback(std::forward<Value>(value), std::forward<decltype(args)>(args)...);
        }
      },
      std::forward<State>(state));
}

/*! \brief Whether the result of a walk callback ends the walk. */
inline bool WalkMustStop(const TVMFFIAny& step) {
  return step.type_index == kTVMFFIError || step.type_index == kTVMFFIVisitInterrupt;
}

/*! \brief Whether the parts of a value are left out. */
inline bool WalkMustSkip(const TVMFFIAny& step) {
  return step.type_index == kTVMFFIInt && step.v_int64 == WalkResult::kSkipTag;
}

inline TVMFFIAny NoneCell() { return AnyView().CopyToTVMFFIAny(); }

/*! \brief Callbacks chosen at run time: pairs of type index (-1 for all types) and function. */
using RuntimeCallbacks = Array<Tuple<int32_t, Function>>;

/*! \brief Such pairs taken apart once, so that finding a callback touches no counter. */
class RuntimeCallbackTable {
 public:
  explicit RuntimeCallbackTable(const RuntimeCallbacks& callbacks) {
    entries_.reserve(callbacks.size());
    for (const Tuple<int32_t, Function>& entry : callbacks) {
      entries_.emplace_back(entry.get<0>(), entry.get<1>());
    }
  }

  /*! \brief The first callback for values of a type; nullptr when there is none. */
  const Function* Find(int32_t type_index) const {
    for (const std::pair<int32_t, Function>& entry : entries_) {
      if (RuntimeTypeIndexMatch(type_index, entry.first)) return &entry.second;
    }
    return nullptr;
  }

 private:
  std::vector<std::pair<int32_t, Function>> entries_;
};

}  // namespace detail

/*!
 * \brief The visitor of StructuralWalk.
 * \tparam Parent Class derived from StructuralVisitorObj that supplies state and default visit.
 */
template <typename Parent, WalkOrder order, typename... Callbacks>
class StructuralWalkEngine : public Parent {
  static_assert(sizeof...(Callbacks) > 0, "a walk needs at least one callback");

 public:
  /*! \param callbacks Kept by value. */
  explicit StructuralWalkEngine(Callbacks... callbacks)
      : Parent(VTable()), callbacks_(std::move(callbacks)...) {}

 private:
  using Self = StructuralWalkEngine;

  static const StructuralVisitorVTable* VTable() {
    static const StructuralVisitorVTable vtable{&Dispatch};
    return &vtable;
  }

  static TVMFFIAny Dispatch(StructuralVisitorObj* visitor, AnyView value) noexcept {
    if (value.type_index() == kTVMFFINone) return detail::NoneCell();
    Self* self = static_cast<Self*>(visitor);
    return detail::AttachVisitTrailIfError(self->Walk(value), value);
  }

  TVMFFIAny Walk(AnyView value) {
    if constexpr (order == WalkOrder::kPreOrder) {
      TVMFFIAny step = RunCallback(value);
      if (detail::WalkMustStop(step)) return step;
      if (detail::WalkMustSkip(step)) return detail::NoneCell();
      return Descend(value);
    } else {
      TVMFFIAny below = Descend(value);
      if (detail::StructuralVisitRawNeedEarlyReturn(below)) return below;
      TVMFFIAny step = RunCallback(value);
      return detail::WalkMustStop(step) ? step : detail::NoneCell();
    }
  }

  TVMFFIAny Descend(AnyView value) {
    return detail::ExpectedUnsafe::MoveToTVMFFIAny(Parent::DefaultVisitExpected(value));
  }

  TVMFFIAny RunCallback(AnyView value) {
    return std::apply(
        [&](Callbacks&... callbacks) {
          std::optional<Expected<WalkResult>> result;
          static_cast<void>((TryOne(callbacks, value, &result) || ...));
          if (!result.has_value()) return detail::NoneCell();
          return detail::ExpectedUnsafe::MoveToTVMFFIAny(*std::move(result));
        },
        callbacks_);
  }

  template <typename Callback>
  bool TryOne(Callback& callback, AnyView value, std::optional<Expected<WalkResult>>* result) {
    static_assert(std::is_same_v<decltype(this->StateTuple()), typename Parent::StateTupleType>,
                  "StateTuple must return StateTupleType by value");
    using Value = typename detail::StructuralCallbackInfo<Callback>::Value;
    return detail::StructuralTryCallback<Value>(value, result, [&](auto&& arg) {
      return detail::InvokeWithState<Expected<WalkResult>>(
          callback, std::forward<decltype(arg)>(arg), this->StateTuple(), this->def_region_kind());
    });
  }

  std::tuple<Callbacks...> callbacks_;
};

/*!
 * \brief Walk over a value and its parts, each occurrence once; None is passed over.
 * \tparam order Whether callbacks run before or after those of the parts.
 * \param root The value, borrowed.
 * \param callbacks Callables `(value)` or `(value, TVMFFIDefRegionKind)` that return a WalkResult
 * or an Expected of it. The first one whose parameter takes the value runs.
 * \return The interrupt that a callback returned, if any; the error of a callback or of a hook.
 */
template <WalkOrder order, typename... Callbacks>
Expected<Optional<VisitInterrupt>> StructuralWalkExpected(AnyView root,
                                                          Callbacks&&... callbacks) noexcept {
  using Engine = StructuralWalkEngine<StructuralVisitorObj, order, std::decay_t<Callbacks>...>;
  return make_object<Engine>(std::forward<Callbacks>(callbacks)...)->VisitExpected(root);
}

/*! \brief As StructuralWalkExpected, throwing the error. */
template <WalkOrder order, typename... Callbacks>
Optional<VisitInterrupt> StructuralWalk(AnyView root, Callbacks&&... callbacks) {
  return StructuralWalkExpected<order>(root, std::forward<Callbacks>(callbacks)...).value();
}

/*!
 * \brief The visitor of StructuralVisit.
 * \tparam Parent Class derived from StructuralVisitorObj that supplies the default visit.
 */
template <typename Parent, typename... Callbacks>
class StructuralVisitEngine : public Parent {
  static_assert(sizeof...(Callbacks) > 0, "a visit needs at least one callback");

 public:
  /*! \param callbacks Kept by value. */
  explicit StructuralVisitEngine(Callbacks... callbacks)
      : Parent(VTable()), callbacks_(std::move(callbacks)...) {}

 private:
  using Self = StructuralVisitEngine;
  using Result = Expected<Optional<VisitInterrupt>>;
  using VisitorPtr = typename Parent::VisitorObjType*;

  static const StructuralVisitorVTable* VTable() {
    static const StructuralVisitorVTable vtable{&Dispatch};
    return &vtable;
  }

  static TVMFFIAny Dispatch(StructuralVisitorObj* visitor, AnyView value) noexcept {
    if (value.type_index() == kTVMFFINone) return detail::NoneCell();
    Self* self = static_cast<Self*>(visitor);
    return detail::AttachVisitTrailIfError(
        detail::ExpectedUnsafe::MoveToTVMFFIAny(self->RunVisit(value)), value);
  }

  Result RunVisit(AnyView value) {
    if (TVM_FFI_PREDICT_FALSE(detail::NativeStack::NearlyFull())) {
      return detail::NativeStack::TooDeep();
    }
    std::optional<Result> result;
    std::apply(
        [&](Callbacks&... callbacks) {
          static_cast<void>((TryOne(callbacks, value, &result) || ...));
        },
        callbacks_);
    if (result.has_value()) return *std::move(result);
    return Parent::DefaultVisitExpected(value);
  }

  template <typename Callback>
  bool TryOne(Callback& callback, AnyView value, std::optional<Result>* result) {
    using Info = detail::StructuralCallbackInfo<Callback>;
    static_assert(Info::kNumArgs == 2, "a visit callback takes (value, visitor)");
    static_assert(std::is_same_v<typename Info::template Arg<1>, VisitorPtr>,
                  "the second parameter of a visit callback must be the visitor pointer");
    return detail::StructuralTryCallback<typename Info::Value>(
        value, result, [&](auto&& arg) -> Result {
          return callback(std::forward<decltype(arg)>(arg), static_cast<VisitorPtr>(this));
        });
  }

  std::tuple<Callbacks...> callbacks_;
};

/*!
 * \brief Visit a value; callbacks decide which parts are visited.
 * \param root The value, borrowed.
 * \param callbacks Callables `(value, StructuralVisitorObj*)` that return Optional<VisitInterrupt>
 *        or an Expected of it. The first one whose parameter takes the value runs, and only what it
 *        visits through the visitor is visited; values that none takes get the default visit.
 * \return As of StructuralWalkExpected.
 */
template <typename... Callbacks>
Expected<Optional<VisitInterrupt>> StructuralVisitExpected(AnyView root,
                                                           Callbacks&&... callbacks) noexcept {
  using Engine = StructuralVisitEngine<StructuralVisitorObj, std::decay_t<Callbacks>...>;
  return make_object<Engine>(std::forward<Callbacks>(callbacks)...)->VisitExpected(root);
}

/*! \brief As StructuralVisitExpected, throwing the error. */
template <typename... Callbacks>
Optional<VisitInterrupt> StructuralVisit(AnyView root, Callbacks&&... callbacks) {
  return StructuralVisitExpected(root, std::forward<Callbacks>(callbacks)...).value();
}

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_EXTRA_STRUCTURAL_VISIT_H_
