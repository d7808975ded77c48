# SPDX-License-Identifier: Apache-2.0
"""Fields and methods of types that Python defines.

Everything that can be refused is worked out before the native table, which only grows, is changed.
"""

from __future__ import annotations

import sys
from typing import Any

from . import core
from ._type_schema import ORIGIN_NATIVE_LAYOUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_HEADER_SIZE = 24

# Bits of the flags of a native field record.
_WRITABLE = 1 << 0
_HAS_DEFAULT = 1 << 1
_DEFAULT_FROM_FACTORY = 1 << 5
_REPR_OFF = 1 << 6
_COMPARE_OFF = 1 << 7
_HASH_OFF = 1 << 8
_INIT_OFF = 1 << 9
_KW_ONLY = 1 << 10
_SETTER_IS_FUNCTION = 1 << 11
_STRUCTURAL = {"ignore": 1 << 3, "def-pattern": 1 << 4, "def": 1 << 4, "def-simple": 1 << 12}

# Every origin without a layout of its own is an object pointer.
_OBJECT_LAYOUT = (8, 8, 64)


def _align(offset: int, alignment: int) -> int:
    return (offset + alignment - 1) // alignment * alignment


def _fields_begin(info: core.TypeInfo) -> int:
    """Return where a C++ compiler would place the first member of a derived class.

    Padding at the end of the parent is reused, except on Windows and when the parent has members
    that are not reflected.
    """
    parent = info.parent_type_info
    if sys.platform == "win32":
        return max(parent.total_size, _HEADER_SIZE)
    end, native_size = _HEADER_SIZE, _HEADER_SIZE
    while parent is not None:
        native_size = max(native_size, core._native_total_size(parent.type_index) or 0)
        for field in parent.fields or ():
            end = max(end, field.offset + field.size)
        parent = parent.parent_type_info
    return native_size if native_size > _align(end, 8) else end


def _flags_of(field: Any) -> int:
    """Return the flags of the native record of a field."""
    flags = _WRITABLE | _SETTER_IS_FUNCTION
    if field.default is not core.MISSING:
        flags |= _HAS_DEFAULT
    elif field.default_factory is not core.MISSING:
        flags |= _HAS_DEFAULT | _DEFAULT_FROM_FACTORY
    for switched_off, flag in (
        (not field.init, _INIT_OFF),
        (not field.repr, _REPR_OFF),
        (not field.hash, _HASH_OFF),
        (not field.compare, _COMPARE_OFF),
        (field.kw_only, _KW_ONLY),
    ):
        if switched_off:
            flags |= flag
    return flags | _STRUCTURAL.get(field.structural_eq, 0)


def _plan_field(field: Any, end: int) -> dict[str, Any]:
    """Return the native record of a field that is placed at or after ``end``."""
    import json  # noqa: PLC0415

    schema = field._ty_schema
    size, alignment, static_index = ORIGIN_NATIVE_LAYOUT.get(schema.origin, _OBJECT_LAYOUT)
    default = field.default if field.default is not core.MISSING else field.default_factory
    if not isinstance(field.name, str):
        raise TypeError(f"a field name must be a str, got {type(field.name).__name__}")
    return {
        "name": field.name,
        "doc": field.doc or "",
        "metadata": json.dumps({"type_schema": schema.to_json()}),
        "flags": _flags_of(field),
        "size": size,
        "alignment": alignment,
        "offset": _align(end, alignment),
        "static_index": static_index,
        "default_value": None if default is core.MISSING else core.CAny(default),
        "converter": schema._converter,
    }


def _plan_fields(info: core.TypeInfo, fields: list[Any]) -> list[dict[str, Any]]:
    """Return the native records of all fields, or raise what is wrong with one."""
    end = _fields_begin(info)
    records: list[dict[str, Any]] = []
    seen = set()
    for field in fields:
        record = _plan_field(field, end)
        if record["name"] in seen:
            raise RuntimeError(f'Duplicate field name "{record["name"]}" in type "{info.type_key}"')
        seen.add(record["name"])
        end = record["offset"] + record["size"]
        records.append(record)
    return records


def register_fields(
    info: core.TypeInfo, fields: Iterable[Any], structure_kind: int | None
) -> list[core.TypeField]:
    """Register the fields of a type and return their descriptions."""
    if structure_kind is not None and not isinstance(structure_kind, int):
        raise TypeError("an integer is required")
    fields = list(fields)
    records = _plan_fields(info, fields)
    end = max([_fields_begin(info), *(r["offset"] + r["size"] for r in records)])
    for record in records:
        core._register_native_field(info.type_index, **record)
    core._finish_fields(info.type_index, _align(end, 8), structure_kind or 0)
    described = core._read_back_fields(info.type_index)
    for native, field in zip(described, fields):
        native.ty = field._ty_schema
        native.frozen = bool(field.frozen)
        # The table holds what marshaling made of them.
        native.c_default, native.c_default_factory = field.default, field.default_factory
        native.c_structural_eq = field.structural_eq
    return described


def register_methods(
    info: core.TypeInfo, methods: Iterable[tuple[Any, ...]], type_attr_names: Any
) -> None:
    """Register methods and type attributes given as (name, value, is_static, metadata)."""
    methods = list(methods)
    for name, value, is_static, metadata in methods:
        if name in type_attr_names:
            # Index 0 belongs to no object: this only makes sure that readers find the column.
            core._register_type_attr(0, name, None)
            core._register_type_attr(info.type_index, name, value)
        else:
            core._register_native_method(
                info.type_index, name, metadata or "", value, bool(is_static)
            )
