# SPDX-License-Identifier: Apache-2.0
"""Tensors: import, export and metadata."""

from __future__ import annotations

import ctypes
import gc
import sys
import weakref

import numpy as np
import pytest
import tvm_ffi
from fake_framework import DLTensor

echo = tvm_ffi.get_global_func("testing.echo")


@pytest.mark.parametrize(
    "dtype", ["int8", "int64", "uint8", "uint32", "float16", "float32", "float64"]
)
def test_numpy_round_trip_shares_memory(dtype):
    array = np.arange(6, dtype=dtype).reshape(2, 3)
    tensor = tvm_ffi.from_dlpack(array)
    assert tensor.dtype == dtype
    assert tensor.data_ptr() == array.ctypes.data
    back = np.from_dlpack(tensor)
    back[0, 0] = 42
    assert array[0, 0] == 42


def test_metadata():
    tensor = tvm_ffi.from_dlpack(np.zeros((2, 3, 4), dtype="int32"))
    assert tensor.shape == (2, 3, 4)
    assert type(tensor.shape) is tuple
    assert tensor.strides == (12, 4, 1)
    assert tensor.ndim == 3
    assert tensor.numel() == 24
    assert (tensor.size(0), tensor.size(-1)) == (2, 4)
    assert tensor.device == tvm_ffi.device("cpu", 0)
    assert tensor.__dlpack_device__() == (1, 0)
    assert tensor.is_contiguous()


def test_zero_dimensional_tensor():
    tensor = tvm_ffi.from_dlpack(np.array(3.0))
    assert (tensor.shape, tensor.strides, tensor.ndim, tensor.numel()) == ((), (), 0, 1)
    assert tensor.is_contiguous()


def test_size_out_of_range():
    tensor = tvm_ffi.from_dlpack(np.zeros((2,)))
    for index in (1, -2, 100, 2**70, -(2**70)):
        with pytest.raises(IndexError, match=f"Dimension {index} out of range for tensor with 1"):
            tensor.size(index)


def test_views_keep_strides_and_offset():
    base = np.arange(20, dtype="float32").reshape(4, 5)
    view = base[1:, ::2]
    tensor = tvm_ffi.from_dlpack(view)
    assert tensor.strides == (5, 2)
    assert not tensor.is_contiguous()
    assert tensor.data_ptr() == view.ctypes.data
    assert tvm_ffi.from_dlpack(base[:0]).is_contiguous()


def test_requirements_of_import():
    strided = np.arange(10)[::2]
    with pytest.raises(RuntimeError, match="FromDLPack: Tensor is not contiguous."):
        tvm_ffi.from_dlpack(strided, require_contiguous=True)
    odd = np.zeros(65, dtype="uint8")
    address = odd.ctypes.data
    shifted = odd[1:] if address % 2 == 0 else odd
    with pytest.raises(RuntimeError, match="FromDLPack: Data is not aligned to 64 bytes."):
        tvm_ffi.from_dlpack(shifted, require_alignment=64)
    with pytest.raises(TypeError):
        tvm_ffi.from_dlpack(odd, 8)


def test_a_failed_import_leaves_the_producer_alone():
    array = np.arange(10)
    before = sys.getrefcount(array)
    for _ in range(20):
        with pytest.raises(RuntimeError):
            tvm_ffi.from_dlpack(array[::2], require_contiguous=True)
    gc.collect()
    assert sys.getrefcount(array) == before


def test_capsules_are_consumed_once():
    capsule = np.arange(3).__dlpack__()
    tensor = tvm_ffi.from_dlpack(capsule)
    assert tensor.shape == (3,)
    assert "used_dltensor" in repr(capsule)
    with pytest.raises(TypeError, match="either a compatible tensor or PyCapsule"):
        tvm_ffi.from_dlpack(capsule)
    for value in (3, None, "x", [1]):
        with pytest.raises(TypeError, match="either a compatible tensor or PyCapsule"):
            tvm_ffi.from_dlpack(value)


def test_producer_returning_a_used_capsule():
    class Producer:
        def __init__(self):
            self.capsule = np.arange(3).__dlpack__()

        def __dlpack__(self):
            return self.capsule

    producer = Producer()
    tvm_ffi.from_dlpack(producer)
    with pytest.raises(ValueError, match="PyCapsule can only be consumed once"):
        tvm_ffi.from_dlpack(producer)
    producer.capsule = 5
    with pytest.raises(ValueError, match="Expect a dltensor field"):
        echo(producer)


