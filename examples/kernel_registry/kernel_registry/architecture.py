# SPDX-License-Identifier: Apache-2.0
"""Names of architectures, and which one this machine wants for a kind of payload."""

from __future__ import annotations

import ctypes
import platform

from .errors import UnknownArchitectureError

#: Architecture of payloads that run everywhere their loader does.
ANY = "any"

#: Kinds whose payloads are compiled further where they are loaded, or hold several architectures.
PORTABLE_KINDS = frozenset({"ptx", "fatbin", "opencl"})

# Driver API: attributes of a device (CUdevice_attribute).
_COMPUTE_CAPABILITY_MAJOR = 75
_COMPUTE_CAPABILITY_MINOR = 76


def host_architecture() -> str:
    """Return the processor architecture of this process, as ``x86_64`` or ``aarch64``."""
    machine = platform.machine().lower()
    return {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)


def gpu_architecture() -> str:
    """Return the architecture of CUDA device 0, as ``sm_90``; asks the driver only."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError as error:
        raise _unknown_gpu(f"there is no CUDA driver ({error})") from None
    device = ctypes.c_int()
    if driver.cuInit(0) or driver.cuDeviceGet(ctypes.byref(device), 0):
        raise _unknown_gpu("the CUDA driver found no device")
    numbers = []
    for attribute in (_COMPUTE_CAPABILITY_MAJOR, _COMPUTE_CAPABILITY_MINOR):
        value = ctypes.c_int()
        if driver.cuDeviceGetAttribute(ctypes.byref(value), attribute, device):
            raise _unknown_gpu("the CUDA driver does not tell its device's compute capability")
        numbers.append(value.value)
    return f"sm_{numbers[0]}{numbers[1]}"


def default_architecture(kind: str) -> str:
    """Return the architecture that this machine wants for payloads of `kind`."""
    if kind == "so":
        return host_architecture()
    if kind == "cubin":
        return gpu_architecture()
    if kind in PORTABLE_KINDS:
        return ANY
    raise UnknownArchitectureError(
        f"No default architecture is known for payloads of kind '{kind}'",
        "this machine",
        "name the architecture, as it was named when the payload was pushed",
    )


def _unknown_gpu(reason: str) -> UnknownArchitectureError:
    return UnknownArchitectureError(
        f"The GPU architecture of this machine is not known: {reason}",
        "this machine",
        "name the architecture (for example sm_90), or run on a machine with a CUDA device",
    )
