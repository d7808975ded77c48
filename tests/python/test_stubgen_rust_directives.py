# SPDX-License-Identifier: Apache-2.0
"""Rust target: the one-line directives, and what is wrong with malformed ones."""

from __future__ import annotations

import pytest
from stub_rust_support import Crate
from tvm_ffi.stub.rust_generator import RustGenerator
from tvm_ffi.stub.rust_generator.directives import Directives, EnumSpec
from tvm_ffi.stub.rust_generator.utils import RustImports

FIELD_FORM = "<type_key>.<field>"
ENUM_FORM = f"{FIELD_FORM} -> Name(i32) {{ A=0, B=1 }}"


@pytest.fixture
def crate(monkeypatch):
    return Crate(monkeypatch)


def parse(name, payload):
    directives = Directives()
    directives.add(name, payload, 7)
    return directives


# ---- parsing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "payload", "expected"),
    [
        ("opaque", "a.B", Directives(opaque={"a.B"})),
        ("custom-new", "a.B", Directives(custom_new={"a.B"})),
        ("nullable", "a.B.c", Directives(nullable={"a.B.c"})),
        ("field", "a.B.c -> x::Y", Directives(field_types={"a.B.c": "x::Y"})),
        ("field", "a.B.c->Option<X>", Directives(field_types={"a.B.c": "Option<X>"})),
        ("upcast", "a.B -> x::Y", Directives(upcasts={"a.B": ["x::Y"]})),
        ("enum", "a.B.c -> K(u8)", Directives(enums={"a.B.c": EnumSpec("K", "u8", ())})),
        (
            "enum",
            "a.B.c -> K(i16){ A = 0, B=-1, }",
            Directives(enums={"a.B.c": EnumSpec("K", "i16", (("A", 0), ("B", -1)))}),
        ),
    ],
)
def test_directives_are_read(name, payload, expected):
    assert parse(name, payload) == expected


@pytest.mark.parametrize(
    ("name", "payload", "form"),
    [
        ("opaque", "", "<type_key>"),
        ("opaque", "a b", "<type_key>"),
        ("custom-new", "a.B -> C", "<type_key>"),
        ("nullable", "a", FIELD_FORM),
        ("nullable", "a.b c", FIELD_FORM),
        ("nullable", "a.", FIELD_FORM),
        ("field", "a.b", f"{FIELD_FORM} -> <RustType>"),
        ("field", "a.b ->", f"{FIELD_FORM} -> <RustType>"),
        ("field", "a -> T", FIELD_FORM),
        ("upcast", "a.B", "<type_key> -> <RustType>"),
        ("upcast", "a b -> T", "<type_key>"),
        ("enum", "a.b", ENUM_FORM),
        ("enum", "a.b -> K", ENUM_FORM),
        ("enum", "a.b -> K(f32)", ENUM_FORM),
        ("enum", "a.b -> K(i128)", ENUM_FORM),
        ("enum", "a.b -> K (i32)", ENUM_FORM),
        ("enum", "a.b -> K(i32) { A }", ENUM_FORM),
        ("enum", "a.b -> K(i32) { A=0x1 }", ENUM_FORM),
        ("enum", "a.b -> K(i32) { A=1 } x", ENUM_FORM),
        ("enum", "a b.c -> K(i32)", ENUM_FORM),
        ("enum", "a -> K(i32)", FIELD_FORM),
    ],
)
def test_malformed_directives_name_the_line_and_the_form(name, payload, form):
    with pytest.raises(ValueError) as failure:
        parse(name, payload)
    assert str(failure.value) == f"Invalid `{name}` directive at line 7. Expected `{form}`"


def test_the_target_has_these_directives():
    expected = {"import-object", "field", "nullable", "enum", "opaque", "upcast", "custom-new"}
    assert RustGenerator().directive_kinds == expected
    with pytest.raises(ValueError, match=r"^Unknown directive `nope` at line 7$"):
        parse("nope", "a.B")


# ---- import-object ------------------------------------------------------------------------------


def test_import_object_adds_a_use_line(crate):
    generated = crate.generate(
        crate.add("a.T"), directives=("import-object: q::W;ignored", "import-object: m.n.X")
    )
    assert generated.uses[:2] == ["m::n::X", "q::W"]


