# SPDX-License-Identifier: Apache-2.0
"""Where ``tvm_ffi.cpp`` builds: the key of the cache, what is built again, and the lock."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
import tvm_ffi
from cpp_support import SLOW_COMPILER, read_log, write_program
from tvm_ffi import cpp
from tvm_ffi.cpp import extension
from tvm_ffi.utils import FileLock


@pytest.fixture
def compiler(tmp_path, monkeypatch):
    """Use a cache of its own, and a compiler that notes its outputs and compiles nothing."""
    monkeypatch.setenv("TVM_FFI_CACHE_DIR", str(tmp_path / "cache"))
    path = write_program(tmp_path / "compilers" / "slow", SLOW_COMPILER)
    monkeypatch.setenv("CXX", str(path))
    return path


# ---- the key ------------------------------------------------------------------------------------


def test_the_key_is_the_published_one():
    flags = (["-O1"], ["-c"], ["-l"], ["-i"])
    text = extension._hash_sources("a", "b", None, None, {"g": "x", "f": ""}, *flags)
    files = extension._hash_sources(None, None, ["/a"], None, {}, *([],) * 4, {"k": b"\0\1"})
    # Made by the published package for these arguments.
    assert (text, files) == ("c7a0efe82bf9f387", "685d1e8e7d9c3958")


def test_values_of_other_types_have_no_key():
    for value, kind in ((3, "int"), ({"k": 1.5}, "float"), (bytearray(b"x"), "bytearray")):
        with pytest.raises(ValueError, match=f"Unsupported type: <class '{kind}'>"):
            extension._hash_sources("", "", None, None, value, [], [], [], [])


SCRIPT = """
import os, sys
from tvm_ffi import cpp
from tvm_ffi.cpp import extension

os.chdir(sys.argv[1])
for source in ("a.cc", "b.c", "k.cu"):
    open(source, "w").close()
os.symlink("a.cc", "link.cc")
CASES = [
    (cpp.build_inline, dict(cpp_sources="int f();")),
    (cpp.build_inline, dict(cpp_sources="", functions=[])),
    (cpp.build_inline, dict(cpp_sources=["int f();", "int g();"], functions=["g", "f", "g"])),
    (cpp.build_inline, dict(cpp_sources="int f();", functions="f", extra_cflags=[" -O1 ", "-g"])),
    (cpp.build_inline, dict(cpp_sources="int f();", functions={"f": 'a "b"\\n\\t\\\\ é', "g": ""})),
    (cpp.build_inline, dict(cuda_sources="int f();", functions="f", backend="cuda")),
    (cpp.build_inline, dict(cpp_sources="x", cuda_sources=["y", "z"], functions=("f",))),
    (cpp.build_inline, dict(cpp_sources="x", extra_ldflags=["-lm"], extra_cuda_cflags=["-x"])),
    (cpp.build_inline, dict(cpp_sources="x", extra_include_paths=["inc", "/abs/../i"])),
    (cpp.build_inline, dict(cpp_sources="x", embed_cubin={"k": b"\\0\\1", "j": b""})),
    (cpp.build_inline, dict(cpp_sources="x", output="x.o")),
    (cpp.build, dict(sources="a.cc")),
    (cpp.build, dict(sources=["b.c", "link.cc"], cpp_files="a.cc", cuda_files=["k.cu"])),
    (cpp.build, dict(cuda_files=["k.cu"], backend="hip", extra_cflags=["-O0"])),
]
for build, arguments in CASES:
    print(os.path.relpath(build("n", **arguments)))
