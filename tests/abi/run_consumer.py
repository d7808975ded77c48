# SPDX-License-Identifier: Apache-2.0
"""Calls everything that consumer.cc exports and prints what comes back.

Runs under either package, so it uses only what both have.
"""

from __future__ import annotations

import sys

import numpy as np
import tvm_ffi

mod = tvm_ffi.load_module(sys.argv[1])

print("add", mod.add(1, 2))
print("repeat short", mod.repeat("ab", 2))
print("repeat long", mod.repeat("abcdefgh", 3))
print("reverse", list(mod.reverse([1, "two", 3.5, None, (4, 5)]))[:4])

grown = mod.grow_map({"first": -1}, 1000)
total = sum(grown.values())
print("grow_map", len(grown), grown["first"], grown["key999"], "key998" in grown, total)

keys = [1, True, 2.5, "short", "a longer string key", (1, 2)]
table = tvm_ffi.convert({key: i for i, key in enumerate(["short", "a longer string key", 7, 2.5])})
print("sum_of", mod.sum_of(table, keys))
many = tvm_ffi.convert({f"item number {i}": i for i in range(2000)})
print("sum_of many", mod.sum_of(many, [f"item number {i}" for i in range(0, 2000, 3)]))

x = np.arange(5, dtype="float32")
y = np.empty_like(x)
mod.add_one(x, y)
print("add_one", y.tolist())
print("shape_of", tuple(mod.shape_of(np.zeros((2, 0, 3)))))
print("first_letter", mod.first_letter("hello"), mod.first_letter(""), mod.first_letter(None))
print("call_back", mod.call_back(lambda value: [value, value], "v")[1])

for call, args in [
    (mod.fail, ("it failed",)),
    (mod.add, (1, "x")),
    (mod.add, (1,)),
    (mod.call_back, (lambda value: {}[value], "missing")),
]:
    try:
        call(*args)
    except Exception as error:
        print(type(error).__name__, error)

echo = mod.make_echo_module(b"payload of the module")
print("module", echo.kind, echo.payload(), echo.inspect_source("x"), echo.implements_function("no"))
echo.import_module(mod)
print("imports", len(echo.imports), echo.get_function("add", query_imports=True)(20, 22))
registered = tvm_ffi.get_global_func("ffi.Module.load_from_bytes.abi_echo")(b"from the registry")
print("loader", registered.kind, registered.payload())