def test_imported_memory_lives_as_long_as_the_tensor():
    class Tracked(np.ndarray):
        pass

    array = np.arange(4).view(Tracked)
    ref = weakref.ref(array)
    tensor = tvm_ffi.from_dlpack(array)
    again = tvm_ffi.from_dlpack(tensor)
    del array, tensor
    gc.collect()
    assert ref() is not None
    del again
    gc.collect()
    assert ref() is None


def test_unconsumed_capsules_release_the_tensor():
    use_count = tvm_ffi.get_global_func("testing.object_use_count")
    tensor = tvm_ffi.from_dlpack(np.arange(4))
    plain, versioned = tensor._to_dlpack(), tensor._to_dlpack_versioned()
    assert use_count(tensor) == 3
    del plain, versioned
    assert use_count(tensor) == 1


def test_dlpack_versions():
    tensor = tvm_ffi.from_dlpack(np.arange(4))
    assert '"dltensor"' in repr(tensor.__dlpack__())
    assert '"dltensor"' in repr(tensor.__dlpack__(max_version=(0, 8)))
    assert '"dltensor_versioned"' in repr(tensor.__dlpack__(max_version=(1, 0)))
    assert '"dltensor_versioned"' in repr(tensor.__dlpack__(max_version=(2, 5), dl_device=(1, 0)))
    with pytest.raises(BufferError, match="dl_device of different type not supported"):
        tensor.__dlpack__(max_version=(1, 0), dl_device=(2, 0))
    with pytest.raises(BufferError, match="copy not yet supported"):
        tensor.__dlpack__(max_version=(1, 0), copy=True)
    with pytest.raises(BufferError, match="Unsupported max_version"):
        tensor.__dlpack__(max_version=(-1, 0))


def test_versioned_capsules_are_imported():
    tensor = tvm_ffi.from_dlpack(np.arange(4))
    assert tvm_ffi.from_dlpack(tensor._to_dlpack_versioned()).data_ptr() == tensor.data_ptr()


def test_arrays_as_arguments_become_tensors():
    array = np.arange(4, dtype="float32")
    tensor = echo(array)
    assert isinstance(tensor, tvm_ffi.Tensor)
    assert tensor.data_ptr() == array.ctypes.data
    nested = echo([array, {"k": array}])
    assert nested[1]["k"].data_ptr() == array.ctypes.data


def test_read_only_and_unsupported_arrays_fail_with_numpys_error():
    array = np.arange(4)
    array.flags.writeable = False
    with pytest.raises(BufferError):
        echo(array)
    with pytest.raises(BufferError):
        echo(np.array(["text"], dtype=object))


def test_numpy_scalars_are_numbers():
    assert echo(np.int32(5)) == 5
    assert echo(np.float32(0.5)) == 0.5
    assert echo(np.uint64(2**64 - 1)) == 2**64 - 1


def test_array_arguments_are_released_after_the_call():
    array = np.arange(4)
    before = sys.getrefcount(array)
    nop = tvm_ffi.get_global_func("testing.nop")
    for _ in range(50):
        nop(array, [array])
    assert sys.getrefcount(array) == before


def test_identity_is_that_of_the_object():
    tensor = tvm_ffi.from_dlpack(np.arange(4))
    assert echo(tensor) == tensor
    assert echo(tensor).same_as(tensor)
    other = tvm_ffi.from_dlpack(tensor)
    assert not other.same_as(tensor)
    assert other.data_ptr() == tensor.data_ptr()


def test_tensors_without_handle_raise():
    empty = tvm_ffi.Tensor.__new__(tvm_ffi.Tensor)
    assert repr(empty) == "Tensor(chandle=None)"
    for member in ("shape", "strides", "dtype", "device", "ndim"):
        with pytest.raises(ValueError, match="chandle=None"):
            getattr(empty, member)
    for method in ("numel", "data_ptr", "is_contiguous", "__dlpack__", "_to_dlpack"):
        with pytest.raises(ValueError, match="chandle=None"):
            getattr(empty, method)()
    with pytest.raises(ValueError, match="chandle=None"):
        echo(empty)


def test_moving_a_tensor_moves_its_metadata():
    tensor = tvm_ffi.from_dlpack(np.arange(4))
    target = tvm_ffi.Tensor.__new__(tvm_ffi.Tensor)
    target.__move_handle_from__(tensor)
    assert target.shape == (4,)
    with pytest.raises(ValueError):
        tensor.shape  # noqa: B018


