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


@pytest.fixture(scope="module")
def mypy_report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Check the installed package and the samples in one run."""
    pytest.importorskip("mypy")
    cache = tmp_path_factory.mktemp("mypy")
    options = ["--strict", "--hide-error-context", "--no-error-summary", "--no-pretty"]
    options += ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(cache)]
    command = [sys.executable, "-m", "mypy", *options, "-p", "tvm_ffi", "-p", "user_project"]
    return subprocess.run(command, cwd=SAMPLES, capture_output=True, text=True, check=False).stdout


def test_mypy_accepts_package_and_project_and_refuses_exactly_the_misuses(mypy_report):
    errors = re.findall(r"^(.*?):(\d+): error: .*\[([a-z-]+)\]$", mypy_report, re.MULTILINE)
    others, misuses = split({(Path(file).name, int(line), rule) for file, line, rule in errors})
    assert others == set(), mypy_report
    assert misuses == expected_misuses(), mypy_report


# ---- pyright ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pyright_report(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    """Check copies of package and samples: what is installed would pass for somebody else's."""
    pytest.importorskip("pyright")
    project = tmp_path_factory.mktemp("pyright")
    sources = shutil.ignore_patterns("lib", "include", "share", "src", "*.so", "__pycache__")
    shutil.copytree(PACKAGE, project / "tvm_ffi", ignore=sources)
    shutil.copytree(MISUSE.parent, project / "user_project")
    settings = {
        "typeCheckingMode": "standard",
        "strict": ["user_project"],
        # Optional packages, of which mypy knows the names; and the native module has only a stub.
        "reportMissingImports": "none",
        "reportMissingModuleSource": "none",
        # Names that are made at run time are public, too.
        "reportUnsupportedDunderAll": "none",
    }
    (project / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable]
    result = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    report = json.loads(result.stdout)
    assert report["summary"]["filesAnalyzed"] > len(list(PACKAGE.glob("*.py")))
    return report["generalDiagnostics"]


def test_pyright_accepts_package_and_project_and_refuses_exactly_the_misuses(pyright_report):
    found = {
        (Path(each["file"]).name, each["range"]["start"]["line"] + 1, each.get("rule", ""))
        for each in pyright_report
        if each["severity"] == "error"
    }
    others, misuses = split(found)
    assert others == set(), pyright_report
    assert misuses.keys() == expected_misuses().keys(), pyright_report
