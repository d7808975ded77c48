# SPDX-License-Identifier: Apache-2.0
"""Push, pull and load kernels by reference: the Python API of this package."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import tvm_ffi
from oras.container import Container

from .architecture import default_architecture
from .artifact import Layer, Payload, layer_of, read_manifest, select, write_manifest
from .cache import DigestCache
from .client import Client, Progress


class KernelRegistry:
    """Kernels in OCI registries.

    A reference is ``host[:port]/repository:tag`` or, to be sure of what comes,
    ``host[:port]/repository@sha256:...`` as :meth:`push` returns it. Under a tag one gets what the
    registry has there now, whole and undamaged; under a digest only what was pushed.

    Parameters
    ----------
    plain_http
        Speak http instead of https, for a registry on this machine.
    cache
        Where payloads are kept by digest; by default up to 1 GiB in memory.
    timeout
        Seconds to wait for a connection and for each piece of an answer.

    """

    def __init__(
        self, *, plain_http: bool = False, cache: DigestCache | None = None, timeout: float = 30.0
    ) -> None:
        self.cache = DigestCache() if cache is None else cache
        self._plain_http = plain_http
        self._timeout = timeout
        self._clients: dict[str, Client] = {}
        self._lock = threading.Lock()

    def push(self, reference: str, payloads: Sequence[Payload]) -> str:
        """Make an artifact of payloads, and return the reference that names just this one."""
        layers = [layer_of(payload) for payload in payloads]
        if not layers:
            raise ValueError("An artifact needs at least one payload")
        if len({(layer.kind, layer.architecture) for layer in layers}) < len(layers):
            raise ValueError("An artifact holds at most one payload for a kind and architecture")
        container = Container(reference)
        container.digest = None
        client = self._client_of(container)
        for payload in payloads:
            client.put_blob(container, payload.data)
        digest = client.put_manifest(container, write_manifest(layers))
        return f"{container.registry}/{container.api_prefix}@{digest}"

    def layers(self, reference: str) -> list[Layer]:
        """Return what the artifact holds."""
        container = Container(reference)
        # A manifest under a digest never changes; the one under a tag may, so it is asked for.
        manifest = self.cache.get(container.digest) if container.digest else None
        if manifest is None:
            manifest = self._client_of(container).get_manifest(container)
            if container.digest:
                self.cache.put(container.digest, manifest)
        return read_manifest(manifest, container.uri)

    def pull(
        self,
        reference: str,
        kind: str,
        architecture: str | None = None,
        progress: Progress | None = None,
    ) -> bytes:
        """Return the payload of a kind for an architecture, with its digest verified.

        Parameters
        ----------
        reference
            Where the artifact is.
        kind
            The loader's kind, such as ``so`` or ``cubin``.
        architecture
            What it must run on; by default what this machine has.
        progress
            Called with the bytes received and expected while they arrive.

        """
        if architecture is None:
            architecture = default_architecture(kind)
        layer = select(self.layers(reference), kind, architecture, reference)
        return self.pull_layer(reference, layer, progress)

    def pull_layer(self, reference: str, layer: Layer, progress: Progress | None = None) -> bytes:
        """Return the payload of a layer that :meth:`layers` gave."""
        data = self.cache.get(layer.digest)
        if data is None:
            container = Container(reference)
            data = self._client_of(container).get_blob(container, layer, progress)
            self.cache.put(layer.digest, data)
        return data

    def load(
        self,
        reference: str,
        kind: str,
        architecture: str | None = None,
        progress: Progress | None = None,
        keep_module_alive: bool = True,
    ) -> tvm_ffi.Module:
        """Pull a payload and make a module of it, with no file on the way.

        The kind's loader must be registered (``import tvm_ffi.loaders`` for ``so``). Loading runs
        code of the payload. `keep_module_alive` is that of `tvm_ffi.load_module_from_bytes`.
        """
        data = self.pull(reference, kind, architecture, progress)
        return tvm_ffi.load_module_from_bytes(kind, data, keep_module_alive)

    def _client_of(self, container: Container) -> Client:
        """Return the client of the container's registry; logins are not shared between them."""
        with self._lock:
            client = self._clients.get(container.registry)
            if client is None:
                client = Client(container, self._plain_http, self._timeout)
                self._clients[container.registry] = client
            return client
