# SPDX-License-Identifier: Apache-2.0
"""Builds this directory, and runs Python programs in processes that open OpenCL anew."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tvm_ffi import libinfo


def build_here(build: Path, *options: str, target: str = "all") -> Path:
    """Build this directory into `build`, which is returned; `options` are those of CMake."""
    source = Path(__file__).resolve().parent
    root = f"-Dtvm_ffi_ROOT={libinfo.find_cmake_path()}"
    for command in (
        ["cmake", "-S", source, "-B", build, root, *options],
        ["cmake", "--build", build, "-j2", "--target", target],
    ):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return build


def run_python(program: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run `program` with additional environment variables; an empty one is unset."""
    variables = {**os.environ, **environment}
    variables = {name: value for name, value in variables.items() if value}
    return subprocess.run(
        [sys.executable, "-c", program], env=variables, capture_output=True, check=False
    )
