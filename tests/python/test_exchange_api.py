# SPDX-License-Identifier: Apache-2.0
"""Tensors of frameworks through the DLPack exchange API: conversion, streams and allocators."""

from __future__ import annotations

import ctypes
import os
import pathlib
import subprocess
import sys
import weakref

import numpy as np
import pytest
import tvm_ffi
from fake_framework import (
    ALLOCATOR,
    CUDA,
    DELETER,
    FROM_PY,
    STREAM,
    TO_PY,
    ExchangeApi,
    Framework,
    ManagedTensorVersioned,
    device_tensor,
    new_capsule,
    new_dltensor,
)
from tvm_ffi import core

echo = tvm_ffi.get_global_func("testing.echo")
apply = tvm_ffi.get_global_func("testing.apply")
nop = tvm_ffi.get_global_func("testing.nop")
use_count = tvm_ffi.get_global_func("testing.object_use_count")


@pytest.fixture
def framework():
    return Framework()


def stream_during_call(*args, device=(CUDA, 0)):
    """Return the stream that native code called with ``args`` finds current for a device."""
    seen = []
    tvm_ffi.convert(lambda *_: seen.append(core._env_get_current_stream(*device)))(*args)
    assert core._env_get_current_stream(*device) == 0
    return seen[0]


# ---- results ------------------------------------------------------------------------------------


def test_framework_arguments_make_framework_results(framework):
    source = framework.tensor()
    result = echo(source)
    assert type(result) is framework.Tensor
    assert result.tensor.data_ptr() == source.tensor.data_ptr()


def test_framework_tensors_come_out_of_containers(framework):
    source = framework.tensor()
    nested = tvm_ffi.get_global_func("testing.make_nested_array_with_tensor")(source)
    assert type(nested[1]) is framework.Tensor
    assert type(nested[0][0]) is framework.Tensor
    assert nested[0][1] == 42
    mapping = tvm_ffi.get_global_func("testing.make_map_with_tensor")(source)
    assert type(mapping["tensor"]) is framework.Tensor
    assert type(next(iter(mapping.values()))) is framework.Tensor
    assert type(dict(mapping.items())["tensor"]) is framework.Tensor
    changing = tvm_ffi.get_global_func("testing.make_list_with_tensor")(source, 1)
    assert [type(element) for element in changing] == [framework.Tensor, int]


@pytest.mark.parametrize("wrap", [lambda t: [t], lambda t: (1, t), lambda t: {"k": [t]}])
def test_framework_tensors_inside_arguments_count_too(framework, wrap):
    result = apply(lambda *args: device_tensor(), wrap(framework.tensor()))
    assert type(result) is framework.Tensor


def test_containers_convert_their_tensors_when_they_are_read(framework):
    result = echo([framework.tensor(), [framework.tensor()]])
    assert framework.imports == 0
    first, second = result[0], result[1]
    assert framework.imports == 1
    assert type(first) is framework.Tensor
    assert type(second[0]) is framework.Tensor
    assert framework.imports == 2


def test_results_without_framework_arguments_are_plain(framework):
    assert type(echo(np.arange(2))) is tvm_ffi.Tensor
    assert type(echo(device_tensor())) is tvm_ffi.Tensor
    assert type(tvm_ffi.convert([framework.tensor()])[0]) is tvm_ffi.Tensor


def test_the_last_framework_argument_chooses_the_results():
    one, two = Framework(), Framework()
    assert type(apply(lambda a, b: a, one.tensor(), two.tensor())) is two.Tensor
    # A container speaks up only when no argument did.
    tagged = echo([one.tensor()])
    assert type(apply(lambda a, b: device_tensor(), tagged, two.tensor())) is two.Tensor
    assert type(apply(lambda a, b: device_tensor(), two.tensor(), tagged)) is two.Tensor
    assert type(apply(lambda a: device_tensor(), tagged)) is one.Tensor


def test_a_framework_that_refuses_a_result_leaves_it_plain(framework):
    source = framework.tensor()
    framework.can_import = False
    result = echo(source)
    assert type(result) is tvm_ffi.Tensor
    assert result.data_ptr() == source.tensor.data_ptr()
    del source
    assert use_count(result) == 1


# ---- arguments ----------------------------------------------------------------------------------


def test_the_exported_tensor_is_released_after_the_call(framework):
    source = framework.tensor()
    nop(source)
    with pytest.raises(KeyError):
        tvm_ffi.convert({}.__getitem__)(source)
    assert use_count(source.tensor) == 1


