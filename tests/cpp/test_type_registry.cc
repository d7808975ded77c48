// SPDX-License-Identifier: Apache-2.0
// The type table: indices, child slots, members, metadata and attribute columns.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/string.h>

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using tvm::ffi::Any;
using tvm::ffi::AnyView;
using tvm::ffi::Array;
using tvm::ffi::Error;
using tvm::ffi::Function;
using tvm::ffi::String;

constexpr int32_t kReportFailure = -2;
constexpr int32_t kQueryOnly = -2;

TVMFFIByteArray Bytes(const std::string& text) { return TVMFFIByteArray{text.data(), text.size()}; }
std::string ToString(const TVMFFIByteArray& text) { return std::string(text.data, text.size); }

/*! \brief Takes the raised error, which must be there, as `<kind>: <message>`. */
std::string TakeRaised() {
  Error error = tvm::ffi::detail::MoveFromSafeCallRaised();
  return error.defined() ? error.kind() + ": " + error.message() : "nothing raised";
}

/*! \brief A type below `parent`; every key is used by one test. */
int32_t Register(const std::string& key, int32_t parent = kTVMFFIObject, int32_t child_slots = 0,
                 bool can_overflow = true, int32_t depth = -1) {
  TVMFFIByteArray bytes = Bytes(key);
  if (depth < 0) depth = TVMFFIGetTypeInfo(parent)->type_depth + 1;
  return TVMFFITypeGetOrAllocIndex(&bytes, kReportFailure, depth, child_slots, can_overflow ? 1 : 0,
                                   parent);
}

int GetNothing(void*, TVMFFIAny* result) {
  *result = TVMFFIAny{};
  return 0;
}

TVMFFIFieldInfo Field(const std::string& name) {
  TVMFFIFieldInfo info{};
  info.name = Bytes(name);
  info.size = 8;
  info.alignment = 8;
  info.offset = 24;
  info.getter = GetNothing;
  info.field_static_type_index = kTVMFFIAny;
  return info;
}

int RegisterAttr(int32_t type_index, const std::string& name, AnyView value) {
  TVMFFIByteArray bytes = Bytes(name);
  TVMFFIAny raw = value.CopyToTVMFFIAny();
  return TVMFFITypeRegisterAttr(type_index, &bytes, &raw);
}

const TVMFFITypeAttrColumn* GetColumn(const std::string& name) {
  TVMFFIByteArray bytes = Bytes(name);
  return TVMFFIGetTypeAttrColumn(&bytes);
}

//-------------------------------------------------------------------------------------------------
// Indices
//-------------------------------------------------------------------------------------------------

TEST(TypeRegistry, BuiltinKeysHaveTheirIndices) {
  struct Expected {
    int32_t index;
    const char* key;
    int32_t depth;
  };
  const Expected expected[] = {
      {0, "None", 0},
      {1, "int", 0},
      {2, "bool", 0},
      {3, "float", 0},
      {4, "void*", 0},
      {5, "DataType", 0},
      {6, "Device", 0},
      {7, "DLTensor*", 0},
      {8, "const char*", 0},
      {9, "TVMFFIByteArray*", 0},
      {10, "ObjectRValueRef", 0},
      {11, "ffi.SmallStr", 0},
      {12, "ffi.SmallBytes", 0},
      {13, "ffi.Unchanged", 0},
      {64, "ffi.Object", 0},
      {65, "ffi.String", 1},
      {66, "ffi.Bytes", 1},
      {67, "ffi.Error", 1},
      {68, "ffi.Function", 1},
      {69, "ffi.Shape", 1},
      {70, "ffi.Tensor", 1},
      {71, "ffi.Array", 1},
      {72, "ffi.Map", 1},
      {73, "ffi.Module", 1},
      {74, "ffi.OpaquePyObject", 1},
      {75, "ffi.List", 1},
      {76, "ffi.Dict", 1},
      {78, "ffi.BigInt", 1},
  };
  for (const Expected& type : expected) {
    std::string key = type.key;
    TVMFFIByteArray bytes = Bytes(key);
    int32_t index = -7;
    ASSERT_EQ(TVMFFITypeKeyToIndex(&bytes, &index), 0) << key;
    EXPECT_EQ(index, type.index) << key;
    const TVMFFITypeInfo* info = TVMFFIGetTypeInfo(index);
    EXPECT_EQ(info->type_index, index);
    EXPECT_EQ(ToString(info->type_key), key);
    EXPECT_EQ(info->type_key.data[info->type_key.size], '\0');
    EXPECT_EQ(info->type_key_hash, std::hash<std::string_view>()(key));
    EXPECT_EQ(info->type_depth, type.depth) << key;
    if (type.depth == 1) {
      EXPECT_EQ(info->type_ancestors[0]->type_index, kTVMFFIObject);
    } else {
      EXPECT_EQ(info->type_ancestors, nullptr);
    }
  }
}

