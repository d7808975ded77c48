# SPDX-License-Identifier: Apache-2.0
"""Sphinx configuration: MyST pages, furo theme. Build with ``make docs``; see dev/doc_build.md."""

import os
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "_ext"))
os.environ["TVM_FFI_BUILD_DOCS"] = "1"

_header = (HERE.parent / "include/tvm/ffi/c_api.h").read_text(encoding="utf-8")
_version = [
    re.search(rf"#define TVM_FFI_VERSION_{part} (\d+)", _header).group(1)
    for part in ("MAJOR", "MINOR", "PATCH")
]

project = "tvm-ffi"
author = "the tvm-ffi authors"
copyright = author
release = version = ".".join(_version)

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "breathe",
    "cpp_reference",
    "rust_reference",
]
exclude_patterns = ["_build"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4

# A reference to a name of this package that is nowhere documented is a warning. Names of other
# packages would need their inventories from the network, and C++ ones the standard library's.
nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(?!tvm_ffi).*"),
    ("py:class", r"tvm_ffi\.(\w+\.)*(_\w+|(Keys|Values|Items)View)"),
    ("(c|cpp):.*", ".*"),
]
# Each header has a page, and declares the namespaces again.
suppress_warnings = ["duplicate_declaration.cpp"]

autodoc_member_order = "groupwise"
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_google_docstring = False
napoleon_use_rtype = False

breathe_default_project = "tvm-ffi"
breathe_default_members = ("members", "undoc-members")

toc_object_entries_show_parents = "hide"
html_theme = "furo"
html_title = f"tvm-ffi {release}"
html_static_path = ["_static"]
html_css_files = ["custom.css"]
html_show_copyright = False

# `make docs` follows every link that stays in the site (scripts/check_site_links.py). Those that
# leave it are for `sphinx-build -b linkcheck` on a machine that reaches them.
linkcheck_anchors = False
linkcheck_timeout = 20
