# SPDX-License-Identifier: Apache-2.0
"""What ``tvm_ffi.core`` knows about types: their fields, methods and ancestors, and their classes.

Imported by ``tvm_ffi._core_types``, so it stays light. The native table is read by the extension,
which makes these descriptions; schemas and metadata are read from their text when first used.
"""

from __future__ import annotations

import sys
from functools import cached_property

from tvm_ffi import core
from tvm_ffi._lazy_dataclass import LazyDataclass, record_repr
from tvm_ffi._type_schema import TypeSchema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable
    from typing import Any


class FFIProperty(core._FieldProperty):
    """The property of a reflected field; a frozen one can be assigned with :meth:`set` only."""

    def __init__(
        self,
        fget: Callable[[Any], Any],
        fset: Callable[[Any, Any], None],
        frozen: bool,
        fdel: Callable[[Any], None] | None = None,
        doc: str | None = None,
    ) -> None:
        super().__init__(fget, None if frozen else fset, fdel, doc)
        self._fset = fset
        self.__doc__ = doc  # also None, else the docstring of the class would show

    def set(self, obj: Any, value: Any) -> None:
        """Assign the field whether or not it is frozen."""
        self._fset(obj, value)


def _parse_metadata(metadata: Any) -> Any:
    """Return the metadata dictionary of a member; native text is parsed on first use."""
    if not isinstance(metadata, str):
        return metadata
    if not metadata:
        return {}
    import json  # noqa: PLC0415

    return json.loads(metadata)


_UNREAD: Any = object()  # a schema that is still to be read from the metadata


class TypeField:
    """A reflected field of a type.

    ``c_*`` attributes are the flags of the native record; ``metadata`` is a dictionary with the
    field's ``type_schema``, and ``ty`` that schema.
    """

    __dataclass_fields__ = LazyDataclass()
    __match_args__ = (
        "name",
        "doc",
        "size",
        "alignment",
        "offset",
        "field_static_type_index",
        "frozen",
        "metadata",
        "getter",
        "setter",
        "ty",
        "c_init",
        "c_kw_only",
        "c_has_default",
        "c_default",
        "c_default_factory",
        "c_repr",
        "c_compare",
        "c_hash",
        "c_structural_eq",
        "dataclass_field",
    )
    __repr__ = record_repr

    def __init__(  # noqa: PLR0917
        self,
        name: str,
        doc: str | None,
        size: int,
        alignment: int,
        offset: int,
        field_static_type_index: int,
        frozen: bool,
        metadata: Any,
        getter: Any,
        setter: Any,
        ty: Any = None,
        c_init: bool = True,
        c_kw_only: bool = False,
        c_has_default: bool = False,
        c_default: Any = _UNREAD,
        c_default_factory: Any = _UNREAD,
        c_repr: bool = True,
        c_compare: bool = True,
        c_hash: bool = True,
        c_structural_eq: str | None = None,
        dataclass_field: Any = None,
    ) -> None:
        assert setter is not None
        assert getter is not None
        self.name = name
        self.doc = doc
        self.size = size
        self.alignment = alignment
        self.offset = offset
        self.field_static_type_index = field_static_type_index
        self.frozen = frozen
        # The text of a native record is read when it is needed.
        self._ty = _UNREAD if ty is None and isinstance(metadata, str) else ty
        self._metadata = metadata
        self.getter = getter
        self.setter = setter
        self.c_init = c_init
        self.c_kw_only = c_kw_only
        self.c_has_default = c_has_default
        self.c_default = core.MISSING if c_default is _UNREAD else c_default
        self.c_default_factory = core.MISSING if c_default_factory is _UNREAD else c_default_factory
        self.c_repr = c_repr
        self.c_compare = c_compare
        self.c_hash = c_hash
        self.c_structural_eq = c_structural_eq
        self.dataclass_field = dataclass_field

    @property
    def metadata(self) -> dict[str, Any]:
        """Metadata of the field."""
        metadata: dict[str, Any] = _parse_metadata(self._metadata)
        self._metadata = metadata
        return metadata

    @metadata.setter
    def metadata(self, value: Any) -> None:
        self._metadata = value

    @property
    def ty(self) -> Any:
        """Schema of the field, None when its metadata has none."""
        if self._ty is _UNREAD:
            schema = self.metadata.get("type_schema")
            self._ty = None if schema is None else TypeSchema._from_maybe_json(schema)
        return self._ty

    @ty.setter
    def ty(self, schema: Any) -> None:
        self._ty = schema

    def as_property(self, cls: type) -> FFIProperty:
        """Return the property that represents this field in ``cls``."""
        for accessor in (self.getter, self.setter):
            accessor.__name__ = self.name
            accessor.__qualname__ = f"{cls.__qualname__}.{self.name}"
            accessor.__module__ = cls.__module__
            accessor.__doc__ = self.doc
        self.setter._normalize = self.normalize_value
        return FFIProperty(self.getter, self.setter, self.frozen, doc=self.doc)

    def _is_payload_enum_field(self) -> bool:
        """Return whether the field holds variants of an ``IntEnum`` or ``StrEnum``."""
        return self.ty is not None and _payload_type(self.ty.origin_type_index) is not None

    def normalize_value(self, value: Any) -> Any:
        """Return the variant that a raw payload of an enum field stands for."""
        if not self._is_payload_enum_field():
            return value
        return core._to_py_class_value(self.ty.convert(value))


