# SPDX-License-Identifier: Apache-2.0
"""The registered functions and types, arranged for the generators."""

from __future__ import annotations

import functools
import heapq

from tvm_ffi.core import TypeSchema, _lookup_or_register_type_info_from_type_key
from tvm_ffi.registry import (
    get_global_func_metadata,
    get_registered_type_keys,
    list_global_func_names,
)

from . import consts as C
from .utils import FuncInfo, ObjectInfo


@functools.cache
def object_info_from_type_key(type_key: str) -> ObjectInfo:
    """Return what the registry says about a type.

    Raises
    ------
    ValueError
        If no type has the key.

    """
    return ObjectInfo.from_type_info(_lookup_or_register_type_info_from_type_key(type_key))


def collect_global_funcs() -> dict[str, list[FuncInfo]]:
    """Return the global functions by what comes before the last dot of their names.

    Those of a prefix are sorted by name. Functions without a prefix and those without a schema,
    which no stub can be written for, are reported and left out.
    """
    by_prefix: dict[str, list[FuncInfo]] = {}
    for name in list_global_func_names():
        prefix, dot, _ = name.rpartition(".")
        if not dot:
            _notice(f"[Skipped] Invalid name in global function: {name}")
            continue
        raw = get_global_func_metadata(name).get("type_schema")
        if raw is None:
            _notice(f"[Skipped] Function has no type schema: {name}")
            continue
        schema = TypeSchema._from_maybe_json(raw)
        by_prefix.setdefault(prefix, []).append(FuncInfo.from_schema(name, schema))
    for funcs in by_prefix.values():
        funcs.sort(key=lambda func: func.schema.name)
    return by_prefix


def _notice(text: str) -> None:
    print(f"{C.TERM_YELLOW}{text}{C.TERM_RESET}")


def collect_type_keys() -> dict[str, list[str]]:
    """Return the keys of the registered types by what comes before their last dot, sorted."""
    by_prefix: dict[str, list[str]] = {}
    for key in map(str, get_registered_type_keys()):
        prefix, dot, _ = key.rpartition(".")
        if dot:
            by_prefix.setdefault(prefix, []).append(key)
    for keys in by_prefix.values():
        keys.sort()
    return by_prefix


def toposort_objects(type_keys: list[str]) -> list[ObjectInfo]:
    """Return types so that parents come before children, and else by key."""
    infos = {key: object_info_from_type_key(key) for key in type_keys}
    children: dict[str, list[str]] = {}
    ready = []
    for key, info in infos.items():
        if info.parent_type_key in infos:
            children.setdefault(str(info.parent_type_key), []).append(key)
        else:
            ready.append(key)
    heapq.heapify(ready)
    ordered = []
    while ready:
        key = heapq.heappop(ready)
        ordered.append(infos[key])
        for child in children.get(key, ()):
            heapq.heappush(ready, child)
    return ordered
