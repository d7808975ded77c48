# SPDX-License-Identifier: Apache-2.0
"""``tvm_ffi_configure_target(... STUB_DIR ...)`` generates stubs each time its target is built."""

from __future__ import annotations

from pathlib import Path

import pytest
from install_support import Environment, build_project, check, run

SOURCE = """
#include <tvm/ffi/tvm_ffi.h>
int AddOne(int x) { return x + 1; }
TVM_FFI_STATIC_INIT_BLOCK() {
  tvm::ffi::reflection::GlobalDef().def("wordy.add_one", AddOne).def("terse.add_one", AddOne);
}
"""
MARKED = "# tvm-ffi-stubgen(begin): global/wordy\n# tvm-ffi-stubgen(end)\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Make a directory with a source that registers functions of two prefixes."""
    directory = tmp_path / "source"
    directory.mkdir()
    (directory / "library.cc").write_text(SOURCE)
    return directory


def write_project(source: Path, options: str) -> None:
    (source / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.20)\n"
        "project(stubs LANGUAGES CXX)\n"
        "find_package(tvm_ffi CONFIG REQUIRED)\n"
        "add_library(wordy SHARED library.cc)\n"
        f"tvm_ffi_configure_target(wordy {options})\n"
    )


def settings(installed: Environment) -> list[str]:
    """Point a project at the installed package and its interpreter."""
    prefix = installed.package.parent
    return [f"-DCMAKE_PREFIX_PATH={prefix}", f"-DPython_EXECUTABLE={installed.python}"]


def write_marked(source: Path) -> Path:
    """Write a file with marked blocks into the directory of stubs."""
    stub = source / "stubs" / "api.py"
    stub.parent.mkdir()
    stub.write_text(MARKED)
    return stub


def test_marked_files_are_filled_at_each_build(
    installed: Environment, source: Path, tmp_path: Path
) -> None:
    write_project(source, "STUB_DIR stubs")
    stub = write_marked(source)
    build_project(source, tmp_path / "build", *settings(installed))
    filled = stub.read_text()
    assert "def add_one(_0: int, /) -> int: ..." in filled
    assert sorted(path.name for path in stub.parent.iterdir()) == ["api.py"]

    (source / "library.cc").write_text(SOURCE.replace("int AddOne(int x)", "int AddOne(double x)"))
    check("cmake", "--build", tmp_path / "build")
    assert stub.read_text() == filled.replace("_0: int", "_0: float")


def test_init_writes_a_package_named_for_the_target(
    installed: Environment, source: Path, tmp_path: Path
) -> None:
    write_project(source, "STUB_DIR python STUB_INIT ON")
    (source / "python").mkdir()
    build_project(source, tmp_path / "build", *settings(installed))
    api = (source / "python" / "wordy" / "_ffi_api.py").read_text()
    assert 'LIB = _FFI_LOAD_LIB("wordy", "wordy")' in api
    assert (source / "python" / "wordy" / "__init__.py").is_file()
    assert not (source / "python" / "terse").exists()


def test_the_package_is_named_for_the_project_that_scikit_build_builds(
    installed: Environment, source: Path, tmp_path: Path
) -> None:
    write_project(source, "STUB_DIR python STUB_INIT ON")
    (source / "python").mkdir()
    options = [*settings(installed), "-DSKBUILD_PROJECT_NAME=terse"]
    build_project(source, tmp_path / "build", *options)
    api = (source / "python" / "terse" / "_ffi_api.py").read_text()
    assert 'LIB = _FFI_LOAD_LIB("terse", "wordy")' in api


def test_package_and_prefix_may_be_given(
    installed: Environment, source: Path, tmp_path: Path
) -> None:
    write_project(source, "STUB_DIR python STUB_INIT ON STUB_PKG my-dist STUB_PREFIX terse.")
    (source / "python").mkdir()
    build_project(source, tmp_path / "build", *settings(installed))
    api = (source / "python" / "terse" / "_ffi_api.py").read_text()
    assert 'LIB = _FFI_LOAD_LIB("my-dist", "wordy")' in api


def test_the_target_language_is_passed_on(
    installed: Environment, source: Path, tmp_path: Path
) -> None:
    write_project(source, "STUB_DIR stubs STUB_TARGET python")
    stub = write_marked(source)
    build_project(source, tmp_path / "build", *settings(installed))
    assert "add_one" in stub.read_text()

    write_project(source, "STUB_DIR stubs STUB_TARGET cobol")
    result = run("cmake", "--build", tmp_path / "build")
    assert result.returncode != 0
    assert "invalid choice: 'cobol'" in result.stdout


def test_a_generator_that_fails_fails_the_build(
    installed: Environment, source: Path, tmp_path: Path
) -> None:
    write_project(source, "STUB_DIR stubs")
    (source / "stubs").mkdir()
    (source / "stubs" / "api.py").write_text(
        "# tvm-ffi-stubgen(begin): object/wordy.Unknown\n# tvm-ffi-stubgen(end)\n"
    )
    build = tmp_path / "build"
    check("cmake", "-S", source, "-B", build, "-G", "Ninja", *settings(installed))
    result = run("cmake", "--build", build)
    assert result.returncode != 0
    assert "wordy.Unknown" in result.stdout
