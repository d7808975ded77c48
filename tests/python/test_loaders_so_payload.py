# SPDX-License-Identifier: Apache-2.0
"""What a shared object may do when it is loaded from memory: all that it may do from a file.

Test by test the same payload is also loaded from a file where the two could differ.
"""

from __future__ import annotations

import gc
import os
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import Callable

import pytest
import tvm_ffi
import tvm_ffi.loaders
from tvm_ffi import libinfo

CPP_PAYLOAD = r"""
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/registry.h>
#include <stdexcept>

namespace ffi = tvm::ffi;

__attribute__((noinline)) void PayloadFrameThatThrows(int64_t depth) {
  if (depth > 0) return PayloadFrameThatThrows(depth - 1);
  TVM_FFI_THROW(ValueError) << "thrown in the payload";
}
void ThrowStd() { throw std::out_of_range("a standard exception"); }
int64_t CatchesItsOwn() {
  try {
    throw std::runtime_error("inside");
  } catch (const std::runtime_error& error) {
    return std::char_traits<char>::length(error.what());
  }
}
int64_t CatchesTheCallers(ffi::Function callback) {
  try {
    callback();
  } catch (const ffi::Error& error) {
    return error.kind() == "KeyError" ? 1 : 2;
  }
  return 0;
}
int64_t CountInThread() {
  static thread_local int64_t count = 0;
  return ++count;
}
TVM_FFI_DLL_EXPORT_TYPED_FUNC(throw_error, PayloadFrameThatThrows);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(throw_std, ThrowStd);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(catches_its_own, CatchesItsOwn);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(catches_the_callers, CatchesTheCallers);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(count_in_thread, CountInThread);
"""

REGISTERING_PAYLOAD = r"""
#include <tvm/ffi/reflection/registry.h>

TVM_FFI_STATIC_INIT_BLOCK() {
  tvm::ffi::reflection::GlobalDef().def("test.so_payload.triple",
                                        [](int64_t x) { return 3 * x; });
}
"""

# Every copy of this payload is another one: its number is patched in.
NUMBERED_PAYLOAD = r"""
#include <stdint.h>
typedef struct { int32_t type_index; uint32_t padding; int64_t v_int64; } Any;
const volatile int64_t number = 0x1122334455667788;
char space[64 * 1024] = {1};
int __tvm_ffi_number(void* self, const Any* args, int32_t num_args, Any* result) {
  result->type_index = 1;
  result->padding = 0;
  result->v_int64 = number + space[1];
  return 0;
}
"""

# Preloaded, it refuses what a read-only file system refuses.
READ_ONLY_FILES = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>

static int forbidden(int flags) {
  return (flags & (O_CREAT | O_TRUNC)) != 0 || (flags & O_ACCMODE) != O_RDONLY;
}
#define GUARD(name)                                             \
  int name(const char* path, int flags, ...) {                  \
    if (forbidden(flags)) { errno = EROFS; return -1; }         \
    int (*real)(const char*, int, ...) = dlsym(RTLD_NEXT, #name); \
    return real(path, flags);                                   \
  }
GUARD(open)
GUARD(open64)
int mkostemp(char* path, int flags) { errno = EROFS; return -1; }
int mkostemp64(char* path, int flags) { errno = EROFS; return -1; }
int mkstemp(char* path) { errno = EROFS; return -1; }
"""

# Preloaded, it counts what is stored in files at an offset.
COUNTED_WRITES = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/types.h>
#include <unistd.h>

long stored_bytes;
#define COUNT(name)                                                      \
  ssize_t name(int file, const void* data, size_t size, off_t offset) {  \
    ssize_t (*real)(int, const void*, size_t, off_t) = dlsym(RTLD_NEXT, #name); \
    ssize_t stored = real(file, data, size, offset);                     \
    if (stored > 0) stored_bytes += stored;                              \
    return stored;                                                       \
  }
COUNT(pwrite)
COUNT(pwrite64)
"""


def compile_c(output: Path, source: str, *options: str) -> Path:
    source_file = output.with_suffix(".c")
    source_file.write_text(source)
    subprocess.check_call(["cc", "-shared", "-fPIC", "-o", output, source_file, *options])
    return output


def compile_cpp(output: Path, source: str) -> Path:
    source_file = output.with_suffix(".cc")
    source_file.write_text(source)
    libraries = Path(libinfo.find_libtvm_ffi()).parent
    subprocess.check_call(
        ["c++", "-std=c++17", "-shared", "-fPIC", "-g1", "-O1", "-o", output, source_file]
        + [f"-I{libinfo.find_include_path()}", f"-L{libraries}", "-ltvm_ffi"]
    )
    return output


def load_so(payload: bytes) -> tvm_ffi.Module:
    return tvm_ffi.load_module_from_bytes("so", payload, keep_module_alive=False)


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def mapped_payloads() -> int:
    return Path("/proc/self/maps").read_text().count("memfd:tvm_ffi_so_payload")


def resident_kib() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


@pytest.fixture(scope="module")
def cpp_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_cpp(tmp_path_factory.mktemp("payload") / "payload.so", CPP_PAYLOAD)


@pytest.fixture(scope="module", params=["memory", "file"])
def cpp_module(request: pytest.FixtureRequest, cpp_file: Path) -> tvm_ffi.Module:
    if request.param == "file":
        return tvm_ffi.load_module(cpp_file)
    return tvm_ffi.load_module_from_bytes("so", cpp_file.read_bytes())


@pytest.fixture(scope="module")
def numbered(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], bytes]:
    library = compile_c(tmp_path_factory.mktemp("numbered") / "numbered.so", NUMBERED_PAYLOAD)
    before, after = library.read_bytes().split((0x1122334455667788).to_bytes(8, "little"))
    return lambda number: before + number.to_bytes(8, "little") + after


