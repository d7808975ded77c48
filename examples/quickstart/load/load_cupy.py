# SPDX-License-Identifier: Apache-2.0
"""Calls ``add_one_cuda`` on CuPy arrays."""

import cupy as cp
import tvm_ffi

mod = tvm_ffi.load_module("build/add_one_cuda.so")
x = cp.array([1, 2, 3, 4, 5], dtype=cp.float32)
y = cp.empty_like(x)
# CuPy's arrays do not say which stream they are used on; the caller does.
stream = cp.cuda.get_current_stream()
with tvm_ffi.use_raw_stream(tvm_ffi.device("cuda", x.device.id), stream.ptr):
    mod.add_one_cuda(x, y)
print(y)
