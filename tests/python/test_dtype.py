# SPDX-License-Identifier: Apache-2.0
"""``tvm_ffi.dtype`` and ``tvm_ffi.core.DataType``."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import tvm_ffi
from tvm_ffi import dtype
from tvm_ffi._dtype import DataTypeCode

echo = tvm_ffi.get_global_func("testing.echo")


@pytest.mark.parametrize(
    ("text", "code", "bits", "lanes", "size"),
    [
        ("int8", 0, 8, 1, 1),
        ("uint64", 1, 64, 1, 8),
        ("float32", 2, 32, 1, 4),
        ("bfloat16", 4, 16, 1, 2),
        ("bool", 6, 8, 1, 1),
        ("float8_e4m3fn", 10, 8, 1, 1),
        ("float32x4", 2, 32, 4, 16),
        ("float6_e2m3fnx4", 15, 6, 4, 3),
        ("float4_e2m1fnx2", 17, 4, 2, 1),
        ("f32", 2, 32, 1, 4),
        ("i16x2", 0, 16, 2, 4),
        ("bf16", 4, 16, 1, 2),
        ("fp8_e5m2", 12, 8, 1, 1),
        ("f4_e2m1fn_x2", 17, 4, 2, 1),
        ("", 3, 0, 0, 0),
    ],
)
def test_text_describes_a_triple(text, code, bits, lanes, size):
    value = dtype(text)
    assert (value.type_code, value.bits, value.lanes, value.itemsize) == (code, bits, lanes, size)
    assert value == text
    assert hash(value) == hash(text)
    assert repr(value) == f"dtype({text!r})"


@pytest.mark.parametrize("text", ["nope", "float32x", "int-8", "f32 ", "\0"])
def test_bad_text(text):
    with pytest.raises(ValueError):
        dtype(text)
    assert not dtype.is_dtype(text)


def test_bad_text_is_quoted_in_the_message():
    with pytest.raises(ValueError, match="unknown dtype `nope`"):
        dtype("nope")


def test_results_use_the_canonical_spelling():
    assert echo(dtype("f32")) == "float32"
    assert type(echo(dtype("f32"))) is dtype
    assert dtype("f32") != dtype("float32")


def test_anything_whose_text_is_a_dtype():
    assert dtype(np.dtype("int8")) == "int8"
    assert dtype.is_dtype(np.dtype("float32"))
    assert not dtype.is_dtype(np.float32)
    assert dtype.is_dtype(tvm_ffi.float32)


@pytest.mark.parametrize(
    ("lanes", "text"),
    [(4, "float32x4"), (1, "float32"), (0, "float32"), (-4, "float32xvscalex4")],
)
def test_with_lanes(lanes, text):
    assert dtype("float32").with_lanes(lanes) == text


@pytest.mark.parametrize("lanes", [40000, -40000])
def test_with_lanes_out_of_range(lanes):
    with pytest.raises(OverflowError, match="value too large to convert to int16_t"):
        dtype("float32").with_lanes(lanes)


def test_with_lanes_needs_an_integer():
    assert dtype("float32").with_lanes(np.int64(2)) == "float32x2"
    for lanes in ("2", 2.0, None):
        with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
            dtype("float32").with_lanes(lanes)


def test_scalable_vectors_have_no_size():
    value = dtype("float32").with_lanes(-4)
    assert value.lanes == -4
    with pytest.raises(ValueError, match="Cannot determine itemsize for scalable vector types"):
        value.itemsize  # noqa: B018


def test_classification():
    assert dtype("int8").is_integer
    assert dtype("uint8").is_integer
    assert dtype("bfloat16").is_float
    assert dtype("float4_e2m1fn").is_float
    assert dtype("bool").is_bool
    assert dtype("handle").is_handle
    assert not dtype("float32").is_integer


def test_from_dlpack_data_type():
    assert dtype.from_dlpack_data_type((2, 32, 1)) == "float32"
    assert dtype.from_dlpack_data_type((6, 1, 1)) == "bool1"
    assert dtype.from_dlpack_data_type((3, 64, 1)) == "handle"
    with pytest.raises(ValueError, match="DLDataType contains unknown type_code=5"):
        dtype.from_dlpack_data_type((5, 64, 1))
    with pytest.raises(OverflowError):
        dtype.from_dlpack_data_type((300, 8, 1))
    assert dtype.from_dlpack_data_type((2, 32, 1, "ignored")) == "float32"
    with pytest.raises(IndexError):
        dtype.from_dlpack_data_type((2, 32))


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_copies_keep_text_and_triple(duplicate):
    value = duplicate(dtype("f32"))
    assert type(value) is dtype
    assert value == "f32"
    assert (value.type_code, value.bits) == (2, 32)


def test_data_type_values():
    value = tvm_ffi.core.DataType("int32x4")
    assert (value.type_code, value.bits, value.lanes, value.itemsize) == (0, 32, 4, 16)
    assert str(value) == "int32x4"
    assert value == tvm_ffi.core.DataType("i32x4")
    assert value != tvm_ffi.core.DataType("int32")
    assert value != "int32x4"
    assert hash(value) == hash((0, 32, 4))
    assert pickle.loads(pickle.dumps(value)) == value
    assert echo(value) == "int32x4"
    empty = tvm_ffi.core.DataType.__new__(tvm_ffi.core.DataType)
    assert (empty.type_code, empty.bits, empty.lanes) == (0, 0, 0)
    with pytest.raises(AttributeError):
        tvm_ffi.core.DataType(3)
    with pytest.raises(TypeError):
        tvm_ffi.core.DataType()


@pytest.mark.parametrize("name", ["int8", "int64", "uint16", "float16", "float64"])
def test_numpy_dtypes_as_arguments(name):
    assert echo(np.dtype(name)) == name
    assert tvm_ffi.convert(np.dtype(name)) == name


@pytest.mark.parametrize("name", ["bool", "complex64"])
def test_numpy_dtypes_without_counterpart(name):
    with pytest.raises(ValueError, match="Unsupported numpy or ml_dtypes dtype"):
        echo(np.dtype(name))
    with pytest.raises(KeyError):
        tvm_ffi.convert(np.dtype(name))


def test_dlpack_data_type_protocol():
    class Typed:
        def __init__(self, triple):
            self.triple = triple

        def __dlpack_data_type__(self):
            return self.triple

    assert echo(Typed((2, 16, 1))) == "float16"
    assert tvm_ffi.convert(Typed((0, 8, 1))) == "int8"
    with pytest.raises(TypeError):
        echo(Typed([2, 16, 1]))
    with pytest.raises(IndexError):
        echo(Typed((2, 16)))


def test_numpy_accepts_our_dtypes():
    assert np.zeros(2, dtype=tvm_ffi.int32).dtype == np.int32
    assert dtype._NUMPY_DTYPE_TO_STR[np.dtype("bool")] == "bool"
    assert dtype._NUMPY_DTYPE_TO_STR[np.dtype("float32")] == "float32"


def test_literals():
    assert tvm_ffi.float32 == "float32"
    assert tvm_ffi.bool.is_bool
    assert tvm_ffi.float4_e2m1fnx2.lanes == 2
    assert tvm_ffi._dtype.float4_e2m1fn_x2 is tvm_ffi._dtype.float4_e2m1fnx2
    assert DataTypeCode.BFLOAT == tvm_ffi.bfloat16.type_code


def test_no_instance_attributes():
    with pytest.raises(AttributeError):
        dtype("int8").extra = 1
