# SPDX-License-Identifier: Apache-2.0
"""Python signatures for functions that take positional arguments only.

The wrapper is generated code: one plain function whose parameters are those asked for, so that a
call costs no handling of ``*args`` and ``**kwargs``.
"""

from __future__ import annotations

import functools
import inspect
import keyword

from ..core import MISSING
from .unpack_dataclass import unpack_dataclass_to_tuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

# Names that the generated code uses beside its parameters.
_TARGET = "__i_target_func"
_MISSING = "__i_MISSING"
_DEFAULTS = "__i_arg_defaults"
_UNPACK = "__i_unpack"
_INTERNAL_NAMES = {_TARGET, _MISSING, _DEFAULTS, _UNPACK}


def _check_names(names: list[str], what: str) -> None:
    """Require distinct names that can be parameters; ``what`` says which kind they are."""
    if len(set(names)) != len(names):
        raise ValueError(f"Duplicate {what} names found in: {names}")
    for name in names:
        if not isinstance(name, str):
            raise TypeError(
                f"{what.capitalize()} name must be a string, got {type(name).__name__}: {name!r}"
            )
        if keyword.iskeyword(name):
            raise ValueError(
                f"Invalid {what} name: {name!r} is a Python keyword "
                "and cannot be used as a parameter name"
            )
        if not name.isidentifier():
            raise ValueError(f"Invalid {what} name: {name!r} is not a valid Python identifier")


def _check_arguments(
    arg_names: list[str],
    arg_defaults: tuple[Any, ...],
    kwonly_names: list[str],
    kwonly_defaults: dict[str, Any],
) -> None:
    """Require arguments of which a function can be made."""
    _check_names(arg_names, "argument")
    if not isinstance(arg_defaults, tuple):
        raise TypeError(f"arg_defaults must be a tuple, got {type(arg_defaults).__name__}")
    if len(arg_defaults) > len(arg_names):
        raise ValueError(
            f"arg_defaults has {len(arg_defaults)} values "
            f"but only {len(arg_names)} positional arguments"
        )
    _check_names(kwonly_names, "keyword-only argument")
    for name in kwonly_defaults:
        if name not in kwonly_names:
            raise ValueError(
                f"Default provided for '{name}' which is not in kwonly_names: {kwonly_names}"
            )
    names, kwonly = set(arg_names), set(kwonly_names)
    if names & kwonly:
        raise ValueError(f"Arguments cannot be both positional and keyword-only: {names & kwonly}")
    internal = (names | kwonly) & _INTERNAL_NAMES
    if internal:
        raise ValueError(
            f"Argument names conflict with internal names: {internal}. "
            'Please avoid using names starting with "__i_"'
        )


def _parameter_source(name: str, defaults: dict[str, Any]) -> tuple[str, str]:
    """Return a parameter as it is declared and the expression of its value."""
    if name not in defaults:
        return name, name
    default = defaults[name]
    if default is None or type(default) is bool:
        return f"{name}={default}", name
    return f"{name}={_MISSING}", f"{_DEFAULTS}[{name!r}] if {name} is {_MISSING} else {name}"


def _wrapper_source(
    arg_names: list[str],
    kwonly_names: list[str],
    defaults: dict[str, Any],
    unpacked_names: set[str],
) -> str:
    """Return the source of the wrapper."""
    parameters, arguments = [], []
    for name in [*arg_names, *kwonly_names]:
        parameter, value = _parameter_source(name, defaults)
        parameters.append(parameter)
        arguments.append(f"{_UNPACK}({value})" if name in unpacked_names else value)
    if kwonly_names:
        parameters.insert(len(arg_names), "*")
    return f"def wrapper({', '.join(parameters)}):\n    return {_TARGET}({', '.join(arguments)})\n"


