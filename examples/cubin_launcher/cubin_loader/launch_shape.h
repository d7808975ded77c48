// SPDX-License-Identifier: Apache-2.0
//
// The leading arguments of a launch: how many threads, in which grouping, with how much memory.
#ifndef CUBIN_LOADER_LAUNCH_SHAPE_H_
#define CUBIN_LOADER_LAUNCH_SHAPE_H_

#include <tvm/ffi/extra/cuda/cubin_launcher.h>
#include <tvm/ffi/function.h>

#include <cstdint>

namespace cubin_loader {

// The arguments of a launch before those of the kernel.
constexpr int kNumLaunchArgs = 3;

struct LaunchShape {
  tvm::ffi::dim3 grid;            // blocks; a multiple of `cluster` along x
  tvm::ffi::dim3 block;           // threads per block
  uint32_t dynamic_shared_bytes;  // dynamic shared memory per block
  int cluster;                    // blocks per cluster along x; 1: no clusters

  // Reads (grid, block, options). `grid` and `block` are an int or one to three ints; `options` is
  // the number of bytes of dynamic shared memory, or a map with any of the keys
  // "dynamic_shared_memory_bytes" and "cluster". Throws TypeError or ValueError that names what is
  // wrong.
  static LaunchShape Parse(tvm::ffi::PackedArgs args);
};

}  // namespace cubin_loader

#endif  // CUBIN_LOADER_LAUNCH_SHAPE_H_
