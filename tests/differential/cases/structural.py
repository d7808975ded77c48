# SPDX-License-Identifier: Apache-2.0
"""Structural services, access paths, the JSON graph and recursive services."""

import copy
import math
import pickle
from typing import Any, List, Optional, Union

import numpy as np
import tvm_ffi
from tvm_ffi import Array, Dict, Map, Object, Shape, core
from tvm_ffi import List as FfiList
from tvm_ffi.access_path import AccessKind, AccessPath, AccessStep
from tvm_ffi.dataclasses import field, py_class
from tvm_ffi.serialization import from_json_graph_str, to_json_graph_str
from tvm_ffi.structural import (
    DefRegionKind,
    InplaceMode,
    StructuralKey,
    StructuralMutator,
    StructuralVisitor,
    VisitInterrupt,
    WalkOrder,
    WalkResult,
    get_first_structural_mismatch,
    structural_equal,
    structural_hash,
    structural_map,
    structural_mutate,
    structural_visit,
    structural_walk,
)
from tvm_ffi.testing import TestIntPair

eq = tvm_ffi._ffi_api.RecursiveEq
lt = tvm_ffi._ffi_api.RecursiveLt
le = tvm_ffi._ffi_api.RecursiveLe


@py_class("dst.Var", structural_eq="var")
class Var(Object):
    name: str = field(structural_eq="ignore")


@py_class("dst.Fn")
class Fn(Object):
    params: List[Var] = field(structural_eq="def")
    body: Any


@py_class("dst.Node")
class Node(Object):
    value: Any
    comment: str = field(default="", structural_eq="ignore")


def identity(swap=False):
    x, y = Var("x"), Var("y")
    return Fn([x, y], Array([y, x] if swap else [x, y]))


def walked(root, order="post", types=None):
    seen = []

    def see(value):
        seen.append(value)

    result = structural_walk(root, see if types is None else (types, see), order=order)
    return [describe(v) for v in seen], result


def describe(value):
    return f"{type(value).__name__} {value!r}"


def mismatch(lhs, rhs, **options):
    paths = get_first_structural_mismatch(lhs, rhs, **options)
    return None if paths is None else [repr(p) for p in paths]


def mapped(root, callback, **options):
    return structural_map(root, callback, **options)


PATH = AccessPath.root().attr("a").array_item(2).map_item("k").attr_missing("z")

