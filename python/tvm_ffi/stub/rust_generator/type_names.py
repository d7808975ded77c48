# SPDX-License-Identifier: Apache-2.0
"""How the code of one block refers to the types of the registry."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from .consts import (
    RUST_ANY_BACKED_OPTIONAL_PAYLOADS,
    RUST_OBJECT_OPTIONAL_FIELD_SIZE,
    RUST_OPTIONAL_FIELD_SIZE,
    RUST_OPTIONAL_PATH,
    RUST_POINTER_SIZE,
    RUST_SCALAR_BY_SIZE,
    RUST_SCALAR_WIDTHS,
    RUST_TY_MAP_DEFAULTS,
    RUST_UNSUPPORTED_ORIGINS,
)
from .utils import RustImports, RustUse, is_crate_type_key, render_rust_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tvm_ffi.core import TypeSchema

    from ..utils import NamedTypeSchema

ANY_PATH = RUST_TY_MAP_DEFAULTS["Any"]


@dataclasses.dataclass
class TypeNames:
    """The Rust types that code in one module may name.

    Parameters
    ----------
    ty_map
        Rust path by schema origin or type key.
    module
        The module that the code is in.
    declared
        Modules of the types that this run generates, by type key.
    imports
        Takes the paths that are brought into scope.
    missing
        Type keys that nobody provides.

    """

    ty_map: Mapping[str, str]
    module: tuple[str, ...]
    declared: Mapping[str, tuple[str, ...]]
    imports: RustImports
    missing: set[str] = dataclasses.field(default_factory=set)

    def trial(self) -> TypeNames:
        """Return names for trying something out: what is imported and missing is forgotten."""
        imports = dataclasses.replace(self.imports, items=[], reserved=set())
        return dataclasses.replace(self, imports=imports, missing=set())

    def of_key(self, type_key: str, suffix: str = "") -> str | None:
        """Return the wrapper of a type, or with the suffix ``Obj`` its struct; None if unknown."""
        mapped = self.ty_map.get(type_key)
        if mapped is not None:
            return self._in_scope(RustUse(mapped).path + suffix)
        if type_key in self.declared:
            leaf = type_key.rpartition(".")[2] + suffix
            return self._in_scope("::".join([*self.declared[type_key], leaf]))
        return None

    def is_generated(self, type_key: str) -> bool:
        """Return whether this run writes the type, and it is not mapped to another."""
        return type_key in self.declared and type_key not in self.ty_map

    def of_directive(self, text: str) -> str:
        """Return a type that a directive names: a path is brought into scope, a name is there."""
        return self.imports.record(text) if "::" in text else text

    def of_origin(self, origin: str, type_key: str | None = None) -> str | None:
        """Return the type of a schema without its arguments; None if it has none."""
        if origin in RUST_UNSUPPORTED_ORIGINS:
            return None
        if origin == "Any":
            return self.imports.record(ANY_PATH)
        key = type_key or origin
        if key not in self.ty_map and "." not in key:
            return None
        name = self.of_key(key)
        if name is None and not is_crate_type_key(key) and not _is_c_type(key):
            return self.provided(key)
        return name

    def provided(self, type_key: str, suffix: str = "") -> str:
        """Return what :meth:`of_key` does; if nobody provides the type, note it and name it."""
        name = self.of_key(type_key, suffix)
        if name is None:
            self.missing.add(type_key)
            name = type_key.rpartition(".")[2] + suffix
        return name

    def _in_scope(self, path: str) -> str:
        """Return how the module names a path."""
        module, _, leaf = path.rpartition("::")
        return leaf if module == "::".join(self.module) else self.imports.record(path)

    # ---- values and fields ----------------------------------------------------------------------

    def value_type(self, schema: TypeSchema) -> str | None:
        """Return the type of a value that passes through the ABI; None for values of any type."""
        return render_rust_type(schema, self.of_origin)

    def field_type(self, owner: str, field: NamedTypeSchema) -> str | None:
        """Return the type of the layout of a field; None if there is none.

        Raises
        ------
        ValueError
            If a directive does not fit the bytes of the field.

        """
        directives = self.imports.directives
        target = f"{owner}.{field.name}"
        if target in directives.enums:
            spec = directives.enums[target]
            _check_width(target, field, spec.repr)
            return spec.name
        if target in directives.field_types:
            name = self.of_directive(directives.field_types[target])
            _check_width(target, field, name)
        else:
            native = self._native_type(field)
            if native is None:
                return None
            name = native
        if target not in directives.nullable:
            return name
        if field.size != RUST_POINTER_SIZE:
            raise ValueError(
                f"`nullable` directive on `{target}`: the field is {field.size} bytes, not a "
                "pointer-sized object reference"
            )
        return optional(name)

    def _native_type(self, field: NamedTypeSchema) -> str | None:
        """Return what the schema and the size of a field say about its type."""
        if field.origin == "Optional":
            return self._optional_type(field)
        scalar = RUST_SCALAR_BY_SIZE.get((field.origin, field.size or 0))
        return scalar or self.value_type(field)

    def _optional_type(self, field: NamedTypeSchema) -> str | None:
        """Return the type of an optional field: a cell or a nullable pointer, by its payload."""
        assert field.args
        payload = field.args[0]
        if payload.origin == "Any":
            return None
        is_cell = (
            payload.origin in RUST_ANY_BACKED_OPTIONAL_PAYLOADS or payload.origin == "Optional"
        )
        expected = RUST_OPTIONAL_FIELD_SIZE if is_cell else RUST_OBJECT_OPTIONAL_FIELD_SIZE
        name = self.value_type(payload)
        if name is None or field.size != expected:
            return None
        return f"{self.imports.record(RUST_OPTIONAL_PATH) if is_cell else 'Option'}<{name}>"


def optional(name: str) -> str:
    """Return the type of what may be null, which the type itself may say already."""
    return name if name.startswith("Option<") else f"Option<{name}>"


def _is_c_type(origin: str) -> bool:
    """Return whether an origin is a type of C, which objects of the registry are not."""
    return origin.startswith("ctypes.")


def _check_width(target: str, field: NamedTypeSchema, name: str) -> None:
    """Check that a scalar has the size of the field that a directive gives it to."""
    width = RUST_SCALAR_WIDTHS.get(name)
    if width is not None and field.size is not None and width != field.size:
        raise ValueError(
            f"Directive on `{target}` maps a {field.size}-byte field to `{name}` ({width} bytes)"
        )
