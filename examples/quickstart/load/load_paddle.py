# SPDX-License-Identifier: Apache-2.0
"""Calls ``add_one`` on PaddlePaddle tensors: on the GPU where there is one, else on the CPU."""

import paddle
import tvm_ffi

device = "cuda" if paddle.device.is_compiled_with_cuda() else "cpu"
paddle.set_device("gpu" if device == "cuda" else "cpu")
mod = tvm_ffi.load_module(f"build/add_one_{device}.so")
x = paddle.to_tensor([1, 2, 3, 4, 5], dtype="float32")
y = paddle.empty_like(x)
mod[f"add_one_{device}"](x, y)
print(y)
