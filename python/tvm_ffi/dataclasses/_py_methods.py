# SPDX-License-Identifier: Apache-2.0
"""Which attributes of a ``py_class`` body become type attributes and methods of its type."""

from __future__ import annotations

from .. import core
from ._resolve_fields import Namespace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from ..core import TypeInfo

    _F = TypeVar("_F")

# Names in a class body that are hooks of the runtime: type attributes, never methods.
_FFI_TYPE_ATTR_NAMES = frozenset(
    {
        "__ffi_repr__",
        "__ffi_hash__",
        "__ffi_eq__",
        "__ffi_compare__",
        "__ffi_convert__",
        "__ffi_convert_type_schema__",
        "__any_hash__",
        "__any_equal__",
        "__s_equal__",
        "__s_hash__",
        "__s_visit__",
        "__s_mutate__",
        "__s_maybe_inplace_mutate__",
        "__data_to_json__",
        "__data_from_json__",
    }
)

# Type attributes that a class takes from its nearest ancestor unless it says otherwise.
_DEFAULT_INHERIT_TYPE_ATTRS = (
    "__s_equal__",
    "__s_hash__",
    "__s_visit__",
    "__data_to_json__",
    "__data_from_json__",
)


def method(fn: _F) -> _F:
    """Mark a function of a ``py_class`` body to become a method that all languages can call.

    Raises
    ------
    TypeError
        If it is a ``classmethod`` or can't be called.

    """
    if isinstance(fn, classmethod):
        raise TypeError(
            "@tvm_ffi.method: @classmethod is not supported for FFI TypeMethod registration "
            "\N{EM DASH} the classmethod's ``cls`` first arg does not match the packed-call "
            "convention. Use @staticmethod or a plain instance method instead."
        )
    target: Any = fn.__func__ if isinstance(fn, staticmethod) else fn
    if not callable(target):
        raise TypeError(f"@tvm_ffi.method: expected a callable, got {type(fn).__name__}.")
    target.__ffi_method__ = True  # pyright: ignore[reportFunctionMemberAccess]
    return fn


def _is_method_marked(value: Any) -> bool:
    """Return whether :func:`method` marked a class attribute or what it wraps."""
    target = getattr(value, "__func__", value)
    return getattr(target, "__ffi_method__", False) is True


# ---- type attributes ----------------------------------------------------------------------------


def _type_attr_options(cls: type) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the names that are type attributes of a class, and those that it inherits."""
    extra = _name_list(cls, "__ffi_type_attr_names__", ())
    inherited = _name_list(cls, "__ffi_inherit_type_attrs__", _DEFAULT_INHERIT_TYPE_ATTRS)
    return _FFI_TYPE_ATTR_NAMES.union(extra, inherited), inherited


def _name_list(cls: type, attribute: str, default: tuple[str, ...]) -> tuple[str, ...]:
    names = getattr(cls, attribute, default)
    if not isinstance(names, (tuple, list)) or not all(isinstance(name, str) for name in names):
        raise TypeError("TypeAttr registration lists must be tuples or lists of strings")
    return tuple(names)


def _inherited_type_attrs(
    cls: type, type_info: TypeInfo, names: tuple[str, ...]
) -> list[tuple[str, Any, bool, str | None]]:
    """Return the entries of type attributes that a class takes from its ancestors."""
    entries: list[tuple[str, Any, bool, str | None]] = []
    for name in names:
        value = None if name in vars(cls) else _nearest_type_attr(type_info, name)
        if value is not None:
            entries.append((name, value, False, None))
    return entries


def _nearest_type_attr(type_info: TypeInfo, name: str) -> Any:
    """Return the value of the nearest ancestor; an ancestor's body may end the search by None."""
    info = type_info.parent_type_info
    while info is not None:
        value = core._lookup_type_attr(info.type_index, name)
        if value is not None:
            return value
        if info.type_cls is not None and name in vars(info.type_cls):
            return None
        info = info.parent_type_info
    return None


