# SPDX-License-Identifier: Apache-2.0
"""Runs the CUDA loader on a real GPU and prints a table; exits non-zero on any failure.

    python tests/gpu/run_gpu_tests.py BUILD_DIRECTORY

``BUILD_DIRECTORY`` holds ``loader/libcubin_loader.so`` and ``liblaunch_timer.so``, made by
``cmake -S tests/cuda -B BUILD_DIRECTORY`` and a build of it.
Needs an NVIDIA driver, torch with CUDA for the device memory, and NVRTC (see tests/cuda/nvrtc.py).
"""

from __future__ import annotations

import sys
import time
import traceback
from pathlib import Path
from typing import Callable

import torch
import tvm_ffi

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "cuda"))

from nvrtc import compile_cuda  # noqa: E402

SOURCE = (HERE.parent / "cuda" / "kernels.cu").read_text()


def architecture() -> str:
    """Return the architecture of the first GPU, as ``sm_XY``."""
    major, minor = torch.cuda.get_device_capability(0)
    return f"sm_{major}{minor}"


def load_cubin() -> tvm_ffi.Module:
    """Load the kernels as a cubin for this GPU."""
    image = compile_cuda(SOURCE, architecture())
    return tvm_ffi.load_module_from_bytes("cubin", image, keep_module_alive=False)


