// SPDX-License-Identifier: Apache-2.0
//
// A program compiled for one device, from source or from what the device's compiler made earlier.
#ifndef OPENCL_LAUNCHER_PROGRAM_H_
#define OPENCL_LAUNCHER_PROGRAM_H_

#include <opencl_launcher/device.h>
#include <opencl_launcher/error.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace opencl_launcher {

// Movable; unloaded with the last of program and kernels.
class Program {
 private:
  // For GetValue and GetText; before its uses, as its type is deduced.
  auto Info(cl_program_info what) const {
    return [program = get(), what](size_t size, void* out, size_t* needed) {
      return clGetProgramInfo(program, what, size, out, needed);
    };
  }

 public:
  // Compiles OpenCL C. Throws RuntimeError with the compiler's log if it does not compile.
  static Program FromSource(const Device& device, std::string_view text) {
    const char* data = text.data();
    size_t size = text.size();
    cl_int code;
    OwnedProgram program(clCreateProgramWithSource(device.context(), 1, &data, &size, &code));
    Check(code, "clCreateProgramWithSource");
    Build(device, program.get(), "-cl-kernel-arg-info");
    return Program(std::move(program));
  }

  // Takes what Binary() returned on a device of the same identity. Drivers do not all check it:
  // hand over nothing else.
  static Program FromBinary(const Device& device, std::string_view binary) {
    auto data = reinterpret_cast<const unsigned char*>(binary.data());
    size_t size = binary.size();
    cl_device_id id = device.id();
    cl_int status, code;
    OwnedProgram program(
        clCreateProgramWithBinary(device.context(), 1, &id, &size, &data, &status, &code));
    Check(code, "clCreateProgramWithBinary");
    Check(status, "clCreateProgramWithBinary");
    Build(device, program.get(), "");
    return Program(std::move(program));
  }

  cl_program get() const { return program_.get(); }

  std::vector<std::string> KernelNames() const {
    size_t count = 0;
    cl_int code = clGetProgramInfo(get(), CL_PROGRAM_NUM_KERNELS, sizeof(count), &count, nullptr);
    // What some drivers answer for a program without kernels, though it is built.
    if (code == CL_INVALID_PROGRAM_EXECUTABLE) return {};
    Check(code, "clGetProgramInfo");
    std::string names = GetText("clGetProgramInfo", Info(CL_PROGRAM_KERNEL_NAMES));
    std::vector<std::string> result;
    for (size_t begin = 0; begin < names.size();) {
      size_t end = std::min(names.find(';', begin), names.size());
      result.push_back(names.substr(begin, end - begin));
      begin = end + 1;
    }
    return result;
  }

  // The compiled form, for FromBinary.
  std::string Binary() const {
    auto size = GetValue<size_t>("clGetProgramInfo", Info(CL_PROGRAM_BINARY_SIZES));
    std::string binary(size, '\0');
    char* data = binary.data();
    Check(clGetProgramInfo(get(), CL_PROGRAM_BINARIES, sizeof(data), &data, nullptr),
          "clGetProgramInfo");
    return binary;
  }

 private:
  explicit Program(OwnedProgram program) : program_(std::move(program)) {}

  static void Build(const Device& device, cl_program program, const char* options) {
    cl_device_id id = device.id();
    cl_int code = clBuildProgram(program, 1, &id, options, nullptr, nullptr);
    if (code == CL_SUCCESS) return;
    std::string log = GetText("clGetProgramBuildInfo", [=](size_t size, void* out, size_t* needed) {
      return clGetProgramBuildInfo(program, id, CL_PROGRAM_BUILD_LOG, size, out, needed);
    });
    TVM_FFI_THROW(RuntimeError) << "The OpenCL program does not build for " << device.name() << ": "
                                << ErrorName(code) << " (" << code << ")\n"
                                << log;
  }

  OwnedProgram program_;
};

}  // namespace opencl_launcher

#endif  // OPENCL_LAUNCHER_PROGRAM_H_
