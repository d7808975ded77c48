# SPDX-License-Identifier: Apache-2.0
"""C++ views of registered object types, so that C++ code can read objects defined elsewhere."""

from __future__ import annotations

from .. import core
from ..registry import get_registered_type_keys
from ._native_schema import check_native_schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from ..core import TypeField, TypeInfo, TypeSchema

_FIRST_OBJECT_INDEX = 64
_FIRST_DYNAMIC_INDEX = 128

_ESCAPE_PREFIX = "__ffi_escape_"

_HEAD = ["#pragma once", "", "#include <tvm/ffi/tvm_ffi.h>", ""]
_OBJECT_ASSERTIONS = [
    "static_assert(sizeof(::tvm::ffi::Object) == 24);",
    "static_assert(alignof(::tvm::ffi::Object) == 8);",
    "",
]
_WARNINGS_OFF = [
    "#if defined(__clang__) || defined(__GNUC__)",
    "#pragma GCC diagnostic push",
    '#pragma GCC diagnostic ignored "-Winvalid-offsetof"',
    "#elif defined(_MSC_VER)",
    "#pragma warning(push)",
    "#pragma warning(disable : 4749)",
    "#endif",
    "",
]
_WARNINGS_ON = [
    "#if defined(__clang__) || defined(__GNUC__)",
    "#pragma GCC diagnostic pop",
    "#elif defined(_MSC_VER)",
    "#pragma warning(pop)",
    "#endif",
]


class _Carrier:
    """The C++ type that a field is declared with, and its layout in bytes."""

    __slots__ = ("alignment", "cpp_type", "size")

    def __init__(self, cpp_type: str, size: int, alignment: int) -> None:
        self.cpp_type = cpp_type
        self.size = size
        self.alignment = alignment

    @property
    def layout(self) -> tuple[int, int]:
        return self.size, self.alignment


_ANY = _Carrier("::tvm::ffi::Any", 16, 8)
_ANY_OBJECT = _Carrier("::tvm::ffi::Arc<::tvm::ffi::Object>", 8, 8)
_UNTYPED_TUPLE = _Carrier("::tvm::ffi::Array<::tvm::ffi::Any>", 8, 8)

_SCALARS = {
    "int": _Carrier("int64_t", 8, 8),
    "float": _Carrier("double", 8, 8),
    "bool": _Carrier("bool", 1, 1),
    "ctypes.c_void_p": _Carrier("void*", 8, 8),
    "dtype": _Carrier("DLDataType", 4, 2),
    "Device": _Carrier("DLDevice", 8, 4),
    "Any": _ANY,
}

# Carriers of fields without schema, by their static type index.
_BY_STATIC_INDEX = {
    -1: _ANY,
    1: _SCALARS["int"],
    2: _SCALARS["bool"],
    3: _SCALARS["float"],
    4: _SCALARS["ctypes.c_void_p"],
    5: _SCALARS["dtype"],
    6: _SCALARS["Device"],
}

_TEMPLATES = ("Array", "List", "Map", "Dict")


class _Builtin:
    """The C++ classes of a type with static index: of the object, and of the reference to it."""

    __slots__ = ("object_class", "value")

    def __init__(self, object_class: str, value: _Carrier | None) -> None:
        self.object_class = f"::tvm::ffi::{object_class}"
        self.value = value


def _builtin(object_class: str, value_class: str | None = None, size: int = 8) -> _Builtin:
    if value_class is None:
        return _Builtin(object_class, None)
    return _Builtin(object_class, _Carrier(f"::tvm::ffi::{value_class}", size, 8))


_BUILTINS = {
    "ffi.Object": _builtin("Object"),
    "ffi.String": _builtin("detail::StringObj", "String", 16),
    "ffi.Bytes": _builtin("detail::BytesObj", "Bytes", 16),
    "ffi.Error": _builtin("ErrorObj", "Error", 16),
    "ffi.Function": _builtin("FunctionObj", "Function"),
    "ffi.Shape": _builtin("ShapeObj", "Shape"),
    "ffi.Tensor": _builtin("TensorObj", "Tensor"),
    "ffi.Array": _builtin("ArrayObj", "Array<::tvm::ffi::Any>"),
    "ffi.Map": _builtin("MapObj", "Map<::tvm::ffi::Any, ::tvm::ffi::Any>"),
    "ffi.List": _builtin("ListObj", "List<::tvm::ffi::Any>"),
    "ffi.Dict": _builtin("DictObj", "Dict<::tvm::ffi::Any, ::tvm::ffi::Any>"),
    "ffi.Module": _builtin("ModuleObj"),
    "ffi.VisitInterrupt": _builtin("VisitInterruptObj"),
}


# ---- names --------------------------------------------------------------------------------------


