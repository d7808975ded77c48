// SPDX-License-Identifier: Apache-2.0
//
// One kernel of a loaded image, with what is needed to launch it from packed FFI arguments.
#ifndef CUBIN_LOADER_KERNEL_H_
#define CUBIN_LOADER_KERNEL_H_

#include <tvm/ffi/extra/cuda/cubin_launcher.h>
#include <tvm/ffi/function.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace cubin_loader {

struct LaunchShape;

// Launches are packed calls (grid, block, dynamic_shared_memory_bytes, *args):
//  - the first three arguments: see LaunchShape. Dynamic shared memory beyond what a device gives
//    by default (48 KiB) is opted in to where the device has it.
//  - tensors: pass the address of their first element; all must be on the same CUDA device, on
//    whose current stream (TVMFFIEnvGetStream) the kernel runs.
//  - ints, floats, bools: narrowed to the size that the driver reports for the parameter.
//  - raw pointers: passed as they are; None is a null pointer.
// Launches may run on many threads at once.
class Kernel {
 public:
  // Reads the parameter sizes from the driver.
  Kernel(tvm::ffi::CubinKernel kernel, std::string name);

  // Throws TypeError or ValueError that names the argument, or RuntimeError from CUDA.
  void Launch(tvm::ffi::PackedArgs args);

 private:
  // Raises the kernel's limit of dynamic shared memory on a device, once per size.
  void AllowSharedMemory(uint32_t bytes, int device_id);

  CUresult Enqueue(const LaunchShape& shape, void** args, CUstream stream);

  tvm::ffi::CubinKernel kernel_;
  std::string name_;
  std::vector<size_t> param_sizes_;
  std::mutex mutex_;                              // guards the map
  std::map<int, uint32_t> allowed_shared_bytes_;  // by device
};

}  // namespace cubin_loader

#endif  // CUBIN_LOADER_KERNEL_H_