def test_imports_come_before_what_generated_code_imports(crate):
    key = crate.add("a.T", ("v", "ffi.String", 16))
    generated = crate.generate(key, directives=("import-object: my::String",))
    assert generated.struct_fields() == {"v": "tvm_ffi::String"}
    assert "my::String" in generated.uses


def test_a_name_without_a_path_needs_no_use_line():
    imports = RustImports()
    assert imports.record("Local") == "Local"
    assert imports.record("Option<a::B>") == "Option<a::B>"
    assert imports.record("a::B") == "B"
    assert imports.record("a::B") == "B"
    assert imports.record("c::B") == "c::B"
    assert [use.as_use_line() for use in imports.items] == ["use a::B;"]


# ---- field --------------------------------------------------------------------------------------


def test_a_field_directive_gives_a_type(crate):
    key = crate.add("a.T", ("n", "int", 4), ("d", "ffi.Dict", 8), ("m", "Any", 16))
    directives = ("field: a.T.n -> u32", "field: a.T.d -> x::Dict", "field: a.T.m -> Mine")
    generated = crate.generate(key, directives=directives)
    assert generated.struct_fields() == {"n": "u32", "d": "Dict", "m": "Mine"}
    assert "pub fn new(n: u32, d: impl Into<Dict>, m: impl Into<Mine>)" in generated.text
    assert "drop_if_defined(addr_of_mut!((*this).m));" in generated.text
    assert generated.uses[-1] == "x::Dict"


def test_a_field_directive_gives_the_type_of_an_accessor(crate):
    key = crate.add("a.T", ("v", "Any", 16), total_size=48)
    text = crate.generate(key, directives=("field: a.T.v -> x::Y",)).text
    assert "pub fn v(&self) -> Result<Y> {\n" in text
    assert '        FieldGetter::new(Self::type_index(), "v")?.get(self)\n' in text


def test_a_type_with_arguments_is_written_as_it_is(crate):
    key = crate.add("a.T", ("v", "ffi.Dict", 8))
    generated = crate.generate(key, directives=("field: a.T.v -> Option<x::Y>",))
    assert generated.struct_fields() == {"v": "Option<x::Y>"}
    assert not [use for use in generated.uses if "Option" in use or "Y" in use]


def test_a_directive_on_an_inherited_field_narrows_the_constructor(crate):
    crate.add("a.A", ("v", "ffi.Object", 8))
    crate.add("a.B", parent="a.A")
    crate.add("a.C", parent="a.B")
    directives = ("field: a.B.v -> x::Narrow",)
    narrowed = crate.generate("a.A", "a.B", directives=directives).text
    assert "pub fn new(v: Narrow) -> Self {\n        let base = AObj::new(v.into());" in narrowed
    inherited = crate.generate("a.A", "a.B", "a.C", directives=directives).text
    assert "pub fn new(v: Narrow) -> Self {\n        let base = BObj::new(v);" in inherited


@pytest.mark.parametrize(
    ("directive", "problem"),
    [
        ("field: a.T.n -> u64", "maps a 4-byte field to `u64` (8 bytes)"),
        ("field: a.T.n -> bool", "maps a 4-byte field to `bool` (1 bytes)"),
        ("enum: a.T.n -> K(i8)", "maps a 4-byte field to `i8` (1 bytes)"),
    ],
)
def test_scalars_of_another_width_are_refused(crate, directive, problem):
    key = crate.add("a.T", ("n", "int", 4))
    with pytest.raises(ValueError) as failure:
        crate.generate(key, directives=(directive,))
    assert str(failure.value) == f"Directive on `a.T.n` {problem}"


# ---- nullable -----------------------------------------------------------------------------------


def test_nullable_fields_are_optional(crate):
    key = crate.add("a.T", ("o", "ffi.Object", 8), ("m", "Optional<ffi.Map>", 8))
    directives = ("nullable: a.T.o", "nullable: a.T.m")
    generated = crate.generate(key, directives=directives)
    assert generated.struct_fields() == {"o": "Option<ObjectRef>", "m": "Option<Map<Any, Any>>"}
    opaque = crate.generate(key, directives=(*directives, "opaque: a.T")).text
    assert "pub fn o(&self) -> Result<Option<ObjectRef>>" in opaque


