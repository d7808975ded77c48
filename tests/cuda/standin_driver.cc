// SPDX-License-Identifier: Apache-2.0
//
// A stand-in for libcuda.so.1: two pretended GPUs of architecture sm_90 whose memory is host
// memory. It reads kernels and their parameter sizes out of real cubins, checks launches as the
// driver does, and computes the kernels of kernels.cu on the host, so that the loader's logic is
// tested without a GPU. What it has seen can be asked through the standin_* functions.
#include <cuda.h>
#include <elf.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace {

constexpr int kNumDevices = 2;
constexpr unsigned kArchitecture = 90;
constexpr int kSharedMemory = 48 * 1024;        // of a block, static and dynamic, by default
constexpr int kOptInSharedMemory = 227 * 1024;  // the same after opting in

constexpr int kReservedShared = 1024;  // of a block's, counted by the image, not by limits

struct Param {
  size_t offset;
  size_t size;
};

struct KernelInfo {
  std::string name;
  std::map<size_t, Param> params;  // by position
  int static_shared_bytes = 0;
  int max_dynamic_shared_bytes[kNumDevices] = {kSharedMemory, kSharedMemory};
};

struct Library {
  std::map<std::string, std::unique_ptr<KernelInfo>> kernels;
  bool runs_here = true;
};

struct State {
  std::mutex mutex;
  bool initialised = false;
  int live_libraries = 0;
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

// Attribute 0x17 of a .nv.info.<kernel> section describes one parameter: position and offset in 16
// bits each, and the size in the upper bits of the last word.
void ReadParams(const char* data, size_t size, KernelInfo* kernel) {
  for (size_t at = 0; at + 4 <= size;) {
    uint8_t format = data[at], attribute = data[at + 1];
    uint16_t length;
    std::memcpy(&length, data + at + 2, sizeof(length));
    if (format != 4) length = 0;  // the value is the 16 bits themselves
    if (format == 4 && attribute == 0x17 && length == 12) {
      uint16_t position, offset;
      uint32_t bits;
      std::memcpy(&position, data + at + 8, sizeof(position));
      std::memcpy(&offset, data + at + 10, sizeof(offset));
      std::memcpy(&bits, data + at + 12, sizeof(bits));
      kernel->params[position] = {offset, bits >> 18};
    }
    at += 4 + length;
  }
}

std::unique_ptr<Library> ReadCubin(const char* image) {
  Elf64_Ehdr header;
  std::memcpy(&header, image, sizeof(header));
  auto library = std::make_unique<Library>();
  library->runs_here = ((header.e_flags >> 8) & 0xff) == kArchitecture;
  auto sections = reinterpret_cast<const Elf64_Shdr*>(image + header.e_shoff);
  const char* names = image + sections[header.e_shstrndx].sh_offset;
  const std::string prefix = ".nv.info.";
  for (int i = 0; i < header.e_shnum; ++i) {
    std::string name = names + sections[i].sh_name;
    if (name.compare(0, prefix.size(), prefix) != 0) continue;
    auto kernel = std::make_unique<KernelInfo>();
    kernel->name = name.substr(prefix.size());
    ReadParams(image + sections[i].sh_offset, sections[i].sh_size, kernel.get());
    library->kernels[kernel->name] = std::move(kernel);
  }
  for (int i = 0; i < header.e_shnum; ++i) {
    std::string name = names + sections[i].sh_name;
    for (auto& [kernel_name, kernel] : library->kernels) {
      if (name == ".nv.shared." + kernel_name) {
        kernel->static_shared_bytes = static_cast<int>(sections[i].sh_size) - kReservedShared;
      }
    }
  }
  return library;
}

template <typename T>
T Get(void** args, int i) {
  return *static_cast<T*>(args[i]);
}

CUresult Run(const std::string& name, void** args) {
  if (name == "add_one") {
    auto x = Get<const float*>(args, 0);
    auto y = Get<float*>(args, 1);
    for (int i = 0; i < Get<int>(args, 2); ++i) y[i] = x[i] + 1.0f;
  } else if (name == "mix") {
    Get<double*>(args, 0)[0] = Get<double>(args, 6) + Get<signed char>(args, 1) +
                               Get<short>(args, 2) + Get<int>(args, 3) + Get<long long>(args, 4) +
                               Get<float>(args, 5) + (Get<bool>(args, 7) ? 100.0 : 0.0);
  } else if (name == "maybe_fill") {
    auto y = Get<float*>(args, 0);
    for (int i = 0; y != nullptr && i < Get<int>(args, 2); ++i) y[i] = Get<float>(args, 1);
  } else if (name == "sum_in_shared") {
    int n = Get<int>(args, 1);
    Get<float*>(args, 0)[0] = static_cast<float>(n * (n - 1) / 2);
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
  if (std::memcmp(image, ELFMAG, SELFMAG) != 0) return CUDA_ERROR_INVALID_IMAGE;
  *library = reinterpret_cast<CUlibrary>(ReadCubin(static_cast<const char*>(image)).release());
  std::lock_guard<std::mutex> lock(GetState().mutex);
  ++GetState().live_libraries;
  return CUDA_SUCCESS;
}

CUresult cuLibraryUnload(CUlibrary library) {
  delete reinterpret_cast<Library*>(library);
  std::lock_guard<std::mutex> lock(GetState().mutex);
  --GetState().live_libraries;
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
  return *pointer == 0 ? CUDA_ERROR_OUT_OF_MEMORY : CUDA_SUCCESS;
}

CUresult cuMemFree(CUdeviceptr pointer) {
  std::free(reinterpret_cast<void*>(pointer));
  return CUDA_SUCCESS;
}

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
  return Run(kernel->name, args);
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
