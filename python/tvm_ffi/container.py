# SPDX-License-Identifier: Apache-2.0
"""Sequences and mappings that live in FFI objects.

Reading (length, items, iteration) is done by the native base class, straight from memory; what is
here are the comparisons, the changes and the rest of the protocols of :mod:`collections.abc`.
"""

from __future__ import annotations

from collections.abc import (
    ItemsView as _ItemsViewBase,
)
from collections.abc import (
    KeysView as _KeysViewBase,
)
from collections.abc import (
    Mapping,
    MutableMapping,
    MutableSequence,
    Sequence,
)
from collections.abc import (
    ValuesView as _ValuesViewBase,
)
from itertools import chain
from operator import index as _as_index
from types import GenericAlias

from . import _ffi_api, core
from .core import MISSING
from .registry import register_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, SupportsIndex, TypeVar, overload

    _T = TypeVar("_T")
    _D = TypeVar("_D")
    _K = TypeVar("_K")
    _V = TypeVar("_V")
    _T_co = TypeVar("_T_co", covariant=True)
    _V_co = TypeVar("_V_co", covariant=True)
    _SequenceOf = Sequence
    _MutableSequenceOf = MutableSequence
    _MappingOf = Mapping
    _MutableMappingOf = MutableMapping
    _KeysViewOf = _KeysViewBase
    _ValuesViewOf = _ValuesViewBase
    _ItemsViewOf = _ItemsViewBase
else:
    # Type checkers see generic base classes; here an element type makes no difference to the base.
    _T = _K = _V = _T_co = _V_co = None
    _SequenceOf = {None: Sequence}
    _MutableSequenceOf = {None: MutableSequence}
    _MappingOf = {(None, None): Mapping}
    _MutableMappingOf = {(None, None): MutableMapping}
    _KeysViewOf = {None: _KeysViewBase}
    _ValuesViewOf = {None: _ValuesViewBase}
    _ItemsViewOf = {(None, None): _ItemsViewBase}


def normalize_index(length: int, idx: Any) -> int:
    """Return the position that an index of either sign means.

    Raises IndexError when it is out of range, TypeError when it is no integer.
    """
    try:
        position = _as_index(idx)
    except TypeError:
        raise TypeError(f"indices must be integers or slices, not {type(idx).__name__}") from None
    if not -length <= position < length:
        raise IndexError(f"Index out of range. size: {length}, got index {idx}")
    return position + length if position < 0 else position


def getitem_helper(obj: Any, elem_getter: Callable[[Any, int], Any], length: int, idx: Any) -> Any:
    """Return the element at an index, or the list of elements of a slice."""
    if isinstance(idx, slice):
        return [elem_getter(obj, i) for i in range(*idx.indices(length))]
    return elem_getter(obj, normalize_index(length, idx))


def _is_plain_sequence(value: Any) -> bool:
    """Return whether a value is compared element by element."""
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _sequence_compare_other(self: Any, other: Any) -> Any:
    """Return ``other`` as a container of the kind of ``self``, NotImplemented if it is none."""
    if isinstance(other, type(self)) or isinstance(self, type(other)):
        return other
    if not _is_plain_sequence(other) or isinstance(other, Mapping):
        return NotImplemented
    try:
        return type(self)(other)
    except (TypeError, ValueError):  # it holds what no container can hold
        return NotImplemented


def _contains_nested(self: Any, value: Any) -> bool:
    """Return whether a Python sequence equals an element that is a container."""
    if not _is_plain_sequence(value):
        return False
    try:
        candidate = type(self)(value)
    except (TypeError, ValueError):
        return False
    return any(element == candidate for element in self)


class _Comparable:
    """Structural comparison, copying and generic aliases, common to the four containers."""

    __slots__ = ()

    def __ne__(self, other: object) -> Any:
        equal = self.__eq__(other)
        return equal if equal is NotImplemented else not equal

    def __hash__(self) -> int:
        return _ffi_api.RecursiveHash(self)

    def __bool__(self: Any) -> bool:
        return len(self) != 0

    def __deepcopy__(self, memo: Any = None) -> Any:
        return _ffi_api.DeepCopy(self)


