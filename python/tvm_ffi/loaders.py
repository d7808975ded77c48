# SPDX-License-Identifier: Apache-2.0
"""Loaders for modules in memory. Importing this module registers them.

The kind ``so`` (a shared object, for :func:`tvm_ffi.load_module_from_bytes`) comes from
``libtvm_ffi_loaders``, which is installed beside the runtime and stays loaded for the process.
"""

import ctypes

from . import _load, core

_KIND_SO = "ffi.Module.load_from_bytes.so"

# A loader library cannot be unloaded: the registered functions live in it.
LIB = ctypes.CDLL(_load._library_path("tvm_ffi_loaders"), ctypes.RTLD_LOCAL)

if core._get_global_func(_KIND_SO, True) is None:
    raise ImportError(f"{LIB._name} did not register {_KIND_SO}")

__all__ = ["LIB"]
