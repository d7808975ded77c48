// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/extra/structural_mutate.h
 * \brief Rewriting of values: maps with a callback per type, and mutations that direct themselves.
 *
 * StructuralMap descends by itself and replaces what its callbacks return. With StructuralMutate a
 * callback rewrites the parts of its value through the mutator. Values are copied where something
 * below changes and shared where nothing does; a value that nobody else holds is changed in place.
 *
 * \code
 *   Any doubled = StructuralMap<WalkOrder::kPostOrder>(
 *       std::move(value), [](int64_t x) -> Any { return x * 2; });
 * \endcode
 *
 * A mutation answers with a replacement or with `Unchanged`; None is an ordinary replacement.
 * Mutators cross library boundaries: their layout, their table of functions and the raw results are
 * a binary contract. For traversal without changes use structural_visit.h.
 */
#ifndef TVM_FFI_EXTRA_STRUCTURAL_MUTATE_H_
#define TVM_FFI_EXTRA_STRUCTURAL_MUTATE_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/tuple.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/expected.h>
#include <tvm/ffi/extra/structural_detail.h>
#include <tvm/ffi/extra/structural_unchanged.h>
#include <tvm/ffi/extra/structural_visit.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/reflection/accessor.h>
#include <tvm/ffi/reflection/native_function.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>

namespace tvm {
namespace ffi {

/*! \brief Whether a value may be changed in place. The numbers are a contract with callbacks. */
enum class InplaceMode : int32_t { kDisallow = 0, kAllow = 1 };

class StructuralMutatorObj;

/*!
 * \brief Mutates a value (borrowed) for a mutator.
 * \return Owned cell: the replacement, the unchanged marker, or an Error.
 */
using FStructuralMutateABI = TVMFFIAny (*)(StructuralMutatorObj* mutator, AnyView value) noexcept;
/*! \brief Looks up the replacement of a variable: owned cell, None when absent, or an Error. */
using FStructuralVarRemapGet = TVMFFIAny (*)(StructuralMutatorObj* mutator, AnyView var) noexcept;
/*! \brief Stores the replacement of a variable; owned cell: None or an Error. */
using FStructuralVarRemapSet = TVMFFIAny (*)(StructuralMutatorObj* mutator, AnyView var,
                                             AnyView mapped_value) noexcept;

/*! \brief What a kind of mutator does with a value; outlives its mutators. */
struct StructuralMutatorVTable {
  /*! \brief For values that may be shared. */
  FStructuralMutateABI mutate = nullptr;
  /*! \brief For values that nobody else holds, on a path where changes in place are allowed. */
  FStructuralMutateABI maybe_inplace_mutate = nullptr;
  /*! \brief How replacements of variables are found. */
  FStructuralVarRemapGet var_remap_get = nullptr;
  /*! \brief How replacements of variables are kept. */
  FStructuralVarRemapSet var_remap_set = nullptr;
};

/*! \brief Hook of a type that mutates its values. */
using FStructuralMutate =
    reflection::NativeFunctionView<UnchangedOr<Any>(StructuralMutatorObj*, AnyView)>;

/*! \brief State of a mutation; the base of all engines. Not for overlapping mutations. */
class StructuralMutatorObj : public Object {
 public:
  /*! \brief What callbacks of a mutation take as second parameter. */
  using MutatorObjType = StructuralMutatorObj;

  /*! \brief As MutateExpected, throwing the error. */
  UnchangedOr<Any> Mutate(AnyView value, InplaceMode inplace_mode = InplaceMode::kDisallow) {
    return MutateExpected(value, inplace_mode).value();
  }
  /*!
   * \brief Mutate a value.
   * \param value Borrowed. In place only when allowed and when it has exactly one reference.
   * \param inplace_mode kAllow only where everything from the root to the value may be changed.
   */
  Expected<UnchangedOr<Any>> MutateExpected(
      AnyView value, InplaceMode inplace_mode = InplaceMode::kDisallow) noexcept {
    bool inplace = inplace_mode == InplaceMode::kAllow && IsUniqueObject(value);
    return detail::ExpectedUnsafe::MoveFromTVMFFIAny<UnchangedOr<Any>>(
        inplace ? vtable_->maybe_inplace_mutate(this, value) : vtable_->mutate(this, value));
  }
  /*!
   * \brief Mutate the parts of a value: by the hook of its type, else by its reflected fields.
   * \note Takes the mode as it is. What was changed in place before an error stays changed.
   */
  inline Expected<UnchangedOr<Any>> DefaultMutateExpected(
      AnyView value, InplaceMode inplace_mode = InplaceMode::kDisallow) noexcept;

