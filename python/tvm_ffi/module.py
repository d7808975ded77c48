# SPDX-License-Identifier: Apache-2.0
"""Modules: containers of functions, loaded from files or from memory."""

from __future__ import annotations

import os
from enum import IntEnum

from . import _ffi_api, core
from .registry import list_global_func_names, register_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


class ModulePropertyMask(IntEnum):
    """What can be done with a module."""

    BINARY_SERIALIZABLE = 0b001
    RUNNABLE = 0b010
    COMPILATION_EXPORTABLE = 0b100


@register_object("ffi.Module")
class Module(core.Object):
    """A loaded module.

    Its functions are attributes (kept after the first access), items, or results of
    :meth:`get_function`. Calling the module calls its ``main``.

    Attributes
    ----------
    imports_
        The imported modules; see :attr:`imports`.

    """

    __slots__ = ("__dict__",)

    entry_name = "main"
    if TYPE_CHECKING:  # a reflected field
        imports_: Sequence[Module]

    @property
    def kind(self) -> str:
        """Kind of the module, for example ``"library"``."""
        return _ffi_api.ModuleGetKind(self)

    @property
    def imports(self) -> Sequence[Module]:
        """The imported modules."""
        return self.imports_

    def implements_function(self, name: str, query_imports: bool = False) -> bool:
        """Return whether the module, or one of its imports if asked, has the function."""
        return _ffi_api.ModuleImplementsFunction(self, name, query_imports)

    def get_function(self, name: str, query_imports: bool = False) -> core.Function:
        """Return a function of the module.

        Raises
        ------
        AttributeError
            If the module (and its imports, if asked) has no such function.

        """
        func = _ffi_api.ModuleGetFunction(self, name, query_imports)
        if not isinstance(func, core.Function):
            raise AttributeError(f"Module has no function '{name}'")
        return func

    def get_function_metadata(
        self, name: str, query_imports: bool = False
    ) -> dict[str, Any] | None:
        """Return the metadata of a function, None when it has none."""
        text = _ffi_api.ModuleGetFunctionMetadata(self, name, query_imports)
        if text is None:
            return None
        import json  # noqa: PLC0415

        metadata: dict[str, Any] = json.loads(text)
        return metadata

    def get_function_doc(self, name: str, query_imports: bool = False) -> str | None:
        """Return the documentation of a function, None when it has none."""
        return _ffi_api.ModuleGetFunctionDoc(self, name, query_imports) or None

    def import_module(self, module: Module) -> None:
        """Add a module to the imports. Raises RuntimeError when that would close a cycle."""
        _ffi_api.ModuleImportModule(self, module)

    def clear_imports(self) -> None:
        """Remove all imports."""
        _ffi_api.ModuleClearImports(self)

    def __getattr__(self, name: str) -> core.Function:
        """Return a function and keep it in the instance."""
        try:
            func = self.get_function(name)
        except AttributeError as error:
            raise AttributeError(f"Module has no function '{name}'") from error
        setattr(self, name, func)
        return func

    def __getitem__(self, name: str) -> core.Function:
        """Return a function."""
        if not isinstance(name, str):
            raise ValueError("Can only take string as function name")
        return self.get_function(name)

    def __call__(self, *args: Any) -> Any:
        """Call the function ``main``."""
        return self.main(*args)

    def inspect_source(self, fmt: str = "") -> str:
        """Return the source of the module in a format."""
        return _ffi_api.ModuleInspectSource(self, fmt)

    def get_write_formats(self) -> Sequence[str]:
        """Return the formats that :meth:`write_to_file` knows."""
        return _ffi_api.ModuleGetWriteFormats(self)

    def get_property_mask(self) -> int:
        """Return the :class:`ModulePropertyMask` bits."""
        return _ffi_api.ModuleGetPropertyMask(self)

    def is_binary_serializable(self) -> bool:
        """Return whether the module can be stored as bytes."""
        return (self.get_property_mask() & ModulePropertyMask.BINARY_SERIALIZABLE) != 0

    def is_runnable(self) -> bool:
        """Return whether the functions of the module can be called."""
        return (self.get_property_mask() & ModulePropertyMask.RUNNABLE) != 0

    def is_compilation_exportable(self) -> bool:
        """Return whether the module can be written as an object to link."""
        return (self.get_property_mask() & ModulePropertyMask.COMPILATION_EXPORTABLE) != 0

    def write_to_file(self, file_name: str, fmt: str = "") -> None:
        """Write the module to a file in a format."""
        _ffi_api.ModuleWriteToFile(self, file_name, fmt)