def make_kwargs_wrapper(  # noqa: PLR0917
    target_func: Callable[..., Any],
    arg_names: list[str],
    arg_defaults: tuple[Any, ...] = (),
    kwonly_names: list[str] | None = None,
    kwonly_defaults: dict[str, Any] | None = None,
    prototype: Callable[..., Any] | None = None,
    map_dataclass_to_tuple: list[str] | None = None,
) -> Callable[..., Any]:
    """Return a function with keyword arguments and defaults that calls ``target_func``.

    Parameters
    ----------
    target_func
        Called with all values by position: first ``arg_names``, then ``kwonly_names``.
    arg_names
        Parameters that can be given by position or by keyword.
    arg_defaults
        Defaults of the last of them.
    kwonly_names
        Keyword-only parameters.
    kwonly_defaults
        Their defaults, by name.
    prototype
        A function whose name, documentation and annotations the wrapper takes over.
    map_dataclass_to_tuple
        Parameters whose dataclasses are passed on as tuples of their fields.

    Raises
    ------
    TypeError, ValueError
        If no function can have these parameters.

    Examples
    --------
    .. code-block:: python

        add = make_kwargs_wrapper(lambda x, y: x + y, ["x", "y"], arg_defaults=(1,))
        assert add(x=2) == 3

    """
    kwonly_names = kwonly_names or []
    kwonly_defaults = kwonly_defaults or {}
    _check_arguments(arg_names, arg_defaults, kwonly_names, kwonly_defaults)
    defaults = dict(zip(arg_names[len(arg_names) - len(arg_defaults) :], arg_defaults))
    defaults.update(kwonly_defaults)
    source = _wrapper_source(arg_names, kwonly_names, defaults, set(map_dataclass_to_tuple or ()))
    namespace: dict[str, Any] = {
        _TARGET: target_func,
        _MISSING: MISSING,
        _DEFAULTS: defaults,
        _UNPACK: unpack_dataclass_to_tuple,
    }
    exec(source, namespace)
    wrapper: Callable[..., Any] = namespace["wrapper"]
    if prototype is not None:
        functools.update_wrapper(wrapper, prototype, updated=())
    return wrapper


def make_kwargs_wrapper_from_signature(
    target_func: Callable[..., Any],
    signature: inspect.Signature,
    prototype: Callable[..., Any] | None = None,
    exclude_arg_names: Iterable[str] | None = None,
    map_dataclass_to_tuple: list[str] | None = None,
) -> Callable[..., Any]:
    """Return a function with the parameters of ``signature`` that calls ``target_func``.

    Parameters
    ----------
    target_func, prototype, map_dataclass_to_tuple
        As for :func:`make_kwargs_wrapper`.
    signature
        The parameters; positional-only ones can be given by keyword, too.
    exclude_arg_names
        Parameters of the signature that are left out.

    Raises
    ------
    ValueError
        If the signature has ``*args`` or ``**kwargs``, or a parameter without default after one
        that has a default.

    """
    excluded = set(exclude_arg_names or ())
    arg_names: list[str] = []
    arg_defaults: list[Any] = []
    kwonly_names: list[str] = []
    kwonly_defaults: dict[str, Any] = {}
    for name, parameter in signature.parameters.items():
        if name in excluded:
            continue
        has_default = parameter.default is not inspect.Parameter.empty
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            raise ValueError("*args not supported in wrapper generation")
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            raise ValueError("**kwargs not supported in wrapper generation")
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            kwonly_names.append(name)
            if has_default:
                kwonly_defaults[name] = parameter.default
            continue
        if arg_defaults and not has_default:
            raise ValueError(
                f"Required positional parameter '{name}' cannot follow parameters with defaults"
            )
        arg_names.append(name)
        if has_default:
            arg_defaults.append(parameter.default)
    return make_kwargs_wrapper(
        target_func,
        arg_names,
        tuple(arg_defaults),
        kwonly_names,
        kwonly_defaults,
        prototype,
        map_dataclass_to_tuple,
    )


__all__ = ["make_kwargs_wrapper", "make_kwargs_wrapper_from_signature"]
