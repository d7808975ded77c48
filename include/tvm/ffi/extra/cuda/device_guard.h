// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/extra/cuda/device_guard.h
 * \brief Makes a CUDA device current for a scope.
 */
#ifndef TVM_FFI_EXTRA_CUDA_DEVICE_GUARD_H_
#define TVM_FFI_EXTRA_CUDA_DEVICE_GUARD_H_

#include <tvm/ffi/extra/cuda/base.h>

namespace tvm {
namespace ffi {

/*!
 * \brief Switches to a device on construction and back on destruction.
 *
 * Nothing is switched when the device is current already. Needs cudart.
 * \code
 *   CUDADeviceGuard guard(x.device().device_id);
 *   kernel.Launch(args, grid, block, stream);
 * \endcode
 */
struct CUDADeviceGuard {
  CUDADeviceGuard() = delete;

  /*!
   * \brief Make `device_index` the current device of this thread.
   * \throws RuntimeError if CUDA refuses; the current device is then unchanged.
   */
  explicit CUDADeviceGuard(int device_index) : target_device_index_(device_index) {
    TVM_FFI_CHECK_CUDA_ERROR(cudaGetDevice(&original_device_index_));
    if (original_device_index_ != target_device_index_) {
      TVM_FFI_CHECK_CUDA_ERROR(cudaSetDevice(target_device_index_));
    }
  }

  /*! \brief Make the original device current again; throws RuntimeError if CUDA refuses. */
  ~CUDADeviceGuard() noexcept(false) {
    if (original_device_index_ != target_device_index_) {
      TVM_FFI_CHECK_CUDA_ERROR(cudaSetDevice(original_device_index_));
    }
  }

 private:
  int original_device_index_ = 0;
  int target_device_index_;
};

}  // namespace ffi
}  // namespace tvm

#endif  // TVM_FFI_EXTRA_CUDA_DEVICE_GUARD_H_
