# SPDX-License-Identifier: Apache-2.0
"""What the tests of dataclasses share: new type keys, and classes made from a few annotations."""

from __future__ import annotations

import itertools
from typing import Any

import tvm_ffi
from tvm_ffi.dataclasses import py_class

_count = itertools.count()


def new_key() -> str:
    """Return a type key that nothing else in the process uses."""
    return f"test.dataclass.K{next(_count)}"


def define(
    _base: Any = tvm_ffi.Object,
    _body: dict[str, Any] | None = None,
    _options: Any = (),
    **fields: Any,
) -> Any:
    """Define a ``py_class`` named ``Made`` with these annotations and this class body."""
    bases = _base if isinstance(_base, tuple) else (_base,)
    namespace = {"__annotations__": fields, "__module__": __name__, **(_body or {})}
    made = type(bases[0])("Made", bases, namespace)
    return py_class(new_key(), **dict(_options))(made)


def native_fields(cls: type) -> dict[str, Any]:
    """Return the type's own fields by name."""
    return {field.name: field for field in cls.__tvm_ffi_type_info__.fields}
