# SPDX-License-Identifier: Apache-2.0
"""The source distribution is enough to build the wheel, and to run the tests."""

from __future__ import annotations

import sys
import tarfile
from pathlib import Path

import pytest
from install_support import ROOT, check, clean_environment
from package_wheel import build_wheel
from wheel_files import wheel_files


@pytest.fixture(scope="session")
def unpacked_sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("sdist")
    code = f"import scikit_build_core.build as b; b.build_sdist({str(directory)!r})"
    check(sys.executable, "-c", code, cwd=ROOT, env=clean_environment())
    (archive,) = directory.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(directory)
    (unpacked,) = (path for path in directory.iterdir() if path.is_dir())
    return unpacked


@pytest.mark.parametrize(
    "name",
    [
        *("CMakeLists.txt", "pyproject.toml", "LICENSE", "NOTICE", "README.md", "PKG-INFO"),
        *("cmake/tvm_ffi-config.cmake", "include/dlpack/dlpack.h", "src/ffi/extra/module.cc"),
        *("python/tvm_ffi/nanobind/core.cc", "docs/conf.py", "tests/cpp/test_any.cc"),
    ],
)
def test_it_has_the_sources(name: str, unpacked_sdist: Path) -> None:
    assert (unpacked_sdist / name).is_file()


def test_it_has_nothing_that_was_built(unpacked_sdist: Path) -> None:
    built = {".so", ".o", ".a", ".pyc", ".whl", ".rlib"}
    assert [path for path in unpacked_sdist.rglob("*") if path.suffix in built] == []


def test_a_wheel_built_from_it_has_the_same_files(
    unpacked_sdist: Path, wheel: Path, tmp_path: Path
) -> None:
    # Which files there are does not depend on how well they are optimised.
    rebuilt = build_wheel(unpacked_sdist, tmp_path, "-Ccmake.build-type=None")
    assert wheel_files(rebuilt) == wheel_files(wheel)
    assert rebuilt.name == wheel.name
