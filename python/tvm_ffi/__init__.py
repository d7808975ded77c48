# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: I001 - the order of the imports matters
"""Open ABI and FFI for machine-learning systems.

Functions, objects, tensors and modules shared between C, C++, Python and Rust. Importing this
package loads the runtime library and stays light: numpy, torch and other frameworks are noticed
when their values arrive, never imported here.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import builtins
    from typing import Any


def _is_config_mode() -> "builtins.bool":
    """Return whether this process is the ``tvm-ffi-config`` command, which needs no runtime."""
    if sys.argv and sys.argv[0].endswith("tvm-ffi-config"):
        return True
    arguments = getattr(sys, "orig_argv", [])
    return any(
        flag == "-m" and module == "tvm_ffi.config"
        for flag, module in zip(arguments, arguments[1:])
    )


if TYPE_CHECKING:
    from . import access_path, cpp, dataclasses, structural
    from . import libinfo as libinfo, loaders as loaders, utils as utils
    from .dataclasses.py_class import method
    from .structural import (
        DefRegionKind,
        InplaceMode,
        StructuralKey,
        StructuralMutator,
        StructuralVisitor,
        VisitInterrupt,
        WalkOrder,
        WalkResult,
        get_first_structural_mismatch,
        structural_equal,
        structural_hash,
        structural_map,
        structural_mutate,
        structural_visit,
        structural_walk,
    )

if TYPE_CHECKING or not _is_config_mode():
    # The runtime library comes first, so that everything after it finds it loaded. `name as name`
    # makes a name public to type checkers that `__all__` leaves out.
    from ._load import LIB
    from .registry import (
        get_global_func,
        get_global_func_metadata,
        init_ffi_api,
        register_global_func,
        register_object,
        remove_global_func,
    )
    from ._dtype import dtype
    from .core import CAny as CAny, CContainerBase as CContainerBase
    from .core import Function, Object, ObjectConvertible
    from ._convert import convert, convert_func
    from .error import register_error
    from ._tensor import Device, DLDeviceType, Shape, Tensor, device, from_dlpack
    from .container import Array, Dict, List, Map
    from .module import (
        Module,
        list_module_loaders,
        load_module,
        load_module_from_bytes,
        system_lib,
    )
    from .stream import StreamContext, get_raw_stream, use_raw_stream, use_torch_stream
    from . import core as core, serialization

    # When torch came first, its tensors get what an older torch lacks now; else with the first one.
    core._prepare_torch()
    from ._dtype import (
        bfloat16 as bfloat16,
        bool as bool,
        float4_e2m1fn as float4_e2m1fn,
        float4_e2m1fnx2 as float4_e2m1fnx2,
        float6_e2m3fn as float6_e2m3fn,
        float6_e3m2fn as float6_e3m2fn,
        float8_e3m4 as float8_e3m4,
        float8_e4m3 as float8_e4m3,
        float8_e4m3b11fnuz as float8_e4m3b11fnuz,
        float8_e4m3fn as float8_e4m3fn,
        float8_e4m3fnuz as float8_e4m3fnuz,
        float8_e5m2 as float8_e5m2,
        float8_e5m2fnuz as float8_e5m2fnuz,
        float8_e8m0fnu as float8_e8m0fnu,
        float16 as float16,
        float32 as float32,
        float64 as float64,
        int8 as int8,
        int16 as int16,
        int32 as int32,
        int64 as int64,
        uint8 as uint8,
        uint16 as uint16,
        uint32 as uint32,
        uint64 as uint64,
    )

try:
    from ._version import __version__, __version_tuple__
except ImportError:  # a source checkout that was never built
    __version__ = "0.0.0.dev0"
    __version_tuple__ = (0, 0, 0, "dev0", "7d34eb8ab.d20250913")


# Names of this package that are imported when they are first used, with the submodule they are in.
_LAZY_NAMES = {
    "DefRegionKind": "structural",
    "InplaceMode": "structural",
    "StructuralKey": "structural",
    "StructuralMutator": "structural",
    "StructuralVisitor": "structural",
    "VisitInterrupt": "structural",
    "WalkOrder": "structural",
    "WalkResult": "structural",
    "get_first_structural_mismatch": "structural",
    "method": "dataclasses.py_class",
    "structural_equal": "structural",
    "structural_hash": "structural",
    "structural_map": "structural",
    "structural_mutate": "structural",
    "structural_visit": "structural",
    "structural_walk": "structural",
}
_LAZY_MODULES = (
    "_dunder",
    "_optional_torch_c_dlpack",
    "access_path",
    "cpp",
    "dataclasses",
    "libinfo",
    "loaders",
    "structural",
    "utils",
)


def __getattr__(name: str) -> "Any":
    """Import what costs time when it is first used."""
    if name not in _LAZY_NAMES and name not in _LAZY_MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # noqa: PLC0415

    if name in _LAZY_MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    value = getattr(importlib.import_module(f"{__name__}.{_LAZY_NAMES[name]}"), name)
    globals()[name] = value  # the next use finds it here
    return value


def __dir__() -> "list[str]":
    return sorted({*globals(), *_LAZY_NAMES, *_LAZY_MODULES})


__all__ = [
    "LIB",
    "Array",
    "DLDeviceType",
    "DefRegionKind",
    "Device",
    "Dict",
    "Function",
    "InplaceMode",
    "List",
    "Map",
    "Module",
    "Object",
    "ObjectConvertible",
    "Shape",
    "StreamContext",
    "StructuralKey",
    "StructuralMutator",
    "StructuralVisitor",
    "Tensor",
    "VisitInterrupt",
    "WalkOrder",
    "WalkResult",
    "__version__",
    "__version_tuple__",
    "access_path",
    "convert",
    "convert_func",
    "cpp",
    "dataclasses",
    "device",
    "dtype",
    "from_dlpack",
    "get_first_structural_mismatch",
    "get_global_func",
    "get_global_func_metadata",
    "get_raw_stream",
    "init_ffi_api",
    "list_module_loaders",
    "load_module",
    "load_module_from_bytes",
    "method",
    "register_error",
    "register_global_func",
    "register_object",
    "remove_global_func",
    "serialization",
    "structural",
    "structural_equal",
    "structural_hash",
    "structural_map",
    "structural_mutate",
    "structural_visit",
    "structural_walk",
    "system_lib",
    "use_raw_stream",
    "use_torch_stream",
]
