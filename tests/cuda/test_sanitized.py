# SPDX-License-Identifier: Apache-2.0
"""The CUDA loader under AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
from standin import build_here
from tvm_ffi import libinfo

SANITIZERS = "-fsanitize=address,undefined -fno-sanitize-recover=all -g -O1"


@pytest.fixture(scope="module")
def sanitized(tmp_path_factory: pytest.TempPathFactory) -> Path:
    build = tmp_path_factory.mktemp("cuda_sanitized")
    return build_here(build, f"-DCMAKE_CXX_FLAGS={SANITIZERS}", target="exercise_loader")


def test_loader_is_clean(sanitized: Path, images: SimpleNamespace) -> None:
    libraries = [str(sanitized), str(Path(libinfo.find_libtvm_ffi()).parent)]
    result = subprocess.run(
        [sanitized / "exercise_loader", sanitized / "loader" / "libcubin_loader.so"],
        input=images.sm_90,
        env=dict(os.environ, LD_LIBRARY_PATH=os.pathsep.join(libraries)),
        capture_output=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr.decode()
    assert result.stdout.startswith(b"launched, and refused ")
    assert result.stderr == b""
