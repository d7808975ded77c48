# SPDX-License-Identifier: Apache-2.0
"""A lock that processes share through a file."""

from __future__ import annotations

import errno
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Literal


if sys.platform == "win32":
    import msvcrt

    _OPEN_FLAGS = os.O_RDWR | os.O_CREAT | os.O_BINARY

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    _OPEN_FLAGS = os.O_WRONLY | os.O_CREAT

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


# What a lock that somebody else holds gives: POSIX, then Windows.
_BUSY = (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK)


class FileLock:
    """An exclusive lock on a file, between processes and between instances in one process.

    The operating system releases it when the process dies. The file stays, empty.

    Parameters
    ----------
    lock_file_path
        The file; made if it does not exist, in a directory that does.

    Examples
    --------
    .. code-block:: python

        with FileLock("/tmp/build.lock"):
            ...  # one process at a time

    """

    def __init__(self, lock_file_path: str) -> None:
        self.lock_file_path = lock_file_path
        self._file_descriptor: int | None = None  # None while the lock is not held

    def acquire(self) -> bool:
        """Take the lock if it is free.

        Returns
        -------
        Whether this call took it; False, too, when this instance holds it already or when the file
        can't be made.

        """
        try:
            return self._take()
        except OSError:
            return False
        except Exception as e:
            raise RuntimeError(f"An unexpected error occurred: {e}") from e

    def _take(self) -> bool:
        """Do as ``acquire`` does, but pass on an error that is no sign of another holder."""
        if self._file_descriptor is not None:
            return False
        descriptor = os.open(self.lock_file_path, _OPEN_FLAGS)
        try:
            _lock(descriptor)
        except BaseException as e:
            os.close(descriptor)
            if isinstance(e, OSError) and e.errno in _BUSY:
                return False
            raise
        self._file_descriptor = descriptor
        return True

    def _wait(self, poll_interval: float = 0.01) -> None:
        """Wait for the lock and take it; a file that can't be made or locked is an ``OSError``."""
        while not self._take():
            time.sleep(poll_interval)

    def blocking_acquire(self, timeout: float | None = None, poll_interval: float = 0.1) -> bool:
        """Wait for the lock and take it.

        Parameters
        ----------
        timeout
            Seconds to wait at most; None waits for ever.
        poll_interval
            Seconds between two attempts.

        Returns
        -------
        True.

        Raises
        ------
        TimeoutError
            If the lock was not free in time.
        RuntimeError
            If this instance holds the lock already.

        """
        if self._file_descriptor is not None:
            raise RuntimeError("Lock is already held by this instance.")
        start = time.monotonic()
        while not self.acquire():
            if timeout is not None and time.monotonic() - start > timeout:
                raise TimeoutError(
                    f"Failed to acquire lock on '{self.lock_file_path}' after {timeout} seconds."
                )
            time.sleep(poll_interval)
        return True

    def release(self) -> None:
        """Give the lock back; nothing happens when this instance does not hold it."""
        if self._file_descriptor is None:
            return
        descriptor, self._file_descriptor = self._file_descriptor, None
        try:
            _unlock(descriptor)
        finally:
            os.close(descriptor)

    def __enter__(self) -> FileLock:
        self.blocking_acquire()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> Literal[False]:
        self.release()
        return False


__all__ = ["FileLock"]
