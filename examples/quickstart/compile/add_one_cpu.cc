// SPDX-License-Identifier: Apache-2.0
//
// A kernel library: y = x + 1 for float32 vectors in CPU memory.
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>

#include "check_vector.h"

void AddOne(tvm::ffi::TensorView x, tvm::ffi::TensorView y) {
  CheckVector("x", x, kDLCPU, x.numel());
  CheckVector("y", y, kDLCPU, x.numel());
  const float* x_data = static_cast<const float*>(x.data_ptr());
  float* y_data = static_cast<float*>(y.data_ptr());
  for (int64_t i = 0; i < x.size(0); ++i) y_data[i] = x_data[i] + 1.0f;
}

// The C symbol __tvm_ffi_add_one_cpu: it checks and converts the arguments and calls AddOne.
TVM_FFI_DLL_EXPORT_TYPED_FUNC(add_one_cpu, AddOne);
