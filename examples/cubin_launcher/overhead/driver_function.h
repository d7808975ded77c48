// SPDX-License-Identifier: Apache-2.0
//
// Functions of libcuda by name, for libraries that do not link it.
#ifndef CUBIN_LAUNCHER_DRIVER_FUNCTION_H_
#define CUBIN_LAUNCHER_DRIVER_FUNCTION_H_

#include <cuda.h>
#include <dlfcn.h>
#include <tvm/ffi/error.h>

namespace cubin_launcher {

template <typename F>
F* DriverFunction(const char* name) {
  static void* const driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  void* function = driver == nullptr ? nullptr : dlsym(driver, name);
  if (function == nullptr) TVM_FFI_THROW(RuntimeError) << "the CUDA driver has no " << name;
  return reinterpret_cast<F*>(function);
}

inline void Check(CUresult code) {
  if (code != CUDA_SUCCESS) TVM_FFI_THROW(RuntimeError) << "CUDA error " << code;
}

}  // namespace cubin_launcher

#endif  // CUBIN_LAUNCHER_DRIVER_FUNCTION_H_
