// SPDX-License-Identifier: Apache-2.0
// An object type that counter.cc registers and main.cc uses.
#ifndef CONSUMER_COUNTER_H_
#define CONSUMER_COUNTER_H_

#include <tvm/ffi/tvm_ffi.h>

#include <cstdint>
#include <utility>

namespace consumer {

namespace ffi = tvm::ffi;

class CounterObj : public ffi::Object {
 public:
  explicit CounterObj(ffi::String name, int64_t count = 0) : name(std::move(name)), count(count) {}
  explicit CounterObj(ffi::UnsafeInit) {}

  int64_t Add(int64_t amount) { return count += amount; }

  ffi::String name;
  int64_t count = 0;

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("consumer.Counter", CounterObj, ffi::Object);
};

class Counter : public ffi::ObjectRef {
 public:
  explicit Counter(ffi::String name) : Counter(ffi::make_object<CounterObj>(std::move(name))) {}
  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NULLABLE(Counter, ffi::ObjectRef, CounterObj);
};

}  // namespace consumer
#endif  // CONSUMER_COUNTER_H_
