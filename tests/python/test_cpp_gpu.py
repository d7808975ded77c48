# SPDX-License-Identifier: Apache-2.0
"""How ``tvm_ffi.cpp`` finds the GPU toolkit, and builds with stand-ins for its compilers."""

from __future__ import annotations

import os
import sys
import types

import pytest
from cpp_support import Toolkit, write_program
from tvm_ffi import cpp
from tvm_ffi.cpp import extension

REAL_PATH = os.environ["PATH"]
VARIABLES = """
CUDA_HOME CUDA_PATH ROCM_HOME ROCM_PATH TVM_FFI_GPU_BACKEND TVM_FFI_CUDA_ARCH_LIST
TVM_FFI_ROCM_ARCH_LIST
"""
CACHED = ("_detect_gpu_backend", "_find_cuda_home", "_find_rocm_home")


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    """Make a machine without torch and GPU tools; its programs are the files in ``bin``."""
    for variable in VARIABLES.split():
        monkeypatch.delenv(variable, raising=False)
    for name in ("torch", "torch.version"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("TVM_FFI_CACHE_DIR", str(tmp_path / "cache"))
    for name in CACHED:
        getattr(extension, name).cache_clear()
    yield tmp_path / "bin"
    for name in CACHED:
        getattr(extension, name).cache_clear()


def program(path, *lines):
    """Write a shell script; the file ``sh`` is found by its full path."""
    return write_program(path, "\n".join(["#!/bin/sh", *lines, ""]))


# ---- the backend --------------------------------------------------------------------------------


def fake_torch(monkeypatch, **version):
    module, versions = types.ModuleType("torch"), types.ModuleType("torch.version")
    vars(versions).update(version)
    module.version = versions
    monkeypatch.setitem(sys.modules, "torch", module)
    monkeypatch.setitem(sys.modules, "torch.version", versions)


def test_the_backend_is_cuda_when_nothing_says_otherwise():
    assert extension._detect_gpu_backend() == "cuda"


@pytest.mark.parametrize(
    ("value", "backend"), [("hip", "hip"), ("HIP", "hip"), ("Cuda", "cuda"), ("rocm", "cuda")]
)
def test_the_environment_names_the_backend(monkeypatch, value, backend):
    monkeypatch.setenv("TVM_FFI_GPU_BACKEND", value)
    assert extension._detect_gpu_backend() == backend


@pytest.mark.parametrize(
    ("version", "backend"),
    [
        ({"hip": "6.2", "cuda": None}, "hip"),
        ({"hip": None, "cuda": "12.4"}, "cuda"),
        ({"hip": None, "cuda": None}, "hip"),
        ({}, "hip"),
    ],
)
def test_torch_knows_the_backend_it_was_built_for(monkeypatch, machine, version, backend):
    program(machine / "hipcc")  # what is found when torch has no answer
    fake_torch(monkeypatch, **version)
    assert extension._detect_gpu_backend() == backend


def test_a_torch_that_fails_is_ignored(monkeypatch):
    class Broken(types.ModuleType):
        def __getattr__(self, name):
            raise OSError("libtorch.so is missing")

    monkeypatch.setitem(sys.modules, "torch", Broken("torch"))
    monkeypatch.setitem(sys.modules, "torch.version", Broken("torch.version"))
    assert extension._detect_gpu_backend() == "cuda"


def test_hipcc_without_nvcc_means_hip(monkeypatch, machine, tmp_path):
    program(tmp_path / "rocm" / "bin" / "hipcc")
    monkeypatch.setenv("ROCM_PATH", str(tmp_path / "rocm"))
    assert extension._detect_gpu_backend() == "hip"
    extension._detect_gpu_backend.cache_clear()
    program(tmp_path / "cuda" / "bin" / "nvcc")
    monkeypatch.setenv("CUDA_PATH", str(tmp_path / "cuda"))
    assert extension._detect_gpu_backend() == "cuda"


def test_the_answer_is_kept_for_the_process(monkeypatch):
    assert extension._detect_gpu_backend() == "cuda"
    monkeypatch.setenv("TVM_FFI_GPU_BACKEND", "hip")
    assert extension._detect_gpu_backend() == "cuda"


def test_only_two_backends_can_be_asked_for():
    assert extension._resolve_gpu_backend("hip") == "hip"
    assert extension._resolve_gpu_backend("cuda") == "cuda"
    message = "Invalid backend: metal. Supported backends are 'cuda' and 'hip'."
    with pytest.raises(ValueError, match=message):
        extension._resolve_gpu_backend("metal")


# ---- CUDA ---------------------------------------------------------------------------------------


def test_where_cuda_is(monkeypatch, machine, tmp_path):
    program(tmp_path / "toolkit" / "bin" / "nvcc")
    machine.mkdir()
    (machine / "nvcc").symlink_to(tmp_path / "toolkit" / "bin" / "nvcc")
    assert extension._find_cuda_home() == str(tmp_path)  # links are not followed
    for variable in ("CUDA_PATH", "CUDA_HOME"):
        extension._find_cuda_home.cache_clear()
        monkeypatch.setenv(variable, f"/of {variable}")
        assert extension._find_cuda_home() == f"/of {variable}"


@pytest.mark.parametrize(
    ("find", "toolkit", "variable"),
    [("_find_cuda_home", "CUDA", "CUDA_HOME"), ("_find_rocm_home", "ROCm", "ROCM_HOME")],
)
def test_no_toolkit_is_an_error_that_says_what_to_set(monkeypatch, find, toolkit, variable):
    monkeypatch.setattr(os.path, "exists", lambda path: False)
    with pytest.raises(RuntimeError) as info:
        getattr(extension, find)()
    assert str(info.value) == (
        f"Could not find {toolkit} installation. Please set {variable} environment variable."
    )


def test_cuda_architectures_from_the_environment(monkeypatch):
    monkeypatch.setenv("TVM_FFI_CUDA_ARCH_LIST", "8.9 9.0a")
    assert extension._get_cuda_target() == (
        "-gencode=arch=compute_89,code=sm_89 -gencode=arch=compute_90a,code=sm_90a"
    )
    monkeypatch.setenv("TVM_FFI_CUDA_ARCH_LIST", "")  # nvcc is left to its default
    assert extension._get_cuda_target() == ""
    for word in ("89", "8.9.1"):
        monkeypatch.setenv("TVM_FFI_CUDA_ARCH_LIST", f"8.9 {word}")
        with pytest.raises(ValueError, match=f"Invalid CUDA architecture: {word}$"):
            extension._get_cuda_target()


@pytest.mark.parametrize(
    ("capability", "name", "number"),
    [
        ("echo 9.0; echo 8.0", "exit 1", "90"),
        ("exit 1", "echo NVIDIA A100-SXM4-80GB", "80"),
        ("exit 1", "echo NVIDIA A10", "86"),
    ],
)
def test_cuda_architecture_of_the_gpu(machine, capability, name, number):
    program(
        machine / "nvidia-smi",
        'case "$*" in',
        f'"--query-gpu=compute_cap --format=csv,noheader") {capability};;',
        f'"--query-gpu=name --format=csv,noheader") {name};;',
        "*) exit 2;;",
        "esac",
    )
    assert extension._get_cuda_target() == f"-gencode=arch=compute_{number},code=sm_{number}"


@pytest.mark.parametrize("lines", [None, ["exit 1"], ["echo an unknown GPU"], ["echo 9"], [""]])
def test_no_gpu_is_an_error_that_says_what_to_set(machine, lines):
    if lines:
        program(machine / "nvidia-smi", *lines)
    with pytest.raises(RuntimeError) as info:
        extension._get_cuda_target()
    assert str(info.value) == (
        "Could not detect CUDA compute_cap automatically. "
        "Please set TVM_FFI_CUDA_ARCH_LIST environment variable."
    )


# ---- ROCm ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["rocm/bin/hipcc", "rocm/hip/bin/hipcc"])
def test_where_rocm_is(monkeypatch, machine, tmp_path, path):
    program(tmp_path / path)
    machine.mkdir()
    (machine / "hipcc").symlink_to(tmp_path / path)
    assert extension._find_rocm_home() == str(tmp_path / "rocm")
    for variable in ("ROCM_PATH", "ROCM_HOME"):
        extension._find_rocm_home.cache_clear()
        monkeypatch.setenv(variable, f"/of {variable}")
        assert extension._find_rocm_home() == f"/of {variable}"


def test_rocm_architectures(monkeypatch, machine, tmp_path):
    monkeypatch.setenv("ROCM_HOME", str(tmp_path / "rocm"))
    with pytest.raises(RuntimeError) as info:
        extension._get_rocm_target()
    assert str(info.value) == (
        "Could not detect ROCm GPU architecture automatically. Please set "
        "TVM_FFI_ROCM_ARCH_LIST environment variable (e.g. 'gfx90a gfx942')."
    )
    names = ("echo 'Name: AMD CPU'", "echo '  Name:    gfx1100'", "echo 'Other: gfx900'")
    program(machine / "rocminfo", *names, *names)
    assert extension._get_rocm_target() == ["--offload-arch=gfx1100"]
    program(machine / "rocm_agent_enumerator", "echo gfx000", "echo gfx90a")
    assert extension._get_rocm_target() == ["--offload-arch=gfx90a"]
    agents = ("echo gfx000", "echo gfx942", "echo gfx942", "echo gfx90a")
    program(tmp_path / "rocm" / "bin" / "rocm_agent_enumerator", *agents)
    assert extension._get_rocm_target() == ["--offload-arch=gfx942", "--offload-arch=gfx90a"]
    monkeypatch.setenv("TVM_FFI_ROCM_ARCH_LIST", "gfx1  gfx2")
    assert extension._get_rocm_target() == ["--offload-arch=gfx1", "--offload-arch=gfx2"]
    monkeypatch.setenv("TVM_FFI_ROCM_ARCH_LIST", "")
    assert extension._get_rocm_target() == []


# ---- builds -------------------------------------------------------------------------------------

KERNEL = "int64_t twice(int64_t x) { return 2 * x; }"
CALLER = """
int64_t twice(int64_t x);
int64_t four(int64_t x) { return twice(twice(x)); }
"""


@pytest.fixture
def real_path(monkeypatch):
    """Put the programs of this machine back."""
    monkeypatch.setenv("PATH", REAL_PATH)


def test_cuda_and_cpp_sources_make_one_module(monkeypatch, tmp_path, real_path):
    toolkit = Toolkit(tmp_path / "cuda home", "nvcc", "lib64/libcudart.so")
    monkeypatch.setenv("CUDA_HOME", str(toolkit.home))
    monkeypatch.setenv("TVM_FFI_CUDA_ARCH_LIST", "9.0a")
    mod = cpp.load_inline(
        "gpu",
        cpp_sources=CALLER,
        cuda_sources=KERNEL,
        functions=["twice", "four"],
        extra_cflags=["-O0"],
        extra_cuda_cflags=["-DNDEBUG"],
        build_directory=str(tmp_path / "build"),
    )
    assert (mod.twice(1), mod.four(1)) == (2, 4)
    (call,) = toolkit.calls()
    gencode = "-gencode=arch=compute_90a,code=sm_90a"
    flags = ["-Xcompiler", "-fPIC", "-std=c++17", "-O2", gencode, "-DNDEBUG"]
    assert call[:3] == ["--generate-dependencies-with-compile", "--dependency-output", "cuda_0.o.d"]
    assert call[3:9] == flags
    assert "TVM_FFI_DLL_EXPORT" not in (tmp_path / "build" / "cuda.cu").read_text()


def test_hip_source_alone_exports_its_functions(monkeypatch, tmp_path, real_path):
    toolkit = Toolkit(tmp_path / "rocm", "hipcc", "lib/libamdhip64.so")
    monkeypatch.setenv("ROCM_HOME", str(toolkit.home))
    monkeypatch.setenv("TVM_FFI_ROCM_ARCH_LIST", "gfx90a")
    directory = tmp_path / "build"
    mod = cpp.load_inline(
        "gpu",
        cuda_sources=KERNEL,
        functions={"twice": "doubles"},
        backend="hip",
        build_directory=str(directory),
    )
    assert mod.twice(4) == 8
    (call,) = toolkit.calls()
    assert call[:6] == [
        *("-std=c++17", "-O2", "-fPIC", "-D__HIP_PLATFORM_AMD__=1", "-fno-gpu-rdc"),
        "--offload-arch=gfx90a",
    ]
    assert f"-I{toolkit.home}/include" in call
    assert (directory / "main.cpp").read_text().count("TVM_FFI_DLL_EXPORT") == 0
    assert (
        (directory / "cuda.cu")
        .read_text()
        .endswith(
            f"\n\n{KERNEL}\nTVM_FFI_DLL_EXPORT_TYPED_FUNC(twice, twice);\n"
            'TVM_FFI_DLL_EXPORT_TYPED_FUNC_DOC(twice, "doubles");\n'
        )
    )


def test_the_backend_is_looked_at_for_gpu_sources_only(tmp_path, real_path):
    cpp.build_inline(
        "n",
        cpp_sources="",
        extra_cflags=["-O0"],
        backend="nonsense",
        build_directory=str(tmp_path / "a"),
    )
    with pytest.raises(ValueError, match="Invalid backend: nonsense"):
        cpp.build_inline(
            "n", cuda_sources="", backend="nonsense", build_directory=str(tmp_path / "b")
        )
