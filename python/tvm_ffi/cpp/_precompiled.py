# SPDX-License-Identifier: Apache-2.0
"""Precompiled headers for inline C++ builds, which spend most of their time in our headers.

GCC takes ``DIR/tvm/ffi/container/tensor.h.gch`` in place of that header, the first of every inline
source, if ``-IDIR`` is the first directory that has either of them and the options agree; in every
other case it reads the header as usual. So all compilations get the option, and the file comes and
goes without anybody noticing but the clock:

* It is made beside the third build with the same compiler and flags, because making it costs more
  than two builds take, and it saves more than half of each later one.
* GCC checks the options and itself, but not the headers. Their times and sizes are kept in
  ``inputs``, and a file that is older than one of them is removed before anything is compiled.
* ``-fpch-deps`` makes ninja see the headers behind it, so a change of one rebuilds what used it.

Other compilers, flags of an unknown kind, include directories of the user (whose files might stand
before those of the system) and a cache that can't be written mean that there is no such file.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import time

from .. import libinfo
from ..utils.lockfile import FileLock
from ._source import cache_directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._ninja_file import NinjaFile

_HEADER = "tvm/ffi/container/tensor.h"
_SWITCH = "TVM_FFI_CPP_PRECOMPILED_HEADER"
_BUILDS_BEFORE = 2  # how many builds go without
_MOST_FILES = 4  # in the cache; one has about 50 MB
_GCC_NAME = re.compile(r"(.*-)?[gc]\+\+(-[0-9.]+)?")
# Options that leave the headers where they are. GCC compares them with those of the file.
_SAFE_FLAG = re.compile(
    r"-(O|g|D|U|std=|m|w$|pedantic|pthread$|W(?![pal],)"
    r"|f(?!plugin|modules|pch|preprocessed|directives-only|syntax-only|dump))[^`$]*"
)
_VARIABLES = ("CPATH", "CPLUS_INCLUDE_PATH", "COMPILER_PATH", "GCC_EXEC_PREFIX")


def find(build: NinjaFile) -> PrecompiledHeader | None:
    """Return the precompiled header for a build of inline C++; None where there can't be one."""
    if os.environ.get(_SWITCH, "1") == "0" or build.windows or not build.is_plain_cpp:
        return None
    if not all(
        _SAFE_FLAG.fullmatch(part) for flag in build.cxxflags_of_user for part in flag.split()
    ):
        return None
    import shutil  # noqa: PLC0415

    compiler = shutil.which(build.cxx())
    if compiler is None:
        return None
    compiler = os.path.realpath(compiler)  # a symbolic link may lead to a cache of compilations
    if not _GCC_NAME.fullmatch(os.path.basename(compiler)):
        return None
    return PrecompiledHeader(build, compiler)


def _read(path: str) -> str:
    """Return the text of a file that holds paths."""
    with open(path, "rb") as file:
        return os.fsdecode(file.read())


def _write(path: str, text: str) -> None:
    """Write a file that holds paths."""
    with open(path, "wb") as file:
        file.write(os.fsencode(text))


def _state(path: str) -> str:
    """Return a line that changes whenever a file does."""
    status = os.stat(path)
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {path}"


def _read_dependencies(path: str) -> list[str]:
    """Return the files that a dependency file of GCC names."""
    text = _read(path).replace("\\\n", " ")
    names = re.findall(r"(?:\\.|[^\\\s])+", text.partition(":")[2])
    return [re.sub(r"\\(.)", r"\1", name).replace("$$", "$") for name in names]


