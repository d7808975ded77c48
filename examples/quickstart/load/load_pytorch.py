# SPDX-License-Identifier: Apache-2.0
"""Calls ``add_one`` on PyTorch tensors: on the GPU where there is one, else on the CPU."""

import torch
import tvm_ffi

device = "cuda" if torch.cuda.is_available() else "cpu"
mod = tvm_ffi.load_module(f"build/add_one_{device}.so")
x = torch.tensor([1, 2, 3, 4, 5], dtype=torch.float32, device=device)
y = torch.empty_like(x)
mod[f"add_one_{device}"](x, y)  # on torch's current stream
print(y.cpu())
