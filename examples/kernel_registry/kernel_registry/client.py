# SPDX-License-Identifier: Apache-2.0
"""The few requests of the OCI distribution protocol that are needed, from and to memory.

Over the `oras` client, which knows references, credentials (those of `docker login` and `oras
login`) and tokens. Its own pull and push work on files, so the requests are made one level lower.
Everything that arrives is checked against its size and digest here.
"""

from __future__ import annotations

import inspect
import io
from collections.abc import Callable
from typing import Any

import oras.auth
import oras.container
import oras.provider
import oras.utils
import requests
from requests.adapters import HTTPAdapter

from .artifact import EMPTY_CONFIG, MANIFEST_MEDIA_TYPE, Buffer, Layer, digest_of
from .auth import RegistryAuth
from .errors import (
    AccessDeniedError,
    ArtifactNotFoundError,
    DigestMismatchError,
    KernelRegistryError,
    RegistryUnavailableError,
    TruncatedError,
)

#: Called with the bytes received so far and the bytes expected.
Progress = Callable[[int, int], None]

_CHUNK_BYTES = 1 << 20
# What the OCI specification asks registries to accept at least.
_MAX_MANIFEST_BYTES = 4 << 20


class _TimeoutAdapter(HTTPAdapter):
    """Gives requests a time limit, which the oras client does not pass."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        super().__init__()

    def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["timeout"] = kwargs.get("timeout") or self._timeout
        return super().send(request, *args, **kwargs)


class _Oras(oras.provider.Registry):
    # The decorated function sleeps for minutes before it says that a registry is not there.
    do_request = inspect.unwrap(oras.provider.Registry.do_request)


class Client:
    """Speaks with the registry of a reference; keeps connections and the login."""

    def __init__(
        self, container: oras.container.Container, plain_http: bool, timeout: float
    ) -> None:
        self._oras = _Oras(insecure=plain_http)
        for scheme in ("http://", "https://"):
            self._oras.session.mount(scheme, _TimeoutAdapter(timeout))
        auth = RegistryAuth()
        auth.session, auth.prefix, auth._tls_verify = self._oras.session, self._oras.prefix, True
        auth.load_configs(container)
        self._oras.auth = auth

    def get_manifest(self, container: oras.container.Container) -> bytes:
        """Return the manifest; checked, if the reference or the registry says its digest."""
        url = self._url(container.manifest_url())
        headers = {"Accept": MANIFEST_MEDIA_TYPE}
        with self._request(container.uri, "GET", url, headers=headers, stream=True) as response:
            expected = container.digest or response.headers.get("Docker-Content-Digest")
            data = _read(response, f"manifest of {container.uri}", _MAX_MANIFEST_BYTES, None)
        if expected and digest_of(data) != expected:
            raise _mismatch("manifest", container.uri, expected, digest_of(data))
        return data

    def get_blob(
        self, container: oras.container.Container, layer: Layer, progress: Progress | None
    ) -> bytes:
        """Return the payload of a layer, checked against its size and digest."""
        where = f"{container.uri}, {layer}, {layer.digest}"
        url = self._url(container.get_blob_url(layer.digest))
        with self._request(where, "GET", url, stream=True) as response:
            data = _read(response, where, layer.size, progress)
        if len(data) < layer.size:
            raise _truncated(where, len(data), layer.size, "the registry holds no more")
        if digest_of(data) != layer.digest:
            raise _mismatch("payload", where, layer.digest, digest_of(data))
        return data

    def put_blob(self, container: oras.container.Container, data: Buffer) -> str:
        """Upload a payload unless the registry has it; return its digest."""
        digest = digest_of(data)
        url = self._url(container.get_blob_url(digest))
        if self._send(container.uri, "HEAD", url).status_code == requests.codes.ok:
            return digest
        started = self._request(container.uri, "POST", self._url(container.upload_blob_url()))
        target = requests.compat.urljoin(started.url, started.headers.get("Location", ""))
        target = oras.utils.append_url_params(target, {"digest": digest})
        headers = {"Content-Type": "application/octet-stream"}
        body = data if isinstance(data, bytes) else bytes(data)  # others are taken for streams
        self._request(container.uri, "PUT", target, headers=headers, data=body)
        return digest

    def put_manifest(self, container: oras.container.Container, manifest: bytes) -> str:
        """Upload a manifest, with its config, under the reference's tag; return its digest."""
        self.put_blob(container, EMPTY_CONFIG)
        url = self._url(container.manifest_url())
        headers = {"Content-Type": MANIFEST_MEDIA_TYPE}
        self._request(container.uri, "PUT", url, headers=headers, data=manifest)
        return digest_of(manifest)

    def _url(self, path: str) -> str:
        return f"{self._oras.prefix}://{path}"

    def _request(self, where: str, method: str, url: str, **options: Any) -> requests.Response:
        """Send a request whose answer must be a good one."""
        response = self._send(where, method, url, **options)
        if not response.ok:
            with response:
                raise _refusal(response, where)
        return response

    def _send(self, where: str, method: str, url: str, **options: Any) -> requests.Response:
        try:
            return self._oras.do_request(url, method, **options)
        except requests.RequestException as error:
            raise RegistryUnavailableError(
                f"The registry does not answer: {error}",
                where,
                "check host and port, and whether it speaks https or http (--plain-http)",
            ) from error
        # How the oras client says that it has no credentials to offer, or none that are accepted.
        except (ValueError, oras.auth.AuthenticationException) as error:
            raise AccessDeniedError(
                f"The registry wants credentials: {error}",
                where,
                "log in with `docker login` or `oras login`, or use an account that may do this",
            ) from error


