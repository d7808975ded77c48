# SPDX-License-Identifier: Apache-2.0
"""Generated ``__repr__``, comparisons, hash, copies, ``__match_args__`` and constructors."""

from __future__ import annotations

import copy
import inspect
import sys
from typing import Any, Optional

import pytest
import tvm_ffi
from dataclass_support import define, new_key
from tvm_ffi import core
from tvm_ffi._dunder import (
    _install_dataclass_dunders,
    _make_constructor,
    _make_copy,
    _make_deepcopy,
    _make_replace,
)
from tvm_ffi.dataclasses import Field, field, init_property, py_class
from tvm_ffi.registry import _add_class_attrs

RecursiveHash = tvm_ffi.get_global_func("ffi.RecursiveHash")


# ---- repr ---------------------------------------------------------------------------------------


def test_repr_shows_the_printed_fields():
    cls = define(a=int, b=float, c=str, hidden=int, _body={"hidden": field(repr=False)})
    key = cls.__tvm_ffi_type_info__.type_key
    assert repr(cls(1, 2.5, "x", 4)) == f'{key}(a=1, b=2.5, c="x")'
    assert cls.__repr__ is core.object_repr
    child = define(cls, d=list)
    assert repr(child(1, 1 / 3, "", 4, [])).endswith('(a=1, b=0.333333, c="", d=[])')


def test_repr_without_fields_is_the_key():
    cls = define()
    assert repr(cls()) == cls.__tvm_ffi_type_info__.type_key


def test_a_cycle_is_cut():
    cls = define(items=list)
    obj = cls([])
    obj.items.append(obj)
    assert repr(obj).endswith("(items=[...])")


def test_repr_can_be_left_out_or_defined():
    plain = define(x=int, _options={"repr": False})
    assert "__repr__" not in vars(plain)
    assert repr(plain(1)).endswith("(x=1)")
    own = define(x=int, _body={"__repr__": lambda self: "own"})
    assert repr(own(1)) == "own"


def test_repr_replaces_that_of_a_mixin():
    class Mixin:
        __slots__ = ()

        def __repr__(self):
            return "mixin"

    bases = (Mixin, tvm_ffi.Object)
    made = [
        py_class(new_key(), repr=flag)(type(tvm_ffi.Object)("Made", bases, {}))
        for flag in (True, False)
    ]
    assert repr(made[0]()) == made[0].__tvm_ffi_type_info__.type_key
    assert repr(made[1]()) == "mixin"


def test_an_error_while_printing_falls_back_to_the_address():
    def fail(self, fn_repr):
        raise ValueError("no text")

    cls = define(_body={"__ffi_repr__": fail})
    obj = cls()
    assert repr(obj) == f"Made({obj.__chandle__()})"


# ---- comparison ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pair():
    return define(
        a=int,
        b=Any,
        _body={"b": None},
        _options={"eq": True, "order": True, "unsafe_hash": True},
    )


def test_equality_is_by_fields(pair):
    assert pair(1, [1, 2]) == pair(1, [1, 2])
    assert pair(1, [1, 2]) != pair(1, [1, 3])
    assert not pair(1) != pair(1)
    assert pair(1).__eq__(pair(1)) is True
    assert pair(1).__ne__(pair(2)) is True


def test_order_is_by_fields(pair):
    assert pair(1) < pair(2)
    assert pair(1, 5) <= pair(1, 5)
    assert pair(2) > pair(1, 9)
    assert pair(2) >= pair(1)
    assert sorted([pair(3), pair(1), pair(2)]) == [pair(1), pair(2), pair(3)]


def test_hash_is_by_fields(pair):
    assert hash(pair(1, "x")) == hash(pair(1, "x"))
    assert hash(pair(1)) == RecursiveHash(pair(1))
    assert len({pair(1), pair(1), pair(2)}) == 2


def test_unrelated_values_are_unequal_and_unordered(pair):
    for other in (1, "x", None, define(a=int)(1), tvm_ffi.Array([1])):
        assert pair(1) != other
        assert not pair(1) == other
        assert pair(1).__eq__(other) is NotImplemented
        assert pair(1).__lt__(other) is NotImplemented
        with pytest.raises(TypeError, match="not supported between instances of"):
            pair(1) < other  # noqa: B015


