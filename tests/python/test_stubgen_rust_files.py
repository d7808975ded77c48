# SPDX-License-Identifier: Apache-2.0
"""Rust target: whole blocks, modules of files, what makes a file stale, and init mode."""

from __future__ import annotations

from pathlib import Path

import pytest
from stub_rust_support import Crate
from tvm_ffi.stub.consts import RUST_SYNTAX
from tvm_ffi.stub.file_utils import CodeBlock
from tvm_ffi.stub.generator import get_generator
from tvm_ffi.stub.rust_generator import RustGenerator
from tvm_ffi.stub.rust_generator.codegen import (
    finalize_rust_module_tree,
    generate_rust_import_section,
    generate_rust_object,
)
from tvm_ffi.stub.rust_generator.utils import (
    RustImports,
    RustUse,
    builtin_mirror_name,
    check_tokens,
    is_crate_type_key,
    rust_module_path,
)
from tvm_ffi.stub.utils import InitConfig, Options

CIRCLE = """\
// tvm-ffi-stubgen(begin): object/demo.Circle
/// Complete: reflected fields fill [48, 72) exactly (alignment padding [65, 72)).
#[repr(C)]
#[derive(tvm_ffi::derive::Object)]
#[type_key = "demo.Circle"]
#[type_final]
pub struct CircleObj {
    base: ShapeObj,
    pub radius: f64,
    pub tags: List<i64>,
    pub flag: bool,
}

const _: () = {
    assert!(::core::mem::size_of::<CircleObj>() == 72);
    assert!(::core::mem::align_of::<CircleObj>() == 8);
};

#[repr(C)]
#[derive(tvm_ffi::derive::ObjectRef, Clone)]
pub struct Circle {
    base: ObjectArc<CircleObj>,
}

impl Deref for Circle {
    type Target = CircleObj;
    fn deref(&self) -> &CircleObj {
        &self.base
    }
}

impl Deref for CircleObj {
    type Target = ShapeObj;
    fn deref(&self) -> &ShapeObj {
        &self.base
    }
}

impl CircleObj {
    pub(crate) fn new(name: String, id: i32, radius: f64, tags: List<i64>, flag: bool) -> Self {
        let base = ShapeObj::new(name, id);
        Self { base, radius, tags, flag }
    }
}

impl Circle {
    /// Lossless complete-field allocation.
    pub fn new(
        name: impl Into<String>,
        id: i32,
        radius: f64,
        tags: impl Into<List<i64>>,
        flag: bool,
    ) -> Self {
        let obj = CircleObj::new(name.into(), id, radius, tags.into(), flag);
        Self { base: ObjectArc::new(obj) }
    }
}

tvm_ffi::impl_object_upcast!(Circle => Shape);
// tvm-ffi-stubgen(end)
"""

# What follows the constructors in a type that others may derive from.
SHAPE_TRAITS = """\
impl ShallowCopy for ShapeObj {
    fn shallow_copy(&self) -> Self {
        Self {
            base: ShallowCopy::shallow_copy(&self.base),
            name: Clone::clone(&self.name),
            id: Clone::clone(&self.id),
        }
    }
}

unsafe impl UnsafeInit for ShapeObj {
    unsafe fn drop_defined_fields(this: *mut Self) {
        unsafe {
            UnsafeInit::drop_defined_fields(addr_of_mut!((*this).base));
            drop_if_defined(addr_of_mut!((*this).name));
            drop_if_defined(addr_of_mut!((*this).id));
        }
    }
}
"""

IMPORTS = """\
// tvm-ffi-stubgen(begin): import-section
use std::ops::Deref;
use std::ptr::addr_of_mut;
use tvm_ffi::List;
use tvm_ffi::Object;
use tvm_ffi::ObjectArc;
use tvm_ffi::ShallowCopy;
use tvm_ffi::String;
use tvm_ffi::UnsafeInit;
use tvm_ffi::reflection::drop_if_defined;
// tvm-ffi-stubgen(end)
"""


def empty_block(kind, param="", indent=""):
    stub = f"{kind}/{param}" if param else kind
    lines = [f"{indent}{RUST_SYNTAX.begin} {stub}", f"{indent}{RUST_SYNTAX.end}"]
    return CodeBlock(kind, param, 1, 2, lines)


