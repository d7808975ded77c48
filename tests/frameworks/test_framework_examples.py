# SPDX-License-Identifier: Apache-2.0
"""The examples that use PyTorch and PaddlePaddle: on the GPU where there is one, with nvcc."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest
from readme import run_readme

torch = pytest.importorskip("torch")
HAS_GPU = torch.cuda.is_available() and shutil.which("nvcc") is not None


def test_quickstart(tmp_path: Path) -> None:
    frameworks = [name for name in ("torch", "paddle") if importlib.util.find_spec(name)]
    run_readme("quickstart", tmp_path, ["", *frameworks, *(["cuda"] if HAS_GPU else [])])


@pytest.mark.skipif(not HAS_GPU, reason="needs a CUDA device and nvcc")
def test_kernel_library_on_a_gpu(tmp_path: Path) -> None:
    run_readme("kernel_library", tmp_path, ["toolkit", "torch, cuda"])
