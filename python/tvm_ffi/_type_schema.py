# SPDX-License-Identifier: Apache-2.0
"""``TypeSchema``: the type of a value as C++, Python and the stub generator write it.

Imported by ``tvm_ffi._core_types``, so it stays light; reading annotations and JSON, which few
processes do, is in ``_schema_annotation`` and ``_schema_json``.
"""

from __future__ import annotations

from functools import cached_property

from tvm_ffi import core
from tvm_ffi._lazy_dataclass import LazyDataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

ORIGIN_TYPE_INDEX_STRUCTURAL = -2
ORIGIN_TYPE_INDEX_UNKNOWN = -3

ORIGIN_TO_TYPE_INDEX = {
    "None": 0,
    "int": 1,
    "bool": 2,
    "float": 3,
    "str": 65,
    "bytes": 66,
    "Device": 6,
    "dtype": 5,
    "ctypes.c_void_p": 4,
    "Tensor": 70,
    "Object": 64,
    "Callable": 68,
    "Array": 71,
    "List": 75,
    "Map": 72,
    "Dict": 76,
    "Any": -1,
}

# Several indices share an origin: views and small values, and the integers outside int64.
TYPE_INDEX_TO_ORIGIN = {index: origin for origin, index in ORIGIN_TO_TYPE_INDEX.items()}
TYPE_INDEX_TO_ORIGIN.update(
    {7: "Tensor", 8: "str", 9: "bytes", 11: "str", 12: "bytes", 10: "Object", 78: "int"}
)

# Keys that JSON keeps although the schema calls them by the name of another type.
TYPE_INDEX_TO_RETAINED_TYPE_KEY = {78: "ffi.BigInt"}
RETAINED_TYPE_KEYS = frozenset(TYPE_INDEX_TO_RETAINED_TYPE_KEY.values())

# What C++ calls a type in JSON -> origin.
SCHEMA_ORIGIN_CONVERTER = {
    "Variant": "Union",
    "Optional": "Optional",
    "Tuple": "tuple",
    "ffi.Function": "Callable",
    "ffi.Array": "Array",
    "ffi.List": "List",
    "ffi.Map": "Map",
    "ffi.Dict": "Dict",
    "ffi.OpaquePyObject": "Any",
    "ffi.Object": "Object",
    "ffi.Tensor": "Tensor",
    "ffi.BigInt": "int",
    "DLTensor*": "Tensor",
    "void*": "ctypes.c_void_p",
    "TVMFFIByteArray*": "bytes",
    "ffi.SmallBytes": "bytes",
    "ffi.Bytes": "bytes",
    "std::string": "str",
    "const char*": "str",
    "ffi.SmallStr": "str",
    "ffi.String": "str",
    "DataType": "dtype",
    "std::vector": "Array",
    "std::optional": "Optional",
    "std::variant": "Union",
    "std::tuple": "tuple",
    "std::map": "Map",
    "std::unordered_map": "Map",
    "std::function": "Callable",
    "ObjectRValueRef": "Object",
}

# How a field of a Python-defined type is stored: (size, alignment, static type index).
ORIGIN_NATIVE_LAYOUT = {
    "int": (8, 8, 1),
    "float": (8, 8, 3),
    "bool": (1, 1, 2),
    "ctypes.c_void_p": (8, 8, 4),
    "dtype": (4, 2, 5),
    "Device": (8, 4, 6),
    "Any": (16, 8, -1),
    "str": (16, 8, -1),
    "bytes": (16, 8, -1),
    "Optional": (16, 8, -1),
    "Union": (16, 8, -1),
}

_SEQUENCE_ORIGINS = frozenset(("list", "Array", "List"))
_MAPPING_ORIGINS = frozenset(("dict", "Map", "Dict"))
_BUILTIN_CONTAINERS = frozenset(("tuple", "list", "dict"))
_OBJECT_BEGIN = 64


class _ConvertError(Exception):
    """A value does not fit a schema."""

    def __init__(self, message: str) -> None:
        super().__init__(message)

    @property
    def message(self) -> str:
        """Return why the value does not fit."""
        message: str = self.args[0]
        return message


