// SPDX-License-Identifier: Apache-2.0
//
// OpenCL's status codes as errors, and its handles as owners.
#ifndef OPENCL_LAUNCHER_ERROR_H_
#define OPENCL_LAUNCHER_ERROR_H_

#ifndef CL_TARGET_OPENCL_VERSION
#define CL_TARGET_OPENCL_VERSION 120
#endif
#include <CL/cl.h>
#include <tvm/ffi/error.h>

#include <string>
#include <utility>

namespace opencl_launcher {

// The name of a status code that programs meet, or a text that says that it is another one.
inline const char* ErrorName(cl_int code) {
#define OPENCL_LAUNCHER_NAME(name) \
  case name:                       \
    return #name
  switch (code) {
    OPENCL_LAUNCHER_NAME(CL_DEVICE_NOT_FOUND);
    OPENCL_LAUNCHER_NAME(CL_DEVICE_NOT_AVAILABLE);
    OPENCL_LAUNCHER_NAME(CL_COMPILER_NOT_AVAILABLE);
    OPENCL_LAUNCHER_NAME(CL_MEM_OBJECT_ALLOCATION_FAILURE);
    OPENCL_LAUNCHER_NAME(CL_OUT_OF_RESOURCES);
    OPENCL_LAUNCHER_NAME(CL_OUT_OF_HOST_MEMORY);
    OPENCL_LAUNCHER_NAME(CL_BUILD_PROGRAM_FAILURE);
    OPENCL_LAUNCHER_NAME(CL_MAP_FAILURE);
    OPENCL_LAUNCHER_NAME(CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST);
    OPENCL_LAUNCHER_NAME(CL_KERNEL_ARG_INFO_NOT_AVAILABLE);
    OPENCL_LAUNCHER_NAME(CL_INVALID_VALUE);
    OPENCL_LAUNCHER_NAME(CL_INVALID_BUFFER_SIZE);
    OPENCL_LAUNCHER_NAME(CL_INVALID_BINARY);
    OPENCL_LAUNCHER_NAME(CL_INVALID_BUILD_OPTIONS);
    OPENCL_LAUNCHER_NAME(CL_INVALID_PROGRAM);
    OPENCL_LAUNCHER_NAME(CL_INVALID_PROGRAM_EXECUTABLE);
    OPENCL_LAUNCHER_NAME(CL_INVALID_KERNEL_NAME);
    OPENCL_LAUNCHER_NAME(CL_INVALID_KERNEL);
    OPENCL_LAUNCHER_NAME(CL_INVALID_ARG_INDEX);
    OPENCL_LAUNCHER_NAME(CL_INVALID_ARG_VALUE);
    OPENCL_LAUNCHER_NAME(CL_INVALID_ARG_SIZE);
    OPENCL_LAUNCHER_NAME(CL_INVALID_KERNEL_ARGS);
    OPENCL_LAUNCHER_NAME(CL_INVALID_WORK_DIMENSION);
    OPENCL_LAUNCHER_NAME(CL_INVALID_WORK_GROUP_SIZE);
    OPENCL_LAUNCHER_NAME(CL_INVALID_WORK_ITEM_SIZE);
    OPENCL_LAUNCHER_NAME(CL_INVALID_GLOBAL_WORK_SIZE);
    OPENCL_LAUNCHER_NAME(CL_INVALID_OPERATION);
    default:
      return "another code";
  }
#undef OPENCL_LAUNCHER_NAME
}

// Throws RuntimeError that names the code and the function that returned it.
inline void Check(cl_int code, const char* function) {
  if (code != CL_SUCCESS) {
    TVM_FFI_THROW(RuntimeError) << "OpenCL Error: " << ErrorName(code) << " (" << code
                                << ") returned by " << function;
  }
}

// Owns one reference to an OpenCL object; movable, null when moved from.
template <typename Handle, cl_int(CL_API_CALL* Release)(Handle)>
class Owned {
 public:
  explicit Owned(Handle handle = nullptr) : handle_(handle) {}
  Owned(Owned&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Owned() {
    if (handle_ != nullptr) Release(handle_);
  }

  Handle get() const { return handle_; }
  // Where a function that makes an object puts it; only for a null owner.
  Handle* out() { return &handle_; }

 private:
  Handle handle_;
};

using OwnedProgram = Owned<cl_program, clReleaseProgram>;
using OwnedKernel = Owned<cl_kernel, clReleaseKernel>;
using OwnedMemory = Owned<cl_mem, clReleaseMemObject>;
using OwnedEvent = Owned<cl_event, clReleaseEvent>;

// Reads a property of any object: Get is clGetDeviceInfo or alike, with the arguments before the
// buffer bound. `function` is its name, for errors.
template <typename T, typename Get>
T GetValue(const char* function, Get get) {
  T value{};
  Check(get(sizeof(value), &value, nullptr), function);
  return value;
}

// The same for a text, without the terminator that OpenCL counts.
template <typename Get>
std::string GetText(const char* function, Get get) {
  size_t size = 0;
  Check(get(0, nullptr, &size), function);
  std::string text(size, '\0');
  Check(get(size, text.data(), nullptr), function);
  while (!text.empty() && text.back() == '\0') text.pop_back();
  return text;
}

}  // namespace opencl_launcher

#endif  // OPENCL_LAUNCHER_ERROR_H_
