# SPDX-License-Identifier: Apache-2.0
"""Python classes of the fixture types, for tests."""

from __future__ import annotations

from . import core
from .registry import register_object


@register_object("testing.TestObjectBase")
class TestObjectBase(core.Object):
    """Object with one integer, one float and one string field."""

    __test__ = False  # not a pytest class


@register_object("testing.TestObjectDerived")
class TestObjectDerived(TestObjectBase):
    """Object below :class:`TestObjectBase` with a map and an array field."""


@register_object("testing.TestIntPair")
class TestIntPair(core.Object):
    """A pair of integers, compared by value."""

    __test__ = False


__all__ = ["TestIntPair", "TestObjectBase", "TestObjectDerived"]
