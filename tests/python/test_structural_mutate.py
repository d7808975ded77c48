# SPDX-License-Identifier: Apache-2.0
"""Maps and mutations: replacement, copy-on-write, in-place reuse and errors."""

from __future__ import annotations

import functools
import re

import numpy as np
import pytest
import tvm_ffi
from tvm_ffi import (
    Array,
    DefRegionKind,
    Dict,
    InplaceMode,
    List,
    Map,
    StructuralMutator,
    structural_map,
    structural_mutate,
)

make = tvm_ffi.get_global_func("ffi.MakeObjectFromPackedArgs")
make_visit_region_graph = tvm_ffi.get_global_func("testing.make_visit_region_graph")


def double(value):
    return 2 * value


def keep(value):
    return value


def base(number, text="x"):
    return make("testing.TestObjectBase", "v_i64", number, "v_str", text)


# ---- map ----------------------------------------------------------------------------------------


def test_values_are_replaced_by_results():
    assert list(structural_map([1, 2, "x"], (int, double))) == [2, 4, "x"]
    assert structural_map(3, double) == 6


@pytest.mark.parametrize("cls", [Array, List])
def test_sequences_are_copied_where_something_changes(cls):
    root = cls([1, "x"])
    mapped = structural_map(root, (int, double))
    assert type(mapped) is cls
    assert list(mapped) == [2, "x"]
    assert list(root) == [1, "x"]


@pytest.mark.parametrize("cls", [Map, Dict])
def test_mappings_keep_their_keys(cls):
    mapped = structural_map(cls({1: 1, "b": 2}), (int, double))
    assert type(mapped) is cls
    assert dict(mapped.items()) == {1: 2, "b": 4}


def test_objects_are_copied_where_something_changes():
    root = base(3)
    mapped = structural_map(root, (int, double))
    assert (mapped.v_i64, mapped.v_str) == (6, "x")
    assert root.v_i64 == 3


def test_nothing_changed_means_the_same_object():
    root = Array([base(1), [2]])
    assert structural_map(root, keep).same_as(root)
    assert structural_map(root).same_as(root)
    assert structural_mutate(root).same_as(root)


def test_unchanged_parts_are_shared():
    untouched = Array(["x"])
    mapped = structural_map([1, untouched], (int, double))
    assert mapped[1].same_as(untouched)


def test_none_is_a_replacement():
    assert list(structural_map([1, "x"], (int, lambda _: None))) == [None, "x"]


def test_none_values_are_offered():
    assert list(structural_map([None, 1], lambda value: "none" if value is None else value)) == [
        "none",
        1,
    ]


def test_children_are_mapped_first_by_default():
    def length(value):
        return len(value) if isinstance(value, Array) else value

    assert structural_map([[1, 2], [3]], length) == 2
    # In pre-order the result of the callback is descended into.
    assert list(structural_map([[1, 2], [3]], (int, str), order="pre")[0]) == ["1", "2"]


def test_pre_order_descends_into_the_replacement():
    def unwrap(value):
        return value[0] if len(value) == 1 else value

    assert list(structural_map([[[1, 2]]], (Array, unwrap), order="pre")) == [[1, 2]]
    assert structural_map([[5]], (Array, unwrap)) == 5


def test_results_may_have_another_type():
    mapped = structural_map([1, 2], (int, lambda value: [value]))
    assert [list(each) for each in mapped] == [[1], [2]]


def test_a_result_must_fit_the_field():
    with pytest.raises(TypeError, match="Cannot convert from type `ffi.SmallStr` to `int`"):
        structural_map(base(1), (int, str))


def test_map_callbacks_may_take_the_kind_of_the_region():
    graph = make_visit_region_graph(False)
    mapped = structural_map(graph, (), (int, lambda value, kind: 10 * int(kind) + value))
    assert (mapped.simple, mapped.pattern, mapped.ordinary) == (21, 12, 3)


def test_what_cannot_be_copied_cannot_be_descended_into():
    tensor = tvm_ffi.from_dlpack(np.zeros(2))
    message = "^__ffi_shallow_copy__ must be an ffi.Function$"
    with pytest.raises(TypeError, match=message):
        structural_map([tensor], (int, double))
    with pytest.raises(TypeError, match=message):
        structural_mutate([tensor], (int, lambda value, mutator: 2 * value))
    kept = structural_mutate([tensor, 1], (tvm_ffi.Tensor, lambda value, mutator: value))
    assert kept[0].same_as(tensor)


# ---- handing over -------------------------------------------------------------------------------


def test_a_root_that_is_handed_over_is_changed_in_place():
    root = List([1, 2])
    address = root.__chandle__()
    mapped = structural_map(root._move(), (int, double))
    assert root.__chandle__() == 0
    assert mapped.__chandle__() == address
    assert list(mapped) == [2, 4]


def test_what_others_refer_to_is_copied_even_then():
    inner = List([1])
    root = Array([inner])
    mapped = structural_map(root._move(), (int, double))
    assert list(mapped[0]) == [2]
    assert list(inner) == [1]


# ---- mutate -------------------------------------------------------------------------------------


def test_a_matched_value_is_replaced_by_the_final_result():
    assert list(structural_mutate([1, "x"], (int, lambda value, mutator: value + 1))) == [2, "x"]
    # The result is not descended into again.
    assert list(structural_mutate([[1]], lambda value, mutator: Array([value, 5]))[0]) == [[1]]


