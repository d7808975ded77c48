# SPDX-License-Identifier: Apache-2.0
"""Runs the commands of an example's README, in a copy of the example.

A README is written by the rules of a documentation page (tests/docs/doc_page.py). Its ``bash``
blocks run in order in the example's directory; other blocks are for the reader.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
BUILT = shutil.ignore_patterns("build", "example_code", "__pycache__")
sys.path.insert(0, str(ROOT / "tests" / "docs"))

from doc_page import Block, read_page  # noqa: E402
from expected_output import output_difference  # noqa: E402


def commands_of(name: str) -> list[Block]:
    """Return the blocks of commands in the README of an example."""
    blocks = read_page(EXAMPLES / name / "README.md", f"examples/{name}/README.md")
    return [block for block in blocks if block.language == "bash"]


def copy_example(name: str, directory: Path) -> Path:
    """Copy an example into `directory`, with links to what lies beside it, and return the copy."""
    copy = directory / "examples" / name
    shutil.copytree(EXAMPLES / name, copy, ignore=BUILT)
    for sibling in EXAMPLES.iterdir():
        if sibling.name != name:
            (copy.parent / sibling.name).symlink_to(sibling)
    (directory / "rust").symlink_to(ROOT / "rust")
    return copy


def run_block(
    code: str,
    directory: Path,
    environment: Mapping[str, str],
    python: str = sys.executable,
) -> subprocess.CompletedProcess[str]:
    """Run commands as a user does for whom the virtual environment of `python` is active."""
    variables = {**os.environ, **environment}
    programs = Path(python).parent
    # Ours has CMake and others have not.
    path = dict.fromkeys([str(programs), str(Path(sys.executable).parent), variables["PATH"]])
    variables["PATH"] = os.pathsep.join(path)
    variables["VIRTUAL_ENV"] = str(programs.parent)
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", code],
        cwd=directory,
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def run_readme(
    name: str,
    directory: Path,
    needs: Collection[str] = ("",),
    replace: Mapping[str, str] | None = None,
    python: str = sys.executable,
    **environment: str,
) -> Path:
    """Run the README of an example and check what it prints; return the copy that it ran in.

    Those blocks run whose ``needs`` is listed; "" is that of blocks which need nothing. `replace`
    maps texts of the commands to what stands for them on this machine; each must occur. `python` is
    that of the active virtual environment; `environment` adds variables.
    """
    copy = copy_example(name, directory)
    unused = set(replace or {})
    blocks = [block for block in commands_of(name) if block.markers.get("needs", "") in needs]
    assert blocks, f"{name}/README.md has no commands for {needs}"
    for block in blocks:
        code = block.code
        for old, new in (replace or {}).items():
            if old in code:
                code = code.replace(old, new)
                unused.discard(old)
        result = run_block(code, copy, environment, python)
        if result.returncode != 0:
            raise block.error(f"fails\n{code}\n{result.stdout}\n{result.stderr}")
        if block.expected_output is not None:
            difference = output_difference(block.expected_output, result.stdout)
            if difference is not None:
                raise block.error(f"prints something else than the README says\n{difference}")
    assert not unused, f"{name}/README.md has no {sorted(unused)}"
    return copy
