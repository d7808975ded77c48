# SPDX-License-Identifier: Apache-2.0
"""``Field``, ``field`` and ``init_property``."""

from __future__ import annotations

import copy
import sys
import typing

import pytest
import tvm_ffi
from dataclass_support import define, new_key
from tvm_ffi.dataclasses import KW_ONLY, MISSING, Field, field, fields, init_property, py_class


def test_field_and_low_level_constructor_have_different_defaults():
    user, low = field(), Field()
    assert (user.hash, user.compare, user.kw_only) == (None, True, None)
    assert (low.hash, low.compare, low.kw_only) == (True, False, False)


def test_other_defaults_are_common():
    for made in (field(), Field()):
        assert made.name is None
        assert made._ty_schema is None
        assert made.type is None
        assert made.default is MISSING
        assert made.default_factory is MISSING
        assert (made.frozen, made.init, made.repr) == (False, True, True)
        assert made.structural_eq is None
        assert made.doc is None
        assert made.metadata == {}
        assert made.extra_kwargs == {}
        assert made.converter(5) == 5


def test_name_and_schema_are_the_positional_arguments_of_the_low_level_constructor():
    schema = tvm_ffi.core.TypeSchema("int")
    made = Field("x", schema)
    assert made.name == "x"
    assert made._ty_schema is schema


def test_slots_are_the_documented_attributes():
    assert sorted(Field.__slots__) == [
        "_ty_schema", "compare", "converter", "default", "default_factory", "doc", "extra_kwargs",
        "frozen", "hash", "init", "kw_only", "metadata", "name", "repr", "structural_eq", "type",
    ]  # fmt: skip
    with pytest.raises(AttributeError, match="no attribute 'other'"):
        field().other = 1


def test_default_and_factory_exclude_each_other():
    with pytest.raises(ValueError, match="^cannot specify both default and default_factory$"):
        field(default=1, default_factory=list)


@pytest.mark.parametrize("factory", [3, None, "list"])
def test_a_factory_must_be_callable(factory):
    with pytest.raises(
        TypeError, match=f"^default_factory must be a callable, got {type(factory).__name__}$"
    ):
        field(default_factory=factory)


@pytest.mark.parametrize("kind", [None, "ignore", "def", "def-pattern", "def-simple"])
def test_structural_kinds(kind):
    assert field(structural_eq=kind).structural_eq == kind
    assert kind in Field._VALID_STRUCTURAL_EQ_VALUES


@pytest.mark.parametrize("kind", ["def-recursive", "def-non-recursive", "", 1])
def test_other_structural_kinds_are_refused(kind):
    with pytest.raises(ValueError) as caught:
        field(structural_eq=kind)
    assert str(caught.value) == (
        "structural_eq must be one of [None, 'def', 'def-pattern', 'def-simple', 'ignore'], "
        f"got {kind!r}"
    )


def test_metadata_is_copied():
    given = {"a": 1}
    made = field(metadata=given)
    made.metadata["b"] = 2
    assert given == {"a": 1}


def test_unknown_options_are_kept_for_hooks():
    assert field(foo=1, bar=2).extra_kwargs == {"foo": 1, "bar": 2}


def test_unknown_options_that_no_hook_took_are_refused():
    with pytest.raises(TypeError, match="^Made.x: unrecognized field options: bar, foo$"):
        define(x=int, _body={"x": field(foo=1, bar=2)})


def test_a_copy_is_independent():
    made = field(default=1, metadata={"a": 1}, option=[2], doc="text")
    duplicate = copy.copy(made)
    assert duplicate is not made
    assert (duplicate.default, duplicate.doc) == (1, "text")
    duplicate.metadata["a"] = 5
    duplicate.extra_kwargs.clear()
    assert made.metadata == {"a": 1}
    assert made.extra_kwargs == {"option": [2]}


def test_a_copy_has_the_class_and_the_further_state_of_a_subclass():
    class Slotted(Field):
        __slots__ = ("__private", "extra", "unset")

        def set_private(self, value):
            self.__private = value

        def private(self):
            return self.__private

    class WithDict(Field):
        pass

    slotted = Slotted("x")
    slotted.extra = [1]
    slotted.set_private(7)
    duplicate = copy.copy(slotted)
    assert type(duplicate) is Slotted
    assert duplicate.extra is slotted.extra
    assert duplicate.private() == 7
    assert not hasattr(duplicate, "unset")

    with_dict = WithDict("x")
    with_dict.note = "n"
    assert copy.copy(with_dict).note == "n"


def test_fields_compare_by_identity():
    assert field() != field()


def test_the_field_of_the_body_is_filled_in():
    made = field(default=3)
    cls = define(x=int, _body={"x": made})
    assert fields(cls) == (made,)
    assert made.name == "x"
    assert made.type is int
    assert str(made._ty_schema) == "int"
    assert made.hash is True
    assert made.kw_only is False


