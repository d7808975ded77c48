// SPDX-License-Identifier: Apache-2.0
//
// Reads a CUBIN from standard input and launches its kernel `add_one` on tensors in GPU memory.
// The argument is the path of libcubin_loader.so, which registers the kind "cubin".
#include <cuda.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/extra/module.h>

#include <cstdio>
#include <iostream>
#include <iterator>
#include <string>

namespace ffi = tvm::ffi;

void Check(CUresult code, const char* what) {
  if (code != CUDA_SUCCESS) TVM_FFI_THROW(RuntimeError) << what << " failed with code " << code;
}

// Memory of the current CUDA device, for Tensor::FromNDAlloc.
struct CudaAlloc {
  void AllocData(DLTensor* tensor) {
    CUdeviceptr pointer;
    Check(cuMemAlloc(&pointer, ffi::GetDataSize(*tensor)), "cuMemAlloc");
    tensor->data = reinterpret_cast<void*>(pointer);
  }
  void FreeData(DLTensor* tensor) { cuMemFree(reinterpret_cast<CUdeviceptr>(tensor->data)); }
};

CUdeviceptr Address(const ffi::Tensor& tensor) {
  return reinterpret_cast<CUdeviceptr>(tensor.data_ptr());
}

int Run(const char* loader_path) {
  Check(cuInit(0), "cuInit");
  CUcontext context;
  Check(cuDevicePrimaryCtxRetain(&context, 0), "cuDevicePrimaryCtxRetain");
  Check(cuCtxPushCurrent(context), "cuCtxPushCurrent");

  ffi::Module loader = ffi::Module::LoadFromFile(loader_path);
  std::string image{std::istreambuf_iterator<char>(std::cin), {}};
  ffi::Module mod = ffi::Module::LoadFromBytes("cubin", ffi::Bytes(std::move(image)));
  ffi::Function add_one = mod->GetFunction("add_one").value();

  float host[5] = {1, 2, 3, 4, 5};
  const DLDataType float32{kDLFloat, 32, 1};
  ffi::Tensor x = ffi::Tensor::FromNDAlloc(CudaAlloc(), {5}, float32, DLDevice{kDLCUDA, 0});
  ffi::Tensor y = ffi::Tensor::FromNDAlloc(CudaAlloc(), {5}, float32, DLDevice{kDLCUDA, 0});
  Check(cuMemcpyHtoD(Address(x), host, sizeof(host)), "cuMemcpyHtoD");
  add_one(/*grid=*/1, /*block=*/128, /*dynamic_shared_memory_bytes=*/0, x, y, 5);
  Check(cuMemcpyDtoH(host, Address(y), sizeof(host)), "cuMemcpyDtoH");
  std::printf("c++:    add_one([1, 2, 3, 4, 5]) = [%g, %g, %g, %g, %g]\n", host[0], host[1],
              host[2], host[3], host[4]);
  return 0;
}

int main(int argc, char** argv) {
  try {
    return Run(argv[argc - 1]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "c++:    %s\n", error.what());
    return 1;
  }
}
