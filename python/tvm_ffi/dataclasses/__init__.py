# SPDX-License-Identifier: Apache-2.0
"""Dataclasses whose fields live in FFI objects.

``c_class`` binds a Python class to a C++ type, ``py_class`` defines a new type. The submodules of
the same names are hidden by the functions; import from them as
``from tvm_ffi.dataclasses.py_class import ...``.
"""

from __future__ import annotations

from ..core import MISSING, Object
from .c_class import c_class
from .common import asdict, astuple, fields, is_dataclass, replace
from .enum import Enum, EnumAttrMap, EnumState, IntEnum, StrEnum, auto, entry
from .field import Field, field, init_property
from .gen_abi_cpp import gen_abi_cpp
from .py_class import py_class

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .field import KW_ONLY


def __getattr__(name: str) -> Any:
    """Import ``KW_ONLY`` when it is asked for: its module is slow to import."""
    if name == "KW_ONLY":
        from .field import KW_ONLY  # noqa: PLC0415

        return KW_ONLY
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "KW_ONLY",
    "MISSING",
    "Enum",
    "EnumAttrMap",
    "EnumState",
    "Field",
    "IntEnum",
    "Object",
    "StrEnum",
    "asdict",
    "astuple",
    "auto",
    "c_class",
    "entry",
    "field",
    "fields",
    "gen_abi_cpp",
    "init_property",
    "is_dataclass",
    "py_class",
    "replace",
]
