# SPDX-License-Identifier: Apache-2.0
"""Compiles kernels with NVRTC while the program runs, and launches them on torch tensors.

    cmake -S dynamic_cubin -B build -Dtvm_ffi_ROOT=$(tvm-ffi-config --cmakedir)
    cmake --build build
    python example_nvrtc_cubin.py build/libdynamic_cubin.so

Needs a GPU, torch with CUDA, and `pip install cuda-python nvidia-cuda-nvrtc`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import tvm_ffi

KERNELS = Path(__file__).resolve().parent / "dynamic_cubin" / "kernels.cu"


def compile_kernels(arch: str | None = None) -> bytes:
    """Return the CUBIN of kernels.cu for ``arch`` ("sm_90"), by default for the current GPU."""
    from tvm_ffi.cpp.nvrtc import nvrtc_compile  # noqa: PLC0415

    return nvrtc_compile(KERNELS.read_text(), name=KERNELS.name, arch=arch)


def run(library: str, cubin: bytes, x: object, y: object) -> None:
    """Compute y = (x + 1) * 2 on the GPU, in two launches on the current stream."""
    mod = tvm_ffi.load_module(library)
    mod.set_cubin(cubin)
    mod.add_one(x, y)
    mod.mul_two(y, y)


def main() -> None:
    """Compile, launch, compare."""
    import torch  # noqa: PLC0415

    x = torch.arange(1000, dtype=torch.float32, device="cuda")
    y = torch.empty_like(x)
    run(sys.argv[1], compile_kernels(), x, y)
    assert torch.equal(y, (x + 1) * 2)
    print("nvrtc: (x + 1) * 2 is right")


if __name__ == "__main__":
    main()
