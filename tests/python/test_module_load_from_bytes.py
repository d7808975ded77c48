# SPDX-License-Identifier: Apache-2.0
"""``load_module_from_bytes``: dispatch by kind, payload kinds, copies, errors and lifetime."""

from __future__ import annotations

import array
import ctypes
import gc
import io
import mmap
import os
import pathlib
import subprocess
import sys
import threading
import traceback

import numpy as np
import pytest
import tvm_ffi
from tvm_ffi import registry

PREFIX = "ffi.Module.load_from_bytes."
load = tvm_ffi.load_module_from_bytes


@pytest.fixture
def module():
    return tvm_ffi.system_lib("testing.")


@pytest.fixture
def register():
    """Register loaders that are removed after the test."""
    names = []

    def add(kind, loader, override=False):
        tvm_ffi.register_global_func(PREFIX + kind, loader, override=override)
        names.append(PREFIX + kind)

    yield add
    for name in names:
        registry.remove_global_func(name)


@pytest.fixture
def payloads(register, module):
    """Register the kind `keep`, whose loader stores what it got."""
    seen = []

    def keep(payload):
        seen.append(payload)
        return module

    register("keep", keep)
    return seen


# ---- a native loader, to see addresses ----------------------------------------------------------


class Any(ctypes.Structure):
    _fields_ = [
        ("type_index", ctypes.c_int32),
        ("small_len", ctypes.c_uint32),
        ("value", ctypes.c_void_p),
    ]


class ByteArray(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("size", ctypes.c_size_t)]


SAFE_CALL = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(Any), ctypes.c_int32, ctypes.POINTER(Any)
)
KIND_BYTES, KIND_MODULE = 66, 73


class NativeLoader:
    """A loader with the C calling convention; notes where the payload is, and may keep it."""

    def __init__(self, module, keep=False):
        self.module = module
        self.keep = keep
        self.kept = []
        self.seen = []  # (type index, address, size, byte after the end)
        self.entry = SAFE_CALL(self.call)
        address = ctypes.cast(self.entry, ctypes.c_void_p).value
        self.function = tvm_ffi.Function.__from_extern_c__(address, keep_alive_object=self.entry)

    def call(self, handle, args, num_args, result):
        arg = args[0]
        if arg.type_index == KIND_BYTES:
            content = ByteArray.from_address(arg.value + 24)
            after = ctypes.string_at(content.data + content.size, 1)
            self.seen.append((arg.type_index, content.data, content.size, after))
            if self.keep:
                tvm_ffi.LIB.TVMFFIObjectIncRef(ctypes.c_void_p(arg.value))
                self.kept.append(arg.value)
        else:
            self.seen.append((arg.type_index, None, arg.small_len, b"\0"))
        handle = self.module.__chandle__()
        tvm_ffi.LIB.TVMFFIObjectIncRef(ctypes.c_void_p(handle))
        result[0].type_index = KIND_MODULE
        result[0].small_len = 0
        result[0].value = handle
        return 0

    def drop(self):
        while self.kept:
            tvm_ffi.LIB.TVMFFIObjectDecRef(ctypes.c_void_p(self.kept.pop()))


@pytest.fixture
def native(register, module):
    loader = NativeLoader(module)
    register("native", loader.function)
    return loader


def address_of(payload: bytes) -> int:
    return id(payload) + bytes.__basicsize__ - 1


def resident_kib():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * mmap.PAGESIZE // 1024


# ---- dispatch -----------------------------------------------------------------------------------


def test_round_trip(payloads, module):
    assert load("keep", b"payload bytes") == module
    assert payloads == [b"payload bytes"]
    assert load("keep", b"x").add_one(1) == 2


@pytest.mark.parametrize(
    "kind", ["", "no.such", "_lib", "library", "KEEP", "keep ", "a\nb", "é☃", "a\0b"]
)
def test_missing_loader_names_the_key(kind, payloads):
    with pytest.raises(RuntimeError) as info:
        load(kind, b"")
    assert PREFIX + kind in str(info.value)
    assert str(info.value).startswith(f"Library binary was created using {{{kind}}} but a loader")


