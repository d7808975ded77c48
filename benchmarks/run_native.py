# SPDX-License-Identifier: Apache-2.0
"""Compare C++ programs built against this package and against the published one.

    python benchmarks/run_native.py --theirs PYTHON [--ours PYTHON | --build DIRECTORY]

The sources in ``native/`` are compiled twice with the same flags, each time with the headers and
the library that ``PYTHON -m tvm_ffi.config`` names; with ``--build`` ours are the headers of this
checkout and the library of a build directory. The two programs run in turn, several rounds; the
best figure of each row counts. Prints processor nanoseconds for orientation and the ratio that
matters, theirs over ours.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCES = sorted((HERE / "native").glob("*.cc"))


def package_flags(python: str) -> tuple[list[str], list[str]]:
    """Return the compile and link flags of the package that ``python`` imports."""

    def ask(what: str) -> list[str]:
        return subprocess.check_output(
            [python, "-m", "tvm_ffi.config", f"--{what}"], text=True
        ).split()

    rpath = [f"-Wl,-rpath,{directory}" for directory in ask("libdir")]
    return ask("cxxflags"), [*ask("ldflags"), *ask("libs"), *rpath]


def build_flags(directory: str) -> tuple[list[str], list[str]]:
    """Return the flags for this checkout's headers and the library of a build directory."""
    library = Path(directory).resolve() / "lib"
    include = f"-I{HERE.parent / 'include'}"
    return ["-std=c++17", include], [f"-L{library}", "-ltvm_ffi", f"-Wl,-rpath,{library}"]


def compile_rows(flags: tuple[list[str], list[str]], program: Path) -> Path:
    """Compile the rows into ``program``."""
    compile_flags, link_flags = flags
    quiet = ("-w", "-fno-diagnostics-show-caret")
    subprocess.check_call(
        ["c++", "-O2", *quiet, *compile_flags, *map(str, SOURCES), "-o", str(program), *link_flags]
    )
    return program


def fold_best(best: dict[str, float], program: Path, only: str) -> None:
    """Run ``program`` and keep the smaller figure of each row."""
    output = subprocess.check_output([str(program), only], text=True)
    for name, value in json.loads(output).items():
        best[name] = min(value, best.get(name, value))


def print_table(ours: dict[str, float], theirs: dict[str, float]) -> None:
    """Print one line per row and the geometric mean."""
    print(f"{'row':<32}{'ours ns':>14}{'theirs ns':>14}{'theirs/ours':>13}")
    product = 1.0
    for name, value in ours.items():
        ratio = theirs[name] / value
        product *= ratio
        print(f"{name:<32}{value:>14.2f}{theirs[name]:>14.2f}{ratio:>13.2f}")
    if ours:
        print(f"geometric mean over {len(ours)} rows: {product ** (1 / len(ours)):.2f}")


def main() -> None:
    """Build both programs, run them in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ours", default=sys.executable, help="interpreter with this package")
    parser.add_argument("--build", help="build directory to take the library from instead")
    parser.add_argument("--theirs", required=True, help="interpreter with the published package")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="run the rows whose name contains this")
    options = parser.parse_args()
    our_flags = build_flags(options.build) if options.build else package_flags(options.ours)
    ours: dict[str, float] = {}
    theirs: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as directory:
        our_program = compile_rows(our_flags, Path(directory) / "ours")
        their_program = compile_rows(package_flags(options.theirs), Path(directory) / "theirs")
        for _ in range(options.rounds):
            fold_best(ours, our_program, options.only)
            fold_best(theirs, their_program, options.only)
    print_table(ours, theirs)


if __name__ == "__main__":
    main()
