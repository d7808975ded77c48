# SPDX-License-Identifier: Apache-2.0
"""Conversions and containers follow Python's own int, float, str, bytes, list and dict."""

from __future__ import annotations

import math
import pickle

import pytest
import tvm_ffi
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tvm_ffi import Array, Dict, List, Map

echo = tvm_ffi.get_global_func("testing.echo")
callback_echo = tvm_ffi.convert(lambda value: value)

# Integers of every size around the limits of the representations: 64 bits, then whole words.
integers = (
    st.integers()
    | st.integers(-(2**200), 2**200)
    | st.sampled_from(
        [
            sign * 2**bits + offset
            for bits in (31, 63, 64, 127, 128)
            for sign in (1, -1)
            for offset in (-1, 0, 1)
        ]
    )
)
texts = st.text(st.characters(exclude_categories=["Cs"]))
scalars = st.none() | st.booleans() | integers | st.floats(allow_nan=False) | texts | st.binary()
keys = st.booleans() | integers | texts | st.binary()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


def same(ours, python):
    """Tell whether a result is what its argument was, with the exact types of the leaves."""
    if isinstance(python, list):
        return len(ours) == len(python) and all(map(same, ours, python))
    if isinstance(python, dict):
        return len(ours) == len(python) and all(
            same(k1, k2) and same(v1, v2)
            for (k1, v1), (k2, v2) in zip(ours.items(), python.items())
        )
    if isinstance(python, float):
        return (
            type(ours) is float
            and math.copysign(1, ours) == math.copysign(1, python)
            and ours == python
        )
    exact_bool = isinstance(ours, bool) == isinstance(python, bool)
    return exact_bool and isinstance(ours, type(python)) and ours == python


# ---- conversions --------------------------------------------------------------------------------


@given(values)
def test_values_come_back_as_they_went(value):
    assert same(echo(value), value)
    assert same(callback_echo(value), value)


@given(scalars)
def test_scalars_keep_type_and_value(value):
    result = echo(value)
    assert result == value
    assert isinstance(result, type(value))
    assert isinstance(value, bool) == isinstance(result, bool)


@given(st.floats())
def test_floats_keep_every_bit_pattern_but_the_payload_of_nan(value):
    result = echo(value)
    assert math.isnan(result) if math.isnan(value) else result.hex() == value.hex()


@given(integers)
def test_small_integers_reach_native_functions_and_big_ones_are_refused(value):
    identity = tvm_ffi.get_global_func("testing.schema_id_int")
    if -(2**63) <= value < 2**63:
        assert identity(value) == value
    else:
        with pytest.raises(TypeError, match="Expected `int` but got `ffi.BigInt`"):
            identity(value)


@given(texts)
def test_text_hashes_and_pickles_as_str(value):
    result = echo(value)
    assert hash(result) == hash(value)
    assert pickle.loads(pickle.dumps(result)) == value
    assert echo(result) == value


# ---- containers, read ---------------------------------------------------------------------------


@given(st.lists(scalars), st.integers(-12, 12), st.slices(12))
def test_sequences_index_like_a_list(items, index, part):
    for sequence in (Array(items), List(items)):
        assert len(sequence) == len(items)
        assert list(sequence) == items
        assert list(reversed(sequence)) == items[::-1]
        assert sequence[part] == items[part]
        if -len(items) <= index < len(items):
            assert sequence[index] == items[index]
        else:
            with pytest.raises(IndexError):
                sequence[index]


@given(st.lists(st.integers(0, 5)), st.integers(0, 5))
def test_sequences_search_like_a_list(items, wanted):
    for sequence in (Array(items), List(items)):
        assert (wanted in sequence) == (wanted in items)
        assert sequence.count(wanted) == items.count(wanted)
        if wanted in items:
            assert sequence.index(wanted) == items.index(wanted)


