# SPDX-License-Identifier: Apache-2.0
"""C++ views of registered types: their text, and what a compiler makes of them."""

from __future__ import annotations

import ctypes
import json
import re
import shutil
import subprocess
from types import SimpleNamespace
from typing import Any, Callable, Optional, Union

import pytest
import tvm_ffi
from tvm_ffi import Object, libinfo
from tvm_ffi.core import TypeSchema
from tvm_ffi.dataclasses import IntEnum, entry, gen_abi_cpp, py_class
from tvm_ffi.dataclasses.gen_abi_cpp import _Generator

COMPILER = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="no C++ compiler")


@py_class("gen_abi.shop.Item")
class Item(Object):
    code: int
    live: bool


@py_class("gen_abi.shop.order.Line")
class Line(Item):
    note: str
    item: Item
    maybe: Optional[int]  # noqa: UP045
    flag: bool


@py_class("gen_abi.Everything")
class Everything(Object):
    integer: int
    real: float
    boolean: bool
    pointer: ctypes.c_void_p
    dtype: tvm_ffi.dtype
    device: tvm_ffi.Device
    anything: Any
    text: str
    data: bytes
    function: Callable
    typed_function: Callable[[int], str]
    tensor: tvm_ffi.Tensor
    array: tuple[int, ...]
    array_of_text: tvm_ffi.Array[str]
    list_: list[float]
    untyped_list: list
    map_: tvm_ffi.Map[str, int]
    dict_: dict[str, list[Item]]
    untyped_dict: dict
    pair: tuple[int, str]
    nothing: tuple[()]
    untyped_tuple: tuple
    object_: Object
    item: Item
    error: tvm_ffi.core.Error
    maybe_item: Optional[Item]  # noqa: UP045
    either: Union[int, str]  # noqa: UP007
    items: list[Optional[Item]]  # noqa: UP045
    objects: list[Union[Item, Object]]  # noqa: UP007
    numbers: list[Optional[int]]  # noqa: UP045
    texts: list[Optional[str]]  # noqa: UP045
    mixed: list[Union[int, str]]  # noqa: UP007
    path: tvm_ffi.access_path.AccessPath


@py_class("gen_abi.First")
class First(Object):
    seconds: list[Second]
    maybe: Optional[Second]  # noqa: UP045


@py_class("gen_abi.Second")
class Second(Object):
    first: First


@py_class("gen_abi.9x.ΔNode")
class Odd(Object):
    a: int


@py_class('gen_abi.quo"te\\.new\nline')
class Quoted(Object):
    pass


@py_class("gen_abi_top")
class Top(Object):
    pass


@py_class("gen_abi.Unstructured", structural_eq=None)
class Unstructured(Object):
    a: int


class Level(IntEnum, type_key="gen_abi.Level"):
    weight: int

    LOW = entry(value=1, weight=2)


def exactly(message):
    return f"^{re.escape(message)}$"


def compile_cpp(tmp_path, header, source, *flags):
    """Compile C++ code that includes a header; a warning is an error."""
    (tmp_path / "view.h").write_text(header, encoding="utf-8")
    path = tmp_path / "view.cc"
    path.write_text(f'#include "view.h"\n{source}', encoding="utf-8")
    includes = [f"-I{each}" for each in libinfo.include_paths()]
    command = [COMPILER, "-std=c++17", "-Wall", "-Wextra", "-Werror", *includes, str(path), *flags]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


# ---- text ---------------------------------------------------------------------------------------

