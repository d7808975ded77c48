# SPDX-License-Identifier: Apache-2.0
"""Builds modules of C, C++, CUDA and HIP sources with ninja, and loads them.

A build has a directory: the one that the caller names, or one in the cache whose name is a hash of
everything that goes in. Files there are written only when they change, so that ninja redoes what
changed and nothing else, and a lock in it makes concurrent builds take turns.
"""

from __future__ import annotations

import contextlib
import os

from ._build import (
    Options,
    _str_seq2list,
    exported_functions,
    locked,
    paths,
    run,
    run_inline,
    texts,
)
from ._gpu import (
    BACKEND_STR,
    IS_WINDOWS,
    _detect_gpu_backend,
    _find_compiler,
    _find_cuda_home,
    _find_rocm_home,
    _get_cuda_target,
    _get_rocm_target,
    _resolve_gpu_backend,
)
from ._ninja import (
    _run_command_in_dev_prompt,
    build_ninja,
    logger,
)
from ._ninja_file import (
    _generate_ninja_build,
    _windows_argument,
)
from ._source import (
    _decorate_with_tvm_ffi,
    _escape_cpp_string_literal,
    _hash_sources,
    _maybe_write,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..module import Module


def build_inline(
    name: str,
    *,
    cpp_sources: Sequence[str] | str | None = None,
    cuda_sources: Sequence[str] | str | None = None,
    functions: Mapping[str, str] | Sequence[str] | str | None = None,
    extra_cflags: Sequence[str] | None = None,
    extra_cuda_cflags: Sequence[str] | None = None,
    extra_ldflags: Sequence[str] | None = None,
    extra_include_paths: Sequence[str] | None = None,
    build_directory: str | None = None,
    embed_cubin: Mapping[str, bytes] | None = None,
    backend: str | None = None,
    output: str | None = None,
) -> str:
    """Compile source text to a shared library or an object file.

    The text becomes the file ``main.cpp`` (C++) or ``cuda.cu`` (CUDA) of the build directory. It
    needs no ``#include`` for tensors, functions, errors, dtypes and the stream of the caller, whose
    headers are put before it. A build with the same arguments is done once.

    Parameters
    ----------
    name
        Name of the library file, and start of the name of its directory in the cache.
    cpp_sources
        C++ source text; several are joined.
    cuda_sources
        CUDA or HIP source text. With both kinds the exports are made in the C++ text, which
        declares what the other one defines.
    functions
        Names of the functions to export; a mapping gives them docstrings. They are plain names at
        global scope.
    extra_cflags
        More options for the C and C++ compiler, as they are written in a shell.
    extra_cuda_cflags
        More options for nvcc or hipcc.
    extra_ldflags
        More options for the linker.
    extra_include_paths
        More directories with headers.
    build_directory
        Where to build in place of the cache; made if it does not exist.
    embed_cubin
        Images for ``TVM_FFI_EMBED_CUBIN``, by name.
    backend
        ``"cuda"`` or ``"hip"`` for the CUDA sources; found out if not given.
    output
        File name of the product. With the suffix ``.o`` it is an object file.

    Returns
    -------
    The absolute path of the product.

    Raises
    ------
    RuntimeError
        If a compiler or the linker fails; the text holds what it said.
    FileNotFoundError
        If there is no ninja.
    OSError
        If the build directory can't be written.

    """
    options = Options(
        name=name,
        extra_cflags=extra_cflags,
        extra_cuda_cflags=extra_cuda_cflags,
        extra_ldflags=extra_ldflags,
        extra_include_paths=extra_include_paths,
        embed_cubin=embed_cubin,
        backend=backend,
        output=output,
    )
    cpp_parts, cuda_parts = texts("cpp_sources", cpp_sources), texts("cuda_sources", cuda_sources)
    if not cpp_parts and not cuda_parts:
        raise AssertionError("sources must be provided.")
    exports = exported_functions(functions)
    cpp_exports, cuda_exports = (exports, {}) if cpp_parts else ({}, exports)
    cpp_text = _decorate_with_tvm_ffi("\n".join(cpp_parts), cpp_exports)
    cuda_text = _decorate_with_tvm_ffi("\n".join(cuda_parts), cuda_exports)
    directory = options.directory(
        build_directory,
        cpp_source=cpp_text,
        cuda_source=cuda_text,
        cpp_files=None,
        cuda_files=None,
        functions=exports,
    )
    cpp_file, cuda_file = (os.path.join(directory, file) for file in ("main.cpp", "cuda.cu"))
    with locked(directory):
        # The C++ file is there in any case, but compiled only if it has something of the user.
        is_new = _maybe_write(cpp_file, cpp_text)
        sources = [cpp_file] if cpp_parts else []
        if cuda_parts:
            is_new |= _maybe_write(cuda_file, cuda_text)
            sources.append(cuda_file)
        options.write_images(directory)
        return run_inline(directory, options, sources, is_new)


def load_inline(
    name: str,
    *,
    cpp_sources: Sequence[str] | str | None = None,
    cuda_sources: Sequence[str] | str | None = None,
    functions: Mapping[str, str] | Sequence[str] | str | None = None,
    extra_cflags: Sequence[str] | None = None,
    extra_cuda_cflags: Sequence[str] | None = None,
    extra_ldflags: Sequence[str] | None = None,
    extra_include_paths: Sequence[str] | None = None,
    build_directory: str | None = None,
    embed_cubin: Mapping[str, bytes] | None = None,
    keep_module_alive: bool = True,
    backend: str | None = None,
) -> Module:
    """Compile source text and load it as a module.

    See :func:`build_inline` for the parameters and errors.

    Parameters
    ----------
    keep_module_alive
        Whether the library stays loaded for the rest of the process, so that objects that it made
        may outlive the module.

    Returns
    -------
    The module, whose functions are attributes.

    Examples
    --------
    .. code-block:: python

        mod = tvm_ffi.cpp.load_inline(
            "hello",
            cpp_sources="int64_t add_one(int64_t x) { return x + 1; }",
            functions="add_one",
        )
        mod.add_one(1)  # 2

    """
    path = build_inline(
        name,
        cpp_sources=cpp_sources,
        cuda_sources=cuda_sources,
        functions=functions,
        extra_cflags=extra_cflags,
        extra_cuda_cflags=extra_cuda_cflags,
        extra_ldflags=extra_ldflags,
        extra_include_paths=extra_include_paths,
        build_directory=build_directory,
        embed_cubin=embed_cubin,
        backend=backend,
    )
    return _load(path, keep_module_alive)


def build(
    name: str,
    *,
    sources: Sequence[str] | str | None = None,
    cpp_files: Sequence[str] | str | None = None,
    cuda_files: Sequence[str] | str | None = None,
    extra_cflags: Sequence[str] | None = None,
    extra_cuda_cflags: Sequence[str] | None = None,
    extra_ldflags: Sequence[str] | None = None,
    extra_include_paths: Sequence[str] | None = None,
    build_directory: str | None = None,
    backend: str | None = None,
    output: str | None = None,
) -> str:
    """Compile files to a shared library or an object file.

    The suffix of a file says what it is: ``.c`` C, ``.cu`` CUDA or HIP, ``.o`` and ``.obj`` an
    object file for the linker, everything else C++. The files are as the compiler needs them: they
    include the headers they use and export their functions.

    Parameters
    ----------
    name
        Name of the library file, and start of the name of its directory in the cache.
    sources
        Paths of the files. ``cpp_files`` and ``cuda_files`` are other names of this parameter, and
        the three are joined.
    cpp_files
        See ``sources``.
    cuda_files
        See ``sources``.
    extra_cflags
        See :func:`build_inline`, as for all that follow.
    extra_cuda_cflags
        More options for nvcc or hipcc.
    extra_ldflags
        More options for the linker.
    extra_include_paths
        More directories with headers.
    build_directory
        Where to build in place of the cache.
    backend
        ``"cuda"`` or ``"hip"`` for the ``.cu`` files.
    output
        File name of the product.

    Returns
    -------
    The absolute path of the product.

    Raises
    ------
    RuntimeError
        If a file does not exist, or a compiler or the linker fails.
    FileNotFoundError
        If there is no ninja.
    OSError
        If the build directory can't be written.

    """
    files = [*paths("sources", sources), *paths("cpp_files", cpp_files)]
    files += paths("cuda_files", cuda_files)
    return _build_impl(
        name=name,
        sources=files,
        extra_cflags=extra_cflags,
        extra_cuda_cflags=extra_cuda_cflags,
        extra_ldflags=extra_ldflags,
        extra_include_paths=extra_include_paths,
        build_directory=build_directory,
        backend=backend,
        output=output,
    )


def load(
    name: str,
    *,
    sources: Sequence[str] | str | None = None,
    cpp_files: Sequence[str] | str | None = None,
    cuda_files: Sequence[str] | str | None = None,
    extra_cflags: Sequence[str] | None = None,
    extra_cuda_cflags: Sequence[str] | None = None,
    extra_ldflags: Sequence[str] | None = None,
    extra_include_paths: Sequence[str] | None = None,
    build_directory: str | None = None,
    keep_module_alive: bool = True,
    backend: str | None = None,
) -> Module:
    """Compile files and load the library as a module.

    See :func:`build` for the parameters and errors.

    Parameters
    ----------
    keep_module_alive
        Whether the library stays loaded for the rest of the process, so that objects that it made
        may outlive the module.

    Returns
    -------
    The module, whose functions are attributes.

    """
    path = build(
        name,
        sources=sources,
        cpp_files=cpp_files,
        cuda_files=cuda_files,
        extra_cflags=extra_cflags,
        extra_cuda_cflags=extra_cuda_cflags,
        extra_ldflags=extra_ldflags,
        extra_include_paths=extra_include_paths,
        build_directory=build_directory,
        backend=backend,
    )
    return _load(path, keep_module_alive)


def _load(path: str, keep_module_alive: bool) -> Module:
    from ..module import load_module  # noqa: PLC0415

    return load_module(path, keep_module_alive=keep_module_alive)


def _build_impl(  # noqa: PLR0917 - published signature
    name: str,
    sources: Sequence[str] | str | None,
    extra_cflags: Sequence[str] | None,
    extra_cuda_cflags: Sequence[str] | None,
    extra_ldflags: Sequence[str] | None,
    extra_include_paths: Sequence[str] | None,
    build_directory: str | None,
    need_lock: bool = True,
    embed_cubin: Mapping[str, bytes] | None = None,
    backend: str | None = None,
    output: str | None = None,
) -> str:
    """Build files; ``need_lock=False`` is for a caller that holds the lock of the directory."""
    options = Options(
        name=name,
        extra_cflags=extra_cflags,
        extra_cuda_cflags=extra_cuda_cflags,
        extra_ldflags=extra_ldflags,
        extra_include_paths=extra_include_paths,
        embed_cubin=embed_cubin,
        backend=backend,
        output=output,
    )
    files = sorted(os.path.realpath(path) for path in _str_seq2list(sources))
    if not files:
        raise AssertionError("sources must be provided.")
    directory = options.directory(
        build_directory,
        cpp_source=None,
        cuda_source=None,
        cpp_files=files,
        cuda_files=None,
        functions={},
    )
    ninja_file = options.ninja_file(files)
    with locked(directory) if need_lock else contextlib.nullcontext():
        options.write_images(directory)
        return run(directory, ninja_file)


# The private ones are here because other code finds them here.
__all__ = [
    "BACKEND_STR",
    "IS_WINDOWS",
    "_build_impl",
    "_decorate_with_tvm_ffi",
    "_detect_gpu_backend",
    "_escape_cpp_string_literal",
    "_find_compiler",
    "_find_cuda_home",
    "_find_rocm_home",
    "_generate_ninja_build",
    "_get_cuda_target",
    "_get_rocm_target",
    "_hash_sources",
    "_maybe_write",
    "_resolve_gpu_backend",
    "_run_command_in_dev_prompt",
    "_str_seq2list",
    "_windows_argument",
    "build",
    "build_inline",
    "build_ninja",
    "load",
    "load_inline",
    "logger",
]
