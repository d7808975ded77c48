# SPDX-License-Identifier: Apache-2.0
"""What ``cmake --install`` makes is all that a project of a user needs.

``consumer/`` is such a project: two translation units with every header, linked either way. Not the
full product of compilers, standards and linkages is built, but each of them, and each in a pair
that has gone wrong for somebody.
"""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest
from install_support import HERE, build_project, check, find_clang

WARNINGS = ["-Wall", "-Wextra", "-Werror"]

EXPECTED_OUTPUT = """\
divide: 3
ZeroDivisionError: cannot divide 7 by zero
count: 5
graph: {"root_index":1,"nodes":[{"type":"ffi.String","data":"sheep"},\
{"type":"consumer.Counter","data":{"name":0,"count":5}}]}
back: sheep 5
module: counter 7
2^70 = 1180591620717411303424, 70
repr: (1, 2)
"""


COMPILERS = {"g++": "g++", "clang++": find_clang()}


class Setup(NamedTuple):
    """How the consumer is compiled and linked."""

    compiler: str
    standard: int
    link: str
    flags: str = ""


def build_and_run_consumer(prefix: Path, build: Path, setup: Setup) -> str:
    """Configure the consumer with nothing but the prefix; return what its program prints."""
    build_project(
        HERE / "consumer",
        build,
        f"-Dtvm_ffi_ROOT={prefix / 'share' / 'cmake' / 'tvm_ffi'}",
        f"-DCMAKE_CXX_COMPILER={COMPILERS[setup.compiler]}",
        f"-DCMAKE_CXX_STANDARD={setup.standard}",
        "-DCMAKE_CXX_STANDARD_REQUIRED=ON",
        f"-DCMAKE_CXX_FLAGS={setup.flags}",
        f"-DCONSUMER_LINK={setup.link}",
    )
    return check(build / "consumer")


@pytest.mark.parametrize(
    "setup",
    [
        Setup("g++", 17, "shared"),
        Setup("g++", 20, "static", "-fno-rtti"),
        Setup("clang++", 20, "shared", "-fno-rtti"),
        Setup("clang++", 17, "static", "-O2"),
    ],
    ids=lambda setup: "-".join(map(str, setup)),
)
def test_a_project_builds_and_runs(setup: Setup, prefix: Path, tmp_path: Path) -> None:
    assert build_and_run_consumer(prefix, tmp_path, setup) == EXPECTED_OUTPUT


@pytest.mark.parametrize("link", ["shared", "static"])
def test_the_installed_tree_may_be_moved(link: str, prefix: Path, tmp_path: Path) -> None:
    moved = tmp_path / "another place" / "tvm-ffi"
    moved.parent.mkdir()
    prefix.rename(moved)
    try:
        output = build_and_run_consumer(moved, tmp_path / "build", Setup("g++", 20, link))
    finally:
        moved.rename(prefix)
    assert output == EXPECTED_OUTPUT


def headers_of(prefix: Path) -> list[Path]:
    """List the installed headers, except those that need the CUDA toolkit."""
    include = prefix / "include"
    headers = sorted(path.relative_to(include) for path in include.rglob("*.h"))
    return [header for header in headers if "cuda" not in header.parts]


def check_syntax(prefix: Path, *command: str, source: str) -> str:
    """Compile without output; return what the compiler says, empty when it is content."""
    result = subprocess.run(
        [*command, "-fsyntax-only", *WARNINGS, f"-I{prefix / 'include'}", "-"],
        input=source,
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if result.returncode == 0 else f"{command} {source}\n{result.stderr[:2000]}"


@pytest.mark.parametrize(("compiler", "standard"), [("g++", "c++17"), ("clang++", "c++20")])
def test_every_header_compiles_alone(compiler: str, standard: str, prefix: Path) -> None:
    def compile_alone(header: Path) -> str:
        return check_syntax(
            prefix,
            *(COMPILERS[compiler], f"-std={standard}", "-x", "c++"),
            source=f"#include <{header}>\n",
        )

    headers = headers_of(prefix)
    assert len(headers) > 40
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        complaints = list(filter(None, pool.map(compile_alone, headers)))
    assert not complaints, "\n".join(complaints)


MISTAKEN_SOURCE = """\
#include <tvm/ffi/big_int.h>
#include <tvm/ffi/tvm_ffi.h>
namespace ffi = tvm::ffi;
int Use(ffi::Any value, ffi::Optional<int> optional, ffi::Function function) {
  value = ffi::BigInt(7) / ffi::BigInt(2);
  function = ffi::Function::FromTyped([](int x) { return x; });
  return value.cast<int>() + value.as_or_throw<int>() + optional.value() + misspelt;
}
"""


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_the_mistake_of_a_user_is_all_that_is_reported(
    compiler: str, prefix: Path, tmp_path: Path
) -> None:
    """A compiler that gives up must not complain about functions of the headers, too."""
    result = subprocess.run(
        [
            COMPILERS[compiler],
            "-std=c++17",
            *WARNINGS,
            f"-I{prefix / 'include'}",
            "-xc++",
            "-c",
            "-",
        ],
        input=MISTAKEN_SOURCE,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    complaints = [
        line for line in result.stderr.splitlines() if "warning:" in line or "error:" in line
    ]
    assert [complaint for complaint in complaints if "misspelt" not in complaint] == []
    assert len(complaints) == 1


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_all_headers_compile_as_cxx23(compiler: str, prefix: Path) -> None:
    source = "".join(f"#include <{header}>\n" for header in headers_of(prefix))
    complaint = check_syntax(
        prefix, COMPILERS[compiler], "-std=c++2b", "-pedantic", "-x", "c++", source=source
    )
    assert not complaint


@pytest.mark.parametrize(
    "header", ["tvm/ffi/c_api.h", "tvm/ffi/extra/c_env_api.h", "dlpack/dlpack.h"]
)
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_c_headers_compile_as_c(header: str, compiler: str, prefix: Path) -> None:
    command = "gcc" if compiler == "gcc" else find_clang().replace("clang++", "clang")
    complaint = check_syntax(
        prefix, command, "-std=c11", "-pedantic", "-x", "c", source=f"#include <{header}>\n"
    )
    assert not complaint