def load_module(path: str | os.PathLike[str], keep_module_alive: bool = True) -> Module:
    """Load a module from a file.

    Parameters
    ----------
    path
        The file; its extension chooses the loader.
    keep_module_alive
        Whether the module stays loaded for the rest of the process. Otherwise objects that its
        code created must be dropped before the module is.

    Raises
    ------
    RuntimeError
        If the file cannot be loaded or no loader knows its extension.

    See Also
    --------
    load_module_from_bytes

    """
    module = _ffi_api.ModuleLoadFromFile(os.fspath(path))
    if keep_module_alive:
        _ffi_api.ModuleGlobalsAdd(module)
    return module


def load_module_from_bytes(kind: str | None, data: Any, keep_module_alive: bool = True) -> Module:
    """Load a module from a payload in memory.

    The payload goes to the loader that is registered under the global name
    ``ffi.Module.load_from_bytes.<kind>``, from whatever language. A payload is code in most kinds:
    loading one from an untrusted source is running it.

    Parameters
    ----------
    kind
        Kind of the payload, for example ``"cubin"``. Case sensitive, any text. With ``None`` the
        payload's own beginning tells: ``"so"``, ``"obj"``, ``"cubin"``, ``"fatbin"`` or ``"ptx"``.
    data
        ``bytes`` or any object with the buffer protocol. ``bytes`` reach native code without a
        copy, other buffers with one.
    keep_module_alive
        As for :func:`load_module`. Pass ``False`` where modules are loaded and dropped
        repeatedly: kept ones are never freed.

    Returns
    -------
    The module that the loader made.

    Raises
    ------
    RuntimeError
        If no loader is registered for the kind.
    ValueError
        If ``kind`` is None and the payload is none of the kinds above.
    TypeError
        If ``data`` is no buffer, or the loader returns no module.

    See Also
    --------
    list_module_loaders

    Examples
    --------
    .. code-block:: python

        @tvm_ffi.register_global_func("ffi.Module.load_from_bytes.symbols")
        def load_symbols(prefix: bytes) -> Module:
            return tvm_ffi.system_lib(prefix.decode())

        module = tvm_ffi.load_module_from_bytes("symbols", b"my_kernels_")

    """
    if kind is None:
        from ._payload_kind import payload_kind  # noqa: PLC0415

        kind = payload_kind(data)
    module = _ffi_api.ModuleLoadFromBytes(kind, core._as_payload(data))
    if keep_module_alive:
        _ffi_api.ModuleGlobalsAdd(module)
    return module


def list_module_loaders() -> list[str]:
    """Return the kinds that :func:`load_module_from_bytes` has a loader for now, sorted.

    A kind appears when a library or script registers ``ffi.Module.load_from_bytes.<kind>``, from
    whatever language, and disappears when that function is removed.
    """
    prefix = "ffi.Module.load_from_bytes."
    names = list_global_func_names()
    return sorted(name[len(prefix) :] for name in names if name.startswith(prefix))


def system_lib(symbol_prefix: str = "") -> Module:
    """Return the module of the symbols that are linked into the process.

    Parameters
    ----------
    symbol_prefix
        Prefix of the symbols; there is one module per prefix.

    """
    module: Module = _ffi_api.SystemLib(symbol_prefix)
    return module


__all__ = [
    "Module",
    "ModulePropertyMask",
    "list_module_loaders",
    "load_module",
    "load_module_from_bytes",
    "system_lib",
]
