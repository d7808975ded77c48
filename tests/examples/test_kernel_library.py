# SPDX-License-Identifier: Apache-2.0
"""examples/kernel_library on the CPU; tests/cuda has its CUDA kernel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tvm_ffi
from readme import run_readme


@pytest.fixture(scope="module")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> tvm_ffi.Module:
    """Run the README, and load what it built."""
    copy: Path = run_readme("kernel_library", tmp_path_factory.mktemp("kernel_library"))
    return tvm_ffi.load_module(copy / "build" / "scale_cpu.so")


def test_refused_call_leaves_the_output_alone(kernels: tvm_ffi.Module) -> None:
    output = np.ones(4, dtype="float16")
    with pytest.raises(TypeError, match="dtype must be one of float32, float64, but is float16"):
        kernels.scale(output, output, 2.0)
    with pytest.raises(ValueError, match="input must have 1 dimension"):
        kernels.scale(output, np.ones((2, 2), dtype="float16"), 2.0)
    assert output.tolist() == [1, 1, 1, 1]


def test_nothing_is_scaled_to_nothing(kernels: tvm_ffi.Module) -> None:
    empty = np.zeros(0, dtype="float32")
    kernels.scale(empty, empty, 2.0)
