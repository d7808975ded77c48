# SPDX-License-Identifier: Apache-2.0
"""Paths to values inside objects and containers, as the structural services report them."""

from __future__ import annotations

from enum import IntEnum

from .core import Object
from .registry import register_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


class AccessKind(IntEnum):
    """What a step goes through; the ``MISSING`` kinds name what the value lacks."""

    ATTR = 0
    ARRAY_ITEM = 1
    MAP_ITEM = 2
    ATTR_MISSING = 3
    ARRAY_ITEM_MISSING = 4
    MAP_ITEM_MISSING = 5


@register_object("ffi.reflection.AccessStep")
class AccessStep(Object):
    """One step of a path.

    Attributes
    ----------
    kind
        The :class:`AccessKind` as number.
    key
        Name of an attribute, index of an element or key of a map.

    """

    kind: int
    key: Any


@register_object("ffi.reflection.AccessPath")
class AccessPath(Object):
    """A path from a root value: its last step, and the path before that one.

    Paths compare by content, but hash by address.

    Attributes
    ----------
    parent
        The path without its last step; None for the root.
    step
        The last step; None for the root.
    depth
        Number of steps.

    Examples
    --------
    .. code-block:: python

        path = AccessPath.root().attr("layers").array_item(0)
        assert repr(path) == "<root>.layers[0]"

    """

    parent: AccessPath | None
    step: AccessStep | None
    depth: int

    if TYPE_CHECKING:  # reflected methods

        @staticmethod
        def _root() -> AccessPath: ...
        def _attr(self, name: str, /) -> AccessPath: ...
        def _attr_missing(self, name: str, /) -> AccessPath: ...
        def _array_item(self, index: int, /) -> AccessPath: ...
        def _array_item_missing(self, index: int, /) -> AccessPath: ...
        def _map_item(self, key: Any, /) -> AccessPath: ...
        def _map_item_missing(self, key: Any, /) -> AccessPath: ...
        def _is_prefix_of(self, other: AccessPath, /) -> bool: ...
        def _to_steps(self) -> Sequence[AccessStep]: ...
        def _path_equal(self, other: AccessPath, /) -> bool: ...

    def __init__(self) -> None:
        raise ValueError(
            "AccessPath can't be initialized directly. "
            "Use AccessPath.root() to create a path to the root object"
        )

    @staticmethod
    def root() -> AccessPath:
        """Return the path of the root value itself."""
        return AccessPath._root()

    def attr(self, attr_key: str) -> AccessPath:
        """Return the path of a field."""
        return self._attr(attr_key)

    def attr_missing(self, attr_key: str) -> AccessPath:
        """Return the path of a field that is not there."""
        return self._attr_missing(attr_key)

    def array_item(self, index: int) -> AccessPath:
        """Return the path of an element of a sequence."""
        return self._array_item(index)

    def array_item_missing(self, index: int) -> AccessPath:
        """Return the path of an element that is not there."""
        return self._array_item_missing(index)

    def map_item(self, key: Any) -> AccessPath:
        """Return the path of a mapping's value."""
        return self._map_item(key)

    def map_item_missing(self, key: Any) -> AccessPath:
        """Return the path of a mapping's value that is not there."""
        return self._map_item_missing(key)

    def is_prefix_of(self, other: AccessPath) -> bool:
        """Return whether ``other`` leads to this value or to something inside it."""
        return self._is_prefix_of(other)

    def to_steps(self) -> Sequence[AccessStep]:
        """Return the steps, the one at the root first."""
        return self._to_steps()

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, AccessPath) and self._path_equal(other)

    def __ne__(self, other: Any) -> bool:
        return not self == other

    __hash__ = Object.__hash__
