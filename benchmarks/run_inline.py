# SPDX-License-Identifier: Apache-2.0
"""Compare what ``load_inline`` of a one-function source costs, both packages in turn.

    python benchmarks/run_inline.py --ours PYTHON --theirs PYTHON

Rows: a source that was never built, in an empty cache and in one that has a precompiled header
(which the other package does not know); a source that was built before, in a new process (without
the import) and in the same one. The compiler, the rounds and the machine are the same. Figures are
the least of the rounds, for whatever disturbs a run only makes it slower; CPU time is that of the
process and of the compilers it waits for.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from compare import read_options

SCRIPT = Path(__file__).resolve().parent / "inline_builds.py"
FILL = 3  # builds that our package needs before it has a precompiled header

Figures = dict[str, float]


def run(python: str, cache: str, *numbers: int) -> dict:
    """Load some sources in a fresh process."""
    # The same ninja for both: the one on PATH, else the one beside this interpreter.
    path = f"{os.environ['PATH']}{os.pathsep}{Path(sys.executable).parent}"
    environment = {**os.environ, "PATH": path}
    command = [python, str(SCRIPT), cache, *map(str, numbers)]
    return json.loads(subprocess.check_output(command, env=environment, text=True))


def one_round(python: str) -> Figures:
    """Return the figures of one package in one round, in milliseconds."""
    with tempfile.TemporaryDirectory() as cache:
        first = run(python, cache, 0)["builds"][0]
        built = run(python, cache, 0)
        run(python, cache, *range(1, FILL))
        later = run(python, cache, FILL)["builds"][0]
    rows = {
        "cold, empty cache": first["first"],
        "cold, cache in use": later["first"],
        "warm, new process": built["builds"][0]["first"],
        "warm, same process": built["builds"][0]["again"],
    }
    figures = {f"{row}, {kind}": 1e3 * v for row, both in rows.items() for kind, v in both.items()}
    return {**figures, "import tvm_ffi.cpp, wall": 1e3 * built["import"]}


def main() -> None:
    """Run the rounds and print the table."""
    options = read_options(__doc__)
    best: dict[str, Figures] = {"ours": {}, "theirs": {}}
    for _ in range(options.rounds):
        for name, python in (("ours", options.ours), ("theirs", options.theirs)):
            for row, value in one_round(python).items():
                best[name][row] = min(value, best[name].get(row, value))
    print(f"{'load_inline, ms':<32}{'ours':>10}{'theirs':>10}{'ours/theirs':>13}")
    for row, ours in best["ours"].items():
        theirs = best["theirs"][row]
        print(f"{row:<32}{ours:>10.1f}{theirs:>10.1f}{ours / theirs:>13.2f}")


if __name__ == "__main__":
    main()
