// SPDX-License-Identifier: Apache-2.0
//
// For programs that drive a loader without Python, so that it can be built with sanitizers:
// anything unexpected ends them with status 1.
#ifndef TESTS_EXAMPLES_EXERCISE_H_
#define TESTS_EXAMPLES_EXERCISE_H_

#include <tvm/ffi/error.h>
#include <tvm/ffi/extra/module.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <iterator>
#include <string>
#include <utility>

inline void Require(bool condition, const std::string& what) {
  if (condition) return;
  std::fprintf(stderr, "not as expected: %s\n", what.c_str());
  std::exit(1);
}

inline void ExpectError(const char* kind, const std::string& part,
                        const std::function<void()>& call) {
  try {
    call();
  } catch (const tvm::ffi::Error& error) {
    Require(error.kind() == kind && error.message().find(part) != std::string::npos,
            error.kind() + ": " + error.message());
    return;
  }
  Require(false, "no error with " + part);
}

inline tvm::ffi::Module Load(const char* kind, std::string payload) {
  return tvm::ffi::Module::LoadFromBytes(kind, tvm::ffi::Bytes(std::move(payload)));
}

// Every cut of a payload is a ValueError. Returns how many were tried.
inline int RefuseCuts(const char* kind, const std::string& payload) {
  int refused = 0;
  for (size_t size = 0; size < payload.size(); size += size < 256 ? 1 : 97, ++refused) {
    ExpectError("ValueError", std::string("Payload of kind `") + kind + "`",
                [&] { Load(kind, payload.substr(0, size)); });
  }
  return refused;
}

inline std::string ReadStandardInput() { return {std::istreambuf_iterator<char>(std::cin), {}}; }

#endif  // TESTS_EXAMPLES_EXERCISE_H_
