# SPDX-License-Identifier: Apache-2.0
"""Tensors, devices, data types and containers with element types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Optional

import numpy
import tvm_ffi
from typing_extensions import assert_type


def tensors() -> None:
    tensor = tvm_ffi.from_dlpack(numpy.zeros((2, 3), dtype="float32"))
    assert_type(tensor, tvm_ffi.Tensor)
    assert_type(tensor.shape, tuple[int, ...])
    assert_type(tensor.dtype, tvm_ffi.dtype)
    assert_type(tensor.device, tvm_ffi.Device)
    assert_type(tensor.device.index, int)
    assert_type(tensor.is_contiguous(), bool)
    assert_type(tensor.data_ptr(), int)
    array: numpy.ndarray[Any, Any] = numpy.from_dlpack(tensor)
    assert array.ndim == tensor.ndim

    assert_type(tvm_ffi.device("cuda", 1), tvm_ffi.Device)
    assert_type(tvm_ffi.dtype("int8x4").with_lanes(1), tvm_ffi.dtype)
    assert_type(tvm_ffi.float32, tvm_ffi.dtype)
    assert_type(tvm_ffi.bool.is_bool, bool)
    assert_type(tvm_ffi.Shape((1, 2)), tvm_ffi.Shape)
    assert_type(tvm_ffi.Shape((1, 2))[0], int)
    assert_type(tvm_ffi.get_raw_stream(tensor.device), int)
    with tvm_ffi.use_raw_stream(tensor.device, 0):
        pass


def sequences(names: tvm_ffi.Array[str]) -> tvm_ffi.List[int]:
    assert_type(names[0], str)
    assert_type(names[1:], list[str])
    assert_type(len(names), int)
    assert_type([name.upper() for name in names], list[str])
    assert_type(tvm_ffi.Array([1, 2]), tvm_ffi.Array[int])
    assert_type(names + ["more"], tvm_ffi.Array[str])

    numbers = tvm_ffi.List([1, 2])
    numbers.append(3)
    numbers[0] = 4
    numbers[1:] = [5, 6]
    assert_type(numbers.pop(), int)
    assert_type(numbers + [7], tvm_ffi.List[int])
    # Arrays don't change, so one of a narrower type will do.
    assert_type(total(tvm_ffi.Array([1, 2])), int)
    return numbers


def total(values: tvm_ffi.Array[int | str]) -> int:
    return sum(each for each in values if isinstance(each, int))


def mappings(ages: tvm_ffi.Map[str, int]) -> tvm_ffi.Dict[str, float]:
    assert_type(ages["a"], int)
    assert_type(ages.get("a"), Optional[int])
    assert_type(ages.get("a", 0), int)
    assert_type(iter(ages), Iterator[str])
    for name, age in ages.items():
        assert_type(name, str)
        assert_type(age, int)
    assert_type(tvm_ffi.Map({"a": 1}), tvm_ffi.Map[str, int])

    weights = tvm_ffi.Dict({"a": 1.0})
    weights["b"] = 2.0
    assert_type(weights.pop("a"), float)
    assert_type(weights.pop("a", None), Optional[float])
    assert_type(list(weights.values()), list[float])
    weights.update({"c": 3.0})
    return weights


def conversions() -> None:
    assert_type(tvm_ffi.convert([1, 2]), Any)
