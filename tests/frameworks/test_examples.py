# SPDX-License-Identifier: Apache-2.0
"""examples/quickstart with PyTorch: on the GPU where there is one, else on the CPU."""

from __future__ import annotations

from pathlib import Path

import pytest
from readme import run_readme

torch = pytest.importorskip("torch")


def test_quickstart_readme_runs_with_torch(tmp_path: Path) -> None:
    needs = ["", "torch", *(["cuda"] if torch.cuda.is_available() else [])]
    run_readme("quickstart", tmp_path, needs)
