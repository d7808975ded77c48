// SPDX-License-Identifier: Apache-2.0
// Tests of ffi._RegisterFFIInit: the constructor made from the reflected fields.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/accessor.h>

#include <cstdint>
#include <functional>
#include <string>

namespace {

using namespace tvm::ffi;  // NOLINT(build/namespaces)
namespace refl = tvm::ffi::reflection;

Function InitOf(const char* type_key) {
  return refl::TypeAttrColumn("__ffi_init__")[TypeKeyToIndex(type_key)].cast<Function>();
}

int64_t FieldOf(const Any& obj, const char* type_key, const char* field) {
  return refl::FieldGetter(type_key, field)(obj.cast<ObjectRef>()).cast<int64_t>();
}

Any Kwargs() { return Function::GetGlobalRequired("ffi.GetKwargsObject")(); }

std::string ErrorOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& err) {
    return err.kind() + ": " + err.message();
  }
  return "no error";
}

constexpr const char* kAuto = "testing.TestCxxAutoInit";

TEST(GeneratedInit, BindsPositionalKeywordAndDefault) {
  Function init = InitOf(kAuto);
  Any obj = init(1, 2, Kwargs(), "c", 3);
  EXPECT_EQ(FieldOf(obj, kAuto, "a"), 1);
  EXPECT_EQ(FieldOf(obj, kAuto, "b"), 42) << "not a parameter, takes its default";
  EXPECT_EQ(FieldOf(obj, kAuto, "c"), 3);
  EXPECT_EQ(FieldOf(obj, kAuto, "d"), 2);
  EXPECT_EQ(FieldOf(init(Kwargs(), "c", 3, "a", 1), kAuto, "d"), 99);
}

TEST(GeneratedInit, RequiredFieldsOfChildrenPrecedeDefaultsOfParents) {
  constexpr const char* kChild = "testing.TestCxxAutoInitChild";
  constexpr const char* kParent = "testing.TestCxxAutoInitParent";
  Any obj = InitOf(kChild)(1, 2, 3, Kwargs(), "child_kw_only", 4);
  EXPECT_EQ(FieldOf(obj, kParent, "parent_required"), 1);
  EXPECT_EQ(FieldOf(obj, kChild, "child_required"), 2);
  EXPECT_EQ(FieldOf(obj, kParent, "parent_default"), 3);
  EXPECT_EQ(FieldOf(obj, kChild, "child_kw_only"), 4);
}

TEST(GeneratedInit, FieldsOutsideTheConstructorKeepTheCreatorsValue) {
  constexpr const char* kOff = "testing.TestCxxAutoInitAllInitOff";
  Any obj = InitOf(kOff)();
  EXPECT_EQ(FieldOf(obj, kOff, "x"), 7);
  EXPECT_EQ(FieldOf(obj, kOff, "y"), 9);
  EXPECT_EQ(FieldOf(obj, kOff, "z"), 1234);
}

TEST(GeneratedInit, ReportsEveryMisuse) {
  Function init = InitOf(kAuto);
  const std::string prefix = "TypeError: testing.TestCxxAutoInit.__ffi_init__() ";
  EXPECT_EQ(ErrorOf([&] { init(1, 2, 3); }),
            prefix + "takes at most 2 positional argument(s), but 3 were given");
  EXPECT_EQ(ErrorOf([&] { init(1, Kwargs(), "c"); }),
            prefix + "KWARGS requires an even number of key-value arguments");
  EXPECT_EQ(ErrorOf([&] { init(1, Kwargs(), "zz", 1); }),
            prefix + "got an unexpected keyword argument 'zz'");
  EXPECT_EQ(ErrorOf([&] { init(1, Kwargs(), "b", 1); }),
            prefix + "got an unexpected keyword argument 'b'");
  EXPECT_EQ(ErrorOf([&] { init(1, Kwargs(), "a", 1); }),
            prefix + "got multiple values for argument 'a'");
  EXPECT_EQ(ErrorOf([&] { init(1, Kwargs(), "c", 1, "c", 2); }),
            prefix + "got multiple values for argument 'c'");
  EXPECT_EQ(ErrorOf([&] { init(Kwargs(), "c", 1); }), prefix + "missing required argument: 'a'");
  EXPECT_EQ(ErrorOf([&] { init(1); }), prefix + "missing required keyword-only argument: 'c'");
  EXPECT_EQ(ErrorOf([&] { init(1, Kwargs(), 3, 4); }),
            "TypeError: Cannot convert from type `int` to `str`");
}

TEST(GeneratedInit, FieldErrorsNameTheFieldAndKeepTheCause) {
  try {
    InitOf(kAuto)("x", Kwargs(), "c", 1);
    ADD_FAILURE() << "no error was thrown";
  } catch (const Error& err) {
    EXPECT_EQ(err.kind(), "TypeError");
    EXPECT_EQ(err.message(),
              "testing.TestCxxAutoInit.__ffi_init__() field 'a':\n"
              "  Cannot convert from type `const char*` to `int`");
    ASSERT_TRUE(err.cause_chain().has_value());
    EXPECT_EQ(err.cause_chain()->message(), "Cannot convert from type `const char*` to `int`");
  }
}

TEST(GeneratedInit, SecondRegistrationFails) {
  Function register_init = Function::GetGlobalRequired("ffi._RegisterFFIInit");
  EXPECT_NE(ErrorOf([&] {
              register_init(TypeKeyToIndex(kAuto));
            }).find("TypeAttr `__ffi_init__` is already registered for type index"),
            std::string::npos);
}

TEST(GeneratedInit, UnknownTypeIsAnErrorAndNoExit) {
  Function register_init = Function::GetGlobalRequired("ffi._RegisterFFIInit");
  EXPECT_EQ(ErrorOf([&] { register_init(1 << 30); }),
            "InternalError: Check failed: (entry != nullptr) is false: Cannot find type info for "
            "type_index=1073741824");
}

}  // namespace
