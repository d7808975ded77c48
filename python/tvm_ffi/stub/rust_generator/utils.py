# SPDX-License-Identifier: Apache-2.0
"""Names of the Rust target: identifiers, module paths, types, and the `use` lines of a file."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .consts import (
    RUST_KEYWORDS,
    RUST_MOD_MAP,
    RUST_NOT_RAW_IDENTIFIERS,
    RUST_RESERVED_MEMBERS,
    RUST_UNSUPPORTED_ORIGINS,
)
from .directives import Directives

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from tvm_ffi.core import TypeSchema


class RustUse:
    """A path that a ``use`` line brings into scope.

    Parameters
    ----------
    name
        A Rust path, or a dotted name, whose segments become those of the path.

    """

    def __init__(self, name: str) -> None:
        self.path = _rust_path(name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RustUse) and self.path == other.path

    def __hash__(self) -> int:
        return hash(self.path)

    def __repr__(self) -> str:
        return f"RustUse(path={self.path!r})"

    @property
    def leaf(self) -> str:
        """The name that is in scope."""
        return self.path.rpartition("::")[2]

    def as_use_line(self) -> str:
        """Return the line, an empty text for a name that needs none."""
        return f"use {self.path};" if "::" in self.path else ""


@dataclasses.dataclass
class RustImports:
    """What the generated code of one file needs from elsewhere, and how it may refer to it.

    Parameters
    ----------
    items
        What is brought into scope.
    directives
        One-line directives of the file.
    builtin_mirrors
        Builtin ancestors that need a stand-in: type key -> struct of the stand-in's parent.
    reserved
        Names that the file defines itself.

    """

    items: list[RustUse] = dataclasses.field(default_factory=list)
    directives: Directives = dataclasses.field(default_factory=Directives)
    builtin_mirrors: dict[str, str] = dataclasses.field(default_factory=dict)
    reserved: set[str] = dataclasses.field(default_factory=set)

    def record(self, name: str) -> str:
        """Bring a path into scope; return its last segment, or the whole path if that is taken.

        A type with arguments is no path: it is returned as it is.
        """
        if "<" in name:
            return name
        use = RustUse(name)
        if not use.as_use_line() or use in self.items:
            return use.leaf
        if use.leaf in self.reserved or any(use.leaf == item.leaf for item in self.items):
            return use.path
        self.items.append(use)
        return use.leaf

    def record_builtin_base(self, chain: list[str]) -> str:
        """Ask for stand-ins of builtin ancestors, root first; return the struct of the last."""
        base = self.record("tvm_ffi::Object")
        for type_key in chain:
            self.builtin_mirrors.setdefault(type_key, base)
            base = builtin_mirror_name(type_key)
        return base


def _rust_path(name: str) -> str:
    """Return the Rust path of a name; the head of a dotted one may stand for a crate."""
    head, dot, rest = name.partition(".")
    if not dot:
        return name
    return "::".join([RUST_MOD_MAP.get(head, head), *rest.split(".")])


def rust_ident(name: str) -> str:
    """Return the identifier of a field or a parameter.

    Underscores that only set a name apart are cut: both pairs of ``__name__``, the one behind
    ``name_``.
    """
    if name.startswith("__") and name.endswith("__") and len(name) > len("____"):
        name = name[2:-2]
    elif name.endswith("_") and not name.endswith("__") and name != "_":
        name = name[:-1]
    return _escape(name)


def _escape(name: str) -> str:
    """Return a name that is no keyword and no member that the object structs have."""
    if name in RUST_NOT_RAW_IDENTIFIERS or name in RUST_RESERVED_MEMBERS:
        return f"{name}_"
    return f"r#{name}" if name in RUST_KEYWORDS else name


def rust_module_path(path: Path) -> tuple[str, ...]:
    """Return the module of a source file, ``crate`` first.

    Raises
    ------
    ValueError
        If the file is in no crate, or not below ``src`` of its crate.

    """
    path = path.resolve()
    root = next((each for each in path.parents if (each / "Cargo.toml").is_file()), None)
    if root is None:
        raise ValueError(f"{path} is in no Cargo crate: no `Cargo.toml` above it")
    source = root / "src"
    if source not in path.parents:
        raise ValueError(f"{path} is not under `{source}`, so it is in no module of the crate")
    parts = list(path.relative_to(source).with_suffix("").parts)
    if parts[-1] == "mod" or parts in (["lib"], ["main"]):
        parts.pop()
    return ("crate", *map(module_ident, parts))


class ModulesOfTypes(Mapping[str, tuple[str, ...]]):
    """Modules of types by key, found when they are asked for: only then a file must be in a crate.

    Parameters
    ----------
    files
        File of each type.
    known
        Modules of files that have been found already; more are added.

    """

    def __init__(self, files: Mapping[str, Path], known: dict[Path, tuple[str, ...]]) -> None:
        self._files = files
        self._known = known

    def __getitem__(self, type_key: str) -> tuple[str, ...]:
        path = self._files[type_key]
        if path not in self._known:
            self._known[path] = rust_module_path(path)
        return self._known[path]

    def __contains__(self, type_key: object) -> bool:
        return type_key in self._files

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def module_ident(name: str) -> str:
    """Return the identifier of the module of a directory or a file."""
    return f"r#{name}" if name in RUST_KEYWORDS else name


def render_rust_type(
    schema: TypeSchema, ty_render: Callable[[str, str | None], str | None]
) -> str | None:
    """Return the Rust type of a value; None when it, or a part of it, has none.

    Parameters
    ----------
    schema
        The type.
    ty_render
        Maps the origin and the type key of a schema to a type without arguments.

    """
    if schema.origin in RUST_UNSUPPORTED_ORIGINS:
        return None
    params = [render_rust_type(arg, ty_render) for arg in schema.args or ()]
    base = "Option" if schema.origin == "Optional" else ty_render(schema.origin, schema.type_key)
    if base is None or None in params:
        return None
    return f"{base}<{', '.join(map(str, params))}>" if params else base


def is_crate_type_key(type_key: str) -> bool:
    """Return whether a type belongs to the crate ``tvm_ffi`` rather than to generated code."""
    return type_key.partition(".")[0] in RUST_MOD_MAP


def builtin_mirror_name(type_key: str) -> str:
    """Return the name of the struct that stands in for a builtin type."""
    module, _, leaf = type_key.rpartition(".")
    module = module.replace(".", "_")
    return f"{module[:1].upper()}{module[1:]}{leaf}Obj"


_QUALIFIER = re.compile(r"(?<![:\w])(?:::)?(?:[a-z_][a-z_0-9]*::)+(?=[a-zA-Z_])")
_TOKEN = re.compile(r"\w+|[^\w\s]")


def check_tokens(lines: Iterable[str]) -> tuple[str, ...]:
    """Return what of generated lines counts when they are compared with those of a file.

    Layout, comments, ``use`` lines, trailing commas and the module that a name is qualified with
    do not.
    """
    code = (line for line in lines if not line.lstrip().startswith(("use ", "//")))
    tokens = _TOKEN.findall(_QUALIFIER.sub("", "\n".join(code)))
    following = [*tokens[1:], ""]
    return tuple(
        token
        for token, after in zip(tokens, following)
        if not (token == "," and after in ("}", "]", ")"))
    )
