# SPDX-License-Identifier: Apache-2.0
"""Structural equality, hashing, visiting and rewriting of trees of FFI values."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from . import _ffi_api, core
from .core import Object
from .registry import register_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Union

    from .access_path import AccessPath

    # One callable for all values, a pair of one type or several and a callable, or many such pairs.
    _Callback = Callable[[Any], Any]
    _Callbacks = Union[_Callback, tuple[Any, _Callback], Sequence[tuple[Any, _Callback]]]
    _KindCallback = Callable[[Any, "DefRegionKind"], Any]
    _KindCallbacks = Union[
        _KindCallback, tuple[Any, _KindCallback], Sequence[tuple[Any, _KindCallback]]
    ]
    _VisitCallback = Callable[[Any, "StructuralVisitor"], Any]
    _VisitCallbacks = Union[
        _VisitCallback, tuple[Any, _VisitCallback], Sequence[tuple[Any, _VisitCallback]]
    ]
    # With two parameters or three.
    _MutateCallback = Callable[..., Any]
    _MutateCallbacks = Union[
        _MutateCallback, tuple[Any, _MutateCallback], Sequence[tuple[Any, _MutateCallback]]
    ]

_UINT64_MASK = 0xFFFFFFFFFFFFFFFF


class WalkOrder(IntEnum):
    """Whether a parent is handed to the callbacks before or after its children."""

    PREORDER = 0
    POSTORDER = 1


class WalkResult(IntEnum):
    """What a walk does after a callback; ``SKIP`` leaves out the children in pre-order."""

    ADVANCE = 0
    SKIP = 1


class InplaceMode(IntEnum):
    """Whether a mutation may change a value in place, because nothing else refers to it."""

    DISALLOW = 0
    ALLOW = 1


class DefRegionKind(IntEnum):
    """Whether variables met here are uses or definitions."""

    NONE = 0
    DEF_PATTERN = 1
    DEF_SIMPLE = 2


_REGION_KINDS = tuple(DefRegionKind)
_ORDERS = {"pre": WalkOrder.PREORDER, "post": WalkOrder.POSTORDER}


@register_object("ffi.VisitInterrupt")
class VisitInterrupt(Object):
    """Returned by a callback to stop a traversal, with a value for the caller.

    Attributes
    ----------
    value
        What the traversal returns.

    """

    value: Any

    def __init__(self, value: Any = None) -> None:
        self.__init_handle_by_constructor__(_ffi_api.VisitInterrupt, value)


@register_object("ffi.StructuralKey")
class StructuralKey(Object):
    """A value as key of dictionaries and maps, compared by structure; its hash is computed once.

    Attributes
    ----------
    key
        The value.
    hash_i64
        Its structural hash as a signed number.

    Examples
    --------
    .. code-block:: python

        seen = {tvm_ffi.StructuralKey([1, 2]): "first"}
        assert seen[tvm_ffi.StructuralKey([1, 2])] == "first"

    """

    key: Any
    hash_i64: int

    def __init__(self, key: Any) -> None:
        self.__init_handle_by_constructor__(_ffi_api.StructuralKey, key)

    def __hash__(self) -> int:
        return self.hash_i64 & _UINT64_MASK

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, StructuralKey) and _ffi_api.StructuralKeyEqual(self, other)


@register_object("ffi.StructuralVisitor")
class StructuralVisitor(Object):
    """The running visit, as handed to callbacks and ``__s_visit__`` hooks."""

    def visit(self, value: Any) -> VisitInterrupt | None:
        """Visit a child; a :class:`VisitInterrupt` is to be returned by the caller."""
        return _ffi_api.StructuralVisitorVisit(self, value)

    def default_visit(self, value: Any) -> VisitInterrupt | None:
        """Visit what is below ``value`` without offering ``value`` itself to the callbacks."""
        return _ffi_api.StructuralVisitorDefaultVisit(self, value)

    def def_region_kind(self) -> DefRegionKind:
        """Return the kind of the region being visited."""
        return _REGION_KINDS[_ffi_api.StructuralVisitorDefRegionKind(self)]

    def with_def_region_kind(self, kind: int, callback: Callable[[], Any]) -> Any:
        """Return ``callback()``, run in a region of ``kind``; inside a pattern it stays one."""
        return _ffi_api.StructuralVisitorWithDefRegionKind(self, kind, callback)


@register_object("ffi.StructuralMutator")
class StructuralMutator(Object):
    """The running mutation, as handed to callbacks and ``__s_mutate__`` hooks."""

    def mutate(self, value: Any) -> Any:
        """Return the mutated value, the same object when nothing changed."""
        return _ffi_api.StructuralMutatorMutate(self, value)

    def default_mutate(self, value: Any) -> Any:
        """Mutate what is below ``value`` without offering ``value`` itself to the callbacks."""
        return _ffi_api.StructuralMutatorDefaultMutate(self, value)

    def var_remap_get(self, var: Object) -> Any | None:
        """Return what a variable was replaced by, None if nothing was recorded."""
        return _ffi_api.StructuralMutatorVarRemapGet(self, var)

    def var_remap_set(self, var: Object, mapped_value: Any) -> None:
        """Record what a variable is replaced by."""
        _ffi_api.StructuralMutatorVarRemapSet(self, var, mapped_value)

    def def_region_kind(self) -> DefRegionKind:
        """Return the kind of the region being mutated."""
        return _REGION_KINDS[_ffi_api.StructuralMutatorDefRegionKind(self)]

    def with_def_region_kind(self, kind: int, callback: Callable[[], Any]) -> Any:
        """Return ``callback()``, run in a region of ``kind``; inside a pattern it stays one."""
        return _ffi_api.StructuralMutatorWithDefRegionKind(self, kind, callback)


# ---- equality and hash --------------------------------------------------------------------------


def structural_equal(
    lhs: Any, rhs: Any, map_free_vars: bool = False, skip_tensor_content: bool = False
) -> bool:
    """Return whether two values have the same structure.

    Parameters
    ----------
    lhs, rhs
        The values; lists and dictionaries compare as :class:`Array` and :class:`Map`.
    map_free_vars
        Whether variables that no definition binds may stand for each other.
    skip_tensor_content
        Whether tensors are equal already when shape and dtype are.

    Raises
    ------
    TypeError
        If a value's type has no structural metadata.

    """
    return _ffi_api.StructuralEqual(lhs, rhs, map_free_vars, skip_tensor_content)


def get_first_structural_mismatch(
    lhs: Any, rhs: Any, map_free_vars: bool = False, skip_tensor_content: bool = False
) -> tuple[AccessPath, AccessPath] | None:
    """Return where two values differ first, as one path into each; None when they are equal.

    The parameters are those of :func:`structural_equal`.
    """
    return _ffi_api.GetFirstStructuralMismatch(lhs, rhs, map_free_vars, skip_tensor_content)


def structural_hash(
    value: Any, map_free_vars: bool = False, skip_tensor_content: bool = False
) -> int:
    """Return an unsigned 64-bit hash that structurally equal values share.

    The parameters are those of :func:`structural_equal`.
    """
    result = _ffi_api.StructuralHash(value, map_free_vars, skip_tensor_content)
    return result & _UINT64_MASK


# ---- callbacks ----------------------------------------------------------------------------------


def _is_entry(item: Any) -> bool:
    """Return whether ``item`` is a ``(type, callback)`` pair."""
    return isinstance(item, tuple) and len(item) == 2 and callable(item[1])


def _type_index_of(annotation: Any, api: str) -> int:
    """Return the index that values of a callback's type have; -1 for any value."""
    if annotation is object:
        return -1
    try:
        index = core.TypeSchema.from_annotation(annotation).origin_type_index
    except TypeError:
        raise TypeError(
            f"{api} callback type must be a supported builtin, typing.Any/object, "
            "or an FFI-registered object class"
        ) from None
    if index < -1:
        raise TypeError(
            f"{api} callback type_index is negative, "
            "the only acceptable negative type_index is -1 for Any"
        )
    return index


