# SPDX-License-Identifier: Apache-2.0
"""Runs a script of rows under both packages in turn, and prints its figures side by side.

A script of rows runs under one package and prints ``{"ns": {row: nanoseconds}}``; the row
``floor:<row>`` is the floor of another.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def read_options(description: str | None) -> argparse.Namespace:
    """Read the options that all comparisons of Python code have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--ours", default=sys.executable, help="interpreter with this package")
    parser.add_argument("--theirs", required=True, help="interpreter with the published package")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def run_rows(python: str, script: str, *arguments: str) -> dict[str, float]:
    """Run the rows of a script in one fresh process."""
    command = [python, str(HERE / script), *arguments]
    return json.loads(subprocess.check_output(command, text=True))["ns"]


def fold_best(best: dict[str, float], new: dict[str, float]) -> None:
    """Keep the smaller figure of each row."""
    for name, value in new.items():
        best[name] = min(value, best.get(name, value))


def print_table(ours: dict[str, float], theirs: dict[str, float]) -> None:
    """Print one line per row; a missing floor or row shows as a dash."""
    titles = f"{'row':<32}{'floor ns':>10}{'ours ns':>10}{'theirs ns':>11}"
    print(f"{titles}{'ours/floor':>12}{'theirs/ours':>13}")
    product, count = 1.0, 0
    for name, value in ours.items():
        if name.startswith("floor:"):
            continue
        floor, other = ours.get(f"floor:{name}"), theirs.get(name)
        floor_text = "-" if floor is None else f"{floor:.1f}"
        floor_ratio = "-" if floor is None else f"{value / floor:.2f}"
        other_text = "-" if other is None else f"{other:.1f}"
        other_ratio = "-" if other is None else f"{other / value:.2f}"
        print(
            f"{name:<32}{floor_text:>10}{value:>10.1f}{other_text:>11}{floor_ratio:>12}{other_ratio:>13}"
        )
        if other is not None:
            product *= other / value
            count += 1
    if count:
        print(f"geometric mean of theirs/ours over {count} rows: {product ** (1 / count):.2f}")
