# SPDX-License-Identifier: Apache-2.0
"""The example of a package with a library: its files, its build, and what it prints.

``docs/packaging/python_packaging.md`` goes the same way in clean environments; see ``tests/docs``.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from install_support import ROOT, Environment, check, clean_environment, make_environment
from package_wheel import build_wheel
from wheel_files import wheel_files

EXAMPLE = ROOT / "examples" / "python_packaging"
PAGE = ROOT / "docs" / "packaging" / "python_packaging.md"
SHOWN = re.findall(
    r"^<!-- file: my_ffi_extension/(\S+) -->\n```\w+\n(.*?)^```$",
    PAGE.read_text(),
    flags=re.DOTALL | re.MULTILINE,
)
OUTPUT = """\
=== A symbol of the library ===
3
=== A global function ===
4
=== An error ===
=== A class ===
a=1
b=2
sum=3
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the project, as its build writes into it."""
    copy = tmp_path_factory.mktemp("example") / "python_packaging"
    shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns("build", "dist", "__pycache__"))
    return copy


@pytest.fixture(scope="module")
def example_wheel(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(project, tmp_path_factory.mktemp("example_wheel"))


@pytest.fixture(scope="module")
def with_example(
    example_wheel: Path, wheelhouse: Path, tmp_path_factory: pytest.TempPathFactory
) -> Environment:
    environment = make_environment(tmp_path_factory.mktemp("with_example") / "venv")
    environment.pip(
        *("install", "--quiet", "--no-index", "--find-links", wheelhouse, example_wheel)
    )
    return environment


@pytest.mark.parametrize(("name", "text"), SHOWN)
def test_the_page_shows_the_files_of_the_example(name: str, text: str) -> None:
    assert (EXAMPLE / name).read_text() == text


def test_the_page_shows_the_whole_build() -> None:
    assert [name for name, _ in SHOWN] == ["src/extension.cc", "CMakeLists.txt", "pyproject.toml"]


def test_the_wheel_has_the_library_and_the_stubs(example_wheel: Path) -> None:
    names = [name for name in wheel_files(example_wheel) if ".dist-info/" not in name]
    assert names == [
        "my_ffi_extension/__init__.py",
        "my_ffi_extension/_ffi_api.py",
        "my_ffi_extension/libmy_ffi_extension.so",
    ]
    assert "-py3-none-" in example_wheel.name


@pytest.mark.parametrize("name", ["__init__.py", "_ffi_api.py"])
def test_the_files_in_the_repository_are_those_that_the_build_writes(
    name: str, project: Path, example_wheel: Path
) -> None:
    assert example_wheel.exists()
    path = Path("python") / "my_ffi_extension" / name
    assert (project / path).read_text() == (EXAMPLE / path).read_text()


def test_a_program_uses_the_installed_package(
    with_example: Environment,
) -> None:
    result = subprocess.run(
        [with_example.python, EXAMPLE / "run_example.py"],
        cwd=with_example.root,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == OUTPUT
    assert "extension.cc" in result.stderr
    assert result.stderr.endswith("\nRuntimeError: This is an error\n")


def test_stubs_agree_with_the_library(with_example: Environment) -> None:
    package = with_example.package.parent / "my_ffi_extension"
    library = package / "libmy_ffi_extension.so"
    check(with_example.bin / "tvm-ffi-stubgen", package, "--dlls", library, "--check")
