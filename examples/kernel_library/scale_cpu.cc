// SPDX-License-Identifier: Apache-2.0
//
// scale(output, input, factor): output = input * factor, for vectors in CPU memory.
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>

#include "tvm_ffi_utils.h"

template <typename T>
void ScaleLoop(tvm::ffi::TensorView output, tvm::ffi::TensorView input, double factor) {
  const T* in = static_cast<const T*>(input.data_ptr());
  T* out = static_cast<T*>(output.data_ptr());
  for (int64_t i = 0; i < input.numel(); ++i) out[i] = static_cast<T>(in[i] * factor);
}

void Scale(tvm::ffi::TensorView output, tvm::ffi::TensorView input, double factor) {
  CHECK_CPU(input);
  CHECK_CPU(output);
  CHECK_DIM(input, 1);
  CHECK_SAME_SHAPE(output, input);
  CHECK_SAME_DTYPE(output, input);
  CHECK_CONTIGUOUS(input);
  CHECK_CONTIGUOUS(output);
  kernel_library::DispatchDType<float, double>(
      input.dtype(), [&](auto zero) { ScaleLoop<decltype(zero)>(output, input, factor); });
}

TVM_FFI_DLL_EXPORT_TYPED_FUNC(scale, Scale);
