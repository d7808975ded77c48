# SPDX-License-Identifier: Apache-2.0
"""Runs one OpenCL program from Python, C++ and Rust, as source and as compiled for this device.

Each program gets the payload on standard input and makes a module of it in memory. Exits non-zero
if one fails or prints another result.

    python run.py [--built DIRECTORY] [--rust-crate PATH]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import tvm_ffi
from tvm_ffi import libinfo

HERE = Path(__file__).resolve().parent
EXPECTED = "add_one([1, 2, 3, 4, 5]) = [2, 3, 4, 5, 6]"


def build(directory: Path) -> None:
    """Build the loader and the C++ program against the installed package."""
    root = f"-Dtvm_ffi_ROOT={libinfo.find_cmake_path()}"
    configure = ["cmake", "-S", str(HERE), "-B", str(directory), "-DCMAKE_BUILD_TYPE=Release", root]
    for command in (configure, ["cmake", "--build", str(directory)]):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def rust_environment() -> dict[str, str]:
    """Let cargo find ``tvm-ffi-config`` of this environment, and the program libtvm_ffi."""
    environment = dict(os.environ)
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])
    environment["LD_LIBRARY_PATH"] = str(Path(libinfo.find_libtvm_ffi()).parent)
    return environment


def run_program(command: list[str], payload: bytes, environment: dict[str, str]) -> None:
    """Run one program with the payload on its standard input and show what it printed."""
    result = subprocess.run(
        command, input=payload, stdout=subprocess.PIPE, check=True, env=environment
    )
    text = result.stdout.decode()
    print(text, end="", flush=True)
    if EXPECTED not in text:
        sys.exit(f"{command[0]}: expected a line with {EXPECTED!r}")


def run_all(directory: Path, rust_crate: Path) -> None:
    """Run every program on both payloads."""
    loader = str(directory / "opencl_loader" / "libopencl_loader.so")
    tvm_ffi.load_module(loader)
    source = (HERE / "add_one.cl").read_bytes()
    mod = tvm_ffi.load_module_from_bytes("opencl", source)
    payloads = {"opencl": source, "opencl_bin": bytes(mod["__binary__"]())}

    cargo = ["cargo", "run", "--quiet", "--manifest-path", str(rust_crate / "Cargo.toml")]
    for kind, payload in payloads.items():
        print(f"{kind}: {len(payload)} bytes in memory", flush=True)
        environment = dict(os.environ)
        run_program([sys.executable, str(HERE / "launch.py"), loader, kind], payload, environment)
        run_program([str(directory / "launch"), loader, kind], payload, environment)
        rust_program = [*cargo, "--example", "launch_opencl", "--", loader, kind]
        run_program(rust_program, payload, rust_environment())


def main() -> None:
    """Build and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--built", type=Path, help="where this folder was built already")
    parser.add_argument("--rust-crate", type=Path, default=HERE.parent.parent / "rust" / "tvm-ffi")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        if not options.built:
            build(Path(temporary))
        run_all(options.built or Path(temporary), options.rust_crate)


if __name__ == "__main__":
    main()
