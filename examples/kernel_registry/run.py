# SPDX-License-Identifier: Apache-2.0
"""Pushes a kernel library to a registry on this machine, loads it from there, then tampers with it.

python run.py       (needs Debian's docker-registry, the PyPI package oras, and g++)
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import numpy as np
import tvm_ffi.loaders  # noqa: F401  registers the kind "so"
from kernel_registry import KernelRegistry, KernelRegistryError, Payload, host_architecture
from local_registry import local_registry
from tvm_ffi import libinfo

SOURCE = Path(__file__).resolve().parent.parent / "load_from_bytes" / "add_one.cc"


def compile_library(directory: Path) -> bytes:
    """Compile the kernel library, and keep only its bytes."""
    output = directory / "libadd_one.so"
    command = ["g++", "-std=c++17", "-O2", "-shared", "-fPIC", str(SOURCE), "-o", str(output)]
    command += [f"-I{path}" for path in libinfo.include_paths()]
    subprocess.run([*command, libinfo.find_libtvm_ffi()], check=True)
    library = output.read_bytes()
    output.unlink()
    return library


def main() -> None:
    """Push, load, run, tamper, and be told."""
    with tempfile.TemporaryDirectory() as directory, local_registry(Path(directory)) as server:
        library = compile_library(Path(directory))
        registry = KernelRegistry(plain_http=True)
        payload = Payload("so", host_architecture(), library, "libadd_one.so")
        pinned = registry.push(f"{server.host}/team/add_one:v1", [payload])
        print(f"pushed {pinned}")

        mod = registry.load(pinned, "so")
        x = np.arange(1, 4, dtype="float32")
        y = np.empty_like(x)
        mod.add_one(x, y)
        print(f"add_one({x.astype(int).tolist()}) = {y.astype(int).tolist()}")

        (layer,) = registry.layers(pinned)
        file = server.blob_file(layer.digest)
        file.write_bytes(file.read_bytes()[:-1] + b"!")
        try:
            KernelRegistry(plain_http=True).load(pinned, "so")  # its cache is empty
        except KernelRegistryError as error:
            print(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
