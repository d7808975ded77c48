// SPDX-License-Identifier: Apache-2.0
//
// What the kernel libraries of this directory have in common: they differ in where their image
// comes from.
#ifndef CUBIN_LAUNCHER_LAUNCH_ON_VECTORS_H_
#define CUBIN_LAUNCHER_LAUNCH_ON_VECTORS_H_

#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/extra/cuda/cubin_launcher.h>

#include <cstdint>
#include <vector>

// Launches a kernel `(const float* x, float* y, Count n, void* scratch ...)` on vectors in GPU
// memory, one thread per element, `threads` to a block, on the current stream. The kernel does not
// use the `num_scratch` pointers, they are null.
template <typename Count>
void LaunchOnVectors(tvm::ffi::CubinKernel* kernel, tvm::ffi::TensorView x, tvm::ffi::TensorView y,
                     unsigned int threads, int num_scratch = 0) {
  namespace ffi = tvm::ffi;
  const DLDevice device = x.device();
  TVM_FFI_CHECK(device.device_type == kDLCUDA && y.device().device_type == kDLCUDA &&
                    y.device().device_id == device.device_id,
                ValueError)
      << "x and y must be on the same CUDA device";
  const DLDataType float32{kDLFloat, 32, 1};
  TVM_FFI_CHECK(x.ndim() == 1 && x.dtype() == float32, ValueError)
      << "x must be a vector of float32";
  TVM_FFI_CHECK(y.ndim() == 1 && y.dtype() == float32 && y.size(0) == x.size(0), ValueError)
      << "y must be a vector of float32 as long as x";
  const int64_t size = x.size(0);
  if (size == 0) return;  // a grid has at least one block
  void* x_data = x.data_ptr();
  void* y_data = y.data_ptr();
  void* scratch = nullptr;
  auto n = static_cast<Count>(size);
  std::vector<void*> args{&x_data, &y_data, &n};
  args.resize(args.size() + num_scratch, &scratch);
  const ffi::dim3 grid(static_cast<unsigned int>((size + threads - 1) / threads));
  auto stream = static_cast<ffi::cuda_api::StreamHandle>(
      TVMFFIEnvGetStream(device.device_type, device.device_id));
  TVM_FFI_CHECK_CUBIN_LAUNCHER_CUDA_ERROR(
      kernel->Launch(args.data(), grid, ffi::dim3(threads), stream));
}

#endif  // CUBIN_LAUNCHER_LAUNCH_ON_VECTORS_H_
