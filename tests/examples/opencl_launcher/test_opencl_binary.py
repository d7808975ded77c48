# SPDX-License-Identifier: Apache-2.0
"""Payloads of kind `opencl_bin`: compiled for one device, checked before the driver sees them."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import tvm_ffi
from opencl_process import run_python

MAGIC = b"OCLBIN1\n"


def checksum(data: bytes) -> int:
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def text(value: bytes) -> bytes:
    return struct.pack("<Q", len(value)) + value


def seal(body: bytes) -> bytes:
    """Return a payload whose checksum is right."""
    return MAGIC + struct.pack("<Q", checksum(body)) + body


def device_of(binary: bytes) -> bytes:
    (size,) = struct.unpack_from("<Q", binary, 16)
    return binary[24 : 24 + size]


def load(payload: bytes) -> tvm_ffi.Module:
    return tvm_ffi.load_module_from_bytes("opencl_bin", payload, keep_module_alive=False)


def test_compiled_program_computes(loader: str, binary: bytes) -> None:
    mod = load(binary)
    x, y = np.arange(128, dtype="float32"), np.zeros(128, dtype="float32")
    mod.add_one(1, 128, 0, x, y, 128)
    np.testing.assert_array_equal(y, x + 1)


def test_compiled_program_knows_its_signatures(kernels: tvm_ffi.Module, binary: bytes) -> None:
    mod = load(binary)
    assert mod.kind == "opencl_bin"
    assert mod.inspect_source() == ""
    assert list(mod["__kernels__"]()) == list(kernels["__kernels__"]())
    for name in mod["__kernels__"]():
        assert mod.get_function_doc(name) == kernels.get_function_doc(name)
    with pytest.raises(TypeError, match=r"\(int n\): expected an int, got float"):
        mod.add_one(1, 1, 0, None, None, 0.5)


def test_binary_of_a_compiled_program_is_its_payload(loader: str, binary: bytes) -> None:
    assert load(binary)["__binary__"]() == binary


def test_payload_that_is_none(loader: str, source: bytes) -> None:
    for payload in (b"", b"OCLBIN1", MAGIC, source, b"\x7fELF" + bytes(100)):
        with pytest.raises(
            ValueError, match="does not start as one; they are made by the function"
        ):
            load(payload)


@pytest.mark.parametrize("keep", [16, 17, 100, -1])
def test_truncated_payload(loader: str, binary: bytes, keep: int) -> None:
    size = keep if keep > 0 else len(binary) + keep
    with pytest.raises(ValueError, match=f"truncated: the checksum of its {size} bytes is wrong"):
        load(binary[:size])


@pytest.mark.parametrize("where", [8, 20, 60, 500, -1])
def test_damaged_payload(loader: str, binary: bytes, where: int) -> None:
    damaged = bytearray(binary)
    damaged[where] ^= 0x40
    with pytest.raises(ValueError, match="is damaged or truncated"):
        load(bytes(damaged))


def test_sealed_payload_that_is_malformed(loader: str, binary: bytes) -> None:
    device = text(device_of(binary))
    number = struct.Struct("<Q").pack
    bad_kind = text(b"k") + number(1) + number(9) + number(0) + text(b"int") + text(b"n")
    bad_type = text(b"k") + number(1) + number(0) + number(0) + text(b"color") + text(b"n")
    for body, complaint in [
        (b"", "it ends within a field of 8 bytes"),
        (number(2**63), f"it ends within a field of {2**63} bytes"),
        (device + number(2**60), "it ends within a field"),
        (device + number(1) + bad_kind + text(b""), "a parameter is of kind 9 and type `int`"),
        (device + number(1) + bad_type + text(b""), "a parameter is of kind 0 and type `color`"),
        (device + number(0) + text(b"") + b"more", "it has bytes behind its end"),
    ]:
        with pytest.raises(ValueError, match=complaint):
            load(seal(body))


def test_sealed_payload_with_a_program_that_the_driver_refuses(loader: str, binary: bytes) -> None:
    body = text(device_of(binary)) + struct.pack("<Q", 0) + text(b"no program of this driver")
    with pytest.raises(RuntimeError, match=r"CL_INVALID_BINARY \(-42\)"):
        load(seal(body))


def test_signature_of_a_kernel_that_the_program_lacks(loader: str, binary: bytes) -> None:
    mod = load(seal(binary[16:].replace(b"add_one", b"add_two", 1)))
    with pytest.raises(RuntimeError, match=r"CL_INVALID_KERNEL_NAME \(-46\)"):
        mod.get_function("add_two")


def test_signature_that_is_not_that_of_the_kernel(loader: str, binary: bytes) -> None:
    name, three, two = text(b"add_one"), struct.pack("<Q", 3), struct.pack("<Q", 2)
    last = struct.pack("<QQ", 0, 0) + text(b"int") + text(b"n")
    start = binary.index(name + three)
    body = binary[16:start] + name + two + binary[start:].partition(name + three)[2]
    mod = load(seal(body.replace(last, b"", 1)))
    message = "The signature `kernel void add_one.global const float. x, global float. y.` is not"
    with pytest.raises(ValueError, match=f"{message} .* which has 3 parameters"):
        mod.get_function("add_one")


def test_payload_for_another_device(loader: str, binary: bytes, tmp_path: Path) -> None:
    """PoCL has a second device, which another process uses."""
    program = f"""
import sys, tvm_ffi
tvm_ffi.load_module({loader!r})
mod = tvm_ffi.load_module_from_bytes("opencl", b"kernel void k(int n) {{}}")
sys.stdout.buffer.write(mod["__binary__"]())
"""
    other = run_python(program, POCL_DEVICES="basic")
    assert other.returncode == 0, other.stderr
    payload = other.stdout
    assert device_of(payload) != device_of(binary)
    with pytest.raises(RuntimeError) as caught:
        load(payload)
    message = str(caught.value)
    assert "is for another device:\n  " + device_of(payload).decode() in message
    assert "This process uses:\n  " + device_of(binary).decode() in message
    assert "Make one for it from the source" in message
