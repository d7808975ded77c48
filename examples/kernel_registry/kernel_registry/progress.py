# SPDX-License-Identifier: Apache-2.0
"""Progress of a pull, for people."""

from __future__ import annotations

import time
from typing import TextIO


class ProgressLine:
    """Writes how far a pull is: in place on a terminal, else a line now and then.

    Nothing is written for a pull that is over within `delay` seconds.
    """

    def __init__(self, label: str, stream: TextIO, delay: float = 1.0) -> None:
        self._label = label
        self._stream = stream
        self._in_place = stream.isatty()
        self._interval = 0.1 if self._in_place else 2.0
        self._start = time.monotonic()
        self._next = self._start + delay
        self._written = False

    def __call__(self, received: int, total: int) -> None:
        """Note that `received` of `total` bytes are here."""
        now = time.monotonic()
        finished = received >= total and self._written
        if now < self._next and not finished:
            return
        self._next = now + self._interval
        self._written = True
        percent = 100 * received // max(total, 1)
        speed = received / max(now - self._start, 1e-9) / 1e6
        text = f"{self._label}: {percent:3d} % of {total / 1e6:.1f} MB, {speed:.1f} MB/s"
        end = "\n" if finished or not self._in_place else ""
        self._stream.write(("\r" if self._in_place else "") + text + end)
        self._stream.flush()
