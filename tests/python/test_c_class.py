# SPDX-License-Identifier: Apache-2.0
"""``c_class``: Python classes of types that C++ registered."""

from __future__ import annotations

import copy
import inspect
import warnings

import pytest
import tvm_ffi
from dataclass_support import define, new_key
from tvm_ffi import core
from tvm_ffi.dataclasses import MISSING, c_class, field, fields, is_dataclass, replace

echo = tvm_ffi.get_global_func("testing.echo")


@pytest.fixture
def bind():
    """``c_class`` for the length of a test: the types get their former classes back."""
    former = []

    def decorator(key, **options):
        former.append(core._lookup_or_register_type_info_from_type_key(key))
        return c_class(key, **options)

    yield decorator
    for info in reversed(former):
        if info.type_cls is not None:
            core._register_object_by_index(info.type_index, info.type_cls)


@pytest.fixture
def base(bind):
    """The class of ``testing.TestCxxClassBase``, whose fields can be written."""  # noqa: D401

    @bind("testing.TestCxxClassBase")
    class Base(tvm_ffi.Object):
        v_i64: int
        v_i32: int

    return Base


def test_a_class_gets_constructor_properties_and_repr(base):
    obj = base(1, v_i32=2)
    assert (obj.v_i64, obj.v_i32) == (1, 2)
    assert repr(obj) == "testing.TestCxxClassBase"  # C++ keeps both fields out of it
    obj.v_i64 = 5
    assert obj.v_i64 == 5
    assert str(inspect.signature(base)) == "(v_i64, v_i32)"
    assert base.__match_args__ == ("v_i64", "v_i32")
    assert is_dataclass(base)
    assert type(echo(obj)) is base


def test_an_unknown_key_is_refused():
    with pytest.raises(ValueError, match="^Cannot find object type index for no.such.Type$"):
        c_class("no.such.Type")(type(tvm_ffi.Object)("X", (tvm_ffi.Object,), {}))


def test_an_unknown_key_may_be_skipped(monkeypatch):
    monkeypatch.setattr(tvm_ffi.registry, "_SKIP_UNKNOWN_OBJECTS", True)
    cls = type(tvm_ffi.Object)("X", (tvm_ffi.Object,), {"__annotations__": {"x": int}})
    before = dict(vars(cls))
    assert c_class("no.such.Type")(cls) is cls
    assert dict(vars(cls)) == before


def test_python_checks_the_arguments():
    with pytest.raises(TypeError):
        c_class()
    with pytest.raises(TypeError, match="slots"):
        c_class("testing.TestIntPair", slots=True)


def test_a_field_in_the_body_says_nothing_at_run_time(bind):
    @bind("testing.TestCxxClassBase")
    class Base(tvm_ffi.Object):
        v_i64: int = field(default=3, frozen=True)
        v_i32: int

    assert str(inspect.signature(Base)) == "(v_i64, v_i32)"
    assert isinstance(Base.v_i64, core.FFIProperty)
    assert fields(Base)[0].default is MISSING


def test_another_attribute_of_the_body_shadows_the_property(bind):
    @bind("testing.TestCxxClassBase")
    class Base(tvm_ffi.Object):
        v_i64: int = 3
        v_i32: int

    obj = Base(1, 2)
    assert obj.v_i64 == 3
    assert obj.v_i32 == 2


def test_fields_describe_what_cpp_declared(bind):
    @bind("testing.TestCxxAutoInit")
    class AutoInit(tvm_ffi.Object):
        a: int
        b: int
        c: int
        d: int

    a, b, c, d = fields(AutoInit)
    assert [f.name for f in (a, b, c, d)] == ["a", "b", "c", "d"]
    assert (a.default, a.init, a.kw_only, a.type) == (MISSING, True, False, int)
    assert (b.default, b.init) == (42, False)
    assert (c.default, c.kw_only) == (MISSING, True)
    assert d.default == 99
    for described, native in zip(fields(AutoInit), AutoInit.__tvm_ffi_type_info__.fields):
        assert described is native.dataclass_field
        assert described._ty_schema is native.ty
        assert described.frozen == native.frozen
        assert (described.repr, described.hash, described.compare) == (True, True, True)
    assert str(inspect.signature(AutoInit)) == "(a, d=<MISSING>, *, c)"
    assert AutoInit.__match_args__ == ("a", "d")
    assert repr(AutoInit(1, c=3)) == "testing.TestCxxAutoInit(a=1, b=42, c=3, d=99)"


