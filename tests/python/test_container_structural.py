# SPDX-License-Identifier: Apache-2.0
"""Containers compared, hashed, copied, printed and pickled: what the structural services do."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import tvm_ffi
from tvm_ffi import Array, Dict, List, Map

SEQUENCES = pytest.mark.parametrize("cls", [Array, List])
MAPPINGS = pytest.mark.parametrize("cls", [Map, Dict])


@SEQUENCES
def test_membership_of_nested_sequences(cls):
    assert ("key", 128) in cls([1, ("key", 128)])
    assert ("key", 129) not in cls([1, ("key", 128)])


def test_repr_of_tensors_and_modules():
    assert repr(tvm_ffi.from_dlpack(np.zeros((2, 3), dtype="int32"))) == "int32[2, 3]@cpu:0"
    assert repr(tvm_ffi.system_lib("testing.")) == "ffi.Module(imports_=())"


def test_short_texts_of_plain_values_are_plain_strings():
    repr_print = tvm_ffi.get_global_func("ffi.ReprPrint")
    assert [type(repr_print(value)) for value in (1, None, "a", 1234567)] == [str] * 4
    assert [type(repr_print(value)) for value in (12345678, [1])] == [tvm_ffi.core.String] * 2


@SEQUENCES
def test_sequence_equality(cls):
    seq = cls([1, [2, 3]])
    assert seq == cls([1, [2, 3]])
    assert seq == [1, [2, 3]]
    assert seq == (1, (2, 3))
    assert seq != [1, [2, 4]]
    assert seq != "12"
    assert not seq == {1: 2}
    assert hash(seq) == hash(cls([1, [2, 3]]))
    # What no container can hold is in none.
    assert seq.__eq__([1, "\ud800"]) is NotImplemented
    assert seq != [1, "\ud800"]


def test_array_and_list_compare_by_content_but_hash_apart():
    assert Array([1, 2]) == List([1, 2])
    assert hash(Array([1, 2])) != hash(List([1, 2]))


@SEQUENCES
def test_sequence_copies_are_deep(cls):
    seq = cls([[1], "x"])
    again = copy.deepcopy(seq)
    assert again == seq
    assert not again.same_as(seq)


@MAPPINGS
def test_mapping_equality(cls):
    assert cls({"a": 1, "b": [2]}) == cls({"b": [2], "a": 1})
    assert cls({"a": 1}) != cls({"a": 2})
    assert cls({"a": 1}) != {"a": 1}
    assert hash(cls({"a": 1, "b": 2})) == hash(cls({"b": 2, "a": 1}))


def test_map_and_dict_are_different_families():
    assert Map({"a": 1}) != Dict({"a": 1})
    with pytest.raises(TypeError):
        reversed(Map({}))


@pytest.mark.parametrize(
    "value", [Array([1, "x"]), List([1]), Map({"a": 1}), Dict({"a": 1, "b": [1]})]
)
def test_pickle_keeps_the_kind(value):
    again = pickle.loads(pickle.dumps(value))
    assert type(again) is type(value)
    assert again == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Array([1, 2]), "(1, 2)"),
        (List([1]), "[1]"),
        (Map({"a": 1}), '{"a": 1}'),
        (Dict({3: 4}), "{3: 4}"),
    ],
)
def test_repr(value, text):
    assert repr(value) == text
