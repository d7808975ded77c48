# SPDX-License-Identifier: Apache-2.0
"""Runs Python programs in processes of their own, where OpenCL is opened anew."""

from __future__ import annotations

import os
import subprocess
import sys


def run_python(program: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run `program` with additional environment variables; an empty one is unset."""
    variables = {**os.environ, **environment}
    variables = {name: value for name, value in variables.items() if value}
    return subprocess.run(
        [sys.executable, "-c", program], env=variables, capture_output=True, check=False
    )
