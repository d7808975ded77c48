# SPDX-License-Identifier: Apache-2.0
"""Object types of any layout: descriptions, and their registration through the C ABI.

The registry keeps what is registered for the life of a process, and nothing can read the fields of
such types, so register them in a process of its own.
"""

from __future__ import annotations

import ctypes
import dataclasses
import json
import re
from typing import Any


@dataclasses.dataclass
class NativeField:
    """A field; ``offset`` counts from the object header, ``schema`` is as C++ spells types."""

    name: str
    schema: str
    size: int
    offset: int
    alignment: int

    @property
    def end(self) -> int:
        return self.offset + self.size


@dataclasses.dataclass
class NativeType:
    """A type, with its own fields in the order of registration."""

    key: str
    fields: list[NativeField]
    total_size: int | None
    parent: str = "ffi.Object"
    final: bool | None = False


def lay_out(key: str, *fields: tuple, start: int = 24, **options: Any) -> NativeType:
    """Describe a type as a compiler lays it out behind ``start`` bytes of its parent.

    A field is ``(name, schema, size)``, or ``(name, schema, size, offset)`` to place it by hand.
    ``total_size`` follows from the fields unless it is among the options.
    """
    placed = []
    cursor = start
    for name, schema, size, *offset in fields:
        alignment = min(size, 8)
        cursor = offset[0] if offset else -(-cursor // alignment) * alignment
        placed.append(NativeField(name, schema, size, cursor, alignment))
        cursor += size
    end = max([start, *(field.end for field in placed)])
    options.setdefault("total_size", -(-end // 8) * 8)
    return NativeType(key, placed, **options)


def schema_json(text: str) -> dict[str, Any]:
    """Return the JSON object of a type as C++ spells it, ``ffi.Map<ffi.String, int>``."""
    tokens = re.findall(r"[<>,]|[^<>,\s]+", text)

    def parse() -> dict[str, Any]:
        schema: dict[str, Any] = {"type": tokens.pop(0)}
        if tokens and tokens[0] == "<":
            schema["args"] = []
            while tokens.pop(0) != ">":
                schema["args"].append(parse())
        return schema

    return parse()


# ---- the C ABI ----------------------------------------------------------------------------------


class _Text(ctypes.Structure):
    _fields_ = (("data", ctypes.c_char_p), ("size", ctypes.c_size_t))

    def __init__(self, text: str = "") -> None:
        data = text.encode()
        super().__init__(data, len(data))


class _Any(ctypes.Structure):
    _fields_ = (
        ("type_index", ctypes.c_int32),
        ("padding", ctypes.c_uint32),
        ("value", ctypes.c_int64),
    )


_ACCESSOR = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
_NO_ACCESS = _ACCESSOR(lambda field, value: -1)
_WRITABLE = 2
_BOOL = 2


class _FieldInfo(ctypes.Structure):
    _fields_ = (
        ("name", _Text),
        ("doc", _Text),
        ("metadata", _Text),
        ("flags", ctypes.c_int64),
        ("size", ctypes.c_int64),
        ("alignment", ctypes.c_int64),
        ("offset", ctypes.c_int64),
        ("getter", _ACCESSOR),
        ("setter", _ACCESSOR),
        ("default", _Any),
        ("static_type_index", ctypes.c_int32),
    )


class _Metadata(ctypes.Structure):
    _fields_ = (
        ("doc", _Text),
        ("creator", ctypes.c_void_p),
        ("total_size", ctypes.c_int32),
        ("structural_kind", ctypes.c_int32),
    )


class _TypeInfo(ctypes.Structure):
    _fields_ = (("type_index", ctypes.c_int32), ("type_depth", ctypes.c_int32))


def register(native: NativeType) -> None:
    """Register a type in this process, whose package may be this one or the published one."""
    import tvm_ffi  # noqa: F401

    library = ctypes.CDLL("libtvm_ffi.so")  # the one that the package has loaded
    library.TVMFFIGetTypeInfo.restype = ctypes.POINTER(_TypeInfo)
    key, parent_key, parent = _Text(native.key), _Text(native.parent), ctypes.c_int32()
    _check(library.TVMFFITypeKeyToIndex(ctypes.byref(parent_key), ctypes.byref(parent)))
    depth = library.TVMFFIGetTypeInfo(parent).contents.type_depth + 1
    index = library.TVMFFITypeGetOrAllocIndex(ctypes.byref(key), -1, depth, 0, -1, parent)
    for field in native.fields:
        metadata = json.dumps({"type_schema": json.dumps(schema_json(field.schema))})
        info = _FieldInfo(
            name=_Text(field.name),
            metadata=_Text(metadata),
            flags=_WRITABLE,
            size=field.size,
            alignment=field.alignment,
            offset=field.offset,
            getter=_NO_ACCESS,
            setter=_NO_ACCESS,
            static_type_index=-1,
        )
        _check(library.TVMFFITypeRegisterField(index, ctypes.byref(info)))
    if native.total_size is not None:
        metadata_info = _Metadata(total_size=native.total_size)
        _check(library.TVMFFITypeRegisterMetadata(index, ctypes.byref(metadata_info)))
    if native.final is not None:
        name, value = _Text("__ffi_type_final__"), _Any(_BOOL, 0, int(native.final))
        _check(library.TVMFFITypeRegisterAttr(index, ctypes.byref(name), ctypes.byref(value)))


def _check(status: int) -> None:
    assert status == 0, "the registration failed"
