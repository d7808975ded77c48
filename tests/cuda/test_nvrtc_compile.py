# SPDX-License-Identifier: Apache-2.0
"""``tvm_ffi.cpp.nvrtc`` with the real NVRTC, which needs neither a GPU nor a driver."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import tvm_ffi
from standin import Gpu

# In a process of its own: NVRTC asks libcuda for more than the stand-in has, if it is loaded.
PROGRAM = """
import sys
from tvm_ffi.cpp.nvrtc import nvrtc_compile
source, options = sys.argv[1], sys.argv[2:]
try:
    sys.stdout.buffer.write(nvrtc_compile(source, name="mine.cu", arch="sm_90", extra_opts=options))
except RuntimeError as error:
    sys.exit(str(error))
"""
SOURCE = """
extern "C" __global__ void add_one(const float* x, float* y, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] = x[i] + ONE;
}
"""


def compile_source(source: str, *options: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", PROGRAM, source, *options]
    return subprocess.run(command, capture_output=True, check=False)


def test_source_becomes_a_module(gpu: Gpu) -> None:
    compiled = compile_source(SOURCE, "-DONE=1.0f")
    assert compiled.returncode == 0, compiled.stderr
    x, y = np.arange(4, dtype="float32"), np.zeros(4, dtype="float32")
    mod = tvm_ffi.load_module_from_bytes(None, compiled.stdout, keep_module_alive=False)
    assert mod.kind == "cubin"
    mod.add_one(1, 4, 0, gpu.tensor(x), gpu.tensor(y), 4)
    np.testing.assert_array_equal(y, x + 1)


def test_compiler_errors_name_the_line() -> None:
    compiled = compile_source(SOURCE)
    assert compiled.returncode != 0
    message = compiled.stderr.decode()
    assert message.startswith("NVRTC compilation failed:\n")
    assert 'mine.cu(4): error: identifier "ONE" is undefined' in message
