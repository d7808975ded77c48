# SPDX-License-Identifier: Apache-2.0
"""The Python-level half of ``tvm_ffi.core``.

Imported once by the native module while that initialises; everything in ``EXPORTED`` is merged into
``tvm_ffi.core`` and says so in ``__module__``. Only cheap standard modules may be imported here,
because this runs at every ``import tvm_ffi``.
"""

from __future__ import annotations

from abc import ABCMeta
from enum import IntEnum

from tvm_ffi import _type_info, _type_schema, core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CObject = core.CObject


class _ObjectSlotsMeta(ABCMeta):
    """Metaclass of :class:`Object`: a class body without ``__slots__`` gets empty ones."""

    def __new__(
        mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **kwargs: Any
    ) -> Any:
        namespace.setdefault("__slots__", ())
        return super().__new__(mcls, name, bases, namespace, **kwargs)


class Object(CObject, metaclass=_ObjectSlotsMeta):
    """Base of the Python classes of FFI objects."""

    def _move(self) -> ObjectRValueRef:
        """Return a reference that lets the callee take this wrapper's object away."""
        return ObjectRValueRef(self)


class ObjectConvertible:
    """Base of classes that can be turned into an FFI object when they are passed as argument."""

    def asobject(self) -> Object:
        """Return the object to pass."""
        raise NotImplementedError()


class ObjectRValueRef:
    """An argument whose object the callee may take away from its wrapper.

    Attributes
    ----------
    obj
        The wrapper.

    """

    __slots__ = ["obj"]

    def __init__(self, obj: CObject) -> None:
        self.obj = obj


class PyNativeObject:
    """Base of Python value types that mirror an FFI object and remember it."""

    __slots__ = []
    if TYPE_CHECKING:  # in the slots or the dictionary of each subclass
        _tvm_ffi_cached_object: Any

    def __init_cached_object_by_constructor__(self, fconstructor: Any, *args: Any) -> None:
        """Create the FFI object with ``fconstructor(*args)`` and remember it."""
        cls = core._CLASS_OBJECT
        obj = cls.__new__(cls)
        obj.__init_handle_by_constructor__(fconstructor, *args)
        self._tvm_ffi_cached_object = obj


class String(str, PyNativeObject):
    """A ``str`` that remembers the FFI string it came from."""

    __slots__ = ["_tvm_ffi_cached_object"]

    def __new__(cls, value: Any) -> Any:
        self = str.__new__(cls, value)
        self._tvm_ffi_cached_object = None
        return self

    @staticmethod
    def __from_tvm_ffi_object__(cls: Any, obj: Any) -> Any:  # noqa: PLW0211
        """Build the value of an FFI string."""
        value: Any = core._string_content(obj)
        self = str.__new__(cls, value)
        self._tvm_ffi_cached_object = obj
        return self

    def __reduce_ex__(self, protocol: Any) -> Any:
        return (str, (str(self),))


class Bytes(bytes, PyNativeObject):
    """A ``bytes`` that remembers the FFI bytes it came from."""

    def __new__(cls, value: Any) -> Any:
        self = bytes.__new__(cls, value)
        self._tvm_ffi_cached_object = None
        return self

    @staticmethod
    def __from_tvm_ffi_object__(cls: Any, obj: Any) -> Any:  # noqa: PLW0211
        """Build the value of FFI bytes."""
        value: Any = core._string_content(obj)
        self = bytes.__new__(cls, value)
        self._tvm_ffi_cached_object = obj
        return self

    def __reduce_ex__(self, protocol: Any) -> Any:
        return (bytes, (bytes(self),))


class DLDeviceType(IntEnum):
    """Device types of DLPack."""

    kDLCPU = 1
    kDLCUDA = 2
    kDLCUDAHost = 3
    kDLOpenCL = 4
    kDLVulkan = 7
    kDLMetal = 8
    kDLVPI = 9
    kDLROCM = 10
    kDLROCMHost = 11
    kDLExtDev = 12
    kDLCUDAManaged = 13
    kDLOneAPI = 14
    kDLWebGPU = 15
    kDLHexagon = 16
    kDLMAIA = 17
    kDLTrn = 18