def test_attaching_fields_again_makes_new_ones(base):
    from tvm_ffi.dataclasses.c_class import _attach_field_objects

    before = fields(base)
    _attach_field_objects(base, base.__tvm_ffi_type_info__)
    assert all(new is not old for new, old in zip(fields(base), before))


def test_unresolvable_annotations_leave_the_types_unknown(bind):
    @bind("testing.TestCxxClassBase")
    class Base(tvm_ffi.Object):
        v_i64: int
        v_i32: NoSuchName  # noqa: F821

    assert [f.type for f in fields(Base)] == [None, None]


def test_parent_fields_keep_their_descriptions(bind, base):
    @bind("testing.TestCxxClassDerived")
    class Derived(base):
        v_f64: float
        v_f32: float

    assert fields(Derived)[:2] == fields(base)
    assert Derived.__match_args__ == ("v_i64", "v_i32", "v_f64", "v_f32")
    assert str(inspect.signature(Derived)) == "(v_i64, v_i32, v_f64, v_f32=<MISSING>)"
    assert Derived(1, 2, 3.0).v_f32 == 8.0


def test_missing_annotations_are_warned_about(bind):
    with pytest.warns(UserWarning) as caught:

        @bind("testing.TestCxxClassBase")
        class Base(tvm_ffi.Object):
            pass

    assert str(caught[0].message) == (
        "@c_class('testing.TestCxxClassBase'): class "
        "`test_missing_annotations_are_warned_about.<locals>.Base` does not annotate the following "
        "reflected field(s): v_i32, v_i64. Add type annotations (e.g. `field_name: type`) to the "
        "class body for IDE support and documentation."
    )
    assert caught[0].filename == __file__


def test_inherited_annotations_do_not_count(bind):
    class Annotated:
        __slots__ = ()
        v_i64: int

    with pytest.warns(UserWarning, match=r"field\(s\): v_i32, v_i64\."):

        @bind("testing.TestCxxClassBase")
        class Base(Annotated, tvm_ffi.Object):
            pass


def test_inherited_fields_need_no_annotation(bind, base):
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        @bind("testing.TestCxxClassDerived")
        class Derived(base):
            v_f64: float
            v_f32: float


# ---- init, eq, order, hash ----------------------------------------------------------------------


def test_construction_can_be_refused(bind):
    @bind("testing.TestCxxClassBase", init=False)
    class Base(tvm_ffi.Object):
        v_i64: int
        v_i32: int

    with pytest.raises(TypeError) as caught:
        Base(1, 2)
    assert str(caught.value) == (
        "`Base` cannot be constructed directly. Define a custom __init__ or use a factory method."
    )
    made = Base.__new__(Base)
    made.__ffi_init__(1, 2)
    assert made.v_i32 == 2


def test_a_users_init_makes_the_object_itself(bind):
    @bind("testing.TestCxxClassBase")
    class Base(tvm_ffi.Object):
        v_i64: int
        v_i32: int

        def __init__(self, both):
            self.__ffi_init__(both, both)

    assert (Base(4).v_i64, Base(4).v_i32) == (4, 4)


def test_post_init_runs_on_the_new_object(bind):
    @bind("testing.TestCxxClassBase")
    class Base(tvm_ffi.Object):
        v_i64: int
        v_i32: int

        def __post_init__(self):
            self.v_i32 = self.v_i64 + 1

    assert Base(1, 0).v_i32 == 2


def test_options_choose_the_operators(bind):
    @bind("testing.TestCxxClassBase", eq=True, order=True, unsafe_hash=True)
    class Base(tvm_ffi.Object):
        v_i64: int
        v_i32: int

    assert Base(1, 2) == Base(1, 2)
    assert Base(1, 2) != Base(1, 3)
    assert Base(1, 2) < Base(1, 3) <= Base(1, 3)
    assert hash(Base(1, 2)) == hash(Base(1, 2))


