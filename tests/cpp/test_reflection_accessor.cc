// SPDX-License-Identifier: Apache-2.0
// Tests of reflection/accessor.h: look-ups, field access and type attribute columns.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/reflection/accessor.h>
#include <tvm/ffi/reflection/registry.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "./reflection_test_objects.h"

namespace {

using namespace tvm::ffi;                   // NOLINT(build/namespaces)
using namespace tvm::ffi::reflection_test;  // NOLINT(build/namespaces)
namespace refl = tvm::ffi::reflection;

template <typename F>
std::string MessageOf(F action) {
  try {
    action();
  } catch (const Error& err) {
    return err.kind() + ": " + err.message();
  }
  return "no error";
}

TEST(FieldLookup, MatchesWholeNamesOfOwnFieldsOnly) {
  EXPECT_EQ(refl::GetFieldInfo("test.refl.Point", "label")->offset, 40);
  EXPECT_EQ(MessageOf([] { refl::GetFieldInfo("test.refl.Point", "lab"); }),
            "RuntimeError: Cannot find field  `lab` in test.refl.Point");
  EXPECT_EQ(MessageOf([] { refl::GetFieldInfo("test.refl.Point", "label2"); }),
            "RuntimeError: Cannot find field  `label2` in test.refl.Point");
  EXPECT_EQ(MessageOf([] { refl::GetFieldInfo("test.refl.NamedPoint", "x"); }),
            "RuntimeError: Cannot find field  `x` in test.refl.NamedPoint");
}

TEST(FieldLookup, UnknownTypeKeyIsAnError) {
  EXPECT_NE(MessageOf([] {
              refl::GetFieldInfo("test.refl.Nothing", "x");
            }).find("Cannot find type `test.refl.Nothing`"),
            std::string::npos);
}

TEST(MethodLookup, MatchesWholeNames) {
  EXPECT_EQ(MessageOf([] { refl::GetMethodInfo("test.refl.Point", "summary"); }),
            "RuntimeError: Cannot find method summary in test.refl.Point");
  EXPECT_EQ(MessageOf([] { refl::GetMethod("test.refl.Point", "su"); }),
            "RuntimeError: Cannot find method su in test.refl.Point");
}

TEST(FieldGetter, ReadsThroughEveryHandle) {
  refl::FieldGetter getter("test.refl.Point", "x");
  ObjectPtr<PointObj> ptr = make_object<PointObj>();
  ptr->x = 9;
  EXPECT_EQ(getter(ptr.get()).cast<int>(), 9);
  EXPECT_EQ(getter(ObjectPtr<Object>(ptr)).cast<int>(), 9);
  EXPECT_EQ(getter(ObjectRef(ptr)).cast<int>(), 9);
}

TEST(FieldGetter, FollowsTheHeaderInPaddedObjects) {
  ObjectPtr<PaddedObj> ptr = make_object<PaddedObj>();
  ptr->second = "text";
  EXPECT_EQ(refl::FieldGetter("test.refl.Padded", "first")(ptr.get()).cast<int>(), 1);
  EXPECT_EQ(refl::FieldGetter("test.refl.Padded", "second")(ptr.get()).cast<String>(), "text");
}

TEST(FieldSetter, WritesReadOnlyFieldsAndConverts) {
  Point point(0);
  refl::FieldSetter("test.refl.Point", "x")(point, true);
  EXPECT_EQ(point->x, 1);
  refl::FieldSetter("test.refl.Point", "y")(point, 3);
  EXPECT_EQ(point->y, 3.0);
  refl::FieldSetter("test.refl.Point", "label")(point, "raw text");
  EXPECT_EQ(point->label, "raw text");
}

TEST(FieldSetter, MismatchLeavesTheField) {
  Point point(5);
  refl::FieldSetter setter("test.refl.Point", "x");
  EXPECT_EQ(MessageOf([&] { setter(point, "a"); }),
            "TypeError: Cannot convert from type `const char*` to `int`");
  EXPECT_EQ(MessageOf([&] { setter(point, nullptr); }),
            "TypeError: Cannot convert from type `None` to `int`");
  EXPECT_EQ(point->x, 5);
}

TEST(FieldSetter, AnyFieldsOwnWhatTheyAreGiven) {
  ObjectPtr<PaddedObj> ptr = make_object<PaddedObj>();
  std::string text = "a text that does not fit a cell";
  refl::FieldSetter("test.refl.Padded", "second")(ptr.get(), AnyView(text.c_str()));
  text.assign(text.size(), '#');
  EXPECT_EQ(ptr->second.cast<String>(), "a text that does not fit a cell");
}

TEST(FieldSetter, PointerFieldsCountReferences) {
  ObjectPtr<HolderObj> holder = make_object<HolderObj>(UnsafeInit{});
  refl::FieldSetter set_required("test.refl.Holder", "required");
  refl::FieldSetter set_optional("test.refl.Holder", "optional");
  Point first(1), second(2);
  set_required(holder.get(), first);
  set_optional(holder.get(), first);
  EXPECT_EQ(first.use_count(), 3);
  set_required(holder.get(), second);
  EXPECT_EQ(first.use_count(), 2);
  EXPECT_EQ(second.use_count(), 2);
  {
    Any value = refl::FieldGetter("test.refl.Holder", "required")(holder.get());
    EXPECT_EQ(second.use_count(), 3);
  }
  EXPECT_EQ(second.use_count(), 2);
  set_optional(holder.get(), nullptr);
  EXPECT_EQ(first.use_count(), 1);
  EXPECT_TRUE(refl::FieldGetter("test.refl.Holder", "optional")(holder.get()) == nullptr);
}

TEST(FieldSetter, PointerFieldsRejectOtherTypes) {
  ObjectPtr<HolderObj> holder = make_object<HolderObj>(UnsafeInit{});
  refl::FieldSetter set_required("test.refl.Holder", "required");
  Point point(1);
  set_required(holder.get(), point);
  EXPECT_EQ(MessageOf([&] { set_required(holder.get(), nullptr); }),
            "TypeError: Cannot convert from type `None` to `test.refl.Point`");
  EXPECT_EQ(MessageOf([&] { set_required(holder.get(), "text"); }),
            "TypeError: Cannot convert from type `const char*` to `test.refl.Point`");
  EXPECT_EQ(MessageOf([&] { set_required(holder.get(), Array<Any>()); }),
            "TypeError: Cannot convert from type `ffi.Array` to `test.refl.Point`");
  EXPECT_EQ(holder->required.get(), point.get());
}

TEST(CallFieldSetter, CallsFunctionObjectSetters) {
  int64_t storage = 0;
  Function setter = Function::FromTyped(
      [](void* address, int64_t value) { *static_cast<int64_t*>(address) = value * 2; });
  TVMFFIFieldInfo info = *refl::GetFieldInfo("test.refl.Point", "x");
  info.flags |= kTVMFFIFieldFlagBitSetterIsFunctionObj;
  info.setter = const_cast<Object*>(static_cast<const Object*>(setter.get()));
  TVMFFIAny value = AnyView(21).CopyToTVMFFIAny();
  EXPECT_EQ(refl::CallFieldSetter(&info, &storage, &value), 0);
  EXPECT_EQ(storage, 42);
  value = AnyView("a").CopyToTVMFFIAny();
  EXPECT_NE(refl::CallFieldSetter(&info, &storage, &value), 0);
  EXPECT_EQ(tvm::ffi::detail::MoveFromSafeCallRaised().kind(), "TypeError");
  EXPECT_EQ(storage, 42);
}

TEST(SetFieldToDefault, UsesValueOrFactory) {
  ObjectPtr<NamedPointObj> a = make_object<NamedPointObj>();
  ObjectPtr<NamedPointObj> b = make_object<NamedPointObj>();
  const TVMFFIFieldInfo* x = refl::GetFieldInfo("test.refl.Point", "x");
  refl::SetFieldToDefault(x, &a->x);
  EXPECT_EQ(a->x, 10);
  const TVMFFIFieldInfo* tags = refl::GetFieldInfo("test.refl.NamedPoint", "tags");
  refl::SetFieldToDefault(tags, &a->tags);
  refl::SetFieldToDefault(tags, &b->tags);
  EXPECT_FALSE(a->tags.same_as(b->tags));
}

TEST(ForEachFieldInfo, VisitsAncestorsFirst) {
  std::vector<std::string> names;
  refl::ForEachFieldInfo(
      TVMFFIGetTypeInfo(NamedPointObj::RuntimeTypeIndex()),
      [&](const TVMFFIFieldInfo* info) { names.emplace_back(info->name.data, info->name.size); });
  EXPECT_EQ(names, (std::vector<std::string>{"x", "y", "label", "tags"}));
}

TEST(ForEachFieldInfo, EarlyStopEndsAtTheFirstTrue) {
  int visited = 0;
  const TVMFFITypeInfo* info = TVMFFIGetTypeInfo(NamedPointObj::RuntimeTypeIndex());
  EXPECT_TRUE(refl::ForEachFieldInfoWithEarlyStop(
      info, [&](const TVMFFIFieldInfo*) { return ++visited == 2; }));
  EXPECT_EQ(visited, 2);
  EXPECT_FALSE(
      refl::ForEachFieldInfoWithEarlyStop(info, [](const TVMFFIFieldInfo*) { return false; }));
  EXPECT_FALSE(refl::ForEachFieldInfoWithEarlyStop(TVMFFIGetTypeInfo(kTVMFFIObject),
                                                   [](const TVMFFIFieldInfo*) { return true; }));
}

TEST(TypeAttrColumn, AnswersNoneOutsideTheColumn) {
  refl::TypeAttrColumn column("test.refl.rank");
  EXPECT_EQ(column[PointObj::RuntimeTypeIndex()].cast<int>(), 2);
  EXPECT_TRUE(column[0] == nullptr);
  EXPECT_TRUE(column[-1] == nullptr);
  EXPECT_TRUE(column[INT32_MAX] == nullptr);
  EXPECT_TRUE(column[INT32_MIN] == nullptr);
  EXPECT_TRUE(column[NamedPointObj::RuntimeTypeIndex()] == nullptr) << "no inheritance";
}

TEST(TypeAttrColumn, UnknownNameIsAnErrorUntilEnsured) {
  EXPECT_EQ(MessageOf([] { refl::TypeAttrColumn("test.refl.later"); }),
            "RuntimeError: Cannot find type attribute test.refl.later");
  refl::EnsureTypeAttrColumn("test.refl.later");
  refl::EnsureTypeAttrColumn(refl::AttrKey<int>{"test.refl.later"});
  refl::TypeAttrColumn column("test.refl.later");
  EXPECT_TRUE(column[PointObj::RuntimeTypeIndex()] == nullptr);
  refl::TypeAttrDef<PointObj>().attr("test.refl.later", 4);
  EXPECT_EQ(column[PointObj::RuntimeTypeIndex()].cast<int>(), 4) << "columns are seen live";
  refl::EnsureTypeAttrColumn("test.refl.later");
  EXPECT_EQ(column[PointObj::RuntimeTypeIndex()].cast<int>(), 4);
}

TEST(AttrKey, ExtractsStrictly) {
  refl::AttrKey<int64_t> key{"test.refl.rank"};
  EXPECT_EQ(key.ValueFrom(AnyView(3)), std::optional<int64_t>(3));
  EXPECT_EQ(key.ValueFrom(AnyView()), std::nullopt);
  EXPECT_EQ(MessageOf([&] { key.ValueFrom(AnyView(true)); }),
            "TypeError: Cannot treat type `bool` as type `int`");
  EXPECT_EQ(refl::AttrKey<Any>{"any"}.ValueFrom(AnyView(1.5))->cast<double>(), 1.5);
}

TEST(AttrKey, NamesOfTheLibraryAreFixed) {
  EXPECT_STREQ(type_attr::kNew.name, "__ffi_new__");
  EXPECT_STREQ(type_attr::kInit.name, "__ffi_init__");
  EXPECT_STREQ(type_attr::kConvert.name, "__ffi_convert__");
  EXPECT_STREQ(type_attr::kConvertTypeSchema.name, "__ffi_convert_type_schema__");
  EXPECT_STREQ(type_attr::kShallowCopy.name, "__ffi_shallow_copy__");
  EXPECT_STREQ(type_attr::kTypeFinal.name, "__ffi_type_final__");
  EXPECT_STREQ(type_attr::kAnyHash.name, "__any_hash__");
  EXPECT_STREQ(type_attr::kAnyEqual.name, "__any_equal__");
  EXPECT_NO_THROW(refl::TypeAttrColumn{type_attr::kAnyHash});
  EXPECT_NO_THROW(refl::TypeAttrColumn{type_attr::kAnyEqual});
}

TEST(TypeAttrColumn, ColumnsOfTheLibraryExistFromTheStart) {
  for (const char* name :
       {"__ffi_new__", "__ffi_init__", "__ffi_convert__", "__ffi_shallow_copy__",
        "__ffi_type_final__", "__any_hash__", "__any_equal__", "__ffi_enum__", "__ffi_repr__",
        "__ffi_hash__", "__ffi_eq__", "__ffi_compare__", "__s_equal__", "__s_hash__", "__s_visit__",
        "__s_mutate__", "__s_maybe_inplace_mutate__", "__data_to_json__", "__data_from_json__"}) {
    EXPECT_NO_THROW(refl::TypeAttrColumn{name}) << name;
  }
}

TEST(AsByteArray, IsConstexpr) {
  constexpr TVMFFIByteArray bytes = refl::AsByteArray("abc");
  static_assert(bytes.size == 3);
  EXPECT_STREQ(bytes.data, "abc");
}

}  // namespace
