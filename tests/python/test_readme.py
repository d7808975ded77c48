# SPDX-License-Identifier: Apache-2.0
"""The programs that README.md and the guides show are the ones that run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
SHOWN = re.findall(r"^`([^`\n]+)`\n\n```\w+\n(.*?)\n```$", README, flags=re.DOTALL | re.MULTILINE)


def test_readme_shows_the_programs_of_the_demo() -> None:
    assert [Path(name).name for name, _ in SHOWN] == [
        "add_one.cc",
        "load_from_bytes.py",
        "load_from_bytes.cc",
        "load_from_bytes.rs",
    ]


@pytest.mark.parametrize(("name", "text"), SHOWN)
def test_program_in_readme_is_the_file(name: str, text: str) -> None:
    assert (ROOT / name).read_text().rstrip() == text
