# SPDX-License-Identifier: Apache-2.0
"""Calls ``add_one_cpu`` on NumPy arrays."""

import numpy as np
import tvm_ffi

mod = tvm_ffi.load_module("build/add_one_cpu.so")
x = np.array([1, 2, 3, 4, 5], dtype=np.float32)
y = np.empty_like(x)
mod.add_one_cpu(x, y)
print(y)