"""


def test_directories_and_files_are_those_of_the_published_package(pythons, tmp_path, monkeypatch):
    # Nothing is compiled: what is compared is the directories, and the texts in them.
    ninja = write_program(tmp_path / "bin" / "ninja", "#!/bin/sh\n")
    monkeypatch.setenv("PATH", str(ninja.parent))
    monkeypatch.setenv("TVM_FFI_CACHE_DIR", "cache")
    monkeypatch.setenv("TVM_FFI_CPP_PRECOMPILED_HEADER", "0")
    for variable in ("CUDA_HOME", "ROCM_HOME"):
        monkeypatch.setenv(variable, "/home")
    monkeypatch.setenv("TVM_FFI_CUDA_ARCH_LIST", "9.0")
    monkeypatch.setenv("TVM_FFI_ROCM_ARCH_LIST", "gfx90a")
    seen = {}
    for name, python in pythons.items():
        directory = tmp_path / "work"
        directory.mkdir()
        command = [python, "-c", SCRIPT, str(directory)]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        prefix = str(Path(python).parent.parent)
        files = {
            str(path.relative_to(directory)): path.read_text().replace(prefix, "<prefix>")
            for path in directory.rglob("*")
            if path.is_file() and path.name != "lock"
        }
        seen[name] = printed.splitlines(), files
        directory.rename(tmp_path / name)
    assert seen["ours"][0] == seen["published"][0]
    assert sorted(seen["ours"][1]) == sorted(seen["published"][1])
    for path, text in seen["published"][1].items():
        # The images are inputs here, so that a changed one is embedded again.
        ours = seen["ours"][1][path].replace(" | k.cubin", "").replace(" | j.cubin", "")
        assert ours == text, path


NAMES = """
build build_inline load load_inline build_ninja _build_impl _decorate_with_tvm_ffi
_escape_cpp_string_literal _find_compiler _find_cuda_home _find_rocm_home _detect_gpu_backend
_generate_ninja_build _get_cuda_target _get_rocm_target _hash_sources _maybe_write
_resolve_gpu_backend _run_command_in_dev_prompt _str_seq2list _windows_argument
"""
SIGNATURES = """
import inspect, sys
from tvm_ffi.cpp import extension

for name in sys.argv[1].split():
    parameters = inspect.signature(getattr(extension, name)).parameters.values()
    print(name, [(p.name, p.kind.name, p.default) for p in parameters])
print(extension.BACKEND_STR, extension.IS_WINDOWS, extension.logger)
"""


def test_parameters_are_those_of_the_published_package(pythons):
    printed = [
        subprocess.check_output([python, "-c", SIGNATURES, NAMES], text=True)
        for python in pythons.values()
    ]
    assert printed[0].splitlines() == printed[1].splitlines()


def test_the_cache_may_be_in_the_home_directory(compiler, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TVM_FFI_CACHE_DIR", "~/mine")
    assert Path(cpp.build_inline("n", cpp_sources="")).parent.parent == tmp_path / "mine"
    monkeypatch.delenv("TVM_FFI_CACHE_DIR")
    default = tmp_path / ".cache" / "tvm-ffi"
    assert Path(cpp.build_inline("n", cpp_sources="")).parent.parent == default


# ---- what is built again ------------------------------------------------------------------------


def test_a_build_is_done_once(compiler):
    path = cpp.build_inline("n", cpp_sources="int f();", functions="f")
    files = {file: file.stat().st_mtime_ns for file in Path(path).parent.iterdir()}
    assert Path(path).read_text() == "the product"
    for _ in range(2):
        assert cpp.build_inline("n", cpp_sources="int f();", functions="f") == path
    assert read_log(compiler) == ["cpp_0.o", "n.so"]
    now = {file: file.stat().st_mtime_ns for file in Path(path).parent.iterdir()}
    assert now == files


def test_what_changed_is_built_again(tmp_path):
    source, header = tmp_path / "a.cc", tmp_path / "a.h"
    source.write_text('#include "a.h"\n')
    header.write_text("extern const int kValue = 1;\n")

    def build(**arguments):
        path = cpp.build("n", sources=source, build_directory=tmp_path / "b", **arguments)
        symbols = subprocess.run(["nm", "-S", path], capture_output=True, text=True, check=True)
        return [line.split()[1] for line in symbols.stdout.splitlines() if "kValue" in line]

    assert build() == ["0000000000000004"]
    header.write_text("extern const TYPE kValue = 2;\n")
    assert build(extra_cflags=["-DTYPE=long"]) == ["0000000000000008"]
    assert build(extra_cflags=["-DTYPE=char"]) == ["0000000000000001"]


# ---- the lock -----------------------------------------------------------------------------------


def test_threads_and_processes_build_once(compiler, tmp_path):
    script = "from tvm_ffi import cpp; print(cpp.build_inline('n', cpp_sources='int f();'))"
    processes = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    paths = []
    threads = [
        threading.Thread(target=lambda: paths.append(cpp.build_inline("n", cpp_sources="int f();")))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    paths += [process.communicate()[0].strip() for process in processes]
    assert len(paths) == 9
    assert len(set(paths)) == 1
    assert read_log(compiler) == ["cpp_0.o", "n.so"]


def test_the_directory_is_locked_while_it_is_built(compiler, tmp_path):
    directory = tmp_path / "build"
    directory.mkdir()
    arguments = {"cpp_sources": "", "build_directory": str(directory)}
    with FileLock(str(directory / "lock")):
        thread = threading.Thread(target=cpp.build_inline, args=["n"], kwargs=arguments)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        assert list(directory.iterdir()) == [directory / "lock"]
    thread.join()
    assert (directory / "n.so").exists()


def test_the_lock_is_free_after_an_error(compiler, tmp_path, monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    for _ in range(2):
        with pytest.raises(RuntimeError, match="no-such-compiler"):
            cpp.build_inline("n", cpp_sources="", build_directory=str(tmp_path / "build"))


def test_a_directory_that_cannot_be_used_is_an_error_and_no_hang(compiler, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        cpp.build_inline("n", cpp_sources="", build_directory=str(tmp_path / "file" / "build"))
    (tmp_path / "build" / "lock").mkdir(parents=True)
    with pytest.raises(IsADirectoryError, match="lock"):
        cpp.build_inline("n", cpp_sources="", build_directory=str(tmp_path / "build"))
    monkeypatch.setenv("TVM_FFI_CACHE_DIR", str(tmp_path / "file"))
    with pytest.raises(OSError, match="file"):
        cpp.build_inline("n", cpp_sources="")


# ---- files --------------------------------------------------------------------------------------


def test_c_files_and_objects_and_libraries(tmp_path):
    source = tmp_path / "c_add.c"
    source.write_text(
        """
