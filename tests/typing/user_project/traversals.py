# SPDX-License-Identifier: Apache-2.0
"""Structural functions with their callbacks, and paths."""

from __future__ import annotations

from typing import Any, Optional

import tvm_ffi
from tvm_ffi import (
    DefRegionKind,
    InplaceMode,
    StructuralMutator,
    StructuralVisitor,
    VisitInterrupt,
    WalkResult,
)
from tvm_ffi.access_path import AccessPath, AccessStep
from typing_extensions import assert_type

from .records import Point


def count_points(root: Any) -> int:
    found: list[Point] = []

    def visit(point: Point) -> WalkResult | None:
        found.append(point)
        return WalkResult.SKIP

    def stop(text: str) -> VisitInterrupt:
        return VisitInterrupt(text)

    interrupted = tvm_ffi.structural_walk(root, [(Point, visit), (str, stop)], order="pre")
    assert_type(interrupted, Optional[VisitInterrupt])
    if interrupted is not None:
        assert_type(interrupted.value, Any)
    tvm_ffi.structural_walk(root, (int, lambda x: None))
    tvm_ffi.structural_walk(root, lambda x: None)
    return len(found)


def rewrite(root: Any) -> Any:
    def in_region(value: Any, kind: DefRegionKind) -> Any:
        return value if kind is DefRegionKind.NONE else None

    def visit(point: Point, visitor: StructuralVisitor) -> VisitInterrupt | None:
        return visitor.default_visit(point)

    def mutate(point: Point, mutator: StructuralMutator, mode: InplaceMode) -> Any:
        return mutator.default_mutate(point) if mode is InplaceMode.ALLOW else point

    assert_type(tvm_ffi.structural_visit(root, (Point, visit)), Optional[VisitInterrupt])
    root = tvm_ffi.structural_map(root, ((int, float), lambda x: 2 * x), in_region)
    return tvm_ffi.structural_mutate(root, (Point, mutate))


def compare(lhs: Point, rhs: Point) -> None:
    assert_type(tvm_ffi.structural_equal(lhs, rhs, map_free_vars=True), bool)
    assert_type(tvm_ffi.structural_hash(lhs), int)
    mismatch = tvm_ffi.get_first_structural_mismatch(lhs, rhs)
    assert_type(mismatch, Optional[tuple[AccessPath, AccessPath]])
    path = AccessPath.root().attr("layers").array_item(0)
    assert_type(path, AccessPath)
    assert_type([step.key for step in path.to_steps()], list[Any])
    assert_type(path.step, Optional[AccessStep])
    seen = {tvm_ffi.StructuralKey(lhs): "first"}
    assert_type(seen[tvm_ffi.StructuralKey(lhs)], str)
    text = tvm_ffi.serialization.to_json_graph_str(lhs)
    assert_type(text, str)
