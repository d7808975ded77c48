# SPDX-License-Identifier: Apache-2.0
"""The calling thread's current stream per device."""

from __future__ import annotations

import ctypes

from . import core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class StreamContext:
    """Makes a stream current for a device within a ``with`` block; can be nested.

    Parameters
    ----------
    device
        The device.
    stream
        Address of the stream.

    """

    def __init__(self, device: core.Device, stream: int | ctypes.c_void_p) -> None:
        self.device_type = device.dlpack_device_type()
        self.device_id = device.index
        self.stream = stream

    def __enter__(self) -> StreamContext:
        stream = self.stream
        if isinstance(stream, ctypes.c_void_p):
            stream = stream.value or 0
        self.prev_stream = core._env_set_current_stream(self.device_type, self.device_id, stream)
        return self

    def __exit__(self, *args: Any) -> None:
        core._env_set_current_stream(self.device_type, self.device_id, self.prev_stream)


class TorchStreamContext:
    """Makes torch's current stream the FFI stream of its device within a ``with`` block."""

    def __init__(self, context: Any) -> None:
        self.torch_context = context

    def __enter__(self) -> TorchStreamContext:
        import torch  # noqa: PLC0415

        if self.torch_context is not None:
            self.torch_context.__enter__()
        current = torch.cuda.current_stream()
        device = core.Device(str(current.device))
        self.ffi_context = StreamContext(device, current.cuda_stream)
        self.ffi_context.__enter__()
        return self

    def __exit__(self, *args: Any) -> None:
        if self.torch_context is not None:
            self.torch_context.__exit__(*args)
        self.ffi_context.__exit__(*args)


def use_torch_stream(context: Any = None) -> TorchStreamContext:
    """Use torch's current stream, or the one that entering ``context`` makes current.

    ``context`` is what ``torch.cuda.stream(...)`` or ``torch.cuda.graph(...)`` returns. Raises
    ImportError without torch.
    """
    try:
        import torch  # noqa: F401, PLC0415
    except ImportError:
        raise ImportError("Cannot import torch") from None
    return TorchStreamContext(context)


def use_raw_stream(device: core.Device, stream: int | ctypes.c_void_p) -> StreamContext:
    """Use the stream with that address within a ``with`` block."""
    if not isinstance(stream, (int, ctypes.c_void_p)):
        raise ValueError(
            "use_raw_stream only accepts int or c_void_p as stream input, "
            "try use_torch_stream when using torch.cuda.Stream or torch.cuda.graph"
        )
    return StreamContext(device, stream)


def get_raw_stream(device: core.Device) -> int:
    """Return the address of the thread's stream for a device, 0 when none was set."""
    return core._env_get_current_stream(device.dlpack_device_type(), device.index)


__all__ = ["StreamContext", "get_raw_stream", "use_raw_stream", "use_torch_stream"]