TEST(TypeRegistry, ObjectHasMetadata) {
  const TVMFFITypeMetadata* metadata = TVMFFIGetTypeInfo(kTVMFFIObject)->metadata;
  ASSERT_NE(metadata, nullptr);
  EXPECT_EQ(metadata->total_size, 24);
  EXPECT_EQ(metadata->structural_eq_hash_kind, kTVMFFISEqHashKindUnsupported);
  EXPECT_EQ(metadata->creator, nullptr);
  EXPECT_EQ(metadata->doc.size, 0u);
}

TEST(TypeRegistry, GrandchildKnowsItsAncestors) {
  int32_t child = Register("testing.registry.Child");
  int32_t grandchild = Register("testing.registry.Grandchild", child);
  EXPECT_GE(child, kTVMFFIDynObjectBegin);
  EXPECT_GT(grandchild, child);
  const TVMFFITypeInfo* info = TVMFFIGetTypeInfo(grandchild);
  ASSERT_EQ(info->type_depth, 2);
  EXPECT_EQ(info->type_ancestors[0]->type_index, kTVMFFIObject);
  EXPECT_EQ(info->type_ancestors[1], TVMFFIGetTypeInfo(child));
  EXPECT_EQ(info->fields, nullptr);
  EXPECT_EQ(info->methods, nullptr);
  EXPECT_EQ(info->metadata, nullptr);
}

TEST(TypeRegistry, KnownKeyReturnsItsIndexWhateverElseIsSaid) {
  int32_t index = Register("testing.registry.Known");
  std::string key = "testing.registry.Known";
  TVMFFIByteArray bytes = Bytes(key);
  EXPECT_EQ(TVMFFITypeGetOrAllocIndex(&bytes, 3, 17, 5, 0, 9999), index);
}

TEST(TypeRegistry, QueryRegistersNothing) {
  std::string key = "testing.registry.QueriedOnly";
  TVMFFIByteArray bytes = Bytes(key);
  EXPECT_EQ(TVMFFITypeGetOrAllocIndex(&bytes, -1, 0, 0, 0, kQueryOnly), -2);
  int32_t index = -7;
  EXPECT_EQ(TVMFFITypeKeyToIndex(&bytes, &index), -1);
  EXPECT_EQ(TakeRaised(),
            "InternalError: Check failed: (it != type_key2index_.end()) is false: Cannot find type "
            "`testing.registry.QueriedOnly`");
  EXPECT_EQ(index, -7);
  int32_t registered = Register(key);
  EXPECT_EQ(TVMFFITypeGetOrAllocIndex(&bytes, -1, 0, 0, 0, kQueryOnly), registered);
}

TEST(TypeRegistry, ChildrenFillReservedSlotsThenOverflow) {
  int32_t parent = Register("testing.registry.Slots", kTVMFFIObject, 3);
  int32_t next_free = Register("testing.registry.AfterSlots");
  EXPECT_EQ(next_free, parent + 4) << "three child slots are reserved";
  int32_t with_slot = Register("testing.registry.Slots.A", parent, 1);
  EXPECT_EQ(with_slot, parent + 1);
  EXPECT_EQ(Register("testing.registry.Slots.B", parent), parent + 3);
  EXPECT_GT(Register("testing.registry.Slots.C", parent), next_free);
  EXPECT_EQ(Register("testing.registry.Slots.A.A", with_slot), parent + 2);
}