def test_complex_arrays_import_but_have_no_dtype_name():
    tensor = tvm_ffi.from_dlpack(np.zeros(2, dtype="complex64"))
    with pytest.raises(ValueError, match="DLDataType contains unknown type_code=5"):
        tensor.dtype  # noqa: B018
    assert repr(tensor) == f"Tensor({tensor.__chandle__()})"


def test_tensor_class_can_be_replaced():
    class MyTensor(tvm_ffi.core.Tensor):
        __slots__ = ()

    tvm_ffi.core._set_class_tensor(MyTensor)
    try:
        assert type(tvm_ffi.from_dlpack(np.arange(2))) is MyTensor
        assert type(echo(np.arange(2))) is MyTensor
        assert tvm_ffi.core._CLASS_TENSOR is MyTensor
        with pytest.raises(TypeError):
            tvm_ffi.core._set_class_tensor(int)
    finally:
        tvm_ffi.core._set_class_tensor(tvm_ffi.core.Tensor)


def test_strides_helper():
    assert tvm_ffi.core._make_strides_from_shape((2, 3, 4)) == (12, 4, 1)
    assert tvm_ffi.core._make_strides_from_shape(()) == ()
    with pytest.raises(TypeError):
        tvm_ffi.core._make_strides_from_shape([1])


# ---- streams ------------------------------------------------------------------------------------


def test_streams_are_per_device_and_restored():
    cuda = tvm_ffi.device("cuda", 0)
    assert tvm_ffi.get_raw_stream(cuda) == 0
    with tvm_ffi.use_raw_stream(cuda, 0x10) as context:
        assert tvm_ffi.get_raw_stream(cuda) == 0x10
        with tvm_ffi.use_raw_stream(cuda, ctypes.c_void_p(0x20)):
            assert tvm_ffi.get_raw_stream(cuda) == 0x20
            assert tvm_ffi.get_raw_stream(tvm_ffi.device("cuda", 1)) == 0
        assert tvm_ffi.get_raw_stream(cuda) == 0x10
        assert (context.device_type, context.device_id, context.stream) == (2, 0, 0x10)
    assert tvm_ffi.get_raw_stream(cuda) == 0


def test_streams_are_restored_after_exceptions():
    cuda = tvm_ffi.device("cuda", 0)
    with pytest.raises(KeyError), tvm_ffi.use_raw_stream(cuda, 0x10):
        raise KeyError
    assert tvm_ffi.get_raw_stream(cuda) == 0


def test_stream_argument_errors():
    cuda = tvm_ffi.device("cuda", 0)
    with pytest.raises(ValueError, match="only accepts int or c_void_p"):
        tvm_ffi.use_raw_stream(cuda, "x")
    with pytest.raises(OverflowError):
        tvm_ffi.core._env_set_current_stream(2, 0, -1)
    with pytest.raises(OverflowError):
        tvm_ffi.core._env_set_current_stream(2, 0, 2**64)
    with pytest.raises(TypeError, match="an integer is required"):
        tvm_ffi.core._env_set_current_stream(2, 0, ctypes.c_void_p(1))


def test_cuda_stream_protocol_is_a_pointer():
    class Stream:
        def __cuda_stream__(self):
            return (0, 0x1234)

    class Wrong:
        def __cuda_stream__(self):
            return [0, 1]

    class Text:
        def __cuda_stream__(self):
            return (0, "7")

    assert echo(Stream()).value == 0x1234
    with pytest.raises(TypeError, match="an integer is required"):
        echo(Text())
    with pytest.raises(TypeError, match="Expected tuple, got list"):
        echo(Wrong())


def test_a_lent_view_ends_with_the_callback():
    shape = (ctypes.c_int64 * 2)(2, 3)
    dtype = (1 << 16) | (32 << 8)  # int32
    lent = DLTensor(None, 1, 0, 2, dtype, ctypes.addressof(shape), None, 0)
    argument = (ctypes.c_int64 * 2)(7, ctypes.addressof(lent))  # type index of DLTensor*, pointer
    result = (ctypes.c_int64 * 2)()
    seen = []
    callback = tvm_ffi.convert(lambda view: seen.append((view, view.shape)))
    handle = ctypes.c_void_p(callback.__chandle__())
    assert tvm_ffi.LIB.TVMFFIFunctionCall(handle, argument, 1, result) == 0
    kept, shape_seen = seen[0]
    assert shape_seen == (2, 3)
    with pytest.raises(ValueError, match="has no object behind it"):
        kept.shape  # noqa: B018