CASES = """
structural_equal(1, 1)
structural_equal(1, 1.0)
structural_equal(1, True)
structural_equal("a", "a")
structural_equal("a longer text, beyond", "a longer text, beyond")
structural_equal(None, None)
structural_equal(math.nan, math.nan)
structural_equal(0.0, -0.0)
structural_equal([1, [2]], [1, [2]])
structural_equal([1, [2]], [1, [3]])
structural_equal({"a": 1, "b": 2}, {"b": 2, "a": 1})
structural_equal({"a": 1}, {"a": 1, "b": 2})
structural_equal(Array([1]), FfiList([1]))
structural_equal(Map({"a": 1}), Dict({"a": 1}))
structural_equal(Shape((1, 2)), Shape((1, 2)))
structural_equal(TestIntPair(1, 2), TestIntPair(1, 2))
structural_equal(np.arange(3), np.arange(3))
structural_equal(np.arange(3), np.arange(4))
structural_equal(np.arange(3), np.arange(3) + 1)
structural_equal(np.arange(3), np.arange(3) + 1, skip_tensor_content=True)
structural_equal(Var("x"), Var("x"))
structural_equal(Var("x"), Var("x"), map_free_vars=True)
structural_equal(identity(), identity())
structural_equal(identity(), identity(True))
structural_equal(Node(1, "a"), Node(1, "b"))
structural_equal(len, len)
structural_equal()
structural_hash(1) == structural_hash(1)
structural_hash(1) == structural_hash(2)
structural_hash(identity()) == structural_hash(identity())
structural_hash(Node(1, "a")) == structural_hash(Node(1, "b"))
structural_hash(Var("x"), map_free_vars=True) == structural_hash(Var("y"), map_free_vars=True)
structural_hash([1, "a", None, 2.5])
structural_hash({"a": 1})
structural_hash("a longer text, beyond")
structural_hash(TestIntPair(1, 2))
structural_hash(len)
mismatch([1, [2, 3]], [1, [2, 4]])
mismatch({"a": [1]}, {"a": [2]})
mismatch({"a": 1}, {"b": 1})
mismatch([1], [1, 2])
mismatch(1, 1)
mismatch(TestIntPair(1, 2), TestIntPair(1, 3))
mismatch(identity(), identity(True))
mismatch(1, "x")
StructuralKey([1, 2]) == StructuralKey([1, 2])
StructuralKey([1, 2]) == StructuralKey([1, 3])
hash(StructuralKey([1])) == hash(StructuralKey([1]))
StructuralKey([1]).key
StructuralKey(len)
StructuralKey()
{StructuralKey([1]): 5}[StructuralKey([1])]
Map({StructuralKey([1]): 5})[StructuralKey([1])]
VisitInterrupt().value
VisitInterrupt(5).value
VisitInterrupt(5)
StructuralVisitor()
StructuralMutator()
list(DefRegionKind)
list(InplaceMode)
list(WalkOrder)
list(WalkResult)
walked([1, 2.5, "tag"])
walked([1, 2.5, "tag"], "pre")
walked({"a": [1, None]}, "pre")
walked([1, True, 2], types=int)
walked([1, True, 2], types=bool)
walked(["a", "a longer text, beyond"], types=str)
walked([TestIntPair(1, 2)], types=TestIntPair)
walked([TestIntPair(1, 2)], types=Object)
walked([TestIntPair(1, 2)], types=(int, Object))
walked([[1], (2,)], types=tvm_ffi.Array)
walked([1], types=Optional[int])
walked([1], types=Union[int, str])
walked([1], types=complex)
walked([1], "nope")
walked([1], 0)
structural_walk([1, 2], lambda v: VisitInterrupt(v), order="pre").value
structural_walk([1, 2], (int, lambda v: VisitInterrupt(v))).value
structural_walk([1, 2], lambda v: 5)
structural_walk([1, 2], lambda v: "x")
structural_walk([1, 2], lambda v: WalkResult.SKIP, order="pre")
structural_walk([1, 2], 5)
structural_walk([1, 2], [5])
structural_walk([1, 2], [(int, len)])
structural_walk([1, 2], "text")
structural_walk([1, 2], lambda v: 1 / 0)
structural_walk([1], [])
structural_visit([1, 2], (tvm_ffi.Array, lambda v, visitor: visitor.visit(v[0])))
structural_visit([1, 2], (int, lambda v, visitor: VisitInterrupt(v))).value
structural_visit([1, 2], lambda v, visitor: 5)
structural_visit([1, 2], lambda v: None)
mapped([1, 2], (int, lambda v: v + 1))
mapped([1, [2, {"a": 3}]], (int, lambda v: v * 10))
mapped([1, "a"], (str, lambda v: v.upper()))
mapped([1, 2], (int, lambda v: None))
mapped([1, 2], lambda v: v)
mapped([1, 2], (tvm_ffi.Array, lambda v: list(v)[::-1]), order="pre")
mapped(TestIntPair(1, 2), (int, lambda v: v + 1))
mapped(Node(1), (int, lambda v: v + 1))
mapped([len], (int, lambda v: v + 1))
mapped([1], (int, lambda v: 1 / 0))
mapped([1], order="nope", callback=lambda v: v)
structural_mutate([1, 2], (int, lambda v, mutator: v + 1))
structural_mutate([1, 2], (int, lambda v, mutator, mode: mode))
structural_mutate([1, 2], (int, lambda v: v))
structural_mutate([1, [2]], (tvm_ffi.Array, lambda v, m: m.default_mutate(v)))
structural_mutate([1, 2], lambda: 5)
structural_mutate([1, 2], (int, lambda *args: len(args)))
list(AccessKind)
AccessPath()
AccessStep()
PATH
PATH.depth
PATH.parent
PATH.step
PATH.step.kind
PATH.step.key
PATH.to_steps()
AccessPath.root()
AccessPath.root().parent
AccessPath.root().step
AccessPath.root().to_steps()
AccessPath.root().array_item_missing(5)
AccessPath.root().map_item_missing("m").array_item_missing(5)
AccessPath.root().map_item((1, 2))
AccessPath.root().attr(5)
AccessPath.root().array_item("x")
AccessPath.root().is_prefix_of(PATH)
PATH.is_prefix_of(AccessPath.root())
PATH.parent.is_prefix_of(PATH)
PATH == PATH
AccessPath.root().attr("a") == AccessPath.root().attr("a")
AccessPath.root().attr("a") == AccessPath.root().attr("b")
AccessPath.root().attr("a") != AccessPath.root().attr("b")
PATH == 5
pickle.loads(pickle.dumps(PATH)) == PATH
copy.deepcopy(PATH) == PATH
setattr(PATH, "depth", 5)
to_json_graph_str(None)
to_json_graph_str([1, 2.5, True, None, "a"])
to_json_graph_str({"a": [1, 1]})
to_json_graph_str(TestIntPair(1, 2))
to_json_graph_str(Shape((1, 2)))
to_json_graph_str(tvm_ffi.device("cuda:1"))
to_json_graph_str(tvm_ffi.dtype("float32x4"))
to_json_graph_str(1e300)
to_json_graph_str(math.nan)
to_json_graph_str(2**70)
to_json_graph_str(b"\\x00\\xff")
to_json_graph_str(FfiList([1]))
to_json_graph_str(Dict({"a": 1}))
to_json_graph_str(identity())
to_json_graph_str(1, {"version": "x"})
to_json_graph_str(1, metadata=5)
to_json_graph_str(len)
to_json_graph_str(np.arange(3))
from_json_graph_str(to_json_graph_str([1, "ü\\n\\"", None, {"a": [1.5]}]))
from_json_graph_str(to_json_graph_str(b"\\x00\\xff"))
from_json_graph_str(to_json_graph_str(TestIntPair(-1, 2**62)))
from_json_graph_str("")
from_json_graph_str("{")
from_json_graph_str("{}")
from_json_graph_str("[]")
from_json_graph_str('{"root_index": 5, "nodes": []}')
from_json_graph_str('{"root_index": 0, "nodes": [{"type": "nope"}]}')
from_json_graph_str('{"root_index": 0, "nodes": [{"type": "int", "data": 5}]}')
from_json_graph_str('{"root_index": 0, "nodes": [{"type": "int"}]}')
from_json_graph_str('{"root_index": 0, "nodes": [{"type": "ffi.Array", "data": [7]}]}')
from_json_graph_str(5)
eq(1, 1.0), eq(1, True), eq("a", "a"), eq(None, None), eq(-0.0, 0.0), eq(math.nan, math.nan)
eq([1], FfiList([1])), eq({"a": 1}, Dict({"a": 1}))
lt(1, 2), lt(False, True), lt(None, 1), lt("a", "b"), lt([1], [1, 2]), lt([2], [1, 2])
lt(1, 1.0)
lt(math.nan, 1.0)
lt({"a": 1}, {"a": 2})
le({"a": 1}, {"a": 1})
lt(tvm_ffi.dtype("float16"), tvm_ffi.dtype("float32"))
lt(tvm_ffi.device("cpu"), tvm_ffi.device("cuda"))
[tvm_ffi._ffi_api.RecursiveHash(v) for v in (None, 1, True, 1.5, "a", b"a", [1], {"a": 1})]
[tvm_ffi._ffi_api.ReprPrint(v) for v in (None, 1, True, 1.5, 0.0, 1e10, "a\\n\\"", b"a", [1], (1,), {"a": 1})]
tvm_ffi._ffi_api.ReprPrint(FfiList([1, [2]]))
tvm_ffi._ffi_api.ReprPrint(Shape((5, 6)))
tvm_ffi._ffi_api.ReprPrint(np.zeros((3, 4), dtype="float32"))
tvm_ffi._ffi_api.DeepCopy([1, [2]])
tvm_ffi._ffi_api.DeepCopy(len)
tvm_ffi._ffi_api.MakeObjectFromPackedArgs("testing.TestIntPair", "a", 1, "b", 2)
tvm_ffi._ffi_api.MakeObjectFromPackedArgs("testing.TestIntPair", "a")
tvm_ffi._ffi_api.GetGlobalFuncMetadata("nope")
tvm_ffi.get_global_func("ffi.json.Parse")('{"a": [1, 2.5, null, true]}')
tvm_ffi.get_global_func("ffi.json.Parse")('{"a": ')
tvm_ffi.get_global_func("ffi.json.Parse")('[1, 2')
tvm_ffi.get_global_func("ffi.json.Stringify")({"a": [1, 2.5, None, True, "x"]}, None)
tvm_ffi.get_global_func("ffi.json.Stringify")({"a": [1, 2.5]}, 2)
tvm_ffi.get_global_func("ffi.json.Stringify")({1: 2}, None)
"""


def case_cycles():
    values = FfiList([1])
    values.append(values)
    other = FfiList([1])
    other.append(other)
    return repr(values), eq(values, other)


def case_definition_regions_reach_callbacks():
    seen = []
    structural_walk(identity(), (), (Var, lambda v, kind: seen.append((v.name, str(kind)))))
    return seen


def case_moved_roots_are_empty_afterwards():
    root = Array([1, 2])
    result = structural_map(root._move(), (int, lambda v: v + 1))
    return result, root.__chandle__()


def case_errors_of_callbacks_say_where():
    def fail(value):
        raise ValueError("bad")

    try:
        structural_walk({"a": [1]}, (int, fail))
    except ValueError as error:
        context = error.__tvm_ffi_error__.extra_context
        return type(context).__name__, error.args
