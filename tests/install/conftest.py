# SPDX-License-Identifier: Apache-2.0
"""The package in the forms that users get it, each made once."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from install_support import (
    ROOT,
    Environment,
    check,
    clean_environment,
    make_environment,
)


@pytest.fixture(scope="session")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install a Release build; the build folder stays for the next run."""
    prefix = tmp_path_factory.mktemp("prefix") / "tvm-ffi"
    script = ROOT / "tests" / "install" / "install_cpp.sh"
    check("bash", script, cwd=ROOT, env={**os.environ, "PREFIX": str(prefix)})
    return prefix


@pytest.fixture(scope="session")
def installed(wheelhouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Install the wheel into a fresh environment, by name. Tests must not change it."""
    environment = make_environment(tmp_path_factory.mktemp("installed") / "venv")
    environment.pip("install", "--quiet", "--no-index", "--find-links", wheelhouse, "tvm-ffi")
    return environment


@pytest.fixture
def fresh(tmp_path: Path) -> Environment:
    """Make an environment that the test may fill as it likes."""
    return make_environment(tmp_path / "venv")


@pytest.fixture(scope="session")
def editable(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Install the checkout in editable mode, by the two steps that pip takes for it."""
    directory = tmp_path_factory.mktemp("editable")
    code = f"import scikit_build_core.build as b; b.build_editable({str(directory)!r})"
    check(sys.executable, "-c", code, cwd=ROOT, env=clean_environment())
    environment = make_environment(directory / "venv")
    (wheel,) = directory.glob("*.whl")
    environment.pip("install", "--quiet", "typing-extensions>=4.13", wheel)
    return environment
