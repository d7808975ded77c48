// SPDX-License-Identifier: Apache-2.0
//
// The same kernel for CUDA: it runs on the device of x, on the caller's current stream.
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/extra/c_env_api.h>
#include <tvm/ffi/extra/cuda/device_guard.h>
#include <tvm/ffi/function.h>

#include "check_vector.h"

__global__ void AddOneKernel(const float* x, float* y, int64_t size) {
  int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i < size) y[i] = x[i] + 1.0f;
}

void AddOne(tvm::ffi::TensorView x, tvm::ffi::TensorView y) {
  CheckVector("x", x, kDLCUDA, x.numel());
  CheckVector("y", y, kDLCUDA, x.numel());
  const DLDevice device = x.device();
  TVM_FFI_CHECK(y.device().device_id == device.device_id, ValueError)
      << "x and y must be on the same device";
  const int64_t size = x.size(0);
  if (size == 0) return;  // a grid has at least one block

  tvm::ffi::CUDADeviceGuard guard(device.device_id);
  auto stream = static_cast<cudaStream_t>(TVMFFIEnvGetStream(kDLCUDA, device.device_id));
  constexpr int kThreads = 256;
  const auto num_blocks = static_cast<unsigned int>((size + kThreads - 1) / kThreads);
  AddOneKernel<<<num_blocks, kThreads, 0, stream>>>(static_cast<const float*>(x.data_ptr()),
                                                    static_cast<float*>(y.data_ptr()), size);
  TVM_FFI_CHECK_CUDA_ERROR(cudaGetLastError());
}

TVM_FFI_DLL_EXPORT_TYPED_FUNC(add_one_cuda, AddOne);
