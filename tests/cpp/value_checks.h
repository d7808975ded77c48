// SPDX-License-Identifier: Apache-2.0
// Helpers shared by the tests of the value types: error texts and raw cells.
#ifndef TESTS_CPP_VALUE_CHECKS_H_
#define TESTS_CPP_VALUE_CHECKS_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/error.h>

#include <string>
#include <utility>

namespace value_checks {

using namespace tvm::ffi;  // NOLINT(google-build-using-namespace)

// "Kind: message" of the error that `f` throws, empty when it throws none.
template <typename F>
std::string ErrorOf(F&& f) {
  try {
    std::forward<F>(f)();
  } catch (const Error& error) {
    return error.kind() + ": " + error.message();
  }
  return "";
}

// The borrowed cell of a value that is stored in an Any.
inline TVMFFIAny CellOf(const Any& value) { return *detail::AnyUnsafe::TVMFFIAnyPtrFromAny(value); }

}  // namespace value_checks
#endif  // TESTS_CPP_VALUE_CHECKS_H_
