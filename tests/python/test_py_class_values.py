# SPDX-License-Identifier: Apache-2.0
"""What fields of ``py_class`` accept, what they read back as, and who owns it."""

from __future__ import annotations

import ctypes
import gc
import math
from collections.abc import Callable
from typing import Any, Optional, Union

import numpy as np
import pytest
import tvm_ffi
from dataclass_support import define
from tvm_ffi import core
from tvm_ffi.dataclasses import IntEnum, StrEnum, entry, field

use_count = tvm_ffi.get_global_func("testing.object_use_count")
identity = tvm_ffi.get_global_func("testing.echo")

_holders: dict[Any, Any] = {}


def holder(annotation):
    """Return a class with one field ``x`` of this type."""
    if annotation not in _holders:
        _holders[annotation] = define(x=annotation)
    return _holders[annotation]


class Opaque:
    pass


# (annotation, given, read back)
ACCEPTED = [
    (int, 5, 5), (int, -(2**63), -(2**63)), (int, True, 1), (int, np.int32(7), 7),
    (float, 1.5, 1.5), (float, 3, 3.0), (float, True, 1.0), (float, np.float32(0.5), 0.5),
    (float, math.inf, math.inf),
    (bool, False, False), (bool, 5, True), (bool, 0, False),
    (str, "", ""), (str, "sh\0rt", "sh\0rt"), (str, "länger als sieben", "länger als sieben"),
    (bytes, b"abc", b"abc"), (bytes, bytearray(b"longer bytes here"), b"longer bytes here"),
    (tvm_ffi.dtype, "float32", "float32"), (tvm_ffi.dtype, np.dtype("int8"), "int8"),
    (tvm_ffi.Device, "cpu", tvm_ffi.Device("cpu")),
    (tvm_ffi.Device, "cuda:1", tvm_ffi.Device("cuda:1")),
    (Optional[int], None, None), (Optional[int], 5, 5),
    (Union[float, int], 1, 1.0), (Union[bool, int], 5, True), (Union[int, str], "a", "a"),
    (type(None), None, None),
    (Any, 2**70, 2**70), (Any, None, None), (Any, 1.5, 1.5),
]  # fmt: skip


@pytest.mark.parametrize(("annotation", "given", "read"), ACCEPTED, ids=str)
def test_accepted_values(annotation, given, read):
    cls = holder(annotation)
    obj = cls(given)
    assert obj.x == read
    assert isinstance(obj.x, type(read)) or isinstance(read, str)
    other = cls.__new__(cls)
    other.__ffi_init__(given)
    other.x = given
    assert other.x == read
    cls.x.set(other, given)
    assert other.__replace__(x=given).x == read


REJECTED = [
    (int, "x", "expected int, got str"), (int, 1.5, "expected int, got float"),
    (int, None, "expected int, got None"),
    (int, 2**63, f"integer {2**63} out of int64 range [{-(2**63)}, {2**63 - 1}]"),
    (float, "x", "expected float, got str"), (bool, "x", "expected bool, got str"),
    (str, 1, "expected str, got int"), (str, None, "expected str, got None"),
    (bytes, memoryview(b"x"), "expected bytes, got memoryview"),
    (tvm_ffi.dtype, 5, "expected dtype, got int"), (tvm_ffi.Device, 5, "expected Device, got int"),
    (ctypes.c_void_p, 5, "expected ctypes.c_void_p, got int"),
    (list, 5, "expected List, got int"), (dict, "x", "expected Dict, got str"),
    (list[int], [1, "x"], "element [1]: expected int, got str"),
    (dict[str, int], {4: 1}, "key 4: expected str, got int"),
    (dict[str, list], {"a": 1}, "value for key 'a': expected List, got int"),
    (tuple[int, int], (1, 2, 3), "expected tuple of length 2, got Array of length 3"),
    (tvm_ffi.Array[int], 5, "expected Array, got int"),
    (tvm_ffi.Map[str, int], 5, "expected Map, got int"),
    (Callable, "x", "expected Callable, got str"),
    (Optional[int], "x", "expected int, got str"),
    (Union[int, str], 1.5, "expected int | str, got float"),
    (type(None), 1, "expected None, got int"),
]  # fmt: skip


