# SPDX-License-Identifier: Apache-2.0
"""What several test modules build once."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from tvm_ffi import libinfo

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def stubgen_extension(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the library of ``stubgen_extension.cc``; it registers, so load it in a child only."""
    compiler = shutil.which("c++") or shutil.which("g++") or "clang++"
    runtime = Path(libinfo.find_libtvm_ffi())
    library = tmp_path_factory.mktemp("stubgen") / "libdemo.so"
    includes = [f"-I{libinfo.find_include_path()}", f"-I{libinfo.find_dlpack_include_path()}"]
    command = [compiler, "-std=c++17", "-O0", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared"]
    source = str(HERE / "stubgen_extension.cc")
    subprocess.run([*command, *includes, source, str(runtime), "-o", str(library)], check=True)
    return library