def _identifier(name: str) -> str:
    """Return a name as C++ identifier; what is none is spelled by its bytes."""
    if name.isascii() and name.isidentifier() and not name.startswith(_ESCAPE_PREFIX):
        return name
    return _ESCAPE_PREFIX + name.encode().hex()


def _split_key(type_key: str) -> tuple[tuple[str, ...], str]:
    """Return the namespaces and the struct name of a type."""
    *namespaces, name = type_key.split(".")
    return tuple(map(_identifier, namespaces)), f"{_identifier(name)}Obj"


def _qualified(type_key: str) -> str:
    namespaces, name = _split_key(type_key)
    return "".join(f"::{part}" for part in (*namespaces, name))


def _string_literal(text: str) -> str:
    """Return text as C++ string literal."""
    parts = []
    for byte in text.encode():
        if byte in b'"\\':
            parts.append(f"\\{chr(byte)}")
        else:
            parts.append(chr(byte) if 0x20 <= byte <= 0x7E else f"\\{byte:03o}")
    return f'"{"".join(parts)}"'


def _is_dynamic(info: TypeInfo) -> bool:
    return info.type_index >= _FIRST_DYNAMIC_INDEX


def _is_python_type(info: TypeInfo) -> bool:
    return getattr(info, "_decorator_args", None) is not None


def _info_of_key(type_key: str) -> TypeInfo:
    return core._lookup_or_register_type_info_from_type_key(type_key)


# ---- text ---------------------------------------------------------------------------------------


def _in_namespaces(blocks: Iterable[tuple[tuple[str, ...], list[str]]]) -> list[str]:
    """Return blocks of lines inside their namespaces; neighbours share a namespace's braces."""
    groups: list[tuple[tuple[str, ...], list[str]]] = []
    for namespaces, block in blocks:
        if not groups or groups[-1][0] != namespaces:
            groups.append((namespaces, []))
        groups[-1][1].extend((*block, ""))
    lines = []
    for namespaces, body in groups:
        if namespaces:
            lines += [*(f"namespace {name} {{" for name in namespaces), ""]
        lines += body
        if namespaces:
            lines += [*(f"}}  // namespace {name}" for name in reversed(namespaces)), ""]
    return lines


def _lookup_macro(info: TypeInfo) -> str:
    key, depth = _string_literal(info.type_key), len(info.type_ancestors)
    return f"  TVM_FFI_DECLARE_OBJECT_INFO_LOOKUP({key}, {depth});"


def _opaque_view(info: TypeInfo) -> list[str]:
    """Return the view of a type of which only the identity is needed."""
    _, name = _split_key(info.type_key)
    return [f"struct {name} : public ::tvm::ffi::Object {{", _lookup_macro(info), "};"]


