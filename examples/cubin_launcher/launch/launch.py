# SPDX-License-Identifier: Apache-2.0
"""Reads a CUBIN from standard input and launches its kernel ``add_one``.

The argument is the path of libcubin_loader.so, which registers the kind ``cubin``. The GPU memory
comes from the driver itself and is passed as raw pointers, so that the program needs no framework;
with torch, pass its CUDA tensors.
"""

from __future__ import annotations

import ctypes
import sys

import numpy as np
import tvm_ffi


class Driver:
    """The few functions of the CUDA driver that a program without a framework needs."""

    def __init__(self) -> None:
        self.library = ctypes.CDLL("libcuda.so.1")
        context = ctypes.c_void_p()
        self.call("cuInit", 0)
        self.call("cuDevicePrimaryCtxRetain", ctypes.byref(context), 0)
        self.call("cuCtxPushCurrent_v2", context)

    def call(self, name: str, *args: object) -> None:
        """Call a driver function and raise RuntimeError unless it succeeds."""
        code = getattr(self.library, name)(*args)
        if code != 0:
            raise RuntimeError(f"{name} failed with code {code}")

    def allocate(self, num_bytes: int) -> ctypes.c_void_p:
        """Allocate memory on the GPU; it is freed with the process."""
        pointer = ctypes.c_void_p()
        self.call("cuMemAlloc_v2", ctypes.byref(pointer), ctypes.c_size_t(num_bytes))
        return pointer

    def upload(self, to: ctypes.c_void_p, array: np.ndarray) -> None:
        """Copy an array to the GPU."""
        source = array.ctypes.data_as(ctypes.c_void_p)
        self.call("cuMemcpyHtoD_v2", to, source, ctypes.c_size_t(array.nbytes))

    def download(self, array: np.ndarray, source: ctypes.c_void_p) -> None:
        """Copy from the GPU to an array, after everything that was launched before."""
        target = array.ctypes.data_as(ctypes.c_void_p)
        self.call("cuMemcpyDtoH_v2", target, source, ctypes.c_size_t(array.nbytes))


def main() -> None:
    """Load, launch and print."""
    tvm_ffi.load_module(sys.argv[1])
    mod = tvm_ffi.load_module_from_bytes("cubin", sys.stdin.buffer.read())

    driver = Driver()
    x = np.arange(1, 6, dtype="float32")
    y = np.empty_like(x)
    device_x, device_y = driver.allocate(x.nbytes), driver.allocate(y.nbytes)
    driver.upload(device_x, x)
    mod.add_one(1, 128, 0, device_x, device_y, x.size)
    driver.download(y, device_y)
    print(f"python: add_one([1, 2, 3, 4, 5]) = [{', '.join(f'{value:g}' for value in y)}]")


if __name__ == "__main__":
    main()
