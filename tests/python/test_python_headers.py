# SPDX-License-Identifier: Apache-2.0
"""Native code passes Python objects through the ABI with the headers that are installed for it."""

from __future__ import annotations

import gc
import subprocess
import sys
import sysconfig
import weakref
from pathlib import Path

import pytest
import tvm_ffi
from tvm_ffi import libinfo

# Exports `make(type)`: calls a Python type, and returns the object that comes out.
SOURCE = r"""
#include <tvm_ffi_python_helpers.h>
#include <string.h>

#ifdef __cplusplus
extern "C"
#endif
__attribute__((visibility("default")))
int __tvm_ffi_make(void* self, const TVMFFIAny* args, int32_t num_args, TVMFFIAny* result) {
  PyGILState_STATE gil = PyGILState_Ensure();
  TVMFFIObjectHandle handle = NULL;
  TVMFFIOpaqueObjectCell* type;
  PyObject* made;
  int code = -1;
  (void)self;
  if (num_args == 1 && args[0].type_index == kTVMFFIOpaquePyObject) {
    type = (TVMFFIOpaqueObjectCell*)((char*)args[0].v_obj + sizeof(TVMFFIObject));
    made = PyObject_CallNoArgs((PyObject*)type->handle);
    if (made != NULL) {
      code = TVMFFIPyObjectToOpaque(made, &handle);
      Py_DECREF(made);
    }
  }
  if (code == 0) {
    memset(result, 0, sizeof(*result));
    result->type_index = kTVMFFIOpaquePyObject;
    result->v_obj = (TVMFFIObject*)handle;
  }
  PyGILState_Release(gil);
  return code;
}
"""


@pytest.fixture(scope="module", params=["c11", "c++17"])
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("python_headers")
    is_cpp = request.param == "c++17"
    source = directory / ("make.cc" if is_cpp else "make.c")
    source.write_text(SOURCE)
    includes = [*libinfo.include_paths(), sysconfig.get_path("include")]
    command = [
        *("c++" if is_cpp else "cc", f"-std={request.param}", "-Wall", "-Wextra", "-Werror"),
        *("-shared", "-fPIC", *(f"-I{path}" for path in includes), source, "-o"),
        *(directory / "make.so", libinfo.find_cython_lib(), libinfo.find_libtvm_ffi()),
    ]
    subprocess.run(command, check=True)
    return directory / "make.so"


class Made:
    """Is made by native code, and watched from here."""


def make_twice(library: Path) -> weakref.ref[Made]:
    """Have an object made, and handed through once more; nothing here keeps it."""
    make = tvm_ffi.load_module(library)["make"]
    made = make(tvm_ffi.core._convert_to_opaque_object(Made))
    assert type(made) is Made
    before = sys.getrefcount(made)
    again = make(tvm_ffi.core._convert_to_opaque_object(lambda: made))
    assert again is made
    assert sys.getrefcount(made) == before + 1
    return weakref.ref(made)


def test_an_object_arrives_as_itself_and_is_released(library: Path) -> None:
    watch = make_twice(library)
    gc.collect()
    assert watch() is None
