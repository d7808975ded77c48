# SPDX-License-Identifier: Apache-2.0
"""The global functions ``ffi.*`` as attributes of this module."""

from .registry import init_ffi_api

init_ffi_api("ffi", __name__)

__all__ = sorted(
    name for name in globals() if not name.startswith("__") and name != "init_ffi_api"
)
