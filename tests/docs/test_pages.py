# SPDX-License-Identifier: Apache-2.0
"""Every code block of every page of the documentation does what its page says."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from doc_page import REPOSITORY, Block, PageError, find_pages, read_page
from run_page import is_available
from rust_blocks import run_crate, write_crate

HERE = Path(__file__).resolve().parent
DOCS = REPOSITORY / "docs"
PAGES = [str(page.relative_to(REPOSITORY)) for page in find_pages(DOCS)]
TIMEOUT_S = 900


def run_page(page: str, directory: Path, wheelhouse: Path) -> subprocess.CompletedProcess[str]:
    """Run a page in a process of its own, in an empty directory."""
    directory.mkdir()
    environment = dict(os.environ, TVM_FFI_CACHE_DIR=str(directory / ".cache"))
    # Pages install this package by name, into environments of their own.
    environment["PIP_FIND_LINKS"] = str(wheelhouse)
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])
    return subprocess.run(
        [sys.executable, HERE / "run_page.py", REPOSITORY / page, page],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=TIMEOUT_S,
        check=False,
    )


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, wheelhouse: Path
) -> Iterator[dict[str, Future[subprocess.CompletedProcess[str]]]]:
    """Start the selected pages, as many at once as there are processors."""
    names = {item.name for item in request.session.items}
    directory = tmp_path_factory.mktemp("pages")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {
            page: pool.submit(run_page, page, directory / page.replace("/", "_"), wheelhouse)
            for page in PAGES
            if f"test_page[{page}]" in names
        }


@pytest.mark.parametrize("page", PAGES)
def test_page(page: str, runs: dict[str, Future[subprocess.CompletedProcess[str]]]) -> None:
    result = runs[page].result()
    print(result.stdout)
    if result.returncode != 0:
        pytest.fail(result.stderr, pytrace=False)


def test_rust_blocks(tmp_path: Path) -> None:
    blocks = [block for page in PAGES for block in rust_blocks_of(page)]
    needs = {name for block in blocks for name in block.needs}
    write_crate(blocks, tmp_path, {name for name in needs if not is_available(name)})
    passed, text = run_crate(blocks, tmp_path)
    if not passed:
        pytest.fail(text, pytrace=False)
    assert f"{len(blocks)} passed" in text


def rust_blocks_of(page: str) -> list[Block]:
    """Return the Rust blocks of a page; none if the page is refused, which its own test says."""
    with suppress(PageError):
        blocks = read_page(REPOSITORY / page, page)
        return [block for block in blocks if block.language == "rust" and block.is_run]
    return []


def test_pages_are_markdown() -> None:
    """Pages in another format would escape the checks above."""
    files = {
        path.relative_to(DOCS).as_posix()
        for path in DOCS.rglob("*")
        if path.suffix in {".rst", ".txt", ".ipynb"} and "_build" not in path.parts
    }
    assert files == {"requirements.txt"}
