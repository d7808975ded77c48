# SPDX-License-Identifier: Apache-2.0
"""The files that are made of inline source, and the name of the directory they are cached in."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

_HEADERS = (
    "tvm/ffi/container/tensor.h",
    "tvm/ffi/dtype.h",
    "tvm/ffi/error.h",
    "tvm/ffi/extra/c_env_api.h",
    "tvm/ffi/function.h",
)
_PREAMBLE = "".join(f"#include <{header}>\n" for header in _HEADERS)
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def _escape_cpp_string_literal(s: str) -> str:
    """Return a text as it stands between the quotes of a C++ literal."""
    return s.translate(_ESCAPES)


def _decorate_with_tvm_ffi(source: str, functions: Mapping[str, str]) -> str:
    """Return the text of a file: headers, the user's text, and the exports of ``functions``."""
    lines = [_PREAMBLE, source]
    for name, doc in functions.items():
        lines.append(f"TVM_FFI_DLL_EXPORT_TYPED_FUNC({name}, {name});")
        if doc:
            literal = _escape_cpp_string_literal(doc)
            lines.append(f'TVM_FFI_DLL_EXPORT_TYPED_FUNC_DOC({name}, "{literal}");')
    lines.append("")
    return "\n".join(lines)


def _maybe_write(path: str, content: str | bytes) -> bool:
    """Write a file unless it has this content already; return whether it was written.

    ninja goes by the times of files, so what did not change must not be touched.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        with open(path, "rb") as file:
            if file.read() == data:
                return False
    except FileNotFoundError:
        pass
    with open(path, "wb") as file:
        file.write(data)
    return True


def _hash_parts(value: Any) -> Iterator[bytes]:
    """Yield the bytes that stand for a value in the key of the cache."""
    if value is None:
        yield b"None"
    elif isinstance(value, str):
        yield b"str"
        yield value.encode()
    elif isinstance(value, bytes):
        yield b"bytes"
        yield value
    elif isinstance(value, dict):
        yield b"Mapping"
        for key in sorted(value):
            yield from _hash_parts(key)
            yield from _hash_parts(value[key])
    elif isinstance(value, (list, tuple)):
        yield b"Sequence"
        for item in value:
            yield from _hash_parts(item)
    else:
        raise ValueError(f"Unsupported type: {type(value)}")


def _hash_sources(  # noqa: PLR0917 - published signature
    cpp_source: str | None,
    cuda_source: str | None,
    cpp_files: Sequence[str] | None,
    cuda_files: Sequence[str] | None,
    functions: Sequence[str] | Mapping[str, str],
    extra_cflags: Sequence[str],
    extra_cuda_cflags: Sequence[str],
    extra_ldflags: Sequence[str],
    extra_include_paths: Sequence[str],
    embed_cubin: Mapping[str, bytes] | None = None,
) -> str:
    """Return the key of a build in the cache, the same as that of the published package."""
    import hashlib  # noqa: PLC0415

    inputs = (
        *(cpp_source, cuda_source, cpp_files, cuda_files, functions),
        *(extra_cflags, extra_cuda_cflags, extra_ldflags, extra_include_paths, embed_cubin),
    )
    return hashlib.sha256(b"".join(_hash_parts(inputs))).hexdigest()[:16]


def cache_directory() -> str:
    """Return where builds without a directory of their own go."""
    path = os.environ.get("TVM_FFI_CACHE_DIR", os.path.join("~", ".cache", "tvm-ffi"))
    return os.path.abspath(os.path.expanduser(path))
