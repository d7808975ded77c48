# SPDX-License-Identifier: Apache-2.0
"""Calling functions, registering them, and modules of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

import tvm_ffi
from typing_extensions import assert_type


@tvm_ffi.register_global_func("user_project.scale")
def scale(x: int, factor: int = 2) -> int:
    return x * factor


@tvm_ffi.register_global_func
def shift(x: int) -> int:
    return x + 1


def count(*args: object) -> int:
    return len(args)


def call() -> None:
    assert_type(scale, tvm_ffi.Function)
    assert_type(shift, tvm_ffi.Function)
    assert_type(scale(1), Any)

    found = tvm_ffi.get_global_func("user_project.scale")
    assert_type(found, tvm_ffi.Function)
    assert_type(found(1, 2), Any)
    assert_type(tvm_ffi.convert_func(count)(1, 2.0, "text", None, [1, 2]), Any)
    maybe = tvm_ffi.get_global_func("user_project.none", allow_missing=True)
    assert_type(maybe, Optional[tvm_ffi.Function])
    if maybe is not None:
        maybe()

    registered = tvm_ffi.register_global_func("user_project.other", len, override=True)
    assert_type(registered, tvm_ffi.Function)
    assert_type(tvm_ffi.convert_func(len), tvm_ffi.Function)
    assert_type(tvm_ffi.get_global_func_metadata("user_project.scale"), dict[str, Any])
    tvm_ffi.remove_global_func("user_project.other")


def use_module(path: str) -> None:
    module = tvm_ffi.load_module(path)
    assert_type(module, tvm_ffi.Module)
    assert_type(module.kind, str)
    assert_type(module.imports, Sequence[tvm_ffi.Module])
    assert_type(module["main"], tvm_ffi.Function)
    assert_type(module.any_name, tvm_ffi.Function)
    assert_type(module.get_function("main", query_imports=True), tvm_ffi.Function)
    assert_type(module.get_function_doc("main"), Optional[str])
    assert_type(tvm_ffi.load_module_from_bytes("cubin", b"..."), tvm_ffi.Module)
    assert_type(tvm_ffi.list_module_loaders(), list[str])
    assert_type(tvm_ffi.system_lib(), tvm_ffi.Module)
