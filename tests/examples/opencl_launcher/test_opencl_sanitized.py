# SPDX-License-Identifier: Apache-2.0
"""The OpenCL loader under AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from opencl_process import build_here
from tvm_ffi import libinfo

PROGRAM = Path(__file__).resolve().parents[3] / "examples" / "opencl_launcher" / "add_one.cl"
SANITIZERS = "-fsanitize=address,undefined -fno-sanitize-recover=all -g -O1"
# What PoCL and its compiler keep until the process ends is their own.
SUPPRESSIONS = "leak:libpocl\nleak:libLLVM\nleak:libclang\nleak:libOpenCL\n"


def test_loader_is_clean(tmp_path: Path) -> None:
    build = build_here(tmp_path, f"-DCMAKE_CXX_FLAGS={SANITIZERS}", target="exercise_loader")
    suppressions = tmp_path / "suppressions"
    suppressions.write_text(SUPPRESSIONS)
    environment = dict(
        os.environ,
        LD_LIBRARY_PATH=str(Path(libinfo.find_libtvm_ffi()).parent),
        LSAN_OPTIONS=f"suppressions={suppressions}:print_suppressions=0",
    )
    result = subprocess.run(
        [build / "exercise_loader", build / "example" / "opencl_loader" / "libopencl_loader.so"],
        input=PROGRAM.read_bytes(),
        env=environment,
        capture_output=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr.decode()
    assert result.stdout.startswith(b"launched, and refused ")
