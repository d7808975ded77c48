# SPDX-License-Identifier: Apache-2.0
"""The text of ``build.ninja``."""

from __future__ import annotations

import os
import sys

import pytest
from tvm_ffi import libinfo
from tvm_ffi.cpp import _gpu, extension
from tvm_ffi.cpp._ninja_file import NinjaFile

INCLUDE = f"-I{libinfo.find_include_path()} -I{libinfo.find_dlpack_include_path()}"
LIBDIR = os.path.dirname(libinfo.find_libtvm_ffi())


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for variable in ("CXX", "CC"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("TVM_FFI_CUDA_ARCH_LIST", "9.0")
    monkeypatch.setenv("TVM_FFI_ROCM_ARCH_LIST", "gfx90a gfx942")
    monkeypatch.setattr(_gpu, "_find_cuda_home", lambda: "/cuda home")
    monkeypatch.setattr(_gpu, "_find_rocm_home", lambda: "/rocm")


def text(*sources, **arguments):
    return NinjaFile(name="n", sources=sources or ["/s/b.cpp"], windows=False, **arguments).text()


def lines(start, *sources, **arguments):
    """Return the lines of a file that start with a word, without it."""
    word = f"{start} "
    return [
        line[len(word) :]
        for line in text(*sources, **arguments).splitlines()
        if line.startswith(word)
    ]


def test_a_plain_library():
    assert (
        text()
        == f"""\
ninja_required_version = 1.3
cxx = c++
cxxflags = -std=c++17 -fPIC -O2 {INCLUDE}
ldflags = -shared -L{LIBDIR} -ltvm_ffi

rule compile
  depfile = $out.d
  deps = gcc
  command = $cxx -MMD -MF $out.d $cxxflags -c $in -o $out

rule merge_objects
  command = ld -r -o $out $in

rule copy_object
  command = cp -f $in $out

rule link
  command = $cxx $in $ldflags -o $out

build cpp_0.o: compile /s/b.cpp
build n.so: link cpp_0.o

default n.so
"""
    )


def test_the_helper_has_the_published_parameters():
    arguments = ["n", [" -O3 "], ["-g"], ["-lm"], ["/i"], ["/s/b.cpp"]]
    written = extension._generate_ninja_build(*arguments, output="m.so")
    assert f"cxxflags = -std=c++17 -fPIC -O2 -O3 {INCLUDE} -I/i\n" in written
    assert f"ldflags = -shared -L{LIBDIR} -ltvm_ffi -lm\n" in written
    assert written.endswith("\nbuild m.so: link cpp_0.o\n\ndefault m.so\n")


def test_sources_are_sorted_and_compiled_by_their_suffix():
    files = ["/s/e.o", "/s/d.cc", "/s/c.C", "/s/b.cpp", "/s/a.OBJ"]
    assert lines("build", *files) == [
        "cpp_0.o: compile /s/b.cpp",
        "c_0.o: c_compile /s/c.C",
        "cpp_1.o: compile /s/d.cc",
        "n.so: link /s/a.OBJ cpp_0.o c_0.o cpp_1.o /s/e.o",
    ]


def test_c_sources_have_a_compiler_of_their_own(monkeypatch):
    monkeypatch.setenv("CC", "ccache clang")
    monkeypatch.setenv("CXX", "ccache clang++")
    assert lines("cc", "/s/a.c") == ["= ccache clang"]
    assert lines("cxx", "/s/a.c") == ["= ccache clang++"]
    assert lines("cflags", "/s/a.c", extra_cflags=["-g"]) == [f"= -fPIC -O2 -g {INCLUDE}"]
    assert "  command = $cc -MMD -MF $out.d $cflags -c $in -o $out\n" in text("/s/a.c")


def test_a_compiler_whose_path_has_blanks(monkeypatch, tmp_path):
    compiler = tmp_path / "my compilers" / "c++"
    compiler.parent.mkdir()
    compiler.touch()
    monkeypatch.setenv("CXX", str(compiler))
    assert lines("cxx") == [f"= '{compiler}'"]


def test_paths_are_quoted_and_flags_are_not():
    written = text(
        "/my s/b:$.cpp", extra_include_paths=["/my i", "/a:b"], extra_cflags=["-D X='1'"]
    )
    assert f"-O2 -D X='1' {INCLUDE} '-I/my i' -I/a$:b\n" in written
    assert "build cpp_0.o: compile /my$ s/b$:$$.cpp\n" in written


def test_relative_include_paths_start_at_the_current_directory(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert lines("cxxflags", extra_include_paths=["a/../b"])[0].endswith(f" -I{tmp_path}/b")


@pytest.mark.parametrize("output", ["x.o", "x.OBJ"])
def test_an_object_file_is_copied_or_merged(output):
    assert lines("build", output=output)[-1] == f"{output}: copy_object cpp_0.o"
    merged = lines("build", "/s/a.c", "/s/b.cpp", output=output)[-1]
    assert merged == f"{output}: merge_objects c_0.o cpp_0.o"
    assert "rule link" not in text(output=output)


def test_images_are_embedded_one_after_the_other():
    images = {"b": b"", "a": b""}
    written = text(embed_cubin=images)
    tool = f"{sys.executable} -m tvm_ffi.utils.embed_cubin"
    options = "--output-obj $out --input-obj $in --cubin $cubin --name $name"
    assert f"rule embed_cubin\n  command = {tool} {options}\n" in written
    assert written.endswith("""
build cpp_0.o: compile /s/b.cpp
build unified.o: merge_objects cpp_0.o

build unified_with_a.o: embed_cubin unified.o | a.cubin
  cubin = a.cubin
  name = a

build unified_with_b.o: embed_cubin unified_with_a.o | b.cubin
  cubin = b.cubin
  name = b

build n.so: link unified_with_b.o

default n.so
""")
    assert lines("build", embed_cubin=images, output="x.o")[-1] == "x.o: copy_object cpp_0.o"


def test_cuda():
    arguments = {"backend": "cuda", "extra_cuda_cflags": [" --x"], "extra_ldflags": ["-lm"]}
    arguments["extra_include_paths"] = ["/i"]
    files = ["/s/b.cpp", "/s/a.cu", "/s/c.CU"]
    assert lines("nvcc", *files, **arguments) == ["= '/cuda home/bin/nvcc'"]
    gencode = "-gencode=arch=compute_90,code=sm_90"
    flags = f"= -Xcompiler -fPIC -std=c++17 -O2 {gencode} --x {INCLUDE} -I/i"
    assert lines("cuda_cflags", *files, **arguments) == [flags]
    assert lines("ldflags", *files, **arguments) == [
        f"= -shared -L{LIBDIR} -ltvm_ffi '-L/cuda home/lib64' -lcudart -lm"
    ]
    assert lines("build", *files, **arguments)[0] == "cuda_0.o: compile_cuda /s/a.cu"
    dependencies = "--generate-dependencies-with-compile --dependency-output $out.d"
    command = f"  command = $nvcc  {dependencies} $cuda_cflags -c $in -o $out\n"
    assert command in text(*files, **arguments)


def test_hip():
    arguments = {"backend": "hip", "extra_include_paths": ["/i"]}
    files = ["/s/b.cpp", "/s/a.cu"]
    includes = f"{INCLUDE} -I/rocm/include -I/i"
    assert lines("nvcc", *files, **arguments) == ["= /rocm/bin/hipcc"]
    assert lines("cxxflags", *files, **arguments) == [f"= -std=c++17 -fPIC -O2 {includes}"]
    own = "-std=c++17 -O2 -fPIC -D__HIP_PLATFORM_AMD__=1 -fno-gpu-rdc"
    targets = "--offload-arch=gfx90a --offload-arch=gfx942"
    assert lines("cuda_cflags", *files, **arguments) == [f"= {own} {targets} {includes}"]
    assert lines("ldflags", *files, **arguments)[0].endswith(" -L/rocm/lib -lamdhip64")
    assert "  command = $nvcc $cuda_cflags -c $in -o $out\n" in text(*files, **arguments)


# ---- Windows ------------------------------------------------------------------------------------


def windows_file(*sources, **arguments):
    return NinjaFile(name="n", sources=sources or ["C:/s/b.cpp"], windows=True, **arguments)


def test_windows_compiles_with_cl():
    written = windows_file("C:/my s/b.cpp", "C:/s/c.c", extra_include_paths=["/my i"]).text()
    warnings = "/wd4819 /wd4251 /wd4244 /wd4267 /wd4275 /wd4018 /wd4190 /wd4624 /wd4067 /wd4068"
    assert "\ncxx = cl\n" in written
    assert f"\ncxxflags = /std$:c++17 /O2 /MD /EHsc {warnings} -I".replace("$:", ":") in written
    assert ' "-I/my i"\n' in written
    assert f"\ncflags = /O2 /MD {warnings} -I" in written
    assert "  deps = msvc\n  command = $cxx /showIncludes $cxxflags -c $in /Fo$out\n" in written
    assert "  command = $cxx $in /link $ldflags /out:$out\n" in written
    assert "\nldflags = /DLL /LIBPATH$:" in written
    assert "build cpp_0.o: compile C$:/my$ s/b.cpp\n" in written
    assert written.endswith("build n.dll: link cpp_0.o c_0.o\n\ndefault n.dll\n")


def test_windows_links_the_cuda_runtime():
    written = windows_file("C:/s/a.cu", backend="cuda").text()
    assert '\nnvcc = "/cuda home\\bin\\nvcc"\n' in written
    assert "\ncuda_cflags = -Xcompiler /MD -std=c++17 -O2 -gencode" in written
    assert ' tvm_ffi.lib "/LIBPATH$:/cuda home\\lib\\x64" cudart.lib\n' in written


def test_windows_makes_one_object_and_embeds_nothing():
    build = windows_file("C:/s/b.cpp", "C:/s/a.c", output="x.obj")
    assert build.product() == "c_0.o"
    assert build.text().endswith("\ndefault c_0.o\n")
    with pytest.raises(
        NotImplementedError, match="CUBIN embedding is not yet supported on Windows"
    ):
        windows_file(embed_cubin={"a": b""})
