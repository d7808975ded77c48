# SPDX-License-Identifier: Apache-2.0
"""What makes a written-out class pass for a dataclass.

The standard library's ``dataclasses`` takes longer to import than this package, so the classes of
``tvm_ffi.core`` that are dataclasses to their users do without it until somebody asks.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class LazyDataclass:
    """Gives a class the attributes of a dataclass, read off its ``__init__``, when first used."""

    def __init__(self, not_compared: tuple[str, ...] = ()) -> None:
        self._not_compared = not_compared

    def __get__(self, obj: Any, cls: Any) -> Any:
        import dataclasses  # noqa: PLC0415
        import inspect  # noqa: PLC0415

        specs = []
        for parameter in list(inspect.signature(cls.__init__).parameters.values())[1:]:
            options: dict[str, Any] = {"compare": parameter.name not in self._not_compared}
            if parameter.default is not parameter.empty:
                options["default"] = parameter.default
            specs.append((parameter.name, parameter.annotation, dataclasses.field(**options)))
        twin: Any = dataclasses.make_dataclass(cls.__name__, specs)
        cls.__dataclass_fields__ = twin.__dataclass_fields__
        cls.__dataclass_params__ = (
            twin.__dataclass_params__
        )  # read where a dataclass derives from it
        return cls.__dataclass_fields__


def record_repr(self: Any) -> str:
    """Return the text of a record, as a dataclass would."""
    shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
    return f"{type(self).__qualname__}({shown})"
