# SPDX-License-Identifier: Apache-2.0
"""Runs the CUDA loader on a real GPU and prints a table; exits non-zero on any failure.

    cmake -S tests/cuda -B BUILD -Dtvm_ffi_ROOT=$(tvm-ffi-config --cmakedir) -DCUDA_INCLUDE_DIR=...
    cmake --build BUILD
    python tests/gpu/run_gpu_tests.py BUILD [IMAGES]

Needs an NVIDIA driver and numpy. No framework: memory and streams come from the driver
(tests/cuda/gpu_memory.cc). The kernels are compiled with the PyPI packages nvidia-cuda-nvrtc,
-runtime, -crt and -nvcc, or come from the directory IMAGES, written elsewhere by make_images.py.
tests/cuda runs this file on a stand-in driver, so that it works when a GPU is there.
"""

from __future__ import annotations

import functools
import sys
import traceback
from pathlib import Path
from typing import Callable

import numpy as np
import tvm_ffi

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parents[1] / "examples" / "cubin_launcher"))

import benchmark_overhead  # noqa: E402
from make_images import make_image  # noqa: E402

BUILD = Path(sys.argv[1])
IMAGES = Path(sys.argv[2]) if len(sys.argv) > 2 else None
COMPUTE_CAPABILITY = (75, 76)  # numbers of device attributes: major, minor
SHARED_MEMORY_OPTIN = 97
DEFAULT_SHARED_MEMORY = 48 * 1024


class Skipped(Exception):
    """The machine lacks what a test needs; the text says what."""


@functools.cache
def gpu() -> tvm_ffi.Module:
    """Return the helpers of gpu_memory.cc, with device 0 current."""
    module = tvm_ffi.load_module(BUILD / "libgpu_memory.so")
    module.make_current(0)
    return module


def to_gpu(array: np.ndarray, device_id: int = 0) -> tvm_ffi.Tensor:
    """Copy to a GPU, which is current."""
    return gpu().upload(tvm_ffi.from_dlpack(array), device_id)


def to_host(tensor: tvm_ffi.Tensor) -> np.ndarray:
    """Wait for the GPU and copy from it."""
    gpu().synchronize()
    array = np.empty(tensor.shape, dtype=str(tensor.dtype))
    gpu().download(tvm_ffi.from_dlpack(array), tensor)
    return array


def capability() -> int:
    """Return the compute capability of the first GPU: 90 for 9.0."""
    major, minor = (gpu().device_attribute(number, 0) for number in COMPUTE_CAPABILITY)
    return 10 * major + minor


@functools.cache
def image(kind: str = "cubin") -> bytes:
    """Return kernels.cu compiled for the first GPU: as cubin, ptx or fatbin."""
    if IMAGES is None:
        return make_image(kind, capability())
    return (IMAGES / f"image.{kind}").read_bytes()


def load(kind: str = "cubin") -> tvm_ffi.Module:
    """Load the kernels, for as long as the module is held."""
    return tvm_ffi.load_module_from_bytes(kind, image(kind), keep_module_alive=False)


def expect_error(kind: type, part: str, call: Callable[..., object], *args: object) -> None:
    """Fail unless the call raises an error of this class whose text has this part."""
    try:
        call(*args)
    except kind as error:
        assert part in str(error), f"{part!r} is not in: {error}"
        return
    raise AssertionError(f"no {kind.__name__} was raised")


# ---- correctness ---------------------------------------------------------------------------------