class _Generator:
    """Makes the header of some types; lowering their fields finds the types these refer to."""

    def __init__(self, emitted_infos: Sequence[TypeInfo]) -> None:
        self.emitted_infos = emitted_infos
        self.dependencies: dict[str, TypeInfo] = {}

    def build(self) -> str:
        """Return the text of the header."""
        classes = [
            (_split_key(info.type_key)[0], self._build_class(info)) for info in self.emitted_infos
        ]
        emitted = {info.type_key for info in self.emitted_infos}
        declared = {**self.dependencies, **{info.type_key: info for info in self.emitted_infos}}
        keys = sorted(declared, key=lambda key: (*_split_key(key), key))
        lines = list(_HEAD)
        lines += _in_namespaces(
            (namespaces, [f"struct {name};"]) for namespaces, name in map(_split_key, keys)
        )
        for key in keys:
            lines += [
                "template <>",
                f"inline constexpr bool tvm::ffi::is_object_subclass_v<{_qualified(key)}> = true;",
            ]
        lines.append("")
        lines += _in_namespaces(
            (_split_key(key)[0], _opaque_view(declared[key])) for key in keys if key not in emitted
        )
        lines += [*_OBJECT_ASSERTIONS, *_WARNINGS_OFF, *_in_namespaces(classes), *_WARNINGS_ON]
        return "\n".join(lines) + "\n"

    def _build_class(self, info: TypeInfo) -> list[str]:
        """Return the view of a type with its own fields, and what checks their layout."""
        key = info.type_key
        if not _is_python_type(info) and not info._has_type_metadata:
            raise ValueError(f"Native type '{key}' does not expose fixed total-size metadata")
        _, name = _split_key(key)
        base, alignment, end_of_base = self._base_of(info)
        members, checks = [], []
        for field in sorted(info.fields or (), key=lambda field: field.offset):
            alignment = max(alignment, field.alignment)
            carrier = self._lower_field(field, info)
            if field.offset < end_of_base:
                continue  # another name of an inherited field
            member = _identifier(field.name)
            renamed = "" if member == field.name else f", reflected name={field.name!r}"
            members.append(
                f"  {carrier.cpp_type} {member};  // offset={field.offset}, "
                f"size={field.size}, align={field.alignment}{renamed}"
            )
            checks += [
                f"static_assert(sizeof(decltype({name}::{member})) == {field.size});",
                f"static_assert(alignof(decltype({name}::{member})) == {field.alignment});",
                f"static_assert(offsetof({name}, {member}) == {field.offset});",
            ]
        return [
            f"struct alignas({alignment}) {name} : public {base} {{",
            _lookup_macro(info),
            *(["", *members] if members else []),
            "};",
            "",
            f"static_assert(sizeof({name}) == {info.total_size});",
            f"static_assert(alignof({name}) == {alignment});",
            *checks,
        ]

    def _base_of(self, info: TypeInfo) -> tuple[str, int, int]:
        """Return the base class of a view, its alignment and the end of its fields."""
        parent = info.parent_type_info
        if parent is None:
            raise ValueError(f"Object type '{info.type_key}' does not expose its parent type")
        alignment, end = 8, 0
        ancestor: TypeInfo | None = parent
        while ancestor is not None:
            for field in ancestor.fields or ():
                alignment = max(alignment, field.alignment)
                end = max(end, field.offset + field.size)
            ancestor = ancestor.parent_type_info
        if _is_dynamic(parent):
            return _qualified(parent.type_key), alignment, end
        if parent.type_key not in _BUILTINS:
            raise ValueError(
                f"Parent type '{parent.type_key}' of '{info.type_key}' is not supported"
            )
        return _BUILTINS[parent.type_key].object_class, alignment, end

    # ---- fields ----

    def _lower_field(self, field: TypeField, owner: TypeInfo) -> _Carrier:
        """Return the carrier of a field, which has the layout that reflection reports."""
        carrier = self._carrier_of_field(field, owner)
        actual = (field.size, field.alignment)
        if carrier.layout != actual:
            raise ValueError(
                f"Carrier {carrier.cpp_type} for {owner.type_key}.{field.name} has layout "
                f"{carrier.layout}, but reflection reports {actual} at offset {field.offset}"
            )
        return carrier

    def _carrier_of_field(self, field: TypeField, owner: TypeInfo) -> _Carrier:
        schema = field.ty
        if schema is None:
            return self._carrier_without_schema(field, owner)
        if not _is_python_type(owner):
            check_native_schema(field, schema, owner)
        if schema.origin in ("Optional", "Union"):
            if _is_python_type(owner):
                return _ANY
            return self._lower_native_choice(schema, field, owner)
        carrier, builtin = self._lower_value(schema), self._builtin_of(schema)
        if builtin is None or builtin.value is None:
            return carrier
        if carrier.size != 8 and (field.size, field.alignment) == (8, 8):
            return self._arc(builtin.object_class)
        if schema.origin == "ffi.Error":  # its size is that of the standard library's exceptions
            return _Carrier(carrier.cpp_type, field.size, field.alignment)
        return carrier

    def _carrier_without_schema(self, field: TypeField, owner: TypeInfo) -> _Carrier:
        index = field.field_static_type_index
        if index in _BY_STATIC_INDEX:
            return _BY_STATIC_INDEX[index]
        if index >= _FIRST_OBJECT_INDEX:
            return self._nullable("::tvm::ffi::Object")
        raise ValueError(
            f"Cannot determine carrier for {owner.type_key}.{field.name}: "
            f"missing type schema and static type index {index}"
        )

    def _lower_native_choice(
        self, schema: TypeSchema, field: TypeField, owner: TypeInfo
    ) -> _Carrier:
        """Return the carrier of an Optional or Union field of a C++ type."""
        layout = (field.size, field.alignment)
        choices: tuple[Any, ...] = schema.args or ()
        inner = choices[0]
        if schema.origin == "Union":
            if layout == (8, 8) and all(map(self._is_object, choices)):
                return _ANY_OBJECT
        elif inner.origin in ("str", "bytes") and layout == (16, 8):
            return self._lower_value(inner)
        elif self._is_object(inner) and layout == (16, 8):
            return _Carrier(f"::tvm::ffi::Optional<{self._lower_object(inner).cpp_type}>", 16, 8)
        elif self._is_object(inner) and layout == (8, 8):
            return self._nullable(self._object_class(inner))
        raise ValueError(
            f"Ambiguous native {schema.origin} carrier for {owner.type_key}.{field.name} "
            f"with layout {layout}"
        )

    # ---- values ----

    def _lower_value(self, schema: TypeSchema) -> _Carrier:
        """Return the carrier of a value, as a field has it and as containers do."""
        origin = schema.origin
        if origin in _SCALARS:
            return _SCALARS[origin]
        if origin == "tuple" and schema.args is None:
            return _UNTYPED_TUPLE
        arguments: tuple[Any, ...] = schema.args or ()
        if origin == "Optional":
            (inner,) = arguments
            return self._nullable(self._object_class(inner)) if self._is_object(inner) else _ANY
        if origin == "Union":
            return _ANY_OBJECT if all(map(self._is_object, arguments)) else _ANY
        if origin == "tuple" or origin in _TEMPLATES:
            template = "Tuple" if origin == "tuple" else origin
            lowered = ", ".join(self._lower_value(each).cpp_type for each in arguments)
            return _Carrier(f"::tvm::ffi::{template}<{lowered}>", 8, 8)
        return self._lower_object(schema)

    def _lower_object(self, schema: TypeSchema) -> _Carrier:
        """Return the carrier of an object, whatever its type arguments."""
        object_class, builtin = self._object_class(schema), self._builtin_of(schema)
        if builtin is None or builtin.value is None:
            return self._arc(object_class)
        return builtin.value

    def _is_object(self, schema: TypeSchema) -> bool:
        return schema.origin_type_index >= _FIRST_OBJECT_INDEX

    def _builtin_of(self, schema: TypeSchema) -> _Builtin | None:
        """Return the C++ classes of a type with static index, None for other types."""
        index = schema.origin_type_index
        if not _FIRST_OBJECT_INDEX <= index < _FIRST_DYNAMIC_INDEX:
            return None
        return _BUILTINS.get(core._type_index_to_key(index))

    def _object_class(self, schema: TypeSchema) -> str:
        """Return the C++ class of the objects of a schema."""
        if not self._is_object(schema):
            raise ValueError(f"Unsupported TVM-FFI type schema {schema}")
        key = core._type_index_to_key(schema.origin_type_index)
        if schema.origin_type_index >= _FIRST_DYNAMIC_INDEX:
            self.dependencies[key] = _info_of_key(key)
            return _qualified(key)
        if key not in _BUILTINS:
            raise ValueError(f"Static TVM-FFI type '{key}' has no supported C++ value wrapper")
        return _BUILTINS[key].object_class

    @staticmethod
    def _arc(object_class: str) -> _Carrier:
        return _Carrier(f"::tvm::ffi::Arc<{object_class}>", 8, 8)

    @staticmethod
    def _nullable(object_class: str) -> _Carrier:
        return _Carrier(f"::tvm::ffi::ObjectPtr<{object_class}>", 8, 8)


