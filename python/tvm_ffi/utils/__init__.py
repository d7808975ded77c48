# SPDX-License-Identifier: Apache-2.0
"""Tools that come with the package."""

from . import kwargs_wrapper
from .lockfile import FileLock

__all__ = ["FileLock", "kwargs_wrapper"]