class TypeSchema:
    """The type of a value: an origin and, for generic origins, the schemas of its arguments.

    Parameters
    ----------
    origin
        ``int``, ``Array``, ``Union``... or a type key.
    args
        Arguments; None for a ``tuple`` of unknown shape, filled with ``Any`` for containers.
    origin_type_index
        FFI type index of the origin; found by the origin when omitted.
    fallback
        What to print for an origin that no type has.
    named_args
        Named groups of arguments; ``Callable`` has ``return`` and ``params``.
    type_key
        Type key to write to JSON in place of the origin.

    Raises
    ------
    ValueError
        For a wrong number of arguments, an empty name or unknown groups.
    TypeError
        For arguments that are not schemas.

    """

    __dataclass_fields__ = LazyDataclass(not_compared=("type_key",))
    __match_args__ = ("origin", "args", "origin_type_index", "fallback", "named_args", "type_key")
    __hash__ = None  # type: ignore[assignment]

    def __init__(  # noqa: PLR0917
        self,
        origin: str,
        args: tuple[TypeSchema, ...] | None = None,
        origin_type_index: int = ORIGIN_TYPE_INDEX_UNKNOWN,
        fallback: TypeSchema | None = None,
        named_args: dict[str, tuple[TypeSchema, ...]] | None = None,
        type_key: str | None = None,
    ) -> None:
        if not isinstance(origin, str) or not origin:
            raise ValueError("schema type must be a nonempty string")
        self.origin = origin
        self.args = _checked_args(origin, args)
        self.origin_type_index = origin_type_index
        self.fallback = fallback
        self.named_args = _checked_groups(named_args)
        self.type_key = type_key
        self._check_shape()
        if self.origin_type_index == ORIGIN_TYPE_INDEX_UNKNOWN:
            self.origin_type_index = _index_of_origin(origin)

    def _check_shape(self) -> None:
        """Check the number of arguments of the origin, and fill in those left out."""
        origin, args = self.origin, self.args or ()
        if origin == "Callable":
            self._normalize_callable()
        elif origin == "Union":
            if len(args) < 2:
                raise ValueError("Union must have at least two arguments")
        elif origin == "Optional":
            if len(args) != 1:
                raise ValueError("Optional must have exactly one argument")
        elif origin in _SEQUENCE_ORIGINS:
            if len(args) > 1:
                raise ValueError(f"{origin} must have 0 or 1 argument")
            self.args = args or (TypeSchema("Any"),)
        elif origin in _MAPPING_ORIGINS:
            if len(args) not in {0, 2}:
                raise ValueError(f"{origin} must have 0 or 2 arguments")
            self.args = args or (TypeSchema("Any"), TypeSchema("Any"))

    def _normalize_callable(self) -> None:
        """Turn positional arguments, result first, into the named groups."""
        groups = self.named_args
        if groups is None:
            if self.args:
                result, *params = self.args
                named: dict[str, tuple[TypeSchema, ...]] = {"return": (result,)}
                if params:
                    named["params"] = tuple(params)
                self.args, self.named_args = (), named
            return
        if self.args or not groups.keys() <= {"return", "params"}:
            raise ValueError("Callable uses only named return and params groups")
        if len(groups.get("return", ())) != 1:
            raise ValueError("Callable return group must contain exactly one type")

    # ---- making schemas -------------------------------------------------------------------------

    @staticmethod
    def from_type_index(type_index: int, args: tuple[TypeSchema, ...] = ()) -> TypeSchema:
        """Return the schema of a type index.

        Raises
        ------
        ValueError
            If no type has the index.

        """
        origin = TYPE_INDEX_TO_ORIGIN.get(type_index)
        if origin is None:
            origin = core._type_index_to_key(type_index)
        retained = TYPE_INDEX_TO_RETAINED_TYPE_KEY.get(type_index)
        return TypeSchema(origin, args, origin_type_index=type_index, type_key=retained)

    @staticmethod
    def from_json_obj(obj: dict[str, Any]) -> TypeSchema:
        """Return the schema that a JSON object describes; TypeError when it describes none."""
        from tvm_ffi import _schema_json  # noqa: PLC0415

        return _schema_json.from_json_obj(obj)

    @staticmethod
    def from_json_str(s: str) -> TypeSchema:
        """Return the schema of a JSON text."""
        import json  # noqa: PLC0415

        return TypeSchema.from_json_obj(json.loads(s))

    @staticmethod
    def _from_maybe_json(raw: object) -> TypeSchema:
        """Return a schema that is given as such, as JSON text or as JSON object."""
        if isinstance(raw, TypeSchema):
            return raw
        if isinstance(raw, str):
            return TypeSchema.from_json_str(raw)
        if isinstance(raw, dict):
            return TypeSchema.from_json_obj(raw)
        raise TypeError(f"expected TypeSchema, JSON string, or JSON dict, got {type(raw).__name__}")

    @staticmethod
    def from_annotation(annotation: object) -> TypeSchema:
        """Return the schema of a Python annotation; TypeError when it has none."""
        from tvm_ffi import _schema_annotation  # noqa: PLC0415

        return _schema_annotation.from_annotation(annotation)

    # ---- writing schemas ------------------------------------------------------------------------

    def __repr__(self) -> str:
        return self.output_repr()

    def repr(self, ty_map: Callable[[str], str] | None = None) -> str:
        """Return the schema as a Python annotation; ``ty_map`` renames the origins."""
        return self.output_repr(ty_map)

    def output_repr(self, ty_map: Callable[[str], str] | None = None) -> str:
        """Return the annotation of a value that comes out of the FFI."""
        return self._repr_impl(ty_map, False, frozenset())

    def input_repr(self, ty_map: Callable[[str], str] | None = None) -> str:
        """Return the annotation of a value that goes into the FFI, where more is accepted."""
        return self._repr_impl(ty_map, True, frozenset())

    def _repr_impl(
        self,
        ty_map: Callable[[str], str] | None,
        input_mode: bool,
        expanded_convert_types: frozenset[int],
    ) -> str:
        """Render; a type that converts its input is replaced once per path when it is input."""
        index = self.origin_type_index
        if input_mode and index >= _OBJECT_BEGIN and index not in expanded_convert_types:
            accepted = core._lookup_type_attr(index, "__ffi_convert_type_schema__")
            if accepted is not None:
                expanded = expanded_convert_types | {index}
                return TypeSchema._from_maybe_json(accepted)._repr_impl(ty_map, True, expanded)
        if (
            self.fallback is not None
            and index == ORIGIN_TYPE_INDEX_UNKNOWN
            and self.origin not in _BUILTIN_CONTAINERS
        ):
            return self.fallback._repr_impl(ty_map, input_mode, expanded_convert_types)

        def render(schemas: Iterable[TypeSchema]) -> list[str]:
            return [s._repr_impl(ty_map, input_mode, expanded_convert_types) for s in schemas]

        name = self.origin if ty_map is None else ty_map(self.origin)
        if name == "Callable":
            return self._callable_repr(render)
        args = render(self.args or ())
        if name == "Union":
            return " | ".join(args)
        if name == "Optional" and args:
            return f"{args[0]} | None"
        if name == "tuple" and self.args == ():
            return "tuple[()]"
        return f"{name}[{', '.join(args)}]" if args else name

    def _callable_repr(self, render: Callable[[Iterable[TypeSchema]], list[str]]) -> str:
        """Render the named groups of a callable."""
        groups = self.named_args
        if groups is None:
            return "Callable[..., Any]"
        (result,) = render(groups["return"])
        params = "..." if "params" not in groups else f"[{', '.join(render(groups['params']))}]"
        return f"Callable[{params}, {result}]"

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object of the schema."""
        obj: dict[str, Any] = {"type": self.type_key or self.origin}
        if self.args or (self.origin == "tuple" and self.args is not None):
            obj["args"] = [arg.to_json() for arg in self.args]
        if self.named_args is not None:
            obj["named_args"] = {
                name: [schema.to_json() for schema in group]
                for name, group in self.named_args.items()
            }
        if self.fallback is not None:
            obj["fallback"] = self.fallback.to_json()
        return obj

    # ---- comparing and converting ---------------------------------------------------------------

    def __eq__(self, other: Any) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return self._compared() == other._compared()

    def _compared(self) -> tuple[Any, ...]:
        """Return what decides equality: everything but the name used in JSON."""
        return (self.origin, self.args, self.origin_type_index, self.fallback, self.named_args)

    def is_subtype_of(self, target_cls: type) -> bool:
        """Return whether every value of this schema is an instance of an FFI class."""
        index = self.origin_type_index
        if index < _OBJECT_BEGIN:
            return False
        if target_cls is core.Object:
            return True
        target = getattr(target_cls, "__tvm_ffi_type_info__", None)
        return target is not None and core._is_type_or_derived(index, target.type_index)

    @cached_property
    def _converter(self) -> core._TypeConverter:
        """The native converter; TypeError when the schema names a type that does not exist."""
        return core._build_converter(self)

    def __getstate__(self) -> dict[str, Any]:
        """Return what copies and pickles take along: everything but the native converter."""
        return {name: value for name, value in self.__dict__.items() if name != "_converter"}

    def convert(self, value: object) -> core.CAny:
        """Convert a value.

        Raises
        ------
        TypeError
            If the value does not fit.

        """
        return self._convert(value, "conversion")

    def check_value(self, value: object) -> None:
        """Check that a value could be converted; raises what :meth:`convert` would."""
        self._convert(value, "check")

    def _convert(self, value: object, action: str) -> core.CAny:
        """Convert, naming the failed action in the error."""
        converter = self._converter
        try:
            return core._convert_by(converter, value)
        except _ConvertError as error:
            reason = error.message
        except RecursionError:
            reason = "infinite __tvm_ffi_value__ cycle detected"
        raise TypeError(f"type {action} failed for {self!r}: {reason}")


def _checked_args(origin: str, args: Iterable[TypeSchema] | None) -> tuple[TypeSchema, ...] | None:
    """Return the arguments as a tuple; None stays None for a tuple of unknown shape."""
    if args is None:
        return None if origin == "tuple" else ()
    args = tuple(args)
    if not all(isinstance(arg, TypeSchema) for arg in args):
        raise TypeError("schema arguments must be TypeSchema instances")
    return args


def _checked_groups(groups: Any) -> dict[str, tuple[TypeSchema, ...]] | None:
    """Return the named groups with tuples as values."""
    if groups is None:
        return None
    if not isinstance(groups, dict):
        raise TypeError("named_args must be a map of names to type lists")
    checked = {}
    for name, schemas in groups.items():
        if not isinstance(name, str) or not name:
            raise ValueError("named_args keys must be nonempty strings")
        if not isinstance(schemas, (list, tuple)):
            raise TypeError("named_args values must be lists of type schemas")
        if not all(isinstance(schema, TypeSchema) for schema in schemas):
            raise TypeError("named_args values must contain type schemas")
        checked[name] = tuple(schemas)
    return checked


def _index_of_origin(origin: str) -> int:
    """Return the type index of an origin, or one of the two marks for origins without index."""
    if origin in {"Optional", "Union"}:
        return ORIGIN_TYPE_INDEX_STRUCTURAL
    index = ORIGIN_TO_TYPE_INDEX.get(origin)
    if index is None:
        index = core._object_type_key_to_index(origin)
    return ORIGIN_TYPE_INDEX_UNKNOWN if index is None else index


def _annotation_union(args: tuple[Any, ...]) -> TypeSchema:
    """Return the schema of a union annotation with these members."""
    from tvm_ffi import _schema_annotation  # noqa: PLC0415

    return _schema_annotation.annotation_union(args)


def _annotation_cobject(cls: type, targs: tuple[Any, ...]) -> TypeSchema:
    """Return the schema of a registered class with these arguments."""
    from tvm_ffi import _schema_annotation  # noqa: PLC0415

    return _schema_annotation.annotation_cobject(cls, targs)


EXPORTED = {
    "TypeSchema": TypeSchema,
    "_ConvertError": _ConvertError,
    "_ORIGIN_NATIVE_LAYOUT": ORIGIN_NATIVE_LAYOUT,
    "_ORIGIN_TO_TYPE_INDEX": ORIGIN_TO_TYPE_INDEX,
    "_ORIGIN_TYPE_INDEX_STRUCTURAL": ORIGIN_TYPE_INDEX_STRUCTURAL,
    "_ORIGIN_TYPE_INDEX_UNKNOWN": ORIGIN_TYPE_INDEX_UNKNOWN,
    "_RETAINED_TYPE_KEYS": RETAINED_TYPE_KEYS,
    "_TYPE_INDEX_TO_ORIGIN": TYPE_INDEX_TO_ORIGIN,
    "_TYPE_INDEX_TO_RETAINED_TYPE_KEY": TYPE_INDEX_TO_RETAINED_TYPE_KEY,
    "_TYPE_SCHEMA_ORIGIN_CONVERTER": SCHEMA_ORIGIN_CONVERTER,
    "_annotation_cobject": _annotation_cobject,
    "_annotation_union": _annotation_union,
}
