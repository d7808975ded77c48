// SPDX-License-Identifier: Apache-2.0
//
// `add_one(x, y)`, its image taken in by the compiler: #embed of C++26. CMakeLists.txt defines
// ADD_ONE_IMAGE as the quoted path of the image.
#include <tvm/ffi/function.h>

#include "../launch_on_vectors.h"

constexpr unsigned char kImage[] = {
#embed ADD_ONE_IMAGE
};

TVM_FFI_EMBED_CUBIN_FROM_BYTES(env, kImage);

void AddOne(tvm::ffi::TensorView x, tvm::ffi::TensorView y) {
  static tvm::ffi::CubinKernel kernel = TVM_FFI_EMBED_CUBIN_GET_KERNEL(env, "add_one");
  LaunchOnVectors<int>(&kernel, x, y, 256);
}

TVM_FFI_DLL_EXPORT_TYPED_FUNC(add_one, AddOne);
