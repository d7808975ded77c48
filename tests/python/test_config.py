# SPDX-License-Identifier: Apache-2.0
"""The command ``tvm-ffi-config``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tvm_ffi import config, libinfo

COMMANDS = {
    "command": [str(Path(sys.executable).parent / "tvm-ffi-config")],
    "module": [sys.executable, "-m", "tvm_ffi.config"],
}
INCLUDE = f"-I{libinfo.find_include_path()} -I{libinfo.find_dlpack_include_path()}"
LIBDIR = str(Path(libinfo.find_libtvm_ffi()).parent)
ANSWERS = {
    "--includedir": libinfo.find_include_path(),
    "--dlpack-includedir": libinfo.find_dlpack_include_path(),
    "--cmakedir": libinfo.find_cmake_path(),
    "--libdir": LIBDIR,
    "--libfiles": libinfo.find_libtvm_ffi(),
    "--sourcedir": libinfo.find_source_path(),
    "--cython-lib-path": libinfo.find_cython_lib(),
    "--cxxflags": f"{INCLUDE} -std=c++17",
    "--cflags": INCLUDE,
    "--libs": "-ltvm_ffi",
    "--ldflags": f"-L{LIBDIR}",
}
PATHS = [flag for flag, answer in ANSWERS.items() if answer.startswith("/")]


def ask(form: str, *flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMANDS[form], *flags], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("form", COMMANDS)
def test_answers_come_in_a_fixed_order_one_a_line(form: str) -> None:
    result = ask(form, *reversed(ANSWERS))
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == list(ANSWERS.values())


@pytest.mark.parametrize("flag", PATHS)
def test_paths_exist(flag: str) -> None:
    assert Path(ANSWERS[flag]).exists()


def test_the_cmake_directory_has_the_package() -> None:
    assert (Path(ANSWERS["--cmakedir"]) / "tvm_ffi-config.cmake").is_file()


@pytest.mark.parametrize("form", COMMANDS)
def test_without_a_flag_it_prints_help(form: str) -> None:
    result = ask(form)
    assert (result.returncode, result.stderr) == (0, "")
    text = " ".join(result.stdout.split())
    assert "Get various configuration information needed to compile with tvm-ffi" in text
    assert all(flag in text for flag in ANSWERS)


def test_an_unknown_flag_is_refused() -> None:
    result = ask("command", "--nothing")
    assert result.returncode == 2
    assert "unrecognized arguments: --nothing" in result.stderr


def test_it_loads_no_native_code() -> None:
    code = (
        "import sys; sys.argv = ['tvm-ffi-config', '--libs']\n"
        "from tvm_ffi.config import __main__ as main; main()\n"
        "print('tvm_ffi.core' in sys.modules, 'ctypes' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == ["-ltvm_ffi", "False", "False"]


@pytest.mark.parametrize(
    ("flag", "answer"),
    [("--libs", "tvm_ffi.lib"), ("--libfiles", "tvm_ffi.lib"), ("--ldflags", None)],
)
def test_windows_links_the_import_library(
    flag: str,
    answer: str | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(libinfo, "find_windows_implib", lambda: "tvm_ffi.lib")
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(sys, "argv", ["tvm-ffi-config", flag])
    config.__main__()
    assert capsys.readouterr().out == (f"{answer}\n" if answer else "")


def test_libdir_is_where_the_library_is() -> None:
    assert config._find_libdir() == LIBDIR
