# SPDX-License-Identifier: Apache-2.0
"""An editable installation runs the checkout's Python files and the libraries that were built."""

from __future__ import annotations

from pathlib import Path

import pytest
from install_support import ROOT, Environment, build_project, check, clean_environment


def test_python_files_are_those_of_the_checkout(editable: Environment) -> None:
    output = editable.run("import tvm_ffi; print(tvm_ffi.__file__)")
    assert Path(output.strip()) == ROOT / "python" / "tvm_ffi" / "__init__.py"


def test_native_code_is_the_built_one(editable: Environment) -> None:
    code = "import tvm_ffi; print(tvm_ffi.get_global_func('testing.echo')('hello'))"
    assert editable.run(code) == "hello\n"


def test_the_version_is_the_one_of_the_build(editable: Environment) -> None:
    code = """
import importlib.metadata, tvm_ffi
print(tvm_ffi.__version__ == importlib.metadata.version("tvm-ffi"), tvm_ffi.__version_tuple__)
"""
    same, _, version = editable.run(code).partition(" ")
    assert same == "True"
    assert not version.startswith("(0, 0, 0")


@pytest.mark.parametrize("package", ["tvm-ffi", "apache-tvm-ffi", "Apache_TVM.FFI"])
def test_the_library_is_found_by_either_name_of_the_distribution(
    package: str, editable: Environment
) -> None:
    find = f"_find_library_by_basename({package!r}, 'tvm_ffi')"
    path = Path(editable.run(f"from tvm_ffi import libinfo; print(libinfo.{find})").strip())
    assert path == (editable.package / "lib" / "libtvm_ffi.so").resolve()


@pytest.mark.parametrize(
    ("flag", "path"),
    [
        ("--includedir", "include"),
        ("--dlpack-includedir", "include"),
        ("--cmakedir", "cmake"),
        ("--sourcedir", "."),
    ],
)
def test_config_names_the_checkout(flag: str, path: str, editable: Environment) -> None:
    output = check(editable.bin / "tvm-ffi-config", flag, env=clean_environment())
    assert Path(output.strip()) == (ROOT / path).resolve()


def test_python_headers_are_found(editable: Environment) -> None:
    code = "from tvm_ffi import libinfo; print(libinfo.find_python_helper_include_path())"
    assert (Path(editable.run(code).strip()) / "tvm_ffi_python_helpers.h").is_file()


def test_cmake_finds_the_package(editable: Environment, tmp_path: Path) -> None:
    (tmp_path / "answer.cc").write_text(
        """
#include <tvm/ffi/function.h>
int Answer() { return 42; }
TVM_FFI_DLL_EXPORT_TYPED_FUNC(answer, Answer);
"""
    )
    (tmp_path / "CMakeLists.txt").write_text(
        """
cmake_minimum_required(VERSION 3.20)
project(uses_checkout LANGUAGES CXX)
find_package(tvm_ffi 0.1 CONFIG REQUIRED)
add_library(answer SHARED answer.cc)
tvm_ffi_configure_target(answer)
"""
    )
    build = tmp_path / "build"
    build_project(
        tmp_path,
        build,
        f"-Dtvm_ffi_ROOT={ROOT / 'cmake'}",
        f"-DPython_EXECUTABLE={editable.python}",
    )
    code = f"import tvm_ffi; print(tvm_ffi.load_module({str(build / 'libanswer.so')!r}).answer())"
    assert editable.run(code) == "42\n"
