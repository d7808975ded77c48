# SPDX-License-Identifier: Apache-2.0
"""Reading a ``TypeSchema`` from the JSON that reflected members carry."""

from __future__ import annotations

from typing import Any

from ._type_schema import RETAINED_TYPE_KEYS, SCHEMA_ORIGIN_CONVERTER, TypeSchema


def from_json_obj(obj: Any) -> TypeSchema:
    """Return the schema that a JSON object describes."""
    if not isinstance(obj, dict) or "type" not in obj:
        raise TypeError(f"expected schema dict with 'type' key, got {type(obj).__name__}")
    name = obj["type"]
    if not isinstance(name, str):
        raise TypeError("schema type must be a string")
    origin = SCHEMA_ORIGIN_CONVERTER.get(name, name)
    args, groups = _read_args(name, obj), _read_groups(obj)
    return TypeSchema(
        origin,
        args,
        fallback=from_json_obj(obj["fallback"]) if "fallback" in obj else None,
        named_args=groups,
        type_key=name if name in RETAINED_TYPE_KEYS else None,
    )


def _read_args(name: str, obj: dict[str, Any]) -> tuple[TypeSchema, ...] | None:
    """Read the positional arguments; array lengths among them are no types."""
    args = obj.get("args")
    if not isinstance(args, (list, tuple)):
        return None
    if name == "std::function" and len(args) == 2 and isinstance(args[1], list):
        args = [args[0], *args[1]]
    return tuple(from_json_obj(arg) for arg in args if isinstance(arg, dict))


def _read_groups(obj: dict[str, Any]) -> dict[str, tuple[TypeSchema, ...]] | None:
    """Read the named groups."""
    if "named_args" not in obj:
        return None
    groups = obj["named_args"]
    if not isinstance(groups, dict):
        raise TypeError("named_args must be a map of names to type lists")
    read = {}
    for name, schemas in groups.items():
        if not isinstance(schemas, list):
            raise TypeError("named_args must map names to type lists")
        if not all(isinstance(schema, dict) for schema in schemas):
            raise TypeError("named_args lists must contain type schemas")
        read[name] = tuple(from_json_obj(schema) for schema in schemas)
    return read