@pytest.mark.parametrize(("annotation", "given", "text"), REJECTED, ids=str)
def test_rejected_values(annotation, given, text):
    cls = holder(annotation)
    key = cls.__tvm_ffi_type_info__.type_key
    with pytest.raises(TypeError) as caught:
        cls(given)
    assert str(caught.value) == f"{key}.__ffi_init__() field 'x':\n  {text}"
    obj = cls.__new__(cls)
    obj.__init_handle_by_constructor__(
        core._lookup_type_attr(cls.__tvm_ffi_type_info__.type_index, "__ffi_new__")
    )
    before = obj.x
    for assign in (lambda: setattr(obj, "x", given), lambda: cls.x.set(obj, given)):
        with pytest.raises(TypeError) as caught:
            assign()
        assert str(caught.value) == text
    assert obj.x == before or isinstance(before, ctypes.c_void_p)


def test_every_line_of_a_message_is_indented():
    cls = define(x=define(a=int, _body={"__ffi_convert__": staticmethod(int)}))
    with pytest.raises(TypeError) as caught:
        cls("text")
    first, *rest = str(caught.value).splitlines()
    assert first.endswith(".__ffi_init__() field 'x':")
    assert len(rest) > 1
    assert all(line.startswith("  ") for line in rest)


def test_nan_and_pointers():
    assert math.isnan(holder(float)(math.nan).x)
    pointer = holder(ctypes.c_void_p)
    assert pointer(ctypes.c_void_p(16)).x.value == 16
    assert isinstance(pointer(None).x, ctypes.c_void_p)
    assert pointer(None).x.value is None


def test_strings_read_as_str():
    assert type(holder(str)("short").x) is str
    assert type(holder(str)("a longer one").x) is core.String
    assert type(holder(bytes)(b"a longer one").x) is core.Bytes


# ---- containers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [[1, 2], (1, 2), tvm_ffi.Array([1, 2])], ids=type)
def test_sequences_become_lists_and_arrays(given):
    assert type(holder(list)(given).x) is tvm_ffi.List
    assert list(holder(list)(given).x) == [1, 2]
    for annotation in (tuple, tuple[int, ...], tuple[int, int], tvm_ffi.Array[int]):
        assert type(holder(annotation)(given).x) is tvm_ffi.Array


@pytest.mark.parametrize("given", [{"a": 1}, tvm_ffi.Map({"a": 1}), tvm_ffi.Dict({"a": 1})])
def test_mappings_become_dicts_and_maps(given):
    assert type(holder(dict)(given).x) is tvm_ffi.Dict
    assert type(holder(tvm_ffi.Map[str, int])(given).x) is tvm_ffi.Map
    assert dict(holder(dict)(given).x.items()) == {"a": 1}


def test_containers_that_need_no_conversion_keep_their_identity():
    untyped = tvm_ffi.List(["short", 1])
    assert holder(list)(untyped).x.same_as(untyped)
    numbers = tvm_ffi.List([1, 2])
    assert holder(list[int])(numbers).x.same_as(numbers)
    table = tvm_ffi.Dict({"k": 1})
    assert holder(dict)(table).x.same_as(table)


def test_a_typed_list_of_short_strings_is_copied():
    given = tvm_ffi.List(["short"])
    assert not holder(list[str])(given).x.same_as(given)


def test_a_list_field_can_be_changed_in_place():
    obj = holder(list)([1])
    obj.x.append(2)
    assert list(obj.x) == [1, 2]


# ---- objects ------------------------------------------------------------------------------------