@pytest.mark.skipif(sys.version_info < (3, 10), reason="dataclasses.KW_ONLY is of Python 3.10")
def test_kw_only_is_that_of_the_standard_library():
    import dataclasses

    assert KW_ONLY is dataclasses.KW_ONLY
    assert tvm_ffi.dataclasses.field is field
    assert tvm_ffi.dataclasses.KW_ONLY is KW_ONLY


# ---- init_property ------------------------------------------------------------------------------


def test_an_init_property_takes_its_type_from_the_return_annotation():
    class Holder:
        @init_property
        def typed(self) -> int:
            return 1

        @init_property
        def untyped(self):
            return 2

    assert Holder.__annotations__ == {"typed": "int", "untyped": typing.Any}
    assert Holder.typed.name == "typed"
    assert Holder.typed.func(None) == 1
    assert Holder().typed is vars(Holder)["typed"]


def test_an_init_property_that_returns_nothing_may_hold_anything():
    def nothing(self):
        return None

    nothing.__annotations__ = {"return": None}
    holder = type("Holder", (), {"nothing": init_property(nothing)})
    assert holder.__annotations__ == {"nothing": typing.Any}


def test_an_init_property_overrides_an_annotation_of_its_name():
    class Holder:
        value: str

        @init_property
        def value(self) -> int:
            return 1

    assert Holder.__annotations__ == {"value": "int"}


def test_annotations_of_a_base_are_not_changed():
    class Base:
        x: int

    class Child(Base):
        @init_property
        def y(self) -> int:
            return 1

    assert Base.__annotations__ == {"x": "int"}
    assert Child.__annotations__ == {"y": "int"}


def test_an_unbound_init_property_has_no_name():
    assert init_property(len).name is None
    assert init_property[int] is not None


def test_an_init_property_is_stored_like_a_field():
    calls = []

    @py_class(new_key())
    class Square(tvm_ffi.Object):
        side: int

        @init_property
        def area(self) -> int:
            calls.append(self.side)
            return self.side**2

    square = Square(3)
    assert (square.area, square.area) == (9, 9)
    assert calls == [3]
    square.area = 1
    assert square.area == 1
    made = fields(Square)[1]
    assert (made.name, made.type) == ("area", int)
    assert (made.init, made.repr, made.hash, made.compare) == (False, False, False, False)
    assert made.structural_eq == "ignore"
    assert list(Square.__ffi_init_property_funcs__) == ["area"]


def test_the_result_of_an_init_property_is_converted():
    @py_class(new_key())
    class Wrong(tvm_ffi.Object):
        @init_property
        def value(self) -> int:
            return "text"

    with pytest.raises(TypeError, match="^expected int, got str$"):
        Wrong()


def test_init_properties_run_root_first_and_a_child_replaces_the_function():
    order = []

    @py_class(new_key())
    class Root(tvm_ffi.Object):
        a: int

        @init_property
        def first(self) -> int:
            order.append("Root.first")
            return self.a

        @init_property
        def second(self) -> int:
            order.append("Root.second")
            return self.first + 1

    @py_class(new_key())
    class Leaf(Root):
        @init_property
        def third(self) -> int:
            order.append("Leaf.third")
            return self.second + 1

    assert Leaf(5).third == 7
    assert order == ["Root.first", "Root.second", "Leaf.third"]


def test_a_child_replaces_the_init_property_of_its_parent(capfd):
    called = []

    @py_class(new_key())
    class Root(tvm_ffi.Object):
        @init_property
        def value(self) -> int:
            called.append("Root")
            return 1

    key = new_key()

    @py_class(key)
    class Leaf(Root):
        @init_property
        def value(self) -> int:
            called.append("Leaf")
            return 2

    leaf = Leaf()
    assert leaf.value == 2
    assert called == ["Leaf"]
    assert Root.value.fget(leaf) == 0
    assert f'[WARNING] Field "value" in type "{key}" duplicates an ancestor field' in (
        capfd.readouterr().err
    )


def test_init_properties_do_not_run_for_copies_or_a_user_init():
    calls = []

    @py_class(new_key())
    class Counted(tvm_ffi.Object):
        a: int

        @init_property
        def twice(self) -> int:
            calls.append(self.a)
            return 2 * self.a

    one = Counted(1)
    assert copy.copy(one).twice == 2
    assert copy.deepcopy(one).twice == 2
    assert one.__replace__(a=5).twice == 2
    assert calls == [1]

    @py_class(new_key())
    class Own(tvm_ffi.Object):
        a: int

        def __init__(self):
            self.a = 4

        @init_property
        def twice(self) -> int:
            calls.append(self.a)
            return 2 * self.a

    assert Own().twice == 0
    assert calls == [1]


def test_an_object_made_below_python_has_no_computed_value():
    @py_class(new_key())
    class Computed(tvm_ffi.Object):
        a: int

        @init_property
        def twice(self) -> int:
            return 2 * self.a

    made = Computed.__new__(Computed)
    made.__ffi_init__(3)
    assert (made.a, made.twice) == (3, 0)
