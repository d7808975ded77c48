# SPDX-License-Identifier: Apache-2.0
"""Calls ``add_one`` on PaddlePaddle tensors: ``python load_paddle.py [cpu|cuda]``."""

import sys

import paddle
import tvm_ffi

device = sys.argv[1] if len(sys.argv) > 1 else "cpu"
paddle.set_device("gpu" if device == "cuda" else "cpu")
mod = tvm_ffi.load_module(f"build/add_one_{device}.so")
x = paddle.to_tensor([1, 2, 3, 4, 5], dtype="float32")
y = paddle.empty_like(x)
mod[f"add_one_{device}"](x, y)
print(y)
