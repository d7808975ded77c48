# SPDX-License-Identifier: Apache-2.0
"""examples/quickstart with PyTorch and PaddlePaddle: on the GPU where there is one."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from readme import run_readme

torch = pytest.importorskip("torch")


def test_readme_runs_with_the_frameworks(tmp_path: Path) -> None:
    frameworks = [name for name in ("torch", "paddle") if importlib.util.find_spec(name)]
    gpu = ["cuda"] if torch.cuda.is_available() else []
    run_readme("quickstart", tmp_path, ["", *frameworks, *gpu])
