# SPDX-License-Identifier: Apache-2.0
"""Values and objects as JSON graphs."""

from __future__ import annotations

import json
import math
import re

import pytest
import tvm_ffi
from tvm_ffi import Array, Dict, List, Map, Shape
from tvm_ffi.serialization import from_json_graph_str, to_json_graph_str

make = tvm_ffi.get_global_func("ffi.MakeObjectFromPackedArgs")
recursive_eq = tvm_ffi.get_global_func("ffi.RecursiveEq")


def round_trip(value):
    return from_json_graph_str(to_json_graph_str(value))


@pytest.mark.parametrize(
    "value",
    [None, True, False, 0, -1, 42, 2**63 - 1, -(2**63), 0.0, 3.14, -2.5, 1e300, 1e-300],
)
def test_scalars(value):
    again = round_trip(value)
    assert again == value
    assert type(again) is type(value)


@pytest.mark.parametrize("value", [math.inf, -math.inf])
def test_infinities(value):
    assert round_trip(value) == value


def test_not_a_number():
    assert math.isnan(round_trip(math.nan))


@pytest.mark.parametrize(
    "value", ["", "a", "x" * 1000, 'say "hi"', "a\\b\nc\td", "äöü 漢字 🎉", "nul\0inside"]
)
def test_strings(value):
    assert round_trip(value) == value


@pytest.mark.parametrize("value", [b"", b"\0\xff", b"x" * 100])
def test_bytes(value):
    assert round_trip(value) == value


@pytest.mark.parametrize("text", ["int32", "bool", "float32x4", "bfloat16", "uint8"])
def test_dtypes(text):
    assert round_trip(tvm_ffi.dtype(text)) == tvm_ffi.dtype(text)


@pytest.mark.parametrize("text", ["cpu", "cuda:1", "vulkan:3"])
def test_devices(text):
    assert round_trip(tvm_ffi.device(text)) == tvm_ffi.device(text)


@pytest.mark.parametrize(
    "value",
    [
        Array([]),
        Array([1, "a", None, 2.5, True]),
        List([1, [2, [3]]]),
        Map({}),
        Map({"a": 1, 2: "b", "nested": {"c": [1, 2]}}),
        Dict({"a": [1], "b": {"c": None}}),
        Shape((1, 2, 3)),
        Shape(()),
    ],
    ids=repr,
)
def test_containers(value):
    again = round_trip(value)
    assert type(again) is type(value)
    assert recursive_eq(again, value)


def test_python_containers_become_ffi_ones():
    again = round_trip({"a": [1, (2, "x")]})
    assert isinstance(again, Map)
    assert isinstance(again["a"], Array)
    assert again["a"][1][1] == "x"


@pytest.mark.parametrize("number", [0, 1, -1, 2**63 - 1, -(2**63)])
def test_objects(number):
    again = round_trip(make("testing.TestIntPair", "a", number, "b", 7))
    assert (again.a, again.b) == (number, 7)


def test_objects_with_all_kinds_of_fields():
    obj = make(
        "testing.TestObjectDerived",
        *("v_i64", -5, "v_f64", 0.5, "v_str", "naïve"),
        *("v_map", {"k": 1}, "v_array", [1, "x"]),
    )
    again = round_trip(obj)
    assert (again.v_i64, again.v_f64, again.v_str) == (-5, 0.5, "naïve")
    assert again.v_map["k"] == 1
    assert list(again.v_array) == [1, "x"]


def test_shared_objects_stay_shared():
    pair = make("testing.TestIntPair", "a", 1, "b", 2)
    first, second = round_trip([pair, pair])
    assert first.same_as(second)


def test_the_text_lists_nodes_and_names_the_root():
    graph = json.loads(to_json_graph_str([1, "a", 1]))
    assert graph == {
        "root_index": 2,
        "nodes": [
            {"type": "int", "data": 1},
            {"type": "ffi.String", "data": "a"},
            {"type": "ffi.Array", "data": [0, 1, 0]},
        ],
    }


def test_a_map_is_a_flat_list_of_keys_and_values():
    graph = json.loads(to_json_graph_str({"a": True}))
    assert graph["nodes"][graph["root_index"]] == {"type": "ffi.Map", "data": [0, 1]}
    assert [node["type"] for node in graph["nodes"]] == ["ffi.String", "bool", "ffi.Map"]


def test_numbers_of_an_object_are_inlined():
    graph = json.loads(to_json_graph_str(make("testing.TestIntPair", "a", 1, "b", 2)))
    assert graph["nodes"] == [{"type": "testing.TestIntPair", "data": {"a": 1, "b": 2}}]


def test_none_has_a_node():
    assert json.loads(to_json_graph_str(None)) == {"root_index": 0, "nodes": [{"type": "None"}]}


def test_metadata_is_stored_beside_the_graph():
    metadata = {"version": "1", "numbers": [1, 2.5], "nested": {"a": None}}
    graph = json.loads(to_json_graph_str([1], metadata))
    assert graph["metadata"] == metadata
    assert "metadata" not in json.loads(to_json_graph_str([1]))
    assert "metadata" not in json.loads(to_json_graph_str([1], metadata=None))
    assert list(from_json_graph_str(to_json_graph_str([1], metadata))) == [1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Expecting value: line 1 column 1 (char 0)"),
        ("not json", "Expecting value: line 1 column 1 (char 0)"),
        ("{}", "Invalid JSON Object Graph, expected `root_index` integer field"),
        ('{"nodes": []}', "Invalid JSON Object Graph, expected `root_index` integer field"),
        ('{"root_index": 0}', "Invalid JSON Object Graph, expected `nodes` array field"),
    ],
)
def test_bad_text_is_a_value_error(text, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        from_json_graph_str(text)


def test_the_text_must_be_a_string():
    with pytest.raises(TypeError, match="Expected `str` but got `int`$"):
        from_json_graph_str(1)


def test_functions_have_no_text():
    with pytest.raises(TypeError):
        to_json_graph_str(lambda: 1)
