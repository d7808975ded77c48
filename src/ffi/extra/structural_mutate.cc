// SPDX-License-Identifier: Apache-2.0
/*!
 * \file structural_mutate.cc
 * \brief Mutation of the containers, and the globals that other languages start mutations with.
 */
#include <tvm/ffi/any.h>
#include <tvm/ffi/big_int.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/tuple.h>
#include <tvm/ffi/extra/structural_mutate.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/ffi/string.h>

#include <optional>
#include <utility>
#include <vector>

#include "structural_common.h"

namespace tvm {
namespace ffi {
namespace {

using detail::MutateResult;

/*! \brief The replacement in a successful result, unless it is the marker or the value itself. */
std::optional<Any> TakeReplacement(MutateResult&& result, AnyView value) {
  Any replacement = detail::AnyUnsafe::MoveTVMFFIAnyRawToAny(
      detail::ExpectedUnsafe::MoveToTVMFFIAny(std::move(result)));
  if (replacement.type_index() == kTVMFFIUnchanged) return std::nullopt;
  if (AnyView(replacement).same_as(value)) return std::nullopt;
  return replacement;
}

template <typename Obj>
Obj* MutableObject(AnyView value) {
  return const_cast<Obj*>(detail::AnyUnsafe::RawObjectPtrFromAnyViewAfterCheck<Obj>(value));
}

/*! \brief Copy with the replaced elements; the copy is made when the first one changes. */
template <typename Ref>
MutateResult MutateSequence(StructuralMutatorObj* mutator, AnyView value) {
  using Obj = typename Ref::ContainerType;
  const Obj* seq = MutableObject<Obj>(value);
  std::optional<Ref> copy;
  // The size is read anew each time and elements copied: callbacks may run foreign code.
  for (int64_t i = 0; static_cast<size_t>(i) < seq->size(); ++i) {
    Any item = seq->at(i);
    MutateResult result = mutator->MutateExpected(item);
    if (result.is_err()) return result;
    std::optional<Any> replacement = TakeReplacement(std::move(result), item);
    if (!replacement.has_value()) continue;
    if (!copy.has_value()) copy.emplace(seq->begin(), seq->end());
    copy->Set(i, *std::move(replacement));
  }
  if (!copy.has_value()) return Unchanged();
  return UnchangedOr<Any>(Any(*std::move(copy)));
}

/*! \brief Replaces elements where they are; each may be changed in place in turn. */
MutateResult MutateSequenceInplace(StructuralMutatorObj* mutator, AnyView value) {
  SeqBaseObj* seq = MutableObject<SeqBaseObj>(value);
  for (int64_t i = 0; static_cast<size_t>(i) < seq->size(); ++i) {
    // Borrowed: another reference would keep the element from being changed in place.
    AnyView item = seq->at(i);
    MutateResult result = mutator->MutateExpected(item, InplaceMode::kAllow);
    if (result.is_err()) return result;
    if (auto replacement = TakeReplacement(std::move(result), item)) {
      seq->SetItem(i, *std::move(replacement));
    }
  }
  return Unchanged();
}

/*! \brief Copy with the replaced values; keys and order stay. */
template <typename Ref>
MutateResult MutateMapping(StructuralMutatorObj* mutator, AnyView value) {
  using Obj = typename Ref::ContainerType;
  const Obj* map = MutableObject<Obj>(value);
  std::optional<Ref> copy;
  for (const MapBaseObj::KVType& entry : *map) {
    Any item = entry.second;
    MutateResult result = mutator->MutateExpected(item);
    if (result.is_err()) return result;
    std::optional<Any> replacement = TakeReplacement(std::move(result), item);
    if (!replacement.has_value()) continue;
    if (!copy.has_value()) copy.emplace(map->begin(), map->end());
    copy->Set(entry.first, *std::move(replacement));
  }
  if (!copy.has_value()) return Unchanged();
  return UnchangedOr<Any>(Any(*std::move(copy)));
}

/*! \brief Replaces values where they are; each may be changed in place in turn. */
MutateResult MutateMappingInplace(StructuralMutatorObj* mutator, AnyView value) {
  MapBaseObj* map = MutableObject<MapBaseObj>(value);
  for (auto it = map->begin(); it != map->end(); ++it) {
    AnyView item = it->second;
    MutateResult result = mutator->MutateExpected(item, InplaceMode::kAllow);
    if (result.is_err()) return result;
    if (auto replacement = TakeReplacement(std::move(result), item)) {
      it->second = *std::move(replacement);
    }
  }
  return Unchanged();
}

MutateResult KeepUnchanged(StructuralMutatorObj*, AnyView) { return Unchanged(); }

template <typename Obj, auto Mutate, auto MaybeInplaceMutate>
void RegisterMutate() {
  reflection::TypeAttrDef<Obj>()
      .template native_fn_attr<Mutate>(type_attr::kStructuralMutate)
      .template native_fn_attr<MaybeInplaceMutate>(type_attr::kStructuralMaybeInplaceMutate);
}

using detail::RuntimeCallbacks;

/*! \brief Map whose callbacks were chosen at run time. */
Any RuntimeMap(Any root, const RuntimeCallbacks& callbacks,
               const RuntimeCallbacks& callbacks_with_kind, int64_t order) {
  structural::RequireCallbackTypes(callbacks);
  structural::RequireCallbackTypes(callbacks_with_kind);
  using PreOrder = StructuralMapDynEngine<StructuralMapEngineBase, WalkOrder::kPreOrder>;
  using PostOrder = StructuralMapDynEngine<StructuralMapEngineBase, WalkOrder::kPostOrder>;
  bool pre_order = order == static_cast<int64_t>(WalkOrder::kPreOrder);
  Expected<Any> result =
      pre_order ? detail::RunMutation<PreOrder>(std::move(root), callbacks, callbacks_with_kind)
                : detail::RunMutation<PostOrder>(std::move(root), callbacks, callbacks_with_kind);
  return std::move(result).value();
}

}  // namespace

namespace detail {

/*! \brief The mutator of a mutation whose callbacks were chosen at run time. */
class StructuralMutateDynEngine : public StructuralMapEngineBase {
 public:
  /*! \brief Type index, function, and whether the function takes the mode. */
  using Entries = Array<Tuple<int32_t, Function, bool>>;

