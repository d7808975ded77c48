// SPDX-License-Identifier: Apache-2.0
/*!
 * \file src/ffi/enum.cc
 * \brief Reflection of the enum base classes, and the column that holds the members.
 *
 * Members are made by `reflection::EnumDef` and by Python classes, never by generated constructors.
 */
#include <tvm/ffi/enum.h>
#include <tvm/ffi/reflection/registry.h>

namespace tvm {
namespace ffi {
namespace {

TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = tvm::ffi::reflection;
  const refl::AttachFieldFlag ignored = refl::AttachFieldFlag::SEqHashIgnore();

  refl::EnsureTypeAttrColumn(type_attr::kEnumState);
  refl::ObjectDef<EnumStateObj>()
      .def(refl::init<>())
      .def_ro("entries", &EnumStateObj::entries, refl::init(false),
              "Enum singletons in registration order.")
      .def_ro("indexes", &EnumStateObj::indexes, refl::init(false),
              "Canonical integer and string indices to enum singletons.")
      .def_ro("attrs", &EnumStateObj::attrs, refl::init(false),
              "Extensible-attribute columns keyed by enum singleton.");
  refl::ObjectDef<EnumObj>(refl::init(false))
      .def_ro("_int_index", &EnumObj::_int_index, ignored, "Canonical integer index.")
      .def_ro("_str_index", &EnumObj::_str_index, "Canonical string index.");
  refl::ObjectDef<IntEnumObj>(refl::init(false))
      .def_ro("value", &IntEnumObj::_int_index, ignored, refl::init(false),
              "Canonical integer index.")
      .def_convert<IntEnum>();
  refl::ObjectDef<StrEnumObj>(refl::init(false))
      .def_ro("value", &StrEnumObj::_str_index, ignored, refl::init(false),
              "Canonical string index.")
      .def_convert<StrEnum>();
}

}  // namespace
}  // namespace ffi
}  // namespace tvm