ORDER_HEADER = """\
#pragma once

#include <tvm/ffi/tvm_ffi.h>

namespace gen_abi {
namespace shop {

struct ItemObj;

}  // namespace shop
}  // namespace gen_abi

namespace gen_abi {
namespace shop {
namespace order {

struct LineObj;

}  // namespace order
}  // namespace shop
}  // namespace gen_abi

template <>
inline constexpr bool tvm::ffi::is_object_subclass_v<::gen_abi::shop::ItemObj> = true;
template <>
inline constexpr bool tvm::ffi::is_object_subclass_v<::gen_abi::shop::order::LineObj> = true;

static_assert(sizeof(::tvm::ffi::Object) == 24);
static_assert(alignof(::tvm::ffi::Object) == 8);

#if defined(__clang__) || defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winvalid-offsetof"
#elif defined(_MSC_VER)
#pragma warning(push)
#pragma warning(disable : 4749)
#endif

namespace gen_abi {
namespace shop {

struct alignas(8) ItemObj : public ::tvm::ffi::Object {
  TVM_FFI_DECLARE_OBJECT_INFO_LOOKUP("gen_abi.shop.Item", 1);

  int64_t code;  // offset=24, size=8, align=8
  bool live;  // offset=32, size=1, align=1
};

static_assert(sizeof(ItemObj) == 40);
static_assert(alignof(ItemObj) == 8);
static_assert(sizeof(decltype(ItemObj::code)) == 8);
static_assert(alignof(decltype(ItemObj::code)) == 8);
static_assert(offsetof(ItemObj, code) == 24);
static_assert(sizeof(decltype(ItemObj::live)) == 1);
static_assert(alignof(decltype(ItemObj::live)) == 1);
static_assert(offsetof(ItemObj, live) == 32);

}  // namespace shop
}  // namespace gen_abi

namespace gen_abi {
namespace shop {
namespace order {

struct alignas(8) LineObj : public ::gen_abi::shop::ItemObj {
  TVM_FFI_DECLARE_OBJECT_INFO_LOOKUP("gen_abi.shop.order.Line", 2);

  ::tvm::ffi::String note;  // offset=40, size=16, align=8
  ::tvm::ffi::Arc<::gen_abi::shop::ItemObj> item;  // offset=56, size=8, align=8
  ::tvm::ffi::Any maybe;  // offset=64, size=16, align=8
  bool flag;  // offset=80, size=1, align=1
};

static_assert(sizeof(LineObj) == 88);
static_assert(alignof(LineObj) == 8);
static_assert(sizeof(decltype(LineObj::note)) == 16);
static_assert(alignof(decltype(LineObj::note)) == 8);
static_assert(offsetof(LineObj, note) == 40);
static_assert(sizeof(decltype(LineObj::item)) == 8);
static_assert(alignof(decltype(LineObj::item)) == 8);
static_assert(offsetof(LineObj, item) == 56);
static_assert(sizeof(decltype(LineObj::maybe)) == 16);
static_assert(alignof(decltype(LineObj::maybe)) == 8);
static_assert(offsetof(LineObj, maybe) == 64);
static_assert(sizeof(decltype(LineObj::flag)) == 1);
static_assert(alignof(decltype(LineObj::flag)) == 1);
static_assert(offsetof(LineObj, flag) == 80);

}  // namespace order
}  // namespace shop
}  // namespace gen_abi

#if defined(__clang__) || defined(__GNUC__)
#pragma GCC diagnostic pop
#elif defined(_MSC_VER)
#pragma warning(pop)
#endif
"""

EMPTY_HEADER = """\
#pragma once

#include <tvm/ffi/tvm_ffi.h>


static_assert(sizeof(::tvm::ffi::Object) == 24);
static_assert(alignof(::tvm::ffi::Object) == 8);

#if defined(__clang__) || defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winvalid-offsetof"
#elif defined(_MSC_VER)
#pragma warning(push)
#pragma warning(disable : 4749)
#endif

#if defined(__clang__) || defined(__GNUC__)
#pragma GCC diagnostic pop
#elif defined(_MSC_VER)
#pragma warning(pop)
#endif
"""


def test_a_type_comes_with_its_ancestors():
    assert gen_abi_cpp("gen_abi.shop.order.*") == ORDER_HEADER


def test_more_selectors_change_nothing():
    assert gen_abi_cpp(["gen_abi.shop.order.Line", "gen_abi.shop.*"]) == ORDER_HEADER
    assert gen_abi_cpp(("gen_abi.shop.*", "gen_abi.shop.*")) == ORDER_HEADER
    assert gen_abi_cpp("gen_abi.[s]ho?.*") == ORDER_HEADER


