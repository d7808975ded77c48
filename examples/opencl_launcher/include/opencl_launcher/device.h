// SPDX-License-Identifier: Apache-2.0
//
// The OpenCL device that this process uses, of any installed driver (ICD).
#ifndef OPENCL_LAUNCHER_DEVICE_H_
#define OPENCL_LAUNCHER_DEVICE_H_

#include <opencl_launcher/error.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace opencl_launcher {

// A device with a context and an in-order queue. Safe to use from many threads.
class Device {
 public:
  // The device whose name contains the value of the environment variable OPENCL_LAUNCHER_DEVICE;
  // without it the first GPU, else the first accelerator, else whatever there is. Opened by the
  // first call and kept for the process, as other users may hold objects of it; a call that threw
  // RuntimeError (no driver, no such device) is tried again by the next.
  static const Device& Default() {
    static const Device* const device = new Device(Choose());
    return *device;
  }

  cl_device_id id() const { return id_; }
  cl_context context() const { return context_; }
  cl_command_queue queue() const { return queue_; }

  // Platform and device, for people.
  const std::string& name() const { return name_; }
  // Everything that a compiled program depends on: it fits a device of the same identity only.
  const std::string& identity() const { return identity_; }
  size_t local_memory_bytes() const { return local_memory_bytes_; }

 private:
  explicit Device(cl_device_id id)
      : id_(id), name_(NameOf(id)), local_memory_bytes_(LocalMemoryOf(id)) {
    identity_ = name_ + ", " + InfoOf(id, CL_DEVICE_VENDOR) + ", " + InfoOf(id, CL_DEVICE_VERSION) +
                ", driver " + InfoOf(id, CL_DRIVER_VERSION);
    cl_int code;
    context_ = clCreateContext(nullptr, 1, &id, nullptr, nullptr, &code);
    Check(code, "clCreateContext");
    queue_ = clCreateCommandQueue(context_, id, 0, &code);
    if (code != CL_SUCCESS) clReleaseContext(context_);
    Check(code, "clCreateCommandQueue");
  }

  static std::string InfoOf(cl_device_id id, cl_device_info what) {
    return GetText("clGetDeviceInfo", [=](size_t size, void* out, size_t* needed) {
      return clGetDeviceInfo(id, what, size, out, needed);
    });
  }

  static std::string NameOf(cl_device_id id) {
    auto platform =
        GetValue<cl_platform_id>("clGetDeviceInfo", [=](size_t size, void* out, size_t* needed) {
          return clGetDeviceInfo(id, CL_DEVICE_PLATFORM, size, out, needed);
        });
    std::string platform_name =
        GetText("clGetPlatformInfo", [=](size_t size, void* out, size_t* needed) {
          return clGetPlatformInfo(platform, CL_PLATFORM_NAME, size, out, needed);
        });
    return platform_name + ": " + InfoOf(id, CL_DEVICE_NAME);
  }

  static size_t LocalMemoryOf(cl_device_id id) {
    return GetValue<cl_ulong>("clGetDeviceInfo", [=](size_t size, void* out, size_t* needed) {
      return clGetDeviceInfo(id, CL_DEVICE_LOCAL_MEM_SIZE, size, out, needed);
    });
  }

  // All devices of all drivers; a driver that cannot tell its devices has none.
  static std::vector<cl_device_id> AllDevices() {
    cl_uint num_platforms = 0;
    if (clGetPlatformIDs(0, nullptr, &num_platforms) != CL_SUCCESS) return {};
    std::vector<cl_platform_id> platforms(num_platforms);
    Check(clGetPlatformIDs(num_platforms, platforms.data(), nullptr), "clGetPlatformIDs");
    std::vector<cl_device_id> devices;
    for (cl_platform_id platform : platforms) {
      cl_uint count = 0;
      if (clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, nullptr, &count) != CL_SUCCESS) continue;
      size_t end = devices.size();
      devices.resize(end + count);
      Check(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, count, devices.data() + end, nullptr),
            "clGetDeviceIDs");
    }
    return devices;
  }

  static cl_device_id Choose() {
    std::vector<cl_device_id> devices = AllDevices();
    if (devices.empty()) {
      TVM_FFI_THROW(RuntimeError) << "There is no OpenCL device: install a driver (ICD) for one; "
                                     "Debian's pocl-opencl-icd runs kernels on the CPU";
    }
    if (const char* wanted = std::getenv("OPENCL_LAUNCHER_DEVICE")) return Named(devices, wanted);
    for (cl_device_type preferred : {CL_DEVICE_TYPE_GPU, CL_DEVICE_TYPE_ACCELERATOR}) {
      for (cl_device_id device : devices) {
        if ((TypeOf(device) & preferred) != 0) return device;
      }
    }
    return devices[0];
  }

  static cl_device_type TypeOf(cl_device_id id) {
    return GetValue<cl_device_type>("clGetDeviceInfo", [=](size_t size, void* out, size_t* needed) {
      return clGetDeviceInfo(id, CL_DEVICE_TYPE, size, out, needed);
    });
  }

  static cl_device_id Named(const std::vector<cl_device_id>& devices, const std::string& wanted) {
    std::string names;
    for (cl_device_id device : devices) {
      std::string name = NameOf(device);
      if (name.find(wanted) != std::string::npos) return device;
      names += "\n  " + name;
    }
    TVM_FFI_THROW(RuntimeError) << "No OpenCL device has `" << wanted
                                << "` (OPENCL_LAUNCHER_DEVICE) in its name. There are:" << names;
    TVM_FFI_UNREACHABLE();
  }

  cl_device_id id_;
  cl_context context_;
  cl_command_queue queue_;
  std::string name_;
  std::string identity_;
  size_t local_memory_bytes_;
};

}  // namespace opencl_launcher

#endif  // OPENCL_LAUNCHER_DEVICE_H_
