# SPDX-License-Identifier: Apache-2.0
"""The same calls in the published package and in this one come to the same."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from differences import DIFFERENCES

HERE = Path(__file__).resolve().parent
SUBJECTS = sorted(path.stem for path in (HERE / "cases").glob("*.py"))


def run(python: str, subject: str) -> dict[str, str]:
    """Return the outcome of each case of a subject under an interpreter."""
    command = [python, "-W", "ignore", str(HERE / "run_cases.py"), subject]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])


@pytest.mark.parametrize("subject", SUBJECTS)
def test_outcomes_are_the_same(subject: str, pythons: dict[str, str]) -> None:
    theirs, ours = run(pythons["published"], subject), run(pythons["ours"], subject)
    assert ours.keys() == theirs.keys()
    wanted = {case: text for case, (text, _) in DIFFERENCES.get(subject, {}).items()}
    # What the published package dies of is an exception here.
    different = {
        case: text
        for case, text in ours.items()
        if text != theirs[case] and not (theirs[case] == "died" and text.startswith("raised"))
    }
    unexpected = [
        f"{case}\n  theirs {theirs[case]}\n  ours   {text}"
        for case, text in different.items()
        if wanted.get(case) != text
    ]
    assert not unexpected, "\n".join(unexpected)
    assert different == wanted, "a listed difference is none (any more)"
