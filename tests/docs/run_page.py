# SPDX-License-Identifier: Apache-2.0
"""Runs the blocks of one page, top to bottom, in the current directory.

Usage: ``python run_page.py PAGE NAME``. Messages call the page NAME. The exit status is 1, and the
message says where, as soon as a block fails. Rust blocks are left to ``rust_blocks``.
"""

from __future__ import annotations
import __future__

import ctypes
import importlib.util
import linecache
import os
import shutil
import sys
import tempfile
import traceback
import types
from pathlib import Path

from block_command import output_of
from cpp_blocks import CppBlocks
from doc_page import REPOSITORY, Block, PageError, read_page
from expected_output import output_difference

FUTURE_FLAGS = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
CHECKOUT = "checkout"
LEFT_BY_BUILDS = shutil.ignore_patterns(
    ".git", "build", ".venv*", "target", "_build", "dist", "__pycache__", "*.egg-info", ".*_cache"
)


class Page:
    """The state that the blocks of a page share."""

    def __init__(self, path: Path, name: str) -> None:
        self._blocks = read_page(path, name)
        self._directory = Path.cwd()
        self._cpp = CppBlocks(self._blocks, self._directory)
        self._python_flags = 0
        # Classes and functions of the page belong to __main__, as those of a script do.
        self._main = types.ModuleType("__main__")
        self._main.__file__ = name
        # Tracebacks and inspect.getsource find the code here.
        source = python_of_page(self._blocks)
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)

    def run(self) -> None:
        """Run every block."""
        sys.modules["__main__"] = self._main
        for block in self._blocks:
            if "file" in block.markers:
                self._write_file(block)
            if not block.is_run or block.language == "rust":
                continue
            missing = [name for name in block.needs if not is_available(name)]
            if missing:
                print(f"{block.page}:{block.line}: only checked, for lack of {', '.join(missing)}")
            printed = getattr(self, f"_run_{block.language}")(block, not missing)
            if printed is not None and not missing and block.expected_output is not None:
                self._compare(block, printed)

    def _compare(self, block: Block, printed: str) -> None:
        difference = output_difference(block.expected_output or "", printed)
        if difference is not None:
            raise block.error(f"prints something else than the page says\n{difference}")

    def _write_file(self, block: Block) -> None:
        path = self._directory / block.markers["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.code, encoding="utf-8")

    def _run_python(self, block: Block, run: bool) -> str:
        # Empty lines in front make the line numbers of tracebacks those of the page.
        source = "\n" * (block.line - 1) + block.code
        try:
            code = compile(source, block.page, "exec", self._python_flags, dont_inherit=True)
        except SyntaxError as error:
            lines = traceback.format_exception_only(type(error), error)
            raise block.error("".join(lines).rstrip()) from None
        self._python_flags |= code.co_flags & FUTURE_FLAGS
        if not run:
            return ""
        with CapturedOutput() as output:
            try:
                exec(code, self._main.__dict__)
            except BaseException as error:
                raise block.error(f"raises\n{traceback_from_page(error)}") from None
        return output.text

    def _run_bash(self, block: Block, run: bool) -> str:
        options = "-euo" if run else "-neuo"
        directory = self._checkout() if "in" in block.markers else self._directory
        return output_of(block, ["bash", options, "pipefail", "-c", block.code], directory)

    def _checkout(self) -> Path:
        """Return a copy of the repository's files, without what builds have left there."""
        copy = self._directory / CHECKOUT
        if not copy.exists():
            shutil.copytree(REPOSITORY, copy, ignore=LEFT_BY_BUILDS, symlinks=True)
        return copy

    def _run_cpp(self, block: Block, run: bool) -> str | None:
        if run:
            return self._cpp.run(block)
        self._cpp.check(block)
        return None

    _run_c = _run_cpp


def is_available(name: str) -> bool:
    """Whether a module can be imported, or for ``cuda``, a GPU be used."""
    if name != "cuda":
        return importlib.util.find_spec(name) is not None
    try:
        return bool(ctypes.CDLL("libcuda.so.1").cuInit(0) == 0)
    except OSError:
        return False


def python_of_page(blocks: list[Block]) -> str:
    """Return the Python code of a page; each line has the number that it has there."""
    lines: list[str] = []
    for block in blocks:
        if block.language == "python" and block.is_run:
            lines += [""] * (block.line - 1 - len(lines))
            lines += block.code.splitlines()
    return "\n".join([*lines, ""])


class CapturedOutput:
    """Collects in ``text`` what the process prints meanwhile, from Python and from native code."""

    def __enter__(self) -> CapturedOutput:
        flush()
        self._standard_output = os.dup(1)
        self._file = tempfile.TemporaryFile("w+", encoding="utf-8")
        os.dup2(self._file.fileno(), 1)
        return self

    def __exit__(self, *_: object) -> None:
        flush()
        os.dup2(self._standard_output, 1)
        os.close(self._standard_output)
        with self._file:
            self._file.seek(0)
            self.text = self._file.read()


def flush() -> None:
    """Write out the buffers of Python's and of C's standard output."""
    sys.stdout.flush()
    ctypes.CDLL(None).fflush(None)


def traceback_from_page(error: BaseException) -> str:
    """Return the traceback of an error without the frames of this file."""
    frames = error.__traceback__
    frames = frames.tb_next if frames is not None else None
    return "".join(traceback.format_exception(type(error), error, frames)).rstrip()


def main() -> int:
    """Run the page of the command line."""
    path, name = sys.argv[1:]
    sys.argv = [name]
    try:
        Page(Path(path), name).run()
    except PageError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
