# SPDX-License-Identifier: Apache-2.0
"""The add-on for a torch without DLPack exchange table: it is built here and its table called.

Any torch will do: the add-on does not care whether torch has a table of its own.
tests/python/test_build_torch_addon.py has the checks of the builder that need no torch.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading

import pytest
from fake_framework import (
    DELETER,
    FROM_PY,
    DLTensor,
    ExchangeApi,
    ManagedTensorVersioned,
)

torch = pytest.importorskip("torch")

CPU, CUDA, ROCM, EXT_DEV = 1, 2, 10, 12
SET_ERROR = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p)
FLOAT32 = (2, 32, 1)


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """Build the add-on for the CPU."""
    directory = tmp_path_factory.mktemp("addon")
    module = "tvm_ffi.utils._build_optional_torch_c_dlpack"
    command = [sys.executable, "-m", module, "--output-dir", str(directory)]
    subprocess.run(command, check=True)
    major, minor = torch.__version__.split(".")[:2]
    return directory / f"libtorch_c_dlpack_addon_torch{major}{minor}-cpu.so"


@pytest.fixture(scope="module")
def api(library):
    get = ctypes.CDLL(str(library)).TorchDLPackExchangeAPIPtr
    get.restype = ctypes.c_uint64
    assert get() == get() != 0
    return ExchangeApi.from_address(get())


def test_the_table_is_complete(api):
    assert (api.major, api.minor, api.prev) == (1, 3, None)
    assert all(
        (api.allocator, api.from_py, api.to_py, api.dltensor_from_py, api.current_work_stream)
    )


# ---- out of torch -------------------------------------------------------------------------------


def extents(address, ndim):
    return tuple((ctypes.c_int64 * ndim).from_address(address)) if ndim else ()


def describe(tensor):
    """Return data, device, element type, shape and strides of a DLTensor."""
    dtype = (tensor.dtype & 255, tensor.dtype >> 8 & 255, tensor.dtype >> 16)
    shape, strides = (extents(address, tensor.ndim) for address in (tensor.shape, tensor.strides))
    assert tensor.byte_offset == 0
    return tensor.data, (tensor.device_type, tensor.device_id), dtype, shape, strides


class Exported:
    """What the table makes of a torch tensor; the ``with`` statement ends its life."""

    def __init__(self, api, tensor):
        self.address = ctypes.c_void_p()
        assert api.from_py(tensor, ctypes.byref(self.address)) == 0
        self.managed = ManagedTensorVersioned.from_address(self.address.value)

    def __enter__(self):
        return self.managed

    def __exit__(self, *_):
        self.managed.deleter(self.address.value)


@pytest.mark.parametrize(
    "tensor",
    [
        torch.arange(6.0).reshape(2, 3),
        torch.arange(12.0).reshape(3, 4)[1:, ::2],
        torch.ones(2, 3).T,
        torch.tensor(5.0),
        torch.ones(1, 2, 1, 2, 1, 2, 1),
        torch.ones(3, requires_grad=True),
        torch.nn.Parameter(torch.ones(2)),
    ],
)
def test_views_and_owning_exports_describe_the_tensor(api, tensor):
    expected = (tensor.data_ptr(), (CPU, 0), FLOAT32, tuple(tensor.shape), tensor.stride())
    view = DLTensor()
    from_py = FROM_PY(api.dltensor_from_py)
    assert from_py(tensor, ctypes.cast(ctypes.byref(view), ctypes.POINTER(ctypes.c_void_p))) == 0
    assert describe(view) == expected
    with Exported(api, tensor) as managed:
        assert describe(managed.tensor) == expected
        assert (managed.major, managed.minor, managed.flags) == (1, 3, 0)


def test_tensors_without_elements_have_no_data(api):
    with Exported(api, torch.empty(0, 3)) as managed:
        data, _, _, shape, _ = describe(managed.tensor)
        assert (data, shape) == (None, (0, 3))


def test_an_export_keeps_the_memory_alive(api):
    source = torch.full((1000,), 7.0)
    with Exported(api, source) as managed:
        del source
        torch.full((1000,), 8.0)
        assert (ctypes.c_float * 1000).from_address(managed.tensor.data)[:] == [7.0] * 1000


def test_an_export_does_not_follow_changes_of_the_shape(api):
    source = torch.ones(1, 2, 3, 4, 5, 6)
    with Exported(api, source) as managed:
        source.squeeze_().transpose_(0, 1)
        assert describe(managed.tensor)[3:] == ((1, 2, 3, 4, 5, 6), (720, 360, 120, 30, 6, 1))


def test_an_export_may_be_deleted_in_any_thread(api):
    producer = Producer()
    exported = Exported(api, producer.to_torch(api))
    assert producer.deleted == 0
    thread = threading.Thread(target=exported.__exit__)
    thread.start()
    thread.join()
    assert producer.deleted == 1


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: 5, "expected a torch.Tensor, got int"),
        (lambda: torch.empty(2, device="meta"), "no counterpart of the torch device meta"),
        (lambda: torch.eye(3).to_sparse(), "no counterpart of the torch layout Sparse"),
        (lambda: torch.empty(2, dtype=torch.bits8), "no counterpart of the torch dtype Bits8"),
        (lambda: torch.ones(2, dtype=torch.complex64).conj(), "conjugate bit"),
        (lambda: torch.ones(2, dtype=torch.complex64).conj().imag, "negative bit"),
    ],
)
def test_what_dlpack_cannot_say_is_an_error(api, make, reason):
    value, view, managed = make(), DLTensor(), ctypes.c_void_p()
    from_py = FROM_PY(api.dltensor_from_py)
    with pytest.raises(RuntimeError, match=reason):
        from_py(value, ctypes.cast(ctypes.byref(view), ctypes.POINTER(ctypes.c_void_p)))
    with pytest.raises(RuntimeError, match=reason):
        api.from_py(value, ctypes.byref(managed))
    assert managed.value is None


# ---- into torch ---------------------------------------------------------------------------------


producers = []  # tensors refer to them


class Producer:
    """Float numbers of another library, which counts how often they are deleted."""

    def __init__(self, shape=(2, 3), strides=None, dtype=FLOAT32, device=(CPU, 0), **fields):
        self.data = (ctypes.c_float * 64)(*range(64))
        self.shape = (ctypes.c_int64 * len(shape))(*shape)
        self.strides = strides and (ctypes.c_int64 * len(strides))(*strides)
        self.deleted = 0
        code, bits, lanes = dtype
        tensor = DLTensor(
            ctypes.addressof(self.data),
            *device,
            len(shape),
            code | bits << 8 | lanes << 16,
            ctypes.addressof(self.shape),
            self.strides and ctypes.addressof(self.strides),
            fields.get("byte_offset", 0),
        )
        deleter = DELETER() if fields.get("no_deleter") else DELETER(self._delete)
        self.managed = ManagedTensorVersioned(fields.get("major", 1), 3, None, deleter, 0, tensor)
        producers.append(self)

    def _delete(self, _):
        self.deleted += 1

    def to_torch(self, api):
        out = ctypes.c_void_p()
        api.to_py(ctypes.addressof(self.managed), ctypes.byref(out))
        result = ctypes.cast(out, ctypes.py_object).value
        ctypes.pythonapi.Py_DecRef(ctypes.py_object(result))  # the cast has added a reference
        return result


def test_imports_own_their_source(api):
    producer = Producer()
    tensor = producer.to_torch(api)
    assert type(tensor) is torch.Tensor
    assert sys.getrefcount(tensor) == 2
    assert tensor.tolist() == [[0, 1, 2], [3, 4, 5]]
    tensor[0, 0] = 9
    assert producer.data[0] == 9
    row = tensor[1]
    del tensor
    assert producer.deleted == 0
    del row
    assert producer.deleted == 1


def test_imports_keep_strides_and_offset(api):
    assert Producer(strides=(1, 2)).to_torch(api).tolist() == [[0, 2, 4], [1, 3, 5]]
    assert Producer(strides=(0, 1), byte_offset=8).to_torch(api).tolist() == [[2, 3, 4]] * 2
    assert Producer(shape=()).to_torch(api).shape == ()
    assert Producer(shape=(0, 3)).to_torch(api).shape == (0, 3)
    assert Producer(no_deleter=True).to_torch(api)[0, 1] == 1


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"dtype": (3, 64, 1)}, "type with code 3, 64 bits and 1 lanes"),
        ({"dtype": (2, 32, 4)}, "type with code 2, 32 bits and 4 lanes"),
        ({"dtype": (0, 4, 1)}, "type with code 0, 4 bits and 1 lanes"),
        ({"device": (3, 0)}, "DLPack device type 3"),
        ({"device": (4, 0)}, "opencl"),  # fails in the midst of torch
        ({"strides": (-3, 1)}, "torch has no tensors with negative strides"),
        ({"strides": (1 << 62, 1), "shape": (8, 8)}, "overflows"),
        ({"shape": (1 << 40, 1 << 40)}, "overflows"),
        ({"shape": (1 << 62, 1)}, "overflows"),
        ({"shape": (-1, 2)}, "negative"),
        ({"major": 2}, "expected a tensor of DLPack 1, got one of version 2"),
    ],
)
def test_a_failed_import_leaves_the_source_to_the_caller(api, fields, reason):
    producer = Producer(**fields)
    with pytest.raises(RuntimeError, match=reason):
        producer.to_torch(api)
    assert producer.deleted == 0


# ---- element types ------------------------------------------------------------------------------

ELEMENT_TYPES = {
    "bool": (6, 8, 1),
    "uint8": (1, 8, 1),
    "uint16": (1, 16, 1),
    "uint32": (1, 32, 1),
    "uint64": (1, 64, 1),
    "int8": (0, 8, 1),
    "int16": (0, 16, 1),
    "int32": (0, 32, 1),
    "int64": (0, 64, 1),
    "float16": (2, 16, 1),
    "float32": (2, 32, 1),
    "float64": (2, 64, 1),
    "bfloat16": (4, 16, 1),
    "complex32": (5, 32, 1),
    "complex64": (5, 64, 1),
    "complex128": (5, 128, 1),
    "float8_e4m3fn": (10, 8, 1),
    "float8_e4m3fnuz": (11, 8, 1),
    "float8_e5m2": (12, 8, 1),
    "float8_e5m2fnuz": (13, 8, 1),
    "float8_e8m0fnu": (14, 8, 1),
    "float4_e2m1fn_x2": (17, 4, 2),
}
SUB_BYTE = {f"int{bits}": (0, 8, 1) for bits in range(1, 8)}
SUB_BYTE.update({f"uint{bits}": (1, 8, 1) for bits in range(1, 8)})


@pytest.mark.parametrize("name", [name for name in ELEMENT_TYPES if hasattr(torch, name)])
def test_element_types_both_ways(api, name):
    dtype, triple = getattr(torch, name), ELEMENT_TYPES[name]
    with Exported(api, torch.empty(2, dtype=dtype)) as managed:
        assert describe(managed.tensor)[2] == triple
    assert Producer(dtype=triple).to_torch(api).dtype is dtype


@pytest.mark.parametrize("name", [name for name in SUB_BYTE if hasattr(torch, name)])
def test_integers_of_less_than_a_byte_are_exported_as_bytes(api, name):
    with Exported(api, torch.empty(2, dtype=getattr(torch, name))) as managed:
        assert describe(managed.tensor)[2] == SUB_BYTE[name]


@pytest.mark.parametrize(
    ("device", "name"), [((CPU, 5), "cpu"), ((CUDA, 1), "cuda:1"), ((8, 1), "mps:1")]
)
def test_devices_of_imports(api, device, name):
    assert str(Producer(device=device).to_torch(api).device) == name


def test_device_numbers_of_exports(api):
    for device, expected in (
        ((CUDA, 1), (CUDA, 1)),
        ((EXT_DEV, 1), (EXT_DEV, 1)),
        ((8, 1), (8, 0)),
    ):
        with Exported(api, Producer(device=device).to_torch(api)) as managed:
            assert describe(managed.tensor)[1] == expected


# ---- allocator and streams ----------------------------------------------------------------------


def allocate(api, shape, dtype=FLOAT32, device=(CPU, 0)):
    """Return the address of a new managed tensor and the errors of the allocator."""
    prototype, out, errors = Producer(shape, dtype=dtype, device=device), ctypes.c_void_p(), []
    prototype.managed.tensor.data = None
    set_error = SET_ERROR(lambda ctx, kind, message: errors.append((ctx, kind, message)))
    status = api.allocator(
        ctypes.addressof(prototype.managed.tensor),
        ctypes.addressof(out),
        0x99,
        ctypes.cast(set_error, ctypes.c_void_p),
    )
    assert status == (-1 if errors else 0)
    return out.value, errors


@pytest.mark.parametrize(
    ("shape", "dtype", "strides"),
    [((2, 3), FLOAT32, (3, 1)), ((), (6, 8, 1), ()), ((4,), (5, 64, 1), (1,))],
)
def test_the_allocator_makes_tensors_like_its_prototype(api, shape, dtype, strides):
    address, errors = allocate(api, shape, dtype)
    assert errors == []
    managed = ManagedTensorVersioned.from_address(address)
    assert describe(managed.tensor)[1:] == ((CPU, 0), dtype, shape, strides)
    managed.deleter(address)


@pytest.mark.parametrize(
    ("shape", "fields", "reason"),
    [
        ((1 << 60,), {}, b"allocate"),
        ((2,), {"dtype": (3, 64, 1)}, b"code 3, 64 bits"),
        ((2,), {"device": (3, 0)}, b"device type 3"),
    ],
)
def test_an_allocator_that_fails_says_why(api, shape, fields, reason):
    address, ((context, kind, message),) = allocate(api, shape, **fields)
    assert (address, context, kind) == (None, 0x99, b"MemoryError")
    assert reason in message


def test_devices_without_streams_have_none(api):
    for device_type in (CPU, CUDA, ROCM, EXT_DEV):
        stream = ctypes.c_void_p(5)
        assert api.current_work_stream(device_type, 0, ctypes.byref(stream)) == 0
        assert stream.value is None


# ---- the package with it ------------------------------------------------------------------------

PROGRAM = """
import ctypes, sys, torch
sys.path.insert(0, sys.argv[2])
from fake_framework import new_capsule
get = ctypes.CDLL(sys.argv[1]).TorchDLPackExchangeAPIPtr
get.restype = ctypes.c_uint64
torch.Tensor.__dlpack_c_exchange_api__ = new_capsule(get(), b"dlpack_exchange_api")
import numpy, tvm_ffi
echo = tvm_ffi.get_global_func("testing.echo")
tensor = torch.ones(2, 3)
result = echo(tensor)
assert type(result) is torch.Tensor and result.data_ptr() == tensor.data_ptr()
assert type(echo([tensor])[0]) is torch.Tensor
reverse = numpy.arange(3)[::-1]
func = tvm_ffi.convert_func(lambda t: t.sum(), tensor_cls=torch.Tensor)
assert func(tensor).item() == 6
try:
    func(reverse)
except RuntimeError as e:
    assert "negative strides" in str(e)
print("ok")
"""


def test_the_package_uses_the_table(library):
    helpers = os.path.dirname(sys.modules["fake_framework"].__file__)
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(library), helpers],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.stdout.strip(), result.returncode) == ("ok", 0), result.stderr
