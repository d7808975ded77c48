# SPDX-License-Identifier: Apache-2.0
"""Structural equality, hashes, first mismatches and keys."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest
import tvm_ffi
from tvm_ffi import (
    Array,
    Dict,
    List,
    Map,
    StructuralKey,
    get_first_structural_mismatch,
    structural_equal,
    structural_hash,
)

make = tvm_ffi.get_global_func("ffi.MakeObjectFromPackedArgs")


def pair(a, b):
    return make("testing.TestIntPair", "a", a, "b", b)


def tensor(*values):
    return tvm_ffi.from_dlpack(np.array(values, dtype="int32"))


EQUAL = [
    (1, 1),
    ("short", "short"),
    ("longer than inline", "longer than inline"),
    (b"x", b"x"),
    (None, None),
    (1.5, 1.5),
    ([1, "a"], (1, "a")),
    ([1, [2]], Array([1, [2]])),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    (Dict({"a": 1, "b": 2}), Dict({"b": 2, "a": 1})),
    (tensor(1, 2), tensor(1, 2)),
]

UNEQUAL = [
    (1, 2),
    (1, 1.0),
    (1, True),
    ("a", "b"),
    ("a", b"a"),
    ([1, 2], [1]),
    (Array([1]), List([1])),
    (Map({"a": 1}), Dict({"a": 1})),
    ({"a": 1}, {"a": 2}),
    ({"a": 1}, {"b": 1}),
    (tensor(1, 2), tensor(1, 3)),
]


@pytest.mark.parametrize(("lhs", "rhs"), EQUAL, ids=repr)
def test_equal_values_hash_equal(lhs, rhs):
    assert structural_equal(lhs, rhs) is True
    assert structural_hash(lhs) == structural_hash(rhs)
    assert get_first_structural_mismatch(lhs, rhs) is None


@pytest.mark.parametrize(("lhs", "rhs"), UNEQUAL, ids=repr)
def test_unequal_values_hash_apart(lhs, rhs):
    assert structural_equal(lhs, rhs) is False
    assert structural_hash(lhs) != structural_hash(rhs)
    assert get_first_structural_mismatch(lhs, rhs) is not None


@pytest.mark.parametrize("value", [0, -1, "x" * 100, [1, [2]], {"a": None}])
def test_hashes_are_unsigned(value):
    native = tvm_ffi.get_global_func("ffi.StructuralHash")(value, False, False)
    assert structural_hash(value) == native % 2**64


def test_tensors_can_be_compared_by_shape_only():
    lhs, rhs = [tensor(1, 2)], [tensor(1, 3)]
    assert not structural_equal(lhs, rhs)
    assert structural_equal(lhs, rhs, skip_tensor_content=True)
    assert structural_hash(lhs, skip_tensor_content=True) == structural_hash(
        rhs, skip_tensor_content=True
    )
    assert get_first_structural_mismatch(lhs, rhs, skip_tensor_content=True) is None
    assert not structural_equal(lhs, [tensor(1, 2, 3)], skip_tensor_content=True)


@pytest.mark.parametrize(
    ("lhs", "rhs", "paths"),
    [
        ([1, 2], [1, 3], ("<root>[1]", "<root>[1]")),
        ([1, 2], [1], ("<root>[1]", "<root>[<missing:1>]")),
        ({"a": [1]}, {"a": [2]}, ('<root>["a"][0]', '<root>["a"][0]')),
        ({"a": 1}, {}, ('<root>["a"]', '<root>[<missing:"a">]')),
        (1, 2, ("<root>", "<root>")),
    ],
    ids=repr,
)
def test_the_first_mismatch_is_a_path_on_each_side(lhs, rhs, paths):
    mismatch = get_first_structural_mismatch(lhs, rhs)
    assert isinstance(mismatch, Array)
    assert tuple(map(repr, mismatch)) == paths
    assert all(isinstance(path, tvm_ffi.access_path.AccessPath) for path in mismatch)


@pytest.mark.parametrize(
    "call",
    [lambda value: structural_equal(value, pair(2, 1)), structural_hash, StructuralKey],
)
def test_types_without_a_structural_kind_are_refused(call):
    message = (
        "_type_s_eq_hash_kind is not set for type `testing.TestIntPair`, "
        "so StructuralHash is not supported for this type"
    )
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        call(pair(1, 2))


@pytest.mark.parametrize(
    "call", [lambda f: structural_equal(f, tvm_ffi.convert(print)), structural_hash, StructuralKey]
)
def test_functions_have_no_structure(call):
    with pytest.raises(TypeError, match="Structural(Equal|Hash) is not supported for this type"):
        call(tvm_ffi.convert(lambda: None))


def test_flags_must_be_booleans():
    with pytest.raises(TypeError, match="Expected `bool` but got `ffi.SmallStr`$"):
        structural_equal([1], [1], "yes")


# ---- keys ---------------------------------------------------------------------------------------


def test_a_key_keeps_its_value_and_hash():
    key = StructuralKey([1, "a"])
    assert list(key.key) == [1, "a"]
    assert key.__hash__() == structural_hash(key.key) == key.hash_i64 % 2**64
    assert {key: 1}[StructuralKey([1, "a"])] == 1
    assert repr(StructuralKey([1])) == "ffi.StructuralKey(key=(1,), hash_i64=-2659981581661525815)"


def test_keys_compare_by_structure():
    assert StructuralKey([1]) == StructuralKey((1,))
    assert not StructuralKey([1]) != StructuralKey((1,))
    assert StructuralKey([1]) != StructuralKey([2])
    assert StructuralKey([1]) != [1]
    assert not StructuralKey([1]) == None  # noqa: E711
    assert StructuralKey(tensor(1)) != StructuralKey(tensor(2))


def test_keys_of_python_dictionaries():
    seen = {StructuralKey([1, 2]): "first", StructuralKey([3]): "second"}
    seen[StructuralKey((1, 2))] = "again"
    assert len(seen) == 2
    assert seen[StructuralKey([1, 2])] == "again"
    assert StructuralKey([4]) not in seen


@pytest.mark.parametrize("cls", [Map, Dict])
def test_keys_of_ffi_mappings(cls):
    mapping = cls({StructuralKey([1, 2]): 1, StructuralKey((1, 2)): 2})
    assert len(mapping) == 1
    assert mapping[StructuralKey([1, 2])] == 2
    assert StructuralKey([2]) not in mapping


def test_keys_cannot_be_changed():
    key = StructuralKey([1])
    for name in ("key", "hash_i64", "other"):
        with pytest.raises(AttributeError):
            setattr(key, name, 1)


def test_a_key_needs_a_value():
    message = "StructuralKey.__init__() missing 1 required positional argument: 'key'"
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        StructuralKey()


# ---- the package --------------------------------------------------------------------------------


def test_the_package_exports_the_structural_names():
    for name in tvm_ffi.structural.__all__:
        assert getattr(tvm_ffi, name) is getattr(tvm_ffi.structural, name)
        assert name in tvm_ffi.__all__
        assert name in dir(tvm_ffi)


def run_in_fresh_process(code):
    subprocess.run([sys.executable, "-c", code], check=True)


def test_star_import_reaches_names_that_are_imported_late():
    run_in_fresh_process(
        "from tvm_ffi import *\n"
        "assert structural_equal([1], [1])\n"
        "assert access_path.AccessPath.root().depth == 0\n"
    )


def test_objects_have_the_classes_of_the_package_before_these_are_imported():
    run_in_fresh_process(
        "import tvm_ffi\n"
        "interrupt = tvm_ffi.get_global_func('ffi.VisitInterrupt')(1)\n"
        "key = tvm_ffi.get_global_func('ffi.StructuralKey')(1)\n"
        "path, _ = tvm_ffi.get_global_func('ffi.GetFirstStructuralMismatch')(1, 2, False, False)\n"
        "assert type(interrupt) is tvm_ffi.VisitInterrupt\n"
        "assert type(key) is tvm_ffi.StructuralKey\n"
        "assert type(path) is tvm_ffi.access_path.AccessPath\n"
    )
