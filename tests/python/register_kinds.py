# SPDX-License-Identifier: Apache-2.0
"""Registers, when it is imported, types with a field of each kind: `kinds` and `opaque_kinds`."""

from __future__ import annotations

from native_types import register
from stubgen_rust_cases import KINDS, OPAQUE_KINDS

for native in (*KINDS, *OPAQUE_KINDS):
    register(native)