def test_a_value_of_a_common_base_is_comparable(pair):
    assert pair(1) != object()
    assert not pair(1) == object()


def test_different_types_of_a_hierarchy(pair):
    child = define(pair, _options={"eq": True, "order": True})
    assert pair(1) != child(1)
    keys = [cls.__tvm_ffi_type_info__.type_key for cls in (pair, child)]
    with pytest.raises(TypeError) as caught:
        pair(1).__lt__(child(2))
    assert str(caught.value) == (
        f"Cannot compare values of different types: {keys[0]} vs {keys[1]}"
    )


def test_registered_virtual_subclasses_are_comparable(pair):
    @pair.register
    class Virtual:
        pass

    assert pair(1).__eq__(Virtual()) is False


def test_errors_of_operands_pass_through(pair):
    class Odd:
        @property
        def __class__(self):
            raise KeyError("class")

    with pytest.raises(KeyError):
        pair(1).__eq__(Odd())


def test_without_options_identity_decides():
    cls = define(a=int)
    one = cls(1)
    assert one != cls(1)
    assert hash(one) == one.__chandle__()


def test_equality_alone_leaves_the_hash_of_the_handle():
    cls = define(a=int, _options={"eq": True})
    one = cls(1)
    assert one == cls(1)
    assert hash(one) == one.__chandle__()


def test_field_options_exclude_from_comparison_and_hash():
    cls = define(
        a=int,
        ignored=int,
        unhashed=int,
        _body={"ignored": field(compare=False), "unhashed": field(hash=False)},
        _options={"eq": True, "unsafe_hash": True},
    )
    assert cls(1, 2, 3) == cls(1, 9, 3)
    assert hash(cls(1, 2, 3)) == hash(cls(1, 9, 9))
    assert cls(1, 2, 3) != cls(1, 2, 9)


@pytest.mark.parametrize("name", ["__eq__", "__ne__"])
def test_own_equality_is_kept(name):
    cls = define(
        a=int, _body={name: lambda self, other: "own", "__hash__": None}, _options={"eq": True}
    )
    assert getattr(cls(1), name)(cls(1)) == "own"
    assert {"__eq__", "__ne__"} & set(vars(cls)) == {name}


@pytest.mark.parametrize("name", ["__lt__", "__le__", "__gt__", "__ge__"])
def test_own_order_is_kept_as_a_family(name):
    cls = define(
        a=int, _body={name: lambda self, other: "own"}, _options={"eq": True, "order": True}
    )
    assert getattr(cls(1), name)(cls(1)) == "own"
    assert {"__lt__", "__le__", "__gt__", "__ge__"} & set(vars(cls)) == {name}


def test_an_own_hash_is_kept():
    cls = define(a=int, _body={"__hash__": lambda self: 7}, _options={"unsafe_hash": True})
    assert hash(cls(1)) == 7


def test_own_equality_without_hash_makes_unhashable():
    @py_class(new_key(), unsafe_hash=True)
    class Own(tvm_ffi.Object):  # noqa: PLW1641
        def __eq__(self, other):
            return True

    with pytest.raises(TypeError, match="unhashable"):
        hash(Own())


def test_generated_methods_have_names_and_signatures(pair):
    assert pair.__eq__.__name__ == "__eq__"
    assert str(inspect.signature(pair.__eq__)) == "(self, other, /)"
    assert str(inspect.signature(pair(1).__hash__)) == "()"
    assert str(inspect.signature(pair.__deepcopy__)) == "(self, /, memo=None)"
    assert "equal" in pair.__eq__.__doc__


# ---- copies -------------------------------------------------------------------------------------


def test_a_copy_shares_and_a_deep_copy_does_not():
    cls = define(a=int, items=list, name=str)
    original = cls(1, [[2]], "a string that is long enough")
    shallow, deep = copy.copy(original), copy.deepcopy(original)
    assert type(shallow) is type(deep) is cls
    assert not shallow.same_as(original)
    assert shallow.items.same_as(original.items)
    assert not deep.items.same_as(original.items)
    deep.items.append(3)
    assert len(original.items) == 1


