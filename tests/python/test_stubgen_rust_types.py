# SPDX-License-Identifier: Apache-2.0
"""Rust target: the types of fields, structs, constructors and accessors."""

from __future__ import annotations

import pytest
from stub_rust_support import Crate
from tvm_ffi.core import TypeSchema
from tvm_ffi.stub.rust_generator.utils import render_rust_type

SCALARS = [
    ("int", 1, "i8"),
    ("int", 2, "i16"),
    ("int", 4, "i32"),
    ("int", 8, "i64"),
    ("float", 4, "f32"),
    ("float", 8, "f64"),
    ("bool", 1, "bool"),
]
VALUES = [
    ("ffi.String", 16, "String"),
    ("ffi.Bytes", 16, "Bytes"),
    ("Any", 16, "Any"),
    ("ffi.BigInt", 16, "BigInt"),
    ("Device", 8, "DLDevice"),
    ("DataType", 4, "DLDataType"),
    ("ffi.Function", 8, "Function"),
    ("ffi.Object", 8, "ObjectRef"),
    ("ffi.Tensor", 8, "Tensor"),
    ("ffi.Shape", 8, "Shape"),
    ("ffi.Module", 8, "Module"),
    ("ffi.Error", 8, "Error"),
    ("ffi.reflection.AccessPath", 8, "AccessPath"),
    ("ffi.Array", 8, "Array<Any>"),
    ("ffi.List<ffi.Array<int>>", 8, "List<Array<i64>>"),
    ("ffi.Map<ffi.String, Optional<ffi.Object>>", 8, "Map<String, Option<ObjectRef>>"),
]
OPTIONALS = [
    ("int", 16, "Optional<i64>"),
    ("float", 16, "Optional<f64>"),
    ("bool", 16, "Optional<bool>"),
    ("Device", 16, "Optional<DLDevice>"),
    ("DataType", 16, "Optional<DLDataType>"),
    ("ffi.String", 16, "Optional<String>"),
    ("ffi.Bytes", 16, "Optional<Bytes>"),
    ("Optional<int>", 16, "Optional<Option<i64>>"),
    ("ffi.Object", 8, "Option<ObjectRef>"),
    ("ffi.Array<int>", 8, "Option<Array<i64>>"),
]
# No Rust type has the layout of these fields; the accessors return what is at the end.
WITHOUT_MIRROR = [
    ("ffi.Dict", 8, "Any"),
    ("ffi.Dict<ffi.String, int>", 8, "Any"),
    ("Variant<int, ffi.String>", 16, "Any"),
    ("Tuple<int, int>", 8, "Any"),
    ("void*", 8, "Any"),
    ("ffi.Array<Variant<int, ffi.String>>", 8, "Any"),
    ("ffi.Map<ffi.String, ffi.Dict>", 8, "Any"),
    ("ffi.EnumState", 8, "Any"),
    ("Optional<Any>", 16, "Option<Any>"),
    ("Optional<int>", 8, "Option<i64>"),
    ("Optional<ffi.Object>", 16, "Option<ObjectRef>"),
]


@pytest.fixture
def crate(monkeypatch):
    return Crate(monkeypatch)


# ---- fields -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("schema", "size", "rust_type"), SCALARS + VALUES)
def test_fields_have_a_type_of_their_layout(crate, schema, size, rust_type):
    generated = crate.generate(crate.add("a.T", ("v", schema, size)))
    assert generated.struct_fields() == {"v": rust_type}


@pytest.mark.parametrize(("payload", "size", "rust_type"), OPTIONALS)
def test_optional_fields_are_cells_or_nullable_pointers(crate, payload, size, rust_type):
    generated = crate.generate(crate.add("a.T", ("v", f"Optional<{payload}>", size)))
    assert generated.struct_fields() == {"v": rust_type}


@pytest.mark.parametrize(("schema", "size", "value_type"), WITHOUT_MIRROR)
def test_a_field_without_a_type_of_its_layout_is_read_by_an_accessor(
    crate, schema, size, value_type
):
    generated = crate.generate(crate.add("a.T", ("v", schema, size)))
    assert "has no native mirror. Fields are read through the C ABI getters." in generated.doc()
    assert generated.struct_fields() == {}
    get = "get_any" if value_type == "Any" else "get"
    assert generated.item("impl TObj").splitlines() == [
        "impl TObj {",
        f"    pub fn v(&self) -> Result<{value_type}> {{",
        f'        FieldGetter::new(Self::type_index(), "v")?.{get}(self)',
        "    }",
        "}",
    ]


