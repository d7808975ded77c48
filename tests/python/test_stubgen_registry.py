# SPDX-License-Identifier: Apache-2.0
"""What the stub generator reads from the registry."""

from __future__ import annotations

import pytest
import tvm_ffi
from py_classes import new_key
from stubgen_support import COLOUR
from tvm_ffi import Object, core
from tvm_ffi.core import MISSING, TypeField, TypeInfo, TypeSchema
from tvm_ffi.dataclasses import field, py_class
from tvm_ffi.stub import lib_state
from tvm_ffi.stub.lib_state import (
    collect_global_funcs,
    collect_type_keys,
    object_info_from_type_key,
    toposort_objects,
)
from tvm_ffi.stub.utils import FuncInfo, NamedTypeSchema, ObjectInfo


@pytest.fixture
def undo_functions():
    """Remove the functions that a test registers."""
    before = set(tvm_ffi.registry.list_global_func_names())
    yield
    for name in set(tvm_ffi.registry.list_global_func_names()) - before:
        tvm_ffi.registry.remove_global_func(name)


# ---- functions ----------------------------------------------------------------------------------


def test_global_functions_are_grouped_by_prefix_and_sorted():
    funcs = collect_global_funcs()
    assert {"ffi", "ffi.json", "testing"} <= funcs.keys()
    names = [func.schema.name for func in funcs["testing"]]
    assert names == sorted(names)
    (add_one,) = (func for func in funcs["testing"] if func.schema.name == "testing.add_one")
    assert not add_one.is_member
    assert add_one.schema.output_repr() == "Callable[[int], int]"


def test_functions_that_no_stub_can_be_written_for_are_reported(undo_functions, capsys):
    tvm_ffi.register_global_func("stubgen_no_dot", lambda: 1)
    tvm_ffi.register_global_func("stubgen.no_schema", lambda: 1)
    assert not {"", "stubgen"} & collect_global_funcs().keys()
    lines = COLOUR.sub("", capsys.readouterr().out).splitlines()
    assert "[Skipped] Invalid name in global function: stubgen_no_dot" in lines
    assert "[Skipped] Function has no type schema: stubgen.no_schema" in lines


# ---- types --------------------------------------------------------------------------------------


def test_type_keys_are_grouped_by_prefix_and_sorted():
    keys = collect_type_keys()
    assert "" not in keys
    assert "ffi.reflection.AccessPath" in keys["ffi.reflection"]
    assert keys["testing"] == sorted(keys["testing"])
    assert all(type(key) is str for key in keys["testing"])


def test_what_the_registry_says_about_a_type():
    info = object_info_from_type_key("testing.TestObjectDerived")
    assert info is object_info_from_type_key("testing.TestObjectDerived")
    assert info.type_key == "testing.TestObjectDerived"
    assert info.parent_type_key == "testing.TestObjectBase"
    assert info.ancestors == ["ffi.Object", "testing.TestObjectBase"]
    assert (info.total_size, info.is_final, info.has_init) == (72, True, True)
    assert [(f.name, f.origin, f.offset, f.size) for f in info.fields] == [
        ("v_map", "Map", 56, 8),
        ("v_array", "Array", 64, 8),
    ]
    assert [(f.name, f.kw_only, f.has_default) for f in info.init_fields] == [
        ("v_i64", False, True),
        ("v_f64", False, True),
        ("v_str", False, True),
        ("v_map", False, False),
        ("v_array", False, False),
    ]
    assert info.init_fields[0].schema.default == 10


def test_fields_carry_their_native_facts():
    first, second = object_info_from_type_key("ffi.Enum").fields
    assert (first.structural_eq, first.frozen, first.default) == ("ignore", True, MISSING)
    assert (second.name, second.size, second.alignment, second.offset) == ("_str_index", 16, 8, 32)


def test_methods_know_whether_they_are_members():
    info = object_info_from_type_key("testing.TestIntPair")
    members = {func.schema.name: func.is_member for func in info.methods}
    assert members == {"__ffi_init__": False, "sum": True}


