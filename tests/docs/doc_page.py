# SPDX-License-Identifier: Apache-2.0
"""Reads a documentation page into its code blocks and says what is to be done with each.

The page is parsed by the same Markdown parser that the site is built with. A block that no rule
covers is an error, so that no page shows code that nothing runs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

REPOSITORY = Path(__file__).resolve().parents[2]

RUN_LANGUAGES = ("python", "bash", "cpp", "c", "rust")
MARKERS = {
    "file": "the block is written to this file of the page's directory",
    "excerpt": "the block is part of this file of the repository",
    "needs": "modules without which the block is not run; `cuda` is a GPU",
    "body": "C++ statements of a main function",
    "continues": "C++ code that the following `body` and `continues` blocks of the page see",
    "in": "`in: checkout` runs a bash block in a copy of the repository",
}
WITHOUT_VALUE = ("body", "continues")
# The content of these directives is Markdown; that of others (math, toctree, ...) is not looked at.
ADMONITIONS = (
    *("note", "tip", "hint", "important", "warning", "caution", "attention", "danger", "error"),
    *("admonition", "seealso", "dropdown", "details", "tab-set", "tab-item", "grid", "card"),
)
CODE_DIRECTIVES = ("code-block", "code", "sourcecode", "code-cell", "parsed-literal")
CODE_IN_RST = re.compile(r"\.\. (code|code-block|sourcecode|literalinclude)::|::\n\n +\S")
# Where programs are that tests run as they are.
RUN_BY_TESTS = ("examples", "tests", "rust", "benchmarks")
COMMENT = re.compile(r"\s*<!--(.*?)-->\s*", re.DOTALL)
MARKER = re.compile(r"(?P<name>[a-z]+)(?::\s*(?P<value>\S.*?))?\s*$")


class PageError(Exception):
    """A page breaks the convention, or one of its blocks fails."""

    def __init__(self, page: str, line: int, problem: str) -> None:
        super().__init__(f"{page}:{line}: {problem}")


@dataclass
class Block:
    """One fenced block: ``line`` is that of its first line of code, from 1."""

    page: str
    line: int
    language: str
    code: str
    markers: dict[str, str] = field(default_factory=dict)
    expected_output: str | None = None

    @property
    def is_run(self) -> bool:
        """Whether the block is a program, not a file, an excerpt or a figure."""
        return self.language != "text" and not {"file", "excerpt"} & self.markers.keys()

    @property
    def needs(self) -> list[str]:
        """The modules that the block cannot run without."""
        return re.split(r"[,\s]+", self.markers["needs"]) if "needs" in self.markers else []

    def error(self, problem: str) -> PageError:
        """Return an error that says where this block is."""
        return PageError(self.page, self.line, problem)


def find_pages(docs: Path) -> list[Path]:
    """Return the pages of a documentation directory."""
    pages = sorted(docs.rglob("*.md"))
    return [page for page in pages if not page.relative_to(docs).parts[0].startswith("_")]


def read_page(path: Path, name: str | None = None) -> list[Block]:
    """Return the blocks of a page in order; errors call it ``name``."""
    return parse_page(path.read_text(encoding="utf-8"), name or str(path), path.parent)


def parse_page(text: str, name: str, directory: Path = REPOSITORY) -> list[Block]:
    """Return the blocks of a page in order, each checked against the convention.

    Files that the page includes are looked up from ``directory``.
    """
    parser = _Parser(name, directory)
    parser.collect(text, 0)
    return parser.blocks


class _Parser:
    """Collects the blocks of one page."""

    def __init__(self, page: str, directory: Path) -> None:
        self.page = page
        self.directory = directory
        self.blocks: list[Block] = []

    def collect(self, text: str, offset: int) -> None:
        """Append the blocks of ``text``, whose first line is line ``offset`` + 1 of the page."""
        markers: dict[str, str] = {}  # those directly before the token
        previous: Block | None = None  # the block directly before, if one is
        line = offset + 1
        for token in MarkdownIt("commonmark").parse(text):
            if token.map is None:
                continue
            line = offset + token.map[0] + 1
            if token.type == "html_block":
                markers.update(self._read_markers(token.content, line))
                previous = None
                continue
            if token.type == "code_block":
                raise PageError(self.page, line, "indented code; write ```LANGUAGE")
            if token.type == "fence":
                previous = self._read_fence(token, line, markers, previous)
                markers = {}
            else:
                previous = None
                self._refuse(markers, line)
        self._refuse(markers, line)

    def _refuse(self, markers: dict[str, str], line: int) -> None:
        """Raise an error if markers stand before something that is no block."""
        if markers:
            raise PageError(
                self.page, line, f"<!-- {next(iter(markers))} --> is not before a block"
            )

    def _read_markers(self, comments: str, line: int) -> dict[str, str]:
        """Return the markers of an HTML block, which may be several comments."""
        markers = {}
        for comment in COMMENT.findall(comments):
            if comment.strip().startswith("SPDX-License-Identifier"):
                continue
            match = MARKER.match(comment.strip())
            name, value = (match["name"], match["value"]) if match else ("", None)
            if name not in MARKERS or (value is None) != (name in WITHOUT_VALUE):
                known = ", ".join(MARKERS)
                raise PageError(self.page, line, f"unknown <!--{comment}-->; there are {known}")
            markers[name] = value or ""
        return markers

    def _read_fence(
        self, token: Token, line: int, markers: dict[str, str], previous: Block | None
    ) -> Block | None:
        """Append what a fence holds; return the block whose output may follow it."""
        info = token.info.strip()
        if info.startswith("{"):
            self._refuse(markers, line)
            self._read_directive(token, line)
            return None
        block = Block(self.page, line + 1, info, token.content, markers)
        if info == "text" and not markers:
            if previous is not None and previous.is_run:
                previous.expected_output = block.code
            return None
        _check(block)
        self.blocks.append(block)
        return block

    def _read_directive(self, token: Token, line: int) -> None:
        """Look for blocks inside a directive that holds Markdown or shows a file."""
        name, _, argument = token.info.strip()[1:].partition("}")
        if name in CODE_DIRECTIVES:
            problem = f"{{{name}}} hides code from the tests; write ```LANGUAGE"
            raise PageError(self.page, line, problem)
        if name in ADMONITIONS:
            self.collect(token.content, line)
        if name == "include":
            self.blocks += read_page(self._find(argument.strip(), line), argument.strip())
        if name == "literalinclude":
            path = self._find(argument.strip(), line)
            if path.relative_to(REPOSITORY).parts[0] not in RUN_BY_TESTS:
                problem = (
                    f"{{literalinclude}} of a file that no test runs; take one of {RUN_BY_TESTS}"
                )
                raise PageError(self.page, line, problem)
        if name == "eval-rst" and CODE_IN_RST.search(token.content):
            raise PageError(self.page, line, "code in {eval-rst} hides from the tests")

    def _find(self, argument: str, line: int) -> Path:
        """Return the path of a file of the repository that a directive names."""
        path = (self.directory / argument).resolve()
        if not path.is_file() or REPOSITORY not in path.parents:
            raise PageError(self.page, line, f"no file {argument} in the repository")
        return path


def _check(block: Block) -> None:
    """Raise an error if no rule covers the block."""
    markers = block.markers
    if not block.language:
        raise block.error("a block without a language")
    if "excerpt" in markers:
        _check_excerpt(block)
    elif block.is_run and block.language not in RUN_LANGUAGES:
        raise block.error(
            f"nothing runs {block.language!r}: put <!-- file: NAME --> or <!-- excerpt: PATH --> "
            f"before it, or use one of {', '.join(RUN_LANGUAGES)}, text"
        )
    if {"body", "continues"} & markers.keys() and block.language != "cpp":
        raise block.error("<!-- body --> and <!-- continues --> are for cpp")
    if "in" in markers and (block.language != "bash" or markers["in"] != "checkout"):
        raise block.error("<!-- in: checkout --> is the only use of `in`, and for bash")
    if sum(name in markers for name in ("file", "excerpt", "body", "continues")) > 1:
        raise block.error(f"these markers exclude each other: {', '.join(markers)}")


def _check_excerpt(block: Block) -> None:
    """Raise an error if the file named does not contain the block."""
    path = REPOSITORY / block.markers["excerpt"]
    if not path.is_file():
        raise block.error(f"no file {block.markers['excerpt']} in the repository")
    if block.code.rstrip("\n") not in path.read_text(encoding="utf-8"):
        raise block.error(f"not a verbatim part of {block.markers['excerpt']}")
