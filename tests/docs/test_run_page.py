# SPDX-License-Identifier: Apache-2.0
"""A page runs as one program, and a failure says in which line of it."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from doc_page import REPOSITORY

RUNNER = Path(__file__).resolve().parent / "run_page.py"


@pytest.fixture
def run(tmp_path: Path):
    """Run the text of a page called page.md; give the exit status and the messages."""

    def run_text(text: str) -> tuple[int, str]:
        page, directory = tmp_path / "page.md", tmp_path / "run"
        page.write_text(textwrap.dedent(text))
        directory.mkdir()
        result = subprocess.run(
            [sys.executable, RUNNER, page, "page.md"],
            cwd=directory,
            capture_output=True,
            text=True,
            check=False,
        )
        return result.returncode, result.stdout + result.stderr

    return run_text


def test_python_blocks_share_names_and_files_with_bash(run) -> None:
    assert run(
        """\
        ```python
        from __future__ import annotations
        total = 40
        open("two", "w").write("2")
        ```
        ```bash
        echo -n 0 >> two
        ```
        ```python
        def f(x: not_defined): ...
        print(total + int(open("two").read()))
        ```
        ```text
        60
        ```
        """
    ) == (0, "")


@pytest.mark.parametrize("language", ["rust", "text", "toml"])
def test_file_block_of_any_language_is_written(run, language: str) -> None:
    assert run(
        f"""\
        <!-- file: src/content -->
        ```{language}
        content
        ```

        ```bash
        cat src/content
        ```
        ```text
        content
        ```
        """
    ) == (0, "")


def test_file_block_is_written_and_not_run(run) -> None:
    assert run(
        """\
        <!-- file: package/module.py -->
        ```python
        raise SystemExit("not run")
        ```
        ```bash
        head -c 5 package/module.py
        ```
        ```text
        raise
        ```
        """
    ) == (0, "")


def test_bash_runs_in_a_copy_of_the_checkout(run) -> None:
    assert run(
        """\
        <!-- in: checkout -->
        ```bash
        touch new_file
        ls Makefile docs/index.md new_file
        ```
        ```text
        Makefile
        docs/index.md
        new_file
        ```
        ```bash
        ls
        ```
        ```text
        checkout
        ```
        """
    ) == (0, "")
    assert not (REPOSITORY / "new_file").exists()


def test_classes_of_a_page_are_those_of_a_script(run) -> None:
    assert run(
        """\
        ```python
        import inspect, pickle

        class Point:
            x = 1

        print(type(pickle.loads(pickle.dumps(Point()))) is Point, inspect.getsource(Point), end="")
        ```
        ```text
        True class Point:
            x = 1
        ```
        """
    ) == (0, "")


def test_output_of_native_code_is_compared(run) -> None:
    assert run(
        """\
        ```python
        import ctypes
        print("python")
        _ = ctypes.CDLL(None).puts(b"native")
        ```
        ```text
        ...
        native
        ...
        ```
        """
    ) == (0, "")


def test_bodies_see_the_code_that_continues(run) -> None:
    assert run(
        """\
        <!-- continues -->
        ```cpp
        #include <cstdio>
        int Twice(int x) { return 2 * x; }
        ```
        <!-- body -->
        ```cpp
        #include <cstdlib>
        int unused = 0;
        std::printf("%d\\n", Twice(std::abs(-1)));
        ```
        ```text
        2
        ```
        <!-- continues -->
        ```cpp
        int Thrice(int x) { return Twice(x) + x; }
        ```
        <!-- body -->
        ```cpp
        std::printf("%d\\n", Thrice(1));
        ```
        ```text
        3
        ```
        """
    ) == (0, "")


def test_units_are_compiled_and_programs_run(run) -> None:
    assert run(
        """\
        ```cpp
        #include <tvm/ffi/function.h>
        int One() { return 1; }
        TVM_FFI_DLL_EXPORT_TYPED_FUNC(one, One);
        ```
        ```c
        #include <stdio.h>
        #include <tvm/ffi/c_api.h>
        int main() { return puts(sizeof(TVMFFIAny) == 16 ? "16" : "other") < 0; }
        ```
        ```text
        16
        ```
        """
    ) == (0, "")


@pytest.mark.parametrize("language", ["python", "bash", "cpp"])
def test_block_with_unmet_needs_is_not_run(run, language: str) -> None:
    code = {
        "python": "raise ValueError\n",
        "bash": "false\n",
        "cpp": "int main() { return 1; }\n",
    }[language]
    status, messages = run(
        f"<!-- needs: no_such_module -->\n```{language}\n{code}```\n```text\nnothing\n```\n"
    )
    assert status == 0
    assert messages == "page.md:3: only checked, for lack of no_such_module\n"


@pytest.mark.parametrize(
    ("block", "where", "what"),
    [
        (
            "```python\n\n1 / 0\n```",
            "page.md:4: ",
            'File "page.md", line 5, in <module>\n    1 / 0',
        ),
        ("```python\nx = = 1\n```", "page.md:4: ", "SyntaxError: invalid syntax"),
        ("```python\nexit(3)\n```", "page.md:4: ", "SystemExit: 3"),
        ("```bash\nfalse\ntrue\n```", "page.md:4: ", "exit status 1"),
        ("```bash\necho $undefined\n```", "page.md:4: ", "unbound variable"),
        ("```cpp\nint x = y;\n```", "page.md:4: ", "page.md:4:9: error: "),
        ("```c\nint f(int x) { return 0; }\n```", "page.md:4: ", "unused"),
        ("```cpp\nint main() { return 3; }\n```", "page.md:4: ", "exit status 3"),
        ("<!-- body -->\n```cpp\nf();\n```", "page.md:5: ", "page.md:5:1: error: "),
        ("<!-- body -->\n```cpp\nthrow 1;\n```", "page.md:5: ", "exit status -6"),
        ("<!-- continues -->\n```cpp\nint x = y;\n```", "page.md:5: ", "page.md:5:9: error: "),
        ("<!-- needs: gone -->\n```python\n)\n```", "page.md:5: ", "SyntaxError: unmatched ')'"),
        ("<!-- needs: gone -->\n```bash\nif\n```", "page.md:5: ", "syntax error"),
        ("<!-- needs: gone -->\n```cpp\nint x = y;\n```", "page.md:5: ", "page.md:5:9: error: "),
        ("```bash\necho 2\n```\n```text\n3\n```", "page.md:4: ", "-3\n+2"),
    ],
)
def test_failure_says_where_and_what(run, block: str, where: str, what: str) -> None:
    status, messages = run(f"# Title\n\n{block}\n")
    assert status == 1
    assert where in messages
    assert what in messages
