# SPDX-License-Identifier: Apache-2.0
"""Every example has a README with commands that a test can run, and a row in the index.

Scripts for frameworks and GPUs that this machine may lack are Python at least.
"""

from __future__ import annotations

import re

import pytest
from readme import EXAMPLES, commands_of

SCRIPTS = sorted(str(path.relative_to(EXAMPLES)) for path in EXAMPLES.rglob("*.py"))
DIRECTORIES = sorted(path.name for path in EXAMPLES.iterdir() if (path / "README.md").exists())
ROW = re.compile(r"^\| \[`(\w+)`\]\(\1/README\.md\) \|", re.MULTILINE)


def test_every_directory_has_a_readme() -> None:
    tracked = {path.name for path in EXAMPLES.iterdir() if path.is_dir()}
    assert tracked == set(DIRECTORIES)


@pytest.mark.parametrize("name", DIRECTORIES)
def test_example_is_in_the_index(name: str) -> None:
    assert name in ROW.findall((EXAMPLES / "README.md").read_text())


@pytest.mark.parametrize("name", DIRECTORIES)
def test_readme_has_commands(name: str) -> None:
    assert commands_of(name)


@pytest.mark.parametrize("script", SCRIPTS)
def test_script_compiles(script: str) -> None:
    compile((EXAMPLES / script).read_text(), script, "exec")
