# SPDX-License-Identifier: Apache-2.0
"""Compiles the C and C++ blocks of a page against the installed package, and runs them.

The ``body`` blocks of a page and what they ``continue`` are one program, so that the headers are
compiled once; each body is then run in a process of its own.
"""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from block_command import output_of
from doc_page import Block
from tvm_ffi import libinfo

COMPILERS = {"cpp": ["c++", "-std=c++17"], "c": ["cc", "-std=c11"]}
SUFFIXES = {"cpp": "cc", "c": "c"}
WARNINGS = ["-Wall", "-Wextra", "-Werror"]
# A fragment need not use what it declares.
FRAGMENT_WARNINGS = [
    "-Wno-unused-variable",
    "-Wno-unused-but-set-variable",
    "-Wno-unused-function",
]
PREAMBLE = "#include <tvm/ffi/tvm_ffi.h>\nnamespace ffi = tvm::ffi;\n"
MAIN = re.compile(r"\bint\s+main\s*\(")
INCLUDE = re.compile(r"^#include .*\n", re.MULTILINE)


class CppBlocks:
    """The C and C++ blocks of one page; ``directory`` is where the page runs."""

    def __init__(self, blocks: list[Block], directory: Path) -> None:
        self._directory = directory
        self._pieces = [block for block in blocks if {"body", "continues"} & block.markers.keys()]
        self._program: Path | None = None

    def check(self, block: Block) -> None:
        """Compile a block that cannot run here."""
        code = _with_line(block)
        if block in self._pieces:
            code = _program_text(self._pieces[: self._pieces.index(block) + 1])
        self._compile(block, code, ["-fsyntax-only"])

    def run(self, block: Block) -> str | None:
        """Compile a block, and run it if it is a program; return what that prints."""
        if "continues" in block.markers:
            # Compiled with the bodies that use it, or alone after the last of them.
            if block is self._pieces[-1]:
                self.check(block)
            return None
        if "body" in block.markers:
            return self._run_body(block)
        if MAIN.search(block.code) is None:
            self.check(block)
            return None
        return output_of(block, [self._build(block, _with_line(block))], self._directory)

    def _run_body(self, block: Block) -> str:
        """Run a body out of the program that holds all those of the page."""
        if block.needs:  # a program of its own, which may use headers that the others must not
            before = self._pieces[: self._pieces.index(block)]
            pieces = [piece for piece in before if "continues" in piece.markers]
            program = self._build(block, _program_text([*pieces, block]))
            return output_of(block, [program, "0"], self._directory)
        common = [piece for piece in self._pieces if not piece.needs]
        if self._program is None:
            self._program = self._build(block, _program_text(common))
        bodies = [piece for piece in common if "body" in piece.markers]
        return output_of(block, [self._program, str(bodies.index(block))], self._directory)

    def _build(self, block: Block, code: str) -> Path:
        program = self._directory / f".block_{block.line}"
        libraries = Path(libinfo.find_libtvm_ffi()).parent
        link = [f"-L{libraries}", f"-Wl,-rpath,{libraries}", "-ltvm_ffi", "-pthread"]
        self._compile(block, code, ["-o", str(program), *link])
        return program

    def _compile(self, block: Block, code: str, options: list[str]) -> None:
        source = self._directory / f".block_{block.line}.{SUFFIXES[block.language]}"
        source.write_text(code, encoding="utf-8")
        includes = [libinfo.find_include_path(), libinfo.find_dlpack_include_path()]
        if "cuda" in block.needs:
            includes += _cuda_headers()
        command = [
            *COMPILERS[block.language],
            *(WARNINGS + FRAGMENT_WARNINGS if block in self._pieces else WARNINGS),
            *(f"-I{directory}" for directory in [self._directory, *includes]),
            str(source),
            *options,
        ]
        output_of(block, command, self._directory, failure="does not compile")


def _with_line(block: Block) -> str:
    """Return the code of a block, whose messages name its page and line."""
    return f'#line {block.line} "{block.page}"\n{block.code}'


def _program_text(pieces: list[Block]) -> str:
    """Return one program of all pieces; its argument is the number of the body to run."""
    parts, calls = [PREAMBLE], list[str]()
    for piece in pieces:
        if "continues" in piece.markers:
            parts.append(_with_line(piece))
            continue
        includes = "".join(INCLUDE.findall(piece.code))
        statements = Block(piece.page, piece.line, "cpp", INCLUDE.sub("\n", piece.code))
        name = f"DocBlockAtLine{piece.line}"
        parts.append(f"{includes}void {name}() {{\n{_with_line(statements)}}}\n")
        calls.append(f"    case {len(calls)}: {name}(); break;\n")
    switch = f"  switch (std::atoi(arguments[1])) {{\n{''.join(calls)}  }}\n" if calls else ""
    main = f"int main(int, [[maybe_unused]] char** arguments) {{\n{switch}}}\n"
    return "#include <cstdlib>\n" + "".join(parts) + main


def _cuda_headers() -> list[str]:
    """Return the include directories of the ``nvidia-cuda-*`` packages that are installed."""
    spec = importlib.util.find_spec("nvidia")
    roots = list(spec.submodule_search_locations or []) if spec is not None else []
    return [str(include) for root in roots for include in Path(root).glob("*/include")]
