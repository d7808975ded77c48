# SPDX-License-Identifier: Apache-2.0
"""Structural kinds of classes, marks of fields, and hooks: what is compared and descended into."""

from __future__ import annotations

import re
from typing import Any, Optional

import pytest
from tvm_ffi import (
    DefRegionKind,
    InplaceMode,
    Object,
    StructuralKey,
    VisitInterrupt,
    get_first_structural_mismatch,
    structural_equal,
    structural_hash,
    structural_map,
    structural_mutate,
    structural_visit,
    structural_walk,
)
from tvm_ffi.dataclasses import field, py_class


@py_class("test_kinds.Var", structural_eq="var")
class Var(Object):
    name: str = field(structural_eq="ignore")


@py_class("test_kinds.Func")
class Func(Object):
    params: list[Any] = field(structural_eq="def")
    body: list[Any]
    comment: str = field(structural_eq="ignore", default="")


@py_class("test_kinds.Let")
class Let(Object):
    var: Var = field(structural_eq="def-simple")
    value: Any
    body: Any


@py_class("test_kinds.Tree")
class Tree(Object):
    a: Any
    b: Any = None


@py_class("test_kinds.ConstTree", structural_eq="const-tree")
class ConstTree(Object):
    a: Any
    b: Any = None


@py_class("test_kinds.Dag", structural_eq="dag")
class Dag(Object):
    a: Any
    b: Any = None


@py_class("test_kinds.Single", structural_eq="singleton")
class Single(Object):
    a: Any


@py_class("test_kinds.Unstructured", structural_eq=None)
class Unstructured(Object):
    a: Any


@py_class("test_kinds.Holder")
class Holder(Object):
    child: Optional[Any] = None  # noqa: UP045


def same(lhs, rhs, **flags):
    """Return whether two values are equal, after checking that their hashes say the same."""
    equal = structural_equal(lhs, rhs, **flags)
    assert equal == (structural_hash(lhs, **flags) == structural_hash(rhs, **flags))
    assert equal == (get_first_structural_mismatch(lhs, rhs, **flags) is None)
    return equal


# ---- variables ----------------------------------------------------------------------------------


def test_a_variable_is_equal_to_itself_only():
    x, y = Var("x"), Var("x")
    assert same(x, x)
    assert not same(x, y)


def test_free_variables_can_be_mapped():
    assert same(Var("x"), Var("y"), map_free_vars=True)
    x, y = Var("x"), Var("y")
    assert structural_equal([x, x], [y, y], map_free_vars=True)
    assert not structural_equal([x, x], [x, y], map_free_vars=True)


def func(*names, body=lambda *variables: list(variables), comment=""):
    variables = [Var(name) for name in names]
    return Func(variables, body(*variables), comment)


def test_names_of_bound_variables_do_not_matter():
    assert same(func("x", "y"), func("a", "b", comment="other"))
    assert StructuralKey(func("x")) == StructuralKey(func("y"))


def test_the_use_of_bound_variables_matters():
    assert not same(func("x", "y"), func("x", "y", body=lambda x, y: [y, x]))
    assert not same(func("x", "y", body=lambda x, y: [x, x]), func("x", "y"))
    assert not same(func("x"), func("x", "y"))


def test_nested_functions_bind_their_own_parameters():
    def nested(outer, inner):
        x, y = Var(outer), Var(inner)
        return Func([x], [Func([y], [x, y])])

    assert same(nested("x", "y"), nested("a", "a"))
    x, y = Var("x"), Var("y")
    assert not same(nested("x", "y"), Func([x], [Func([y], [y, x])]))


def test_the_mismatch_of_bodies():
    lhs = func("x", body=lambda x: [x, 1])
    rhs = func("x", body=lambda x: [x, 2])
    assert tuple(map(repr, get_first_structural_mismatch(lhs, rhs))) == (
        "<root>.body[1]",
        "<root>.body[1]",
    )


def test_simple_definitions():
    x, y = Var("x"), Var("y")
    assert same(Let(x, 1, x), Let(y, 1, y))
    assert not same(Let(x, 1, x), Let(y, 2, y))
    assert not structural_equal(Let(x, 1, x), Let(y, 1, x))


