#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what a built libtvm_ffi.so exports and needs with what is promised.

    python tests/abi_symbols/check_exports.py path/to/libtvm_ffi.so

Exits with 1 and names every symbol that is missing, extra or of another kind, every library that it
should not depend on, and a wrong SONAME. Needs `nm` and `readelf` of binutils.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

EXPECTED = Path(__file__).with_name("expected_symbols.txt")

# The C and C++ runtimes, in the spelling of glibc before and after it merged libdl and libpthread.
ALLOWED_NEEDED = re.compile(
    r"^(libc\.so\.6|libm\.so\.6|libstdc\+\+\.so\.6|libgcc_s\.so\.1|libdl\.so\.2|libpthread\.so\.0"
    r"|ld-linux-[\w-]+\.so\.\d)$"
)


def read_expected(path: Path) -> dict[str, str]:
    """Return {symbol: nm type} from the checked-in list."""
    expected = {}
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            kind, name = line.split()
            if name in expected:
                raise SystemExit(f"{path}: {name} is listed twice")
            expected[name] = kind
    return expected


def read_exported(library: Path) -> dict[str, str]:
    """Return {symbol: nm type} of the dynamic symbol table."""
    text = subprocess.run(
        ["nm", "-D", "--defined-only", str(library)], check=True, capture_output=True, text=True
    ).stdout
    # "<address> <type> <name>[@version]"
    return {name: kind for _, kind, name in (line.split() for line in text.splitlines())}


def read_dynamic(library: Path, tag: str) -> list[str]:
    """Return the bracketed values of one kind of entry of the dynamic section."""
    text = subprocess.run(
        ["readelf", "-d", "-W", str(library)], check=True, capture_output=True, text=True
    ).stdout
    return re.findall(rf"\({tag}\).*\[(.*)\]", text)


def find_problems(library: Path) -> list[str]:
    """Return one line per broken promise."""
    expected = read_expected(EXPECTED)
    exported = read_exported(library)
    problems = [f"missing symbol: {name}" for name in sorted(expected.keys() - exported.keys())]
    problems += [
        f"unexpected symbol: {exported[name]} {name}"
        for name in sorted(exported.keys() - expected.keys())
    ]
    problems += [
        f"symbol of another kind: {name} is {exported[name]}, not {kind}"
        for name, kind in sorted(expected.items())
        if exported.get(name, kind) != kind
    ]
    problems += [
        f"unexpected dependency: {name}"
        for name in read_dynamic(library, "NEEDED")
        if not ALLOWED_NEEDED.match(name)
    ]
    problems += [
        f"unexpected run path: {path}"
        for tag in ("RPATH", "RUNPATH")
        for path in read_dynamic(library, tag)
    ]
    if read_dynamic(library, "SONAME") != ["libtvm_ffi.so"]:
        problems.append(f"wrong SONAME: {read_dynamic(library, 'SONAME')}")
    return problems


def main() -> int:
    """Check the library named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library", type=Path, help="path of libtvm_ffi.so")
    library = parser.parse_args().library
    problems = find_problems(library)
    for problem in problems:
        print(problem)
    if not problems:
        print(f"{library.name}: {len(read_expected(EXPECTED))} exported symbols, all as promised")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
