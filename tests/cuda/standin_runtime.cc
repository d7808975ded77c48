// SPDX-License-Identifier: Apache-2.0
//
// A stand-in for libcudart over the stand-in driver: what the CUDA headers of this project and the
// examples call, each function by way of the driver's, as the real runtime does it. Codes of the
// driver are codes of the runtime with the same number.
#include <cuda.h>
#include <cuda_runtime_api.h>

namespace {

thread_local int current_device = 0;

cudaError_t AsError(CUresult code) { return static_cast<cudaError_t>(code); }

// Makes the primary context of the current device current for one call.
class CurrentContext {
 public:
  CurrentContext() {
    CUcontext context;
    cuDevicePrimaryCtxRetain(&context, current_device);
    cuCtxPushCurrent(context);
  }
  ~CurrentContext() {
    CUcontext context;
    cuCtxPopCurrent(&context);
  }
};

CUkernel KernelOf(const void* function) {
  return reinterpret_cast<CUkernel>(const_cast<void*>(function));
}

CUfunction FunctionOf(const void* function) {
  return reinterpret_cast<CUfunction>(const_cast<void*>(function));
}

}  // namespace

extern "C" {

const char* cudaGetErrorName(cudaError_t code) {
  if (code == cudaErrorInvalidDevice) return "cudaErrorInvalidDevice";
  return code == cudaErrorInvalidValue ? "cudaErrorInvalidValue" : "cudaErrorStandin";
}

const char* cudaGetErrorString(cudaError_t code) {
  if (code == cudaErrorInvalidDevice) return "invalid device ordinal";
  return code == cudaErrorInvalidValue ? "invalid argument" : "a stand-in error";
}

cudaError_t cudaGetDeviceCount(int* count) { return AsError(cuDeviceGetCount(count)); }

cudaError_t cudaGetDevice(int* device) {
  *device = current_device;
  return cudaSuccess;
}

// Replaces the thread's current context, if it has one.
cudaError_t cudaSetDevice(int device) {
  CUdevice handle;
  cuInit(0);
  const CUresult code = cuDeviceGet(&handle, device);
  if (code != CUDA_SUCCESS) return AsError(code);
  current_device = device;
  CUcontext context;
  if (cuCtxPopCurrent(&context) == CUDA_SUCCESS) {
    cuDevicePrimaryCtxRetain(&context, device);
    cuCtxPushCurrent(context);
  }
  return cudaSuccess;
}

cudaError_t cudaMalloc(void** pointer, size_t num_bytes) {
  CUdeviceptr allocated = 0;
  const CUresult code = cuMemAlloc(&allocated, num_bytes);
  *pointer = reinterpret_cast<void*>(allocated);
  return AsError(code);
}

cudaError_t cudaFree(void* pointer) {
  return AsError(cuMemFree(reinterpret_cast<CUdeviceptr>(pointer)));
}

cudaError_t cudaMemcpy(void* to, const void* from, size_t num_bytes, cudaMemcpyKind kind) {
  if (kind == cudaMemcpyHostToDevice) {
    return AsError(cuMemcpyHtoD(reinterpret_cast<CUdeviceptr>(to), from, num_bytes));
  }
  return AsError(cuMemcpyDtoH(to, reinterpret_cast<CUdeviceptr>(from), num_bytes));
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  return AsError(cuDeviceGetAttribute(value, static_cast<CUdevice_attribute>(attribute), device));
}

cudaError_t cudaLibraryLoadData(cudaLibrary_t* library, const void* image, cudaJitOption*, void**,
                                unsigned int, cudaLibraryOption*, void**, unsigned int) {
  cuInit(0);
  return AsError(cuLibraryLoadData(library, image, nullptr, nullptr, 0, nullptr, nullptr, 0));
}

cudaError_t cudaLibraryUnload(cudaLibrary_t library) { return AsError(cuLibraryUnload(library)); }

cudaError_t cudaLibraryGetKernel(cudaKernel_t* kernel, cudaLibrary_t library, const char* name) {
  return AsError(cuLibraryGetKernel(kernel, library, name));
}

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void* function) {
  int num_bytes = 0;
  const CUresult code = cuKernelGetAttribute(&num_bytes, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES,
                                             KernelOf(function), current_device);
  attributes->sharedSizeBytes = static_cast<size_t>(num_bytes);
  return AsError(code);
}

cudaError_t cudaKernelSetAttributeForDevice(cudaKernel_t kernel, cudaFuncAttribute attribute,
                                            int value, int device) {
  return AsError(
      cuKernelSetAttribute(static_cast<CUfunction_attribute>(attribute), value, kernel, device));
}

cudaError_t cudaLaunchKernel(const void* function, dim3 grid, dim3 block, void** args,
                             size_t shared_bytes, cudaStream_t stream) {
  CurrentContext context;
  return AsError(cuLaunchKernel(FunctionOf(function), grid.x, grid.y, grid.z, block.x, block.y,
                                block.z, static_cast<unsigned int>(shared_bytes), stream, args,
                                nullptr));
}

cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t* config, const void* function,
                                void** args) {
  CUlaunchAttribute cluster{};
  CUlaunchConfig converted{};
  converted.gridDimX = config->gridDim.x;
  converted.gridDimY = config->gridDim.y;
  converted.gridDimZ = config->gridDim.z;
  converted.blockDimX = config->blockDim.x;
  converted.blockDimY = config->blockDim.y;
  converted.blockDimZ = config->blockDim.z;
  converted.sharedMemBytes = static_cast<unsigned int>(config->dynamicSmemBytes);
  converted.hStream = config->stream;
  if (config->numAttrs == 1 && config->attrs[0].id == cudaLaunchAttributeClusterDimension) {
    cluster.id = CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION;
    cluster.value.clusterDim.x = config->attrs[0].val.clusterDim.x;
    converted.attrs = &cluster;
    converted.numAttrs = 1;
  }
  CurrentContext context;
  return AsError(cuLaunchKernelEx(&converted, FunctionOf(function), args, nullptr));
}
}