def test_children_are_mutated_through_the_mutator():
    def rewrite(value, mutator):
        assert isinstance(mutator, StructuralMutator)
        return [mutator.mutate(value[0]), value[1]]

    mutated = structural_mutate(
        Array([1, 1]), [(Array, rewrite), (int, lambda value, mutator: value + 1)]
    )
    assert list(mutated) == [2, 1]


def test_default_mutation_from_a_callback():
    def rewrite(value, mutator):
        mutated = mutator.default_mutate(value)
        return List(mutated)

    mutated = structural_mutate([1, [2]], [(Array, rewrite), (int, lambda value, _: value + 1)])
    assert isinstance(mutated, List)
    assert isinstance(mutated[1], List)
    assert list(mutated[1]) == [3]


def test_the_mode_tells_whether_the_value_may_be_changed():
    modes = []

    def record(value, mutator, mode):
        modes.append(mode)
        return value

    structural_mutate(List([1]), (List, record))
    root = List([1])
    structural_mutate(root._move(), (List, record))
    assert modes == [InplaceMode.DISALLOW, InplaceMode.ALLOW]
    assert [type(mode) for mode in modes] == [int, int]


def test_callbacks_whose_signature_is_unknown_take_two_arguments():
    mutated = structural_mutate([1], (int, tvm_ffi.get_global_func("testing.echo")))
    assert list(mutated) == [1]


@pytest.mark.parametrize(
    "callback",
    [
        lambda value, *rest: (value, len(rest)),
        lambda value, mutator, mode=None: (value, 2 if mode is not None else 1),
        lambda *args: (args[0], len(args) - 1),
    ],
)
def test_the_third_argument_is_passed_to_who_can_take_it(callback):
    assert [list(each) for each in structural_mutate([7], (int, callback))] == [[7, 2]]


def test_partial_functions_are_looked_through():
    def callback(extra, value, mutator):
        return value + extra

    assert list(structural_mutate([7], (int, functools.partial(callback, 3)))) == [10]


@pytest.mark.parametrize(
    "callback",
    [
        lambda value: value,
        lambda: None,
        lambda a, b, c, d: a,
        lambda value, mutator, *, needed: value,
    ],
)
def test_callbacks_of_another_shape_are_refused(callback):
    message = (
        "structural_mutate callback must accept (value, mutator) or (value, mutator, inplace_mode)"
    )
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        structural_mutate([1], callback)


def test_replacements_of_variables_are_recorded():
    variable, other = base(1), base(2)
    results = []

    def rewrite(value, mutator):
        results.append(mutator.var_remap_get(variable))
        mutator.var_remap_set(variable, 5)
        results.append(mutator.var_remap_get(variable))
        mutator.var_remap_set(variable, "again")
        results.append(mutator.var_remap_get(variable))
        results.append(mutator.var_remap_get(other))
        return value

    structural_mutate([], (Array, rewrite))
    assert results == [None, 5, "again", None]


def test_only_objects_are_replaced_as_variables():
    message = "^Variable-remap key must be an object-backed value$"

    def rewrite(value, mutator):
        with pytest.raises(TypeError, match=message):
            mutator.var_remap_get(1)
        with pytest.raises(TypeError, match=message):
            mutator.var_remap_set(1, 2)
        return value

    structural_mutate([], (Array, rewrite))


def test_a_mutator_opens_regions():
    kinds = []

    def rewrite(value, mutator):
        kinds.append(mutator.def_region_kind())
        result = mutator.with_def_region_kind(
            DefRegionKind.DEF_SIMPLE, lambda: (kinds.append(mutator.def_region_kind()), 4)[1]
        )
        kinds.append(mutator.def_region_kind())
        return result

    assert structural_mutate([], (Array, rewrite)) == 4
    assert kinds == [DefRegionKind.NONE, DefRegionKind.DEF_SIMPLE, DefRegionKind.NONE]


# ---- errors -------------------------------------------------------------------------------------


def test_exceptions_of_callbacks_keep_their_kind():
    def fail(value, *rest):
        raise KeyError("stop")

    with pytest.raises(KeyError, match="stop"):
        structural_map([1], (int, fail))
    with pytest.raises(KeyError, match="stop"):
        structural_mutate([1], (int, fail))


def test_an_error_lists_the_objects_on_the_way():
    def fail(value):
        raise ValueError("stop")

    leaf = base(1)
    with pytest.raises(ValueError) as caught:
        structural_map(Array([leaf]), (type(leaf), fail))
    trail = list(caught.value.__tvm_ffi_error__.extra_context.reverse_visit_pattern)
    assert trail[0].same_as(leaf)


def test_a_failed_map_leaves_the_root_as_it_was():
    root = List([1, 2])

    def fail_at_two(value):
        if value == 2:
            raise ValueError("stop")
        return 10

    with pytest.raises(ValueError, match="stop"):
        structural_map(root, (int, fail_at_two))
    assert list(root) == [1, 2]


def test_a_mutator_that_outlives_its_mutation_does_no_harm():
    kept = []

    def rewrite(value, mutator):
        kept.append(mutator)
        return value

    structural_mutate([1], (int, rewrite))
    assert kept[0].mutate([1]) is not None
