# SPDX-License-Identifier: Apache-2.0
"""``tvm_ffi.loaders``: shared objects straight from memory."""

from __future__ import annotations

import subprocess
import sys

import pytest
import tvm_ffi
import tvm_ffi.loaders

SOURCE = r"""
#include <stdint.h>
typedef struct { int32_t type_index; uint32_t padding; int64_t v_int64; } Any;
int __tvm_ffi_twice(void* self, const Any* args, int32_t num_args, Any* result) {
  result->type_index = 1;
  result->padding = 0;
  result->v_int64 = 2 * args[0].v_int64;
  return 0;
}
"""


@pytest.fixture(scope="module")
def image(tmp_path_factory) -> bytes:
    directory = tmp_path_factory.mktemp("loaders")
    source, output = directory / "lib.c", directory / "lib.so"
    source.write_text(SOURCE)
    subprocess.check_call(["cc", "-shared", "-fPIC", "-o", str(output), str(source)])
    return output.read_bytes()


def test_shared_object_from_memory(image):
    module = tvm_ffi.load_module_from_bytes("so", image)
    assert module.twice(21) == 42


def test_shared_object_from_other_buffers(image):
    for buffer in (bytearray(image), memoryview(image)):
        module = tvm_ffi.load_module_from_bytes("so", buffer, keep_module_alive=False)
        assert module.twice(4) == 8


def test_bad_images_are_refused(image):
    for payload in (b"", b"not an ELF file at all", image[: len(image) // 2]):
        with pytest.raises(ValueError, match="`so` payload"):
            tvm_ffi.load_module_from_bytes("so", payload)


def test_the_kind_is_there_only_after_the_import():
    code = (
        "import tvm_ffi\n"
        "name = 'ffi.Module.load_from_bytes.so'\n"
        "assert tvm_ffi.get_global_func(name, allow_missing=True) is None\n"
        "import tvm_ffi.loaders\n"
        "assert tvm_ffi.get_global_func(name, allow_missing=True) is not None\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
