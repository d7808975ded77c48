# SPDX-License-Identifier: Apache-2.0
"""examples/abi_overview: its README runs, cleanly, and nothing of the C ABI is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from readme import EXAMPLES, run_block, run_readme
from tvm_ffi import libinfo

SOURCE = EXAMPLES / "abi_overview" / "example_code.c"
HEADERS = ["c_api.h", "extra/c_env_api.h"]


def test_readme_runs(tmp_path: Path) -> None:
    run_readme("abi_overview", tmp_path)


def test_program_is_free_of_warnings_leaks_and_undefined_behaviour(tmp_path: Path) -> None:
    build = (
        "gcc -std=c11 -g -Wall -Wextra -Werror -fsanitize=address,undefined"
        f" -fno-sanitize-recover=all {SOURCE} -o example_code"
        " $(tvm-ffi-config --cflags --ldflags --libs) -Wl,-rpath,$(tvm-ffi-config --libdir)\n"
        "./example_code"
    )
    result = run_block(build, tmp_path, {})
    assert result.returncode == 0, result.stderr
    assert result.stdout + result.stderr == ""


@pytest.mark.parametrize("header", HEADERS)
def test_every_function_of_a_header_is_shown(header: str) -> None:
    text = (Path(libinfo.find_include_path()) / "tvm" / "ffi" / header).read_text()
    declared = re.findall(r"^TVM_FFI_DLL [^;]*?\b(TVMFFI\w+)\(", text, re.DOTALL | re.MULTILINE)
    assert len(declared) >= 10
    source = SOURCE.read_text()
    assert [name for name in declared if f"{name}(" not in source] == []
