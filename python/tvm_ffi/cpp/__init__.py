# SPDX-License-Identifier: Apache-2.0
"""Compilation of C++ and CUDA sources from Python.

:func:`load_inline` compiles source text and loads it, :func:`load` does so with files;
:func:`build_inline` and :func:`build` only make the library or object file. :func:`to_cpp_dtype`
names the C++ type of a dtype, for code that is generated. :mod:`tvm_ffi.cpp.nvrtc`, which is
imported on its own, compiles CUDA C++ to a CUBIN in memory.
"""

from .dtype import to_cpp_dtype
from .extension import build, build_inline, load, load_inline

__all__ = ["build", "build_inline", "load", "load_inline", "to_cpp_dtype"]
