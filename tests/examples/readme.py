# SPDX-License-Identifier: Apache-2.0
"""Runs the commands of an example's README, in a copy of the example.

Each fenced block ``bash`` runs under ``bash -euo pipefail`` in the example's directory, in order.
A block ``text`` directly after it is what it prints; there, a line ``...`` stands for any lines. A
block after ``<!-- needs: NAME -->`` runs only where the caller asks for NAME.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
BLOCK = re.compile(
    r"(?:^<!-- needs: (?P<needs>\w+) -->\n)?^```bash\n(?P<code>.*?)^```\n"
    r"(?:\n*^```text\n(?P<output>.*?)^```\n)?",
    re.DOTALL | re.MULTILINE,
)


@dataclass
class Command:
    """A block of commands: what it needs, its text, and the output that the README promises."""

    needs: str | None
    code: str
    output: str | None


def commands_of(readme: str) -> Iterator[Command]:
    """Yield the blocks of a README, in order."""
    for block in BLOCK.finditer(readme):
        yield Command(block["needs"], block["code"], block["output"])


def matches(output: str, promised: str) -> bool:
    """Whether `output` is what was promised, line by line."""
    pattern = "".join(
        r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n"
        for line in promised.splitlines()
    )
    return re.fullmatch(pattern, output) is not None


def copy_example(name: str, directory: Path) -> Path:
    """Copy an example into `directory`, with links to what lies beside it, and return the copy."""
    copy = directory / "examples" / name
    shutil.copytree(EXAMPLES / name, copy, ignore=shutil.ignore_patterns("build", "__pycache__"))
    for sibling in EXAMPLES.iterdir():
        if sibling.name != name:
            (copy.parent / sibling.name).symlink_to(sibling)
    (directory / "rust").symlink_to(ROOT / "rust")
    return copy


def run_block(
    code: str, directory: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run commands as a user with this virtual environment active does."""
    variables = {**os.environ, **environment}
    variables["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), variables["PATH"]])
    variables.setdefault("VIRTUAL_ENV", sys.prefix)
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", code],
        cwd=directory,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )


def run_readme(
    name: str,
    directory: Path,
    needs: Collection[str | None] = (None,),
    replace: Mapping[str, str] | None = None,
    **environment: str,
) -> Path:
    """Run the README of an example and check what it prints; return the copy that it ran in.

    Those blocks run whose need is in `needs`; None is that of blocks that need nothing. `replace`
    maps texts of the commands to what stands for them on this machine; each must occur.
    `environment` adds variables.
    """
    copy = copy_example(name, directory)
    missing = dict(replace or {})
    ran = 0
    for command in commands_of((copy / "README.md").read_text()):
        if command.needs not in needs:
            continue
        code = command.code
        for old in [text for text in (replace or {}) if text in code]:
            code = code.replace(old, replace[old])
            missing.pop(old, None)
        result = run_block(code, copy, environment)
        assert result.returncode == 0, f"{code}\n{result.stdout}\n{result.stderr}"
        if command.output is not None:
            assert matches(result.stdout, command.output), f"{code}\nprinted:\n{result.stdout}"
        ran += 1
    assert ran, f"{name}/README.md has no commands that run here"
    assert not missing, f"{name}/README.md has no {sorted(missing)}"
    return copy
