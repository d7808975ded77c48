# SPDX-License-Identifier: Apache-2.0
"""Marked files of the stub generator: how they are found, parsed and written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from stubgen_support import COLOUR, empty_block, marker, write
from tvm_ffi.stub import consts as C
from tvm_ffi.stub.file_utils import (
    CodeBlock,
    FileInfo,
    collect_files,
    path_walk,
    syntax_for,
    write_text,
)


def read(path: Path, *lines: str) -> FileInfo:
    info = FileInfo.from_file(write(path, *lines))
    assert info is not None
    return info


def shape(info: FileInfo) -> list[tuple]:
    """Return what each block is and where, without its lines."""
    return [(b.kind, b.param, b.lineno_start, b.lineno_end) for b in info.code_blocks]


# ---- markers ------------------------------------------------------------------------------------


def test_markers_stand_behind_the_comment_token_of_the_language():
    assert C.RUST_SYNTAX.begin == "// tvm-ffi-stubgen(begin):"
    assert C.RUST_SYNTAX.end == "// tvm-ffi-stubgen(end)"
    assert C.RUST_SYNTAX.prefix == "// tvm-ffi-stubgen("
    assert C.PYTHON_SYNTAX.skip_file == "# tvm-ffi-stubgen(skip-file)"
    assert C.PYTHON_SYNTAX.ty_map == C.PYTHON_SYNTAX.directive("ty-map")
    assert C.PYTHON_SYNTAX.import_object == C.PYTHON_SYNTAX.directive("import-object")


@pytest.mark.parametrize(
    ("name", "comment"),
    [("a.py", "#"), ("a.PYI", "#"), ("a.rs", "//"), ("a.RS", "//"), ("a.txt", "#"), ("a", "#")],
)
def test_the_suffix_decides_how_markers_are_written(name, comment):
    assert syntax_for(Path(name)).comment == comment


@pytest.mark.parametrize(
    ("text", "kind", "param"),
    [
        ("global/a.b", "global", ("a.b", "")),
        ("global/a@..registry", "global", ("a", "..registry")),
        ("global/a@ .b", "global", ("a", " .b")),
        ("object/a.B", "object", "a.B"),
        ("export/_ffi_api", "export", "_ffi_api"),
        ("import-section", "import-section", ""),
        ("__all__", "__all__", ""),
    ],
)
def test_kinds_of_blocks(text, kind, param):
    found = CodeBlock.from_begin_line(7, marker("begin", text), C.PYTHON_SYNTAX)
    assert found == CodeBlock(kind, param, 7, None, [])


@pytest.mark.parametrize(
    ("line", "param"),
    [
        (marker("ty-map", "a -> b"), ("ty-map", "a -> b")),
        (marker("any_Name-1", "  x # y  "), ("any_Name-1", "x # y")),
        (marker("skip") + ":", ("skip", "")),
    ],
)
def test_directives_are_blocks_of_one_line(line, param):
    found = CodeBlock.from_begin_line(7, line, C.PYTHON_SYNTAX)
    assert found == CodeBlock("directive", param, 7, 7, [])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (marker("begin", "helpers"), "Unknown stub type `helpers` at line 7"),
        (marker("begin", ""), "Unknown stub type `` at line 7"),
        (marker("begin", "global"), "Unknown stub type `global` at line 7"),
        (marker("begin", "ty-map/a"), "Unknown stub type `ty-map/a` at line 7"),
        (marker("begin", "global/a@b@c"), "Unknown stub type `global/a@b@c` at line 7"),
        (marker("begin"), f"Unknown stub type at line 7: {marker('begin')}"),
        (marker("foo"), f"Unknown stub type at line 7: {marker('foo')}"),
        (marker("f o", "x"), f"Unknown stub type at line 7: {marker('f o', 'x')}"),
        ("plain", "Unknown stub type at line 7: plain"),
    ],
)
def test_malformed_markers_are_named(line, message):
    with pytest.raises(ValueError) as caught:
        CodeBlock.from_begin_line(7, line, C.PYTHON_SYNTAX)
    assert str(caught.value) == message


def test_a_block_of_an_unknown_kind_is_a_mistake_of_the_program():
    with pytest.raises(AssertionError, match="ty-map"):
        CodeBlock("ty-map", "a", 1, 1, ["a"])


def test_indent_counts_blanks_of_the_first_line():
    assert CodeBlock(None, "", 1, 1, ["   a"]).indent == 3
    assert CodeBlock(None, "", 1, 1, ["\ta"]).indent == 0
    assert CodeBlock(None, "", 1, 1, []).indent == 0


# ---- parsing ------------------------------------------------------------------------------------


def test_a_file_is_split_into_blocks_directives_and_plain_lines(tmp_path):
    info = read(
        tmp_path / "a.py",
        "x = 1",
        "  " + marker("begin", "object/a.B") + "  ",
        "  y: int",
        "  " + marker("end") + " of it",
        marker("ty-map", "a -> b"),
        f"z = 2  {marker('begin', 'no marker here')}",
    )
    assert shape(info) == [
        (None, "", 1, 1),
        ("object", "a.B", 2, 4),
        ("directive", ("ty-map", "a -> b"), 5, 5),
        (None, "", 6, 6),
    ]
    assert info.code_blocks[1].lines[1] == "  y: int"
    assert [line for block in info.code_blocks for line in block.lines] == list(info.lines)


def test_a_directive_inside_a_block_comes_in_front_of_it(tmp_path):
    begin, end = empty_block("__all__")
    info = read(tmp_path / "a.py", begin, marker("skip", "a.B"), "old", end)
    assert shape(info) == [("directive", ("skip", "a.B"), 2, 2), ("__all__", "", 1, 4)]
    assert info.update(verbose=False, dry_run=False)
    assert info.path.read_text().splitlines() == [marker("skip", "a.B"), begin, "old", end]


def test_markers_of_other_languages_are_plain_lines(tmp_path):
    assert FileInfo.from_file(write(tmp_path / "a.rs", *empty_block("object/a.B"))) is None


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (empty_block("__all__")[:1] * 2, "Nested stub not permitted at line 2"),
        (["x", marker("end")], "Unmatched `# tvm-ffi-stubgen(end)` found at line 2"),
        (empty_block("__all__")[:1], "Unclosed stub block at end of file"),
        (["x", marker("begin", "what")], "Unknown stub type `what` at line 2"),
        ([marker("")[:-1]], "Unknown stub type at line 1: # tvm-ffi-stubgen("),
    ],
)
def test_markers_that_do_not_fit_together(tmp_path, lines, message):
    with pytest.raises(ValueError) as caught:
        FileInfo.from_file(write(tmp_path / "a.py", *lines))
    assert str(caught.value) == message


@pytest.mark.parametrize("line", [marker("skip-file"), "    " + marker("skip-file") + " by hand"])
def test_a_file_can_ask_to_be_skipped_whatever_else_it_has(tmp_path, line):
    path = write(tmp_path / "a.py", marker("begin", "nonsense"), line)
    assert FileInfo.from_file(path) is None
    assert FileInfo.from_file(path, include_empty=True) is None


def test_files_without_markers_count_only_on_request(tmp_path):
    path = write(tmp_path / "a.py", "x = 1")
    assert FileInfo.from_file(path) is None
    info = FileInfo.from_file(path, include_empty=True)
    assert info is not None
    assert info.lines == ("x = 1",)
    (tmp_path / "empty.py").touch()
    empty = FileInfo.from_file(tmp_path / "empty.py", include_empty=True)
    assert empty is not None
    assert (empty.lines, empty.code_blocks) == ((), [])


# ---- writing ------------------------------------------------------------------------------------


def test_an_unchanged_file_is_not_written(tmp_path):
    path = tmp_path / "a.py"
    data = "\r\n".join(empty_block("__all__")).encode()  # also not brought into the usual form
    path.write_bytes(data)
    info = FileInfo.from_file(path)
    assert info is not None
    assert not info.update(verbose=False, dry_run=False)
    assert path.read_bytes() == data


def test_a_changed_file_keeps_its_other_lines_and_gets_plain_line_ends(tmp_path):
    path = tmp_path / "a.py"
    begin, end = empty_block("__all__")
    text = "\r\n".join(['s = "ü\x0c\u2028"', begin, end, "", ""])
    path.write_bytes(text.encode())
    info = FileInfo.from_file(path)
    assert info is not None
    info.code_blocks[1].replace_content(['"é",'])
    assert info.update(verbose=False, dry_run=False)
    expected = "\n".join(['s = "ü\x0c\u2028"', begin, '"é",', end, "", ""])
    assert path.read_bytes() == expected.encode()
    assert not info.update(verbose=False, dry_run=False)


def test_a_dry_run_leaves_the_file_alone(tmp_path):
    info = read(tmp_path / "a.py", *empty_block("__all__"))
    before = info.path.read_bytes()
    info.code_blocks[0].replace_content(["x"])
    assert info.update(verbose=False, dry_run=True)
    assert info.path.read_bytes() == before


def test_verbose_shows_what_changes(tmp_path, capsys):
    info = read(tmp_path / "a.py", "x", *empty_block("__all__"))
    info.update(verbose=True, dry_run=False)
    assert COLOUR.sub("", capsys.readouterr().out) == "-----> Unchanged\n"
    info.code_blocks[1].replace_content(["new"])
    info.update(verbose=True, dry_run=False)
    out = capsys.readouterr().out
    assert f"{C.TERM_GREEN}+new{C.TERM_RESET}" in out
    assert COLOUR.sub("", out).splitlines() == [
        "@@ -1,3 +1,4 @@",
        " x",
        f" {marker('begin', '__all__')}",
        "+new",
        f" {marker('end')}",
    ]


def test_reload_reads_what_was_written_meanwhile(tmp_path):
    info = read(tmp_path / "a.py", *empty_block("__all__"))
    write(info.path, "x", *empty_block("import-section"))
    info.reload()
    assert [block.kind for block in info.code_blocks] == [None, "import-section"]


def test_writing_keeps_permissions_and_links(tmp_path):
    target = write(tmp_path / "real.sh", "old")
    target.chmod(0o750)
    link = tmp_path / "link.py"
    link.symlink_to("real.sh")
    write_text(link, "new\n")
    assert link.is_symlink()
    assert target.read_text() == "new\n"
    assert target.stat().st_mode & 0o777 == 0o750


def test_a_failed_write_leaves_the_old_text_and_nothing_else(tmp_path):
    path = write(tmp_path / "a.py", "old")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "new \ud800")
    assert path.read_text() == "old\n"
    assert os.listdir(tmp_path) == ["a.py"]


# ---- finding ------------------------------------------------------------------------------------


def names(files: list[FileInfo], root: Path) -> list[str]:
    return [str(file.path.relative_to(root)) for file in files]


def test_directories_are_searched_and_named_files_are_taken(tmp_path):
    for name in ("b.py", "a/c.pyi", "a/.hidden/d.py", "e.PY", "f.rs", "g.txt"):
        write(tmp_path / name, *empty_block("__all__"))
    write(tmp_path / "no_marker.py", "x")
    (tmp_path / "directory.py").mkdir()
    elsewhere = write(tmp_path.parent / f"{tmp_path.name}-linked" / "x.py", *empty_block("__all__"))
    (tmp_path / "link").symlink_to(elsewhere.parent)
    paths = [tmp_path, tmp_path / "g.txt", tmp_path / "b.py", tmp_path / "missing"]
    found = collect_files(paths, {".py", ".pyi"})
    assert names(found, tmp_path) == ["a/.hidden/d.py", "a/c.pyi", "b.py", "e.PY", "g.txt"]


def test_files_that_cannot_be_parsed_are_reported_and_left_out(tmp_path, capsys):
    write(tmp_path / "a.py", marker("end"))
    write(tmp_path / "b.py", *empty_block("__all__"))
    (tmp_path / "c.py").write_bytes(b"\xff")
    assert names(collect_files([tmp_path], {".py"}), tmp_path) == ["b.py"]
    out = COLOUR.sub("", capsys.readouterr().out)
    assert f'[Error] File "{tmp_path / "a.py"}": Traceback' in out
    assert "ValueError: Unmatched `# tvm-ffi-stubgen(end)` found at line 1" in out
    assert f'[Error] File "{tmp_path / "c.py"}"' in out
    assert "UnicodeDecodeError" in out


def test_path_walk_tells_directories_from_files(tmp_path):
    write(tmp_path / "a" / "b.py", "x")
    write(tmp_path / "c.py", "x")
    assert list(path_walk(tmp_path)) == [
        (tmp_path, ["a"], ["c.py"]),
        (tmp_path / "a", [], ["b.py"]),
    ]
    assert next(path.name for path, _, _ in path_walk(tmp_path, top_down=False)) == "a"
    errors: list[Exception] = []
    assert list(path_walk(tmp_path / "missing", on_error=errors.append)) == []
    assert isinstance(errors[0], FileNotFoundError)
