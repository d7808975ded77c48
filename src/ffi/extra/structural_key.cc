// SPDX-License-Identifier: Apache-2.0
/*!
 * \file structural_key.cc
 * \brief Registration of StructuralKey and of its hooks for map look-ups.
 */
#include <tvm/ffi/any.h>
#include <tvm/ffi/cast.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/extra/structural_key.h>
#include <tvm/ffi/reflection/registry.h>

namespace tvm {
namespace ffi {
namespace {

/*! \brief Equality of two values that must be keys, unless they are the same object. */
bool StructuralKeyEqual(const Any& lhs, const Any& rhs) {
  if (lhs.same_as(rhs)) return true;
  const StructuralKeyObj* lhs_obj = lhs.as<StructuralKeyObj>();
  TVM_FFI_ICHECK_NOTNULL(lhs_obj);
  const StructuralKeyObj* rhs_obj = rhs.as<StructuralKeyObj>();
  TVM_FFI_ICHECK_NOTNULL(rhs_obj);
  return GetRef<StructuralKey>(lhs_obj) == GetRef<StructuralKey>(rhs_obj);
}

TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = tvm::ffi::reflection;
  refl::ObjectDef<StructuralKeyObj>()
      .def_ro("key", &StructuralKeyObj::key)
      .def_ro("hash_i64", &StructuralKeyObj::hash_i64)
      .def(refl::init<Any>(), "Constructor that takes any key and computes its structural hash");
  // Functions, not native pointers: earlier binaries call native hooks with another convention.
  refl::TypeAttrDef<StructuralKeyObj>()
      .def("__any_hash__", [](const StructuralKeyObj* self) { return self->hash_i64; })
      .def("__any_equal__", StructuralKeyEqual);
  refl::GlobalDef()
      .def("ffi.StructuralKey", [](const Any& key) { return StructuralKey(key); })
      .def("ffi.StructuralKeyEqual", StructuralKeyEqual);
}

}  // namespace
}  // namespace ffi
}  // namespace tvm
