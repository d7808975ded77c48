# SPDX-License-Identifier: Apache-2.0
"""Check that files state their licence and hold nothing of the machine that they were written on.

Usage: ``check_sources.py FILE...``; prints each complaint as ``file:line: what``, exit status 1.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

LICENCE = "SPDX-License-Identifier: Apache-2.0"
# Where the licence is stated, by the kind of file; other kinds have no comments or are prose.
STATES_LICENCE = re.compile(
    r"(\.(c|cc|cpp|cu|cl|h|py|pyi|rs|sh|cmake|toml|yaml)|/?CMakeLists\.txt|^Makefile|^\.ci/run)$"
)
LICENCE_LINES = 3
# Homes and folders of somebody's machine. A text about such a path says so with `lint: path`, and
# the home in examples is that of `me`.
MACHINE_PATH = re.compile(r"(?<![\w.$}/-])/(?:home/(?!me/)|root/|Users/|work/)\w")


def complaints(path: Path) -> list[str]:
    """Return what is wrong with a file."""
    if path.is_symlink():
        return [f"{path}:1: a symbolic link; it points nowhere in somebody else's checkout"]
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        return []
    found = []
    if STATES_LICENCE.search(path.as_posix()) and LICENCE not in "\n".join(lines[:LICENCE_LINES]):
        found.append(f"{path}:1: no `{LICENCE}` in the first {LICENCE_LINES} lines")
    found += [
        f"{path}:{number}: a path of one machine: {line.strip()}"
        for number, line in enumerate(lines, start=1)
        if MACHINE_PATH.search(line) and "lint: path" not in line
    ]
    return found


def main(paths: list[str]) -> int:
    """Check the files, print what is wrong, and return the exit status."""
    found = [text for path in paths for text in complaints(Path(path))]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