def test_accessors_return_numbers_in_full_width(crate):
    key = crate.add("a.T", ("small", "int", 1), ("real", "float", 4), total_size=48)
    text = crate.generate(key).item("impl TObj")
    assert "pub fn small(&self) -> Result<i64>" in text
    assert "pub fn real(&self) -> Result<f64>" in crate.generate(key).text


def test_fields_are_in_the_order_of_their_offsets_and_accessors_as_registered(crate):
    fields = ("late", "int", 8, 32), ("early", "int", 8, 24)
    complete = crate.generate(crate.add("a.T", *fields, total_size=40))
    assert list(complete.struct_fields()) == ["early", "late"]
    assert "pub fn new(early: i64, late: i64) -> Self" in complete.text
    opaque = crate.generate(crate.add("a.U", *fields, total_size=48)).text
    assert opaque.index("fn late") < opaque.index("fn early")


def test_a_part_without_a_rust_type_leaves_none_of_the_whole():
    schema = TypeSchema("Array", (TypeSchema("Union", (TypeSchema("int"), TypeSchema("str"))),))
    assert render_rust_type(schema, lambda origin, key: origin) is None
    nested = TypeSchema("Map", (TypeSchema("str"), TypeSchema("Optional", (TypeSchema("int"),))))
    assert render_rust_type(nested, lambda origin, key: origin) == "Map<str, Option<int>>"
    assert render_rust_type(nested, lambda origin, key: None if origin == "int" else "X") is None


# ---- structs ------------------------------------------------------------------------------------


def test_a_complete_struct_states_its_size_and_alignment(crate):
    text = crate.generate(crate.add("a.T", ("v", "int", 4))).text
    assert text.startswith(
        "/// Complete: reflected fields fill [24, 32) exactly (alignment padding [28, 32)).\n"
        "#[repr(C)]\n"
        "#[derive(tvm_ffi::derive::Object)]\n"
        '#[type_key = "a.T"]\n'
        "pub struct TObj {\n"
        "    base: Object,\n"
        "    pub v: i32,\n"
        "}\n"
        "\n"
        "const _: () = {\n"
        "    assert!(::core::mem::size_of::<TObj>() == 32);\n"
        "    assert!(::core::mem::align_of::<TObj>() == 8);\n"
        "};\n"
    )


def test_an_opaque_struct_has_only_its_parent(crate):
    generated = crate.generate(crate.add("a.T", ("v", "int", 8), total_size=40, final=True))
    assert generated.item("/// Opaque") == (
        "/// Opaque: bytes [32, 40) of [24, 40) are not accounted for by reflected fields. "
        "Fields are read through the C ABI getters.\n"
        "#[repr(C)]\n"
        "#[derive(tvm_ffi::derive::Object)]\n"
        '#[type_key = "a.T"]\n'
        "#[type_final]\n"
        "pub struct TObj {\n"
        "    base: Object,\n"
        "}"
    )
    assert "fn new" not in generated.text


def test_an_opaque_type_without_fields_has_no_accessors(crate):
    generated = crate.generate(crate.add("a.T", total_size=32))
    assert "impl TObj" not in generated.text
    assert generated.uses == ["std::ops::Deref", "tvm_ffi::Object", "tvm_ffi::ObjectArc"]


def test_a_child_dereferences_to_its_parent_and_converts_to_all_ancestors(crate):
    crate.add("a.A")
    crate.add("a.B", ("v", "int", 8), parent="a.A")
    generated = crate.generate("a.A", "a.B", crate.add("a.C", parent="a.B"))
    assert "pub struct CObj {\n    base: BObj,\n}" in generated.text
    assert "impl Deref for CObj {\n    type Target = BObj;\n" in generated.text
    assert generated.code[-1] == "tvm_ffi::impl_object_upcast!(C => A, C => B);"


def test_children_of_opaque_types_are_opaque(crate):
    crate.add("a.A", total_size=32)
    generated = crate.generate("a.A", crate.add("a.B", ("v", "int", 8), parent="a.A"))
    assert "/// Opaque: parent 'a.A' is opaque (uncovered-bytes)." in generated.doc()
    assert "base: AObj," in generated.text


