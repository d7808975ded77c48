// SPDX-License-Identifier: Apache-2.0
//
// Defines the driver functions that the launcher header and this loader call, each as a jump
// through a pointer found by dlsym. Hidden visibility (CMakeLists.txt) keeps them out of everybody
// else's way, libcuda's own symbols included.
#include "driver.h"

#include <cuda.h>
#include <dlfcn.h>
#include <tvm/ffi/error.h>

#include <mutex>

namespace {

// Every driver function used, once: name, parameters, arguments.
#define CUBIN_LOADER_DRIVER_FUNCTIONS(DEFINE)                                                      \
  DEFINE(cuInit, (unsigned int flags), (flags))                                                    \
  DEFINE(cuGetErrorName, (CUresult code, const char** text), (code, text))                         \
  DEFINE(cuGetErrorString, (CUresult code, const char** text), (code, text))                       \
  DEFINE(cuDeviceGet, (CUdevice * device, int ordinal), (device, ordinal))                         \
  DEFINE(cuDeviceGetCount, (int* count), (count))                                                  \
  DEFINE(cuDeviceGetAttribute, (int* value, CUdevice_attribute attribute, CUdevice device),        \
         (value, attribute, device))                                                               \
  DEFINE(cuDevicePrimaryCtxRetain, (CUcontext * context, CUdevice device), (context, device))      \
  DEFINE(cuCtxPushCurrent, (CUcontext context), (context))                                         \
  DEFINE(cuCtxPopCurrent, (CUcontext * context), (context))                                        \
  DEFINE(cuLibraryLoadData,                                                                        \
         (CUlibrary * library, const void* image, CUjit_option* jit, void** jit_values,            \
          unsigned int num_jit, CUlibraryOption* options, void** values, unsigned int num),        \
         (library, image, jit, jit_values, num_jit, options, values, num))                         \
  DEFINE(cuLibraryUnload, (CUlibrary library), (library))                                          \
  DEFINE(cuLibraryGetKernel, (CUkernel * kernel, CUlibrary library, const char* name),             \
         (kernel, library, name))                                                                  \
  DEFINE(cuLibraryGetKernelCount, (unsigned int* count, CUlibrary library), (count, library))      \
  DEFINE(cuLibraryEnumerateKernels, (CUkernel * kernels, unsigned int count, CUlibrary library),   \
         (kernels, count, library))                                                                \
  DEFINE(cuKernelGetName, (const char** name, CUkernel kernel), (name, kernel))                    \
  DEFINE(cuKernelGetParamInfo, (CUkernel kernel, size_t index, size_t * offset, size_t * size),    \
         (kernel, index, offset, size))                                                            \
  DEFINE(cuKernelGetAttribute,                                                                     \
         (int* value, CUfunction_attribute attribute, CUkernel kernel, CUdevice device),           \
         (value, attribute, kernel, device))                                                       \
  DEFINE(cuKernelSetAttribute,                                                                     \
         (CUfunction_attribute attribute, int value, CUkernel kernel, CUdevice device),            \
         (attribute, value, kernel, device))                                                       \
  DEFINE(cuLaunchKernel,                                                                           \
         (CUfunction function, unsigned int grid_x, unsigned int grid_y, unsigned int grid_z,      \
          unsigned int block_x, unsigned int block_y, unsigned int block_z,                        \
          unsigned int shared_bytes, CUstream stream, void** args, void** extra),                  \
         (function, grid_x, grid_y, grid_z, block_x, block_y, block_z, shared_bytes, stream, args, \
          extra))                                                                                  \
  DEFINE(cuLaunchKernelEx,                                                                         \
         (const CUlaunchConfig* config, CUfunction function, void** args, void** extra),           \
         (config, function, args, extra))

struct DriverTable {
  bool ready = false;
#define CUBIN_LOADER_FIELD(name, parameters, arguments) CUresult(*name) parameters = nullptr;
  CUBIN_LOADER_DRIVER_FUNCTIONS(CUBIN_LOADER_FIELD)
#undef CUBIN_LOADER_FIELD
};

DriverTable driver;
std::mutex driver_mutex;

// cuda.h renames functions to versioned symbols with macros (cuCtxPushCurrent is
// cuCtxPushCurrent_v2), so the name must be expanded before it is turned into text.
#define CUBIN_LOADER_TEXT(name) #name
#define CUBIN_LOADER_SYMBOL(name) CUBIN_LOADER_TEXT(name)

template <typename F>
void FindSymbol(void* library, const char* symbol, F* out) {
  *out = reinterpret_cast<F>(dlsym(library, symbol));
  if (*out == nullptr) {
    TVM_FFI_THROW(RuntimeError) << "The CUDA driver has no `" << symbol
                                << "`; version 12.4 or newer is needed";
  }
}

void OpenDriver() {
  // Never closed: contexts and libraries of other users of the driver outlive this loader.
  void* library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    TVM_FFI_THROW(RuntimeError)
        << "CUDA images need the NVIDIA driver, which is not installed here: " << dlerror();
  }
#define CUBIN_LOADER_FIND(name, parameters, arguments) \
  FindSymbol(library, CUBIN_LOADER_SYMBOL(name), &driver.name);
  CUBIN_LOADER_DRIVER_FUNCTIONS(CUBIN_LOADER_FIND)
#undef CUBIN_LOADER_FIND
  CUresult code = driver.cuInit(0);
  if (code != CUDA_SUCCESS) {
    const char* text = "unknown error";
    driver.cuGetErrorString(code, &text);
    TVM_FFI_THROW(RuntimeError) << "CUDA driver could not be initialised: " << text << " ("
                                << static_cast<int>(code) << ")";
  }
}

}  // namespace

#define CUBIN_LOADER_DEFINE(name, parameters, arguments) \
  extern "C" CUresult CUDAAPI name parameters { return driver.name arguments; }
CUBIN_LOADER_DRIVER_FUNCTIONS(CUBIN_LOADER_DEFINE)
#undef CUBIN_LOADER_DEFINE

namespace cubin_loader {

void EnsureDriver() {
  std::lock_guard<std::mutex> lock(driver_mutex);
  if (!driver.ready) {
    OpenDriver();
    driver.ready = true;
  }
}

}  // namespace cubin_loader