def _share(cls: Any) -> Any:
    """Give a container class the methods of :class:`_Comparable` without another base class."""
    for name, value in vars(_Comparable).items():
        if callable(value) and name not in vars(cls):
            setattr(cls, name, value)
    cls.__class_getitem__ = classmethod(GenericAlias)
    return cls


def _sequence_eq(self: Any, other: object) -> Any:
    """Compare with any sequence but text."""
    other = _sequence_compare_other(self, other)
    return other if other is NotImplemented else _ffi_api.RecursiveEq(self, other)


def _mapping_eq(self: Any, other: object) -> Any:
    """Compare with containers of the same class family only."""
    if isinstance(other, type(self)) or isinstance(self, type(other)):
        return _ffi_api.RecursiveEq(self, other)
    return NotImplemented


# ---- sequences ----------------------------------------------------------------------------------


@register_object("ffi.Array", init=False)
class Array(core.CContainerBase, core.Object, _SequenceOf[_T_co]):
    """Immutable sequence.

    Parameters
    ----------
    input_list
        The elements.

    """

    if TYPE_CHECKING:

        def __init__(self, input_list: Iterable[_T_co]) -> None: ...
        def __iter__(self) -> Iterator[_T_co]: ...
        @overload
        def __getitem__(self, key: SupportsIndex) -> _T_co: ...
        @overload
        def __getitem__(self, key: slice) -> list[_T_co]: ...
        def __getitem__(self, key: Any) -> Any: ...
    else:
        __init__ = core._array_init

    def __add__(self, other: Iterable[_T]) -> Array[_T_co | _T]:
        both: Any = chain(self, other)
        return type(self)(both)

    def __radd__(self, other: Iterable[_T]) -> Array[_T | _T_co]:
        both: Any = chain(other, self)
        return type(self)(both)

    __eq__ = _sequence_eq
    __hash__ = _Comparable.__hash__


@register_object("ffi.List", init=False)
class List(core.CContainerBase, core.Object, _MutableSequenceOf[_T]):
    """Mutable sequence; all wrappers of it see a change.

    Parameters
    ----------
    input_list
        The elements.

    """

    if TYPE_CHECKING:

        def __init__(self, input_list: Iterable[_T] = ()) -> None: ...
        def __iter__(self) -> Iterator[_T]: ...
        @overload
        def __getitem__(self, key: SupportsIndex) -> _T: ...
        @overload
        def __getitem__(self, key: slice) -> list[_T]: ...
        def __getitem__(self, key: Any) -> Any: ...
    else:
        __init__ = core._list_init

    def __add__(self, other: Iterable[_T]) -> List[_T]:
        return type(self)(chain(self, other))

    def __radd__(self, other: Iterable[_T]) -> List[_T]:
        return type(self)(chain(other, self))

    __eq__ = _sequence_eq
    __hash__ = _Comparable.__hash__

    def __setitem__(self, index: Any, value: Any) -> None:
        if isinstance(index, slice):
            self._set_slice(index, value)
        else:
            _ffi_api.ListSetItem(self, normalize_index(len(self), index), value)

    def _set_slice(self, index: slice, values: Iterable[Any]) -> None:
        """Replace a slice; an extended one keeps its length."""
        start, stop, step = index.indices(len(self))
        values = list(values)
        if step == 1:
            _ffi_api.ListReplaceSlice(self, start, max(stop, start), List(values))
            return
        positions = range(start, stop, step)
        if len(positions) != len(values):
            raise ValueError(
                f"attempt to assign sequence of size {len(values)} "
                f"to extended slice of size {len(positions)}"
            )
        for position, value in zip(positions, values):
            _ffi_api.ListSetItem(self, position, value)

    def __delitem__(self, index: Any) -> None:
        if not isinstance(index, slice):
            _ffi_api.ListErase(self, normalize_index(len(self), index))
            return
        positions = range(*index.indices(len(self)))
        if positions.step == 1:
            _ffi_api.ListEraseRange(self, positions.start, max(positions.stop, positions.start))
            return
        for position in sorted(positions, reverse=True):
            _ffi_api.ListErase(self, position)

    def insert(self, index: int, value: _T) -> None:
        """Insert before a position, which is clamped to the ends like that of ``list.insert``."""
        length = len(self)
        position = _as_index(index)
        if position < 0:
            position = max(0, position + length)
        _ffi_api.ListInsert(self, min(position, length), value)

    def append(self, value: _T) -> None:
        """Add an element at the end."""
        _ffi_api.ListAppend(self, value)

    def extend(self, values: Iterable[_T]) -> None:
        """Add elements at the end."""
        end = len(self)
        self[end:end] = values

    def clear(self) -> None:
        """Remove all elements."""
        _ffi_api.ListClear(self)

    def reverse(self) -> None:
        """Reverse the order in place."""
        _ffi_api.ListReverse(self)

    def pop(self, index: int = -1) -> _T:
        """Remove an element and return it."""
        length = len(self)
        if length == 0:
            raise IndexError("pop from empty list")
        value: _T = _ffi_api.ListPop(self, normalize_index(length, index))
        return value


