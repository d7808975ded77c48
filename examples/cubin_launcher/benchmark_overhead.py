# SPDX-License-Identifier: Apache-2.0
"""What a launch costs on the host: through a loaded module, and by the plain driver call.

    python benchmark_overhead.py libcubin_loader.so liblaunch_timer.so

The libraries are those of cubin_loader/ and overhead/. Needs a GPU, torch with CUDA for its memory,
and `pip install cuda-python nvidia-cuda-nvrtc`. Waiting for the GPU is left out.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Callable

import tvm_ffi

KERNEL = Path(__file__).resolve().parent / "launch" / "add_one.cu"
LAUNCHES = 500  # fewer than the GPU's queue holds
ROUNDS = 20

PLAIN = "plain driver call"
FROM_CPP = "function of the module, from C++"
FROM_PYTHON = "function of the module, from Python"


def microseconds_per_launch(
    image: bytes, timer: str, x: object, y: object, synchronize: Callable[[], None]
) -> dict[str, float]:
    """Return the best of several rounds for each way to launch the image's kernel ``add_one``.

    ``image`` is a cubin, ``timer`` the path of liblaunch_timer.so, ``x`` and ``y`` are vectors of
    float32 on ``cuda:0``; ``synchronize`` waits for the GPU. The loader of cubins is registered.
    """
    timers = tvm_ffi.load_module(timer)
    add_one = tvm_ffi.load_module_from_bytes("cubin", image, keep_module_alive=False)["add_one"]
    ways = {
        PLAIN: lambda: timers.time_driver_call(image, x, y),
        FROM_CPP: lambda: timers.time_function(add_one, x, y),
        FROM_PYTHON: lambda: time_from_python(add_one, x, y),
    }
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(ROUNDS):
        for name, measure in ways.items():
            synchronize()
            best[name] = min(best[name], measure())
    return best


def time_from_python(add_one: tvm_ffi.Function, x: object, y: object) -> float:
    """Return microseconds per launch of a loop in Python."""
    start = time.perf_counter()
    for _ in range(LAUNCHES):
        add_one(1, 32, 0, x, y, 1)
    return (time.perf_counter() - start) / LAUNCHES * 1e6


def table(best: dict[str, float]) -> str:
    """Return the figures as lines."""
    return "\n".join(f"{name:<36} {value:6.2f} us" for name, value in best.items())


def main() -> None:
    """Compile the kernel, measure and print."""
    import torch  # noqa: PLC0415
    from tvm_ffi.cpp.nvrtc import nvrtc_compile  # noqa: PLC0415

    loader, timer = sys.argv[1:]
    tvm_ffi.load_module(loader)
    x, y = (tvm_ffi.from_dlpack(torch.zeros(1, device="cuda")) for _ in range(2))
    image = nvrtc_compile(KERNEL.read_text(), name=KERNEL.name)
    print(table(microseconds_per_launch(image, timer, x, y, torch.cuda.synchronize)))


if __name__ == "__main__":
    main()
