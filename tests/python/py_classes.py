# SPDX-License-Identifier: Apache-2.0
"""Types defined in Python by the functions below the class decorators."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

import tvm_ffi
from tvm_ffi import core, registry

_numbers = itertools.count()


def field(name: str, schema: core.TypeSchema | str, **options: Any) -> SimpleNamespace:
    """Describe a field as the class decorators do."""
    values = {
        "name": name,
        "_ty_schema": core.TypeSchema(schema) if isinstance(schema, str) else schema,
        "doc": None,
        "default": core.MISSING,
        "default_factory": core.MISSING,
        "init": True,
        "repr": True,
        "hash": True,
        "compare": True,
        "kw_only": False,
        "frozen": False,
        "structural_eq": None,
    }
    return SimpleNamespace(**{**values, **options})


def new_key() -> str:
    """Return a type key that nobody used."""
    return f"test_schema.Class{next(_numbers)}"


def declare(parent: type = tvm_ffi.Object, key: str | None = None) -> tuple[type, core.TypeInfo]:
    """Register a class that has no fields yet."""
    cls = type("Defined", (parent,), {"__slots__": ()})
    info = core._register_py_class(core._type_cls_to_type_info(parent), key or new_key(), cls)
    cls.__tvm_ffi_type_info__ = info
    return cls, info


def define(fields: list[Any], parent: type = tvm_ffi.Object, **options: Any) -> type:
    """Register a class with these fields."""
    cls, info = declare(parent)
    info._register_fields(fields, **options)
    registry._add_class_attrs(cls, info)
    return cls


def make(cls: type, *args: Any, **kwargs: Any) -> Any:
    """Construct an instance."""
    obj = cls.__new__(cls)
    obj.__ffi_init__(*args, **kwargs)
    return obj


def schema(annotation: Any) -> core.TypeSchema:
    return core.TypeSchema.from_annotation(annotation)


def fields_of(cls: type) -> list[core.TypeField]:
    return cls.__tvm_ffi_type_info__.fields


def box(annotation: Any) -> Any:
    """Return an object with one field ``v`` that was never assigned."""
    cls = define([field("v", schema(annotation), init=False)])
    return make(cls)


def assign(obj: Any, value: Any) -> Any:
    obj.v = value
    return obj.v
