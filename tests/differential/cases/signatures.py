# SPDX-License-Identifier: Apache-2.0
"""Public names, their kinds and the signatures of what is callable."""

import importlib
import inspect

import tvm_ffi

MODULES = (
    "tvm_ffi tvm_ffi.access_path tvm_ffi.container tvm_ffi.dataclasses tvm_ffi.error "
    "tvm_ffi.module tvm_ffi.registry tvm_ffi.serialization tvm_ffi.stream tvm_ffi.structural "
    "tvm_ffi._convert tvm_ffi._tensor tvm_ffi._dtype tvm_ffi.testing tvm_ffi.utils "
    "tvm_ffi.utils.kwargs_wrapper tvm_ffi.utils.unpack_dataclass"
).split()
# What this project adds.
ADDED = {"load_module_from_bytes", "list_module_loaders"}


def signature(value):
    """Return names, kinds and whether there is a default; annotations may be spelled otherwise."""
    try:
        parameters = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):
        return "none"
    return ", ".join(
        f"{p.kind.name[0:2]}:{p.name}" + ("=" if p.default is not p.empty else "")
        for p in parameters
    )


def public_names(module):
    return getattr(module, "__all__", None) or [n for n in vars(module) if not n.startswith("_")]


def is_of(value, module):
    """Return whether a value without a place in ``__all__`` was made by the module itself."""
    return hasattr(module, "__all__") or value.__module__.startswith(module.__name__)


def functions_of(module):
    values = {name: getattr(module, name) for name in public_names(module) if name not in ADDED}
    return {
        name: value
        for name, value in values.items()
        if inspect.isfunction(value) and is_of(value, module)
    }


def classes_of(module):
    values = [getattr(module, name) for name in public_names(module) if name not in ADDED]
    return [
        value
        for value in values
        if inspect.isclass(value) and value.__module__.startswith(module.__name__)
    ]


def methods_of(cls):
    plain = {name: value for name, value in vars(cls).items() if inspect.isfunction(value)}
    return {name: signature(value) for name, value in sorted(plain.items())}


def module_case(name, describe):
    return lambda: describe(importlib.import_module(name))


def describe_functions(module):
    return {name: signature(f) for name, f in sorted(functions_of(module).items())}


def describe_methods(module):
    # Dunder methods may be inherited here and defined there.
    return {
        cls.__qualname__: {n: s for n, s in methods_of(cls).items() if not n.startswith("_")}
        for cls in classes_of(module)
    }


for _name in MODULES:
    _case = _name.replace(".", "_")
    globals()[f"case_functions_of_{_case}"] = module_case(_name, describe_functions)
    globals()[f"case_methods_of_{_case}"] = module_case(_name, describe_methods)


def case_all_names():
    return sorted(set(tvm_ffi.__all__) - ADDED)
