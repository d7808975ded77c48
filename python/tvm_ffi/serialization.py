# SPDX-License-Identifier: Apache-2.0
"""Objects as JSON text."""

from __future__ import annotations

from . import _ffi_api

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def to_json_graph_str(obj: Any, metadata: dict[str, Any] | None = None) -> str:
    """Return an object, with everything it refers to, as JSON text.

    Parameters
    ----------
    obj
        The object.
    metadata
        Values stored beside it, for example the version of the writer.

    """
    return _ffi_api.ToJSONGraphString(obj, metadata)


def from_json_graph_str(json_str: str) -> Any:
    """Return the object that :func:`to_json_graph_str` wrote."""
    return _ffi_api.FromJSONGraphString(json_str)


__all__ = ["from_json_graph_str", "to_json_graph_str"]