# ---- code in the payload -------------------------------------------------------------------------


def test_error_of_the_payload_arrives_with_its_frames(cpp_module: tvm_ffi.Module) -> None:
    with pytest.raises(ValueError, match="thrown in the payload") as caught:
        cpp_module.throw_error(2)
    frames = [entry.name for entry in caught.traceback]
    assert sum("PayloadFrameThatThrows" in name for name in frames) >= 1, frames


def frames_of(module: tvm_ffi.Module) -> list[tuple[str, str, int]]:
    """Return name, file and line of the frames of an error, from the call on."""
    with pytest.raises(ValueError, match="thrown in the payload") as caught:
        module.throw_error(2)
    return [(entry.name, str(entry.path), entry.lineno) for entry in caught.traceback][2:]


def test_backtrace_is_the_one_that_a_file_would_give(cpp_file: Path) -> None:
    """With files and lines, where the build has a reader for them."""
    from_memory, from_file = load_so(cpp_file.read_bytes()), tvm_ffi.load_module(cpp_file)
    frames = frames_of(from_memory)
    assert len(frames) >= 3
    assert frames == frames_of(from_file)


def test_backtraces_of_payloads_are_not_mixed_up(tmp_path: Path) -> None:
    """The second payload comes to where the first was, and differs in its lines."""
    payloads = [compile_cpp(tmp_path / f"payload_{i}.so", "\n" * i + CPP_PAYLOAD) for i in range(2)]
    expected = [frames_of(tvm_ffi.load_module(payload)) for payload in payloads]
    assert expected[0] != expected[1]
    for _ in range(2):
        for payload, frames in zip(payloads, expected):
            assert frames_of(load_so(payload.read_bytes())) == frames
            gc.collect()


def test_information_of_many_payloads_is_bounded(cpp_file: Path, tmp_path: Path) -> None:
    """What a reader was made for stays; beyond 64 MiB in all, backtraces have names only."""
    program = """
import sys, traceback, tvm_ffi, tvm_ffi.loaders
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        module = tvm_ffi.load_module_from_bytes("so", file.read())
    try:
        module.throw_error(2)
    except ValueError as error:
        frames = traceback.extract_tb(error.__traceback__)[1:-1]
        print(len(frames), [frame.name for frame in frames if frame.filename == "<unknown>"])
"""
    payloads = []
    for i in range(2):
        section, payload = tmp_path / f"section_{i}", tmp_path / f"payload_{i}.so"
        section.write_bytes(bytes([i]) * (40 << 20))
        added = f"--add-section=.debug_much={section}"
        subprocess.check_call(["objcopy", added, cpp_file, payload])
        payloads.append(payload)
    command = [sys.executable, "-c", program, *payloads]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    first, second = result.stdout.splitlines()
    has_reader = all(file != "<unknown>" for _, file, _ in frames_of(tvm_ffi.load_module(cpp_file)))
    assert first.endswith(" []") == has_reader
    assert second.count("PayloadFrameThatThrows") == 2


def test_payload_is_kept_for_its_symbols_as_long_as_it_is_loaded(
    numbered: Callable[[int], bytes], tmp_path: Path
) -> None:
    with_symbols, stripped = tmp_path / "with_symbols.so", tmp_path / "stripped.so"
    with_symbols.write_bytes(numbered(1))
    subprocess.check_call(["strip", "-o", stripped, with_symbols])
    for library, num_kept in ((with_symbols, 1), (stripped, 0)):
        payload = library.read_bytes()
        before = sys.getrefcount(payload)
        module = load_so(payload)
        assert sys.getrefcount(payload) == before + num_kept
        assert module.number() == 1
        del module
        gc.collect()
        assert sys.getrefcount(payload) == before


