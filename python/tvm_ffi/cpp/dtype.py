# SPDX-License-Identifier: Apache-2.0
"""The C++ types of dtypes, for code that is generated as text."""

from __future__ import annotations

import functools

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CPU_DTYPE_MAP = {
    "int8": "int8_t",
    "int16": "int16_t",
    "int32": "int32_t",
    "int64": "int64_t",
    "uint8": "uint8_t",
    "uint16": "uint16_t",
    "uint32": "uint32_t",
    "uint64": "uint64_t",
    "float32": "float",
    "float64": "double",
    "bool": "bool",
}

CUDA_DTYPE_MAP = {
    "float16": "__half",
    "bfloat16": "__nv_bfloat16",
    "float8_e4m3fn": "__nv_fp8_e4m3",
    "float8_e5m2": "__nv_fp8_e5m2",
    "float8_e8m0fnu": "__nv_fp8_e8m0",
    "float4_e2m1": "__nv_fp4_e2m1",
    "float4_e2m1fn_x2": "__nv_fp4x2_e2m1",
}

ROCM_DTYPE_MAP = {
    "float16": "__half",
    "bfloat16": "__hip_bfloat16",
    "float8_e4m3fn": "__hip_fp8_e4m3",
    "float8_e4m3fnuz": "__hip_fp8_e4m3_fnuz",
    "float8_e5m2": "__hip_fp8_e5m2",
    "float8_e5m2fnuz": "__hip_fp8_e5m2_fnuz",
    "float4_e2m1": "__hip_fp4_e2m1",
    "float4_e2m1fn_x2": "__hip_fp4x2_e2m1",
}

_DEVICE_MAPS: dict[str, dict[str, str]] = {
    "cpu": {},
    "cuda": CUDA_DTYPE_MAP,
    "rocm": ROCM_DTYPE_MAP,
}


@functools.cache
def _determine_backend_once() -> str:
    """Return whose types ``float16`` and narrower have here: of ``cuda``, ``rocm`` or none."""
    try:
        import torch  # noqa: PLC0415
        import torch.version  # noqa: PLC0415
    except ImportError:
        return "cpu"
    if torch.cuda.is_available():
        if getattr(torch.version, "cuda", None) is not None:
            return "cuda"
        if getattr(torch.version, "hip", None) is not None:
            return "rocm"
    return "cpu"


def to_cpp_dtype(dtype_str: str | Any) -> str:
    """Return the name of the C++ type that holds one element of a dtype.

    Parameters
    ----------
    dtype_str
        A name such as ``"float32"``, or a dtype of tvm-ffi, numpy or torch.

    Returns
    -------
    ``"float"``, ``"int64_t"`` and the like. The floats below 32 bits have the types of CUDA or
    ROCm, and only where torch sees such a device.

    Raises
    ------
    ValueError
        If the dtype has no C++ type.

    Examples
    --------
    .. code-block:: python

        assert to_cpp_dtype("int32") == "int32_t"
        assert to_cpp_dtype("torch.float64") == to_cpp_dtype("float64") == "double"

    """
    text = dtype_str if isinstance(dtype_str, str) else str(dtype_str)
    text = text[len("torch.") :] if text.startswith("torch.") else text
    if text in CPU_DTYPE_MAP:
        return CPU_DTYPE_MAP[text]
    backend = _determine_backend_once()
    device_types = _DEVICE_MAPS[backend]
    if text not in device_types:
        raise ValueError(f"Unsupported dtype string: {text} for backend = {backend!r}")
    return device_types[text]
