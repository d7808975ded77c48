# SPDX-License-Identifier: Apache-2.0
"""Global functions and registered types."""

from __future__ import annotations

import sys

from . import core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Literal, TypeVar, overload

    _ClassT = TypeVar("_ClassT", bound=type)

# Other packages set this to True to import classes whose native type is absent.
_SKIP_UNKNOWN_OBJECTS = False


# ---- types --------------------------------------------------------------------------------------


if TYPE_CHECKING:

    @overload
    def register_object(type_key: _ClassT, *, init: bool = True) -> _ClassT: ...
    @overload
    def register_object(
        type_key: str | None = None, *, init: bool = True
    ) -> Callable[[_ClassT], _ClassT]: ...


def register_object(type_key: str | type | None = None, *, init: bool = True) -> Any:
    """Make a class stand for a registered FFI type.

    Fields become properties and methods become attributes, unless the class body defines the name.
    A class without ``__init__`` gets one that calls the type's constructor, or refuses when the
    type has none.

    Parameters
    ----------
    type_key
        Key of the type; the name of the class when omitted. The class itself when used as a plain
        decorator.
    init
        Whether to install ``__init__``.

    Returns
    -------
    The class, or a decorator that returns it.

    Raises
    ------
    ValueError
        If no type has the key.

    Examples
    --------
    .. code-block:: python

        @tvm_ffi.register_object("testing.TestIntPair")
        class TestIntPair(tvm_ffi.Object):
            a: int
            b: int

    """
    if isinstance(type_key, type):
        return _register_class(type_key, type_key.__name__, init)
    if type_key is not None and not isinstance(type_key, str):
        raise TypeError("type_key must be a string, type, or None")

    def register(cls: type) -> Any:
        return _register_class(cls, cls.__name__ if type_key is None else type_key, init)

    return register


def _register_class(cls: Any, key: str, init: bool) -> Any:
    """Register ``cls`` for ``key`` and equip it with the reflected members."""
    type_index = core._object_type_key_to_index(key)
    if type_index is None:
        if _SKIP_UNKNOWN_OBJECTS:
            return cls
        raise ValueError(f"Cannot find object type index for {key}")
    info = core._register_object_by_index(type_index, cls)
    _add_class_attrs(cls, info)
    cls.__tvm_ffi_type_info__ = info
    if init and "__init__" not in cls.__dict__:
        _install_init(cls, info)
    return cls


def _install_init(type_cls: Any, type_info: core.TypeInfo) -> None:
    """Install ``__init__``: the type's constructor, or a refusal for types without one."""
    ffi_init = _find_ffi_init(type_info)
    if ffi_init is not None:
        from . import _dunder  # noqa: PLC0415

        type_cls.__init__ = _dunder._make_init(type_cls, type_info, ffi_init)
    elif issubclass(type_cls, core.Object):
        type_cls.__init__ = _make_refusing_init(type_cls)


def _warn_missing_field_annotations(
    cls: type, type_info: core.TypeInfo, *, stacklevel: int
) -> None:
    """Warn about own reflected fields that the class body does not annotate."""
    from .dataclasses._resolve_fields import own_annotations  # noqa: PLC0415

    annotated = own_annotations(cls)
    missing = sorted(f.name for f in type_info.fields or () if f.name not in annotated)
    if not missing:
        return
    import warnings  # noqa: PLC0415

    warnings.warn(
        f"@c_class({type_info.type_key!r}): class `{cls.__qualname__}` does not annotate the "
        f"following reflected field(s): {', '.join(missing)}. Add type annotations (e.g. "
        "`field_name: type`) to the class body for IDE support and documentation.",
        stacklevel=stacklevel,
    )


def _add_class_attrs(type_cls: type, type_info: core.TypeInfo, type_attr_names: Any = ()) -> type:
    """Install the reflected fields and methods of ``type_info`` on ``type_cls``."""
    for field in type_info.fields or ():
        if field.name not in type_cls.__dict__:
            setattr(type_cls, field.name, field.as_property(type_cls))
    for method in type_info.methods:
        if method.name != "__ffi_init__" and not hasattr(type_cls, method.name):
            setattr(type_cls, method.name, method.as_callable(type_cls))
    _install_ffi_init_attr(type_cls, type_info)
    _add_type_attr_class_attrs(type_cls, type_info, type_attr_names)
    return type_cls


def _add_type_attr_class_attrs(type_cls: type, type_info: core.TypeInfo, names: Any) -> None:
    """Copy type attributes of exactly this type onto the class, unless its body has the name."""
    for name in names:
        if name in type_cls.__dict__:
            continue
        value = core._lookup_type_attr(type_info.type_index, name)
        if value is not None:
            setattr(type_cls, name, value)


def _find_ffi_init(type_info: core.TypeInfo) -> Any:
    """Return the constructor of a type: the reflected method, else the type attribute."""
    for method in type_info.methods:
        if method.name == "__ffi_init__":
            return method.func
    return core._lookup_type_attr(type_info.type_index, "__ffi_init__")


