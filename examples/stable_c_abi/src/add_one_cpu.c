// SPDX-License-Identifier: Apache-2.0
//
// A kernel library in C: y = x + 1 for float32 vectors in CPU memory. This is what a compiler
// that generates kernels emits.
#include <stdint.h>
#include <tvm/ffi/c_api.h>

// Stores an error for the caller. A function that fails returns what this returns.
static int Fail(const char* kind, const char* message) {
  TVMFFIErrorSetRaisedFromCStr(kind, message);
  return -1;
}

// Returns the tensor that an argument holds, or NULL.
static const DLTensor* AsTensor(const TVMFFIAny* value) {
  switch (value->type_index) {
    case kTVMFFIDLTensorPtr:  // the caller's DLTensor
      return (const DLTensor*)value->v_ptr;
    case kTVMFFITensor:  // a tensor object: the DLTensor follows the header
      return (const DLTensor*)(value->v_obj + 1);
    default:
      return NULL;
  }
}

// Whether `tensor` is a contiguous float32 vector in CPU memory.
static int IsVector(const DLTensor* tensor) {
  return tensor->device.device_type == kDLCPU && tensor->dtype.code == kDLFloat &&
         tensor->dtype.bits == 32 && tensor->dtype.lanes == 1 && tensor->ndim == 1 &&
         (tensor->strides == NULL || tensor->strides[0] == 1 || tensor->shape[0] <= 1);
}

static float* DataOf(const DLTensor* tensor) {
  return (float*)((char*)tensor->data + tensor->byte_offset);
}

// Exported functions are called `__tvm_ffi_<name>` and have this signature. `self` is NULL, the
// arguments are borrowed, and `*result` is None when the call begins.
TVM_FFI_DLL_EXPORT int __tvm_ffi_add_one_cpu(void* self, const TVMFFIAny* args, int32_t num_args,
                                             TVMFFIAny* result) {
  (void)self;
  (void)result;  // nothing is returned: it stays None
  if (num_args != 2) return Fail("TypeError", "Expects two arguments, x and y");
  const DLTensor* x = AsTensor(&args[0]);
  const DLTensor* y = AsTensor(&args[1]);
  if (x == NULL) return Fail("ValueError", "Expects a Tensor input");
  if (y == NULL) return Fail("ValueError", "Expects a Tensor output");
  if (!IsVector(x) || !IsVector(y)) {
    return Fail("ValueError", "Expects contiguous float32 vectors in CPU memory");
  }
  if (x->shape[0] != y->shape[0]) return Fail("ValueError", "Expects vectors of the same length");

  const float* x_data = DataOf(x);
  float* y_data = DataOf(y);
  for (int64_t i = 0; i < x->shape[0]; ++i) y_data[i] = x_data[i] + 1.0f;
  return 0;
}
