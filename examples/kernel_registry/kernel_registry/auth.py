# SPDX-License-Identifier: Apache-2.0
"""How to answer a registry that wants to know who is asking."""

from __future__ import annotations

import oras.auth
import requests


class RegistryAuth(oras.auth.TokenAuth):
    """Does what the registry asks for: a token from its token server, or name and password.

    For one registry: what it is given is sent to that one and to its token server only.
    """

    def __init__(self) -> None:
        super().__init__()
        self._scheme = "Bearer"

    def get_auth_header(self) -> dict[str, str]:
        """Return the header for the next request."""
        return {"Authorization": f"{self._scheme} {self.token}"} if self.token else {}

    def authenticate_request(
        self, original: requests.Response, headers: dict[str, str] | None, refresh: bool = False
    ) -> tuple[dict[str, str], bool]:
        """Return the headers to ask again with, and whether that makes sense."""
        headers = dict(headers or {})
        if not original.headers.get("Www-Authenticate", "").lower().startswith("basic"):
            if "Authorization" in original.request.headers:
                self.token = None  # good for less than this request; get one that suffices
            return super().authenticate_request(original, headers, refresh)
        credentials = getattr(self, "_basic_auth", None)  # set where a login was found
        if credentials is None:
            return headers, False
        self._scheme, self.token = "Basic", credentials
        return {**headers, **self.get_auth_header()}, True