def test_missing_loader_lists_what_is_registered(payloads):
    with pytest.raises(RuntimeError, match="keep"):
        load("no.such", b"")


@pytest.mark.parametrize("kind", ["", " ", "a b", "a\nb", "a/b", "a.b", "{x}", "'\"", "é☃", "a\0b"])
def test_any_text_is_a_kind(kind, register, module):
    register(kind, lambda payload: module)
    assert load(kind, b"") == module


def test_kind_must_be_text():
    with pytest.raises(TypeError, match=r"argument #0 .*ModuleLoadFromBytes\(0: str, 1: bytes\)"):
        load(5, b"")
    with pytest.raises(UnicodeEncodeError):
        load("\ud800", b"")


def test_override_and_removal_show_at_once(register, module):
    calls = []
    register("over", lambda payload: calls.append(1) or module)
    load("over", b"")
    with pytest.raises(RuntimeError, match="already registered"):
        register("over", lambda payload: module)
    register("over", lambda payload: calls.append(2) or module, override=True)
    kept = load("over", b"")
    assert calls == [1, 2]
    registry.remove_global_func(PREFIX + "over")
    with pytest.raises(RuntimeError, match="not registered"):
        load("over", b"")
    assert kept.add_one(1) == 2


def test_the_table_of_loaders_may_change_while_one_runs(register, module):
    inside, go_on = threading.Event(), threading.Event()

    def wait(payload):
        inside.set()
        assert go_on.wait(20)
        return module

    register("busy", wait)
    results = []
    thread = threading.Thread(target=lambda: results.append(load("busy", b"", False)))
    thread.start()
    assert inside.wait(20)
    register("busy", lambda payload: None, override=True)
    registry.remove_global_func(PREFIX + "busy")
    del wait
    gc.collect()
    go_on.set()
    thread.join()
    assert results == [module]


def test_loaders_may_remove_themselves(register, module):
    def once(payload):
        registry.remove_global_func(PREFIX + "once")
        return module

    register("once", once)
    assert load("once", b"") == module
    with pytest.raises(RuntimeError, match="not registered"):
        load("once", b"")


# ---- payloads -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 127, 128, 1000, 1 << 20])
def test_payload_sizes(payloads, size):
    payload = bytes(i % 251 for i in range(size))
    load("keep", payload)
    assert payloads[-1] == payload
    assert type(payloads[-1]) is (bytes if size <= 7 else tvm_ffi.core.Bytes)


def test_bytes_reach_native_code_without_a_copy(native):
    payload = bytes(range(200))
    load("native", payload)
    assert native.seen == [(KIND_BYTES, address_of(payload), 200, b"\0")]


def test_more_than_two_gib_reach_native_code_whole_and_uncopied(native):
    size = (1 << 31) + 5
    payload = bytes(size)  # zero pages that nobody reads take no memory
    load("native", b"warms up what the first call allocates")
    native.seen.clear()
    before = resident_kib()
    load("native", payload)
    assert resident_kib() - before < 1024
    assert native.seen == [(KIND_BYTES, address_of(payload), size, b"\0")]


def test_a_memoryview_over_whole_bytes_is_not_copied(native):
    payload = bytes(range(200))
    load("native", memoryview(payload))
    load("native", memoryview(memoryview(payload)))
    assert [entry[1] for entry in native.seen] == [address_of(payload)] * 2


def test_parts_and_mutable_buffers_are_copied(native):
    payload = bytes(range(200))
    load("native", memoryview(payload)[:100])
    load("native", memoryview(payload)[::2])
    load("native", bytearray(payload))
    for _, address, size, after in native.seen:
        assert not address_of(payload) <= address < address_of(payload) + 200
        assert after == b"\0"
        assert size in (100, 200)


