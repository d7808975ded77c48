# SPDX-License-Identifier: Apache-2.0
"""The published ORC-JIT addon, a binary built against the published headers, on this runtime.

It subclasses ``ModuleObj``, fills context symbols, links object files from memory and throws errors
out of code that LLVM made. ``pip install --no-deps apache-tvm-ffi-orcjit`` provides it.
"""

from __future__ import annotations

import ctypes
import gc
import subprocess
import threading
from pathlib import Path

import pytest
import tvm_ffi
from tvm_ffi import libinfo

orcjit = pytest.importorskip("tvm_ffi_orcjit")

SOURCE = r"""
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/extra/c_env_api.h>

static int ReturnInt(TVMFFIAny* result, int64_t value) {
  result->type_index = kTVMFFIInt;
  result->zero_padding = 0;
  result->v_int64 = value;
  return 0;
}

int __tvm_ffi_add(void* self, const TVMFFIAny* args, int32_t num_args, TVMFFIAny* result) {
  return ReturnInt(result, args[0].v_int64 + args[1].v_int64);
}

static int64_t calls;
int __tvm_ffi_count(void* self, const TVMFFIAny* args, int32_t num_args, TVMFFIAny* result) {
  return ReturnInt(result, ++calls);
}

int __tvm_ffi_fail(void* self, const TVMFFIAny* args, int32_t num_args, TVMFFIAny* result) {
  TVMFFIErrorSetRaisedFromCStr("ValueError", "raised in code from memory");
  return -1;
}

/* Calls back into the process: apply(f, x) is f(x). */
int __tvm_ffi_apply(void* self, const TVMFFIAny* args, int32_t num_args, TVMFFIAny* result) {
  return TVMFFIFunctionCall(args[0].v_obj, (TVMFFIAny*)args + 1, 1, result);
}

/* Filled by the loader, through the context symbols of the runtime. */
int64_t* test_orcjit_context_symbol;
void* __tvm_ffi__library_ctx;
int __tvm_ffi_context(void* self, const TVMFFIAny* args, int32_t num_args, TVMFFIAny* result) {
  return ReturnInt(result, __tvm_ffi__library_ctx != 0 ? *test_orcjit_context_symbol : -1);
}
"""


def compile_object(directory: Path, source: str, name: str = "code") -> Path:
    source_file, target = directory / f"{name}.c", directory / f"{name}.o"
    source_file.write_text(source)
    include = libinfo.find_include_path()
    command = ["cc", "-O1", "-fPIC", "-c", source_file, "-o", target, f"-I{include}"]
    subprocess.run(command, check=True)
    return target


@pytest.fixture(scope="module")
def object_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_object(tmp_path_factory.mktemp("orcjit"), SOURCE)


@pytest.fixture
def session() -> object:
    return orcjit.ExecutionSession()


@pytest.fixture
def module(session: object, object_file: Path) -> tvm_ffi.Module:
    return session.load_module(object_file.read_bytes())


def test_object_file_from_memory_and_from_a_path(session: object, object_file: Path) -> None:
    for source in (object_file.read_bytes(), str(object_file), object_file):
        assert session.load_module(source).add(40, 2) == 42


def test_module_interface(module: tvm_ffi.Module) -> None:
    assert module.kind == "orcjit"
    assert module.implements_function("add")
    assert not module.implements_function("absent")
    with pytest.raises(AttributeError, match="Module has no function 'absent'"):
        module.get_function("absent")
    other = tvm_ffi.system_lib("testing.")
    module.import_module(other)
    assert [imported.kind for imported in module.imports] == [other.kind]
    module.clear_imports()


def test_errors_cross_in_both_directions(module: tvm_ffi.Module) -> None:
    with pytest.raises(ValueError, match="raised in code from memory"):
        module.fail()

    def fail(value: int) -> None:
        raise KeyError(value)

    with pytest.raises(KeyError, match="7"):
        module.apply(fail, 7)


def test_callbacks_into_python(module: tvm_ffi.Module) -> None:
    assert module.apply(lambda value: [value, value], "v")[1] == "v"


def test_context_of_the_module_is_filled(session: object, object_file: Path) -> None:
    value = ctypes.c_int64(1234)
    register = tvm_ffi.LIB.TVMFFIEnvModRegisterContextSymbol
    assert register(b"test_orcjit_context_symbol", ctypes.byref(value)) == 0
    assert session.load_module(object_file.read_bytes()).context() == 1234


def test_modules_have_their_own_state(session: object, object_file: Path) -> None:
    first, second = (session.load_module(object_file.read_bytes()) for _ in range(2))
    assert [first.count(), first.count(), second.count()] == [1, 2, 1]


def test_function_keeps_the_code(session: object, object_file: Path) -> None:
    count = session.load_module(object_file.read_bytes())["count"]
    gc.collect()
    assert [count(), count()] == [1, 2]


def test_bad_objects_are_reported(session: object, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="failed: "):
        session.load_module(b"this is no object file").get_function("add")
    with pytest.raises(Exception, match="Failed to read object file: .*nothing.o"):
        session.load_module(str(tmp_path / "nothing.o"))
    with pytest.raises(TypeError, match="must be a path .* or object-file bytes, but got int"):
        session.load_module([5])


def test_embedded_module_goes_through_the_dispatch(session: object, tmp_path: Path) -> None:
    """The modules in an object's binary blob are made by the loaders of this runtime."""
    seen = []

    def keep(payload: bytes) -> tvm_ffi.Module:
        seen.append(bytes(payload))
        return tvm_ffi.system_lib("testing.")

    def u64(*values: int) -> bytes:
        return b"".join(value.to_bytes(8, "little") for value in values)

    body = u64(3, 0, 1, 1, 1, 1) + u64(4) + b"_lib" + u64(4) + b"keep" + u64(7) + b"payload"
    blob = ",".join(map(str, u64(len(body)) + body))
    source = f"const unsigned char __tvm_ffi__library_bin[] = {{{blob}}};\n"
    image = compile_object(tmp_path, SOURCE + source).read_bytes()
    name = "ffi.Module.load_from_bytes.keep"
    with pytest.raises(RuntimeError, match=r"load_from_bytes\.keep is not registered"):
        session.load_module(image)
    tvm_ffi.register_global_func(name, keep)
    try:
        module = session.load_module(image)
    finally:
        tvm_ffi.remove_global_func(name)
    assert seen == [b"payload"]
    assert len(module.imports) == 1
    assert module.add(1, 2) == 3
    module.clear_imports()


def test_threads_load_and_call(session: object, object_file: Path) -> None:
    image, results = object_file.read_bytes(), []

    def work() -> None:
        for i in range(5):
            results.append(session.load_module(image).add(i, 1) - i)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [1] * 20
