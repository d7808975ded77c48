# SPDX-License-Identifier: Apache-2.0
"""Compare function calls of this package, the published one and the bare-vectorcall floor.

    python benchmarks/run_calls.py --ours PYTHON --theirs PYTHON

The two interpreters belong to environments that hold the one and the other package (and numpy).
They run in turn, several rounds; the best figure of each row counts. Prints absolute nanoseconds
for orientation and the two ratios that matter: ours over the floor, theirs over ours.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def build_floor(python: str, directory: str) -> None:
    """Compile the floor extension for ``python`` against this checkout's C header."""
    ask = "import sysconfig as s; print(s.get_path('include'), s.get_config_var('EXT_SUFFIX'))"
    include, suffix = subprocess.check_output([python, "-c", ask], text=True).split()
    subprocess.check_call(
        [
            *("cc", "-O2", "-shared", "-fPIC", f"-I{include}", f"-I{HERE.parent / 'include'}"),
            *(str(HERE / "floor" / "floor.c"), "-o", f"{directory}/_floor{suffix}"),
        ]
    )


def run_once(python: str, floor_directory: str | None) -> dict[str, float]:
    """Run the rows in one fresh process."""
    command = [python, str(HERE / "call_rows.py")]
    if floor_directory is not None:
        command.append(floor_directory)
    return json.loads(subprocess.check_output(command, text=True))["ns"]


def fold_best(best: dict[str, float], new: dict[str, float]) -> None:
    """Keep the smaller figure of each row."""
    for name, value in new.items():
        best[name] = min(value, best.get(name, value))


def print_table(ours: dict[str, float], theirs: dict[str, float]) -> None:
    """Print one line per row; a missing floor or row shows as a dash."""
    titles = f"{'row':<24}{'floor ns':>10}{'ours ns':>10}{'theirs ns':>11}"
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
            f"{name:<24}{floor_text:>10}{value:>10.1f}{other_text:>11}{floor_ratio:>12}{other_ratio:>13}"
        )
        if other is not None:
            product *= other / value
            count += 1
    if count:
        print(f"geometric mean of theirs/ours over {count} rows: {product ** (1 / count):.2f}")


def main() -> None:
    """Run both environments in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ours", default=sys.executable, help="interpreter with this package")
    parser.add_argument("--theirs", required=True, help="interpreter with the published package")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    ours: dict[str, float] = {}
    theirs: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as directory:
        build_floor(options.ours, directory)
        for _ in range(options.rounds):
            fold_best(ours, run_once(options.ours, directory))
            fold_best(theirs, run_once(options.theirs, None))
    print_table(ours, theirs)


if __name__ == "__main__":
    main()