  /*! \brief The replacement of a variable or shared node; None when there is none. */
  Expected<Any> VarRemapGetExpected(AnyView var) noexcept {
    return detail::ExpectedUnsafe::MoveFromTVMFFIAny<Any>(vtable_->var_remap_get(this, var));
  }
  /*! \brief Set the replacement of a variable or shared node, for all its occurrences. */
  Expected<void> VarRemapSetExpected(AnyView var, AnyView mapped_value) noexcept {
    return detail::ExpectedUnsafe::MoveFromTVMFFIAny<void>(
        vtable_->var_remap_set(this, var, mapped_value));
  }

  /*! \brief Whether what is mutated now is being defined. */
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
  TVM_FFI_DECLARE_OBJECT_INFO("ffi.StructuralMutator", StructuralMutatorObj, Object);

 protected:
  /*! \param vtable Outlives the mutator. */
  explicit StructuralMutatorObj(const StructuralMutatorVTable* vtable) : vtable_(vtable) {}

  /*! \brief Whether the value is an object with exactly one reference. */
  static bool IsUniqueObject(AnyView value) {
    return value.type_index() >= kTVMFFIStaticObjectBegin &&
           detail::AnyUnsafe::RawObjectPtrFromAnyViewAfterCheck<Object>(value)->unique();
  }

  /*! \brief What it does with a value. */
  const StructuralMutatorVTable* vtable_;
  /*! \brief The kind of definition region that the traversal is in. */
  TVMFFIDefRegionKind def_region_mode_ = kTVMFFIDefRegionKindNone;
};

static_assert(sizeof(StructuralMutatorVTable) == 4 * sizeof(void*), "mutators cross libraries");
static_assert(sizeof(void*) != 8 || sizeof(StructuralMutatorObj) == 40, "mutators cross libraries");

/*! \brief Reference to StructuralMutatorObj. */
class StructuralMutator : public ObjectRef {
 public:
  /*! \param n The object, not null. */
  explicit StructuralMutator(ObjectPtr<StructuralMutatorObj> n) : ObjectRef(std::move(n)) {
    TVM_FFI_ICHECK_NOTNULL(data_.get());
  }
  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NOTNULLABLE(StructuralMutator, ObjectRef, StructuralMutatorObj);
};

namespace type_attr {

/*! \brief Mutates an object in place of its reflected fields: `(mutator, self) -> replacement`. */
inline constexpr reflection::AttrKey<FStructuralMutate> kStructuralMutate{"__s_mutate__"};
/*! \brief The same for an object that may be changed in place; needs kStructuralMutate as well. */
inline constexpr reflection::AttrKey<FStructuralMutate> kStructuralMaybeInplaceMutate{
    "__s_maybe_inplace_mutate__"};

}  // namespace type_attr

namespace detail {

/*! \brief Result of a mutation, an error or not, in the storage that hooks use. */
using MutateResult = Expected<UnchangedOr<Any>>;

inline MutateResult MutateUnchanged() { return UnchangedOr<Any>(Unchanged()); }

inline Error SMutateDeclaredTypeError() {
  return Error("TypeError", "structural mutate result does not match the declared type", "");
}

/*! \brief Columns that default mutation reads, looked up once in each binary. */
struct StructuralMutateColumns {
  const reflection::TypeAttrColumn mutate{type_attr::kStructuralMutate};
  const reflection::TypeAttrColumn maybe_inplace{type_attr::kStructuralMaybeInplaceMutate};
  const reflection::TypeAttrColumn shallow_copy{std::string_view(type_attr::kShallowCopy.name)};

