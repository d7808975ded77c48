# SPDX-License-Identifier: Apache-2.0
"""Compare containers, errors, tensors and dataclasses of this package with the published one.

python benchmarks/run_python.py --ours PYTHON --theirs PYTHON
"""

from __future__ import annotations

from compare import fold_best, print_table, read_options, run_rows


def main() -> None:
    """Run both environments in turn and print the table."""
    options = read_options(__doc__)
    ours: dict[str, float] = {}
    theirs: dict[str, float] = {}
    for _ in range(options.rounds):
        fold_best(ours, run_rows(options.ours, "python_rows.py"))
        fold_best(theirs, run_rows(options.theirs, "python_rows.py"))
    print_table(ours, theirs)


if __name__ == "__main__":
    main()
