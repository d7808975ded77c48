# SPDX-License-Identifier: Apache-2.0
"""tests/gpu/run_gpu_tests.py on the stand-in driver: it runs, and it notices what goes wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[1] / "gpu" / "run_gpu_tests.py"

# The stand-in is loaded here rather than found by LD_LIBRARY_PATH, because the script's own
# subprocesses compile with NVRTC, which asks libcuda for more than the stand-in has.
PROGRAM = """
import ctypes, runpy, sys
driver, script = sys.argv[1:3]
library = ctypes.CDLL(driver)
sys.argv = sys.argv[2:]
runpy.run_path(script, run_name="__main__")
"""


def run_script(build: Path, *images: Path, fault: str = "") -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", PROGRAM, build / "libcuda.so.1", SCRIPT, build, *images]
    environment = dict(os.environ, STANDIN_FAULT=fault)
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def rows(result: subprocess.CompletedProcess, start: str) -> list[str]:
    return [line.split()[1] for line in result.stdout.splitlines() if line.startswith(start)]


def test_everything_passes_on_a_sound_driver(cuda_build: Path) -> None:
    result = run_script(cuda_build)
    assert result.returncode == 0, result.stdout + result.stderr
    assert rows(result, "FAIL") == []
    num_tests = SCRIPT.read_text().count("\ndef test_")
    assert result.stdout.splitlines()[-1] == f"{num_tests} passed, 0 failed, 0 skipped"
    assert "plain driver call" in result.stdout


def test_images_may_come_from_another_machine(cuda_build: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, SCRIPT.with_name("make_images.py"), "90", tmp_path], check=True)
    result = run_script(cuda_build, tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert rows(result, "FAIL") == []


def test_wrong_results_fail(cuda_build: Path) -> None:
    result = run_script(cuda_build, fault="arithmetic")
    assert result.returncode == 1
    adding = ["test_cubin_computes", "test_ptx_computes", "test_fatbin_computes"]
    assert rows(result, "FAIL") == [*adding, "test_every_gpu_computes"]


def test_device_memory_that_grows_fails(cuda_build: Path) -> None:
    result = run_script(cuda_build, fault="leak")
    assert result.returncode == 1
    assert rows(result, "FAIL") == ["test_load_and_unload_leaves_memory_flat"]
    assert "bytes of device memory lost" in result.stderr


def test_machine_without_a_driver_fails(cuda_build: Path) -> None:
    command = [sys.executable, SCRIPT, cuda_build]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    # On a machine that has a GPU the script passes.
    assert (result.returncode == 0) == (", 0 failed," in result.stdout)
