# SPDX-License-Identifier: Apache-2.0
"""What a target, an output language, provides, and which targets there are."""

from __future__ import annotations

import importlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Protocol

from . import consts as C
from .file_utils import CodeBlock
from .utils import FuncInfo, InitConfig, ObjectInfo, Options


class Generator(Protocol):
    """A target. ``imports`` is what :meth:`new_imports` returned, one for each file."""

    name: str
    source_exts: Collection[str]
    syntax: C.MarkerSyntax
    directive_kinds: Collection[str]

    def default_ty_map(self) -> dict[str, str]:
        """Return a new map from schema origins and type keys to names of the language."""
        ...

    def new_imports(self) -> Any:
        """Return what collects the imports that a file needs."""
        ...

    def add_directive(self, imports: Any, name: str, payload: str, lineno: int) -> None:
        """Take in a directive of the file, one of :attr:`directive_kinds`."""
        ...

    def canonical_type_name(self, type_key: str) -> str:
        """Return the full name of the generated type, by its key or what ``ty-map`` makes of it."""
        ...

    def extra_export_names(self, imports: Any) -> set[str]:
        """Return names to export besides functions and types."""
        ...

    def is_builtin(self, type_key: str) -> bool:
        """Return whether the language has the type already, so that it never gets a new block."""
        ...

    def check_view(self, code_blocks: list[CodeBlock]) -> object:
        """Return what ``--check`` compares: two equal views are the same code."""
        ...

    def generate_global_funcs_block(
        self,
        code: CodeBlock,
        global_funcs: list[FuncInfo],
        ty_map: dict[str, str],
        imports: Any,
        opt: Options,
    ) -> None:
        """Fill a ``global`` block with functions."""
        ...

    def generate_object_block(
        self,
        code: CodeBlock,
        ty_map: dict[str, str],
        imports: Any,
        opt: Options,
        obj_info: ObjectInfo,
        declared: Mapping[str, Path],
    ) -> None:
        """Fill an ``object`` block; ``declared`` says in which file each type has one."""
        ...

    def generate_import_section_block(
        self, code: CodeBlock, imports: Any, opt: Options, defined_types: set[str]
    ) -> None:
        """Fill the import section; ``defined_types`` are the full names of the file's own types."""
        ...

    def generate_all_block(self, code: CodeBlock, names: set[str], opt: Options) -> None:
        """Fill an ``__all__`` block with names."""
        ...

    def generate_export_block(self, code: CodeBlock) -> None:
        """Fill an ``export`` block."""
        ...

    def generate_helpers_block(self, code: CodeBlock, opt: Options) -> None:
        """Fill a block of helpers; no kind of block asks for it."""
        ...

    def api_filename(self) -> str:
        """Return the name of the file that init mode scaffolds for a prefix."""
        ...

    def init_filename(self) -> str:
        """Return the name of the file beside it that makes the directory a package."""
        ...

    def generate_api_file(
        self,
        code_blocks: list[CodeBlock],
        ty_map: dict[str, str],
        module_name: str,
        object_infos: list[ObjectInfo],
        init_cfg: InitConfig,
        is_root: bool,
    ) -> str:
        """Return what init mode appends to the file of a prefix, which has ``code_blocks``."""
        ...

    def generate_init_file(
        self, code_blocks: list[CodeBlock], module_name: str, submodule: str
    ) -> str:
        """Return what init mode appends to the package's file; ``""`` for nothing."""
        ...

    def finalize_init(self, init_path: Path, generated_prefixes: set[str]) -> None:
        """Finish init mode, after all files have been filled."""
        ...


# Target -> (module below this package, class). A target is imported when it is asked for.
_GENERATORS = {
    "python": ("python_generator.generator", "PythonGenerator"),
    "rust": ("rust_generator.generator", "RustGenerator"),
}


def generator_names() -> list[str]:
    """Return the names of the targets."""
    return list(_GENERATORS)


def get_generator(target: str) -> Generator:
    """Return a target by name.

    Raises
    ------
    ValueError
        If there is none of that name.

    """
    if target not in _GENERATORS:
        known = ", ".join(_GENERATORS)
        raise ValueError(f"Unknown stubgen generator: {target!r}. Known generators: {known}")
    module, cls = _GENERATORS[target]
    generator: Generator = getattr(importlib.import_module(f"{__package__}.{module}"), cls)()
    return generator
