# SPDX-License-Identifier: Apache-2.0
"""``core.pyi`` says what ``tvm_ffi.core`` really has."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
import tvm_ffi
from tvm_ffi import core

STUB = ast.parse((Path(tvm_ffi.__file__).parent / "core.pyi").read_text(encoding="utf-8"))
CLASSES = [node for node in STUB.body if isinstance(node, ast.ClassDef)]
# Imported when they are first read, and not by listing the module.
LAZY_ATTRIBUTES = {"cuda_driver", "ml_dtypes", "numpy", "torch"}
MODULE_ATTRIBUTES = {
    "__getattr__",
    "__doc__",
    "__file__",
    "__loader__",
    "__name__",
    "__package__",
    "__spec__",
}


def declared_name(node: ast.stmt) -> str | None:
    if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
        return node.name
    if isinstance(node, ast.AnnAssign):
        return node.target.id
    if isinstance(node, ast.Assign):
        return node.targets[0].id
    return None


def test_the_stub_names_exactly_what_the_module_has():
    declared = {declared_name(node) for node in STUB.body} - {None}
    assert declared - LAZY_ATTRIBUTES == set(dir(core)) - MODULE_ATTRIBUTES
    assert declared >= LAZY_ATTRIBUTES


@pytest.mark.parametrize("node", CLASSES, ids=lambda node: node.name)
def test_classes_have_the_bases_and_members_of_the_stub(node):
    cls = getattr(core, node.name)
    assert cls.__module__ == "tvm_ffi.core"
    for base in node.bases:
        base_cls = getattr(core, base.id, None) or {"type": type, "str": str}.get(base.id)
        assert base_cls is None or issubclass(cls, base_cls)
    for member in node.body:
        if isinstance(member, ast.FunctionDef):
            assert hasattr(cls, member.name), member.name


@pytest.mark.parametrize("node", CLASSES, ids=lambda node: node.name)
def test_public_members_of_native_classes_are_in_the_stub(node):
    cls = getattr(core, node.name)
    declared = {declared_name(member) for member in node.body}
    public = {name for name in vars(cls) if not name.startswith("_")}
    assert public - declared == set()


# Native functions don't tell their parameters, and a class without `__init__` doesn't either.
UNKNOWN_TO_STUBTEST = (
    " is not a function",
    "CObject.__init__ is inconsistent, runtime does not have",
)


def test_signatures_are_those_of_the_stub(tmp_path):
    pytest.importorskip("mypy")
    command = [sys.executable, "-m", "mypy.stubtest", "--concise", "--ignore-disjoint-bases"]
    result = subprocess.run(
        [*command, "tvm_ffi.core"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    lines = result.stdout.splitlines()
    assert any("tvm_ffi.core._get_global_func is not a function" in line for line in lines), result
    known = [line for line in lines if not any(text in line for text in UNKNOWN_TO_STUBTEST)]
    assert known == []
