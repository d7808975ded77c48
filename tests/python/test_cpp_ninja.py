# SPDX-License-Identifier: Apache-2.0
"""How ``tvm_ffi.cpp`` runs ninja, with stand-ins for it and for Visual Studio."""

from __future__ import annotations

import errno
import logging
import os
import subprocess
import sys
import types
from pathlib import Path

import pytest
from cpp_support import write_program
from tvm_ffi.cpp import _ninja, extension

STAND_IN = """#!{python}
import os, sys
print("arguments:", *sys.argv[1:], "in", os.path.basename(os.getcwd()))
print("a complaint \\u2603" if "QUIET" not in os.environ else "", end="", file=sys.stderr)
sys.exit(int(os.environ.get("STATUS", "0")))
"""


@pytest.fixture
def build_dir(tmp_path, monkeypatch):
    """Put a ninja that only says how it was called first on the path."""
    write_program(tmp_path / "bin" / "ninja", STAND_IN)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for variable in ("MAX_JOBS", "TVM_FFI_CPP_EXTENSION_LOG_BUILD", "STATUS"):
        monkeypatch.delenv(variable, raising=False)
    (tmp_path / "build").mkdir()
    return str(tmp_path / "build")


def test_a_failure_shows_status_and_output(build_dir, monkeypatch):
    monkeypatch.setenv("STATUS", "3")
    with pytest.raises(RuntimeError) as info:
        extension.build_ninja(build_dir)
    assert str(info.value) == (
        "ninja exited with status 3\nstdout:\narguments: -v in build\n\nstderr:\na complaint ☃"
    )
    monkeypatch.setenv("QUIET", "1")
    with pytest.raises(RuntimeError) as info:
        extension.build_ninja(build_dir)
    assert str(info.value) == "ninja exited with status 3\nstdout:\narguments: -v in build\n"


def test_the_number_of_jobs_comes_from_the_environment(build_dir, monkeypatch):
    monkeypatch.setenv("STATUS", "1")
    monkeypatch.setenv("MAX_JOBS", "7")
    with pytest.raises(RuntimeError, match="arguments: -v -j 7 in build"):
        extension.build_ninja(build_dir)


@pytest.mark.parametrize(
    ("wanted", "streams"),
    [("0", []), ("1", ["stdout", "stderr"]), ("stdout", ["stdout"]), ("stderr", ["stderr"])],
)
def test_the_output_of_a_good_build_is_logged_on_request(
    build_dir, monkeypatch, caplog, wanted, streams
):
    monkeypatch.setenv("TVM_FFI_CPP_EXTENSION_LOG_BUILD", wanted)
    texts = {"stdout": "arguments: -v in build\n", "stderr": "a complaint ☃"}
    with caplog.at_level(logging.INFO, logger="tvm_ffi.cpp.extension"):
        extension.build_ninja(build_dir)
    expected = [f"ninja build {stream}:\n{texts[stream]}" for stream in streams]
    assert [record.getMessage() for record in caplog.records] == expected
    assert extension.logger.name == "tvm_ffi.cpp.extension"


# ---- which ninja --------------------------------------------------------------------------------


@pytest.fixture
def nowhere(build_dir, tmp_path, monkeypatch):
    """Take every ninja away."""
    (tmp_path / "bin" / "ninja").unlink()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    monkeypatch.setitem(sys.modules, "ninja", None)
    return build_dir


def test_no_ninja_is_an_error_that_says_what_to_install(nowhere):
    with pytest.raises(FileNotFoundError) as info:
        extension.build_ninja(nowhere)
    assert str(info.value).startswith("[Errno 2] No such file or directory: 'ninja'")
    assert "pip install ninja" in str(info.value)
    assert info.value.errno == errno.ENOENT


def test_the_ninja_beside_python_need_not_be_on_the_path(nowhere, tmp_path, monkeypatch):
    write_program(tmp_path / "environment" / "ninja", STAND_IN)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "environment" / "python"))
    assert _ninja.run_ninja(nowhere)[:2] == (0, "arguments: -v in build\n")


