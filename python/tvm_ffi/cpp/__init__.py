# SPDX-License-Identifier: Apache-2.0
"""Compilation of C++ and CUDA sources from Python.

:mod:`tvm_ffi.cpp.nvrtc` compiles CUDA C++ to a CUBIN in memory.
"""