def check_add_one(mod: tvm_ffi.Module, device_id: int = 0) -> None:
    """Compare 100,003 elements with numpy's arithmetic."""
    n = 100_003
    x = np.random.default_rng(0).standard_normal(n, dtype="float32")
    device_x, device_y = to_gpu(x, device_id), to_gpu(np.full_like(x, np.nan), device_id)
    mod.add_one((n + 255) // 256, 256, 0, device_x, device_y, n)
    np.testing.assert_array_equal(to_host(device_y), x + 1)


def test_cubin_computes() -> None:
    check_add_one(load("cubin"))


def test_ptx_computes() -> None:
    check_add_one(load("ptx"))


def test_fatbin_computes() -> None:
    check_add_one(load("fatbin"))


def test_kind_is_recognised() -> None:
    for kind in ("cubin", "ptx", "fatbin"):
        mod = tvm_ffi.load_module_from_bytes(None, image(kind), keep_module_alive=False)
        assert mod.kind == kind


def test_every_gpu_computes() -> None:
    if gpu().device_count() < 2:
        raise Skipped("one GPU only")
    mod = load()
    for device_id in range(gpu().device_count()):
        gpu().make_current(device_id)
        try:
            check_add_one(mod, device_id)
        finally:
            gpu().make_current(0)


def test_scalars_of_every_width() -> None:
    out = to_gpu(np.zeros(1))
    load().mix(1, 1, 0, out, -5, 300, -70_000, 2**40, 0.5, 0.25, True)
    assert to_host(out)[0] == -5 + 300 - 70_000 + 2**40 + 0.5 + 0.25 + 100


def test_none_is_a_null_pointer() -> None:
    load().maybe_fill(1, 32, 0, None, 1.0, 4)
    gpu().synchronize()


def test_two_streams_run_side_by_side() -> None:
    mod = load()
    n = 1 << 22
    results = []
    for value in (1.0, 2.0):
        stream, y = gpu().new_stream(), to_gpu(np.zeros(n, dtype="float32"))
        gpu().synchronize()
        with tvm_ffi.use_raw_stream(tvm_ffi.device("cuda", 0), stream):
            for _ in range(20):
                mod.maybe_fill(n // 256, 256, 0, y, value, n)
        results.append((stream, y, value))
    for stream, y, value in results:
        gpu().wait_for_stream(stream)
        assert (to_host(y) == value).all()


def test_shared_memory_beyond_the_default() -> None:
    limit = gpu().device_attribute(SHARED_MEMORY_OPTIN, 0)
    num_bytes = limit - 1024  # the kernel has static shared memory, too
    assert num_bytes > DEFAULT_SHARED_MEMORY
    out = to_gpu(np.zeros(1, dtype="float32"))
    load().sum_in_shared(1, 1, num_bytes, out, 1000)
    assert to_host(out)[0] == 1000 * 999 / 2


def test_cluster_of_blocks() -> None:
    if capability() < 90:
        raise Skipped("clusters need compute capability 9.0")
    out = to_gpu(np.zeros(4, dtype="float32"))
    load().sum_in_shared(4, 1, {"cluster": 2, "dynamic_shared_memory_bytes": 64}, out, 10)
    assert to_host(out).tolist() == [45] * 4


def test_kernels_are_listed() -> None:
    names = load().get_function("__kernels__")()
    assert list(names) == ["add_one", "maybe_fill", "mix", "square_with_scratch", "sum_in_shared"]


# ---- errors --------------------------------------------------------------------------------------


def test_unknown_kernel_is_reported() -> None:
    expect_error(AttributeError, "no_such_kernel", load().get_function, "no_such_kernel")


def test_too_much_shared_memory_is_reported() -> None:
    out = to_gpu(np.zeros(1, dtype="float32"))
    call = load().sum_in_shared
    expect_error(ValueError, "dynamic shared memory", call, 1, 1, 1 << 20, out, 10)


def test_launch_beyond_the_limits_is_reported() -> None:
    y = to_gpu(np.zeros(4, dtype="float32"))
    expect_error(RuntimeError, "CUDA Error", load().maybe_fill, 1, 2048, 0, y, 1.0, 4)
    load().maybe_fill(1, 4, 0, y, 3.0, 4)  # the GPU is as good as before
    assert to_host(y).tolist() == [3] * 4


def test_host_tensor_is_refused() -> None:
    y = tvm_ffi.from_dlpack(np.zeros(4, dtype="float32"))
    expect_error(ValueError, "(cpu)", load().maybe_fill, 1, 4, 0, y, 1.0, 4)


def test_damaged_image_is_refused() -> None:
    load_bytes = tvm_ffi.load_module_from_bytes
    expect_error(ValueError, "truncated", load_bytes, "cubin", image()[: len(image()) // 2])
    expect_error(ValueError, "ELF", load_bytes, "cubin", b"no image")


# ---- cost ----------------------------------------------------------------------------------------


def test_load_and_unload_leaves_memory_flat() -> None:
    y = to_gpu(np.zeros(4, dtype="float32"))

    def cycle() -> None:
        load()["maybe_fill"](1, 4, 0, y, 1.0, 4)

    cycle()
    gpu().synchronize()
    before = gpu().free_bytes()
    for _ in range(1000):
        cycle()
    gpu().synchronize()
    lost = before - gpu().free_bytes()
    assert lost < 1 << 20, f"{lost} bytes of device memory lost"


def test_launch_overhead() -> None:
    """Print microseconds per launch; fail only when ours is more than 3 above the plain call."""
    x, y = (to_gpu(np.zeros(1, dtype="float32")) for _ in range(2))
    timer = str(BUILD / "overhead" / "liblaunch_timer.so")
    measure = benchmark_overhead.microseconds_per_launch
    best = measure(image(), timer, x, y, gpu().synchronize)
    print(benchmark_overhead.table(best))
    assert best[benchmark_overhead.FROM_CPP] < best[benchmark_overhead.PLAIN] + 3


# ---- the table -----------------------------------------------------------------------------------


def run(test: Callable[[], None]) -> str:
    """Run one test, print its row, and return how it went."""
    try:
        test()
    except Skipped as reason:
        print(f"skip  {test.__name__}: {reason}")
        return "skipped"
    except Exception:
        print(f"FAIL  {test.__name__}")
        traceback.print_exc()
        return "failed"
    print(f"ok    {test.__name__}")
    return "passed"


def main() -> None:
    """Run every test of this file."""
    tvm_ffi.load_module(BUILD / "loader" / "libcubin_loader.so")
    tests = [value for name, value in globals().items() if name.startswith("test_")]
    results = [run(test) for test in tests]
    print(", ".join(f"{results.count(name)} {name}" for name in ("passed", "failed", "skipped")))
    sys.exit("failed" in results)


if __name__ == "__main__":
    main()
