# SPDX-License-Identifier: Apache-2.0
"""Registries that want a login: name and password, or tokens."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from kernel_registry import ANY, AccessDeniedError, KernelRegistry, Payload
from local_registry import LocalRegistry, local_registry
from misbehaving_proxy import Proxy

# bcrypt of the password "kernels".
USERS = "alice:$2b$04$abcdefghijklmnopqrstuuZIrU4GVbjBTS/qNBOWjzN6X9OAMCZKy\n"
PAYLOAD = Payload("blob", ANY, b"a payload behind a login")


def credentials(password: str = "kernels") -> str:
    return base64.b64encode(f"alice:{password}".encode()).decode()


@pytest.fixture(scope="module")
def private_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRegistry]:
    with local_registry(tmp_path_factory.mktemp("private_registry"), USERS) as registry:
        yield registry


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a home directory without logins."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def log_in(home: Path, host: str, secret: str) -> None:
    """Leave what `docker login` leaves."""
    directory = home / ".docker"
    directory.mkdir()
    (directory / "config.json").write_text(json.dumps({"auths": {host: {"auth": secret}}}))


def new_registry() -> KernelRegistry:
    return KernelRegistry(plain_http=True)


def test_private_registry_without_login(private_server: LocalRegistry) -> None:
    reference = f"{private_server.host}/kernels:v1"
    for use in (lambda r: r.layers(reference), lambda r: r.push(reference, [PAYLOAD])):
        with pytest.raises(AccessDeniedError, match="log in with `docker login`") as caught:
            use(new_registry())
        assert caught.value.where == reference


def test_private_registry_with_login(private_server: LocalRegistry, home: Path) -> None:
    log_in(home, private_server.host, credentials())
    pinned = new_registry().push(f"{private_server.host}/kernels:v1", [PAYLOAD])
    assert new_registry().pull(pinned, "blob", ANY) == PAYLOAD.data


def test_private_registry_with_a_wrong_password(private_server: LocalRegistry, home: Path) -> None:
    log_in(home, private_server.host, credentials("wrong"))
    with pytest.raises(AccessDeniedError, match="401 Unauthorized"):
        new_registry().layers(f"{private_server.host}/kernels:v1")


def test_login_is_not_shown_to_another_registry(
    private_server: LocalRegistry, proxy: Proxy, home: Path
) -> None:
    log_in(home, private_server.host, credentials())
    registry = new_registry()
    registry.push(f"{private_server.host}/kernels:v1", [PAYLOAD])
    proxy.answer_status, proxy.challenge = 401, 'Basic realm="curious"'
    with pytest.raises(AccessDeniedError):
        registry.layers(f"{proxy.host}/kernels:v1")
    assert proxy.authorizations == [None]


def test_token_server(proxy: Proxy, repository: str, home: Path) -> None:
    """A token for pulling is not enough to push; one that is enough is asked for then."""
    log_in(home, proxy.host, credentials())
    proxy.token_credentials = credentials()
    reference = proxy.host + repository[repository.index("/") :] + ":v1"
    registry = new_registry()
    assert registry.pull(registry.push(reference, [PAYLOAD]), "blob", ANY) == PAYLOAD.data
    tokens = [line for line in proxy.requests if "/token" in line]
    assert len(tokens) == 2
    assert "push" in tokens[1]


def test_token_server_that_gives_none(proxy: Proxy, home: Path) -> None:
    log_in(home, proxy.host, credentials("wrong"))
    proxy.token_credentials = credentials()
    with pytest.raises(AccessDeniedError, match="The registry wants credentials"):
        new_registry().layers(f"{proxy.host}/kernels:v1")
