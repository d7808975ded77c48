# SPDX-License-Identifier: Apache-2.0
"""Runs the commands that blocks are, or that compile and run them."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from doc_page import Block


def output_of(
    block: Block, command: Sequence[str | Path], directory: Path, failure: str | None = None
) -> str:
    """Return what a command prints; if it fails, raise an error of the block that says why."""
    result = subprocess.run(
        command,
        cwd=directory,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if result.returncode != 0:
        problem = failure or f"exit status {result.returncode}"
        raise block.error(f"{problem}\n{result.stdout}{result.stderr}".rstrip())
    return result.stdout