def test_a_type_without_constructor_takes_no_fields():
    info = object_info_from_type_key("testing.SchemaAllTypes")
    assert not info.has_init
    assert info.init_fields == []
    assert len(info.fields) == 15


def test_a_type_that_did_not_register_metadata():
    info = object_info_from_type_key("testing.TestFrozenCxx")
    assert (info.total_size, info.is_final, info.fields, info.methods) == (None, None, [], [])
    assert object_info_from_type_key("ffi.Object").parent_type_key is None


def test_an_unknown_type():
    with pytest.raises(ValueError, match="Cannot find type key: stubgen.Nothing"):
        object_info_from_type_key("stubgen.Nothing")


def test_a_class_written_in_python_is_a_type_like_others():
    key = new_key()

    @py_class(key)
    class PyShape(Object):
        corners: int
        names: list[str] = field(default_factory=list)

        @tvm_ffi.method
        def scale(self, factor: float) -> float:
            return factor

    info = ObjectInfo.from_type_info(PyShape.__tvm_ffi_type_info__)
    corners, names = info.fields
    assert (corners.output_repr(), names.output_repr()) == ("int", "List[str]")
    assert names.default_is_factory
    assert names.default() == []
    assert [(f.name, f.has_default) for f in info.init_fields] == [
        ("corners", False),
        ("names", True),
    ]
    (scale,) = (func for func in info.methods if func.schema.name == "scale")
    assert scale.is_member
    assert scale.schema.output_repr() == f"Callable[[{key}, float], float]"


def test_a_field_or_method_without_schema_can_be_anything():
    nothing = TypeField("x", None, 8, 8, 24, -1, False, {}, lambda o: 0, lambda o, v: None)
    assert NamedTypeSchema.from_type_field(nothing).origin == "Any"
    any_method = core.TypeMethod("m", None, lambda: 0, {}, True)
    parent = core._lookup_or_register_type_info_from_type_key("ffi.Object")
    info = TypeInfo(None, parent.type_index, "stubgen.X", [], [nothing], [any_method])
    assert ObjectInfo.from_type_info(info).methods[0].schema.output_repr() == "Callable[..., Any]"


# ---- order --------------------------------------------------------------------------------------


@pytest.fixture
def parents(monkeypatch):
    """Let types have the parents that a test says."""

    def use(tree: dict[str, str]) -> None:
        def info(key: str) -> ObjectInfo:
            return ObjectInfo([], [], type_key=key, parent_type_key=tree.get(key, "ffi.Object"))

        monkeypatch.setattr(lib_state, "object_info_from_type_key", info)

    return use


@pytest.mark.parametrize(
    ("tree", "keys", "ordered"),
    [
        ({}, ["c", "a", "b"], ["a", "b", "c"]),
        ({"a": "z"}, ["a", "b", "z"], ["b", "z", "a"]),
        ({"a": "z", "c": "a", "b": "z"}, ["c", "b", "a", "z"], ["z", "a", "b", "c"]),
        ({"b": "elsewhere"}, ["b", "a", "b"], ["a", "b"]),
        ({}, [], []),
    ],
)
def test_parents_come_before_children_and_else_by_key(parents, tree, keys, ordered):
    parents(tree)
    assert [info.type_key for info in toposort_objects(keys)] == ordered


# ---- records ------------------------------------------------------------------------------------


def test_a_named_schema_is_the_schema_it_was_made_of():
    plain = TypeSchema.from_json_str('{"type": "ffi.BigInt"}')
    named = NamedTypeSchema("x", plain, size=8)
    assert isinstance(named, TypeSchema)
    assert (named.type_key, named.output_repr(), named.to_json()) == (
        "ffi.BigInt",
        "int",
        plain.to_json(),
    )
    assert named == NamedTypeSchema("x", plain, size=8)
    assert named != NamedTypeSchema("y", plain, size=8)
    assert FuncInfo.from_schema("f", plain, is_member=True).schema.name == "f"
