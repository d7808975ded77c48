# SPDX-License-Identifier: Apache-2.0
"""Modules loaded from files, and the system library."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import tvm_ffi
from tvm_ffi.module import ModulePropertyMask

SOURCE = r"""
#include <stdint.h>
typedef struct { int32_t type_index; uint32_t padding; int64_t v_int64; } Any;
int __tvm_ffi_add_one(void* self, const Any* args, int32_t num_args, Any* result) {
  result->type_index = 1;
  result->padding = 0;
  result->v_int64 = args[0].v_int64 + 1;
  return 0;
}
int __tvm_ffi_main(void* self, const Any* args, int32_t num_args, Any* result) {
  result->type_index = 1;
  result->padding = 0;
  result->v_int64 = num_args;
  return 0;
}
int __tvm_ffi_kind(void* self, const Any* args, int32_t num_args, Any* result) { return 0; }
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> Path:
    """Build a shared library that needs nothing of the runtime but its calling convention."""
    directory = tmp_path_factory.mktemp("module")
    source = directory / "lib.c"
    source.write_text(SOURCE)
    output = directory / "lib.so"
    subprocess.check_call(["cc", "-shared", "-fPIC", "-o", str(output), str(source)])
    return output


@pytest.fixture
def module(library):
    return tvm_ffi.load_module(library)


def test_functions_by_attribute_item_and_method(module):
    assert module.add_one(1) == 2
    assert module["add_one"](2) == 3
    assert module.get_function("add_one")(3) == 4
    assert module(1, 2, 3) == 3


def test_attributes_are_kept(module):
    assert module.add_one is module.add_one
    assert module["add_one"] is not module["add_one"]


def test_class_attributes_win_over_functions(module):
    assert module.kind == "library"
    assert module["kind"]() is None


def test_missing_functions(module):
    with pytest.raises(AttributeError, match="Module has no function 'nothing'"):
        module.get_function("nothing")
    with pytest.raises(AttributeError, match="Module has no function 'nothing'") as info:
        module.nothing  # noqa: B018
    assert isinstance(info.value.__cause__, AttributeError)
    with pytest.raises(AttributeError):
        module["nothing"]
    with pytest.raises(ValueError, match="Can only take string as function name"):
        module[0]
    assert not hasattr(module, "nothing")


def test_queries(module):
    assert module.implements_function("add_one")
    assert not module.implements_function("nothing")
    assert module.get_function_metadata("add_one") is None
    assert module.get_function_doc("add_one") is None
    assert list(module.get_write_formats()) == []
    assert module.inspect_source() == ""


def test_property_mask(module):
    assert module.get_property_mask() == (
        ModulePropertyMask.BINARY_SERIALIZABLE | ModulePropertyMask.RUNNABLE
    )
    assert module.is_binary_serializable()
    assert module.is_runnable()
    assert not module.is_compilation_exportable()


def test_imports(module, library):
    other = tvm_ffi.load_module(library)
    assert len(module.imports) == 0
    module.import_module(other)
    assert module.imports[0] == other
    assert type(module.imports[0]) is tvm_ffi.Module
    with pytest.raises(RuntimeError, match="Cyclic dependency detected during import"):
        other.import_module(module)
    with pytest.raises(TypeError):
        module.import_module(3)
    with pytest.raises(AttributeError):
        module.imports = []
    module.clear_imports()
    assert len(module.imports) == 0


def test_imports_are_searched_on_request(library):
    system = tvm_ffi.system_lib("testing.")
    module = tvm_ffi.load_module(library)
    system.import_module(module)
    try:
        with pytest.raises(AttributeError):
            system.get_function("main")
        assert system.get_function("main", query_imports=True)(1) == 1
    finally:
        system.clear_imports()


def test_write_to_file_is_refused_by_libraries(module, tmp_path):
    with pytest.raises(RuntimeError, match=r"Module\[library\] does not support WriteToFile"):
        module.write_to_file(str(tmp_path / "x.o"))


def test_identity(library):
    first, second = tvm_ffi.load_module(library), tvm_ffi.load_module(library)
    assert first == first  # noqa: PLR0124
    assert first != second
    assert len({first, second}) == 2


def test_user_attributes(module):
    module.note = "text"
    assert module.note == "text"


def test_modules_are_not_constructible_nor_copyable(module):
    with pytest.raises(TypeError, match="`Module` cannot be constructed directly"):
        tvm_ffi.Module()
    for duplicate in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises((TypeError, RuntimeError)):
            duplicate(module)


def test_paths(library, tmp_path):
    assert tvm_ffi.load_module(str(library)).add_one(1) == 2
    with pytest.raises(TypeError, match="expected str, bytes or os.PathLike object, not int"):
        tvm_ffi.load_module(3)
    with pytest.raises(TypeError, match="Expected `str` but got `ffi.Bytes`"):
        tvm_ffi.load_module(str(library).encode())
    with pytest.raises(RuntimeError, match="Failed to get file format from foo"):
        tvm_ffi.load_module("foo")
    with pytest.raises(RuntimeError, match="ffi.Module.load_from_file.bar"):
        tvm_ffi.load_module("foo.bar")
    with pytest.raises(RuntimeError, match="Failed to load dynamic shared library"):
        tvm_ffi.load_module(tmp_path / "absent.so")


def test_unpinned_modules_are_unloaded(library, tmp_path):
    copied = tmp_path / "unpinned.so"
    copied.write_bytes(library.read_bytes())
    module = tvm_ffi.load_module(copied, keep_module_alive=False)
    func = module.add_one
    maps = Path("/proc/self/maps")
    del module
    assert func(1) == 2
    assert "unpinned.so" in maps.read_text()
    del func
    assert "unpinned.so" not in maps.read_text()


def test_pinned_modules_stay(library, tmp_path):
    copied = tmp_path / "pinned.so"
    copied.write_bytes(library.read_bytes())
    tvm_ffi.load_module(copied)
    assert "pinned.so" in Path("/proc/self/maps").read_text()


def test_system_library_by_prefix():
    module = tvm_ffi.system_lib("testing.")
    assert module.add_one(1) == 2
    assert tvm_ffi.system_lib("testing.") == module
    assert tvm_ffi.system_lib() != module
    assert tvm_ffi.system_lib()["testing.add_one"](1) == 2


def test_module_class_can_be_replaced():
    code = (
        "import tvm_ffi\n"
        "@tvm_ffi.register_object('ffi.Module')\n"
        "class Mine(tvm_ffi.Module): pass\n"
        "assert type(tvm_ffi.system_lib('testing.')) is Mine\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
