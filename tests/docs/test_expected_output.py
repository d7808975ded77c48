# SPDX-License-Identifier: Apache-2.0
"""Printed output is compared line by line with what a page says."""

from __future__ import annotations

import pytest
from expected_output import output_difference


@pytest.mark.parametrize(
    ("expected", "printed"),
    [
        ("a\nb\n", "a\nb"),
        ("a\n", "a  \n\n"),
        ("a\n...\nd\n", "a\nb\nc\nd\n"),
        ("a\n...\n", "a\n"),
        ("...\nb\n...\nb\n", "b\nb\nb\n"),
        ("", "\n"),
    ],
)
def test_same_output(expected: str, printed: str) -> None:
    assert output_difference(expected, printed) is None


@pytest.mark.parametrize(
    ("expected", "printed"),
    [
        ("a\n", "b\n"),
        ("a\n", "a\nb\n"),
        ("a\nb\n", "a\n"),
        ("a...\n", "abc\n"),
        ("a\n...\nd\n", "a\nb\n"),
        ("a\n", ""),
    ],
)
def test_other_output_is_shown_as_a_difference(expected: str, printed: str) -> None:
    difference = output_difference(expected, printed)
    assert difference is not None
    assert difference.startswith("--- expected\n+++ printed\n")