#include <tvm/ffi/c_api.h>
int __tvm_ffi_c_add(void* self, const TVMFFIAny* args, int32_t num_args, TVMFFIAny* result) {
  result->type_index = kTVMFFIInt;
  result->zero_padding = 0;
  result->v_int64 = args[0].v_int64 + args[1].v_int64;
  return 0;
}
"""
    )
    directory = str(tmp_path / "b")
    path = cpp.build("c_add", sources=source, build_directory=directory, output="c_add.o")
    mod = cpp.load("c_lib", cpp_files=[path], build_directory=directory)
    assert mod.c_add(10, 20) == 30


def test_a_file_with_a_header_and_metadata(tmp_path):
    (tmp_path / "my header.h").write_text("inline int64_t One() { return 1; }\n")
    source = tmp_path / "add one.cc"
    source.write_text(
        """
#define TVM_FFI_DLL_EXPORT_INCLUDE_METADATA 1
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>
#include "my header.h"
void add_one(tvm::ffi::TensorView x, tvm::ffi::TensorView y) {
  for (int64_t i = 0; i < x.size(0); ++i) {
    static_cast<float*>(y.data_ptr())[i] = static_cast<float*>(x.data_ptr())[i] + One();
  }
}
TVM_FFI_DLL_EXPORT_TYPED_FUNC(add_one, add_one);
"""
    )
    mod = cpp.load("add_one", sources=[source], build_directory=tmp_path / "b")
    schema = mod.get_function_metadata("add_one")["type_schema"]
    text = str(tvm_ffi.core.TypeSchema.from_json_str(schema))
    assert text == "Callable[[Tensor, Tensor], None]"
    assert mod.get_function_doc("add_one") is None


def test_a_source_that_does_not_exist(compiler, tmp_path):
    with pytest.raises(RuntimeError, match="missing and no known rule to make it"):
        cpp.build("n", sources=[str(tmp_path / "none.cc")])
    for arguments in ({}, {"sources": []}):
        with pytest.raises(AssertionError, match=r"^sources must be provided\.$"):
            cpp.build("n", **arguments)