def text_of(block):
    return "".join(f"{line}\n" for line in block.lines)


@pytest.fixture
def demo(monkeypatch):
    """Return the types of the sample."""
    crate = Crate(monkeypatch)
    crate.add("demo.Shape", ("name", "ffi.String", 16), ("id", "int", 4))
    fields = ("radius", "float", 8), ("tags", "ffi.List<int>", 8), ("flag", "bool", 1)
    crate.add("demo.Circle", *fields, parent="demo.Shape", final=True)
    return crate


def fill(crate, keys, indent=""):
    """Return filled blocks by key, and the import section under `""`."""
    generator, imports = RustGenerator(), RustImports()
    declared = dict.fromkeys(keys, ("crate", "demo"))
    blocks = {key: empty_block("object", key, indent) for key in keys}
    for key, block in blocks.items():
        names, info = generator.default_ty_map(), crate.infos[key]
        generate_rust_object(block, names, imports, Options(), info, declared)
    blocks[""] = empty_block("import-section")
    generate_rust_import_section(blocks[""], imports, Options(), set())
    return blocks


# ---- whole blocks -------------------------------------------------------------------------------


def test_the_sample(demo):
    blocks = fill(demo, ["demo.Shape", "demo.Circle"])
    assert text_of(blocks["demo.Circle"]) == CIRCLE
    assert text_of(blocks[""]) == IMPORTS
    shape = text_of(blocks["demo.Shape"])
    assert shape.endswith(f"\n\n{SHAPE_TRAITS}{RUST_SYNTAX.end}\n")


def test_lines_get_the_indentation_of_the_marker(demo):
    block = fill(demo, ["demo.Shape"], indent="    ")["demo.Shape"]
    plain = fill(demo, ["demo.Shape"])["demo.Shape"]
    assert block.lines == [f"    {line}" if line else "" for line in plain.lines]


def test_filling_a_block_again_changes_nothing(demo):
    block = fill(demo, ["demo.Shape"])["demo.Shape"]
    before = list(block.lines)
    declared = {"demo.Shape": ("crate", "demo")}
    names, info = RustGenerator().default_ty_map(), demo.infos["demo.Shape"]
    generate_rust_object(block, names, RustImports(), Options(), info, declared)
    assert block.lines == before


def test_an_import_section_that_nothing_needs_is_emptied():
    block = empty_block("import-section")
    block.lines.insert(1, "use old::Thing;")
    generate_rust_import_section(block, RustImports(), Options(), set())
    assert block.lines == empty_block("import-section").lines


def test_types_that_the_file_defines_are_not_imported():
    imports = RustImports()
    imports.record("crate::m::Own")
    imports.record("a.b.Other")
    block = empty_block("import-section")
    generate_rust_import_section(block, imports, Options(), {"crate::m::Own"})
    assert block.lines[1:-1] == ["use a::b::Other;"]


@pytest.mark.parametrize("method", ["global_funcs", "all", "export", "helpers"])
def test_other_blocks_are_left_alone(method):
    generator = RustGenerator()
    block = CodeBlock("__all__", "", 1, 3, ["begin", "old", "end"])
    arguments = {
        "global_funcs": ([], {}, generator.new_imports(), Options()),
        "all": ({"name"}, Options()),
        "export": (),
        "helpers": (Options(),),
    }[method]
    getattr(generator, f"generate_{method}_block")(block, *arguments)
    assert block.lines == ["begin", "old", "end"]


def test_the_target_is_found_by_its_name():
    generator = get_generator("rust")
    assert isinstance(generator, RustGenerator)
    assert (generator.name, set(generator.source_exts)) == ("rust", {".rs"})
    assert generator.canonical_type_name("a.b.C") == "a::b::C"
    assert generator.extra_export_names(generator.new_imports()) == set()
    assert generator.is_builtin("ffi.Anything") and not generator.is_builtin("ffix.Thing")


