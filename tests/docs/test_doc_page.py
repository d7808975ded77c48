# SPDX-License-Identifier: Apache-2.0
"""The reader of pages finds every block and refuses those that no rule covers."""

from __future__ import annotations

from pathlib import Path

import pytest
from doc_page import REPOSITORY, Block, PageError, find_pages, parse_page, read_page


def parse(text: str) -> list[Block]:
    return parse_page(text, "page.md")


def test_block_has_its_language_code_and_first_line() -> None:
    (block,) = parse("# Title\n\n```python\nx = 1\ny = 2\n```\n")
    assert (block.language, block.code, block.line) == ("python", "x = 1\ny = 2\n", 4)
    assert block.is_run


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("1. Step\n\n   ```bash\n   true\n   ```\n", 4),
        ("> ~~~~bash\n> true\n> ~~~~\n", 2),
        ("````{note}\nText.\n\n```bash\ntrue\n```\n````\n", 5),
        (":::{tip}\n```bash\ntrue\n```\n:::\n", 3),
        ("`````{tab-set}\n````{tab-item} A\n```bash\ntrue\n```\n````\n`````\n", 4),
    ],
)
def test_block_is_found_inside_lists_quotes_and_admonitions(text: str, line: int) -> None:
    (block,) = parse(text)
    assert (block.code, block.line) == ("true\n", line)


def test_markers_before_a_block_are_its_own() -> None:
    first, second = parse(
        "<!-- needs: torch, numpy -->\n<!-- body -->\n```cpp\n```\n\n```cpp\n```\n"
    )
    assert first.markers == {"needs": "torch, numpy", "body": ""}
    assert first.needs == ["torch", "numpy"]
    assert second.markers == {}


def test_marker_ends_a_paragraph() -> None:
    (block,) = parse("Write this file:\n<!-- file: a/b.toml -->\n```toml\nx = 1\n```\n")
    assert block.markers == {"file": "a/b.toml"}
    assert not block.is_run


def test_text_directly_after_a_run_block_is_its_output() -> None:
    (block,) = parse("```bash\necho 1\n```\n\n```text\n1\n```\n")
    assert block.expected_output == "1\n"


@pytest.mark.parametrize(
    "text",
    [
        "```bash\necho 1\n```\n\nA figure:\n\n```text\n->\n```\n",
        "<!-- file: a.py -->\n```python\n```\n```text\n->\n```\n",
    ],
)
def test_other_text_is_a_figure(text: str) -> None:
    (block,) = parse(text)
    assert block.expected_output is None


def test_text_may_be_a_file() -> None:
    (block,) = parse("<!-- file: a.txt -->\n```text\nhello\n```\n")
    assert (block.markers, block.code) == ({"file": "a.txt"}, "hello\n")


def test_excerpt_is_part_of_the_file_it_names() -> None:
    (block,) = parse("<!-- excerpt: Makefile -->\n```make\n@bash scripts/test.sh\n```\n")
    assert not block.is_run


def test_blocks_of_an_included_file_are_those_of_the_page() -> None:
    included = REPOSITORY / "CONTRIBUTING.md"
    page = "Text.\n\n```{include} ../../CONTRIBUTING.md\n```\n"
    blocks = parse_page(page, "page.md", REPOSITORY / "docs" / "dev")
    assert [block.code for block in blocks] == [block.code for block in read_page(included)]


def test_program_that_tests_run_is_shown_as_a_file() -> None:
    assert parse("```{literalinclude} examples/load_from_bytes/add_one.cc\n```\n") == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("```{include} gone.md\n```\n", "page.md:1: no file gone.md in the repository"),
        ("```{literalinclude} ../x.py\n```\n", "page.md:1: no file ../x.py in the repository"),
        ("```{literalinclude} LICENSE\n```\n", "page.md:1: {literalinclude} of a file that no"),
        ("```{eval-rst}\n.. code-block:: c\n\n   x\n```\n", "page.md:1: code in {eval-rst}"),
        ("```\nx\n```\n", "page.md:2: a block without a language"),
        ("```console\n$ x\n```\n", "page.md:2: nothing runs 'console'"),
        ("```toml\nx = 1\n```\n", "page.md:2: nothing runs 'toml'"),
        ("Text.\n\n    x = 1\n", "page.md:3: indented code"),
        ("```{code-block} python\nx\n```\n", "page.md:1: {code-block} hides code"),
        ("<!-- neds: torch -->\n```python\n```\n", "page.md:1: unknown <!-- neds: torch -->"),
        ("<!-- file -->\n```python\n```\n", "page.md:1: unknown <!-- file -->"),
        ("<!-- body: x -->\n```cpp\n```\n", "page.md:1: unknown <!-- body: x -->"),
        ("<!-- body -->\nText.\n", "page.md:2: <!-- body --> is not before a block"),
        ("Text.\n\n<!-- body -->\n", "page.md:3: <!-- body --> is not before a block"),
        ("<!-- body -->\n```{note}\n```\n", "page.md:2: <!-- body --> is not before a block"),
        ("<!-- body -->\n```python\n```\n", "page.md:3: <!-- body --> and <!-- continues -->"),
        ("<!-- in: home -->\n```bash\n```\n", "page.md:3: <!-- in: checkout --> is the only"),
        ("<!-- file: a --><!-- body -->\n```cpp\n```\n", "page.md:3: these markers exclude"),
        ("<!-- excerpt: gone.txt -->\n```ini\n```\n", "page.md:3: no file gone.txt"),
        ("<!-- excerpt: LICENSE -->\n```ini\nx=y\n```\n", "page.md:3: not a verbatim part"),
    ],
)
def test_refusal_says_where_and_why(text: str, problem: str) -> None:
    with pytest.raises(PageError) as error:
        parse(text)
    assert str(error.value).startswith(problem)


def test_pages_are_found_at_any_depth_but_not_in_builds(tmp_path: Path) -> None:
    for name in ("index.md", "guides/a.md", "_build/b.md", "guides/c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert find_pages(tmp_path) == [tmp_path / "guides/a.md", tmp_path / "index.md"]
