# SPDX-License-Identifier: Apache-2.0
"""Timing helpers shared by the benchmark rows.

A row is timed in batches; the fastest batch counts, because everything that disturbs a batch only
makes it slower.
"""

from __future__ import annotations

import gc
import time
from typing import Callable


def best_ns(
    func: Callable[..., object], *args: object, number: int = 20_000, batches: int = 9
) -> float:
    """Return nanoseconds of one ``func(*args)``, the loop's own cost taken off."""
    loop = range(number)
    best = empty = float("inf")
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        for _ in range(batches):
            start = time.perf_counter_ns()
            for _ in loop:
                func(*args)
            best = min(best, time.perf_counter_ns() - start)
            start = time.perf_counter_ns()
            for _ in loop:
                pass
            empty = min(empty, time.perf_counter_ns() - start)
    finally:
        if was_enabled:
            gc.enable()
    return (best - empty) / number
