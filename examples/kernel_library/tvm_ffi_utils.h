// SPDX-License-Identifier: Apache-2.0
//
// What every function of a kernel library does before it computes: checks of its tensors, the
// stream to launch on, and the choice of an instance by dtype. No CUDA header is needed here, so
// that CPU kernels use it too.
//
// The checks name the argument as the function does: CHECK_CONTIGUOUS(x) says "x must be
// contiguous". They throw ValueError; a dtype that no kernel is compiled for is a TypeError.
#ifndef KERNEL_LIBRARY_TVM_FFI_UTILS_H_
#define KERNEL_LIBRARY_TVM_FFI_UTILS_H_

#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/dtype.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/extra/c_env_api.h>
#include <tvm/ffi/extra/dtype.h>

#include <cstdint>
#include <string>

namespace kernel_library {

// "[2, 3]"
inline std::string ToText(tvm::ffi::ShapeView shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  }
  return text + "]";
}

inline bool SameDevice(tvm::ffi::TensorView a, tvm::ffi::TensorView b) {
  return a.device().device_type == b.device().device_type &&
         a.device().device_id == b.device().device_id;
}

inline bool SameShape(tvm::ffi::TensorView a, tvm::ffi::TensorView b) {
  if (a.ndim() != b.ndim()) return false;
  for (int32_t i = 0; i < a.ndim(); ++i) {
    if (a.size(i) != b.size(i)) return false;
  }
  return true;
}

// The stream that the caller works on: of torch, the current one. NULL is CUDA's default stream.
inline void* CurrentStream(DLDevice device) {
  return TVMFFIEnvGetStream(device.device_type, device.device_id);
}

// Calls `f` with a value of that one of `Types` which tensors of this dtype hold, for a kernel that
// is a template:
//
//   DispatchDType<float, __half>(x.dtype(), [&](auto zero) { Launch<decltype(zero)>(x, y); });
template <typename... Types, typename F>
void DispatchDType(DLDataType dtype, F&& f) {
  const bool found =
      ((dtype == tvm::ffi::dtype_trait<Types>::value ? (f(Types{}), true) : false) || ...);
  if (found) return;
  std::string compiled;
  for (DLDataType each : {tvm::ffi::dtype_trait<Types>::value...}) {
    compiled += (compiled.empty() ? "" : ", ") + std::string(tvm::ffi::DLDataTypeToString(each));
  }
  TVM_FFI_THROW(TypeError) << "dtype must be one of " << compiled << ", but is "
                           << tvm::ffi::DLDataTypeToString(dtype);
}

}  // namespace kernel_library

// Throws ValueError with a text, which is streamed, unless the condition holds.
#define CHECK_VALUE(condition, text)                     \
  do {                                                   \
    if (!(condition)) TVM_FFI_THROW(ValueError) << text; \
  } while (0)

#define CHECK_CUDA(x) \
  CHECK_VALUE((x).device().device_type == kDLCUDA, #x " must be on a CUDA device")

#define CHECK_CPU(x) CHECK_VALUE((x).device().device_type == kDLCPU, #x " must be on the CPU")

#define CHECK_CONTIGUOUS(x) CHECK_VALUE((x).IsContiguous(), #x " must be contiguous")

#define CHECK_DIM(x, dim)          \
  CHECK_VALUE((x).ndim() == (dim), \
              #x " must have " << (dim) << " dimension(s), but has " << (x).ndim())

#define CHECK_SAME_DEVICE(a, b) \
  CHECK_VALUE(kernel_library::SameDevice(a, b), #a " and " #b " must be on the same device")

#define CHECK_SAME_SHAPE(a, b)                                      \
  CHECK_VALUE(kernel_library::SameShape(a, b),                      \
              #a " and " #b " must have the same shape, but have "  \
                  << kernel_library::ToText((a).shape()) << " and " \
                  << kernel_library::ToText((b).shape()))

#define CHECK_SAME_DTYPE(a, b)                                                                 \
  CHECK_VALUE((a).dtype() == (b).dtype(), #a " and " #b " must have the same dtype, but have " \
                                              << tvm::ffi::DLDataTypeToString((a).dtype())     \
                                              << " and "                                       \
                                              << tvm::ffi::DLDataTypeToString((b).dtype()))

#endif  // KERNEL_LIBRARY_TVM_FFI_UTILS_H_
