# SPDX-License-Identifier: Apache-2.0
"""The Python reference lists every public name, and each has a docstring whose examples run."""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from reference_pages import listed_names, public_members, public_modules, public_names, resolve

# What a module shares with another that lists it, and what only its importer needs.
PARTS = {"tvm_ffi.testing.testing"}
EXAMPLE = re.compile(r"^( *)\.\. code-block:: python\n\n(?P<code>(?:\1    .*\n|\n)+)", re.MULTILINE)


@pytest.mark.parametrize("name", sorted(set(public_modules()) - PARTS))
def test_module_is_in_the_reference(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__, f"{name} has no docstring"
    listed = list(listed_names())
    # Constants are known by name, everything else also by another name for it.
    objects = {id(resolve(dotted_name)) for dotted_name in listed}
    missing = [
        public
        for public in public_names(module)
        if f"{name}.{public}" not in listed and id(getattr(module, public)) not in objects
    ]
    assert not missing


def documented_classes() -> list[type]:
    found = {resolve(name) for name in listed_names() if isinstance(resolve(name), type)}
    return sorted((cls for cls in found if cls.__module__.startswith("tvm_ffi")), key=str)


@pytest.mark.parametrize("cls", documented_classes(), ids=lambda cls: cls.__qualname__)
def test_class_and_its_members_have_docstrings(cls: type) -> None:
    text = cls.__dict__.get("__doc__")
    assert text, "no docstring"
    undocumented = [
        name
        for name, member in public_members(cls)
        if not inspect.getdoc(member) and not is_listed_attribute(name, text)
    ]
    assert not undocumented


def is_listed_attribute(name: str, class_text: str) -> bool:
    """Whether the section on attributes of a class names a field."""
    section = class_text.partition("Attributes\n")[2]
    lines = [line.strip().split(", ") for line in section.splitlines()]
    return any(name in names for names in lines)


def test_functions_have_docstrings() -> None:
    listed = {name: resolve(name) for name in listed_names()}
    functions = {name: value for name, value in listed.items() if inspect.isroutine(value)}
    assert [name for name, value in functions.items() if not inspect.getdoc(value)] == []


def examples() -> list[tuple[str, str]]:
    """Return the Python examples of all docstrings with the names that they belong to."""
    found = {}
    for name in listed_names():
        value = resolve(name)
        members = (
            [value, *(member for _, member in public_members(value))]
            if isinstance(value, type)
            else [value]
        )
        for member in members:
            for match in EXAMPLE.finditer(f"{inspect.getdoc(member) or ''}\n"):
                found.setdefault(textwrap.dedent(match["code"]), name)
    return [(name, code) for code, name in found.items()]


# An example may use the names of the module that it is in, and the package.
RUN_EXAMPLE = """
import importlib, sys
import tvm_ffi
module, code = sys.argv[1:]
names = dict(vars(importlib.import_module(module)), tvm_ffi=tvm_ffi, __name__="__main__")
exec(compile("from __future__ import annotations\\n" + code, "example", "exec"), names)
"""


@pytest.mark.parametrize(("name", "code"), examples(), ids=[name for name, _ in examples()])
def test_example_runs(name: str, code: str, tmp_path: Path) -> None:
    module = getattr(resolve(name), "__module__", None) or "tvm_ffi"
    command = [sys.executable, "-c", RUN_EXAMPLE, module, code]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"{code}\n{result.stderr}"
