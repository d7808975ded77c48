# SPDX-License-Identifier: Apache-2.0
"""Methods that registered classes get from their reflected fields.

What is called often is native (``nanobind/dataclass.cc``); this module decides which class gets
what, and has the rest.
"""

from __future__ import annotations

from keyword import iskeyword
from operator import methodcaller

from . import core

TYPE_CHECKING = False
if TYPE_CHECKING:
    import inspect
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any


def _iter_fields(type_info: core.TypeInfo | None) -> Iterator[core.TypeField]:
    """Yield the fields of a type, the root's first."""
    if type_info is not None:
        yield from _iter_fields(type_info.parent_type_info)
        yield from type_info.fields or ()


def _in_call_order(fields: Iterable[core.TypeField]) -> list[core.TypeField]:
    """Return the parameters of a constructor in order: a stable sort by the kind of parameter."""
    parameters = [field for field in fields if field.c_init]
    return sorted(parameters, key=lambda field: (field.c_kw_only, field.c_has_default))


# ---- __init__ -----------------------------------------------------------------------------------


def _make_init_signature(type_info: core.TypeInfo) -> inspect.Signature:
    """Return the signature of a generated constructor; defaults show as ``MISSING``."""
    import inspect  # noqa: PLC0415

    parameter = inspect.Parameter
    parameters = [parameter("self", parameter.POSITIONAL_OR_KEYWORD)]
    for field in _in_call_order(_iter_fields(type_info)):
        kind = parameter.KEYWORD_ONLY if field.c_kw_only else parameter.POSITIONAL_OR_KEYWORD
        default = core.MISSING if field.c_has_default else parameter.empty
        parameters.append(parameter(field.name, kind, default=default))
    return inspect.Signature(parameters)


def _check_parameter_names(names: Iterable[str]) -> None:
    """Refuse names that no constructor can have as parameters."""
    seen = {"self"}
    for name in names:
        if iskeyword(name) or not name.isidentifier():
            raise ValueError(f"{name!r} is not a valid parameter name")
        if name in seen:
            raise ValueError(f"duplicate parameter name: {name!r}")
        seen.add(name)


def _init_normalization_fields(
    type_info: core.TypeInfo,
) -> tuple[list[core.TypeField], dict[str, core.TypeField]]:
    """Return the positional parameters in call order, and all parameters by name as declared."""
    fields = list(_iter_fields(type_info))
    positional = [field for field in _in_call_order(fields) if not field.c_kw_only]
    return positional, {field.name: field for field in fields if field.c_init}


def _normalize_field_value(field: core.TypeField | None, value: Any) -> Any:
    """Return a payload of an enum field as its variant, any other value unchanged."""
    return value if field is None else field.normalize_value(value)


