// SPDX-License-Identifier: Apache-2.0
// Tests of reflection/registry.h: what the builders write into the type and function tables.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/accessor.h>
#include <tvm/ffi/reflection/registry.h>

#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>

#include "./reflection_test_objects.h"

namespace {

using namespace tvm::ffi;                   // NOLINT(build/namespaces)
using namespace tvm::ffi::reflection_test;  // NOLINT(build/namespaces)
namespace refl = tvm::ffi::reflection;

/*! \brief A trait as users may write it: sets a flag bit that no built-in trait sets. */
struct UserTrait : public refl::InfoTrait {
  void Apply(TVMFFIFieldInfo* info) const { info->flags |= int64_t{1} << 40; }
};

TVM_FFI_STATIC_INIT_BLOCK() {
  refl::ObjectDef<PointObj>("A point")
      .def_ro("x", &PointObj::x, "horizontal", refl::default_value(10))
      .def_rw("y", &PointObj::y, refl::default_value(2.5), "vertical", refl::kw_only(true),
              refl::repr(false), refl::compare(false), refl::hash(false))
      .def_rw("label", &PointObj::label, refl::Metadata{{"unit", "m"}, {"n", 3}},
              refl::Metadata{{"flag", false}}, refl::AttachFieldFlag::SEqHashIgnore(), UserTrait())
      .def("sum", &PointObj::Sum, "x plus other", refl::Metadata{{"pure", true}})
      .def("move", &PointObj::Move)
      .def_static("origin", []() { return Point(0); })
      .def_type_attr("test.refl.rank", 2)
      .def_type_attr("test.refl.describe", [](const PointObj* self) { return self->label; })
      .def_convert<Point>();
  refl::ObjectDef<NamedPointObj>().def_rw(
      "tags", &NamedPointObj::tags,
      refl::default_factory(Function::FromTyped([]() { return Array<Any>(); })));
  refl::ObjectDef<PaddedObj>()
      .def_rw("first", &PaddedObj::first)
      .def_rw("second", &PaddedObj::second);
  refl::ObjectDef<VirtualObj>(refl::init(false)).def_ro("first", &VirtualObj::first);
  refl::ObjectDef<HolderObj>()
      .def_rw("required", &HolderObj::required)
      .def_rw("optional", &HolderObj::optional);
  refl::ObjectDef<NoDefaultObj>()
      .def(refl::init<Any>(), "from any value")
      .def_ro("value", &NoDefaultObj::value);
  refl::GlobalDef()
      .def(
          "test.refl.add", [](int64_t a, int64_t b) { return a + b; }, "adds")
      .def_packed("test.refl.count", [](PackedArgs args, Any* ret) { *ret = args.size(); })
      .def_method("test.refl.point_sum", &PointObj::Sum)
      .def_method("test.refl.point_twice", &Point::Twice)
      .def_method("test.refl.point_twice_mutable", &Point::TwiceMutable)
      .def(
          "test.refl.annotated", [](String s) { return s; },
          refl::Metadata{{"quote", "a\"/\n\x01"}, {"wraps", (int64_t{1} << 40) + 7}});
}

template <typename T>
const TVMFFITypeInfo* InfoOf() {
  return TVMFFIGetTypeInfo(T::RuntimeTypeIndex());
}

std::string ToStd(const TVMFFIByteArray& bytes) {
  return bytes.size == 0 ? std::string() : std::string(bytes.data, bytes.size);
}

std::string GlobalMetadata(const char* name) {
  return Function::GetGlobalRequired("ffi.GetGlobalFuncMetadata")(name).cast<String>();
}

std::string Message(const std::function<void()>& action, const std::string& kind) {
  try {
    action();
  } catch (const Error& err) {
    EXPECT_EQ(err.kind(), kind);
    return err.message();
  }
  ADD_FAILURE() << "no error was thrown";
  return "";
}

AnyView AttrOf(int32_t type_index, const char* name) {
  return refl::TypeAttrColumn(name)[type_index];
}

TEST(FieldOffset, IsRelativeToTheObjectHeader) {
  EXPECT_EQ(refl::GetFieldByteOffsetToObject(&PointObj::x), 24);
  EXPECT_EQ(refl::GetFieldByteOffsetToObject(&PointObj::y), 32);
  EXPECT_EQ((refl::GetFieldByteOffsetToObject<PaddedObj, int64_t>(&PaddedObj::first)), 24);
  EXPECT_EQ((refl::GetFieldByteOffsetToObject<VirtualObj, int64_t>(&VirtualObj::first)), 24);
  EXPECT_EQ(InfoOf<VirtualObj>()->metadata->total_size, static_cast<int32_t>(sizeof(VirtualObj)));
}

TEST(ObjectDef, RecordsTypeMetadata) {
  const TVMFFITypeMetadata* metadata = InfoOf<PointObj>()->metadata;
  EXPECT_EQ(ToStd(metadata->doc), "A point");
  EXPECT_EQ(metadata->total_size, static_cast<int32_t>(sizeof(PointObj)));
  EXPECT_EQ(metadata->structural_eq_hash_kind, kTVMFFISEqHashKindUnsupported);
  EXPECT_NE(metadata->creator, nullptr);
  EXPECT_EQ(InfoOf<NoDefaultObj>()->metadata->creator, nullptr);
}

TEST(ObjectDef, RecordsFieldsInOrder) {
  const TVMFFITypeInfo* info = InfoOf<PointObj>();
  ASSERT_EQ(info->num_fields, 3);
  const TVMFFIFieldInfo& x = info->fields[0];
  EXPECT_EQ(ToStd(x.name), "x");
  EXPECT_EQ(ToStd(x.doc), "horizontal");
  EXPECT_EQ(x.flags, kTVMFFIFieldFlagBitMaskHasDefault);
  EXPECT_EQ(x.default_value_or_factory.v_int64, 10);
  EXPECT_EQ(x.size, 8);
  EXPECT_EQ(x.alignment, 8);
  EXPECT_EQ(x.field_static_type_index, kTVMFFIInt);
  EXPECT_EQ(ToStd(x.metadata), R"({"type_schema":"{\"type\":\"int\"}"})");
}

TEST(ObjectDef, TraitsSetTheirFlagsInAnyOrder) {
  const TVMFFIFieldInfo& y = InfoOf<PointObj>()->fields[1];
  EXPECT_EQ(ToStd(y.doc), "vertical");
  EXPECT_EQ(y.default_value_or_factory.v_float64, 2.5);
  EXPECT_EQ(y.flags, kTVMFFIFieldFlagBitMaskWritable | kTVMFFIFieldFlagBitMaskHasDefault |
                         kTVMFFIFieldFlagBitMaskKwOnly | kTVMFFIFieldFlagBitMaskReprOff |
                         kTVMFFIFieldFlagBitMaskCompareOff | kTVMFFIFieldFlagBitMaskHashOff);
  const TVMFFIFieldInfo& label = InfoOf<PointObj>()->fields[2];
  EXPECT_EQ(label.flags, kTVMFFIFieldFlagBitMaskWritable | kTVMFFIFieldFlagBitMaskSEqHashIgnore |
                             (int64_t{1} << 40));
  EXPECT_EQ(label.doc.size, 0u);
  EXPECT_EQ(label.default_value_or_factory.type_index, kTVMFFINone);
}

TEST(ObjectDef, MetadataPairsFollowTheSchema) {
  EXPECT_EQ(ToStd(InfoOf<PointObj>()->fields[2].metadata),
            R"({"type_schema":"{\"type\":\"ffi.String\"}","unit":"m","n":3,"flag":false})");
  EXPECT_EQ(ToStd(refl::GetMethodInfo("test.refl.Point", "sum")->metadata),
            "{\"type_schema\":\"{\\\"type\\\":\\\"ffi.Function\\\",\\\"named_args\\\":{\\\"return"
            "\\\":[{\\\"type\\\":\\\"int\\\"}],\\\"params\\\":[{\\\"type\\\":\\\"test.refl.Point"
            "\\\"},{\\\"type\\\":\\\"int\\\"}]}}\",\"pure\":true}");
}

TEST(ObjectDef, DefaultFactorySetsBothBits) {
  const TVMFFIFieldInfo& tags = InfoOf<NamedPointObj>()->fields[0];
  EXPECT_EQ(tags.flags, kTVMFFIFieldFlagBitMaskWritable | kTVMFFIFieldFlagBitMaskHasDefault |
                            kTVMFFIFieldFlagBitMaskDefaultFromFactory);
  EXPECT_EQ(tags.default_value_or_factory.type_index, kTVMFFIFunction);
}

TEST(ObjectDef, PointerFieldsHavePointerSchemas) {
  const TVMFFITypeInfo* info = InfoOf<HolderObj>();
  EXPECT_EQ(ToStd(info->fields[0].metadata), R"({"type_schema":"{\"type\":\"test.refl.Point\"}"})");
  EXPECT_EQ(
      ToStd(info->fields[1].metadata),
      R"({"type_schema":"{\"type\":\"Optional\",\"args\":[{\"type\":\"test.refl.Point\"}]}"})");
  EXPECT_EQ(info->fields[0].field_static_type_index, kTVMFFIObject);
  EXPECT_EQ(info->fields[1].field_static_type_index, kTVMFFIObject);
  EXPECT_EQ(info->fields[1].size, 8);
}

TEST(ObjectDef, MethodsCallThrough) {
  Point point(5);
  EXPECT_EQ(refl::GetMethod("test.refl.Point", "sum")(point, 3).cast<int>(), 8);
  refl::GetMethod("test.refl.Point", "move")(point, 10);
  EXPECT_EQ(point->x, 15);
  EXPECT_EQ(refl::GetMethodInfo("test.refl.Point", "sum")->flags, 0);
  EXPECT_EQ(refl::GetMethodInfo("test.refl.Point", "origin")->flags,
            kTVMFFIFieldFlagBitMaskIsStaticMethod);
  EXPECT_EQ(refl::GetMethod("test.refl.Point", "origin")().cast<Point>()->x, 0);
}

TEST(ObjectDef, MethodErrorsCarryTheFullName) {
  Point point(5);
  EXPECT_EQ(Message([&] { refl::GetMethod("test.refl.Point", "sum")(point, "a"); }, "TypeError"),
            "Mismatched type on argument #1 when calling: "
            "`test.refl.Point.sum(0: test.refl.Point, 1: int) -> int`. "
            "Expected `int` but got `const char*`");
}

TEST(ObjectDef, EndRegistersDerivedAttributes) {
  int32_t index = PointObj::RuntimeTypeIndex();
  Point source(7);
  Point copy = AttrOf(index, "__ffi_shallow_copy__").cast<Function>()(source).cast<Point>();
  EXPECT_EQ(copy->x, 7);
  EXPECT_FALSE(copy.same_as(source));
  EXPECT_EQ(AttrOf(index, "__ffi_new__").cast<Function>()().cast<Point>()->x, 0);
  EXPECT_FALSE(AttrOf(index, "__ffi_type_final__").cast<bool>());
  EXPECT_TRUE(AttrOf(NamedPointObj::RuntimeTypeIndex(), "__ffi_type_final__").cast<bool>());
  EXPECT_TRUE(AttrOf(VirtualObj::RuntimeTypeIndex(), "__ffi_init__") == nullptr);
  EXPECT_TRUE(AttrOf(NoDefaultObj::RuntimeTypeIndex(), "__ffi_new__") == nullptr);
}

TEST(ObjectDef, TypeAttributesHoldValuesAndFunctions) {
  int32_t index = PointObj::RuntimeTypeIndex();
  EXPECT_EQ(AttrOf(index, "test.refl.rank").cast<int>(), 2);
  Point point(1);
  point->label = "p";
  EXPECT_EQ(AttrOf(index, "test.refl.describe").cast<Function>()(point).cast<String>(), "p");
}

TEST(ObjectDef, ConvertAttributeAppliesTheCppConversion) {
  Function convert = AttrOf(PointObj::RuntimeTypeIndex(), "__ffi_convert__").cast<Function>();
  Point point(3);
  EXPECT_TRUE(convert(point).cast<Point>().same_as(point));
  EXPECT_EQ(Message([&] { convert(3); }, "TypeError"),
            "Cannot cast from `int` to `test.refl.Point`");
}

TEST(ObjectDef, ExplicitConstructorIsMethodAndAttribute) {
  const TVMFFIMethodInfo* method = refl::GetMethodInfo("test.refl.NoDefault", "__ffi_init__");
  EXPECT_EQ(method->flags, kTVMFFIFieldFlagBitMaskIsStaticMethod);
  EXPECT_EQ(ToStd(method->doc), "from any value");
  Function init = AttrOf(NoDefaultObj::RuntimeTypeIndex(), "__ffi_init__").cast<Function>();
  EXPECT_EQ(init(3).cast<ObjectRef>().as<NoDefaultObj>()->value.cast<int>(), 3);
  EXPECT_EQ(init("abc").cast<ObjectRef>().as<NoDefaultObj>()->value.cast<String>(), "abc");
}

TEST(ObjectDef, SecondDefinitionOfATypeFails) {
  std::string message = Message([] { refl::ObjectDef<PointObj> again; }, "RuntimeError");
  EXPECT_EQ(message,
            "Overriding test.refl.Point, possible causes:\n"
            "- two ObjectDef<T>() calls for the same T \n"
            "- when we forget to assign _type_key to ObjectRef<Y> that inherits from T\n"
            "- another type with the same key is already registered\n"
            "Cross check the reflection registration.");
}

class DuplicateFieldObj : public Object {
 public:
  int64_t v = 0;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("test.refl.DuplicateField", DuplicateFieldObj, Object);
};

TEST(ObjectDef, ErrorInTheChainPropagatesAndEndsTheDefinition) {
  std::string message = Message(
      [] {
        refl::ObjectDef<DuplicateFieldObj>()
            .def_ro("v", &DuplicateFieldObj::v)
            .def_ro("v", &DuplicateFieldObj::v);
      },
      "InternalError");
  EXPECT_NE(message.find("Duplicate field name \"v\" in type \"test.refl.DuplicateField\""),
            std::string::npos);
  EXPECT_EQ(InfoOf<DuplicateFieldObj>()->num_fields, 1);
  EXPECT_TRUE(AttrOf(DuplicateFieldObj::RuntimeTypeIndex(), "__ffi_type_final__") == nullptr);
}

class TwoInitsObj : public Object {
 public:
  explicit TwoInitsObj(int64_t) {}
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("test.refl.TwoInits", TwoInitsObj, Object);
};

TEST(ObjectDef, SecondConstructorFails) {
  std::string message = Message(
      [] { refl::ObjectDef<TwoInitsObj>().def(refl::init<int64_t>()).def(refl::init<int64_t>()); },
      "RuntimeError");
  EXPECT_EQ(message.find("TypeAttr `__ffi_init__` is already registered for type index"), 0u);
}

class DocKindsObj : public Object {
 public:
  int64_t a = 0;
  int64_t b = 0;
  int64_t c = 0;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("test.refl.DocKinds", DocKindsObj, Object);
};

TEST(ObjectDef, LastDocStringWinsAndOtherArgumentsAreIgnored) {
  const char* variable = "ignored";
  char array[] = "array";
  refl::ObjectDef<DocKindsObj>(1, refl::Metadata{{"ignored", 1}})
      .def_ro("a", &DocKindsObj::a, "first", "second")
      .def_ro("b", &DocKindsObj::b, variable, 5, std::string("ignored"))
      .def_ro("c", &DocKindsObj::c, array);
  const TVMFFITypeInfo* info = InfoOf<DocKindsObj>();
  EXPECT_EQ(ToStd(info->fields[0].doc), "second");
  EXPECT_EQ(info->fields[1].doc.size, 0u);
  EXPECT_EQ(ToStd(info->fields[2].doc), "array");
  EXPECT_EQ(info->metadata->doc.size, 0u);
}

TEST(GlobalDef, RegistersTypedAndPackedFunctions) {
  EXPECT_EQ(Function::GetGlobalRequired("test.refl.add")(2, 3).cast<int>(), 5);
  EXPECT_EQ(Function::GetGlobalRequired("test.refl.count")(1, 2, 3).cast<int>(), 3);
  EXPECT_EQ(GlobalMetadata("test.refl.add"),
            "{\"type_schema\":\"{\\\"type\\\":\\\"ffi.Function\\\",\\\"named_args\\\":{\\\"return"
            "\\\":[{\\\"type\\\":\\\"int\\\"}],\\\"params\\\":[{\\\"type\\\":\\\"int\\\"},{\\\""
            "type\\\":\\\"int\\\"}]}}\"}");
  EXPECT_EQ(GlobalMetadata("test.refl.count"), R"({"type_schema":"{\"type\":\"ffi.Function\"}"})");
}

TEST(GlobalDef, MethodsTakeTheObjectFirst) {
  Point point(4);
  EXPECT_EQ(Function::GetGlobalRequired("test.refl.point_sum")(point, 1).cast<int>(), 5);
  EXPECT_EQ(Function::GetGlobalRequired("test.refl.point_twice")(point).cast<int>(), 8);
  EXPECT_EQ(Function::GetGlobalRequired("test.refl.point_twice_mutable")(point).cast<int>(), 8);
}

TEST(GlobalDef, RedefinitionFails) {
  std::string message =
      Message([] { refl::GlobalDef().def("test.refl.add", []() { return 1; }); }, "RuntimeError");
  EXPECT_EQ(message,
            "Global Function `test.refl.add` is already registered, possible causes:\n"
            "- Two GlobalDef().def registrations for the same function \n"
            "Please remove the duplicate registration.");
  EXPECT_EQ(Function::GetGlobalRequired("test.refl.add")(2, 3).cast<int>(), 5);
}

TEST(Metadata, EscapesStringsAndWrapsIntegers) {
  std::string metadata = GlobalMetadata("test.refl.annotated");
  EXPECT_NE(metadata.find(R"("quote":"a\"\/\n\u0001")"), std::string::npos) << metadata;
  EXPECT_NE(metadata.find("\"wraps\":7}"), std::string::npos) << metadata;
}

TEST(Metadata, RejectsOtherValues) {
  std::string message = Message(
      [] {
        refl::GlobalDef().def(
            "test.refl.bad_metadata", []() {}, refl::Metadata{{"rate", 1.5}});
      },
      "TypeError");
  EXPECT_EQ(message,
            "Metadata can be only int, bool or string, but on key `rate`, the type is float");
  EXPECT_FALSE(Function::GetGlobal("test.refl.bad_metadata").has_value());
}

TEST(TypeAttrDef, StoresEveryKindOfValue) {
  std::string text = "text";
  void* pointer = &text;
  refl::TypeAttrDef<PointObj>("ignored")
      .def("test.refl.attr_literal", "literal")
      .def("test.refl.attr_std_string", text)
      .def("test.refl.attr_lambda", [](int64_t x) { return x + 1; })
      .def("test.refl.attr_member", &PointObj::Sum)
      .attr("test.refl.attr_size", size_t{3})
      .attr("test.refl.attr_pointer", pointer)
      .attr(refl::AttrKey<bool>{"test.refl.attr_key"}, true);
  int32_t index = PointObj::RuntimeTypeIndex();
  EXPECT_EQ(AttrOf(index, "test.refl.attr_literal").cast<String>(), "literal");
  EXPECT_EQ(AttrOf(index, "test.refl.attr_std_string").cast<String>(), "text");
  EXPECT_EQ(AttrOf(index, "test.refl.attr_lambda").cast<Function>()(1).cast<int>(), 2);
  EXPECT_EQ(AttrOf(index, "test.refl.attr_member").cast<Function>()(Point(1), 1).cast<int>(), 2);
  EXPECT_EQ(AttrOf(index, "test.refl.attr_size").cast<int>(), 3);
  EXPECT_EQ(AttrOf(index, "test.refl.attr_pointer").cast<void*>(), pointer);
  EXPECT_TRUE(AttrOf(index, "test.refl.attr_key").cast<bool>());
}

TEST(TypeAttrDef, SecondValueFailsUnlessTheFirstIsNone) {
  refl::TypeAttrDef<PointObj>().attr("test.refl.attr_once", nullptr).attr("test.refl.attr_once", 1);
  std::string message =
      Message([] { refl::TypeAttrDef<PointObj>().attr("test.refl.attr_once", 2); }, "RuntimeError");
  EXPECT_EQ(message.find("TypeAttr `test.refl.attr_once` is already registered for type index"),
            0u);
  EXPECT_EQ(AttrOf(PointObj::RuntimeTypeIndex(), "test.refl.attr_once").cast<int>(), 1);
}

int Pick(int) { return 1; }
int Pick(float) { return 2; }
int Pick(const std::string&, int) { return 3; }

struct Picker {
  int Run(int) { return 1; }
  int Run(int) const { return 2; }
  int Run(double, double) const { return 3; }
};

template <auto Fn>
auto CallWithOne() {
  return Fn(1);
}

TEST(OverloadCast, PicksByCompleteListThenByPrefix) {
  EXPECT_EQ(refl::overload_cast<int>(&Pick)(0), 1);
  EXPECT_EQ(refl::overload_cast<float>(&Pick)(0), 2);
  EXPECT_EQ(refl::overload_cast<const std::string&>(&Pick)("", 0), 3);
  EXPECT_EQ(CallWithOne<refl::overload_cast<int>(static_cast<int (*)(int)>(&Pick))>(), 1);
  Picker picker;
  EXPECT_EQ((picker.*refl::overload_cast<int>(&Picker::Run))(0), 1);
  EXPECT_EQ((picker.*refl::overload_cast<int>(&Picker::Run, refl::const_))(0), 2);
  EXPECT_EQ((picker.*refl::overload_cast<double>(&Picker::Run, refl::const_))(0, 0), 3);
  constexpr auto picked = refl::overload_cast<float>(&Pick);
  static_assert(std::is_same_v<decltype(picked), int (*const)(float)>);
}

TEST(ReflectionNamespaces, KeepTheEarlierName) {
  EXPECT_TRUE((std::is_same_v<refl::details::HasContainerTypeImpl<Point>,
                              refl::detail::HasContainerTypeImpl<Point>>));
  EXPECT_TRUE(refl::detail::HasContainerType<Point>);
  EXPECT_FALSE(refl::detail::HasContainerType<int>);
}

}  // namespace