def test_static_types_emit_nothing():
    assert gen_abi_cpp("ffi.Object") == EMPTY_HEADER
    assert gen_abi_cpp(("ffi.Array", "ffi.Map", "ffi.Module")) == EMPTY_HEADER
    assert gen_abi_cpp([]) == EMPTY_HEADER


def test_carriers():
    members = re.findall(r"^  (\S.*) (\w+);  // offset", gen_abi_cpp("gen_abi.Everything"), re.M)
    item = "::gen_abi::shop::ItemObj"
    assert {name: carrier.replace("::tvm::ffi::", "") for carrier, name in members} == {
        "integer": "int64_t",
        "real": "double",
        "boolean": "bool",
        "pointer": "void*",
        "dtype": "DLDataType",
        "device": "DLDevice",
        "anything": "Any",
        "text": "String",
        "data": "Bytes",
        "function": "Function",
        "typed_function": "Function",
        "tensor": "Tensor",
        "array": "Array<int64_t>",
        "array_of_text": "Array<String>",
        "list_": "List<double>",
        "untyped_list": "List<Any>",
        "map_": "Map<String, int64_t>",
        "dict_": f"Dict<String, List<Arc<{item}>>>",
        "untyped_dict": "Dict<Any, Any>",
        "pair": "Tuple<int64_t, String>",
        "nothing": "Tuple<>",
        "untyped_tuple": "Array<Any>",
        "object_": "Arc<Object>",
        "item": f"Arc<{item}>",
        "error": "Arc<ErrorObj>",
        "maybe_item": "Any",
        "either": "Any",
        "items": f"List<ObjectPtr<{item}>>",
        "objects": "List<Arc<Object>>",
        "numbers": "List<Any>",
        "texts": "List<ObjectPtr<detail::StringObj>>",
        "mixed": "List<Any>",
        "path": "Arc<::ffi::reflection::AccessPathObj>",
    }


def test_types_that_are_only_referred_to_are_opaque():
    header = gen_abi_cpp("gen_abi.Everything")
    view = (
        "namespace ffi {\nnamespace reflection {\n\n"
        "struct AccessPathObj : public ::tvm::ffi::Object {\n"
        '  TVM_FFI_DECLARE_OBJECT_INFO_LOOKUP("ffi.reflection.AccessPath", 1);\n'
        "};\n\n}  // namespace reflection\n}  // namespace ffi\n"
    )
    assert view in header
    assert "struct ItemObj : public ::tvm::ffi::Object {" in header
    assert "struct alignas(8) EverythingObj : public ::tvm::ffi::Object {" in header


def test_names_that_cpp_does_not_have():
    header = gen_abi_cpp("gen_abi.9x.*")
    assert "namespace __ffi_escape_3978 {" in header
    assert "struct alignas(8) __ffi_escape_ce944e6f6465Obj : public" in header
    assert r'LOOKUP("gen_abi.9x.\316\224Node", 1);' in header
    quoted = gen_abi_cpp('gen_abi.quo"*')
    assert r'LOOKUP("gen_abi.quo\"te\\.new\012line", 1);' in quoted


def test_members_that_cpp_does_not_have():
    field = SimpleNamespace(
        name="größe",
        size=8,
        alignment=8,
        offset=24,
        field_static_type_index=1,
        ty=TypeSchema("int"),
        metadata={},
    )
    owner = SimpleNamespace(
        type_key="gen_abi.Hand",
        type_index=100000,
        type_ancestors=[64],
        fields=[field],
        parent_type_info=Item.__tvm_ffi_type_info__.parent_type_info,
        total_size=32,
        _decorator_args={},
    )
    header = _Generator([owner]).build()
    escaped = "__ffi_escape_" + "größe".encode().hex()
    assert (
        f"  int64_t {escaped};  // offset=24, size=8, align=8, reflected name='größe'\n" in header
    )
    assert f"offsetof(HandObj, {escaped}) == 24" in header


