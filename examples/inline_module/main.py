# SPDX-License-Identifier: Apache-2.0
"""Builds ``add_one`` from source text and calls it, on the CPU and on a GPU of torch."""

from __future__ import annotations

import importlib.util

import numpy
import tvm_ffi
from tvm_ffi import cpp

CPU_SOURCE = """
void add_one(tvm::ffi::TensorView x, tvm::ffi::TensorView y) {
  TVM_FFI_CHECK(x.ndim() == 1 && y.ndim() == 1, ValueError) << "x and y must be vectors";
  TVM_FFI_CHECK(x.size(0) == y.size(0), ValueError) << "x and y must have the same length";
  TVM_FFI_CHECK(x.dtype() == y.dtype() && x.dtype() == (DLDataType{kDLFloat, 32, 1}), TypeError)
      << "x and y must be float32";
  const float* from = static_cast<const float*>(x.data_ptr());
  float* to = static_cast<float*>(y.data_ptr());
  for (int64_t i = 0; i < x.size(0); ++i) to[i] = from[i] + 1;
}
"""

CUDA_SOURCE = """
__global__ void AddOne(const float* from, float* to, int64_t n) {
  int64_t i = blockIdx.x * static_cast<int64_t>(blockDim.x) + threadIdx.x;
  if (i < n) to[i] = from[i] + 1;
}

void add_one_cuda(tvm::ffi::TensorView x, tvm::ffi::TensorView y) {
  int64_t n = x.size(0);
  DLDevice device = x.device();
  // The stream that the caller works on: that of torch, when torch tensors are passed.
  auto stream = static_cast<cudaStream_t>(TVMFFIEnvGetStream(device.device_type, device.device_id));
  AddOne<<<(n + 255) / 256, 256, 0, stream>>>(
      static_cast<const float*>(x.data_ptr()), static_cast<float*>(y.data_ptr()), n);
}
"""


def run_on_cpu() -> None:
    """Add one to a numpy array, and see a wrong argument refused."""
    mod = cpp.load_inline(
        "inline_module_cpu",
        cpp_sources=CPU_SOURCE,
        functions={"add_one": "Write x + 1 to y; both are float32 vectors of one length."},
        extra_cflags=["-O3", "-DTVM_FFI_DLL_EXPORT_INCLUDE_METADATA=1"],
    )
    x = numpy.arange(5, dtype="float32")
    y = numpy.empty_like(x)
    mod.add_one(x, y)
    print("CPU:", y)
    print("its documentation:", mod.get_function_doc("add_one"))
    try:
        mod.add_one(x, numpy.empty(3, dtype="float32"))
    except ValueError as error:
        print("ValueError:", error)


def run_on_gpu() -> None:
    """Add one to a torch tensor on a GPU; nvcc compiles the function."""
    if importlib.util.find_spec("torch") is None:
        print("GPU: torch is not installed")
        return
    import torch  # noqa: PLC0415

    if not torch.cuda.is_available():
        print("GPU: torch sees none")
        return
    mod: tvm_ffi.Module = cpp.load_inline(
        "inline_module_cuda", cuda_sources=CUDA_SOURCE, functions="add_one_cuda"
    )
    x = torch.arange(5, dtype=torch.float32, device="cuda")
    y = torch.empty_like(x)
    mod.add_one_cuda(x, y)
    print("GPU:", y.cpu().numpy())


if __name__ == "__main__":
    run_on_cpu()
    run_on_gpu()
