# SPDX-License-Identifier: Apache-2.0
"""Runs the Rust blocks of all pages as the doc-tests of one crate."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from doc_page import REPOSITORY, Block
from tvm_ffi import libinfo

MANIFEST = """\
[package]
name = "documentation"
version = "0.0.0"
edition = "2021"

[dependencies]
tvm-ffi = {{ path = "{rust}/tvm-ffi" }}
"""


def write_crate(blocks: list[Block], directory: Path, unmet: set[str]) -> None:
    """Write a crate with one item for each block; ``unmet`` are the needs that are not there."""
    rust = REPOSITORY / "rust"
    (directory / "src").mkdir()
    (directory / "Cargo.toml").write_text(MANIFEST.format(rust=rust))
    shutil.copy(rust / "Cargo.lock", directory)
    items = []
    for block in blocks:
        fence = "rust,no_run" if unmet.intersection(block.needs) else "rust"
        lines = [f"```{fence}", *block.code.splitlines(), "```"]
        documentation = "".join(f"/// {line}\n" for line in lines)
        items.append(f"{documentation}pub mod {_item_name(block)} {{}}\n")
    (directory / "src" / "lib.rs").write_text("\n".join(items), encoding="utf-8")


def run_crate(blocks: list[Block], directory: Path) -> tuple[bool, str]:
    """Run the doc-tests; return whether they passed, and what they print with the pages' names."""
    environment = dict(os.environ, CARGO_TARGET_DIR=str(REPOSITORY / "rust" / "target"))
    environment["LD_LIBRARY_PATH"] = os.pathsep.join(
        [str(Path(libinfo.find_libtvm_ffi()).parent), *filter(None, [os.getenv("LD_LIBRARY_PATH")])]
    )
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])
    result = subprocess.run(
        ["cargo", "test", "--doc"],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    text = result.stdout + result.stderr
    for block in blocks:
        text = text.replace(f"- {_item_name(block)} ", f"- {block.page}:{block.line} ")
    return result.returncode == 0, text


def _item_name(block: Block) -> str:
    page = "".join(letter if letter.isalnum() else "_" for letter in block.page)
    return f"{page}_line_{block.line}"
