// SPDX-License-Identifier: Apache-2.0
//
// Calls `add_one_cuda` from C++, on memory that comes from the CUDA runtime.
#include <cuda_runtime.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/extra/cuda/base.h>
#include <tvm/ffi/extra/module.h>

#include <cstdio>
#include <exception>

namespace ffi = tvm::ffi;

// Memory of the current CUDA device, for Tensor::FromNDAlloc.
struct CudaAlloc {
  void AllocData(DLTensor* tensor) {
    TVM_FFI_CHECK_CUDA_ERROR(cudaMalloc(&tensor->data, ffi::GetDataSize(*tensor)));
  }
  void FreeData(DLTensor* tensor) { cudaFree(tensor->data); }
};

void Run() {
  ffi::Module mod = ffi::Module::LoadFromFile("build/add_one_cuda.so");
  ffi::Function add_one = mod->GetFunction("add_one_cuda").value();

  float host[5] = {1, 2, 3, 4, 5};
  const DLDataType float32{kDLFloat, 32, 1};
  ffi::Tensor x = ffi::Tensor::FromNDAlloc(CudaAlloc(), {5}, float32, DLDevice{kDLCUDA, 0});
  ffi::Tensor y = ffi::Tensor::FromNDAlloc(CudaAlloc(), {5}, float32, DLDevice{kDLCUDA, 0});
  TVM_FFI_CHECK_CUDA_ERROR(cudaMemcpy(x.data_ptr(), host, sizeof(host), cudaMemcpyHostToDevice));
  add_one(x, y);
  TVM_FFI_CHECK_CUDA_ERROR(cudaMemcpy(host, y.data_ptr(), sizeof(host), cudaMemcpyDeviceToHost));

  std::printf("[ ");
  for (float value : host) std::printf("%g ", value);
  std::printf("]\n");
}

int main() {
  try {
    Run();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "load_cuda: %s\n", error.what());
    return 1;
  }
}
