# SPDX-License-Identifier: Apache-2.0
"""Pretended GPUs for the tests: arrays on them, their contexts, and what their driver saw."""

from __future__ import annotations

import contextlib
import ctypes
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tvm_ffi
from nvrtc import cuda_root
from tvm_ffi import libinfo

HERE = Path(__file__).resolve().parent


def build_here(build: Path, *options: str, target: str = "all") -> Path:
    """Build this directory into `build`, which is returned; `options` are those of CMake."""
    configure = ["cmake", "-S", HERE, "-B", build, f"-Dtvm_ffi_ROOT={libinfo.find_cmake_path()}"]
    configure += [f"-DCUDA_INCLUDE_DIR={cuda_root() / 'include'}", *options]
    for command in (configure, ["cmake", "--build", build, "--target", target, "-j2"]):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return build


class Gpu:
    """Makes arrays that pretend to be on a GPU and asks the driver what it saw."""

    def __init__(self, driver: ctypes.CDLL, support: tvm_ffi.Module) -> None:
        """Take the stand-in driver and the helpers of support.cc."""
        self.driver = driver
        self.support = support

    def tensor(self, array: np.ndarray, device_id: int = 0) -> tvm_ffi.Tensor:
        """Return a view of the array that says it is on ``cuda:device_id``."""
        return self.support.as_cuda(tvm_ffi.from_dlpack(array), device_id)

    def last_launch(self) -> dict[str, object]:
        """Return what the last launch was given."""
        words = (ctypes.c_uint64 * 10)()
        self.driver.standin_last_launch(words)
        return {
            "grid": tuple(words[0:3]),
            "block": tuple(words[3:6]),
            "shared": words[6],
            "device": words[7],
            "stream": words[8],
            "cluster": words[9],
        }

    @contextlib.contextmanager
    def current_context(self) -> Iterator[None]:
        """Make the primary context of device 0 current, as a CUDA framework would have done."""
        context = ctypes.c_void_p()
        self.driver.cuInit(0)
        self.driver.cuDevicePrimaryCtxRetain(ctypes.byref(context), 0)
        self.driver.cuCtxPushCurrent_v2(context)
        try:
            yield
        finally:
            self.driver.cuCtxPopCurrent_v2(ctypes.byref(context))
