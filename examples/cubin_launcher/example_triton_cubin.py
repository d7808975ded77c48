# SPDX-License-Identifier: Apache-2.0
"""Compiles a Triton kernel to a CUBIN and launches it through the library dynamic_cubin.

    python example_triton_cubin.py build/libdynamic_cubin.so

Needs a GPU, torch with CUDA, and Triton; the library is built as in example_nvrtc_cubin.py. Triton
decides the size of a block (32 threads per warp) and adds pointers to scratch memory at the end of
the parameters, which this kernel does not use.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import triton
import triton.language as tl
import tvm_ffi

ELEMENTS_PER_BLOCK = 128
NUM_WARPS = 4  # so that a thread has one element


@triton.jit
def square(x, y, n, block: tl.constexpr):
    """Compute y = x * x, ``block`` elements per program."""
    at = tl.program_id(0) * block + tl.arange(0, block)
    value = tl.load(x + at, mask=at < n)
    tl.store(y + at, value * value, mask=at < n)


@dataclass
class Image:
    """What a launch needs to know of a compiled kernel."""

    cubin: bytes
    name: str
    num_scratch: int


def compile_kernel(capability: int) -> Image:
    """Compile for a GPU of this compute capability (90); needs no GPU."""
    signature = {"x": "*fp32", "y": "*fp32", "n": "i32", "block": "constexpr"}
    source = triton.compiler.ASTSource(
        fn=square, signature=signature, constexprs={"block": ELEMENTS_PER_BLOCK}
    )
    target = triton.backends.compiler.GPUTarget("cuda", capability, 32)
    compiled = triton.compile(source, target=target, options={"num_warps": NUM_WARPS})
    parameters = compiled.asm["ptx"].partition(".entry")[2].partition(")")[0].count(".param")
    return Image(compiled.asm["cubin"], compiled.metadata.name, parameters - 3)


def run(library: str, image: Image, x: object, y: object) -> None:
    """Compute y = x * x on the GPU, on the current stream."""
    mod = tvm_ffi.load_module(library)
    mod.set_cubin(image.cubin)
    mod.launch(image.name, x, y, 32 * NUM_WARPS, image.num_scratch)


def main() -> None:
    """Compile, launch, compare."""
    import torch  # noqa: PLC0415

    major, minor = torch.cuda.get_device_capability()
    x = torch.arange(1000, dtype=torch.float32, device="cuda")
    y = torch.empty_like(x)
    run(sys.argv[1], compile_kernel(10 * major + minor), x, y)
    assert torch.equal(y, x * x)
    print("triton: x * x is right")


if __name__ == "__main__":
    main()
