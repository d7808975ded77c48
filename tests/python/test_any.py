# SPDX-License-Identifier: Apache-2.0
"""``CAny``: an owned FFI value as a Python object."""

from __future__ import annotations

import ctypes
import gc
import sys

import numpy as np
import pytest
import tvm_ffi
from tvm_ffi import CAny, core
from tvm_ffi.core import TypeSchema

use_count = tvm_ffi.get_global_func("testing.object_use_count")


@pytest.mark.parametrize(
    ("value", "type_index", "text"),
    [
        (None, 0, "CAny(None)"),
        (5, 1, "CAny(int=5)"),
        (-(2**63), 1, "CAny(int=-9223372036854775808)"),
        (True, 2, "CAny(bool=True)"),
        (False, 2, "CAny(bool=False)"),
        (1.5, 3, "CAny(float=1.5)"),
        ("short", 11, "CAny(type_index=11)"),
        ("a long string", 65, "CAny(object, type_index=65)"),
        (b"short", 12, "CAny(type_index=12)"),
        (b"a long string", 66, "CAny(object, type_index=66)"),
        ([1], 71, "CAny(object, type_index=71)"),
        ({}, 72, "CAny(object, type_index=72)"),
        (2**70, 78, "CAny(object, type_index=78)"),
    ],
)
def test_a_value_is_held_in_its_ffi_form(value, type_index, text):
    held = CAny(value)
    assert held.type_index == type_index
    assert repr(held) == text


def test_no_value_is_none():
    assert CAny().type_index == 0


@pytest.mark.parametrize("value", ["", "seven b", "a long string"])
def test_text_reads_as_the_string_classes(value):
    text = core._to_py_class_value(CAny(value))
    data = core._to_py_class_value(CAny(value.encode()))
    assert (type(text), text) == (core.String, value)
    assert (type(data), data) == (core.Bytes, value.encode())


def test_a_value_can_be_read_repeatedly_and_outlives_its_holder():
    array = tvm_ffi.Array([1, 2])
    held = CAny(array)
    first, second = core._to_py_class_value(held), core._to_py_class_value(held)
    assert first.same_as(array)
    assert second.same_as(array)
    del held, array
    assert list(first) == [1, 2]


def test_holding_a_value_takes_exactly_one_reference():
    array = tvm_ffi.Array([1])
    assert use_count(array) == 1
    held = CAny(array)
    assert use_count(array) == 2
    for _ in range(100):
        core._to_py_class_value(held)
    del held
    assert use_count(array) == 1


def test_python_objects_are_released_with_their_holder():
    payload = object()
    before = sys.getrefcount(payload)
    holders = [CAny(payload), CAny([payload]), CAny({"k": payload})]
    assert sys.getrefcount(payload) == before + 3
    del holders
    gc.collect()
    assert sys.getrefcount(payload) == before


def test_holders_are_equal_by_identity():
    assert CAny(5) != CAny(5)


def test_wrong_arguments():
    with pytest.raises(
        TypeError, match=r"^__init__\(\) takes at most 1 positional argument \(2 given\)$"
    ):
        CAny(1, 2)
    with pytest.raises(TypeError, match="expected tvm_ffi.core.CAny, got int"):
        core._to_py_class_value(5)
    with pytest.raises(UnicodeEncodeError):
        CAny("\ud800")


def test_an_rvalue_reference_is_moved_in():
    array = tvm_ffi.Array([1])
    held = CAny(array._move())
    assert array.__chandle__() == 0
    assert list(core._to_py_class_value(held)) == [1]


class RawAny(ctypes.Structure):
    _fields_ = [
        ("type_index", ctypes.c_int32),
        ("padding", ctypes.c_uint32),
        ("v", ctypes.c_void_p),
    ]


def call_with_view(callback, tensor):
    """Call as native code does that lends a ``DLTensor`` which no object owns."""
    header_size, tensor_view = 24, 7
    argument = RawAny(tensor_view, 0, tensor.__chandle__() + header_size)
    result = RawAny()
    function = tvm_ffi.convert_func(callback)
    call = tvm_ffi.LIB.TVMFFIFunctionCall
    call(function.__ctypes_handle__(), ctypes.byref(argument), 1, ctypes.byref(result))


def test_a_borrowed_tensor_view_is_refused():
    errors = []

    def keep(view):
        for call in (CAny, TypeSchema("Any").convert, TypeSchema("Tensor").convert):
            try:
                call(view)
            except (ValueError, TypeError) as error:
                errors.append(str(error))

    call_with_view(keep, tvm_ffi.from_dlpack(np.arange(2)))
    assert errors == [
        "a borrowed view of a tensor cannot be kept",
        "type conversion failed for Any: expected Any, got Tensor",
        "type conversion failed for Tensor: expected Tensor, got Tensor",
    ]
