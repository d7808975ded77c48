// SPDX-License-Identifier: Apache-2.0
// Tests of reflection/creator.h and of ffi.MakeObjectFromPackedArgs: objects from field values.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/creator.h>
#include <tvm/ffi/reflection/registry.h>

#include <cstdint>
#include <string>

#include "./reflection_test_objects.h"

namespace {

using namespace tvm::ffi;                   // NOLINT(build/namespaces)
using namespace tvm::ffi::reflection_test;  // NOLINT(build/namespaces)
namespace refl = tvm::ffi::reflection;

using Fields = Map<String, Any>;

template <typename F>
std::string MessageOf(F action) {
  try {
    action();
  } catch (const Error& err) {
    return err.kind() + ": " + err.message();
  }
  return "no error";
}

TEST(ObjectCreator, TakesGivenValuesAndDefaults) {
  refl::ObjectCreator creator("test.refl.NamedPoint");
  Any value = creator(Fields{{"label", String("a")}, {"y", 4}});
  const auto* point = value.as<NamedPointObj>();
  ASSERT_NE(point, nullptr);
  EXPECT_EQ(point->x, 10);
  EXPECT_EQ(point->y, 4.0);
  EXPECT_EQ(point->label, "a");
  EXPECT_EQ(point->tags.size(), 0u);
}

TEST(ObjectCreator, CallsTheFactoryForEachObject) {
  refl::ObjectCreator creator("test.refl.NamedPoint");
  Any a = creator(Fields{{"label", String("a")}});
  Any b = creator(Fields{{"label", String("b")}});
  EXPECT_FALSE(a.as<NamedPointObj>()->tags.same_as(b.as<NamedPointObj>()->tags));
  Array<Any> given{1};
  Any c = creator(Fields{{"label", String("c")}, {"tags", given}});
  EXPECT_TRUE(c.as<NamedPointObj>()->tags.same_as(given));
}

TEST(ObjectCreator, MissingFieldIsAnError) {
  EXPECT_EQ(MessageOf([] { refl::ObjectCreator("test.refl.Point")(Fields{}); }),
            "TypeError: Required field `label` not set in type `test.refl.Point`");
}

TEST(ObjectCreator, UnknownFieldIsAnError) {
  EXPECT_EQ(MessageOf([] {
              refl::ObjectCreator("test.refl.Point")(Fields{{"label", String("a")}, {"z", 1}});
            }),
            "TypeError: Type `test.refl.Point` does not have field `z`");
}

TEST(ObjectCreator, SetterErrorPropagates) {
  EXPECT_EQ(MessageOf([] {
              refl::ObjectCreator("test.refl.Point")(Fields{{"label", 1}});
            }),
            "TypeError: Cannot convert from type `int` to `str`");
}

TEST(ObjectCreator, TypesWithoutCreatorAreRejected) {
  EXPECT_EQ(MessageOf([] { refl::ObjectCreator creator("test.refl.NoDefault"); }),
            "RuntimeError: Type `test.refl.NoDefault` does not support default constructor, as a "
            "result cannot be created via reflection");
  const TVMFFITypeInfo* info = TVMFFIGetTypeInfo(NoDefaultObj::RuntimeTypeIndex());
  EXPECT_FALSE(HasCreator(info));
  EXPECT_EQ(MessageOf([&] { CreateEmptyObject(info); }),
            "RuntimeError: Type `test.refl.NoDefault` does not support reflection creation (no "
            "native creator or __ffi_new__ type attr)");
}

TEST(ObjectCreator, BuiltinTypesWithoutMetadataAreRejected) {
  EXPECT_FALSE(HasCreator(TVMFFIGetTypeInfo(kTVMFFIArray)));
  EXPECT_FALSE(HasCreator(TVMFFIGetTypeInfo(kTVMFFIInt)));
}

class ForeignObj : public Object {
 public:
  int64_t v = 0;
  explicit ForeignObj(int64_t v) : v(v) {}
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("test.refl.Foreign", ForeignObj, Object);
};

class BrokenObj : public Object {
 public:
  explicit BrokenObj(int64_t) {}
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("test.refl.Broken", BrokenObj, Object);
};

TEST(CreateEmptyObject, FallsBackToTheNewAttribute) {
  refl::TypeAttrDef<ForeignObj>().def("__ffi_new__",
                                      []() { return ObjectRef(make_object<ForeignObj>(3)); });
  const TVMFFITypeInfo* info = TVMFFIGetTypeInfo(ForeignObj::RuntimeTypeIndex());
  EXPECT_TRUE(HasCreator(info));
  ObjectPtr<Object> obj = CreateEmptyObject(info);
  EXPECT_EQ(obj->type_index(), ForeignObj::RuntimeTypeIndex());
  EXPECT_EQ(obj.use_count(), 1);
}

TEST(CreateEmptyObject, RejectsNoneFromTheNewAttribute) {
  refl::TypeAttrDef<BrokenObj>().def("__ffi_new__", []() { return ObjectRef(); });
  std::string message =
      MessageOf([] { CreateEmptyObject(TVMFFIGetTypeInfo(BrokenObj::RuntimeTypeIndex())); });
  EXPECT_NE(message.find("__ffi_new__ of type `test.refl.Broken` returned None"),
            std::string::npos);
}

class MakeObjectFromPackedArgs : public ::testing::Test {
 protected:
  Function make_ = Function::GetGlobalRequired("ffi.MakeObjectFromPackedArgs");
};

TEST_F(MakeObjectFromPackedArgs, TakesKeyOrIndex) {
  Any by_key = make_("test.refl.Point", "label", "a", "x", 1);
  EXPECT_EQ(by_key.as<PointObj>()->x, 1);
  EXPECT_EQ(by_key.as<PointObj>()->y, 2.5);
  Any by_index = make_(PointObj::RuntimeTypeIndex(), "label", "b");
  EXPECT_EQ(by_index.as<PointObj>()->label, "b");
  EXPECT_EQ(by_index.as<PointObj>()->x, 10);
}

TEST_F(MakeObjectFromPackedArgs, ReportsEveryMisuse) {
  EXPECT_NE(
      MessageOf([&] { make_("test.refl.Nothing"); }).find("Cannot find type `test.refl.Nothing`"),
      std::string::npos);
  EXPECT_EQ(MessageOf([&] { make_("test.refl.Point", "x"); }),
            "InternalError: Check failed: (args.size() % 2 == 1) is false: ");
  EXPECT_EQ(MessageOf([&] { make_(); }),
            "InternalError: Check failed: (args.size() % 2 == 1) is false: ");
  EXPECT_EQ(MessageOf([&] { make_("test.refl.Point", "x", 1); }),
            "TypeError: Required field `label` not set in type `test.refl.Point`");
  EXPECT_EQ(MessageOf([&] { make_("test.refl.Point", "label", "a", "zz", 1); }),
            "TypeError: Type `test.refl.Point` does not have field `zz`");
  EXPECT_EQ(MessageOf([&] { make_("test.refl.Point", "label", "a", "label", "b"); }),
            "TypeError: Type `test.refl.Point` does not have field `label`");
  EXPECT_EQ(MessageOf([&] { make_("test.refl.Point", 3, 1); }),
            "TypeError: Cannot convert from type `int` to `str`");
  EXPECT_EQ(MessageOf([&] { make_(1.5); }), "TypeError: Cannot convert from type `float` to `str`");
}

TEST_F(MakeObjectFromPackedArgs, UnknownTypeIndexIsAnErrorAndNoExit) {
  EXPECT_EQ(MessageOf([&] { make_(1 << 30); }),
            "InternalError: Check failed: (entry != nullptr) is false: Cannot find type info for "
            "type_index=1073741824");
  EXPECT_NE(MessageOf([&] { make_(-5); }).find("type_index=-5"), std::string::npos);
}

}  // namespace