def test_backtrace_does_not_wait_for_what_took_the_descriptor(
    cpp_file: Path, tmp_path: Path
) -> None:
    """The recorded path of a payload without symbols names whatever has its number later."""
    stripped = tmp_path / "stripped.so"
    subprocess.check_call(["strip", "-o", stripped, cpp_file])
    program = """
import os, sys, tvm_ffi, tvm_ffi.loaders
payload, fifo = sys.argv[1:]
with open(payload, "rb") as file:
    image = file.read()
module = tvm_ffi.load_module_from_bytes("so", image)
os.mkfifo(fifo)
taken = [os.open(fifo, os.O_RDONLY | os.O_NONBLOCK) for _ in range(8)]  # nobody writes to it
try:
    module.throw_error(2)
except ValueError as error:
    print(error)
"""
    command = [sys.executable, "-c", program, stripped, tmp_path / "fifo"]
    result = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=60)
    assert result.stdout == b"thrown in the payload\n"


def test_standard_exception_of_the_payload_is_an_error(cpp_module: tvm_ffi.Module) -> None:
    with pytest.raises(RuntimeError, match="a standard exception"):
        cpp_module.throw_std()


def test_payload_catches_exceptions(cpp_module: tvm_ffi.Module) -> None:
    def raise_key_error() -> None:
        raise KeyError("k")

    assert cpp_module.catches_its_own() == len("inside")
    assert cpp_module.catches_the_callers(raise_key_error) == 1


def test_thread_local_state_is_each_threads_own(cpp_module: tvm_ffi.Module) -> None:
    counts = []

    def work() -> None:
        counts.append([cpp_module.count_in_thread() for _ in range(3)])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [[1, 2, 3]] * 4


def test_static_constructors_register_functions(tmp_path: Path) -> None:
    payload = compile_cpp(tmp_path / "registers.so", REGISTERING_PAYLOAD).read_bytes()
    tvm_ffi.load_module_from_bytes("so", payload)
    assert tvm_ffi.get_global_func("test.so_payload.triple")(14) == 42
    with pytest.raises(RuntimeError, match="`test.so_payload.triple` is already registered"):
        tvm_ffi.load_module_from_bytes("so", payload)
    assert tvm_ffi.get_global_func("test.so_payload.triple")(2) == 6


# ---- what cannot be loaded -----------------------------------------------------------------------


def test_missing_symbol_is_named(tmp_path: Path) -> None:
    source = "int absent_function(void); int (*address)(void) = absent_function;"
    payload = compile_c(tmp_path / "lacks.so", source).read_bytes()
    before = (open_descriptors(), mapped_payloads())
    with pytest.raises(RuntimeError, match="undefined symbol: absent_function") as caught:
        load_so(payload)
    assert f"the `so` payload of {len(payload)} bytes" in str(caught.value)
    assert "/proc/self/fd" not in str(caught.value)
    assert (open_descriptors(), mapped_payloads()) == before


def test_missing_version_of_a_symbol_is_named(tmp_path: Path) -> None:
    """A payload built against a newer library says which version of the library it wants."""

    def build_library(version: str) -> None:
        (tmp_path / "versions.map").write_text(f"{version} {{ global: versioned; }};")
        compile_c(
            tmp_path / "libversioned_dep.so",
            "int versioned(void) { return 1; }",
            f"-Wl,--version-script={tmp_path / 'versions.map'}",
            "-Wl,-soname,libversioned_dep.so",
        )

    build_library("DEP_2.0")
    payload = compile_c(
        tmp_path / "needs.so",
        "int versioned(void); int needs(void) { return versioned(); }",
        *(f"-L{tmp_path}", "-lversioned_dep", f"-Wl,-rpath,{tmp_path}"),
    ).read_bytes()
    build_library("DEP_1.0")
    with pytest.raises(RuntimeError, match="version `DEP_2.0' not found"):
        load_so(payload)


def test_what_fails_leaves_nothing_behind(numbered: Callable[[int], bytes], tmp_path: Path) -> None:
    good = numbered(8)
    lacks = compile_c(tmp_path / "lacks.so", "int absent(void); int (*address)(void) = absent;")
    failures = [
        (ValueError, b""),
        (ValueError, b"no shared object"),
        (ValueError, good[:-1]),
        (ValueError, good[:16] + b"\x02" + good[17:]),  # an executable
        (ValueError, good[:18] + b"\x16" + good[19:]),  # of another architecture
        (RuntimeError, lacks.read_bytes()),
    ]

    def state() -> tuple[int, int, list[str]]:
        gc.collect()
        names = sorted(tvm_ffi.registry.list_global_func_names())
        return open_descriptors(), mapped_payloads(), names

    before = state()
    for error, payload in failures:
        with pytest.raises(error, match="`so` payload"):
            load_so(payload)
        assert state() == before


