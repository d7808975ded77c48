# SPDX-License-Identifier: Apache-2.0
"""Reads a shared object from standard input and runs its function ``add_one``."""

import sys

import numpy as np
import tvm_ffi
import tvm_ffi.loaders  # registers the kind "so"

payload = sys.stdin.buffer.read()
mod = tvm_ffi.load_module_from_bytes("so", payload)

x = np.arange(1, 6, dtype="float32")
y = np.empty_like(x)
mod.add_one(x, y)
print(f"python: add_one({x.astype(int).tolist()}) = {y.astype(int).tolist()}")