  TVM_FFI_BINARY_LOCAL static const StructuralMutateColumns& Get() {
    static const StructuralMutateColumns columns;
    return columns;
  }
};

/*! \brief Call a hook that is an opaque pointer or a Function; nullopt when it is neither. */
inline std::optional<MutateResult> CallMutateHook(AnyView hook, StructuralMutatorObj* mutator,
                                                  AnyView value) noexcept {
  if (hook.type_index() == kTVMFFIOpaquePtr) {
    auto mutate = reinterpret_cast<FStructuralMutateABI>(hook.CopyToTVMFFIAny().v_ptr);
    return ExpectedUnsafe::MoveFromTVMFFIAny<UnchangedOr<Any>>(mutate(mutator, value));
  }
  if (hook.type_index() == kTVMFFIFunction) {
    return ExpectedUnsafe::MoveFromTVMFFIAny<UnchangedOr<Any>>(ExpectedUnsafe::MoveToTVMFFIAny(
        hook.as_or_throw<Function>().CallExpected<Any>(mutator, value)));
  }
  return std::nullopt;
}

/*! \brief Copy an object with the hook of its type. */
inline Expected<ObjectRef> ShallowCopyForMutate(const Object* obj) noexcept {
  AnyView hook = StructuralMutateColumns::Get().shallow_copy[obj->type_index()];
  if (hook.type_index() != kTVMFFIFunction) {
    return Error("TypeError", "__ffi_shallow_copy__ must be an ffi.Function", "");
  }
  Expected<Any> copy = hook.as_or_throw<Function>().CallExpected<Any>(obj);
  if (copy.is_err()) return std::move(copy).error();
  bool distinct = copy.type_index() == obj->type_index() &&
                  AnyUnsafe::RawObjectPtrFromAnyAfterCheck<Object>(
                      static_cast<const Any&>(ExpectedUnsafe::GetData(std::as_const(copy)))) != obj;
  if (!distinct) {
    return Error(
        "TypeError",
        "Shallow copy callback must return a distinct object with the same type as its input", "");
  }
  return AnyUnsafe::MoveFromAnyAfterCheck<ObjectRef>(std::move(copy).value());
}

/*! \brief Copies an object and mutates the fields of the copy, one at a time. */
class ReflectedFieldMutation {
 public:
  ReflectedFieldMutation(StructuralMutatorObj* mutator, const Object* copy)
      : mutator_(mutator), copy_(copy) {}

  /*! \return Whether the following fields are left alone, because of an error. */
  bool operator()(const TVMFFIFieldInfo* field) {
    if ((field->flags & kTVMFFIFieldFlagBitMaskSEqHashIgnore) != 0) return false;
    Any value;
    if (!ReadField(field, copy_, &value)) {
      error_ = AnyUnsafe::MoveFromAnyAfterCheck<Error>(std::move(value));
      return true;
    }
    TVMFFIDefRegionKind kind =
        DefRegionScope::Enter(mutator_->def_region_kind(), FieldDefRegionKind(field));
    MutateResult result =
        mutator_->WithDefRegionKind(kind, [&] { return mutator_->MutateExpected(value); });
    if (result.is_err()) {
      error_ = std::move(result).error();
      return true;
    }
    Any replacement =
        AnyUnsafe::MoveTVMFFIAnyRawToAny(ExpectedUnsafe::MoveToTVMFFIAny(std::move(result)));
    if (replacement.type_index() == kTVMFFIUnchanged || replacement.same_as(value)) return false;
    return !Store(field, replacement);
  }

  bool changed() const { return changed_; }
  std::optional<Error>& error() { return error_; }

 private:
  bool Store(const TVMFFIFieldInfo* field, const Any& replacement) {
    if (field->setter == nullptr) {
      error_ = NoSetterError(field);
      return false;
    }
    if (reflection::CallFieldSetter(field, reflection::detail::FieldAddress(copy_, field),
                                    AnyUnsafe::TVMFFIAnyPtrFromAny(replacement)) != 0) {
      error_ = MoveFromSafeCallRaised();
      return false;
    }
    changed_ = true;
    return true;
  }

  Error NoSetterError(const TVMFFIFieldInfo* field) const {
    const TVMFFIByteArray& key = TVMFFIGetTypeInfo(copy_->type_index())->type_key;
    std::string message = "Cannot structurally mutate field `";
    message.append(field->name.data, field->name.size).append("` of type `");
    message.append(key.data, key.size).append("` because it does not define a setter");
    return Error("TypeError", std::move(message), "");
  }