TEST(TypeRegistry, ContradictionsAreReportedAndChangeNothing) {
  int32_t closed = Register("testing.registry.Closed", kTVMFFIObject, 1, /*can_overflow=*/false);
  EXPECT_EQ(Register("testing.registry.Closed.A", closed), closed + 1);
  EXPECT_EQ(Register("testing.registry.Closed.B", closed), -1);
  EXPECT_EQ(TakeRaised(),
            "InternalError: Check failed: (parent->child_slots_can_overflow) is false: "
            "Reach maximum number of sub-classes for testing.registry.Closed");
  EXPECT_EQ(Register("testing.registry.BelowString", kTVMFFIStr), -1);
  EXPECT_EQ(TakeRaised(),
            "InternalError: Check failed: (parent->child_slots_can_overflow) is false: "
            "Reach maximum number of sub-classes for ffi.String");
  EXPECT_EQ(Register("testing.registry.BadDepth", kTVMFFIObject, 0, true, 5), -1);
  EXPECT_EQ(TakeRaised(),
            "InternalError: Check failed: type_depth == parent->type_depth + 1 (5 vs. 1) : ");
  EXPECT_EQ(Register("testing.registry.NoParent", -1, 0, true, 0), -1);
  EXPECT_EQ(TakeRaised(), "InternalError: Check not null: parent ");
  EXPECT_EQ(Register("testing.registry.ParentOutOfRange", 1 << 30, 0, true, 1), -1);
  std::string raised = TakeRaised();
  EXPECT_EQ(raised.rfind("InternalError: Check failed: parent_type_index < type_table_.size() "
                         "(1073741824 vs. ",
                         0),
            0u)
      << raised;
  EXPECT_NE(raised.find(") :  type_key=testing.registry.ParentOutOfRange, static_index=-2"),
            std::string::npos)
      << raised;
  EXPECT_EQ(Register("testing.registry.NegativeSlots", kTVMFFIObject, -5), -1);
  EXPECT_EQ(TakeRaised().rfind("InternalError: Check failed: num_child_slots >= 0", 0), 0u);
  EXPECT_EQ(Register("testing.registry.TooManySlots", kTVMFFIObject, INT32_MAX), -1);
  EXPECT_NE(TakeRaised().find("the type table is full"), std::string::npos);
  EXPECT_EQ(Register("testing.registry.ManySlots", kTVMFFIObject, 1 << 30), -1);
  EXPECT_NE(TakeRaised().find("the type table is full"), std::string::npos)
      << "and no gigabytes are taken";
  for (const char* name : {"Closed.B", "BelowString", "BadDepth", "NoParent", "ParentOutOfRange",
                           "NegativeSlots", "TooManySlots", "ManySlots"}) {
    std::string key = std::string("testing.registry.") + name;
    TVMFFIByteArray bytes = Bytes(key);
    EXPECT_EQ(TVMFFITypeGetOrAllocIndex(&bytes, -1, 0, 0, 0, kQueryOnly), -2) << key;
  }
}

TEST(TypeRegistry, OverflowBanIsInherited) {
  int32_t closed = Register("testing.registry.ClosedRoot", kTVMFFIObject, 1, false);
  int32_t child = Register("testing.registry.ClosedRoot.A", closed, 0, /*can_overflow=*/true);
  EXPECT_EQ(child, closed + 1);
  EXPECT_EQ(Register("testing.registry.ClosedRoot.A.A", child), -1);
  EXPECT_NE(TakeRaised().find("sub-classes for testing.registry.ClosedRoot.A"), std::string::npos);
}

TEST(TypeRegistryDeathTest, ContradictionEndsTheProcessOfCallersThatCannotTell) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  std::string key = "testing.registry.Conflict";
  TVMFFIByteArray bytes = Bytes(key);
  EXPECT_EXIT(TVMFFITypeGetOrAllocIndex(&bytes, kTVMFFIStr, 1, 0, 0, kTVMFFIObject),
              testing::ExitedWithCode(255),
              "Exception caught during TVMFFITypeGetOrAllocIndex:\n"
              "Check failed: \\(type_table_\\[static_type_index\\] == nullptr\\) is false: "
              "Conflicting static index 65 between ffi.String and testing.registry.Conflict\n");
  EXPECT_EXIT(TVMFFITypeGetOrAllocIndex(&bytes, 1 << 29, 1, 0, 0, kTVMFFIObject),
              testing::ExitedWithCode(255),
              "Check failed: static_type_index < type_table_.size\\(\\) \\(536870912 vs. ");
}

