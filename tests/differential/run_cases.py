# SPDX-License-Identifier: Apache-2.0
"""Runs the cases of one subject and prints what each gives, as one JSON object.

A subject is a module of ``cases/``. Its cases are the lines of ``CASES``, expressions that see the
module's names, and its functions ``case_*``. An outcome is the text of the value and its type, or
the type, arguments and FFI kind of the exception, or ``died``: each case runs in a process of its
own.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

# Handles and other addresses differ from run to run.
ADDRESS = re.compile(r"0x[0-9a-f]{6,}|(?<=\()\d{10,}(?=\))")


def describe(value: object) -> str:
    """Return the text of a value, with the types of what it holds."""
    if type(value) in (list, tuple, dict):
        open_, close = {list: "[]", tuple: "()", dict: "{}"}[type(value)]
        items = value.items() if type(value) is dict else value
        return open_ + ", ".join(map(describe, items)) + close
    if value is None or type(value) in (bool, int, float, str, bytes):
        return repr(value)
    if isinstance(value, type):
        return f"class {value.__module__}.{value.__qualname__}"
    return f"{type(value).__qualname__}: {value!r}"


def describe_error(error: BaseException) -> str:
    """Return the class and arguments of an exception, and its kind if it came through the FFI."""
    native = getattr(error, "__tvm_ffi_error__", None)
    kind = f" of kind {native.kind}" if native is not None else ""
    return f"raised {type(error).__qualname__}{error.args!r}{kind}"


def describe_run(name: str, run: Callable[[], object]) -> dict[str, str]:
    """Run one case and describe what came of it; the items of a dict are outcomes of their own."""
    try:
        value = run()
        items = value if type(value) is dict and name.startswith("case_") else None
        texts = {f"{name}[{key}]": describe(item) for key, item in (items or {}).items()}
        texts = texts or {name: describe(value)}
    except BaseException as error:
        texts = {name: describe_error(error)}
    return {key: ADDRESS.sub("ADDRESS", text) for key, text in texts.items()}


def outcomes(name: str, run: Callable[[], object]) -> dict[str, str]:
    """Run one case in a child process and return what it says."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        with os.fdopen(writer, "w", encoding="utf-8") as out:
            json.dump(describe_run(name, run), out)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as answer:
        text = answer.read()
    _, status = os.waitpid(child, 0)
    return json.loads(text) if status == 0 else {name: "died"}


def cases_of(module: types.ModuleType) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield the name of each case of a subject and what runs it."""
    names = vars(module)
    for line in getattr(module, "CASES", "").splitlines():
        code = line.strip()
        if code and not code.startswith("#"):
            yield code, lambda code=code: eval(compile(code, "<case>", "eval"), names)
    for name, value in list(names.items()):
        if name.startswith("case_"):
            yield name, value


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent / "cases"))
    subject = importlib.import_module(sys.argv[1])
    transcript: dict[str, str] = {}
    for case, function in cases_of(subject):
        transcript.update(outcomes(case, function))
    print(json.dumps(transcript))