def test_a_type_outside_of_any_namespace():
    header = gen_abi_cpp("gen_abi_top")
    assert "\n\nstruct gen_abi_topObj;\n\ntemplate <>" in header
    assert "namespace" not in header.replace("// namespace", "")


def test_types_without_structural_kind():
    assert "static_assert(sizeof(UnstructuredObj) == 32);" in gen_abi_cpp("gen_abi.Unstructured")


def test_another_name_of_an_inherited_field_is_no_member():
    header = gen_abi_cpp("gen_abi.Level")
    assert "int64_t _int_index;  // offset=24" in header
    assert "int64_t weight;  // offset=48" in header
    assert " value;" not in header


# ---- selection ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("nothing.*", "Type-key selector 'nothing.*' did not match any registered type"),
        ("", "Type-key selector '' did not match any registered type"),
        ("int", "Type-key selector 'int' did not match any registered object type"),
        (
            "ffi.SmallStr",
            "Type-key selector 'ffi.SmallStr' did not match any registered object type",
        ),
        ("ffi.BigInt", "Static TVM-FFI type 'ffi.BigInt' is not supported"),
        ("ffi.OpaquePyObject", "Static TVM-FFI type 'ffi.OpaquePyObject' is not supported"),
        ("ffi.*", "Static TVM-FFI type 'ffi.BigInt' is not supported"),
        (
            "testing.TestFrozenCxx",
            "Native type 'testing.TestFrozenCxx' does not expose fixed total-size metadata",
        ),
        (
            "testing.TestCxxClassBase",
            "Carrier int64_t for testing.TestCxxClassBase.v_i32 has layout (8, 8), "
            "but reflection reports (4, 4) at offset 32",
        ),
        (
            "testing.SchemaAllTypes",
            "Ambiguous native Optional carrier for testing.SchemaAllTypes.v_opt_int "
            "with layout (16, 8)",
        ),
    ],
)
def test_what_cannot_be_shown(selector, message):
    with pytest.raises(ValueError, match=exactly(message)):
        gen_abi_cpp(selector)


def test_selectors_are_strings():
    for selectors in (3, [3]):
        with pytest.raises(TypeError):
            gen_abi_cpp(selectors)


# ---- native fields ------------------------------------------------------------------------------


def lower(raw, layout=(8, 8), *, static_index=64, schema=None, owner="testing.TestIntPair"):
    """Return the carrier of a field with a raw schema."""
    text = json.dumps(raw)
    field = SimpleNamespace(
        name="f",
        size=layout[0],
        alignment=layout[1],
        offset=24,
        field_static_type_index=static_index,
        ty=schema if raw is None or schema is not None else TypeSchema.from_json_str(text),
        metadata={"type_schema": text},
    )
    info = tvm_ffi.core._lookup_or_register_type_info_from_type_key(owner)
    carrier = _Generator([info])._lower_field(field, info)
    assert (carrier.size, carrier.alignment) == layout
    return carrier.cpp_type.replace("::tvm::ffi::", "")


def raw(origin, *arguments):
    return {"type": origin, "args": list(arguments)} if arguments else {"type": origin}


