# SPDX-License-Identifier: Apache-2.0
"""Builds the CUDA loader, the stand-ins and real images once, and loads them."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import tvm_ffi

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from standin import Gpu, build_here  # noqa: E402


@pytest.fixture(scope="session")
def cuda_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build everything in this directory and return where the libraries are."""
    return build_here(tmp_path_factory.mktemp("cuda_build"), "-DCMAKE_BUILD_TYPE=Release")


@pytest.fixture(scope="session")
def images() -> SimpleNamespace:
    """Real images of kernels.cu: a cubin for the stand-in's GPUs, one for others, and PTX."""

    # In a process of its own: NVRTC asks libcuda for more than the stand-in has, if it is loaded.
    def compile_kernels(arch: str, what: str) -> bytes:
        command = [sys.executable, str(HERE / "nvrtc.py"), str(HERE / "kernels.cu"), arch, what]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout

    return SimpleNamespace(
        sm_90=compile_kernels("sm_90", "CUBIN"),
        sm_80=compile_kernels("sm_80", "CUBIN"),
        ptx=compile_kernels("compute_90", "PTX"),
    )


@pytest.fixture(scope="session")
def driver(cuda_build: Path) -> ctypes.CDLL:
    """Load the stand-in driver, so that `libcuda.so.1` means it, then the CUDA loader."""
    library = ctypes.CDLL(str(cuda_build / "libcuda.so.1"))
    tvm_ffi.load_module(str(cuda_build / "loader" / "libcubin_loader.so"))
    return library


@pytest.fixture(scope="session")
def support(cuda_build: Path) -> tvm_ffi.Module:
    """Load the helpers of support.cc."""
    return tvm_ffi.load_module(str(cuda_build / "libcuda_test_support.so"))


@pytest.fixture(scope="session")
def gpu(driver: ctypes.CDLL, support: tvm_ffi.Module) -> Gpu:
    """Pretend to have GPUs."""
    return Gpu(driver, support)
