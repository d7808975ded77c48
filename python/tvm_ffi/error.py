# SPDX-License-Identifier: Apache-2.0
"""Errors across the boundary: which class a kind is, and how tracebacks are joined.

Importing this module installs the traceback hooks of :mod:`tvm_ffi.core`.
"""

from __future__ import annotations

from . import core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any, TypeVar, overload

    _ErrorT = TypeVar("_ErrorT", bound=type[BaseException])


class TracebackManager:
    """Adds made-up frames, one per stored frame of an FFI error, to tracebacks."""

    def append_traceback(
        self, tb: TracebackType | None, filename: str, lineno: int, func: str
    ) -> TracebackType:
        """Return a traceback with one more frame outside of ``tb``."""
        return core._append_traceback(tb, filename, lineno, func)


_TRACEBACK_MANAGER = TracebackManager()

_parse_backtrace = core._parse_backtrace


def _with_append_backtrace(py_error: BaseException, backtrace: str) -> BaseException:
    """Return ``py_error`` with every frame of ``backtrace`` added to its traceback.

    The stored frames are innermost first, so the last one becomes the outermost.
    """
    if not backtrace:
        return py_error
    return py_error.with_traceback(core._extend_traceback(py_error.__traceback__, backtrace))


def _traceback_to_backtrace_str(tb: TracebackType | None) -> str:
    """Return a traceback in the stored form: one line per frame, innermost call first."""
    return core._render_traceback(tb)


core._WITH_APPEND_BACKTRACE = _with_append_backtrace
core._TRACEBACK_TO_BACKTRACE_STR = _traceback_to_backtrace_str


if TYPE_CHECKING:

    @overload
    def register_error(name_or_cls: _ErrorT, cls: None = None) -> _ErrorT: ...
    @overload
    def register_error(name_or_cls: str, cls: _ErrorT) -> _ErrorT: ...
    @overload
    def register_error(
        name_or_cls: str | None = None, cls: None = None
    ) -> Callable[[_ErrorT], _ErrorT]: ...


def register_error(name_or_cls: str | type | None = None, cls: type | None = None) -> Any:
    """Make an exception class stand for an error kind, in both directions.

    Parameters
    ----------
    name_or_cls
        The kind, or the class whose name is the kind.
    cls
        The class, when the first argument is a kind.

    Returns
    -------
    The class; a decorator when no class was given.

    Examples
    --------
    .. code-block:: python

        @tvm_ffi.register_error
        class ShapeError(ValueError):
            pass

    """
    if isinstance(name_or_cls, type):
        cls, name_or_cls = name_or_cls, name_or_cls.__name__

    def register(error_cls: type) -> type:
        name = error_cls.__name__ if name_or_cls is None else name_or_cls
        core.ERROR_NAME_TO_TYPE[name] = error_cls
        core.ERROR_TYPE_TO_NAME[error_cls] = name
        return error_cls

    return register if cls is None else register(cls)