TEST(TypeRegistryDeathTest, UnknownIndexEndsTheProcess) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  // The result is used: the function is declared pure, an unused call may be dropped.
  for (int32_t index : {-1, 63, 127, 1 << 30}) {
    EXPECT_EXIT(std::exit(TVMFFIGetTypeInfo(index)->type_index), testing::ExitedWithCode(255),
                "Exception caught during TVMFFIGetTypeInfo:\n"
                "Check failed: \\(entry != nullptr\\) is false: Cannot find type info for "
                "type_index=");
  }
}

TEST(TypeRegistry, AllKeysAreListedInIndexOrder) {
  Register("testing.registry.Listed");
  Array<String> keys =
      Function::GetGlobalRequired("ffi.GetRegisteredTypeKeys")().cast<Array<String>>();
  int32_t last = -1;
  bool found = false;
  for (const String& key : keys) {
    std::string text = key;
    TVMFFIByteArray bytes = Bytes(text);
    int32_t index = -1;
    ASSERT_EQ(TVMFFITypeKeyToIndex(&bytes, &index), 0);
    EXPECT_GT(index, last);
    last = index;
    found = found || text == "testing.registry.Listed";
  }
  EXPECT_TRUE(found);
  EXPECT_EQ(std::string(keys[0]), "None");
}

//-------------------------------------------------------------------------------------------------
// Members and metadata
//-------------------------------------------------------------------------------------------------

TEST(TypeRegistry, FieldsKeepCopiesOfWhatTheyAreGiven) {
  int32_t index = Register("testing.registry.Fields");
  std::string name = "first", doc = "documentation", metadata = "{}", fallback = "a long default";
  TVMFFIFieldInfo info = Field(name);
  info.doc = Bytes(doc);
  info.metadata = Bytes(metadata);
  info.flags = kTVMFFIFieldFlagBitMaskHasDefault;
  info.default_value_or_factory.type_index = kTVMFFIRawStr;
  info.default_value_or_factory.v_c_str = fallback.c_str();
  ASSERT_EQ(TVMFFITypeRegisterField(index, &info), 0);
  name = doc = metadata = fallback = "";
  const TVMFFITypeInfo* type = TVMFFIGetTypeInfo(index);
  ASSERT_EQ(type->num_fields, 1);
  const TVMFFIFieldInfo& field = type->fields[0];
  EXPECT_EQ(ToString(field.name), "first");
  EXPECT_EQ(field.name.data[field.name.size], '\0');
  EXPECT_EQ(ToString(field.doc), "documentation");
  EXPECT_EQ(ToString(field.metadata), "{}");
  EXPECT_EQ(field.offset, 24);
  EXPECT_EQ(AnyView::CopyFromTVMFFIAny(field.default_value_or_factory).cast<std::string>(),
            "a long default");
}

TEST(TypeRegistry, EmptyTextsBecomeNull) {
  int32_t index = Register("testing.registry.EmptyTexts");
  std::string name = "x", empty;
  TVMFFIFieldInfo info = Field(name);
  info.doc = Bytes(empty);
  ASSERT_EQ(TVMFFITypeRegisterField(index, &info), 0);
  EXPECT_EQ(TVMFFIGetTypeInfo(index)->fields[0].doc.data, nullptr);
  EXPECT_EQ(TVMFFIGetTypeInfo(index)->fields[0].doc.size, 0u);
}

TEST(TypeRegistry, SetterFunctionIsRetained) {
  int32_t index = Register("testing.registry.SetterFunction");
  Function setter = Function::FromTyped([](void*, Any) {});
  std::string name = "x";
  TVMFFIFieldInfo info = Field(name);
  info.flags = kTVMFFIFieldFlagBitSetterIsFunctionObj;
  info.setter = tvm::ffi::detail::ObjectUnsafe::TVMFFIObjectPtrFromObjectRef(setter);
  ASSERT_EQ(TVMFFITypeRegisterField(index, &info), 0);
  EXPECT_EQ(setter.use_count(), 2);
}

