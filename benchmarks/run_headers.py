# SPDX-License-Identifier: Apache-2.0
"""Compare what the C++ headers cost to compile: one small translation unit, both packages in turn.

    python benchmarks/run_headers.py --ours PYTHON --theirs PYTHON

Seconds are the CPU time of the compiler (user and system), the least of the rounds: whatever
disturbs a run only makes it slower. Lines are those of the preprocessed text. The row `standard
headers` of each compiler is a file that includes nothing but the standard headers which consumers
get from the package, so nobody can be faster than that.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parent / "headers" / "two_exports.cc"
STANDARD_HEADERS = (
    "algorithm functional limits memory optional sstream string tuple unordered_map utility vector"
).split()


def include_options(python: str) -> list[str]:
    """Return the ``-I`` options that the interpreter's package asks for."""
    program = "import tvm_ffi.libinfo; print('\\n'.join(tvm_ffi.libinfo.include_paths()))"
    paths = subprocess.check_output([python, "-c", program], text=True).splitlines()
    return [f"-I{path}" for path in dict.fromkeys(paths)]


def cpu_seconds(command: list[str]) -> float:
    """Run a command and return the CPU time that it and its children used."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def best_seconds(commands: dict[str, list[str]], rounds: int) -> dict[str, float]:
    """Return the least CPU time of each command, the commands in turn."""
    best = dict.fromkeys(commands, float("inf"))
    for _ in range(rounds):
        for name, command in commands.items():
            best[name] = min(best[name], cpu_seconds(command))
    return best


def count_lines(command: list[str]) -> int:
    """Return the number of lines that a command writes."""
    return subprocess.check_output(command).count(b"\n")


def print_row(label: str, ours: float, theirs: float, digits: int) -> None:
    """Print one row of the table."""
    print(
        f"{label:<28}{ours:>12.{digits}f}{theirs:>12.{digits}f}{ours / theirs:>13.2f}", flush=True
    )


def main() -> None:
    """Compile for every compiler and level that is there and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ours", default=sys.executable, help="interpreter with this package")
    parser.add_argument("--theirs", required=True, help="interpreter with the published package")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    includes = {"ours": include_options(options.ours), "theirs": include_options(options.theirs)}
    print(f"{'two exports':<28}{'ours':>12}{'theirs':>12}{'ours/theirs':>13}")
    with tempfile.TemporaryDirectory() as scratch:
        standard = Path(scratch) / "standard.cc"
        standard.write_text("".join(f"#include <{header}>\n" for header in STANDARD_HEADERS))
        # Debian names a Clang by its version only, unless the package `clang` is there.
        for compiler in filter(shutil.which, ("g++", "clang++", "clang++-14")):
            base = [compiler, "-std=c++17", "-fPIC", "-w"]
            for level in ("-O0", "-O2"):
                compile_only = [*base, level, "-c", "-o", f"{scratch}/out.o"]
                commands = {n: [*compile_only, *i, str(SOURCE)] for n, i in includes.items()}
                commands["standard"] = [*compile_only, str(standard)]
                best = best_seconds(commands, options.rounds)
                print_row(f"{compiler} {level}, CPU s", best["ours"], best["theirs"], 2)
                print(f"{'  of it standard headers':<28}{best['standard']:>12.2f}")
        lines = {
            n: count_lines(["c++", "-std=c++17", "-E", *i, SOURCE]) for n, i in includes.items()
        }
        print_row("preprocessed lines", lines["ours"], lines["theirs"], 0)
        alone = count_lines(["c++", "-std=c++17", "-E", str(standard)])
        print(f"{'  of it standard headers':<28}{alone:>12}")


if __name__ == "__main__":
    main()
