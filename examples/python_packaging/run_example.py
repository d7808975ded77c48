# SPDX-License-Identifier: Apache-2.0
"""Uses the installed package ``my_ffi_extension``: a symbol, functions, an error and a class."""

import traceback

import my_ffi_extension

print("=== A symbol of the library ===")
print(my_ffi_extension.LIB.add_two(1))

print("=== A global function ===")
print(my_ffi_extension.add_one(3))

print("=== An error ===", flush=True)
try:
    my_ffi_extension.raise_error("This is an error")
except RuntimeError:
    traceback.print_exc()

print("=== A class ===")
pair = my_ffi_extension.IntPair(1, 2)
print(f"a={pair.a}")
print(f"b={pair.b}")
print(f"sum={pair.sum()}")