def test_only_pointers_can_be_null(crate):
    key = crate.add("a.T", ("n", "int", 4))
    with pytest.raises(ValueError) as failure:
        crate.generate(key, directives=("nullable: a.T.n",))
    assert str(failure.value) == (
        "`nullable` directive on `a.T.n`: the field is 4 bytes, "
        "not a pointer-sized object reference"
    )


# ---- enum ---------------------------------------------------------------------------------------


def test_an_enum_directive_writes_an_open_newtype(crate):
    key = crate.add("a.T", ("kind", "int", 2))
    generated = crate.generate(key, directives=("enum: a.T.kind -> Kind(u16) { A=0, B=7 }",))
    assert generated.struct_fields() == {"kind": "Kind"}
    assert generated.text.startswith(
        "#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]\n"
        "#[repr(transparent)]\n"
        "pub struct Kind(u16);\n"
        "\n"
        "#[allow(non_upper_case_globals)]\n"
        "impl Kind {\n"
        "    pub const A: Self = Self(0);\n"
        "    pub const B: Self = Self(7);\n"
        "    pub const fn from_raw(value: u16) -> Self {\n"
        "        Self(value)\n"
        "    }\n"
        "    pub const fn as_raw(self) -> u16 {\n"
        "        self.0\n"
        "    }\n"
        "}\n"
        "\n"
        "impl TryFrom<i64> for Kind {\n"
        "    type Error = Error;\n"
        "    fn try_from(value: i64) -> Result<Self> {\n"
        "        u16::try_from(value).map(Self).map_err(|_| {\n"
        '            Error::new(VALUE_ERROR, &format!("Kind value {value} does not fit u16"), "")\n'
        "        })\n"
        "    }\n"
        "}\n"
        "\n"
        "/// Complete:"
    )
    assert "(*this).kind" not in generated.text  # numbers need no teardown
    assert {"tvm_ffi::Error", "tvm_ffi::Result", "tvm_ffi::VALUE_ERROR"} <= set(generated.uses)


def test_an_enum_of_an_opaque_type_is_read_as_a_number(crate):
    key = crate.add("a.T", ("kind", "int", 4), total_size=40)
    generated = crate.generate(key, directives=("enum: a.T.kind -> Kind(i32)",))
    assert generated.item("impl TObj") == (
        "impl TObj {\n"
        "    pub fn kind(&self) -> Result<Kind> {\n"
        '        let raw: i64 = FieldGetter::new(Self::type_index(), "kind")?.get(self)?;\n'
        "        Kind::try_from(raw)\n"
        "    }\n"
        "}"
    )


# ---- types --------------------------------------------------------------------------------------


def test_an_opaque_directive_keeps_fields_out_of_the_struct(crate):
    key = crate.add("a.T", ("v", "int", 4))
    generated = crate.generate(key, directives=("opaque: a.T",))
    assert "vetoed by directive although the layout is reproducible" in generated.doc()
    assert generated.struct_fields() == {}
    assert "pub fn v(&self) -> Result<i64>" in generated.text


def test_upcasts_are_added_to_those_of_ancestors(crate):
    crate.add("a.A")
    key = crate.add("a.B", parent="a.A")
    directives = ("upcast: a.B -> x::Up", "upcast: a.B -> Other")
    generated = crate.generate("a.A", key, directives=directives)
    assert generated.code[-1] == "tvm_ffi::impl_object_upcast!(B => A, B => Up, B => Other);"
    assert generated.uses[-1] == "x::Up"


def test_custom_new_leaves_the_name_new_to_the_user(crate):
    key = crate.add("a.T", ("v", "int", 8))
    generated = crate.generate(key, directives=("custom-new: a.T",))
    assert "    pub fn from_fields(v: i64) -> Self {" in generated.item("impl T {")
    assert "    pub fn new(v: i64) -> Self {" in generated.item("impl TObj {")


def test_directives_on_other_types_change_nothing(crate):
    key = crate.add("a.T", ("v", "int", 8))
    directives = ("opaque: a.Other", "field: a.Other.v -> x::Y", "nullable: a.Other.v")
    assert crate.generate(key, directives=directives) == crate.generate(key)