TEST(TypeRegistry, DuplicateFieldIsRefused) {
  int32_t index = Register("testing.registry.DuplicateField");
  std::string name = "x";
  TVMFFIFieldInfo info = Field(name);
  ASSERT_EQ(TVMFFITypeRegisterField(index, &info), 0);
  EXPECT_EQ(TVMFFITypeRegisterField(index, &info), -1);
  EXPECT_EQ(TakeRaised(),
            "InternalError: Check failed: (std::string_view(existing.name.data, "
            "existing.name.size) != new_name) is false: Duplicate field name \"x\" in type "
            "\"testing.registry.DuplicateField\"");
  EXPECT_EQ(TVMFFIGetTypeInfo(index)->num_fields, 1);
}

TEST(TypeRegistry, FieldOfAnAncestorIsShadowedWithAWarning) {
  int32_t base = Register("testing.registry.ShadowBase");
  int32_t derived = Register("testing.registry.ShadowDerived", base);
  std::string name = "x";
  TVMFFIFieldInfo info = Field(name);
  ASSERT_EQ(TVMFFITypeRegisterField(base, &info), 0);
  testing::internal::CaptureStderr();
  EXPECT_EQ(TVMFFITypeRegisterField(derived, &info), 0);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "[WARNING] Field \"x\" in type \"testing.registry.ShadowDerived\" duplicates an "
            "ancestor field in \"testing.registry.ShadowBase\". Child types should not re-register "
            "inherited fields.\n");
  EXPECT_EQ(TVMFFIGetTypeInfo(derived)->num_fields, 1);
}

TEST(TypeRegistry, MethodNamesMayRepeat) {
  int32_t index = Register("testing.registry.Methods");
  Function func = Function::FromTyped([]() {});
  std::string name = "m";
  TVMFFIMethodInfo info{};
  info.name = Bytes(name);
  info.method.type_index = kTVMFFIFunction;
  info.method.v_obj = tvm::ffi::detail::ObjectUnsafe::TVMFFIObjectPtrFromObjectRef(func);
  ASSERT_EQ(TVMFFITypeRegisterMethod(index, &info), 0);
  ASSERT_EQ(TVMFFITypeRegisterMethod(index, &info), 0);
  EXPECT_EQ(TVMFFIGetTypeInfo(index)->num_methods, 2);
  EXPECT_EQ(func.use_count(), 3);
}

TEST(TypeRegistry, UnknownTypeCannotGetMembers) {
  std::string name = "x";
  TVMFFIFieldInfo field = Field(name);
  TVMFFIMethodInfo method{};
  TVMFFITypeMetadata metadata{};
  const std::string expected =
      "InternalError: Check failed: (entry != nullptr) is false: Cannot find type info for "
      "type_index=";
  for (int32_t index : {-1, 63, 1 << 30}) {
    EXPECT_EQ(TVMFFITypeRegisterField(index, &field), -1);
    EXPECT_EQ(TakeRaised(), expected + std::to_string(index));
    EXPECT_EQ(TVMFFITypeRegisterMethod(index, &method), -1);
    EXPECT_EQ(TakeRaised(), expected + std::to_string(index));
    EXPECT_EQ(TVMFFITypeRegisterMetadata(index, &metadata), -1);
    EXPECT_EQ(TakeRaised(), expected + std::to_string(index));
  }
}

TEST(TypeRegistry, MetadataIsSetOnce) {
  int32_t index = Register("testing.registry.Metadata");
  TVMFFITypeMetadata metadata{};
  metadata.total_size = 48;
  ASSERT_EQ(TVMFFITypeRegisterMetadata(index, &metadata), 0);
  metadata.total_size = 56;
  testing::internal::CaptureStderr();
  EXPECT_EQ(TVMFFITypeRegisterMetadata(index, &metadata), -1);
  std::string logged = testing::internal::GetCapturedStderr();
  std::string expected =
      "RuntimeError: Overriding testing.registry.Metadata, possible causes:\n"
      "- two ObjectDef<T>() calls for the same T \n"
      "- when we forget to assign _type_key to ObjectRef<Y> that inherits from T\n"
      "- another type with the same key is already registered\n"
      "Cross check the reflection registration.";
  EXPECT_EQ(TakeRaised(), expected);
  EXPECT_NE(logged.find(expected), std::string::npos) << logged;
  EXPECT_EQ(TVMFFIGetTypeInfo(index)->metadata->total_size, 48);
}

