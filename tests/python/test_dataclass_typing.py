# SPDX-License-Identifier: Apache-2.0
"""Type checkers see both decorators as dataclass transforms."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy")

SAMPLE = Path(__file__).with_name("typed_dataclasses.py")

MISUSES = {
    'Point("text")': 'Argument 1 to "Point" has incompatible type "str"; expected "int"',
    "Point()": 'Missing positional argument "x" in call to "Point"',
    "Point(1, 2.0, [], None)": "Too many positional arguments",
    "Point(1, colour=3)": 'Unexpected keyword argument "colour" for "Point"',
    "Point(1).x + 'text'": "Unsupported operand types",
    "Pair(1)": 'Missing positional argument "b" in call to "Pair"',
    "Child(1, z='text')": 'Argument "z" to "Child" has incompatible type "str"; expected "int"',
}


def check(path: Path, cache: Path) -> str:
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(cache), str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_mypy_accepts_the_sample(tmp_path):
    assert "Success: no issues found" in check(SAMPLE, tmp_path)


def test_mypy_refuses_misuse(tmp_path):
    wrong = tmp_path / "misuse.py"
    statements = "".join(f"    {expression}\n" for expression in MISUSES)
    wrong.write_text(f"{SAMPLE.read_text()}\n\ndef bad() -> None:\n{statements}")
    report = check(wrong, tmp_path / "cache")
    for message in MISUSES.values():
        assert message in report, report
