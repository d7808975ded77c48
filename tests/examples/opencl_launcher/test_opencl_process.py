# SPDX-License-Identifier: Apache-2.0
"""The OpenCL loader in processes of their own: machines without OpenCL, memory, other languages."""

from __future__ import annotations

from pathlib import Path

import pytest
import tvm_ffi
from opencl_process import run_python
from readme import run_readme

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "opencl_launcher"

LOAD = """
import sys, tvm_ffi
tvm_ffi.load_module({loader!r})
try:
    tvm_ffi.load_module_from_bytes("opencl", b"kernel void k(int n) {{}}")
except RuntimeError as error:
    print(error)
"""


def message_of_load(opencl_build: Path, **environment: str) -> str:
    loader = str(opencl_build / "example" / "opencl_loader" / "libopencl_loader.so")
    result = run_python(LOAD.format(loader=loader), **environment)
    assert result.returncode == 0, result.stderr
    return result.stdout.decode()


def test_machine_without_opencl_loads_the_loader_and_says_what_is_missing(
    opencl_build: Path, tmp_path: Path
) -> None:
    (tmp_path / "libOpenCL.so.1").touch()  # found first, and no library
    message = message_of_load(opencl_build, LD_LIBRARY_PATH=str(tmp_path))
    assert "OpenCL programs need an OpenCL library and a driver (Debian: " in message
    assert "file too short" in message


def test_opencl_library_that_lacks_a_function(opencl_build: Path) -> None:
    message = message_of_load(opencl_build, LD_LIBRARY_PATH=str(opencl_build / "empty_opencl"))
    assert "libOpenCL.so.1 has no `clGetPlatformIDs`; OpenCL 1.2 or newer is needed" in message


def test_machine_without_driver(opencl_build: Path, tmp_path: Path) -> None:
    message = message_of_load(opencl_build, OCL_ICD_VENDORS=str(tmp_path), OCL_ICD_FILENAMES="")
    assert "There is no OpenCL device: install a driver (ICD) for one" in message


def test_device_that_is_not_there_lists_those_that_are(opencl_build: Path) -> None:
    message = message_of_load(opencl_build, OPENCL_LAUNCHER_DEVICE="Quantum")
    assert "No OpenCL device has `Quantum` (OPENCL_LAUNCHER_DEVICE) in its name" in message
    assert "There are:\n  Portable Computing Language: " in message


def test_device_is_chosen_without_being_named(opencl_build: Path) -> None:
    assert message_of_load(opencl_build, OPENCL_LAUNCHER_DEVICE="") == ""


CYCLES = """
import gc, os
import numpy as np
import tvm_ffi

tvm_ffi.load_module({loader!r})
payload = open({payload!r}, "rb").read()

def resident_kib():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

def descriptors():
    return len(os.listdir("/proc/self/fd"))

def cycle():
    mod = tvm_ffi.load_module_from_bytes({kind!r}, payload, keep_module_alive=False)
    x = np.zeros(64, dtype="float32")
    mod.add_one(1, 64, 0, x, x, 64)
    assert x.sum() == 64
    try:
        mod.add_one(1, 64, 0, x, x, 0.5)
    except TypeError:
        return
    raise AssertionError("0.5 was taken for an int")

for _ in range(20):
    cycle()
gc.collect()
memory, files = resident_kib(), descriptors()
for _ in range({cycles}):
    cycle()
gc.collect()
print(resident_kib() - memory, descriptors() - files)
"""


# The compiler takes most of a cycle from source.
@pytest.mark.parametrize(("kind", "cycles"), [("opencl", 50), ("opencl_bin", 200)])
def test_loads_and_unloads_keep_memory_and_descriptors(
    kind: str, cycles: int, loader: str, tmp_path: Path
) -> None:
    source = (EXAMPLE / "add_one.cl").read_bytes()
    compiled = tvm_ffi.load_module_from_bytes("opencl", source)["__binary__"]()
    payload = tmp_path / "payload"
    payload.write_bytes(source if kind == "opencl" else compiled)
    program = CYCLES.format(loader=loader, payload=str(payload), kind=kind, cycles=cycles)
    result = run_python(program)
    assert result.returncode == 0, result.stderr
    kib, descriptors = map(int, result.stdout.split())
    assert descriptors == 0
    assert kib < 20 * cycles  # a compiled program alone takes 60 KiB


def test_readme_runs(opencl_build: Path, tmp_path: Path) -> None:
    """What the tests have built already is not built once more for the programs."""
    built = {"python run.py": f"python run.py --built {opencl_build / 'example'}"}
    run_readme("opencl_launcher", tmp_path, replace=built)
