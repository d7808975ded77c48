# SPDX-License-Identifier: Apache-2.0
"""The Rust code of one ``object/`` block: struct, wrapper, constructors, accessors, upcasts."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from .. import layout
from ..lib_state import object_info_from_type_key
from .consts import RUST_EXACT_PARAMS, RUST_OPTIONAL_FIELD_SIZE, RUST_ROOT_TYPE_KEY
from .enum_block import enum_lines
from .type_names import ANY_PATH, optional
from .utils import is_crate_type_key, rust_ident
from .wrap import INDENT, block, indent, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..utils import NamedTypeSchema, ObjectInfo
    from .type_names import TypeNames


class _Param(NamedTuple):
    """A parameter of a constructor."""

    name: str
    type: str

    def declare(self) -> str:
        """Return the declaration with the type itself."""
        return f"{self.name}: {self.type}"

    def declare_into(self) -> str:
        """Return the declaration of whatever converts into the type."""
        if self.type in RUST_EXACT_PARAMS:
            return self.declare()
        return f"{self.name}: impl Into<{self.type}>"

    def forward_into(self) -> str:
        """Return the argument that makes the type out of what :meth:`declare_into` takes."""
        return self.name if self.type in RUST_EXACT_PARAMS else f"{self.name}.into()"


class ObjectBlock:
    """Writes the code of one type.

    Parameters
    ----------
    info
        The type.
    names
        What its file may call other types.

    """

    def __init__(self, info: ObjectInfo, names: TypeNames) -> None:
        assert info.type_key is not None
        self.info = info
        self.names = names
        self.key = info.type_key
        self.leaf = self.key.rpartition(".")[2]
        self.struct = f"{self.leaf}Obj"
        self.ancestors = [key for key in info.ancestors if key != RUST_ROOT_TYPE_KEY]
        self.own_fields = _by_offset(info)

    def lines(self) -> list[str]:
        """Return the code."""
        verdict = self._classify()
        base = self._base()
        self._use("tvm_ffi::ObjectArc", "std::ops::Deref")
        sections = self._enums()
        sections += [
            self._struct(verdict, base),
            self._wrapper(),
            self._deref(self.leaf, self.struct),
        ]
        if self._parent_struct is not None:
            sections.append(self._deref(self.struct, self._parent_struct))
        if verdict.is_complete:
            sections += self._constructors(base)
            sections += self._default_traits()
        elif self.info.fields:
            sections.append(self._accessors())
        sections.append(self._upcasts())
        lines: list[str] = []
        for section in filter(None, sections):
            lines += ["", *section] if lines else section
        return lines

    # ---- facts ----------------------------------------------------------------------------------

    @cached_property
    def _lineage(self) -> dict[str, ObjectInfo]:
        """The ancestors, root first, and the type itself."""
        lineage = {key: object_info_from_type_key(key) for key in self.info.ancestors}
        return {**lineage, self.key: self.info}

    def _classify(self) -> layout.Verdict:
        """Return whether a struct of Rust fields has the layout of the type."""
        owner_of = {id(field): key for key, info in self._lineage.items() for field in info.fields}
        trial = self.names.trial()
        verdicts = layout.classify(
            self._lineage,
            forced_opaque=self.names.imports.directives.opaque,
            unmirrored={key for key in self.ancestors if is_crate_type_key(key)},
            field_renderable=lambda field: trial.field_type(owner_of[id(field)], field) is not None,
        )
        self.names.missing |= trial.missing
        return verdicts[self.key]

    @cached_property
    def _parent_struct(self) -> str | None:
        """The struct of a parent that is generated or written by hand, None for a builtin one."""
        parent = self.info.parent_type_key
        if parent is None or is_crate_type_key(parent):
            return None
        return self.names.provided(parent, "Obj")

    def _base(self) -> str:
        """Return the struct that the first field holds."""
        if self._parent_struct is not None:
            return self._parent_struct
        return self.names.imports.record_builtin_base(self.ancestors)

    def _use(self, *paths: str) -> None:
        """Bring paths into scope."""
        for path in paths:
            self.names.imports.record(path)

    # ---- types ----------------------------------------------------------------------------------

    def _enums(self) -> list[list[str]]:
        """Return the newtypes of own fields."""
        enums = self.names.imports.directives.enums
        specs = [enums.get(f"{self.key}.{field.name}") for field in self.info.fields]
        sections = []
        for spec in filter(None, specs):
            self._use("tvm_ffi::Error", "tvm_ffi::Result")
            sections += enum_lines(spec, self.names.imports.record("tvm_ffi::VALUE_ERROR"))
        return sections

    def _struct(self, verdict: layout.Verdict, base: str) -> list[str]:
        """Return the object struct, with assertions on its layout if it has all fields."""
        attributes = ["#[repr(C)]", "#[derive(tvm_ffi::derive::Object)]"]
        attributes.append(f'#[type_key = "{self.key}"]')
        if self.info.is_final:
            attributes.append("#[type_final]")
        head = f"pub struct {self.struct}"
        if not verdict.is_complete:
            doc = f"/// Opaque: {verdict.detail}. Fields are read through the C ABI getters."
            return [doc, *attributes, *block(head, [f"base: {base},"])]
        params = self._own_params(self.key)
        fields = [f"base: {base},", *(f"pub {param.declare()}," for param in params)]
        size = f"assert!(::core::mem::size_of::<{self.struct}>() == {verdict.total_size});"
        alignment = f"assert!(::core::mem::align_of::<{self.struct}>() == {verdict.alignment});"
        return [
            f"/// Complete: {verdict.detail}.",
            *_allow_upper_case(param.name for param in params),
            *attributes,
            *block(head, fields),
            "",
            "const _: () = {",
            *indent([size, alignment]),
            "};",
        ]

    def _wrapper(self) -> list[str]:
        """Return the reference type."""
        return [
            "#[repr(C)]",
            "#[derive(tvm_ffi::derive::ObjectRef, Clone)]",
            *block(f"pub struct {self.leaf}", [f"base: ObjectArc<{self.struct}>,"]),
        ]

    def _deref(self, source: str, target: str) -> list[str]:
        """Return the ``Deref`` from a type to what its ``base`` holds."""
        method = block(f"fn deref(&self) -> &{target}", ["&self.base"])
        return block(f"impl Deref for {source}", [f"type Target = {target};", *method])

    def _upcasts(self) -> list[str]:
        """Return the conversions to ancestors, and to what directives name."""
        targets = [self.names.provided(key) for key in self.ancestors if not is_crate_type_key(key)]
        extra = self.names.imports.directives.upcasts.get(self.key, [])
        targets += [self.names.imports.record(target) for target in extra]
        if not targets:
            return []
        casts = ", ".join(f"{self.leaf} => {target}" for target in targets)
        return [f"tvm_ffi::impl_object_upcast!({casts});"]

    # ---- opaque types ---------------------------------------------------------------------------

    def _accessors(self) -> list[str]:
        """Return the methods that read own fields through the C ABI."""
        self._use("tvm_ffi::FieldGetter", "tvm_ffi::ObjectCore", "tvm_ffi::Result")
        methods: list[str] = []
        for field in self.info.fields:
            methods += ["", *self._accessor(field)] if methods else self._accessor(field)
        return block(f"impl {self.struct}", methods)

    def _accessor(self, field: NamedTypeSchema) -> list[str]:
        """Return the method that reads one field."""
        directives = self.names.imports.directives
        target = f"{self.key}.{field.name}"
        ident = rust_ident(field.name)
        getter = f'FieldGetter::new(Self::type_index(), "{field.name}")?'
        result: str | None
        if target in directives.enums:
            result = directives.enums[target].name
            body = [f"let raw: i64 = {getter}.get(self)?;", f"{result}::try_from(raw)"]
        else:
            if target in directives.field_types:
                result = self.names.of_directive(directives.field_types[target])
            else:
                result = self.names.value_type(field) if field.origin != "Any" else None
            if result is None:
                result = self.names.imports.record(ANY_PATH)
                body = [f"{getter}.get_any(self)"]
            else:
                if target in directives.nullable:
                    result = optional(result)
                body = [f"{getter}.get(self)"]
        head = f"pub fn {ident}(&self) -> Result<{result}>"
        return [*_allow_upper_case([ident]), *block(head, body)]

    # ---- complete types -------------------------------------------------------------------------

    def _own_params(self, key: str) -> list[_Param]:
        """Return the fields that a type of the lineage adds, by offset."""
        return [
            _Param(rust_ident(field.name), str(self.names.field_type(key, field)))
            for field in _by_offset(self._lineage[key])
        ]

    def _params(self) -> tuple[list[_Param], list[_Param]]:
        """Return the parameters of the constructors of the parent and of the type."""
        directives = self.names.imports.directives
        field_names: list[str] = []
        params: list[_Param] = []
        parent_params: list[_Param] = []
        for key, info in self._lineage.items():
            parent_params, params = params, []
            for name, param in zip(field_names, parent_params):
                narrowed = directives.field_types.get(f"{key}.{name}")
                ty = param.type if narrowed is None else self.names.of_directive(narrowed)
                params.append(_Param(param.name, ty))
            field_names += [field.name for field in _by_offset(info)]
            params += self._own_params(key)
        return parent_params, params

    def _constructors(self, base: str) -> list[list[str]]:
        """Return the constructors of the struct and of the wrapper."""
        parent_params, params = self._params()
        own = [param.name for param in params[len(parent_params) :]]
        inherited = [
            param.name if param == expected else f"{param.name}.into()"
            for param, expected in zip(params, parent_params)
        ]
        visibility = "pub(crate)" if self.info.is_final else "pub"
        name = "from_fields" if self.key in self.names.imports.directives.custom_new else "new"
        allow = _allow_upper_case(param.name for param in params)
        make_base = wrapped(f"let base = {base}::new(", inherited, ");", depth=2)
        make_object = wrapped(
            f"let obj = {self.struct}::new(",
            [param.forward_into() for param in params],
            ");",
            depth=2,
        )
        struct_new = _function(
            f"{visibility} fn new(",
            [param.declare() for param in params],
            [*make_base, *wrapped("Self {", ["base", *own], "}", depth=2)],
        )
        wrapper_new = _function(
            f"pub fn {name}(",
            [param.declare_into() for param in params],
            [*make_object, "Self { base: ObjectArc::new(obj) }"],
        )
        doc = "/// Lossless complete-field allocation."
        return [
            block(f"impl {self.struct}", [*allow, *struct_new]),
            block(f"impl {self.leaf}", [doc, *allow, *wrapper_new]),
        ]

    def _default_traits(self) -> list[list[str]]:
        """Return what lets types be derived from this one in Rust; nothing for a final type."""
        if self.info.is_final or not all(map(self.names.is_generated, self.ancestors)):
            return []
        return [self._shallow_copy(), self._unsafe_init()]

    def _shallow_copy(self) -> list[str]:
        """Return the copy of the fields."""
        trait = self.names.imports.record("tvm_ffi::ShallowCopy")
        fields = [f"base: {trait}::shallow_copy(&self.base)"]
        idents = [rust_ident(field.name) for field in self.own_fields]
        fields += [f"{ident}: Clone::clone(&self.{ident})" for ident in idents]
        method = block("fn shallow_copy(&self) -> Self", wrapped("Self {", fields, "}", depth=2))
        return block(f"impl {trait} for {self.struct}", method)

    def _unsafe_init(self) -> list[str]:
        """Return the teardown of a struct that may be filled in part."""
        record = self.names.imports.record
        trait, addr_of_mut = record("tvm_ffi::UnsafeInit"), record("std::ptr::addr_of_mut")
        calls = [f"{trait}::drop_defined_fields({addr_of_mut}!((*this).base));"]
        for field in self.own_fields:
            drop = self._drop_function(field)
            if drop is not None:
                calls.append(f"{drop}({addr_of_mut}!((*this).{rust_ident(field.name)}));")
        method = block("unsafe fn drop_defined_fields(this: *mut Self)", block("unsafe", calls))
        return block(f"unsafe impl {trait} for {self.struct}", method)

    def _drop_function(self, field: NamedTypeSchema) -> str | None:
        """Return what tears a field down; None if nothing has to.

        Cells of any type are dropped always: all bytes zero is their None.
        """
        directives = self.names.imports.directives
        target = f"{self.key}.{field.name}"
        if target in directives.enums:
            return None
        is_cell = field.origin == "Any" or (
            field.origin == "Optional" and field.size == RUST_OPTIONAL_FIELD_SIZE
        )
        if is_cell and target not in directives.field_types:
            return self.names.imports.record("std::ptr::drop_in_place")
        return self.names.imports.record("tvm_ffi::reflection::drop_if_defined")


def _by_offset(info: ObjectInfo) -> list[NamedTypeSchema]:
    """Return the own fields of a type in the order in which a struct has them."""
    return sorted(info.fields, key=lambda field: field.offset or 0)


def _function(opening: str, params: list[str], body: list[str]) -> list[str]:
    """Return a constructor, its parameters wrapped."""
    head = wrapped(opening, params, ") -> Self {", depth=1)
    return [*head, *(f"{INDENT}{line}" for line in body), "}"]


def _allow_upper_case(idents: Iterable[str]) -> list[str]:
    """Return the attribute that names with upper-case letters need."""
    is_needed = any(char.isupper() for ident in idents for char in ident)
    return ["#[allow(non_snake_case)]"] if is_needed else []
