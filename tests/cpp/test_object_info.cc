// SPDX-License-Identifier: Apache-2.0
// What the declaration macros of object classes and references declare, and when a class is
// registered.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/cast.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/tuple.h>
#include <tvm/ffi/container/variant.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/optional.h>

#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core_objects.h"

namespace info_tests {

using namespace tvm::ffi;  // NOLINT(google-build-using-namespace)

class OpenObj : public Object {
 public:
  TVM_FFI_DECLARE_OBJECT_INFO("info_tests.Open", OpenObj, Object);
};

// Nothing but the declaration: registered when the binary is loaded all the same.
class UnusedObj : public Object {
 public:
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("info_tests.Unused", UnusedObj, Object);
};

// An index of the static range that nobody else uses.
class StaticObj : public Object {
 public:
  static constexpr int32_t _type_index = 120;
  static constexpr bool _type_final = true;
  TVM_FFI_DECLARE_OBJECT_INFO_STATIC("info_tests.Static", StaticObj, Object);
};

// No macro of its own.
class NamelessObj : public OpenObj {};

class FixedKindObj : public Object {
 public:
  static constexpr TVMFFISEqHashKind _type_s_eq_hash_kind = kTVMFFISEqHashKindDAGNode;
  static constexpr bool _type_s_eq_hash_subclass_kind_fixed = true;
  TVM_FFI_DECLARE_OBJECT_INFO("info_tests.FixedKind", FixedKindObj, Object);
};

class DescribedBaseObj : public Object {
 public:
  TVM_FFI_DECLARE_OBJECT_INFO_LOOKUP("info_tests.Described", 1);
};
struct DescribedObj : public DescribedBaseObj {
  TVM_FFI_DECLARE_OBJECT_INFO_LOOKUP("info_tests.Described.Child", 2);
};

// A reference that holds more than the static type of its container says.
class OddRef : public ObjectRef {
 public:
  static constexpr bool _type_container_is_exact = false;
  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NULLABLE(OddRef, ObjectRef, OpenObj);
};

}  // namespace info_tests

namespace tvm {
namespace ffi {
template <typename Obj>
inline constexpr bool object_ref_contains_v<info_tests::OddRef, Obj> =
    std::is_base_of_v<info_tests::NamelessObj, Obj>;
}  // namespace ffi
}  // namespace tvm

