// SPDX-License-Identifier: Apache-2.0
// Object classes shared by the tests of the core headers: a small hierarchy of numbers, a class
// whose Object base is not at offset 0, and a helper that captures the error of an expression.
#ifndef TESTS_CPP_CORE_OBJECTS_H_
#define TESTS_CPP_CORE_OBJECTS_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>

#include <string>
#include <utility>

namespace core_tests {

using namespace tvm::ffi;  // NOLINT(google-build-using-namespace)

// Reserves one child index and allows more.
class NumberObj : public Object {
 public:
  static constexpr uint32_t _type_child_slots = 1;
  TVM_FFI_DECLARE_OBJECT_INFO("core_tests.Number", NumberObj, Object);
};

class Number : public ObjectRef {
 public:
  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NULLABLE(Number, ObjectRef, NumberObj);
};

class IntObj : public NumberObj {
 public:
  int64_t value;

  explicit IntObj(int64_t v = 0) : value(v) {}
  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("core_tests.Int", IntObj, NumberObj);
};

class IntRef : public Number {
 public:
  explicit IntRef(int64_t v) : Number(UnsafeInit{}) { data_ = make_object<IntObj>(v); }
  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NULLABLE(IntRef, Number, IntObj);
};

class FloatObj : public NumberObj {
 public:
  double value;

  explicit FloatObj(double v = 0) : value(v) {}
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("core_tests.Float", FloatObj, NumberObj);
};

class FloatRef : public Number {
 public:
  explicit FloatRef(double v) : Number(UnsafeInit{}) { data_ = make_object<FloatObj>(v); }
  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NOTNULLABLE(FloatRef, Number, FloatObj);
};

// A vtable pointer comes first, so the handle points 8 bytes into the object.
class VirtualObj : public Object {
 public:
  virtual ~VirtualObj() { ++destroyed; }
  virtual int Answer() const { return 1; }

  static inline int destroyed = 0;
  TVM_FFI_DECLARE_OBJECT_INFO("core_tests.Virtual", VirtualObj, Object);
};

class VirtualChildObj : public VirtualObj {
 public:
  int Answer() const override { return 2; }
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("core_tests.VirtualChild", VirtualChildObj, VirtualObj);
};

// Data in front of the Object base.
struct Padding {
  int64_t words[3] = {1, 2, 3};
};
class PaddedObj : public Padding, public NumberObj {
 public:
  int64_t tail = 7;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("core_tests.Padded", PaddedObj, NumberObj);
};

// Runs `f` and returns the error it throws; an error of kind "NoError" when it throws none.
template <typename F>
Error CatchError(F&& f) {
  try {
    std::forward<F>(f)();
  } catch (const Error& error) {
    return error;
  }
  return Error("NoError", "nothing was thrown", "");
}

}  // namespace core_tests
#endif  // TESTS_CPP_CORE_OBJECTS_H_
