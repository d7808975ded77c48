# SPDX-License-Identifier: Apache-2.0
"""The command line of examples/kernel_registry, and its progress line."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from kernel_registry import ProgressLine, host_architecture
from kernel_registry.artifact import digest_of
from local_registry import LocalRegistry
from readme import run_readme

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "kernel_registry"


def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "kernel_registry", "--plain-http", *arguments]
    return subprocess.run(command, cwd=EXAMPLE, capture_output=True, check=False)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    library, cubin = tmp_path / "libk.so", tmp_path / "k.cubin"
    library.write_bytes(b"a shared object")
    cubin.write_bytes(b"a cubin " + str(tmp_path).encode())
    return library, cubin


def test_push_list_pull_verify(repository: str, files: tuple[Path, Path], tmp_path: Path) -> None:
    library, cubin = files
    pushed = run("push", f"{repository}:v1", f"so={library}", f"cubin:sm_90={cubin}")
    assert pushed.returncode == 0, pushed.stderr
    pinned = pushed.stdout.decode().strip()
    assert pinned.startswith(f"{repository}@sha256:")

    size = cubin.stat().st_size
    digest = digest_of(cubin.read_bytes())
    assert run("list", pinned).stdout.decode().splitlines() == [
        f"so\t{host_architecture()}\t15\t{digest_of(b'a shared object')}\tlibk.so",
        f"cubin\tsm_90\t{size}\t{digest}\tk.cubin",
    ]

    assert run("pull", pinned, "--kind", "so").stdout == b"a shared object"
    output = tmp_path / "pulled"
    run("pull", pinned, "--kind", "cubin", "--architecture", "sm_90", "-o", str(output))
    assert output.read_bytes() == cubin.read_bytes()

    lines = run("verify", pinned).stdout.decode().splitlines()
    assert lines[1] == f"cubin for sm_90: {size} bytes, {digest} is right"


def test_verify_of_a_tampered_payload_fails(
    repository: str, files: tuple[Path, Path], server: LocalRegistry
) -> None:
    _, cubin = files
    pinned = run("push", f"{repository}:v1", f"cubin:sm_90={cubin}").stdout.decode().strip()
    file = server.blob_file(digest_of(cubin.read_bytes()))
    file.write_bytes(file.read_bytes().upper())
    result = run("verify", pinned)
    assert result.returncode == 1
    assert b"error: The payload is not the one that was pushed" in result.stderr


def test_pull_for_a_wrong_architecture(repository: str, files: tuple[Path, Path]) -> None:
    run("push", f"{repository}:v1", f"cubin:sm_90={files[1]}")
    result = run("pull", f"{repository}:v1", "--kind", "cubin", "--architecture", "sm_80")
    assert result.returncode == 1
    assert result.stdout == b""
    assert b"no payload of kind 'cubin' for sm_80, but for sm_90" in result.stderr
    assert b"what to do: compile the kernels for sm_80" in result.stderr


@pytest.mark.parametrize(
    ("payload", "complaint"),
    [
        ("so", b"'so' is not KIND[:ARCHITECTURE]=FILE"),
        ("so=/no/such/file", b"No such file"),
        ("made_up=/dev/null", b"No default architecture is known for payloads of kind 'made_up'"),
        ("a b:any=/dev/null", b"'a b' cannot be the kind"),
    ],
)
def test_payload_that_cannot_be_pushed(payload: str, complaint: bytes) -> None:
    result = run("push", "127.0.0.1:1/k:v1", payload)
    assert result.returncode == 2
    assert complaint in result.stderr


def test_reference_that_is_none() -> None:
    result = run("list", "::")
    assert result.returncode == 1
    assert b"error: :: does not match" in result.stderr


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_rewritten_in_place_on_a_terminal() -> None:
    stream = Terminal()
    line = ProgressLine("kernels", stream, delay=0)
    line(500_000, 2_000_000)
    line(2_000_000, 2_000_000)
    assert stream.getvalue().startswith("\rkernels:  25 % of 2.0 MB, ")
    assert "\rkernels: 100 % of 2.0 MB, " in stream.getvalue()
    assert stream.getvalue().endswith(" MB/s\n")


def test_progress_writes_whole_lines_into_a_log() -> None:
    stream = io.StringIO()
    line = ProgressLine("kernels", stream, delay=0)
    for received in (1, 2, 3, 4):
        line(received, 4)
    lines = stream.getvalue().splitlines()
    assert [text.split(",")[0] for text in lines] == [
        "kernels:  25 % of 0.0 MB",
        "kernels: 100 % of 0.0 MB",
    ]


def test_quick_pull_shows_no_progress() -> None:
    stream = Terminal()
    line = ProgressLine("kernels", stream)
    line(1, 2)
    line(2, 2)
    assert stream.getvalue() == ""


def test_readme_runs(tmp_path: Path) -> None:
    run_readme("kernel_registry", tmp_path)
