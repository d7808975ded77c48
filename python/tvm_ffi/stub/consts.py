# SPDX-License-Identifier: Apache-2.0
"""The markers of each language, and the names that all targets share."""

from __future__ import annotations

import dataclasses
from typing import Literal

STUB_BLOCK_KINDS = Literal[
    "global", "object", "import-section", "directive", "export", "__all__", None
]
DOC_URL = "https://tvm.apache.org/ffi/packaging/stubgen.html"


@dataclasses.dataclass(frozen=True)
class MarkerSyntax:
    """How markers are written in a language: behind the token that starts a line comment."""

    comment: str

    @property
    def prefix(self) -> str:
        """What every marker starts with."""
        return f"{self.comment} tvm-ffi-stubgen("

    @property
    def begin(self) -> str:
        """What opens a block; its kind follows."""
        return self.directive("begin")

    @property
    def end(self) -> str:
        """What closes a block."""
        return f"{self.prefix}end)"

    @property
    def ty_map(self) -> str:
        """What a ``ty-map`` directive starts with."""
        return self.directive("ty-map")

    @property
    def import_object(self) -> str:
        """What an ``import-object`` directive starts with."""
        return self.directive("import-object")

    @property
    def skip_file(self) -> str:
        """What makes the tool ignore a file."""
        return f"{self.prefix}skip-file)"

    def directive(self, name: str) -> str:
        """Return what a one-line directive starts with."""
        return f"{self.prefix}{name}):"


PYTHON_SYNTAX = MarkerSyntax("#")
RUST_SYNTAX = MarkerSyntax("//")
SYNTAX_BY_EXT = {".py": PYTHON_SYNTAX, ".pyi": PYTHON_SYNTAX, ".rs": RUST_SYNTAX}

# Directives that the pipeline reads itself; a target has further ones.
PIPELINE_DIRECTIVE_KINDS = frozenset({"ty-map", "prefix", "skip"})

# Types that the Python package writes itself: they never get a block.
BUILTIN_TYPE_KEYS = {
    "ffi.BigInt",
    "ffi.Bytes",
    "ffi.Error",
    "ffi.Function",
    "ffi.Object",
    "ffi.OpaquePyObject",
    "ffi.SmallBytes",
    "ffi.SmallStr",
    "ffi.String",
    "ffi.Tensor",
}

# Global functions that a stub calls by another name.
FN_NAME_MAP: dict[str, str] = {}

TERM_RESET = "\033[0m"
TERM_BOLD = "\033[1m"
TERM_BLACK = "\033[30m"
TERM_RED = "\033[31m"
TERM_GREEN = "\033[32m"
TERM_YELLOW = "\033[33m"
TERM_BLUE = "\033[34m"
TERM_MAGENTA = "\033[35m"
TERM_CYAN = "\033[36m"
TERM_WHITE = "\033[37m"