def test_deep_copies_keep_sharing_within_the_object_only():
    cls = define(left=list, right=list)
    shared = tvm_ffi.List([1])
    one = copy.deepcopy(cls(shared, shared))
    assert one.left.same_as(one.right)
    first, second = copy.deepcopy([cls(shared, shared), cls(shared, shared)])
    assert not first.left.same_as(second.left)


def test_the_memo_is_ignored():
    cls = define(a=int)
    obj = cls(1)
    assert obj.__deepcopy__().a == obj.__deepcopy__({}).a == obj.__deepcopy__(memo=None).a == 1
    with pytest.raises(TypeError):
        obj.__deepcopy__(1, 2)


def test_copies_run_no_hooks():
    calls = []

    @py_class(new_key())
    class Counted(tvm_ffi.Object):
        x: int

        def __post_init__(self):
            calls.append(self.x)

    obj = Counted(1)
    copy.copy(obj)
    copy.deepcopy(obj)
    obj.__replace__(x=2)
    assert calls == [1]


def test_replace_assigns_to_a_copy():
    cls = define(
        a=int, off=int, items=list,
        _body={"off": field(init=False, default=3)},
        _options={"frozen": True},
    )  # fmt: skip
    original = cls(1, [1])
    changed = original.__replace__(a=5, off=6, items=(2, 3))
    assert (changed.a, changed.off, list(changed.items)) == (5, 6, [2, 3])
    assert (original.a, original.off, list(original.items)) == (1, 3, [1])
    with pytest.raises(TypeError, match="^expected int, got str$"):
        original.__replace__(a="x")
    with pytest.raises(AttributeError, match="^type object 'Made' has no attribute 'zz'$"):
        original.__replace__(zz=1)
    with pytest.raises(AttributeError):
        changed.a = 1


@pytest.mark.skipif(sys.version_info < (3, 13), reason="copy.replace is of Python 3.13")
def test_the_standard_replace_works():
    assert copy.replace(define(a=int)(1), a=2).a == 2


def test_an_undecorated_subclass_is_copied_as_the_registered_class():
    cls = define(a=int)

    class Plain(cls):
        pass

    for duplicate in (copy.copy(Plain(1)), copy.deepcopy(Plain(1)), Plain(1).__replace__(a=1)):
        assert type(duplicate) is cls


@pytest.mark.parametrize("name", ["__copy__", "__deepcopy__", "__replace__"])
def test_own_copy_methods_are_kept(name):
    cls = define(a=int, _body={name: lambda self, *args, **kwargs: "own"})
    assert getattr(cls(1), name)() == "own"


def test_the_makers_of_copy_methods():
    cls = define(a=int)
    obj = cls(3)
    info = cls.__tvm_ffi_type_info__
    shallow_copy = core._lookup_type_attr(info.type_index, "__ffi_shallow_copy__")
    assert _make_copy(info, shallow_copy)(obj).a == 3
    with pytest.raises(TypeError, match="^Type `Made` does not support copy"):
        _make_copy(info, None)(obj)
    assert _make_deepcopy(info)(obj).a == 3
    assert _make_replace(info)(obj, a=4).a == 4


# ---- __match_args__ -----------------------------------------------------------------------------


def test_match_args_are_positional_parameters_as_declared():
    parent = define(a=int, b=int, _body={"a": 1})
    child = define(
        parent, c=int, k=int, off=int,
        _body={"k": field(kw_only=True), "off": field(init=False)},
    )  # fmt: skip
    assert parent.__match_args__ == ("a", "b")
    assert child.__match_args__ == ("a", "b", "c")
    assert define(a=int, _options={"kw_only": True}).__match_args__ == ()


def test_match_args_can_be_left_out_or_defined():
    parent = define(a=int)
    assert "__match_args__" not in vars(define(parent, b=int, _options={"match_args": False}))
    assert define(a=int, _body={"__match_args__": ("z",)}).__match_args__ == ("z",)


# ---- constructors of all fields -----------------------------------------------------------------


