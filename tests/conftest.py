# SPDX-License-Identifier: Apache-2.0
"""Installs the published package as a user would, for the tests that compare with it."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def published_python() -> str:
    """Return the interpreter of an environment that holds the published package."""
    requirements = HERE / "published_requirements.txt"
    directory = HERE.parent / ".venv-published"
    python, complete = directory / "bin" / "python", directory / "complete"
    if not complete.exists() or complete.read_text() != requirements.read_text():
        venv.create(directory, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", requirements], check=True)
        complete.write_text(requirements.read_text())
    return str(python)


@pytest.fixture(scope="session")
def pythons(published_python: str) -> dict[str, str]:
    """Map the name of either package to an interpreter that has it."""
    return {"published": published_python, "ours": sys.executable}