def check_add_one(mod: tvm_ffi.Module) -> None:
    """Compare 100,003 elements with the host's arithmetic."""
    n = 100_003
    x = torch.randn(n, device="cuda")
    y = torch.full_like(x, float("nan"))
    mod.add_one((n + 255) // 256, 256, 0, x, y, n)
    torch.cuda.synchronize()
    assert torch.equal(y.cpu(), x.cpu() + 1)


def test_cubin_computes() -> None:
    check_add_one(load_cubin())


def test_ptx_computes() -> None:
    arch = architecture().replace("sm_", "compute_")
    image = compile_cuda(SOURCE, arch, "PTX")
    check_add_one(tvm_ffi.load_module_from_bytes("ptx", image, keep_module_alive=False))


def test_scalars_of_every_width() -> None:
    out = torch.zeros(1, dtype=torch.float64, device="cuda")
    load_cubin().mix(1, 1, 0, out, -5, 300, -70_000, 2**40, 0.5, 0.25, True)
    assert out.item() == -5 + 300 - 70_000 + 2**40 + 0.5 + 0.25 + 100


def test_current_stream_is_used() -> None:
    mod = load_cubin()
    stream = torch.cuda.Stream()
    x = torch.zeros(1 << 20, device="cuda")
    y = torch.empty_like(x)
    torch.cuda.synchronize()
    source, target = tvm_ffi.from_dlpack(x), tvm_ffi.from_dlpack(y)
    with tvm_ffi.use_raw_stream(tvm_ffi.device("cuda", 0), stream.cuda_stream):
        mod.add_one((1 << 20) // 256, 256, 0, source, target, 1 << 20)
    stream.synchronize()
    assert y.sum().item() == 1 << 20


def test_two_streams_run_side_by_side() -> None:
    mod = load_cubin()
    n = 1 << 22
    results = []
    for value in (1.0, 2.0):
        stream = torch.cuda.Stream()
        y = torch.zeros(n, device="cuda")
        stream.wait_stream(torch.cuda.current_stream())
        with tvm_ffi.use_raw_stream(tvm_ffi.device("cuda", 0), stream.cuda_stream):
            for _ in range(20):
                mod.maybe_fill(n // 256, 256, 0, tvm_ffi.from_dlpack(y), value, n)
        results.append((stream, y, value))
    for stream, y, value in results:
        stream.synchronize()
        assert y.sum().item() == n * value


def test_shared_memory_beyond_the_default() -> None:
    properties = torch.cuda.get_device_properties(0)
    limit = getattr(properties, "shared_memory_per_block_optin", 96 * 1024)
    out = torch.zeros(1, device="cuda")
    mod = load_cubin()
    mod.sum_in_shared(1, 1, limit - 1024, out, 1000)
    assert out.item() == 1000 * 999 / 2
    try:
        mod.sum_in_shared(1, 1, 1 << 20, out, 10)
    except ValueError as error:
        assert "dynamic shared memory" in str(error)
        return
    raise AssertionError("1 MiB of shared memory was accepted")


def test_cluster_of_blocks() -> None:
    if torch.cuda.get_device_capability(0) < (9, 0):
        print("      (clusters need compute capability 9.0)")
        return
    out = torch.zeros(4, device="cuda")
    load_cubin().sum_in_shared(4, 1, {"cluster": 2, "dynamic_shared_memory_bytes": 64}, out, 10)
    assert out.tolist() == [45] * 4


def test_kernels_are_listed() -> None:
    names = load_cubin().get_function("__kernels__")()
    assert list(names) == ["add_one", "maybe_fill", "mix", "sum_in_shared"]


def test_launch_overhead() -> None:
    """Print microseconds per launch; fail only when ours is more than 3 above the plain call."""
    timer = tvm_ffi.load_module(str(Path(sys.argv[1]) / "liblaunch_timer.so"))
    image = compile_cuda(SOURCE, architecture())
    add_one = tvm_ffi.load_module_from_bytes("cubin", image, keep_module_alive=False)["add_one"]
    x, y = (tvm_ffi.from_dlpack(torch.zeros(1, device="cuda")) for _ in range(2))
    ways = {
        "plain driver call": lambda: timer.time_driver_call(image, x, y),
        "function of the module, from C++": lambda: timer.time_function(add_one, x, y),
        "function of the module, from Python": lambda: time_from_python(add_one, x, y),
    }
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(20):
        for name, measure in ways.items():
            torch.cuda.synchronize()
            best[name] = min(best[name], measure())
    for name, microseconds in best.items():
        print(f"      {name:<36} {microseconds:6.2f} us")
    assert best["function of the module, from C++"] < best["plain driver call"] + 3


def time_from_python(add_one: tvm_ffi.Function, x: tvm_ffi.Tensor, y: tvm_ffi.Tensor) -> float:
    """Return microseconds per launch of a loop in Python."""
    count = 500
    start = time.perf_counter()
    for _ in range(count):
        add_one(1, 32, 0, x, y, 1)
    return (time.perf_counter() - start) / count * 1e6


def test_unknown_kernel_is_reported() -> None:
    try:
        load_cubin().get_function("no_such_kernel")
    except AttributeError:
        return
    raise AssertionError("an unknown kernel was found")


def test_launch_beyond_the_limits_is_reported() -> None:
    y = torch.zeros(4, device="cuda")
    try:
        load_cubin().maybe_fill(1, 2048, 0, y, 1.0, 4)
    except RuntimeError as error:
        assert "CUDA Error" in str(error)
        return
    raise AssertionError("a block of 2048 threads was accepted")


def test_load_and_unload_leaves_memory_flat() -> None:
    image = compile_cuda(SOURCE, architecture())
    y = torch.zeros(4, device="cuda")

    def cycle() -> None:
        mod = tvm_ffi.load_module_from_bytes("cubin", image, keep_module_alive=False)
        mod["maybe_fill"](1, 4, 0, y, 1.0, 4)

    cycle()
    torch.cuda.synchronize()
    free_before, _ = torch.cuda.mem_get_info()
    for _ in range(1000):
        cycle()
    torch.cuda.synchronize()
    free_after, _ = torch.cuda.mem_get_info()
    assert free_before - free_after < 1 << 20, f"{free_before - free_after} bytes lost"


def run(test: Callable[[], None]) -> bool:
    """Run one test, print its row, and tell whether it passed."""
    try:
        test()
    except Exception:
        print(f"FAIL  {test.__name__}")
        traceback.print_exc()
        return False
    print(f"ok    {test.__name__}")
    return True


def main() -> None:
    """Run every test of this file."""
    tvm_ffi.load_module(str(Path(sys.argv[1]) / "loader" / "libcubin_loader.so"))
    tests = [value for name, value in globals().items() if name.startswith("test_")]
    passed = sum([run(test) for test in tests])
    print(f"{passed} passed, {len(tests) - passed} failed")
    sys.exit(passed != len(tests))


if __name__ == "__main__":
    main()
