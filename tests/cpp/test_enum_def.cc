// SPDX-License-Identifier: Apache-2.0
// Tests of reflection/enum_def.h: registering members of enum classes.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/enum.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/reflection/accessor.h>
#include <tvm/ffi/reflection/enum_def.h>
#include <tvm/ffi/reflection/registry.h>

#include <cstdint>
#include <string>
#include <utility>

namespace {

using namespace tvm::ffi;  // NOLINT(build/namespaces)
namespace refl = tvm::ffi::reflection;

class ColorObj : public EnumObj {
 public:
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("test.enum.Color", ColorObj, EnumObj);
};

class LevelObj : public IntEnumObj {
 public:
  LevelObj(int64_t int_index, String str_index) {
    _int_index = int_index;
    _str_index = std::move(str_index);
  }
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("test.enum.Level", LevelObj, IntEnumObj);
};

class OccupiedObj : public EnumObj {
 public:
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("test.enum.Occupied", OccupiedObj, EnumObj);
};

class EmptyObj : public EnumObj {
 public:
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("test.enum.Empty", EmptyObj, EnumObj);
};

int64_t PlusTwo(int64_t x) { return x + 2; }
constexpr refl::AttrKey<refl::NativeFunction<int64_t(int64_t)>> kStep{"step"};

TVM_FFI_STATIC_INIT_BLOCK() {
  refl::ObjectDef<ColorObj>(refl::init(false));
  refl::ObjectDef<LevelObj>(refl::init(false));
  refl::EnumDef<ColorObj>("Red")
      .set_attr("rgb", 0xff0000)
      .set_attr(refl::AttrKey<String>{"note"}, "warm")
      .set_native_fn_attr<&PlusTwo>(kStep);
  refl::EnumDef<ColorObj>("Green").set_attr("rgb", 1).set_attr("rgb", 0x00ff00);
  refl::EnumDef<LevelObj>("low", 10);
  refl::EnumDef<LevelObj>("high", 20);
}

EnumState StateOf(int32_t type_index) {
  return refl::TypeAttrColumn(type_attr::kEnumState)[type_index].cast<EnumState>();
}

template <typename F>
std::string MessageOf(F action) {
  try {
    action();
  } catch (const Error& err) {
    return err.kind() + ": " + err.message();
  }
  return "no error";
}

TEST(EnumDef, MembersAreFoundByBothIndices) {
  Enum red = EnumObj::_GetByStrIndex<ColorObj>("Red");
  EXPECT_EQ(red->_int_index, 0);
  EXPECT_EQ(red->_str_index, "Red");
  EXPECT_TRUE(red.same_as(EnumObj::_GetByIntIndex<ColorObj>(0)));
  EXPECT_EQ(EnumObj::_GetByStrIndex<ColorObj>("Green")->_int_index, 1);
  EXPECT_EQ(EnumObj::_GetByIntIndex(LevelObj::RuntimeTypeIndex(), 20)->_str_index, "high");
  EXPECT_EQ(EnumObj::_GetByStrIndex(LevelObj::RuntimeTypeIndex(), "low")->_int_index, 10);
}

TEST(EnumDef, MembersMadeDuringStaticInitializationHaveTheirType) {
  Enum red = EnumObj::_GetByStrIndex<ColorObj>("Red");
  EXPECT_EQ(red->type_index(), ColorObj::RuntimeTypeIndex());
  EXPECT_NE(red.as<ColorObj>(), nullptr);
  EXPECT_EQ(StateOf(ColorObj::RuntimeTypeIndex())->type_index(), EnumStateObj::RuntimeTypeIndex());
}

TEST(EnumDef, StateListsMembersInOrder) {
  EnumState state = StateOf(ColorObj::RuntimeTypeIndex());
  ASSERT_EQ(state->entries.size(), 2u);
  EXPECT_EQ(state->indexes.size(), 4u);
  EXPECT_TRUE(state->entries[0].same_as(EnumObj::_GetByStrIndex<ColorObj>("Red")));
}

TEST(EnumDef, AttributesAreColumnsKeyedByMember) {
  EnumState state = StateOf(ColorObj::RuntimeTypeIndex());
  ObjectRef red = EnumObj::_GetByStrIndex<ColorObj>("Red");
  ObjectRef green = EnumObj::_GetByStrIndex<ColorObj>("Green");
  EXPECT_EQ(state->attrs["rgb"][red].cast<int>(), 0xff0000);
  EXPECT_EQ(state->attrs["rgb"][green].cast<int>(), 0x00ff00) << "the later value wins";
  EXPECT_EQ(state->attrs["note"][red].cast<String>(), "warm");
  EXPECT_EQ(state->attrs["note"].count(green), 0u);
  EXPECT_EQ((*kStep.ValueFrom(state->attrs["step"][red]))(3), 5);
}

TEST(EnumDef, DuplicateIndexIsRejectedWithoutTrace) {
  EXPECT_EQ(MessageOf([] { refl::EnumDef<ColorObj> again("Red"); }),
            "ValueError: Duplicate enum index for type `test.enum.Color`");
  EXPECT_EQ(MessageOf([] { refl::EnumDef<LevelObj> again("other", 10); }),
            "ValueError: Duplicate enum index for type `test.enum.Level`");
  EXPECT_EQ(StateOf(ColorObj::RuntimeTypeIndex())->entries.size(), 2u);
  EXPECT_FALSE(refl::EnumDef<LevelObj>::IsDefined("other"));
}

TEST(EnumDef, IsDefinedCreatesNothing) {
  EXPECT_TRUE(refl::EnumDef<ColorObj>::IsDefined("Red"));
  EXPECT_FALSE(refl::EnumDef<ColorObj>::IsDefined("Blue"));
  EXPECT_FALSE(refl::EnumDef<EmptyObj>::IsDefined("Red"));
  EXPECT_TRUE(refl::TypeAttrColumn(type_attr::kEnumState)[EmptyObj::RuntimeTypeIndex()] == nullptr);
}

TEST(EnumDef, MissingMemberNamesTypeAndIndex) {
  EXPECT_EQ(MessageOf([] { EnumObj::_GetByStrIndex<ColorObj>("Blue"); }),
            "ValueError: Enum `test.enum.Color` has no instance with index Blue");
  EXPECT_EQ(MessageOf([] { EnumObj::_GetByIntIndex<EmptyObj>(3); }),
            "ValueError: Enum `test.enum.Empty` has no instance with index 3");
}

TEST(EnumDef, ForeignStateIsAnError) {
  refl::TypeAttrDef<OccupiedObj>().def("__ffi_enum__", 3);
  const std::string message =
      "TypeError: Expected `ffi.EnumState` in enum state column, but got `int`";
  EXPECT_EQ(MessageOf([] { refl::EnumDef<OccupiedObj> member("a"); }), message);
  EXPECT_EQ(MessageOf([] { refl::EnumDef<OccupiedObj>::IsDefined("a"); }), message);
}

TEST(EnumDef, BaseClassesAreRegistered) {
  EXPECT_EQ(refl::GetFieldInfo("ffi.Enum", "_int_index")->flags, 0x8);
  EXPECT_EQ(refl::GetFieldInfo("ffi.IntEnum", "value")->offset, 24);
  EXPECT_EQ(refl::GetFieldInfo("ffi.StrEnum", "value")->flags, 0x208);
  EXPECT_EQ(refl::GetFieldInfo("ffi.EnumState", "attrs")->flags, 0x200);
}

}  // namespace