  StructuralMutatorObj* mutator_;
  const Object* copy_;
  bool changed_ = false;
  std::optional<Error> error_;
};

/*!
 * \brief Mutate the fields of a copy of an object; the object itself is never changed.
 *
 * Local to each binary, as VisitReflectedFieldsExpected.
 */
TVM_FFI_BINARY_LOCAL inline MutateResult MutateReflectedFieldsExpected(
    StructuralMutatorObj* mutator, AnyView value) noexcept {
  const Object* obj = AnyUnsafe::RawObjectPtrFromAnyViewAfterCheck<Object>(value);
  Expected<ObjectRef> copy_result = ShallowCopyForMutate(obj);
  if (copy_result.is_err()) return std::move(copy_result).error();
  ObjectRef copy = std::move(copy_result).value();
  const TVMFFITypeInfo* info = TVMFFIGetTypeInfo(obj->type_index());
  ReflectedFieldMutation mutation(mutator, copy.get());
  TVMFFIDefRegionKind kind =
      DefRegionScope::Clamp(mutator->def_region_kind(), StructuralKind(info));
  mutator->WithDefRegionKind(kind, [&] {
    return reflection::ForEachFieldInfoWithEarlyStop(
        info, [&](const TVMFFIFieldInfo* field) { return mutation(field); });
  });
  if (mutation.error().has_value()) return *std::move(mutation.error());
  if (!mutation.changed()) return MutateUnchanged();
  return UnchangedOr<Any>(Any(std::move(copy)));
}

/*! \brief Default mutation of an object without hook: identities are mutated once. */
inline MutateResult MutateObjectWithoutHook(StructuralMutatorObj* mutator, AnyView value) noexcept {
  TVMFFISEqHashKind kind = StructuralKind(TVMFFIGetTypeInfo(value.type_index()));
  bool is_var = kind == kTVMFFISEqHashKindFreeVar;
  bool has_identity = is_var || kind == kTVMFFISEqHashKindDAGNode;
  if (has_identity) {
    Expected<Any> known = mutator->VarRemapGetExpected(value);
    if (known.type_index() != kTVMFFINone) {
      return ExpectedUnsafe::MoveFromTVMFFIAny<UnchangedOr<Any>>(
          ExpectedUnsafe::MoveToTVMFFIAny(std::move(known)));
    }
  }
  // The use of a variable that nothing replaced.
  if (is_var && mutator->def_region_kind() == kTVMFFIDefRegionKindNone) return MutateUnchanged();

  MutateResult result = MutateReflectedFieldsExpected(mutator, value);
  if (!has_identity || result.is_err()) return result;
  bool record = !is_var || mutator->def_region_kind() == kTVMFFIDefRegionKindPattern ||
                result.type_index() != kTVMFFIUnchanged;
  if (record) {
    const Any& mapped = ExpectedUnsafe::GetData(std::as_const(result));
    Expected<void> stored = mutator->VarRemapSetExpected(value, mapped);
    if (stored.is_err()) return std::move(stored).error();
  }
  return result;
}

/*! \brief Default mutation where nothing is changed in place. */
inline MutateResult DefaultMutateCopy(StructuralMutatorObj* mutator, AnyView value) noexcept {
  AnyView hook = StructuralMutateColumns::Get().mutate[value.type_index()];
  if (hook.type_index() == kTVMFFINone) {
    if (value.type_index() < kTVMFFIStaticObjectBegin) return UnchangedOr<Any>(Any(value));
    return MutateObjectWithoutHook(mutator, value);
  }
  if (auto result = CallMutateHook(hook, mutator, value)) return *std::move(result);
  return Error("TypeError", "__s_mutate__ must be a direct hook pointer or ffi.Function", "");
}

}  // namespace detail

inline Expected<UnchangedOr<Any>> StructuralMutatorObj::DefaultMutateExpected(
    AnyView value, InplaceMode inplace_mode) noexcept {
  if (TVM_FFI_PREDICT_FALSE(detail::NativeStack::NearlyFull())) {
    return detail::NativeStack::TooDeep();
  }
  std::optional<detail::MutateResult> result;
  if (inplace_mode == InplaceMode::kAllow) {
    const auto& columns = detail::StructuralMutateColumns::Get();
    result = detail::CallMutateHook(columns.maybe_inplace[value.type_index()], this, value);
  }
  if (!result.has_value()) result = detail::DefaultMutateCopy(this, value);
  if (result->is_err()) {
    Error error = result->error();
    detail::UpdateVisitErrorContext(error, value);
  }
  return *std::move(result);
}

/*! \brief Returns the error of an Expected from the enclosing function. */
#define TVM_FFI_S_MUTATE_MAYBE_EARLY_RETURN(Result)                             \
  do {                                                                          \
    auto&& tvm_ffi_mutate_result_ = (Result);                                   \
    if (tvm_ffi_mutate_result_.is_err()) {                                      \
      return ::tvm::ffi::Unexpected(std::move(tvm_ffi_mutate_result_).error()); \
    }                                                                           \
  } while (false)

#define TVM_FFI_S_MUTATE_CONCAT_IMPL_(a, b) a##b
#define TVM_FFI_S_MUTATE_CONCAT_(a, b) TVM_FFI_S_MUTATE_CONCAT_IMPL_(a, b)

#define TVM_FFI_S_MUTATE_ASSIGN_IMPL_(Type, Name, ResultExpr, Tmp, Checked)        \
  auto Tmp = (ResultExpr);                                                         \
  if (Tmp.is_err()) return ::tvm::ffi::Unexpected(std::move(Tmp).error());         \
  if (Checked && !::tvm::ffi::detail::SMutateHolds<Type>(Tmp)) {                   \
    return ::tvm::ffi::Unexpected(::tvm::ffi::detail::SMutateDeclaredTypeError()); \
  }                                                                                \
  Type Name = ::tvm::ffi::detail::SMutateTake<Type>(std::move(Tmp))

/*!
 * \brief Declares `Type Name` with the success value of an Expected, or returns the error.
 *
 * A value that is no Type returns a TypeError. Expands to several statements; Type has no comma.
 */
#define TVM_FFI_S_MUTATE_ASSIGN_OR_RETURN(Type, Name, ResultExpr) \
  TVM_FFI_S_MUTATE_ASSIGN_IMPL_(Type, Name, ResultExpr,           \
                                TVM_FFI_S_MUTATE_CONCAT_(tvm_ffi_mutate_, Name), true)
/*! \brief The same without any check of the value; one of another type is undefined behaviour. */
#define TVM_FFI_UNSAFE_S_MUTATE_ASSIGN_OR_RETURN(Type, Name, ResultExpr) \
  TVM_FFI_S_MUTATE_ASSIGN_IMPL_(Type, Name, ResultExpr,                  \
                                TVM_FFI_S_MUTATE_CONCAT_(tvm_ffi_mutate_, Name), false)

namespace detail {

/*! \brief Whether a success value is a T as it is. */
template <typename T, typename U>
bool SMutateHolds([[maybe_unused]] const Expected<U>& result) {
  if constexpr (type_subsumes_v<Expected<T>, Expected<U>>) {
    return true;
  } else {
    return AnyUnsafe::CheckAnyStrict<T>(ExpectedUnsafe::GetData(result));
  }
}

/*! \brief The success value, which the caller has checked. */
template <typename T, typename U>
T SMutateTake(Expected<U>&& result) {
  return AnyUnsafe::MoveFromAnyAfterCheck<T>(
      AnyUnsafe::MoveTVMFFIAnyRawToAny(ExpectedUnsafe::MoveToTVMFFIAny(std::move(result))));
}

}  // namespace detail

/*! \brief Base of the engines: keeps the replacements of variables and shared nodes. */
class StructuralMapEngineBase : public StructuralMutatorObj {
 public:
  /*! \brief Extra arguments of map callbacks; classes in between may supply some. */
  using StateTupleType = std::tuple<>;

