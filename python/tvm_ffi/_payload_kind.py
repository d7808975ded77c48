# SPDX-License-Identifier: Apache-2.0
"""Recognises what a payload for ``load_module_from_bytes`` is by its first bytes."""

from __future__ import annotations

from typing import Any, Literal

# Enough for the comment that compilers put before the first directive of PTX text.
_HEAD_BYTES = 1 << 16

_ELF_MAGIC = b"\x7fELF"
_ELF_HEADER_BYTES = 20  # up to and including e_machine
_ELF_BYTE_ORDERS: dict[int, Literal["little", "big"]] = {1: "little", 2: "big"}
_ELF_TYPES = {1: "obj", 3: "so"}  # ET_REL, ET_DYN
_ELF_OTHER_TYPES = {2: "an executable", 4: "a core dump"}
_ELF_MACHINE_CUDA = 190
_FATBIN_MAGIC = (0xBA55ED50).to_bytes(4, "little")


def payload_kind(data: Any) -> str:
    """Return the kind of a payload: ``"so"``, ``"obj"``, ``"cubin"``, ``"fatbin"`` or ``"ptx"``.

    Parameters
    ----------
    data
        ``bytes`` or any object with the buffer protocol. Only its beginning is looked at, so this
        is no check that the payload is whole or sound.

    Raises
    ------
    ValueError
        If the payload is of no kind that can be told from its content; the text says what it
        starts with.
    TypeError
        If ``data`` is no buffer.

    """
    view = memoryview(data)
    plain = view.c_contiguous and view.nbytes != 0  # others cannot be sliced as bytes
    head = bytes(view.cast("B")[:_HEAD_BYTES]) if plain else view.tobytes()
    if head.startswith(_ELF_MAGIC):
        return _elf_kind(head, view.nbytes)
    if head.startswith(_FATBIN_MAGIC):
        return "fatbin"
    if _is_ptx(head):
        return "ptx"
    raise ValueError(
        f"Cannot tell the kind of a payload of {view.nbytes} bytes: it {_beginning(head)}, which "
        "is neither an ELF file (`so`, `obj`, `cubin`), a CUDA fat binary (`fatbin`) nor PTX text "
        "(`ptx`). Name its kind instead of None"
    )


def _elf_kind(head: bytes, num_bytes: int) -> str:
    order = _ELF_BYTE_ORDERS.get(head[5]) if len(head) >= _ELF_HEADER_BYTES else None
    if order is None:
        raise ValueError(
            f"Cannot tell the kind of a payload of {num_bytes} bytes: it has the magic number of "
            "an ELF file, but its header is truncated or corrupt"
        )
    if int.from_bytes(head[18:20], order) == _ELF_MACHINE_CUDA:
        return "cubin"
    elf_type = int.from_bytes(head[16:18], order)
    if elf_type in _ELF_TYPES:
        return _ELF_TYPES[elf_type]
    raise ValueError(
        f"Cannot tell the kind of a payload of {num_bytes} bytes: it is an ELF file, but "
        f"{_ELF_OTHER_TYPES.get(elf_type, f'of type {elf_type}')}, not a shared object (`so`), "
        "an object file (`obj`) or a CUDA binary (`cubin`)"
    )


def _is_ptx(head: bytes) -> bool:
    """Return whether a text's first directive, after comments, is ``.version`` (PTX ISA, 5.1)."""
    at = 0
    while at < len(head):
        if head[at : at + 1].isspace():
            at += 1
        elif head.startswith(b"//", at):
            at = _after(head, b"\n", at)
        elif head.startswith(b"/*", at):
            at = _after(head, b"*/", at + 2)
        else:
            return head.startswith(b".version", at)
    return False


def _after(head: bytes, text: bytes, start: int) -> int:
    at = head.find(text, start)
    return len(head) if at < 0 else at + len(text)


def _beginning(head: bytes) -> str:
    if not head:
        return "is empty"
    return "starts with " + head[:8].hex(" ")
