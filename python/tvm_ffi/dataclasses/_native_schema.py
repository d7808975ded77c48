# SPDX-License-Identifier: Apache-2.0
"""Check that a native field has the C++ representation that its schema stands for.

Schemas are normalized: ``std::vector``, ``DLTensor*`` and ``std::optional`` read as Array, Tensor
and Optional. A C++ view of a field must know what is stored, so these aliases are told apart by the
raw schema that C++ registered.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..core import TypeField, TypeInfo, TypeSchema

# Raw names of the types that are stored by value, or whose reference class owns the object.
_OWNING_TYPES = {
    "int": ("int",),
    "float": ("float",),
    "bool": ("bool",),
    "ctypes.c_void_p": ("void*",),
    "dtype": ("DataType",),
    "Device": ("Device",),
    "Any": ("Any",),
    "str": ("ffi.String", "ffi.SmallStr"),
    "bytes": ("ffi.Bytes", "ffi.SmallBytes"),
    "Callable": ("ffi.Function",),
    "Tensor": ("ffi.Tensor",),
}

_CONTAINER_TYPES = {
    "Array": "ffi.Array",
    "List": "ffi.List",
    "Map": "ffi.Map",
    "Dict": "ffi.Dict",
    "tuple": "Tuple",
    "Optional": "Optional",
    "Union": "Variant",
}

_FIRST_OBJECT_INDEX = 64


def _raw_schema(field: TypeField, owner: TypeInfo) -> dict[str, Any]:
    """Return the schema of a field as C++ registered it."""
    name = f"{owner.type_key}.{field.name}"
    raw = (field.metadata or {}).get("type_schema")
    if isinstance(raw, str):
        import json  # noqa: PLC0415

        try:
            raw = json.loads(raw)
        except ValueError as error:
            raise ValueError(f"Invalid raw type schema for {name}: {raw!r}") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("type"), str):
        raise ValueError(f"Missing raw type schema for native field {name}")
    return raw


def _check_arguments(raw: dict[str, Any], schema: TypeSchema) -> None:
    arguments, expected = raw.get("args", []), schema.args
    if not isinstance(arguments, list) or expected is None or len(arguments) != len(expected):
        raise ValueError(f"raw schema {raw} does not match normalized schema {schema}")
    for argument, each in zip(arguments, expected):
        _check(argument, each)


def _check(raw: Any, schema: Any) -> None:
    """Require that a raw schema is the canonical one of a normalized schema."""
    if not isinstance(raw, dict) or not isinstance(raw.get("type"), str):
        raise ValueError(f"invalid nested raw schema {raw!r}")
    raw_type, origin = raw["type"], schema.origin
    normalized = f"native schema origin {raw_type!r} normalizes to {origin!r}"
    if origin in _OWNING_TYPES:
        if raw_type not in _OWNING_TYPES[origin]:
            raise ValueError(f"{normalized} but does not have the canonical owning representation")
    elif origin in _CONTAINER_TYPES:
        if raw_type != _CONTAINER_TYPES[origin]:
            raise ValueError(
                f"{normalized} but is not the canonical {_CONTAINER_TYPES[origin]!r} carrier"
            )
        _check_arguments(raw, schema)
    elif schema.origin_type_index < _FIRST_OBJECT_INDEX:
        raise ValueError(f"unsupported native raw schema {raw}")
    else:
        key = "ffi.Object" if origin == "Object" else origin
        if raw_type != key:
            raise ValueError(f"native object schema origin {raw_type!r} does not match {key!r}")


def check_native_schema(field: TypeField, schema: TypeSchema, owner: TypeInfo) -> None:
    """Require that a field of a native type stores what its schema says.

    Raises
    ------
    ValueError
        If C++ registered another representation, or none.

    """
    _check(_raw_schema(field, owner), schema)
