# SPDX-License-Identifier: Apache-2.0
"""Stubs of a library that somebody else wrote: exact text, use, types, and the published tool's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from stubgen_support import empty_block, marker, run_tool, write

EXPECTED = Path(__file__).resolve().parent / "stubgen_expected"
INIT = ("--init-pypkg", "demo-ext", "--init-lib", "demo", "--init-prefix")


def tree(root: Path) -> dict[str, bytes]:
    """Return the contents of all files below a directory."""
    files = (path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


# ---- the package of a library -------------------------------------------------------------------


def test_init_mode_writes_the_package_of_a_library(stubgen_extension, tmp_path):
    arguments = ("--dlls", stubgen_extension, *INIT, "demo", tmp_path)
    assert run_tool(*arguments) == (0, "", "")
    assert tree(tmp_path) == tree(EXPECTED)
    assert run_tool(*arguments) == (0, "", "")
    assert run_tool("--dlls", stubgen_extension, "--check", tmp_path) == (0, "", "")
    assert tree(tmp_path) == tree(EXPECTED)


def test_stubs_follow_the_library(stubgen_extension, tmp_path):
    current = (EXPECTED / "demo" / "_ffi_api.py").read_text()
    stale = current.replace("    id: int\n", "    id: str\n").replace('    "Circle",\n', "")
    api = write(tmp_path / "demo" / "_ffi_api.py", *stale.splitlines())
    status, out, _ = run_tool("--dlls", stubgen_extension, "--check", tmp_path)
    assert (status, out) == (1, f"[Stale] {api}\n")
    assert run_tool("--dlls", stubgen_extension, tmp_path) == (0, "", "")
    assert api.read_text() == current


@pytest.fixture
def package(stubgen_extension, tmp_path) -> Path:
    """Return a directory with the generated packages, installed beside the library they load."""
    status, out, err = run_tool("--dlls", stubgen_extension, *INIT, "demo", tmp_path)
    assert (status, out, err) == (0, "", "")
    status, *_ = run_tool("--dlls", stubgen_extension, *INIT, "extra", tmp_path)
    assert status == 0
    (tmp_path / "demo" / "libdemo.so").symlink_to(stubgen_extension)
    info = tmp_path / "demo_ext-1.0.dist-info"
    write(info / "METADATA", "Metadata-Version: 2.1", "Name: demo-ext", "Version: 1.0")
    write(info / "RECORD", "demo/libdemo.so,,", "demo/__init__.py,,")
    return tmp_path


USE = """\
from typing_extensions import assert_type

import demo
import extra
from extra.nested import Leaf

circle = demo.Circle("round", 2.0, [1, 2], flag=True)
assert_type(circle.radius, float)
assert_type(circle.area(3.0), float)
circle.tags.append(demo.add(circle.id, 7))
print(circle.name, circle.id, list(circle.tags), circle.flag, circle.area(3.0))
print(demo.Circle.make(1.5).radius, isinstance(circle, demo.Shape))
print(sorted(set(extra.__all__) - {"LIB"}), demo.LIB.kind)
print(Leaf.__mro__[1] is extra.Loop, extra.VERSION())


def only_for_checkers(loop: extra.Loop) -> None:
    assert_type(extra.turn(2.5), extra.Angle)
    assert_type(loop.at(1), int)
    assert_type(extra.Loop.of("name"), extra.Loop)
"""


def test_the_generated_package_works(package):
    write(package / "use.py", *USE.splitlines())
    command = [sys.executable, "use.py"]
    result = subprocess.run(command, cwd=package, capture_output=True, text=True, check=False)
    assert result.stderr == ""
    assert result.stdout.splitlines() == [
        "round 0 [1, 2, 7] True 12.0",
        "1.5 True",
        "['Alpha', 'Angle', 'Loop', 'Shape_of', 'Tensor', 'VERSION', 'packed', 'turn'] library",
        "True 1",
    ]


MISUSE = """\
import demo

demo.add("1", 2)
demo.Circle("round", 2.0, [1], True)
demo.Circle.make(1.0).area()
demo.Shape("x").radius
"""


# A child's constructor differs from its parent's, and overloads have no Python implementation.
MYPY_INI = """\
[mypy]
strict = true

[mypy-demo._ffi_api,extra._ffi_api]
disable_error_code = override, no-overload-impl
"""


def test_mypy_accepts_generated_stubs_and_sees_misuse(package):
    for name, text in (("use.py", USE), ("misuse.py", MISUSE), ("mypy.ini", MYPY_INI)):
        write(package / name, *text.splitlines())
    command = [sys.executable, "-m", "mypy", "--no-error-summary", "use.py", "misuse.py"]
    result = subprocess.run(command, cwd=package, capture_output=True, text=True, check=False)
    found = [line.split(": error: ") for line in result.stdout.splitlines() if ": error: " in line]
    assert [(place, text.rpartition("  ")[2]) for place, text in found] == [
        ("misuse.py:3", "[arg-type]"),
        ("misuse.py:4", "[call-arg]"),
        ("misuse.py:5", "[call-arg]"),
        ("misuse.py:6", "[attr-defined]"),
    ], result.stdout


# ---- the published tool -------------------------------------------------------------------------

# Name of a file -> its lines.
INPUTS = {
    "sections.py": [
        "x",
        *empty_block("import-section"),
        *empty_block("global/testing@.reg ", "  "),
        *empty_block("__all__", "   "),
        *empty_block("export/a"),
        *empty_block("export/b"),
        marker("import-object", "zz.tt;true;ff"),
        *empty_block("object/testing.TestObjectBase", "    "),
        *empty_block("object/testing.SchemaAllTypes"),
    ],
    "maps.py": [
        marker("ty-map", "demo.Shape -> my.shapes.Base"),
        marker("ty-map", "List -> list"),
        marker("ty-map", "Device -> numpy.Device"),
        *empty_block("import-section"),
        *empty_block("object/demo.Shape"),
        *empty_block("global/extra.only_functions"),
        *empty_block("global/extrafoo"),
        *empty_block("__all__"),
    ],
    "pre.pyi": ["a", marker("prefix", "extra"), "b", marker("skip", "extra.Alpha")],
    "deep/prefixes.py": [*empty_block("__all__"), marker("prefix", "testing.")],
    "nothing.py": ["x = 1"],
    "skipped.py": [marker("skip-file"), *empty_block("global/extra")],
    "other.txt": empty_block("global/extra"),
}


@pytest.mark.parametrize(
    "options",
    [
        pytest.param([], id="fill"),
        pytest.param(["--indent", "2"], id="indent"),
        pytest.param(["--check", "--verbose"], id="check"),
        pytest.param([*INIT, "extra"], id="init"),
    ],
)
def test_files_come_out_as_from_the_published_tool(
    stubgen_extension, pythons, tmp_path, monkeypatch, options
):
    results = {}
    for name, python in pythons.items():
        root = tmp_path / name / "same"
        for file, lines in INPUTS.items():
            write(root / file, *lines)
        monkeypatch.chdir(root.parent)
        status, out, err = run_tool("--dlls", stubgen_extension, *options, "same", python=python)
        results[name] = (status, out.replace(str(root), "same"), err, tree(root))
    assert results["ours"] == results["published"]
    changed = results["ours"][3] != {f: "\n".join([*ls, ""]).encode() for f, ls in INPUTS.items()}
    assert changed == ("--check" not in options)