@pytest.mark.parametrize(
    ("schema", "layout", "carrier"),
    [
        (raw("int"), (8, 8), "int64_t"),
        (raw("bool"), (1, 1), "bool"),
        (raw("Device"), (8, 4), "DLDevice"),
        (raw("ffi.String"), (16, 8), "String"),
        (raw("ffi.String"), (8, 8), "Arc<detail::StringObj>"),
        (raw("ffi.Error"), (16, 8), "Error"),
        (raw("ffi.Error"), (8, 8), "Arc<ErrorObj>"),
        (raw("ffi.Shape"), (8, 8), "Shape"),
        (raw("ffi.Module"), (8, 8), "Arc<ModuleObj>"),
        (raw("ffi.VisitInterrupt"), (8, 8), "Arc<VisitInterruptObj>"),
        (raw("testing.TestIntPair"), (8, 8), "Arc<::testing::TestIntPairObj>"),
        (raw("ffi.Array", raw("Optional", raw("int"))), (8, 8), "Array<Any>"),
        (
            raw("ffi.Array", raw("Optional", raw("testing.TestIntPair"))),
            (8, 8),
            "Array<ObjectPtr<::testing::TestIntPairObj>>",
        ),
        (
            raw("ffi.Array", raw("Variant", raw("ffi.Shape"), raw("ffi.String"))),
            (8, 8),
            "Array<Arc<Object>>",
        ),
        (raw("Optional", raw("ffi.String")), (16, 8), "String"),
        (raw("Optional", raw("ffi.Shape")), (16, 8), "Optional<Shape>"),
        (raw("Optional", raw("ffi.Shape")), (8, 8), "ObjectPtr<ShapeObj>"),
        (raw("Optional", raw("ffi.Array", raw("int"))), (16, 8), "Optional<Array<Any>>"),
        (
            raw("Optional", raw("testing.TestIntPair")),
            (8, 8),
            "ObjectPtr<::testing::TestIntPairObj>",
        ),
        (raw("Variant", raw("ffi.Shape"), raw("ffi.Tensor")), (8, 8), "Arc<Object>"),
    ],
    ids=str,
)
def test_carriers_of_native_fields(schema, layout, carrier):
    assert lower(schema, layout) == carrier


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        (
            raw("DLTensor*"),
            "native schema origin 'DLTensor*' normalizes to 'Tensor' "
            "but does not have the canonical owning representation",
        ),
        (
            raw("ffi.Array", raw("std::string")),
            "native schema origin 'std::string' normalizes to 'str' "
            "but does not have the canonical owning representation",
        ),
        (
            raw("std::vector", raw("int")),
            "native schema origin 'std::vector' normalizes to 'Array' "
            "but is not the canonical 'ffi.Array' carrier",
        ),
        (
            raw("std::optional", raw("int")),
            "native schema origin 'std::optional' normalizes to 'Optional' "
            "but is not the canonical 'Optional' carrier",
        ),
        (
            raw("ObjectRValueRef"),
            "native object schema origin 'ObjectRValueRef' does not match 'ffi.Object'",
        ),
        (
            raw("ffi.Array"),
            "raw schema {'type': 'ffi.Array'} does not match normalized schema Array[Any]",
        ),
        (raw("unknown.key"), "unsupported native raw schema {'type': 'unknown.key'}"),
        (
            raw("Optional", raw("int")),
            "Ambiguous native Optional carrier for testing.TestIntPair.f with layout (8, 8)",
        ),
        (
            raw("Variant", raw("int"), raw("ffi.Shape")),
            "Ambiguous native Union carrier for testing.TestIntPair.f with layout (8, 8)",
        ),
        (
            raw("Any"),
            "Carrier ::tvm::ffi::Any for testing.TestIntPair.f has layout (16, 8), "
            "but reflection reports (8, 8) at offset 24",
        ),
    ],
    ids=str,
)
def test_native_fields_that_cannot_be_shown(schema, message):
    with pytest.raises(ValueError, match=exactly(message)):
        lower(schema)


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({}, "Missing raw type schema for native field testing.TestIntPair.f"),
        ({"type_schema": 5}, "Missing raw type schema for native field testing.TestIntPair.f"),
        ({"type_schema": "[1]"}, "Missing raw type schema for native field testing.TestIntPair.f"),
        ({"type_schema": "{bad"}, "Invalid raw type schema for testing.TestIntPair.f: '{bad'"),
        (
            {"type_schema": '{"type": "ffi.Array", "args": ["x"]}'},
            "invalid nested raw schema 'x'",
        ),
    ],
)
def test_native_fields_with_odd_metadata(metadata, message):
    info = tvm_ffi.core._lookup_or_register_type_info_from_type_key("testing.TestIntPair")
    schema = TypeSchema.from_json_str('{"type": "ffi.Array", "args": [{"type": "int"}]}')
    field = SimpleNamespace(
        name="f",
        size=8,
        alignment=8,
        offset=24,
        field_static_type_index=64,
        ty=schema,
        metadata=metadata,
    )
    with pytest.raises(ValueError, match=exactly(message)):
        _Generator([info])._lower_field(field, info)


