# SPDX-License-Identifier: Apache-2.0
"""Type attributes, methods, field markers and field-resolution hooks of ``py_class``."""

from __future__ import annotations

import typing
from typing import Any, Optional

import pytest
import tvm_ffi
from dataclass_support import define, new_key
from tvm_ffi import core
from tvm_ffi.dataclasses import Field, field, py_class
from tvm_ffi.dataclasses.py_class import (
    _DEFAULT_INHERIT_TYPE_ATTRS,
    _FFI_TYPE_ATTR_NAMES,
    _collect_py_methods,
)

RecursiveEq = tvm_ffi.get_global_func("ffi.RecursiveEq")
RecursiveHash = tvm_ffi.get_global_func("ffi.RecursiveHash")
RecursiveLt = tvm_ffi.get_global_func("ffi.RecursiveLt")


def attr(cls, name):
    return core._lookup_type_attr(cls.__tvm_ffi_type_info__.type_index, name)


def methods(cls):
    return {method.name: method for method in cls.__tvm_ffi_type_info__.methods}


# ---- methods ------------------------------------------------------------------------------------


@py_class(new_key())
class Counter(tvm_ffi.Object):
    value: int

    @tvm_ffi.method
    def add(self, amount: int) -> int:
        return self.value + amount

    @tvm_ffi.method
    @staticmethod
    def inner_marked(text: str, anything) -> Optional[str]:  # noqa: UP045
        return f"{text}{anything}"

    @staticmethod
    @tvm_ffi.method
    def outer_static() -> None:
        return None

    @tvm_ffi.method
    def variadic(self, *args):
        return len(args)

    @tvm_ffi.method
    def keyword(self, *, option=1):
        return option

    @tvm_ffi.method
    def unresolved(self, x: NoSuchName) -> int:  # noqa: F821
        return x

    @tvm_ffi.method
    def __len__(self):
        return self.value

    def unmarked(self):
        return 1


def test_marked_functions_become_methods():
    registered = methods(Counter)
    assert list(registered) == [
        "add", "inner_marked", "outer_static", "variadic", "keyword", "unresolved", "__len__",
    ]  # fmt: skip
    assert registered["add"].func(Counter(3), 4) == 7
    assert registered["inner_marked"].func("a", 5) == "a5"
    assert registered["__len__"].func(Counter(3)) == 3
    assert [name for name, method in registered.items() if method.is_static] == [
        "inner_marked",
        "outer_static",
    ]
    assert all(method.doc is None for method in registered.values())


def test_the_python_attribute_is_left_as_written():
    assert Counter(3).add(4) == 7
    assert Counter.add.__ffi_method__ is True
    assert Counter.inner_marked("x", 1) == "x1"
    assert len(Counter(5)) == 5


def test_metadata_tells_the_types():
    key = Counter.__tvm_ffi_type_info__.type_key
    registered = methods(Counter)
    assert registered["add"].metadata == {
        "type_schema": {
            "type": "Callable",
            "named_args": {
                "return": [{"type": "int"}],
                "params": [{"type": key}, {"type": "int"}],
            },
        }
    }
    assert registered["inner_marked"].metadata["type_schema"]["named_args"] == {
        "return": [{"type": "Optional", "args": [{"type": "str"}]}],
        "params": [{"type": "str"}, {"type": "Any"}],
    }
    assert registered["outer_static"].metadata["type_schema"]["named_args"] == {
        "return": [{"type": "None"}],
        "params": [],
    }
    for name in ("variadic", "keyword", "unresolved"):
        assert registered[name].metadata == {"type_schema": {"type": "Callable"}}


def test_an_annotation_without_schema_is_refused():
    with pytest.raises(TypeError, match="^Cannot convert <class 'complex'> to TypeSchema$"):

        @py_class(new_key())
        class Bad(tvm_ffi.Object):
            @tvm_ffi.method
            def f(self, x: complex): ...


def test_method_marks_and_returns_its_argument():
    def function():
        pass

    static = staticmethod(lambda: 1)
    assert tvm_ffi.method(function) is function
    assert function.__ffi_method__ is True
    assert tvm_ffi.method(static) is static
    assert static.__func__.__ffi_method__ is True


def test_method_refuses_classmethods():
    with pytest.raises(TypeError) as caught:
        tvm_ffi.method(classmethod(lambda cls: 1))
    assert str(caught.value) == (
        "@tvm_ffi.method: @classmethod is not supported for FFI TypeMethod registration \u2014 the "
        "classmethod's ``cls`` first arg does not match the packed-call convention. "
        "Use @staticmethod or a plain instance method instead."
    )


@pytest.mark.parametrize("value", [3, property(lambda self: 1)], ids=["int", "property"])
def test_method_refuses_what_can_not_be_called(value):
    name = type(value).__name__
    with pytest.raises(TypeError, match=f"^@tvm_ffi.method: expected a callable, got {name}\\.$"):
        tvm_ffi.method(value)


