# SPDX-License-Identifier: Apache-2.0
"""Containers, errors, tensors and dataclasses: one process, one package, JSON on standard output.

``run_python.py`` starts this under the published package and under ours.
"""

from __future__ import annotations

import copy
import json
import operator
import sys
from typing import Any, Callable

import numpy
import tvm_ffi
from measure import best_ns
from tvm_ffi.dataclasses import field, py_class


@py_class("benchmarks.Point", eq=True, unsafe_hash=True)
class Point(tvm_ffi.Object):
    x: int
    y: int
    weight: float
    name: str


@py_class("benchmarks.Tree", eq=True)
class Tree(tvm_ffi.Object):
    value: int
    children: list = field(default_factory=list)


def small_tree() -> Tree:
    """Return a root with two children of two leaves each."""
    return Tree(0, [Tree(index, [Tree(5), Tree(6)]) for index in range(2)])


def container_rows() -> dict[str, tuple[Callable[..., object], ...]]:
    """Return the rows that read and build containers."""
    values, table = list(range(100)), {f"key {index}": index for index in range(100)}
    array, ffi_list = tvm_ffi.Array(values), tvm_ffi.List(values)
    ffi_map, ffi_dict = tvm_ffi.Map(table), tvm_ffi.Dict(table)
    return {
        "Array[i]": (operator.getitem, array, 50),
        "List[i]": (operator.getitem, ffi_list, 50),
        "len(Array)": (len, array),
        "list(Array) of 100": (list, array),
        "x in Array of 100": (operator.contains, array, 99),
        "Map[k]": (operator.getitem, ffi_map, "key 50"),
        "Dict[k]": (operator.getitem, ffi_dict, "key 50"),
        "k in Map": (operator.contains, ffi_map, "key 50"),
        "len(Map)": (len, ffi_map),
        "list(Map.items()) of 100": (lambda: list(ffi_map.items()),),
        "Array(list of 100)": (tvm_ffi.Array, values),
        "List(list of 100)": (tvm_ffi.List, values),
        "Map(dict of 100)": (tvm_ffi.Map, table),
        "Dict[k] = v": (operator.setitem, ffi_dict, "key 50", 5),
    }


def raises(f: Callable[..., object], *args: object) -> None:
    """Call what raises."""
    try:
        f(*args)
    except ValueError:
        return
    raise AssertionError("no error")


def error_rows() -> dict[str, tuple[Callable[..., object], ...]]:
    """Return the rows in which errors cross the boundary."""
    native = tvm_ffi.get_global_func("testing.test_raise_error")
    apply = tvm_ffi.get_global_func("testing.apply")

    def callback() -> None:
        raise ValueError("message")

    return {
        "raise in C++": (raises, native, "ValueError", "message"),
        "raise in a callback": (raises, apply, callback),
    }


def round_trip_rows() -> dict[str, tuple[Callable[..., object], ...]]:
    """Return the rows of calls that come back through Python."""
    apply = tvm_ffi.get_global_func("testing.apply")
    echo = tvm_ffi.get_global_func("testing.echo")
    callback = tvm_ffi.convert(lambda x: x)
    return {
        "callback round trip": (apply, callback, 1),
        "echo str": (echo, "a string longer than seven bytes"),
        "echo object": (echo, tvm_ffi.Array([1])),
    }


def ten_reads(name: str) -> Callable[[object], None]:
    """Return a function that reads an attribute ten times: a call would cost more than a read."""
    namespace: dict[str, Any] = {}
    exec("def read(x):\n" + f"    x.{name}\n" * 10, namespace)
    return namespace["read"]


def attribute_rows() -> dict[str, tuple[Callable[..., object], ...]]:
    """Return the rows that read and make objects."""
    tensor = tvm_ffi.from_dlpack(numpy.zeros((3, 4), dtype="float32"))
    point, other, tree = Point(1, 2, 0.5, "name"), Point(1, 2, 0.5, "name"), small_tree()
    return {
        "Tensor.shape x10": (ten_reads("shape"), tensor),
        "Tensor.dtype x10": (ten_reads("dtype"), tensor),
        "Tensor.device x10": (ten_reads("device"), tensor),
        "py_class(4 fields)": (Point, 1, 2, 0.5, "name"),
        "py_class(4 fields, keywords)": (lambda: Point(x=1, y=2, weight=0.5, name="name"),),
        "field read x10": (ten_reads("x"), point),
        "field write": (setattr, point, "x", 1),
        "==": (operator.eq, point, other),
        "hash": (hash, point),
        "repr": (repr, point),
        "copy.copy": (copy.copy, point),
        "copy.deepcopy of a small tree": (copy.deepcopy, tree),
        "== of a small tree": (operator.eq, tree, small_tree()),
    }


def main() -> None:
    """Time every row and print ``{row: nanoseconds}``."""
    rows = {**container_rows(), **error_rows(), **round_trip_rows(), **attribute_rows()}
    results = {name: best_ns(*row, number=2_000, batches=15) for name, row in rows.items()}
    json.dump({"ns": results}, sys.stdout)


if __name__ == "__main__":
    main()