def test_any_takes_everything():
    def function():
        return 5

    cls = holder(Any)
    assert type(cls([1]).x) is tvm_ffi.Array
    assert type(cls({"a": 1}).x) is tvm_ffi.Map
    assert type(cls(function).x) is tvm_ffi.Function
    assert type(cls(ValueError("x")).x) is core.Error
    assert isinstance(cls(np.zeros(3, "float32")).x, tvm_ffi.Tensor)
    opaque = object()
    assert cls(opaque).x is opaque


def test_object_takes_every_object():
    cls = holder(tvm_ffi.Object)
    assert type(cls([1]).x) is tvm_ffi.Array
    assert cls("eight characters").x == "eight characters"
    opaque = Opaque()
    assert cls(opaque).x is opaque
    for given, kind in ((1, "int"), (1.5, "float"), (None, "None"), ("short", "str")):
        with pytest.raises(TypeError, match=f"expected Object, got {kind}"):
            cls(given)


def test_callables_are_stored_as_functions():
    cls = holder(Callable)
    assert cls(lambda a: a + 1).x(2) == 3
    assert type(cls(len).x) is tvm_ffi.Function
    with pytest.raises(TypeError, match="expected Callable, got ffi.Array"):
        cls(tvm_ffi.Array([1]))


def test_instances_of_subclasses_fit():
    base = define(a=int)
    child, unrelated = define(base), define(a=int)
    cls = define(x=base)
    assert type(cls(child(1)).x) is child
    key, other_key = (cls.__tvm_ffi_type_info__.type_key for cls in (base, unrelated))
    for wrong, name in ((5, "int"), (None, "None"), (unrelated(1), other_key)):
        with pytest.raises(TypeError, match=f"expected {key}, got {name}"):
            cls(wrong)
    assert define(x=Optional[base])(None).x is None


def test_payload_enums_take_their_payload():
    from dataclass_support import new_key

    class Level(IntEnum, type_key=new_key()):
        low = entry(value=10)
        high = entry(value=20)

    class Word(StrEnum, type_key=new_key()):
        add = entry(value="+")

    cls = define(level=Level, word=Word, _options={"eq": True})
    obj = cls(10, word="+")
    assert obj.level.same_as(Level.low)
    assert obj.word.same_as(Word.add)
    assert cls(Level.low, Word.add) == obj
    obj.level = 20
    assert obj.level.same_as(Level.high)
    cls.level.set(obj, 10)
    assert obj.level.same_as(Level.low)
    key = Level.__tvm_ffi_type_info__.type_key
    for fail in (lambda: cls(11, "+"), lambda: setattr(obj, "level", 11)):
        with pytest.raises(TypeError, match=f"expected {key}, got int"):
            fail()
    assert "level" in repr(obj)


# ---- ownership ----------------------------------------------------------------------------------


def test_a_field_owns_one_reference():
    item = define(a=int)(1)
    assert use_count(item) == 1
    obj = holder(tvm_ffi.Object)(item)
    assert use_count(item) == 2
    obj.x = item
    assert use_count(item) == 2
    for _ in range(10):
        obj.x  # noqa: B018
    assert use_count(item) == 2
    obj.x = tvm_ffi.Array([])
    assert use_count(item) == 1
    obj.x = item
    del obj
    assert use_count(item) == 1


@pytest.mark.parametrize("annotation", [Any, tvm_ffi.Object, Optional[tvm_ffi.Object]], ids=str)
def test_failed_assignments_change_no_counts(annotation):
    item = define(a=int)(1)
    typed = define(x=type(item))
    keeper, wrong = typed(item), define(b=int)(2)
    before = use_count(item), use_count(wrong)
    with pytest.raises(TypeError):
        keeper.x = wrong
    with pytest.raises(TypeError):
        typed(wrong)
    assert (use_count(item), use_count(wrong)) == before
    assert holder(annotation)(item).x.same_as(item)
    assert use_count(item) == before[0]


def test_reads_give_new_wrappers_of_the_same_object():
    obj = holder(list)([1])
    assert obj.x is not obj.x
    assert obj.x.same_as(obj.x)


