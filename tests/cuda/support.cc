// SPDX-License-Identifier: Apache-2.0
//
// What the tests of the CUDA loader need beside Python: tensors that pretend to be on a GPU,
// and what a module serialises to.
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/extra/module.h>
#include <tvm/ffi/function.h>

namespace ffi = tvm::ffi;

// A tensor over the memory of `source` that says it is on cuda:`device_id`.
ffi::Tensor AsCuda(const ffi::Tensor& source, int device_id) {
  DLTensor prototype = *source.GetDLTensorPtr();
  prototype.device = {kDLCUDA, device_id};
  TVMFFIObjectHandle out;
  TVM_FFI_CHECK_SAFE_CALL(TVMFFITensorCreateUnsafeView(
      ffi::details::ObjectUnsafe::TVMFFIObjectPtrFromObjectRef(source), &prototype, &out));
  return ffi::details::ObjectUnsafe::ObjectRefFromObjectPtr<ffi::Tensor>(
      ffi::details::ObjectUnsafe::ObjectPtrFromOwned<ffi::Object>(static_cast<TVMFFIObject*>(out)));
}

ffi::Bytes SaveToBytes(const ffi::Module& module) { return module->SaveToBytes(); }

TVM_FFI_DLL_EXPORT_TYPED_FUNC(as_cuda, AsCuda);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(save_to_bytes, SaveToBytes);
