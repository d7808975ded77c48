# SPDX-License-Identifier: Apache-2.0
"""examples/inline_module does what its README says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "inline_module"


def test_the_output_is_that_of_the_readme(tmp_path):
    environment = {**os.environ, "TVM_FFI_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, str(EXAMPLE / "main.py")]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    (shown,) = re.findall(r"```text\n(.*?)```", (EXAMPLE / "README.md").read_text(), re.DOTALL)
    *cpu, gpu = shown.splitlines()
    assert result.stdout.splitlines()[:-1] == cpu
    possible = (gpu, "GPU: torch sees none", "GPU: [1. 2. 3. 4. 5.]")
    assert result.stdout.splitlines()[-1] in possible
