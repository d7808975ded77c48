# SPDX-License-Identifier: Apache-2.0
"""Checks that every link of the built site that stays in it leads somewhere.

Usage: ``python check_site_links.py SITE``. The pages that cargo wrote are targets, but their own
links are cargo's business.
"""

from __future__ import annotations

import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

GENERATED = ("reference/rust/generated", "_static")


class PageLinks(HTMLParser):
    """The links of a page and the anchors that links may lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect from one tag."""
        for name, value in attrs:
            if value is None:
                continue
            if name in ("id", "name"):
                self.anchors.add(value)
            elif (tag, name) in (
                ("a", "href"),
                ("link", "href"),
                ("img", "src"),
                ("script", "src"),
            ):
                self.links.append(value)


@cache
def read_links(path: Path) -> PageLinks:
    """Return what a page links to and offers."""
    page = PageLinks()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def broken_links(site: Path) -> list[str]:
    """Return a line for each link of the site that leads nowhere."""
    broken = []
    for path in sorted(site.rglob("*.html")):
        name = path.relative_to(site).as_posix()
        if name.startswith(GENERATED):
            continue
        broken += [
            f"{name}: {link}"
            for link in read_links(path).links
            if not is_external(link) and not leads_somewhere(path, link)
        ]
    return broken


def is_external(link: str) -> bool:
    """Whether a link leaves the site."""
    parts = urlsplit(link)
    return bool(parts.scheme or parts.netloc)


def leads_somewhere(path: Path, link: str) -> bool:
    """Whether a link of a page leads to a file and, if it names one, to an anchor of it."""
    parts = urlsplit(link)
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_file():
        return False
    if not parts.fragment or target.suffix != ".html":
        return True
    return unquote(parts.fragment) in read_links(target).anchors


def main() -> int:
    """Print the broken links of the site on the command line."""
    site = Path(sys.argv[1])
    broken = broken_links(site)
    print("\n".join(broken) if broken else f"every link within {site} leads somewhere")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
