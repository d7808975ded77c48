# SPDX-License-Identifier: Apache-2.0
"""Conversion of containers by a ``TypeSchema``: kinds, paths to bad elements, identity."""

from __future__ import annotations

import types
from typing import Any, Optional, Union

import pytest
import tvm_ffi
from schema_support import RANGE, convert, reason, use_count
from tvm_ffi.core import TypeSchema

SEQUENCES = [[1, 2], (1, 2), tvm_ffi.Array([1, 2]), tvm_ffi.List([1, 2]), tvm_ffi.Shape((1, 2))]
MAPPINGS = [
    {"a": 1},
    types.MappingProxyType({"a": 1}),
    tvm_ffi.Map({"a": 1}),
    tvm_ffi.Dict({"a": 1}),
]


@pytest.mark.parametrize(
    ("annotation", "cls"),
    [
        (tvm_ffi.Array[int], tvm_ffi.Array),
        (list[int], tvm_ffi.List),
        (TypeSchema("list", (TypeSchema("int"),)), tvm_ffi.List),
        (tuple[int, int], tvm_ffi.Array),
        (tuple, tvm_ffi.Array),
        (list, tvm_ffi.List),
    ],
    ids=repr,
)
@pytest.mark.parametrize("value", SEQUENCES, ids=lambda value: type(value).__name__)
def test_sequences_become_the_container_of_the_schema(annotation, cls, value):
    converted = convert(annotation, value)
    assert type(converted) is cls
    assert list(converted) == [1, 2]


@pytest.mark.parametrize("value", MAPPINGS, ids=lambda value: type(value).__name__)
def test_mappings_become_the_container_of_the_schema(value):
    for annotation, cls in ((dict[str, int], tvm_ffi.Dict), (tvm_ffi.Map[str, int], tvm_ffi.Map)):
        converted = convert(annotation, value)
        assert type(converted) is cls
        assert dict(converted.items()) == {"a": 1}


@pytest.mark.parametrize(
    ("annotation", "value", "message"),
    [
        (list[int], [1, "a"], "element [1]: expected int, got str"),
        (list[int], tvm_ffi.Array([1, "a"]), "element [1]: expected int, got str"),
        (list[int], [1, 2**63], f"element [1]: integer {2**63} {RANGE}"),
        (list[list[int]], [[], ["a"]], "element [1]: element [0]: expected int, got str"),
        (list[Optional[int]], [None, "a"], "element [1]: expected int, got str"),
        (list, "text", "expected List, got str"),
        (list, range(2), "expected List, got range"),
        (list, {"a": 1}, "expected List, got dict"),
        (tvm_ffi.Array[int], {1}, "expected Array, got set"),
        (tuple[int, str], (1,), "expected tuple of length 2, got tuple of length 1"),
        (tuple[int, str], [1, 2, 3], "expected tuple of length 2, got list of length 3"),
        (tuple[()], tvm_ffi.Array([1]), "expected tuple of length 0, got Array of length 1"),
        (tuple[int, str], (1, 2), "element [1]: expected str, got int"),
        (tuple, 5, "expected tuple, got int"),
        (dict[str, int], {1: 1}, "key 1: expected str, got int"),
        (dict[str, int], {"k": "v"}, "value for key 'k': expected int, got str"),
        (dict[str, int], tvm_ffi.Map({"k": "v"}), "value for key 'k': expected int, got str"),
        (
            dict[str, list[int]],
            {"k": [1, "a"]},
            "value for key 'k': element [1]: expected int, got str",
        ),
        (dict, [("a", 1)], "expected Dict, got list"),
        (tvm_ffi.Map[str, int], 5, "expected Map, got int"),
    ],
    ids=str,
)
def test_a_bad_element_is_named_by_its_path(annotation, value, message):
    assert reason(annotation, value) == message


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (tvm_ffi.Array[int], tvm_ffi.Array([1, 2])),
        (list[int], tvm_ffi.List([])),
        (list[float], tvm_ffi.List([1.5])),
        (list[str], tvm_ffi.List(["a long string"])),
        (list[Any], tvm_ffi.List(["a", {1}])),
        (list, tvm_ffi.List(["a", {1}])),
        (list[list[int]], tvm_ffi.List([tvm_ffi.List([1])])),
        (tuple, tvm_ffi.Array(["a"])),
        (tuple[int, int], tvm_ffi.Array([1, 2])),
        (dict[str, int], tvm_ffi.Dict({"a long string": 1})),
        (dict[int, Any], tvm_ffi.Dict({1: "a"})),
        (tvm_ffi.Object, tvm_ffi.Map({})),
        (Union[int, list[int]], tvm_ffi.List([1])),
    ],
    ids=repr,
)
def test_a_container_that_needs_no_change_keeps_its_identity(annotation, value):
    count = use_count(value)
    assert convert(annotation, value).same_as(value)
    assert use_count(value) == count


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (tvm_ffi.Array[float], tvm_ffi.Array([1])),
        (tvm_ffi.Array[int], tvm_ffi.Array([True])),
        (tvm_ffi.Array[int], tvm_ffi.List([1])),
        (list[str], tvm_ffi.List(["a"])),
        (list[tvm_ffi.Object], tvm_ffi.List([{1}])),
        (tuple[Any], tvm_ffi.Array(["a"])),
        (dict[str, int], tvm_ffi.Dict({"a": 1})),
        (tuple, tvm_ffi.List([1])),
    ],
    ids=repr,
)
def test_a_container_with_a_changed_element_is_copied(annotation, value):
    converted = convert(annotation, value)
    assert not converted.same_as(value)
    assert len(converted) == len(value)


def test_subclasses_of_containers_pass():
    class Numbers(tvm_ffi.Array):
        pass

    numbers_ = Numbers([1, 2])
    assert convert(tvm_ffi.Array[int], numbers_).same_as(numbers_)


def test_a_list_that_changes_while_it_is_converted():
    class Shrinks:
        def __tvm_ffi_int__(self):
            del values[1:]
            return 5

    values = [Shrinks(), 1, 2]
    assert list(convert(list[int], values)) == [5]
    values = [Shrinks(), 1]
    assert reason(tuple[int, int], values) == "expected tuple of length 2, got list of length 1"


def test_a_mapping_that_raises_is_an_error_of_its_own():
    class Broken(dict):
        def items(self):
            raise KeyError("broken")

    with pytest.raises(KeyError, match="broken"):
        TypeSchema("Map").convert(Broken())


def test_deep_values_and_lists_that_hold_themselves_do_not_crash():
    loop: list[Any] = []
    loop.append(loop)
    for annotation in (list, Any, list[list], tvm_ffi.Object):
        with pytest.raises(TypeError):
            TypeSchema.from_annotation(annotation).convert(loop)


def test_deep_schemas_do_not_crash():
    schema = TypeSchema("int")
    for _ in range(100_000):
        schema = TypeSchema("Optional", (schema,))
    with pytest.raises(RecursionError):
        schema.convert(5)
