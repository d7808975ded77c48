# SPDX-License-Identifier: Apache-2.0
"""Packages made for ``apache-tvm-ffi`` install and run, once its name is installed beside ours."""

from __future__ import annotations

import email
import sys
import zipfile
from pathlib import Path

import pytest
from install_support import VERSION, Environment, run


def write_consumer(directory: Path, requirement: str) -> Path:
    """Write the wheel of a package like those that are published; return its path."""
    path = directory / "consumer-1.0-py3-none-any.whl"
    info = "consumer-1.0.dist-info"
    code = "import importlib.metadata, tvm_ffi\n"
    code += "assert importlib.metadata.version('apache-tvm-ffi') == tvm_ffi.__version__\n"
    metadata = (
        f"Metadata-Version: 2.1\nName: consumer\nVersion: 1.0\nRequires-Dist: {requirement}\n"
    )
    wheel = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("consumer.py", code)
        archive.writestr(f"{info}/METADATA", metadata)
        archive.writestr(f"{info}/WHEEL", wheel)
        archive.writestr(f"{info}/RECORD", f"consumer.py,,\n{info}/RECORD,,\n")
    return path


@pytest.fixture
def named(fresh: Environment, wheelhouse: Path) -> Environment:
    fresh.pip("install", "--quiet", "--no-index", "--find-links", wheelhouse, "apache-tvm-ffi")
    return fresh


def test_the_name_brings_the_package_of_the_same_version(named: Environment) -> None:
    code = """
from importlib.metadata import version
import tvm_ffi
print(version("apache-tvm-ffi"), version("tvm-ffi"), tvm_ffi.__version__)
"""
    assert named.run(code).split() == [VERSION] * 3


def test_a_package_that_requires_the_published_one_is_satisfied(
    named: Environment, tmp_path: Path
) -> None:
    consumer = write_consumer(tmp_path, "apache-tvm-ffi>=0.1.14.post0")
    named.pip("install", "--quiet", "--no-index", consumer)
    named.run("import consumer")
    assert named.pip("check") == "No broken requirements found.\n"


def test_without_the_name_pip_says_what_is_missing(
    fresh: Environment, wheelhouse: Path, tmp_path: Path
) -> None:
    fresh.pip("install", "--quiet", "--no-index", "--find-links", wheelhouse, "tvm-ffi")
    consumer = write_consumer(tmp_path, "apache-tvm-ffi>=0.1.14.post0")
    pip = (sys.executable, "-m", "pip", "--python", fresh.python)
    result = run(*pip, "install", "--quiet", "--no-index", consumer)
    assert result.returncode != 0
    assert "apache-tvm-ffi>=0.1.14.post0" in result.stdout


def test_the_library_is_found_by_the_published_name(named: Environment) -> None:
    code = """
from tvm_ffi import libinfo
print(libinfo._find_library_by_basename("apache-tvm-ffi", "tvm_ffi"))
"""
    assert Path(named.run(code).strip()) == (named.package / "lib" / "libtvm_ffi.so").resolve()


def test_the_name_owns_no_file_of_the_package(distribution_wheel: Path) -> None:
    with zipfile.ZipFile(distribution_wheel) as archive:
        names = archive.namelist()
        (metadata,) = (name for name in names if name.endswith("/METADATA"))
        fields = email.message_from_bytes(archive.read(metadata))
    assert all(".dist-info/" in name for name in names)
    assert fields.get_all("Requires-Dist") == [f"tvm-ffi=={VERSION}"]
    # An index refuses it: the name belongs to somebody else.
    assert "Private :: Do Not Upload" in fields.get_all("Classifier")


def test_removing_the_name_leaves_the_package(named: Environment) -> None:
    named.pip("uninstall", "--quiet", "--yes", "apache-tvm-ffi")
    named.run("import tvm_ffi; tvm_ffi.get_global_func('testing.echo')(1)")