def _make_arrange(
    type_info: core.TypeInfo,
) -> Callable[[tuple[Any, ...], dict[str, Any]], list[Any]] | None:
    """Return what makes the argument list of a constructor with enum fields; None without such."""
    positional, by_name = _init_normalization_fields(type_info)
    if not any(field._is_payload_enum_field() for field in by_name.values()):
        return None
    from .registry import _pack_keywords  # noqa: PLC0415

    def arrange(args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
        normalized = list(args)
        for i, field in enumerate(positional[: len(args)]):
            normalized[i] = _normalize_field_value(field, args[i])
        keywords = {
            name: value
            if value is core.MISSING
            else _normalize_field_value(by_name.get(name), value)
            for name, value in kwargs.items()
        }
        return normalized + _pack_keywords(keywords)

    return arrange


def _collect_init_property_funcs(type_cls: type) -> list[tuple[str, Callable[[Any], Any]]]:
    """Return init properties by name and function, the root's first; a child's replaces."""
    functions: dict[str, Callable[[Any], Any]] = {}
    for base in reversed(type_cls.__mro__):
        functions.update(vars(base).get("__ffi_init_property_funcs__") or {})
    return list(functions.items())


def _make_finish(type_cls: type) -> Callable[[Any], Any] | None:
    """Return what runs on a new object: init properties, then ``__post_init__``."""
    functions = _collect_init_property_funcs(type_cls)
    post_init = hasattr(type_cls, "__post_init__")
    if not functions:
        return methodcaller("__post_init__") if post_init else None

    def finish(self: Any) -> None:
        own = type(self)
        for name, function in functions:
            getattr(own, name).set(self, function(self))
        if post_init:
            self.__post_init__()

    return finish


def _make_init(
    type_cls: type, type_info: core.TypeInfo, ffi_init: core.Function, py_class_mode: bool = False
) -> Callable[..., None]:
    """Return an ``__init__`` that calls the type's constructor.

    Keywords whose value is ``MISSING`` (by identity) are left out. A subclass of a C++ type's class
    that stands for another type must have its own; that of a Python type leaves an instance alone
    that has its object already.
    """
    init: Callable[..., None] = core._make_generated_init(
        type_cls,
        type_info,
        ffi_init,
        _make_arrange(type_info),
        _make_finish(type_cls),
        py_class_mode,
    )
    init.__name__ = "__init__"
    init.__qualname__ = f"{type_cls.__qualname__}.__init__"
    init.__module__ = type_cls.__module__
    init.__doc__ = None
    return init


def _wrap_user_init(
    user_init: Callable[..., None], type_info: core.TypeInfo
) -> Callable[..., None]:
    """Return the user's ``__init__`` of a Python type, run on an object that exists already."""
    from functools import wraps  # noqa: PLC0415

    ffi_new = core._lookup_type_attr(type_info.type_index, "__ffi_new__")

    @wraps(user_init)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        if not self.__chandle__():
            own = type(self).__tvm_ffi_type_info__
            self.__init_handle_by_constructor__(
                ffi_new
                if own is type_info
                else core._lookup_type_attr(own.type_index, "__ffi_new__")
            )
        user_init(self, *args, **kwargs)

    return __init__


def _install_init(cls: Any, type_info: core.TypeInfo, *, init: bool, py_class_mode: bool) -> None:
    """Install ``__init__``, or make the user's one allocate the object first."""
    from .registry import _find_ffi_init, _make_refusing_init  # noqa: PLC0415

    user_init = cls.__dict__.get("__init__")
    if user_init is not None:
        if py_class_mode:
            cls.__init__ = _wrap_user_init(user_init, type_info)
        return
    if not init:
        cls.__init__ = _make_refusing_init(cls)
        return
    ffi_init = _find_ffi_init(type_info)
    if ffi_init is not None:
        cls.__init__ = _make_init(cls, type_info, ffi_init, py_class_mode)


# ---- copying ------------------------------------------------------------------------------------


def _make_copy(
    _type_info: core.TypeInfo, shallow_copy_fn: core.Function | None
) -> Callable[[Any], Any]:
    """Return a ``__copy__`` that shares what the fields refer to."""
    if shallow_copy_fn is not None:

        def __copy__(self: Any) -> Any:
            return shallow_copy_fn(self)

    else:

        def __copy__(self: Any) -> Any:
            raise TypeError(
                f"Type `{type(self).__name__}` does not support copy. "
                "The underlying C++ type is not copy-constructible."
            )

    return __copy__


def _make_deepcopy(_type_info: core.TypeInfo) -> Any:
    """Return a ``__deepcopy__`` that copies everything an object refers to."""
    return core._DATACLASS_METHODS["__deepcopy__"]


def _make_replace(_type_info: core.TypeInfo) -> Callable[..., Any]:
    """Return a ``__replace__`` that copies and assigns, frozen fields too."""

    def __replace__(self: Any, **changes: Any) -> Any:
        import copy  # noqa: PLC0415

        changed = copy.copy(self)
        cls = type(changed)
        for name, value in changes.items():
            getattr(cls, name).set(changed, value)
        return changed

    return __replace__


# ---- all of them --------------------------------------------------------------------------------

_ORDER_METHODS = ("__lt__", "__le__", "__gt__", "__ge__")


def _install_dataclass_dunders(
    cls: Any,
    *,
    init: bool,
    repr: bool,
    eq: bool,
    order: bool,
    unsafe_hash: bool,
    match_args: bool = True,
    py_class_mode: bool = False,
) -> None:
    """Install what the options ask for on a registered class; its own definitions stay.

    Equality is skipped when the body defines ``__eq__`` or ``__ne__``, ordering when it defines any
    of the four comparisons.
    """
    body = set(cls.__dict__)
    type_info = cls.__tvm_ffi_type_info__
    methods = core._DATACLASS_METHODS
    _install_init(cls, type_info, init=init, py_class_mode=py_class_mode)
    members: dict[str, Any] = {}
    if repr:
        members["__repr__"] = core.object_repr
    if eq and body.isdisjoint(("__eq__", "__ne__")):
        members.update((name, methods[name]) for name in ("__eq__", "__ne__"))
    if order and body.isdisjoint(_ORDER_METHODS):
        members.update((name, methods[name]) for name in _ORDER_METHODS)
    if unsafe_hash:
        members["__hash__"] = methods["__hash__"]
    shallow_copy = core._lookup_type_attr(type_info.type_index, "__ffi_shallow_copy__")
    members["__copy__"] = _make_copy(type_info, shallow_copy)
    members["__deepcopy__"] = _make_deepcopy(type_info)
    members["__replace__"] = _make_replace(type_info)
    for name, member in members.items():
        if name not in body:
            setattr(cls, name, member)
    if match_args:
        _set_match_args(cls, type_info)


def _set_match_args(cls: Any, type_info: core.TypeInfo) -> None:
    """Set ``__match_args__`` to the positional parameters in the order of their declaration."""
    if "__match_args__" not in cls.__dict__:
        cls.__match_args__ = tuple(  # type: ignore[misc]  # mypy takes it for a final name
            field.name for field in _iter_fields(type_info) if field.c_init and not field.c_kw_only
        )


# ---- constructors from all fields ---------------------------------------------------------------


def _make_constructor(
    cls: Any,
    *,
    positional_fields: list[str] | None = None,
    field_normalizers: dict[str, Callable[[Any], Any]] | None = None,
) -> Callable[..., Any]:
    """Return a function that restores an instance from the values of all its fields.

    No ``__init__`` and no ``__post_init__`` runs.

    Parameters
    ----------
    cls
        A dataclass.
    positional_fields
        Names of the parameters that are positional, in order; the others are keyword-only. All are
        positional when this is omitted.
    field_normalizers
        Applied to the values of these fields, unless they are ``MISSING``.

    """
    from .dataclasses.common import fields  # noqa: PLC0415

    fields_by_name = {field.name: field for field in fields(cls)}
    normalizers = dict(field_normalizers or {})
    for field in _iter_fields(cls.__tvm_ffi_type_info__):
        if field._is_payload_enum_field():
            normalizers[field.name] = field.normalize_value
    outside_init = {name for name, field in fields_by_name.items() if not field.init}

    def build(values: dict[str, Any]) -> Any:
        for name, normalize in normalizers.items():
            if values[name] is not core.MISSING:
                values[name] = normalize(values[name])
        obj: Any = core.Object.__new__(cls)
        cls.__ffi_init__(obj, **{k: v for k, v in values.items() if k not in outside_init})
        for name in outside_init:
            if values[name] is not core.MISSING:
                getattr(cls, name).set(obj, values[name])
        return obj

    names = list(fields_by_name) if positional_fields is None else list(positional_fields)
    keyword_only = [name for name in fields_by_name if name not in names]
    function = _compile_constructor(
        names, keyword_only, {name: field.default for name, field in fields_by_name.items()}, build
    )
    function.__name__ = cls.__name__
    function.__qualname__ = cls.__qualname__
    function.__module__ = cls.__module__
    return function


def _compile_constructor(
    positional: list[str],
    keyword_only: list[str],
    defaults: dict[str, Any],
    build: Callable[[dict[str, Any]], Any],
) -> Callable[..., Any]:
    """Compile a function with these parameters that passes them to ``build`` by name."""
    prefix = "_internal"
    while any(name.startswith(prefix) for name in defaults):
        prefix = f"_{prefix}"
    namespace: dict[str, Any] = {f"{prefix}_build": build}
    parameters = []
    for i, name in enumerate((*positional, *keyword_only)):
        if i == len(positional):
            parameters.append("*")
        namespace[f"{prefix}_{i}"] = defaults[name]
        parameters.append(f"{name}={prefix}_{i}")
    values = ", ".join(f"{name!r}: {name}" for name in (*positional, *keyword_only))
    source = (
        f"def {prefix}_constructor({', '.join(parameters)}):\n"
        f"    return {prefix}_build({{{values}}})\n"
    )
    exec(source, namespace)
    constructor: Callable[..., Any] = namespace[f"{prefix}_constructor"]
    return constructor
