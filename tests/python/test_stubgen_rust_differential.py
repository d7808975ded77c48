# SPDX-License-Identifier: Apache-2.0
"""Rust target and layout report: the same files as the published tool writes, byte for byte."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from stubgen_rust_cases import CHECKED, make_cases
from stubgen_support import run_tool

HERE = Path(__file__).resolve().parent
SCRIPT = HERE / "stubgen_rust_cases.py"
# Bindings of the testing library and of an extension; what they are good for is tested there.
BINDINGS = HERE.parent / "cross_language" / "stub_rust"
CASES = [*make_cases(), *(f"{name}, {what}" for name in CHECKED for what in ("checked", "changed"))]


@pytest.fixture(scope="module")
def outcomes(
    pythons: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Any]]:
    """Return what either tool made of each case."""
    return {
        name: run_cases(python, tmp_path_factory.mktemp(name)) for name, python in pythons.items()
    }


def run_cases(python: str, directory: Path) -> dict[str, Any]:
    command = [python, "-W", "ignore", str(SCRIPT), str(directory)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])


@pytest.mark.parametrize("case", CASES)
def test_both_tools_write_the_same(case, outcomes):
    ours, theirs = outcomes["ours"][case], outcomes["published"][case]
    assert ours["status"] == theirs["status"]
    assert ours["output"] == theirs["output"]
    assert ours["files"].keys() == theirs["files"].keys()
    for path, text in ours["files"].items():
        assert text == theirs["files"][path], path


def test_the_cases_are_of_every_outcome(outcomes):
    statuses = {case: outcome["status"] for case, outcome in outcomes["ours"].items()}
    expected = {"mixed 0": 0, "mixed 0, checked": 0, "mixed 0, changed": 1, "mixed 1": 2}
    assert statuses.items() >= expected.items()
    filled = outcomes["ours"]["mixed 0"]["files"].values()
    assert any("/// Complete" in text and "/// Opaque" in text for text in filled)


def test_both_tools_write_the_same_bindings_of_libraries(pythons, stubgen_extension, tmp_path):
    # Without what other tests register; those files get nothing.
    arguments = ("--target", "rust", "--imports", "tvm_ffi.testing", "--dlls", stubgen_extension)
    written = {}
    for name, python in pythons.items():
        crate = tmp_path / name
        shutil.copytree(BINDINGS, crate)
        status, *_ = run_tool(*arguments, crate / "src", python=python)
        assert status == 0
        written[name] = {
            str(path.relative_to(crate)): path.read_text() for path in sorted(crate.rglob("*.rs"))
        }
    assert written["ours"] == written["published"]
    assert "/// Complete" in written["ours"]["src/testing.rs"]
