# SPDX-License-Identifier: Apache-2.0
"""Kernels in an OCI registry: pushed and pulled by reference, verified, loaded from memory."""

from .architecture import ANY, default_architecture, gpu_architecture, host_architecture
from .artifact import Layer, Payload
from .cache import DigestCache
from .errors import (
    AccessDeniedError,
    ArtifactNotFoundError,
    DigestMismatchError,
    InvalidArtifactError,
    KernelRegistryError,
    KindNotFoundError,
    RegistryUnavailableError,
    TruncatedError,
    UnknownArchitectureError,
    WrongArchitectureError,
)
from .progress import ProgressLine
from .registry import KernelRegistry

__all__ = [
    "ANY",
    "AccessDeniedError",
    "ArtifactNotFoundError",
    "DigestCache",
    "DigestMismatchError",
    "InvalidArtifactError",
    "KernelRegistry",
    "KernelRegistryError",
    "KindNotFoundError",
    "Layer",
    "Payload",
    "ProgressLine",
    "RegistryUnavailableError",
    "TruncatedError",
    "UnknownArchitectureError",
    "WrongArchitectureError",
    "default_architecture",
    "gpu_architecture",
    "host_architecture",
]
