// SPDX-License-Identifier: Apache-2.0
//
// What the tests of the OpenCL loader need beside Python: the bytes that a module serialises to, a
// tensor that says it is elsewhere, and a program that uses the launcher header without the loader.
#include <opencl_launcher.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/extra/module.h>
#include <tvm/ffi/function.h>

#include <string>

namespace ffi = tvm::ffi;

ffi::Bytes SaveToBytes(const ffi::Module& mod) { return mod->SaveToBytes(); }

// A tensor over the memory of `source` that says it is on another device.
ffi::Tensor AsOnDevice(const ffi::Tensor& source, int device_type) {
  DLTensor prototype = *source.GetDLTensorPtr();
  prototype.device.device_type = static_cast<DLDeviceType>(device_type);
  TVMFFIObjectHandle out;
  TVM_FFI_CHECK_SAFE_CALL(TVMFFITensorCreateUnsafeView(
      ffi::details::ObjectUnsafe::TVMFFIObjectPtrFromObjectRef(source), &prototype, &out));
  return ffi::details::ObjectUnsafe::ObjectRefFromObjectPtr<ffi::Tensor>(
      ffi::details::ObjectUnsafe::ObjectPtrFromOwned<ffi::Object>(static_cast<TVMFFIObject*>(out)));
}

// y = 2 x, with OpenCL linked as a program would.
void Twice(ffi::TensorView x, ffi::TensorView y) {
  const auto& device = opencl_launcher::Device::Default();
  auto program = opencl_launcher::Program::FromSource(
      device,
      "kernel void twice(global const float* x, global float* y) {"
      "  y[get_global_id(0)] = 2 * x[get_global_id(0)];"
      "}");
  opencl_launcher::Kernel twice(device, program, "twice");
  twice(x.size(0), 1, 0, x, y);
}

// Asks the launcher header for a kernel that the program does not have.
void MissingKernel() {
  const auto& device = opencl_launcher::Device::Default();
  auto program = opencl_launcher::Program::FromSource(device, "kernel void here(int n) {}");
  opencl_launcher::Kernel(device, program, "not_here");
}

TVM_FFI_DLL_EXPORT_TYPED_FUNC(save_to_bytes, SaveToBytes);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(as_on_device, AsOnDevice);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(twice, Twice);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(missing_kernel, MissingKernel);
