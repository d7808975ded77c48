# SPDX-License-Identifier: Apache-2.0
"""What a run is asked to do, and what generators are told about functions and types."""

from __future__ import annotations

import dataclasses
from typing import Any

from tvm_ffi.core import MISSING, TypeField, TypeInfo, TypeMethod, TypeSchema, _lookup_type_attr


@dataclasses.dataclass
class InitConfig:
    """The package to scaffold.

    Parameters
    ----------
    pkg
        Distribution that holds the shared library.
    shared_target
        Name of the library in it.
    prefix
        Prefix of the names to write files for, with its final dot; ``""`` for all.

    """

    pkg: str
    shared_target: str
    prefix: str


@dataclasses.dataclass
class Options:
    """The command line."""

    imports: list[str] = dataclasses.field(default_factory=list)
    dlls: list[str] = dataclasses.field(default_factory=list)
    init: InitConfig | None = None
    indent: int = 4
    files: list[str] = dataclasses.field(default_factory=list)
    verbose: bool = False
    dry_run: bool = False
    check: bool = False
    target: str = "python"
    coverage_out: str | None = None


@dataclasses.dataclass(init=False, repr=False)
class NamedTypeSchema(TypeSchema):
    """A type with the name of the function or field that has it, and the facts of a native field.

    ``offset`` counts from the start of the object header. ``default`` is the default value, or the
    function that makes it where ``default_is_factory``.
    """

    name: str
    size: int | None = None
    alignment: int | None = None
    offset: int | None = None
    default: Any = MISSING
    default_is_factory: bool = False
    structural_eq: str | None = None
    frozen: bool = False

    def __init__(
        self,
        name: str,
        schema: TypeSchema,
        *,
        size: int | None = None,
        alignment: int | None = None,
        offset: int | None = None,
        default: Any = MISSING,
        default_is_factory: bool = False,
        structural_eq: str | None = None,
        frozen: bool = False,
    ) -> None:
        super().__init__(
            origin=schema.origin,
            args=schema.args,
            origin_type_index=schema.origin_type_index,
            fallback=schema.fallback,
            named_args=schema.named_args,
            type_key=schema.type_key,
        )
        self.name = name
        self.size = size
        self.alignment = alignment
        self.offset = offset
        self.default = default
        self.default_is_factory = default_is_factory
        self.structural_eq = structural_eq
        self.frozen = frozen

    @staticmethod
    def from_type_field(field: TypeField) -> NamedTypeSchema:
        """Return the type of a reflected field; ``Any`` where its metadata has none."""
        by_factory = field.c_default_factory is not MISSING
        return NamedTypeSchema(
            field.name,
            TypeSchema("Any") if field.ty is None else field.ty,
            size=field.size,
            alignment=field.alignment,
            offset=field.offset,
            default=field.c_default_factory if by_factory else field.c_default,
            default_is_factory=by_factory,
            structural_eq=field.c_structural_eq,
            frozen=field.frozen,
        )


@dataclasses.dataclass
class FuncInfo:
    """A function; ``is_member`` means that its first parameter is the object."""

    schema: NamedTypeSchema
    is_member: bool

    @staticmethod
    def from_schema(name: str, schema: TypeSchema, *, is_member: bool = False) -> FuncInfo:
        """Return a function with a name and a ``Callable`` schema."""
        return FuncInfo(NamedTypeSchema(name, schema), is_member)


@dataclasses.dataclass
class InitFieldInfo:
    """A field that the constructor takes."""

    name: str
    schema: NamedTypeSchema
    kw_only: bool
    has_default: bool


@dataclasses.dataclass
class ObjectInfo:
    """A registered type.

    Parameters
    ----------
    fields
        Own fields, in the order of registration.
    methods
        Own methods; several of a name are its overloads.
    type_key, parent_type_key
        Keys of the type and of its parent.
    init_fields
        Fields of the type and its ancestors that the constructor takes, those of the root first;
        none for a type without constructor.
    has_init
        Whether the type has a constructor.
    ancestors
        Keys of the ancestors, root first.
    total_size
        Bytes of an instance; None when the type did not say.
    is_final
        Whether no type may derive from it; None when the type did not say.

    """

    fields: list[NamedTypeSchema]
    methods: list[FuncInfo]
    type_key: str | None = None
    parent_type_key: str | None = None
    init_fields: list[InitFieldInfo] = dataclasses.field(default_factory=list)
    has_init: bool = False
    ancestors: list[str] = dataclasses.field(default_factory=list)
    total_size: int | None = None
    is_final: bool | None = None

    def has_overloaded_methods(self) -> bool:
        """Return whether several methods share a name and both are static or neither is."""
        groups = [(method.schema.name, method.is_member) for method in self.methods]
        return len(set(groups)) < len(groups)

    @staticmethod
    def from_type_info(type_info: TypeInfo) -> ObjectInfo:
        """Return what the registry says about a type."""
        chain = _chain(type_info)
        parent = type_info.parent_type_info
        has_init = (
            any(method.name == "__ffi_init__" for method in type_info.methods)
            or _attr(type_info, "__ffi_init__") is not None
        )
        return ObjectInfo(
            fields=[NamedTypeSchema.from_type_field(field) for field in type_info.fields or ()],
            methods=[_method_info(method) for method in type_info.methods],
            type_key=type_info.type_key,
            parent_type_key=None if parent is None else parent.type_key,
            init_fields=_init_fields(chain) if has_init else [],
            has_init=has_init,
            ancestors=[info.type_key for info in chain[:-1]],
            total_size=type_info.total_size if type_info._has_type_metadata else None,
            is_final=_attr(type_info, "__ffi_type_final__"),
        )


def _init_fields(chain: list[TypeInfo]) -> list[InitFieldInfo]:
    """Return the fields of a type and its ancestors that the constructor takes."""
    return [
        InitFieldInfo(
            name=field.name,
            schema=NamedTypeSchema.from_type_field(field),
            kw_only=field.c_kw_only,
            has_default=field.c_has_default,
        )
        for info in chain
        for field in info.fields or ()
        if field.c_init
    ]


def _chain(type_info: TypeInfo) -> list[TypeInfo]:
    """Return a type behind its ancestors, root first."""
    chain: list[TypeInfo] = []
    info: TypeInfo | None = type_info
    while info is not None:
        chain.insert(0, info)
        info = info.parent_type_info
    return chain


def _attr(type_info: TypeInfo, name: str) -> Any:
    """Return a type attribute of exactly this type, None when it has none."""
    return _lookup_type_attr(type_info.type_index, name)


def _method_info(method: TypeMethod) -> FuncInfo:
    """Return what the registry says about a method; one without metadata takes anything."""
    raw = method.metadata.get("type_schema")
    schema = TypeSchema("Callable") if raw is None else TypeSchema._from_maybe_json(raw)
    return FuncInfo.from_schema(method.name, schema, is_member=not method.is_static)
