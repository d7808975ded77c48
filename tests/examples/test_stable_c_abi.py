# SPDX-License-Identifier: Apache-2.0
"""examples/stable_c_abi: its README runs, without C++, and its kernel checks what it is given."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
import tvm_ffi
from readme import run_block, run_readme


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the README once."""
    return run_readme("stable_c_abi", tmp_path_factory.mktemp("stable_c_abi"))


@pytest.fixture(scope="module")
def kernels(built: Path) -> tvm_ffi.Module:
    return tvm_ffi.load_module(built / "build" / "add_one_cpu.so")


def needed(file: Path) -> set[str]:
    """Return the libraries that a binary asks for."""
    command = ["readelf", "--dynamic", str(file)]
    dynamic = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return set(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic))


@pytest.mark.parametrize("name", ["add_one_cpu.so", "load"])
def test_binaries_need_no_cpp_runtime(built: Path, name: str) -> None:
    assert needed(built / "build" / name) <= {"libtvm_ffi.so", "libc.so.6"}


def test_kernel_takes_arrays_and_tensor_objects(kernels: tvm_ffi.Module) -> None:
    array = np.arange(4, dtype="float32")
    tensor = tvm_ffi.from_dlpack(array)
    kernels.add_one_cpu(array, array)
    kernels.add_one_cpu(tensor, tensor)
    assert array.tolist() == [2, 3, 4, 5]


VECTOR = np.zeros(4, dtype="float32")
VECTORS_WANTED = "Expects contiguous float32 vectors in CPU memory"


@pytest.mark.parametrize(
    ("args", "kind", "message"),
    [
        ((1, VECTOR), ValueError, "Expects a Tensor input"),
        ((VECTOR, None), ValueError, "Expects a Tensor output"),
        ((VECTOR,), TypeError, "Expects two arguments, x and y"),
        ((VECTOR, VECTOR[:3]), ValueError, "Expects vectors of the same length"),
        ((VECTOR, VECTOR.astype("float64")), ValueError, VECTORS_WANTED),
        ((VECTOR[::2], VECTOR[:2]), ValueError, VECTORS_WANTED),
        ((VECTOR.reshape(2, 2), VECTOR), ValueError, VECTORS_WANTED),
    ],
)
def test_kernel_refuses(
    kernels: tvm_ffi.Module, args: tuple[object, ...], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        kernels.add_one_cpu(*args)


def test_program_says_what_went_wrong(built: Path, tmp_path: Path) -> None:
    result = run_block(str(built / "build" / "load"), tmp_path, {})
    assert result.returncode == 1
    assert result.stderr.startswith("InternalError: ")
    assert "build/add_one_cpu.so" in result.stderr


def test_program_misses_the_function(built: Path, tmp_path: Path) -> None:
    code = (
        "mkdir build && echo 'int answer;' | cc -shared -fPIC -x c - -o build/add_one_cpu.so\n"
        f"{built}/build/load"
    )
    result = run_block(code, tmp_path, {})
    assert result.returncode == 1
    assert result.stderr == "AttributeError: The module has no function add_one_cpu\n"
