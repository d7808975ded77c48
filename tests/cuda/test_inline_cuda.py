# SPDX-License-Identifier: Apache-2.0
"""``tvm_ffi.cpp.build_inline`` of CUDA source with the real nvcc, which needs no GPU."""

from __future__ import annotations

import runpy
import subprocess
from pathlib import Path

import nvrtc
import pytest
from tvm_ffi import cpp
from tvm_ffi.cpp import extension

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "inline_module" / "main.py"


@pytest.fixture
def cuda_home(tmp_path, monkeypatch):
    """Lay the toolkit of the PyPI packages out as the toolkit's own installer does."""
    root, home = nvrtc.cuda_root(), tmp_path / "cuda"
    (home / "lib64").mkdir(parents=True)
    for name in ("bin", "include", "nvvm", "lib"):
        (home / name).symlink_to(root / name)
    (runtime,) = (root / "lib").glob("libcudart.so.*")
    (home / "lib64" / "libcudart.so").symlink_to(runtime)
    monkeypatch.setenv("CUDA_HOME", str(home))
    monkeypatch.setenv("TVM_FFI_CUDA_ARCH_LIST", "9.0")
    extension._find_cuda_home.cache_clear()
    yield home
    extension._find_cuda_home.cache_clear()


def test_the_source_of_the_example_becomes_a_library(cuda_home, tmp_path):
    arguments = {
        "cuda_sources": runpy.run_path(str(EXAMPLE))["CUDA_SOURCE"],
        "functions": "add_one_cuda",
        "backend": "cuda",
        "build_directory": str(tmp_path / "build"),
    }
    path = Path(cpp.build_inline("cuda_example", **arguments))
    symbols = subprocess.check_output(["nm", "-D", path], text=True)
    assert " T __tvm_ffi_add_one_cuda\n" in symbols
    needed = subprocess.check_output(["readelf", "-d", path], text=True)
    assert "[libcudart.so." in needed
    assert "[libtvm_ffi.so]" in needed
    built = path.stat().st_mtime_ns
    assert cpp.build_inline("cuda_example", **arguments) == str(path)
    assert path.stat().st_mtime_ns == built
