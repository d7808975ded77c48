# SPDX-License-Identifier: Apache-2.0
"""Paths into values: how they are built, compared, printed and copied."""

from __future__ import annotations

import copy
import pickle
import re

import pytest
import tvm_ffi
from tvm_ffi.access_path import AccessKind, AccessPath, AccessStep

root = AccessPath.root


def long_path():
    path = root().attr("a").array_item(2).map_item("k").array_item(3)
    return path.map_item_missing("m").array_item_missing(5).attr_missing("z")


def test_kinds_are_numbers():
    assert [(kind.name, int(kind)) for kind in AccessKind] == [
        ("ATTR", 0),
        ("ARRAY_ITEM", 1),
        ("MAP_ITEM", 2),
        ("ATTR_MISSING", 3),
        ("ARRAY_ITEM_MISSING", 4),
        ("MAP_ITEM_MISSING", 5),
    ]


def test_the_root_has_neither_parent_nor_step():
    assert root().depth == 0
    assert root().parent is None
    assert root().step is None
    assert len(root().to_steps()) == 0


def test_each_call_adds_one_step():
    path = root().attr("layers").array_item(0)
    assert path.depth == 2
    assert path.parent == root().attr("layers")
    assert (path.step.kind, path.step.key) == (AccessKind.ARRAY_ITEM, 0)
    assert type(path.step.kind) is int


def test_steps_come_from_the_root():
    steps = long_path().to_steps()
    assert isinstance(steps, tvm_ffi.Array)
    assert [(AccessKind(step.kind).name, step.key) for step in steps] == [
        ("ATTR", "a"),
        ("ARRAY_ITEM", 2),
        ("MAP_ITEM", "k"),
        ("ARRAY_ITEM", 3),
        ("MAP_ITEM_MISSING", "m"),
        ("ARRAY_ITEM_MISSING", 5),
        ("ATTR_MISSING", "z"),
    ]


def test_repr_reads_like_an_expression():
    assert repr(long_path()) == '<root>.a[2]["k"][3][<missing:"m">][<missing:5>][<missing:"z">]'
    assert repr(root()) == "<root>"
    assert [repr(step) for step in root().attr("a").map_item(1).to_steps()] == [".a", "[1]"]


def test_map_items_take_any_key():
    pair = tvm_ffi.get_global_func("ffi.MakeObjectFromPackedArgs")(
        "testing.TestIntPair", "a", 1, "b", 2
    )
    assert repr(root().map_item(pair)) == "<root>[testing.TestIntPair(a=1, b=2)]"
    assert repr(root().map_item(None).map_item(1.5)) == "<root>[None][1.5]"


def test_paths_compare_by_content():
    assert long_path() == long_path()
    assert not long_path() != long_path()
    assert long_path() != long_path().attr("more")
    assert root().attr("a") != root().attr_missing("a")
    assert root().array_item(0) != root().map_item(0)


@pytest.mark.parametrize("other", [3, None, "<root>", [], AccessStep])
def test_other_values_are_unequal(other):
    assert not root() == other
    assert root() != other


def test_the_hash_is_that_of_the_object():
    path = root().attr("a")
    assert hash(path) == hash(path.attr("b").parent) == path.__chandle__()


def test_prefixes():
    path = root().attr("a").array_item(1)
    assert root().is_prefix_of(path)
    assert path.parent.is_prefix_of(path)
    assert path.is_prefix_of(path)
    assert not path.is_prefix_of(path.parent)
    assert not root().attr("b").is_prefix_of(path)


@pytest.mark.parametrize(
    "duplicate", [copy.deepcopy, lambda path: pickle.loads(pickle.dumps(path))]
)
def test_paths_are_copied_and_pickled(duplicate):
    again = duplicate(long_path())
    assert type(again) is AccessPath
    assert again == long_path()


def test_paths_and_steps_are_not_constructed():
    with pytest.raises(
        ValueError,
        match=r"^AccessPath can't be initialized directly. "
        r"Use AccessPath.root\(\) to create a path to the root object$",
    ):
        AccessPath()
    with pytest.raises(TypeError, match="^`AccessStep` cannot be constructed directly. "):
        AccessStep()


def test_members_cannot_be_assigned():
    path = root().attr("a")
    for obj, name in ((path, "parent"), (path, "step"), (path, "depth"), (path.step, "key")):
        with pytest.raises(AttributeError):
            setattr(obj, name, None)


@pytest.mark.parametrize("method", ["attr", "attr_missing"])
def test_names_are_strings(method):
    message = (
        f"Mismatched type on argument #1 when calling: `ffi.reflection.AccessPath._{method}"
        "(0: ffi.reflection.AccessPath, 1: str) -> ffi.reflection.AccessPath`. "
        "Expected `str` but got `int`"
    )
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        getattr(root(), method)(1)


@pytest.mark.parametrize("method", ["array_item", "array_item_missing"])
def test_indices_are_integers(method):
    with pytest.raises(TypeError, match="Expected `int` but got `ffi.SmallStr`$"):
        getattr(root(), method)("x")


def test_a_prefix_question_needs_a_path():
    with pytest.raises(TypeError, match="Expected `ffi.reflection.AccessPath` but got `int`$"):
        root().is_prefix_of(3)


def test_a_path_without_object_raises():
    empty = AccessPath.__new__(AccessPath)
    for use in (lambda: empty.depth, lambda: empty.attr("a"), empty.to_steps):
        with pytest.raises((TypeError, ValueError, RuntimeError, AttributeError)):
            use()
