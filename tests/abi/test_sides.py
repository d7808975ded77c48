# SPDX-License-Identifier: Apache-2.0
"""Two libraries from the same sources, one per package's headers, work on each other's values.

Each game of side/*.cc is driven by one side with the helpers of the other, in either runtime,
loaded in either order, and with the sides' inline functions kept apart or merged by the dynamic
linker. What a game writes must be what the published package writes when it plays alone.
"""

from __future__ import annotations

import itertools
import json
import re
import subprocess
from pathlib import Path
from typing import Callable

import pytest

HERE = Path(__file__).resolve().parent
Transcripts = dict[str, dict[str, list[str]]]


@pytest.fixture(scope="session")
def play(pythons: dict[str, str], sides: dict[str, Path]) -> Callable[..., Transcripts]:
    """Return what loads the sides in an order and returns what all their games write."""

    def play_in(runtime: str, symbols: str, order: list[str]) -> Transcripts:
        mode = {"closed": "local", "open": "global"}[symbols]
        libraries = [
            word for name in order for word in (name, str(sides[name] / f"lib{symbols}.so"))
        ]
        result = subprocess.run(
            [pythons[runtime], str(HERE / "run_sides.py"), mode, *libraries],
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    return play_in


@pytest.fixture(scope="session")
def expected(play: Callable[..., Transcripts]) -> dict[str, list[str]]:
    """Return what the games write when only published code plays."""
    transcripts = play("published", "closed", ["abi_a"])
    return {subject: games["abi_a with abi_a"] for subject, games in transcripts.items()}


def exported_lambdas(library: Path) -> set[str]:
    """Return the symbols of this library that belong to lambdas of the package's own functions."""
    output = subprocess.check_output(["nm", "-DC", "--defined-only", str(library)], text=True)
    symbols = {line.split(maxsplit=2)[2] for line in output.splitlines()}
    return {name for name in symbols if "{lambda(" in name and "abi_" not in name}


def test_no_lambda_is_taken_for_one_of_the_other_headers(sides: dict[str, Path]) -> None:
    # Two lambdas in inline functions of the same name share their symbols, whatever they capture.
    ours = exported_lambdas(sides["abi_b"] / "libopen.so")
    assert not ours & exported_lambdas(sides["abi_a"] / "libopen.so")


def exported_variables(library: Path) -> dict[str, int]:
    """Return name and size of the variables that this library exports, mangled."""
    output = subprocess.check_output(["nm", "-DS", "--defined-only", str(library)], text=True)
    rows = [line.split() for line in output.splitlines()]
    return {row[3]: int(row[1], 16) for row in rows if len(row) == 4 and row[2] in "uVvBbDdRr"}


def demangle(names: set[str]) -> set[str]:
    """Return the C++ names of symbols."""
    return set(subprocess.check_output(["c++filt", *sorted(names)], text=True).splitlines())


def test_only_type_indices_are_initialised_in_both_headers(sides: dict[str, Path]) -> None:
    # Static locals, and guards of variables: whoever comes first initialises the one for both.
    shared = set.intersection(
        *(set(exported_variables(path / "libopen.so")) for path in sides.values())
    )
    initialised = demangle({name for name in shared if name.startswith(("_ZZ", "_ZGV"))})
    allowed = ("::_GetOrAllocRuntimeTypeIndex()::tindex", "::_type_index")
    assert any(name.endswith(allowed) for name in initialised)
    others = {name for name in initialised if not name.endswith(allowed)}
    assert {name for name in others if "tvm::ffi::" in name} == set()


def test_variables_of_both_headers_have_one_size(sides: dict[str, Path]) -> None:
    theirs, ours = (exported_variables(sides[side] / "libopen.so") for side in ("abi_a", "abi_b"))
    shared = theirs.keys() & ours.keys()
    assert any("kAnyHash" in name for name in shared)
    assert {name: theirs[name] for name in shared} == {name: ours[name] for name in shared}


def test_published_code_plays_every_game(expected: dict[str, list[str]]) -> None:
    sources = "".join(path.read_text() for path in HERE.glob("side/*.cc"))
    assert set(re.findall(r"^ABI_SUBJECT\((\w+)\)", sources, re.MULTILINE)) == expected.keys()
    for subject, lines in expected.items():
        assert lines, subject
        assert not lines[0].startswith("failed"), f"{subject}: {lines[0]}"


@pytest.mark.parametrize("symbols", ["closed", "open"])
@pytest.mark.parametrize("order", [["abi_a", "abi_b"], ["abi_b", "abi_a"]], ids="-".join)
@pytest.mark.parametrize("runtime", ["published", "ours"])
def test_sides_work_on_each_others_values(
    runtime: str,
    order: list[str],
    symbols: str,
    play: Callable[..., Transcripts],
    expected: dict[str, list[str]],
) -> None:
    transcripts = play(runtime, symbols, order)
    assert transcripts.keys() == expected.keys()
    differences = [
        f"{subject}, {game}, line {number}:\n  expected {want}\n  got      {got}"
        for subject, games in transcripts.items()
        for game, lines in games.items()
        for number, (want, got) in enumerate(itertools.zip_longest(expected[subject], lines))
        if want != got
    ]
    assert not differences, "\n".join(differences[:20])
