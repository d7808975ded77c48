# SPDX-License-Identifier: Apache-2.0
"""``c_class``: bind a Python class to a type that C++ registered."""

from __future__ import annotations

from .. import _dunder, registry
from ..core import MISSING
from ._py_methods import _FFI_TYPE_ATTR_NAMES
from .field import Field, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from typing_extensions import dataclass_transform

    from ..core import TypeField, TypeInfo

    _T = TypeVar("_T", bound=type)
else:
    from .field import _dataclass_transform as dataclass_transform


@dataclass_transform(eq_default=False, order_default=False, field_specifiers=(Field, field))
def c_class(
    type_key: str,
    *,
    frozen: bool = False,
    init: bool = True,
    repr: bool = True,
    eq: bool = False,
    order: bool = False,
    unsafe_hash: bool = False,
    match_args: bool = True,
) -> Callable[[_T], _T]:
    """Bind a class to a registered C++ type and make it a dataclass.

    Parameters
    ----------
    type_key
        Key of the type.
    frozen
        Whether the type's own fields are read-only; ``type(obj).name.set`` still assigns them.
    init
        Whether to install ``__init__``; without it construction is refused.
    repr
        Whether to install ``__repr__``.
    eq, order, unsafe_hash
        Whether to compare, order and hash by the fields instead of by identity.
    match_args
        Whether to set ``__match_args__``.

    Returns
    -------
    A decorator that returns the class.

    Raises
    ------
    ValueError
        When decorating, if no type has the key.

    Examples
    --------
    .. code-block:: python

        @c_class("testing.TestIntPair", eq=True)
        class TestIntPair(tvm_ffi.Object):
            a: int
            b: int

    """

    def decorate(cls: Any) -> Any:
        for name in [name for name, value in vars(cls).items() if isinstance(value, Field)]:
            delattr(cls, name)
        shadowed_names = frozenset(vars(cls))
        registry.register_object(type_key, init=False)(cls)
        if "__tvm_ffi_type_info__" not in vars(cls):
            return cls  # registry._SKIP_UNKNOWN_OBJECTS
        type_info: TypeInfo = cls.__tvm_ffi_type_info__
        registry._warn_missing_field_annotations(cls, type_info, stacklevel=3)
        _attach_field_objects(cls, type_info, frozen=frozen)
        if frozen:
            _reinstall_field_properties(cls, type_info, shadowed_names)
        registry._add_type_attr_class_attrs(cls, type_info, _FFI_TYPE_ATTR_NAMES)
        _dunder._install_dataclass_dunders(
            cls,
            init=init,
            repr=repr,
            eq=eq,
            order=order,
            unsafe_hash=unsafe_hash,
            match_args=match_args,
        )
        cls.__ffi_is_dataclass__ = True
        return cls

    return decorate


def _attach_field_objects(cls: type, type_info: TypeInfo, *, frozen: bool = False) -> None:
    """Describe the type's own fields by new :class:`Field` objects; ``frozen`` freezes them all."""
    hints = _try_type_hints(cls)
    for type_field in type_info.fields or ():
        type_field.frozen = type_field.frozen or frozen
        type_field.dataclass_field = _field_of(type_field, hints.get(type_field.name))


def _try_type_hints(cls: type) -> dict[str, Any]:
    """Return the evaluated annotations of a class, ``{}`` when they can't be evaluated."""
    import typing  # noqa: PLC0415

    try:
        return typing.get_type_hints(cls)
    except Exception:
        return {}


def _field_of(type_field: TypeField, annotation: Any) -> Field:
    described = Field(
        type_field.name,
        type_field.ty,
        frozen=type_field.frozen,
        init=type_field.c_init,
        repr=type_field.c_repr,
        hash=type_field.c_hash,
        compare=type_field.c_compare,
        kw_only=type_field.c_kw_only,
        structural_eq=type_field.c_structural_eq,
        doc=type_field.doc,
    )
    # What C++ declared is taken as it is, even if it is no valid argument of Field.
    if type_field.c_default is not MISSING:
        described.default = type_field.c_default
    if type_field.c_default_factory is not MISSING:
        described.default_factory = type_field.c_default_factory
    described.type = annotation
    return described


def _reinstall_field_properties(
    cls: type, type_info: TypeInfo, shadowed_names: frozenset[str]
) -> None:
    """Replace the properties of own fields, except where the class body has another attribute."""
    for type_field in type_info.fields or ():
        if type_field.name not in shadowed_names:
            setattr(cls, type_field.name, type_field.as_property(cls))


__all__ = ["c_class"]
