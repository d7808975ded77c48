# SPDX-License-Identifier: Apache-2.0
"""A shared object from memory against the same bytes written to a temporary file and opened.

    python benchmarks/load_so.py

Each row loads the payload, calls its function once and drops the module. The file is removed right
after it was opened, as a program that only wants the code would do. Directories: the one that
`tempfile` chooses, and /dev/shm, which is memory too.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path
from typing import Callable

import tvm_ffi
import tvm_ffi.loaders

SOURCE = """
#include <stdint.h>
typedef struct { int32_t type_index; uint32_t padding; int64_t v_int64; } Any;
char space[SIZE] = {1};
int __tvm_ffi_answer(void* self, const Any* args, int32_t num_args, Any* result) {
  result->type_index = 1;
  result->padding = 0;
  result->v_int64 = 41 + space[0];
  return 0;
}
"""
ROUNDS = 7
LOADS_PER_ROUND = 20


def compile_payload(size: int) -> bytes:
    """Return a shared object with `size` bytes of data."""
    with tempfile.TemporaryDirectory() as directory:
        source, library = Path(directory) / "payload.c", Path(directory) / "payload.so"
        source.write_text(SOURCE)
        command = ["cc", "-shared", "-fPIC", f"-DSIZE={size}", str(source), "-o", str(library)]
        subprocess.run(command, check=True)
        return library.read_bytes()


def from_memory(payload: bytes) -> tvm_ffi.Module:
    """Load through the kind `so`."""
    return tvm_ffi.load_module_from_bytes("so", payload, keep_module_alive=False)


def from_file_in(directory: str | None) -> Callable[[bytes], tvm_ffi.Module]:
    """Return a function that loads through a new temporary file."""

    def load(payload: bytes) -> tvm_ffi.Module:
        with tempfile.NamedTemporaryFile(suffix=".so", dir=directory) as file:
            file.write(payload)
            file.flush()
            return tvm_ffi.load_module(file.name, keep_module_alive=False)

    return load


def time_of(load: Callable[[bytes], tvm_ffi.Module], payload: bytes) -> float:
    """Return the microseconds of one load, call and drop."""
    start = time.perf_counter()
    for _ in range(LOADS_PER_ROUND):
        assert load(payload).answer() == 42
    return (time.perf_counter() - start) / LOADS_PER_ROUND * 1e6


def main() -> None:
    """Print one row per payload size; the ways take turns, and the best round of each counts."""
    ways = {"memory": from_memory, "file": from_file_in(None), "/dev/shm": from_file_in("/dev/shm")}
    for size in (1 << 10, 1 << 20, 32 << 20):
        payload = compile_payload(size)
        best = dict.fromkeys(ways, float("inf"))
        for _ in range(ROUNDS):
            for name, load in ways.items():
                best[name] = min(best[name], time_of(load, payload))
        figures = "  ".join(f"{name} {value:9.1f} us" for name, value in best.items())
        ratios = "  ".join(
            f"{name}/memory {best[name] / best['memory']:.2f}" for name in ways if name != "memory"
        )
        print(f"payload of {len(payload):>9} bytes: {figures}  {ratios}")


if __name__ == "__main__":
    main()
