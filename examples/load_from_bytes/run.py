# SPDX-License-Identifier: Apache-2.0
"""Builds the payload, keeps only its bytes, and loads them from Python, C++ and Rust.

The shared object is deleted before any program starts: each gets the bytes on standard input and
makes a module of them in memory. Exits non-zero if a program fails or prints another result.

    python run.py [--rust-crate PATH]     (the Rust program is an example of the crate tvm-ffi)
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tvm_ffi import libinfo

HERE = Path(__file__).resolve().parent
EXPECTED = "add_one([1, 2, 3, 4, 5]) = [2, 3, 4, 5, 6]"


def build(build_directory: str) -> Path:
    """Build the example against the installed package and return the kernel library's path."""
    tvm_ffi_root = libinfo.find_cmake_path()
    configure = ["cmake", "-S", str(HERE), "-B", build_directory, f"-Dtvm_ffi_ROOT={tvm_ffi_root}"]
    for command in (configure, ["cmake", "--build", build_directory]):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return Path(build_directory) / "libadd_one.so"


def rust_environment() -> dict[str, str]:
    """Let cargo find ``tvm-ffi-config`` of this environment, and the program libtvm_ffi."""
    environment = dict(os.environ)
    library_directory = str(Path(libinfo.find_libtvm_ffi()).parent)
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])
    environment["LD_LIBRARY_PATH"] = library_directory
    return environment


def run_program(command: list[str], payload: bytes, environment: dict[str, str] | None) -> None:
    """Run one program with the payload on its standard input and show what it printed."""
    result = subprocess.run(
        command, input=payload, stdout=subprocess.PIPE, check=True, env=environment
    )
    text = result.stdout.decode()
    print(text, end="")
    if EXPECTED not in text:
        sys.exit(f"{command[0]}: expected a line with {EXPECTED!r}")


def main() -> None:
    """Build, read, delete, and run the three programs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rust-crate", type=Path, default=HERE.parent.parent / "rust" / "tvm-ffi")
    options = parser.parse_args()

    loaders = str(Path(libinfo.find_libtvm_ffi()).parent / "libtvm_ffi_loaders.so")
    with tempfile.TemporaryDirectory() as build_directory:
        library = build(build_directory)
        payload = library.read_bytes()
        library.unlink()
        print(f"kernel library: {len(payload)} bytes in memory, file deleted")
        run_program([sys.executable, str(HERE / "load_from_bytes.py")], payload, None)
        run_program([f"{build_directory}/load_from_bytes", loaders], payload, None)

    manifest = str(options.rust_crate / "Cargo.toml")
    cargo = ["cargo", "run", "--quiet", "--manifest-path", manifest, "--example", "load_from_bytes"]
    run_program([*cargo, "--", "/dev/stdin", loaders], payload, rust_environment())


if __name__ == "__main__":
    main()
