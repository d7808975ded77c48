# SPDX-License-Identifier: Apache-2.0
"""Functions on instances of FFI dataclasses, as the standard module has for its own."""

from __future__ import annotations

from ..container import Array, Dict, List, Map

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any, TypeVar

    from ..core import TypeInfo
    from .field import Field

    _T = TypeVar("_T")

# Values of exactly these types are their own conversion.
_ATOMIC_TYPES = frozenset(
    {bool, bytes, complex, float, int, str, type(None), type(...), type(NotImplemented)}
)


def is_dataclass(obj: Any) -> bool:
    """Return whether a class, or the class of an instance, was made by ``c_class``/``py_class``."""
    cls = obj if isinstance(obj, type) else type(obj)
    return getattr(cls, "__ffi_is_dataclass__", False) is True


def _is_ffi_dataclass_instance(obj: Any) -> bool:
    return not isinstance(obj, type) and is_dataclass(obj)


def fields(obj_or_cls: Any) -> tuple[Field, ...]:
    """Return the fields of a dataclass or of an instance, those of its parents first.

    Raises
    ------
    TypeError
        If it is no FFI dataclass.

    """
    if not is_dataclass(obj_or_cls):
        raise TypeError(
            "fields() argument must be a c_class or py_class type or instance, "
            f"got {type(obj_or_cls).__name__}"
        )
    return tuple(_iter_fields(obj_or_cls.__tvm_ffi_type_info__))


def _iter_fields(type_info: TypeInfo) -> Iterator[Field]:
    if type_info.parent_type_info is not None:
        yield from _iter_fields(type_info.parent_type_info)
    for type_field in type_info.fields or ():
        if type_field.dataclass_field is not None:
            yield type_field.dataclass_field


def replace(obj: _T, /, **changes: Any) -> _T:
    """Return a copy of an object with some fields changed; no ``__init__`` runs."""
    changed: _T = obj.__replace__(**changes)  # type: ignore[attr-defined]
    return changed


# ---- conversion to plain Python values ----------------------------------------------------------


def asdict(obj: Any, *, dict_factory: Callable[[Any], Any] = dict) -> Any:
    """Convert an instance and everything in it to Python dictionaries and lists.

    Parameters
    ----------
    obj
        Instance of a dataclass.
    dict_factory
        Makes a mapping of a list of pairs, for dataclasses and for FFI mappings.

    Raises
    ------
    TypeError
        If ``obj`` is no instance of an FFI dataclass.

    """
    if not _is_ffi_dataclass_instance(obj):
        raise TypeError("asdict() should be called on c_class / py_class instances")
    return _asdict_inner(obj, dict_factory)


def astuple(obj: Any, *, tuple_factory: Callable[[Any], Any] = tuple) -> Any:
    """Convert an instance and everything in it to Python tuples and lists.

    Parameters
    ----------
    obj
        Instance of a dataclass.
    tuple_factory
        Makes the result for the list of a dataclass's values.

    Raises
    ------
    TypeError
        If ``obj`` is no instance of an FFI dataclass.

    """
    if not _is_ffi_dataclass_instance(obj):
        raise TypeError("astuple() should be called on c_class / py_class instances")
    return _astuple_inner(obj, tuple_factory)


def _asdict_inner(obj: Any, dict_factory: Callable[[Any], Any]) -> Any:
    """Convert any value as :func:`asdict` does."""
    return _to_python(obj, dict_factory, dict_factory)


def _astuple_inner(obj: Any, tuple_factory: Callable[[Any], Any]) -> Any:
    """Convert any value as :func:`astuple` does."""
    return _to_python(obj, lambda pairs: tuple_factory([value for _, value in pairs]), dict)


def _to_python(
    obj: Any, from_fields: Callable[[Any], Any], from_items: Callable[[Any], Any]
) -> Any:
    """Convert a value; both callables get pairs, of a dataclass or of an FFI mapping."""

    def convert(value: Any) -> Any:
        if type(value) in _ATOMIC_TYPES:
            return value
        if isinstance(value, (Array, List)):
            return [convert(element) for element in value]
        if isinstance(value, (Map, Dict)):
            return from_items([(convert(key), convert(item)) for key, item in value.items()])
        if _is_ffi_dataclass_instance(value):
            return from_fields([(f.name, convert(getattr(value, f.name))) for f in fields(value)])
        if isinstance(value, (list, tuple, dict)):
            return _rebuild(value, convert)
        import copy  # noqa: PLC0415

        return copy.deepcopy(value)

    return convert(obj)


def _rebuild(value: Any, convert: Callable[[Any], Any]) -> Any:
    """Return a Python container of the same class with converted contents."""
    cls = type(value)
    if isinstance(value, dict):
        items = [(convert(key), convert(item)) for key, item in value.items()]
        if not hasattr(value, "default_factory"):
            return cls(items)
        return cls(value.default_factory, items)  # pyright: ignore[reportAttributeAccessIssue]
    elements = [convert(element) for element in value]
    return cls(*elements) if hasattr(cls, "_fields") else cls(elements)


# ---- named tuples -------------------------------------------------------------------------------


def _make_namedtuple(typename: str, fields: Sequence[Field]) -> Any:
    """Return a named tuple class whose elements are converted like the fields."""
    from collections import namedtuple  # noqa: PLC0415

    make_class: Any = namedtuple
    cls = make_class(typename, [field.name for field in fields])
    plain_new, plain_make = cls.__new__, cls._make

    def converted(values: Iterable[Any]) -> Iterator[Any]:
        for field, value in zip(fields, values):
            yield _convert_element(typename, field, value)

    def checked_new(cls: type, *args: Any, **kwargs: Any) -> Any:
        return tuple.__new__(cls, converted(plain_new(cls, *args, **kwargs)))

    def checked_make(cls: type, iterable: Iterable[Any]) -> Any:
        return tuple.__new__(cls, converted(plain_make.__func__(cls, iterable)))

    import functools  # noqa: PLC0415

    cls.__new__ = functools.wraps(plain_new)(checked_new)
    cls._make = classmethod(functools.wraps(plain_make.__func__)(checked_make))
    cls.__annotations__ = {field.name: field.type for field in fields if field.type is not None}
    return cls


def _convert_element(typename: str, field: Field, value: Any) -> Any:
    """Convert a value by the field's schema, else by the schema of its annotation."""
    from .. import core  # noqa: PLC0415

    schema = field._ty_schema
    if schema is None:
        schema = core.TypeSchema.from_annotation(field.type)
    try:
        return core._to_py_class_value(schema.convert(value))
    except TypeError as error:
        raise TypeError(f"{typename}.{field.name}: {error}") from None


__all__ = ["asdict", "astuple", "fields", "is_dataclass", "replace"]
