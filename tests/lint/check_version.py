# SPDX-License-Identifier: Apache-2.0
"""Checks that the places which state the version agree.

Usage: ``python tests/lint/check_version.py [--cpp] [--rust] [--version X.Y.Z] [--root DIR]``

``--cpp`` is about the C header, from which the Python packages, CMake and the documentation read
the version; ``--rust`` about the crates. Without ``--version``, that of the header is the one to
agree on. The exit status is 1, and each disagreement a line, if there is one.

The C header of a post-release X.Y.Z.postN already says X.Y.(Z+1).
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

HEADER = "include/tvm/ffi/c_api.h"
CRATES = ("tvm-ffi", "tvm-ffi-macros", "tvm-ffi-sys")
# What Python calls a pre-release, and what Cargo does.
PRE_RELEASES = {"a": "alpha", "b": "beta", "rc": "rc"}
VERSION = re.compile(
    r"(?P<release>\d+\.\d+\.\d+)((?P<pre>a|b|rc)(?P<number>\d+))?(\.post(?P<post>\d+))?"
)


def expected_header_version(version: re.Match[str]) -> str:
    """Return what the header says when ``version`` is released."""
    major, minor, patch = version["release"].split(".")
    return f"{major}.{minor}.{int(patch) + (version['post'] is not None)}"


def expected_crate_version(version: re.Match[str]) -> str:
    """Return what the crates say when ``version`` is released."""
    if version["pre"] is None:
        return expected_header_version(version)
    return f"{version['release']}-{PRE_RELEASES[version['pre']]}.{version['number']}"


def header_version(root: Path) -> str:
    """Return the version that the macros of the C header spell."""
    text = (root / HEADER).read_text(encoding="utf-8")
    parts = []
    for part in ("MAJOR", "MINOR", "PATCH"):
        found = re.search(rf"^#define TVM_FFI_VERSION_{part} (\d+)$", text, flags=re.MULTILINE)
        if found is None:
            sys.exit(f"{HEADER}: no #define TVM_FFI_VERSION_{part}")
        parts.append(found[1])
    return ".".join(parts)


def check_cpp(root: Path, version: re.Match[str]) -> list[str]:
    """Compare the header with the version."""
    found, expected = header_version(root), expected_header_version(version)
    if found == expected:
        return []
    return [f"{HEADER}: TVM_FFI_VERSION_* say {found}, expected {expected}"]


def check_rust(root: Path, version: re.Match[str]) -> list[str]:
    """Compare the crates, and what they require of each other, with the version."""
    expected = expected_crate_version(version)
    problems = []
    for crate in CRATES:
        name = f"rust/{crate}/Cargo.toml"
        text = (root / name).read_text(encoding="utf-8")
        stated = re.findall(r'^version = "(.*?)"', text, flags=re.MULTILINE)
        stated += re.findall(r'^tvm-ffi\S* = .*version = "=?(.*?)"', text, flags=re.MULTILINE)
        wrong = sorted({found for found in stated if found != expected})
        problems += [f"{name}: says {found}, expected {expected}" for found in wrong]
        if not stated:
            problems.append(f"{name}: no version")
    return problems


def main() -> int:
    """Check what the command line asks for."""
    parser = argparse.ArgumentParser(description="Check that stated versions agree.")
    parser.add_argument("--cpp", action="store_true", help="check the C header")
    parser.add_argument("--rust", action="store_true", help="check the crates")
    parser.add_argument("--version", help="the version to be released (default: the header's)")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    arguments = parser.parse_args()
    if not arguments.cpp and not arguments.rust:
        parser.error("nothing to check: give --cpp, --rust or both")
    version = VERSION.fullmatch(arguments.version or header_version(arguments.root))
    if version is None:
        parser.error(f"not a version that this project releases: {arguments.version}")
    problems = check_cpp(arguments.root, version) if arguments.cpp else []
    problems += check_rust(arguments.root, version) if arguments.rust else []
    print("\n".join(problems) or f"{version[0]}: all agree")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
