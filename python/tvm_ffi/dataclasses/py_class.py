# SPDX-License-Identifier: Apache-2.0
"""``py_class``: define a new FFI type by a Python class.

A class is made in two phases: its type is allocated first, so that annotations may name the class
itself and other unfinished ones; its fields and methods are registered when all annotations can be
evaluated. What can fail is checked before anything is registered natively, since that can't be
undone.
"""

from __future__ import annotations

from .. import _dunder, core, registry
from ._py_methods import (  # noqa: F401 - consumers import these names from here
    _DEFAULT_INHERIT_TYPE_ATTRS,
    _FFI_TYPE_ATTR_NAMES,
    _callable_type_schema_json,
    _collect_py_methods,
    _inherited_type_attrs,
    _is_method_marked,
    _method_type_schema_json,
    _type_attr_options,
    method,
)
from ._resolve_fields import (
    finish_or_defer,
    is_kw_only_marker,
    register_type_without_fields,
    restore_user_init,
    rollback_registration,
)
from .field import Field, field, init_property

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, TypedDict, TypeVar, overload

    from typing_extensions import Unpack, dataclass_transform

    from ..core import TypeInfo
    from ._resolve_fields import ResolvedFields

    _ClassT = TypeVar("_ClassT", bound=type)

    class _Options(TypedDict, total=False):
        """Keywords of :func:`py_class`."""

        frozen: bool
        init: bool
        repr: bool
        eq: bool
        order: bool
        unsafe_hash: bool
        match_args: bool
        kw_only: bool
        structural_eq: str | None
        slots: bool

else:
    from .field import _dataclass_transform as dataclass_transform


# Structural kinds of a type and their native values.
_STRUCTURE_KIND_MAP = {
    None: 0,
    "tree": 1,
    "var": 2,
    "dag": 3,
    "const-tree": 4,
    "singleton": 5,
}


def _structure_kind(name: str | None) -> int:
    """Return the native value of a structural kind."""
    if name not in _STRUCTURE_KIND_MAP:
        raise ValueError(
            "structural_eq must be one of ['const-tree', 'dag', 'singleton', 'tree', 'var'] "
            f"or None, got {name!r}"
        )
    return _STRUCTURE_KIND_MAP[name]


if TYPE_CHECKING:

    @overload
    @dataclass_transform(eq_default=False, order_default=False, field_specifiers=(Field, field))
    def py_class(
        cls: _ClassT, /, *, type_key: str | None = None, **options: Unpack[_Options]
    ) -> _ClassT: ...
    @overload
    @dataclass_transform(eq_default=False, order_default=False, field_specifiers=(Field, field))
    def py_class(
        cls_or_type_key: str | None = None,
        /,
        *,
        type_key: str | None = None,
        **options: Unpack[_Options],
    ) -> Callable[[_ClassT], _ClassT]: ...