def _read(response: requests.Response, where: str, limit: int, progress: Progress | None) -> bytes:
    """Return the body, which must not be longer than `limit`."""
    body = io.BytesIO()
    try:
        for chunk in response.iter_content(_CHUNK_BYTES):
            if body.tell() + len(chunk) > limit:
                raise DigestMismatchError(
                    f"The registry sends more than the {limit} bytes that are expected",
                    where,
                    "do not use it; find out who changed it, and push it again",
                )
            body.write(chunk)
            if progress:
                progress(body.tell(), limit)
    except requests.RequestException as error:
        expected = int(response.headers.get("Content-Length", limit))
        raise _truncated(where, body.tell(), expected, f"the connection broke: {error}") from error
    return body.getvalue()  # shares the memory of the stream


def _refusal(response: requests.Response, where: str) -> KernelRegistryError:
    status = int(response.status_code)
    answer = f"{status} {response.reason}{_details(response)}"
    if status == requests.codes.not_found:
        return ArtifactNotFoundError(
            f"The registry does not have it: {answer}",
            where,
            "check repository, tag and digest; push it, if it was never pushed or was deleted",
        )
    if status in (requests.codes.unauthorized, requests.codes.forbidden):
        return AccessDeniedError(
            f"The registry refuses access: {answer}",
            where,
            "log in with `docker login` or `oras login`, or use an account that may do this",
        )
    if status >= 500 or status == requests.codes.too_many_requests:
        return RegistryUnavailableError(
            f"The registry cannot serve now: {answer}", where, "try again later"
        )
    return KernelRegistryError(
        f"The registry refuses the request: {answer}", where, "check the reference"
    )


def _details(response: requests.Response) -> str:
    """Return what the registry says in the error format of the protocol, if it does."""
    try:
        errors = response.json()["errors"]
        return " (" + "; ".join(f"{error['code']}: {error['message']}" for error in errors) + ")"
    except (ValueError, KeyError, TypeError, requests.RequestException):
        return ""


def _truncated(where: str, received: int, expected: int, reason: str) -> TruncatedError:
    return TruncatedError(
        f"Only {received} of {expected} bytes arrived: {reason}",
        where,
        "pull again; if it stays like this, push the payload again",
    )


def _mismatch(what: str, where: str, expected: str, found: str) -> DigestMismatchError:
    return DigestMismatchError(
        f"The {what} is not the one that was pushed: its digest is {found}, not {expected}",
        where,
        "do not use it; find out who changed it, and push it again",
    )
