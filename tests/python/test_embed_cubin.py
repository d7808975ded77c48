# SPDX-License-Identifier: Apache-2.0
"""``tvm_ffi.utils.embed_cubin`` and the CMake function ``tvm_ffi_embed_bin_into``."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest
from tvm_ffi import libinfo
from tvm_ffi.utils.embed_cubin import embed_cubin

IMAGE = bytes(range(256)) * 5 + b"end"

# What TVM_FFI_EMBED_CUBIN declares, without the CUDA headers.
SOURCE = """
extern "C" const char __tvm_ffi__cubin_{name}[];
extern "C" const char __tvm_ffi__cubin_{name}_end[];
extern "C" __attribute__((visibility("default"))) const char* {name}_data() {{
  return __tvm_ffi__cubin_{name};
}}
extern "C" __attribute__((visibility("default"))) long {name}_size() {{
  return __tvm_ffi__cubin_{name}_end - __tvm_ffi__cubin_{name};
}}
"""


def compile_user(directory: Path, name: str) -> Path:
    """Compile an object file that uses the image ``name``."""
    source, target = directory / f"use_{name}.cc", directory / f"use_{name}.o"
    source.write_text(SOURCE.format(name=name))
    subprocess.run(["c++", "-fPIC", "-c", source, "-o", target], check=True)
    return target


def link(directory: Path, *objects: Path) -> ctypes.CDLL:
    """Link objects to a library and load it."""
    target = directory / f"lib{objects[0].stem}.so"
    subprocess.run(["c++", "-shared", *objects, "-o", target], check=True)
    return ctypes.CDLL(str(target))


def embedded(library: ctypes.CDLL, name: str) -> bytes:
    """Return the image that the library sees, after checking its alignment."""
    data = getattr(library, f"{name}_data")
    data.restype = ctypes.c_void_p
    assert data() % 16 == 0
    return ctypes.string_at(data(), getattr(library, f"{name}_size")())


def run_tool(*args: object) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "tvm_ffi.utils.embed_cubin", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("image", [IMAGE, b"", b"x"], ids=["bytes", "empty", "odd size"])
def test_image_is_embedded_byte_for_byte(tmp_path: Path, image: bytes):
    (tmp_path / "image").write_bytes(image)
    embed_cubin(tmp_path / "image", compile_user(tmp_path, "env"), tmp_path / "out.o", "env")
    assert embedded(link(tmp_path, tmp_path / "out.o"), "env") == image


def test_output_may_be_the_input(tmp_path: Path):
    (tmp_path / "image").write_bytes(IMAGE)
    target = compile_user(tmp_path, "env")
    embed_cubin(tmp_path / "image", target, target, "env")
    assert embedded(link(tmp_path, target), "env") == IMAGE


def test_several_images_in_one_object(tmp_path: Path):
    merged = tmp_path / "both.o"
    users = [compile_user(tmp_path, name) for name in ("first", "second")]
    subprocess.run(["ld", "-r", *users, "-o", merged], check=True)
    for name in ("first", "second"):
        (tmp_path / name).write_bytes(IMAGE + name.encode())
        embed_cubin(tmp_path / name, merged, merged, name)
    library = link(tmp_path, merged)
    assert embedded(library, "first") == IMAGE + b"first"
    assert embedded(library, "second") == IMAGE + b"second"


def test_two_objects_of_a_link_may_use_one_name(tmp_path: Path):
    objects = []
    for i in range(2):
        (tmp_path / "image").write_bytes(b"x" * (i + 1))
        directory = tmp_path / str(i)
        directory.mkdir()
        target = compile_user(directory, "env")
        embed_cubin(tmp_path / "image", target, target, "env")
        names = [f"env_{part}=env_{part}{i}" for part in ("data", "size")]
        renames = [flag for name in names for flag in ("--redefine-sym", name)]
        subprocess.run(["objcopy", *renames, target], check=True)
        objects.append(target)
    library = link(tmp_path, *objects)
    assert [library.env_size0(), library.env_size1()] == [1, 2]


def test_missing_inputs_are_named(tmp_path: Path):
    target = compile_user(tmp_path, "env")
    with pytest.raises(FileNotFoundError, match="CUBIN file not found: .*nothing"):
        embed_cubin(tmp_path / "nothing", target, tmp_path / "out.o", "env")
    with pytest.raises(FileNotFoundError, match="Input object file not found: .*nothing.o"):
        embed_cubin(target, tmp_path / "nothing.o", tmp_path / "out.o", "env")
    assert not (tmp_path / "out.o").exists()


@pytest.mark.parametrize("name", ["", "a-b", "1x", "ü", "a b"])
def test_name_must_be_an_identifier(tmp_path: Path, name: str):
    target = compile_user(tmp_path, "env")
    with pytest.raises(ValueError, match="must be a C identifier"):
        embed_cubin(target, target, tmp_path / "out.o", name)


def test_failing_tool_is_reported_with_its_output(tmp_path: Path):
    (tmp_path / "broken.o").write_text("no object")
    with pytest.raises(RuntimeError) as caught:
        embed_cubin(tmp_path / "broken.o", tmp_path / "broken.o", tmp_path / "out.o", "env")
    lines = str(caught.value).splitlines()
    assert lines[0] == "ld (merge) failed with status 1"
    assert lines[1].startswith("Command: ld -r -o ")
    assert lines[2].startswith("stdout: ")
    assert lines[3].startswith("stderr: ld:")
    assert not (tmp_path / "out.o").exists()


def test_command_line(tmp_path: Path):
    (tmp_path / "image").write_bytes(IMAGE)
    target, out = compile_user(tmp_path, "env"), tmp_path / "new" / "out.o"
    args = ["--output-obj", out, "--input-obj", target, "--cubin", tmp_path / "image"]
    result = run_tool(*args, "--name", "env")
    assert (result.returncode, result.stdout) == (0, f"✓ Created {out.resolve()}\n")
    assert embedded(link(tmp_path, out), "env") == IMAGE
    verbose = run_tool(*args, "--name", "env", "-v")
    assert verbose.returncode == 0
    assert "ld (merge): ld -r -o " in verbose.stdout
    missing = run_tool(*args[:-1], tmp_path / "nothing", "--name", "env")
    assert missing.returncode == 1
    assert missing.stderr.startswith("Error: CUBIN file not found: ")
    assert run_tool(*args, "--name", "a-b").returncode == 2
    assert run_tool(*args).returncode == 2
    directory = run_tool(*args[:-1], tmp_path, "--name", "env")
    assert directory.returncode == 3
    assert directory.stderr.startswith("Unexpected error: ")


# ---- CMake --------------------------------------------------------------------------------------

PROJECT = """
cmake_minimum_required(VERSION 3.20)
project(embeds LANGUAGES CXX)
find_package(tvm_ffi CONFIG REQUIRED)
add_library(embeds SHARED use_env.cc other.cc)
tvm_ffi_embed_bin_into(embeds {arguments})
"""


def configure(directory: Path, arguments: str) -> subprocess.CompletedProcess:
    (directory / "CMakeLists.txt").write_text(PROJECT.format(arguments=arguments))
    (directory / "use_env.cc").write_text(SOURCE.format(name="env"))
    (directory / "other.cc").write_text("int other;\n")
    command = ["cmake", "-S", directory, "-B", directory / "build", "-G", "Ninja"]
    command.append(f"-Dtvm_ffi_ROOT={libinfo.find_cmake_path()}")
    return subprocess.run(command, capture_output=True, text=True, check=False)


def build(directory: Path) -> ctypes.CDLL:
    subprocess.run(["cmake", "--build", directory / "build"], check=True, capture_output=True)
    # Under a new name, since dlopen knows libraries by their path.
    copy = directory / f"{len(list(directory.iterdir()))}.so"
    copy.write_bytes((directory / "build" / "libembeds.so").read_bytes())
    return ctypes.CDLL(str(copy))


def test_cmake_embeds_and_follows_a_changed_image(tmp_path: Path):
    image = tmp_path / "image.cubin"
    image.write_bytes(IMAGE)
    result = configure(tmp_path, f"SYMBOL env BIN {image}")
    assert result.returncode == 0, result.stderr
    assert "Setting CMAKE_CUDA_RUNTIME_LIBRARY to Shared" in result.stdout
    assert embedded(build(tmp_path), "env") == IMAGE
    image.write_bytes(b"another image")
    assert embedded(build(tmp_path), "env") == b"another image"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("SYMBOL env", "tvm_ffi_embed_bin_into: BIN is required"),
        ("BIN image.cubin", "tvm_ffi_embed_bin_into: SYMBOL is required"),
        ("SYMBOL a-b BIN image.cubin", "SYMBOL must be a C identifier: a-b"),
    ],
)
def test_cmake_refuses_bad_arguments(tmp_path: Path, arguments: str, message: str):
    result = configure(tmp_path, arguments)
    assert result.returncode != 0
    assert message in " ".join(result.stderr.split())


def test_cmake_image_targets_need_a_source(tmp_path: Path):
    project = PROJECT.replace("tvm_ffi_embed_bin_into(embeds {arguments})", "{arguments}")
    for function in ("add_tvm_ffi_cubin", "add_tvm_ffi_fatbin"):
        (tmp_path / "CMakeLists.txt").write_text(project.format(arguments=f"{function}(kernels)"))
        for name in ("use_env.cc", "other.cc"):
            (tmp_path / name).write_text("")
        command = ["cmake", "-S", tmp_path, "-B", tmp_path / function, "-G", "Ninja"]
        command.append(f"-Dtvm_ffi_ROOT={libinfo.find_cmake_path()}")
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode != 0
        assert f"{function}: CUDA source is required" in result.stderr
