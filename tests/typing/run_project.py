# SPDX-License-Identifier: Apache-2.0
"""Runs the user's project with an ``assert_type`` that looks at the values, too."""

from __future__ import annotations

import collections.abc
from typing import Any, Union, get_args, get_origin

import tvm_ffi
import typing_extensions


def is_of(value: object, kind: Any) -> bool:
    """Return whether a value is of a type, down to the elements of sequences and mappings."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any:
        return True
    if origin is Union:
        return any(is_of(value, each) for each in arguments)
    if origin is None:
        return isinstance(value, kind)
    if origin is tuple and isinstance(value, tvm_ffi.Array):
        value = tuple(value)  # native tuples are unpacked and indexed like those of Python
    if not isinstance(value, origin):
        return False
    if isinstance(value, collections.abc.Mapping):
        return all(all(map(is_of, pair, arguments)) for pair in value.items())
    if isinstance(value, tuple) and Ellipsis not in arguments:
        return all(map(is_of, value, arguments))
    if isinstance(value, collections.abc.Sequence):
        return all(is_of(each, arguments[0]) for each in value)
    return True


def assert_type(value: object, kind: Any) -> None:
    """Require that a value is what type checkers say."""
    assert is_of(value, kind), f"{value!r} is no {kind}"


typing_extensions.assert_type = assert_type

from user_project import calls, records, traversals, values  # noqa: E402

calls.call()
values.tensors()
values.sequences(tvm_ffi.Array(["a", "b"]))
values.mappings(tvm_ffi.Map({"a": 1}))
values.conversions()
records.use_records()
records.use_enums()
records.use_errors()
assert traversals.count_points([records.Point(1), [records.Point(2)], "stop"]) == 2
traversals.rewrite([1, 2.0, records.Point(1)])
traversals.compare(records.Point(1), records.Point(2))
