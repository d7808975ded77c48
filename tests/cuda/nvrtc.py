# SPDX-License-Identifier: Apache-2.0
"""Compiles CUDA C++ to a cubin or to PTX with NVRTC from the PyPI package ``nvidia-cuda-nvrtc``.

NVRTC needs neither a GPU nor a driver, so the tests feed the loader with real images anywhere.

    python nvrtc.py SOURCE_FILE ARCH CUBIN|PTX > IMAGE
"""

from __future__ import annotations

import ctypes
import importlib.util
import sys
from pathlib import Path


def cuda_root() -> Path:
    """Return where the ``nvidia-cuda-*`` packages install ``include`` and ``lib``."""
    spec = importlib.util.find_spec("nvidia")
    for directory in spec.submodule_search_locations if spec else ():
        for root in sorted(Path(directory).glob("cu[0-9]*"), reverse=True):
            if (root / "include" / "cuda_runtime.h").exists():
                return root
    raise RuntimeError(
        "CUDA headers are missing: "
        "pip install nvidia-cuda-nvrtc nvidia-cuda-runtime nvidia-cuda-crt nvidia-cuda-cccl"
    )


def compile_cuda(source: str, arch: str, what: str = "CUBIN") -> bytes:
    """Compile ``source`` for ``arch`` (``"sm_90"``, ``"compute_90"``) and return the image.

    ``what`` is ``"CUBIN"`` or ``"PTX"``; PTX comes with its terminating NUL taken off.
    """
    directory = cuda_root() / "lib"
    # NVRTC opens its builtins by name, which finds them only if they are loaded already.
    ctypes.CDLL(str(next(directory.glob("libnvrtc-builtins.so.*"))))
    nvrtc = ctypes.CDLL(str(next(directory.glob("libnvrtc.so.*"))))

    def check(status: int) -> None:
        if status != 0:
            raise RuntimeError(f"NVRTC error {status}: {log()}")

    program = ctypes.c_void_p()

    def log() -> str:
        size = ctypes.c_size_t()
        nvrtc.nvrtcGetProgramLogSize(program, ctypes.byref(size))
        text = ctypes.create_string_buffer(size.value + 1)
        nvrtc.nvrtcGetProgramLog(program, text)
        return text.value.decode()

    create = nvrtc.nvrtcCreateProgram(
        ctypes.byref(program), source.encode(), b"kernels.cu", 0, None, None
    )
    check(create)
    try:
        options = (ctypes.c_char_p * 1)(f"--gpu-architecture={arch}".encode())
        check(nvrtc.nvrtcCompileProgram(program, 1, options))
        size = ctypes.c_size_t()
        check(getattr(nvrtc, f"nvrtcGet{what}Size")(program, ctypes.byref(size)))
        image = ctypes.create_string_buffer(size.value)
        check(getattr(nvrtc, f"nvrtcGet{what}")(program, image))
    finally:
        nvrtc.nvrtcDestroyProgram(ctypes.byref(program))
    return image.raw.rstrip(b"\0") if what == "PTX" else image.raw


if __name__ == "__main__":
    image = compile_cuda(Path(sys.argv[1]).read_text(), sys.argv[2], sys.argv[3])
    sys.stdout.buffer.write(image)