@pytest.mark.parametrize("name", ["marked", "__ffi_repr__"])
def test_classmethods_can_not_be_registered(name):
    def function(cls):
        pass

    function.__ffi_method__ = name == "marked"
    with pytest.raises(TypeError) as caught:
        define(_body={name: classmethod(function)})
    assert str(caught.value) == (
        f"@py_class('Made'): '{name}' is wrapped by @classmethod, which is incompatible with FFI "
        "registration \u2014 the cls-first arg breaks the packed-call convention. Use "
        "@staticmethod or a plain instance method. If you wrote ``@classmethod @method``, swap to "
        "``@staticmethod @method`` (or drop @classmethod)."
    )


def test_what_is_collected():
    class Body:
        @tvm_ffi.method
        def marked(self):
            pass

        @staticmethod
        def __ffi_repr__(obj, fn):
            return "x"

        def __ffi_init__(self):
            pass

        def __ffi_custom__(self):
            pass

        def plain(self):
            pass

    assert _collect_py_methods(Body) == [
        ("marked", Body.marked, False),
        ("__ffi_repr__", vars(Body)["__ffi_repr__"].__func__, True),
    ]
    assert [len(entry) for entry in _collect_py_methods(Counter, {})] == [4] * 7
    assert _collect_py_methods(type("Empty", (), {"f": lambda self: 1})) is None


def test_one_name_is_one_method():
    @py_class(new_key())
    class Thing(tvm_ffi.Object):
        @typing.overload
        def f(self, x: int) -> int: ...
        @typing.overload
        def f(self, x: str) -> str: ...
        @tvm_ffi.method
        def f(self, x):
            return x

    assert list(methods(Thing)) == ["f"]


# ---- type attributes ----------------------------------------------------------------------------


def test_the_list_of_names():
    assert len(_FFI_TYPE_ATTR_NAMES) == 15
    assert set(_DEFAULT_INHERIT_TYPE_ATTRS) < _FFI_TYPE_ATTR_NAMES


def test_a_repr_hook_is_used_everywhere():
    cls = define(x=int, _body={"__ffi_repr__": lambda self, fn_repr: f"<{fn_repr(self.x)}>"})
    assert repr(cls(3)) == "<3>"
    assert repr(tvm_ffi.Array([cls(3)])) == "(<3>,)"
    assert methods(cls) == {}
    assert isinstance(attr(cls, "__ffi_repr__"), core.Function)


def test_comparison_and_hash_hooks_act_in_the_operators():
    cls = define(
        x=int,
        note=str,
        _body={
            "__ffi_eq__": lambda self, other, fn_eq: fn_eq(self.x, other.x),
            "__ffi_compare__": lambda self, other, fn_cmp: fn_cmp(other.x, self.x),
            "__ffi_hash__": lambda self, fn_hash: fn_hash(self.x),
        },
        _options={"eq": True, "order": True, "unsafe_hash": True},
    )
    assert cls(1, "a") == cls(1, "b")
    assert hash(cls(1, "a")) == hash(cls(1, "b"))
    assert cls(2, "") < cls(1, "")
    assert RecursiveEq(tvm_ffi.Array([cls(1, "a")]), tvm_ffi.Array([cls(1, "b")]))


def test_a_convert_hook_is_used_for_fields_of_the_type():
    cls = define(x=int, _body={"__ffi_convert__": staticmethod(lambda value: cls(value))})
    user = define(inner=cls)
    assert user(5).inner.x == 5
    with pytest.raises(TypeError, match="__ffi_convert__ failed"):
        user("text")


def test_a_hook_of_a_wrong_kind_fails_when_used():
    cls = define(x=int, _body={"__s_equal__": 5})
    assert attr(cls, "__s_equal__") == 5
    with pytest.raises(TypeError, match="^Cannot treat type `int` as type"):
        tvm_ffi.structural_equal(cls(1), cls(1))


def test_hooks_are_inherited_from_the_nearest_ancestor():
    root = define(x=int, _body={"__s_equal__": lambda self, other, cb: True})
    middle = define(root)
    leaf = define(middle)
    for cls in (middle, leaf):
        assert isinstance(vars(cls)["__s_equal__"], core.Function)
        assert tvm_ffi.structural_equal(cls(1), cls(2))
    assert not isinstance(vars(root)["__s_equal__"], core.Function)


def test_none_ends_the_inheritance():
    root = define(x=int, _body={"__s_equal__": lambda self, other, cb: True})
    stop = define(root, _body={"__s_equal__": None})
    leaf = define(stop)
    for cls in (stop, leaf):
        assert attr(cls, "__s_equal__") is None
        assert not tvm_ffi.structural_equal(cls(1), cls(2))


def test_a_repr_hook_is_not_inherited():
    root = define(x=int, _body={"__ffi_repr__": lambda self, fn_repr: "root"})
    assert repr(define(root)(1)) != "root"


