// SPDX-License-Identifier: Apache-2.0
//
// scale(output, input, factor): output = input * factor, for vectors in GPU memory.
#include <cuda_fp16.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/extra/cuda/device_guard.h>
#include <tvm/ffi/function.h>

#include "tvm_ffi_utils.h"

template <typename T>
__global__ void ScaleKernel(T* output, const T* input, float factor, int64_t size) {
  int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i < size) output[i] = static_cast<T>(static_cast<float>(input[i]) * factor);
}

template <typename T>
void LaunchScale(tvm::ffi::TensorView output, tvm::ffi::TensorView input, float factor,
                 cudaStream_t stream) {
  constexpr int kThreads = 256;
  const int64_t size = input.numel();
  const auto num_blocks = static_cast<unsigned int>((size + kThreads - 1) / kThreads);
  ScaleKernel<T><<<num_blocks, kThreads, 0, stream>>>(
      static_cast<T*>(output.data_ptr()), static_cast<const T*>(input.data_ptr()), factor, size);
  TVM_FFI_CHECK_CUDA_ERROR(cudaGetLastError());
}

void Scale(tvm::ffi::TensorView output, tvm::ffi::TensorView input, double factor) {
  // 1. Check what the kernel takes for granted.
  CHECK_CUDA(input);
  CHECK_CUDA(output);
  CHECK_SAME_DEVICE(output, input);
  CHECK_DIM(input, 1);
  CHECK_SAME_SHAPE(output, input);
  CHECK_SAME_DTYPE(output, input);
  CHECK_CONTIGUOUS(input);
  CHECK_CONTIGUOUS(output);

  // 2. Work on the tensors' device, whichever is current, and on the caller's stream.
  tvm::ffi::CUDADeviceGuard guard(input.device().device_id);
  auto stream = static_cast<cudaStream_t>(kernel_library::CurrentStream(input.device()));

  // 3. Launch the instance for the dtype. A grid has at least one block: nothing to do for none.
  kernel_library::DispatchDType<float, __half>(input.dtype(), [&](auto zero) {
    if (input.numel() > 0) {
      LaunchScale<decltype(zero)>(output, input, static_cast<float>(factor), stream);
    }
  });
}

// 4. Export it.
TVM_FFI_DLL_EXPORT_TYPED_FUNC(scale, Scale);