# ---- kinds --------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", [Tree, ConstTree])
def test_trees_compare_by_content(cls):
    shared = Tree(1)
    assert same(cls(shared, shared), cls(Tree(1), Tree(1)))
    assert not same(cls(1, 2), cls(1, 3))


def test_dags_compare_by_sharing_too():
    def shared():
        node = Dag(1)
        return Tree(node, node)

    assert same(shared(), shared())
    assert not same(shared(), Tree(Dag(1), Dag(1)))
    assert same(Tree(Dag(1), Dag(1)), Tree(Dag(1), Dag(1)))
    a, b = Dag(1), Dag(1)
    assert not same([a, b], [a, a])


def test_singletons_compare_by_address():
    one = Single(1)
    assert same([one], [one])
    assert not structural_equal(one, Single(1))
    assert get_first_structural_mismatch(one, Single(1)) is not None
    # The address would make hashes differ between processes.
    assert structural_hash(one) == structural_hash(Single(1))


def test_types_without_kind_are_refused():
    message = (
        "Type metadata is not set for type `test_kinds.Unstructured`, "
        "so StructuralHash is not supported for this type"
    )
    for call in (
        structural_hash,
        StructuralKey,
        lambda value: structural_equal(value, Unstructured(2)),
        lambda value: structural_hash([value]),
    ):
        with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
            call(Unstructured(1))


def test_a_subclass_is_another_type():
    @py_class("test_kinds.SubTree")
    class SubTree(Tree):
        pass

    assert not same(Tree(1), SubTree(1))


# ---- hooks for comparison -----------------------------------------------------------------------


@py_class("test_kinds.Hooked")
class Hooked(Object):
    key: Any
    note: Any = None

    def __s_equal__(self, other, equal):
        return equal(self.key, other.key, 0, "key")

    def __s_hash__(self, init_hash, hash_):
        return hash_(self.key, init_hash, 0)


def test_hooks_say_what_is_compared():
    assert same(Hooked([1], "a"), Hooked([1], "b"))
    assert not same(Hooked([1]), Hooked([2]))
    assert repr(get_first_structural_mismatch(Hooked([1]), Hooked([2]))[0]) == "<root>.key[0]"


def test_hooks_are_inherited_by_python_types():
    @py_class("test_kinds.HookedChild")
    class HookedChild(Hooked):
        more: int = 0

    assert same(HookedChild([1], "a", 1), HookedChild([1], "b", 2))


def test_a_hook_of_a_wrong_kind_fails_when_used():
    @py_class("test_kinds.BadHook")
    class BadHook(Object):
        a: int
        __s_equal__ = 5

    with pytest.raises(TypeError, match="^Cannot treat type `int` as type"):
        structural_equal(BadHook(1), BadHook(1))


def test_exceptions_of_hooks_pass():
    @py_class("test_kinds.Raising")
    class Raising(Object):
        a: int

        def __s_equal__(self, other, equal):
            raise KeyError("inside")

    with pytest.raises(KeyError, match="inside"):
        structural_equal(Raising(1), Raising(1))


# ---- walks --------------------------------------------------------------------------------------


def test_fields_tell_their_region():
    x = Var("x")
    seen = []
    structural_walk(Func([x], [x]), (), (Var, lambda var, kind: seen.append(kind)))
    assert seen == [DefRegionKind.DEF_PATTERN, DefRegionKind.NONE]
    seen.clear()
    structural_walk(Let(x, 1, x), (), (Var, lambda var, kind: seen.append(kind)))
    assert seen == [DefRegionKind.DEF_SIMPLE, DefRegionKind.NONE]


def test_ignored_fields_are_not_visited():
    seen = []
    structural_walk(func("x", comment="not seen"), (str, seen.append))
    assert seen == []


@pytest.mark.parametrize("cls", [Dag, Single, Unstructured])
def test_every_kind_is_walked(cls):
    seen = []
    structural_walk([cls(1), cls(2)], (int, seen.append))
    assert seen == [1, 2]


@py_class("test_kinds.Visited")
class Visited(Object):
    first: Any
    second: Any

    def __s_visit__(visitor, self):
        kind = DefRegionKind.DEF_SIMPLE
        return visitor.with_def_region_kind(kind, lambda: visitor.visit(self.second))


def test_a_hook_says_what_is_visited():
    seen = []
    structural_walk(Visited(1, 2), (), (int, lambda value, kind: seen.append((value, kind))))
    assert seen == [(2, DefRegionKind.DEF_SIMPLE)]
    assert structural_walk(Visited(1, 2), (int, VisitInterrupt)).value == 2