TEST(TypeRegistry, ArraysSeenBeforeARegistrationStayReadable) {
  int32_t index = Register("testing.registry.Growing");
  const TVMFFITypeInfo* type = TVMFFIGetTypeInfo(index);
  std::string first = "f0";
  TVMFFIFieldInfo info = Field(first);
  ASSERT_EQ(TVMFFITypeRegisterField(index, &info), 0);
  const TVMFFIFieldInfo* early = type->fields;
  for (int i = 1; i < 100; ++i) {
    std::string name = "f" + std::to_string(i);
    info = Field(name);
    ASSERT_EQ(TVMFFITypeRegisterField(index, &info), 0);
  }
  EXPECT_EQ(ToString(early[0].name), "f0");
  ASSERT_EQ(type->num_fields, 100);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(ToString(type->fields[i].name), "f" + std::to_string(i));
}

//-------------------------------------------------------------------------------------------------
// Attribute columns
//-------------------------------------------------------------------------------------------------

TEST(TypeAttr, ColumnsThatConsumersCacheExistFromTheStart) {
  EXPECT_NE(GetColumn("__any_hash__"), nullptr);
  EXPECT_NE(GetColumn("__any_equal__"), nullptr);
  EXPECT_EQ(GetColumn("testing.registry.no_such_column"), nullptr);
}

TEST(TypeAttr, NoneOnlyCreatesTheColumn) {
  ASSERT_EQ(RegisterAttr(kTVMFFINone, "testing.registry.sentinel", 5), 0);
  const TVMFFITypeAttrColumn* column = GetColumn("testing.registry.sentinel");
  ASSERT_NE(column, nullptr);
  EXPECT_EQ(column->data, nullptr);
  EXPECT_EQ(column->size, 0);
  EXPECT_EQ(column->begin_index, 0);
}

TEST(TypeAttr, CellIsKeptAndTheColumnKeepsItsAddress) {
  const std::string name = "testing.registry.column";
  ASSERT_EQ(RegisterAttr(70, name, 5), 0);
  const TVMFFITypeAttrColumn* column = GetColumn(name);
  ASSERT_NE(column, nullptr);
  EXPECT_EQ(column->size, 71);
  EXPECT_EQ(column->begin_index, 0);
  EXPECT_EQ(column->data[70].v_int64, 5);
  EXPECT_EQ(column->data[69].type_index, kTVMFFINone);
  const TVMFFIAny* early = column->data;
  // The type index need not be registered.
  ASSERT_EQ(RegisterAttr(100000, name, "a string to keep"), 0);
  EXPECT_EQ(GetColumn(name), column);
  EXPECT_EQ(column->size, 100001);
  EXPECT_EQ(early[70].v_int64, 5) << "an array once seen stays readable";
  EXPECT_EQ(column->data[70].v_int64, 5);
  EXPECT_EQ(AnyView::CopyFromTVMFFIAny(column->data[100000]).cast<std::string>(),
            "a string to keep");
}

TEST(TypeAttr, TakenCellIsRefusedAndKept) {
  const std::string name = "testing.registry.taken";
  ASSERT_EQ(RegisterAttr(70, name, nullptr), 0) << "None leaves the cell free";
  ASSERT_EQ(RegisterAttr(70, name, 1), 0);
  EXPECT_EQ(RegisterAttr(70, name, 2), -1);
  EXPECT_EQ(TakeRaised(),
            "RuntimeError: TypeAttr `testing.registry.taken` is already registered for type index "
            "70. To update the stored value, register a mutable container (e.g., Dict/List) once "
            "and mutate it in place on subsequent calls.");
  EXPECT_EQ(GetColumn(name)->data[70].v_int64, 1);
}

