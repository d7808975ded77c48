# SPDX-License-Identifier: Apache-2.0
"""``py_class``: forms, options, registration, rollback and the layout that is made."""

from __future__ import annotations

import typing
from typing import Any

import numpy as np
import pytest
import tvm_ffi
from dataclass_support import define, native_fields, new_key
from tvm_ffi import core
from tvm_ffi.dataclasses import field, fields, is_dataclass, py_class


def type_of(cls):
    return cls.__tvm_ffi_type_info__


# ---- forms --------------------------------------------------------------------------------------


def test_the_default_key_is_module_and_qualified_name():
    @py_class
    class Local(tvm_ffi.Object):
        x: int

    @py_class(eq=True)
    class Other(tvm_ffi.Object):
        x: int

    prefix = f"{__name__}.test_the_default_key_is_module_and_qualified_name.<locals>"
    assert type_of(Local).type_key == f"{prefix}.Local"
    assert type_of(Other).type_key == f"{prefix}.Other"
    assert Other(1) == Other(1)


def test_a_key_is_given_by_position_or_by_keyword():
    first, second = new_key(), new_key()

    @py_class(first, type_key=second, eq=True)
    class Both(tvm_ffi.Object):
        pass

    @py_class(type_key=second)
    class Keyword(tvm_ffi.Object):
        pass

    assert type_of(Both).type_key == first
    assert type_of(Keyword).type_key == second


def test_other_positional_arguments_are_refused():
    with pytest.raises(TypeError, match="^py_class: expected str or type, got <class 'int'>$"):
        py_class(5)


def test_contradictory_options_are_refused_before_decoration():
    with pytest.raises(ValueError, match="^order=True requires eq=True$"):
        py_class(order=True)
    with pytest.raises(ValueError) as caught:
        py_class(structural_eq="foo")
    assert str(caught.value) == (
        "structural_eq must be one of ['const-tree', 'dag', 'singleton', 'tree', 'var'] or None, "
        "got 'foo'"
    )


def test_one_decorator_may_serve_several_classes():
    decorator = py_class(eq=True, kw_only=True)

    @decorator
    class First(tvm_ffi.Object):
        x: int

    @decorator
    class Second(tvm_ffi.Object):
        x: int

    first, second = (type_of(cls)._decorator_args for cls in (First, Second))
    assert first == second == {
        "frozen": False, "init": True, "repr": True, "eq": True, "order": False,
        "unsafe_hash": False, "match_args": True, "kw_only": True, "structural_eq": "tree",
        "field_markers": (),
    }  # fmt: skip
    assert first is not second


def test_slots_is_accepted_and_changes_nothing():
    for slots in (True, False):
        cls = define(x=int, _options={"slots": slots})
        with pytest.raises(AttributeError, match="'Made' object has no attribute 'zzz'"):
            cls(1).zzz = 1


def test_the_class_itself_is_returned():
    cls = type(tvm_ffi.Object)("Same", (tvm_ffi.Object,), {})
    assert py_class(new_key())(cls) is cls
    assert is_dataclass(cls)
    assert core._type_cls_to_type_info(cls) is type_of(cls)


# ---- registration -------------------------------------------------------------------------------


def test_a_class_needs_a_registered_base():
    with pytest.raises(TypeError) as caught:
        py_class(new_key())(type("Alone", (), {}))
    assert str(caught.value) == (
        "Alone must inherit from a registered FFI Object type (e.g. tvm_ffi.Object)"
    )


def test_an_unregistered_mixin_of_object_is_passed_over():
    class Mixin(tvm_ffi.Object):
        pass

    node = define(x=int)
    child = define((Mixin, node), y=int)
    assert type_of(child).parent_type_info is type_of(node)
    assert repr(child(1, 2)).endswith("(x=1, y=2)")


@pytest.mark.parametrize("key", ["ffi.Array", "testing.TestIntPair"])
def test_keys_of_native_types_are_taken(key):
    with pytest.raises(ValueError, match=f"^Type key '{key}' is already registered$"):
        py_class(key)(type(tvm_ffi.Object)("X", (tvm_ffi.Object,), {}))


