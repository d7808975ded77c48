# SPDX-License-Identifier: Apache-2.0
"""Builds libraries against the published package and against ours."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


def build_side(name: str, python: str, build: Path) -> Path:
    """Build the project in this directory against the package of ``python``."""
    config = [python, "-m", "tvm_ffi.config", "--cmakedir"]
    package = subprocess.check_output(config, text=True).strip()
    configure = ["cmake", "-S", str(HERE), "-B", str(build), f"-DABI_SIDE={name}"]
    configure += [f"-Dtvm_ffi_ROOT={package}", f"-DPython_EXECUTABLE={python}"]
    if shutil.which("ninja"):
        configure += ["-G", "Ninja"]
    for command in (configure, ["cmake", "--build", str(build), "--parallel", "2"]):
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr
    return build


@pytest.fixture(scope="session")
def sides(pythons: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Build the sides: `abi_a` against the published package, `abi_b` against ours."""
    directory = tmp_path_factory.mktemp("sides")
    packages = {"abi_a": "published", "abi_b": "ours"}
    return {
        name: build_side(name, pythons[package], directory / name)
        for name, package in packages.items()
    }
