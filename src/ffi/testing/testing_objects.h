// SPDX-License-Identifier: Apache-2.0
/*!
 * \file testing_objects.h
 * \brief The `testing.*` object classes that more than one source of the testing library uses.
 *
 * Tests of all languages rely on the layouts, flags and defaults that testing_objects.cc registers.
 */
#ifndef TVM_FFI_TESTING_TESTING_OBJECTS_H_
#define TVM_FFI_TESTING_TESTING_OBJECTS_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/enum.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/string.h>

#include <cstdint>
#include <utility>

namespace tvm {
namespace ffi {
namespace testing {

/*! \brief Two integers with an explicit constructor. */
class TestIntPairObj : public Object {
 public:
  int64_t a = 0;
  int64_t b = 0;

  TestIntPairObj() = default;
  TestIntPairObj(int64_t a, int64_t b) : a(a), b(b) {}
  int64_t Sum() const { return a + b; }

  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("testing.TestIntPair", TestIntPairObj, Object);
};

/*! \brief Reference to TestIntPairObj. */
class TestIntPair : public ObjectRef {
 public:
  TestIntPair(int64_t a, int64_t b) : ObjectRef(make_object<TestIntPairObj>(a, b)) {}
  int64_t Sum() const { return get()->Sum(); }

  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NOTNULLABLE(TestIntPair, ObjectRef, TestIntPairObj);
};

/*! \brief Base of a class that has no counterpart in any frontend. */
class TestUnregisteredBaseObject : public Object {
 public:
  int64_t v1;

  explicit TestUnregisteredBaseObject(int64_t v1) : v1(v1) {}
  int64_t GetV1PlusOne() const { return v1 + 1; }

  TVM_FFI_DECLARE_OBJECT_INFO("testing.TestUnregisteredBaseObject", TestUnregisteredBaseObject,
                              Object);
};

/*! \brief A class that no frontend declares: they have to make one up from the reflection data. */
class TestUnregisteredObject : public TestUnregisteredBaseObject {
 public:
  int64_t v2;

  TestUnregisteredObject(int64_t v1, int64_t v2) : TestUnregisteredBaseObject(v1), v2(v2) {}
  int64_t GetV2PlusTwo() const { return v2 + 2; }

  TVM_FFI_DECLARE_OBJECT_INFO("testing.TestUnregisteredObject", TestUnregisteredObject,
                              TestUnregisteredBaseObject);
};

/*! \brief Enum whose members are registered here. */
class TestEnumVariantObj : public EnumObj {
 public:
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("testing.TestEnumVariant", TestEnumVariantObj, EnumObj);
};

/*! \brief Reference to TestEnumVariantObj. */
class TestEnumVariant : public Enum {
 public:
  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NOTNULLABLE(TestEnumVariant, Enum, TestEnumVariantObj);
};

/*! \brief Integer enum whose members frontends register. */
class TestCxxIntEnumObj : public IntEnumObj {
 public:
  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("testing.TestCxxIntEnum", TestCxxIntEnumObj, IntEnumObj);
};

/*! \brief Reference to TestCxxIntEnumObj. */
class TestCxxIntEnum : public IntEnum {
 public:
  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NOTNULLABLE(TestCxxIntEnum, IntEnum, TestCxxIntEnumObj);
};

/*! \brief String enum whose members frontends register. */
class TestCxxStrEnumObj : public StrEnumObj {
 public:
  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("testing.TestCxxStrEnum", TestCxxStrEnumObj, StrEnumObj);
};

/*! \brief Reference to TestCxxStrEnumObj. */
class TestCxxStrEnum : public StrEnum {
 public:
  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NOTNULLABLE(TestCxxStrEnum, StrEnum, TestCxxStrEnumObj);
};

/*! \brief One field for each kind of definition region. */
class TestVisitRegionsObj : public Object {
 public:
  int64_t simple = 1;
  int64_t pattern = 2;
  int64_t ordinary = 3;

  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("testing.TestVisitRegions", TestVisitRegionsObj, Object);
};

/*! \brief A class with its own structural visit hook. */
class TestVisitHookObj : public Object {
 public:
  ObjectRef child;

  explicit TestVisitHookObj(ObjectRef child) : child(std::move(child)) {}

  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("testing.TestVisitHook", TestVisitHookObj, Object);
};

}  // namespace testing
}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_TESTING_TESTING_OBJECTS_H_
