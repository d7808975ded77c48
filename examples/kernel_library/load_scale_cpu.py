# SPDX-License-Identifier: Apache-2.0
"""Scales NumPy arrays by 2, and shows what a caller sees who makes a mistake."""

import numpy as np
import tvm_ffi

mod = tvm_ffi.load_module("build/scale_cpu.so")
for dtype in ("float32", "float64"):
    x = np.arange(1000, dtype=dtype)
    y = np.empty_like(x)
    mod.scale(y, x, 2.0)
    np.testing.assert_array_equal(y, x * 2)
    print(f"scale({dtype}) is right")

for output, wrong in ((y[:3], x), (y, x.astype("int32")), (y[::2], x[::2])):
    try:
        mod.scale(output, wrong, 2.0)
    except (TypeError, ValueError) as error:
        print(f"{type(error).__name__}: {error}")