  /*! \param vtable Outlives the engine. */
  explicit StructuralMapEngineBase(const StructuralMutatorVTable* vtable)
      : StructuralMutatorObj(vtable) {}
  StructuralMapEngineBase(const StructuralMapEngineBase&) = delete;
  StructuralMapEngineBase& operator=(const StructuralMapEngineBase&) = delete;
  ~StructuralMapEngineBase() {
    for (auto& entry : var_remap_) {
      detail::ObjectUnsafe::DecRefObjectHandle(detail::ObjectUnsafe::GetHeader(entry.first));
    }
  }

 protected:
  /*! \brief The extra arguments of callbacks. */
  StateTupleType StateTuple() const noexcept { return {}; }

  /*! \brief Entry of the function table for VarRemapGetImpl. */
  static TVMFFIAny DispatchVarRemapGet(StructuralMutatorObj* mutator, AnyView var) noexcept {
    return detail::ExpectedUnsafe::MoveToTVMFFIAny(
        static_cast<StructuralMapEngineBase*>(mutator)->VarRemapGetImpl(var));
  }
  /*! \brief Entry of the function table for VarRemapSetImpl. */
  static TVMFFIAny DispatchVarRemapSet(StructuralMutatorObj* mutator, AnyView var,
                                       AnyView mapped_value) noexcept {
    return detail::ExpectedUnsafe::MoveToTVMFFIAny(
        static_cast<StructuralMapEngineBase*>(mutator)->VarRemapSetImpl(var, mapped_value));
  }

  /*!
   * \brief The replacement of a variable, None when there is none; TypeError unless it is an
   * object.
   */
  Expected<Any> VarRemapGetImpl(AnyView var) noexcept {
    if (var.type_index() < kTVMFFIStaticObjectBegin) return VarRemapKeyTypeError();
    auto it = var_remap_.find(detail::AnyUnsafe::RawObjectPtrFromAnyViewAfterCheck<Object>(var));
    return it != var_remap_.end() ? it->second : Any();
  }

