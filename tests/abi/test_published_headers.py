# SPDX-License-Identifier: Apache-2.0
"""Binaries cross between this runtime and the published package.

consumer.cc is compiled against the published package's headers and against ours; each library then
runs in both runtimes with the same calls and must give the same results. The published package is
installed into an environment of its own, as a user would install it.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


def compile_consumer(python: str, output: Path) -> Path:
    """Compile consumer.cc with the headers and the library of the package of ``python``."""
    config = [python, "-m", "tvm_ffi.config"]
    cxxflags = subprocess.check_output([*config, "--cxxflags"], text=True).split()
    link = subprocess.check_output([*config, "--ldflags", "--libs"], text=True).split()
    subprocess.run(
        ["c++", "-shared", "-fPIC", "-O1", *cxxflags, str(HERE / "consumer.cc")]
        + ["-o", str(output), *link],
        check=True,
    )
    return output


@pytest.fixture(scope="session")
def libraries(pythons: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Compile consumer.cc once against either package."""
    directory = tmp_path_factory.mktemp("abi")
    return {
        package: compile_consumer(python, directory / f"{package}.so")
        for package, python in pythons.items()
    }


@pytest.mark.parametrize("headers", ["published", "ours"])
@pytest.mark.parametrize("runtime", ["published", "ours"])
def test_library_runs_in_runtime(
    headers: str, runtime: str, libraries: dict[str, Path], pythons: dict[str, str]
) -> None:
    result = subprocess.run(
        [pythons[runtime], str(HERE / "run_consumer.py"), str(libraries[headers])],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == (HERE / "expected_transcript.txt").read_text().splitlines()
