# SPDX-License-Identifier: Apache-2.0
"""What these examples show is the interface of the published package, too: they run on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from readme import run_readme


@pytest.mark.parametrize("name", ["quickstart", "stable_c_abi", "abi_overview", "kernel_library"])
def test_readme_runs_on_the_published_package(
    name: str, published_python: str, tmp_path: Path
) -> None:
    run_readme(name, tmp_path, python=published_python)
