# SPDX-License-Identifier: Apache-2.0
"""Where the parts of the installed package are: libraries, headers, CMake files.

Nothing here imports the native extension, so build scripts can ask before anything is loaded.
Every path is absolute with symbolic links resolved. Two trees are understood: an installed package
(everything below this file's directory) and a source checkout (two levels further up).
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    import ctypes

    from .module import Module

_DISTRIBUTION = "tvm-ffi"
# What code written for the published package calls the distribution that has the runtime.
_PUBLISHED_DISTRIBUTION = "apache-tvm-ffi"


def _rel_top_directory() -> Path:
    """Return the directory of the installed package."""
    return Path(__file__).parent


def _dev_top_directory() -> Path:
    """Return the root of the source checkout that holds this package."""
    return Path(__file__).parent / ".." / ".."


def _resolve_and_validate(paths: list[Path], cond: Callable[[Path], bool | Path]) -> str | None:
    """Return the first of ``paths`` that ``cond`` accepts, or None.

    ``cond`` gets the resolved path. The answer ``True`` accepts that path, a ``Path`` is returned
    in its place, anything else means "try the next"; so do ``OSError`` and ``AssertionError``.
    """
    for path in paths:
        try:
            resolved = path.resolve()
            verdict = cond(resolved)
        except (OSError, AssertionError):
            continue
        if isinstance(verdict, Path):
            return str(verdict)
        if verdict is True:
            return str(resolved)
    return None


def _require(paths: list[Path], cond: Callable[[Path], bool], what: str) -> str:
    """Return the first accepted path or raise ``RuntimeError`` naming ``what`` is missing."""
    found = _resolve_and_validate(paths, cond)
    if found is None:
        raise RuntimeError(f"Cannot find {what}.")
    return found


def _split_env_var(env_var: str, split: str) -> list[str]:
    """Return the stripped parts of an environment variable, ``[]`` when it is unset or empty."""
    value = os.environ.get(env_var)
    return [part.strip() for part in value.split(split)] if value else []


def find_libtvm_ffi() -> str:
    """Return the path of the runtime library ``libtvm_ffi``.

    Raises
    ------
    RuntimeError
        If it is nowhere; the text lists the directories that were searched.

    """
    return str(_find_library_by_basename(_DISTRIBUTION, "tvm_ffi"))


def find_windows_implib() -> str:
    """Return the path of the import library beside the runtime (Windows)."""
    return str(Path(find_libtvm_ffi()).parent / "tvm_ffi.lib")


def find_source_path() -> str:
    """Return the directory that holds ``src/``."""
    return _require(
        [_rel_top_directory(), _dev_top_directory()],
        lambda path: (path / "src").is_dir(),
        "home path",
    )


def find_cmake_path() -> str:
    """Return the directory that holds ``tvm_ffi-config.cmake``."""
    return _require(
        [_rel_top_directory() / "share" / "cmake" / "tvm_ffi", _dev_top_directory() / "cmake"],
        Path.is_dir,
        "cmake path",
    )


def find_include_path() -> str:
    """Return the directory to put on the include path for ``<tvm/ffi/...>``."""
    return _require(
        [_rel_top_directory() / "include", _dev_top_directory() / "include"],
        Path.is_dir,
        "include path",
    )


def find_dlpack_include_path() -> str:
    """Return the directory to put on the include path for ``<dlpack/dlpack.h>``."""
    return _require(
        [_rel_top_directory() / "include", _dev_top_directory() / "include"],
        lambda path: (path / "dlpack").is_dir(),
        "dlpack include path",
    )


def find_python_helper_include_path() -> str:
    """Return the directory to put on the include path for ``<tvm_ffi_python_helpers.h>``."""
    return _require(
        [
            _rel_top_directory() / "include",
            _dev_top_directory() / "python" / "tvm_ffi" / "nanobind",
        ],
        lambda path: (path / "tvm_ffi_python_helpers.h").is_file(),
        "python helper include path",
    )


def find_cython_lib() -> str:
    """Return the path of the native extension ``tvm_ffi.core``."""
    spec = importlib.util.find_spec("tvm_ffi.core")
    if spec is None or spec.origin is None:
        raise RuntimeError("Cannot find tvm cython path.")
    return str(Path(spec.origin).resolve())


def include_paths() -> list[str]:
    """Return every directory that a consumer needs on its include path, sorted."""
    return sorted(
        {find_include_path(), find_dlpack_include_path(), find_python_helper_include_path()}
    )


def _library_names(target_name: str) -> list[str]:
    """Return the file names that the library ``target_name`` can have on this platform."""
    if sys.platform.startswith("win32"):
        return [f"{target_name}.dll"]
    if sys.platform.startswith("darwin"):
        return [f"lib{target_name}.dylib", f"lib{target_name}.so"]
    return [f"lib{target_name}.so"]


def _find_in_distribution(package: str, names: list[str]) -> Path | None:
    """Look a library up in the list of files that ``package`` was installed with."""
    if re.sub(r"[-_.]+", "-", package).lower() == _PUBLISHED_DISTRIBUTION:
        package = _DISTRIBUTION
    try:
        distribution = importlib.metadata.distribution(package)
        record = distribution.read_text("RECORD") or ""
    except (importlib.metadata.PackageNotFoundError, OSError):
        return None
    for line in record.splitlines():
        entry = line.partition(",")[0]
        if entry.endswith(tuple(names)):
            path = Path(str(distribution.locate_file(entry))).resolve()
            if path.name in names:
                return path
    return None


def _library_directories(
    extra_lib_paths: list[Path], use_fallback_build_path: bool, use_env_path: bool
) -> list[Path]:
    """Return the directories to search for a library, in order."""
    directories = list(extra_lib_paths)
    if use_fallback_build_path:
        for top in (_rel_top_directory(), _dev_top_directory()):
            directories += [top / "build" / "lib", top / "lib"]
    if use_env_path:
        if sys.platform.startswith("win32"):
            variables, separator = ["PATH"], ";"
        elif sys.platform.startswith("darwin"):
            variables, separator = ["DYLD_LIBRARY_PATH", "PATH"], ":"
        else:
            variables, separator = ["LD_LIBRARY_PATH", "PATH"], ":"
        for variable in variables:
            directories += [Path(part) for part in _split_env_var(variable, separator)]
    return directories


def _find_library_by_basename(
    package: str,
    target_name: str,
    extra_lib_paths: list[Path] | None = None,
    *,
    use_fallback_build_path: bool = True,
    use_env_path: bool = True,
) -> Path:
    """Find the library that the CMake target ``target_name`` of ``package`` produced.

    The files recorded by the installation of ``package`` come first (so that editable installs find
    the built library), then ``extra_lib_paths``, build directories and the system's search path.

    Raises
    ------
    TypeError
        If an element of ``extra_lib_paths`` is no ``pathlib.Path``.
    RuntimeError
        If no directory has it; the text lists them.

    """
    extra_lib_paths = extra_lib_paths or []
    for i, path in enumerate(extra_lib_paths):
        if not isinstance(path, Path):
            raise TypeError(
                f"extra_lib_paths[{i}] must be a pathlib.Path, got {type(path).__name__}: {path!r}"
            )
    names = _library_names(target_name)
    recorded = _find_in_distribution(package, names)
    if recorded is not None:
        return recorded
    directories = _library_directories(extra_lib_paths, use_fallback_build_path, use_env_path)
    for directory in directories:
        for name in names:
            try:
                candidate = (directory / name).resolve()
                if candidate.is_file():
                    return candidate
            except OSError:
                continue
    searched = "\n  ".join(str(directory) for directory in directories)
    raise RuntimeError(
        f"Cannot find library {', '.join(names)}; searched directories:\n  {searched}"
    )


def _find_loadable(package: str, target_name: str, extra_lib_paths: list[Path] | None) -> Path:
    """Find a library and, on Windows, make its neighbours loadable too."""
    path = _find_library_by_basename(package, target_name, extra_lib_paths)
    if sys.platform.startswith("win32"):
        os.add_dll_directory(str(path.parent))  # pyright: ignore[reportAttributeAccessIssue]
    return path


def load_lib_ctypes(
    package: str, target_name: str, mode: str, extra_lib_paths: list[Path] | None = None
) -> ctypes.CDLL:
    """Find a library and open it with :py:mod:`ctypes`.

    Parameters
    ----------
    package
        Distribution that installed the library.
    target_name
        Name of its CMake target, without prefix and suffix.
    mode
        ``"RTLD_LOCAL"`` or ``"RTLD_GLOBAL"``.
    extra_lib_paths
        Directories to search besides the usual ones.

    Raises
    ------
    RuntimeError
        If a static initialiser of the library fails, for example because it registers a function
        that exists already. The library stays open, without what it could not register.

    """
    import ctypes  # noqa: PLC0415

    from .core import _raise_pending  # noqa: PLC0415

    path = _find_loadable(package, target_name, extra_lib_paths)
    lib = ctypes.CDLL(str(path), getattr(ctypes, mode))
    _raise_pending()
    return lib


def load_lib_module(
    package: str,
    target_name: str,
    keep_module_alive: bool = True,
    extra_lib_paths: list[Path] | None = None,
) -> Module:
    """Find a library and load it as a module.

    See :py:func:`load_lib_ctypes` for the parameters and :py:func:`tvm_ffi.load_module` for
    ``keep_module_alive``.
    """
    from .module import load_module  # noqa: PLC0415

    path = _find_loadable(package, target_name, extra_lib_paths)
    return load_module(path, keep_module_alive=keep_module_alive)
