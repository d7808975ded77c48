// SPDX-License-Identifier: Apache-2.0
//
// A kernel library that carries its CUDA image: `add_one(x, y)` on float32 vectors in GPU memory.
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/extra/cuda/cubin_launcher.h>
#include <tvm/ffi/function.h>

namespace ffi = tvm::ffi;

// The image that CMakeLists.txt embeds under the name `add_one`.
TVM_FFI_EMBED_CUBIN(add_one);

void AddOne(ffi::TensorView x, ffi::TensorView y) {
  const DLDataType float32{kDLFloat, 32, 1};
  TVM_FFI_CHECK(x.ndim() == 1 && x.dtype() == float32, ValueError)
      << "x must be a vector of float32";
  TVM_FFI_CHECK(y.ndim() == 1 && y.dtype() == float32 && y.size(0) == x.size(0), ValueError)
      << "y must be a vector of float32 as long as x";
  static ffi::CubinKernel kernel = TVM_FFI_EMBED_CUBIN_GET_KERNEL(add_one, "add_one");

  void* x_data = x.data_ptr();
  void* y_data = y.data_ptr();
  int n = static_cast<int>(x.size(0));
  void* args[] = {&x_data, &y_data, &n};
  const ffi::dim3 grid((n + 255) / 256), block(256);
  auto stream = static_cast<ffi::cuda_api::StreamHandle>(
      TVMFFIEnvGetStream(x.device().device_type, x.device().device_id));
  TVM_FFI_CHECK_CUBIN_LAUNCHER_CUDA_ERROR(kernel.Launch(args, grid, block, stream));
}

TVM_FFI_DLL_EXPORT_TYPED_FUNC(add_one, AddOne);
