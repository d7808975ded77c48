# SPDX-License-Identifier: Apache-2.0
"""Verified bytes by digest, in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict


class DigestCache:
    """Keeps what was used last, up to a number of bytes. Safe to use from many threads.

    What is put here must have been checked against its digest: it is not checked again.
    """

    def __init__(self, max_bytes: int = 1 << 30) -> None:
        self.max_bytes = max_bytes
        self._entries: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, digest: str) -> bytes | None:
        """Return the bytes with this digest, or None."""
        with self._lock:
            data = self._entries.get(digest)
            if data is not None:
                self._entries.move_to_end(digest)
            return data

    def put(self, digest: str, data: bytes) -> None:
        """Keep `data`, dropping what was not used for longest; what is too large is not kept."""
        with self._lock:
            if digest in self._entries or len(data) > self.max_bytes:
                return
            self._entries[digest] = data
            self._bytes += len(data)
            while self._bytes > self.max_bytes:
                _, dropped = self._entries.popitem(last=False)
                self._bytes -= len(dropped)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._bytes = 0
