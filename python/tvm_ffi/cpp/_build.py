# SPDX-License-Identifier: Apache-2.0
"""What inline builds and builds of files share: checked arguments, the directory, the run."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping

from ..utils.lockfile import FileLock
from . import _precompiled
from ._ninja import report, run_ninja
from ._ninja_file import NinjaFile
from ._source import _hash_sources, _maybe_write, cache_directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any


def _str_seq2list(seq: Sequence[str] | str | None) -> list[str]:
    """Return one text, several or none as a list."""
    if seq is None:
        return []
    return [seq] if isinstance(seq, str) else list(seq)


def texts(argument: str, values: Sequence[str] | str | None) -> list[str]:
    """Return one text, several or none as a list of texts."""
    if values is not None and not hasattr(values, "__iter__"):
        raise TypeError(f"{argument} must be a str or a sequence of them, got {type(values)}")
    result = _str_seq2list(values)
    for i, text in enumerate(result):
        if not isinstance(text, str):
            raise TypeError(f"{argument}[{i}] must be a str, got {type(text)}")
    return result


def paths(argument: str, values: Sequence[str] | str | None) -> list[str]:
    """Return paths, which may be ``pathlib`` objects, as texts."""
    if isinstance(values, os.PathLike):
        values = [os.fspath(values)]
    elif values is not None and not isinstance(values, str):
        values = [os.fspath(v) if isinstance(v, os.PathLike) else v for v in values]
    return texts(argument, values)


def _refuse_one_text(argument: str, values: Sequence[str] | None) -> None:
    """Raise for a text, whose characters would be taken for the elements."""
    if isinstance(values, str):
        raise TypeError(
            f"{argument} must be a sequence of strings, got one: write {argument}=[{values!r}]"
        )


def _flags(argument: str, values: Sequence[str] | None) -> list[str]:
    """Return a list of flags."""
    _refuse_one_text(argument, values)
    flags = list(values or ())
    for i, flag in enumerate(flags):
        if not isinstance(flag, str):
            raise ValueError(
                f"Unsupported type: {type(flag)} of {argument}[{i}], which must be a str"
            )
    return flags


def exported_functions(functions: Mapping[str, str] | Sequence[str] | str | None) -> dict[str, str]:
    """Return the functions to export with their docstrings."""
    if isinstance(functions, Mapping):
        names = texts("functions", list(functions))
        for name in names:
            doc = functions[name]
            if doc is not None and not isinstance(doc, str):
                raise TypeError(f"functions[{name!r}] must be a docstring, got {type(doc)}")
        return dict(functions)
    return dict.fromkeys(texts("functions", functions), "")


def _images(embed_cubin: Mapping[str, bytes] | None) -> dict[str, bytes] | None:
    """Return the images to embed, after a check of their names."""
    if embed_cubin is None:
        return None
    images = {}
    for name, image in embed_cubin.items():
        if not isinstance(name, str) or not name.isidentifier() or not name.isascii():
            raise ValueError(
                f"embed_cubin: the name of an image must be a C identifier, got {name!r}"
            )
        if not isinstance(image, (bytes, bytearray, memoryview)):
            raise TypeError(f"embed_cubin[{name!r}] must be bytes, got {type(image)}")
        images[name] = bytes(image)
    return images


def _check_file_name(argument: str, name: str) -> None:
    """Raise for a name that no file can have, or that would break the ninja file."""
    if not isinstance(name, str):
        raise TypeError(f"{argument} must be a str, got {type(name)}")
    if any(ord(character) < 32 for character in name):
        raise ValueError(f"{argument} must not contain control characters, got {name!r}")


@contextlib.contextmanager
def locked(directory: str) -> Iterator[None]:
    """Make a build directory, and hold its lock."""
    os.makedirs(directory, exist_ok=True)
    lock = FileLock(os.path.join(directory, "lock"))
    lock._wait()
    try:
        yield
    finally:
        lock.release()


class Options:
    """What every build is given, checked and in the form that the rest works with."""

    def __init__(
        self,
        *,
        name: str,
        extra_cflags: Sequence[str] | None,
        extra_cuda_cflags: Sequence[str] | None,
        extra_ldflags: Sequence[str] | None,
        extra_include_paths: Sequence[str] | None,
        embed_cubin: Mapping[str, bytes] | None,
        backend: str | None,
        output: str | None,
    ) -> None:
        _check_file_name("name", name)
        if output is not None:
            _check_file_name("output", output)
        self.name = name
        _refuse_one_text("extra_include_paths", extra_include_paths)
        self.embed_cubin = _images(embed_cubin)
        self.backend = backend
        self.output = output
        self.flags: dict[str, Any] = {
            "extra_cflags": _flags("extra_cflags", extra_cflags),
            "extra_cuda_cflags": _flags("extra_cuda_cflags", extra_cuda_cflags),
            "extra_ldflags": _flags("extra_ldflags", extra_ldflags),
            "extra_include_paths": paths("extra_include_paths", extra_include_paths),
        }

    def directory(self, build_directory: str | None, **key: Any) -> str:
        """Return the directory to build in: the given one, or that of ``key`` in the cache."""
        if build_directory is not None:
            return os.path.realpath(build_directory)
        digest = _hash_sources(**key, **self.flags, embed_cubin=self.embed_cubin)
        return os.path.join(cache_directory(), f"{self.name}_{digest}")

    def ninja_file(self, sources: Sequence[str]) -> NinjaFile:
        """Return the ninja file of a build of ``sources``."""
        return NinjaFile(
            name=self.name,
            sources=sources,
            embed_cubin=self.embed_cubin,
            backend=self.backend,
            output=self.output,
            **self.flags,
        )

    def write_images(self, directory: str) -> None:
        """Write the images that the ninja file names."""
        for name, image in (self.embed_cubin or {}).items():
            _maybe_write(os.path.join(directory, f"{name}.cubin"), image)


def _read_text(path: str) -> str | None:
    """Return the text of a file; None if there is none."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None


def run(directory: str, build: NinjaFile) -> str:
    """Write the ninja file and run it, under the lock; return the path of the product."""
    _maybe_write(os.path.join(directory, "build.ninja"), build.text())
    report(*run_ninja(directory))
    return os.path.join(directory, build.product())


def run_inline(directory: str, options: Options, sources: list[str], is_new: bool) -> str:
    """Do as ``run`` does for inline C++, with the help of a precompiled header where there is one.

    ``is_new`` says that a source was written just now.
    """
    build = options.ninja_file(sources)
    header = _precompiled.find(build)
    if header is None:
        return run(directory, build)
    # A directory that was built without goes on without, for other flags mean another build.
    ninja_file = os.path.join(directory, "build.ninja")
    if _read_text(ninja_file) == build.text() or not header.prepare():
        return run(directory, build)
    build.header_cache = header.include_directory
    product = os.path.join(directory, build.product())
    is_new |= _maybe_write(ninja_file, build.text()) or not os.path.exists(product)
    with header.in_use(is_new):
        result = run_ninja(directory)
    if result[0] != 0 and re.search("fatal error: .*PCH", result[1]):
        header.give_up()  # GCC can't load such files on this machine
        result = run_ninja(directory)
    report(*result)
    return product
