// SPDX-License-Identifier: Apache-2.0
// What c_header_check.c, compiled as C11, computes from the C headers for the C++ tests.
#ifndef TVM_FFI_TESTS_CPP_C_HEADER_CHECK_H_
#define TVM_FFI_TESTS_CPP_C_HEADER_CHECK_H_

#include <tvm/ffi/c_api.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Adds one to its int argument; other arguments are a TypeError. A TVMFFISafeCallType. */
int CHeaderCheckAddOne(void* handle, const TVMFFIAny* args, int32_t num_args, TVMFFIAny* result);

/* Registers AddOne under `name`, calls it with 41 and returns the result, or -1. */
int64_t CHeaderCheckRoundTrip(const char* name);

/* A function that no C++ exception and no C++ type is involved in: raises a ValueError. */
int CHeaderCheckRaise(void* handle, const TVMFFIAny* args, int32_t num_args, TVMFFIAny* result);

#ifdef __cplusplus
}
#endif

#endif  // TVM_FFI_TESTS_CPP_C_HEADER_CHECK_H_
