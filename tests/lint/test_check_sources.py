# SPDX-License-Identifier: Apache-2.0
"""``check_sources.py`` names the file, the line and what is wrong with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CHECK = Path(__file__).with_name("check_sources.py")
LICENCE = "# SPDX-License-Identifier: Apache-2.0\n"


def check(*paths: Path) -> tuple[int, list[str]]:
    command = [sys.executable, CHECK, *(path.name for path in paths)]
    result = subprocess.run(
        command, cwd=paths[0].parent, capture_output=True, text=True, check=False
    )
    return result.returncode, result.stdout.splitlines()


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_source_with_its_licence_passes(tmp_path: Path) -> None:
    assert check(write(tmp_path / "good.py", LICENCE + "x = 1\n")) == (0, [])


def test_a_source_without_its_licence_is_named(tmp_path: Path) -> None:
    status, (complaint,) = check(write(tmp_path / "bad.rs", "fn main() {}\n"))
    assert status == 1
    assert complaint.startswith("bad.rs:1: no `SPDX-License-Identifier")


def test_prose_needs_no_licence(tmp_path: Path) -> None:
    assert check(write(tmp_path / "page.md", "# Title\n")) == (0, [])


def test_a_path_of_one_machine_is_named_with_its_line(tmp_path: Path) -> None:
    home = "/".join(["", "home", "somebody", "x"])
    source = write(tmp_path / "paths.py", LICENCE + f'p = "{home}"\n')
    assert check(source) == (1, [f'paths.py:2: a path of one machine: p = "{home}"'])


def test_a_link_is_named(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    status, (complaint,) = check(link)
    assert status == 1
    assert complaint.startswith("link:1: a symbolic link")


def test_binary_files_are_left_alone(tmp_path: Path) -> None:
    image = tmp_path / "image.bin"
    image.write_bytes(b"\xff\xfe\x00")
    assert check(image) == (0, [])
