# SPDX-License-Identifier: Apache-2.0
"""The ``prefix`` directive: a file gets a block for every type directly below a prefix."""

from __future__ import annotations

from . import consts as C
from .file_utils import CodeBlock, FileInfo
from .generator import Generator
from .lib_state import toposort_objects


def declared_objects(files: list[FileInfo]) -> dict[str, FileInfo]:
    """Return the types that have a block, with the first file that has it."""
    declared: dict[str, FileInfo] = {}
    for file in files:
        for key in object_keys(file):
            declared.setdefault(key, file)
    return declared


def object_keys(file: FileInfo) -> list[str]:
    """Return the types that a file has blocks for."""
    return [str(block.param) for block in file.code_blocks if block.kind == "object"]


def skipped_objects(file: FileInfo) -> set[str]:
    """Return the types that ``skip`` directives of a file name."""
    return {block.param[1] for block in file.code_blocks if is_directive(block, "skip")}


def is_directive(block: CodeBlock, name: str) -> bool:
    """Return whether a block is the directive of a name."""
    return block.kind == "directive" and block.param[0] == name


def roll_out_prefixes(
    files: list[FileInfo], generator: Generator, type_keys: dict[str, list[str]]
) -> int:
    """Bring the blocks of every file with a ``prefix`` directive in line with the registry.

    Parameters
    ----------
    files
        The files of the run; their blocks are edited.
    generator
        The target.
    type_keys
        Keys of the registered types by prefix.

    Returns
    -------
    How many files could not be treated; what is wrong with them is printed.

    """
    failures = 0
    owners: dict[str, FileInfo] = {}
    for file in files:
        directives = [block for block in file.code_blocks if is_directive(block, "prefix")]
        if not directives:
            continue
        prefix = directives[0].param[1].removesuffix(".")
        problem = ""
        if len(directives) > 1:
            line = directives[1].lineno_start
            problem = f"more than one `prefix` directive (line {line})"
        elif prefix in owners:
            problem = f"prefix `{prefix}` is already declared by {owners[prefix].path}"
        if problem:
            failures += 1
            print(f'{C.TERM_RED}[Failed] File "{file.path}": {problem}{C.TERM_RESET}')
            continue
        owners[prefix] = file
        registered = type_keys.get(prefix, [])
        _remove_unregistered_blocks(file, prefix, registered)
        if registered:
            _add_missing_blocks(file, registered, files, generator)
        else:
            notice = f"[Skipped] No registered object under prefix `{prefix}`"
            print(f"{C.TERM_YELLOW}{notice}{C.TERM_RESET}")
    return failures


def _remove_unregistered_blocks(file: FileInfo, prefix: str, registered: list[str]) -> None:
    """Remove the blocks of types below the prefix that are gone, and the empty line above each."""
    kept: list[CodeBlock] = []
    for block in file.code_blocks:
        gone = (
            block.kind == "object"
            and str(block.param).rpartition(".")[0] == prefix
            and block.param not in registered
        )
        if not gone:
            kept.append(block)
            continue
        if kept and kept[-1].kind is None and not kept[-1].lines[0].strip():
            kept.pop()
        print(
            f'{C.TERM_YELLOW}[Removed] File "{file.path}": `object/{block.param}` '
            f"(line {block.lineno_start}): the type is no longer registered{C.TERM_RESET}"
        )
    file.code_blocks[:] = kept


def _add_missing_blocks(
    file: FileInfo, registered: list[str], files: list[FileInfo], generator: Generator
) -> None:
    """Add blocks for the registered types that no file of the run has one for."""
    has_block = declared_objects(files).keys() | skipped_objects(file)
    missing = [key for key in registered if key not in has_block and not generator.is_builtin(key)]
    blocks = file.code_blocks
    directive = next(i for i, block in enumerate(blocks) if is_directive(block, "prefix"))
    if all(block.kind != "import-section" for block in blocks):
        blocks[directive + 1 : directive + 1] = _new_block(file, directive, "import-section")
    last = max(i for i, block in enumerate(blocks) if block.kind in ("object", "import-section"))
    for info in toposort_objects(missing):
        new = _new_block(file, last, f"object/{info.type_key}")
        blocks[last + 1 : last + 1] = new
        last += len(new)


def _new_block(file: FileInfo, after: int, stub: str) -> list[CodeBlock]:
    """Return an empty line and an empty block; its line number is that of the block before it."""
    syntax, lineno = file.syntax, file.code_blocks[after].lineno_start
    begin = f"{syntax.begin} {stub}"
    block = CodeBlock.from_begin_line(lineno, begin, syntax)
    block.lineno_end = lineno
    block.lines = [begin, syntax.end]
    return [CodeBlock(None, "", lineno, lineno, [""]), block]
