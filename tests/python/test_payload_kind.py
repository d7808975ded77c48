# SPDX-License-Identifier: Apache-2.0
"""``load_module_from_bytes(None, data)`` and ``list_module_loaders``."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tvm_ffi
from tvm_ffi import registry

PREFIX = "ffi.Module.load_from_bytes."
X86_64, AARCH64, CUDA = 62, 183, 190
EXECUTABLE, RELOCATABLE, SHARED = 2, 1, 3
FATBIN = bytes.fromhex("50ed55ba") + bytes(12)


def elf(elf_type: int, machine: int, order: str = "<") -> bytes:
    """Return the beginning of a 64-bit ELF header, padded to its full size."""
    ident = b"\x7fELF" + bytes([2, 1 if order == "<" else 2, 1]) + bytes(9)
    return (ident + struct.pack(order + "HH", elf_type, machine)).ljust(64, b"\0")


@contextlib.contextmanager
def no_loaders(kinds: list[str]) -> Iterator[None]:
    """Remove the loaders of these kinds for a while, whoever in this process registered them."""
    before = {kind: tvm_ffi.get_global_func(PREFIX + kind, allow_missing=True) for kind in kinds}
    for kind in kinds:
        registry.remove_global_func(PREFIX + kind)
    try:
        yield
    finally:
        for kind, loader in before.items():
            registry.remove_global_func(PREFIX + kind)
            if loader is not None:
                tvm_ffi.register_global_func(PREFIX + kind, loader)


@pytest.fixture
def seen_kinds():
    """Register a loader for every kind that can be recognised; note which one is called."""
    seen = []
    module = tvm_ffi.system_lib("testing.")

    def loader_of(kind: str):
        def load(payload):
            seen.append(kind)
            return module

        return load

    kinds = ["so", "obj", "cubin", "fatbin", "ptx"]
    with no_loaders(kinds):
        for kind in kinds:
            tvm_ffi.register_global_func(PREFIX + kind, loader_of(kind))
        yield seen


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        (elf(SHARED, X86_64), "so"),
        (elf(SHARED, AARCH64), "so"),
        (elf(SHARED, X86_64, ">"), "so"),
        (elf(RELOCATABLE, X86_64), "obj"),
        (elf(EXECUTABLE, CUDA), "cubin"),
        (elf(RELOCATABLE, CUDA), "cubin"),
        (FATBIN, "fatbin"),
        (b".version 8.0\n.target sm_90\n", "ptx"),
        (b"\n  // comment\n/* two\nlines */ .version 8.0\n", "ptx"),
    ],
)
def test_kind_is_recognised(seen_kinds: list[str], payload: bytes, kind: str):
    tvm_ffi.load_module_from_bytes(None, payload, keep_module_alive=False)
    assert seen_kinds == [kind]


@pytest.mark.parametrize(
    "wrap",
    [
        bytearray,
        memoryview,
        lambda data: np.frombuffer(data, "uint8").reshape(8, 8),
        lambda data: np.repeat(np.frombuffer(data, "uint8"), 2)[::2],
    ],
    ids=["bytearray", "memoryview", "two dimensions", "strided"],
)
def test_every_buffer_is_looked_into(seen_kinds: list[str], wrap):
    tvm_ffi.load_module_from_bytes(None, wrap(elf(SHARED, X86_64)), keep_module_alive=False)
    assert seen_kinds == ["so"]


def test_real_shared_object_is_recognised(seen_kinds: list[str]):
    library = Path(tvm_ffi.libinfo.find_libtvm_ffi()).read_bytes()
    tvm_ffi.load_module_from_bytes(None, library, keep_module_alive=False)
    assert seen_kinds == ["so"]


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b"", "payload of 0 bytes: it is empty, which is neither"),
        (b"MZ\x90\0rest", "of 8 bytes: it starts with 4d 5a 90 00 72 65 73 74, which is neither"),
        (b"int main() {}", "starts with 69 6e 74"),
        (b"// only a comment", "starts with 2f 2f"),
        (b"/* never closed .version 8.0", "starts with 2f 2a"),
        (np.zeros((0, 3)), "payload of 0 bytes: it is empty"),
        (b"\x7fELF\2\1\1", "ELF file, but its header is truncated or corrupt"),
        (elf(SHARED, X86_64).replace(b"\x7fELF\2\1", b"\x7fELF\2\7"), "truncated or corrupt"),
        (elf(EXECUTABLE, X86_64), "an ELF file, but an executable, not a shared object"),
        (elf(9, X86_64), "an ELF file, but of type 9"),
    ],
)
def test_what_cannot_be_recognised_is_described(seen_kinds: list[str], payload, message: str):
    with pytest.raises(ValueError, match=message):
        tvm_ffi.load_module_from_bytes(None, payload)
    assert seen_kinds == []


@pytest.mark.parametrize("data", ["text", 5, None, [1, 2]])
def test_what_is_no_buffer_has_no_kind(data):
    with pytest.raises(TypeError, match="bytes-like object is required"):
        tvm_ffi.load_module_from_bytes(None, data)


def test_recognised_kind_without_loader_is_named():
    with no_loaders(["fatbin"]):
        assert "fatbin" not in tvm_ffi.list_module_loaders()
        with pytest.raises(RuntimeError, match="ffi.Module.load_from_bytes.fatbin"):
            tvm_ffi.load_module_from_bytes(None, FATBIN)


def test_loaders_are_listed_while_they_are_registered():
    module = tvm_ffi.system_lib("testing.")
    before = tvm_ffi.list_module_loaders()
    assert before == sorted(before)
    tvm_ffi.register_global_func(PREFIX + "listed.kind", lambda payload: module)
    assert set(tvm_ffi.list_module_loaders()) - set(before) == {"listed.kind"}
    registry.remove_global_func(PREFIX + "listed.kind")
    assert tvm_ffi.list_module_loaders() == before
