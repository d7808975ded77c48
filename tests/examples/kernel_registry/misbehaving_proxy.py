# SPDX-License-Identifier: Apache-2.0
"""A proxy in front of a registry that counts requests and spoils answers when told to."""

from __future__ import annotations

import http.client
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Proxy(ThreadingHTTPServer):
    """Passes requests on to the registry and spoils the answers to some."""

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _ProxyHandler)
        self.target = target
        self.host = f"127.0.0.1:{self.server_port}"
        self.requests: list[str] = []
        self.authorizations: list[str | None] = []
        self.cut_blobs_after: int | None = None
        self.answer_status: int | None = None
        self.challenge: str | None = None
        self.token_credentials: str | None = None

    def blob_requests(self) -> list[str]:
        """Return the downloads of payloads so far."""
        return [line for line in self.requests if line.startswith("GET") and "/blobs/" in line]


class _ProxyHandler(BaseHTTPRequestHandler):
    server: Proxy

    def handle_any(self) -> None:
        self.server.requests.append(f"{self.command} {self.path}")
        self.server.authorizations.append(self.headers.get("Authorization"))
        if self.server.answer_status is not None:
            headers = {"Www-Authenticate": self.server.challenge} if self.server.challenge else {}
            self.answer(self.server.answer_status, headers)
        elif self.path.startswith("/token"):
            self.give_token()
        elif self.server.token_credentials and not self.has_token():
            action = "pull" if self.command in ("GET", "HEAD") else "push,pull"
            realm = f'realm="http://{self.server.host}/token"'
            challenge = f'Bearer {realm},service="test",scope="repository:tests:{action}"'
            self.answer(401, {"Www-Authenticate": challenge})
        else:
            self.pass_on()

    do_GET = do_HEAD = do_POST = do_PUT = handle_any

    def give_token(self) -> None:
        """Give a token that says what it is good for, as a token server does to who may have it."""
        if self.headers.get("Authorization") != f"Basic {self.server.token_credentials}":
            self.answer(401)
            return
        token = "push-token" if "push" in self.path else "pull-token"
        self.answer(200, {}, json.dumps({"token": token}).encode())

    def has_token(self) -> bool:
        accepted = ["Bearer push-token"]
        if self.command in ("GET", "HEAD"):
            accepted.append("Bearer pull-token")
        return self.headers.get("Authorization") in accepted

    def pass_on(self) -> None:
        headers = {name: self.headers[name] for name in self.headers if name != "Authorization"}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        upstream = http.client.HTTPConnection(self.server.target, timeout=30)
        upstream.request(self.command, self.path, body=body, headers=headers)
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        cut = self.server.cut_blobs_after if "/blobs/" in self.path else None
        self.answer(answer.status, dict(answer.getheaders()), content[:cut])

    def answer(self, status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
        headers = headers or {}
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        pass
