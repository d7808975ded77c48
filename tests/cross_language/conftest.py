# SPDX-License-Identifier: Apache-2.0
"""Brings C++, Python and Rust into one process: each with a loader and the same four functions."""

from __future__ import annotations

import os
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Callable

import pytest
import tvm_ffi
from tvm_ffi import libinfo

HERE = Path(__file__).resolve().parent


class PythonSide:
    """The Python side; the others are modules whose functions have the same names."""

    @staticmethod
    def load_and_describe(kind: str, payload: bytes) -> str:
        return tvm_ffi.load_module_from_bytes(kind, payload, keep_module_alive=False).describe()

    @staticmethod
    def raise_error(kind: str, message: str) -> None:
        python_raise(kind, message)

    @staticmethod
    def catch_error(f: Callable[[], object]) -> list[str]:
        try:
            f()
        except Exception as error:
            kind = error.__tvm_ffi_error__.kind if hasattr(error, "__tvm_ffi_error__") else None
            return [
                kind or type(error).__name__,
                str(error),
                "".join(traceback.format_exception(type(error), error, error.__traceback__)),
            ]
        return []

    @staticmethod
    def forward(f: Callable[[], object]) -> object:
        return f()


def python_raise(kind: str, message: str) -> None:
    """Raise the builtin exception called ``kind``."""
    raise getattr(__import__("builtins"), kind)(message)


def load_python(payload: bytes) -> tvm_ffi.Module:
    """Load kind ``cross_python``: a payload of ``fail`` raises; others go to the C++ loader."""
    if payload == b"fail":
        raise ValueError("python loader refuses")
    return tvm_ffi.load_module_from_bytes("cross_cpp", b"python:" + payload)


def build_cpp_side(build: Path) -> Path:
    """Build cpp_side.cc as a user's CMake project."""
    configure = ["cmake", "-S", str(HERE), "-B", str(build)]
    for command in (
        [*configure, f"-Dtvm_ffi_ROOT={libinfo.find_cmake_path()}"],
        ["cmake", "--build", str(build)],
    ):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return build / "libcpp_side.so"


@pytest.fixture(scope="session")
def cargo_build(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Build a Rust package against the installed one; give the directory of what was built."""
    target = tmp_path_factory.mktemp("cargo")
    environment = dict(os.environ, CARGO_TARGET_DIR=str(target))
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])

    def build(manifest: Path, *arguments: str) -> Path:
        command = ["cargo", "build", "--quiet", "--manifest-path", str(manifest), *arguments]
        subprocess.run(command, check=True, env=environment)
        return target / "debug"

    return build


@pytest.fixture(scope="session")
def sides(
    tmp_path_factory: pytest.TempPathFactory, cargo_build: Callable[..., Path]
) -> dict[str, object]:
    """Load the three sides and register their loaders."""
    directory = tmp_path_factory.mktemp("cross_language")
    cpp = tvm_ffi.load_module(str(build_cpp_side(directory / "cpp")))
    rust_side = cargo_build(HERE / "rust_side" / "Cargo.toml") / "librust_side.so"
    rust = tvm_ffi.load_module(str(rust_side))
    rust.register_loader()
    tvm_ffi.register_global_func("ffi.Module.load_from_bytes.cross_python", load_python)
    return {"cpp": cpp, "python": PythonSide, "rust": rust}
