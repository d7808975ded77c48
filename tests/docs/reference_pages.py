# SPDX-License-Identifier: Apache-2.0
"""What the pages of the Python reference list, and what the package offers."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import types
from collections.abc import Iterator
from pathlib import Path

import tvm_ffi
from doc_page import REPOSITORY

PAGES = REPOSITORY / "docs" / "reference" / "python"
DIRECTIVE = re.compile(
    r"^\.\. (?:auto(?P<kind>\w+)|py:data):: (?P<name>\S+)\n(?P<options>(?:   :.*\n)*)", re.MULTILINE
)


def public_modules() -> list[str]:
    """Return the modules of the package whose names do not begin with an underscore."""
    found = pkgutil.walk_packages(tvm_ffi.__path__, "tvm_ffi.")
    names = [module.name for module in found]
    return ["tvm_ffi", *(name for name in names if "._" not in name)]


def public_names(module: types.ModuleType) -> list[str]:
    """Return ``__all__``, or else what the module itself defines, as autodoc does.

    What ``__all__`` offers for consumers that reach for internals, with an underscore, is left out.
    """
    if hasattr(module, "__all__"):
        return [name for name in module.__all__ if name.startswith("__") or name[0] != "_"]
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
    ]


def listed_names(directory: Path = PAGES) -> Iterator[str]:
    """Yield the dotted names that the reference pages show, also through their modules."""
    for page in sorted(directory.glob("*.md")):
        for match in DIRECTIVE.finditer(page.read_text(encoding="utf-8")):
            yield match["name"]
            if match["kind"] == "module" and ":no-members:" not in match["options"]:
                module = importlib.import_module(match["name"])
                yield from (f"{match['name']}.{name}" for name in public_names(module))


def resolve(dotted_name: str) -> object:
    """Return what a dotted name refers to."""
    module, _, name = dotted_name.rpartition(".")
    if not module:
        return importlib.import_module(dotted_name)
    try:
        return getattr(importlib.import_module(module), name)
    except (AttributeError, ModuleNotFoundError):
        return importlib.import_module(dotted_name)


def public_members(cls: type) -> Iterator[tuple[str, object]]:
    """Yield the methods and attributes that a class defines itself and does not hide."""
    for name, value in vars(cls).items():
        is_attribute = callable(value) or inspect.isdatadescriptor(value)
        if not name.startswith("_") and (
            is_attribute or isinstance(value, (staticmethod, classmethod))
        ):
            yield name, value