def test_a_hook_must_return_what_its_child_said():
    @py_class("test_kinds.Odd")
    class Odd(Object):
        def __s_visit__(visitor, self):
            return 3

    message = (
        "CallExpected: result type mismatch, expected Optional<ffi.VisitInterrupt>, but got int"
    )
    with pytest.raises(TypeError, match=f"^{message}$"):
        structural_walk(Odd(), print)


def test_default_visit_of_the_own_value_ends_in_an_error():
    @py_class("test_kinds.Endless")
    class Endless(Object):
        def __s_visit__(visitor, self):
            return visitor.default_visit(self)

    with pytest.raises(RuntimeError, match="^maximum recursion depth exceeded"):
        structural_walk(Endless(), lambda value: None)


# ---- maps ---------------------------------------------------------------------------------------


def test_a_rebuilt_definition_reaches_its_uses():
    @py_class("test_kinds.NamedVar", structural_eq="var")
    class NamedVar(Object):
        name: str

    x = NamedVar("x")
    mapped = structural_map(Func([x], [x, 1]), (str, lambda name: name + "'"))
    assert mapped.params[0].name == "x'"
    assert mapped.body[0].same_as(mapped.params[0])
    assert x.name == "x"


def test_variables_without_definition_are_left_alone():
    x = Var("x")
    mapped = structural_map([x, 1], (int, lambda value: value + 1))
    assert mapped[0].same_as(x)
    assert mapped[1] == 2


def test_a_shared_node_of_a_dag_stays_shared():
    node = Dag(1)
    mapped = structural_map([node, node], (int, lambda value: value + 1))
    assert mapped[0].a == 2
    assert mapped[0].same_as(mapped[1])
    tree = Tree(1)
    mapped = structural_map([tree, tree], (int, lambda value: value + 1))
    assert not mapped[0].same_as(mapped[1])


def test_replacing_variables():
    x, y = Var("x"), Var("y")
    replaced = structural_map([x, [x, 1]], (Var, lambda var: y if var.same_as(x) else var))
    assert replaced[0].same_as(y)
    assert replaced[1][0].same_as(y)


def test_a_stored_result_must_fit_the_field():
    @py_class("test_kinds.Strict")
    class Strict(Object):
        number: int

    with pytest.raises(TypeError, match="^expected int, got str$"):
        structural_map(Strict(1), (int, str))


@py_class("test_kinds.Mutated")
class Mutated(Object):
    first: Any
    second: Any

    def __s_mutate__(mutator, self):
        second = mutator.mutate(self.second)
        return self if second == self.second else Mutated(self.first, second)


def test_a_hook_says_what_is_mutated():
    mapped = structural_map(Mutated(1, 2), (int, lambda value: value + 10))
    assert (mapped.first, mapped.second) == (1, 12)
    root = Mutated(1, "x")
    assert structural_map(root, (int, lambda value: value + 10)).same_as(root)
    assert structural_mutate([root], (int, lambda value, mutator: 0))[0].same_as(root)


def test_a_mutation_renames_and_remembers():
    x = Var("x")

    def rename(var, mutator):
        known = mutator.var_remap_get(var)
        if known is None:
            known = Var(var.name + "_new")
            mutator.var_remap_set(var, known)
        return known

    mutated = structural_mutate(Func([x], [x]), (Var, rename))
    assert mutated.params[0].name == "x_new"
    assert mutated.params[0].same_as(mutated.body[0])


def test_an_object_that_is_handed_over_is_changed_in_place():
    root = Holder(Holder(1))
    address = root.__chandle__()
    modes = []

    def record(value, mutator, mode):
        modes.append(InplaceMode(mode))
        return value + 1

    mutated = structural_mutate(root._move(), (int, record))
    assert mutated.child.child == 2
    assert root.__chandle__() == 0
    assert isinstance(address, int)
    assert modes == [InplaceMode.DISALLOW]


def test_visits_of_objects():
    seen = []

    def visit(tree, visitor):
        seen.append(tree.a)
        return visitor.visit(tree.b)

    structural_visit(Tree(1, Tree(2, Tree(3))), (Tree, visit))
    assert seen == [1, 2, 3]