@pytest.fixture(scope="module")
def record():
    @py_class(new_key())
    class Record(tvm_ffi.Object):
        x: int
        y: int = 2
        off: int = field(init=False, default=3)

        def __post_init__(self):
            raise AssertionError

    return Record


def test_a_constructor_takes_every_field(record):
    make = _make_constructor(record)
    assert (make.__name__, make.__qualname__, make.__module__) == (
        "Record", record.__qualname__, __name__,
    )  # fmt: skip
    assert str(inspect.signature(make)) == "(x=<MISSING>, y=2, off=3)"
    made = make(1)
    assert (type(made), made.x, made.y, made.off) == (record, 1, 2, 3)
    made = make(1, off=9, y=8)
    assert (made.x, made.y, made.off) == (1, 8, 9)


def test_a_constructor_reports_what_is_missing(record):
    make = _make_constructor(record)
    with pytest.raises(TypeError, match=r"__ffi_init__\(\) missing required argument: 'x'$"):
        make(y=1)
    with pytest.raises(TypeError, match=r"Record\(\) got an unexpected keyword argument 'z'$"):
        make(z=1)


def test_positional_fields_and_normalizers(record):
    make = _make_constructor(
        record, positional_fields=["y"], field_normalizers={"x": lambda value: value + 1}
    )
    assert str(inspect.signature(make)) == "(y=2, *, x=<MISSING>, off=3)"
    made = make(5, x=6)
    assert (made.x, made.y) == (7, 5)
    with pytest.raises(TypeError, match="missing required argument: 'x'"):
        make(5)


def test_field_names_do_not_collide_with_internal_ones():
    names = ["_internal", "_internal_0", "__internal_build", "values", "core", "obj", "build"]
    cls = define(**dict.fromkeys(names, int))
    made = _make_constructor(cls)(*range(len(names)))
    assert [getattr(made, name) for name in names] == list(range(len(names)))


def test_a_constructor_sets_init_properties_as_fields():
    @py_class(new_key())
    class Computed(tvm_ffi.Object):
        a: int

        @init_property
        def twice(self) -> int:
            raise AssertionError

    made = _make_constructor(Computed)(1, 7)
    assert (made.a, made.twice) == (1, 7)
    assert _make_constructor(Computed)(1).twice == 0


# ---- types built step by step -------------------------------------------------------------------


def begin(name, parent=tvm_ffi.Object):
    key = new_key()
    cls = type(parent)(name, (parent,), {"__slots__": ()})
    info = core._register_py_class(core._type_cls_to_type_info(parent), key, cls)
    cls.__tvm_ffi_type_info__ = info
    return cls, info


def finish(cls, info, *fields, **options):
    info._register_fields(list(fields))
    _add_class_attrs(cls, info)
    defaults = {"init": True, "repr": True, "eq": True, "order": False, "unsafe_hash": False}
    _install_dataclass_dunders(cls, **{**defaults, **options})


def test_a_type_is_built_step_by_step():
    cls, info = begin("Built")
    assert info.fields is None
    finish(cls, info, Field("x", core.TypeSchema("int")), Field("y", core.TypeSchema("str")))
    assert cls(1, "a").x == 1
    # Low-level fields take no part in comparison.
    assert cls(1, "a") == cls(2, "b")
    with pytest.raises(AssertionError) as caught:
        info._register_fields([])
    assert str(caught.value) == f"_register_fields already called for {info.type_key!r}"


def test_types_may_refer_to_each_other():
    (left, left_info), (right, right_info) = begin("Left"), begin("Right")

    def refer(info):
        inner = core.TypeSchema(info.type_key, origin_type_index=info.type_index)
        return core.TypeSchema("Optional", (inner,))

    finish(left, left_info, Field("other", refer(right_info), default=None))
    finish(right, right_info, Field("other", refer(left_info), default=None))
    assert left(right(left())).other.other.other is None
    with pytest.raises(TypeError):
        left(left())


def test_optional_annotations_stay_as_they_are():
    cls = define(x=Optional[int])
    assert tvm_ffi.dataclasses.fields(cls)[0].type == Optional[int]
