# SPDX-License-Identifier: Apache-2.0
"""Loaders for modules in memory. Importing this module registers them.

The kind ``so`` (a shared object, for :func:`tvm_ffi.load_module_from_bytes`) comes from
``libtvm_ffi_loaders``, which is installed beside the runtime and stays loaded for the process.
The import raises :class:`ImportError` when a loader cannot be registered, because another one has
its kind already.
"""

from . import _load
from .module import load_module

# Loaded as a module rather than with ctypes, because that reports errors of static initialisers.
# It is kept: the registered functions live in the library.
try:
    LIB = load_module(_load._library_path("tvm_ffi_loaders"))
except RuntimeError as error:
    raise ImportError(f"Cannot register the loaders: {error}") from error

__all__ = ["LIB"]
