# SPDX-License-Identifier: Apache-2.0
"""Bindings that ``tvm-ffi-stubgen --target rust`` writes compile without warnings, and work.

The crate has a field of each kind, types of two libraries, and Rust tests that use them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tvm_ffi import libinfo

CRATE = Path(__file__).resolve().parent / "stub_rust"
ROOT = CRATE.parents[2]
# At the same depth as the crate, so that the path of its dependency holds.
FILLED_IN = ROOT / "build" / "cross_language" / "stub_rust"
TARGET = ROOT / "build" / "cross_language" / "target"


@pytest.fixture(scope="module")
def filled_in(stubgen_extension: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the crate with its bindings; what is as it was keeps its time, for cargo's sake."""
    fresh = tmp_path_factory.mktemp("stub_rust") / "crate"
    shutil.copytree(CRATE, fresh, ignore=shutil.ignore_patterns("target", "Cargo.lock"))
    shutil.copy(ROOT / "rust" / "Cargo.lock", fresh)
    tool = [sys.executable, "-m", "tvm_ffi.stub.cli", "--target", "rust"]
    sources = ["--imports", "tvm_ffi.testing;register_kinds", "--dlls", str(stubgen_extension)]
    environment = dict(os.environ, PYTHONPATH=str(ROOT / "tests" / "python"))
    subprocess.run([*tool, *sources, str(fresh / "src")], check=True, env=environment)
    for path in filter(Path.is_file, fresh.rglob("*")):
        place = FILLED_IN / path.relative_to(fresh)
        if not place.exists() or place.read_bytes() != path.read_bytes():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place)
    return FILLED_IN


def test_bindings_compile_and_work(filled_in: Path, stubgen_extension: Path) -> None:
    environment = dict(
        os.environ,
        CARGO_TARGET_DIR=str(TARGET),
        STUB_LIBRARY=str(stubgen_extension),
        TVM_FFI_LIB_DIR=str(Path(libinfo.find_libtvm_ffi()).parent),
        LD_LIBRARY_PATH=str(Path(libinfo.find_libtvm_ffi()).parent),
    )
    command = ["cargo", "test", "--quiet", "--manifest-path", str(filled_in / "Cargo.toml")]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert re.search(r"test result: ok\. 15 passed", result.stdout), result.stdout
    assert "warning" not in result.stderr, result.stderr
