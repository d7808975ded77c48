# SPDX-License-Identifier: Apache-2.0
"""Compiles add_one.cu to a CUBIN in memory and launches it from Python, C++ and Rust.

Every program gets the same bytes on its standard input; none of them is ever in a file. Needs a
GPU with its driver, CUDA headers, and `pip install cuda-python nvidia-cuda-nvrtc`.

    python run.py [--cubin FILE] [-D CMAKE_VARIABLE=VALUE ...]

`--cubin -` takes the image from standard input instead of compiling it.
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
ROOT = HERE.parents[2]
EXPECTED = "add_one([1, 2, 3, 4, 5]) = [2, 3, 4, 5, 6]"


def read_image(cubin: str | None) -> bytes:
    """Return the image to launch."""
    if cubin == "-":
        return sys.stdin.buffer.read()
    if cubin is not None:
        return Path(cubin).read_bytes()
    from tvm_ffi.cpp.nvrtc import nvrtc_compile  # noqa: PLC0415

    return nvrtc_compile((HERE / "add_one.cu").read_text(), name="add_one.cu")


def build(directory: str, definitions: list[str]) -> None:
    """Build the loader and the C++ program."""
    configure = ["cmake", "-S", str(HERE), "-B", directory]
    configure += [f"-Dtvm_ffi_ROOT={libinfo.find_cmake_path()}", *(f"-D{d}" for d in definitions)]
    for command in (configure, ["cmake", "--build", directory]):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def environment() -> dict[str, str]:
    """Let cargo find ``tvm-ffi-config`` of this environment, and programs libtvm_ffi."""
    variables = dict(os.environ)
    libraries = [str(Path(libinfo.find_libtvm_ffi()).parent), variables.get("LD_LIBRARY_PATH", "")]
    variables["LD_LIBRARY_PATH"] = os.pathsep.join(filter(None, libraries))
    variables["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), variables["PATH"]])
    return variables


def run_program(command: list[str], image: bytes) -> None:
    """Run one program with the image on its standard input and show what it printed."""
    result = subprocess.run(
        command, input=image, stdout=subprocess.PIPE, check=True, env=environment()
    )
    text = result.stdout.decode()
    print(text, end="")
    if EXPECTED not in text:
        sys.exit(f"{command[0]}: expected a line with {EXPECTED!r}")


def main() -> None:
    """Compile, build, and run the three programs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cubin", metavar="FILE")
    parser.add_argument("-D", dest="definitions", action="append", default=[], metavar="NAME=VALUE")
    options = parser.parse_args()

    image = read_image(options.cubin)
    print(f"cubin: {len(image)} bytes in memory")
    with tempfile.TemporaryDirectory() as directory:
        build(directory, options.definitions)
        loader = f"{directory}/loader/libcubin_loader.so"
        run_program([sys.executable, str(HERE / "launch.py"), loader], image)
        run_program([f"{directory}/launch", loader], image)
        manifest = str(ROOT / "rust" / "tvm-ffi" / "Cargo.toml")
        cargo = ["cargo", "run", "--quiet", "--manifest-path", manifest]
        run_program([*cargo, "--example", "launch_cubin", "--", loader], image)


if __name__ == "__main__":
    main()