def test_the_ninja_of_the_package_need_not_be_on_the_path(nowhere, tmp_path, monkeypatch):
    write_program(tmp_path / "package" / "ninja", STAND_IN)
    package = types.SimpleNamespace(BIN_DIR=str(tmp_path / "package"))
    monkeypatch.setitem(sys.modules, "ninja", package)
    assert _ninja.run_ninja(nowhere)[:2] == (0, "arguments: -v in build\n")


# ---- Windows ------------------------------------------------------------------------------------

PROMPT = "Common7/Tools/VsDevCmd.bat".replace("/", os.sep)
FAILURE = "Failed to run the following command in MSVC developer environment: ninja -v"


@pytest.fixture
def visual_studio(tmp_path, monkeypatch):
    """Make a Visual Studio whose prompt prints its arguments; a shell stands in for the prompt."""
    installer = tmp_path / "Microsoft Visual Studio" / "Installer"
    answer = f"#!/bin/sh\necho \"$*\" > '{tmp_path}/query'\ncat '{tmp_path}/vs'\n"
    write_program(installer / "vswhere.exe", answer)
    write_program(tmp_path / "vs dir" / PROMPT, "#!/bin/sh\necho prompt $*\n")
    (tmp_path / "vs").write_text(f"{tmp_path}/vs dir\n")
    monkeypatch.setenv("ProgramFiles(x86)", str(tmp_path))
    monkeypatch.setattr("platform.machine", lambda: "AMD64")
    return tmp_path


def run_in_prompt(directory):
    return extension._run_command_in_dev_prompt(["ninja", "-v"], directory, capture_output=True)


def test_a_command_runs_in_the_developer_prompt(visual_studio, monkeypatch):
    commands = []
    run = subprocess.run

    def run_or_note(command, **arguments):
        if arguments.get("shell"):
            commands.append((command, arguments["cwd"], arguments["capture_output"]))
            return subprocess.CompletedProcess(command, 0, b"", b"")
        return run(command, **arguments)

    monkeypatch.setattr(subprocess, "run", run_or_note)
    assert run_in_prompt(visual_studio).returncode == 0
    monkeypatch.setattr("platform.machine", lambda: "ARM64")
    run_in_prompt(visual_studio)
    prompt = f'"{visual_studio}/vs dir/{PROMPT}"'
    assert commands == [
        (f"{prompt} -arch=x64 & ninja -v", visual_studio, True),
        (f"{prompt} -arch=arm64 & ninja -v", visual_studio, True),
    ]
    query = (visual_studio / "query").read_text()
    assert query == "-latest -prerelease -products * -property installationPath\n"


def test_what_is_missing_is_the_cause_of_the_error(visual_studio, monkeypatch):
    def cause():
        with pytest.raises(RuntimeError) as info:
            run_in_prompt(visual_studio)
        assert str(info.value) == FAILURE
        return str(info.value.__cause__)

    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    assert cause() == "Unsupported Windows architecture: riscv64"
    prompt = visual_studio / "vs dir" / PROMPT
    prompt.unlink()
    assert cause() == f"VsDevCmd.bat not found at: {prompt}"
    (visual_studio / "vs").write_text("\n")
    assert cause() == "No Visual Studio installation found."
    Path(visual_studio, "Microsoft Visual Studio", "Installer", "vswhere.exe").unlink()
    assert cause() == "vswhere.exe not found."


def test_on_windows_ninja_runs_in_the_developer_prompt(build_dir, monkeypatch):
    def in_prompt(args, cwd, capture_output):
        assert (args, cwd, capture_output) == (["ninja", "-v"], build_dir, True)
        return subprocess.CompletedProcess(args, 0, b"", b"")

    monkeypatch.setattr(_ninja, "IS_WINDOWS", True)
    monkeypatch.setattr(_ninja, "_run_command_in_dev_prompt", in_prompt)
    extension.build_ninja(build_dir)
