# SPDX-License-Identifier: Apache-2.0
"""Reading a ``TypeSchema`` from a Python annotation."""

from __future__ import annotations

import collections.abc
import ctypes
import typing
from typing import Any

from . import core
from ._type_schema import TYPE_INDEX_TO_ORIGIN, TypeSchema

_SCALARS = {
    None: "None",
    type(None): "None",
    Any: "Any",
    bool: "bool",
    int: "int",
    float: "float",
    str: "str",
    bytes: "bytes",
    list: "List",
    dict: "Dict",
    tuple: "tuple",
    collections.abc.Callable: "Callable",
    typing.Callable: "Callable",
    ctypes.c_void_p: "ctypes.c_void_p",
    core.DataType: "dtype",
    core.Device: "Device",
}
# Registered container classes by their number of arguments.
_CLASS_ARGS = {"Array": 1, "List": 1, "Map": 2, "Dict": 2}


def from_annotation(annotation: Any) -> TypeSchema:
    """Return the schema of an annotation; TypeError when it has none."""
    origin = _scalar_origin(annotation)
    if origin is not None:
        return TypeSchema(origin)
    if isinstance(annotation, type) and typing.get_origin(annotation) is None:
        return _from_class(annotation)
    return _from_generic(annotation, typing.get_origin(annotation), typing.get_args(annotation))


def _scalar_origin(annotation: Any) -> str | None:
    """Return the origin of an annotation that needs no further reading."""
    try:
        return _SCALARS.get(annotation)
    except TypeError:  # unhashable
        return None


def _refuse(annotation: Any) -> typing.NoReturn:
    raise TypeError(f"Cannot convert {annotation!r} to TypeSchema")


def _from_class(cls: type) -> TypeSchema:
    """Read a class without arguments."""
    if issubclass(cls, core.CObject):
        return annotation_cobject(cls, ())
    if issubclass(cls, core.PyNativeObject):
        for base in (str, bytes):
            if issubclass(cls, base):
                return TypeSchema(base.__name__)
    elif cls is core._CLASS_DTYPE:
        return TypeSchema("dtype")
    elif cls is core._CLASS_DEVICE:
        return TypeSchema("Device")
    elif hasattr(cls, "__dlpack__"):
        return TypeSchema("Tensor")
    _refuse(cls)


def _from_generic(annotation: Any, origin: Any, args: tuple[Any, ...]) -> TypeSchema:
    """Read a generic alias such as ``list[int]``."""
    if origin is typing.Union or _is_union_type(origin):
        return annotation_union(args)
    if origin is collections.abc.Callable:
        return _from_callable(args)
    if origin is tuple:
        return _from_tuple(args)
    if origin is list:
        if len(args) > 1:
            raise TypeError(f"list takes at most 1 type argument, got {len(args)}")
        return TypeSchema("List", _read_all(args))
    if origin is dict:
        if len(args) not in {0, 2}:
            raise TypeError(f"dict requires 0 or 2 type arguments, got {len(args)}")
        return TypeSchema("Dict", _read_all(args))
    if isinstance(origin, type) and issubclass(origin, core.CObject):
        return annotation_cobject(origin, args)
    return _refuse(annotation)


def _is_union_type(origin: Any) -> bool:
    """Return whether ``origin`` is that of ``int | str``, which Python 3.9 lacks."""
    import types  # noqa: PLC0415

    return origin is not None and origin is getattr(types, "UnionType", None)


def _read_all(args: tuple[Any, ...]) -> tuple[TypeSchema, ...]:
    return tuple(from_annotation(arg) for arg in args)


def _from_callable(args: tuple[Any, ...]) -> TypeSchema:
    """Read ``Callable[[P, Q], R]``; other parameters than a list are any parameters."""
    if not args:
        return TypeSchema("Callable")
    params, result = args
    groups: dict[str, tuple[TypeSchema, ...]] = {"return": (from_annotation(result),)}
    if isinstance(params, list):
        groups["params"] = _read_all(tuple(params))
    return TypeSchema("Callable", named_args=groups)


def _from_tuple(args: tuple[Any, ...]) -> TypeSchema:
    """Read ``tuple[A, B]``, ``tuple[()]`` or the homogeneous ``tuple[T, ...]``."""
    if len(args) == 2 and args[1] is ...:
        return TypeSchema("Array", (from_annotation(args[0]),))
    if args == ((),):  # how Python before 3.11 spells the empty tuple
        args = ()
    return TypeSchema("tuple", _read_all(args))


def annotation_union(args: tuple[Any, ...]) -> TypeSchema:
    """Return the schema of a union; ``NoneType`` among the members makes it optional."""
    members = tuple(arg for arg in args if arg is not type(None))
    schemas = _read_all(members)
    if members == args:
        return TypeSchema("Union", schemas)
    inner = schemas[0] if len(schemas) == 1 else TypeSchema("Union", schemas)
    return TypeSchema("Optional", (inner,))


def annotation_cobject(cls: type, targs: tuple[Any, ...]) -> TypeSchema:
    """Return the schema of a registered class with the given arguments."""
    info = core._type_cls_to_type_info(cls)
    if info is None:
        raise TypeError(
            f"CObject subclass {cls!r} is not registered in TYPE_CLS_TO_INFO; "
            "use @register_object to register it"
        )
    origin = TYPE_INDEX_TO_ORIGIN.get(info.type_index, info.type_key)
    expected = _CLASS_ARGS.get(origin)
    if targs and expected is not None and len(targs) != expected:
        plural = "" if expected == 1 else "s"
        raise TypeError(f"{origin} requires {expected} type argument{plural}, got {len(targs)}")
    return TypeSchema(origin, _read_all(targs), origin_type_index=info.type_index)
