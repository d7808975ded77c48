# SPDX-License-Identifier: Apache-2.0
"""Devices."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import tvm_ffi
from tvm_ffi import Device, DLDeviceType, device

echo = tvm_ffi.get_global_func("testing.echo")


@pytest.mark.parametrize(
    ("text", "code", "index", "name"),
    [
        ("cpu", 1, 0, "cpu"),
        ("cuda:1", 2, 1, "cuda"),
        ("cuda", 2, 0, "cuda"),
        ("metal", 8, 0, "metal"),
        ("mps", 8, 0, "metal"),
        ("rocm:3", 10, 3, "rocm"),
        ("wgpu", 15, 0, "webgpu"),
        ("ext_dev", 12, 0, "ext_dev"),
        ("trn", 18, 0, "trn"),
        ("cuda:-1", 2, -1, "cuda"),
        ("cuda:2 anything", 2, 2, "cuda"),
    ],
)
def test_from_text(text, code, index, name):
    dev = device(text)
    assert (dev.dlpack_device_type(), dev.index, dev.type) == (code, index, name)
    assert str(dev) == f"{name}:{index}"
    assert repr(dev) == f"device(type='{name}', index={index})"


@pytest.mark.parametrize("name", ["", "CUDA", "llvm", "cuda_host", "oneapi", "nvptx"])
def test_unknown_names(name):
    with pytest.raises(ValueError, match=f"Unknown device: {name}"):
        device(name)


def test_malformed_text():
    with pytest.raises(ValueError, match="Invalid device: a:b:c"):
        device("a:b:c")
    with pytest.raises(ValueError, match="Invalid device index: x"):
        device("cuda:x")


def test_index_argument():
    assert device("cuda", 2).index == 2
    assert device("cuda:1", 2).index == 1
    assert device("cuda", None).index == 0
    assert device("cuda", np.int64(3)).index == 3
    assert device("cuda", np.array(4)).index == 4
    with pytest.raises(TypeError, match="Invalid device index: 1.5"):
        device("cuda", 1.5)
    with pytest.raises(OverflowError, match="value too large to convert to int32_t"):
        device("cuda", 2**31)


def test_from_numbers():
    assert device(2, 1) == device("cuda:1")
    assert device(DLDeviceType.kDLCUDA).type == "cuda"
    with pytest.raises(OverflowError):
        device(2**31)
    with pytest.raises(TypeError):
        device(None)


def test_types_that_print_but_are_not_accepted():
    assert str(device(DLDeviceType.kDLCUDAHost)) == "cuda_host:0"
    assert str(device(DLDeviceType.kDLOneAPI, 1)) == "oneapi:1"


def test_types_without_name():
    unknown = device(99)
    for use in (str, repr, lambda dev: dev.type):
        with pytest.raises(KeyError):
            use(unknown)
    assert echo(unknown) == unknown


def test_equality_and_hash():
    assert device("cuda", 1) == device("cuda:1")
    assert device("cuda", 1) != device("cuda", 2)
    assert device("cpu") != "cpu:0"
    assert hash(device("cuda", 1)) == hash((2, 1))
    assert len({device("cpu"), device("cpu", 0)}) == 1
    with pytest.raises(TypeError):
        device("cpu") < device("cuda")  # noqa: B015


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_copies(duplicate):
    assert duplicate(device("cuda", 3)) == device("cuda", 3)


def test_round_trip():
    result = echo(device("cuda", 7))
    assert type(result) is Device
    assert result == device("cuda", 7)


def test_dlpack_device_protocol():
    class OnDevice:
        def __dlpack_device__(self):
            return (2, 5)

    class Wrong:
        def __dlpack_device__(self):
            return [2, 5]

    assert echo(OnDevice()) == device("cuda", 5)
    with pytest.raises(TypeError):
        echo(Wrong())


def test_device_class_can_be_replaced():
    class MyDevice(tvm_ffi.core.Device):
        def __device_type_name__(self):
            return "mine"

    tvm_ffi.core._set_class_device(MyDevice)
    try:
        result = echo(device("cuda", 1))
        assert type(result) is MyDevice
        assert str(result) == "mine:1"
        assert result.type == "mine"
        assert type(device("cpu")) is MyDevice
        result.extra = 1
    finally:
        tvm_ffi.core._set_class_device(tvm_ffi.core.Device)


def test_enum_values():
    assert DLDeviceType.kDLMAIA == 17
    assert DLDeviceType.kDLTrn == 18
    assert echo(DLDeviceType.kDLCUDA) == 2
