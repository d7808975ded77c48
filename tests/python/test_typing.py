# SPDX-License-Identifier: Apache-2.0
"""Type checkers accept the package and a user's project, and see the mistakes of another."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tvm_ffi

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = Path(tvm_ffi.__file__).parent
SAMPLES = ROOT / "tests" / "typing"
MISUSE = SAMPLES / "user_project" / "misuse.py"

# A found error: file, line and rule.
Found = tuple[str, int, str]


def expected_misuses() -> dict[int, str]:
    """Map the marked lines to the rules of mypy that they break."""
    lines = enumerate(MISUSE.read_text(encoding="utf-8").splitlines(), start=1)
    marked = ((number, re.search(r"  # expect: ([a-z-]+)$", line)) for number, line in lines)
    return {number: mark[1] for number, mark in marked if mark}


def split(found: set[Found]) -> tuple[set[Found], dict[int, str]]:
    """Return the errors outside of the misuses, and the rules of the misuses by line."""
    misuses = {line: rule for file, line, rule in found if file == MISUSE.name}
    return {each for each in found if each[0] != MISUSE.name}, misuses


# ---- mypy ---------------------------------------------------------------------------------------


def mypy(version: str, cache: Path) -> str:
    """Check the installed package and the samples in one run, strictly."""
    options = ["--strict", "--hide-error-context", "--no-error-summary", "--no-pretty"]
    options += ["--python-version", version]
    options += ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(cache)]
    command = [sys.executable, "-m", "mypy", *options, "-p", "tvm_ffi", "-p", "user_project"]
    return subprocess.run(command, cwd=SAMPLES, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("version", ["3.10", "3.14"])  # mypy has given up 3.9
def test_mypy_accepts_package_and_project_and_refuses_exactly_the_misuses(version, tmp_path):
    pytest.importorskip("mypy")
    report = mypy(version, tmp_path)
    errors = re.findall(r"^(.*?):(\d+): error: .*\[([a-z-]+)\]$", report, re.MULTILINE)
    others, misuses = split({(Path(file).name, int(line), rule) for file, line, rule in errors})
    assert others == set(), report
    assert misuses == expected_misuses(), report


# ---- pyright ------------------------------------------------------------------------------------


SETTINGS = {
    # Optional packages, of which mypy knows the names; and the native module has only a stub.
    "reportMissingImports": "none",
    "reportMissingModuleSource": "none",
    # Names that are made at run time are public, too.
    "reportUnsupportedDunderAll": "none",
}


def pyright(directory: Path, mode: str, version: str) -> set[Found]:
    """Check a directory; strictly, or as users of an editor have it."""
    pytest.importorskip("pyright")
    settings = json.dumps({"typeCheckingMode": mode, "pythonVersion": version, **SETTINGS})
    (directory / "pyrightconfig.json").write_text(settings)
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable]
    result = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    report = json.loads(result.stdout)
    (package,) = (path for path in directory.iterdir() if path.is_dir())
    assert report["summary"]["filesAnalyzed"] >= len(list(package.rglob("*.py")))
    return {
        (Path(each["file"]).name, each["range"]["start"]["line"] + 1, each.get("rule", "syntax"))
        for each in report["generalDiagnostics"]
        if each["severity"] == "error"
    }


@pytest.mark.parametrize("version", ["3.9", "3.14"])
def test_pyright_accepts_the_package(version, tmp_path):
    # A copy: it leaves out what is installed, as somebody else's.
    sources = shutil.ignore_patterns("lib", "include", "share", "src", "*.so", "__pycache__")
    shutil.copytree(PACKAGE, tmp_path / "tvm_ffi", ignore=sources)
    assert pyright(tmp_path, "standard", version) == set()


def test_strict_pyright_accepts_the_project_and_refuses_exactly_the_misuses(tmp_path):
    shutil.copytree(MISUSE.parent, tmp_path / "user_project")
    others, misuses = split(pyright(tmp_path, "strict", "3.14"))
    assert others == set()
    assert misuses.keys() == expected_misuses().keys()


# ---- the types are true -------------------------------------------------------------------------


def test_the_project_gets_values_of_these_types():
    command = [sys.executable, str(SAMPLES / "run_project.py")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
