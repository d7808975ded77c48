# SPDX-License-Identifier: Apache-2.0
"""Walks and visits: callbacks, orders, interrupts, regions and errors."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable
from typing import Any, Optional, Union

import numpy as np
import pytest
import tvm_ffi
from tvm_ffi import (
    Array,
    DefRegionKind,
    Dict,
    List,
    Map,
    StructuralVisitor,
    VisitInterrupt,
    WalkOrder,
    WalkResult,
    structural_map,
    structural_mutate,
    structural_visit,
    structural_walk,
)

make = tvm_ffi.get_global_func("ffi.MakeObjectFromPackedArgs")
make_visit_region_graph = tvm_ffi.get_global_func("testing.make_visit_region_graph")

NOT_CALLBACKS = (
    "callbacks must be callbacks, (type, callback) entries, "
    "((type1, type2, ...), callback) entries, or sequences of tuple entries"
)
NOT_PAIRS = "callbacks within a sequence must be (type, callback) tuples"
NOT_A_TYPE = (
    "callback type must be a supported builtin, typing.Any/object, "
    "or an FFI-registered object class"
)
NO_SINGLE_INDEX = (
    "callback type_index is negative, the only acceptable negative type_index is -1 for Any"
)


def walked(root, *args, **kwargs):
    """Return what a catch-all callback sees."""
    seen = []
    structural_walk(root, seen.append, *args, **kwargs)
    return seen


def exactly(message):
    return f"^{re.escape(message)}$"


@pytest.fixture
def pair():
    return make("testing.TestIntPair", "a", 1, "b", 2)


# ---- order --------------------------------------------------------------------------------------


def test_parents_come_last_by_default():
    *leaves, last = walked([1, 2.5, "tag"])
    assert leaves == [1, 2.5, "tag"]
    assert isinstance(last, Array)


@pytest.mark.parametrize("order", ["pre", WalkOrder.PREORDER])
def test_parents_come_first_in_pre_order(order):
    first, *leaves = walked([1, 2.5, "tag"], order=order)
    assert isinstance(first, Array)
    assert leaves == [1, 2.5, "tag"]


@pytest.mark.parametrize("order", ["post", WalkOrder.POSTORDER])
def test_post_order_by_name(order):
    assert walked([1, [2]], order=order)[:2] == [1, 2]


@pytest.mark.parametrize("order", ["PRE", "", 0, 1, True, None, [], b"pre"], ids=repr)
def test_other_orders_are_refused(order):
    with pytest.raises(ValueError, match=exactly(f"Unknown structural walk order: {order!r}")):
        structural_walk([1], print, order=order)
    with pytest.raises(ValueError, match=exactly(f"Unknown structural map order: {order!r}")):
        structural_map([1], print, order=order)


def test_the_order_is_checked_before_the_callbacks():
    with pytest.raises(ValueError, match="^Unknown structural walk order"):
        structural_walk([1], "no callback", order="x")


# ---- what is visited ----------------------------------------------------------------------------


def test_every_occurrence_is_visited():
    shared = Array([1])
    assert walked([shared, shared])[:4] == [1, shared, 1, shared]


def test_none_is_skipped():
    assert walked([None, 1])[:1] == [1]
    assert walked(None) == []


def test_a_plain_value_is_visited():
    assert walked(5) == [5]


@pytest.mark.parametrize("cls", [Map, Dict])
def test_mappings_show_their_values_only(cls):
    assert walked(cls({"key": 1}))[:1] == [1]
    assert len(walked(cls({"key": 1}))) == 2


def test_fields_of_objects_are_visited(pair):
    assert walked(pair)[:2] == [1, 2]
    assert walked(pair, order="pre")[0].same_as(pair)


# ---- results ------------------------------------------------------------------------------------


@pytest.mark.parametrize("result", [None, WalkResult.ADVANCE, 0, False, 2])
def test_results_that_advance(result):
    seen = []

    def advance(value):
        seen.append(value)
        return result

    assert structural_walk([1, [2]], advance, order="pre") is None
    assert len(seen) == 4


@pytest.mark.parametrize("result", [WalkResult.SKIP, True, 1])
def test_skip_prunes_children_in_pre_order_only(result):
    for order, expected in (("pre", 1), ("post", 3)):
        seen = []

        def skip(value, seen=seen):
            seen.append(value)
            return result

        assert structural_walk([[1]], skip, order=order) is None
        assert len(seen) == expected


def test_an_interrupt_stops_the_walk_and_is_returned():
    seen = []

    def stop(value):
        seen.append(value)
        return VisitInterrupt(f"at {value}") if value == 2 else None

    interrupt = structural_walk([1, 2, 3], stop)
    assert isinstance(interrupt, VisitInterrupt)
    assert interrupt.value == "at 2"
    assert seen == [1, 2]


@pytest.mark.parametrize(("result", "key"), [("x", "ffi.SmallStr"), ([1], "ffi.Array")])
def test_other_results_of_a_walk_are_refused(result, key):
    message = f"CallExpected: result type mismatch, expected WalkResult, but got {key}"
    with pytest.raises(TypeError, match=exactly(message)):
        structural_walk([1], lambda value: result)


def test_interrupts_carry_a_value():
    assert VisitInterrupt().value is None
    assert VisitInterrupt(3).value == 3
    assert list(VisitInterrupt(value=[1]).value) == [1]
    with pytest.raises(AttributeError):
        VisitInterrupt().value = 1


# ---- forms of callbacks -------------------------------------------------------------------------


def test_one_callable_sees_everything():
    assert len(walked([1, "x"])) == 3


def test_a_pair_selects_a_type():
    seen = []
    structural_walk([1, "x", True, 2.5], (int, seen.append))
    assert seen == [1]


def test_a_pair_of_several_types():
    seen = []
    structural_walk([1, "x", True, 2.5], ((int, float), seen.append))
    assert seen == [1, 2.5]


def test_a_sequence_of_pairs_runs_the_first_match():
    first, second, rest = [], [], []
    entries = [(int, first.append), ((int, str), second.append), (object, rest.append)]
    structural_walk([1, "x", 2.5], entries)
    assert (first, second) == ([1], ["x"])
    assert rest[0] == 2.5
    assert isinstance(rest[1], Array)


def test_no_callbacks_at_all():
    assert structural_walk([1]) is None
    assert structural_walk([1], [], ()) is None
    assert structural_visit([1]) is None


def test_a_class_is_a_callable():
    assert isinstance(structural_walk(5, VisitInterrupt), VisitInterrupt)


ALL_APIS = [structural_walk, structural_visit, structural_map, structural_mutate]


@pytest.mark.parametrize("api", ALL_APIS)
@pytest.mark.parametrize("callbacks", [5, None, "text", b"text", {int: print}], ids=repr)
def test_what_is_no_sequence_is_refused(api, callbacks):
    with pytest.raises(TypeError, match=exactly(f"{api.__name__} {NOT_CALLBACKS}")):
        api([1], callbacks)


@pytest.mark.parametrize("api", ALL_APIS)
@pytest.mark.parametrize(
    "callbacks",
    [[print], [[int, print]], [(int, print, 3)], [(int, 5)], (int, 5), [int, print]],
    ids=repr,
)
def test_sequences_hold_pairs_only(api, callbacks):
    with pytest.raises(TypeError, match=exactly(f"{api.__name__} {NOT_PAIRS}")):
        api([1], callbacks)


@pytest.mark.parametrize("api", ALL_APIS)
@pytest.mark.parametrize(
    "types", ["x", set, complex, [int, float], (int, (float,)), print, 3, Exception], ids=repr
)
def test_what_is_no_type_is_refused(api, types):
    with pytest.raises(TypeError, match=exactly(f"{api.__name__} {NOT_A_TYPE}")):
        api([1], (types, print))


@pytest.mark.parametrize("api", ALL_APIS)
@pytest.mark.parametrize(
    "types", [Optional[int], Union[int, str], tuple, tuple[int, int], tuple[()]], ids=repr
)
def test_types_without_a_single_index_are_refused(api, types):
    with pytest.raises(TypeError, match=exactly(f"{api.__name__} {NO_SINGLE_INDEX}")):
        api([1], (types, print))


@pytest.mark.parametrize("api", [structural_walk, structural_map])
def test_region_callbacks_are_checked_alike(api):
    with pytest.raises(TypeError, match=exactly(f"{api.__name__} {NOT_CALLBACKS}")):
        api([1], (), 5)
    with pytest.raises(TypeError, match=exactly(f"{api.__name__} {NOT_PAIRS}")):
        api([1], (), [print])


# ---- types --------------------------------------------------------------------------------------


VALUES = {
    "int": 1,
    "bool": True,
    "float": 2.5,
    "str": "x",
    "long str": "longer than inline",
    "bytes": b"x",
    "long bytes": b"longer than inline",
    "dtype": tvm_ffi.dtype("int32"),
    "Device": tvm_ffi.device("cpu"),
    "c_void_p": ctypes.c_void_p(16),
    "Function": tvm_ffi.convert(lambda: None),
    "Tensor": tvm_ffi.from_dlpack(np.zeros(2)),
    "Array": Array([]),
    "List": List([]),
    "Map": Map({}),
    "Dict": Dict({}),
    "Object": tvm_ffi.get_global_func("testing.make_unregistered_object")(),
}

OBJECTS = ["long str", "long bytes", "Function", "Tensor", "Array", "List", "Map", "Dict", "Object"]

TYPES = [
    (Any, list(VALUES)),
    (object, list(VALUES)),
    (int, ["int"]),
    (bool, ["bool"]),
    (float, ["float"]),
    (str, ["str", "long str"]),
    (bytes, ["bytes", "long bytes"]),
    (tvm_ffi.dtype, ["dtype"]),
    (tvm_ffi.Device, ["Device"]),
    (ctypes.c_void_p, ["c_void_p"]),
    (Callable, ["Function"]),
    (Callable[[int], int], ["Function"]),
    (tvm_ffi.Function, ["Function"]),
    (tvm_ffi.Tensor, ["Tensor"]),
    (Array, ["Array"]),
    (Array[int], ["Array"]),
    (tuple[str, ...], ["Array"]),
    (List, ["List"]),
    (list, ["List"]),
    (list[int], ["List"]),
    (Map, ["Map"]),
    (Map[str, int], ["Map"]),
    (dict, ["Dict"]),
    (Dict, ["Dict"]),
    (tvm_ffi.Object, OBJECTS),
    (None, []),
    (type(None), []),
    (VisitInterrupt, []),
]


@pytest.mark.parametrize(("cls", "names"), TYPES, ids=lambda value: repr(value)[:40])
def test_which_values_a_type_matches(cls, names):
    seen = []
    for name, value in VALUES.items():
        structural_walk(value, (cls, lambda _, name=name: seen.append(name)))
    # The object's own fields are walked, too.
    assert set(seen) - {"Object"} == set(names) - {"Object"}
    assert list(dict.fromkeys(seen)) == [name for name in VALUES if name in seen]


def test_a_class_matches_its_subclasses():
    base = tvm_ffi.get_global_func("ffi.MakeObjectFromPackedArgs")("testing.TestObjectBase")
    derived = make("testing.TestObjectDerived", "v_map", {}, "v_array", [])
    seen = []
    structural_walk([base, derived], (type(base), seen.append))
    assert [each.same_as(expected) for each, expected in zip(seen, [base, derived])] == [True] * 2
    seen.clear()
    structural_walk([base, derived], (type(derived), seen.append))
    assert len(seen) == 1


def test_none_is_offered_to_maps():
    assert list(structural_map([None, 1], (None, lambda _: 7))) == [7, 1]


# ---- regions ------------------------------------------------------------------------------------


def test_callbacks_may_take_the_kind_of_the_region():
    seen = []
    structural_walk(
        make_visit_region_graph(False), (), (int, lambda value, kind: seen.append((value, kind)))
    )
    assert seen == [
        (1, DefRegionKind.DEF_SIMPLE),
        (2, DefRegionKind.DEF_PATTERN),
        (3, DefRegionKind.NONE),
    ]
    assert all(type(kind) is DefRegionKind for _, kind in seen)


def test_plain_callbacks_are_tried_before_those_with_kind():
    plain, with_kind = [], []
    structural_walk(
        make_visit_region_graph(False),
        (int, plain.append),
        lambda value, kind: with_kind.append(kind),
    )
    assert plain == [1, 2, 3]
    assert with_kind == [DefRegionKind.NONE]


# ---- visits -------------------------------------------------------------------------------------


def test_a_visit_goes_below_a_matched_value_only_when_told():
    seen = []
    assert structural_visit([1, 2], lambda value, visitor: seen.append(value)) is None
    assert len(seen) == 1

    def visit(value, visitor):
        seen.append(value)
        return visitor.default_visit(value)

    seen.clear()
    structural_visit([1, [2]], visit)
    assert [value for value in seen if isinstance(value, int)] == [1, 2]


def test_unmatched_values_are_descended_into():
    seen = []
    structural_visit([1, {"a": 2}], (int, lambda value, visitor: seen.append(value)))
    assert seen == [1, 2]


def test_visit_children_one_by_one():
    seen = []

    def visit_second(value, visitor):
        assert isinstance(visitor, StructuralVisitor)
        return visitor.visit(value[1])

    structural_visit(
        Array([1, 2]), [(Array, visit_second), (int, lambda value, _: seen.append(value))]
    )
    assert seen == [2]


def test_an_interrupt_passes_through_the_hooks_that_return_it():
    def stop(value, visitor):
        return VisitInterrupt(value)

    def default(value, visitor):
        return visitor.default_visit(value)

    interrupt = structural_visit([[1], 2], [(int, stop), (Array, default)])
    assert interrupt.value == 1


def test_other_results_of_a_visit_are_refused():
    message = (
        "CallExpected: result type mismatch, expected Optional<ffi.VisitInterrupt>, but got int"
    )
    with pytest.raises(TypeError, match=exactly(message)):
        structural_visit([1], lambda value, visitor: 3)


def test_a_visitor_opens_regions():
    kinds = []

    def visit(value, visitor):
        def inside():
            kinds.append(visitor.def_region_kind())
            return visitor.with_def_region_kind(
                DefRegionKind.NONE, lambda: (kinds.append(visitor.def_region_kind()), "done")[1]
            )

        kinds.append(visitor.def_region_kind())
        assert visitor.with_def_region_kind(DefRegionKind.DEF_SIMPLE, inside) == "done"
        assert visitor.with_def_region_kind(1, inside) == "done"
        kinds.append(visitor.def_region_kind())

    structural_visit([], visit)
    none, pattern, simple = DefRegionKind
    # Nothing changes the kind inside a pattern.
    assert kinds == [none, simple, none, pattern, pattern, none]


def test_a_region_ends_when_the_callback_raises():
    def visit(value, visitor):
        def fail():
            raise KeyError("inside")

        with pytest.raises(KeyError):
            visitor.with_def_region_kind(DefRegionKind.DEF_SIMPLE, fail)
        assert visitor.def_region_kind() is DefRegionKind.NONE

    structural_visit([], visit)


def test_visitors_come_from_traversals_only():
    for cls in (tvm_ffi.StructuralVisitor, tvm_ffi.StructuralMutator):
        message = (
            f"`{cls.__name__}` cannot be constructed directly. "
            "Define a custom __init__ or use a factory method."
        )
        with pytest.raises(TypeError, match=exactly(message)):
            cls()


# ---- errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [ValueError, KeyError, TypeError, RuntimeError])
def test_exceptions_of_callbacks_keep_their_kind(kind):
    def fail(value):
        raise kind("from the callback")

    with pytest.raises(kind, match="from the callback"):
        structural_walk([1], (int, fail))
    with pytest.raises(kind, match="from the callback"):
        structural_visit([1], (int, lambda value, visitor: fail(value)))


def test_other_exceptions_become_runtime_errors():
    class Odd(Exception):
        pass

    def fail(value):
        raise Odd("unknown to the runtime")

    with pytest.raises(RuntimeError, match="unknown to the runtime"):
        structural_walk([1], fail)


def test_an_error_lists_the_objects_on_the_way(pair):
    def fail(value):
        raise ValueError("stop")

    inner = Array([pair])
    with pytest.raises(ValueError) as caught:
        structural_walk(Array([inner]), (type(pair), fail))
    context = caught.value.__tvm_ffi_error__.extra_context
    trail = list(context.reverse_visit_pattern)
    assert trail[0].same_as(pair)
    assert trail[1].same_as(inner)
    assert len(trail) == 3


def test_values_after_an_error_are_not_visited():
    seen = []

    def fail(value):
        seen.append(value)
        raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        structural_walk([1, 2], (int, fail))
    assert seen == [1]