class TypeMethod:
    """A reflected method of a type."""

    __dataclass_fields__ = LazyDataclass()
    __match_args__ = ("name", "doc", "func", "metadata", "is_static")
    __repr__ = record_repr

    def __init__(
        self, name: str, doc: str | None, func: Any, metadata: Any, is_static: bool
    ) -> None:
        assert callable(func)
        self.name = name
        self.doc = doc
        self.func = func
        self._metadata = metadata
        self.is_static = is_static

    @property
    def metadata(self) -> dict[str, Any]:
        """Metadata of the method."""
        metadata: dict[str, Any] = _parse_metadata(self._metadata)
        self._metadata = metadata
        return metadata

    @metadata.setter
    def metadata(self, value: Any) -> None:
        self._metadata = value

    def as_callable(self, cls: type) -> Any:
        """Return the attribute that represents this method in ``cls``."""
        func = self.func if self.is_static else _member_method_wrapper(self.func)
        func.__module__ = cls.__module__
        func.__name__ = self.name
        func.__qualname__ = f"{cls.__qualname__}.{self.name}"
        func.__doc__ = self.doc
        return staticmethod(func) if self.is_static else func


class TypeInfo:
    """What Python knows about a type: its class, its ancestors and its own members."""

    __dataclass_fields__ = LazyDataclass()
    __match_args__ = (
        "type_cls",
        "type_index",
        "type_key",
        "type_ancestors",
        "fields",
        "methods",
        "parent_type_info",
    )
    __repr__ = record_repr

    def __init__(  # noqa: PLR0917
        self,
        type_cls: type | None,
        type_index: int,
        type_key: str,
        type_ancestors: list[int],
        fields: Any,
        methods: Any,
        parent_type_info: Any = None,
    ) -> None:
        self.type_cls = type_cls
        self.type_index = type_index
        self.type_key = type_key
        self.type_ancestors = type_ancestors
        self.fields = fields
        self.methods = methods
        if parent_type_info is None and type_ancestors:
            key = core._type_index_to_key(type_ancestors[-1])
            parent_type_info = core._lookup_or_register_type_info_from_type_key(key)
        self.parent_type_info = parent_type_info
        seen: set[str] = set()
        for field in fields or ():
            assert field.name not in seen, (
                f"duplicate field name {field.name!r} in TypeInfo for {type_key!r}; "
                "TypeInfo.fields must only contain the type's own fields"
            )
            seen.add(field.name)
        self._warn_about_ancestor_fields(seen)

    def _warn_about_ancestor_fields(self, names: set[str]) -> None:
        """Warn about own fields whose name an ancestor uses already."""
        info = self.parent_type_info if names else None
        while info is not None:
            for field in info.fields or ():
                if field.name in names:
                    import warnings  # noqa: PLC0415

                    warnings.warn(
                        f"Field {field.name!r} in {self.type_key!r} duplicates an ancestor field. "
                        "Child types should not re-register inherited fields.",
                        stacklevel=3,
                    )
            info = info.parent_type_info

    @cached_property
    def total_size(self) -> int:
        """Bytes of an instance."""
        size = core._native_total_size(self.type_index)
        if size:
            return size
        end = self.parent_type_info.total_size if self.parent_type_info is not None else 24
        for field in self.fields or ():
            end = max(end, field.offset + field.size)
        return (end + 7) // 8 * 8

    @property
    def _has_type_metadata(self) -> bool:
        return core._native_total_size(self.type_index) is not None

    def _register_fields(
        self: Any, fields: Iterable[Any], structure_kind: int | None = None
    ) -> None:
        """Give a type that Python defines its own fields, once."""
        assert self.fields is None, f"_register_fields already called for {self.type_key!r}"
        self.fields = core._register_fields(self, fields, structure_kind)
        self._read_back_methods()

    def _register_py_methods(
        self: Any,
        py_methods: Iterable[tuple[str, Any, bool, str | None]] | None = None,
        type_attr_names: Container[str] = frozenset(),
    ) -> None:
        """Register methods and type attributes, and read the methods back."""
        if py_methods:
            from tvm_ffi import _py_class_members  # noqa: PLC0415

            _py_class_members.register_methods(self, py_methods, type_attr_names)
        self._read_back_methods()

    def _read_back_methods(self) -> None:
        """Rebuild ``methods`` from the native table."""
        self.methods = core._read_back_methods(self.type_index)


