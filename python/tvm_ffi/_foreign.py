# SPDX-License-Identifier: Apache-2.0
"""Data types of numpy, ml_dtypes and torch.

Imported when the first such value arrives; the packages are never imported from here unless
somebody asks for a table by name.
"""

from __future__ import annotations

from typing import Any

from . import core
from ._dtype import dtype

# (name, DLPack code, bits) of the numpy scalar types, then of the types ml_dtypes adds.
_NUMPY_TYPES = (
    ("int8", 0, 8),
    ("int16", 0, 16),
    ("int32", 0, 32),
    ("int64", 0, 64),
    ("uint8", 1, 8),
    ("uint16", 1, 16),
    ("uint32", 1, 32),
    ("uint64", 1, 64),
    ("float16", 2, 16),
    ("float32", 2, 32),
    ("float64", 2, 64),
)
_ML_TYPES = (
    ("int2", 0, 2),
    ("uint2", 1, 2),
    ("int4", 0, 4),
    ("uint4", 1, 4),
    ("bfloat16", 4, 16),
    ("float8_e3m4", 7, 8),
    ("float8_e4m3", 8, 8),
    ("float8_e4m3b11fnuz", 9, 8),
    ("float8_e4m3fn", 10, 8),
    ("float8_e4m3fnuz", 11, 8),
    ("float8_e5m2", 12, 8),
    ("float8_e5m2fnuz", 13, 8),
    ("float8_e8m0fnu", 14, 8),
    ("float6_e2m3fn", 15, 6),
    ("float6_e3m2fn", 16, 6),
    ("float4_e2m1fn", 17, 4),
)
_TORCH_TYPES = (
    ("int8", 0, 8, 1),
    ("int16", 0, 16, 1),
    ("int32", 0, 32, 1),
    ("int64", 0, 64, 1),
    ("uint8", 1, 8, 1),
    ("uint16", 1, 16, 1),
    ("uint32", 1, 32, 1),
    ("uint64", 1, 64, 1),
    ("float16", 2, 16, 1),
    ("float32", 2, 32, 1),
    ("float64", 2, 64, 1),
    ("bfloat16", 4, 16, 1),
    ("bool", 6, 8, 1),
    ("float8_e4m3fn", 10, 8, 1),
    ("float8_e4m3fnuz", 11, 8, 1),
    ("float8_e5m2", 12, 8, 1),
    ("float8_e5m2fnuz", 13, 8, 1),
    ("float8_e8m0fnu", 14, 8, 1),
    ("float4_e2m1fn_x2", 17, 4, 2),
)

_numpy_table: dict[Any, dtype] = {}
_torch_table: dict[Any, dtype] = {}


def _add_numpy_types(module: Any, types: tuple[tuple[str, int, int], ...], numpy: Any) -> None:
    """Enter the scalar types that ``module`` has into the numpy table."""
    for name, code, bits in types:
        scalar = getattr(module, name, None)
        if scalar is not None:
            _numpy_table[numpy.dtype(scalar)] = dtype._from_triple(code, bits, 1)


def _numpy_lookup(x: Any) -> dtype | None:
    """Find a numpy dtype; the table is completed with ml_dtypes once that is imported."""
    numpy = core._loaded_framework("numpy")
    if not _numpy_table:
        _add_numpy_types(numpy, _NUMPY_TYPES, numpy)
    found = _numpy_table.get(x)
    ml_dtypes = core._loaded_framework("ml_dtypes")
    if found is None and ml_dtypes is not None:
        _add_numpy_types(ml_dtypes, _ML_TYPES, numpy)
        found = _numpy_table.get(x)
    return found


def _torch_lookup(x: Any) -> dtype | None:
    """Find a torch dtype."""
    if not _torch_table:
        torch = core._loaded_framework("torch")
        for name, *triple in _TORCH_TYPES:
            value = getattr(torch, name, None)
            if value is not None:
                _torch_table[value] = dtype._from_triple(*triple)
    return _torch_table.get(x)


def dtype_from_numpy(x: Any) -> dtype:
    """Convert a numpy dtype that is an argument of a call."""
    found = _numpy_lookup(x)
    if found is None:
        raise ValueError("Unsupported numpy or ml_dtypes dtype: ", x)
    return found


def dtype_from_torch(x: Any) -> dtype:
    """Convert a torch dtype that is an argument of a call."""
    found = _torch_lookup(x)
    if found is None:
        raise ValueError("Unsupported torch dtype: ", x)
    return found


def convert_numpy_dtype(x: Any) -> dtype:
    """Convert a numpy dtype; KeyError when it has no counterpart."""
    if core._loaded_framework("numpy") is None:
        raise ValueError("numpy not found")
    found = _numpy_lookup(x)
    if found is None:
        raise KeyError(x)
    return found


def convert_torch_dtype(x: Any) -> dtype:
    """Convert a torch dtype; KeyError when it has no counterpart."""
    if core._loaded_framework("torch") is None:
        raise ValueError("torch not found")
    found = _torch_lookup(x)
    if found is None:
        raise KeyError(x)
    return found


def numpy_dtype_names() -> dict[Any, str]:
    """Return names by numpy dtype, for packages that read ``dtype._NUMPY_DTYPE_TO_STR``."""
    try:
        import numpy  # noqa: PLC0415
    except ImportError:
        return {}
    names = {numpy.dtype(numpy.bool_): "bool"}
    names.update((numpy.dtype(getattr(numpy, name)), name) for name, _, _ in _NUMPY_TYPES)
    try:
        import ml_dtypes  # noqa: PLC0415
    except ImportError:
        return names
    for name in ("bfloat16", "float8_e4m3fn", "float8_e5m2", "float4_e2m1fn"):
        scalar = getattr(ml_dtypes, name, None)
        if scalar is not None:
            names[numpy.dtype(scalar)] = name
    return names