@dataclass_transform(eq_default=False, order_default=False, field_specifiers=(Field, field))
def py_class(
    cls_or_type_key: type | str | None = None,
    /,
    *,
    type_key: str | None = None,
    frozen: bool = False,
    init: bool = True,
    repr: bool = True,
    eq: bool = False,
    order: bool = False,
    unsafe_hash: bool = False,
    match_args: bool = True,
    kw_only: bool = False,
    structural_eq: str | None = "tree",
    slots: bool = True,
) -> Any:
    """Define an FFI type whose fields are the annotations of a class.

    Fields live in native memory, laid out as a C++ compiler would, and are seen by every language.

    Parameters
    ----------
    cls_or_type_key
        The class, when used as a plain decorator, or the type key.
    type_key
        Key of the type; module and qualified name of the class when omitted.
    frozen
        Whether all own fields are read-only; ``type(obj).name.set`` still assigns them.
    init
        Whether to generate ``__init__``. A class that defines its own keeps it, and its object is
        allocated before that runs.
    repr
        Whether to install ``__repr__``.
    eq, order, unsafe_hash
        Whether to compare, order and hash by the fields instead of by identity.
    match_args
        Whether to set ``__match_args__``.
    kw_only
        Whether the fields are keyword-only parameters unless they say otherwise.
    structural_eq
        How structural comparison treats the type: ``"tree"``, ``"dag"``, ``"var"``,
        ``"const-tree"``, ``"singleton"`` or None (not at all).
    slots
        Accepted for likeness with the standard decorator; it changes nothing.

    Returns
    -------
    The class, or a decorator that returns it.

    Raises
    ------
    TypeError
        If the class has no registered base, an annotation has no FFI type, or options are unknown.
    ValueError
        If the options contradict each other, the key is taken, or a field's name can't be a
        parameter.

    Examples
    --------
    .. code-block:: python

        @py_class("my.Point", eq=True)
        class Point(tvm_ffi.Object):
            x: int
            y: int = 0

    """
    if isinstance(cls_or_type_key, str):
        type_key = cls_or_type_key
    elif cls_or_type_key is not None and not isinstance(cls_or_type_key, type):
        raise TypeError(f"py_class: expected str or type, got {type(cls_or_type_key)!r}")
    if order and not eq:
        raise ValueError("order=True requires eq=True")
    _structure_kind(structural_eq)
    options = {
        "frozen": frozen,
        "init": init,
        "repr": repr,
        "eq": eq,
        "order": order,
        "unsafe_hash": unsafe_hash,
        "match_args": match_args,
        "kw_only": kw_only,
        "structural_eq": structural_eq,
    }

    def decorate(cls: type) -> Any:
        return _define(cls, type_key, options)

    return decorate(cls_or_type_key) if isinstance(cls_or_type_key, type) else decorate


def _define(cls: Any, type_key: str | None, options: dict[str, Any]) -> Any:
    """Make a class an FFI type, or leave it as it was."""
    if type_key is None:
        type_key = f"{cls.__module__}.{cls.__qualname__}"
    type_info = register_type_without_fields(cls, type_key)
    type_info._decorator_args = dict(options)
    try:
        finish_or_defer(cls, type_info, on_fields_resolved)
    except BaseException:
        rollback_registration(type_info)
        raise
    cls.__ffi_is_dataclass__ = True
    return cls


# ---- phase 2 ------------------------------------------------------------------------------------


def on_fields_resolved(type_info: TypeInfo, resolved_fields: ResolvedFields) -> None:
    """Register fields and methods of a class and equip it (phase 2)."""
    cls = resolved_fields.cls
    args = type_info._decorator_args
    hooks = list(_field_resolution_hooks(cls))
    collected = _FieldCollection(type_info, resolved_fields)
    collected.apply_to_class()
    args["field_markers"] = collected.markers
    type_attr_names, inherited_names = _type_attr_options(cls)
    own_fields = list(collected.fields.values())
    for hook in hooks:
        hook(type_info, own_fields)
    _refuse_unknown_options(cls, own_fields)
    methods = (
        _collect_py_methods(cls, resolved_fields.namespace, type_attr_names=type_attr_names) or []
    )
    methods += _inherited_type_attrs(cls, type_info, inherited_names)
    structure_kind = _structure_kind(args["structural_eq"])
    if args["init"] and not _has_user_init(cls):
        _dunder._check_parameter_names(_init_parameter_names(type_info, own_fields))

    type_info._register_fields(own_fields, structure_kind)
    for type_field, own_field in zip(type_info.fields or (), own_fields):
        type_field.dataclass_field = own_field
    type_info._register_py_methods(methods, type_attr_names)
    registry._add_class_attrs(cls, type_info, type_attr_names)
    restore_user_init(cls)
    options = ("init", "repr", "eq", "order", "unsafe_hash", "match_args")
    _dunder._install_dataclass_dunders(
        cls, py_class_mode=True, **{name: args[name] for name in options}
    )


def _has_user_init(cls: type) -> bool:
    body = vars(cls)
    if body.get("__ffi_py_class_is_deferred_init__", False):
        return "_py_class_user_init" in body
    return "__init__" in body


def _init_parameter_names(type_info: TypeInfo, own_fields: list[Field]) -> Iterator[str]:
    for type_field in _dunder._iter_fields(type_info.parent_type_info):
        if type_field.c_init:
            yield type_field.name
    for own in own_fields:
        if own.init:
            yield own.name


