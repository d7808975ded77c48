# SPDX-License-Identifier: Apache-2.0
"""The command ``tvm-ffi-stubgen``: options, exit status, and the stages of a run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
import tvm_ffi
from stubgen_support import COLOUR, content, empty_block, function, marker, run_tool, write
from tvm_ffi.stub import cli
from tvm_ffi.stub.file_utils import FileInfo
from tvm_ffi.stub.python_generator import PythonGenerator
from tvm_ffi.stub.python_generator.consts import TY_MAP_DEFAULTS
from tvm_ffi.stub.utils import InitConfig, ObjectInfo, Options

ROOT = Path(__file__).resolve().parents[2]

JSON_BLOCK = [
    marker("begin", "global/ffi.json"),
    "# fmt: off",
    '_FFI_INIT_FUNC("ffi.json", __name__)',
    "if TYPE_CHECKING:",
    "    def Parse(_0: str, /) -> Any: ...",
    "    def Stringify(_0: Any, _1: int | None, /) -> str: ...",
    "# fmt: on",
    marker("end"),
]


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


@pytest.fixture
def stubgen(monkeypatch, capsys):
    """Run the tool in this process; returns the exit status and what it printed."""

    def run(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["tvm-ffi-stubgen", *map(str, arguments)])
        status = cli.__main__()
        return status, COLOUR.sub("", capsys.readouterr().out)

    return run


# ---- the command line ---------------------------------------------------------------------------


def test_the_command_is_installed():
    (entry,) = (e for e in metadata.distribution("tvm-ffi").entry_points if "stubgen" in e.name)
    assert (entry.name, entry.value) == ("tvm-ffi-stubgen", "tvm_ffi.stub.cli:__main__")
    assert entry.load() is cli.__main__


def test_without_files_there_is_help(stubgen):
    status, out = stubgen()
    assert status == 1
    assert out.startswith("usage: tvm-ffi-stubgen")
    for option in ("--imports", "--dlls", "--init-pypkg", "--indent", "--target", "--check"):
        assert option in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--init-lib", "x", "."],
            "--init-pypkg, --init-lib, and --init-prefix must be provided together",
        ),
        (
            ["--check", "--init-pypkg=a", "--init-lib=b", "--init-prefix=c", "."],
            "--check cannot be combined with --init-* flags",
        ),
        (["--target", "java", "."], "argument --target: invalid choice: 'java'"),
        (["--indent", "x", "."], "argument --indent: invalid int value: 'x'"),
    ],
)
def test_usage_errors(monkeypatch, capsys, arguments, message):
    monkeypatch.setattr(sys, "argv", ["tvm-ffi-stubgen", *arguments])
    with pytest.raises(SystemExit) as caught:
        cli.__main__()
    assert caught.value.code == 2
    assert f"tvm-ffi-stubgen: error: {message}" in capsys.readouterr().err


def test_lists_are_split_at_semicolons(monkeypatch):
    line = ["--imports", " a; b.c ;;", "--dlls", ";", "--indent", "2", "x", "y"]
    monkeypatch.setattr(sys, "argv", ["tvm-ffi-stubgen", *line])
    options = cli._options(cli._make_parser())
    assert options == Options(imports=["a", "b.c"], dlls=[], indent=2, files=["x", "y"])


@pytest.mark.parametrize(
    ("given", "prefix"), [("demo", "demo."), (" demo. ", "demo."), (".", "."), (" ", "")]
)
def test_the_prefix_of_init_mode_ends_with_a_dot(monkeypatch, given, prefix):
    line = ["--init-pypkg=p", "--init-lib=l", "--init-prefix", given, "."]
    monkeypatch.setattr(sys, "argv", ["tvm-ffi-stubgen", *line])
    assert cli._options(cli._make_parser()).init == InitConfig("p", "l", prefix)


def test_a_module_that_cannot_be_imported_ends_the_run(tmp_path):
    path = write(tmp_path / "a.py", *empty_block("global/ffi.json"))
    status, _, err = run_tool("--imports", "stubgen_no_module", path)
    assert status == 1
    assert "ModuleNotFoundError: No module named 'stubgen_no_module'" in err
    status, _, err = run_tool("--dlls", tmp_path / "none.so", path)
    assert status == 1
    assert "OSError" in err
    assert lines_of(path) == empty_block("global/ffi.json")


def test_imported_modules_register_what_is_generated(tmp_path, monkeypatch):
    write(
        tmp_path / "stubgen_types.py",
        "import tvm_ffi",
        "from tvm_ffi.dataclasses import py_class",
        "@py_class('stubgen_cli.Point')",
        "class Point(tvm_ffi.Object):",
        "    x: int",
        "    @tvm_ffi.method",
        "    def moved(self, by: list[int]) -> 'Point': ...",
    )
    path = write(tmp_path / "a.py", *empty_block("object/stubgen_cli.Point"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert run_tool("--imports", "stubgen_types", path) == (0, "", "")
    assert lines_of(path)[1:-1] == [
        "# fmt: off",
        "x: int",
        "if TYPE_CHECKING:",
        "    def __init__(self, x: int) -> None: ...",
        "    def __ffi_init__(self, x: int) -> None: ...",
        "    def moved(self, _1: Sequence[int], /) -> Point: ...",
        "# fmt: on",
    ]


# ---- filling files ------------------------------------------------------------------------------


def test_a_block_is_filled_and_stays_as_it_is(stubgen, tmp_path):
    path = write(tmp_path / "a.py", "before", *empty_block("global/ffi.json"), "after")
    assert stubgen(tmp_path)[0] == 0
    assert lines_of(path) == ["before", *JSON_BLOCK, "after"]
    modified = path.stat().st_mtime_ns
    assert stubgen(tmp_path)[0] == 0
    assert path.stat().st_mtime_ns == modified


def test_check_names_stale_files_and_writes_nothing(tmp_path):
    stale = write(tmp_path / "a.py", *empty_block("global/ffi.json"))
    write(tmp_path / "b.py", *JSON_BLOCK)
    assert run_tool("--check", tmp_path) == (1, f"[Stale] {stale}\n", "")
    assert lines_of(stale) == empty_block("global/ffi.json")
    assert run_tool(tmp_path) == (0, "", "")
    assert run_tool("--check", tmp_path) == (0, "", "")


def test_a_dry_run_shows_what_it_would_do(stubgen, tmp_path):
    path = write(tmp_path / "a.py", *empty_block("global/ffi.json"))
    status, out = stubgen("--dry-run", "--verbose", path)
    assert status == 0
    assert f"[File] {path}" in out
    assert "+    def Parse(_0: str, /) -> Any: ..." in out
    assert lines_of(path) == empty_block("global/ffi.json")


def test_files_that_do_not_exist_are_ignored(stubgen, tmp_path):
    assert stubgen(tmp_path / "missing.py")[0] == 0


def test_only_the_first_import_section_and_list_of_names_is_filled(stubgen, tmp_path):
    sections = [*empty_block("import-section"), *empty_block("__all__")]
    path = write(tmp_path / "a.py", *sections, *sections, *empty_block("global/ffi.json"))
    assert stubgen(path)[0] == 0
    lines = lines_of(path)
    assert lines.count("from __future__ import annotations") == 1
    assert lines[lines.index('"Parse",') : lines.index(JSON_BLOCK[0])] == [
        '"Parse",',
        '"Stringify",',
        marker("end"),
        *sections,
    ]


def test_an_unknown_directive_fails_its_file_only(stubgen, tmp_path):
    bad = write(tmp_path / "a.py", marker("what", "x"), *empty_block("global/ffi.json"))
    good = write(tmp_path / "b.py", *empty_block("global/ffi.json"))
    status, out = stubgen("--check", "--verbose", tmp_path)
    assert status == 2
    assert f'[File] {bad}\n[Failed] File "{bad}": Traceback' in out
    assert "ValueError: Unknown directive `what` at line 1" in out
    assert stubgen(tmp_path)[0] == 2
    assert lines_of(bad)[1:] == empty_block("global/ffi.json")
    assert lines_of(good) == JSON_BLOCK


def test_a_type_that_is_gone_fails_after_the_rest_was_written(stubgen, tmp_path):
    gone = [marker("begin", "object/stubgen.Gone"), "old: int", marker("end")]
    path = write(tmp_path / "a.py", *gone, *empty_block("global/ffi.json"), *gone)
    status, out = stubgen(path)
    assert status == 2
    assert (
        "ValueError: `object/stubgen.Gone` (line 1), `object/stubgen.Gone` (line 6): "
        "the type is no longer registered; delete the block\n"
    ) in out
    assert lines_of(path) == [*gone, *JSON_BLOCK, *gone]


def test_a_file_with_broken_markers_does_not_change_the_status(stubgen, tmp_path):
    write(tmp_path / "a.py", marker("end"))
    status, out = stubgen(tmp_path)
    assert status == 0
    assert "[Error]" in out


@pytest.mark.parametrize("payload", ["a.B", "a.B -> C -> D"])
def test_ty_map_has_one_arrow(stubgen, tmp_path, payload):
    write(tmp_path / "a.py", "x", marker("ty-map", payload))
    status, out = stubgen(tmp_path)
    assert status == 2
    assert "ValueError: Invalid ty_map format at line 2. Example: `A.B -> C.D`\n" in out


def test_ty_map_holds_for_all_files_and_the_later_one_wins(stubgen, tmp_path):
    filled = write(
        tmp_path / "a.py",
        marker("ty-map", "testing.TestObjectBase -> first.Base"),
        *empty_block("import-section"),
        *empty_block("object/testing.TestObjectPtrHolder"),
    )
    write(tmp_path / "b.py", marker("ty-map", "testing.TestObjectBase -> second.Root"))
    assert stubgen(tmp_path)[0] == 0
    lines = lines_of(filled)
    assert "value: Root" in lines
    assert "    from second import Root" in lines


def test_a_mapped_type_is_not_imported_where_it_is_defined(stubgen, tmp_path):
    path = write(
        tmp_path / "a.py",
        marker("ty-map", "testing.TestObjectBase -> own.Base"),
        *empty_block("import-section"),
        *empty_block("object/testing.TestObjectBase"),
        *empty_block("object/testing.TestObjectPtrHolder"),
        *empty_block("__all__"),
    )
    assert stubgen(path)[0] == 0
    text = path.read_text()
    assert "value: Base" in text
    assert "import Base" not in text
    assert '"Base",' in text


# ---- prefix -------------------------------------------------------------------------------------


def blocks_of(path: Path) -> list[str]:
    found = (line for line in lines_of(path) if "stubgen(begin): " in line)
    return [line.partition("begin): ")[2] for line in found]


def test_a_prefix_gets_a_block_for_every_type_below_it(stubgen, tmp_path):
    path = write(tmp_path / "a.py", "x", marker("prefix", "ffi.reflection."), "y")
    assert stubgen(path)[0] == 0
    assert blocks_of(path) == [
        "import-section",
        "object/ffi.reflection.AccessPath",
        "object/ffi.reflection.AccessStep",
    ]
    lines = lines_of(path)
    assert lines[:4] == [
        "x",
        marker("prefix", "ffi.reflection."),
        "",
        marker("begin", "import-section"),
    ]
    assert lines[-1] == "y"
    assert lines[lines.index(marker("begin", "object/ffi.reflection.AccessStep")) - 1] == ""
    assert stubgen("--check", path)[0] == 0


def test_parents_come_first_and_blocks_elsewhere_and_skips_count(stubgen, tmp_path):
    write(tmp_path / "a.py", *empty_block("object/testing.TestHash"))
    path = write(
        tmp_path / "b.py",
        marker("skip", "testing.TestCompare"),
        *empty_block("object/testing.TestIntPair"),
        marker("prefix", "testing"),
        "end",
    )
    assert stubgen(tmp_path)[0] == 0
    found = blocks_of(path)
    assert found[:2] == ["object/testing.TestIntPair", "import-section"]
    assert not {"object/testing.TestHash", "object/testing.TestCompare"} & set(found)
    child = found.index("object/testing.TestCxxAutoInitChild")
    assert found.index("object/testing.TestCxxAutoInitParent") < child
    assert found.count("object/testing.TestIntPair") == 1


def test_builtin_types_get_no_block(stubgen, tmp_path):
    path = write(tmp_path / "a.py", marker("prefix", "ffi"))
    assert stubgen(path)[0] == 0
    assert "object/ffi.Module" in blocks_of(path)
    assert "object/ffi.Object" not in blocks_of(path)


def test_blocks_of_types_that_are_gone_are_removed(stubgen, tmp_path):
    path = write(
        tmp_path / "a.py",
        marker("prefix", "stubgen_gone"),
        "",
        *empty_block("object/stubgen_gone.Type"),
        *empty_block("object/stubgen_gone.deep.Type"),
        "end",
    )
    status, out = stubgen(path)
    assert status == 2  # for the type that is not directly below the prefix
    assert (
        f'[Removed] File "{path}": `object/stubgen_gone.Type` (line 3): '
        "the type is no longer registered\n"
    ) in out
    assert "[Skipped] No registered object under prefix `stubgen_gone`\n" in out
    assert lines_of(path) == [
        marker("prefix", "stubgen_gone"),
        *empty_block("object/stubgen_gone.deep.Type"),
        "end",
    ]


def test_a_file_has_one_prefix_and_a_prefix_one_file(stubgen, tmp_path):
    first = write(tmp_path / "a.py", marker("prefix", "ffi.reflection"))
    second = write(tmp_path / "b.py", marker("prefix", "ffi.reflection."))
    third = write(tmp_path / "c.py", marker("prefix", "x"), marker("prefix", "y"))
    status, out = stubgen(tmp_path)
    assert status == 2
    declared = f"prefix `ffi.reflection` is already declared by {first}"
    assert f'[Failed] File "{second}": {declared}\n' in out
    assert f'[Failed] File "{third}": more than one `prefix` directive (line 2)\n' in out
    assert blocks_of(first) != []
    assert blocks_of(second) == blocks_of(third) == []


# ---- init mode ----------------------------------------------------------------------------------

INIT = ("--init-pypkg", "demo-ext", "--init-lib", "demo", "--init-prefix")


@pytest.fixture
def registered(monkeypatch):
    """Let the registry consist of these types: key and key of the parent."""

    def use(parents: dict[str, str]) -> None:
        keys: dict[str, list[str]] = {}
        for key in sorted(parents):
            keys.setdefault(key.rpartition(".")[0], []).append(key)

        def toposort(of: list[str]) -> list[ObjectInfo]:
            return [ObjectInfo([], [], type_key=k, parent_type_key=parents[k]) for k in of]

        monkeypatch.setattr(cli, "collect_type_keys", lambda: keys)
        monkeypatch.setattr(cli, "toposort_objects", toposort)

    return use


def scaffold(path: Path, files: list[FileInfo], prefix: str, *functions: str) -> set[str]:
    """Run the stage that makes files, for functions of these names."""
    funcs: dict[str, list] = {}
    for name in functions:
        funcs.setdefault(name.rpartition(".")[0], []).append(function(name, None))
    init = InitConfig("demo-ext", "demo", prefix)
    return cli._stage_2(files, dict(TY_MAP_DEFAULTS), init, path, funcs, PythonGenerator())


def made(path: Path) -> list[str]:
    return sorted(str(p.relative_to(path)) for p in path.rglob("*") if p.is_file())


def test_init_mode_makes_a_package_for_every_prefix(registered, tmp_path):
    registered({"demo.A": "ffi.Object", "demo.sub.B": "demo.A", "demofoo.C": "ffi.Object"})
    files: list[FileInfo] = []
    prefixes = scaffold(tmp_path, files, "demo.", "demo.f", "demo.only.g", "demo_x.h")
    assert prefixes == {"demo", "demo.sub", "demo.only"}
    packages = ("demo", "demo/only", "demo/sub")
    assert made(tmp_path) == sorted(
        f"{p}/{f}" for p in packages for f in ("__init__.py", "_ffi_api.py")
    )
    assert {file.path for file in files} == {tmp_path / name for name in made(tmp_path)}
    assert "LIB = " in (tmp_path / "demo/_ffi_api.py").read_text()
    assert "LIB = " not in (tmp_path / "demo/sub/_ffi_api.py").read_text()
    assert "class B(_demo_A):" in (tmp_path / "demo/sub/_ffi_api.py").read_text()


def test_a_blank_prefix_means_the_whole_registry(registered, tmp_path):
    registered({"a.A": "ffi.Object", "b.c.C": "ffi.Object"})
    assert scaffold(tmp_path, [], "") == {"a", "b.c"}
    assert scaffold(tmp_path, [], ".") == set()


def test_what_has_a_block_or_is_skipped_or_built_in_is_not_made_again(registered, tmp_path):
    registered({"demo.A": "ffi.Object", "demo.B": "ffi.Object", "ffi.Tensor": "ffi.Object"})
    by_hand = FileInfo.from_file(
        write(
            tmp_path / "x.py",
            *empty_block("object/demo.A"),
            *empty_block("global/demo"),
            marker("skip", "demo.B"),
        )
    )
    assert by_hand is not None
    assert scaffold(tmp_path, [by_hand], "demo.", "demo.f") == set()
    assert scaffold(tmp_path, [by_hand], "ffi.") == set()
    assert made(tmp_path) == ["x.py"]


def test_existing_files_are_extended(registered, tmp_path):
    registered({"demo.A": "ffi.Object", "demo.B": "demo.A"})
    write(tmp_path / "demo/_ffi_api.py", "# by hand", *empty_block("object/demo.A"))
    (tmp_path / "demo/__init__.py").write_text("x = 1")
    api = FileInfo.from_file(tmp_path / "demo/_ffi_api.py")
    assert api is not None
    assert scaffold(tmp_path, [api], "demo.") == {"demo"}
    lines = lines_of(api.path)
    assert lines[:3] == ["# by hand", *empty_block("object/demo.A")]
    assert "class B(_demo_A):" in lines
    assert lines_of(tmp_path / "demo/__init__.py") == ["x = 1", "", *empty_block("export/_ffi_api")]
    assert [block.kind for block in api.code_blocks].count("object") == 2


def test_files_that_ask_to_be_skipped_are_left_alone(registered, tmp_path):
    registered({"demo.A": "ffi.Object"})
    write(tmp_path / "demo/_ffi_api.py", marker("skip-file"))
    assert scaffold(tmp_path, [], "demo.") == set()
    assert made(tmp_path) == ["demo/_ffi_api.py"]


def test_init_mode_fills_what_it_made(stubgen, tmp_path):
    arguments = (*INIT, "ffi.reflection", tmp_path / "new")
    assert stubgen(*arguments)[0] == 0
    api = tmp_path / "new/ffi/reflection/_ffi_api.py"
    assert made(tmp_path) == [
        "new/ffi/reflection/__init__.py",
        "new/ffi/reflection/_ffi_api.py",
    ]
    assert '    "AccessPath",' in lines_of(api)
    assert "    # fmt: off" in lines_of(api)
    before = api.read_text()
    assert stubgen(*arguments)[0] == 0
    assert api.read_text() == before


def test_the_package_is_made_beside_a_file(stubgen, tmp_path):
    path = write(tmp_path / "pkg/a.py", "x")
    assert stubgen(*INIT, "ffi.reflection", path)[0] == 0
    assert (tmp_path / "pkg/ffi/reflection/_ffi_api.py").exists()


def test_a_dry_run_of_init_mode_makes_nothing(stubgen, tmp_path):
    status, out = stubgen("--dry-run", "--verbose", *INIT, "ffi.reflection", tmp_path)
    assert status == 0
    assert made(tmp_path) == []
    assert "+class AccessPath(_ffi_Object):" in out
    assert '+    "AccessStep",' in out


def test_a_file_that_cannot_be_extended_ends_the_run(stubgen, tmp_path):
    path = write(tmp_path / "ffi/reflection/_ffi_api.py", marker("end"))
    status, out = stubgen(*INIT, "ffi.reflection", tmp_path)
    assert status == 2
    assert f"ValueError: {path}: Unmatched `# tvm-ffi-stubgen(end)` found at line 1" in out
    assert made(tmp_path) == ["ffi/reflection/_ffi_api.py"]


# ---- one file -----------------------------------------------------------------------------------


def test_a_file_is_filled_by_itself(tmp_path):
    path = write(tmp_path / "a.py", *empty_block("global/x"), *empty_block("__all__"))
    info = FileInfo.from_file(path)
    assert info is not None
    funcs = {"x": [function("x.f", None)]}
    assert cli._stage_3(info, Options(), dict(TY_MAP_DEFAULTS), funcs, PythonGenerator())
    assert not cli._stage_3(info, Options(), dict(TY_MAP_DEFAULTS), funcs, PythonGenerator())
    assert content(info.code_blocks[1]) == '"f",'


# ---- this package -------------------------------------------------------------------------------


def test_the_lists_of_functions_of_this_package_are_current(tmp_path):
    copy = tmp_path / "tvm_ffi"
    shutil.copytree(ROOT / "python" / "tvm_ffi", copy, ignore=shutil.ignore_patterns("*.so", "lib"))
    assert run_tool("--check", copy) == (0, "", "")
    (copy / "testing" / "_ffi_api.py").write_text(
        (copy / "testing" / "_ffi_api.py")
        .read_text()
        .replace("def add_one(_0: int", "def add_one(")
    )
    status, out, _ = run_tool("--check", copy)
    assert (status, out) == (1, f"[Stale] {copy / 'testing' / '_ffi_api.py'}\n")


def test_generated_modules_export_what_they_declare():
    for module in (tvm_ffi._ffi_api, __import__("tvm_ffi.testing", fromlist=["x"])._ffi_api):
        assert len(module.__all__) > 50
        for name in module.__all__:
            assert isinstance(getattr(module, name), tvm_ffi.Function), name


def test_the_tool_imports_only_what_it_needs(tmp_path):
    path = write(tmp_path / "a.py", *JSON_BLOCK)
    code = (
        "import sys; from tvm_ffi.stub import cli; cli.__main__()\n"
        "heavy = ('numpy', 'torch', 'difflib', 'layout', 'rust_generator')\n"
        "print([name for name in sys.modules if name.rpartition('.')[2] in heavy])"
    )
    command = [sys.executable, "-c", code, str(path)]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert result.stdout.strip() == "[]"