def _register_fields(
    type_info: Any, fields: Iterable[Any], structure_kind: int | None = None
) -> list[core.TypeField]:
    """Register the fields of a type that Python defines; returns their descriptions."""
    from tvm_ffi import _py_class_members  # noqa: PLC0415

    return _py_class_members.register_fields(type_info, fields, structure_kind)


def _payload_type(type_index: int) -> type | None:
    """Return the class of raw values of a payload enum, None when the type is none."""
    enums: Any = sys.modules.get("tvm_ffi.dataclasses.enum")
    info = core._type_index_to_type_info(type_index)
    if not hasattr(enums, "StrEnum") or info is None or not isinstance(info.type_cls, type):
        return None  # the module may just be being imported
    for enum_cls, payload in ((enums.IntEnum, int), (enums.StrEnum, str)):
        if issubclass(info.type_cls, enum_cls):
            return payload
    return None


def _payload_enum_variant(type_index: int, value: Any) -> Any:
    """Return the variant of a payload: None when there is none, text when it is out of range."""
    payload = _payload_type(type_index)
    if payload is None:
        return None
    if payload is int:
        from numbers import Integral  # noqa: PLC0415

        if not isinstance(value, Integral):
            return None
        try:
            value = TypeSchema("int").convert(value)
        except TypeError as error:
            return str(error).partition(": ")[2]
        value = core._to_py_class_value(value)
    elif not isinstance(value, str):
        return None
    state = core._lookup_type_attr(type_index, "__ffi_enum__")
    indexes = getattr(state, "indexes", None)
    return None if indexes is None else indexes.get(value)


def _member_method_wrapper(func: Callable[..., Any]) -> Callable[..., Any]:
    """Return a plain function that calls ``func`` with ``self`` in front."""

    def wrapper(self: Any, *args: Any) -> Any:
        return func(self, *args)

    return wrapper


# Submodules that register classes of this package when they are imported, by type key.
_MODULE_OF_KEY = {
    "ffi.Enum": "dataclasses.enum",
    "ffi.EnumState": "dataclasses.enum",
    "ffi.IntEnum": "dataclasses.enum",
    "ffi.StrEnum": "dataclasses.enum",
    "ffi.StructuralKey": "structural",
    "ffi.StructuralMutator": "structural",
    "ffi.StructuralVisitor": "structural",
    "ffi.VisitInterrupt": "structural",
    "ffi.reflection.AccessPath": "access_path",
    "ffi.reflection.AccessStep": "access_path",
}


def _import_class_of_key(key: str) -> None:
    """Let this package register its class of a type, if it has one."""
    module = _MODULE_OF_KEY.get(key)
    if module is not None:
        import importlib  # noqa: PLC0415

        importlib.import_module(f"tvm_ffi.{module}")


def _make_fallback_class(base: type, info: TypeInfo) -> type:
    """Return the class of objects whose type nobody registered."""
    module, _, name = info.type_key.rpartition(".")
    key = info.type_key
    namespace = {
        "__slots__": (),
        "__module__": module,
        "__qualname__": key,
        "__tvm_ffi_type_info__": info,
        "__doc__": (
            f"Auto-generated fallback class for {key}.\n"
            "This class is generated because the class is not registered.\n"
            "Please do not rely on its members by name in new code,\n"
            "register a class for the type key instead."
        ),
    }
    cls = type(base)(name, (base,), namespace)
    for field in info.fields or ():
        setattr(cls, field.name, field.as_property(cls))
    for method in info.methods:
        setattr(cls, method.name, method.as_callable(cls))
    return cls


EXPORTED = {
    "FFIProperty": FFIProperty,
    "TypeField": TypeField,
    "TypeInfo": TypeInfo,
    "TypeMethod": TypeMethod,
    "_import_class_of_key": _import_class_of_key,
    "_make_fallback_class": _make_fallback_class,
    "_member_method_wrapper": _member_method_wrapper,
    "_payload_enum_variant": _payload_enum_variant,
    "_register_fields": _register_fields,
}
