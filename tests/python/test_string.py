# SPDX-License-Identifier: Apache-2.0
"""Text and bytes across the boundary."""

from __future__ import annotations

import copy
import gc
import pickle
import sys

import pytest
import tvm_ffi
from tvm_ffi.core import ByteArrayArg, Bytes, String

echo = tvm_ffi.get_global_func("testing.echo")

TEXTS = [
    "",
    "a",
    "7 bytes",
    "8 bytes!",
    "ünïcöde ☃ 🎉",
    "nul\0inside",
    "x" * 79,
    "y" * 80,
    "z" * 5000,
]


@pytest.mark.parametrize("text", TEXTS)
def test_text_round_trip(text):
    result = echo(text)
    assert result == text
    assert hash(result) == hash(text)
    assert type(result) is (str if len(text.encode()) <= 7 else String)


@pytest.mark.parametrize("size", [0, 1, 7, 8, 78, 79, 80, 81, 4096])
def test_bytes_round_trip(size):
    data = bytes(i % 256 for i in range(size))
    for value in (data, bytearray(data)):
        result = echo(value)
        assert result == data
        assert type(result) is (bytes if size <= 7 else Bytes)


def test_lone_surrogates_are_refused():
    with pytest.raises(UnicodeEncodeError):
        echo("\ud800 text")
    with pytest.raises(UnicodeEncodeError):
        echo(["\ud800"])
    with pytest.raises(RuntimeError, match="surrogates"):
        tvm_ffi.convert(lambda: "\ud800")()


def test_results_remember_their_object():
    text = echo("a text of some length")
    again = echo(text)
    assert again._tvm_ffi_cached_object.same_as(text._tvm_ffi_cached_object)
    data = echo(b"bytes of some length")
    assert echo(data)._tvm_ffi_cached_object.same_as(data._tvm_ffi_cached_object)


def test_values_made_in_python_have_no_object():
    assert String("abc")._tvm_ffi_cached_object is None
    assert Bytes(b"abc")._tvm_ffi_cached_object is None
    assert echo(String("abc")) == "abc"
    assert echo(Bytes(b"0123456789")) == b"0123456789"


def test_constructors_follow_str_and_bytes():
    assert String(5) == "5"
    assert String(b"x") == "b'x'"
    assert Bytes(5) == bytes(5)
    assert Bytes(bytearray(b"z")) == b"z"
    with pytest.raises(TypeError):
        Bytes("x")
    with pytest.raises(TypeError):
        String("a", "b")


def test_operations_give_plain_values():
    assert type(String("abc").upper()) is str
    assert type(String("abc") + "d") is str
    assert type(Bytes(b"abc") + b"d") is bytes


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_copies_are_plain(duplicate):
    assert type(duplicate(String("abc"))) is str
    assert type(duplicate(Bytes(b"abc"))) is bytes


def test_strings_have_no_instance_dictionary():
    with pytest.raises(AttributeError):
        String("abc").extra = 1
    Bytes(b"abc").extra = 1


def test_temporary_strings_are_not_shared_between_arguments():
    collect = tvm_ffi.convert(lambda *args: list(args))
    texts = [f"temporary number {i}" for i in range(50)]
    kept = [collect(*texts[:3]) for _ in range(3)]
    collect(*texts)
    assert [list(entry) for entry in kept] == [texts[:3]] * 3


def test_kept_strings_survive_later_calls():
    store = []
    keep = tvm_ffi.convert(store.append)
    for i in range(100):
        keep(f"kept string number {i}")
    values = tvm_ffi.List([])
    append = tvm_ffi.get_global_func("ffi.ListAppend")
    for i in range(100):
        append(values, f"stored string {i}")
        echo(f"another string {i}")
    assert list(values) == [f"stored string {i}" for i in range(100)]
    assert store == [f"kept string number {i}" for i in range(100)]


def test_strings_do_not_leak():
    text = "a text of some length"
    echo(text)
    before = sys.getrefcount(text)
    for _ in range(100):
        echo(text)
    gc.collect()
    assert sys.getrefcount(text) == before


def test_byte_array_arg():
    assert isinstance(ByteArrayArg(b"abc"), ByteArrayArg)
    assert isinstance(ByteArrayArg(bytearray(b"abc")), ByteArrayArg)
    with pytest.raises(TypeError):
        ByteArrayArg("abc")
