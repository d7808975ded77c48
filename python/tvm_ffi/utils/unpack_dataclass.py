# SPDX-License-Identifier: Apache-2.0
"""Dataclasses of the standard library as tuples of their fields.

What can be known of a class from its annotations is worked out once: its schema maps each field to
None when the value is taken as it is, to ``"unpack"`` when only the value at run time tells, and to
the nested schema when it is another dataclass. From the schema a converter is compiled, per thread.
"""

from __future__ import annotations

import dataclasses
import keyword
import sys
import threading
import types
import typing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Union

    DataclassToTupleSchema = dict[str, Union[str, "DataclassToTupleSchema", None]]

UNPACK = "unpack"

_LEAF_TYPES = frozenset({int, float, str, bool, bytes, complex, type(None)})
_LEAF_ORIGINS = {tuple, dict, set, frozenset, typing.Union}
if sys.version_info >= (3, 10):
    _LEAF_ORIGINS.add(types.UnionType)

# ``converters``: what unpacks values of a type, None for a type whose values are taken as they are.
_per_thread = threading.local()


def _is_leaf(annotation: Any) -> bool:
    """Return whether values of an annotation never contain a dataclass."""
    if annotation is Ellipsis or (isinstance(annotation, type) and annotation in _LEAF_TYPES):
        return True
    arguments = typing.get_args(annotation)
    return (
        typing.get_origin(annotation) in _LEAF_ORIGINS
        and bool(arguments)
        and all(_is_leaf(each) for each in arguments)
    )


def _extract_dataclass_to_tuple_schema(
    cls: type, *, memo: set[type] | None = None
) -> DataclassToTupleSchema:
    """Return the schema of a dataclass; ``memo`` holds the classes that are being expanded."""
    if not (isinstance(cls, type) and dataclasses.is_dataclass(cls)):
        raise TypeError(f"Expected a dataclass class, got {cls!r}")
    memo = (memo or set()) | {cls}
    try:
        hints = typing.get_type_hints(cls)
    except (NameError, TypeError, AttributeError):  # names that can't be resolved from here
        hints = {}
    schema: DataclassToTupleSchema = {}
    for field in dataclasses.fields(cls):
        annotation = hints.get(field.name, field.type)
        if _is_leaf(annotation):
            schema[field.name] = None
        elif (
            isinstance(annotation, type)
            and dataclasses.is_dataclass(annotation)
            and annotation not in memo
        ):
            schema[field.name] = _extract_dataclass_to_tuple_schema(annotation, memo=memo)
        else:
            schema[field.name] = UNPACK
    return schema


def _validate_dataclass_to_tuple_schema(schema: Any) -> None:
    """Require that names of a schema can stand in generated code."""
    if not isinstance(schema, dict):
        raise TypeError(f"DataclassToTupleSchema must be a dict, got {type(schema).__name__}")
    for name, entry in schema.items():
        if not isinstance(name, str):
            raise TypeError(f"Schema field name must be a string, got {type(name).__name__}")
        if not name.isidentifier():
            raise ValueError(f"Schema field name {name!r} is not a valid Python identifier")
        if keyword.iskeyword(name):
            raise ValueError(f"Schema field name {name!r} is a Python keyword")
        if entry is not None and entry != UNPACK:
            _validate_dataclass_to_tuple_schema(entry)


def _tuple_source(value: str, schema: DataclassToTupleSchema) -> str:
    """Return the source of the tuple of a dataclass that the expression ``value`` gives."""
    items = []
    for name, entry in schema.items():
        item = f"{value}.{name}"
        if entry == UNPACK:
            item = f"unpack({item})"
        elif isinstance(entry, dict):
            item = _tuple_source(item, entry)
        items.append(f"{item}, ")
    return f"({''.join(items)})"


def _unpack_items(x: Any) -> Any:
    """Rebuild a list or tuple with unpacked elements."""
    items = (unpack_dataclass_to_tuple(item) for item in x)
    return type(x)(*items) if hasattr(x, "_fields") else type(x)(items)


def _unpack_values(x: dict[Any, Any]) -> dict[Any, Any]:
    """Return a plain dictionary with unpacked values."""
    return {key: unpack_dataclass_to_tuple(value) for key, value in x.items()}


def _make_converter(cls: type) -> Callable[[Any], Any] | None:
    """Return the function that unpacks values of a type, None when there is nothing to unpack."""
    if dataclasses.is_dataclass(cls):
        schema = _extract_dataclass_to_tuple_schema(cls)
        _validate_dataclass_to_tuple_schema(schema)
        source = f"lambda x: {_tuple_source('x', schema)}"
        converter: Callable[[Any], Any] = eval(source, {"unpack": unpack_dataclass_to_tuple})
        return converter
    if issubclass(cls, (list, tuple)):
        return _unpack_items
    if issubclass(cls, dict):
        return _unpack_values
    return None


def unpack_dataclass_to_tuple(x: Any) -> Any:
    """Return a value with every dataclass instance in it replaced by the tuple of its fields.

    Parameters
    ----------
    x
        A dataclass instance, or lists, tuples and dictionaries that may hold some; other values,
        FFI objects among them, come back as they are. Nothing is copied but what contains the
        replaced.

    Examples
    --------
    .. code-block:: python

        @dataclasses.dataclass
        class Point:
            x: int
            y: int

        assert unpack_dataclass_to_tuple([Point(1, 2)]) == [(1, 2)]

    """
    cls = type(x)
    try:
        convert = _per_thread.converters[cls]
    except (AttributeError, KeyError):
        convert = _make_converter(cls)
        vars(_per_thread).setdefault("converters", {})[cls] = convert
    return x if convert is None else convert(x)


__all__ = ["unpack_dataclass_to_tuple"]