# ---- names and modules --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "path", "leaf"),
    [
        ("a.b.C", "a::b::C", "C"),
        ("ffi.Shape", "tvm_ffi::Shape", "Shape"),
        ("ffi2.Shape", "ffi2::Shape", "Shape"),
        ("tvm_ffi::Shape", "tvm_ffi::Shape", "Shape"),
        ("::a::B", "::a::B", "B"),
        ("Local", "Local", "Local"),
    ],
)
def test_dotted_names_become_paths(name, path, leaf):
    use = RustUse(name)
    assert (use.path, use.leaf) == (path, leaf)
    assert use.as_use_line() == (f"use {path};" if "::" in path else "")
    assert use == RustUse(path) and len({use, RustUse(path)}) == 1


def test_stand_ins_are_named_after_the_whole_key():
    assert builtin_mirror_name("ffi.IntEnum") == "FfiIntEnumObj"
    assert builtin_mirror_name("ffi.reflection.AccessPath") == "Ffi_reflectionAccessPathObj"
    assert is_crate_type_key("ffi.x.Y") and not is_crate_type_key("ffix.Y")


@pytest.mark.parametrize(
    ("file", "module"),
    [
        ("src/lib.rs", "crate"),
        ("src/main.rs", "crate"),
        ("src/mod.rs", "crate"),
        ("src/a/mod.rs", "crate::a"),
        ("src/a/b.rs", "crate::a::b"),
        ("src/a/lib.rs", "crate::a::lib"),
        ("src/type/mod.rs", "crate::r#type"),
        ("src/match.rs", "crate::r#match"),
    ],
)
def test_modules_follow_from_the_place_in_the_crate(tmp_path, file, module):
    (tmp_path / "Cargo.toml").touch()
    assert "::".join(rust_module_path(tmp_path / file)) == module


def test_a_file_outside_of_a_crate_has_no_module(tmp_path):
    lost = tmp_path / "lost.rs"
    with pytest.raises(ValueError) as failure:
        rust_module_path(lost)
    assert str(failure.value) == f"{lost} is in no Cargo crate: no `Cargo.toml` above it"


def test_a_file_outside_of_src_has_no_module(tmp_path):
    (tmp_path / "Cargo.toml").touch()
    file = tmp_path / "tests" / "x.rs"
    with pytest.raises(ValueError) as failure:
        rust_module_path(file)
    assert str(failure.value) == (
        f"{file} is not under `{tmp_path / 'src'}`, so it is in no module of the crate"
    )


def test_the_nearest_manifest_makes_the_crate(tmp_path):
    (tmp_path / "Cargo.toml").touch()
    inner = tmp_path / "src" / "inner"
    (inner / "src").mkdir(parents=True)
    (inner / "Cargo.toml").touch()
    assert rust_module_path(inner / "src" / "a.rs") == ("crate", "a")


# ---- staleness ----------------------------------------------------------------------------------

FILE = [
    "/// Complete: a comment.",
    "use std::ops::Deref;",
    "pub struct TObj {",
    "    base: crate::ir::NodeObj,",
    "    pub v: u32,",
    "}",
]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/// Complete: a comment.", "// Another."),
        ("use std::ops::Deref;", "    use other::Thing;"),
        ("crate::ir::NodeObj", "NodeObj"),
        ("crate::ir::NodeObj", "super::kind::NodeObj"),
        ("    pub v: u32,", "  pub v : u32"),
    ],
)
def test_layout_comments_imports_and_modules_make_nothing_stale(old, new):
    changed = "\n".join(FILE).replace(old, new).splitlines()
    assert changed != FILE
    assert check_tokens(changed) == check_tokens(FILE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("u32", "i32"),
        ("pub v", "pub w"),
        ("NodeObj", "OtherObj"),
        ("crate::ir::", "Crate::ir::"),
        ("pub v: u32,", "pub v: u32, // why"),
        ("use std", "pub use std"),
    ],
)
def test_changed_code_is_stale(old, new):
    changed = "\n".join(FILE).replace(old, new).splitlines()
    assert check_tokens(changed) != check_tokens(FILE)


def test_only_trailing_commas_are_dropped():
    assert check_tokens(["f(a,", ")", "[b, c,]", "{d,}"]) == tuple("f(a)[b,c]{d}")
    assert check_tokens(["<T,>"]) == ("<", "T", ",", ">")


