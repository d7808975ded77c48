# SPDX-License-Identifier: Apache-2.0
"""Sphinx configuration: MyST pages, furo theme. Build with ``make docs``."""

import re
from pathlib import Path

_header = (Path(__file__).parent.parent / "include/tvm/ffi/c_api.h").read_text()
_version = [
    re.search(rf"#define TVM_FFI_VERSION_{part} (\d+)", _header).group(1)
    for part in ("MAJOR", "MINOR", "PATCH")
]

project = "tvm-ffi"
author = "the tvm-ffi authors"
release = version = ".".join(_version)

extensions = ["myst_parser"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"tvm-ffi {release}"
