# SPDX-License-Identifier: Apache-2.0
"""A real registry, a proxy in front of it, and a kernel library to push."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tvm_ffi import libinfo

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "examples" / "kernel_registry"
sys.path.insert(0, str(EXAMPLE))

from local_registry import LocalRegistry, local_registry  # noqa: E402
from misbehaving_proxy import Proxy  # noqa: E402


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRegistry]:
    """Run one registry for all tests; each pushes to a repository of its own."""
    with local_registry(tmp_path_factory.mktemp("registry")) as registry:
        yield registry


@pytest.fixture
def repository(server: LocalRegistry, request: pytest.FixtureRequest) -> str:
    """Return the reference of a repository that no other test uses."""
    name = "".join(c if c.isalnum() else "-" for c in request.node.name.lower()).strip("-")
    while "--" in name:
        name = name.replace("--", "-")
    return f"{server.host}/tests/{name}"


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Compile examples/load_from_bytes/add_one.cc and return the shared object's bytes."""
    output = tmp_path_factory.mktemp("library") / "libadd_one.so"
    include = [f"-I{path}" for path in libinfo.include_paths()]
    source = ROOT / "examples" / "load_from_bytes" / "add_one.cc"
    runtime = Path(libinfo.find_libtvm_ffi())
    command = ["g++", "-std=c++17", "-O1", "-shared", "-fPIC", *include, str(source)]
    command += ["-o", str(output), str(runtime), f"-Wl,-rpath,{runtime.parent}"]
    subprocess.run(command, check=True)
    return output.read_bytes()


@pytest.fixture
def proxy(server: LocalRegistry) -> Iterator[Proxy]:
    """Run a proxy in front of the registry."""
    with Proxy(server.host) as result:
        thread = threading.Thread(target=result.serve_forever, daemon=True)
        thread.start()
        yield result
        result.shutdown()
        thread.join()
