# SPDX-License-Identifier: Apache-2.0
"""Tensors, devices and shapes."""

from __future__ import annotations

from . import _ffi_api, core, registry
from .core import Device, DLDeviceType, PyNativeObject, Tensor, from_dlpack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    _TupleOfInt = tuple[int, ...]
else:
    _TupleOfInt = tuple


@registry.register_object("ffi.Shape", init=False)
class Shape(_TupleOfInt, PyNativeObject):
    """A tuple of integers that carries its FFI shape object.

    Parameters
    ----------
    content
        The extents.

    Raises
    ------
    ValueError
        If an element is no integer.

    """

    def __new__(cls, content: Iterable[int]) -> Shape:
        from numbers import Integral  # noqa: PLC0415

        self = tuple.__new__(cls, content)
        if not all(isinstance(extent, Integral) for extent in self):
            raise ValueError("Shape must be a tuple of integers")
        self.__init_cached_object_by_constructor__(_ffi_api.Shape, *self)
        return self

    @staticmethod
    def __from_tvm_ffi_object__(cls: type[Shape], obj: core.Object) -> Shape:  # noqa: PLW0211
        """Build the value of an FFI shape."""
        self = tuple.__new__(cls, core._shape_obj_get_py_tuple(obj))
        self._tvm_ffi_cached_object = obj
        return self

    def __reduce__(self) -> Any:
        return (type(self), (tuple(self),))


def device(device_type: str | int | DLDeviceType, index: int | None = None) -> Device:
    """Return a device.

    Parameters
    ----------
    device_type
        A name such as ``"cuda"`` or ``"cuda:1"``, or a DLPack device type.
    index
        Index of the device, 0 by default; the one in the name wins.

    Examples
    --------
    .. code-block:: python

        assert tvm_ffi.device("cuda:1") == tvm_ffi.device("cuda", 1)

    """
    return core._CLASS_DEVICE(device_type, index)


__all__ = ["DLDeviceType", "Device", "Tensor", "device", "from_dlpack"]