def test_construction_and_death_release_everything():
    class Token:
        alive = 0

        def __init__(self):
            Token.alive += 1

        def __del__(self):
            Token.alive -= 1

    cls = define(
        a=Any, b=tvm_ffi.Object, _body={"b": field(default_factory=lambda: tvm_ffi.List([Token()]))}
    )
    for _ in range(20):
        obj = cls(Token())
        obj.__replace__(a=Token())
        with pytest.raises(TypeError):
            cls(Token(), 5)
    del obj
    gc.collect()
    assert Token.alive == 0


# ---- frozen -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "link",
    [
        lambda pair, rest: pair(rest, 1),
        lambda pair, rest: pair(1, rest),
        lambda pair, rest: pair(tvm_ffi.Array([rest]), 1),
        lambda pair, rest: pair(tvm_ffi.Map({"rest": rest}), 1),
    ],
    ids=["first-field", "last-field", "array", "map"],
)
def test_long_chains_of_objects_end(link):
    """The end of a chain takes no stack for its length."""
    pair = define(first=Any, second=Any)
    innermost = tvm_ffi.Array([1])
    chain = innermost
    for _ in range(200_000):
        chain = link(pair, chain)
    del chain
    assert use_count(innermost) == 1


def test_objects_of_a_wide_tree_end_once():
    """Objects that wait for the end of others are not forgotten."""
    pair = define(first=Any, second=Any)
    innermost = tvm_ffi.Array([1])
    for _ in range(3):  # each tree ends before the next one is made
        tree = innermost
        for depth in range(1000):
            tree = pair(pair(tree, innermost), pair(innermost, depth))
        assert use_count(innermost) == 2 + 2 * 1000
        del tree
        assert use_count(innermost) == 1


def test_frozen_fields_are_assigned_by_their_property_only():
    cls = define(x=int, y=list, _options={"frozen": True})
    obj = cls(1, [2])
    with pytest.raises(AttributeError):
        obj.x = 2
    assert cls.x.fset is None
    type(obj).x.set(obj, True)
    assert obj.x == 1
    with pytest.raises(TypeError, match="^expected int, got str$"):
        cls.x.set(obj, "x")
    obj.y.append(3)
    assert list(obj.y) == [2, 3]


def test_single_fields_can_be_frozen():
    cls = define(x=int, y=int, _body={"x": field(frozen=True)})
    obj = cls(1, 2)
    obj.y = 3
    with pytest.raises(AttributeError):
        obj.x = 3
    cls.y.set(obj, 4)
    assert (obj.x, obj.y) == (1, 4)


def test_the_receiver_must_have_the_field():
    left, right = define(x=int), define(x=int)
    for receiver in (right(1), 5, tvm_ffi.Array([1])):
        with pytest.raises(TypeError):
            left.x.fget(receiver)
        with pytest.raises(TypeError):
            left.x.set(receiver, 1)
    assert identity(left(3)).x == 3


def test_a_property_may_have_python_accessors():
    stored = {}
    made = core.FFIProperty(
        lambda obj: stored["x"], lambda obj, value: stored.update(x=value), False
    )
    frozen = core.FFIProperty(
        lambda obj: 7, lambda obj, value: stored.update(x=value), True, doc="d"
    )

    class Owner:
        x = made
        y = frozen

    owner = Owner()
    owner.x = 5
    assert (owner.x, owner.y, Owner.x, Owner.y) == (5, 7, made, frozen)
    with pytest.raises(AttributeError):
        owner.y = 1
    Owner.y.set(owner, 9)
    assert owner.x == 9
    assert (Owner.x.__doc__, Owner.y.__doc__) == (None, "d")
    with pytest.raises(AttributeError):
        del owner.x


def test_a_property_without_getter_is_unreadable():
    class Owner:
        x = core.FFIProperty(None, None, False)

    with pytest.raises(AttributeError):
        Owner().x  # noqa: B018