@pytest.mark.parametrize(
    ("static_index", "layout", "carrier"),
    [
        (-1, (16, 8), "Any"),
        (1, (8, 8), "int64_t"),
        (2, (1, 1), "bool"),
        (3, (8, 8), "double"),
        (4, (8, 8), "void*"),
        (5, (4, 2), "DLDataType"),
        (6, (8, 4), "DLDevice"),
        (64, (8, 8), "ObjectPtr<Object>"),
        (71, (8, 8), "ObjectPtr<Object>"),
    ],
)
def test_fields_without_schema_are_known_by_their_static_index(static_index, layout, carrier):
    assert lower(None, layout, static_index=static_index) == carrier


@pytest.mark.parametrize("static_index", [0, 7, 8, 11])
def test_fields_of_which_nothing_is_known(static_index):
    message = (
        "Cannot determine carrier for testing.TestIntPair.f: "
        f"missing type schema and static type index {static_index}"
    )
    with pytest.raises(ValueError, match=exactly(message)):
        lower(None, static_index=static_index)


def test_fields_of_python_types_without_counterpart():
    with pytest.raises(ValueError, match="^Unsupported TVM-FFI type schema None$"):
        lower(raw("None"), owner="gen_abi.shop.Item")
    with pytest.raises(ValueError, match="^Unsupported TVM-FFI type schema unknown.key$"):
        lower(raw("unknown.key"), owner="gen_abi.shop.Item")


# ---- compiled -----------------------------------------------------------------------------------


@needs_compiler
def test_headers_compile_on_their_own(tmp_path):
    keys = ["gen_abi.*", "gen_abi_top", "testing.TestObjectDerived", "testing.TestIntPair"]
    compile_cpp(tmp_path, gen_abi_cpp(keys), "", "-fsyntax-only")


@needs_compiler
def test_cpp_reads_objects_that_python_made(tmp_path):
    source = (
        "using ::gen_abi::shop::ItemObj;\n"
        "using ::gen_abi::shop::order::LineObj;\n"
        'extern "C" int64_t code_of_item(const LineObj* line) { return line->item->code; }\n'
        'extern "C" int64_t note_size(const LineObj* line) { return line->note.size(); }\n'
        'extern "C" int64_t maybe(const LineObj* line) { return line->maybe.cast<int64_t>(); }\n'
        'extern "C" int64_t type_index() { return LineObj::RuntimeTypeIndex(); }\n'
        'extern "C" bool same_address(const LineObj* line) {\n'
        "  auto child = ::tvm::ffi::AnyView(line).cast<::tvm::ffi::Arc<LineObj>>();\n"
        "  ::tvm::ffi::Arc<ItemObj> parent = child;\n"
        "  return static_cast<const void*>(parent.get()) == line && parent->live;\n"
        "}\n"
    )
    library = tmp_path / "view.so"
    flags = ("-shared", "-fPIC", "-o", str(library), libinfo.find_libtvm_ffi())
    compile_cpp(tmp_path, gen_abi_cpp("gen_abi.shop.*"), source, *flags)
    functions = ctypes.CDLL(str(library))
    line = Line(1, True, "a note that is long", Item(42, False), 7, True)
    handle = ctypes.c_void_p(line.__chandle__())
    for function in (functions.code_of_item, functions.note_size, functions.maybe):
        function.restype = ctypes.c_int64
    functions.same_address.restype = ctypes.c_bool
    assert functions.code_of_item(handle) == 42
    assert functions.note_size(handle) == len("a note that is long")
    assert functions.maybe(handle) == 7
    assert functions.type_index() == Line.__tvm_ffi_type_info__.type_index
    assert functions.same_address(handle)