def _expand_entry(entry: tuple[Any, Any], api: str) -> list[tuple[int, Any]]:
    """Return one ``(type index, callback)`` for each type of an entry."""
    types, callback = entry
    if not isinstance(types, tuple):
        types = (types,)
    return [(_type_index_of(each, api), callback) for each in types]


def _normalize_callbacks(callbacks: Any, api: str) -> list[tuple[int, Any]]:
    """Return the ``(type index, callback)`` pairs of any accepted form of callbacks."""
    if callable(callbacks):
        return [(-1, callbacks)]
    if _is_entry(callbacks):
        return _expand_entry(callbacks, api)
    if not isinstance(callbacks, Sequence) or isinstance(callbacks, (str, bytes)):
        raise TypeError(
            f"{api} callbacks must be callbacks, (type, callback) entries, "
            "((type1, type2, ...), callback) entries, or sequences of tuple entries"
        )
    normalized = []
    for entry in callbacks:
        if not _is_entry(entry):
            raise TypeError(f"{api} callbacks within a sequence must be (type, callback) tuples")
        normalized += _expand_entry(entry, api)
    return normalized


def _with_region_kind(callback: Callable[[Any, DefRegionKind], Any]) -> Callable[[Any, int], Any]:
    """Return a callback that takes the region's kind as number."""
    return lambda value, kind: callback(value, _REGION_KINDS[kind])


def _normalize_kind_callbacks(callbacks: Any, api: str) -> list[tuple[int, Any]]:
    """Normalize callbacks that take the region's kind."""
    return [
        (index, _with_region_kind(callback))
        for index, callback in _normalize_callbacks(callbacks, api)
    ]


def _normalize_order(order: Any, what: str) -> int:
    """Return the native order: ``"pre"``, ``"post"`` or a member, but not a plain number."""
    if isinstance(order, WalkOrder):
        return order
    if isinstance(order, str) and order in _ORDERS:
        return _ORDERS[order]
    raise ValueError(f"Unknown structural {what} order: {order!r}")