def test_bytes_of_an_earlier_call_are_passed_on(native):
    value = tvm_ffi.get_global_func("testing.echo")(b"bytes that came from a call")
    load("native", value)
    handle = value._tvm_ffi_cached_object.__chandle__()
    assert native.seen[0][1] == ByteArray.from_address(handle + 24).data


@pytest.mark.parametrize("size", [0, 1, 7])
def test_short_payloads_travel_inline(native, size):
    load("native", b"1234567"[:size])
    load("native", bytearray(b"1234567"[:size]))
    assert [entry[2] for entry in native.seen] == [size, size]
    assert native.seen[0][1] is None


def test_every_kind_of_buffer(payloads):
    data = bytes(range(64))
    mapped = mmap.mmap(-1, 64)
    mapped.write(data)
    numbers = np.frombuffer(data, dtype="uint8")
    for buffer in (
        bytearray(data),
        memoryview(data),
        array.array("B", data),
        numbers,
        numbers.reshape(8, 8),
        mapped,
        (ctypes.c_ubyte * 64)(*data),
    ):
        load("keep", buffer)
        assert payloads[-1] == data
    mapped.close()


def test_non_contiguous_buffers_are_taken_in_c_order(payloads):
    numbers = np.arange(24, dtype="uint8").reshape(4, 6)
    for view in (numbers.T, numbers[:, ::2], numbers[::-1]):
        load("keep", view)
        assert payloads[-1] == view.tobytes()
    wide = np.arange(5, dtype="int32")
    load("keep", wide)
    assert payloads[-1] == wide.tobytes()
    load("keep", memoryview(bytes(range(20)))[::3])
    assert payloads[-1] == bytes(range(20))[::3]


def test_subclasses_of_bytes(payloads):
    class Payload(bytes):
        pass

    load("keep", Payload(b"0123456789"))
    load("keep", tvm_ffi.core.Bytes(b"9876543210"))
    assert payloads == [b"0123456789", b"9876543210"]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("text", "ffi.SmallStr"),
        ("a longer text", "ffi.String"),
        (5, "int"),
        (1.5, "float"),
        (None, "None"),
        ([1, 2], "ffi.Array"),
        ((1, 2), "ffi.Array"),
        ({1: 2}, "ffi.Map"),
        (True, "bool"),
        (object(), "ffi.OpaquePyObject"),
        ({1, 2}, "ffi.OpaquePyObject"),
        (range(3), "ffi.OpaquePyObject"),
        (io.BytesIO(b"0123456789"), "ffi.OpaquePyObject"),
        (pathlib.Path("kernel.cubin"), "ffi.OpaquePyObject"),
        (tvm_ffi.from_dlpack(np.arange(12, dtype="uint8")), "ffi.Tensor"),
        (tvm_ffi.system_lib("testing."), "ffi.Module"),
    ],
)
def test_other_payloads_are_type_errors(payloads, data, name):
    with pytest.raises(TypeError) as info:
        load("keep", data)
    assert str(info.value) == (
        "Mismatched type on argument #1 when calling: "
        "`ffi.ModuleLoadFromBytes(0: str, 1: bytes) -> ffi.Module`. "
        f"Expected `bytes` but got `{name}`"
    )
    assert payloads == []


def test_released_memoryview_is_its_own_error(payloads):
    view = memoryview(b"0123456789")
    view.release()
    with pytest.raises(ValueError, match="released"):
        load("keep", view)


def test_payload_changes_after_the_call_do_not_matter(payloads):
    data = bytearray(b"0123456789")
    load("keep", data)
    data[:] = b"x" * 10
    assert payloads[0] == b"0123456789"
    data.extend(b"resizable again")

    mapped = mmap.mmap(-1, 64)
    mapped.write(b"m" * 64)
    load("keep", mapped)
    mapped.close()
    assert payloads[1] == b"m" * 64