def test_from_dlpack_prefers_the_exchange_api(framework):
    source = framework.tensor()
    assert tvm_ffi.from_dlpack(source).data_ptr() == source.tensor.data_ptr()
    assert framework.exports == 1


def test_from_dlpack_falls_back_after_a_buffer_error_only():
    table = ExchangeApi(1, 3, None, ALLOCATOR(), FROM_PY(lambda obj, out: -1), TO_PY(), None)

    class Both:
        __dlpack_c_exchange_api__ = ctypes.addressof(table)

        def __dlpack__(self):
            return np.arange(3).__dlpack__()

    assert tvm_ffi.from_dlpack(Both()).shape == (3,)
    # An uninitialised test wrapper fails with ValueError, which is final.
    with pytest.raises(ValueError, match="was not initialized"):
        tvm_ffi.from_dlpack(core.DLTensorTestWrapper.__new__(core.DLTensorTestWrapper))


@pytest.mark.parametrize("attribute", ["text", None, 0, new_capsule(1, b"another name")])
def test_bad_exchange_api_attribute(attribute):
    bad = type("Bad", (), {"__dlpack_c_exchange_api__": attribute})
    with pytest.raises(ValueError, match="Expect a dlpack_exchange_api field"):
        echo(bad())


def test_errors_of_the_exchange_are_raised_unchanged():
    empty = core.DLTensorTestWrapper.__new__(core.DLTensorTestWrapper)
    with pytest.raises(ValueError, match="was not initialized"):
        echo(empty)
    with pytest.raises(ValueError, match="was not initialized"):
        echo([1, {"k": empty}])


def test_a_failure_without_error_is_a_buffer_error():
    table = ExchangeApi(1, 3, None, ALLOCATOR(), FROM_PY(lambda obj, out: -1), TO_PY(), None)
    failing = type("Failing", (), {"__dlpack_c_exchange_api__": ctypes.addressof(table)})
    with pytest.raises(BufferError, match="exchange API failed"):
        echo(failing())


def test_a_tensor_that_misses_a_requirement_is_given_back():
    deleted = []
    tensor = new_dltensor()
    tensor.byte_offset = 4
    managed = ManagedTensorVersioned(1, 3, None, DELETER(deleted.append), 0, tensor)

    @FROM_PY
    def export(obj, out):
        out[0] = ctypes.addressof(managed)
        return 0

    table = ExchangeApi(1, 3, None, ALLOCATOR(), export, TO_PY(), None)
    odd = type("Odd", (), {"__dlpack_c_exchange_api__": ctypes.addressof(table)})
    with pytest.raises(TypeError, match="either a compatible tensor or PyCapsule"):
        tvm_ffi.from_dlpack(odd(), require_alignment=4096)
    assert deleted == [ctypes.addressof(managed)]
    # The second attempt is `__dlpack__`, and what it gives must meet the requirement, too.
    odd.__dlpack__ = lambda self: np.zeros(8, "uint8").__dlpack__()
    assert tvm_ffi.from_dlpack(odd(), require_contiguous=True).shape == (4,)
    with pytest.raises(RuntimeError, match="not aligned to 1048576 bytes"):
        tvm_ffi.from_dlpack(odd(), require_alignment=1 << 20)


def test_the_environment_can_switch_the_exchange_off():
    program = (
        "import numpy, tvm_ffi\n"
        "from fake_framework import Framework\n"
        "framework = Framework()\n"
        "framework.Tensor.__dlpack__ = lambda self: numpy.arange(3).__dlpack__()\n"
        "echo = tvm_ffi.get_global_func('testing.echo')\n"
        "print(type(echo(framework.tensor())).__name__, framework.exports)\n"
    )
    for flag, expected in (("1", "Tensor 0"), ("0", "FrameworkTensor 1")):
        result = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "TVM_FFI_SKIP_DLPACK_C_EXCHANGE_API": flag},
            cwd=pathlib.Path(__file__).parent,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.stdout.strip() == expected, result.stderr


# ---- callbacks ----------------------------------------------------------------------------------


def test_callbacks_can_ask_for_framework_tensors(framework):
    seen = []
    func = tvm_ffi.convert_func(seen.append, tensor_cls=framework.Tensor)
    func(np.arange(3))
    func([np.arange(3), {"k": np.arange(2)}])
    assert type(seen[0]) is framework.Tensor
    assert framework.imports == 1  # containers convert lazily
    assert type(seen[1][0]) is framework.Tensor
    assert type(seen[1][1]["k"]) is framework.Tensor


