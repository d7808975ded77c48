# SPDX-License-Identifier: Apache-2.0
"""Runs ninja in a build directory."""

from __future__ import annotations

import errno
import logging
import os
import sys

from ._gpu import IS_WINDOWS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess

# The name is the one under which users know the public module.
logger = logging.getLogger("tvm_ffi.cpp.extension")

_NINJA_HELP = (
    "[Errno 2] No such file or directory: 'ninja'. tvm_ffi.cpp builds with ninja: put it on PATH "
    "or `pip install ninja`."
)


def _ninja_beside_python() -> str:
    """Return the ninja of this Python environment, which need not be on ``PATH``."""
    name = "ninja.exe" if IS_WINDOWS else "ninja"
    directories = [os.path.dirname(sys.executable)]
    try:
        import ninja  # noqa: PLC0415
    except ImportError:
        pass
    else:
        directories.append(ninja.BIN_DIR)
    for directory in directories:
        path = os.path.join(directory, name)
        if os.path.isfile(path):
            return path
    error = FileNotFoundError(_NINJA_HELP)
    error.errno = errno.ENOENT
    raise error


def _find_ninja() -> str:
    """Return the ninja to run: the one on ``PATH``, else the one of this Python environment."""
    import shutil  # noqa: PLC0415

    return "ninja" if shutil.which("ninja") else _ninja_beside_python()


def _machine_name() -> str:
    """Return the machine as the developer prompt of Visual Studio calls it."""
    import platform  # noqa: PLC0415

    machine = platform.machine()
    names = {"arm64": "arm64", "aarch64": "arm64", "amd64": "x64", "x86_64": "x64"}
    if machine.lower() not in names:
        raise RuntimeError(f"Unsupported Windows architecture: {machine}")
    return names[machine.lower()]


def _find_developer_prompt() -> str:
    """Return the script that prepares the environment of the newest Visual Studio."""
    import subprocess  # noqa: PLC0415

    installer = os.path.join(
        os.environ.get("ProgramFiles(x86)", r"C:\Program Files (x86)"),
        "Microsoft Visual Studio",
        "Installer",
    )
    vswhere = os.path.join(installer, "vswhere.exe")
    if not os.path.exists(vswhere):
        raise FileNotFoundError("vswhere.exe not found.")
    query = ["-latest", "-prerelease", "-products", "*", "-property", "installationPath"]
    found = subprocess.run([vswhere, *query], capture_output=True, text=True, check=True)
    directory = found.stdout.strip()
    if not directory:
        raise FileNotFoundError("No Visual Studio installation found.")
    script = os.path.join(directory, "Common7", "Tools", "VsDevCmd.bat")
    if not os.path.exists(script):
        raise FileNotFoundError(f"VsDevCmd.bat not found at: {script}")
    return script


def _run_command_in_dev_prompt(
    args: list[str], cwd: str | os.PathLike[str], capture_output: bool
) -> subprocess.CompletedProcess[bytes]:
    """Run a command where it finds the compiler of Visual Studio."""
    import subprocess  # noqa: PLC0415

    command = subprocess.list2cmdline(args)
    try:
        prompt = f'"{_find_developer_prompt()}" -arch={_machine_name()}'
        return subprocess.run(
            f"{prompt} & {command}", cwd=cwd, capture_output=capture_output, shell=True, check=False
        )
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        raise RuntimeError(
            f"Failed to run the following command in MSVC developer environment: {command}"
        ) from error


def run_ninja(build_dir: str) -> tuple[int, str, str]:
    """Run ninja; return its exit status, output and error output."""
    import subprocess  # noqa: PLC0415

    command = [_find_ninja(), "-v"]
    jobs = os.environ.get("MAX_JOBS")
    if jobs:
        command += ["-j", jobs]
    if IS_WINDOWS:
        result = _run_command_in_dev_prompt(command, build_dir, capture_output=True)
    else:
        result = subprocess.run(command, cwd=build_dir, capture_output=True, check=False)
    encoding = "oem" if IS_WINDOWS else "utf-8"
    output, errors = (
        stream.decode(encoding, errors="replace") for stream in (result.stdout, result.stderr)
    )
    return result.returncode, output, errors


def report(status: int, output: str, errors: str) -> None:
    """Raise for a failed run; log the output of a good one, if the environment asks for that."""
    if status != 0:
        message = f"ninja exited with status {status}"
        if output:
            message += f"\nstdout:\n{output}"
        if errors:
            message += f"\nstderr:\n{errors}"
        raise RuntimeError(message)
    wanted = os.environ.get("TVM_FFI_CPP_EXTENSION_LOG_BUILD", "0")
    if output and wanted in ("1", "stdout"):
        logger.info("ninja build stdout:\n%s", output)
    if errors and wanted in ("1", "stderr"):
        logger.info("ninja build stderr:\n%s", errors)


def build_ninja(build_dir: str) -> None:
    """Run ``build.ninja`` of a directory.

    Parameters
    ----------
    build_dir
        The directory; its ``build.ninja`` names the files relative to it.

    Raises
    ------
    RuntimeError
        If a command fails; the text holds all that ninja and the compilers said.
    FileNotFoundError
        If there is no ninja.

    """
    report(*run_ninja(build_dir))
