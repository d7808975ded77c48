// SPDX-License-Identifier: Apache-2.0
//
// What the stand-in driver learns from an image: its kernels, their parameters and shared memory.
#ifndef TESTS_CUDA_STANDIN_IMAGE_H_
#define TESTS_CUDA_STANDIN_IMAGE_H_

#include <cstddef>
#include <map>
#include <memory>
#include <string>

namespace standin {

constexpr int kNumDevices = 2;
constexpr unsigned kArchitecture = 90;
constexpr int kSharedMemory = 48 * 1024;  // of a block, static and dynamic, by default

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

// Reads a cubin, a fatbin that holds one uncompressed, or PTX text; null for anything else.
std::unique_ptr<Library> ReadImage(const char* image);

}  // namespace standin

#endif  // TESTS_CUDA_STANDIN_IMAGE_H_