def test_builtin_ancestors_are_stood_in_for(crate):
    crate.add("ffi.sub.Kind", parent="ffi.Enum")
    generated = crate.generate(crate.add("a.T", parent="ffi.sub.Kind"))
    assert "is opaque (no-mirror)" in generated.doc()
    assert "    base: Ffi_subKindObj," in generated.code
    assert "impl_object_upcast" not in generated.text
    assert generated.imports == [
        "use std::ops::Deref;",
        "use tvm_ffi::Object;",
        "use tvm_ffi::ObjectArc;",
        "",
        "/// Header-only stand-in for the builtin `ffi.Enum`; it only carries the ancestor depth.",
        "#[allow(dead_code)]",
        "#[repr(C)]",
        "#[derive(tvm_ffi::derive::Object)]",
        '#[type_key = "ffi.Enum"]',
        "struct FfiEnumObj {",
        "    base: Object,",
        "}",
        "",
        "/// Header-only stand-in for the builtin `ffi.sub.Kind`; "
        "it only carries the ancestor depth.",
        "#[allow(dead_code)]",
        "#[repr(C)]",
        "#[derive(tvm_ffi::derive::Object)]",
        '#[type_key = "ffi.sub.Kind"]',
        "struct Ffi_subKindObj {",
        "    base: FfiEnumObj,",
        "}",
    ]


# ---- constructors and traits --------------------------------------------------------------------


def test_constructors_take_all_fields_of_the_chain(crate):
    crate.add("a.A", ("name", "ffi.String", 16))
    generated = crate.generate("a.A", crate.add("a.B", ("n", "int", 4), parent="a.A", final=True))
    assert generated.item("impl BObj") == (
        "impl BObj {\n"
        "    pub(crate) fn new(name: String, n: i32) -> Self {\n"
        "        let base = AObj::new(name);\n"
        "        Self { base, n }\n"
        "    }\n"
        "}"
    )
    assert generated.item("impl B {") == (
        "impl B {\n"
        "    /// Lossless complete-field allocation.\n"
        "    pub fn new(name: impl Into<String>, n: i32) -> Self {\n"
        "        let obj = BObj::new(name.into(), n);\n"
        "        Self { base: ObjectArc::new(obj) }\n"
        "    }\n"
        "}"
    )


def test_only_types_that_may_be_derived_from_can_be_filled_in_part(crate):
    final = crate.generate(crate.add("a.F", ("v", "int", 8), final=True))
    assert "ShallowCopy" not in final.text and "UnsafeInit" not in final.text
    assert "tvm_ffi::UnsafeInit" not in final.uses
    unsaid = crate.generate(crate.add("a.N", ("v", "int", 8), final=None))
    assert "impl ShallowCopy for NObj" in unsaid.text


def test_teardown_drops_cells_always_and_other_fields_when_they_are_set(crate):
    fields = ("any", "Any", 16), ("cell", "Optional<int>", 16), ("ptr", "Optional<ffi.Object>", 8)
    generated = crate.generate(crate.add("a.T", *fields, ("n", "int", 8)))
    assert generated.item("unsafe impl UnsafeInit") == (
        "unsafe impl UnsafeInit for TObj {\n"
        "    unsafe fn drop_defined_fields(this: *mut Self) {\n"
        "        unsafe {\n"
        "            UnsafeInit::drop_defined_fields(addr_of_mut!((*this).base));\n"
        "            drop_in_place(addr_of_mut!((*this).any));\n"
        "            drop_in_place(addr_of_mut!((*this).cell));\n"
        "            drop_if_defined(addr_of_mut!((*this).ptr));\n"
        "            drop_if_defined(addr_of_mut!((*this).n));\n"
        "        }\n"
        "    }\n"
        "}"
    )


def test_long_lists_and_calls_are_broken_as_rustfmt_does(crate):
    crate.add("a.ParentWithANameThatIsLong", *[(f"a_parameter_{i}", "int", 8) for i in range(5)])
    child = crate.add(
        "a.C", ("x", "ffi.Map<ffi.String, ffi.Object>", 8), parent="a.ParentWithANameThatIsLong"
    )
    text = crate.generate("a.ParentWithANameThatIsLong", child).text
    assert (
        "    pub fn new(\n"
        "        a_parameter_0: i64,\n"
        "        a_parameter_1: i64,\n"
        "        a_parameter_2: i64,\n"
        "        a_parameter_3: i64,\n"
        "        a_parameter_4: i64,\n"
        "        x: Map<String, ObjectRef>,\n"
        "    ) -> Self {\n"
        "        let base = ParentWithANameThatIsLongObj::new(\n"
        "            a_parameter_0,\n"
    ) in text
    assert max(map(len, text.splitlines())) <= 100


def test_a_bound_call_that_fits_a_line_of_its_own_moves_there(crate):
    crate.add("a.ParentWithANameThatIsLong", *[(f"parameter_{i}", "int", 8) for i in range(4)])
    child = crate.add("a.C", parent="a.ParentWithANameThatIsLong")
    lines = crate.generate("a.ParentWithANameThatIsLong", child).code
    index = lines.index("        let base =")
    assert lines[index + 1].startswith("            ParentWithANameThatIsLongObj::new(param")
    assert lines[index + 1].endswith("parameter_3);")