def _install_ffi_init_attr(type_cls: Any, type_info: core.TypeInfo) -> None:
    """Install ``__ffi_init__``, which calls the type's constructor on ``self``."""
    ffi_init = _find_ffi_init(type_info)
    if ffi_init is None:
        return

    def __ffi_init__(self: Any, /, *args: Any, **kwargs: Any) -> None:
        own = type(self)
        if type_info is not own.__tvm_ffi_type_info__:
            raise TypeError(
                f"Calling `{type_cls.__name__}.__ffi_init__()` on a `{own.__name__}` instance is "
                f"not supported. Define `{own.__name__}` with init=True."
            )
        self.__init_handle_by_constructor__(ffi_init, *args, *_pack_keywords(kwargs))

    __ffi_init__.__qualname__ = f"{type_cls.__qualname__}.__ffi_init__"
    __ffi_init__.__module__ = type_cls.__module__
    type_cls.__ffi_init__ = __ffi_init__


def _pack_keywords(kwargs: dict[str, Any]) -> list[Any]:
    """Return keywords in the form that constructors take: a marker, then names and values."""
    packed: list[Any] = []
    for name, value in kwargs.items():
        if value is not core.MISSING:
            packed += (name, value)
    return [core.KWARGS, *packed] if packed else packed


def _make_refusing_init(type_cls: type) -> Callable[..., None]:
    """Return an ``__init__`` that refuses to make an object of a type without constructor."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        raise TypeError(
            f"`{type_cls.__name__}` cannot be constructed directly. "
            "Define a custom __init__ or use a factory method."
        )

    __init__.__qualname__ = f"{type_cls.__qualname__}.__init__"
    __init__.__module__ = type_cls.__module__
    return __init__


def get_registered_type_keys() -> Sequence[str]:
    """Return the keys of all registered types, in the order of their indices."""
    keys: Sequence[str] = get_global_func("ffi.GetRegisteredTypeKeys")()
    return keys


# ---- functions ----------------------------------------------------------------------------------


if TYPE_CHECKING:

    @overload
    def register_global_func(
        func_name: Callable[..., Any], f: None = None, override: bool = False
    ) -> core.Function: ...
    @overload
    def register_global_func(
        func_name: str, f: Callable[..., Any], override: bool = False
    ) -> core.Function: ...
    @overload
    def register_global_func(
        func_name: str, f: None = None, override: bool = False
    ) -> Callable[[Callable[..., Any]], core.Function]: ...


def register_global_func(
    func_name: str | Callable[..., Any],
    f: Callable[..., Any] | None = None,
    override: bool = False,
) -> Any:
    """Register a callable under a global name, for every language of the process.

    Parameters
    ----------
    func_name
        The name; a callable registers itself under its ``__name__``.
    f
        The callable; without it a decorator is returned.
    override
        Whether an existing function of that name may be replaced.

    Returns
    -------
    The registered :class:`Function`, or a decorator that returns it.

    Raises
    ------
    RuntimeError
        If the name is taken and ``override`` is false.

    """
    if not isinstance(func_name, str):
        f, func_name = func_name, func_name.__name__
    if not isinstance(func_name, str):
        raise ValueError("expect string function name")

    def register(func: Callable[..., Any]) -> core.Function:
        return core._register_global_func(func_name, func, override)

    return register if f is None else register(f)


if TYPE_CHECKING:

    @overload
    def get_global_func(name: str, allow_missing: Literal[False] = False) -> core.Function: ...
    @overload
    def get_global_func(name: str, allow_missing: bool) -> core.Function | None: ...


def get_global_func(name: str, allow_missing: bool = False) -> core.Function | None:
    """Return a global function.

    Raises
    ------
    ValueError
        If there is none of that name, unless ``allow_missing``; then None is returned.

    """
    return core._get_global_func(name, allow_missing)


def list_global_func_names() -> list[str]:
    """Return the names of all global functions."""
    name_at = get_global_func("ffi.FunctionListGlobalNamesFunctor")()
    return [name_at(i) for i in range(name_at(-1))]


def remove_global_func(name: str) -> None:
    """Remove a global function; nothing happens when there is none of that name."""
    get_global_func("ffi.FunctionRemoveGlobal")(name)


def get_global_func_metadata(name: str) -> dict[str, Any]:
    """Return the metadata of a global function, ``{}`` when it has none.

    Raises
    ------
    RuntimeError
        If there is no function of that name.

    """
    text = get_global_func("ffi.GetGlobalFuncMetadata")(name)
    if not text:
        return {}
    import json  # noqa: PLC0415

    metadata: dict[str, Any] = json.loads(text)
    return metadata


def init_ffi_api(namespace: str, target_module_name: str | None = None) -> None:
    """Make every global function of a namespace an attribute of a module.

    Parameters
    ----------
    namespace
        Prefix of the names, without the dot; a leading ``tvm.`` is not part of it.
    target_module_name
        The module, which must be imported already; by default the one called ``namespace``.

    """
    target = sys.modules[target_module_name or namespace]
    prefix = namespace[4:] if namespace.startswith("tvm.") else namespace
    for name in list_global_func_names():
        if not name.startswith(prefix):
            continue
        attribute = name[len(prefix) + 1 :]
        if "." in attribute:
            continue
        func = get_global_func(name)
        func.__name__ = attribute
        setattr(target, attribute, func)


__all__ = [
    "get_global_func",
    "get_global_func_metadata",
    "get_registered_type_keys",
    "init_ffi_api",
    "list_global_func_names",
    "register_global_func",
    "register_object",
    "remove_global_func",
]
