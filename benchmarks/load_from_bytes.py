# SPDX-License-Identifier: Apache-2.0
"""The dispatch of ``load_module_from_bytes``: time of a call, and memory over a million of them.

    python benchmarks/load_from_bytes.py

Needs a C++ compiler; the published package is not involved. The loader is written in C++ and gives
one and the same module (``null``), so what is measured is packing, look-up, the payload's Bytes
object and the wrapper of the result.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import tvm_ffi
from measure import best_ns
from tvm_ffi import libinfo

HERE = Path(__file__).resolve().parent
MILLION = 1_000_000


def build_loader(directory: str) -> str:
    """Compile the loader library against the installed package."""
    output = f"{directory}/null_loader.so"
    library = Path(libinfo.find_libtvm_ffi())
    flags = ["-std=c++17", "-O2", "-shared", "-fPIC", f"-I{libinfo.find_include_path()}"]
    source = str(HERE / "null_loader" / "null_loader.cc")
    subprocess.check_call(["c++", *flags, source, "-o", output, f"-L{library.parent}", "-ltvm_ffi"])
    return output


def resident_kib() -> int:
    """Return the resident memory of this process in KiB."""
    with Path("/proc/self/status").open() as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def main() -> None:
    """Print nanoseconds per call by payload, and the growth of memory over a million calls."""
    load = tvm_ffi.load_module_from_bytes
    with tempfile.TemporaryDirectory() as directory:
        tvm_ffi.load_module(build_loader(directory))
    for size in (0, 7, 1024, 64 << 20):
        payload = bytes(size)
        print(f"payload of {size:>9} bytes: {best_ns(load, 'null', payload, False):8.1f} ns/call")

    payload = bytes(1 << 20)
    for kind in ("null", "fresh_null"):
        for _ in range(10_000):
            load(kind, payload, keep_module_alive=False)
        before = resident_kib()
        for _ in range(MILLION):
            load(kind, payload, keep_module_alive=False)
        print(f"{MILLION} calls of kind {kind} grew memory by {resident_kib() - before} KiB")


if __name__ == "__main__":
    main()
