# SPDX-License-Identifier: Apache-2.0
"""Lets these tests use what those of the package and of the examples share."""

from __future__ import annotations

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "python"), str(TESTS / "examples")]
