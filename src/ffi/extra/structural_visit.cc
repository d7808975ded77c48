// SPDX-License-Identifier: Apache-2.0
/*!
 * \file structural_visit.cc
 * \brief Visits of the containers, and the globals that other languages start traversals with.
 */
#include <tvm/ffi/any.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/tuple.h>
#include <tvm/ffi/extra/structural_visit.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/registry.h>

#include <optional>
#include <utility>

#include "structural_common.h"

namespace tvm {
namespace ffi {
namespace {

using VisitResult = Expected<Optional<VisitInterrupt>>;
using detail::RuntimeCallbacks;

VisitResult VisitSequence(StructuralVisitorObj* visitor, AnyView value) noexcept {
  const auto* seq = detail::AnyUnsafe::RawObjectPtrFromAnyViewAfterCheck<SeqBaseObj>(value);
  // The size is read anew each time and elements copied: callbacks may run foreign code.
  for (int64_t i = 0; static_cast<size_t>(i) < seq->size(); ++i) {
    Any item = seq->begin()[i];
    TVM_FFI_S_VISIT_MAYBE_EARLY_RETURN(visitor->VisitExpected(item));
  }
  return Optional<VisitInterrupt>(std::nullopt);
}

VisitResult VisitMapping(StructuralVisitorObj* visitor, AnyView value) noexcept {
  const auto* map = detail::AnyUnsafe::RawObjectPtrFromAnyViewAfterCheck<MapBaseObj>(value);
  for (const MapBaseObj::KVType& entry : *map) {
    Any item = entry.second;
    TVM_FFI_S_VISIT_MAYBE_EARLY_RETURN(visitor->VisitExpected(item));
  }
  return Optional<VisitInterrupt>(std::nullopt);
}

/*! \brief Walk whose callbacks were chosen at run time; the second list takes the region kind. */
Optional<VisitInterrupt> RuntimeWalk(AnyView root, const RuntimeCallbacks& callbacks,
                                     const RuntimeCallbacks& callbacks_with_kind, int64_t order) {
  structural::RequireCallbackTypes(callbacks);
  structural::RequireCallbackTypes(callbacks_with_kind);
  auto callback = [plain = detail::RuntimeCallbackTable(callbacks),
                   with_kind = detail::RuntimeCallbackTable(callbacks_with_kind)](
                      AnyView value, TVMFFIDefRegionKind kind) -> Expected<WalkResult> {
    if (const Function* fn = plain.Find(value.type_index())) {
      return fn->CallExpected<WalkResult>(value);
    }
    if (const Function* fn = with_kind.Find(value.type_index())) {
      return fn->CallExpected<WalkResult>(value, static_cast<int32_t>(kind));
    }
    return WalkResult::Advance();
  };
  if (order == static_cast<int64_t>(WalkOrder::kPreOrder)) {
    return StructuralWalk<WalkOrder::kPreOrder>(root, std::move(callback));
  }
  return StructuralWalk<WalkOrder::kPostOrder>(root, std::move(callback));
}

Optional<VisitInterrupt> RuntimeVisit(AnyView root, const RuntimeCallbacks& callbacks) {
  structural::RequireCallbackTypes(callbacks);
  return StructuralVisit(root,
                         [table = detail::RuntimeCallbackTable(callbacks)](
                             AnyView value, StructuralVisitorObj* visitor) -> VisitResult {
                           if (const Function* fn = table.Find(value.type_index())) {
                             return fn->CallExpected<Optional<VisitInterrupt>>(value, visitor);
                           }
                           return visitor->DefaultVisitExpected(value);
                         });
}

template <typename Obj, auto Visit>
void RegisterVisit() {
  reflection::TypeAttrDef<Obj>().template native_fn_attr<Visit>(type_attr::kStructuralVisit);
}

TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = tvm::ffi::reflection;
  refl::ObjectDef<VisitInterruptObj>(refl::init(false))
      .def_ro("value", &VisitInterruptObj::value, refl::default_value(nullptr));
  refl::ObjectDef<StructuralVisitorObj>(refl::init(false));
  RegisterVisit<ArrayObj, &VisitSequence>();
  RegisterVisit<ListObj, &VisitSequence>();
  RegisterVisit<MapObj, &VisitMapping>();
  RegisterVisit<DictObj, &VisitMapping>();
  refl::GlobalDef()
      .def("ffi.VisitInterrupt", [](const Any& value) { return VisitInterrupt(value); })
      .def("ffi.StructuralVisitorVisit",
           [](const StructuralVisitor& visitor, AnyView value) {
             return const_cast<StructuralVisitorObj*>(visitor.get())->Visit(value);
           })
      .def("ffi.StructuralVisitorDefaultVisit",
           [](const StructuralVisitor& visitor, AnyView value) {
             auto* self = const_cast<StructuralVisitorObj*>(visitor.get());
             return self->DefaultVisitExpected(value).value();
           })
      .def("ffi.StructuralVisitorDefRegionKind",
           [](const StructuralVisitor& visitor) {
             return static_cast<int32_t>(visitor->def_region_kind());
           })
      .def("ffi.StructuralVisitorWithDefRegionKind",
           [](const StructuralVisitor& visitor, int32_t kind, const Function& callback) -> Any {
             auto* self = const_cast<StructuralVisitorObj*>(visitor.get());
             return self->WithDefRegionKind(static_cast<TVMFFIDefRegionKind>(kind),
                                            [&] { return callback(); });
           })
      .def("ffi.StructuralWalk", RuntimeWalk)
      .def("ffi.StructuralVisit", RuntimeVisit);
}

}  // namespace
}  // namespace ffi
}  // namespace tvm
