// SPDX-License-Identifier: Apache-2.0
// The smallest useful extension: what compiling against the headers costs is almost all of it.
// run_headers.py compiles it against both packages.
#include <tvm/ffi/tvm_ffi.h>

int add_one(int x) { return x + 1; }
double scale(double x, double factor) { return x * factor; }

TVM_FFI_DLL_EXPORT_TYPED_FUNC(add_one, add_one);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(scale, scale);