def test_the_inherited_names_can_be_chosen():
    body = {
        "__ffi_repr__": lambda self, fn_repr: "root",
        "__s_equal__": lambda self, other, cb: True,
    }
    root = define(x=int, _body=body)
    chosen = define(root, _body={"__ffi_inherit_type_attrs__": ["__ffi_repr__"]})
    assert repr(chosen(1)) == "root"
    assert not tvm_ffi.structural_equal(chosen(1), chosen(2))
    none = define(root, _body={"__ffi_inherit_type_attrs__": ()})
    assert attr(none, "__s_equal__") is None


def test_further_names_can_be_declared():
    body = {"__ffi_type_attr_names__": ("__my_attr__",), "__my_attr__": 7}
    root = define(_body=body)
    assert attr(root, "__my_attr__") == 7
    child = define(root)
    assert attr(child, "__my_attr__") is None
    other = define(_body={"__my_attr__": 7})
    assert attr(other, "__my_attr__") is None


@pytest.mark.parametrize("name", ["__ffi_type_attr_names__", "__ffi_inherit_type_attrs__"])
@pytest.mark.parametrize("value", ["abc", [1], None], ids=repr)
def test_lists_of_names_have_one_shape(name, value):
    with pytest.raises(
        TypeError, match="^TypeAttr registration lists must be tuples or lists of strings$"
    ):
        define(_body={name: value})


# ---- field markers and hooks --------------------------------------------------------------------


class Mark:
    pass


class OtherMark:
    pass


def test_markers_are_positions_and_no_fields():
    @py_class(new_key())
    class Root(tvm_ffi.Object):
        __ffi_field_markers__ = (Mark, OtherMark)
        a: int
        here: Mark
        b: int
        there: OtherMark = 5

    @py_class(new_key())
    class Leaf(Root):
        c: int
        end: Mark

    assert Root(1, 2).b == 2
    assert Root.there == 5
    own = ((Mark, Root, "here", 1), (OtherMark, Root, "there", 2))
    assert Root.__tvm_ffi_type_info__._decorator_args["field_markers"] == own
    assert Leaf.__tvm_ffi_type_info__._decorator_args["field_markers"] == (
        *own,
        (Mark, Leaf, "end", 3),
    )


@pytest.mark.parametrize("value", [5, Mark, [1], "Mark"], ids=repr)
def test_markers_must_be_types(value):
    with pytest.raises(TypeError, match="^__ffi_field_markers__ must be a tuple or list of types$"):
        define(_body={"__ffi_field_markers__": value})


def hook(function):
    function.__ffi_on_fields_resolved__ = True
    return function


def test_hooks_run_before_anything_is_registered():
    seen = []

    @py_class(new_key())
    class Hooked(tvm_ffi.Object):
        a: int = field(option=3)

        @hook
        def resolve(type_info, own_fields):
            seen.append((type_info.fields, [f.name for f in own_fields]))
            assert all(isinstance(f, Field) for f in own_fields)
            own_fields[0].default = own_fields[0].extra_kwargs.pop("option")
            type_info._decorator_args["eq"] = True
            type_info.type_cls.__ffi_repr__ = lambda self, fn_repr: "hooked"

    assert seen == [(None, ["a"])]
    assert Hooked().a == 3
    assert Hooked() == Hooked(3)
    assert repr(Hooked()) == "hooked"


def test_hooks_run_base_first_and_again_for_children():
    order = []

    class Mixin:
        @hook
        def late(info, own):
            order.append(("Mixin", info.type_cls.__name__))

    @py_class(new_key())
    class Root(tvm_ffi.Object, Mixin):
        @hook
        def first(info, own):
            order.append(("Root.first", info.type_cls.__name__))

        @hook
        def second(info, own):
            order.append(("Root.second", info.type_cls.__name__))

    @py_class(new_key())
    class Leaf(Root):
        x: int

    assert order == [
        ("Mixin", "Root"), ("Root.first", "Root"), ("Root.second", "Root"),
        ("Mixin", "Leaf"), ("Root.first", "Leaf"), ("Root.second", "Leaf"),
    ]  # fmt: skip


def test_only_true_marks_a_hook():
    def not_a_hook(info, own):
        raise AssertionError

    not_a_hook.__ffi_on_fields_resolved__ = 1
    define(x=int, _body={"f": not_a_hook})


def test_a_hook_that_raises_rolls_back():
    key = new_key()

    @hook
    def fail(info, own):
        raise KeyError("no")

    cls = type(tvm_ffi.Object)("Bad", (tvm_ffi.Object,), {"fail": fail})
    with pytest.raises(KeyError):
        py_class(key)(cls)
    assert py_class(key)(type(tvm_ffi.Object)("Good", (tvm_ffi.Object,), {})) is not None


def test_a_hook_may_not_choose_an_unknown_kind():
    @hook
    def choose(info, own):
        info._decorator_args["structural_eq"] = "nonsense"

    with pytest.raises(ValueError, match="^structural_eq must be one of"):
        define(x=Any, _body={"choose": choose})
