// SPDX-License-Identifier: Apache-2.0
// Behaviour of enum.h and src/ffi/enum.cc: members, look-up and reflection of the base classes.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/enum.h>
#include <tvm/ffi/reflection/accessor.h>
#include <tvm/ffi/reflection/enum_def.h>
#include <tvm/ffi/reflection/registry.h>

#include <string>

#include "value_checks.h"

namespace {

using namespace value_checks;
namespace refl = tvm::ffi::reflection;

class ColorObj : public EnumObj {
 public:
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("enum_tests.Color", ColorObj, EnumObj);
};

class PriorityObj : public IntEnumObj {
 public:
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("enum_tests.Priority", PriorityObj, IntEnumObj);
};

class OpcodeObj : public StrEnumObj {
 public:
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("enum_tests.Opcode", OpcodeObj, StrEnumObj);
};

class EmptyEnumObj : public EnumObj {
 public:
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("enum_tests.Empty", EmptyEnumObj, EnumObj);
};

TVM_FFI_STATIC_INIT_BLOCK() {
  refl::ObjectDef<ColorObj>(refl::init(false));
  refl::EnumDef<ColorObj>("Red").set_attr("rgb", 0xff0000);
  refl::EnumDef<ColorObj>("Green").set_attr("rgb", 0x00ff00).set_attr("calm", true);
  refl::ObjectDef<PriorityObj>(refl::init(false));
  refl::EnumDef<PriorityObj>("Low", 10);
  refl::EnumDef<PriorityObj>("High", 20);
  refl::ObjectDef<OpcodeObj>(refl::init(false));
  refl::EnumDef<OpcodeObj>("+");
}

EnumState StateOf(int32_t type_index) {
  const refl::TypeAttrColumn column(type_attr::kEnumState);
  return type_attr::kEnumState.ValueFrom(column[type_index]).value();
}

TEST(EnumLayout, FieldsFollowTheHeader) {
  EXPECT_EQ(sizeof(EnumStateObj), 48u);
  EXPECT_EQ(sizeof(EnumObj), 48u);
  EXPECT_EQ(sizeof(IntEnumObj), 48u);
  EXPECT_EQ(sizeof(StrEnumObj), 48u);
  EXPECT_EQ(EnumObj::_type_s_eq_hash_kind, kTVMFFISEqHashKindUniqueInstance);
  EXPECT_EQ(EnumStateObj::_type_s_eq_hash_kind, kTVMFFISEqHashKindUnsupported);
  EXPECT_TRUE(EnumStateObj::_type_final);
  EXPECT_FALSE(EnumObj::_type_final || IntEnumObj::_type_final || StrEnumObj::_type_final);
  EXPECT_FALSE(Enum::_type_is_nullable);
  EXPECT_EQ(TypeTraits<IntEnum>::TypeStr(), "ffi.IntEnum");
}

TEST(Enum, MembersAreFoundByEitherIndex) {
  Enum red = EnumObj::_GetByStrIndex<ColorObj>("Red");
  EXPECT_EQ(red->_int_index, 0);
  EXPECT_EQ(red->_str_index, "Red");
  EXPECT_TRUE(red.same_as(EnumObj::_GetByIntIndex<ColorObj>(0)));
  EXPECT_EQ(EnumObj::_GetByIntIndex<ColorObj>(1)->_str_index, "Green");
  EXPECT_TRUE(red.same_as(EnumObj::_GetByStrIndex<ColorObj>(String(std::string("Red")))));
  EXPECT_EQ(red.type_index(), ColorObj::RuntimeTypeIndex());
  EXPECT_EQ(EnumObj::_GetByIntIndex(PriorityObj::RuntimeTypeIndex(), 20)->_str_index, "High");
  EXPECT_EQ(EnumObj::_GetByStrIndex(OpcodeObj::RuntimeTypeIndex(), "+")->_int_index, 0);
}

TEST(Enum, UnknownMembersAreNamed) {
  EXPECT_EQ(ErrorOf([] { EnumObj::_GetByStrIndex<ColorObj>("Blue"); }),
            "ValueError: Enum `enum_tests.Color` has no instance with index Blue");
  EXPECT_EQ(ErrorOf([] { EnumObj::_GetByIntIndex<PriorityObj>(0); }),
            "ValueError: Enum `enum_tests.Priority` has no instance with index 0");
  EXPECT_EQ(ErrorOf([] { EnumObj::_GetByIntIndex<EmptyEnumObj>(3); }),
            "ValueError: Enum `enum_tests.Empty` has no instance with index 3");
}

TEST(Enum, StateListsMembersIndexesAndAttributes) {
  EnumState state = StateOf(ColorObj::RuntimeTypeIndex());
  EXPECT_EQ(state->entries.size(), 2u);
  EXPECT_EQ(state->indexes.size(), 4u);
  Enum green = EnumObj::_GetByStrIndex<ColorObj>("Green");
  EXPECT_TRUE(state->entries[1].same_as(green));
  EXPECT_EQ(state->attrs.at("rgb").at(green).cast<int>(), 0x00ff00);
  EXPECT_EQ(state->attrs.at("calm").size(), 1u);
}

TEST(Enum, ReferencesConvertFromMembersOnly) {
  Any high = EnumObj::_GetByStrIndex<PriorityObj>("High");
  EXPECT_EQ(high.cast<IntEnum>()->_int_index, 20);
  EXPECT_EQ(ErrorOf([&] { high.cast<StrEnum>(); }),
            "TypeError: Cannot convert from type `enum_tests.Priority` to `ffi.StrEnum`");
  EXPECT_FALSE(Any(20).try_cast<IntEnum>().has_value());
  EXPECT_FALSE(Any().try_cast<Enum>().has_value());
}

TEST(Enum, DuplicateIndicesAreRefusedWithoutTrace) {
  EXPECT_EQ(ErrorOf([] { refl::EnumDef<ColorObj>("Red"); }),
            "ValueError: Duplicate enum index for type `enum_tests.Color`");
  EXPECT_EQ(ErrorOf([] { refl::EnumDef<PriorityObj>("Other", 10); }),
            "ValueError: Duplicate enum index for type `enum_tests.Priority`");
  EXPECT_EQ(StateOf(ColorObj::RuntimeTypeIndex())->entries.size(), 2u);
  EXPECT_EQ(StateOf(PriorityObj::RuntimeTypeIndex())->indexes.size(), 4u);
  EXPECT_TRUE(refl::EnumDef<ColorObj>::IsDefined("Red"));
  EXPECT_FALSE(refl::EnumDef<EmptyEnumObj>::IsDefined("Red"));
}

TEST(EnumReflection, BaseClassesShowTheirFields) {
  const TVMFFIFieldInfo* entries = refl::GetFieldInfo("ffi.EnumState", "entries");
  EXPECT_EQ(entries->offset, 24);
  EXPECT_EQ(entries->flags, 0x200);
  EXPECT_EQ(entries->field_static_type_index, kTVMFFIList);
  EXPECT_EQ(ToStringView(entries->doc), "Enum singletons in registration order.");
  EXPECT_EQ(refl::GetFieldInfo("ffi.EnumState", "attrs")->offset, 40);
  EXPECT_EQ(refl::GetFieldInfo("ffi.Enum", "_int_index")->flags, 0x8);
  EXPECT_EQ(refl::GetFieldInfo("ffi.Enum", "_str_index")->flags, 0);
  EXPECT_EQ(refl::GetFieldInfo("ffi.IntEnum", "value")->flags, 0x208);
  EXPECT_EQ(refl::GetFieldInfo("ffi.StrEnum", "value")->offset, 32);
  const TVMFFITypeInfo* info = TVMFFIGetTypeInfo(IntEnumObj::RuntimeTypeIndex());
  EXPECT_EQ(info->type_depth, 2);
  EXPECT_EQ(info->metadata->structural_eq_hash_kind, kTVMFFISEqHashKindUniqueInstance);
  EXPECT_EQ(info->metadata->total_size, 48);
}

TEST(EnumReflection, ConvertAcceptsMembersOnly) {
  const refl::TypeAttrColumn convert("__ffi_convert__");
  Function to_int_enum = convert[IntEnumObj::RuntimeTypeIndex()].cast<Function>();
  Enum high = EnumObj::_GetByStrIndex<PriorityObj>("High");
  EXPECT_TRUE(to_int_enum(high).cast<Enum>().same_as(high));
  EXPECT_EQ(ErrorOf([&] { to_int_enum(20); }),
            "TypeError: Cannot cast from `int` to `ffi.IntEnum`");
  EXPECT_TRUE(convert[EnumObj::RuntimeTypeIndex()] == nullptr);
}

}  // namespace
