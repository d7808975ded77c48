# SPDX-License-Identifier: Apache-2.0
"""What type checkers must refuse: each marked line, with the code of mypy; nothing else."""

from __future__ import annotations

import tvm_ffi

from .records import Child, Color, Fixed, Level, Pair, Point


def constructors() -> None:
    Point()  # expect: call-arg
    Point("text")  # expect: arg-type
    Point(1, 2.0, [], None)  # expect: call-arg
    Point(1, colour=3)  # expect: call-arg
    Child(1, z="text")  # expect: arg-type
    Pair(1)  # expect: call-arg
    Fixed(value="text")  # expect: arg-type


def members(point: Point, fixed: Fixed) -> None:
    point.x = "text"  # expect: assignment
    print(point.x + "text")  # expect: operator
    print(point.unknown)  # expect: attr-defined
    fixed.value = 2  # expect: misc
    point.moved("far")  # expect: arg-type


def containers(names: tvm_ffi.Array[str], ages: tvm_ffi.Map[str, int]) -> None:
    names[0] = "text"  # expect: index
    names[0].no_method()  # expect: attr-defined
    numbers: tvm_ffi.List[int] = tvm_ffi.List([1])
    numbers.append("text")  # expect: arg-type
    ages["a"] = 1  # expect: index
    print(ages[0])  # expect: index
    tvm_ffi.Array()  # expect: call-arg


def functions(module: tvm_ffi.Module) -> None:
    tvm_ffi.get_global_func("name", allow_missing=True)()  # expect: misc
    tvm_ffi.get_global_func(1)  # expect: call-overload
    tvm_ffi.load_module(3)  # expect: arg-type
    module.get_function(3)  # expect: arg-type
    tvm_ffi.device(1.5)  # expect: arg-type
    tvm_ffi.structural_walk([], 3)  # expect: arg-type


def enums() -> None:
    Color.get(1.5)  # expect: arg-type
    print(Color.GREEN)  # expect: attr-defined
    Level.get(10).value.upper()  # expect: attr-defined
    tvm_ffi.register_error(3)  # expect: call-overload
