// SPDX-License-Identifier: Apache-2.0
/*!
 * \file testing_objects.cc
 * \brief Object classes for methods, inheritance, pointers, copies and user-defined comparison.
 */
#include "./testing_objects.h"

#include <tvm/ffi/any.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/ffi/string.h>

#include <cstdint>
#include <utility>

namespace tvm {
namespace ffi {
namespace testing {

/*! \brief Only the type key is registered, so frontends find no fields. */
class TestFrozenCxxObj : public Object {
 public:
  int64_t value = 0;
  String tag;

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("testing.TestFrozenCxx", TestFrozenCxxObj, Object);
};

class TestObjectBase : public Object {
 public:
  int64_t v_i64 = 10;
  double v_f64 = 10.0;
  String v_str = "hello";

  int64_t AddI64(int64_t other) const { return v_i64 + other; }

  static constexpr bool _type_mutable = true;
  static constexpr uint32_t _type_child_slots = 1;
  TVM_FFI_DECLARE_OBJECT_INFO("testing.TestObjectBase", TestObjectBase, Object);
};

class TestObjectDerived : public TestObjectBase {
 public:
  Map<Any, Any> v_map;
  Array<Any> v_array;

  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("testing.TestObjectDerived", TestObjectDerived, TestObjectBase);
};

/*! \brief Object pointers as fields: one that must not be null, one that may. */
class TestObjectPtrHolder : public Object {
 public:
  Arc<TestObjectBase> value;
  ObjectPtr<TestObjectBase> optional_value;

  explicit TestObjectPtrHolder(UnsafeInit) : value(UnsafeInit{}) {}

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO("testing.TestObjectPtrHolder", TestObjectPtrHolder, Object);
};

/*! \brief Fields that may hold anything, for the edge cases of deep copies. */
class TestDeepCopyEdges : public Object {
 public:
  Any v_any;
  ObjectRef v_obj;

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO("testing.TestDeepCopyEdges", TestDeepCopyEdges, Object);
};

class TestNonCopyable : public Object {
 public:
  int64_t value;

  explicit TestNonCopyable(int64_t value) : value(value) {}
  TestNonCopyable(const TestNonCopyable&) = delete;
  TestNonCopyable& operator=(const TestNonCopyable&) = delete;

  TVM_FFI_DECLARE_OBJECT_INFO("testing.TestNonCopyable", TestNonCopyable, Object);
};

/*! \brief The last field takes no part in comparison. */
class TestCompare : public Object {
 public:
  int64_t key = 0;
  String name;
  int64_t ignored_field = 0;

  TestCompare() = default;
  TestCompare(int64_t key, String name, int64_t ignored_field)
      : key(key), name(std::move(name)), ignored_field(ignored_field) {}

  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("testing.TestCompare", TestCompare, Object);
};

/*! \brief The last field takes no part in hashing. */
class TestHash : public Object {
 public:
  int64_t key = 0;
  String name;
  int64_t hash_ignored = 0;

  TestHash() = default;
  TestHash(int64_t key, String name, int64_t hash_ignored)
      : key(key), name(std::move(name)), hash_ignored(hash_ignored) {}

  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("testing.TestHash", TestHash, Object);
};

/*! \brief Data of the three classes whose hooks look at the key only. */
class KeyedBase : public Object {
 public:
  int64_t key = 0;
  String label;

  KeyedBase() = default;
  KeyedBase(int64_t key, String label) : key(key), label(std::move(label)) {}
};

class TestCustomHash : public KeyedBase {
 public:
  using KeyedBase::KeyedBase;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("testing.TestCustomHash", TestCustomHash, Object);
};

class TestCustomCompare : public KeyedBase {
 public:
  using KeyedBase::KeyedBase;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("testing.TestCustomCompare", TestCustomCompare, Object);
};

/*! \brief Defines equality without hash, which recursive hashing refuses. */
class TestEqWithoutHash : public KeyedBase {
 public:
  using KeyedBase::KeyedBase;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("testing.TestEqWithoutHash", TestEqWithoutHash, Object);
};

namespace {

template <typename T>
int64_t HashKey(const T* self, const TypedFunction<int64_t(AnyView)>& fn_hash) {
  return fn_hash(self->key);
}

template <typename T>
bool EqualKey(const T* lhs, const T* rhs, const TypedFunction<bool(AnyView, AnyView)>& fn_eq) {
  return fn_eq(lhs->key, rhs->key);
}

template <typename T>
int32_t CompareKey(const T* lhs, const T* rhs,
                   const TypedFunction<int32_t(AnyView, AnyView)>& fn_cmp) {
  return fn_cmp(lhs->key, rhs->key);
}

}  // namespace

TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = tvm::ffi::reflection;
  refl::ObjectDef<TestIntPairObj>()
      .def(refl::init<int64_t, int64_t>())
      .def_ro("a", &TestIntPairObj::a, "Field `a`")
      .def_ro("b", &TestIntPairObj::b, "Field `b`")
      .def("sum", &TestIntPairObj::Sum, "Method to compute sum of a and b")
      .def_convert<TestIntPair>();
  refl::GlobalDef().def_method("testing.TestIntPairSum", &TestIntPair::Sum, "Get sum of the pair");

