// SPDX-License-Identifier: Apache-2.0
//
// A stand-in for libcuda.so.1: two pretended GPUs of architecture sm_90 whose memory is host
// memory. It reads kernels and their parameter sizes out of real images, checks launches as the
// driver does, and computes the kernels of kernels.cu and of the examples on the host, so that the
// loader's logic is tested without a GPU. What it has seen can be asked through the standin_*
// functions.
#include <cuda.h>
#include <cuda_fp16.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "standin_image.h"

namespace {

using standin::KernelInfo;
using standin::kNumDevices;
using standin::kSharedMemory;
using standin::Library;

constexpr int kOptInSharedMemory = 227 * 1024;  // of a block, after opting in
constexpr size_t kMemoryBytes = size_t{1} << 30;
constexpr size_t kLibraryBytes = 64 * 1024;  // of device memory, for a loaded library

struct State {
  std::mutex mutex;
  bool initialised = false;
  int live_libraries = 0;
  size_t used_bytes = 0;
  std::map<CUdeviceptr, size_t> allocations;
  int launches = 0;
  CUstream last_stream = nullptr;
  int last_device = -1;
  unsigned last_grid[3] = {}, last_block[3] = {};
  unsigned last_shared_bytes = 0;
  unsigned last_cluster = 1;
};

State& GetState() {
  static State state;
  return state;
}

// Contexts are tokens: the address of an element here tells the device.
char contexts[kNumDevices];
thread_local std::vector<CUcontext> context_stack;

// Whether the environment asks for a fault of this name: what tests must notice.
bool HasFault(const char* name) {
  const char* fault = std::getenv("STANDIN_FAULT");
  return fault != nullptr && std::strcmp(fault, name) == 0;
}

template <typename T>
T Get(void** args, int i) {
  return *static_cast<T*>(args[i]);
}

// The kernels (x, y, n, ...) that compute y[i] = f(x[i]).
template <typename Count, typename F>
CUresult Map(void** args, F f) {
  auto x = Get<const float*>(args, 0);
  auto y = Get<float*>(args, 1);
  for (Count i = 0; i < Get<Count>(args, 2); ++i) y[i] = f(x[i]);
  return CUDA_SUCCESS;
}

// The instance for T of the kernel (output, input, factor, size) of examples/kernel_library.
template <typename T>
CUresult Scale(void** args) {
  auto output = Get<T*>(args, 0);
  auto input = Get<const T*>(args, 1);
  for (int64_t i = 0; i < Get<int64_t>(args, 3); ++i) {
    output[i] = static_cast<T>(static_cast<float>(input[i]) * Get<float>(args, 2));
  }
  return CUDA_SUCCESS;
}

CUresult Run(const std::string& name, unsigned num_blocks, void** args) {
  const float one = HasFault("arithmetic") ? 1.5f : 1.0f;
  const auto add_one = [one](float x) { return x + one; };
  const auto square = [](float x) { return x * x; };
  if (name == "add_one") return Map<int>(args, add_one);
  if (name == "add_one_cuda") return Map<int64_t>(args, add_one);
  if (name == "mul_two_cuda") return Map<int64_t>(args, [](float x) { return x * 2.0f; });
  if (name == "square_with_scratch") {
    if (Get<void*>(args, 3) != nullptr || Get<void*>(args, 4) != nullptr) {
      return CUDA_ERROR_INVALID_VALUE;
    }
    return Map<int>(args, square);
  }
  if (name == "square") return Map<int>(args, square);  // of example_triton_cubin.py
  // Of C++ kernels, the driver knows mangled names.
  if (name == "_Z12AddOneKernelPKfPfl") return Map<int64_t>(args, add_one);
  if (name == "_Z11ScaleKernelIfEvPT_PKS0_fl") return Scale<float>(args);
  if (name == "_Z11ScaleKernelI6__halfEvPT_PKS1_fl") return Scale<__half>(args);
  if (name == "mix") {
    Get<double*>(args, 0)[0] = Get<double>(args, 6) + Get<signed char>(args, 1) +
                               Get<short>(args, 2) + Get<int>(args, 3) + Get<long long>(args, 4) +
                               Get<float>(args, 5) + (Get<bool>(args, 7) ? 100.0 : 0.0);
  } else if (name == "maybe_fill") {
    auto y = Get<float*>(args, 0);
    for (int i = 0; y != nullptr && i < Get<int>(args, 2); ++i) y[i] = Get<float>(args, 1);
  } else if (name == "sum_in_shared") {
    int n = Get<int>(args, 1);
    float sum = static_cast<float>(n * (n - 1) / 2);
    std::fill_n(Get<float*>(args, 0), num_blocks, sum);
  } else {
    return CUDA_ERROR_LAUNCH_FAILED;
  }
  return CUDA_SUCCESS;
}

}  // namespace

