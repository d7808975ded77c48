# SPDX-License-Identifier: Apache-2.0
"""A lock with which test processes take turns on the machine's GPUs."""

from __future__ import annotations

import functools
import getpass
import os
import tempfile
from pathlib import Path

from ..utils import FileLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def _user_name() -> str:
    """Return something that tells users of the machine apart."""
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):  # no such user in the system's table
        return str(os.getuid()) if hasattr(os, "getuid") else "unknown"


@functools.lru_cache(maxsize=1)
def _gpu_lock_path() -> str:
    """Return the path of the lock's file, in a directory that is made if needed."""
    configured = os.environ.get("TVM_FFI_TEST_LOCK_DIR")
    if configured:
        directory = Path(configured).expanduser()
    else:
        directory = Path(tempfile.gettempdir()) / f"tvm-ffi-test-locks-{_user_name()}"
    directory.mkdir(parents=True, exist_ok=True)
    return str(directory / "gpu.lock")


def run_with_gpu_lock(func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """Return ``func(*args, **kwargs)``, called while no other process does this.

    The lock is a file in the directory ``TVM_FFI_TEST_LOCK_DIR``, else in one of the user's below
    the directory of temporary files.
    """
    with FileLock(_gpu_lock_path()):
        return func(*args, **kwargs)
