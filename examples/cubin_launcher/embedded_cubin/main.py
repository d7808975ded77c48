# SPDX-License-Identifier: Apache-2.0
"""Calls the libraries that CMakeLists.txt builds, on torch tensors.

    python main.py BUILD_DIRECTORY

Needs a GPU and torch with CUDA. A library that was not built, for lack of a tool or of a compiler
with ``#embed``, is said to be missing.
"""

from __future__ import annotations

import sys
from pathlib import Path

import tvm_ffi

LIBRARIES = ("embed_with_tvm_ffi", "include_bin2c", "cpp_embed")


def find_libraries(directory: Path) -> dict[str, Path]:
    """Return those libraries that were built."""
    files = {name: directory / f"lib{name}.so" for name in LIBRARIES}
    return {name: file for name, file in files.items() if file.exists()}


def add_one(library: Path, x: object, y: object) -> None:
    """Compute y = x + 1 on the GPU, with the kernel inside the library."""
    tvm_ffi.load_module(library).add_one(x, y)


def main() -> None:
    """Call every library and compare."""
    import torch  # noqa: PLC0415

    built = find_libraries(Path(sys.argv[1]))
    x = torch.arange(1000, dtype=torch.float32, device="cuda")
    for name in LIBRARIES:
        if name not in built:
            print(f"{name}: not built")
            continue
        y = torch.empty_like(x)
        add_one(built[name], x, y)
        assert torch.equal(y, x + 1)
        print(f"{name}: x + 1 is right")


if __name__ == "__main__":
    main()
