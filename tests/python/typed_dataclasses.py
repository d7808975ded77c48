# SPDX-License-Identifier: Apache-2.0
"""A user's dataclasses, for the type checkers that ``test_dataclass_typing.py`` runs on it."""

from __future__ import annotations

from typing import Any, Optional

from tvm_ffi import Object
from tvm_ffi.dataclasses import KW_ONLY, c_class, field, fields, init_property, py_class


@py_class("test.typed.Point", eq=True)
class Point(Object):
    x: int
    y: float = 0.0
    tags: list[str] = field(default_factory=list)
    _: KW_ONLY
    label: Optional[str] = None  # noqa: UP045

    @init_property
    def norm(self) -> float:
        return self.x**2 + self.y**2


@py_class
class Child(Point):
    z: int = field(default=1, kw_only=True)


@c_class("testing.TestIntPair")
class Pair(Object):
    a: int
    b: int


def good() -> tuple[int, float, str, Any]:
    point = Point(1, 2.0, label="p")
    point.x = 3
    names = [f.name for f in fields(Child)]
    return Child(1, z=2).z, point.norm, (point.label or ""), (Pair(1, 2), names)