extern "C" {

CUresult cuInit(unsigned int) {
  GetState().initialised = true;
  return CUDA_SUCCESS;
}

CUresult cuGetErrorName(CUresult code, const char** text) {
  *text = code == CUDA_ERROR_INVALID_VALUE ? "CUDA_ERROR_INVALID_VALUE" : "CUDA_ERROR_STANDIN";
  return CUDA_SUCCESS;
}

CUresult cuGetErrorString(CUresult code, const char** text) {
  *text = code == CUDA_ERROR_INVALID_VALUE ? "invalid argument" : "a stand-in error";
  return CUDA_SUCCESS;
}

CUresult cuDeviceGet(CUdevice* device, int ordinal) {
  if (!GetState().initialised) return CUDA_ERROR_NOT_INITIALIZED;
  if (ordinal < 0 || ordinal >= kNumDevices) return CUDA_ERROR_INVALID_DEVICE;
  *device = ordinal;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetCount(int* count) {
  *count = kNumDevices;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetAttribute(int* value, CUdevice_attribute attribute, CUdevice) {
  switch (attribute) {
    case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK:
      *value = kSharedMemory;
      return CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN:
      *value = kOptInSharedMemory;
      return CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR:
      *value = standin::kArchitecture / 10;
      return CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR:
      *value = standin::kArchitecture % 10;
      return CUDA_SUCCESS;
    default:
      return CUDA_ERROR_INVALID_VALUE;
  }
}

CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device) {
  *context = reinterpret_cast<CUcontext>(&contexts[device]);
  return CUDA_SUCCESS;
}

CUresult cuCtxPushCurrent(CUcontext context) {
  context_stack.push_back(context);
  return CUDA_SUCCESS;
}

CUresult cuCtxPopCurrent(CUcontext* context) {
  if (context_stack.empty()) return CUDA_ERROR_INVALID_CONTEXT;
  *context = context_stack.back();
  context_stack.pop_back();
  return CUDA_SUCCESS;
}

CUresult cuLibraryLoadData(CUlibrary* library, const void* image, CUjit_option*, void**,
                           unsigned int, CUlibraryOption*, void**, unsigned int) {
  std::unique_ptr<Library> read = standin::ReadImage(static_cast<const char*>(image));
  if (read == nullptr) return CUDA_ERROR_INVALID_IMAGE;
  *library = reinterpret_cast<CUlibrary>(read.release());
  std::lock_guard<std::mutex> lock(GetState().mutex);
  ++GetState().live_libraries;
  GetState().used_bytes += kLibraryBytes;
  return CUDA_SUCCESS;
}

CUresult cuLibraryUnload(CUlibrary library) {
  delete reinterpret_cast<Library*>(library);
  std::lock_guard<std::mutex> lock(GetState().mutex);
  --GetState().live_libraries;
  if (!HasFault("leak")) GetState().used_bytes -= kLibraryBytes;
  return CUDA_SUCCESS;
}

CUresult cuLibraryGetKernel(CUkernel* kernel, CUlibrary handle, const char* name) {
  auto library = reinterpret_cast<Library*>(handle);
  if (!library->runs_here) return CUDA_ERROR_NO_BINARY_FOR_GPU;
  auto it = library->kernels.find(name);
  if (it == library->kernels.end()) return CUDA_ERROR_NOT_FOUND;
  *kernel = reinterpret_cast<CUkernel>(it->second.get());
  return CUDA_SUCCESS;
}

CUresult cuLibraryGetKernelCount(unsigned int* count, CUlibrary handle) {
  auto library = reinterpret_cast<Library*>(handle);
  if (!library->runs_here) return CUDA_ERROR_NO_BINARY_FOR_GPU;
  *count = static_cast<unsigned int>(library->kernels.size());
  return CUDA_SUCCESS;
}

CUresult cuLibraryEnumerateKernels(CUkernel* kernels, unsigned int count, CUlibrary handle) {
  for (auto& [name, kernel] : reinterpret_cast<Library*>(handle)->kernels) {
    if (count-- == 0) break;
    *kernels++ = reinterpret_cast<CUkernel>(kernel.get());
  }
  return CUDA_SUCCESS;
}

CUresult cuKernelGetName(const char** name, CUkernel kernel) {
  *name = reinterpret_cast<KernelInfo*>(kernel)->name.c_str();
  return CUDA_SUCCESS;
}

CUresult cuKernelGetParamInfo(CUkernel kernel, size_t index, size_t* offset, size_t* size) {
  const auto& params = reinterpret_cast<KernelInfo*>(kernel)->params;
  auto it = params.find(index);
  if (it == params.end()) return CUDA_ERROR_INVALID_VALUE;
  *offset = it->second.offset;
  if (size != nullptr) *size = it->second.size;
  return CUDA_SUCCESS;
}

CUresult cuKernelGetAttribute(int* value, CUfunction_attribute attribute, CUkernel kernel,
                              CUdevice) {
  if (attribute != CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES) return CUDA_ERROR_INVALID_VALUE;
  *value = reinterpret_cast<KernelInfo*>(kernel)->static_shared_bytes;
  return CUDA_SUCCESS;
}

CUresult cuKernelSetAttribute(CUfunction_attribute attribute, int value, CUkernel handle,
                              CUdevice device) {
  auto kernel = reinterpret_cast<KernelInfo*>(handle);
  if (attribute != CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES ||
      value + kernel->static_shared_bytes > kOptInSharedMemory) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  kernel->max_dynamic_shared_bytes[device] = value;
  return CUDA_SUCCESS;
}

// Device memory is host memory.
CUresult cuMemAlloc(CUdeviceptr* pointer, size_t num_bytes) {
  *pointer = reinterpret_cast<CUdeviceptr>(std::malloc(num_bytes));
  if (*pointer == 0) return CUDA_ERROR_OUT_OF_MEMORY;
  std::lock_guard<std::mutex> lock(GetState().mutex);
  GetState().allocations[*pointer] = num_bytes;
  GetState().used_bytes += num_bytes;
  return CUDA_SUCCESS;
}

CUresult cuMemFree(CUdeviceptr pointer) {
  std::lock_guard<std::mutex> lock(GetState().mutex);
  auto it = GetState().allocations.find(pointer);
  if (it == GetState().allocations.end()) return CUDA_ERROR_INVALID_VALUE;
  GetState().used_bytes -= it->second;
  GetState().allocations.erase(it);
  std::free(reinterpret_cast<void*>(pointer));
  return CUDA_SUCCESS;
}

CUresult cuMemGetInfo(size_t* free_bytes, size_t* total_bytes) {
  std::lock_guard<std::mutex> lock(GetState().mutex);
  *free_bytes = kMemoryBytes - GetState().used_bytes;
  *total_bytes = kMemoryBytes;
  return CUDA_SUCCESS;
}

// Everything is done when the call that asks for it returns, so streams are but numbers.
CUresult cuStreamCreate(CUstream* stream, unsigned int) {
  static std::atomic<uintptr_t> last{0};
  *stream = reinterpret_cast<CUstream>(++last << 8);
  return CUDA_SUCCESS;
}

CUresult cuStreamSynchronize(CUstream) { return CUDA_SUCCESS; }
CUresult cuStreamDestroy(CUstream) { return CUDA_SUCCESS; }
CUresult cuCtxSynchronize() { return CUDA_SUCCESS; }

CUresult cuMemcpyHtoD(CUdeviceptr to, const void* from, size_t num_bytes) {
  std::memcpy(reinterpret_cast<void*>(to), from, num_bytes);
  return CUDA_SUCCESS;
}

CUresult cuMemcpyDtoH(void* to, CUdeviceptr from, size_t num_bytes) {
  std::memcpy(to, reinterpret_cast<const void*>(from), num_bytes);
  return CUDA_SUCCESS;
}

CUresult cuLaunchKernel(CUfunction function, unsigned int grid_x, unsigned int grid_y,
                        unsigned int grid_z, unsigned int block_x, unsigned int block_y,
                        unsigned int block_z, unsigned int shared_bytes, CUstream stream,
                        void** args, void**) {
  if (context_stack.empty()) return CUDA_ERROR_INVALID_CONTEXT;
  if (block_x * block_y * block_z > 1024) return CUDA_ERROR_INVALID_VALUE;
  const int device = static_cast<int>(reinterpret_cast<char*>(context_stack.back()) - contexts);
  auto kernel = reinterpret_cast<KernelInfo*>(function);
  if (static_cast<int>(shared_bytes) > kernel->max_dynamic_shared_bytes[device]) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  State& state = GetState();
  std::lock_guard<std::mutex> lock(state.mutex);
  ++state.launches;
  state.last_cluster = 1;
  state.last_stream = stream;
  state.last_device = device;
  state.last_shared_bytes = shared_bytes;
  const unsigned grid[3] = {grid_x, grid_y, grid_z}, block[3] = {block_x, block_y, block_z};
  std::memcpy(state.last_grid, grid, sizeof(grid));
  std::memcpy(state.last_block, block, sizeof(block));
  return Run(kernel->name, grid_x, args);
}

CUresult cuLaunchKernelEx(const CUlaunchConfig* config, CUfunction function, void** args,
                          void** extra) {
  const CUresult code = cuLaunchKernel(
      function, config->gridDimX, config->gridDimY, config->gridDimZ, config->blockDimX,
      config->blockDimY, config->blockDimZ, config->sharedMemBytes, config->hStream, args, extra);
  for (unsigned i = 0; i < config->numAttrs; ++i) {
    if (config->attrs[i].id == CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION) {
      GetState().last_cluster = config->attrs[i].value.clusterDim.x;
    }
  }
  return code;
}

// ---- what tests ask -----------------------------------------------------------------------------

int standin_live_libraries() { return GetState().live_libraries; }
int standin_launches() { return GetState().launches; }
int standin_context_depth() { return static_cast<int>(context_stack.size()); }

// Grid, block, dynamic shared memory, device, stream and cluster of the last launch.
void standin_last_launch(uint64_t out[10]) {
  State& state = GetState();
  for (int i = 0; i < 3; ++i) {
    out[i] = state.last_grid[i];
    out[3 + i] = state.last_block[i];
  }
  out[6] = state.last_shared_bytes;
  out[7] = static_cast<uint64_t>(state.last_device);
  out[8] = reinterpret_cast<uint64_t>(state.last_stream);
  out[9] = state.last_cluster;
}
}