# ---- errors of loaders --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "name"),
    [
        (None, "None"),
        (5, "int"),
        ([1], "ffi.Array"),
        ("text", "ffi.SmallStr"),
        (b"payload given back", "ffi.Bytes"),
        (object(), "ffi.OpaquePyObject"),
    ],
)
def test_loaders_must_return_a_module(register, result, name):
    register("bad", lambda payload: result)
    with pytest.raises(TypeError) as info:
        load("bad", b"")
    assert str(info.value) == f"Cannot convert from type `{name}` to `ffi.Module`"


@pytest.mark.parametrize("cls", [ValueError, TypeError, KeyError, IndexError, RuntimeError])
def test_errors_of_loaders_pass_unchanged(register, cls):
    def fail(payload):
        raise cls("own message")

    register("fail", fail)
    with pytest.raises(cls) as info:
        load("fail", b"")
    assert type(info.value) is cls
    assert info.value.__tvm_ffi_error__.kind == cls.__name__
    # What arrives is built from str() of what was raised, which quotes the key of a KeyError.
    assert info.value.args == ("'own message'" if cls is KeyError else "own message",)


@pytest.mark.parametrize(
    "error",
    [
        OSError(2, "no such file"),
        SystemExit(3),
        KeyboardInterrupt("stop"),
        type("OwnError", (ValueError,), {})("own class"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_other_exceptions_of_loaders_become_runtime_errors(register, error):
    def fail(payload):
        raise error

    register("fail", fail)
    with pytest.raises(RuntimeError) as info:
        load("fail", b"")
    assert type(info.value) is RuntimeError
    assert str(info.value) == str(error)


def test_the_traceback_reaches_into_the_loader(register):
    def parse(payload):
        raise ValueError("broken header")

    def outer_loader(payload):
        return load("inner", payload)

    register("inner", parse)
    register("outer", outer_loader)
    with pytest.raises(ValueError, match=r"^broken header$") as info:
        load("outer", b"0123456789")
    frames = [frame.name for frame in traceback.extract_tb(info.value.__traceback__)]
    ours = [name for name in frames if name in ("outer_loader", "load_module_from_bytes", "parse")]
    assert ours == ["load_module_from_bytes", "outer_loader", "load_module_from_bytes", "parse"]


def test_loaders_with_another_signature(register, module):
    register("two", lambda payload, other: module)
    with pytest.raises(TypeError, match="argument"):
        load("two", b"")


def test_loaders_may_load(register, module, payloads):
    def nested(payload):
        return load("keep", payload) if len(payload) <= 8 else load("nested", payload[1:])

    register("nested", nested)
    assert load("nested", b"0123456789abcdef") == module
    assert payloads == [b"89abcdef"]

    register("broken", lambda payload: load("no.such.inner", payload))
    with pytest.raises(RuntimeError, match=r"no\.such\.inner"):
        load("broken", b"")


# ---- lifetime -----------------------------------------------------------------------------------


def test_modules_are_pinned_unless_told_otherwise(register):
    use_count = tvm_ffi.get_global_func("testing.object_use_count")
    system = tvm_ffi.system_lib("test.pinning")
    register("pin", lambda payload: system)
    before = use_count(system)
    load("pin", b"", keep_module_alive=False)
    assert use_count(system) == before
    load("pin", b"")
    assert use_count(system) == before + 1
    tvm_ffi.get_global_func("ffi.ModuleGlobalsRemove")(system)


def test_the_payload_is_released_after_the_call(native):
    payload = bytes(range(200))
    before = sys.getrefcount(payload)
    for _ in range(20):
        load("native", payload)
    assert sys.getrefcount(payload) == before


def test_a_loader_that_keeps_the_payload_keeps_the_bytes_alive(register, module):
    loader = NativeLoader(module, keep=True)
    register("keeping", loader.function)
    payload = bytes(range(200))
    before = sys.getrefcount(payload)
    load("keeping", payload)
    assert sys.getrefcount(payload) == before + 1
    dropper = threading.Thread(target=loader.drop)
    dropper.start()
    dropper.join()
    assert sys.getrefcount(payload) == before


def test_failed_loads_release_the_payload(register):
    def fail(payload):
        raise ValueError("no")

    register("fail", fail)
    payload = bytes(range(200))
    before = sys.getrefcount(payload)
    for _ in range(20):
        with pytest.raises(ValueError):
            load("fail", payload)
        with pytest.raises(RuntimeError):
            load("no.such", payload)
        with pytest.raises(TypeError):
            load(5, payload)
    gc.collect()
    assert sys.getrefcount(payload) == before


def test_many_loads_keep_memory_flat(native):
    payload = bytes(1 << 16)
    for _ in range(500):
        load("native", payload, keep_module_alive=False)
    native.seen.clear()
    before = resident_kib()
    for _ in range(20):
        for _ in range(500):
            load("native", payload, keep_module_alive=False)
        native.seen.clear()
    assert resident_kib() - before < 2048


def test_loads_run_concurrently(register, module):
    barrier = threading.Barrier(8, timeout=20)

    def meet(payload):
        barrier.wait()
        return module

    register("meet", meet)
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(load("meet", b"x", False))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [module] * 8


WAITING_LOADER = """
#include <poll.h>
#include <stdint.h>
#include <string.h>
int pipe_end, bytes_came;
int wait_for_byte(void* self, const void* args, int32_t num_args, void* result) {
  struct pollfd end = {pipe_end, POLLIN, 0};
  bytes_came = poll(&end, 1, 10 * 1000);
  memset(result, 0, 16); /* None, which the dispatch refuses */
  return 0;
}
"""


def test_other_python_threads_run_while_a_loader_works(register, tmp_path):
    (tmp_path / "waiting.c").write_text(WAITING_LOADER)
    command = ["cc", "-shared", "-fPIC", tmp_path / "waiting.c", "-o", tmp_path / "waiting.so"]
    subprocess.run(command, check=True)
    library = ctypes.CDLL(str(tmp_path / "waiting.so"))
    address = ctypes.cast(library.wait_for_byte, ctypes.c_void_p).value
    register("waiting", tvm_ffi.Function.__from_extern_c__(address, keep_alive_object=library))

    reading, writing = os.pipe()
    ctypes.c_int.in_dll(library, "pipe_end").value = reading
    # The loader waits for what only a thread with the GIL can send.
    sender = threading.Thread(target=lambda: (started.wait(), os.write(writing, b"x")))
    started = threading.Event()
    sender.start()
    threading.Timer(0.05, started.set).start()
    with pytest.raises(TypeError, match="None"):
        load("waiting", b"payload")
    sender.join()
    assert ctypes.c_int.in_dll(library, "bytes_came").value == 1
    os.close(reading)
    os.close(writing)


# ---- where it is reachable ----------------------------------------------------------------------


def test_names():
    from tvm_ffi import _ffi_api
    from tvm_ffi import module as module_api

    for names in (tvm_ffi.__all__, module_api.__all__):
        assert names[names.index("load_module") + 1] == "load_module_from_bytes"
    assert "ModuleLoadFromBytes" in _ffi_api.__all__
    stub = pathlib.Path(_ffi_api.__file__).read_text()
    assert "    def ModuleLoadFromBytes(_0: str, _1: bytes, /) -> Module: ...\n" in stub
    assert tvm_ffi.load_module_from_bytes is module_api.load_module_from_bytes
    metadata = tvm_ffi.get_global_func_metadata("ffi.ModuleLoadFromBytes")
    assert metadata["type_schema"] == (
        '{"type":"ffi.Function","named_args":{"return":[{"type":"ffi.Module"}],'
        '"params":[{"type":"ffi.String"},{"type":"ffi.Bytes"}]}}'
    )


def test_the_core_library_needs_no_gpu_runtime():
    # In a fresh process: the tests of the CUDA loader load a driver into this one.
    program = "import tvm_ffi; print(open('/proc/self/maps').read())"
    command = [sys.executable, "-c", program]
    loaded = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "libtvm_ffi.so" in loaded
    assert "libcuda" not in loaded
    assert "libamdhip" not in loaded
