# SPDX-License-Identifier: Apache-2.0
"""A real OCI registry, Debian's ``docker-registry``, on a free loopback port."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LISTENING = re.compile(r'"listening on ([0-9.:]+)"')


@dataclass(frozen=True)
class LocalRegistry:
    """Where the server is and where it keeps what was pushed."""

    host: str
    storage: Path

    def blob_file(self, digest: str) -> Path:
        """Return the file that holds the bytes of a digest."""
        algorithm, value = digest.split(":")
        blobs = self.storage / "docker" / "registry" / "v2" / "blobs"
        return blobs / algorithm / value[:2] / value / "data"


@contextmanager
def local_registry(directory: Path, htpasswd: str = "") -> Iterator[LocalRegistry]:
    """Run a server that keeps everything below `directory` until the block ends.

    With lines of an Apache password file (bcrypt) only those users may do anything.
    """
    program = shutil.which("docker-registry")
    if program is None:
        raise FileNotFoundError(
            "`docker-registry` is missing. Install it (Debian: apt-get install docker-registry)."
        )
    storage = directory / "storage"
    config = directory / "config.json"  # the server reads YAML, of which JSON is a part
    options: dict[str, Any] = {
        "version": "0.1",
        "log": {"level": "info", "formatter": "json", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(storage)}},
        "http": {"addr": "127.0.0.1:0"},
    }
    if htpasswd:
        users = directory / "htpasswd"
        users.write_text(htpasswd)
        options["auth"] = {"htpasswd": {"realm": "kernels", "path": str(users)}}
    config.write_text(json.dumps(options))
    log = directory / "log"
    with log.open("w") as log_file:
        server = subprocess.Popen([program, "serve", str(config)], stderr=log_file)
    try:
        yield LocalRegistry(_listening_address(server, log), storage)
    finally:
        server.terminate()
        server.wait()


def _listening_address(server: subprocess.Popen[bytes], log: Path) -> str:
    """Wait until the server's log says where it listens."""
    while server.poll() is None:
        match = _LISTENING.search(log.read_text())
        if match:
            return match[1]
        time.sleep(0.02)
    raise RuntimeError("docker-registry did not start:\n" + log.read_text())
