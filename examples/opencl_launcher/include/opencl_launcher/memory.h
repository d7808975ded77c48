// SPDX-License-Identifier: Apache-2.0
//
// The CPU memory of tensors as OpenCL buffers, for the time of one launch.
#ifndef OPENCL_LAUNCHER_MEMORY_H_
#define OPENCL_LAUNCHER_MEMORY_H_

#include <opencl_launcher/device.h>
#include <opencl_launcher/error.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace opencl_launcher {

// Memory is used where it is (CL_MEM_USE_HOST_PTR): a CPU device works on it, others may keep a
// copy meanwhile. Memory that is not aligned for what a kernel sees in it is copied to and fro.
//
// Invariant: no two buffers share a byte, as OpenCL leaves that undefined. The same memory for two
// parameters is one buffer.
class LaunchMemory {
 public:
  explicit LaunchMemory(const Device& device) : device_(device) {}

  // Adds memory that a kernel sees as units of `alignment` bytes, and returns the number of its
  // buffer; nothing if it overlaps memory added before without being the same.
  std::optional<size_t> Add(void* data, size_t bytes, size_t alignment, bool read_only) {
    auto begin = reinterpret_cast<uintptr_t>(data);
    for (size_t i = 0; i < regions_.size(); ++i) {
      Region& region = regions_[i];
      if (begin == region.begin && bytes == region.bytes) {
        region.alignment = std::max(region.alignment, alignment);
        region.read_only &= read_only;
        return i;
      }
      if (begin < region.begin + region.bytes && region.begin < begin + bytes) return std::nullopt;
    }
    regions_.push_back({begin, bytes, alignment, read_only, OwnedMemory()});
    return regions_.size() - 1;
  }

  // Makes the buffers; call it when all memory is added.
  void Create() {
    for (Region& region : regions_) {
      cl_mem_flags flags = region.read_only ? CL_MEM_READ_ONLY : CL_MEM_READ_WRITE;
      flags |= region.in_place() ? CL_MEM_USE_HOST_PTR : CL_MEM_COPY_HOST_PTR;
      cl_int code;
      region.memory =
          OwnedMemory(clCreateBuffer(device_.context(), flags, region.bytes, region.data(), &code));
      Check(code, "clCreateBuffer");
    }
  }

  cl_mem buffer(size_t number) const { return regions_[number].memory.get(); }

  // Brings what kernels wrote to where the tensors are. The kernels must have ended.
  void CopyBack() {
    for (Region& region : regions_) {
      if (region.read_only) continue;
      if (region.in_place()) {
        Synchronize(region);
      } else {
        Check(clEnqueueReadBuffer(device_.queue(), region.memory.get(), CL_TRUE, 0, region.bytes,
                                  region.data(), 0, nullptr, nullptr),
              "clEnqueueReadBuffer");
      }
    }
  }

 private:
  struct Region {
    uintptr_t begin;
    size_t bytes;
    size_t alignment;
    bool read_only;
    OwnedMemory memory;

    void* data() const { return reinterpret_cast<void*>(begin); }
    bool in_place() const { return begin % alignment == 0; }
  };

  // Mapping is what makes the latest contents appear in the host's memory.
  void Synchronize(const Region& region) {
    cl_int code;
    void* mapped = clEnqueueMapBuffer(device_.queue(), region.memory.get(), CL_TRUE, CL_MAP_READ, 0,
                                      region.bytes, 0, nullptr, nullptr, &code);
    Check(code, "clEnqueueMapBuffer");
    OwnedEvent unmapped;
    Check(clEnqueueUnmapMemObject(device_.queue(), region.memory.get(), mapped, 0, nullptr,
                                  unmapped.out()),
          "clEnqueueUnmapMemObject");
    Check(clWaitForEvents(1, unmapped.out()), "clWaitForEvents");
  }

  const Device& device_;
  std::vector<Region> regions_;
};

}  // namespace opencl_launcher

#endif  // OPENCL_LAUNCHER_MEMORY_H_
