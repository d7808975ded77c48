# SPDX-License-Identifier: Apache-2.0
"""``fields``, ``is_dataclass``, ``replace``, ``asdict``, ``astuple`` and named tuples of fields."""

from __future__ import annotations

import collections
import dataclasses
import inspect
from typing import Any, Optional

import pytest
import tvm_ffi
from dataclass_support import define, new_key
from tvm_ffi.dataclasses import (
    Field,
    asdict,
    astuple,
    field,
    fields,
    is_dataclass,
    py_class,
    replace,
)
from tvm_ffi.dataclasses.common import _asdict_inner, _astuple_inner, _make_namedtuple


@pytest.fixture(scope="module")
def point():
    return define(x=int, y=float, _options={"eq": True})


@pytest.fixture(scope="module")
def holder():
    return define(
        values=list, table=dict, _any=Any, inner=Optional[tvm_ffi.Object], _options={"eq": True}
    )


# ---- is_dataclass, fields -----------------------------------------------------------------------


def test_classes_and_instances_are_dataclasses(point):
    class Plain(point):
        pass

    assert is_dataclass(point)
    assert is_dataclass(point(1, 2))
    assert is_dataclass(Plain)


def test_other_values_are_no_dataclasses():
    @dataclasses.dataclass
    class Standard:
        x: int

    class Registered(tvm_ffi.Object):
        pass

    others = (Standard, Standard(1), Registered, tvm_ffi.Array, tvm_ffi.Array([1]), int, 5, None)
    assert not any(is_dataclass(other) for other in others)


def test_only_the_value_true_counts():
    class Odd:
        __ffi_is_dataclass__ = 1

    assert not is_dataclass(Odd)


def test_fields_are_the_same_objects_for_class_and_instance(point):
    assert fields(point) == fields(point(1, 2))
    assert [(f.name, f.type) for f in fields(point)] == [("x", int), ("y", float)]


def test_fields_of_parents_come_first(point):
    child = define(point, z=Optional[int], _body={"z": None})
    assert [f.name for f in fields(child)] == ["x", "y", "z"]
    assert fields(child)[:2] == fields(point)
    assert fields(child)[2].type == Optional[int]
    assert fields(child)[2].default is None


@pytest.mark.parametrize(
    ("value", "named"), [(5, "int"), (int, "type"), (tvm_ffi.Object, "_ObjectSlotsMeta")]
)
def test_fields_of_something_else_are_refused(value, named):
    with pytest.raises(TypeError) as caught:
        fields(value)
    assert str(caught.value) == (
        f"fields() argument must be a c_class or py_class type or instance, got {named}"
    )


def test_replace_changes_a_copy(point):
    first = point(1, 2)
    assert replace(first, x=5) == point(5, 2)
    assert first == point(1, 2)
    with pytest.raises(AttributeError, match="^'int' object has no attribute '__replace__'$"):
        replace(3, x=1)


# ---- asdict, astuple ----------------------------------------------------------------------------


def test_nothing_of_ffi_is_left(point, holder):
    value = holder([1, (2, 3)], {"k": [4]}, point(1, 2), point(3, 4))
    assert asdict(value) == {
        "values": [1, [2, 3]],
        "table": {"k": [4]},
        "_any": {"x": 1, "y": 2.0},
        "inner": {"x": 3, "y": 4.0},
    }
    assert astuple(value) == ([1, [2, 3]], {"k": [4]}, (1, 2.0), (3, 4.0))
    converted = asdict(value)
    assert type(converted["values"]) is list
    assert type(converted["values"][1]) is list
    assert type(converted["table"]) is dict


def test_factories_are_used_for_dataclasses(point, holder):
    value = holder([], {"k": 1}, None, point(1, 2))
    made = asdict(value, dict_factory=collections.OrderedDict)
    assert type(made) is collections.OrderedDict
    assert type(made["table"]) is collections.OrderedDict
    assert type(made["inner"]) is collections.OrderedDict
    made = astuple(value, tuple_factory=list)
    assert made == [[], {"k": 1}, None, [1, 2.0]]
    assert type(made[1]) is dict


@pytest.mark.parametrize(("convert", "name"), [(asdict, "asdict"), (astuple, "astuple")])
def test_only_instances_are_converted(convert, name, point):
    for other in (point, 5, tvm_ffi.Array([1])):
        with pytest.raises(TypeError) as caught:
            convert(other)
        assert str(caught.value) == f"{name}() should be called on c_class / py_class instances"


@pytest.mark.parametrize(
    "value", [True, b"x", 1j, 1.5, 7, "s", None, ..., NotImplemented], ids=repr
)
def test_atoms_are_kept(value):
    assert _asdict_inner(value, dict) is value
    assert _astuple_inner(value, tuple) is value


def test_python_containers_keep_their_class(point):
    Pair = collections.namedtuple("Pair", ["a", "b"])

    class MyList(list):
        pass

    default = collections.defaultdict(list, {"a": point(1, 2)})
    assert _asdict_inner(Pair(point(1, 2), 3), dict) == Pair({"x": 1, "y": 2.0}, 3)
    assert type(_asdict_inner(MyList([point(1, 2)]), dict)) is MyList
    converted = _asdict_inner(default, dict)
    assert converted == {"a": {"x": 1, "y": 2.0}}
    assert converted.default_factory is list
    assert _astuple_inner({"k": (point(1, 2),)}, tuple) == {"k": ((1, 2.0),)}


def test_other_values_are_deep_copied():
    class Other:
        def __init__(self):
            self.items = [1]

    value = Other()
    converted = _asdict_inner([value], dict)
    assert converted[0] is not value
    assert converted[0].items == [1]
    assert converted[0].items is not value.items


def test_long_strings_of_fields_become_plain():
    cls = define(s=str)
    value = asdict(cls("a long string of a field"))["s"]
    assert value == "a long string of a field"


# ---- named tuples -------------------------------------------------------------------------------


@pytest.fixture
def named():
    schema = tvm_ffi.core.TypeSchema
    return _make_namedtuple("Named", [Field("a", schema("int")), Field("b", schema("str"))])


def test_elements_are_converted(named):
    value = named(True, b="x")
    assert value == (1, "x")
    assert type(value.a) is int
    assert named._make([2, "y"]) == (2, "y")
    assert value._replace(a=False) == (0, "x")
    assert type(value._replace(a=False).a) is int
    assert named._fields == ("a", "b")
    assert str(inspect.signature(named)) == "(a, b)"
    assert named.__bases__ == (tuple,)


def test_wrong_elements_are_named(named):
    for make in (lambda: named("x", "y"), lambda: named._make(["x", "y"])):
        with pytest.raises(TypeError) as caught:
            make()
        assert str(caught.value) == (
            "Named.a: type conversion failed for int: expected int, got str"
        )
    with pytest.raises(TypeError, match="^Named.b: type conversion failed for str"):
        named(1, "x")._replace(b=3)


def test_wrong_counts_are_refused(named):
    with pytest.raises(TypeError, match="^Expected 2 arguments, got 1$"):
        named._make([1])
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'b'"):
        named(1)


def test_annotations_are_those_of_the_fields():
    @py_class(new_key())
    class Source(tvm_ffi.Object):
        a: int
        b: str = field(init=False, default="x")

    named = _make_namedtuple("Named", fields(Source))
    assert named.__annotations__ == {"a": int, "b": str}
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'b'"):
        named(1)


def test_a_field_without_schema_is_converted_by_its_type():
    described = Field("a")
    described.type = float
    named = _make_namedtuple("Named", [described])
    assert named(1).a == 1.0
    assert type(named(1).a) is float
