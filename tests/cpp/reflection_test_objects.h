// SPDX-License-Identifier: Apache-2.0
/*!
 * \file reflection_test_objects.h
 * \brief Object classes that several reflection tests use; registered in test_reflection.cc.
 */
#ifndef TVM_FFI_TESTS_CPP_REFLECTION_TEST_OBJECTS_H_
#define TVM_FFI_TESTS_CPP_REFLECTION_TEST_OBJECTS_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/string.h>

#include <cstdint>
#include <utility>

namespace tvm {
namespace ffi {
namespace reflection_test {

/*! \brief Three fields: read-only, with default, and required. */
class PointObj : public Object {
 public:
  int64_t x = 0;
  double y = 0;
  String label;

  int64_t Sum(int64_t other) const { return x + other; }
  void Move(int64_t dx) { x += dx; }

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO("test.refl.Point", PointObj, Object);
};

class Point : public ObjectRef {
 public:
  explicit Point(int64_t x) : ObjectRef(make_object<PointObj>()) { get()->x = x; }
  int64_t Twice() const { return get()->x * 2; }
  int64_t TwiceMutable() { return get()->x * 2; }
  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NOTNULLABLE(Point, ObjectRef, PointObj);
};

/*! \brief Child of PointObj with a field of its own. */
class NamedPointObj : public PointObj {
 public:
  Array<Any> tags;

  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("test.refl.NamedPoint", NamedPointObj, PointObj);
};

struct Padding {
  int64_t words[4];
};

/*! \brief The object header does not come first in memory. */
class PaddedObj : public Padding, public Object {
 public:
  int64_t first = 1;
  Any second;

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("test.refl.Padded", PaddedObj, Object);
};

/*! \brief The vtable pointer comes before the object header. */
class VirtualObj : public Object {
 public:
  int64_t first = 1;

  VirtualObj() = default;
  VirtualObj(const VirtualObj&) = default;
  VirtualObj& operator=(const VirtualObj&) = default;
  virtual ~VirtualObj() = default;

  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("test.refl.Virtual", VirtualObj, Object);
};

/*! \brief Object pointers as fields. */
class HolderObj : public Object {
 public:
  Arc<PointObj> required;
  ObjectPtr<PointObj> optional;

  explicit HolderObj(UnsafeInit) : required(UnsafeInit{}) {}

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("test.refl.Holder", HolderObj, Object);
};

/*! \brief Constructed from arguments only. */
class NoDefaultObj : public Object {
 public:
  Any value;

  explicit NoDefaultObj(Any value) : value(std::move(value)) {}

  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("test.refl.NoDefault", NoDefaultObj, Object);
};

}  // namespace reflection_test
}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_TESTS_CPP_REFLECTION_TEST_OBJECTS_H_
