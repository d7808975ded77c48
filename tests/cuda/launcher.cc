// SPDX-License-Identifier: Apache-2.0
//
// The launcher headers themselves, driven by test_launcher.py: built once over the driver API and
// once over the runtime API.
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/extra/cuda/cubin_launcher.h>
#include <tvm/ffi/extra/cuda/device_guard.h>
#include <tvm/ffi/function.h>

#include <utility>

namespace ffi = tvm::ffi;
namespace cuda_api = tvm::ffi::cuda_api;

namespace {

cuda_api::StreamHandle StreamOf(const ffi::TensorView& tensor) {
  return static_cast<cuda_api::StreamHandle>(
      TVMFFIEnvGetStream(tensor.device().device_type, tensor.device().device_id));
}

}  // namespace

bool UsesDriverApi() { return TVM_FFI_CUBIN_LAUNCHER_USE_DRIVER_API != 0; }

// y = x + 1 on the device of the tensors.
void AddOne(const ffi::Bytes& image, ffi::TensorView x, ffi::TensorView y) {
  ffi::CubinModule mod(image);
  ffi::CubinKernel kernel = mod["add_one"];
  void* x_data = x.data_ptr();
  void* y_data = y.data_ptr();
  int n = static_cast<int>(x.size(0));
  void* args[] = {&x_data, &y_data, &n};
  ffi::CUDADeviceGuard guard(x.device().device_id);
  TVM_FFI_CHECK_CUBIN_LAUNCHER_CUDA_ERROR(
      kernel.Launch(args, ffi::dim3((n + 127) / 128), ffi::dim3(128), StreamOf(x)));
}

// Sums 0 ... n-1 with the given clusters and dynamic shared memory, whose limit is raised to
// `limit` before (-1: to the default).
void SumInShared(const ffi::Bytes& image, ffi::TensorView out, int n, int cluster, int shared_bytes,
                 int64_t limit) {
  ffi::CubinModule mod(image);
  ffi::CubinKernel kernel = mod.GetKernelWithMaxDynamicSharedMemory("sum_in_shared", limit);
  void* data = out.data_ptr();
  void* args[] = {&data, &n};
  ffi::CUDADeviceGuard guard(out.device().device_id);
  cuda_api::LaunchConfig config;
  cuda_api::LaunchAttrType attribute;
  cuda_api::ConstructLaunchConfig(kernel.GetHandle(), StreamOf(out), shared_bytes, ffi::dim3(4, 2),
                                  ffi::dim3(32), cluster, config, attribute);
  TVM_FFI_CHECK_CUBIN_LAUNCHER_CUDA_ERROR(kernel.LaunchEx(args, config));
}

// The kernel's static shared memory in bytes, on device 0.
int SharedMemoryOf(const ffi::Bytes& image, const ffi::String& name) {
  ffi::CubinModule mod(image);
  ffi::CubinKernel kernel = mod.GetKernel(name.c_str());
  int num_bytes = -1;
  TVM_FFI_CHECK_CUBIN_LAUNCHER_CUDA_ERROR(
      cuda_api::GetKernelSharedMem(kernel.GetHandle(), num_bytes, cuda_api::GetDeviceHandle(0)));
  return num_bytes;
}

// Launches more threads than a block may have.
void LaunchTooLarge(const ffi::Bytes& image) {
  ffi::CubinModule mod(image);
  ffi::CubinKernel kernel = mod["maybe_fill"];
  void* data = nullptr;
  float value = 1;
  int n = 0;
  void* args[] = {&data, &value, &n};
  TVM_FFI_CHECK_CUBIN_LAUNCHER_CUDA_ERROR(
      kernel.Launch(args, ffi::dim3(), ffi::dim3(2048), nullptr));
}

// Moves a module and a kernel about; what they were moved from is null.
bool HandlesMove(const ffi::Bytes& image) {
  ffi::CubinModule first(image);
  const cuda_api::LibraryHandle library = first.GetHandle();
  ffi::CubinModule second(std::move(first));
  first = ffi::CubinModule(image);
  first = std::move(second);
  ffi::CubinKernel kernel = first["add_one"];
  const cuda_api::KernelHandle handle = kernel.GetHandle();
  ffi::CubinKernel moved(std::move(kernel));
  return first.GetHandle() == library && second.GetHandle() == nullptr &&
         moved.GetHandle() == handle && kernel.GetHandle() == nullptr;
}

// The current device inside and after a guard.
ffi::Array<int64_t> DevicesOfGuard(int device_id) {
  int inside = -1, after = -1;
  {
    ffi::CUDADeviceGuard guard(device_id);
    TVM_FFI_CHECK_CUDA_ERROR(cudaGetDevice(&inside));
  }
  TVM_FFI_CHECK_CUDA_ERROR(cudaGetDevice(&after));
  return {inside, after};
}

TVM_FFI_DLL_EXPORT_TYPED_FUNC(uses_driver_api, UsesDriverApi);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(add_one, AddOne);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(sum_in_shared, SumInShared);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(shared_memory_of, SharedMemoryOf);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(launch_too_large, LaunchTooLarge);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(handles_move, HandlesMove);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(devices_of_guard, DevicesOfGuard);
