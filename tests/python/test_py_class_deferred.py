# SPDX-License-Identifier: Apache-2.0
"""Annotations of ``py_class``: where names are looked up, and classes that wait for one."""

from __future__ import annotations

import sys
import types
import typing
from typing import ClassVar, Optional

import pytest
import tvm_ffi
from dataclass_support import new_key
from tvm_ffi.dataclasses import KW_ONLY, field, fields, is_dataclass, py_class


def names(cls):
    return [f.name for f in fields(cls)]


# ---- resolution ---------------------------------------------------------------------------------


def test_a_class_may_name_itself():
    @py_class(new_key(), eq=True)
    class Node(tvm_ffi.Object):
        value: int
        next: Optional[Node] = None  # noqa: UP045
        children: list[Node] = field(default_factory=list)

    tree = Node(1, Node(2), [Node(3)])
    assert tree.next.value == 2
    assert tree.children[0].value == 3
    with pytest.raises(TypeError, match="expected .*, got int"):
        Node(1, 5)


def test_a_class_may_name_earlier_classes_of_its_module():
    def make():
        @py_class(new_key())
        class LocalElsewhere(tvm_ffi.Object):
            x: int

        return LocalElsewhere

    earlier = make()

    @py_class(new_key())
    class User(tvm_ffi.Object):
        other: LocalElsewhere  # noqa: F821 - found among the classes of this module

    assert User(earlier(4)).other.x == 4


def test_a_class_may_name_classes_of_other_modules():
    @py_class(new_key())
    class ImportedForTypesOnly(tvm_ffi.Object):
        x: int

    module = types.ModuleType("test_dataclass_other_module")
    sys.modules[module.__name__] = module
    try:
        cls = type(tvm_ffi.Object)(
            "User",
            (tvm_ffi.Object,),
            {
                "__module__": module.__name__,
                "__annotations__": {"other": "Optional[ImportedForTypesOnly]"},
            },
        )
        module.Optional = typing.Optional
        user = py_class(new_key())(cls)
        assert user(ImportedForTypesOnly(1)).other.x == 1
    finally:
        del sys.modules[module.__name__]


def test_class_variables_are_no_fields():
    @py_class(new_key())
    class Thing(tvm_ffi.Object):
        bare: ClassVar = 3
        typed: ClassVar[int] = 4
        x: int = 5

    assert names(Thing) == ["x"]
    assert (Thing.bare, Thing.typed, Thing().x) == (3, 4, 5)


@pytest.mark.parametrize(
    "marker", [KW_ONLY, "KW_ONLY", "dataclasses.KW_ONLY", typing.ForwardRef("dc.KW_ONLY")], ids=str
)
def test_the_keyword_only_marker_is_recognised_unevaluated(marker):
    cls = type(tvm_ffi.Object)(
        "Marked",
        (tvm_ffi.Object,),
        {"__annotations__": {"a": int, "anything": marker, "b": int}, "anything": 5},
    )
    marked = py_class(new_key())(cls)
    assert names(marked) == ["a", "b"]
    assert [f.kw_only for f in fields(marked)] == [False, True]
    assert not hasattr(marked, "anything")


def test_an_error_of_an_annotation_is_not_taken_for_a_missing_name():
    with pytest.raises(SyntaxError):

        @py_class(new_key())
        class Broken(tvm_ffi.Object):
            x: "int["  # noqa: F722


# ---- waiting ------------------------------------------------------------------------------------


def test_a_waiting_class_is_a_dataclass_without_own_fields():
    @py_class(new_key())
    class Waiting(tvm_ffi.Object):
        x: int
        late: NeverDefined1  # noqa: F821

    assert Waiting.__tvm_ffi_type_info__.fields is None
    assert fields(Waiting) == ()
    assert is_dataclass(Waiting)
    assert Waiting.__init__.__qualname__ == f"{Waiting.__qualname__}.__init__"
    assert Waiting.__ffi_py_class_is_deferred_init__ is True


def test_it_is_finished_by_a_later_class():
    @py_class(new_key())
    class Early(tvm_ffi.Object):
        x: int
        late: Optional[LateOne] = None  # noqa: UP045

    assert names(Early) == []

    @py_class(new_key())
    class LateOne(tvm_ffi.Object):
        y: int

    assert names(Early) == ["x", "late"]
    assert Early(1, LateOne(2)).late.y == 2
    assert not hasattr(Early, "__ffi_py_class_is_deferred_init__")


