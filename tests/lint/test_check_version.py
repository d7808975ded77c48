# SPDX-License-Identifier: Apache-2.0
"""Versions agree, and ``check_version.py`` says where they do not."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
import tvm_ffi

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
HEADER = ROOT / "include" / "tvm" / "ffi" / "c_api.h"


def check_version(*options: object) -> tuple[int, str]:
    """Run the script; return its exit status and what it prints."""
    command = [sys.executable, HERE / "check_version.py", *map(str, options)]
    result = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return result.returncode, result.stdout


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Make a project at version 1.2.3."""
    write_header(tmp_path, "1.2.3")
    for crate in ("tvm-ffi", "tvm-ffi-macros", "tvm-ffi-sys"):
        write_crate(tmp_path, crate, "1.2.3")
    return tmp_path


def write_header(tree: Path, version: str) -> None:
    names = ("MAJOR", "MINOR", "PATCH")
    parts = zip(names, version.split("."))
    header = tree / "include" / "tvm" / "ffi" / "c_api.h"
    header.parent.mkdir(parents=True, exist_ok=True)
    header.write_text("".join(f"#define TVM_FFI_VERSION_{name} {part}\n" for name, part in parts))


def write_crate(tree: Path, crate: str, version: str, requirement: str | None = None) -> None:
    manifest = tree / "rust" / crate / "Cargo.toml"
    manifest.parent.mkdir(parents=True, exist_ok=True)
    manifest.write_text(
        f'[package]\nname = "{crate}"\nversion = "{version}"\n\n[dependencies]\n'
        f'tvm-ffi-sys = {{ path = "../sys", version = "{requirement or version}" }}\n'
        'syn = { version = "2" }\n'
    )


def test_this_project_agrees() -> None:
    assert check_version("--cpp", "--version", metadata.version("tvm-ffi"))[0] == 0


def test_the_crates_agree_with_each_other() -> None:
    manifests = [path.read_text() for path in ROOT.glob("rust/tvm-ffi*/Cargo.toml")]
    stated = re.findall(
        r'^(?:version|tvm-ffi\S*) = .*?"(\d\S*?)"', "\n".join(manifests), flags=re.MULTILINE
    )
    assert len(manifests) == 3
    assert len(set(stated)) == 1


def test_the_package_says_the_version_that_it_was_installed_as() -> None:
    version = metadata.version("tvm-ffi")
    assert tvm_ffi.__version__ == version
    assert tvm_ffi.__version_tuple__ == tuple(map(int, version.split(".")))


def test_names_of_the_version_module() -> None:
    from tvm_ffi import _version

    assert sorted(_version.__all__) == [
        "__commit_id__",
        "__version__",
        "__version_tuple__",
        "commit_id",
        "version",
        "version_tuple",
    ]
    assert _version.version == _version.__version__ == tvm_ffi.__version__
    assert _version.version_tuple == _version.__version_tuple__ == tvm_ffi.__version_tuple__
    assert _version.commit_id == _version.__commit_id__


def test_a_checkout_that_was_never_built_says_so() -> None:
    # In the mode of the command `tvm-ffi-config` the package loads without its native parts.
    code = f"""
import sys
sys.argv = ["tvm-ffi-config"]
sys.path.insert(0, {str(ROOT / "python")!r})
import tvm_ffi
print(tvm_ffi.__version__, tvm_ffi.__version_tuple__)
"""
    command = [sys.executable, "-S", "-c", code]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert output == "0.0.0.dev0 (0, 0, 0, 'dev0', '7d34eb8ab.d20250913')\n"


def test_both_distributions_read_the_version_in_the_same_way() -> None:
    texts = [
        (ROOT / path / "pyproject.toml").read_text() for path in (".", "python/apache-tvm-ffi")
    ]
    expressions = [re.search(r"^regex = '''(.*?)'''", t, re.DOTALL | re.MULTILINE) for t in texts]
    assert expressions[0] and expressions[1]
    assert expressions[0][1] == expressions[1][1]


def test_the_documentation_states_the_version() -> None:
    # In a process of its own: the configuration sets variables and the path of imports.
    code = "import runpy; print(runpy.run_path('conf.py')['release'])"
    command = [sys.executable, "-c", code]
    printed = subprocess.check_output(command, cwd=ROOT / "docs", text=True)
    assert printed.strip() == metadata.version("tvm-ffi")


@pytest.mark.parametrize(
    ("version", "header", "crates"),
    [
        ("1.2.3", "1.2.3", "1.2.3"),
        ("1.2.3a1", "1.2.3", "1.2.3-alpha.1"),
        ("1.2.3b2", "1.2.3", "1.2.3-beta.2"),
        ("1.2.3rc0", "1.2.3", "1.2.3-rc.0"),
        ("1.2.2.post1", "1.2.3", "1.2.3"),
    ],
)
def test_what_agrees(version: str, header: str, crates: str, tree: Path) -> None:
    write_header(tree, header)
    for crate in ("tvm-ffi", "tvm-ffi-macros", "tvm-ffi-sys"):
        write_crate(tree, crate, crates)
    status, text = check_version("--cpp", "--rust", "--version", version, "--root", tree)
    assert (status, text) == (0, f"{version}: all agree\n")


def test_without_a_version_the_header_decides(tree: Path) -> None:
    assert check_version("--cpp", "--rust", "--root", tree) == (0, "1.2.3: all agree\n")


def test_a_header_that_disagrees_is_named(tree: Path) -> None:
    status, text = check_version("--cpp", "--version", "1.2.4", "--root", tree)
    expected = "include/tvm/ffi/c_api.h: TVM_FFI_VERSION_* say 1.2.3, expected 1.2.4\n"
    assert (status, text) == (1, expected)


@pytest.mark.parametrize(("own", "required"), [("1.2.4", "1.2.3"), ("1.2.3", "1.2.4")])
def test_a_crate_that_disagrees_is_named(own: str, required: str, tree: Path) -> None:
    write_crate(tree, "tvm-ffi", own, required)
    status, text = check_version("--rust", "--root", tree)
    assert (status, text) == (1, "rust/tvm-ffi/Cargo.toml: says 1.2.4, expected 1.2.3\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "nothing to check: give --cpp, --rust or both"),
        (["--cpp", "--version", "1.2"], "not a version that this project releases: 1.2"),
    ],
)
def test_wrong_usage(options: list[str], message: str) -> None:
    status, text = check_version(*options)
    assert status == 2
    assert message in text


def test_a_header_without_a_version_is_named(tree: Path) -> None:
    (tree / "include" / "tvm" / "ffi" / "c_api.h").write_text("")
    status, text = check_version("--cpp", "--root", tree)
    assert (status, text) == (1, "include/tvm/ffi/c_api.h: no #define TVM_FFI_VERSION_MAJOR\n")
