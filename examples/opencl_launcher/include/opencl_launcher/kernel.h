// SPDX-License-Identifier: Apache-2.0
//
// One kernel of a program, launched on tensors.
#ifndef OPENCL_LAUNCHER_KERNEL_H_
#define OPENCL_LAUNCHER_KERNEL_H_

#include <opencl_launcher/arguments.h>
#include <opencl_launcher/device.h>
#include <opencl_launcher/error.h>
#include <opencl_launcher/parameter.h>
#include <opencl_launcher/program.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/function.h>

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace opencl_launcher {

// A launch is the packed call (grid, block, dynamic_shared_memory_bytes, *args), as for CUDA:
//  - grid, block: an int, or one to three ints; work-groups, and work-items of each.
//  - dynamic_shared_memory_bytes: size of the memory behind the kernel's `local` pointer, which
//    takes no argument of its own; 0 if it has none, a sequence if it has several.
//  - args: one for each other parameter, checked against the type that the source declares. Tensors
//    are in CPU memory and contiguous; None is a null pointer.
//
// It is synchronous: it returns when the kernel has ended and its results are in the tensors, which
// nobody else may write meanwhile. Many threads may launch the same kernel; on the device's one
// queue their launches run one after the other.
class Kernel {
 public:
  // `signature` may come from the program (ReadSignature) or from where its binary was kept.
  // Throws RuntimeError if the program has no such kernel, ValueError if it has another number of
  // parameters. Keeps the program loaded.
  Kernel(const Device& device, const Program& program, Signature signature)
      : device_(device), signature_(std::move(signature)) {
    cl_int code;
    kernel_ = OwnedKernel(clCreateKernel(program.get(), signature_.name.c_str(), &code));
    Check(code, "clCreateKernel");
    max_block_ =
        GetValue<size_t>("clGetKernelWorkGroupInfo", [&](size_t size, void* out, size_t* needed) {
          return clGetKernelWorkGroupInfo(kernel_.get(), device.id(), CL_KERNEL_WORK_GROUP_SIZE,
                                          size, out, needed);
        });
    auto count = GetValue<cl_uint>("clGetKernelInfo", [&](size_t size, void* out, size_t* needed) {
      return clGetKernelInfo(kernel_.get(), CL_KERNEL_NUM_ARGS, size, out, needed);
    });
    if (count != signature_.parameters.size()) {
      TVM_FFI_THROW(ValueError) << "The signature `" << signature_.Declaration()
                                << "` is not that of the program's kernel, which has " << count
                                << " parameters";
    }
    for (const Parameter& parameter : signature_.parameters) {
      num_local_ += parameter.kind == ParameterKind::kLocal;
    }
  }

  Kernel(const Device& device, const Program& program, const std::string& name)
      : Kernel(device, program, ReadSignature(program, name)) {}

  const Signature& signature() const { return signature_; }

  // Throws TypeError or ValueError that names the argument, or RuntimeError from OpenCL.
  void Launch(ffi::PackedArgs args) {
    CheckCount(args.size());
    std::array<size_t, 3> grid = ToExtents("grid", args[0]);
    std::array<size_t, 3> block = ToExtents("block", args[1]);
    CheckBlock(block);
    std::vector<size_t> local_bytes = ToLocalBytes(args[2]);

    Arguments arguments(device_, signature_);
    size_t next_local = 0;
    int next = kNumLaunchArgs;
    for (const Parameter& parameter : signature_.parameters) {
      if (parameter.kind == ParameterKind::kLocal) {
        arguments.AddLocal(local_bytes[next_local++]);
      } else {
        arguments.Add(parameter, args[next++]);
      }
    }
    arguments.CreateBuffers();
    Run(arguments, grid, block);
    arguments.CopyBack();
  }

  // The same from C++: kernel(grid, block, 0, &x, &y, n).
  template <typename... Args>
  void operator()(Args&&... args) {
    ffi::AnyView packed[] = {ffi::AnyView(args)...};
    Launch(ffi::PackedArgs(packed, sizeof...(args)));
  }

 private:
  static constexpr int kNumLaunchArgs = 3;

  void CheckCount(int given) const {
    const size_t own = signature_.parameters.size() - num_local_;
    const int expected = kNumLaunchArgs + static_cast<int>(own);
    if (given != expected) {
      TVM_FFI_THROW(TypeError) << "kernel `" << signature_.name << "` takes (grid, block, "
                               << "dynamic_shared_memory_bytes) and " << own
                               << " arguments of its own, " << expected << " in all; got " << given
                               << ". It is declared as: " << signature_.Declaration();
    }
  }

  static size_t ToExtent(const char* what, int64_t value) {
    if (value < 1 || value > UINT32_MAX) {
      TVM_FFI_THROW(ValueError) << what << " must have positive 32-bit extents, got " << value;
    }
    return static_cast<size_t>(value);
  }

  static std::array<size_t, 3> ToExtents(const char* what, const ffi::AnyView& value) {
    std::array<size_t, 3> xyz = {1, 1, 1};
    if (std::optional<int64_t> x = value.try_cast<int64_t>()) {
      xyz[0] = ToExtent(what, *x);
      return xyz;
    }
    auto extents = value.try_cast<ffi::Array<int64_t>>();
    if (!extents.has_value() || extents->size() < 1 || extents->size() > 3) {
      TVM_FFI_THROW(TypeError) << what << " must be an int or one to three ints, got "
                               << value.GetTypeKey();
    }
    for (size_t i = 0; i < extents->size(); ++i) xyz[i] = ToExtent(what, (*extents)[i]);
    return xyz;
  }

  void CheckBlock(const std::array<size_t, 3>& block) const {
    // Dividing, as a product might overflow.
    if (block[0] > max_block_ || block[1] > max_block_ / block[0] ||
        block[2] > max_block_ / (block[0] * block[1])) {
      TVM_FFI_THROW(ValueError) << "block has too many work-items for kernel `" << signature_.name
                                << "` on " << device_.name() << ", which takes " << max_block_;
    }
  }

  // One size for each local pointer.
  std::vector<size_t> ToLocalBytes(const ffi::AnyView& value) const {
    constexpr const char* kName = "dynamic_shared_memory_bytes";
    std::vector<int64_t> given;
    if (std::optional<int64_t> bytes = value.try_cast<int64_t>()) {
      if (num_local_ != 0 || *bytes != 0) given.push_back(*bytes);
    } else if (auto list = value.try_cast<ffi::Array<int64_t>>()) {
      given.assign(list->begin(), list->end());
    } else {
      TVM_FFI_THROW(TypeError) << kName << " must be an int or a sequence of ints, got "
                               << value.GetTypeKey();
    }
    if (given.size() != num_local_) {
      TVM_FFI_THROW(ValueError) << kName << " must be "
                                << (num_local_ == 0 ? "0" : "one size for each local pointer")
                                << " for kernel `" << signature_.name << "`, which has "
                                << num_local_ << " local pointers; got " << given.size()
                                << " sizes. It is declared as: " << signature_.Declaration();
    }
    size_t left = device_.local_memory_bytes();
    for (int64_t bytes : given) {
      if (bytes < 1 || static_cast<uint64_t>(bytes) > left) {
        TVM_FFI_THROW(ValueError) << kName << " is out of range: " << bytes << "; " << left
                                  << " bytes are left on " << device_.name();
      }
      left -= static_cast<size_t>(bytes);
    }
    return std::vector<size_t>(given.begin(), given.end());
  }

  void Run(const Arguments& arguments, const std::array<size_t, 3>& grid,
           const std::array<size_t, 3>& block) {
    size_t global[3];
    for (int i = 0; i < 3; ++i) global[i] = grid[i] * block[i];
    OwnedEvent done;
    {
      // A cl_kernel holds one set of arguments, which is read when a launch is enqueued.
      std::lock_guard<std::mutex> lock(mutex_);
      arguments.Set(kernel_.get());
      Check(clEnqueueNDRangeKernel(device_.queue(), kernel_.get(), 3, nullptr, global, block.data(),
                                   0, nullptr, done.out()),
            "clEnqueueNDRangeKernel");
    }
    cl_int code = clWaitForEvents(1, done.out());
    // Whatever went wrong, the kernel must not outlive the memory that it works on.
    if (code != CL_SUCCESS) clFinish(device_.queue());
    Check(code, "clWaitForEvents");
  }

  const Device& device_;
  Signature signature_;
  OwnedKernel kernel_;
  size_t max_block_;
  size_t num_local_ = 0;
  std::mutex mutex_;
};

}  // namespace opencl_launcher

#endif  // OPENCL_LAUNCHER_KERNEL_H_
