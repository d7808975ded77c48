# SPDX-License-Identifier: Apache-2.0
"""Rust blocks become doc-tests that are called after their pages."""

from __future__ import annotations

from pathlib import Path

from doc_page import parse_page
from rust_blocks import run_crate, write_crate

PAGE = """\
```rust
assert_eq!(tvm_ffi::Any::from(1).type_index(), 1);
```
```rust
assert_eq!(1, 2);
```
<!-- needs: cuda -->
```rust
panic!("not run");
```
"""


def test_doc_tests_of_a_page(tmp_path: Path) -> None:
    blocks = parse_page(PAGE, "docs/page.md")
    write_crate(blocks, tmp_path, unmet={"cuda"})
    passed, text = run_crate(blocks, tmp_path)
    assert not passed
    assert "- docs/page.md:2 (line 1) ... ok" in text
    assert "- docs/page.md:5 (line 6) ... FAILED" in text
    assert "test result: FAILED. 2 passed; 1 failed" in text
