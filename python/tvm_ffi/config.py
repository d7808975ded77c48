# SPDX-License-Identifier: Apache-2.0
"""The command ``tvm-ffi-config``: prints the paths and flags that a build against tvm-ffi needs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import libinfo


def _find_libdir() -> str:
    """Return the directory of the runtime library."""
    return str(Path(libinfo.find_libtvm_ffi()).parent)


def _include_flags() -> str:
    """Return the ``-I`` flags of a C or C++ compilation."""
    return f"-I{libinfo.find_include_path()} -I{libinfo.find_dlpack_include_path()}"


def _libfiles() -> str:
    """Return what a linker is given by path."""
    if sys.platform.startswith("win32"):
        return libinfo.find_windows_implib()
    return libinfo.find_libtvm_ffi()


def _libs() -> str:
    """Return the ``-l`` flags, or the import library on Windows."""
    return libinfo.find_windows_implib() if sys.platform.startswith("win32") else "-ltvm_ffi"


def _ldflags() -> str | None:
    """Return the ``-L`` flags; Windows has none."""
    return None if sys.platform.startswith("win32") else f"-L{_find_libdir()}"


# Flag, help text, how to compute its line. Lines are printed in this order whatever the order on
# the command line is.
_FLAGS = (
    ("--includedir", "Print include directory", libinfo.find_include_path),
    ("--dlpack-includedir", "Print DLPack include directory", libinfo.find_dlpack_include_path),
    ("--cmakedir", "Print library directory", libinfo.find_cmake_path),
    ("--libdir", "Print library directory", _find_libdir),
    ("--libfiles", "Print fully qualified library file names", _libfiles),
    ("--sourcedir", "Print source directory", libinfo.find_source_path),
    ("--cython-lib-path", "Print path of the native extension", libinfo.find_cython_lib),
    ("--cxxflags", "Print C++ compiler flags", lambda: f"{_include_flags()} -std=c++17"),
    ("--cflags", "Print C compiler flags", _include_flags),
    ("--libs", "Print libraries to link", _libs),
    ("--ldflags", "Print linker flags", _ldflags),
)


def __main__() -> None:
    """Parse the command line and print one line for each flag given."""
    parser = argparse.ArgumentParser(
        description="Get various configuration information needed to compile with tvm-ffi"
    )
    for flag, text, _ in _FLAGS:
        parser.add_argument(flag, action="store_true", help=text)
    if len(sys.argv) == 1:
        parser.print_help()
        return
    chosen = vars(parser.parse_args())
    for flag, _, compute in _FLAGS:
        if chosen[flag.lstrip("-").replace("-", "_")]:
            line = compute()
            if line is not None:
                print(line)


if __name__ == "__main__":
    __main__()
