// SPDX-License-Identifier: Apache-2.0
//
// `add_one(x, y)`, its image in a header that CUDA's tool `bin2c -c` wrote: the array `imageBytes`.
#include <tvm/ffi/function.h>

#include "../launch_on_vectors.h"
#include "add_one_image.h"

TVM_FFI_EMBED_CUBIN_FROM_BYTES(env, imageBytes);

void AddOne(tvm::ffi::TensorView x, tvm::ffi::TensorView y) {
  static tvm::ffi::CubinKernel kernel = TVM_FFI_EMBED_CUBIN_GET_KERNEL(env, "add_one");
  LaunchOnVectors<int>(&kernel, x, y, 256);
}

TVM_FFI_DLL_EXPORT_TYPED_FUNC(add_one, AddOne);
