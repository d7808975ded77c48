# SPDX-License-Identifier: Apache-2.0
"""Source files as sequences of blocks.

A file is split into the blocks between markers, one-line directives and plain lines, one block
each. Generators replace the lines of blocks; what they leave alone is written back as it was.
"""

from __future__ import annotations

import dataclasses
import os
import re
import traceback
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Callable, get_args

from . import consts as C

_KINDS = get_args(C.STUB_BLOCK_KINDS)
_DIRECTIVE = re.compile(r"([A-Za-z0-9_-]+)\):(.*)")


@dataclasses.dataclass
class CodeBlock:
    """Consecutive lines of a file that belong together.

    Parameters
    ----------
    kind
        ``None`` for a plain line.
    param
        What the marker says behind the kind: ``(prefix, import_from)`` of ``global``, the type key
        of ``object``, the submodule of ``export``, ``(name, payload)`` of a directive, else ``""``.
    lineno_start, lineno_end
        First and last line in the file, from 1; the end of an open block is None.
    lines
        The lines, with those of the markers.

    """

    kind: C.STUB_BLOCK_KINDS
    param: str | tuple[str, ...]
    lineno_start: int
    lineno_end: int | None
    lines: list[str]

    def __post_init__(self) -> None:
        assert self.kind in _KINDS, f"unknown kind of block: {self.kind!r}"

    @property
    def indent(self) -> int:
        """How many blanks the first line starts with."""
        if not self.lines:
            return 0
        return len(self.lines[0]) - len(self.lines[0].lstrip(" "))

    def replace_content(self, lines: Iterable[str]) -> None:
        """Put ``lines`` between the two marker lines."""
        self.lines[1:-1] = lines

    @staticmethod
    def from_begin_line(lineo: int, line: str, syntax: C.MarkerSyntax) -> CodeBlock:
        """Return the block that a marker opens, or the directive that it is.

        Raises
        ------
        ValueError
            If the line is no marker of a known form.

        """
        if line.startswith(syntax.begin):
            kind, param = _parse_begin(line[len(syntax.begin) :].strip(), lineo)
            return CodeBlock(kind, param, lineo, None, [])
        if line.startswith(syntax.prefix):
            match = _DIRECTIVE.match(line, len(syntax.prefix))
            if match is not None:
                return CodeBlock("directive", (match[1], match[2].strip()), lineo, lineo, [])
        raise ValueError(f"Unknown stub type at line {lineo}: {line}")


def _parse_begin(text: str, lineno: int) -> tuple[C.STUB_BLOCK_KINDS, str | tuple[str, ...]]:
    """Return the kind and parameter of a block from what stands behind ``begin):``."""
    if text == "import-section":
        return "import-section", ""
    if text == "__all__":
        return "__all__", ""
    kind, slash, param = text.partition("/")
    if slash and kind == "object":
        return "object", param
    if slash and kind == "export":
        return "export", param
    if slash and kind == "global" and param.count("@") <= 1:
        prefix, _, import_from = param.partition("@")
        return "global", (prefix, import_from)
    raise ValueError(f"Unknown stub type `{text}` at line {lineno}")


@dataclasses.dataclass
class FileInfo:
    """A file with markers: its lines as they were read, and its blocks, which generators edit."""

    path: Path
    lines: tuple[str, ...]
    code_blocks: list[CodeBlock]
    syntax: C.MarkerSyntax

    @staticmethod
    def from_file(
        file: Path, include_empty: bool = False, syntax: C.MarkerSyntax | None = None
    ) -> FileInfo | None:
        """Read a file.

        Parameters
        ----------
        file
            The file.
        include_empty
            Whether a file without any marker counts.
        syntax
            How markers are written; found by the suffix when omitted.

        Returns
        -------
        The file, or None when it has no marker or asks to be skipped.

        Raises
        ------
        ValueError
            If the markers don't fit together, or the file is not UTF-8.

        """
        assert file.is_file(), f"Expected a file, but got: {file}"
        syntax = syntax or syntax_for(file)
        lines = _split_lines(file.read_text(encoding="utf-8"))
        if any(line.strip().startswith(syntax.skip_file) for line in lines):
            return None
        blocks = _parse_blocks(lines, syntax)
        if not include_empty and all(block.kind is None for block in blocks):
            return None
        return FileInfo(file, tuple(lines), blocks, syntax)

    def update(self, verbose: bool, dry_run: bool) -> bool:
        """Write the blocks back if they say something else than the file.

        Parameters
        ----------
        verbose
            Whether to print the difference.
        dry_run
            Whether to leave the file alone.

        Returns
        -------
        Whether the text changed.

        """
        new_lines = tuple(line for block in self.code_blocks for line in block.lines)
        changed = new_lines != self.lines
        if verbose:
            _print_difference(self.lines, new_lines)
        if changed and not dry_run:
            self._write(new_lines)
        return changed

    def append(self, text: str, dry_run: bool) -> None:
        """Add lines to the end and write the file, or in a dry run keep them for :meth:`update`."""
        lines = [*self.lines, *_split_lines(text)]
        self.code_blocks = _parse_blocks(lines, self.syntax)
        if not dry_run:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._write(lines)

    def _write(self, lines: Iterable[str]) -> None:
        """Make ``lines`` the text of the file."""
        self.lines = tuple(lines)
        write_text(self.path, "\n".join(self.lines) + "\n")

    def reload(self) -> None:
        """Read the file again, after something else wrote it."""
        source = FileInfo.from_file(self.path, include_empty=True, syntax=self.syntax)
        assert source is not None, f"File no longer has markers: {self.path}"
        self.lines = source.lines
        self.code_blocks = source.code_blocks


