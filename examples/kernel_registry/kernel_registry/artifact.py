# SPDX-License-Identifier: Apache-2.0
"""Kernels as an OCI artifact: which layer holds which payload.

An artifact is an OCI image manifest of the artifact type below with an empty config. Each layer is
one payload, stored as it is. Its media type names the kind, its annotation the architecture.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Union

from .architecture import ANY
from .errors import InvalidArtifactError, KindNotFoundError, WrongArchitectureError

MANIFEST_MEDIA_TYPE = "application/vnd.oci.image.manifest.v1+json"
ARTIFACT_TYPE = "application/vnd.tvm-ffi.kernels.v1"
LAYER_MEDIA_TYPE_PREFIX = "application/vnd.tvm-ffi.module."
ARCHITECTURE_ANNOTATION = "org.tvm-ffi.module.architecture"
TITLE_ANNOTATION = "org.opencontainers.image.title"

#: The config that the OCI specification prescribes where there is nothing to configure.
EMPTY_CONFIG = b"{}"
_EMPTY_MEDIA_TYPE = "application/vnd.oci.empty.v1+json"

_KIND = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")

Buffer = Union[bytes, bytearray, memoryview]


def digest_of(data: Buffer) -> str:
    """Return the digest of `data` as registries write it: ``sha256:`` and 64 hex digits."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


@dataclass(frozen=True)
class Payload:
    """What is pushed: the bytes of a module, its loader's kind, and what it runs on."""

    kind: str
    architecture: str
    data: Buffer
    title: str = ""

    def __post_init__(self) -> None:
        if not _KIND.fullmatch(self.kind):
            raise ValueError(
                f"'{self.kind}' cannot be the kind of a payload in a registry: a kind is part of a "
                "media type, so it is 1 to 64 letters, digits, '_', '.' or '-'"
            )
        if not self.architecture:
            raise ValueError(f"The payload of kind '{self.kind}' names no architecture")


@dataclass(frozen=True)
class Layer:
    """What a manifest says of one payload."""

    kind: str
    architecture: str
    digest: str
    size: int
    title: str = ""

    def __str__(self) -> str:
        return f"{self.kind} for {self.architecture}"


def layer_of(payload: Payload) -> Layer:
    """Describe a payload."""
    digest = digest_of(payload.data)
    size = memoryview(payload.data).nbytes
    return Layer(payload.kind, payload.architecture, digest, size, payload.title)


def write_manifest(layers: Iterable[Layer]) -> bytes:
    """Return the manifest of an artifact with these layers."""
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_MEDIA_TYPE,
        "artifactType": ARTIFACT_TYPE,
        "config": _descriptor(_EMPTY_MEDIA_TYPE, digest_of(EMPTY_CONFIG), len(EMPTY_CONFIG)),
        "layers": [_layer_descriptor(layer) for layer in layers],
    }
    return json.dumps(manifest, indent=2).encode()


def read_manifest(data: bytes, where: str) -> list[Layer]:
    """Return the layers that a manifest names; `where` is for error messages."""
    try:
        manifest = json.loads(data)
    except ValueError as error:
        raise _invalid(f"The manifest is not JSON: {error}", where) from None
    if not isinstance(manifest, dict) or manifest.get("artifactType") != ARTIFACT_TYPE:
        found = manifest.get("artifactType") if isinstance(manifest, dict) else None
        raise _invalid(f"It is not an artifact of kernels, but of type {found!r}", where)
    layers = manifest.get("layers")
    if not isinstance(layers, list):
        raise _invalid("Its manifest has no list of layers", where)
    return [_read_layer(layer, index, where) for index, layer in enumerate(layers)]


def select(layers: Sequence[Layer], kind: str, architecture: str, where: str) -> Layer:
    """Return the layer of a kind that runs on an architecture, the exact match first."""
    of_kind = [layer for layer in layers if layer.kind == kind]
    if not of_kind:
        held = ", ".join(map(str, layers)) or "nothing"
        raise KindNotFoundError(
            f"The artifact holds no payload of kind '{kind}', but {held}",
            where,
            "ask for one of these kinds, or push a payload of this one",
        )
    for accepted in (architecture, ANY):
        for layer in of_kind:
            if layer.architecture == accepted:
                return layer
    raise WrongArchitectureError(
        f"The artifact holds no payload of kind '{kind}' for {architecture}, but for "
        + ", ".join(layer.architecture for layer in of_kind),
        where,
        f"compile the kernels for {architecture} and push them, or run where one of these does",
    )


def _descriptor(media_type: str, digest: str, size: int) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": digest, "size": size}


def _layer_descriptor(layer: Layer) -> dict[str, Any]:
    annotations = {ARCHITECTURE_ANNOTATION: layer.architecture}
    if layer.title:
        annotations[TITLE_ANNOTATION] = layer.title
    descriptor = _descriptor(LAYER_MEDIA_TYPE_PREFIX + layer.kind, layer.digest, layer.size)
    return {**descriptor, "annotations": annotations}


def _read_layer(layer: Any, index: int, where: str) -> Layer:
    fields: dict[str, Any] = layer if isinstance(layer, dict) else {}
    media_type: Any = fields.get("mediaType")
    digest: Any = fields.get("digest")
    size: Any = fields.get("size")
    annotations = fields.get("annotations")
    annotations = annotations if isinstance(annotations, dict) else {}
    architecture: Any = annotations.get(ARCHITECTURE_ANNOTATION)
    complaint = None
    if not isinstance(media_type, str) or not media_type.startswith(LAYER_MEDIA_TYPE_PREFIX):
        complaint = f"has media type {media_type!r}, not {LAYER_MEDIA_TYPE_PREFIX}<kind>"
    elif not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        complaint = f"has digest {digest!r}, not sha256:<64 hex digits>"
    elif not isinstance(size, int) or isinstance(size, bool) or size < 0:
        complaint = f"has size {size!r}"
    elif not isinstance(architecture, str) or not architecture:
        complaint = f"has no annotation {ARCHITECTURE_ANNOTATION}"
    if complaint:
        raise _invalid(f"Layer {index} {complaint}", where)
    kind = media_type[len(LAYER_MEDIA_TYPE_PREFIX) :]
    return Layer(kind, architecture, digest, size, str(annotations.get(TITLE_ANNOTATION, "")))


def _invalid(what: str, where: str) -> InvalidArtifactError:
    hint = "check the reference; artifacts of kernels are made by `kernel_registry push`"
    return InvalidArtifactError(what, where, hint)
