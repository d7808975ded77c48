// SPDX-License-Identifier: Apache-2.0
// Helpers shared by the tests of the value types: error texts, raw cells, and which operators there
// are.
#ifndef TESTS_CPP_VALUE_CHECKS_H_
#define TESTS_CPP_VALUE_CHECKS_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/error.h>

#include <ostream>
#include <string>
#include <type_traits>
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

// Whether `t == u` compiles.
template <typename T, typename U, typename = void>
constexpr bool kEquates = false;
template <typename T, typename U>
constexpr bool
    kEquates<T, U, std::void_t<decltype(std::declval<const T&>() == std::declval<const U&>())>> =
        true;

// Whether `stream << t` compiles.
template <typename T, typename = void>
constexpr bool kPrints = false;
template <typename T>
constexpr bool
    kPrints<T, std::void_t<decltype(std::declval<std::ostream&>() << std::declval<const T&>())>> =
        true;

}  // namespace value_checks
#endif  // TESTS_CPP_VALUE_CHECKS_H_
