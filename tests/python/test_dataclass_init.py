# SPDX-License-Identifier: Apache-2.0
"""The ``__init__`` of dataclasses: signature, arguments, the user's own, ``__post_init__``."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import tvm_ffi
from dataclass_support import define, new_key
from tvm_ffi import core
from tvm_ffi._dunder import _init_normalization_fields, _make_init_signature
from tvm_ffi.dataclasses import KW_ONLY, MISSING, field, py_class

KWARGS = core.KWARGS


@pytest.fixture(scope="module")
def mixed():
    """One parameter of each kind, and a field outside the constructor."""
    return define(
        d=int,
        a=int,
        kd=int,
        k=int,
        hidden=int,
        _body={
            "d": 4,
            "kd": field(default=5, kw_only=True),
            "k": field(kw_only=True),
            "hidden": field(init=False, default=6),
        },
    )


def values(obj):
    return tuple(getattr(obj, name) for name in ("a", "d", "k", "kd", "hidden"))


def message(call):
    with pytest.raises(TypeError) as caught:
        call()
    text = str(caught.value)
    prefix, _, rest = text.partition(".__ffi_init__() ")
    assert prefix.startswith("test.dataclass.K")
    return rest


# ---- signature ----------------------------------------------------------------------------------


def test_the_signature_groups_parameters(mixed):
    assert str(inspect.signature(mixed)) == "(a, d=<MISSING>, *, k, kd=<MISSING>)"
    assert str(mixed.__init__.__signature__) == "(self, a, d=<MISSING>, *, k, kd=<MISSING>)"
    assert mixed.__init__.__signature__ == _make_init_signature(mixed.__tvm_ffi_type_info__)
    assert inspect.signature(mixed).parameters["d"].default is MISSING
    assert str(inspect.signature(mixed(1, k=2).__init__)) == "(a, d=<MISSING>, *, k, kd=<MISSING>)"


def test_names_and_module_are_those_of_the_class():
    @py_class(new_key())
    class Named(tvm_ffi.Object):
        x: int

    assert Named.__init__.__name__ == "__init__"
    assert Named.__init__.__qualname__ == f"{Named.__qualname__}.__init__"
    assert Named.__init__.__module__ == __name__
    assert Named.__init__.__doc__ is None
    assert repr(Named.__init__) == f"<generated __init__ of {Named!r}>"


def test_parents_come_first_within_a_group(mixed):
    child = define(mixed, c=int, ck=int, _body={"ck": field(kw_only=True)})
    assert str(inspect.signature(child)) == "(a, c, d=<MISSING>, *, k, ck, kd=<MISSING>)"
    positional, by_name = _init_normalization_fields(child.__tvm_ffi_type_info__)
    assert [f.name for f in positional] == ["a", "c", "d"]
    assert list(by_name) == ["d", "a", "kd", "k", "c", "ck"]


def test_a_marker_makes_the_rest_keyword_only():
    cls = define(a=int, _=KW_ONLY, b=int, c=int, d=int, _body={"c": field(kw_only=False), "d": 1})
    assert str(inspect.signature(cls)) == "(a, c, *, b, d=<MISSING>)"


def test_all_keyword_only():
    cls = define(a=int, b=int, _body={"b": field(kw_only=False)}, _options={"kw_only": True})
    assert str(inspect.signature(cls)) == "(b, *, a)"


def test_a_class_without_fields_takes_nothing():
    cls = define()
    assert str(inspect.signature(cls)) == "()"
    assert isinstance(cls(), cls)
    assert message(lambda: cls(1)) == "takes at most 0 positional argument(s), but 1 were given"


# ---- arguments ----------------------------------------------------------------------------------


def test_arguments_follow_the_signature(mixed):
    assert values(mixed(1, k=2)) == (1, 4, 2, 5, 6)
    assert values(mixed(1, 7, k=2, kd=8)) == (1, 7, 2, 8, 6)
    assert values(mixed(kd=8, k=2, a=1)) == (1, 4, 2, 8, 6)


def test_a_keyword_of_missing_is_not_given(mixed):
    assert values(mixed(1, d=MISSING, k=2, kd=MISSING)) == (1, 4, 2, 5, 6)
    assert message(lambda: mixed(1, k=MISSING)) == "missing required keyword-only argument: 'k'"


def test_a_positional_missing_is_a_value(mixed):
    assert message(lambda: mixed(MISSING, k=1)) == "field 'a':\n  expected int, got ffi.Object"


def test_wrong_arguments(mixed):
    assert message(lambda: mixed(1, 2, 3)) == (
        "takes at most 2 positional argument(s), but 3 were given"
    )
    assert message(lambda: mixed(k=1)) == "missing required argument: 'a'"
    assert message(lambda: mixed(1)) == "missing required keyword-only argument: 'k'"
    assert message(lambda: mixed(1, a=2, k=1)) == "got multiple values for argument 'a'"
    assert message(lambda: mixed(1, k=1, z=2)) == "got an unexpected keyword argument 'z'"
    assert message(lambda: mixed(1, k=1, hidden=2)) == "got an unexpected keyword argument 'hidden'"
    assert message(lambda: mixed("x", k=1)) == "field 'a':\n  expected int, got str"
    assert message(lambda: mixed(1, k=None)) == "field 'k':\n  expected int, got None"


def test_many_arguments():
    names = [f"f{i}" for i in range(60)]
    cls = define(**dict.fromkeys(names, int))
    assert [getattr(cls(*range(60)), name) for name in names] == list(range(60))
    by_name = cls(**{name: i for i, name in enumerate(names)})
    assert [getattr(by_name, name) for name in names] == list(range(60))


def test_fields_outside_the_constructor_are_zero_or_their_default():
    cls = define(
        i=int, f=float, b=bool, s=str, o=list, d=int, made=list,
        _body={
            **{name: field(init=False) for name in "ifbso"},
            "d": field(init=False, default=3),
            "made": field(init=False, default_factory=lambda: [1]),
        },
    )  # fmt: skip
    obj = cls()
    assert (obj.i, obj.f, obj.b, obj.s, obj.o) == (0, 0.0, False, None, None)
    assert (obj.d, list(obj.made)) == (3, [1])


def test_only_objects_can_be_initialised(mixed):
    for receiver in ((), (5,)):
        with pytest.raises(TypeError, match=r"__init__\(\) needs an instance of tvm_ffi\.Object"):
            mixed.__init__(*receiver)


def test_a_second_call_leaves_the_object_alone(mixed):
    obj = mixed(1, k=2)
    handle = obj.__chandle__()
    obj.__init__(5, k=6)
    assert obj.__chandle__() == handle
    assert values(obj) == (1, 4, 2, 5, 6)


def test_a_failed_construction_leaves_no_object(mixed):
    obj = mixed.__new__(mixed)
    with pytest.raises(TypeError):
        obj.__init__("x", k=2)
    assert obj.__chandle__() == 0


def test_the_native_maker_checks_its_arguments():
    for wrong in ((), (5, None, None, None, None, False), (tvm_ffi.Object, None)):
        with pytest.raises(TypeError):
            core._make_generated_init(*wrong)
    broken = core._make_generated_init(tvm_ffi.Object, None, None, None, None, True)
    with pytest.raises(TypeError, match="the constructor must be a tvm_ffi.Function"):
        broken(tvm_ffi.Object())
    for arrange, finish in ((5, None), (lambda args, kwargs: 5, None)):
        made = core._make_generated_init(tvm_ffi.Object, None, None, arrange, finish, True)
        with pytest.raises(TypeError):
            made(tvm_ffi.Object())
    repr(broken)


# ---- refusal ------------------------------------------------------------------------------------


def test_construction_can_be_refused():
    cls = define(x=int, _options={"init": False})
    with pytest.raises(TypeError) as caught:
        cls(1)
    assert str(caught.value) == (
        "`Made` cannot be constructed directly. Define a custom __init__ or use a factory method."
    )


# ---- the user's __init__ ------------------------------------------------------------------------


@pytest.mark.parametrize("init", [True, False])
def test_a_users_init_runs_on_zeroed_fields(init):
    seen = []

    @py_class(new_key(), init=init)
    class Own(tvm_ffi.Object):
        x: int = 5
        y: str = "default"
        z: list = field(default_factory=list)

        def __init__(self, value, *, extra=None):
            """Take a value."""
            seen.append((self.x, self.y, self.z))
            self.x = value

        def __post_init__(self):
            raise AssertionError

    obj = Own(3, extra=1)
    assert seen == [(0, None, None)]
    assert obj.x == 3
    assert str(inspect.signature(Own)) == "(value, *, extra=None)"
    assert Own.__init__.__doc__ == "Take a value."
    assert Own.__init__.__wrapped__.__name__ == "__init__"


def test_super_init_reaches_the_users_init_of_a_parent():
    @py_class(new_key())
    class Parent(tvm_ffi.Object):
        x: int

        def __init__(self, x):
            self.x = x

    @py_class(new_key())
    class Child(Parent):
        y: int

        def __init__(self, both):
            super().__init__(both)
            self.y = both

    @py_class(new_key())
    class Without(Parent):
        y: int

        def __init__(self):
            self.y = 1

    assert (Child(4).x, Child(4).y) == (4, 4)
    assert (Without().x, Without().y) == (0, 1)


def test_super_init_of_a_generated_parent_does_nothing():
    @py_class(new_key())
    class Parent(tvm_ffi.Object):
        x: int = 7

        def __post_init__(self):
            raise AssertionError

    @py_class(new_key())
    class Child(Parent):
        y: int

        def __init__(self):
            super().__init__("ignored", and_this=1)
            self.y = 2

    assert (Child().x, Child().y) == (0, 2)


def test_an_undecorated_subclass_constructs_by_super_init(mixed):
    class Plain(mixed):
        def __init__(self, value):
            super().__init__(value, k=value)

    assert values(Plain(9)) == (9, 4, 9, 5, 6)


def test_errors_of_a_users_init_pass_through():
    @py_class(new_key())
    class Raising(tvm_ffi.Object):
        x: int

        def __init__(self):
            self.x = "text"

    with pytest.raises(TypeError, match="^expected int, got str$"):
        Raising()


# ---- __post_init__ ------------------------------------------------------------------------------


def test_post_init_runs_after_the_fields_are_set():
    @py_class(new_key())
    class Post(tvm_ffi.Object):
        x: int
        y: int = 0

        def __post_init__(self):
            self.y = self.x * 10

    assert Post(3).y == 30

    @py_class(new_key())
    class Child(Post):
        z: int = 1

    assert Child(4).y == 40


def test_post_init_runs_after_init_properties():
    @py_class(new_key())
    class Post(tvm_ffi.Object):
        @tvm_ffi.dataclasses.init_property
        def computed(self) -> int:
            return 5

        def __post_init__(self):
            self.computed += 1

    assert Post().computed == 6


def test_post_init_may_set_frozen_fields_by_the_property_only():
    @py_class(new_key(), frozen=True)
    class Frozen(tvm_ffi.Object):
        x: int
        y: int = 0

        def __post_init__(self):
            type(self).y.set(self, self.x + 1)
            try:
                self.y = 5
            except AttributeError:
                return
            raise AssertionError

    assert Frozen(1).y == 2


def test_errors_of_post_init_pass_through():
    @py_class(new_key())
    class Raising(tvm_ffi.Object):
        def __post_init__(self):
            raise KeyError("post")

    with pytest.raises(KeyError):
        Raising()


# ---- below Python -------------------------------------------------------------------------------


def test_the_raw_constructor_runs_no_python_hooks():
    @py_class(new_key())
    class Hooked(tvm_ffi.Object):
        x: int
        k: int = field(default=4, kw_only=True)

        def __post_init__(self):
            raise AssertionError

    obj = Hooked.__new__(Hooked)
    obj.__ffi_init__(1, k=2)
    first = obj.__chandle__()
    assert (obj.x, obj.k) == (1, 2)
    obj.__ffi_init__(5)
    assert (obj.x, obj.k) == (5, 4)
    assert obj.__chandle__() != 0
    assert first != 0


def test_the_raw_constructor_does_not_make_a_child(mixed):
    child = define(mixed, c=int)
    with pytest.raises(TypeError) as caught:
        mixed.__ffi_init__(child.__new__(child), 1, k=2)
    assert str(caught.value) == (
        "Calling `Made.__ffi_init__()` on a `Made` instance is not supported. "
        "Define `Made` with init=True."
    )


@pytest.mark.parametrize(
    "args",
    [(1, KWARGS, "k"), (1, KWARGS, "k", 2, "k", 3), (1, KWARGS, "zz", 2), (1, KWARGS, "", 2),
     (1, KWARGS, 5, 2), (1, KWARGS)],
    ids=["odd", "repeated", "unknown", "empty", "number", "nothing"],
)  # fmt: skip
def test_the_native_function_checks_its_keywords(mixed, args):
    index = mixed.__tvm_ffi_type_info__.type_index
    native = core._lookup_type_attr(index, "__ffi_init__")
    obj = mixed.__new__(mixed)
    obj.__init_handle_by_constructor__(native, 1, KWARGS, "k", 2)
    assert values(obj) == (1, 4, 2, 5, 6)
    with pytest.raises(TypeError):
        mixed.__new__(mixed).__init_handle_by_constructor__(native, *args)


# ---- defaults -----------------------------------------------------------------------------------


def test_each_object_has_its_own_list_of_a_plain_default():
    cls = define(x=list, _body={"x": [1, 2]})
    first, second = cls(), cls()
    first.x.append(3)
    assert list(second.x) == [1, 2]
    assert not first.x.same_as(second.x)


def test_a_default_object_is_shared():
    shared = tvm_ffi.List([1])
    cls = define(x=list, y=Any, _body={"x": shared, "y": [1]})
    assert cls().x.same_as(shared)
    assert cls().y.same_as(cls().y)
    assert isinstance(cls().y, tvm_ffi.Array)


def test_a_wrong_default_shows_at_construction():
    cls = define(a=int, _body={"a": "text"})
    assert message(cls) == "default for field 'a':\n  expected int, got str"
    assert cls(1).a == 1
    factory = define(a=int, _body={"a": field(default_factory=lambda: "text")})
    assert message(factory) == "default for field 'a':\n  expected int, got str"


def test_an_error_of_a_factory_keeps_its_kind():
    def fail():
        raise KeyError("boom")

    cls = define(a=int, _body={"a": field(default_factory=fail)})
    with pytest.raises(KeyError) as caught:
        cls()
    assert caught.value.args == ("'boom'",)


def test_a_factory_is_called_when_the_argument_is_omitted():
    calls = []

    def make():
        calls.append(1)
        return len(calls)

    cls = define(a=int, _body={"a": field(default_factory=make)})
    assert (cls().a, cls(9).a, cls().a) == (1, 9, 2)


def test_a_function_in_the_body_is_a_default():
    def function():
        return 5

    cls = define(a=typing_callable(), _body={"a": function})
    assert cls().a() == 5


def typing_callable():
    from collections.abc import Callable

    return Callable
