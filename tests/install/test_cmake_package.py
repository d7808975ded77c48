# SPDX-License-Identifier: Apache-2.0
"""``find_package(tvm_ffi)``: how it is found, what it defines, and what it refuses."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from elf_facts import elf_facts
from install_support import VERSION, Environment, build_project, check, configure

ANSWER = """
#include <tvm/ffi/function.h>
int Answer() { return 42; }
TVM_FFI_DLL_EXPORT_TYPED_FUNC(answer, Answer);
"""
HELPERS = [
    *("tvm_ffi_add_prefix_map", "tvm_ffi_add_apple_dsymutil", "tvm_ffi_add_msvc_flags"),
    *("tvm_ffi_hide_static_linked_lib_symbols", "tvm_ffi_add_target_from_obj"),
    *("tvm_ffi_configure_target", "tvm_ffi_install"),
    *("add_tvm_ffi_cubin", "add_tvm_ffi_fatbin", "tvm_ffi_embed_bin_into"),
]


def write_project(
    directory: Path, body: str, find: str = "find_package(tvm_ffi CONFIG REQUIRED)"
) -> Path:
    """Write a project that finds the package and has one source; return its directory."""
    directory.mkdir(exist_ok=True)
    (directory / "answer.cc").write_text(ANSWER)
    text = f"cmake_minimum_required(VERSION 3.20)\nproject(user LANGUAGES CXX)\n{find}\n{body}\n"
    (directory / "CMakeLists.txt").write_text(text)
    return directory


def from_prefix(prefix: Path) -> str:
    return f"-Dtvm_ffi_ROOT={prefix / 'share' / 'cmake' / 'tvm_ffi'}"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "source"


# ---- finding the package -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "place"),
    [
        ("CMAKE_PREFIX_PATH", ".."),
        ("CMAKE_PREFIX_PATH", "."),
        ("tvm_ffi_ROOT", "."),
        ("tvm_ffi_ROOT", "share/cmake/tvm_ffi"),
        ("tvm_ffi_DIR", "share/cmake/tvm_ffi"),
    ],
)
def test_a_wheel_is_found(
    variable: str, place: str, installed: Environment, source: Path, tmp_path: Path
) -> None:
    directory = (installed.package / place).resolve()
    write_project(source, 'message("dir: ${tvm_ffi_DIR}\\nlib: ${tvm_ffi_LIB_FILES}")')
    result = configure(
        source,
        tmp_path / "build",
        f"-D{variable}={directory}",
        f"-DPython_EXECUTABLE={installed.python}",
    )
    assert result.returncode == 0, result.stdout
    assert f"dir: {installed.package / 'share' / 'cmake' / 'tvm_ffi'}\n" in result.stdout
    assert f"lib: {installed.package / 'lib' / 'libtvm_ffi.so'}\n" in result.stdout


def test_the_directory_that_the_command_prints_is_enough(
    installed: Environment, source: Path, tmp_path: Path
) -> None:
    write_project(source, "add_library(answer SHARED answer.cc)\ntvm_ffi_configure_target(answer)")
    root = check(installed.bin / "tvm-ffi-config", "--cmakedir").strip()
    build_project(source, tmp_path / "build", f"-Dtvm_ffi_ROOT={root}")
    library = tmp_path / "build" / "libanswer.so"
    code = f"import tvm_ffi; print(tvm_ffi.load_module({str(library)!r}).answer())"
    assert installed.run(code) == "42\n"


def test_an_interpreter_without_the_package_is_an_error(source: Path, tmp_path: Path) -> None:
    # Of a source tree, Python alone knows where the library is.
    root = Path(__file__).resolve().parents[2] / "cmake"
    lonely = tmp_path / "python"
    lonely.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S -E "$@"\n')
    lonely.chmod(0o755)
    write_project(source, "")
    result = configure(
        source, tmp_path / "build", f"-Dtvm_ffi_ROOT={root}", f"-DPython_EXECUTABLE={lonely}"
    )
    assert result.returncode != 0
    assert "is tvm-ffi installed for this interpreter?" in " ".join(result.stdout.split())


@pytest.mark.parametrize("find", ["0.1", VERSION, f"{VERSION} EXACT", "0.1.14...0.2", "0...<1"])
def test_a_version_may_be_asked_for(find: str, prefix: Path, source: Path, tmp_path: Path) -> None:
    write_project(
        source, 'message("got ${tvm_ffi_VERSION}")', f"find_package(tvm_ffi {find} CONFIG REQUIRED)"
    )
    result = configure(source, tmp_path / "build", from_prefix(prefix))
    assert f"got {VERSION}\n" in result.stdout


@pytest.mark.parametrize("find", ["0.999", "0.1.15 EXACT", "1", f"0.1...<{VERSION}"])
def test_another_version_is_refused(find: str, prefix: Path, source: Path, tmp_path: Path) -> None:
    write_project(source, "", f"find_package(tvm_ffi {find} CONFIG REQUIRED)")
    result = configure(source, tmp_path / "build", from_prefix(prefix))
    assert result.returncode != 0
    assert f"version: {VERSION}" in result.stdout


def test_the_package_may_be_found_twice(prefix: Path, source: Path, tmp_path: Path) -> None:
    write_project(source, "find_package(tvm_ffi CONFIG REQUIRED)\nmessage(twice)")
    assert "twice" in configure(source, tmp_path / "build", from_prefix(prefix)).stdout


# ---- what it defines -----------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["prefix", "wheel"])
def test_every_documented_name_is_there(
    form: str, prefix: Path, installed: Environment, source: Path, tmp_path: Path
) -> None:
    root = prefix if form == "prefix" else installed.package
    targets = ["tvm_ffi::header", "tvm_ffi::shared", *(["tvm_ffi::static"] * (form == "prefix"))]
    variables = ["tvm_ffi_INCLUDE_DIR", "tvm_ffi_DLPACK_INCLUDE_DIR", "tvm_ffi_LIB_FILES"]
    checks = [
        *(f"if(NOT TARGET {name})\n  message(FATAL_ERROR {name})\nendif()" for name in targets),
        *(f"if(NOT COMMAND {name})\n  message(FATAL_ERROR {name})\nendif()" for name in HELPERS),
        *(
            f'if(NOT EXISTS "${{{name}}}")\n  message(FATAL_ERROR {name})\nendif()'
            for name in variables
        ),
    ]
    write_project(source, "\n".join(checks))
    result = configure(source, tmp_path / "build", from_prefix(root))
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("CxxWarning", "tvm_ffi_add_cxx_warning"),
        ("Sanitizer", "add_sanitizer_address"),
        ("DetectTargetTriple", "detect_target_triple"),
        ("AddGoogleTest", "TVM_FFI_ADD_GTEST"),
    ],
)
def test_other_helpers_are_installed_to_be_included(
    file: str, name: str, prefix: Path, source: Path, tmp_path: Path
) -> None:
    include = f'include("${{tvm_ffi_DIR}}/Utils/{file}.cmake")'
    write_project(source, f"{include}\nif(COMMAND {name})\n  message(yes)\nendif()")
    assert "yes" in configure(source, tmp_path / "build", from_prefix(prefix)).stdout


def test_a_library_of_headers_alone_needs_no_runtime(
    prefix: Path, source: Path, tmp_path: Path
) -> None:
    write_project(
        source,
        "add_library(answer SHARED answer.cc)\ntvm_ffi_configure_target(answer LINK_SHARED OFF)",
    )
    build_project(source, tmp_path / "build", from_prefix(prefix))
    assert elf_facts(tmp_path / "build" / "libanswer.so").needed == set()


def test_libraries_of_the_same_objects(prefix: Path, source: Path, tmp_path: Path) -> None:
    write_project(
        source,
        """
