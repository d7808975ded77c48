# SPDX-License-Identifier: Apache-2.0
"""Dataclasses as tuples of their fields."""

from __future__ import annotations

import collections
import dataclasses
import re
import threading
import typing
from typing import Any, Optional, Union

import pytest
import tvm_ffi
from tvm_ffi.utils.unpack_dataclass import (
    _extract_dataclass_to_tuple_schema,
    _validate_dataclass_to_tuple_schema,
    unpack_dataclass_to_tuple,
)


@dataclasses.dataclass
class Point:
    x: int
    y: str


@dataclasses.dataclass
class Nested:
    point: Point
    points: list[Point]
    maybe: Optional[Point]  # noqa: UP045
    anything: Any


@dataclasses.dataclass
class Empty:
    pass


@dataclasses.dataclass
class Tree:
    left: Tree
    value: int


@dataclasses.dataclass
class Many:
    tuple_of_leaves: tuple[int, str]
    long_tuple: tuple[int, ...]
    mapping: dict[str, int]
    names: frozenset[str]
    either: Union[int, str]  # noqa: UP007
    nothing: None
    number: complex
    annotated: typing.Annotated[int, "extra"]
    sequence: list[int]
    bare_tuple: tuple
    mixed: tuple[Point, int]
    mapping_of_any: dict[str, Any]
    thing: object
    kind: type
    shared: typing.ClassVar[int] = 1


Pair = collections.namedtuple("Pair", ["first", "second"])


class Names(list):
    pass


def test_fields_become_a_tuple():
    assert unpack_dataclass_to_tuple(Point(1, "a")) == (1, "a")
    assert unpack_dataclass_to_tuple(Empty()) == ()


def test_nested_dataclasses_become_nested_tuples():
    nested = Nested(Point(1, "a"), [Point(2, "b")], Point(3, "c"), {"k": (Point(4, "d"),)})
    assert unpack_dataclass_to_tuple(nested) == (
        (1, "a"),
        [(2, "b")],
        (3, "c"),
        {"k": ((4, "d"),)},
    )
    assert unpack_dataclass_to_tuple(Nested(Point(1, "a"), [], None, None))[2:] == (None, None)


def test_recursive_classes():
    assert unpack_dataclass_to_tuple(Tree(Tree(None, 1), 2)) == ((None, 1), 2)


def test_sequences_keep_their_type():
    assert unpack_dataclass_to_tuple([Point(1, "a"), 2]) == [(1, "a"), 2]
    assert unpack_dataclass_to_tuple((Point(1, "a"),)) == ((1, "a"),)
    names = unpack_dataclass_to_tuple(Names([Point(1, "a")]))
    assert type(names) is Names
    assert names == [(1, "a")]
    assert unpack_dataclass_to_tuple(Pair(Point(1, "a"), 2)) == Pair((1, "a"), 2)


def test_mappings_become_plain_dictionaries_with_the_same_keys():
    source = collections.OrderedDict({"k": Point(1, "a"), Point: 2})
    result = unpack_dataclass_to_tuple(source)
    assert type(result) is dict
    assert result == {"k": (1, "a"), Point: 2}


def test_other_values_are_not_touched():
    for value in (1, "x", None, Point, {1}, object(), tvm_ffi.Array([1]), tvm_ffi.Map({})):
        assert unpack_dataclass_to_tuple(value) is value


def test_leaves_are_passed_by_identity():
    inner = object()
    assert unpack_dataclass_to_tuple(Nested(Point(1, "a"), [], None, inner))[3] is inner


def test_fields_of_known_leaf_types_are_never_looked_into():
    many = dict.fromkeys([field.name for field in dataclasses.fields(Many)])
    point = Point(1, "a")
    result = unpack_dataclass_to_tuple(Many(**{**many, "mapping": {"k": point}, "mixed": point}))
    assert result[2] == {"k": point}
    assert (1, "a") in result


def test_a_dataclass_that_is_a_list_is_a_dataclass():
    @dataclasses.dataclass
    class Both(list):
        x: int = 3

    assert unpack_dataclass_to_tuple(Both()) == (3,)


def test_every_thread_unpacks():
    results = []
    thread = threading.Thread(target=lambda: results.append(unpack_dataclass_to_tuple([Empty()])))
    thread.start()
    thread.join()
    assert results == [[()]]


# ---- schemas ------------------------------------------------------------------------------------


def test_the_schema_tells_what_is_looked_into():
    assert _extract_dataclass_to_tuple_schema(Nested) == {
        "point": {"x": None, "y": None},
        "points": "unpack",
        "maybe": "unpack",
        "anything": "unpack",
    }
    assert _extract_dataclass_to_tuple_schema(Tree) == {"left": "unpack", "value": None}
    assert _extract_dataclass_to_tuple_schema(Empty) == {}
    schema = _extract_dataclass_to_tuple_schema(Many)
    assert [name for name, entry in schema.items() if entry is None] == [
        "tuple_of_leaves",
        "long_tuple",
        "mapping",
        "names",
        "either",
        "nothing",
        "number",
        "annotated",
    ]
    assert set(schema.values()) == {None, "unpack"}
    assert "shared" not in schema


def test_the_memo_holds_classes_that_are_being_expanded():
    assert _extract_dataclass_to_tuple_schema(Nested, memo={Point})["point"] == "unpack"


def test_classes_that_cannot_be_resolved_are_looked_into_at_run_time():
    @dataclasses.dataclass
    class Inner:
        v: int

    @dataclasses.dataclass
    class Outer:
        inner: Inner
        number: int

    assert _extract_dataclass_to_tuple_schema(Outer) == {"inner": "unpack", "number": "unpack"}
    assert unpack_dataclass_to_tuple(Outer(Inner(1), 2)) == ((1,), 2)


@pytest.mark.parametrize("value", [3, int, Point(1, "a"), None], ids=repr)
def test_a_schema_needs_a_dataclass(value):
    message = f"Expected a dataclass class, got {value!r}"
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        _extract_dataclass_to_tuple_schema(value)


@pytest.mark.parametrize(
    ("kind", "schema", "message"),
    [
        (TypeError, 3, "DataclassToTupleSchema must be a dict, got int"),
        (TypeError, {"a": 3}, "DataclassToTupleSchema must be a dict, got int"),
        (TypeError, {"a": "other"}, "DataclassToTupleSchema must be a dict, got str"),
        (TypeError, {1: None}, "Schema field name must be a string, got int"),
        (ValueError, {"a b": None}, "Schema field name 'a b' is not a valid Python identifier"),
        (ValueError, {"if": None}, "Schema field name 'if' is a Python keyword"),
        (
            ValueError,
            {"a": {"b b": None}},
            "Schema field name 'b b' is not a valid Python identifier",
        ),
    ],
)
def test_bad_schemas(kind, schema, message):
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        _validate_dataclass_to_tuple_schema(schema)


def test_good_schemas():
    for schema in ({}, {"a": None, "b": "unpack", "c": {"d": None}}):
        assert _validate_dataclass_to_tuple_schema(schema) is None
