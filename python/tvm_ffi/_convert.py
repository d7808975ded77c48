# SPDX-License-Identifier: Apache-2.0
"""Explicit conversion of Python values to FFI values."""

from __future__ import annotations

import ctypes
from numbers import Number

from . import core
from ._dtype import dtype

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _is_framework_dtype(value: Any, module: str) -> bool:
    """Return whether ``value`` is a dtype of a package that is imported already."""
    cls = getattr(core._loaded_framework(module), "dtype", None)
    return isinstance(cls, type) and isinstance(value, cls)


def _convert_other(value: Any) -> Any:
    """Convert what is neither a builtin nor an FFI value."""
    if hasattr(value, "__dlpack__"):
        return core.from_dlpack(value)
    if _is_framework_dtype(value, "torch"):
        return core._convert_torch_dtype_to_ffi_dtype(value)
    if _is_framework_dtype(value, "numpy"):
        return core._convert_numpy_dtype_to_ffi_dtype(value)
    if hasattr(value, "__dlpack_data_type__"):
        return dtype.from_dlpack_data_type(value.__dlpack_data_type__())
    if isinstance(value, Exception):
        return core._convert_to_ffi_error(value)
    if hasattr(value, "__tvm_ffi_object__"):
        return value.__tvm_ffi_object__()
    for protocol in (
        "__cuda_stream__",
        "__tvm_ffi_opaque_ptr__",
        "__dlpack_device__",
        "__tvm_ffi_int__",
        "__tvm_ffi_float__",
    ):
        if hasattr(value, protocol):
            return value
    return core._convert_to_opaque_object(value)


def convert(value: Any) -> Any:
    """Convert a Python value to the FFI value that it would be passed as.

    Lists and tuples become :class:`Array`, dictionaries :class:`Map`, callables :class:`Function`,
    tensors of other packages :class:`Tensor`; numbers and FFI objects stay as they are. Anything
    unknown is wrapped and travels unchanged.
    """
    if isinstance(value, (core.Object, core.PyNativeObject, bool, Number, ctypes.c_void_p, dtype)):
        return value
    if isinstance(value, (tuple, list)):
        from .container import Array  # noqa: PLC0415

        return Array(value)
    if isinstance(value, dict):
        from .container import Map  # noqa: PLC0415

        return Map(value)
    if isinstance(value, str):
        return core.String(value)
    if isinstance(value, (bytes, bytearray)):
        return core.Bytes(value)
    if isinstance(value, core.ObjectConvertible):
        return value.asobject()
    if callable(value):
        return core._convert_to_ffi_func(value)
    if value is None:
        return None
    return _convert_other(value)


def convert_func(pyfunc: Any, tensor_cls: type | None = None) -> core.Function:
    """Wrap a callable as a :class:`Function`.

    Parameters
    ----------
    pyfunc
        The callable.
    tensor_cls
        Class that tensor arguments are handed over as; it must publish the DLPack exchange API.

    """
    return core._convert_to_ffi_func(pyfunc, tensor_cls=tensor_cls)


__all__ = ["convert", "convert_func"]
