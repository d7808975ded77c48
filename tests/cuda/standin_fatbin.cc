// SPDX-License-Identifier: Apache-2.0
//
// The part of the stand-in for libcudart that code compiled by nvcc calls: its kernels are
// registered when the library is loaded, and `kernel<<<...>>>(...)` looks them up and launches
// them. The names and signatures are those of CUDA's headers crt/host_runtime.h,
// crt/device_functions.h.
#include <cuda_runtime.h>
#include <fatbinary_section.h>

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace {

// The image inside a library, loaded at the first launch.
struct FatBinary {
  const void* image;
  cudaLibrary_t library = nullptr;
};

struct HostFunction {
  FatBinary* binary;
  std::string kernel_name;
};

struct Registry {
  std::mutex mutex;
  std::map<const void*, HostFunction> functions;
};

// Never destroyed: libraries unregister at exit.
Registry& GetRegistry() {
  static auto* registry = new Registry;
  return *registry;
}

// What stands between <<< and >>>, until the function after it is entered.
struct CallConfiguration {
  dim3 grid, block;
  size_t shared_bytes;
  cudaStream_t stream;
};

thread_local std::vector<CallConfiguration> configurations;
thread_local cudaError_t last_error = cudaSuccess;

cudaError_t Remember(cudaError_t code) {
  if (code != cudaSuccess) last_error = code;
  return code;
}

}  // namespace

extern "C" {

cudaError_t cudaGetLastError() {
  const cudaError_t code = last_error;
  last_error = cudaSuccess;
  return code;
}

void** __cudaRegisterFatBinary(void* wrapper) {
  const auto* section = static_cast<const __fatBinC_Wrapper_t*>(wrapper);
  return reinterpret_cast<void**>(new FatBinary{section->data});
}

void __cudaRegisterFatBinaryEnd(void**) {}

void __cudaUnregisterFatBinary(void** handle) {
  auto* binary = reinterpret_cast<FatBinary*>(handle);
  Registry& registry = GetRegistry();
  std::lock_guard<std::mutex> lock(registry.mutex);
  for (auto it = registry.functions.begin(); it != registry.functions.end();) {
    it = it->second.binary == binary ? registry.functions.erase(it) : ++it;
  }
  if (binary->library != nullptr) cudaLibraryUnload(binary->library);
  delete binary;
}

void __cudaRegisterFunction(void** handle, const char* host_function, char*, const char* name, int,
                            uint3*, uint3*, dim3*, dim3*, int*) {
  std::lock_guard<std::mutex> lock(GetRegistry().mutex);
  GetRegistry().functions[host_function] = {reinterpret_cast<FatBinary*>(handle), name};
}

unsigned __cudaPushCallConfiguration(dim3 grid, dim3 block, size_t shared_bytes,
                                     struct CUstream_st* stream) {
  configurations.push_back({grid, block, shared_bytes, stream});
  return 0;  // the call goes on
}

cudaError_t __cudaPopCallConfiguration(dim3* grid, dim3* block, size_t* shared_bytes,
                                       void* stream) {
  const CallConfiguration configuration = configurations.back();
  configurations.pop_back();
  *grid = configuration.grid;
  *block = configuration.block;
  *shared_bytes = configuration.shared_bytes;
  *static_cast<cudaStream_t*>(stream) = configuration.stream;
  return cudaSuccess;
}

cudaError_t __cudaGetKernel(cudaKernel_t* kernel, const void* host_function) {
  Registry& registry = GetRegistry();
  std::lock_guard<std::mutex> lock(registry.mutex);
  auto it = registry.functions.find(host_function);
  if (it == registry.functions.end()) return Remember(cudaErrorInvalidDeviceFunction);
  FatBinary* binary = it->second.binary;
  if (binary->library == nullptr) {
    const cudaError_t code = cudaLibraryLoadData(&binary->library, binary->image, nullptr, nullptr,
                                                 0, nullptr, nullptr, 0);
    if (code != cudaSuccess) return Remember(code);
  }
  return Remember(cudaLibraryGetKernel(kernel, binary->library, it->second.kernel_name.c_str()));
}

cudaError_t __cudaLaunchKernel(cudaKernel_t kernel, dim3 grid, dim3 block, void** args,
                               size_t shared_bytes, cudaStream_t stream) {
  return Remember(cudaLaunchKernel(kernel, grid, block, args, shared_bytes, stream));
}
}