  /*! \brief Keeps the replacement of a variable; TypeError unless it is an object. */
  Expected<void> VarRemapSetImpl(AnyView var, AnyView mapped_value) noexcept {
    if (var.type_index() < kTVMFFIStaticObjectBegin) return VarRemapKeyTypeError();
    const Object* key = detail::AnyUnsafe::RawObjectPtrFromAnyViewAfterCheck<Object>(var);
    auto [it, inserted] = var_remap_.try_emplace(key);
    if (inserted) {
      detail::ObjectUnsafe::IncRefObjectHandle(detail::ObjectUnsafe::GetHeader(key));
    }
    it->second = mapped_value;
    return {};
  }

  /*! \brief Append a value to the trail of a result that is an error; other results pass. Always
   * inline, as other headers' function of this name takes errors only. */
  TVM_FFI_INLINE static void UpdateVisitErrorContext(const Expected<Any>& result,
                                                     AnyView value) noexcept {
    if (!result.is_err()) return;
    Error error = result.error();
    detail::UpdateVisitErrorContext(error, value);
  }

  /*! \brief The error of a hook that changed a node to another type. */
  static Error SMutateDescentTypeError() {
    return Error("TypeError", "structural mutate: descent changed the node type", "");
  }
  /*! \brief The error of a variable that is no object. */
  static Error VarRemapKeyTypeError() {
    return Error("TypeError", "Variable-remap key must be an object-backed value", "");
  }

  /*! \brief Replacements by identity. Holds one reference to each key. */
  std::unordered_map<const Object*, Any> var_remap_;
};

#if defined(__GLIBCXX__)
static_assert(sizeof(void*) != 8 || sizeof(StructuralMapEngineBase) == 96,
              "derived engines of other binaries follow it");
#endif

/*!
 * \brief The mutator of StructuralMap.
 * \tparam Parent Class derived from StructuralMapEngineBase that supplies state and default
 *         mutation.
 */
template <typename Parent, WalkOrder order, typename... Callbacks>
class StructuralMapEngine : public Parent {
  static_assert(std::is_base_of_v<StructuralMapEngineBase, Parent>,
                "Parent must derive from StructuralMapEngineBase");
  static_assert(sizeof...(Callbacks) > 0, "a map needs at least one callback");

 public:
  /*! \param callbacks Kept by value. */
  explicit StructuralMapEngine(Callbacks... callbacks)
      : Parent(VTable()), callbacks_(std::move(callbacks)...) {}

 private:
  using Self = StructuralMapEngine;
  using Result = detail::MutateResult;

  static const StructuralMutatorVTable* VTable() {
    static const StructuralMutatorVTable vtable{
        &Dispatch<InplaceMode::kDisallow>, &Dispatch<InplaceMode::kAllow>,
        &Self::DispatchVarRemapGet, &Self::DispatchVarRemapSet};
    return &vtable;
  }

  template <InplaceMode mode>
  static TVMFFIAny Dispatch(StructuralMutatorObj* mutator, AnyView value) noexcept {
    Self* self = static_cast<Self*>(mutator);
    Result result = order == WalkOrder::kPreOrder ? self->MapPreOrder(value, mode)
                                                  : self->MapPostOrder(value, mode);
    return detail::ExpectedUnsafe::MoveToTVMFFIAny(std::move(result));
  }

  Result MapPreOrder(AnyView value, InplaceMode mode) {
    std::optional<Expected<Any>> mapped = RunCallback(value);
    if (!mapped.has_value() || mapped->type_index() == kTVMFFIUnchanged) {
      return Parent::DefaultMutateExpected(value, mode);
    }
    if (mapped->is_err()) return Fail(*std::move(mapped), value);
    Any replacement = (*std::move(mapped)).value();
    bool may_change = AnyView(replacement).same_as(value) || Self::IsUniqueObject(replacement);
    Result below =
        Parent::DefaultMutateExpected(replacement, may_change ? mode : InplaceMode::kDisallow);
    if (below.type_index() != kTVMFFIUnchanged) return below;
    return UnchangedOr<Any>(std::move(replacement));
  }

  Result MapPostOrder(AnyView value, InplaceMode mode) {
    Result below = Parent::DefaultMutateExpected(value, mode);
    if (below.is_err()) return below;
    bool changed = below.type_index() != kTVMFFIUnchanged;
    AnyView current =
        changed ? AnyView(detail::ExpectedUnsafe::GetData(std::as_const(below))) : value;
    std::optional<Expected<Any>> mapped = RunCallback(current);
    if (!mapped.has_value() || mapped->type_index() == kTVMFFIUnchanged) return below;
    if (mapped->is_err()) return Fail(*std::move(mapped), current);
    return UnchangedOr<Any>((*std::move(mapped)).value());
  }

