# SPDX-License-Identifier: Apache-2.0
"""A proxy in front of a registry that counts requests and spoils answers when told to."""

from __future__ import annotations

import http.client
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Proxy(ThreadingHTTPServer):
    """Passes requests on to the registry and spoils the answers to some."""

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _ProxyHandler)
        self.target = target
        self.host = f"127.0.0.1:{self.server_port}"
        self.requests: list[str] = []
        self.cut_blobs_after: int | None = None
        self.answer_status: int | None = None

    def blob_requests(self) -> list[str]:
        """Return the downloads of payloads so far."""
        return [line for line in self.requests if line.startswith("GET") and "/blobs/" in line]


class _ProxyHandler(BaseHTTPRequestHandler):
    server: Proxy

    def do_GET(self) -> None:
        self.server.requests.append(f"{self.command} {self.path}")
        if self.server.answer_status is not None:
            self.send_response(self.server.answer_status)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        upstream = http.client.HTTPConnection(self.server.target, timeout=30)
        upstream.request("GET", self.path, headers=dict(self.headers))
        answer = upstream.getresponse()
        body = answer.read()
        upstream.close()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            self.send_header(name, value)
        self.end_headers()
        cut = self.server.cut_blobs_after if "/blobs/" in self.path else None
        self.wfile.write(body[:cut])
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        pass
