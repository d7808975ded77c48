# SPDX-License-Identifier: Apache-2.0
"""Builds the CUDA loader, the stand-ins and real images once, and loads them."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import tvm_ffi

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "gpu"), str(HERE.parent / "examples")]

from make_images import make_image  # noqa: E402
from nvrtc import cuda_root  # noqa: E402
from standin import Gpu, build_here  # noqa: E402


@pytest.fixture(scope="session")
def cuda_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build everything in this directory and return where the libraries are."""
    return build_here(tmp_path_factory.mktemp("cuda_build"), "-DCMAKE_BUILD_TYPE=Release")


@pytest.fixture(scope="session")
def toolkit(cuda_build: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment of a machine with a CUDA toolkit, whose driver and runtime are the stand-ins."""
    home = tmp_path_factory.mktemp("cuda_home")
    for entry in cuda_root().iterdir():
        (home / entry.name).symlink_to(entry)
    (home / "lib64").symlink_to(cuda_build)
    flags = f"-L{cuda_build} -L{home / 'lib'} --no-compress -Werror all-warnings"
    return {
        "CUDA_HOME": str(home),
        "PATH": os.pathsep.join([str(home / "bin"), os.environ["PATH"]]),
        "NVCC_APPEND_FLAGS": f"{flags} -gencode arch=compute_90,code=sm_90",
        "CMAKE_LIBRARY_PATH": str(cuda_build),
        "LD_LIBRARY_PATH": str(cuda_build),
    }


@pytest.fixture(scope="session")
def images() -> SimpleNamespace:
    """Real images of kernels.cu: cubins for the stand-in's GPUs and for others, and PTX."""
    return SimpleNamespace(
        sm_90=make_image("cubin", 90),
        sm_80=make_image("cubin", 80),
        ptx=make_image("ptx", 90),
        fatbin=make_image("fatbin", 90),
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