# ---- selection ----------------------------------------------------------------------------------


def _matching_keys(selector: str, all_keys: Sequence[str]) -> list[str]:
    """Return the keys of object types that a selector matches."""
    from fnmatch import fnmatchcase  # noqa: PLC0415

    keys = [key for key in all_keys if fnmatchcase(key, selector)]
    if not keys:
        raise ValueError(f"Type-key selector '{selector}' did not match any registered type")
    keys = [key for key in keys if _info_of_key(key).type_index >= _FIRST_OBJECT_INDEX]
    if not keys:
        raise ValueError(f"Type-key selector '{selector}' did not match any registered object type")
    return keys


def _select(selectors: Iterable[str]) -> list[TypeInfo]:
    """Return the dynamic types that selectors match, with their ancestors, in order of emission."""
    all_keys = list(get_registered_type_keys())
    selected: dict[str, TypeInfo] = {}
    for selector in selectors:
        for key in sorted(_matching_keys(selector, all_keys)):
            info = _info_of_key(key)
            if not _is_dynamic(info) and key not in _BUILTINS:
                raise ValueError(f"Static TVM-FFI type '{key}' is not supported")
            ancestor: TypeInfo | None = info
            while ancestor is not None and _is_dynamic(ancestor):
                selected[ancestor.type_key] = ancestor
                ancestor = ancestor.parent_type_info
    return sorted(selected.values(), key=lambda info: (len(info.type_ancestors), info.type_key))


def gen_abi_cpp(type_keys: str | Sequence[str]) -> str:
    """Return a C++17 header with views of registered object types.

    A view is a struct with the reflected members at their offsets, by which C++ code reads objects
    that were defined elsewhere, for example by :func:`py_class`. It neither makes objects nor
    registers types. The header checks its layout by itself.

    Parameters
    ----------
    type_keys
        Keys of types, or patterns with ``*``, ``?`` and ``[...]``. The ancestors of a type are
        included.

    Raises
    ------
    ValueError
        If a key matches nothing, or a type or the representation of one of its fields is not
        known to C++.

    Examples
    --------
    .. code-block:: python

        @tvm_ffi.dataclasses.py_class("shop.Item")
        class Item(tvm_ffi.Object):
            price: float

        header = gen_abi_cpp("shop.*")
        assert "struct alignas(8) ItemObj" in header

    """
    selectors = [type_keys] if isinstance(type_keys, str) else type_keys
    return _Generator(_select(selectors)).build()


__all__ = ["gen_abi_cpp"]
