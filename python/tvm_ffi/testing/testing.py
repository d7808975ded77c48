# SPDX-License-Identifier: Apache-2.0
"""Python classes of the testing library's types, and what tests of the package share."""

from __future__ import annotations

import sys
from typing import Any, ClassVar

import pytest

from .. import _ffi_api, core
from ..core import Object
from ..dataclasses import IntEnum, StrEnum, c_class
from ..registry import get_global_func

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tvm_ffi import Device, dtype


def _requires_python(major: int, minor: int) -> pytest.MarkDecorator:
    return pytest.mark.skipif(
        sys.version_info < (major, minor), reason=f"requires Python {major}.{minor}+"
    )


requires_py310 = _requires_python(3, 10)
requires_py312 = _requires_python(3, 12)
requires_py313 = _requires_python(3, 13)


# ---- functions ----------------------------------------------------------------------------------


def create_object(type_key: str, **kwargs: Any) -> Object:
    """Return an object of a type, made natively from its fields.

    Unlike a constructor this takes every field by name and runs no Python code of the class.
    """
    arguments = [item for pair in kwargs.items() for item in pair]
    obj: Object = _ffi_api.MakeObjectFromPackedArgs(type_key, *arguments)
    return obj


def make_unregistered_object() -> Object:
    """Return an object of a type that no Python class is registered for."""
    obj: Object = get_global_func("testing.make_unregistered_object")()
    return obj


def add_one(x: int) -> int:
    """Return ``x + 1``, added natively."""
    result: int = get_global_func("testing.add_one")(x)
    return result


# ---- objects ------------------------------------------------------------------------------------


@c_class("testing.TestObjectBase")
class TestObjectBase(Object):
    """Fields of three kinds, with defaults."""

    __test__ = False  # not a class of tests

    v_i64: int
    v_f64: float
    v_str: str


@c_class("testing.TestObjectDerived")
class TestObjectDerived(TestObjectBase):
    """Containers added to :class:`TestObjectBase`."""

    __test__ = False

    v_map: Mapping[Any, Any]
    v_array: Sequence[Any]


@c_class("testing.TestIntPair")
class TestIntPair(Object):
    """Two integers, set by the constructor only."""

    __test__: ClassVar[bool] = False

    a: int
    b: int


@c_class("testing.TestFrozenCxx", frozen=True)
class TestFrozenCxx(Object):
    """A type that reflects none of its members."""

    __test__: ClassVar[bool] = False

    value: int
    tag: str


@c_class("testing.TestObjectPtrHolder")
class TestObjectPtrHolder(Object):
    """References to objects, one of which may be absent."""

    __test__ = False

    value: TestObjectBase
    optional_value: TestObjectBase | None


@c_class("testing.TestNonCopyable")
class TestNonCopyable(Object):
    """A type without copy constructor."""

    __test__ = False

    value: int


@c_class("testing.TestCompare")
class TestCompare(Object):
    """A field that comparison ignores."""

    __test__ = False

    key: int
    name: str
    ignored_field: int


@c_class("testing.TestHash")
class TestHash(Object):
    """A field that hashing ignores."""

    __test__ = False

    key: int
    name: str
    hash_ignored: int


@c_class("testing.TestCustomHash")
class TestCustomHash(Object):
    """Hashed by a native hook, which looks at ``key`` only."""

    __test__ = False

    key: int
    label: str


@c_class("testing.TestCustomCompare")
class TestCustomCompare(Object):
    """Compared by native hooks, which look at ``key`` only."""

    __test__ = False

    key: int
    label: str


@c_class("testing.TestEqWithoutHash")
class TestEqWithoutHash(Object):
    """Compared by a native hook, but without one for hashing."""

    __test__ = False

    key: int
    label: str


# ---- constructors -------------------------------------------------------------------------------


@c_class("testing.TestCxxClassBase")
class _TestCxxClassBase(Object):
    """A constructor written in Python, which changes its arguments."""

    v_i64: int
    v_i32: int
    not_field_1 = 1
    not_field_2: ClassVar[int] = 2

    def __init__(self, v_i64: int, v_i32: int) -> None:
        ffi_init = core._lookup_type_attr(
            type(self).__tvm_ffi_type_info__.type_index, "__ffi_init__"
        )
        self.__init_handle_by_constructor__(ffi_init, v_i64 + 1, v_i32 + 2)


@c_class("testing.TestCxxClassDerived", eq=True, order=True, unsafe_hash=True)
class _TestCxxClassDerived(_TestCxxClassBase):
    v_f64: float
    v_f32: float


@c_class("testing.TestCxxClassDerivedDerived")
class _TestCxxClassDerivedDerived(_TestCxxClassDerived):
    v_str: str
    v_bool: bool


@c_class("testing.TestCxxInitSubset")
class _TestCxxInitSubset(Object):
    required_field: int
    optional_field: int
    note: str


@c_class("testing.TestCxxKwOnly")
class _TestCxxKwOnly(Object):
    x: int
    y: int
    z: int
    w: int


@c_class("testing.TestCxxAutoInit")
class _TestCxxAutoInit(Object):
    __test__ = False

    a: int
    b: int
    c: int
    d: int


@c_class("testing.TestCxxAutoInitSimple")
class _TestCxxAutoInitSimple(Object):
    __test__ = False

    x: int
    y: int


@c_class("testing.TestCxxAutoInitAllInitOff")
class _TestCxxAutoInitAllInitOff(Object):
    __test__ = False

    x: int
    y: int
    z: int


@c_class("testing.TestCxxAutoInitKwOnlyDefaults")
class _TestCxxAutoInitKwOnlyDefaults(Object):
    __test__ = False

    p_required: int
    p_default: int
    k_required: int
    k_default: int
    hidden: int


@c_class("testing.TestCxxNoAutoInit", init=False)
class _TestCxxNoAutoInit(Object):
    x: int
    y: int


@c_class("testing.TestCxxAutoInitParent")
class _TestCxxAutoInitParent(Object):
    __test__ = False

    parent_required: int
    parent_default: int


@c_class("testing.TestCxxAutoInitChild")
class _TestCxxAutoInitChild(_TestCxxAutoInitParent):
    __test__ = False

    child_required: int
    child_kw_only: int


# ---- enums --------------------------------------------------------------------------------------


class _TestCxxIntEnum(IntEnum, type_key="testing.TestCxxIntEnum"):
    low = 10
    high = 20


class _TestCxxStrEnum(StrEnum, type_key="testing.TestCxxStrEnum"):
    add = "+"
    mul = "*"


@c_class("testing.TestCxxEnumHolder")
class _TestCxxEnumHolder(Object):
    priority: _TestCxxIntEnum
    opcode: _TestCxxStrEnum


# ---- reflection ---------------------------------------------------------------------------------


@c_class("testing.SchemaAllTypes")
class _SchemaAllTypes:
    """A type of which only the reflection data is of interest; it has no instances."""

    v_bool: bool
    v_int: int
    v_float: float
    v_device: Device
    v_dtype: dtype
    v_string: str
    v_bytes: bytes
    v_opt_int: int | None
    v_opt_str: str | None
    v_arr_int: Sequence[int]
    v_arr_str: Sequence[str]
    v_map_str_int: Mapping[str, int]
    v_map_str_arr_int: Mapping[str, Sequence[int]]
    v_variant: str | Sequence[int] | Mapping[str, int]
    v_opt_arr_variant: Sequence[int | str] | None