def _accepts_inplace_mode(callback: Any) -> bool:
    """Return whether a callback of a mutation takes the in-place mode as third argument."""
    import inspect  # noqa: PLC0415

    try:
        signature = inspect.signature(callback)
    except (TypeError, ValueError):  # a builtin that does not tell
        return False
    for count in (3, 2):
        try:
            signature.bind(*range(count))
        except TypeError:
            continue
        return count == 3
    raise TypeError(
        "structural_mutate callback must accept (value, mutator) or (value, mutator, inplace_mode)"
    )


# ---- traversals ---------------------------------------------------------------------------------


def structural_walk(
    root: Any,
    callbacks: _Callbacks = (),
    with_def_region_kind: _KindCallbacks = (),
    order: str | WalkOrder = "post",
) -> VisitInterrupt | None:
    """Call the first matching callback for every value below and including ``root``.

    Parameters
    ----------
    root
        Where the walk starts.
    callbacks
        One callable for all values, a ``(type, callable)`` pair, a ``((type, ...), callable)``
        pair, or a sequence of pairs. A callable takes the value and returns None, a
        :class:`WalkResult` or a :class:`VisitInterrupt`.
    with_def_region_kind
        Callbacks that take the :class:`DefRegionKind` as second argument; they are tried after
        ``callbacks``.
    order
        ``"pre"``, ``"post"`` or a :class:`WalkOrder`.

    Returns
    -------
    The :class:`VisitInterrupt` that stopped the walk, None when it went through.

    Examples
    --------
    .. code-block:: python

        numbers = []
        tvm_ffi.structural_walk([1, {"a": 2}], (int, numbers.append))
        assert numbers == [1, 2]

    """
    native_order = _normalize_order(order, "walk")
    return _ffi_api.StructuralWalk(
        root,
        _normalize_callbacks(callbacks, "structural_walk"),
        _normalize_kind_callbacks(with_def_region_kind, "structural_walk"),
        native_order,
    )


def structural_visit(root: Any, callbacks: _VisitCallbacks = ()) -> VisitInterrupt | None:
    """Visit ``root`` with callbacks that decide themselves what is visited below.

    Parameters
    ----------
    root
        Where the visit starts.
    callbacks
        As for :func:`structural_walk`, but called with the value and the
        :class:`StructuralVisitor`, and returning None or a :class:`VisitInterrupt`. Values that no
        callback matches are descended into.

    Returns
    -------
    The :class:`VisitInterrupt` that stopped the visit, None when it went through.

    """
    return _ffi_api.StructuralVisit(root, _normalize_callbacks(callbacks, "structural_visit"))


def structural_map(
    root: Any,
    callbacks: _Callbacks = (),
    with_def_region_kind: _KindCallbacks = (),
    order: str | WalkOrder = "post",
) -> Any:
    """Replace values below and including ``root`` by what callbacks return for them.

    Parameters
    ----------
    root
        The value, left as it is unless handed over with ``root._move()``.
    callbacks, with_def_region_kind, order
        As for :func:`structural_walk`, but a callback returns the replacement: the value itself to
        keep it; None replaces by None.

    Returns
    -------
    The mapped value, the same object when nothing changed.

    Examples
    --------
    .. code-block:: python

        doubled = tvm_ffi.structural_map([1, [2]], (int, lambda x: 2 * x))
        assert list(doubled[1]) == [4]

    """
    native_order = _normalize_order(order, "map")
    return _ffi_api.StructuralMap(
        root,
        _normalize_callbacks(callbacks, "structural_map"),
        _normalize_kind_callbacks(with_def_region_kind, "structural_map"),
        native_order,
    )


def structural_mutate(root: Any, callbacks: _MutateCallbacks = ()) -> Any:
    """Rewrite ``root`` with callbacks that decide themselves what is rewritten below.

    Parameters
    ----------
    root
        The value, left as it is unless handed over with ``root._move()``.
    callbacks
        As for :func:`structural_walk`, but called with the value, the :class:`StructuralMutator`
        and, if they take a third argument, the :class:`InplaceMode`; the result is final. Values
        that no callback matches are copied where something below them changes.

    Returns
    -------
    The rewritten value, the same object when nothing changed.

    """
    entries = _normalize_callbacks(callbacks, "structural_mutate")
    return _ffi_api.StructuralMutate(
        root,
        [(index, callback, _accepts_inplace_mode(callback)) for index, callback in entries],
    )


__all__ = [
    "DefRegionKind",
    "InplaceMode",
    "StructuralKey",
    "StructuralMutator",
    "StructuralVisitor",
    "VisitInterrupt",
    "WalkOrder",
    "WalkResult",
    "get_first_structural_mismatch",
    "structural_equal",
    "structural_hash",
    "structural_map",
    "structural_mutate",
    "structural_visit",
    "structural_walk",
]
