# SPDX-License-Identifier: Apache-2.0
"""examples/load_from_bytes: its README runs."""

from __future__ import annotations

from pathlib import Path

from readme import run_readme


def test_readme_runs(tmp_path: Path) -> None:
    run_readme("load_from_bytes", tmp_path)
