// SPDX-License-Identifier: Apache-2.0
// Tests of the services for types whose layout is given at run time: accessors, objects, copies.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/device.h>
#include <tvm/ffi/dtype.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/extra/dataclass.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/accessor.h>
#include <tvm/ffi/reflection/creator.h>

#include <cstdint>
#include <string>

#include "dataclass_testing.h"

namespace {

using namespace tvm::ffi;  // NOLINT(build/namespaces)
using dataclass_testing::ErrorOf;
using dataclass_testing::Init;

/*! \brief Converter that takes everything but the text "bad". */
int Convert(void* expected, const TVMFFIAny* value, TVMFFIAny* result) {
  TVM_FFI_SAFE_CALL_BEGIN();
  EXPECT_EQ(expected, reinterpret_cast<void*>(0x10)) << "the registered converter";
  Any owned = AnyView::CopyFromTVMFFIAny(*value);
  if (owned.as<String>() == String("bad")) TVM_FFI_THROW(TypeError) << "expected good";
  *result = detail::AnyUnsafe::MoveAnyToTVMFFIAny(std::move(owned));
  TVM_FFI_SAFE_CALL_END();
}

TVMFFIFieldGetter MakeGetter(int type_index) {
  int64_t address = Function::GetGlobalRequired("ffi.MakeFieldGetter")(type_index).cast<int64_t>();
  return reinterpret_cast<TVMFFIFieldGetter>(static_cast<intptr_t>(address));
}

Function MakeSetter(int type_index) {
  return Function::GetGlobalRequired("ffi.MakeFieldSetter")(
             type_index, 0x10, static_cast<int64_t>(reinterpret_cast<intptr_t>(&Convert)))
      .cast<Function>();
}

/*! \brief Value that is read from a field after writing it through the setter. */
template <typename T>
Any WriteAndRead(int type_index, const Any& value) {
  T field{};
  MakeSetter(type_index)(static_cast<void*>(&field), value);
  TVMFFIAny raw = AnyView().CopyToTVMFFIAny();
  EXPECT_EQ(MakeGetter(type_index)(&field, &raw), 0);
  return detail::AnyUnsafe::MoveTVMFFIAnyToAny(&raw);
}

TEST(FieldAccessors, StoreEveryKindOfField) {
  EXPECT_EQ(WriteAndRead<int64_t>(1, -7).as<int64_t>(), -7);
  EXPECT_EQ(WriteAndRead<bool>(2, true).as<bool>(), true);
  EXPECT_EQ(WriteAndRead<double>(3, 2).as<double>(), 2.0) << "converted to the stored type";
  void* pointer = reinterpret_cast<void*>(0x20);
  EXPECT_EQ(WriteAndRead<void*>(4, pointer).as<void*>(), pointer);
  EXPECT_EQ(WriteAndRead<DLDataType>(5, DLDataType{kDLFloat, 16, 1}).cast<DLDataType>().bits, 16);
  EXPECT_EQ(WriteAndRead<DLDevice>(6, DLDevice{kDLCUDA, 2}).cast<DLDevice>().device_id, 2);
  EXPECT_EQ(WriteAndRead<Any>(-1, String("any")).cast<String>(), "any");
  EXPECT_EQ(WriteAndRead<Any>(0, 1).as<int64_t>(), 1);
  List<Any> list = {1};
  EXPECT_TRUE(WriteAndRead<ObjectRef>(64, list).same_as(list));
  EXPECT_TRUE(WriteAndRead<ObjectRef>(75, nullptr) == nullptr) << "a null reference is None";
}

TEST(FieldAccessors, ReleaseTheValueTheyReplace) {
  List<Any> list;
  Any field = list;
  ASSERT_EQ(list.use_count(), 2U);
  MakeSetter(-1)(static_cast<void*>(&field), 1);
  EXPECT_EQ(list.use_count(), 1U);
}

TEST(FieldAccessors, ReportErrorsAndKeepTheField) {
  int64_t field = 5;
  EXPECT_EQ(ErrorOf([&] { MakeSetter(1)(static_cast<void*>(&field), "bad"); }),
            "TypeError: expected good");
  EXPECT_EQ(ErrorOf([&] { MakeSetter(1)(static_cast<void*>(&field), "word"); }),
            "TypeError: Cannot convert from type `ffi.SmallStr` to `int`");
  EXPECT_EQ(field, 5);
  EXPECT_EQ(ErrorOf([] { MakeGetter(7); }),
            "ValueError: Unsupported field type index for getter: 7");
  EXPECT_EQ(ErrorOf([&] { MakeSetter(7)(static_cast<void*>(&field), 1); }),
            "ValueError: Unsupported field type index for setter: 7");
  Function no_converter =
      Function::GetGlobalRequired("ffi.MakeFieldSetter")(1, 0, 0).cast<Function>();
  EXPECT_EQ(ErrorOf([&] { no_converter(static_cast<void*>(&field), 1); }),
            "ValueError: The field setter has no converter");
}

/*! \brief Registers a child of a type; gives its index. */
int32_t NewType(const std::string& key, const char* parent) {
  TVMFFIByteArray name{key.data(), key.size()};
  const TVMFFITypeInfo* parent_info = TVMFFIGetTypeInfo(TypeKeyToIndex(parent));
  return TVMFFITypeGetOrAllocIndex(&name, -1, parent_info->type_depth + 1, 0, 1,
                                   parent_info->type_index);
}

void AddField(int32_t type, const char* name, int static_type, int64_t offset, int64_t size) {
  TVMFFIFieldInfo info{};
  info.name = reflection::AsByteArray(name);
  info.flags = kTVMFFIFieldFlagBitMaskWritable | kTVMFFIFieldFlagBitSetterIsFunctionObj;
  info.size = size;
  info.alignment = 8;
  info.offset = offset;
  info.getter = MakeGetter(static_type);
  Function setter = MakeSetter(static_type);
  info.setter = detail::ObjectUnsafe::TVMFFIObjectPtrFromObjectRef(setter);
  info.field_static_type_index = static_type;
  TVM_FFI_CHECK_SAFE_CALL(TVMFFITypeRegisterField(type, &info));
}

void RegisterColumns(int32_t type, int total_size) {
  Function::GetGlobalRequired("ffi._PyClassRegisterTypeAttrColumns")(type, total_size);
}

constexpr const char* kRecord = "python_class_testing.Record";

/*! \brief Type with an int, an Any and an object field; made once. */
void DefineRecord() {
  [[maybe_unused]] static const bool defined = [] {
    int32_t type = NewType(kRecord, "ffi.Object");
    AddField(type, "number", 1, 24, 8);
    AddField(type, "value", -1, 32, 16);
    AddField(type, "items", 64, 48, 8);
    RegisterColumns(type, 56);
    return true;
  }();
}

TEST(PythonClass, MakesObjectsWithEmptyFields) {
  DefineRecord();
  ObjectRef record(CreateEmptyObject(TVMFFIGetTypeInfo(TypeKeyToIndex(kRecord))));
  EXPECT_EQ(std::string(ReprPrint(record)),
            "python_class_testing.Record(number=0, value=None, items=None)");
}

TEST(PythonClass, OwnsTheValuesOfItsFields) {
  DefineRecord();
  List<Any> list = {1};
  {
    Any record = Init(kRecord, 7, list, list);
    EXPECT_EQ(std::string(ReprPrint(record)),
              "python_class_testing.Record(number=7, value=[1], items=[1])");
    EXPECT_EQ(list.use_count(), 3U);
  }
  EXPECT_EQ(list.use_count(), 1U);
}

TEST(PythonClass, OutlivesItsFieldsWhileWeakReferencesExist) {
  DefineRecord();
  List<Any> list;
  Any record = Init(kRecord, 7, list, list);
  WeakObjectPtr<Object> weak(record.cast<ObjectPtr<Object>>());
  record.reset();
  EXPECT_EQ(list.use_count(), 1U);
  EXPECT_TRUE(weak.expired());
}

TEST(PythonClass, CopiesShallowlyAndDeeply) {
  DefineRecord();
  List<Any> list = {1};
  Any record = Init(kRecord, 7, "text", list);
  const reflection::TypeAttrColumn copiers("__ffi_shallow_copy__");
  Function shallow_copy = copiers[record.type_index()].cast<Function>();
  Any shallow = shallow_copy(record);
  EXPECT_FALSE(shallow.same_as(record));
  EXPECT_EQ(list.use_count(), 3U);
  Any deep = DeepCopy(record);
  EXPECT_EQ(list.use_count(), 3U);
  list.push_back(2);
  EXPECT_EQ(std::string(ReprPrint(shallow)),
            R"(python_class_testing.Record(number=7, value="text", items=[1, 2]))");
  EXPECT_EQ(std::string(ReprPrint(deep)),
            R"(python_class_testing.Record(number=7, value="text", items=[1]))");
  EXPECT_EQ(ErrorOf([&] { shallow_copy(list); }),
            "TypeError: Cannot copy an object of type `ffi.List` as `python_class_testing.Record`");
}

TEST(PythonClass, HandlesTheStorageOfCxxParents) {
  constexpr const char* kChild = "python_class_testing.OverCxx";
  int32_t type = NewType(kChild, "testing.TestCxxInitSubset");
  AddField(type, "own", -1, 64, 16);
  RegisterColumns(type, 80);
  Any child = Init(kChild, 1, "a long text for the heap");
  EXPECT_EQ(std::string(ReprPrint(DeepCopy(child))),
            "python_class_testing.OverCxx(required_field=1, optional_field=-1, note=\"default\","
            " own=\"a long text for the heap\")");
}

TEST(PythonClass, RefusesASizeThatIsTooSmallAndUnknownTypes) {
  int32_t type = NewType("python_class_testing.TooSmall", "ffi.Object");
  AddField(type, "value", -1, 24, 16);
  EXPECT_EQ(ErrorOf([&] { RegisterColumns(type, 32); }),
            "ValueError: Objects of type `python_class_testing.TooSmall` need 40 bytes, but their"
            " total size is given as 32");
  EXPECT_FALSE(HasCreator(TVMFFIGetTypeInfo(type)));
  EXPECT_EQ(ErrorOf([] { RegisterColumns(9999999, 24); }),
            "InternalError: Check failed: (entry != nullptr) is false: Cannot find type info for"
            " type_index=9999999");
}

TEST(PythonClass, AFailedDefinitionGivesItsKeyBack) {
  constexpr const char* kKey = "python_class_testing.Retired";
  int32_t first = NewType(kKey, "ffi.Object");
  AddField(first, "value", -1, 24, 16);
  RegisterColumns(first, 40);
  Any object = Init(kKey, "old");
  Function retire = Function::GetGlobalRequired("ffi.PyClass.RetireKey");
  retire(first);
  EXPECT_EQ(ErrorOf([] { TypeKeyToIndex(kKey); }),
            "InternalError: Check failed: (it != type_key2index_.end()) is false: Cannot find type"
            " `python_class_testing.Retired`");
  int32_t second = NewType(kKey, "ffi.Object");
  EXPECT_NE(second, first);
  AddField(second, "other", 1, 24, 8);
  RegisterColumns(second, 32);
  EXPECT_EQ(std::string(ReprPrint(Init(kKey, 5))), "python_class_testing.Retired(other=5)");
  // Objects of the abandoned type live on, and retiring it again leaves the new one alone.
  retire(first);
  EXPECT_EQ(std::string(ReprPrint(object)), "python_class_testing.Retired(value=\"old\")");
  EXPECT_EQ(TypeKeyToIndex(kKey), second);
  EXPECT_EQ(ErrorOf([&] { retire(9999999); }),
            "InternalError: Check failed: (entry != nullptr) is false: Cannot find type info for"
            " type_index=9999999");
}

}  // namespace
