# SPDX-License-Identifier: Apache-2.0
"""Compares what a block printed with what its page says."""

from __future__ import annotations

import difflib


def output_difference(expected: str, actual: str) -> str | None:
    """Return how the texts differ, or None; a line ``...`` of ``expected`` stands for any lines."""
    wanted, printed = _lines(expected), _lines(actual)
    if _matches(wanted, printed):
        return None
    diff = difflib.unified_diff(wanted, printed, "expected", "printed", lineterm="")
    return "\n".join(diff)


def _lines(text: str) -> list[str]:
    """Split into lines; blanks at their ends and empty lines at the end do not count."""
    return [line.rstrip() for line in text.rstrip().split("\n")]


def _matches(wanted: list[str], printed: list[str]) -> bool:
    if not wanted:
        return not printed
    if wanted[0] == "...":
        return any(_matches(wanted[1:], printed[i:]) for i in range(len(printed) + 1))
    return bool(printed) and wanted[0] == printed[0] and _matches(wanted[1:], printed[1:])
