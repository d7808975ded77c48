# SPDX-License-Identifier: Apache-2.0
"""Constructors that registered classes get from their reflected fields."""

from __future__ import annotations

from . import core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any


def _init_fields(type_info: core.TypeInfo) -> Iterator[core.TypeField]:
    """Yield the fields that a constructor takes, the root's first."""
    if type_info.parent_type_info is not None:
        yield from _init_fields(type_info.parent_type_info)
    for field in type_info.fields or ():
        if field.c_init:
            yield field


def _make_init_signature(type_info: core.TypeInfo) -> Any:
    """Return the signature of a generated constructor; defaults show as ``MISSING``."""
    import inspect  # noqa: PLC0415

    parameter = inspect.Parameter
    groups: dict[tuple[bool, bool], list[inspect.Parameter]] = {}
    for field in _init_fields(type_info):
        groups.setdefault((field.c_kw_only, field.c_has_default), []).append(
            parameter(
                field.name,
                parameter.KEYWORD_ONLY if field.c_kw_only else parameter.POSITIONAL_OR_KEYWORD,
                default=core.MISSING if field.c_has_default else parameter.empty,
            )
        )
    ordered = [parameter("self", parameter.POSITIONAL_OR_KEYWORD)]
    for key in ((False, False), (False, True), (True, False), (True, True)):
        ordered += groups.get(key, [])
    return inspect.Signature(ordered)


def _make_init(
    type_cls: type, type_info: core.TypeInfo, ffi_init: core.Function
) -> Callable[..., None]:
    """Return an ``__init__`` that calls the type's constructor.

    Arguments equal to ``MISSING`` (by identity) are left out. A subclass that changes the type must
    have its own constructor.
    """
    from .registry import _pack_keywords  # noqa: PLC0415

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        own = type(self)
        if type_info is not own.__tvm_ffi_type_info__:
            raise TypeError(
                f"Calling `super().__init__()` is not supported for @c_class "
                f"`{type_cls.__name__}`. Use @py_class for inheritance with manual __init__, or "
                f"define `{own.__name__}` with init=True."
            )
        self.__init_handle_by_constructor__(ffi_init, *args, *_pack_keywords(kwargs))

    __init__.__qualname__ = f"{type_cls.__qualname__}.__init__"
    __init__.__module__ = type_cls.__module__
    if any(True for _ in _init_fields(type_info)):
        __init__.__signature__ = _make_init_signature(type_info)
    return __init__