def _field_resolution_hooks(cls: type) -> Iterator[Callable[[TypeInfo, list[Field]], Any]]:
    """Yield the marked callables of a class and its bases, those of the bases first."""
    for base in reversed(cls.__mro__):
        for value in vars(base).values():
            if callable(value) and getattr(value, "__ffi_on_fields_resolved__", None) is True:
                yield value


def _refuse_unknown_options(cls: type, own_fields: list[Field]) -> None:
    for own in own_fields:
        if own.extra_kwargs:
            names = ", ".join(sorted(own.extra_kwargs))
            raise TypeError(f"{cls.__name__}.{own.name}: unrecognized field options: {names}")


# ---- fields -------------------------------------------------------------------------------------


class _FieldCollection:
    """The own fields of a class, made of its annotations and the values in its body."""

    def __init__(self, type_info: TypeInfo, resolved: ResolvedFields) -> None:
        self.cls: Any = resolved.cls
        self.fields: dict[str, Field] = {}
        self._args = type_info._decorator_args
        self._marker_types = _field_marker_types(self.cls)
        self._num_inherited = len(list(_dunder._iter_fields(type_info.parent_type_info)))
        self._markers = list(
            getattr(type_info.parent_type_info, "_decorator_args", {}).get("field_markers", ())
        )
        self._kw_only = self._args["kw_only"]
        self._init_functions: dict[str, Callable[[Any], Any]] = {}
        self._consumed: list[str] = []
        for owner, hints in resolved.hints:
            for name, annotation in hints.items():
                self._add(owner, name, annotation)

    @property
    def markers(self) -> tuple[Any, ...]:
        """Field markers of the parent types and of this one."""
        return tuple(self._markers)

    def apply_to_class(self) -> None:
        """Take what became a field out of the class body, and remember the init properties."""
        for name in self._consumed:
            if name in vars(self.cls):
                delattr(self.cls, name)
        if self._init_functions:
            self.cls.__ffi_init_property_funcs__ = self._init_functions

    def _add(self, owner: type, name: str, annotation: Any) -> None:
        if _is_class_var(annotation):
            return
        if any(annotation is marker for marker in self._marker_types):
            position = self._num_inherited + len(self.fields)
            self._markers.append((annotation, owner, name, position))
            return
        if owner is self.cls:
            self._consumed.append(name)
        if is_kw_only_marker(annotation):
            self._kw_only = True
            return
        self.fields[name] = self._make_field(owner, name, annotation)

    def _make_field(self, owner: type, name: str, annotation: Any) -> Any:
        value = vars(owner).get(name, core.MISSING)
        made: Field = self._described_by(value, owner)
        if isinstance(value, init_property):
            self._init_functions[name] = value.func
        else:
            self._init_functions.pop(name, None)
        made.name = name
        made._ty_schema = core.TypeSchema.from_annotation(annotation)
        made.type = annotation
        if made.kw_only is None:
            made.kw_only = self._kw_only
        if made.hash is None:
            made.hash = made.compare
        made.frozen = made.frozen or self._args["frozen"]
        return made

    def _described_by(self, value: Any, owner: type) -> Any:
        """Return the field that a value in a class body describes."""
        if isinstance(value, Field):
            if owner is self.cls:
                return value
            import copy  # noqa: PLC0415

            return copy.copy(value)
        if isinstance(value, init_property):
            return field(init=False, structural_eq="ignore", repr=False, hash=False, compare=False)
        return field(default=value)


def _is_class_var(annotation: Any) -> bool:
    from typing import ClassVar  # noqa: PLC0415

    return annotation is ClassVar or getattr(annotation, "__origin__", None) is ClassVar


def _field_marker_types(cls: type) -> tuple[type, ...]:
    markers = getattr(cls, "__ffi_field_markers__", ())
    if not isinstance(markers, (tuple, list)) or not all(isinstance(m, type) for m in markers):
        raise TypeError("__ffi_field_markers__ must be a tuple or list of types")
    return tuple(markers)


__all__ = ["method", "py_class"]
