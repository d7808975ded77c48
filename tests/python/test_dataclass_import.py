# SPDX-License-Identifier: Apache-2.0
"""``tvm_ffi.dataclasses`` is there after ``import tvm_ffi``, but costs nothing until it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest
import tvm_ffi


def run(program: str) -> None:
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    "use",
    [
        "tvm_ffi.dataclasses.py_class",
        "tvm_ffi.method",
        "tvm_ffi.dataclasses.KW_ONLY",
        "tvm_ffi._dunder._make_constructor",
        "from tvm_ffi.dataclasses.py_class import method; assert tvm_ffi.method is method",
        "from tvm_ffi.dataclasses import py_class; assert tvm_ffi.dataclasses.py_class is py_class",
        "import tvm_ffi.dataclasses.field; assert callable(tvm_ffi.dataclasses.field)",
        "from tvm_ffi import *; assert dataclasses.c_class and method",
    ],
)
def test_it_is_reached_in_every_way(use):
    run(
        "import sys, tvm_ffi\n"
        "assert 'tvm_ffi.dataclasses' not in sys.modules\n"
        "assert 'dataclasses' in dir(tvm_ffi) and 'method' in dir(tvm_ffi)\n"
        f"{use}\n"
    )


def test_its_import_leaves_the_slow_modules_alone():
    run(
        "import sys, tvm_ffi.dataclasses\n"
        "assert not {'inspect', 'dataclasses', 'typing_extensions'} & set(sys.modules)\n"
    )


def test_names_of_the_package():
    assert {
        "KW_ONLY", "MISSING", "Field", "Object", "asdict", "astuple", "c_class", "field", "fields",
        "init_property", "is_dataclass", "py_class", "replace",
    } <= set(tvm_ffi.dataclasses.__all__)  # fmt: skip
    for name in tvm_ffi.dataclasses.__all__:
        assert getattr(tvm_ffi.dataclasses, name) is not None
    assert tvm_ffi.dataclasses.MISSING is tvm_ffi.core.MISSING
    assert tvm_ffi.dataclasses.Object is tvm_ffi.core.Object
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        tvm_ffi.dataclasses.nothing  # noqa: B018
    with pytest.raises(ImportError):
        from tvm_ffi.dataclasses.field import nothing  # noqa: F401
