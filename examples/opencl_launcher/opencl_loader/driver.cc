// SPDX-License-Identifier: Apache-2.0
//
// Defines the OpenCL functions that the launcher calls, each as a jump through a pointer found by
// dlsym. Hidden visibility (CMakeLists.txt) keeps them out of the way of libOpenCL's own.
#include "driver.h"

#include <dlfcn.h>
#include <opencl_launcher/error.h>

#include <mutex>

namespace {

// The library that finds the installed drivers.
constexpr const char* kLibrary = "libOpenCL.so.1";

// Every function used, once: result, name, parameters, arguments.
#define OPENCL_LOADER_FUNCTIONS(DEFINE)                                                            \
  DEFINE(cl_int, clGetPlatformIDs, (cl_uint num, cl_platform_id * out, cl_uint * count),           \
         (num, out, count))                                                                        \
  DEFINE(cl_int, clGetPlatformInfo,                                                                \
         (cl_platform_id platform, cl_platform_info what, size_t size, void* out, size_t* needed), \
         (platform, what, size, out, needed))                                                      \
  DEFINE(cl_int, clGetDeviceIDs,                                                                   \
         (cl_platform_id platform, cl_device_type type, cl_uint num, cl_device_id * out,           \
          cl_uint * count),                                                                        \
         (platform, type, num, out, count))                                                        \
  DEFINE(cl_int, clGetDeviceInfo,                                                                  \
         (cl_device_id device, cl_device_info what, size_t size, void* out, size_t* needed),       \
         (device, what, size, out, needed))                                                        \
  DEFINE(cl_context, clCreateContext,                                                              \
         (const cl_context_properties* properties, cl_uint num, const cl_device_id* devices,       \
          void(CL_CALLBACK * notify)(const char*, const void*, size_t, void*), void* data,         \
          cl_int* code),                                                                           \
         (properties, num, devices, notify, data, code))                                           \
  DEFINE(cl_int, clReleaseContext, (cl_context context), (context))                                \
  DEFINE(cl_command_queue, clCreateCommandQueue,                                                   \
         (cl_context context, cl_device_id device, cl_command_queue_properties properties,         \
          cl_int * code),                                                                          \
         (context, device, properties, code))                                                      \
  DEFINE(cl_int, clFinish, (cl_command_queue queue), (queue))                                      \
  DEFINE(                                                                                          \
      cl_program, clCreateProgramWithSource,                                                       \
      (cl_context context, cl_uint count, const char** texts, const size_t* sizes, cl_int* code),  \
      (context, count, texts, sizes, code))                                                        \
  DEFINE(cl_program, clCreateProgramWithBinary,                                                    \
         (cl_context context, cl_uint num, const cl_device_id* devices, const size_t* sizes,       \
          const unsigned char** binaries, cl_int* statuses, cl_int* code),                         \
         (context, num, devices, sizes, binaries, statuses, code))                                 \
  DEFINE(cl_int, clReleaseProgram, (cl_program program), (program))                                \
  DEFINE(cl_int, clBuildProgram,                                                                   \
         (cl_program program, cl_uint num, const cl_device_id* devices, const char* options,       \
          void(CL_CALLBACK * notify)(cl_program, void*), void* data),                              \
         (program, num, devices, options, notify, data))                                           \
  DEFINE(cl_int, clGetProgramInfo,                                                                 \
         (cl_program program, cl_program_info what, size_t size, void* out, size_t* needed),       \
         (program, what, size, out, needed))                                                       \
  DEFINE(cl_int, clGetProgramBuildInfo,                                                            \
         (cl_program program, cl_device_id device, cl_program_build_info what, size_t size,        \
          void* out, size_t* needed),                                                              \
         (program, device, what, size, out, needed))                                               \
  DEFINE(cl_kernel, clCreateKernel, (cl_program program, const char* name, cl_int* code),          \
         (program, name, code))                                                                    \
  DEFINE(cl_int, clReleaseKernel, (cl_kernel kernel), (kernel))                                    \
  DEFINE(cl_int, clSetKernelArg,                                                                   \
         (cl_kernel kernel, cl_uint index, size_t size, const void* value),                        \
         (kernel, index, size, value))                                                             \
  DEFINE(cl_int, clGetKernelInfo,                                                                  \
         (cl_kernel kernel, cl_kernel_info what, size_t size, void* out, size_t* needed),          \
         (kernel, what, size, out, needed))                                                        \
  DEFINE(cl_int, clGetKernelArgInfo,                                                               \
         (cl_kernel kernel, cl_uint index, cl_kernel_arg_info what, size_t size, void* out,        \
          size_t* needed),                                                                         \
         (kernel, index, what, size, out, needed))                                                 \
  DEFINE(cl_int, clGetKernelWorkGroupInfo,                                                         \
         (cl_kernel kernel, cl_device_id device, cl_kernel_work_group_info what, size_t size,      \
          void* out, size_t* needed),                                                              \
         (kernel, device, what, size, out, needed))                                                \
  DEFINE(cl_mem, clCreateBuffer,                                                                   \
         (cl_context context, cl_mem_flags flags, size_t size, void* data, cl_int* code),          \
         (context, flags, size, data, code))                                                       \
  DEFINE(cl_int, clReleaseMemObject, (cl_mem memory), (memory))                                    \
  DEFINE(cl_int, clEnqueueNDRangeKernel,                                                           \
         (cl_command_queue queue, cl_kernel kernel, cl_uint dimensions, const size_t* offset,      \
          const size_t* global, const size_t* local, cl_uint num, const cl_event* wait,            \
          cl_event* event),                                                                        \
         (queue, kernel, dimensions, offset, global, local, num, wait, event))                     \
  DEFINE(cl_int, clEnqueueReadBuffer,                                                              \
         (cl_command_queue queue, cl_mem memory, cl_bool blocking, size_t offset, size_t size,     \
          void* out, cl_uint num, const cl_event* wait, cl_event* event),                          \
         (queue, memory, blocking, offset, size, out, num, wait, event))                           \
  DEFINE(                                                                                          \
      void*, clEnqueueMapBuffer,                                                                   \
      (cl_command_queue queue, cl_mem memory, cl_bool blocking, cl_map_flags flags, size_t offset, \
       size_t size, cl_uint num, const cl_event* wait, cl_event* event, cl_int* code),             \
      (queue, memory, blocking, flags, offset, size, num, wait, event, code))                      \
  DEFINE(cl_int, clEnqueueUnmapMemObject,                                                          \
         (cl_command_queue queue, cl_mem memory, void* mapped, cl_uint num, const cl_event* wait,  \
          cl_event* event),                                                                        \
         (queue, memory, mapped, num, wait, event))                                                \
  DEFINE(cl_int, clWaitForEvents, (cl_uint num, const cl_event* events), (num, events))            \
  DEFINE(cl_int, clReleaseEvent, (cl_event event), (event))

struct DriverTable {
  bool ready = false;
#define OPENCL_LOADER_FIELD(result, name, parameters, arguments) \
  result(CL_API_CALL* name) parameters = nullptr;
  OPENCL_LOADER_FUNCTIONS(OPENCL_LOADER_FIELD)
#undef OPENCL_LOADER_FIELD
};

DriverTable driver;
std::mutex driver_mutex;

template <typename F>
void FindSymbol(void* library, const char* symbol, F* out) {
  *out = reinterpret_cast<F>(dlsym(library, symbol));
  if (*out == nullptr) {
    TVM_FFI_THROW(RuntimeError) << kLibrary << " has no `" << symbol
                                << "`; OpenCL 1.2 or newer is needed";
  }
}

void OpenDriver() {
  // Never closed: drivers keep threads.
  void* library = dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    TVM_FFI_THROW(RuntimeError) << "OpenCL programs need an OpenCL library and a driver (Debian: "
                                   "ocl-icd-libopencl1, and for the CPU pocl-opencl-icd), and "
                                   "there is none here: "
                                << dlerror();
  }
#define OPENCL_LOADER_FIND(result, name, parameters, arguments) \
  FindSymbol(library, #name, &driver.name);
  OPENCL_LOADER_FUNCTIONS(OPENCL_LOADER_FIND)
#undef OPENCL_LOADER_FIND
}

}  // namespace

#define OPENCL_LOADER_DEFINE(result, name, parameters, arguments) \
  extern "C" result CL_API_CALL name parameters { return driver.name arguments; }
OPENCL_LOADER_FUNCTIONS(OPENCL_LOADER_DEFINE)
#undef OPENCL_LOADER_DEFINE

namespace opencl_loader {

void EnsureDriver() {
  std::lock_guard<std::mutex> lock(driver_mutex);
  if (!driver.ready) {
    OpenDriver();
    driver.ready = true;
  }
}

}  // namespace opencl_loader
