# SPDX-License-Identifier: Apache-2.0
"""jax and ml_dtypes: arrays that come through plain DLPack, and the narrow data types.

``make test-frameworks`` installs jax and runs this.
"""

from __future__ import annotations

import sys

import numpy as np
import pytest
import tvm_ffi
from tvm_ffi import core

jax = pytest.importorskip("jax")
jnp = pytest.importorskip("jax.numpy")
ml_dtypes = pytest.importorskip("ml_dtypes")

echo = tvm_ffi.get_global_func("testing.echo")
use_count = tvm_ffi.get_global_func("testing.object_use_count")


# ---- jax ----------------------------------------------------------------------------------------


@pytest.fixture
def array():
    return jnp.arange(6, dtype="float32").reshape(2, 3)


def test_arrays_become_tensors_on_the_same_memory(array):
    result = echo(array)
    assert type(result) is tvm_ffi.Tensor
    assert (result.shape, str(result.dtype)) == ((2, 3), "float32")
    assert result.data_ptr() == array.unsafe_buffer_pointer()
    assert np.from_dlpack(result).tolist() == array.tolist()


def test_from_dlpack_and_convert(array):
    for view in (tvm_ffi.from_dlpack(array), tvm_ffi.convert(array)):
        assert type(view) is tvm_ffi.Tensor
        assert view.device == tvm_ffi.device("cpu")
        assert jnp.array_equal(jnp.from_dlpack(view), array)


def test_arrays_inside_containers(array):
    result = echo([array, {"k": array}])
    assert type(result[0]) is tvm_ffi.Tensor
    assert type(result[1]["k"]) is tvm_ffi.Tensor


def test_callbacks_get_tensors_and_may_return_arrays(array):
    double = tvm_ffi.convert(lambda t: jnp.from_dlpack(t) * 2)
    assert np.from_dlpack(double(array)).tolist() == (array * 2).tolist()
    with pytest.raises(TypeError, match="must expose __dlpack_c_exchange_api__"):
        tvm_ffi.convert_func(print, tensor_cls=jax.Array)


DTYPES = ["bool", "int8", "int16", "int32", "uint8", "uint16", "uint32", "float16", "float32"]


@pytest.mark.parametrize("name", [*DTYPES, "bfloat16", "complex64"])
def test_every_element_type_passes(name):
    source = jnp.zeros(4, dtype=name)
    result = echo(source)
    assert result.shape == (4,)
    if name != "complex64":
        assert result.dtype == name


def test_jitted_functions_are_callables():
    func = echo(jax.jit(lambda x: x + 1))
    assert type(func) is tvm_ffi.Function
    assert np.from_dlpack(func(1)).item() == 2


def test_arrays_are_released(array):
    result = echo(array)
    before = sys.getrefcount(array)
    for _ in range(500):
        echo(array)
    assert sys.getrefcount(array) <= before + 1
    assert use_count(result) == 1


def test_data_types_of_jax_are_callables_and_those_of_arrays_are_numpys(array):
    assert type(echo(jnp.float32)) is tvm_ffi.Function  # a scalar class, as np.float32
    assert echo(array.dtype) == "float32"
    assert echo(jnp.dtype("bfloat16")) == "bfloat16"


# ---- ml_dtypes ----------------------------------------------------------------------------------

TRIPLES = {
    "int2": (0, 2),
    "uint2": (1, 2),
    "int4": (0, 4),
    "uint4": (1, 4),
    "bfloat16": (4, 16),
    "float8_e3m4": (7, 8),
    "float8_e4m3": (8, 8),
    "float8_e4m3b11fnuz": (9, 8),
    "float8_e4m3fn": (10, 8),
    "float8_e4m3fnuz": (11, 8),
    "float8_e5m2": (12, 8),
    "float8_e5m2fnuz": (13, 8),
    "float8_e8m0fnu": (14, 8),
    "float6_e2m3fn": (15, 6),
    "float6_e3m2fn": (16, 6),
    "float4_e2m1fn": (17, 4),
}


@pytest.mark.parametrize("name", [name for name in TRIPLES if hasattr(ml_dtypes, name)])
def test_narrow_dtypes_are_data_types(name):
    dtype = np.dtype(getattr(ml_dtypes, name))
    for result in (
        echo(dtype),
        tvm_ffi.convert(dtype),
        core._convert_numpy_dtype_to_ffi_dtype(dtype),
    ):
        assert type(result) is tvm_ffi.dtype
        assert (result.type_code, result.bits) == TRIPLES[name]
        assert result.lanes == 1


def test_the_numpy_table_has_the_narrow_types():
    table = tvm_ffi.dtype._NUMPY_DTYPE_TO_STR
    for name in ("bfloat16", "float8_e4m3fn", "float8_e5m2", "float4_e2m1fn"):
        assert table[np.dtype(getattr(ml_dtypes, name))] == name


def test_narrow_scalars_travel_as_they_are():
    scalar = ml_dtypes.bfloat16(1.5)
    assert echo(scalar) is scalar


def test_arrays_of_narrow_types_are_refused_by_numpy():
    with pytest.raises(BufferError):
        echo(np.zeros(3, dtype=ml_dtypes.bfloat16))
