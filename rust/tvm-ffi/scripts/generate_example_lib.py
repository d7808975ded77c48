# SPDX-License-Identifier: Apache-2.0
"""Build the library that the Rust example ``load_library`` loads.

Usage: ``python generate_example_lib.py <output_dir>``. Compiles a C++ function that adds one to
every element of a 1-D float32 tensor and copies it to ``<output_dir>/add_one_cpu.so``.
"""

import shutil
import sys
from pathlib import Path

SOURCE = """
void add_one_cpu(tvm::ffi::TensorView x, tvm::ffi::TensorView y) {
  const float* in = static_cast<const float*>(x.data_ptr());
  float* out = static_cast<float*>(y.data_ptr());
  for (int64_t i = 0; i < x.size(0); ++i) out[i] = in[i] + 1.0f;
}
"""


def main() -> int:
    """Build the library and return the exit status."""
    if len(sys.argv) != 2:
        print("Usage: python generate_example_lib.py <output_dir>")
        return 1
    from tvm_ffi import cpp  # noqa: PLC0415

    built = cpp.build_inline(name="hello", cpp_sources=SOURCE, functions=["add_one_cpu"])
    target = Path(sys.argv[1]) / "add_one_cpu.so"
    shutil.copy(built, target)
    print(f"Generated FFI library at {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
