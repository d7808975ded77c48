# SPDX-License-Identifier: Apache-2.0
"""The Rust target of ``tvm-ffi-stubgen``: bindings of types for the crate ``tvm_ffi``."""

from __future__ import annotations

from .generator import RustGenerator

__all__ = ["RustGenerator"]
