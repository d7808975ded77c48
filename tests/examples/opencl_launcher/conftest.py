# SPDX-License-Identifier: Apache-2.0
"""Builds the OpenCL loader once and loads it; kernels run on the CPU, by PoCL."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import tvm_ffi

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from opencl_process import build_here  # noqa: E402


@pytest.fixture(scope="session")
def opencl_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build everything in this directory and return where it is."""
    return build_here(tmp_path_factory.mktemp("opencl_build"))


@pytest.fixture(scope="session", autouse=True)
def pocl(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Use PoCL whatever else is installed, with an empty cache. It must not be in use yet."""
    os.environ["OPENCL_LAUNCHER_DEVICE"] = "Portable Computing Language"
    os.environ["POCL_CACHE_DIR"] = str(tmp_path_factory.mktemp("pocl_cache"))


@pytest.fixture(scope="session")
def loader(opencl_build: Path) -> str:
    """Load the loader and return its path."""
    path = str(opencl_build / "example" / "opencl_loader" / "libopencl_loader.so")
    tvm_ffi.load_module(path)
    return path


@pytest.fixture(scope="session")
def support(opencl_build: Path) -> tvm_ffi.Module:
    """Load the helpers of support.cc."""
    return tvm_ffi.load_module(str(opencl_build / "libopencl_test_support.so"))


@pytest.fixture(scope="session")
def source() -> bytes:
    """Return the text of kernels.cl."""
    return (HERE / "kernels.cl").read_bytes()


@pytest.fixture(scope="session")
def kernels(loader: str, source: bytes) -> tvm_ffi.Module:
    """Return the module of kernels.cl."""
    return tvm_ffi.load_module_from_bytes("opencl", source)


@pytest.fixture(scope="session")
def binary(kernels: tvm_ffi.Module) -> bytes:
    """Return kernels.cl compiled for this device."""
    return bytes(kernels["__binary__"]())
