# SPDX-License-Identifier: Apache-2.0
"""``add_subdirectory``: the libraries as part of the build of somebody else's project."""

from __future__ import annotations

from pathlib import Path

import pytest
from install_support import ROOT, Environment, check, configure

MAIN = """
#include <tvm/ffi/extra/json.h>
#include <tvm/ffi/function.h>
#include <cstdio>
int main() {
  tvm::ffi::Function echo = tvm::ffi::Function::GetGlobalRequired("ffi.json.Parse");
  std::printf("%d\\n", echo("[1, 2, 3]").cast<tvm::ffi::Array<int>>()[2]);
}
"""
TARGETS = [
    *("tvm_ffi_header", "tvm_ffi_objs", "tvm_ffi_shared", "tvm_ffi_static", "tvm_ffi_testing"),
    *("tvm_ffi::header", "tvm_ffi::shared", "tvm_ffi::static"),
]
FUNCTIONS = ["tvm_ffi_configure_target", "tvm_ffi_install", "detect_target_triple"]


def write_project(directory: Path, sources: Path) -> Path:
    """Write a project that builds the libraries of ``sources`` as part of itself."""
    directory.mkdir()
    (directory / "main.cc").write_text(MAIN)
    required = [
        f"if(NOT TARGET {name})\n  message(FATAL_ERROR {name})\nendif()" for name in TARGETS
    ]
    required += [
        f"if(NOT COMMAND {name})\n  message(FATAL_ERROR {name})\nendif()" for name in FUNCTIONS
    ]
    (directory / "CMakeLists.txt").write_text(
        f"""
cmake_minimum_required(VERSION 3.20)
project(outer LANGUAGES C CXX)
add_subdirectory("{sources}" tvm_ffi)
foreach(kind shared static)
  add_executable(uses_${{kind}} EXCLUDE_FROM_ALL main.cc)
  target_link_libraries(uses_${{kind}} PRIVATE tvm_ffi::${{kind}})
endforeach()
foreach(option TVM_FFI_BUILD_TESTS TVM_FFI_ATTACH_DEBUG_SYMBOLS)
  if(DEFINED CACHE{{${{option}}}})
    message(FATAL_ERROR "${{option}} is for developers")
  endif()
endforeach()
"""
        + "\n".join(required)
    )
    return directory


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory, installed: Environment) -> Path:
    """Build such a project from the sources in the wheel, as far as two programs need it."""
    sources = check(installed.bin / "tvm-ffi-config", "--sourcedir").strip()
    directory = tmp_path_factory.mktemp("outer")
    source = write_project(directory / "source", Path(sources))
    build = directory / "build"
    result = configure(source, build, "-DCMAKE_BUILD_TYPE=None")
    assert result.returncode == 0, result.stdout
    check("cmake", "--build", build, "--target", "uses_shared", "uses_static")
    return build


@pytest.mark.parametrize("link", ["shared", "static"])
def test_programs_run_on_what_was_built(link: str, build: Path) -> None:
    assert check(build / f"uses_{link}") == "3\n"


def test_libraries_are_in_one_place(build: Path) -> None:
    names = {path.name for path in (build / "lib").iterdir()}
    assert {"libtvm_ffi.so", "libtvm_ffi_static.a"} <= names


def test_a_checkout_can_be_the_subproject(tmp_path: Path) -> None:
    source = write_project(tmp_path / "source", ROOT)
    result = configure(source, tmp_path / "build")
    assert result.returncode == 0, result.stdout


def test_the_options_of_the_project_turn_parts_off(tmp_path: Path) -> None:
    source = write_project(tmp_path / "source", ROOT)
    result = configure(source, tmp_path / "build", "-DTVM_FFI_USE_EXTRA_CXX_API=OFF")
    assert result.returncode == 0, result.stdout
    plan = check("cmake", "--build", tmp_path / "build", "--target", "help")
    assert "tvm_ffi_shared" in plan
    assert "tvm_ffi_loaders" not in plan