class PrecompiledHeader:
    """The precompiled header for one compiler and its flags, whether it exists or not."""

    def __init__(self, build: NinjaFile, compiler: str) -> None:
        import hashlib  # noqa: PLC0415

        self._compiler = compiler
        self._cxx = build.cxx()
        variables = [os.environ.get(name, "") for name in _VARIABLES]
        self._flags = build.shell_cxxflags()
        key = "\n".join([compiler, self._flags, *variables])
        name = hashlib.sha256(os.fsencode(key)).hexdigest()[:16]
        self._all = os.path.join(cache_directory(), ".precompiled")
        self._directory = os.path.join(self._all, name)
        self.include_directory = os.path.join(self._directory, "include")
        self._file = os.path.join(self.include_directory, f"{_HEADER}.gch")
        self._inputs = os.path.join(self._directory, "inputs")
        self._builds = os.path.join(self._directory, "builds")
        self._failed = os.path.join(self._directory, "failed")

    def prepare(self) -> bool:
        """Make the directory; return whether builds may look into it."""
        directory = os.path.dirname(self._file)
        if not os.path.isdir(directory):
            import subprocess  # noqa: PLC0415

            version = subprocess.run(
                [self._compiler, "--version"], capture_output=True, check=False
            )
            if b"Free Software Foundation" not in version.stdout:
                return False
            with contextlib.suppress(OSError):
                os.makedirs(directory, exist_ok=True)
        return os.access(directory, os.W_OK)  # else an old file could not be removed

    def _is_current(self) -> bool:
        """Return whether the file exists and was made of the headers that are there now."""
        try:
            return os.path.exists(self._file) and all(
                _state(line.split(" ", 3)[3]) == line for line in _read(self._inputs).split("\n")
            )
        except (OSError, IndexError):
            return False

    def _discard(self) -> None:
        """Remove the file."""
        with contextlib.suppress(OSError):
            os.remove(self._file)

    def give_up(self) -> None:
        """Remove the file, and never make it again with this compiler, which failed at it."""
        self._discard()
        with contextlib.suppress(OSError):
            _write(self._failed, _state(self._compiler))

    def _is_given_up(self) -> bool:
        """Return whether this compiler failed to make the file or to load it."""
        try:
            return _read(self._failed) == _state(self._compiler)
        except OSError:
            return False

    @contextlib.contextmanager
    def in_use(self, is_new_build: bool) -> Iterator[None]:
        """Keep the file up to date around a build whose compiler looks for it."""
        if self._is_current():
            with contextlib.suppress(OSError):
                os.utime(self._file)  # for the choice of those to remove
            yield
            return
        self._discard()
        if not is_new_build or self._is_given_up() or not self._count_build():
            yield
            return
        lock = FileLock(os.path.join(self._directory, "lock"))
        if not lock.acquire():  # another build makes it
            yield
            return
        try:
            if self._is_current():  # another build has made it
                yield
                return
            with self._being_made():
                yield
        finally:
            lock.release()

    def _count_build(self) -> bool:
        """Note one more build without the file; return whether it is worth while now."""
        try:
            with open(self._builds, "ab") as file:
                before = file.tell()
                if before < _BUILDS_BEFORE:
                    file.write(b".")
        except OSError:
            return False
        return before >= _BUILDS_BEFORE

    @contextlib.contextmanager
    def _being_made(self) -> Iterator[None]:
        """Compile the header while the body runs, and install it afterwards."""
        import subprocess  # noqa: PLC0415

        new = os.path.join(self._directory, "new")
        source = os.path.join(libinfo.find_include_path(), _HEADER)
        files = ["-MD", "-MF", f"{new}.d", "-x", "c++-header", source, "-o", new]
        command = f"exec {self._cxx} {self._flags} {shlex.join(files)}"
        started = time.time_ns()
        null = subprocess.DEVNULL
        process = subprocess.Popen(command, shell=True, stdout=null, stderr=null)
        try:
            yield
            if process.wait() == 0:
                self._install(new, started)
            else:
                self.give_up()
        finally:
            process.kill()
            process.wait()
            for path in (new, f"{new}.d"):
                with contextlib.suppress(OSError):
                    os.remove(path)

    def _install(self, new: str, started: int) -> None:
        """Put a file that was just made in its place, with the list of what it was made of."""
        with contextlib.suppress(OSError):
            inputs = [self._compiler, *_read_dependencies(f"{new}.d")]
            states = [_state(path) for path in inputs]
            if any(os.stat(path).st_ctime_ns >= started for path in inputs):
                return  # one of them changed meanwhile, before or after it was read
            _write(f"{new}.d", "\n".join(states))
            os.replace(f"{new}.d", self._inputs)
            os.replace(new, self._file)
            self._remove_others()

    def _remove_others(self) -> None:
        """Remove the files that were not used for the longest time, if there are too many."""
        files = [
            os.path.join(self._all, d, "include", f"{_HEADER}.gch") for d in os.listdir(self._all)
        ]
        files = sorted(filter(os.path.exists, files), key=os.path.getmtime)
        for path in files[:-_MOST_FILES]:
            os.remove(path)