def _split_lines(text: str) -> list[str]:
    """Return the lines of a text; form feeds and the like stay part of their line."""
    lines = text.split("\n")
    if not lines[-1]:
        del lines[-1]
    return lines


def _parse_blocks(lines: list[str], syntax: C.MarkerSyntax) -> list[CodeBlock]:
    """Return the blocks of a file; a directive inside a block comes in front of it."""
    blocks: list[CodeBlock] = []
    open_block: CodeBlock | None = None
    for lineno, line in enumerate(lines, 1):
        text = line.strip()
        if text.startswith(syntax.begin):
            if open_block is not None:
                raise ValueError(f"Nested stub not permitted at line {lineno}")
            open_block = CodeBlock.from_begin_line(lineno, text, syntax)
            open_block.lines.append(line)
        elif text.startswith(syntax.end):
            if open_block is None:
                raise ValueError(f"Unmatched `{syntax.end}` found at line {lineno}")
            open_block.lines.append(line)
            open_block.lineno_end = lineno
            blocks.append(open_block)
            open_block = None
        elif text.startswith(syntax.prefix):
            directive = CodeBlock.from_begin_line(lineno, text, syntax)
            directive.lines.append(line)
            blocks.append(directive)
        elif open_block is not None:
            open_block.lines.append(line)
        else:
            blocks.append(CodeBlock(None, "", lineno, lineno, [line]))
    if open_block is not None:
        raise ValueError("Unclosed stub block at end of file")
    return blocks


def _print_difference(old: tuple[str, ...], new: tuple[str, ...]) -> None:
    """Print a coloured unified diff."""
    if old == new:
        print(f"{C.TERM_CYAN}-----> Unchanged{C.TERM_RESET}")
        return
    import difflib  # noqa: PLC0415

    for line in list(difflib.unified_diff(old, new, lineterm=""))[2:]:
        colour = {"+": C.TERM_GREEN, "-": C.TERM_RED}.get(line[:1])
        print(f"{colour}{line}{C.TERM_RESET}" if colour else line)


def write_text(path: Path, text: str) -> None:
    """Replace the text of a file, or make it; whoever reads it sees the old or the new text.

    Line ends are LF. The permissions of the file stay, and a link keeps pointing to it.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as out:
            out.write(text)
        if target.exists():
            temporary.chmod(target.stat().st_mode)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def syntax_for(path: Path) -> C.MarkerSyntax:
    """Return how markers are written in a file; as in Python where the suffix is not known."""
    return C.SYNTAX_BY_EXT.get(path.suffix.lower(), C.PYTHON_SYNTAX)


def collect_files(paths: list[Path], source_exts: Collection[str]) -> list[FileInfo]:
    """Read the marked files among ``paths`` and below the directories among them.

    Files that cannot be parsed are reported and left out.

    Parameters
    ----------
    paths
        Files, which are always taken, and directories; what does not exist is ignored.
    source_exts
        Suffixes of the files to take from directories.

    """
    found = {file.resolve() for path in paths for file in _files_of(path, source_exts)}
    infos = []
    for path in sorted(found, key=str):
        try:
            info = FileInfo.from_file(path)
        except Exception:
            report = f'[Error] File "{path}": {traceback.format_exc()}'
            print(f"{C.TERM_RED}{report}{C.TERM_RESET}")
            continue
        if info is not None:
            infos.append(info)
    return infos


def find_file(files: list[FileInfo], path: Path) -> FileInfo | None:
    """Return the file at ``path``: that of the run, one read now, or a new one without lines.

    A file that asks to be skipped gives None.

    Raises
    ------
    ValueError
        If the file cannot be parsed.

    """
    resolved = path.resolve()
    for file in files:
        if file.path in (path, resolved):
            return file
    if path.exists():
        try:
            return FileInfo.from_file(resolved, include_empty=True)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
    return FileInfo(resolved, (), [], syntax_for(path))


def _files_of(path: Path, source_exts: Collection[str]) -> Iterator[Path]:
    """Yield the files that a path on the command line names."""
    if path.is_file():
        yield path
    elif path.is_dir():
        for directory, _, names in path_walk(path):
            for name in names:
                file = directory / name
                if file.suffix.lower() in source_exts and file.is_file():
                    yield file


def path_walk(
    p: Path,
    *,
    top_down: bool = True,
    on_error: Callable[[Exception], None] | None = None,
    follow_symlinks: bool = False,
) -> Iterable[tuple[Path, list[str], list[str]]]:
    """Yield what ``Path.walk`` of Python 3.12 yields: directory, its directories, its files."""
    walk = os.walk(p, topdown=top_down, onerror=on_error, followlinks=follow_symlinks)
    for directory, directories, files in walk:
        yield Path(directory), directories, files
