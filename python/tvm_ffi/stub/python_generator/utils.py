# SPDX-License-Identifier: Apache-2.0
"""Imports, and the text of signatures, fields and constructors.

A ``ty_map`` here is a function from a schema origin to the text that stands for it. It is called
once for each occurrence, so that it can record what the text needs imported.
"""

from __future__ import annotations

import dataclasses
from typing import Callable

from tvm_ffi.core import TypeSchema

from ..utils import FuncInfo, InitFieldInfo, ObjectInfo
from . import consts as C


@dataclasses.dataclass(frozen=True, init=False, repr=False)
class ImportItem:
    """One imported name; a module itself has the empty ``mod``.

    Parameters
    ----------
    full_name
        Dotted path; a first segment ``ffi`` or ``testing`` means the module of this package.
    type_checking_only
        Whether only type checkers need it.
    alias
        Name in the importing module, if another one.

    """

    mod: str
    name: str
    type_checking_only: bool = False
    alias: str | None = None

    def __init__(
        self, full_name: str, type_checking_only: bool = False, alias: str | None = None
    ) -> None:
        module, _, name = full_name.rpartition(".")
        first, *rest = module.split(".")
        mod = ".".join([C.MOD_MAP.get(first, first), *rest])
        for field, value in (
            ("mod", mod),
            ("name", name),
            ("type_checking_only", type_checking_only),
            ("alias", alias),
        ):
            object.__setattr__(self, field, value)

    @staticmethod
    def from_directive(payload: str) -> ImportItem:
        """Return the import that an ``import-object`` directive asks for.

        Raises
        ------
        ValueError
            If the payload has more than three fields.

        """
        fields = [field.strip() for field in payload.split(";")]
        if len(fields) > 3:
            raise ValueError("too many values to unpack (expected 3)")
        full_name, type_checking_only, alias = fields + [""] * (3 - len(fields))
        return ImportItem(full_name, type_checking_only.lower() == "true", alias or None)

    @property
    def loads_library(self) -> bool:
        """Whether the item is the function that loads a package's library."""
        return self.alias == "_FFI_LOAD_LIB" or self.full_name.endswith("libinfo.load_lib_module")

    @property
    def name_with_alias(self) -> str:
        """The imported name as an import statement has it."""
        return f"{self.name} as {self.alias}" if self.alias else self.name

    @property
    def full_name(self) -> str:
        """The dotted path."""
        return f"{self.mod}.{self.name}" if self.mod else self.name

    def __str__(self) -> str:
        source = f"from {self.mod} " if self.mod else ""
        return f"{source}import {self.name_with_alias}"

    __repr__ = __str__


@dataclasses.dataclass
class PythonImports:
    """The imports of a file; ``has_lib_load`` says that the file loads its library as ``LIB``."""

    items: list[ImportItem] = dataclasses.field(default_factory=list)
    has_lib_load: bool = False


TyMap = Callable[[str], str]


def render_func_signature(
    func: FuncInfo, ty_map: TyMap, indent: int, input_ty_map: TyMap | None = None
) -> str:
    """Return the ``def`` of a function.

    Parameters
    ----------
    func
        The function.
    ty_map
        Text of a type that is returned.
    indent
        Blanks in front.
    input_ty_map
        Text of a type that is passed; as ``ty_map`` when omitted.

    Raises
    ------
    ValueError
        If the schema is not that of a function.

    """
    schema = func.schema
    if schema.origin != "Callable":
        raise ValueError(f"Expected Callable type schema, but got: {schema.output_repr()}")
    groups = schema.named_args
    if groups is None:
        result = ty_map("Any")
        params = [f"*args: {result}"]
    elif "params" not in groups:
        params = [f"*args: {ty_map('Any')}"]
        result = groups["return"][0].output_repr(ty_map)
    else:
        params = _positional_params(groups["params"], input_ty_map or ty_map, func.is_member)
        result = groups["return"][0].output_repr(ty_map)
    name = _leaf(schema.name)
    return f"{' ' * indent}def {name}({', '.join(params)}) -> {result}: ..."


