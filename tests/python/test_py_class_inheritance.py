# SPDX-License-Identifier: Apache-2.0
"""What ``py_class`` takes from the bases of a class."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import Any, ClassVar, Optional

import pytest
import tvm_ffi
from dataclass_support import define, native_fields, new_key
from tvm_ffi.dataclasses import KW_ONLY, field, fields, is_dataclass, py_class


def names(cls):
    return [f.name for f in fields(cls)]


# ---- annotations of unregistered bases ----------------------------------------------------------


def test_annotations_of_mixins_become_fields():
    class Plain:
        a: int = 1

    class Mixin(tvm_ffi.Object):
        b: int = 2

    @py_class(new_key())
    class Thing(Mixin, Plain):
        c: int = 3

    assert names(Thing) == ["a", "b", "c"]
    assert (Thing().a, Thing().b, Thing().c) == (1, 2, 3)
    assert Plain.a == 1
    assert Mixin.b == 2


def test_the_order_is_that_of_the_reversed_mro():
    registered = define(r=int)

    class D(registered):
        d: int

    class A:
        a: int

    class B:
        b: int

    @py_class(new_key())
    class C(A, B, D):
        c: int

    assert names(C) == ["r", "d", "b", "a", "c"]


def test_what_a_registered_parent_took_in_is_not_repeated():
    class Mixin:
        a: int

    @py_class(new_key())
    class Parent(tvm_ffi.Object, Mixin):
        b: int

    child = define(Parent, c=int)
    assert names(child) == ["a", "b", "c"]


def test_a_name_of_an_earlier_owner_keeps_its_place():
    class Mixin(tvm_ffi.Object):
        a: int = 1
        b: int = 2

    @py_class(new_key())
    class Thing(Mixin):
        c: int = 3
        a: str = "new"

    assert names(Thing) == ["a", "b", "c"]
    assert Thing().a == "new"


def test_fields_of_mixins_are_copied():
    shared = field(default=1)

    class Mixin(tvm_ffi.Object):
        a: int = shared

    first, second = define(Mixin), define(Mixin)
    assert Mixin.a is shared
    assert shared.name is None
    assert fields(first)[0] is not fields(second)[0]
    assert first().a == second().a == 1


def test_a_keyword_only_marker_affects_later_owners():
    class Mixin(tvm_ffi.Object):
        _: KW_ONLY
        a: int

    @py_class(new_key())
    class Thing(Mixin):
        b: int

    assert str(inspect.signature(Thing)) == "(*, a, b)"


def test_fields_of_a_second_registered_base_are_registered_again():
    left, right = define(x=int), define(y=int)
    both = define((left, right), z=int)
    assert names(both) == ["x", "y", "z"]
    assert both.__tvm_ffi_type_info__.parent_type_info is left.__tvm_ffi_type_info__
    assert sorted(native_fields(both)) == ["y", "z"]
    assert both(1, y=2, z=3).y == 2


# ---- registered parents -------------------------------------------------------------------------


def test_required_fields_of_a_child_come_before_optional_ones_of_the_parent():
    parent = define(x=int, y=int, _body={"y": 5})
    child = define(parent, z=int)
    assert str(inspect.signature(child)) == "(x, z, y=<MISSING>)"
    assert child.__match_args__ == ("x", "y", "z")
    obj = child(1, 2)
    assert (obj.x, obj.y, obj.z) == (1, 5, 2)
    assert isinstance(obj, parent)


def test_a_redefined_field_is_a_second_one(capfd):
    parent = define(x=int)
    child = define(parent, x=int, _body={"x": field(init=False, default=9)})
    obj = child(1)
    assert obj.x == 9
    assert parent.x.fget(obj) == 1
    assert '[WARNING] Field "x" in type' in capfd.readouterr().err


def test_frozen_is_not_inherited():
    parent = define(a=int, _options={"frozen": True})
    child = define(parent, b=int)
    obj = child(1, 2)
    obj.b = 3
    with pytest.raises(AttributeError):
        obj.a = 3
    parent.a.set(obj, 4)
    child.a.set(obj, obj.a + 1)
    assert (obj.a, obj.b) == (5, 3)

    mutable_parent = define(a=int)
    frozen_child = define(mutable_parent, b=int, _options={"frozen": True})
    obj = frozen_child(1, 2)
    obj.a = 5
    with pytest.raises(AttributeError):
        obj.b = 5
    assert (obj.a, obj.b) == (5, 2)


def test_options_are_not_inherited():
    parent = define(x=int, _options={"eq": True, "kw_only": True})
    child = define(parent, y=int)
    assert str(inspect.signature(child)) == "(y, *, x)"
    assert child(2, x=1) == child(2, x=1)  # the parent's __eq__ is an ordinary attribute
    assert child(2, x=1) != child(3, x=1)


def test_an_undecorated_subclass_shares_the_type():
    parent = define(x=int)

    class Plain(parent):
        def double(self):
            return 2 * self.x

    obj = Plain(4)
    assert type(obj) is Plain
    assert obj.double() == 8
    assert is_dataclass(Plain)
    assert type(copy.copy(obj)) is parent
    assert type(tvm_ffi.get_global_func("testing.echo")(obj)) is parent


def test_a_cpp_parent_is_extended():
    @tvm_ffi.dataclasses.c_class("testing.TestNonCopyable")
    class NonCopyable(tvm_ffi.Object):
        value: int

    child = define(NonCopyable, extra=list)
    obj = child(7, [1])
    assert (obj.value, list(obj.extra)) == (7, [1])
    duplicate = copy.copy(obj)
    assert (duplicate.value, list(duplicate.extra)) == (7, [1])
    assert duplicate.extra.same_as(obj.extra)
    assert not copy.deepcopy(obj).extra.same_as(obj.extra)


# ---- pickling -----------------------------------------------------------------------------------


@py_class(new_key(), eq=True)
class Pickled(tvm_ffi.Object):
    number: int
    real: float
    flag: bool
    text: str
    data: bytes
    dtype: tvm_ffi.dtype
    device: tvm_ffi.Device
    anything: Any
    optional: Optional[int] = None  # noqa: UP045
    items: list = field(default_factory=list)
    table: dict = field(default_factory=dict)
    next: Optional[Pickled] = None  # noqa: UP045

    def __post_init__(self):
        Pickled.hooks_run += 1

    hooks_run: ClassVar[int] = 0


class PickledSubclass(Pickled):
    pass


@py_class(new_key(), eq=True)
class PickledWithOwnInit(tvm_ffi.Object):
    x: int

    def __init__(self):
        self.x = 5


def pickled(cls=Pickled, **options):
    return cls(
        1, 2.5, True, "some longer text", b"bytes", tvm_ffi.dtype("float16"), tvm_ffi.Device("cpu"),
        [1, "a"], **options,
    )  # fmt: skip


def test_all_kinds_of_fields_are_pickled():
    value = pickled(optional=3, items=[1, [2]], table={"k": 1}, next=pickled())
    before = Pickled.hooks_run
    restored = pickle.loads(pickle.dumps(value))
    assert restored == value
    assert restored.device == value.device
    assert restored.next.optional is None
    assert Pickled.hooks_run == before


def test_sharing_within_an_object_is_pickled():
    shared = tvm_ffi.List([1])
    restored = pickle.loads(pickle.dumps(pickled(items=[shared, shared])))
    assert restored.items[0].same_as(restored.items[1])


def test_a_python_subclass_is_restored():
    assert type(pickle.loads(pickle.dumps(pickled(PickledSubclass)))) is PickledSubclass


def test_a_class_with_its_own_init_is_pickled():
    value = PickledWithOwnInit()
    value.x = 9
    assert pickle.loads(pickle.dumps(value)).x == 9


def test_an_instance_without_object_is_pickled():
    restored = pickle.loads(pickle.dumps(Pickled.__new__(Pickled)))
    assert restored.__chandle__() == 0


def test_the_graph_inlines_numbers():
    import json

    cls = define(i=int, b=bool, f=float, s=str, o=Any)
    key = cls.__tvm_ffi_type_info__.type_key
    graph = json.loads(tvm_ffi.serialization.to_json_graph_str(cls(1, True, 2.5, "x", 3)))
    node = next(node for node in graph["nodes"] if node["type"] == key)
    assert node["data"]["i"] == 1
    assert node["data"]["b"] is True
    assert node["data"]["f"] == 2.5
    for name in ("s", "o"):
        index = node["data"][name]
        assert graph["nodes"][index]["data"] in ("x", 3)
    restored = tvm_ffi.serialization.from_json_graph_str(json.dumps(graph))
    assert (restored.i, restored.b, restored.f, restored.s, restored.o) == (1, True, 2.5, "x", 3)
