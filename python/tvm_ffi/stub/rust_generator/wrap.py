# SPDX-License-Identifier: Apache-2.0
"""Line breaking as rustfmt does it, for the few shapes that generated code has."""

from __future__ import annotations

from collections.abc import Sequence

from .consts import RUST_MAX_WIDTH

INDENT = " " * 4


def indent(lines: Sequence[str], by: str = INDENT) -> list[str]:
    """Return the lines moved to the right; empty ones stay empty."""
    return [f"{by}{line}" if line else line for line in lines]


def block(head: str, body: Sequence[str]) -> list[str]:
    """Return an item with a body in braces."""
    return [f"{head} {{", *indent(body), "}"]


def wrapped(opening: str, items: Sequence[str], closing: str, depth: int = 0) -> list[str]:
    """Return a list on one line if it fits, else with one item per line.

    A call bound by ``let`` is first tried on a line of its own.

    Parameters
    ----------
    opening, closing
        Texts around the items. The blanks inside the braces of a struct literal are added.
    items
        What is separated by commas.
    depth
        Levels of indentation that the lines will get.

    """
    width = RUST_MAX_WIDTH - depth * len(INDENT)
    pad = " " if opening.endswith(" {") and items else ""
    line = f"{opening}{pad}{', '.join(items)}{pad}{closing}"
    if len(line) <= width or not items:
        return [line]
    binding, equals, call = line.partition(" = ")
    if equals and len(INDENT) + len(call) <= width:
        return [f"{binding} =", f"{INDENT}{call}"]
    return [opening, *(f"{INDENT}{item}," for item in items), closing]