def test_it_is_finished_by_its_first_construction():
    @py_class(new_key())
    class Early(tvm_ffi.Object):
        late: Optional[DefinedLaterInModule] = None  # noqa: F821, UP045

    sys.modules[__name__].DefinedLaterInModule = int
    try:
        assert Early.__tvm_ffi_type_info__.fields is None
        assert Early(3).late == 3
        assert names(Early) == ["late"]
    finally:
        del sys.modules[__name__].DefinedLaterInModule


def test_two_classes_may_name_each_other():
    @py_class(new_key())
    class Ping(tvm_ffi.Object):
        pong: Optional[Pong] = None  # noqa: UP045

    @py_class(new_key())
    class Pong(tvm_ffi.Object):
        ping: Optional[Ping] = None  # noqa: UP045

    assert Ping(Pong(Ping())).pong.ping.pong is None


def test_what_is_missing_is_listed():
    @py_class(new_key())
    class Waiting(tvm_ffi.Object):
        x: int
        late: Missing2  # noqa: F821
        wrong: len(1)

    with pytest.raises(TypeError) as caught:
        Waiting(1, 2, 3)
    assert str(caught.value) == (
        "Cannot instantiate Waiting: unresolved forward references: "
        "[\"late: Missing2 (name 'Missing2' is not defined)\", "
        "\"wrong: len(1) (object of type 'int' has no len())\"]"
    )


def test_a_failed_construction_leaves_it_waiting():
    @py_class(new_key())
    class Patient(tvm_ffi.Object):
        late: AppearsAfterAll  # noqa: F821

    for _ in range(2):
        with pytest.raises(TypeError, match="unresolved forward references"):
            Patient(1)
    sys.modules[__name__].AppearsAfterAll = int
    try:
        assert Patient(1).late == 1
    finally:
        del sys.modules[__name__].AppearsAfterAll


def test_the_key_of_a_class_that_could_not_be_constructed_can_be_taken():
    key = new_key()

    @py_class(key)
    class First(tvm_ffi.Object):
        late: NeverDefined3  # noqa: F821

    with pytest.raises(TypeError):
        First(1)

    @py_class(key)
    class Second(tvm_ffi.Object):
        x: int

    assert Second(1).x == 1
    assert not is_dataclass(First)


def test_the_key_of_a_waiting_class_is_taken():
    key = new_key()

    @py_class(key)
    class First(tvm_ffi.Object):
        late: NeverDefined4  # noqa: F821

    with pytest.raises(ValueError, match="is already registered"):
        py_class(key)(type(tvm_ffi.Object)("Second", (tvm_ffi.Object,), {}))


def test_a_users_init_is_put_back():
    @py_class(new_key())
    class Early(tvm_ffi.Object):
        x: int
        late: Optional[LateTwo]  # noqa: UP045

        def __init__(self, x):
            """Make it of one number."""
            self.x = x + 1

    assert Early._py_class_user_init.__doc__ == "Make it of one number."

    @py_class(new_key())
    class LateTwo(tvm_ffi.Object):
        pass

    assert Early(3).x == 4
    assert Early.__init__.__doc__ == "Make it of one number."
    assert not hasattr(Early, "_py_class_user_init")


def test_a_child_waits_for_its_parent():
    @py_class(new_key())
    class Parent(tvm_ffi.Object):
        late: Optional[LateThree]  # noqa: UP045

    @py_class(new_key())
    class Child(Parent):
        y: int = 2

    assert Child.__tvm_ffi_type_info__.fields is None
    with pytest.raises(TypeError, match="late: .*'LateThree' is not defined"):
        Child(None)

    @py_class(new_key())
    class LateThree(tvm_ffi.Object):
        pass

    assert names(Child) == ["late", "y"]
    assert Child(LateThree()).y == 2


def test_a_child_finishes_its_parent_first():
    @py_class(new_key())
    class Parent(tvm_ffi.Object):
        late: Optional[NowKnown]  # noqa: F821, UP045

    sys.modules[__name__].NowKnown = int
    try:

        @py_class(new_key())
        class Child(Parent):
            y: int

    finally:
        del sys.modules[__name__].NowKnown
    assert names(Parent) == ["late"]
    assert Child(1, 2).late == 1


def test_an_error_of_a_waiting_class_is_its_own():
    @py_class(new_key())
    class Bad(tvm_ffi.Object):
        late: TurnsOutUnsupported  # noqa: F821

    sys.modules[__name__].TurnsOutUnsupported = complex
    try:

        @py_class(new_key())
        class Unrelated(tvm_ffi.Object):
            x: int

        assert Unrelated(1).x == 1
        for _ in range(2):
            with pytest.raises(TypeError, match="^Cannot convert <class 'complex'> to TypeSchema$"):
                Bad(1)
    finally:
        del sys.modules[__name__].TurnsOutUnsupported
