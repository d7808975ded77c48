// SPDX-License-Identifier: Apache-2.0
/*!
 * \file structural_key.cc
 * \brief Registration of StructuralKey and of its hooks for map look-ups.
 */
#include <tvm/ffi/any.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/extra/structural_key.h>
#include <tvm/ffi/reflection/registry.h>

namespace tvm {
namespace ffi {
namespace {

/*! \brief Equality of two values that must be keys, unless they are the same object. */
bool StructuralKeyEqual(const Any& lhs, const Any& rhs) {
  if (lhs.same_as(rhs)) return true;
  std::optional<StructuralKey> lhs_key = lhs.as<StructuralKey>();
  std::optional<StructuralKey> rhs_key = rhs.as<StructuralKey>();
  TVM_FFI_ICHECK(lhs_key.has_value()) << "expected ffi.StructuralKey, but got " << lhs.GetTypeKey();
  TVM_FFI_ICHECK(rhs_key.has_value()) << "expected ffi.StructuralKey, but got " << rhs.GetTypeKey();
  return *lhs_key == *rhs_key;
}

TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = tvm::ffi::reflection;
  refl::ObjectDef<StructuralKeyObj>()
      .def_ro("key", &StructuralKeyObj::key)
      .def_ro("hash_i64", &StructuralKeyObj::hash_i64)
      .def(refl::init<Any>());
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
