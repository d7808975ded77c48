# SPDX-License-Identifier: Apache-2.0
"""What the tests of packaging share: commands, environments, compilers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
VERSION = ".".join(
    re.findall(
        r"^#define TVM_FFI_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)",
        (ROOT / "include" / "tvm" / "ffi" / "c_api.h").read_text(),
        flags=re.MULTILINE,
    )
)


def find_clang() -> str:
    """Return a Clang; Debian also names it by its version."""
    names = [os.environ.get("CLANGXX", ""), "clang++"]
    names += [f"clang++-{version}" for version in range(22, 13, -1)]
    found = next(filter(None, map(shutil.which, filter(None, names))), None)
    assert found, "clang++ is missing (Debian: apt-get install clang), or set CLANGXX"
    return found


def run(*command: object, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command and keep what it prints, errors included, as ``stdout``."""
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **options,
    )


def check(*command: object, **options: object) -> str:
    """Run a command; a failure shows all that it printed."""
    result = run(*command, **options)
    assert result.returncode == 0, f"{command}\n{result.stdout}"
    return result.stdout


def clean_environment(**extra: str) -> dict[str, str]:
    """Return this process's environment without what points to its own Python packages."""
    ours = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")
    return {**{name: os.environ[name] for name in os.environ if name not in ours}, **extra}


class Environment(NamedTuple):
    """A virtual environment of its own."""

    root: Path

    @property
    def bin(self) -> Path:
        """Where the programs are."""
        return self.root / "bin"

    @property
    def python(self) -> Path:
        """The interpreter."""
        return self.bin / "python"

    @property
    def package(self) -> Path:
        """The directory of the installed package."""
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        return self.root / "lib" / version / "site-packages" / "tvm_ffi"

    def pip(self, *words: object) -> str:
        """Run this process's pip on the environment, which needs none itself."""
        pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
        return check(*pip, "--python", self.python, *words, env=clean_environment())

    def run(self, code: str, **options: object) -> str:
        """Run Python code outside of the source tree and return what it prints."""
        options.setdefault("env", clean_environment())
        return check(self.python, "-c", code, cwd=self.root, **options)


def make_environment(directory: Path) -> Environment:
    """Make an empty virtual environment."""
    venv.create(directory, with_pip=False, symlinks=True)
    return Environment(directory)


def configure(source: Path, build: Path, *options: object) -> subprocess.CompletedProcess[str]:
    """Configure a CMake project, whether that succeeds or not."""
    return run("cmake", "-S", source, "-B", build, "-G", "Ninja", *options)


def build_project(source: Path, build: Path, *options: object) -> str:
    """Configure and build a CMake project; return what it printed."""
    output = check("cmake", "-S", source, "-B", build, "-G", "Ninja", *options)
    return output + check("cmake", "--build", build)