# ---- mappings -----------------------------------------------------------------------------------


class _View:
    """What the three views have in common: the map, and how to walk through it.

    ``iter_functor_getter`` makes the native cursor of maps whose class is not known here.
    """

    def __init__(
        self, backend_map: Any, iter_functor_getter: Callable[..., Any] | None = None
    ) -> None:
        self._backend_map = backend_map
        self._given_getter = iter_functor_getter
        self._mapping = backend_map

    @property
    def _iter_functor_getter(self) -> Callable[..., Any]:
        """The function that makes a native cursor of the map."""
        if self._given_getter is not None:
            return self._given_getter
        is_dict = isinstance(self._backend_map, Dict)
        return _ffi_api.DictForwardIterFunctor if is_dict else _ffi_api.MapForwardIterFunctor

    def _walk(
        self, native: Callable[[Any], Iterator[Any]], commands: tuple[int, ...]
    ) -> Iterator[Any]:
        """Iterate natively, or with the cursor of the given getter."""
        if self._given_getter is None:
            return native(self._backend_map)
        return self._walk_functor(commands)

    def _walk_functor(self, commands: tuple[int, ...]) -> Iterator[Any]:
        remaining = len(self._backend_map)
        cursor = self._iter_functor_getter(self._backend_map)
        while remaining > 0:
            values = tuple(cursor(command) for command in commands)
            yield values[0] if len(values) == 1 else values
            if not cursor(2):
                return
            remaining -= 1

    def __len__(self) -> int:
        return len(self._backend_map)


class KeysView(_View, _KeysViewOf[_K]):
    """Live view of the keys."""

    def __iter__(self) -> Iterator[_K]:
        return self._walk(core._map_iter_keys, (0,))

    def __contains__(self, key: object) -> bool:
        return key in self._backend_map


class ValuesView(_View, _ValuesViewOf[_V_co]):
    """Live view of the values."""

    def __iter__(self) -> Iterator[_V_co]:
        return self._walk(core._map_iter_values, (1,))

    def __contains__(self, value: object) -> bool:
        return any(value is element or value == element for element in self)


class ItemsView(_View, _ItemsViewOf[_K, _V_co]):
    """Live view of the items."""

    def __iter__(self) -> Iterator[tuple[_K, _V_co]]:
        return self._walk(core._map_iter_items, (0, 1))

    def __contains__(self, item: object) -> bool:
        if not isinstance(item, tuple) or len(item) != 2:
            return False
        value = self._backend_map.get(item[0], MISSING)
        return value is not MISSING and value == item[1]