  static Result Fail(Expected<Any> result, AnyView value) {
    Self::UpdateVisitErrorContext(result, value);
    return std::move(result).error();
  }

  std::optional<Expected<Any>> RunCallback(AnyView value) {
    std::optional<Expected<Any>> result;
    std::apply(
        [&](Callbacks&... callbacks) {
          static_cast<void>((TryOne(callbacks, value, &result) || ...));
        },
        callbacks_);
    return result;
  }

  template <typename Callback>
  bool TryOne(Callback& callback, AnyView value, std::optional<Expected<Any>>* result) {
    static_assert(std::is_same_v<decltype(this->StateTuple()), typename Parent::StateTupleType>,
                  "StateTuple must return StateTupleType by value");
    using Value = typename detail::StructuralCallbackInfo<Callback>::Value;
    return detail::StructuralTryCallback<Value>(value, result, [&](auto&& arg) {
      return detail::InvokeWithState<Expected<Any>>(callback, std::forward<decltype(arg)>(arg),
                                                    this->StateTuple(), this->def_region_kind());
    });
  }

  std::tuple<Callbacks...> callbacks_;
};

namespace detail {

/*! \brief Callback whose parts were chosen at run time: `(type index, function)`, first match. */
class RuntimeMapCallback {
 public:
  /*! \param with_kind Entries whose functions take the region kind too; tried last. */
  RuntimeMapCallback(const RuntimeCallbacks& entries, const RuntimeCallbacks& with_kind)
      : entries_(entries), with_kind_(with_kind) {}

  Expected<Any> operator()(AnyView value, TVMFFIDefRegionKind kind) const {
    if (const Function* fn = entries_.Find(value.type_index())) return fn->CallExpected(value);
    if (const Function* fn = with_kind_.Find(value.type_index())) {
      return fn->CallExpected(value, static_cast<int32_t>(kind));
    }
    return Any(Unchanged());
  }

 private:
  RuntimeCallbackTable entries_;
  RuntimeCallbackTable with_kind_;
};

/*! \brief Run an engine over a root that the caller gave away. */
template <typename Engine, typename... Args>
Expected<Any> RunMutation(Any root, Args&&... args) noexcept {
  ObjectPtr<Engine> engine = make_object<Engine>(std::forward<Args>(args)...);
  MutateResult result = engine->MutateExpected(root, InplaceMode::kAllow);
  if (result.type_index() == kTVMFFIUnchanged) return Expected<Any>(std::move(root));
  return ExpectedUnsafe::MoveFromTVMFFIAny<Any>(ExpectedUnsafe::MoveToTVMFFIAny(std::move(result)));
}

}  // namespace detail

/*! \brief The mutator of a map whose callbacks were chosen at run time. */
template <typename Parent, WalkOrder order>
class StructuralMapDynEngine
    : public StructuralMapEngine<Parent, order, detail::RuntimeMapCallback> {
 public:
  /*!
   * \param callbacks Pairs of type index and `fn(value)`.
   * \param callbacks_with_def_region_kind Pairs of type index and `fn(value, kind)`, tried last.
   */
  StructuralMapDynEngine(Array<Tuple<int32_t, Function>> callbacks,
                         Array<Tuple<int32_t, Function>> callbacks_with_def_region_kind)
      : StructuralMapEngine<Parent, order, detail::RuntimeMapCallback>(
            detail::RuntimeMapCallback(callbacks, callbacks_with_def_region_kind)) {}
};

/*!
 * \brief Replace parts of a value, each occurrence by its own call.
 * \tparam order Whether a callback sees a value before or after its parts were mapped.
 * \param root The value; moved in as the last reference it may be changed in place.
 * \param callbacks Callables `(value)` or `(value, TVMFFIDefRegionKind)` that return a replacement,
 *        `Unchanged` or an Expected. The first one whose parameter takes the value runs; None is
 *        offered too. They must not modify their argument.
 * \return The mapped value, or the error of a callback or of a hook.
 */
template <WalkOrder order, typename... Callbacks>
Expected<Any> StructuralMapExpected(Any root, Callbacks&&... callbacks) noexcept {
  using Engine = StructuralMapEngine<StructuralMapEngineBase, order, std::decay_t<Callbacks>...>;
  return detail::RunMutation<Engine>(std::move(root), std::forward<Callbacks>(callbacks)...);
}

/*! \brief As StructuralMapExpected, throwing the error. */
template <WalkOrder order, typename... Callbacks>
Any StructuralMap(Any root, Callbacks&&... callbacks) {
  return StructuralMapExpected<order>(std::move(root), std::forward<Callbacks>(callbacks)...)
      .value();
}

/*!
 * \brief The mutator of StructuralMutate.
 * \tparam Parent Class derived from StructuralMapEngineBase that supplies the default mutation.
 */
template <typename Parent, typename... Callbacks>
class StructuralMutateEngine : public Parent {
  static_assert(std::is_base_of_v<StructuralMapEngineBase, Parent>,
                "Parent must derive from StructuralMapEngineBase");
  static_assert(sizeof...(Callbacks) > 0, "a mutation needs at least one callback");

