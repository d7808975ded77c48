# SPDX-License-Identifier: Apache-2.0
"""What the dynamic linker will read in a library."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from install_support import check

# Parts of the C and C++ run-time systems; which of them are needed depends on the C library.
SYSTEM = re.compile(r"lib(c|dl|gcc_s|m|pthread|rt|stdc\+\+)\.so\.\d+|ld-linux.*")


class ElfFacts(NamedTuple):
    """Names of one library."""

    soname: str | None
    needed: set[str]
    runpath: str | None


def elf_facts(library: Path) -> ElfFacts:
    """Read the dynamic section of ``library``, leaving out the system's libraries."""
    text = check("readelf", "--dynamic", "--wide", library)
    found = re.findall(r"\((SONAME|NEEDED|RUNPATH|RPATH)\).*\[(.*)\]", text)
    values = {tag: value for tag, value in found if tag != "NEEDED"}
    assert "RPATH" not in values
    needed = {value for tag, value in found if tag == "NEEDED" and not SYSTEM.fullmatch(value)}
    return ElfFacts(values.get("SONAME"), needed, values.get("RUNPATH"))


def section_names(library: Path) -> set[str]:
    """Return the names of the sections of ``library``."""
    text = check("readelf", "--sections", "--wide", library)
    return set(re.findall(r"^\s*\[\s*\d+\] (\.\S+)", text, flags=re.MULTILINE))
