# SPDX-License-Identifier: Apache-2.0
"""Classes of the user: dataclasses, plain registered classes, enums, errors."""

from __future__ import annotations

from typing import Any, ClassVar, Optional

import tvm_ffi
from tvm_ffi import Object, method
from tvm_ffi.dataclasses import (
    KW_ONLY,
    Enum,
    EnumAttrMap,
    Field,
    IntEnum,
    StrEnum,
    asdict,
    c_class,
    entry,
    field,
    fields,
    init_property,
    is_dataclass,
    py_class,
    replace,
)
from typing_extensions import assert_type


@py_class("user_project.Point", eq=True)
class Point(Object):
    x: int
    y: float = 0.0
    tags: list[str] = field(default_factory=list)
    kind: ClassVar[str] = "point"
    _: KW_ONLY
    label: Optional[str] = None  # noqa: UP045

    @init_property
    def norm(self) -> float:
        return self.x**2 + self.y**2

    @method
    def moved(self, by: int) -> Point:
        return Point(self.x + by, self.y)


@py_class
class Child(Point):
    z: int = field(default=1, kw_only=True)


@py_class("user_project.Fixed", frozen=True)
class Fixed(Object):
    value: int


@c_class("testing.TestIntPair")
class Pair(Object):
    a: int
    b: int


@tvm_ffi.register_object("testing.TestObjectBase")
class Base(Object):
    v_i64: int


def use_records() -> None:
    point = Point(1, 2.0, label="p")
    assert_type(point, Point)
    assert_type(point.x, int)
    assert_type(point.label, Optional[str])
    assert_type(point.norm, float)
    assert_type(point.moved(1), Point)
    assert_type(Point.kind, str)
    point.x = 3
    assert_type(Child(1, z=2).z, int)
    assert_type(Fixed(1).value, int)
    assert_type(Pair(1, 2).b, int)
    assert_type(fields(Child), tuple[Field, ...])
    assert_type([each.name for each in fields(Child)], list[str])
    assert_type(is_dataclass(point), bool)
    assert_type(asdict(point), Any)
    assert_type(replace(point, x=1), Point)
    assert_type(point.same_as(point), bool)


class Color(Enum, type_key="user_project.Color"):
    code: int
    RED: ClassVar[Color] = entry(code=1)
    BLUE: ClassVar[Color] = entry(code=2)


class Level(IntEnum, type_key="user_project.Level"):
    LOW = 10
    HIGH = 20


class Mode(StrEnum, type_key="user_project.Mode"):
    # Unlike a plain value this lets type checkers know that the name is a variant.
    FAST: ClassVar[Mode] = entry(value="fast")


def use_enums() -> None:
    assert_type(Color.RED, Color)
    assert_type(Color.RED.code, int)
    assert_type(Color.get("RED"), Color)
    assert_type(Color("RED"), Color)
    assert_type([each.code for each in Color], list[int])
    assert_type(list(Color.all_entries()), list[Color])
    assert_type(len(Color), int)
    cost = Color.def_attr("cost", default=0)
    assert_type(cost, EnumAttrMap)
    cost[Color.RED] = 3
    assert_type(Level.get(10).value, int)
    assert_type(Level(10).name, str)
    assert_type(Mode.FAST.value, str)


@tvm_ffi.register_error
class ShapeError(ValueError):
    def axis(self) -> int:
        return 0


@tvm_ffi.register_error("user_project.LayoutError")
class LayoutError(RuntimeError):
    pass


@tvm_ffi.register_global_func("user_project.fail")
def fail() -> None:
    raise ShapeError("wrong shape")


def use_errors() -> None:
    try:
        fail()
    except ShapeError as error:
        assert_type(error.axis(), int)
