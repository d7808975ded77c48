# SPDX-License-Identifier: Apache-2.0
"""What tests of the stub generator share: running the tool, and blocks, schemas and types."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from tvm_ffi.core import TypeSchema
from tvm_ffi.stub.file_utils import CodeBlock
from tvm_ffi.stub.utils import FuncInfo, InitFieldInfo, NamedTypeSchema

COLOUR = re.compile(r"\x1b\[\d+m")


def run_tool(*arguments: object, python: str = sys.executable) -> tuple[int, str, str]:
    """Run the tool in a process of its own; returns the status, and the output without colours."""
    command = [python, "-m", "tvm_ffi.stub.cli", *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    return result.returncode, COLOUR.sub("", result.stdout), COLOUR.sub("", result.stderr)


def write(path: Path, *lines: str) -> Path:
    """Make a file of lines; returns it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def marker(name: str, payload: str | None = None) -> str:
    """Return a marker of Python files."""
    return f"# tvm-ffi-stubgen({name})" + ("" if payload is None else f": {payload}")


def empty_block(stub: str, indent: str = "") -> list[str]:
    """Return the lines of a block with nothing in it."""
    return [indent + marker("begin", stub), indent + marker("end")]


def block(kind: Any, param: Any = "", indent: str = "") -> CodeBlock:
    """Return a block with one old line in it."""
    lines = [indent + marker("begin", "..."), "old", indent + marker("end")]
    return CodeBlock(kind, param, 1, 3, lines)


def content(code: CodeBlock) -> str:
    """Return the text between the markers of a block."""
    return "\n".join(code.lines[1:-1])


def schema(annotation: Any) -> TypeSchema:
    """Return the schema of an annotation; a string is a type key or an origin."""
    if isinstance(annotation, str):
        return TypeSchema(annotation)
    return TypeSchema.from_annotation(annotation)


def signature(result: Any, *params: Any) -> TypeSchema:
    """Return the schema of a function."""
    groups = {"return": (schema(result),), "params": tuple(map(schema, params))}
    return TypeSchema("Callable", named_args=groups)


def function(name: str, *types: Any) -> FuncInfo:
    """Return a function that is no member: its result, then its parameters."""
    return FuncInfo.from_schema(name, signature(*types))


def method(name: str, *types: Any) -> FuncInfo:
    """Return a member function: its result, then its parameters, the object first."""
    return FuncInfo.from_schema(name, signature(*types), is_member=True)


def field(name: str, annotation: Any) -> NamedTypeSchema:
    """Return a field."""
    return NamedTypeSchema(name, schema(annotation))


def init_field(
    name: str, annotation: Any, *, kw_only: bool = False, has_default: bool = False
) -> InitFieldInfo:
    """Return a field that the constructor takes."""
    return InitFieldInfo(name, field(name, annotation), kw_only, has_default)
