// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/extra/base.h
 * \brief The visibility macro of the C++ services that live in the shared library.
 *
 * Everything marked with it (JSON, serialisation, structural comparison, modules) is an exported
 * C++ symbol: its mangled name and parameter types are binary interface.
 */
#ifndef TVM_FFI_EXTRA_BASE_H_
#define TVM_FFI_EXTRA_BASE_H_

#include <tvm/ffi/c_api.h>

#ifndef TVM_FFI_EXTRA_CXX_API
#define TVM_FFI_EXTRA_CXX_API TVM_FFI_DLL
#endif

#endif  // TVM_FFI_EXTRA_BASE_H_