def _leaf(name: str) -> str:
    """Return the last segment of a dotted name."""
    return name.rpartition(".")[2]


def _positional_params(
    schemas: tuple[TypeSchema, ...], input_ty_map: TyMap, is_member: bool
) -> list[str]:
    """Return parameters that have no names; the first one of a member is ``self``."""
    params = [
        "self" if is_member and index == 0 else f"_{index}: {schema.input_repr(input_ty_map)}"
        for index, schema in enumerate(schemas)
    ]
    return [*params, "/"] if params else []


def render_object_fields(info: ObjectInfo, ty_map: TyMap, indent: int) -> list[str]:
    """Return one annotation for each own field."""
    return [f"{' ' * indent}{field.name}: {field.output_repr(ty_map)}" for field in info.fields]


def render_object_init(
    info: ObjectInfo, ty_map: TyMap, indent: int, input_ty_map: TyMap | None = None
) -> list[str]:
    """Return the ``__init__`` of a type: its parameters are the fields that it takes."""
    if not info.has_init:
        return []
    return [_init_from_fields("__init__", info, input_ty_map or ty_map, indent)]


def render_object_ffi_init(
    info: ObjectInfo, ty_map: TyMap, indent: int, input_ty_map: TyMap | None = None
) -> list[str]:
    """Return the ``__ffi_init__`` of a type whose constructor is made from its fields.

    A constructor that was registered as a method is rendered with the methods.
    """
    if not info.has_init or any(_is_ffi_init(method) for method in info.methods):
        return []
    return [_init_from_fields("__ffi_init__", info, input_ty_map or ty_map, indent)]


def _is_ffi_init(method: FuncInfo) -> bool:
    """Return whether a method is the constructor."""
    return _leaf(method.schema.name) == "__ffi_init__"


def _init_from_fields(name: str, info: ObjectInfo, input_ty_map: TyMap, indent: int) -> str:
    """Return a constructor whose parameters are fields, those without default first."""
    fields = sorted(info.init_fields, key=lambda field: field.has_default)
    positional = [_field_param(field, input_ty_map) for field in fields if not field.kw_only]
    keyword = [_field_param(field, input_ty_map) for field in fields if field.kw_only]
    params = ["self", *positional, *(["*", *keyword] if keyword else [])]
    return f"{' ' * indent}def {name}({', '.join(params)}) -> None: ..."


def _field_param(field: InitFieldInfo, input_ty_map: TyMap) -> str:
    """Return a field as parameter."""
    text = f"{field.name}: {field.schema.input_repr(input_ty_map)}"
    return f"{text} = ..." if field.has_default else text


def render_object_methods(
    info: ObjectInfo, ty_map: TyMap, indent: int, input_ty_map: TyMap | None = None
) -> list[str]:
    """Return the methods of a type, the overloads of a name together."""
    groups: dict[tuple[str, bool], list[FuncInfo]] = {}
    for method in info.methods:
        key = (method.schema.name, method.is_member or _is_ffi_init(method))
        groups.setdefault(key, []).append(method)
    blanks = " " * indent
    lines = []
    for (_, is_member), methods in groups.items():
        for method in methods:
            if len(methods) > 1:
                lines.append(f"{blanks}@overload")
            if not is_member:
                lines.append(f"{blanks}@staticmethod")
            if _is_ffi_init(method):
                lines.append(_render_ffi_init_method(method, ty_map, indent, input_ty_map))
            else:
                lines.append(render_func_signature(method, ty_map, indent, input_ty_map))
    return lines


def _render_ffi_init_method(
    method: FuncInfo, ty_map: TyMap, indent: int, input_ty_map: TyMap | None
) -> str:
    """Return a registered constructor: what it makes becomes ``self``."""
    groups = method.schema.named_args or {}
    if "params" not in groups:
        params = ["self", f"*args: {ty_map('Any')}"]
    else:
        params = ["self", *_positional_params(groups["params"], input_ty_map or ty_map, False)]
    return f"{' ' * indent}def __ffi_init__({', '.join(params)}) -> None: ..."
