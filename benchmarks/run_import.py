# SPDX-License-Identifier: Apache-2.0
"""Compare the cost of ``import tvm_ffi``: wall time and resident memory that it adds.

    python benchmarks/run_import.py --ours PYTHON --theirs PYTHON

Each figure is of a fresh process that has already imported the standard library's ``sys`` and
``time`` only; medians over the rounds, the two packages in turn.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys

PROGRAM = """
import json, time

def resident_kib():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

memory = resident_kib()
start = time.perf_counter()
import tvm_ffi
seconds = time.perf_counter() - start
print(json.dumps({"ms": seconds * 1e3, "mib": (resident_kib() - memory) / 1024}))
"""


def main() -> None:
    """Run both interpreters in turn and print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ours", default=sys.executable, help="interpreter with this package")
    parser.add_argument("--theirs", required=True, help="interpreter with the published package")
    parser.add_argument("--rounds", type=int, default=11)
    options = parser.parse_args()
    samples: dict[str, list[dict[str, float]]] = {"ours": [], "theirs": []}
    for _ in range(options.rounds):
        for name, python in (("ours", options.ours), ("theirs", options.theirs)):
            output = subprocess.check_output([python, "-c", PROGRAM], text=True)
            samples[name].append(json.loads(output))
    print(f"{'import tvm_ffi':<20}{'ours':>10}{'theirs':>10}{'ours/theirs':>13}")
    for key, label in (("ms", "wall time, ms"), ("mib", "added memory, MiB")):
        ours, theirs = (statistics.median(s[key] for s in samples[n]) for n in ("ours", "theirs"))
        print(f"{label:<20}{ours:>10.1f}{theirs:>10.1f}{ours / theirs:>13.2f}")


if __name__ == "__main__":
    main()