def test_callbacks_without_tensor_class_get_plain_tensors(framework):
    seen = []
    tvm_ffi.convert(lambda *args: seen.extend(args))(framework.tensor(), [framework.tensor()])
    assert type(seen[0]) is tvm_ffi.Tensor
    assert type(seen[1][0]) is tvm_ffi.Tensor


def test_tensor_classes_of_callbacks_must_publish_the_api():
    with pytest.raises(
        TypeError, match="tensor_cls <class 'int'> must expose __dlpack_c_exchange_api__"
    ):
        tvm_ffi.convert_func(print, tensor_cls=int)


def test_a_framework_that_refuses_an_argument_fails_the_callback(framework):
    called = []
    func = tvm_ffi.convert_func(called.append, tensor_cls=framework.Tensor)
    framework.can_import = False
    source = device_tensor()
    with pytest.raises(RuntimeError, match="exchange API failed"):
        func(source)
    assert called == []
    assert use_count(source) == 1


# ---- streams ------------------------------------------------------------------------------------


def test_the_stream_of_a_device_tensor_is_current_during_the_call(framework):
    assert stream_during_call(framework.tensor(CUDA)) == 0x77
    assert framework.asked_devices == [(CUDA, 0)]
    assert stream_during_call(framework.tensor(CUDA, 3), device=(CUDA, 3)) == 0x77
    assert stream_during_call(framework.tensor(CUDA, 3), device=(CUDA, 0)) == 0


def test_tensors_on_the_cpu_set_no_stream(framework):
    assert stream_during_call(framework.tensor(), device=(1, 0)) == 0
    assert framework.asked_devices == []


def test_the_first_device_tensor_wins(framework):
    args = (framework.tensor(), framework.tensor(CUDA, 1), framework.tensor(CUDA, 2))
    assert stream_during_call(*args, device=(CUDA, 1)) == 0x77
    assert stream_during_call(*args, device=(CUDA, 2)) == 0
    assert set(framework.asked_devices) == {(CUDA, 1)}


@pytest.mark.parametrize("wrap", [lambda t: [t], lambda t: (1, [t]), lambda t: {"k": t}])
def test_streams_are_found_inside_containers(framework, wrap):
    assert stream_during_call(wrap(framework.tensor(CUDA))) == 0x77


def test_a_recorded_device_is_not_replaced_by_a_container(framework):
    args = (framework.tensor(CUDA, 1), [framework.tensor(CUDA, 2)])
    assert stream_during_call(*args, device=(CUDA, 1)) == 0x77
    assert stream_during_call(*args, device=(CUDA, 2)) == 0


def test_tagged_containers_name_the_stream_of_their_first_device_tensor(framework):
    tagged = echo([1, [framework.tensor()], framework.tensor(CUDA, 1), framework.tensor(CUDA, 2)])
    assert stream_during_call(tagged, device=(CUDA, 1)) == 0x77
    assert stream_during_call(tagged, device=(CUDA, 2)) == 0
    assert stream_during_call(echo([framework.tensor()]), device=(1, 0)) == 0
    # Without a tag nobody can be asked.
    assert stream_during_call(tvm_ffi.Array([device_tensor(CUDA)])) == 0


def test_streams_are_restored_when_the_call_fails(framework):
    cuda = tvm_ffi.device("cuda", 0)
    with tvm_ffi.use_raw_stream(cuda, 0x10):
        with pytest.raises(KeyError):
            tvm_ffi.convert({}.__getitem__)(framework.tensor(CUDA))
        assert tvm_ffi.get_raw_stream(cuda) == 0x10
        assert apply(lambda t: tvm_ffi.get_raw_stream(cuda), framework.tensor(CUDA)) == 0x77
        assert tvm_ffi.get_raw_stream(cuda) == 0x10


def test_a_conversion_that_fails_sets_no_stream(framework):
    with pytest.raises(UnicodeEncodeError):
        nop(framework.tensor(CUDA), "\ud800")
    assert core._env_get_current_stream(CUDA, 0) == 0


def test_a_framework_that_cannot_name_its_stream_is_no_error():
    framework = Framework(stream=None)
    assert stream_during_call(framework.tensor(CUDA)) == 0
    assert framework.asked_devices == [(CUDA, 0)]


def test_a_framework_without_streams_is_not_asked():
    framework = Framework()
    framework.api.current_work_stream = STREAM()
    assert stream_during_call(framework.tensor(CUDA)) == 0
    assert stream_during_call(echo([framework.tensor(CUDA)])) == 0


