// SPDX-License-Identifier: Apache-2.0
/*!
 * \file env_context.cc
 * \brief The current streams and the tensor allocator that a host sets for the code it calls.
 */
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/extra/c_env_api.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/memory.h>

#include <atomic>
#include <cstdint>
#include <utility>
#include <vector>

namespace tvm {
namespace ffi {
namespace {

/*! \brief Settings of one thread. */
class EnvContext {
 public:
  static EnvContext* ThreadLocal() {
    static thread_local EnvContext context;
    return &context;
  }

  TVMFFIStreamHandle GetStream(int32_t device_type, int32_t device_id) const {
    for (const StreamEntry& entry : streams_) {
      if (entry.device_type == device_type && entry.device_id == device_id) return entry.stream;
    }
    return nullptr;
  }

  TVMFFIStreamHandle ExchangeStream(int32_t device_type, int32_t device_id,
                                    TVMFFIStreamHandle stream) {
    for (StreamEntry& entry : streams_) {
      if (entry.device_type != device_type || entry.device_id != device_id) continue;
      TVMFFIStreamHandle old = entry.stream;
      entry.stream = stream;
      if (stream == nullptr) {
        entry = streams_.back();
        streams_.pop_back();
      }
      return old;
    }
    if (stream != nullptr) streams_.push_back(StreamEntry{device_type, device_id, stream});
    return nullptr;
  }

  DLPackManagedTensorAllocator allocator = nullptr;

 private:
  struct StreamEntry {
    int32_t device_type;
    int32_t device_id;
    TVMFFIStreamHandle stream;
  };
  /*! \brief Devices whose stream is not NULL: a handful, so searching beats indexing. */
  std::vector<StreamEntry> streams_;
};

/*! \brief Allocator of threads without their own. */
std::atomic<DLPackManagedTensorAllocator> global_allocator{nullptr};

DLPackManagedTensorAllocator CurrentAllocator() {
  DLPackManagedTensorAllocator own = EnvContext::ThreadLocal()->allocator;
  return own != nullptr ? own : global_allocator.load(std::memory_order_acquire);
}

/*! \brief Given to allocators as `SetError`. */
void RaiseAllocatorError(void* error_ctx, const char* kind, const char* message) {
  (void)error_ctx;
  TVMFFIErrorSetRaisedFromCStr(kind, message);
}

/*! \brief A failure without an error would leave the caller with nothing to report. */
void EnsureAllocatorError(int code) {
  Error raised = detail::MoveFromSafeCallRaised();
  if (!raised.defined()) {
    TVM_FFI_THROW(RuntimeError) << "TVMFFIEnvTensorAlloc: the allocator failed with code " << code
                                << " and without an error";
  }
  detail::SetSafeCallRaised(raised);
}

/*!
 * \brief Wraps what an allocator returned; takes it over in any case.
 *
 * Unlike an import there is nothing to check: the allocator was told what to make.
 */
ObjectPtr<TensorObj> WrapAllocated(DLManagedTensorVersioned* tensor) {
  using Impl = detail::TensorObjFromDLPack<DLManagedTensorVersioned>;
  try {
    const size_t num_strides =
        Impl::LacksStrides(tensor) ? static_cast<size_t>(tensor->dl_tensor.ndim) : 0;
    return make_inplace_array_object<Impl, int64_t>(num_strides, tensor);
  } catch (...) {
    if (tensor->deleter != nullptr) tensor->deleter(tensor);
    throw;
  }
}

}  // namespace
}  // namespace ffi
}  // namespace tvm

using tvm::ffi::EnvContext;

int TVMFFIEnvSetStream(int32_t device_type, int32_t device_id, TVMFFIStreamHandle stream,
                       TVMFFIStreamHandle* opt_out_original_stream) {
  TVM_FFI_SAFE_CALL_BEGIN();
  TVM_FFI_CHECK(device_type >= 0 && device_id >= 0, ValueError)
      << "Cannot set the stream of device type " << device_type << ", id " << device_id;
  TVMFFIStreamHandle old =
      EnvContext::ThreadLocal()->ExchangeStream(device_type, device_id, stream);
  if (opt_out_original_stream != nullptr) *opt_out_original_stream = old;
  TVM_FFI_SAFE_CALL_END();
}

TVMFFIStreamHandle TVMFFIEnvGetStream(int32_t device_type, int32_t device_id) {
  TVM_FFI_LOG_EXCEPTION_CALL_BEGIN();
  return EnvContext::ThreadLocal()->GetStream(device_type, device_id);
  TVM_FFI_LOG_EXCEPTION_CALL_END(TVMFFIEnvGetStream);
}

int TVMFFIEnvSetDLPackManagedTensorAllocator(
    DLPackManagedTensorAllocator allocator, int write_to_global_context,
    DLPackManagedTensorAllocator* opt_out_original_allocator) {
  TVM_FFI_SAFE_CALL_BEGIN();
  DLPackManagedTensorAllocator old = std::exchange(EnvContext::ThreadLocal()->allocator, allocator);
  if (write_to_global_context != 0) {
    tvm::ffi::global_allocator.store(allocator, std::memory_order_release);
  }
  if (opt_out_original_allocator != nullptr) *opt_out_original_allocator = old;
  TVM_FFI_SAFE_CALL_END();
}

DLPackManagedTensorAllocator TVMFFIEnvGetDLPackManagedTensorAllocator() {
  TVM_FFI_LOG_EXCEPTION_CALL_BEGIN();
  return tvm::ffi::CurrentAllocator();
  TVM_FFI_LOG_EXCEPTION_CALL_END(TVMFFIEnvGetDLPackManagedTensorAllocator);
}

int TVMFFIEnvTensorAlloc(DLTensor* prototype, TVMFFIObjectHandle* out) {
  TVM_FFI_SAFE_CALL_BEGIN();
  DLPackManagedTensorAllocator allocator = tvm::ffi::CurrentAllocator();
  if (allocator == nullptr) {
    TVM_FFI_THROW(RuntimeError) << "TVMFFIEnvTensorAlloc: allocator is nullptr, likely because "
                                << "TVMFFIEnvSetDLPackManagedTensorAllocator has not been called.";
  }
  DLManagedTensorVersioned* dlpack_tensor = nullptr;
  int code = allocator(prototype, &dlpack_tensor, nullptr, tvm::ffi::RaiseAllocatorError);
  if (code != 0) {
    tvm::ffi::EnsureAllocatorError(code);
    return code;
  }
  TVM_FFI_CHECK(dlpack_tensor != nullptr, RuntimeError)
      << "TVMFFIEnvTensorAlloc: failed to allocate a tensor from the allocator";
  *out = tvm::ffi::detail::ObjectUnsafe::MoveObjectPtrToTVMFFIObjectPtr(
      tvm::ffi::WrapAllocated(dlpack_tensor));
  TVM_FFI_SAFE_CALL_END();
}
