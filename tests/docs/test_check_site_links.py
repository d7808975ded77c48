# SPDX-License-Identifier: Apache-2.0
"""The checker of the built site finds links that lead nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from check_site_links import broken_links


@pytest.mark.parametrize(
    ("link", "is_broken"),
    [
        ("other.html", False),
        ("other.html#here", False),
        ("#top", False),
        ("folder/../other.html", False),
        ("style.css?v=1", False),
        ("https://example.com/nowhere", False),
        ("mailto:nobody@example.com", False),
        ("missing.html", True),
        ("other.html#elsewhere", True),
        ("#bottom", True),
        ("folder", True),
    ],
)
def test_links_within_the_site(tmp_path: Path, link: str, is_broken: bool) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "style.css").touch()
    (tmp_path / "other.html").write_text('<h1 id="here">Other</h1>')
    (tmp_path / "index.html").write_text(f'<a id="top" href="{link}">a link</a>')
    assert broken_links(tmp_path) == ([f"index.html: {link}"] if is_broken else [])


def test_generated_pages_are_only_targets(tmp_path: Path) -> None:
    generated = tmp_path / "reference/rust/generated"
    generated.mkdir(parents=True)
    (generated / "index.html").write_text('<a href="gone.html">gone</a>')
    assert broken_links(tmp_path) == []