# ---- the class body -----------------------------------------------------------------------------


def _collect_py_methods(
    cls: type,
    globalns: Namespace | dict[str, Any] | None = None,
    *,
    type_attr_names: frozenset[str] = _FFI_TYPE_ATTR_NAMES,
) -> list[Any] | None:
    """Return the type attributes and marked methods of a class body, None when it has none.

    Each is a tuple of name, function and whether that is static; with a namespace, in which to look
    up annotations, also of the method's metadata.
    """
    namespace = Namespace(cls, names=globalns) if isinstance(globalns, dict) else globalns
    entries: list[Any] = []
    for name, value in vars(cls).items():
        is_attr = name in type_attr_names
        if not is_attr and not _is_method_marked(value):
            continue
        if isinstance(value, classmethod):
            raise TypeError(_classmethod_message(cls, name))
        is_static = isinstance(value, staticmethod)
        function = value.__func__ if is_static else value
        if function is None or not (is_attr or callable(function)):
            continue
        entry: tuple[Any, ...] = (name, function, is_static)
        if namespace is not None:
            metadata = (
                None if is_attr else _method_type_schema_json(cls, function, is_static, namespace)
            )
            entry = (*entry, metadata)
        entries.append(entry)
    return entries or None


def _classmethod_message(cls: type, name: str) -> str:
    return (
        f"@py_class({cls.__name__!r}): {name!r} is wrapped by @classmethod, which is incompatible "
        "with FFI registration \N{EM DASH} the cls-first arg breaks the packed-call convention. "
        "Use @staticmethod or a plain instance method. If you wrote ``@classmethod @method``, "
        "swap to ``@staticmethod @method`` (or drop @classmethod)."
    )


# ---- schemas of methods -------------------------------------------------------------------------


def _method_type_schema_json(
    cls: type, function: Callable[..., Any], is_static: bool, namespace: Namespace
) -> str:
    """Return the metadata of a method of ``cls``; an instance method takes the instance first."""
    receiver = None if is_static else core.TypeSchema.from_annotation(cls)
    return _callable_type_schema_json(function, receiver, namespace, cls)


def _callable_type_schema_json(
    function: Callable[..., Any],
    receiver: core.TypeSchema | None,
    namespace: Namespace,
    owner: type,
) -> str:
    """Return metadata with the schema of a function; its parameters are left out when unclear."""
    import json  # noqa: PLC0415

    groups = _schema_groups(function, receiver, namespace, owner)
    schema = (
        core.TypeSchema("Callable")
        if groups is None
        else core.TypeSchema("Callable", named_args=groups)
    )
    return json.dumps({"type_schema": schema.to_json()})


def _schema_groups(
    function: Callable[..., Any],
    receiver: core.TypeSchema | None,
    namespace: Namespace,
    owner: type,
) -> dict[str, tuple[core.TypeSchema, ...]] | None:
    """Return the schemas of result and parameters, None when they can't be told."""
    names = _positional_parameters(function)
    if names is None or (receiver is not None and not names):
        return None
    hints = namespace.evaluate(dict(getattr(function, "__annotations__", {})), owner)
    if hints is None:
        return None
    if receiver is not None:
        names = names[1:]

    def schema_of(name: str) -> core.TypeSchema:
        if name not in hints:
            return core.TypeSchema("Any")
        return core.TypeSchema.from_annotation(hints[name])

    leading = () if receiver is None else (receiver,)
    return {
        "return": (schema_of("return"),),
        "params": (*leading, *(schema_of(name) for name in names)),
    }


def _positional_parameters(function: Callable[..., Any]) -> list[str] | None:
    """Return the names of the parameters, None when some can't be passed by position."""
    import inspect  # noqa: PLC0415

    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if any(parameter.kind not in positional for parameter in parameters):
        return None
    return [parameter.name for parameter in parameters]
