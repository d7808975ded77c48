# SPDX-License-Identifier: Apache-2.0
"""A shared object from memory against the same bytes written to a temporary file and opened.

    python benchmarks/load_so.py

Each row loads the payload, calls its function once and drops the module. The file is removed right
after it was opened, as a program that only wants the code would do. Directories: the one that
`tempfile` chooses, and /dev/shm, which is memory too.

Payloads: C++ kernels as a build makes them (optimised, with symbols and debug information), and a
function beside so much data, all of which is loaded.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path
from typing import Callable

import tvm_ffi
import tvm_ffi.loaders
from tvm_ffi import libinfo

DATA_SOURCE = """
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
CPP_SOURCE = """
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/extra/json.h>
#include <tvm/ffi/function.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace ffi = tvm::ffi;

template <int N>
int64_t Kernel(ffi::TensorView x, ffi::Map<ffi::String, ffi::Any> options) {
  std::map<std::string, std::vector<double>> rows;
  auto* data = static_cast<const float*>(x.data_ptr());
  for (int64_t i = 0; i < x.numel(); ++i) rows[std::to_string(i % N)].push_back(data[i]);
  for (auto& [name, row] : rows) std::sort(row.begin(), row.end());
  return static_cast<int64_t>(rows.size()) + static_cast<int64_t>(options.size());
}
int64_t Answer() { return 42; }
TVM_FFI_DLL_EXPORT_TYPED_FUNC(kernel_2, Kernel<2>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(kernel_3, Kernel<3>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(kernel_5, Kernel<5>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(kernel_7, Kernel<7>);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(answer, Answer);
"""
ROUNDS = 7
LOADS_PER_ROUND = 20


def compile_payload(source: str, *command: str) -> bytes:
    """Return a shared object; `command` is the compiler with its options."""
    suffix = ".cc" if command[0] == "c++" else ".c"
    with tempfile.TemporaryDirectory() as directory:
        file, library = Path(directory) / f"payload{suffix}", Path(directory) / "payload.so"
        file.write_text(source)
        subprocess.run([*command, "-shared", "-fPIC", str(file), "-o", str(library)], check=True)
        return library.read_bytes()


def payloads() -> dict[str, bytes]:
    """Return the payloads by what they are."""
    cpp = ["c++", "-std=c++17", "-O2", "-g", f"-I{libinfo.find_include_path()}"]
    rows = {"C++ kernels, -O2 -g": compile_payload(CPP_SOURCE, *cpp)}
    sizes = {"1 KiB": 1 << 10, "256 KiB": 256 << 10, "1 MiB": 1 << 20, "32 MiB": 32 << 20}
    for name, size in sizes.items():
        rows[f"{name} of data"] = compile_payload(DATA_SOURCE, "cc", f"-DSIZE={size}")
    return rows


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
    """Print one row per payload; the ways take turns, and the best round of each counts."""
    ways = {"memory": from_memory, "file": from_file_in(None), "/dev/shm": from_file_in("/dev/shm")}
    for kind, payload in payloads().items():
        best = dict.fromkeys(ways, float("inf"))
        for _ in range(ROUNDS):
            for name, load in ways.items():
                best[name] = min(best[name], time_of(load, payload))
        figures = "  ".join(f"{name} {value:9.1f} us" for name, value in best.items())
        ratios = "  ".join(
            f"{name}/memory {best[name] / best['memory']:.2f}" for name in ways if name != "memory"
        )
        print(f"{kind:<20} {len(payload):>9} bytes: {figures}  {ratios}")


if __name__ == "__main__":
    main()
