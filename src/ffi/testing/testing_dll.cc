// SPDX-License-Identifier: Apache-2.0
/*!
 * \file testing_dll.cc
 * \brief Functions that the testing library exports as a module: with metadata, one with a doc
 * text.
 *
 * Compiled with TVM_FFI_DLL_EXPORT_INCLUDE_METADATA=1, which adds the metadata and doc symbols.
 */
#include <tvm/ffi/function.h>

#include <cstdint>

namespace tvm {
namespace ffi {
namespace {

int64_t DllSchemaIdInt(int64_t value) { return value; }
int64_t DllAddWithDocstring(int64_t a, int64_t b) { return a + b; }

}  // namespace

TVM_FFI_DLL_EXPORT_TYPED_FUNC(testing_dll_schema_id_int, DllSchemaIdInt)

TVM_FFI_DLL_EXPORT_TYPED_FUNC(testing_dll_test_add_with_docstring, DllAddWithDocstring)
TVM_FFI_DLL_EXPORT_TYPED_FUNC_DOC(testing_dll_test_add_with_docstring,
                                  R"(Add two integers and return the sum.

Parameters
----------
a : int
    First integer
b : int
    Second integer

Returns
-------
result : int
    Sum of a and b)")

}  // namespace ffi
}  // namespace tvm