TEST(TypeAttr, NegativeIndexIsAnError) {
  EXPECT_EQ(RegisterAttr(-1, "testing.registry.negative", 1), -1);
  EXPECT_EQ(TakeRaised().rfind("ValueError: ", 0), 0u);
  EXPECT_EQ(GetColumn("testing.registry.negative"), nullptr);
}

TEST(TypeAttr, IndexThatNoTypeCanHaveIsAnErrorAndTakesNoMemory) {
  for (int32_t index : {1 << 24, 1 << 30, INT32_MAX}) {
    EXPECT_EQ(RegisterAttr(index, "testing.registry.beyond", 1), -1);
    EXPECT_EQ(TakeRaised(),
              "ValueError: Check failed: (type_index < kMaxTypes) is false: TypeAttr "
              "`testing.registry.beyond`: no type can have the index " +
                  std::to_string(index));
  }
  EXPECT_EQ(GetColumn("testing.registry.beyond"), nullptr);
}

TEST(TypeAttr, BuiltinTypesConvert) {
  const TVMFFITypeAttrColumn* column = GetColumn("__ffi_convert__");
  ASSERT_NE(column, nullptr);
  for (int32_t index : {64, 65, 66, 67, 68, 69, 70, 71, 72, 75, 76}) {
    EXPECT_EQ(column->data[index].type_index, kTVMFFIFunction) << index;
  }
  for (int32_t index : {73, 74, 77, 78}) {
    EXPECT_EQ(column->data[index].type_index, kTVMFFINone) << index;
  }
  Function to_string = AnyView::CopyFromTVMFFIAny(column->data[kTVMFFIStr]).cast<Function>();
  EXPECT_EQ(to_string("raw").cast<std::string>(), "raw");
  try {
    to_string(1);
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), "TypeError");
    EXPECT_EQ(error.message(), "Cannot cast from `int` to `str`");
  }
}

//-------------------------------------------------------------------------------------------------
// Threads
//-------------------------------------------------------------------------------------------------

TEST(TypeRegistry, ConcurrentRegistrationGivesOneIndexPerKey) {
  constexpr int kThreads = 4, kTypes = 300;
  std::vector<std::vector<int32_t>> indices(kThreads, std::vector<int32_t>(kTypes));
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t]() {
      for (int i = 0; i < kTypes; ++i) {
        indices[t][i] = Register("testing.registry.concurrent." + std::to_string(i));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int t = 1; t < kThreads; ++t) EXPECT_EQ(indices[t], indices[0]);
  for (int i = 0; i < kTypes; ++i) {
    EXPECT_EQ(ToString(TVMFFIGetTypeInfo(indices[0][i])->type_key),
              "testing.registry.concurrent." + std::to_string(i));
  }
}

TEST(TypeRegistry, ConcurrentLookupSeesWholeEntries) {
  int32_t first = Register("testing.registry.concurrent_lookup");
  std::atomic<int32_t> newest{first};
  std::atomic<bool> done{false};
  std::atomic<int> bad{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&]() {
      while (!done) {
        const TVMFFITypeInfo* info = TVMFFIGetTypeInfo(newest.load(std::memory_order_acquire));
        if (info->type_depth != 1 || info->type_ancestors[0]->type_index != kTVMFFIObject) ++bad;
      }
    });
  }
  // Goes past the size the table starts with.
  for (int i = 0; i < 5000; ++i) {
    newest.store(Register("testing.registry.concurrent_lookup." + std::to_string(i)),
                 std::memory_order_release);
  }
  done = true;
  for (std::thread& thread : readers) thread.join();
  EXPECT_EQ(bad, 0);
  EXPECT_EQ(TVMFFIGetTypeInfo(first)->type_index, first);
}

TEST(TypeAttr, ConcurrentRegistrationFillsEveryCell) {
  const std::string name = "testing.registry.concurrent_column";
  constexpr int kThreads = 4, kCells = 500;
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t]() {
      for (int i = 0; i < kCells; ++i) {
        int32_t index = 1000 + i * kThreads + t;
        if (RegisterAttr(index, name, index) != 0) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  const TVMFFITypeAttrColumn* column = GetColumn(name);
  for (int32_t index = 1000; index < 1000 + kThreads * kCells; ++index) {
    EXPECT_EQ(column->data[index].v_int64, index);
  }
}

}  // namespace
