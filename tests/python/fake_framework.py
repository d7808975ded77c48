# SPDX-License-Identifier: Apache-2.0
"""A package with tensors of its own, made with ctypes, for tests of the DLPack exchange API.

It plays the part of torch without its size, and can claim any device: the memory is that of the
CPU, and nothing here looks at it.
"""

from __future__ import annotations

import ctypes

import tvm_ffi

CUDA = 2

_keep_alive: list = []  # memory that exported tensors refer to; tests are short


class DLTensor(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.c_void_p),
        ("device_type", ctypes.c_int32),
        ("device_id", ctypes.c_int32),
        ("ndim", ctypes.c_int32),
        ("dtype", ctypes.c_uint32),
        ("shape", ctypes.c_void_p),
        ("strides", ctypes.c_void_p),
        ("byte_offset", ctypes.c_uint64),
    ]


DELETER = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)


class ManagedTensor(ctypes.Structure):
    _fields_ = [("tensor", DLTensor), ("context", ctypes.c_void_p), ("deleter", DELETER)]


class ManagedTensorVersioned(ctypes.Structure):
    _fields_ = [
        ("major", ctypes.c_uint32),
        ("minor", ctypes.c_uint32),
        ("context", ctypes.c_void_p),
        ("deleter", DELETER),
        ("flags", ctypes.c_uint64),
        ("tensor", DLTensor),
    ]


ALLOCATOR = ctypes.PYFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p
)
FROM_PY = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object, ctypes.POINTER(ctypes.c_void_p))
TO_PY = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p))
STREAM = ctypes.PYFUNCTYPE(
    ctypes.c_int, ctypes.c_int32, ctypes.c_int32, ctypes.POINTER(ctypes.c_void_p)
)


class ExchangeApi(ctypes.Structure):
    _fields_ = [
        ("major", ctypes.c_uint32),
        ("minor", ctypes.c_uint32),
        ("prev", ctypes.c_void_p),
        ("allocator", ALLOCATOR),
        ("from_py", FROM_PY),
        ("to_py", TO_PY),
        ("dltensor_from_py", ctypes.c_void_p),
        ("current_work_stream", STREAM),
    ]


def new_capsule(pointer, name):
    """Return a capsule without destructor."""
    new = ctypes.pythonapi.PyCapsule_New
    new.restype = ctypes.py_object
    new.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    return new(pointer, name, None)


def take_versioned(capsule):
    """Consume a versioned capsule and return the address of its managed tensor."""
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    pointer = get(capsule, b"dltensor_versioned")
    rename = ctypes.pythonapi.PyCapsule_SetName
    rename.argtypes = [ctypes.py_object, ctypes.c_char_p]
    rename(capsule, b"used_dltensor_versioned")
    return pointer


def new_dltensor(device_type=1, device_id=0):
    """Return four float32 numbers that claim to be on a device."""
    data, shape = (ctypes.c_float * 4)(1, 2, 3, 4), (ctypes.c_int64 * 1)(4)
    _keep_alive.append((data, shape))
    float32 = 2 | (32 << 8) | (1 << 16)
    return DLTensor(
        ctypes.addressof(data), device_type, device_id, 1, float32, ctypes.addressof(shape), None, 0
    )


def device_tensor(device_type=1, device_id=0):
    """Return a ``tvm_ffi.Tensor`` on a device."""
    managed = ManagedTensor(new_dltensor(device_type, device_id), None, DELETER())
    _keep_alive.append(managed)
    return tvm_ffi.from_dlpack(new_capsule(ctypes.addressof(managed), b"dltensor"))


class Framework:
    """A package whose class ``Tensor`` publishes an exchange API.

    ``stream`` is what it reports as the current stream of every device, None for a failure. The
    counters tell how often the package was asked to export, import and name a stream.
    """

    def __init__(self, stream=0x77, allocator=None):
        class FrameworkTensor:
            def __init__(self, tensor):
                self.tensor = tensor

        self.Tensor = FrameworkTensor
        self.exports = self.imports = 0
        self.asked_devices = []
        self.can_import = True
        self.stream = stream
        # The table must live as long as the process.
        self.api = ExchangeApi(
            1,
            3,
            None,
            ALLOCATOR() if allocator is None else allocator,
            FROM_PY(self._from_py),
            TO_PY(self._to_py),
            None,
            STREAM(self._current_work_stream),
        )
        _keep_alive.append(self)
        FrameworkTensor.__dlpack_c_exchange_api__ = ctypes.addressof(self.api)

    def tensor(self, device_type=1, device_id=0):
        """Return a tensor of this package on a device."""
        return self.Tensor(device_tensor(device_type, device_id))

    def _from_py(self, obj, out):
        self.exports += 1
        out[0] = take_versioned(obj.tensor._to_dlpack_versioned())
        return 0

    def _to_py(self, managed, out):
        if not self.can_import:
            return -1
        self.imports += 1
        tensor = self.Tensor(tvm_ffi.from_dlpack(new_capsule(managed, b"dltensor_versioned")))
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(tensor))
        out[0] = id(tensor)
        return 0

    def _current_work_stream(self, device_type, device_id, out):
        self.asked_devices.append((device_type, device_id))
        if self.stream is None:
            return -1
        out[0] = self.stream
        return 0
