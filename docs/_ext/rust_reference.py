# SPDX-License-Identifier: Apache-2.0
"""Sphinx extension: puts the output of ``cargo doc`` beneath reference/rust/generated.

``BUILD_RUST_DOCS=0`` leaves it out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

GENERATED = "reference/rust/generated"


def _copy_documentation(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html":
        return
    if os.getenv("BUILD_RUST_DOCS", "1") == "0":
        return
    rust = Path(app.confdir).parent / "rust"
    command = ["cargo", "doc", "--quiet", "--workspace", "--no-deps"]
    environment = dict(os.environ, RUSTDOCFLAGS="-D warnings")
    subprocess.run(command, cwd=rust, env=environment, check=True)
    target = Path(os.getenv("CARGO_TARGET_DIR", rust / "target"))
    generated = Path(app.outdir) / GENERATED
    shutil.rmtree(generated, ignore_errors=True)
    shutil.copytree(target / "doc", generated)


def setup(app: Sphinx) -> dict[str, bool]:
    """Copy when the pages are written, so that links to what is copied can be checked after."""
    app.connect("build-finished", _copy_documentation)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
