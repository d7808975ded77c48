// SPDX-License-Identifier: Apache-2.0
//
// Tensors in GPU memory, streams and figures of devices for tests/gpu, so that it needs no
// framework. All by the driver; `make_current` comes first.
#include <cuda.h>
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>

#include "../../examples/cubin_launcher/overhead/driver_function.h"

namespace ffi = tvm::ffi;
using cubin_launcher::Check;
using cubin_launcher::DriverFunction;

// Calls a driver function by its name in cuda.h, which renames some to versioned symbols.
#define DRIVER_TEXT(name) #name
#define DRIVER_SYMBOL(name) DRIVER_TEXT(name)
#define DRIVER(name) DriverFunction<decltype(name)>(DRIVER_SYMBOL(name))

namespace {

CUdeviceptr Address(const DLTensor& tensor) {
  return reinterpret_cast<CUdeviceptr>(static_cast<char*>(tensor.data) + tensor.byte_offset);
}

// Memory of the current device.
struct CudaAlloc {
  void AllocData(DLTensor* tensor) {
    CUdeviceptr pointer;
    Check(DRIVER(cuMemAlloc)(&pointer, ffi::GetDataSize(*tensor)));
    tensor->data = reinterpret_cast<void*>(pointer);
  }
  void FreeData(DLTensor* tensor) { DRIVER(cuMemFree)(Address(*tensor)); }
};

}  // namespace

// Makes the primary context of a device current on this thread, instead of the one before.
void MakeCurrent(int device_id) {
  static thread_local bool pushed = false;
  CUcontext context;
  Check(DRIVER(cuInit)(0));
  if (pushed) Check(DRIVER(cuCtxPopCurrent)(&context));
  Check(DRIVER(cuDevicePrimaryCtxRetain)(&context, device_id));
  Check(DRIVER(cuCtxPushCurrent)(context));
  pushed = true;
}

int DeviceCount() {
  int count;
  Check(DRIVER(cuInit)(0));
  Check(DRIVER(cuDeviceGetCount)(&count));
  return count;
}

int DeviceAttribute(int attribute, int device_id) {
  int value;
  Check(
      DRIVER(cuDeviceGetAttribute)(&value, static_cast<CUdevice_attribute>(attribute), device_id));
  return value;
}

int64_t FreeBytes() {
  size_t free_bytes, total_bytes;
  Check(DRIVER(cuMemGetInfo)(&free_bytes, &total_bytes));
  return static_cast<int64_t>(free_bytes);
}

// A copy of a tensor of the host, on the current device.
ffi::Tensor Upload(ffi::Tensor host, int device_id) {
  ffi::Tensor out = ffi::Tensor::FromNDAlloc(CudaAlloc(), host.shape(), host.dtype(),
                                             DLDevice{kDLCUDA, device_id});
  const DLTensor& source = *host.GetDLTensorPtr();
  Check(DRIVER(cuMemcpyHtoD)(Address(*out.GetDLTensorPtr()),
                             static_cast<char*>(source.data) + source.byte_offset,
                             ffi::GetDataSize(source)));
  return out;
}

// Copies to a tensor of the host.
void Download(ffi::Tensor host, ffi::Tensor from) {
  const DLTensor& target = *host.GetDLTensorPtr();
  Check(DRIVER(cuMemcpyDtoH)(static_cast<char*>(target.data) + target.byte_offset,
                             Address(*from.GetDLTensorPtr()), ffi::GetDataSize(target)));
}

void* NewStream() {
  CUstream stream;
  Check(DRIVER(cuStreamCreate)(&stream, CU_STREAM_NON_BLOCKING));
  return stream;
}

void WaitForStream(void* stream) {
  Check(DRIVER(cuStreamSynchronize)(static_cast<CUstream>(stream)));
}

void Synchronize() { Check(DRIVER(cuCtxSynchronize)()); }

TVM_FFI_DLL_EXPORT_TYPED_FUNC(make_current, MakeCurrent);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(device_count, DeviceCount);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(device_attribute, DeviceAttribute);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(free_bytes, FreeBytes);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(upload, Upload);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(download, Download);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(new_stream, NewStream);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(wait_for_stream, WaitForStream);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(synchronize, Synchronize);