add_library(answer_objs OBJECT answer.cc)
set_target_properties(answer_objs PROPERTIES POSITION_INDEPENDENT_CODE ON)
tvm_ffi_configure_target(answer_objs)
tvm_ffi_add_target_from_obj(answer answer_objs)
target_link_libraries(answer_shared PRIVATE tvm_ffi::shared)
target_sources(answer_testing PRIVATE answer.cc)
tvm_ffi_configure_target(answer_testing)
if(NOT TARGET answer::static OR NOT TARGET answer::shared)
  message(FATAL_ERROR "the aliases are missing")
endif()
""",
    )
    build_project(source, tmp_path / "build", from_prefix(prefix))
    made = {path.name for path in (tmp_path / "build" / "lib").iterdir()}
    assert made == {"libanswer.so", "libanswer_static.a", "libanswer_testing.so"}
    symbols = check("nm", "--dynamic", tmp_path / "build" / "lib" / "libanswer.so")
    assert "T __tvm_ffi_answer\n" in symbols


def test_symbols_of_static_libraries_are_hidden(prefix: Path, source: Path, tmp_path: Path) -> None:
    write_project(
        source,
        """
file(WRITE "${CMAKE_BINARY_DIR}/helper.cc" "int Helper() { return 42; }")
add_library(helper STATIC "${CMAKE_BINARY_DIR}/helper.cc")
set_target_properties(helper PROPERTIES POSITION_INDEPENDENT_CODE ON)
file(WRITE "${CMAKE_BINARY_DIR}/user.cc" "int Helper(); int User() { return Helper(); }")
add_library(user SHARED "${CMAKE_BINARY_DIR}/user.cc")
target_link_libraries(user PRIVATE helper)
tvm_ffi_hide_static_linked_lib_symbols(user)
""",
    )
    build_project(source, tmp_path / "build", from_prefix(prefix))
    symbols = check("nm", "--dynamic", "--demangle", tmp_path / "build" / "libuser.so")
    assert "User()" in symbols
    assert "Helper()" not in symbols


def test_file_names_in_errors_are_those_of_the_project(
    prefix: Path, source: Path, tmp_path: Path
) -> None:
    write_project(
        source,
        """