def test_order_does_not_need_eq(bind):
    @bind("testing.TestCxxClassBase", order=True)
    class Base(tvm_ffi.Object):
        v_i64: int
        v_i32: int

    assert Base(1, 2) < Base(1, 3)
    assert Base(1, 2) != Base(1, 2)


def test_match_args_can_be_left_out(bind):
    @bind("testing.TestCxxClassBase", match_args=False)
    class Base(tvm_ffi.Object):
        v_i64: int
        v_i32: int

    assert not hasattr(Base, "__match_args__")


@pytest.mark.filterwarnings("ignore:@c_class")
def test_a_class_need_not_derive_from_object(bind):
    """It has the reflection data, but can't hold an object."""

    @bind("testing.SchemaAllTypes")
    class Plain:
        pass

    assert is_dataclass(Plain)
    assert len(fields(Plain)) == 15
    assert Plain.__match_args__[:2] == ("v_bool", "v_int")
    assert type(Plain()) is Plain

    @bind("testing.TestIntPair", init=True)
    class PlainPair:
        pass

    with pytest.raises(TypeError, match=r"__init__\(\) needs an instance of tvm_ffi\.Object"):
        PlainPair(1, 2)


# ---- frozen -------------------------------------------------------------------------------------


def test_frozen_makes_own_fields_read_only(bind):
    @bind("testing.TestCxxClassBase", frozen=True)
    class Base(tvm_ffi.Object):
        v_i64: int
        v_i32: int

    obj = Base(1, 2)
    with pytest.raises(AttributeError):
        obj.v_i64 = 3
    Base.v_i64.set(obj, 3)
    assert obj.v_i64 == 3
    assert Base.v_i64.fset is None
    for native in Base.__tvm_ffi_type_info__.fields:
        assert native.frozen
        assert native.dataclass_field.frozen
    assert replace(obj, v_i32=9).v_i32 == 9


def test_frozen_spares_inherited_fields_and_shadowed_names(bind, base):
    @bind("testing.TestCxxClassDerived", frozen=True)
    class Derived(base):
        v_f64: float
        v_f32: float = 4.0

    obj = Derived(1, 2, 3.0)
    obj.v_i64 = 7
    assert obj.v_i64 == 7
    assert base.v_i64.fset is not None
    assert Derived.v_f32 == 4.0
    with pytest.raises(AttributeError):
        obj.v_f64 = 1.0


def test_what_cpp_declared_read_only_stays_so(bind):
    @bind("testing.TestIntPair")
    class Pair(tvm_ffi.Object):
        a: int
        b: int

    pair = Pair(1, 2)
    with pytest.raises(AttributeError):
        pair.a = 3
    assert fields(Pair)[0].frozen


# ---- inheritance --------------------------------------------------------------------------------


def test_a_parents_generated_init_does_not_make_a_child_type(bind, base):
    @bind("testing.TestCxxClassDerived")
    class Derived(base):
        v_f64: float
        v_f32: float

        def __init__(self):
            super().__init__(1, 2)

    with pytest.raises(TypeError) as caught:
        Derived()
    assert str(caught.value) == (
        "Calling `super().__init__()` is not supported for @c_class `Base`. Use @py_class for "
        "inheritance with manual __init__, or define `Derived` with init=True."
    )


def test_a_parents_raw_init_does_not_make_a_child_type(bind, base):
    @bind("testing.TestCxxClassDerived")
    class Derived(base):
        v_f64: float
        v_f32: float

    with pytest.raises(TypeError) as caught:
        base.__ffi_init__(Derived.__new__(Derived), 1, 2)
    assert str(caught.value) == (
        "Calling `Base.__ffi_init__()` on a `Derived` instance is not supported. "
        "Define `Derived` with init=True."
    )


def test_an_undecorated_subclass_may_call_the_generated_init(base):
    class Plain(base):
        def __init__(self, value):
            super().__init__(value, value)

    assert Plain(3).v_i32 == 3
    assert type(Plain(3)) is Plain
    assert is_dataclass(Plain)


def test_the_last_class_of_a_key_is_used_for_results(bind, base):
    @bind("testing.TestCxxClassBase")
    class Second(tvm_ffi.Object):
        v_i64: int
        v_i32: int

    old = base(1, 2)
    assert type(echo(old)) is Second
    assert type(Second(1, 2)) is Second


