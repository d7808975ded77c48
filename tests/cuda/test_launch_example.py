# SPDX-License-Identifier: Apache-2.0
"""Python, C++ and Rust launch the same CUBIN: examples/cubin_launcher/launch on the stand-in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

from nvrtc import cuda_root

RUN = Path(__file__).resolve().parents[2] / "examples" / "cubin_launcher" / "launch" / "run.py"


def test_three_languages_launch_the_same_bytes(cuda_build: Path, images: SimpleNamespace) -> None:
    standin = cuda_build / "libcuda.so.1"
    paths = [str(cuda_build), os.environ.get("LD_LIBRARY_PATH", "")]
    result = subprocess.run(
        [sys.executable, RUN, "--cubin", "-"]
        + [f"-DCUDA_INCLUDE_DIR={cuda_root() / 'include'}", f"-DCUDA_DRIVER_LIBRARY={standin}"],
        input=images.sm_90,
        env=dict(os.environ, LD_LIBRARY_PATH=os.pathsep.join(filter(None, paths))),
        stdout=subprocess.PIPE,
        check=True,
    )
    assert result.stdout.decode().splitlines() == [
        f"cubin: {len(images.sm_90)} bytes in memory",
        "python: add_one([1, 2, 3, 4, 5]) = [2, 3, 4, 5, 6]",
        "c++:    add_one([1, 2, 3, 4, 5]) = [2, 3, 4, 5, 6]",
        "rust:   add_one([1, 2, 3, 4, 5]) = [2, 3, 4, 5, 6]",
    ]
