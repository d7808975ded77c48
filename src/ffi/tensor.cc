// SPDX-License-Identifier: Apache-2.0
/*!
 * \file src/ffi/tensor.cc
 * \brief C entry points of tensors: DLPack import and export, and unchecked views.
 *
 * The work is done by the header; here it only gets C signatures. Every function returns 0, or -1
 * with the thread's error set and its out-parameter untouched.
 */
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>

#include <utility>

namespace tvm {
namespace ffi {
namespace {

/*!
 * \brief "Allocator" of a view: the data belongs to another tensor, which it keeps alive. One
 * pointer wide, so that shape and strides lie at offset 80 like those of imported tensors.
 */
class ViewAlloc {
 public:
  explicit ViewAlloc(ObjectPtr<Object> source) : source_(std::move(source)) {}

  void AllocData(DLTensor* view, const DLTensor& prototype) {
    view->data = prototype.data;
    view->byte_offset = prototype.byte_offset;
  }
  void FreeData(DLTensor*) {}

 private:
  ObjectPtr<Object> source_;
};

/*! \brief Readers take the number of dimensions as an unsigned length. */
void CheckNumDims(const DLTensor& tensor) {
  TVM_FFI_CHECK(tensor.ndim >= 0, ValueError)
      << "a tensor cannot have " << tensor.ndim << " dimensions";
}

TVMFFIObjectHandle ReleaseHandle(Tensor tensor) {
  return detail::ObjectUnsafe::MoveObjectRefToTVMFFIObjectPtr(std::move(tensor));
}

const TensorObj* BorrowTensor(TVMFFIObjectHandle handle) {
  return detail::ObjectUnsafe::RawObjectPtrFromUnowned<TensorObj>(
      static_cast<TVMFFIObject*>(handle));
}

Tensor MakeView(TVMFFIObjectHandle source, const DLTensor& prototype) {
  CheckNumDims(prototype);
  TVM_FFI_ICHECK_NOTNULL(prototype.strides);
  size_t ndim = static_cast<size_t>(prototype.ndim);
  ViewAlloc alloc(
      detail::ObjectUnsafe::ObjectPtrFromUnowned<Object>(static_cast<TVMFFIObject*>(source)));
  return Tensor::FromNDAllocStrided(std::move(alloc), ShapeView(prototype.shape, ndim),
                                    ShapeView(prototype.strides, ndim), prototype.dtype,
                                    prototype.device, prototype);
}

}  // namespace
}  // namespace ffi
}  // namespace tvm

using tvm::ffi::Tensor;

int TVMFFITensorFromDLPack(DLManagedTensor* from, int32_t require_alignment,
                           int32_t require_contiguous, TVMFFIObjectHandle* out) {
  TVM_FFI_SAFE_CALL_BEGIN();
  tvm::ffi::CheckNumDims(from->dl_tensor);
  *out = tvm::ffi::ReleaseHandle(
      Tensor::FromDLPack(from, static_cast<size_t>(require_alignment), require_contiguous != 0));
  TVM_FFI_SAFE_CALL_END();
}

int TVMFFITensorFromDLPackVersioned(DLManagedTensorVersioned* from, int32_t require_alignment,
                                    int32_t require_contiguous, TVMFFIObjectHandle* out) {
  TVM_FFI_SAFE_CALL_BEGIN();
  tvm::ffi::CheckNumDims(from->dl_tensor);
  *out = tvm::ffi::ReleaseHandle(Tensor::FromDLPackVersioned(
      from, static_cast<size_t>(require_alignment), require_contiguous != 0));
  TVM_FFI_SAFE_CALL_END();
}

int TVMFFITensorToDLPack(TVMFFIObjectHandle from, DLManagedTensor** out) {
  TVM_FFI_SAFE_CALL_BEGIN();
  *out = tvm::ffi::BorrowTensor(from)->ToDLPack();
  TVM_FFI_SAFE_CALL_END();
}

int TVMFFITensorToDLPackVersioned(TVMFFIObjectHandle from, DLManagedTensorVersioned** out) {
  TVM_FFI_SAFE_CALL_BEGIN();
  *out = tvm::ffi::BorrowTensor(from)->ToDLPackVersioned();
  TVM_FFI_SAFE_CALL_END();
}

int TVMFFITensorCreateUnsafeView(TVMFFIObjectHandle source, const DLTensor* prototype,
                                 TVMFFIObjectHandle* out) {
  TVM_FFI_SAFE_CALL_BEGIN();
  *out = tvm::ffi::ReleaseHandle(tvm::ffi::MakeView(source, *prototype));
  TVM_FFI_SAFE_CALL_END();
}
