# SPDX-License-Identifier: Apache-2.0
"""Recursive equality, order, hash, text and deep copy of values, called from Python."""

from __future__ import annotations

import ast
import itertools
import math
import os
import struct
import subprocess
import sys

import numpy as np
import pytest
import tvm_ffi
from dataclass_support import define
from tvm_ffi import Array, Dict, List, Map, Shape
from tvm_ffi._ffi_api import (
    DeepCopy,
    RecursiveEq,
    RecursiveGe,
    RecursiveGt,
    RecursiveHash,
    RecursiveLe,
    RecursiveLt,
    ReprPrint,
)
from tvm_ffi.dataclasses import field

ODD_NAN = struct.unpack("d", struct.pack("Q", 0x7FF8000000000001 | 0xABC00))[0]
INT64 = (-(2**63), -1, 0, 1, 2**63 - 1)


def cyclic_list():
    made = List([1])
    made.append(made)
    return made


def cyclic_dict():
    made = Dict({"k": 1})
    made["self"] = made
    return made


EQUAL = [
    (1, 1), (-(2**63), -(2**63)), (2**63 - 1, 2**63 - 1), (-0.0, 0.0), (math.nan, ODD_NAN),
    (True, True), (None, None), ("hello", "hello"), ("1234567", "1234567"),
    ("12345678", "12345678"), ("a\0b", "a\0b"), (b"12345678\0", b"12345678\0"),
    (tvm_ffi.dtype("float16"), tvm_ffi.dtype("float16")),
    (tvm_ffi.Device("cpu"), tvm_ffi.Device("cpu")), (Shape((1, 2)), Shape((1, 2))),
    (Array([1, [2]]), Array([1, [2]])), (List([]), List([])),
    (Map({"a": 1, "b": 2}), Map({"b": 2, "a": 1})), (Dict({1: "x"}), Dict({1: "x"})),
    (Array([math.nan]), Array([ODD_NAN])), (len, print),
]  # fmt: skip