  TestFrozenCxxObj::_GetOrAllocRuntimeTypeIndex();

  refl::ObjectDef<TestObjectBase>()
      .def_rw("v_i64", &TestObjectBase::v_i64, refl::default_value(10), "i64 field")
      .def_ro("v_f64", &TestObjectBase::v_f64, refl::default_value(10.0))
      .def_rw("v_str", &TestObjectBase::v_str, refl::default_value("hello"))
      .def("add_i64", &TestObjectBase::AddI64, "add_i64 method");
  refl::ObjectDef<TestObjectDerived>()
      .def_rw("v_map", &TestObjectDerived::v_map)
      .def_rw("v_array", &TestObjectDerived::v_array);
  refl::ObjectDef<TestObjectPtrHolder>()
      .def_rw("value", &TestObjectPtrHolder::value)
      .def_rw("optional_value", &TestObjectPtrHolder::optional_value, refl::default_value(nullptr));

  refl::ObjectDef<TestUnregisteredBaseObject>()
      .def(refl::init<int64_t>(), "Constructor of TestUnregisteredBaseObject")
      .def_ro("v1", &TestUnregisteredBaseObject::v1)
      .def("get_v1_plus_one", &TestUnregisteredBaseObject::GetV1PlusOne,
           "Get (v1 + 1) from TestUnregisteredBaseObject");
  refl::ObjectDef<TestUnregisteredObject>()
      .def(refl::init<int64_t, int64_t>(), "Constructor of TestUnregisteredObject")
      .def_ro("v2", &TestUnregisteredObject::v2)
      .def("get_v2_plus_two", &TestUnregisteredObject::GetV2PlusTwo,
           "Get (v2 + 2) from TestUnregisteredObject");
  refl::GlobalDef().def("testing.make_unregistered_object",
                        []() { return ObjectRef(make_object<TestUnregisteredObject>(41, 42)); });

  refl::ObjectDef<TestDeepCopyEdges>()
      .def_rw("v_any", &TestDeepCopyEdges::v_any)
      .def_rw("v_obj", &TestDeepCopyEdges::v_obj);
  refl::ObjectDef<TestNonCopyable>()
      .def(refl::init<int64_t>())
      .def_ro("value", &TestNonCopyable::value);
}

TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = tvm::ffi::reflection;
  refl::ObjectDef<TestCompare>()
      .def(refl::init<int64_t, String, int64_t>())
      .def_ro("key", &TestCompare::key)
      .def_ro("name", &TestCompare::name)
      .def_ro("ignored_field", &TestCompare::ignored_field, refl::compare(false));
  refl::ObjectDef<TestHash>()
      .def(refl::init<int64_t, String, int64_t>())
      .def_ro("key", &TestHash::key)
      .def_ro("name", &TestHash::name)
      .def_ro("hash_ignored", &TestHash::hash_ignored, refl::hash(false));
  refl::ObjectDef<TestCustomHash>()
      .def(refl::init<int64_t, String>())
      .def_ro("key", &TestCustomHash::key)
      .def_ro("label", &TestCustomHash::label)
      .def_type_attr("__ffi_hash__", &HashKey<TestCustomHash>);
  refl::ObjectDef<TestCustomCompare>()
      .def(refl::init<int64_t, String>())
      .def_ro("key", &TestCustomCompare::key)
      .def_ro("label", &TestCustomCompare::label)
      .def_type_attr("__ffi_hash__", &HashKey<TestCustomCompare>)
      .def_type_attr("__ffi_eq__", &EqualKey<TestCustomCompare>)
      .def_type_attr("__ffi_compare__", &CompareKey<TestCustomCompare>);
  refl::ObjectDef<TestEqWithoutHash>()
      .def(refl::init<int64_t, String>())
      .def_ro("key", &TestEqWithoutHash::key)
      .def_ro("label", &TestEqWithoutHash::label)
      .def_type_attr("__ffi_eq__", &EqualKey<TestEqWithoutHash>);
}

}  // namespace testing
}  // namespace ffi
}  // namespace tvm
