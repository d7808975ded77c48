// SPDX-License-Identifier: Apache-2.0
/*!
 * \file testing_visit.cc
 * \brief Classes for structural visits: definition regions on fields, and a packed visit hook.
 *
 * The hook goes through the visitor's global functions, as a hook written in another language does.
 */
#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/cast.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/reflection/registry.h>

#include <cstdint>

#include "./testing_objects.h"

namespace tvm {
namespace ffi {
namespace testing {
namespace {

/*!
 * \brief Visits the child in a simple definition region, then the integer 4 in the outer region.
 * \return None, or the `ffi.VisitInterrupt` that ended the visit.
 */
ObjectRef VisitHook(ObjectRef visitor, AnyView value) {
  const auto* hook = value.as<TestVisitHookObj>();
  if (hook == nullptr) {
    TVM_FFI_THROW(TypeError) << "Cannot treat type `" << value.GetTypeKey() << "` as type `"
                             << TestVisitHookObj::_type_key << "`";
  }
  Function visit = Function::GetGlobalRequired("ffi.StructuralVisitorVisit");
  Function with_region = Function::GetGlobalRequired("ffi.StructuralVisitorWithDefRegionKind");
  ObjectRef child = hook->child;
  auto visit_child = [&visit, &visitor, &child]() -> Any { return visit(visitor, child); };
  Any interrupt = with_region(visitor, static_cast<int64_t>(kTVMFFIDefRegionKindSimple),
                              Function::FromTyped(visit_child));
  if (interrupt == nullptr) interrupt = visit(visitor, int64_t{4});
  return interrupt.cast<ObjectRef>();
}

ObjectRef MakeVisitRegionGraph(bool with_hook) {
  ObjectRef regions(make_object<TestVisitRegionsObj>());
  if (!with_hook) return regions;
  return ObjectRef(make_object<TestVisitHookObj>(regions));
}

}  // namespace

TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = tvm::ffi::reflection;
  refl::ObjectDef<TestVisitRegionsObj>()
      .def_ro("simple", &TestVisitRegionsObj::simple, refl::AttachFieldFlag::SEqHashDefSimple())
      .def_ro("pattern", &TestVisitRegionsObj::pattern, refl::AttachFieldFlag::SEqHashDefPattern())
      .def_ro("ordinary", &TestVisitRegionsObj::ordinary);
  refl::ObjectDef<TestVisitHookObj>()
      .def_ro("child", &TestVisitHookObj::child)
      .def_type_attr("__s_visit__", VisitHook);
  refl::GlobalDef().def("testing.make_visit_region_graph",
                        [](bool with_hook) -> Any { return MakeVisitRegionGraph(with_hook); });
}

}  // namespace testing
}  // namespace ffi
}  // namespace tvm