UNEQUAL = [
    (1, 2), (1, True), (1.0, 1), (42, "hello"), ("a", "b"), ("a\0b", "a\0c"), (b"a", "a"),
    (None, 0),
    (Array([1]), List([1])), (Map({"a": 1}), Dict({"a": 1})), (Array([1]), Array([1, 2])),
    (Map({"a": 1}), Map({"a": 2})), (Map({"a": 1}), Map({"b": 1})), (Shape((1,)), Shape((2,))),
    (tvm_ffi.dtype("float16"), tvm_ffi.dtype("float32")),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right"), EQUAL, ids=repr)
def test_equal_values_have_one_hash(left, right):
    assert RecursiveEq(left, right) is True
    assert RecursiveHash(left) == RecursiveHash(right)


@pytest.mark.parametrize(("left", "right"), UNEQUAL, ids=repr)
def test_unequal_values(left, right):
    assert RecursiveEq(left, right) is False
    assert RecursiveHash(left) != RecursiveHash(right)


ORDERED = [
    *zip(INT64, INT64[1:]),
    (None, 0), (None, "a"), (False, True), (-math.inf, 0.0), (0.5, math.inf), ("a", "b"),
    ("1234567", "12345678"), (b"a", b"b"), (Array([1]), Array([1, 0])),
    (Array([1, 9]), Array([2])),
    (List([]), List([0])), (Shape((1, 2)), Shape((1, 3))), (Shape((1,)), Shape((1, 0))),
    (tvm_ffi.dtype("float16"), tvm_ffi.dtype("float32")),
    (tvm_ffi.Device("cpu"), tvm_ffi.Device("cuda:0")),
    (tvm_ffi.Device("cuda:0"), tvm_ffi.Device("cuda:1")),
]  # fmt: skip


@pytest.mark.parametrize(("low", "high"), ORDERED, ids=repr)
def test_order(low, high):
    assert RecursiveLt(low, high) and RecursiveLe(low, high)
    assert RecursiveGt(high, low) and RecursiveGe(high, low)
    assert not (RecursiveLt(high, low) or RecursiveLe(high, low))
    assert RecursiveLe(low, low) and RecursiveGe(low, low) and not RecursiveLt(low, low)


@pytest.mark.parametrize(
    ("left", "right", "text"),
    [(math.nan, 1.0, "Cannot order NaN values"), (1.0, math.nan, "Cannot order NaN values"),
     (Array([math.nan]), Array([1.0]), "Cannot order NaN values"), (1, True, None), (1, 1.0, None),
     (1, "a", None), (Array([1]), List([1]), None), (Map({"a": 1}), Map({"a": 2}), None)],
    ids=repr,
)  # fmt: skip
def test_what_has_no_order(left, right, text):
    for compare in (RecursiveLt, RecursiveLe, RecursiveGt, RecursiveGe):
        with pytest.raises(TypeError, match=text):
            compare(left, right)


@pytest.mark.parametrize("make", [Map, Dict])
def test_equal_mappings_are_neither_less_nor_greater(make):
    left, right = make({"a": 1}), make({"a": 1})
    assert RecursiveLe(left, right) and RecursiveGe(left, right)
    assert not RecursiveLt(left, right) and not RecursiveGt(left, right)


# ---- objects ------------------------------------------------------------------------------------


def test_objects_are_ordered_totally():
    pair = define(a=int, b=int)
    pairs = [pair(a, b) for a in (-1, 0, 2) for b in (0, 1)]
    for left, right in itertools.product(pairs, repeat=2):
        less, equal, greater = (f(left, right) for f in (RecursiveLt, RecursiveEq, RecursiveGt))
        assert less + equal + greater == 1
        assert RecursiveLe(left, right) == (less or equal)
        assert greater == RecursiveLt(right, left)
    assert all(RecursiveLt(low, high) for low, high in zip(pairs, pairs[1:]))


def test_excluded_fields_do_not_count_also_when_nested():
    cls = define(a=int, off=int, _body={"off": field(compare=False)})
    assert RecursiveEq(Array([cls(1, 2)]), Array([cls(1, 3)]))
    assert RecursiveHash(Array([cls(1, 2)])) == RecursiveHash(Array([cls(1, 3)]))
    assert not RecursiveLt(cls(1, 2), cls(1, 3))


def test_different_types_are_unequal():
    left, right = define(a=int), define(a=int)
    assert not RecursiveEq(left(1), right(1))
    with pytest.raises(TypeError):
        RecursiveLt(left(1), right(1))


@pytest.mark.parametrize("hook", ["__ffi_eq__", "__ffi_compare__"])
def test_own_equality_needs_an_own_hash(hook):
    cls = define(a=int, _body={hook: lambda self, other, f: f(self.a, other.a)})
    for value in (cls(1), Array([cls(1)])):
        with pytest.raises(ValueError, match="__ffi_eq__ or __ffi_compare__ but not __ffi_hash__"):
            RecursiveHash(value)


def test_an_own_order_makes_all_operators_consistent():
    cls = define(a=int, _body={"__ffi_compare__": lambda self, other, f: f(other.a, self.a)})
    assert RecursiveLt(cls(2), cls(1)) and RecursiveGt(cls(1), cls(2))
    assert RecursiveEq(cls(1), cls(1)) and not RecursiveEq(cls(1), cls(2))
    equal_only = define(a=int, b=int, _body={"__ffi_eq__": lambda s, o, f: f(s.a, o.a)})
    assert RecursiveEq(equal_only(1, 2), equal_only(1, 3))
    assert RecursiveLt(equal_only(1, 2), equal_only(1, 3))


# ---- cycles and depth ---------------------------------------------------------------------------


@pytest.mark.parametrize("make", [cyclic_list, cyclic_dict])
def test_cycles(make):
    left, right = make(), make()
    assert RecursiveEq(left, right)
    assert RecursiveHash(left) == RecursiveHash(right)
    assert "..." in ReprPrint(left)
    copied = DeepCopy(left)
    assert not copied.same_as(left)
    assert copied[1 if isinstance(copied, List) else "self"].same_as(copied)


def test_cycles_have_no_order():
    with pytest.raises(ValueError, match="cyclic reference"):
        RecursiveLt(cyclic_list(), cyclic_list())


def test_deep_nesting():
    def nested():
        value = List([])
        for _ in range(1000):
            value = List([value])
        return value

    assert RecursiveEq(nested(), nested())
    assert RecursiveHash(nested()) == RecursiveHash(nested())


def test_shared_parts_are_hashed_once():
    value = Array([1])
    for _ in range(60):
        value = Array([value, value])
    again = Array([1])
    for _ in range(60):
        again = Array([again, again])
    assert RecursiveHash(value) == RecursiveHash(again)
    assert RecursiveHash(Array([value, value])) == RecursiveHash(Array([value, again]))


# ---- text ---------------------------------------------------------------------------------------

TEXTS = [
    (42, "42"), (True, "True"), (None, "None"), (3.14, "3.14"), (0.0, "0"), (1e10, "1e+10"),
    (1 / 3, "0.333333"), (-math.inf, "-inf"), ("hello", '"hello"'), (Array([1, 2, 3]), "(1, 2, 3)"),
    (Array([42]), "(42,)"), (Array([]), "()"), (List([99]), "[99]"),
    (Map({"key": "value"}), '{"key": "value"}'), (Shape((5, 6)), "Shape(5, 6)"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "text"), TEXTS, ids=repr)
def test_text_of_values(value, text):
    assert ReprPrint(value) == text


def test_text_of_tensors_and_repeated_objects():
    assert ReprPrint(tvm_ffi.from_dlpack(np.zeros((3, 4), "float32"))) == "float32[3, 4]@cpu:0"
    cls = define(a=int)
    key = cls.__tvm_ffi_type_info__.type_key
    twice = cls(1)
    assert ReprPrint(Array([twice, twice])) == f"({key}(a=1), {key}(a=1))"


@pytest.mark.parametrize("text", ['"', "\\", "a\nb\t\r", "\0x", "\x1b[0m", "it's", "länger"])
def test_text_of_strings_parses_back(text):
    assert ast.literal_eval(ReprPrint(text)) == text


def test_addresses_can_be_shown():
    program = (
        "import re, tvm_ffi\n"
        "from tvm_ffi._ffi_api import ReprPrint\n"
        "l = tvm_ffi.List([1]); l.append(l)\n"
        "text = ReprPrint(l)\n"
        "assert re.fullmatch(r'\\[1, \\.\\.\\.@0x[0-9a-f]+\\]@0x[0-9a-f]+', text), text\n"
    )
    subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        env={**os.environ, "TVM_FFI_REPR_WITH_ADDR": "1"},
    )


# ---- deep copies --------------------------------------------------------------------------------


def test_what_a_deep_copy_makes_anew():
    for value in (1, 1.5, True, None, "short"):
        assert DeepCopy(value) == value
    inner = List([1])
    for make in (Array, List):
        copied = DeepCopy(make([inner, inner]))
        assert not copied[0].same_as(inner)
        assert copied[0].same_as(copied[1])
    for make in (Map, Dict):
        assert not DeepCopy(make({"k": inner}))["k"].same_as(inner)


def test_what_a_deep_copy_shares():
    shape, array = Shape((1, 2)), Array(["a long string of some kind", Shape((1, 2))])
    copied = DeepCopy(array)
    assert not copied.same_as(array)
    assert copied[0] == array[0]
    assert tuple(copied[1]) == tuple(shape)


def test_what_can_not_be_copied():
    info = tvm_ffi.core._lookup_or_register_type_info_from_type_key("testing.TestNonCopyable")
    made = next(m.func for m in info.methods if m.name == "__ffi_init__")(1)
    for value in (made, Array([made])):
        with pytest.raises(RuntimeError, match="not copy-constructible"):
            DeepCopy(value)
