// SPDX-License-Identifier: Apache-2.0
// Tests of reflection/overload.h: one name, several signatures.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/reflection/accessor.h>
#include <tvm/ffi/reflection/overload.h>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace {

using namespace tvm::ffi;  // NOLINT(build/namespaces)
namespace refl = tvm::ffi::reflection;

class NumberObj : public Object {
 public:
  double value = 0;
  String built_by;

  explicit NumberObj(int32_t v) : value(v), built_by("int") {}
  explicit NumberObj(float v) : value(v), built_by("float") {}
  int64_t AddInt(int64_t x) const { return static_cast<int64_t>(value) + x; }

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("test.overload.Number", NumberObj, Object);
};

TVM_FFI_STATIC_INIT_BLOCK() {
  refl::OverloadObjectDef<NumberObj>("A number")
      .def_rw("value", &NumberObj::value, "the value")
      .def_ro("built_by", &NumberObj::built_by)
      .def(refl::init<int32_t>(), "from int")
      .def(refl::init<float>())
      .def("add", &NumberObj::AddInt, "adds an int", refl::Metadata{{"exact", true}})
      .def("add", [](const NumberObj* self, double x) { return self->value + x; })
      .def("add",
           [](const NumberObj*, int64_t, String) -> String {
             throw std::runtime_error("callee failed");
           })
      .def("only", [](const NumberObj*, int64_t x) { return x; })
      .def("any", [](const NumberObj*, AnyView) { return String("view"); })
      .def("any", [](const NumberObj*, int64_t) { return String("never"); })
      .def_static("of", [](int64_t) { return String("int"); })
      .def_static("of", [](const String&) { return String("str"); })
      .def_static("of", []() {});
}

Any Number(int v) { return refl::GetMethod("test.overload.Number", "__ffi_init__")(v); }

template <typename F>
std::string MessageOf(F action) {
  try {
    action();
  } catch (const Error& err) {
    return err.kind() + ": " + err.message();
  }
  return "no error";
}

TEST(Overload, ConstructorsPickByArgument) {
  Function init = refl::GetMethod("test.overload.Number", "__ffi_init__");
  EXPECT_EQ(init(10).as<NumberObj>()->built_by, "int");
  EXPECT_EQ(init(3.14).as<NumberObj>()->built_by, "float");
  AnyView attr = refl::TypeAttrColumn("__ffi_init__")[NumberObj::RuntimeTypeIndex()];
  EXPECT_EQ(attr.cast<Function>()(2.5).as<NumberObj>()->built_by, "float");
}

TEST(Overload, MethodsPickTheFirstThatConverts) {
  Function add = refl::GetMethod("test.overload.Number", "add");
  EXPECT_EQ(add(Number(1), 2).type_index(), kTVMFFIInt);
  EXPECT_EQ(add(Number(1), true).cast<int64_t>(), 2);
  EXPECT_EQ(add(Number(1), 2.5).cast<double>(), 3.5);
}

TEST(Overload, StaticMethodsMayDifferInArityAndReturnNothing) {
  Function of = refl::GetMethod("test.overload.Number", "of");
  EXPECT_EQ(of(1).cast<String>(), "int");
  EXPECT_EQ(of("a").cast<String>(), "str");
  EXPECT_TRUE(of() == nullptr);
}

TEST(Overload, AnyParametersAlwaysMatch) {
  Function any = refl::GetMethod("test.overload.Number", "any");
  EXPECT_EQ(any(Number(1), 3).cast<String>(), "view");
  EXPECT_EQ(any(Number(1), nullptr).cast<String>(), "view");
}

TEST(Overload, EverySignatureHasAnEntryWithItsSchema) {
  const TVMFFITypeInfo* info = TVMFFIGetTypeInfo(NumberObj::RuntimeTypeIndex());
  int adds = 0;
  std::string schemas;
  const TVMFFIMethodInfo* first = refl::GetMethodInfo("test.overload.Number", "add");
  for (int32_t i = 0; i < info->num_methods; ++i) {
    const TVMFFIMethodInfo& method = info->methods[i];
    if (std::string(method.name.data, method.name.size) != "add") continue;
    ++adds;
    EXPECT_EQ(method.method.v_obj, first->method.v_obj) << "one function for all";
    schemas.append(method.metadata.data, method.metadata.size) += "\n";
  }
  EXPECT_EQ(adds, 3);
  EXPECT_NE(schemas.find(R"(\"params\":[{\"type\":\"test.overload.Number\"},{\"type\":\"int\"}])"),
            std::string::npos);
  EXPECT_NE(schemas.find(R"({\"type\":\"float\"}])"), std::string::npos);
  EXPECT_NE(schemas.find(R"("exact":true)"), std::string::npos);
  EXPECT_EQ(std::string(first->doc.data, first->doc.size), "adds an int");
  EXPECT_EQ(first->flags, 0);
  EXPECT_EQ(refl::GetMethodInfo("test.overload.Number", "of")->flags,
            kTVMFFIFieldFlagBitMaskIsStaticMethod);
}

TEST(Overload, SingleSignatureReportsLikeATypedFunction) {
  Function only = refl::GetMethod("test.overload.Number", "only");
  EXPECT_EQ(MessageOf([&] { only(Number(1), "a"); }),
            "TypeError: Mismatched type on argument #1 when calling: "
            "`test.overload.Number.only(0: test.overload.Number, 1: int) -> int`. "
            "Expected `int` but got `const char*`");
}

TEST(Overload, NoMatchListsEveryOverload) {
  Function of = refl::GetMethod("test.overload.Number", "of");
  EXPECT_EQ(MessageOf([&] { of(1.5); }),
            "TypeError: No matching overload found when calling: `test.overload.Number.of` with 1 "
            "arguments:\n"
            "Overload #0: Mismatched type on argument #0 when calling: "
            "`test.overload.Number.of (0: int) -> str`. Expected `int` but got `float`\n"
            "Overload #1: Mismatched type on argument #0 when calling: "
            "`test.overload.Number.of (0: str) -> str`. Expected `str` but got `float`\n"
            "Overload #2: Mismatched number of arguments when calling: "
            "`test.overload.Number.of () -> void`. Expected 0 arguments");
}

TEST(Overload, ErrorsOfTheCalleePropagate) {
  Function add = refl::GetMethod("test.overload.Number", "add");
  EXPECT_THROW(add(Number(1), 1, "x"), std::runtime_error);
}

TEST(Overload, FieldsAndDerivedAttributesAreThoseOfObjectDef) {
  const TVMFFITypeInfo* info = TVMFFIGetTypeInfo(NumberObj::RuntimeTypeIndex());
  EXPECT_EQ(info->num_fields, 2);
  EXPECT_EQ(std::string(info->metadata->doc.data, info->metadata->doc.size), "A number");
  int32_t index = NumberObj::RuntimeTypeIndex();
  EXPECT_TRUE(refl::TypeAttrColumn("__ffi_type_final__")[index].cast<bool>());
  EXPECT_FALSE(refl::TypeAttrColumn("__ffi_shallow_copy__")[index] == nullptr);
}

}  // namespace
