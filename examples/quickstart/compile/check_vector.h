// SPDX-License-Identifier: Apache-2.0
//
// What both kernel libraries check before they touch memory.
#ifndef QUICKSTART_COMPILE_CHECK_VECTOR_H_
#define QUICKSTART_COMPILE_CHECK_VECTOR_H_

#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/error.h>

// Throws unless `tensor` is a contiguous float32 vector of `size` elements on such a device.
inline void CheckVector(const char* name, tvm::ffi::TensorView tensor, DLDeviceType device_type,
                        int64_t size) {
  const DLDataType float32{kDLFloat, 32, 1};
  TVM_FFI_CHECK(tensor.device().device_type == device_type, ValueError)
      << name << " is on another kind of device";
  TVM_FFI_CHECK(tensor.dtype() == float32, TypeError) << name << " must be float32";
  TVM_FFI_CHECK(tensor.ndim() == 1 && tensor.size(0) == size, ValueError)
      << name << " must be a vector of " << size << " elements";
  TVM_FFI_CHECK(tensor.IsContiguous(), ValueError) << name << " must be contiguous";
}

#endif  // QUICKSTART_COMPILE_CHECK_VECTOR_H_