# ---- unloading -----------------------------------------------------------------------------------


def test_payload_is_mapped_as_long_as_a_function_lives(
    numbered: Callable[[int], bytes],
) -> None:
    gc.collect()
    before = mapped_payloads()
    module = load_so(numbered(7))
    number = module["number"]
    del module
    gc.collect()
    assert mapped_payloads() > before
    assert number() == 7
    del number
    gc.collect()
    assert mapped_payloads() == before


def test_five_hundred_payloads_leave_nothing_behind(numbered: Callable[[int], bytes]) -> None:
    def load_and_drop(numbers: range) -> None:
        for i in numbers:
            assert load_so(numbered(i)).number() == i

    load_and_drop(range(20))
    gc.collect()
    descriptors, mappings, memory = open_descriptors(), mapped_payloads(), resident_kib()
    load_and_drop(range(20, 520))
    gc.collect()
    assert (open_descriptors(), mapped_payloads()) == (descriptors, mappings)
    # Leaking the written pages alone would be 500 x 64 KiB.
    assert resident_kib() - memory < 4096


def test_distinct_payloads_are_loaded_at_once(numbered: Callable[[int], bytes]) -> None:
    results: dict[int, int] = {}
    start = threading.Barrier(8)

    def work(thread: int) -> None:
        start.wait()
        for i in range(thread * 100, thread * 100 + 20):
            results[i] = load_so(numbered(i)).number()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 160
    assert all(results[i] == i for i in results)


# ---- what is stored of a payload -----------------------------------------------------------------


def test_debug_information_is_not_stored(numbered: Callable[[int], bytes], tmp_path: Path) -> None:
    """Only what the dynamic loader reads takes memory, not what debuggers would."""
    counter = compile_c(tmp_path / "counter.so", COUNTED_WRITES, "-ldl")
    plain, debug, section = tmp_path / "plain.so", tmp_path / "debug.so", tmp_path / "section"
    plain.write_bytes(numbered(5))
    section.write_bytes(bytes(range(256)) * 4096)  # 1 MiB
    subprocess.check_call(["objcopy", f"--add-section=.debug_much={section}", plain, debug])
    assert debug.stat().st_size > 1 << 20
    program = """
import ctypes, sys, tvm_ffi, tvm_ffi.loaders
payload = open(sys.argv[1], "rb").read()
print(tvm_ffi.load_module_from_bytes("so", payload).number())
print(ctypes.c_long.in_dll(ctypes.CDLL(None), "stored_bytes").value)
"""
    result = subprocess.run(
        [sys.executable, "-c", program, debug],
        env=dict(os.environ, LD_PRELOAD=str(counter)),
        capture_output=True,
        text=True,
        check=True,
    )
    number, stored = map(int, result.stdout.split())
    assert number == 5
    assert 64 * 1024 < stored < 128 * 1024  # the payload has 64 KiB of data


def test_program_headers_may_stand_anywhere(numbered: Callable[[int], bytes]) -> None:
    """Tools that change a library move its program headers behind everything else."""
    image = bytearray(numbered(6))
    (offset,) = struct.unpack_from("<Q", image, 32)
    entry_size, count = struct.unpack_from("<HH", image, 54)
    headers = bytes(image[offset : offset + entry_size * count])
    image += bytes(1 << 20) + headers
    struct.pack_into("<Q", image, 32, len(image) - len(headers))
    image[offset : offset + len(headers)] = bytes(len(headers))
    assert load_so(bytes(image)).number() == 6


# ---- surroundings --------------------------------------------------------------------------------


def test_no_writable_directory_is_needed(numbered: Callable[[int], bytes], tmp_path: Path) -> None:
    """Everything that would create or write a file fails, and there is no temporary directory."""
    guard = compile_c(tmp_path / "guard.so", READ_ONLY_FILES, "-ldl")
    (tmp_path / "payload").write_bytes(numbered(99))
    program = f"""
import tvm_ffi, tvm_ffi.loaders
try:
    open({str(tmp_path / "new file")!r}, "w")
except OSError as error:
    print(error.strerror)
payload = open({str(tmp_path / "payload")!r}, "rb").read()
print(tvm_ffi.load_module_from_bytes("so", payload).number())
"""
    environment = dict(os.environ, LD_PRELOAD=str(guard), TMPDIR=str(tmp_path / "nothing"))
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    result = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stdout.splitlines() == ["Read-only file system", "99"], result.stderr
