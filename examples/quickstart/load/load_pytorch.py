# SPDX-License-Identifier: Apache-2.0
"""Calls ``add_one`` on PyTorch tensors: ``python load_pytorch.py [cpu|cuda]``."""

import sys

import torch
import tvm_ffi

device = sys.argv[1] if len(sys.argv) > 1 else "cpu"
mod = tvm_ffi.load_module(f"build/add_one_{device}.so")
x = torch.tensor([1, 2, 3, 4, 5], dtype=torch.float32, device=device)
y = torch.empty_like(x)
mod[f"add_one_{device}"](x, y)  # on torch's current stream
print(y)
