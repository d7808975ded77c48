# SPDX-License-Identifier: Apache-2.0
"""examples/python_packaging: its README runs in an environment that is empty before."""

from __future__ import annotations

import venv
from pathlib import Path

from readme import run_readme


def test_readme_runs(wheelhouse: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    run_readme(
        "python_packaging",
        tmp_path,
        python=str(tmp_path / "venv" / "bin" / "python"),
        PIP_FIND_LINKS=str(wheelhouse),
        PIP_QUIET="2",
    )
