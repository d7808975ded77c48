# SPDX-License-Identifier: Apache-2.0
"""Lets these tests use the ctypes structs of DLPack in tests/python/fake_framework.py."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))
