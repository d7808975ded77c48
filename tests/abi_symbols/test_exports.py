# SPDX-License-Identifier: Apache-2.0
"""The installed library exports what is promised and needs nothing else; the check can fail."""

from __future__ import annotations

import subprocess
from pathlib import Path

from check_exports import EXPECTED, find_problems, read_expected
from tvm_ffi.libinfo import find_libtvm_ffi


def test_installed_library_exports_exactly_the_list():
    assert find_problems(Path(find_libtvm_ffi())) == []


def test_list_has_the_symbols_that_published_consumers_bind():
    expected = read_expected(EXPECTED)
    assert len(expected) == 81
    assert sum(name.startswith("TVMFFI") for name in expected) == 50
    assert expected["TVMFFIEnvTensorAlloc"] == "T"
    assert expected["_ZTVN3tvm3ffi9ModuleObjE"] == "V"


def test_other_library_is_reported(tmp_path):
    source = tmp_path / "other.c"
    source.write_text("int TVMFFIGetVersion; int stray(void) { return 1; }\n")
    library = tmp_path / "libother.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    problems = find_problems(library)
    assert "missing symbol: TVMFFIFunctionCall" in problems
    assert "unexpected symbol: T stray" in problems
    assert "symbol of another kind: TVMFFIGetVersion is B, not T" in problems
    assert "wrong SONAME: []" in problems