@given(st.lists(st.integers()), st.lists(st.integers()))
def test_sequences_compare_and_join_like_a_list(one, two):
    assert (Array(one) == Array(two)) == (one == two)
    assert (List(one) == two) == (one == two)
    assert Array(one) + two == one + two
    assert one + List(two) == one + two
    assert (hash(Array(one)) == hash(Array(two))) == (one == two)


@given(st.dictionaries(texts, st.integers()), texts)
def test_mappings_read_like_a_dict(items, wanted):
    for mapping in (Map(items), Dict(items)):
        assert list(mapping.items()) == list(items.items())
        assert list(mapping) == list(items)
        assert list(mapping.values()) == list(items.values())
        assert mapping.get(wanted, "none") == items.get(wanted, "none")
        assert (wanted in mapping) == (wanted in items)
        assert mapping.keys() == items.keys()
        assert pickle.loads(pickle.dumps(mapping)) == mapping


# ---- containers, changed ------------------------------------------------------------------------


class ListFollowsList(RuleBasedStateMachine):
    """Does the same to a ``List`` and to a ``list``."""

    def __init__(self):
        super().__init__()
        self.ours, self.python = List(), []

    @rule(value=scalars)
    def append(self, value):
        self.ours.append(value)
        self.python.append(value)

    @rule(index=st.integers(-10, 10), value=scalars)
    def insert(self, index, value):
        self.ours.insert(index, value)
        self.python.insert(index, value)

    @rule(items=st.lists(scalars, max_size=4))
    def extend(self, items):
        self.ours.extend(items)
        self.python.extend(items)

    @precondition(lambda self: self.python)
    @rule(data=st.data())
    def pop_and_set(self, data):
        index = data.draw(st.integers(-len(self.python), len(self.python) - 1))
        self.ours[index] = self.python[index] = "replaced"
        assert self.ours.pop(index) == self.python.pop(index)

    @rule(part=st.slices(8), items=st.lists(st.integers(), max_size=5))
    def assign_slice(self, part, items):
        outcomes = []
        for target in (self.ours, self.python):
            try:
                target[part] = items
                outcomes.append(None)
            except ValueError as error:
                outcomes.append(str(error))
        assert outcomes[0] == outcomes[1]

    @rule(part=st.slices(8))
    def delete_slice(self, part):
        del self.ours[part]
        del self.python[part]

    @rule()
    def reverse(self):
        self.ours.reverse()
        self.python.reverse()

    @invariant()
    def equal(self):
        assert list(self.ours) == self.python


class DictFollowsDict(RuleBasedStateMachine):
    """Does the same to a ``Dict`` and to a ``dict``; the order of a small one is Python's, too."""

    def __init__(self):
        super().__init__()
        self.ours, self.python = Dict(), {}

    @rule(key=st.integers(0, 9), value=scalars)
    def assign(self, key, value):
        self.ours[key] = value
        self.python[key] = value

    @rule(key=st.integers(0, 9))
    def pop(self, key):
        assert self.ours.pop(key, None) == self.python.pop(key, None)

    @rule(key=st.integers(0, 9))
    def delete(self, key):
        outcomes = []
        for target in (self.ours, self.python):
            try:
                del target[key]
                outcomes.append("deleted")
            except KeyError as error:
                outcomes.append(error.args)
        assert outcomes[0] == outcomes[1]

    @rule(key=st.integers(0, 9), value=st.integers())
    def set_default(self, key, value):
        assert self.ours.setdefault(key, value) == self.python.setdefault(key, value)

    @rule(items=st.dictionaries(st.integers(0, 9), scalars, max_size=4))
    def update(self, items):
        self.ours.update(items)
        self.python.update(items)

    @rule()
    def clear(self):
        self.ours.clear()
        self.python.clear()

    @invariant()
    def equal(self):
        assert dict(self.ours.items()) == self.python
        assert len(self.ours) == len(self.python)


TestListFollowsList = ListFollowsList.TestCase
TestDictFollowsDict = DictFollowsDict.TestCase
