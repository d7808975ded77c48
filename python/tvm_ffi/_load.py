# SPDX-License-Identifier: Apache-2.0
"""Load the runtime library, before anything that links to it, with its symbols visible to all."""

import ctypes
import os


def _library_path(target_name: str) -> str:
    """Return the path of a library of this package.

    The place of an installed wheel is tried first, because the general search of
    :mod:`tvm_ffi.libinfo` reads package metadata, which costs more than the rest of the import.
    """
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib", f"lib{target_name}.so")
    if os.path.exists(path):
        return path
    from .libinfo import _find_library_by_basename  # noqa: PLC0415

    return str(_find_library_by_basename("tvm-ffi", target_name))


LIB = ctypes.CDLL(_library_path("tvm_ffi"), ctypes.RTLD_GLOBAL)

# The fixtures register the names `testing.*` that tests of every package look up after a plain
# `import tvm_ffi`.
TESTING_LIB = ctypes.CDLL(_library_path("tvm_ffi_testing"), ctypes.RTLD_LOCAL)
