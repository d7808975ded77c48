// SPDX-License-Identifier: Apache-2.0
//
// The payload of this example: a kernel library that exports one function, y = x + 1.
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>

namespace ffi = tvm::ffi;

// x, y: float32 tensors of one dimension and the same length, in CPU memory.
void AddOne(ffi::TensorView x, ffi::TensorView y) {
  if (x.ndim() != 1 || y.ndim() != 1 || x.size(0) != y.size(0)) {
    TVM_FFI_THROW(ValueError) << "add_one needs two 1-D tensors of the same length";
  }
  const float* in = static_cast<const float*>(x.data_ptr());
  float* out = static_cast<float*>(y.data_ptr());
  for (int64_t i = 0; i < x.size(0); ++i) out[i] = in[i] + 1.0f;
}

TVM_FFI_DLL_EXPORT_TYPED_FUNC(add_one, AddOne);
