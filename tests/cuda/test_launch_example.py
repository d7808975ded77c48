# SPDX-License-Identifier: Apache-2.0
"""The programs of examples/cubin_launcher on the stand-in driver."""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tvm_ffi
from nvrtc import cuda_root
from tvm_ffi import libinfo

RUN = Path(__file__).resolve().parents[2] / "examples" / "cubin_launcher" / "launch" / "run.py"


@contextlib.contextmanager
def current_context(driver: ctypes.CDLL) -> Iterator[None]:
    """Make the primary context of device 0 current, as a CUDA framework would have done."""
    context = ctypes.c_void_p()
    driver.cuInit(0)
    driver.cuDevicePrimaryCtxRetain(ctypes.byref(context), 0)
    driver.cuCtxPushCurrent_v2(context)
    yield
    driver.cuCtxPopCurrent_v2(ctypes.byref(context))


def test_three_languages_launch_the_same_bytes(cuda_build: Path, images: SimpleNamespace) -> None:
    standin = cuda_build / "libcuda.so.1"
    paths = [str(cuda_build), os.environ.get("LD_LIBRARY_PATH", "")]
    result = subprocess.run(
        [sys.executable, RUN, "--cubin", "-"]
        + [f"-DCUDA_INCLUDE_DIR={cuda_root() / 'include'}", f"-DCUDA_DRIVER_LIBRARY={standin}"],
        input=images.sm_90,
        env=dict(os.environ, LD_LIBRARY_PATH=os.pathsep.join(filter(None, paths))),
        stdout=subprocess.PIPE,
        check=True,
    )
    assert result.stdout.decode().splitlines() == [
        f"cubin: {len(images.sm_90)} bytes in memory",
        "python: add_one([1, 2, 3, 4, 5]) = [2, 3, 4, 5, 6]",
        "c++:    add_one([1, 2, 3, 4, 5]) = [2, 3, 4, 5, 6]",
        "rust:   add_one([1, 2, 3, 4, 5]) = [2, 3, 4, 5, 6]",
    ]


def test_library_with_its_image_inside(
    cuda_build: Path,
    driver: ctypes.CDLL,
    support: tvm_ffi.Module,
    images: SimpleNamespace,
    tmp_path: Path,
) -> None:
    (tmp_path / "add_one.cubin").write_bytes(images.sm_90)
    definitions = {
        "tvm_ffi_ROOT": libinfo.find_cmake_path(),
        "CUDA_INCLUDE_DIR": cuda_root() / "include",
        "CUDA_DRIVER_LIBRARY": cuda_build / "libcuda.so.1",
        "CUBIN": tmp_path / "add_one.cubin",
    }
    build = tmp_path / "build"
    configure = ["cmake", "-S", RUN.parents[1] / "embedded_cubin", "-B", build]
    configure += [f"-D{name}={value}" for name, value in definitions.items()]
    for command in (configure, ["cmake", "--build", build]):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    mod = tvm_ffi.load_module(build / "libadd_one_embedded.so")
    x, y = np.arange(5, dtype="float32"), np.zeros(5, dtype="float32")
    tensors = [support.as_cuda(tvm_ffi.from_dlpack(array), 0) for array in (x, y)]
    with current_context(driver):
        mod.add_one(*tensors)
    np.testing.assert_array_equal(y, x + 1)
    with pytest.raises(ValueError, match="y must be a vector of float32 as long as x"):
        mod.add_one(tensors[0], support.as_cuda(tvm_ffi.from_dlpack(y[:3]), 0))
