# SPDX-License-Identifier: Apache-2.0
"""examples/quickstart: its README runs; tests/cuda has its CUDA part."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from readme import copy_example, run_block, run_readme


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the README once."""
    needs = ("", "torch") if importlib.util.find_spec("torch") else ("",)
    return run_readme("quickstart", tmp_path_factory.mktemp("quickstart"), needs)


def test_readme_runs(built: Path) -> None:
    names = {file.name for file in (built / "build").iterdir()}
    assert {"add_one_cpu.so", "load_cpp"} <= names


def test_program_says_what_went_wrong(built: Path, tmp_path: Path) -> None:
    result = run_block(str(built / "build" / "load_cpp"), tmp_path, {})
    assert result.returncode == 1
    assert result.stderr.startswith("load_cpp: ")
    assert "build/add_one_cpu.so" in result.stderr


@pytest.mark.parametrize("name", ["", "-DEXAMPLE_NAME=compile_rocm"])
def test_unknown_part_names_those_that_exist(name: str, tmp_path: Path) -> None:
    result = run_block(f"cmake . -B build {name}", copy_example("quickstart", tmp_path), {})
    assert result.returncode != 0
    assert "-DEXAMPLE_NAME=compile_cpu, compile_cuda or load_cpp" in " ".join(result.stderr.split())
