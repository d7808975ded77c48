# SPDX-License-Identifier: Apache-2.0
"""Scales a CUDA tensor of PyTorch by 2, in float32 and float16."""

import torch
import tvm_ffi

mod = tvm_ffi.load_module("build/scale_kernel.so")
for dtype in (torch.float32, torch.float16):
    x = torch.arange(1000, device="cuda").to(dtype)
    y = torch.empty_like(x)
    mod.scale(y, x, 2.0)
    torch.testing.assert_close(y, x * 2)
    print(f"scale({dtype}) is right")
