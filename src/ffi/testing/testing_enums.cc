// SPDX-License-Identifier: Apache-2.0
/*!
 * \file testing_enums.cc
 * \brief Enum classes: one with members from C++, two whose members frontends register, and a
 *        holder of the latter.
 */
#include <tvm/ffi/enum.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/reflection/enum_def.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/ffi/string.h>

#include <cstdint>

#include "./testing_objects.h"

namespace tvm {
namespace ffi {
namespace testing {

class TestCxxEnumHolder : public Object {
 public:
  TestCxxIntEnum priority;
  TestCxxStrEnum opcode;

  explicit TestCxxEnumHolder(UnsafeInit) : priority(UnsafeInit{}), opcode(UnsafeInit{}) {}

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO("testing.TestCxxEnumHolder", TestCxxEnumHolder, Object);
};

TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = tvm::ffi::reflection;
  refl::ObjectDef<TestEnumVariantObj>(refl::init(false)).def_convert<TestEnumVariant>();
  refl::EnumDef<TestEnumVariantObj>("Alpha").set_attr("code", int64_t{10});
  refl::EnumDef<TestEnumVariantObj>("Beta").set_attr("code", int64_t{20});
  refl::GlobalDef().def("testing.enum_variant_get", [](String index) {
    return EnumObj::_GetByStrIndex<TestEnumVariantObj>(index);
  });

  refl::ObjectDef<TestCxxIntEnumObj>(refl::init(false)).def_convert<TestCxxIntEnum>();
  refl::ObjectDef<TestCxxStrEnumObj>(refl::init(false)).def_convert<TestCxxStrEnum>();
  refl::ObjectDef<TestCxxEnumHolder>()
      .def_rw("priority", &TestCxxEnumHolder::priority)
      .def_rw("opcode", &TestCxxEnumHolder::opcode);
}

}  // namespace testing
}  // namespace ffi
}  // namespace tvm