file(WRITE "${CMAKE_SOURCE_DIR}/where.cc" "extern const char* const where = __FILE__;")
add_library(where SHARED where.cc)
tvm_ffi_configure_target(where)
""",
    )
    build_project(source, tmp_path / "build", from_prefix(prefix))
    library = (tmp_path / "build" / "libwhere.so").read_bytes()
    assert b"\x00where.cc\x00" in library
    assert os.fsencode(source / "where.cc") + b"\x00" not in library


@pytest.mark.parametrize(
    ("settings", "triple"),
    [
        ('set(CMAKE_CXX_COMPILER_TARGET "riscv64-linux-gnu")', "riscv64-linux-gnu"),
        (
            'set(CMAKE_CXX_COMPILER "false")\nset(CMAKE_LIBRARY_ARCHITECTURE "s390x-linux-gnu")',
            "s390x-linux-gnu",
        ),
        (
            'set(CMAKE_CXX_COMPILER "false")\nset(CMAKE_LIBRARY_ARCHITECTURE "")\n'
            'set(CMAKE_SYSTEM_PROCESSOR "AMD64")',
            "x86_64-unknown-linux-gnu",
        ),
    ],
)
def test_target_triple(
    settings: str, triple: str, prefix: Path, source: Path, tmp_path: Path
) -> None:
    include = 'include("${tvm_ffi_DIR}/Utils/DetectTargetTriple.cmake")'
    write_project(
        source, f'{include}\n{settings}\ndetect_target_triple(it)\nmessage("it: ${{it}}")'
    )
    result = configure(source, tmp_path / "build", from_prefix(prefix))
    assert f"it: {triple}\n" in result.stdout


def test_target_triple_is_what_the_compiler_says(
    prefix: Path, source: Path, tmp_path: Path
) -> None:
    include = 'include("${tvm_ffi_DIR}/Utils/DetectTargetTriple.cmake")'
    write_project(source, f'{include}\ndetect_target_triple(it)\nmessage("it: ${{it}}")')
    result = configure(source, tmp_path / "build", from_prefix(prefix), "-DCMAKE_CXX_COMPILER=g++")
    assert f"it: {check('g++', '-dumpmachine')}" in result.stdout


# ---- what it refuses -----------------------------------------------------------------------------

CONFIGURE = "tvm_ffi_configure_target"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (f"{CONFIGURE}(nowhere)", f"{CONFIGURE}: 'nowhere' is not an existing CMake target."),
        (f'{CONFIGURE}("")', f"{CONFIGURE}: missing target name. Usage: {CONFIGURE}(<target> "),
        (
            f"{CONFIGURE}(answer STUB_PKG p)",
            f"{CONFIGURE}(answer): STUB_PKG/STUB_PREFIX require STUB_DIR to be set.",
        ),
        (
            f"{CONFIGURE}(answer STUB_INIT ON STUB_PREFIX p.)",
            f"{CONFIGURE}(answer): STUB_PKG/STUB_PREFIX require STUB_DIR to be set.",
        ),
        (
            f"{CONFIGURE}(answer STUB_DIR . STUB_PREFIX p.)",
            f"{CONFIGURE}(answer): STUB_PKG/STUB_PREFIX cannot be set when STUB_INIT is OFF.",
        ),
        (
            f"{CONFIGURE}(answer STUB_INIT ON)",
            f"{CONFIGURE}(answer): STUB_INIT=ON requires STUB_DIR to be set.",
        ),
        (
            "tvm_ffi_install(nowhere)",
            "tvm_ffi_install: 'nowhere' is not an existing CMake target.",
        ),
    ],
)
def test_a_wrong_call_says_what_is_wrong(
    call: str, message: str, prefix: Path, source: Path, tmp_path: Path
) -> None:
    write_project(source, f"add_library(answer SHARED answer.cc)\n{call}")
    result = configure(source, tmp_path / "build", from_prefix(prefix))
    assert result.returncode != 0
    assert message in " ".join(result.stdout.split())


@pytest.mark.parametrize("kind", ["header", "shared"])
def test_missing_targets_are_named(kind: str, prefix: Path, source: Path, tmp_path: Path) -> None:
    # As in a project that includes the helpers on their own.
    helpers = prefix / "share" / "cmake" / "tvm_ffi" / "Utils" / "Library.cmake"
    options = "LINK_HEADER OFF" if kind == "shared" else ""
    write_project(
        source,
        f"add_library(answer SHARED answer.cc)\n{CONFIGURE}(answer {options})",
        find=f'include("{helpers}")',
    )
    result = configure(source, tmp_path / "build")
    assert result.returncode != 0
    text = f"LINK_{kind.upper()} requested but targets 'tvm_ffi::{kind}' do not exist."
    assert f"{CONFIGURE}(answer): {text}" in " ".join(result.stdout.split())