def test_positional_constructors_of_cpp_take_no_keywords(bind):
    @bind("testing.TestIntPair")
    class Pair(tvm_ffi.Object):
        a: int
        b: int

    assert str(inspect.signature(Pair)) == "(a, b)"
    with pytest.raises(TypeError) as caught:
        Pair(a=1, b=2)
    assert str(caught.value) == (
        "Mismatched number of arguments when calling: `testing.TestIntPair.__ffi_init__(0: int, "
        "1: int) -> ffi.Object`. Expected 2 but got 5 arguments"
    )


def test_the_setter_of_cpp_converts(base):
    obj = base(1, 2)
    with pytest.raises(TypeError, match="Cannot convert from type `ffi.SmallStr` to `int`"):
        obj.v_i64 = "x"
    with pytest.raises(TypeError, match=r"__ffi_init__\(\) field 'v_i64':\n  Cannot convert"):
        base("x", 2)


def test_a_type_that_can_not_be_copied_says_so(bind):
    @bind("testing.TestNonCopyable")
    class TestNonCopyable(tvm_ffi.Object):
        value: int

    obj = TestNonCopyable(1)
    with pytest.raises(TypeError) as caught:
        copy.copy(obj)
    assert str(caught.value) == (
        "Type `TestNonCopyable` does not support copy. "
        "The underlying C++ type is not copy-constructible."
    )
    with pytest.raises(RuntimeError, match="because it is not copy-constructible"):
        copy.deepcopy(obj)


def test_type_attributes_of_cpp_become_class_attributes(bind):
    @bind("testing.TestCustomCompare", eq=True, order=True)
    class Custom(tvm_ffi.Object):
        key: int
        label: str

    assert isinstance(vars(Custom)["__ffi_eq__"], core.Function)
    assert isinstance(vars(Custom)["__ffi_compare__"], core.Function)
    assert Custom(1, "a") == Custom(1, "b")


def test_the_body_may_define_a_type_attribute_itself(bind):
    @bind("testing.TestCustomCompare")
    class Custom(tvm_ffi.Object):
        key: int
        label: str
        __ffi_eq__ = 5

    assert vars(Custom)["__ffi_eq__"] == 5


def test_a_python_type_can_be_bound_to_another_class():
    first = define(x=int, y=list)
    key = first.__tvm_ffi_type_info__.type_key
    second = c_class(key)(
        type(tvm_ffi.Object)(
            "Second", (tvm_ffi.Object,), {"__annotations__": {"x": int, "y": list}}
        )
    )
    obj = second(1, [2])
    assert (obj.x, list(obj.y)) == (1, [2])
    assert str(fields(second)[1]._ty_schema) == "List[Any]"
    assert type(echo(obj)) is second


def test_dataclass_transform_is_declared():
    from tvm_ffi.dataclasses import Field, py_class

    for decorator in (c_class, py_class):
        assert decorator.__dataclass_transform__ == {
            "eq_default": False,
            "order_default": False,
            "kw_only_default": False,
            "frozen_default": False,
            "field_specifiers": (Field, field),
            "kwargs": {"converter": field().converter},
        }


def test_submodules_are_hidden_by_the_functions():
    from tvm_ffi.dataclasses.py_class import _collect_py_methods

    assert callable(_collect_py_methods)
    assert tvm_ffi.dataclasses.c_class is c_class
    assert callable(tvm_ffi.dataclasses.py_class)
    assert callable(tvm_ffi.dataclasses.field)


def test_a_field_of_a_wrapper_without_object_raises(base):
    empty = base.__new__(base)
    with pytest.raises(ValueError, match="has no object behind it"):
        empty.v_i64  # noqa: B018
    with pytest.raises(ValueError, match="has no object behind it"):
        empty.v_i64 = 1
    assert repr(empty) == "Base(chandle=None)"


def test_keys_of_python_types_are_known_to_register_object():
    cls = define(x=int, y=dict)
    key = cls.__tvm_ffi_type_info__.type_key

    @tvm_ffi.register_object(key)
    class Other(tvm_ffi.Object):
        pass

    assert Other(1, {}).x == 1
    assert new_key() != key