def test_dlpack_producers_may_name_their_stream():
    class Producer:
        def __init__(self, device_id):
            self.tensor = device_tensor(CUDA, device_id)

        def __dlpack__(self):
            return self.tensor.__dlpack__()

        def __tvm_ffi_env_stream__(self):
            return 0x99

    framework = Framework()
    args = (framework.tensor(CUDA, 0), Producer(1))
    assert stream_during_call(*args, device=(CUDA, 1)) == 0x99
    assert stream_during_call(*args, device=(CUDA, 0)) == 0
    assert stream_during_call(Producer(1), device=(CUDA, 1)) == 0x99


# ---- allocators ---------------------------------------------------------------------------------


def current_allocator():
    get = tvm_ffi.LIB.TVMFFIEnvGetDLPackManagedTensorAllocator
    get.restype = ctypes.c_void_p
    return get()


def test_the_allocator_of_a_framework_is_in_force_during_the_call():
    allocator = ALLOCATOR(lambda *args: -1)
    framework = Framework(allocator=allocator)
    address = ctypes.cast(allocator, ctypes.c_void_p).value
    before = current_allocator()
    seen = []
    record = tvm_ffi.convert(lambda *_: seen.append(current_allocator()))
    record(framework.tensor())
    record([framework.tensor()])
    record(echo([framework.tensor()]))
    record(device_tensor())
    assert seen == [address, address, address, before]
    with pytest.raises(KeyError):
        tvm_ffi.convert({}.__getitem__)(framework.tensor())
    assert current_allocator() == before


# ---- DLTensorTestWrapper ------------------------------------------------------------------------


def test_the_test_wrapper_shows_a_tensor_through_the_exchange_api():
    tensor = tvm_ffi.from_dlpack(np.arange(4.0))
    wrapper = core.DLTensorTestWrapper(tensor)
    assert type(core.DLTensorTestWrapper.__dlpack_c_exchange_api__).__name__ == "PyCapsule"
    assert wrapper.__dlpack_device__() == (1, 0)
    assert np.from_dlpack(wrapper).tolist() == [0.0, 1.0, 2.0, 3.0]
    assert "dltensor_versioned" in repr(wrapper.__dlpack__(max_version=(1, 0)))
    result = echo(wrapper)
    assert type(result) is tvm_ffi.Tensor
    assert not result.same_as(tensor)
    assert result.data_ptr() == tensor.data_ptr()
    wrapper.note = "instances have a dictionary"
    assert wrapper.__dict__ == {"note": "instances have a dictionary"}


def test_the_test_wrapper_takes_a_tensor_only():
    for args in ((), (1,), (None,), (device_tensor(), device_tensor())):
        with pytest.raises(TypeError):
            core.DLTensorTestWrapper(*args)
    empty = core.DLTensorTestWrapper.__new__(core.DLTensorTestWrapper)
    for method in (empty.__dlpack__, empty.__dlpack_device__, empty.__tvm_ffi_env_stream__):
        with pytest.raises(ValueError, match="was not initialized"):
            method()


def test_the_test_wrapper_reports_the_environments_stream():
    wrapper = core.DLTensorTestWrapper(device_tensor(CUDA, 1))
    assert wrapper.__tvm_ffi_env_stream__() == 0
    with tvm_ffi.use_raw_stream(tvm_ffi.device("cuda", 1), 0x42):
        assert wrapper.__tvm_ffi_env_stream__() == 0x42
        seen = []
        record = tvm_ffi.convert(lambda *_: seen.append(core._env_get_current_stream(CUDA, 1)))
        record(wrapper)
        record(echo([wrapper]))
        assert seen == [0x42, 0x42]


def test_the_test_wrapper_is_collected_with_its_cycle():
    class Marked(core.DLTensorTestWrapper):
        __slots__ = ("__weakref__",)

    wrapper = Marked(device_tensor())
    wrapper.me = wrapper
    gone = weakref.ref(wrapper)
    del wrapper
    import gc

    gc.collect()
    assert gone() is None


def test_a_failing_tensor_class_leaves_the_tensor_to_the_exporter():
    class Refusing(core.Tensor):
        def __new__(cls, *args):
            raise LookupError("no new tensors")

    tensor = device_tensor()
    wrapper = core.DLTensorTestWrapper(tensor)
    core._set_class_tensor(Refusing)
    try:
        with pytest.raises(LookupError):
            echo(wrapper)
    finally:
        core._set_class_tensor(core.Tensor)
    assert use_count(tensor) == 1
    core._testing_drop_last_ref_without_thread_state()
