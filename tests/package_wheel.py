# SPDX-License-Identifier: Apache-2.0
"""Wheels of this package, and a directory of them that serves pip in place of an index."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")


def run_pip(*words: object) -> None:
    """Run the pip of this environment; a failure shows all that it printed."""
    result = subprocess.run(
        [*PIP, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert result.returncode == 0, f"{words}\n{result.stdout}"


def build_wheel(source: Path, directory: Path, *options: str) -> Path:
    """Build a wheel with the build tools of this environment."""
    run_pip(
        *("wheel", "--quiet", "--no-build-isolation", "--no-deps"),
        *options,
        *("--wheel-dir", directory, source),
    )
    (wheel,) = directory.glob("*.whl")
    return wheel


def fill_wheelhouse(directory: Path, *wheels: Path) -> None:
    """Put wheels of this package into a directory, and beside them what this package requires."""
    for wheel in wheels:
        shutil.copy(wheel, directory)
    run_pip("download", "--quiet", "--no-deps", "--dest", directory, "typing-extensions>=4.13")