def test_a_key_is_used_once():
    key = type_of(define(x=int)).type_key
    with pytest.raises(ValueError, match=f"^Type key '{key}' is already registered$"):
        py_class(key)(type(tvm_ffi.Object)("X", (tvm_ffi.Object,), {}))


@pytest.mark.parametrize("base", [tvm_ffi.Array, tvm_ffi.Map, tvm_ffi.Module], ids=repr)
def test_types_without_room_for_children_are_refused(base):
    with pytest.raises((TypeError, RuntimeError), match="maximum number of sub-classes"):
        py_class(new_key())(type(base)("Child", (base,), {}))


# ---- rollback -----------------------------------------------------------------------------------

BAD_BODIES = {
    "annotation": ({"__annotations__": {"x": complex}}, "Cannot convert"),
    "option": ({"__annotations__": {"x": int}, "x": field(unknown=1)}, "unrecognized"),
    "keyword": ({"__annotations__": {"class": int}}, "'class' is not a valid parameter name"),
    "identifier": ({"__annotations__": {"a b": int}}, "'a b' is not a valid parameter name"),
    "self": ({"__annotations__": {"self": int}}, "duplicate parameter name: 'self'"),
    "markers": ({"__ffi_field_markers__": 5}, "must be a tuple or list of types"),
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_a_failure_leaves_nothing_behind(name):
    body, message = BAD_BODIES[name]
    key = new_key()
    cls = type(tvm_ffi.Object)("Bad", (tvm_ffi.Object,), {**body, "__module__": __name__})
    with pytest.raises((TypeError, ValueError), match=message):
        py_class(key)(cls)
    assert not is_dataclass(cls)
    assert "__tvm_ffi_type_info__" not in vars(cls)
    assert core._type_cls_to_type_info(cls) is None

    @py_class(key)
    class Good(tvm_ffi.Object):
        y: int

    assert Good(3).y == 3
    assert [f.name for f in fields(Good)] == ["y"]


def test_a_failed_class_is_unknown_to_later_annotations():
    class Unfinished(tvm_ffi.Object):
        x: complex

    with pytest.raises(TypeError):
        py_class(new_key())(Unfinished)
    del Unfinished

    @py_class(new_key())
    class User(tvm_ffi.Object):
        other: Unfinished  # noqa: F821

    with pytest.raises(TypeError, match="name 'Unfinished' is not defined"):
        User(1)


def test_bad_names_do_no_harm_without_a_generated_init():
    cls = define(_body={"__init__": lambda self: None}, **{"class": int})
    obj = cls()
    setattr(obj, "class", 4)
    assert getattr(obj, "class") == 4


def test_an_inherited_field_can_not_be_a_second_parameter():
    parent = define(x=int)
    with pytest.raises(ValueError, match="^duplicate parameter name: 'x'$"):
        define(parent, x=int)


# ---- layout -------------------------------------------------------------------------------------

STORED = {
    int: (8, 8, 1),
    float: (8, 8, 3),
    bool: (1, 1, 2),
    tvm_ffi.dtype: (4, 2, 5),
    tvm_ffi.Device: (8, 4, 6),
    Any: (16, 8, -1),
    str: (16, 8, -1),
    bytes: (16, 8, -1),
    typing.Optional[int]: (16, 8, -1),
    typing.Union[int, str]: (16, 8, -1),
    list: (8, 8, 64),
    typing.Dict[str, int]: (8, 8, 64),  # noqa: UP006
    tvm_ffi.Array[int]: (8, 8, 64),
    tvm_ffi.Map[str, int]: (8, 8, 64),
    tuple: (8, 8, 64),
    typing.Callable: (8, 8, 64),
    tvm_ffi.Function: (8, 8, 64),
    np.ndarray: (8, 8, 64),
    tvm_ffi.Object: (8, 8, 64),
    type(None): (8, 8, 64),
}


@pytest.mark.parametrize("annotation", STORED, ids=str)
def test_storage_follows_the_schema(annotation):
    native = native_fields(define(x=annotation))["x"]
    assert (native.size, native.alignment, native.field_static_type_index) == STORED[annotation]
    assert native.offset == 24


def test_a_void_pointer_is_stored_as_such():
    import ctypes

    native = native_fields(define(x=ctypes.c_void_p))["x"]
    assert (native.size, native.alignment, native.field_static_type_index) == (8, 8, 4)


def test_fields_are_placed_as_a_cpp_compiler_does():
    cls = define(b1=bool, dt=tvm_ffi.dtype, b2=bool, dev=tvm_ffi.Device, b3=bool, i=int, b4=bool)
    offsets = [native.offset for native in type_of(cls).fields]
    assert offsets == [24, 26, 30, 32, 40, 48, 56]
    assert type_of(cls).total_size == 64
    child = define(cls, b5=bool, a=Any)
    assert [native.offset for native in type_of(child).fields] == [57, 64]
    assert type_of(child).total_size == 80


def test_small_fields_are_packed():
    cls = define(a=bool, b=bool, c=bool)
    assert [native.offset for native in type_of(cls).fields] == [24, 25, 26]
    assert type_of(cls).total_size == 32


def test_a_child_of_a_cpp_type_begins_behind_its_fields():
    base = core._lookup_or_register_type_info_from_type_key("testing.TestCxxClassBase").type_cls
    if base is None:
        base = tvm_ffi.register_object("testing.TestCxxClassBase")(
            type(tvm_ffi.Object)("Base", (tvm_ffi.Object,), {})
        )
    cls = define(base, flag=bool)
    assert native_fields(cls)["flag"].offset == 36
    assert type_of(cls).total_size == 40
    obj = cls(1, 2, True)
    assert (obj.v_i64, obj.v_i32, obj.flag) == (1, 2, True)


def test_an_empty_class_passes_the_end_through():
    parent = define(a=bool)
    assert native_fields(define(define(parent), b=bool))["b"].offset == 25
    assert type_of(define()).total_size == 24


# ---- what is registered natively ----------------------------------------------------------------


def flags_of(**options):
    native = native_fields(define(x=int, _body={"x": field(**options)}))["x"]
    return {
        name: getattr(native, name)
        for name in ("c_init", "c_repr", "c_hash", "c_compare", "c_kw_only", "c_has_default")
        if getattr(native, name) is not getattr(native_fields(define(x=int))["x"], name)
    }


def test_options_become_flags():
    assert flags_of() == {}
    assert flags_of(init=False, default=1) == {"c_init": False, "c_has_default": True}
    assert flags_of(repr=False) == {"c_repr": False}
    assert flags_of(hash=False) == {"c_hash": False}
    assert flags_of(compare=False) == {"c_compare": False, "c_hash": False}
    assert flags_of(compare=False, hash=True) == {"c_compare": False}
    assert flags_of(kw_only=True) == {"c_kw_only": True}
    assert flags_of(default_factory=int) == {"c_has_default": True}


@pytest.mark.parametrize(
    ("given", "read"),
    [("ignore", "ignore"), ("def", "def-pattern"), ("def-pattern", "def-pattern"),
     ("def-simple", "def-simple"), (None, None)],
)  # fmt: skip
def test_structural_flags(given, read):
    cls = define(x=int, _body={"x": field(structural_eq=given)})
    key = type_of(cls).type_key

    @tvm_ffi.register_object(key)
    class Again(tvm_ffi.Object):
        pass

    assert native_fields(Again)["x"].c_structural_eq == read


def test_metadata_holds_the_schema_as_an_object():
    native = native_fields(define(x=typing.Optional[int]))["x"]
    assert native.metadata == {"type_schema": {"type": "Optional", "args": [{"type": "int"}]}}
    assert str(native.ty) == "int | None"


def test_frozen_is_unknown_to_native_code():
    cls = define(x=int, _options={"frozen": True})
    assert native_fields(cls)["x"].frozen

    @tvm_ffi.register_object(type_of(cls).type_key)
    class Again(tvm_ffi.Object):
        pass

    assert not native_fields(Again)["x"].frozen


def test_a_type_has_its_constructor_as_attribute_only():
    cls = define(x=int)
    assert type_of(cls).methods == []
    index = type_of(cls).type_index
    for name in ("__ffi_init__", "__ffi_new__", "__ffi_shallow_copy__"):
        assert isinstance(core._lookup_type_attr(index, name), core.Function)


def test_structural_kind_none_means_no_metadata():
    without, default = define(x=int, _options={"structural_eq": None}), define(x=int)
    assert not type_of(without)._has_type_metadata
    assert type_of(default)._has_type_metadata
    assert without(3).x == 3
    assert type_of(define(without))._has_type_metadata
    with pytest.raises(TypeError):
        tvm_ffi.structural_equal(without(1), without(1))


@pytest.mark.parametrize(
    ("kind", "equal"),
    [("tree", True), ("var", False), ("dag", True), ("const-tree", True), ("singleton", False)],
)
def test_structural_kinds_of_types(kind, equal):
    cls = define(x=int, _options={"structural_eq": kind})
    assert tvm_ffi.structural_equal(cls(1), cls(1)) is equal


def test_python_equality_is_independent_of_the_structural_kind():
    cls = define(x=int, _options={"structural_eq": "tree"})
    assert tvm_ffi.structural_equal(cls(1), cls(1))
    assert cls(1) != cls(1)
    one = cls(1)
    assert one == one  # noqa: PLR0124
    assert hash(one) == one.__chandle__()


# ---- class attributes ---------------------------------------------------------------------------


def test_fields_become_properties():
    cls = define(x=int, _body={"x": field(default=3, doc="the x")})
    assert isinstance(vars(cls)["x"], core.FFIProperty)
    assert cls.x.__doc__ == "the x"
    assert define(x=int).x.__doc__ is None
    assert cls.x.fget.__name__ == "x"
    assert cls.x.fget.__qualname__ == "Made.x"


def test_a_field_can_not_be_deleted():
    obj = define(x=int)(1)
    with pytest.raises(AttributeError):
        del obj.x


def test_own_slots_work():
    cls = define(x=int, _body={"__slots__": ("__dict__", "__weakref__", "other")})
    obj = cls(1)
    obj.anything = 2
    obj.other = 3
    assert (obj.x, obj.anything, obj.other) == (1, 2, 3)


def test_ordinary_attributes_stay():
    @py_class(new_key())
    class Thing(tvm_ffi.Object):
        x: int
        CONSTANT = 5

        def method(self):
            return self.x + 1

        @property
        def twice(self):
            return 2 * self.x

        @twice.setter
        def twice(self, value):
            self.x = value // 2

        @staticmethod
        def static():
            return "static"

        @classmethod
        def build(cls):
            return cls(7)

    thing = Thing.build()
    assert (thing.method(), thing.twice, Thing.static(), Thing.CONSTANT) == (8, 14, "static", 5)
    thing.twice = 20
    assert thing.x == 10


def test_generic_classes():
    T = typing.TypeVar("T")

    @py_class(new_key())
    class Box(tvm_ffi.Object, typing.Generic[T]):
        value: Any

    assert Box[int](2).value == 2
    key = type_of(Box).type_key
    assert str(core.TypeSchema.from_annotation(Box[int])) == f"{key}[int]"


def test_abstract_methods_are_enforced():
    import abc

    @py_class(new_key())
    class Abstract(tvm_ffi.Object):
        x: int

        @abc.abstractmethod
        def f(self): ...

    with pytest.raises(TypeError, match="abstract"):
        Abstract(1)

    @py_class(new_key())
    class Concrete(Abstract):
        def f(self):
            return self.x

    assert Concrete(2).f() == 2


def test_a_wrapper_without_object_raises_at_its_fields():
    cls = define(x=int, _options={"eq": True, "unsafe_hash": True})
    empty = cls.__new__(cls)
    assert empty.__chandle__() == 0
    assert repr(empty) == "Made(chandle=None)"
    for use in (
        lambda: empty.x,
        lambda: setattr(empty, "x", 1),
        lambda: hash(empty),
        lambda: empty == cls(1),
        lambda: empty.__deepcopy__(),
        lambda: empty.__copy__(),
    ):
        with pytest.raises((ValueError, TypeError), match="no object behind it"):
            use()