 public:
  /*! \param callbacks Kept by value. */
  explicit StructuralMutateEngine(Callbacks... callbacks)
      : Parent(VTable()), callbacks_(std::move(callbacks)...) {}

 private:
  using Self = StructuralMutateEngine;
  using MutatorPtr = typename Parent::MutatorObjType*;

  static const StructuralMutatorVTable* VTable() {
    static const StructuralMutatorVTable vtable{
        &Dispatch<InplaceMode::kDisallow>, &Dispatch<InplaceMode::kAllow>,
        &Self::DispatchVarRemapGet, &Self::DispatchVarRemapSet};
    return &vtable;
  }

  template <InplaceMode mode>
  static TVMFFIAny Dispatch(StructuralMutatorObj* mutator, AnyView value) noexcept {
    Self* self = static_cast<Self*>(mutator);
    std::optional<Expected<Any>> result;
    if (TVM_FFI_PREDICT_FALSE(detail::NativeStack::NearlyFull())) {
      result.emplace(detail::NativeStack::TooDeep());
    } else {
      std::apply(
          [&](Callbacks&... callbacks) {
            static_cast<void>((self->TryOne(callbacks, value, mode, &result) || ...));
          },
          self->callbacks_);
    }
    if (!result.has_value()) {
      return detail::ExpectedUnsafe::MoveToTVMFFIAny(
          self->Parent::DefaultMutateExpected(value, mode));
    }
    Self::UpdateVisitErrorContext(*result, value);
    return detail::ExpectedUnsafe::MoveToTVMFFIAny(*std::move(result));
  }

  template <typename Callback>
  bool TryOne(Callback& callback, AnyView value, [[maybe_unused]] InplaceMode mode,
              std::optional<Expected<Any>>* result) {
    using Info = detail::StructuralCallbackInfo<Callback>;
    static_assert(Info::kNumArgs == 2 || Info::kNumArgs == 3,
                  "a mutate callback takes (value, mutator) or (value, mutator, mode)");
    static_assert(std::is_same_v<typename Info::template Arg<1>, MutatorPtr>,
                  "the second parameter of a mutate callback must be the mutator pointer");
    return detail::StructuralTryCallback<typename Info::Value>(
        value, result, [&](auto&& arg) -> Expected<Any> {
          MutatorPtr self = static_cast<MutatorPtr>(this);
          if constexpr (Info::kNumArgs == 3) {
            static_assert(std::is_same_v<typename Info::template Arg<2>, InplaceMode>,
                          "the third parameter of a mutate callback must be InplaceMode");
            return callback(std::forward<decltype(arg)>(arg), self, mode);
          } else {
            return callback(std::forward<decltype(arg)>(arg), self);
          }
        });
  }

  std::tuple<Callbacks...> callbacks_;
};

/*!
 * \brief Rewrite a value; callbacks decide what happens to the parts.
 * \param root The value; moved in as the last reference it may be changed in place.
 * \param callbacks Callables `(value, StructuralMutatorObj*)`, optionally with an InplaceMode, that
 *        return a replacement, `Unchanged` or an Expected. The first one whose parameter takes the
 *        value runs, and its result is final; values that none takes get the default mutation.
 * \return The mutated value, or the error of a callback or of a hook.
 */
template <typename... Callbacks>
Expected<Any> StructuralMutateExpected(Any root, Callbacks&&... callbacks) noexcept {
  using Engine = StructuralMutateEngine<StructuralMapEngineBase, std::decay_t<Callbacks>...>;
  return detail::RunMutation<Engine>(std::move(root), std::forward<Callbacks>(callbacks)...);
}

/*! \brief As StructuralMutateExpected, throwing the error. */
template <typename... Callbacks>
Any StructuralMutate(Any root, Callbacks&&... callbacks) {
  return StructuralMutateExpected(std::move(root), std::forward<Callbacks>(callbacks)...).value();
}

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_EXTRA_STRUCTURAL_MUTATE_H_