DEVICE_TYPE_TO_NAME = {
    DLDeviceType.kDLCPU: "cpu",
    DLDeviceType.kDLCUDA: "cuda",
    DLDeviceType.kDLCUDAHost: "cuda_host",
    DLDeviceType.kDLOpenCL: "opencl",
    DLDeviceType.kDLVulkan: "vulkan",
    DLDeviceType.kDLMetal: "metal",
    DLDeviceType.kDLVPI: "vpi",
    DLDeviceType.kDLROCM: "rocm",
    DLDeviceType.kDLROCMHost: "rocm_host",
    DLDeviceType.kDLExtDev: "ext_dev",
    DLDeviceType.kDLCUDAManaged: "cuda_managed",
    DLDeviceType.kDLOneAPI: "oneapi",
    DLDeviceType.kDLWebGPU: "webgpu",
    DLDeviceType.kDLHexagon: "hexagon",
    DLDeviceType.kDLMAIA: "maia",
    DLDeviceType.kDLTrn: "trn",
}

DEVICE_NAME_TO_TYPE = {
    "cpu": DLDeviceType.kDLCPU,
    "cuda": DLDeviceType.kDLCUDA,
    "opencl": DLDeviceType.kDLOpenCL,
    "vulkan": DLDeviceType.kDLVulkan,
    "metal": DLDeviceType.kDLMetal,
    "mps": DLDeviceType.kDLMetal,
    "vpi": DLDeviceType.kDLVPI,
    "rocm": DLDeviceType.kDLROCM,
    "ext_dev": DLDeviceType.kDLExtDev,
    "hexagon": DLDeviceType.kDLHexagon,
    "wgpu": DLDeviceType.kDLWebGPU,
    "webgpu": DLDeviceType.kDLWebGPU,
    "maia": DLDeviceType.kDLMAIA,
    "trn": DLDeviceType.kDLTrn,
}


def _convert_numpy_dtype_to_ffi_dtype(x: Any) -> Any:
    """Return the data type of a numpy dtype; KeyError when it has no counterpart."""
    from tvm_ffi import _foreign  # noqa: PLC0415

    return _foreign.convert_numpy_dtype(x)


def _convert_torch_dtype_to_ffi_dtype(x: Any) -> Any:
    """Return the data type of a torch dtype; KeyError when it has no counterpart."""
    from tvm_ffi import _foreign  # noqa: PLC0415

    return _foreign.convert_torch_dtype(x)


# Module attributes of `tvm_ffi.core` that stand for optional packages, imported on first use.
_FRAMEWORKS = {
    "torch": "torch",
    "numpy": "numpy",
    "ml_dtypes": "ml_dtypes",
    "cuda_driver": "cuda.bindings.driver",
}


def _get_framework(name: str) -> Any:
    """Return an optional package by its attribute name in ``tvm_ffi.core``, None if absent."""
    if name not in _FRAMEWORKS:
        raise AttributeError(f"module 'tvm_ffi.core' has no attribute {name!r}")
    import importlib  # noqa: PLC0415

    try:
        module = importlib.import_module(_FRAMEWORKS[name])
    except ImportError:
        return None
    return module if core._loaded_framework(_FRAMEWORKS[name]) else None


ERROR_NAME_TO_TYPE = {
    cls.__name__: cls
    for cls in (
        RuntimeError,
        ValueError,
        TypeError,
        AttributeError,
        KeyError,
        IndexError,
        AssertionError,
        MemoryError,
    )
}
ERROR_TYPE_TO_NAME = {cls: name for name, cls in ERROR_NAME_TO_TYPE.items()}

EXPORTED = {
    "DLDeviceType": DLDeviceType,
    "Bytes": Bytes,
    "ERROR_NAME_TO_TYPE": ERROR_NAME_TO_TYPE,
    "ERROR_TYPE_TO_NAME": ERROR_TYPE_TO_NAME,
    "Object": Object,
    "ObjectConvertible": ObjectConvertible,
    "ObjectRValueRef": ObjectRValueRef,
    "PyNativeObject": PyNativeObject,
    "String": String,
    "_CLASS_DEVICE": core.Device,
    "_CLASS_DTYPE": None,
    "_CLASS_OBJECT": Object,
    "_CLASS_TENSOR": core.Tensor,
    "_OPAQUE_PTR_HANDLERS": {},
    "_ObjectSlotsMeta": _ObjectSlotsMeta,
    "_TRACEBACK_TO_BACKTRACE_STR": None,
    "_WITH_APPEND_BACKTRACE": None,
    "_convert_numpy_dtype_to_ffi_dtype": _convert_numpy_dtype_to_ffi_dtype,
    "_convert_torch_dtype_to_ffi_dtype": _convert_torch_dtype_to_ffi_dtype,
    **_type_info.EXPORTED,
    **_type_schema.EXPORTED,
    "__getattr__": _get_framework,
}

_MODULES = {__name__, _type_info.__name__, _type_schema.__name__}
for _value in EXPORTED.values():
    if getattr(_value, "__module__", None) in _MODULES:
        _value.__module__ = "tvm_ffi.core"
