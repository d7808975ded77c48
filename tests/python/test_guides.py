# SPDX-License-Identifier: Apache-2.0
"""The code blocks of the guides run as they stand.

Python blocks of a page run one after the other in one process, in a directory with the files that
they name; C++ blocks are compiled, loaded and used. Rust blocks are doctests of the crate.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
import tvm_ffi
from tvm_ffi import libinfo

GUIDES = Path(__file__).resolve().parents[2] / "docs" / "guides"
BLOCK = re.compile(
    r"(?:<!-- needs: (?P<needs>\w+) -->\n)?```(?P<language>\w+)\n(?P<code>.*?)```", re.DOTALL
)

KERNELS = """
#include <stdint.h>
typedef struct { int32_t type_index; uint32_t padding; int64_t v_int64; } Any;
int __tvm_ffi_answer(void* self, const Any* args, int32_t num_args, Any* result) {
  result->type_index = 1;
  result->padding = 0;
  result->v_int64 = 42;
  return 0;
}
"""


def blocks(page: str, language: str) -> list[str]:
    """Return the blocks of a page that need nothing beyond this package."""
    found = BLOCK.finditer((GUIDES / page).read_text(encoding="utf-8"))
    return [m["code"] for m in found if m["language"] == language and m["needs"] is None]


@pytest.fixture
def kernels(tmp_path: Path) -> Path:
    """Make a directory with kernels.c, kernels.o and kernels.so."""
    (tmp_path / "kernels.c").write_text(KERNELS)
    for options, name in ((["-c"], "kernels.o"), (["-shared"], "kernels.so")):
        command = ["cc", "-fPIC", *options, "kernels.c", "-o", name]
        subprocess.run(command, cwd=tmp_path, check=True)
    return tmp_path


def run_python(code: str, directory: Path) -> str:
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_python_of_loading_modules_from_memory(kernels: Path) -> None:
    (kernels / "kernels.so.z").write_bytes(zlib.compress((kernels / "kernels.so").read_bytes()))
    code = "\n".join(blocks("loading_modules_from_memory.md", "python"))
    code += """
print(mod.answer())
compressed = open("kernels.so.z", "rb").read()
print(tvm_ffi.load_module_from_bytes("so.z", compressed).answer())
"""
    assert run_python(code, kernels).split() == ["42", "42"]


def test_cpp_of_loading_modules_from_memory(tmp_path: Path) -> None:
    (code,) = blocks("loading_modules_from_memory.md", "cpp")
    (tmp_path / "loader.cc").write_text(code)
    libraries = Path(libinfo.find_libtvm_ffi()).parent
    subprocess.run(
        ["c++", "-std=c++17", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "loader.cc"]
        + ["-o", "loader.so", f"-I{libinfo.find_include_path()}", f"-L{libraries}", "-ltvm_ffi"],
        cwd=tmp_path,
        check=True,
    )
    tvm_ffi.load_module(tmp_path / "loader.so")
    assert tvm_ffi.load_module_from_bytes("text", b"twelve bytes").size() == 12


@pytest.mark.skipif(
    importlib.util.find_spec("tvm_ffi_orcjit") is None,
    reason="pip install --no-deps apache-tvm-ffi-orcjit",
)
def test_object_files_through_the_published_jit_addon(kernels: Path) -> None:
    text = (GUIDES / "loading_modules_from_memory.md").read_text(encoding="utf-8")
    (code,) = [m["code"] for m in BLOCK.finditer(text) if m["needs"] == "orcjit"]
    assert run_python(code + "\nprint(mod.kind, mod.answer())", kernels) == "orcjit 42\n"
