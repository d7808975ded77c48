// SPDX-License-Identifier: Apache-2.0
// Helpers shared by the container tests: error expectations, calls of global functions by name, and
// raw reads of object layouts, which are what other languages depend on.
#ifndef TESTS_CPP_CONTAINER_TEST_UTIL_H_
#define TESTS_CPP_CONTAINER_TEST_UTIL_H_

#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "core_objects.h"

// Expects `expression` to throw an Error of this kind with exactly this message.
#define EXPECT_FFI_ERROR(expression, expected_kind, expected_message)            \
  do {                                                                           \
    ::tvm::ffi::Error ffi_error_ =                                               \
        ::core_tests::CatchError([&] { static_cast<void>(expression); });        \
    EXPECT_EQ(std::string(ffi_error_.kind()), std::string(expected_kind));       \
    EXPECT_EQ(std::string(ffi_error_.message()), std::string(expected_message)); \
  } while (false)

namespace container_tests {

// Calls a registered global function.
template <typename... Args>
tvm::ffi::Any Call(const char* name, Args&&... args) {
  return tvm::ffi::Function::GetGlobalRequired(name)(std::forward<Args>(args)...);
}

// The field of type T at a byte offset of an object.
template <typename T>
T FieldAt(const tvm::ffi::ObjectRef& ref, size_t offset) {
  T value;
  std::memcpy(&value, reinterpret_cast<const char*>(ref.get()) + offset, sizeof(T));
  return value;
}

// An object that notes its end.
class WitnessObj : public tvm::ffi::Object {
 public:
  std::vector<int>* ends;
  int number;
  WitnessObj(std::vector<int>* ends, int number) : ends(ends), number(number) {}
  ~WitnessObj() { ends->push_back(number); }
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("container_tests.Witness", WitnessObj, tvm::ffi::Object);
};

inline tvm::ffi::ObjectRef MakeWitness(std::vector<int>* ends, int number) {
  return tvm::ffi::ObjectRef(tvm::ffi::make_object<WitnessObj>(ends, number));
}

// Small deterministic random numbers, the same on every platform.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Below(uint64_t n) {
    state_ = state_ * 6364136223846793005ull + 1442695040888963407ull;
    return (state_ >> 33) % n;
  }

 private:
  uint64_t state_;
};

}  // namespace container_tests
#endif  // TESTS_CPP_CONTAINER_TEST_UTIL_H_