namespace {

using namespace core_tests;
using namespace info_tests;

int32_t Query(const std::string& key) {
  TVMFFIByteArray bytes{key.data(), key.size()};
  return TVMFFITypeGetOrAllocIndex(&bytes, -1, 0, 0, 0, -2);
}

TEST(ObjectInfo, RootDeclaresTheDefaults) {
  EXPECT_STREQ(Object::_type_key, "ffi.Object");
  EXPECT_EQ(Object::_type_index, 64);
  EXPECT_EQ(Object::_type_depth, 0);
  EXPECT_FALSE(Object::_type_final || Object::_type_mutable);
  EXPECT_EQ(Object::_type_child_slots, 0u);
  EXPECT_TRUE((std::is_same_v<decltype(Object::_type_child_slots), const uint32_t>));
  EXPECT_TRUE(Object::_type_child_slots_can_overflow);
  EXPECT_EQ(Object::_type_s_eq_hash_kind, kTVMFFISEqHashKindUnsupported);
  EXPECT_FALSE(Object::_type_s_eq_hash_subclass_kind_fixed);
  EXPECT_EQ(Object::RuntimeTypeIndex(), 64);
  EXPECT_EQ(Object::_GetOrAllocRuntimeTypeIndex(), 64);
  EXPECT_TRUE(noexcept(Object::RuntimeTypeIndex())&& noexcept(OpenObj::RuntimeTypeIndex()));
}

TEST(ObjectInfo, FinalFormAddsTwoMembers) {
  EXPECT_TRUE(UnusedObj::_type_final);
  EXPECT_EQ(UnusedObj::_type_child_slots, 0);
  EXPECT_TRUE((std::is_same_v<decltype(UnusedObj::_type_child_slots), const int>));
  EXPECT_FALSE(OpenObj::_type_final);
  EXPECT_EQ(OpenObj::_type_depth, 1);
  EXPECT_STREQ(OpenObj::_type_key, "info_tests.Open");
  EXPECT_EQ(OpenObj::_type_index, OpenObj::RuntimeTypeIndex());
}

TEST(ObjectInfo, DeclaringADynamicClassRegistersIt) {
  EXPECT_GE(Query("info_tests.Unused"), static_cast<int32_t>(kTVMFFIDynObjectBegin));
}

TEST(ObjectInfo, AStaticClassIsRegisteredWhenItIsAskedTo) {
  // Until then objects can be made and checked, which needs no table.
  EXPECT_EQ(Query("info_tests.Static"), -2);
  ObjectPtr<StaticObj> obj = make_object<StaticObj>();
  EXPECT_EQ(obj->type_index(), 120);
  EXPECT_TRUE(obj->IsInstance<StaticObj>() && obj->IsInstance<Object>());
  EXPECT_EQ(Query("info_tests.Static"), -2);
  EXPECT_EQ(StaticObj::_GetOrAllocRuntimeTypeIndex(), 120);
  EXPECT_EQ(Query("info_tests.Static"), 120);
  EXPECT_EQ(obj->GetTypeKey(), "info_tests.Static");
  EXPECT_EQ(StaticObj::_type_depth, 1);
}

TEST(ObjectInfo, AClassWithoutMacroSharesTheTypeOfItsParent) {
  ObjectPtr<NamelessObj> obj = make_object<NamelessObj>();
  EXPECT_EQ(obj->type_index(), OpenObj::RuntimeTypeIndex());
  EXPECT_TRUE(make_object<OpenObj>()->IsInstance<NamelessObj>());
}

TEST(ObjectInfo, KeyAndItsHashAreThoseOfTheTable) {
  ObjectPtr<OpenObj> obj = make_object<OpenObj>();
  EXPECT_EQ(obj->GetTypeKeyHash(), std::hash<String>()(String("info_tests.Open")));
  EXPECT_EQ(TypeIndexToTypeKey(obj->type_index()), "info_tests.Open");
  EXPECT_EQ(Object::TypeIndex2Key(kTVMFFIInt), "int");
  EXPECT_TRUE(FixedKindObj::_type_s_eq_hash_subclass_kind_fixed);
}

TEST(ObjectInfoLookup, DescribesWithoutRegistering) {
  EXPECT_STREQ(DescribedObj::_type_key, "info_tests.Described.Child");
  EXPECT_EQ(DescribedObj::_type_depth, 2);
  EXPECT_TRUE(DescribedObj::_type_mutable && DescribedObj::_type_child_slots_can_overflow);
  EXPECT_FALSE(DescribedObj::_type_final);
  EXPECT_EQ(DescribedObj::_type_child_slots, 0u);
  EXPECT_FALSE(noexcept(DescribedObj::RuntimeTypeIndex()));
  EXPECT_EQ(DescribedObj::_type_index, 64) << "inherited from Object and of no use";
  EXPECT_EQ(Query("info_tests.Described"), -2);
}

TEST(ObjectInfoLookup, PointersFollowTheClassesAndChecksTheTable) {
  auto registered = [](const std::string& key, int32_t depth, int32_t parent) {
    TVMFFIByteArray bytes{key.data(), key.size()};
    return TVMFFITypeGetOrAllocIndex(&bytes, -1, depth, 0, 1, parent);
  };
  // The table knows another parent than C++ does.
  const int32_t base = registered("info_tests.Described", 1, kTVMFFIObject);
  const int32_t other = registered("info_tests.Described.Other", 1, kTVMFFIObject);
  registered("info_tests.Described.Child", 2, other);
  EXPECT_EQ(DescribedBaseObj::RuntimeTypeIndex(), base);
  ObjectPtr<DescribedObj> child = make_object<DescribedObj>();
  ObjectPtr<DescribedBaseObj> as_base = child;
  EXPECT_TRUE((std::is_convertible_v<Arc<DescribedObj>, Arc<DescribedBaseObj>>));
  EXPECT_TRUE((type_subsumes_v<ObjectPtr<DescribedBaseObj>, ObjectPtr<DescribedObj>>));
  EXPECT_TRUE(as_base->IsInstance<DescribedObj>());
  EXPECT_FALSE(as_base->IsInstance<DescribedBaseObj>());
}

// ---- references ----

TEST(RefMacros, NullableFormTakesPointersAndTheOtherDoesNot) {
  EXPECT_TRUE((std::is_constructible_v<IntRef, ObjectPtr<IntObj>>));
  EXPECT_FALSE((std::is_convertible_v<ObjectPtr<IntObj>, IntRef>)) << "explicit only";
  EXPECT_FALSE((std::is_constructible_v<FloatRef, ObjectPtr<FloatObj>>));
  EXPECT_TRUE((std::is_constructible_v<FloatRef, UnsafeInit>));
  EXPECT_FALSE((std::is_convertible_v<UnsafeInit, FloatRef>));
  EXPECT_TRUE((std::is_same_v<IntRef::__PtrType, IntObj*>));
  EXPECT_TRUE((std::is_same_v<FloatRef::__PtrType, const FloatObj*>));
  EXPECT_TRUE((std::is_same_v<FloatRef::ContainerType, FloatObj>));
  EXPECT_TRUE((std::is_same_v<ObjectRef::ContainerType, Object>));
  EXPECT_TRUE(ObjectRef::_type_is_nullable && ObjectRef::_type_container_is_exact);
}

template <typename Ref, typename Obj, typename = void>
constexpr bool kIsAsked = false;
template <typename Ref, typename Obj>
constexpr bool kIsAsked<Ref, Obj, std::void_t<decltype(object_ref_contains_v<Ref, Obj>)>> = true;

TEST(RefContains, TypedContainersAreNotExact) {
  EXPECT_FALSE((object_ref_contains_v<Array<int>, ArrayObj>));
  EXPECT_FALSE((object_ref_contains_v<Map<String, int>, MapObj>));
  EXPECT_FALSE((object_ref_contains_v<Tuple<int>, ArrayObj>));
  EXPECT_TRUE((object_ref_contains_v<Function, FunctionObj>));
}

TEST(RefContains, IsAskedOfReferencesAndObjectsOnly) {
  EXPECT_TRUE((kIsAsked<IntRef, IntObj>));
  EXPECT_FALSE((kIsAsked<int, IntObj>));
  EXPECT_FALSE((kIsAsked<IntRef, int>));
  EXPECT_FALSE((kIsAsked<Optional<IntRef>, IntObj>));
}

TEST(RefContains, MayBeSpecialised) {
  EXPECT_TRUE((object_ref_contains_v<OddRef, NamelessObj>));
  EXPECT_FALSE((object_ref_contains_v<OddRef, OpenObj>));
}

TEST(RefFunctors, HashPointersAndVariantsByIdentity) {
  IntRef ref(1);
  ObjectPtr<IntObj> ptr = GetObjectPtr<IntObj>(ref.get());
  Variant<IntRef, FloatRef> variant = ref;
  const ObjectPtrHash hash;
  const ObjectPtrEqual equal;
  EXPECT_EQ(hash(ptr), hash(ref));
  EXPECT_EQ(hash(variant), hash(ref));
  EXPECT_TRUE(equal(ptr, ptr) && equal(variant, Variant<IntRef, FloatRef>(ref)));
  EXPECT_FALSE(equal(variant, Variant<IntRef, FloatRef>(IntRef(1))));
}

}  // namespace
