# SPDX-License-Identifier: Apache-2.0
"""Examples in CUDA C++: nvcc compiles them as their READMEs say, and the stand-in runs them."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path

import numpy as np
import pytest
import tvm_ffi
from readme import copy_example, run_block, run_readme
from standin import Gpu


def test_quickstart_on_a_gpu(toolkit: dict[str, str], tmp_path: Path) -> None:
    run_readme("quickstart", tmp_path, ("cuda",), **toolkit)


def test_quickstart_by_plain_compiler_commands(toolkit: dict[str, str], tmp_path: Path) -> None:
    copy = copy_example("quickstart", tmp_path)
    result = run_block("bash raw_compile.sh && build/load_cuda", copy, toolkit)
    assert result.stdout == "[ 2 3 4 5 6 ]\n", result.stderr


@pytest.fixture(scope="module")
def kernels(
    toolkit: dict[str, str], cuda_build: Path, tmp_path_factory: pytest.TempPathFactory
) -> tvm_ffi.Module:
    """Load what the README of kernel_library builds for CUDA."""
    directory = tmp_path_factory.mktemp("kernel_library")
    copy = run_readme("kernel_library", directory, ("toolkit",), **toolkit)
    ctypes.CDLL(str(cuda_build / "libcudart.so.13"))  # that name means the stand-in from now on
    return tvm_ffi.load_module(copy / "build" / "scale_kernel.so")


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_scale_computes(kernels: tvm_ffi.Module, gpu: Gpu, dtype: str) -> None:
    x = np.arange(300).astype(dtype)
    y = np.zeros_like(x)
    kernels.scale(gpu.tensor(y), gpu.tensor(x), 1.5)
    np.testing.assert_array_equal(y, x * np.asarray(1.5, dtype))
    assert gpu.last_launch()["grid"] == (2, 1, 1)


def test_scale_runs_on_the_tensors_device_and_the_callers_stream(
    kernels: tvm_ffi.Module, gpu: Gpu
) -> None:
    x = np.arange(4, dtype="float32")
    with tvm_ffi.use_raw_stream(tvm_ffi.device("cuda", 1), 0x500):
        kernels.scale(gpu.tensor(x, 1), gpu.tensor(x, 1), 2.0)
    launch = gpu.last_launch()
    assert (launch["device"], launch["stream"]) == (1, 0x500)
    assert x.tolist() == [0, 2, 4, 6]


def test_scale_of_nothing_launches_nothing(kernels: tvm_ffi.Module, gpu: Gpu) -> None:
    empty = gpu.tensor(np.zeros(0, dtype="float32"))
    launches = gpu.driver.standin_launches()
    kernels.scale(empty, empty, 2.0)
    assert gpu.driver.standin_launches() == launches


def test_scale_refuses(kernels: tvm_ffi.Module, gpu: Gpu) -> None:
    x = np.zeros(4, dtype="float32")
    here, there = gpu.tensor(x), gpu.tensor(x, 1)
    for output, tensor, kind, message in (
        (here, x, ValueError, "input must be on a CUDA device"),
        (x, here, ValueError, "output must be on a CUDA device"),
        (there, here, ValueError, "output and input must be on the same device"),
        (
            here,
            gpu.tensor(x.reshape(2, 2)),
            ValueError,
            "input must have 1 dimension(s), but has 2",
        ),
        (gpu.tensor(x[:3]), here, ValueError, "but have [3] and [4]"),
        (gpu.tensor(x.astype("float16")), here, ValueError, "but have float16 and float32"),
        (gpu.tensor(x[::2]), gpu.tensor(x[:2]), ValueError, "output must be contiguous"),
    ):
        with pytest.raises(kind, match=re.escape(message)):
            kernels.scale(output, tensor, 2.0)
    integers = gpu.tensor(x.astype("int32"))
    with pytest.raises(TypeError, match="must be one of float32, float16, but is int32"):
        kernels.scale(integers, integers, 2.0)