# ---- names --------------------------------------------------------------------------------------


def test_field_names_become_identifiers(crate):
    names = {
        "type": "r#type",
        "gen": "r#gen",
        "self": "self_",
        "Self": "Self_",
        "base": "base_",
        "__dunder__": "dunder",
        "cut_": "cut",
        "kept__": "kept__",
        "_private": "_private",
    }
    generated = crate.generate(crate.add("a.T", *[(name, "int", 8) for name in names]))
    assert list(generated.struct_fields()) == list(names.values())
    opaque = crate.generate(crate.add("a.U", ("type", "int", 8), total_size=40))
    assert 'FieldGetter::new(Self::type_index(), "type")' in opaque.text
    assert "pub fn r#type(&self)" in opaque.text


def test_upper_case_field_names_are_allowed_where_they_stand(crate):
    text = crate.generate(crate.add("a.T", ("N", "int", 8), ("m", "int", 8))).text
    assert "exactly.\n#[allow(non_snake_case)]\n#[repr(C)]" in text
    assert "impl TObj {\n    #[allow(non_snake_case)]\n    pub fn new(N: i64, m: i64)" in text
    assert "allocation.\n    #[allow(non_snake_case)]\n    pub fn new(N: i64, m: i64)" in text
    opaque = crate.generate(crate.add("a.U", ("N", "int", 8), ("m", "int", 8), total_size=48))
    assert opaque.text.count("#[allow(non_snake_case)]") == 1


def test_a_name_that_is_taken_is_written_as_a_path(crate):
    crate.add("a.String", ("v", "int", 8))
    key = crate.add("a.T", ("text", "ffi.String", 16), ("own", "a.String", 8))
    generated = crate.generate("a.String", key)
    assert generated.struct_fields() == {"text": "tvm_ffi::String", "own": "String"}
    assert "tvm_ffi::String" not in generated.uses


def test_types_of_other_modules_are_imported_or_written_as_paths(crate):
    crate.add("m.One")
    crate.add("n.One")
    key = crate.add("a.T", ("x", "m.One", 8), ("y", "n.One", 8), ("z", "ffi.Array<m.One>", 8))
    generated = crate.generate(key, modules={"m.One": "crate::m", "n.One": "crate::n::r#type"})
    assert generated.struct_fields() == {
        "x": "One",
        "y": "crate::n::r#type::One",
        "z": "Array<One>",
    }
    assert generated.uses[0] == "crate::m::One"
    assert "crate::n::r#type::One" not in generated.uses


# ---- mapped types -------------------------------------------------------------------------------


def test_a_mapped_parent_is_written_by_hand(crate):
    crate.add("m.Hand", ("v", "int", 8))
    key = crate.add("a.T", ("w", "m.Hand", 8), parent="m.Hand")
    generated = crate.generate(key, ty_map={"m.Hand": "by::hand::Made"})
    assert "    base: MadeObj," in generated.code
    assert "let base = MadeObj::new(v);" in generated.text
    assert generated.struct_fields() == {"w": "Made"}
    assert generated.uses[:2] == ["by::hand::Made", "by::hand::MadeObj"]
    assert "ShallowCopy" not in generated.text  # the parent's is not known to exist
    assert generated.code[-1] == "tvm_ffi::impl_object_upcast!(T => Made);"


@pytest.mark.parametrize(
    ("mapped", "name", "used"),
    [
        ("Local", "Local", None),
        ("crate::Local", "Local", None),
        ("crate::m::Other", "Other", "crate::m::Other"),
        ("m.n.Dotted", "Dotted", "m::n::Dotted"),
        ("ffi.Module", "Module", "tvm_ffi::Module"),
    ],
)
def test_mapped_names_are_imported_unless_they_are_in_scope(crate, mapped, name, used):
    generated = crate.generate(crate.add("a.T", ("v", "x.Y", 8)), ty_map={"x.Y": mapped})
    assert generated.struct_fields() == {"v": name}
    assert [use for use in generated.uses if use.endswith(f"::{name}")] == ([used] if used else [])


def test_dependencies_that_nobody_provides_are_listed(crate):
    crate.add("m.Parent", ("p", "m.Field", 8))
    key = crate.add("a.T", ("x", "m.Other", 8), ("y", "ffi.Array<m.Other>", 8), parent="m.Parent")
    with pytest.raises(ValueError) as failure:
        crate.generate(key)
    assert str(failure.value) == (
        "`a.T` (line 7) depends on `m.Field`, `m.Other`, `m.Parent`, which this run does not ask "
        "for: add an `object/<key>` block or a `ty-map` directive for each"
    )
