# SPDX-License-Identifier: Apache-2.0
"""Reads an OpenCL program from standard input and runs its kernel ``add_one``.

The arguments are the path of libopencl_loader.so and the payload's kind.
"""

import sys

import numpy as np
import tvm_ffi

loader, kind = sys.argv[1:]
tvm_ffi.load_module(loader)
mod = tvm_ffi.load_module_from_bytes(kind, sys.stdin.buffer.read())

x = np.arange(1, 6, dtype="float32")
y = np.empty_like(x)
grid, block, shared_bytes = 1, 64, 0
mod.add_one(grid, block, shared_bytes, x, y, len(x))
print(f"python: {kind}: add_one({x.astype(int).tolist()}) = {y.astype(int).tolist()}")