def test_the_view_of_a_file_is_that_of_its_generated_blocks(demo):
    generator = RustGenerator()
    blocks = list(fill(demo, ["demo.Shape"]).values())
    view = generator.check_view(blocks)
    around = [CodeBlock(None, "", 1, 1, ["fn mine() {}"]), empty_block("export", "x")]
    assert generator.check_view([*around, *blocks]) == view
    blocks[0].lines.insert(3, "pub changed: i64,")
    assert generator.check_view(blocks) != view


# ---- init mode ----------------------------------------------------------------------------------


def api_file(crate, blocks, *keys):
    infos = [crate.infos[key] for key in keys]
    config = InitConfig("pkg", "lib", "demo.")
    return RustGenerator().generate_api_file(blocks, {}, "demo", infos, config, True)


def test_a_new_file_starts_with_its_attributes_and_blocks(demo):
    assert api_file(demo, [], "demo.Shape", "demo.Circle") == (
        "#![allow(dead_code, unused_imports)]\n"
        "\n"
        "//! FFI bindings for `demo` (generated by tvm-ffi-stubgen).\n"
        "\n"
        "// tvm-ffi-stubgen(begin): import-section\n"
        "// tvm-ffi-stubgen(end)\n"
        "\n"
        "// tvm-ffi-stubgen(begin): object/demo.Shape\n"
        "// tvm-ffi-stubgen(end)\n"
        "\n"
        "// tvm-ffi-stubgen(begin): object/demo.Circle\n"
        "// tvm-ffi-stubgen(end)\n"
        "\n"
    )


def test_an_existing_file_gets_what_it_lacks(demo):
    line = CodeBlock(None, "", 1, 1, ["mod mine;"])
    assert api_file(demo, [line, empty_block("import-section")], "demo.Circle") == (
        "// tvm-ffi-stubgen(begin): object/demo.Circle\n// tvm-ffi-stubgen(end)\n\n"
    )
    assert api_file(demo, [line]).startswith("// tvm-ffi-stubgen(begin): import-section\n")
    assert api_file(demo, [line, empty_block("import-section")]) == ""


def test_a_prefix_has_one_file():
    generator = RustGenerator()
    assert generator.api_filename() == generator.init_filename() == "mod.rs"
    assert generator.generate_init_file([], "demo", "mod") == ""


def tree(directory: Path) -> dict[str, str]:
    paths = sorted(directory.rglob("*.rs"))
    return {str(path.relative_to(directory)): path.read_text() for path in paths}


def test_modules_are_declared_up_to_the_base_directory(tmp_path):
    finalize_rust_module_tree(tmp_path, {"a.b.c", "a.d"})
    assert tree(tmp_path) == {
        "mod.rs": "pub mod a;\n",
        "a/mod.rs": "pub mod b;\npub mod d;\n",
        "a/b/mod.rs": "pub mod c;\n",
    }


def test_modules_may_be_called_like_keywords(tmp_path):
    finalize_rust_module_tree(tmp_path, {"type"})
    finalize_rust_module_tree(tmp_path, {"type"})
    assert tree(tmp_path) == {"mod.rs": "pub mod r#type;\n"}


@pytest.mark.parametrize("item", ["mod a;", "pub(crate) mod a;", "pub mod a {", "pub  mod  a ;"])
def test_a_module_is_declared_in_whatever_way_the_user_likes(tmp_path, item):
    (tmp_path / "mod.rs").write_text(f"{item}\n")
    finalize_rust_module_tree(tmp_path, {"a"})
    assert tree(tmp_path) == {"mod.rs": f"{item}\n"}


def test_declared_modules_are_not_declared_again(tmp_path):
    (tmp_path / "mod.rs").write_text("//! Mine.\n    pub mod a; // why\n")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "mod.rs").write_text("// no line end")
    finalize_rust_module_tree(tmp_path, {"a", "a.x", "z"})
    once = tree(tmp_path)
    assert once == {
        "mod.rs": "//! Mine.\n    pub mod a; // why\n\npub mod z;\n",
        "a/mod.rs": "// no line end\n\npub mod x;\n",
    }
    finalize_rust_module_tree(tmp_path, {"a", "a.x", "z"})
    assert tree(tmp_path) == once
