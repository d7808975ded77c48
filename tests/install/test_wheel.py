# SPDX-License-Identifier: Apache-2.0
"""The wheel holds what it should, and works where there is nothing but Python."""

from __future__ import annotations

import email
import os
import re
import sys
import zipfile
from pathlib import Path

import pytest
from elf_facts import ElfFacts, elf_facts, section_names
from install_support import HERE, Environment, check, clean_environment
from wheel_files import wheel_files

MEGABYTE = 1 << 20


def metadata_of(wheel: Path, name: str) -> str:
    """Return the text of a file in the wheel's dist-info directory."""
    with zipfile.ZipFile(wheel) as archive:
        (member,) = (m for m in archive.namelist() if m.endswith(f".dist-info/{name}"))
        return archive.read(member).decode()


def test_the_wheel_has_exactly_these_files(wheel: Path) -> None:
    expected = (HERE / "wheel_files.txt").read_text().split()
    assert wheel_files(wheel) == expected, "meant so? see wheel_files.py"


def test_the_wheel_is_small(wheel: Path) -> None:
    assert wheel.stat().st_size < 3 * MEGABYTE


def test_metadata(wheel: Path) -> None:
    metadata = email.message_from_string(metadata_of(wheel, "METADATA"))
    assert metadata["Name"] == "tvm-ffi"
    assert metadata["License"] == "Apache 2.0"
    assert metadata["Requires-Python"] == ">=3.9"
    assert metadata["Keywords"].split(",")[:2] == ["machine learning", "inference"]
    assert "Development Status :: 4 - Beta" in metadata.get_all("Classifier")
    assert metadata.get_all("Requires-Dist") == [
        "typing-extensions>=4.13",
        'ninja; extra == "cpp"',
    ]


def test_commands(wheel: Path) -> None:
    assert metadata_of(wheel, "entry_points.txt").split("\n\n")[0].splitlines() == [
        "[console_scripts]",
        "tvm-ffi-config = tvm_ffi.config:__main__",
        "tvm-ffi-stubgen = tvm_ffi.stub.cli:__main__",
    ]


def test_the_tag_is_that_of_one_python_version(wheel: Path) -> None:
    lines = metadata_of(wheel, "WHEEL").splitlines()
    version = f"cp{sys.version_info.major}{sys.version_info.minor}"
    assert "Root-Is-Purelib: false" in lines
    assert any(line.startswith(f"Tag: {version}-{version}-linux_") for line in lines)


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("lib/libtvm_ffi.so", ElfFacts("libtvm_ffi.so", set(), None)),
        (
            "lib/libtvm_ffi_testing.so",
            ElfFacts("libtvm_ffi_testing.so", {"libtvm_ffi.so"}, "$ORIGIN"),
        ),
        (
            "lib/libtvm_ffi_loaders.so",
            ElfFacts("libtvm_ffi_loaders.so", {"libtvm_ffi.so"}, "$ORIGIN"),
        ),
        ("core.*.so", ElfFacts(None, {"libtvm_ffi.so"}, "$ORIGIN/lib")),
    ],
)
def test_libraries_find_each_other_wherever_they_are(
    name: str, facts: ElfFacts, installed: Environment
) -> None:
    (library,) = installed.package.glob(name)
    assert elf_facts(library) == facts


def test_libraries_are_stripped(installed: Environment) -> None:
    libraries = [*installed.package.glob("lib/*.so"), *installed.package.glob("core.*.so")]
    assert len(libraries) == 4
    for library in libraries:
        names = section_names(library)
        assert ".dynsym" in names
        assert not [name for name in names if name == ".symtab" or name.startswith(".debug")]


def test_auditwheel_finds_nothing_to_repair(wheel: Path) -> None:
    text = check(sys.executable, "-m", "auditwheel", "show", wheel)
    policy = re.search(r'"manylinux_2_(\d+)_', " ".join(text.split()))
    assert policy, text
    # The C library of the machine that builds decides which one it is.
    assert int(policy[1]) <= int(os.confstr("CS_GNU_LIBC_VERSION").split(".")[1])


def test_the_wheel_works_where_there_is_no_compiler(installed: Environment) -> None:
    code = """
import shutil
assert not any(map(shutil.which, ("cc", "c++", "gcc", "cmake", "ninja")))
import tvm_ffi
import tvm_ffi.loaders

print(tvm_ffi.get_global_func("testing.echo")([1, 2]))
print(tvm_ffi.get_global_func("ffi.Module.load_from_bytes.so", allow_missing=True) is not None)
"""
    output = installed.run(code, env=clean_environment(PATH=str(installed.bin)))
    assert output.splitlines() == ["(1, 2)", "True"]


def test_type_information_is_installed(installed: Environment) -> None:
    assert (installed.package / "py.typed").is_file()
    assert (installed.package / "core.pyi").is_file()


def test_pip_is_content_with_the_environment(installed: Environment) -> None:
    assert installed.pip("check") == "No broken requirements found.\n"


@pytest.mark.parametrize("command", ["tvm-ffi-config", "tvm-ffi-stubgen"])
def test_commands_answer(command: str, installed: Environment) -> None:
    assert f"usage: {command}" in check(installed.bin / command, "--help", env=clean_environment())
