// SPDX-License-Identifier: Apache-2.0
//
// One kernel of a loaded image, with what is needed to launch it from packed FFI arguments.
#ifndef CUBIN_LOADER_KERNEL_H_
#define CUBIN_LOADER_KERNEL_H_

#include <tvm/ffi/extra/cuda/cubin_launcher.h>
#include <tvm/ffi/function.h>

#include <string>
#include <vector>

namespace cubin_loader {

// Launches are packed calls (grid, block, dynamic_shared_memory_bytes, *args):
//  - grid, block: an int, or one to three ints; blocks per grid and threads per block.
//  - tensors: pass the address of their first element; all must be on the same CUDA device, which
//  is
//    where the kernel runs, on that device's current stream (TVMFFIEnvGetStream).
//  - ints, floats, bools: narrowed to the size that the driver reports for the parameter.
//  - raw pointers: passed as they are; None is a null pointer.
class Kernel {
 public:
  // Reads the parameter sizes from the driver.
  Kernel(tvm::ffi::CubinKernel kernel, std::string name);

  // Throws TypeError or ValueError that names the argument, or RuntimeError from CUDA.
  void Launch(tvm::ffi::PackedArgs args);

 private:
  tvm::ffi::CubinKernel kernel_;
  std::string name_;
  std::vector<size_t> param_sizes_;
};

}  // namespace cubin_loader

#endif  // CUBIN_LOADER_KERNEL_H_