@register_object("ffi.Map", init=False)
class Map(core.CContainerBase, core.Object, _MappingOf[_K, _V_co]):
    """Immutable mapping in insertion order.

    Parameters
    ----------
    input_dict
        The entries.

    """

    if TYPE_CHECKING:

        def __init__(self, input_dict: Mapping[_K, _V_co]) -> None: ...
        def __iter__(self) -> Iterator[_K]: ...
        def __getitem__(self, key: _K) -> _V_co: ...
    else:
        __init__ = core._map_init

    if TYPE_CHECKING:

        @overload
        def get(self, key: _K) -> _V_co | None: ...
        @overload
        def get(self, key: _K, default: _V_co | _D) -> _V_co | _D: ...

    def get(self, key: Any, default: Any = None) -> Any:
        """Return the value of a key, ``default`` when there is none."""
        value = _ffi_api.MapGetItemOrMissing(self, key)
        return default if MISSING.same_as(value) else value

    def keys(self) -> KeysView[_K]:
        """Return a view of the keys."""
        return KeysView(self)

    def values(self) -> ValuesView[_V_co]:
        """Return a view of the values."""
        return ValuesView(self)

    def items(self) -> ItemsView[_K, _V_co]:
        """Return a view of the items."""
        return ItemsView(self)

    __reversed__ = None
    __eq__ = _mapping_eq
    __hash__ = _Comparable.__hash__  # pyright: ignore[reportAssignmentType]


@register_object("ffi.Dict", init=False)
class Dict(core.CContainerBase, core.Object, _MutableMappingOf[_K, _V]):
    """Mutable mapping in insertion order; all wrappers of it see a change.

    Parameters
    ----------
    input_dict
        The entries.

    """

    if TYPE_CHECKING:

        def __init__(self, input_dict: Mapping[_K, _V] | None = None) -> None: ...
        def __iter__(self) -> Iterator[_K]: ...
        def __getitem__(self, key: _K) -> _V: ...
    else:
        __init__ = core._dict_init

    def __setitem__(self, key: _K, value: _V) -> None:
        _ffi_api.DictSetItem(self, key, value)

    def __delitem__(self, key: _K) -> None:
        if key not in self:
            raise KeyError(key)
        _ffi_api.DictErase(self, key)

    if TYPE_CHECKING:

        @overload
        def get(self, key: _K) -> _V | None: ...
        @overload
        def get(self, key: _K, default: _V | _D) -> _V | _D: ...

    def get(self, key: Any, default: Any = None) -> Any:
        """Return the value of a key, ``default`` when there is none."""
        value = _ffi_api.DictGetItemOrMissing(self, key)
        return default if MISSING.same_as(value) else value

    if TYPE_CHECKING:

        @overload
        def pop(self, key: _K) -> _V: ...
        @overload
        def pop(self, key: _K, default: _V | _D, /) -> _V | _D: ...

    def pop(self, key: Any, *args: Any) -> Any:
        """Remove a key and return its value, or the default when there is none."""
        if len(args) > 1:
            raise TypeError(f"pop expected at most 2 arguments, got {len(args) + 1}")
        value = _ffi_api.DictGetItemOrMissing(self, key)
        if not MISSING.same_as(value):
            _ffi_api.DictErase(self, key)
            return value
        if args:
            return args[0]
        raise KeyError(key)

    def clear(self) -> None:
        """Remove all entries."""
        _ffi_api.DictClear(self)

    def update(self, other: Mapping[_K, _V]) -> None:  # type: ignore[override]
        """Set every entry of another mapping."""
        for key, value in other.items():
            self[key] = value

    def keys(self) -> KeysView[_K]:
        """Return a view of the keys."""
        return KeysView(self)

    def values(self) -> ValuesView[_V]:
        """Return a view of the values."""
        return ValuesView(self)

    def items(self) -> ItemsView[_K, _V]:
        """Return a view of the items."""
        return ItemsView(self)

    __reversed__ = None
    __eq__ = _mapping_eq
    __hash__ = _Comparable.__hash__  # pyright: ignore[reportAssignmentType]


for _cls in (Array, List, Map, Dict):
    _share(_cls)

__all__ = ["Array", "Dict", "List", "Map"]