  explicit StructuralMutateDynEngine(const Entries& entries) : StructuralMapEngineBase(VTable()) {
    callbacks_.reserve(entries.size());
    for (const Tuple<int32_t, Function, bool>& entry : entries) {
      callbacks_.push_back({entry.get<0>(), entry.get<1>(), entry.get<2>()});
    }
  }

 private:
  /*! \brief An entry taken apart, so that finding a callback touches no counter. */
  struct Callback {
    int32_t type_index;
    Function function;
    bool takes_mode;
  };

  static const StructuralMutatorVTable* VTable() {
    static const StructuralMutatorVTable vtable{&Dispatch<InplaceMode::kDisallow>,
                                                &Dispatch<InplaceMode::kAllow>,
                                                &DispatchVarRemapGet, &DispatchVarRemapSet};
    return &vtable;
  }

  template <InplaceMode mode>
  static TVMFFIAny Dispatch(StructuralMutatorObj* mutator, AnyView value) noexcept {
    auto* self = static_cast<StructuralMutateDynEngine*>(mutator);
    for (const Callback& callback : self->callbacks_) {
      if (!RuntimeTypeIndexMatch(value.type_index(), callback.type_index)) continue;
      Expected<Any> result = self->Call(callback, value, mode);
      UpdateVisitErrorContext(result, value);
      return ExpectedUnsafe::MoveToTVMFFIAny(std::move(result));
    }
    return ExpectedUnsafe::MoveToTVMFFIAny(self->DefaultMutateExpected(value, mode));
  }

  Expected<Any> Call(const Callback& callback, AnyView value, InplaceMode mode) {
    if (TVM_FFI_PREDICT_FALSE(NativeStack::NearlyFull())) return NativeStack::TooDeep();
    StructuralMutatorObj* self = this;
    const Function& function = callback.function;
    if (callback.takes_mode) return function.CallExpected(value, self, static_cast<int32_t>(mode));
    return function.CallExpected(value, self);
  }

  std::vector<Callback> callbacks_;
};

}  // namespace detail

namespace {

Any RuntimeMutate(Any root, const detail::StructuralMutateDynEngine::Entries& callbacks) {
  structural::RequireCallbackTypes(callbacks);
  return detail::RunMutation<detail::StructuralMutateDynEngine>(std::move(root), callbacks).value();
}

StructuralMutatorObj* MutatorOf(const StructuralMutator& mutator) {
  return const_cast<StructuralMutatorObj*>(mutator.get());
}

TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = tvm::ffi::reflection;
  refl::ObjectDef<StructuralMutatorObj>(refl::init(false));
  RegisterMutate<ArrayObj, &MutateSequence<Array<Any>>, &MutateSequenceInplace>();
  RegisterMutate<ListObj, &MutateSequence<List<Any>>, &MutateSequenceInplace>();
  RegisterMutate<MapObj, &MutateMapping<Map<Any, Any>>, &MutateMappingInplace>();
  RegisterMutate<DictObj, &MutateMapping<Dict<Any, Any>>, &MutateMappingInplace>();
  RegisterMutate<detail::StringObj, &KeepUnchanged, &KeepUnchanged>();
  RegisterMutate<detail::BytesObj, &KeepUnchanged, &KeepUnchanged>();
  RegisterMutate<detail::BigIntObj, &KeepUnchanged, &KeepUnchanged>();
  refl::GlobalDef()
      .def("ffi.StructuralMutatorMutate",
           [](const StructuralMutator& mutator, AnyView value) -> Any {
             return MutatorOf(mutator)->Mutate(value).ValueOrUnchanged(value);
           })
      .def("ffi.StructuralMutatorDefaultMutate",
           [](const StructuralMutator& mutator, AnyView value) -> Any {
             UnchangedOr<Any> result = MutatorOf(mutator)->DefaultMutateExpected(value).value();
             return std::move(result).ValueOrUnchanged(value);
           })
      .def("ffi.StructuralMutatorVarRemapGet",
           [](const StructuralMutator& mutator, AnyView var) -> Any {
             return MutatorOf(mutator)->VarRemapGetExpected(var).value();
           })
      .def("ffi.StructuralMutatorVarRemapSet",
           [](const StructuralMutator& mutator, AnyView var, AnyView mapped) {
             MutatorOf(mutator)->VarRemapSetExpected(var, mapped).value();
           })
      .def("ffi.StructuralMutatorDefRegionKind",
           [](const StructuralMutator& mutator) {
             return static_cast<int32_t>(mutator->def_region_kind());
           })
      .def("ffi.StructuralMutatorWithDefRegionKind",
           [](const StructuralMutator& mutator, int32_t kind, const Function& callback) -> Any {
             return MutatorOf(mutator)->WithDefRegionKind(static_cast<TVMFFIDefRegionKind>(kind),
                                                          [&] { return callback(); });
           })
      .def("ffi.StructuralMap", RuntimeMap)
      .def("ffi.StructuralMutate", RuntimeMutate);
}

}  // namespace
}  // namespace ffi
}  // namespace tvm
