# SPDX-License-Identifier: Apache-2.0
"""Compare function calls of this package, the published one and the bare-vectorcall floor.

    python benchmarks/run_calls.py --ours PYTHON --theirs PYTHON

The two interpreters belong to environments that hold the one and the other package (and numpy).
They run in turn, several rounds; the best figure of each row counts. Prints absolute nanoseconds
for orientation and the two ratios that matter: ours over the floor, theirs over ours.
"""

from __future__ import annotations

import subprocess
import tempfile

from compare import HERE, fold_best, print_table, read_options, run_rows


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


def main() -> None:
    """Run both environments in turn and print the table."""
    options = read_options(__doc__)
    ours: dict[str, float] = {}
    theirs: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as directory:
        build_floor(options.ours, directory)
        for _ in range(options.rounds):
            fold_best(ours, run_rows(options.ours, "call_rows.py", directory))
            fold_best(theirs, run_rows(options.theirs, "call_rows.py"))
    print_table(ours, theirs)


if __name__ == "__main__":
    main()
