# SPDX-License-Identifier: Apache-2.0
"""What tests of several directories share: the published package, and a library to generate for."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from tvm_ffi import libinfo

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def published_python() -> str:
    """Return the interpreter of an environment that holds the published package."""
    requirements = HERE / "published_requirements.txt"
    directory = HERE.parent / ".venv-published"
    python, complete = directory / "bin" / "python", directory / "complete"
    if not complete.exists() or complete.read_text() != requirements.read_text():
        venv.create(directory, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", requirements], check=True)
        complete.write_text(requirements.read_text())
    return str(python)


@pytest.fixture(scope="session")
def pythons(published_python: str) -> dict[str, str]:
    """Map the name of either package to an interpreter that has it."""
    return {"published": published_python, "ours": sys.executable}


@pytest.fixture(scope="session")
def stubgen_extension(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the library of ``stubgen_extension.cc``; it registers, so load it in a child only."""
    compiler = shutil.which("c++") or shutil.which("g++") or "clang++"
    runtime = Path(libinfo.find_libtvm_ffi())
    library = tmp_path_factory.mktemp("stubgen") / "libdemo.so"
    includes = [f"-I{libinfo.find_include_path()}", f"-I{libinfo.find_dlpack_include_path()}"]
    command = [compiler, "-std=c++17", "-O0", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared"]
    source = str(HERE / "python" / "stubgen_extension.cc")
    subprocess.run([*command, *includes, source, str(runtime), "-o", str(library)], check=True)
    return library
