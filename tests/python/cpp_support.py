# SPDX-License-Identifier: Apache-2.0
"""What the tests of ``tvm_ffi.cpp`` share: caches of their own, and stand-ins for compilers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

PYTHON = sys.executable  # tests put another one there

# Does what a GPU compiler does with one file that holds plain C++, and notes how it was called.
GPU_COMPILER = """#!{python}
import json, subprocess, sys
arguments = sys.argv[1:]
with open(__file__ + ".log", "a") as log:
    log.write(json.dumps(arguments) + "\\n")
options = []
while arguments:
    argument = arguments.pop(0)
    if argument == "--dependency-output":
        options += ["-MMD", "-MF", arguments.pop(0)]
    elif argument.startswith(("-I", "-std", "-O", "-D")):
        options.append(argument)
    elif argument == "-c":
        source = arguments.pop(0)
    elif argument == "-o":
        output = arguments.pop(0)
command = ["c++", "-fPIC", *options, "-x", "c++", "-c", source, "-o", output]
sys.exit(subprocess.run(command).returncode)
"""

# Writes its output without a look at its input, slowly enough for builds to meet.
SLOW_COMPILER = """#!{python}
import os, sys, time
with open(__file__ + ".log", "a") as log:
    log.write(sys.argv[sys.argv.index("-o") + 1] + "\\n")
time.sleep(0.1)
with open(sys.argv[sys.argv.index("-o") + 1], "w") as product:
    product.write("the product")
"""


def uses_gcc() -> bool:
    """Return whether inline sources are compiled by GCC here."""
    command = [os.environ.get("CXX", "c++"), "--version"]
    return b"Free Software Foundation" in subprocess.check_output(command)


def write_program(path: Path, text: str) -> Path:
    """Write a script that runs by its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace("{python}", PYTHON))
    path.chmod(0o755)
    return path


def read_log(program: Path) -> list[str]:
    """Return one line for every call of a stand-in."""
    log = Path(f"{program}.log")
    return log.read_text().splitlines() if log.exists() else []


class Toolkit:
    """A directory with a GPU compiler that compiles C++, and an empty runtime library."""

    def __init__(self, home: Path, compiler: str, library: str) -> None:
        self.home = home
        self.compiler = write_program(home / "bin" / compiler, GPU_COMPILER)
        (home / library).parent.mkdir(parents=True, exist_ok=True)
        command = ["c++", "-shared", "-x", "c++", os.devnull, "-o", home / library]
        subprocess.run(command, check=True)

    def calls(self) -> list[list[str]]:
        """Return the arguments of every call of the compiler."""
        return [json.loads(line) for line in read_log(self.compiler)]
