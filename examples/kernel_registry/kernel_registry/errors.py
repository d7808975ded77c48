# SPDX-License-Identifier: Apache-2.0
"""What can go wrong between a reference and a loaded module, one class per thing to do about it."""

from __future__ import annotations


class KernelRegistryError(RuntimeError):
    """Base of all errors of this package: what happened, where, and what to do."""

    def __init__(self, what: str, where: str, hint: str) -> None:
        super().__init__(what, where, hint)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.what}\n  where: {self.where}\n  what to do: {self.hint}"


class RegistryUnavailableError(KernelRegistryError):
    """No answer from the registry, or an answer that says that it cannot serve now."""


class AccessDeniedError(KernelRegistryError):
    """The registry wants credentials, or other ones."""


class ArtifactNotFoundError(KernelRegistryError):
    """The registry has no such repository, tag, manifest or payload."""


class InvalidArtifactError(KernelRegistryError):
    """There is something under the reference, but it does not describe kernels."""


class KindNotFoundError(KernelRegistryError):
    """The artifact holds no payload of the wanted kind."""


class WrongArchitectureError(KernelRegistryError):
    """The artifact holds the kind, but for other architectures only."""


class UnknownArchitectureError(KernelRegistryError):
    """The architecture of this machine could not be found out; name it."""


class DigestMismatchError(KernelRegistryError):
    """Bytes that are not those that were pushed: tampered with, or damaged."""


class TruncatedError(KernelRegistryError):
    """Fewer bytes than the artifact says."""
