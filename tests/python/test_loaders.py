# SPDX-License-Identifier: Apache-2.0
"""``tvm_ffi.loaders``: shared objects straight from memory."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import tvm_ffi
import tvm_ffi.loaders

SOURCE = r"""
#include <stdint.h>
typedef struct { int32_t type_index; uint32_t padding; int64_t v_int64; } Any;
static int return_int(Any* result, int64_t value) {
  result->type_index = 1;
  result->padding = 0;
  result->v_int64 = value;
  return 0;
}
int __tvm_ffi_twice(void* self, const Any* args, int32_t num_args, Any* result) {
  return return_int(result, 2 * args[0].v_int64);
}
static int64_t calls;
int __tvm_ffi_count(void* self, const Any* args, int32_t num_args, Any* result) {
  return return_int(result, ++calls);
}
"""

# What the registration block of a C++ library does when it fails.
FAILING_INITIALISER = r"""
extern void TVMFFIErrorSetRaisedFromCStr(const char* kind, const char* message);
__attribute__((constructor)) static void initialise(void) {
  TVMFFIErrorSetRaisedFromCStr("ValueError", "kind `x` is taken");
}
"""


def compile_library(output: Path, source: str, *options: str) -> Path:
    source_file = output.with_suffix(".c")
    source_file.write_text(source)
    subprocess.check_call(["cc", "-shared", "-fPIC", "-o", str(output), str(source_file), *options])
    return output


@pytest.fixture(scope="module")
def image(tmp_path_factory) -> bytes:
    return compile_library(tmp_path_factory.mktemp("loaders") / "lib.so", SOURCE).read_bytes()


def load_so(payload):
    return tvm_ffi.load_module_from_bytes("so", payload, keep_module_alive=False)


def test_shared_object_from_memory(image):
    module = tvm_ffi.load_module_from_bytes("so", image)
    assert module.twice(21) == 42


def test_shared_object_from_other_buffers(image):
    for buffer in (bytearray(image), memoryview(image)):
        module = tvm_ffi.load_module_from_bytes("so", buffer, keep_module_alive=False)
        assert module.twice(4) == 8


def test_equal_payloads_are_independent_modules(image):
    first, second = load_so(image), load_so(image)
    assert first != second
    assert [first.count(), first.count(), second.count()] == [1, 2, 1]


def test_threads_load_at_once(image):
    counts = []

    def work():
        for _ in range(10):
            counts.append(load_so(image).count())

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [1] * 80


def test_bad_images_are_refused(image):
    def changed(at: int, value: int) -> bytearray:
        copy = bytearray(image)
        copy[at] = value
        return copy

    for payload, reason in (
        (b"", "not an ELF file: it is empty"),
        (b"not an ELF file at all", "not an ELF file: it starts with 6e 6f 74 20"),
        (changed(4, 1), "is 32-bit, but this process is 64-bit"),
        (changed(18, 22), r"wrong architecture: s390x \(22\)"),
        (changed(16, 1), "not linked yet"),
        (image[: len(image) // 2], "is truncated"),
        (image[:-1], "is truncated"),
    ):
        with pytest.raises(ValueError, match=f"^The `so` payload of {len(payload)} bytes") as info:
            load_so(payload)
        assert info.match(reason)


def test_a_missing_dependency_is_named(tmp_path):
    dependency = compile_library(tmp_path / "libabsent_here.so", "int absent(void) { return 1; }")
    payload = compile_library(
        tmp_path / "needs.so",
        "int absent(void); int needs(void) { return absent(); }",
        f"-L{tmp_path}",
        "-labsent_here",
    ).read_bytes()
    dependency.unlink()
    with pytest.raises(RuntimeError, match=r"libabsent_here\.so: cannot open shared object file"):
        load_so(payload)


def blob(*modules: tuple[str, bytes]) -> bytes:
    """Return an embedded-module blob: a library that imports ``modules``."""

    def vector(*values: int) -> bytes:
        return struct.pack(f"<{len(values) + 1}Q", len(values), *values)

    def text(content: bytes) -> bytes:
        return struct.pack("<Q", len(content)) + content

    count = len(modules)
    body = vector(0, *[count] * (count + 1)) + vector(*range(1, count + 1)) + text(b"_lib")
    body += b"".join(text(kind.encode()) + text(payload) for kind, payload in modules)
    return struct.pack("<Q", len(body)) + body


def test_payloads_nest(image, tmp_path):
    seen = []

    def load_table(payload):
        seen.append(bytes(payload))
        return tvm_ffi.system_lib("testing.")

    content = blob(("so", image), ("python_table", b"a table"))
    numbers = ",".join(map(str, content))
    source = f"const unsigned char __tvm_ffi__library_bin[] = {{{numbers}}};\n"
    outer_image = compile_library(tmp_path / "outer.so", source).read_bytes()
    name = "ffi.Module.load_from_bytes.python_table"
    with pytest.raises(RuntimeError, match=name):
        load_so(outer_image)

    tvm_ffi.register_global_func(name, load_table)
    try:
        outer = load_so(outer_image)
        tvm_ffi.load_module_from_bytes("python_table", b"directly", keep_module_alive=False)
    finally:
        tvm_ffi.registry.remove_global_func(name)
    assert seen == [b"a table", b"directly"]
    assert [module.kind for module in outer.imports] == ["library", "library"]
    assert outer.get_function("twice", query_imports=True)(4) == 8
    assert outer.get_function("add_one", query_imports=True)(4) == 5
    outer.imports[1].clear_imports()


def test_errors_of_static_initialisers_are_raised(tmp_path):
    library = compile_library(tmp_path / "libfailing.so", FAILING_INITIALISER)
    content = library.read_bytes()
    other_file = tmp_path / "other.so"  # opening the same file again would not initialise it again
    other_file.write_bytes(content)
    libinfo = tvm_ffi.libinfo
    for open_it in (
        lambda: load_so(content),
        lambda: tvm_ffi.load_module(other_file),
        lambda: libinfo.load_lib_ctypes("none", "failing", "RTLD_LOCAL", [tmp_path]),
    ):
        with pytest.raises(ValueError, match=r"^kind `x` is taken"):
            open_it()


def test_the_kind_is_there_only_after_the_import():
    code = (
        "import tvm_ffi\n"
        "name = 'ffi.Module.load_from_bytes.so'\n"
        "assert tvm_ffi.get_global_func(name, allow_missing=True) is None\n"
        "import tvm_ffi.loaders\n"
        "assert tvm_ffi.get_global_func(name, allow_missing=True) is not None\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_kind_that_is_taken_fails_the_import():
    code = (
        "import tvm_ffi\n"
        "tvm_ffi.register_global_func('ffi.Module.load_from_bytes.so', print)\n"
        "for _ in range(2):\n"
        "    try:\n"
        "        import tvm_ffi.loaders\n"
        "    except ImportError as error:\n"
        "        assert 'ffi.Module.load_from_bytes.so` is already registered' in str(error)\n"
        "        assert 'half-initialised' in str(error)\n"
        "    else:\n"
        "        raise AssertionError('imported')\n"
        "    tvm_ffi.core._raise_pending()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_the_loader_library_is_not_part_of_a_plain_import():
    code = "import tvm_ffi; print('tvm_ffi_loaders' in open('/proc/self/maps').read())"
    printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert printed.stdout.strip() == b"False"
    assert "tvm_ffi_loaders" in Path("/proc/self/maps").read_text()


def test_no_descriptors_are_left_open(image):
    def count() -> int:
        return len(os.listdir("/proc/self/fd"))

    load_so(image)
    before = count()
    modules = [load_so(image) for _ in range(5)]
    with pytest.raises(ValueError):
        load_so(image[:-1])
    assert count() == before
    assert len(modules) == 5
