# SPDX-License-Identifier: Apache-2.0
"""Finds the GPU toolkit of the machine and the architectures to compile for."""

from __future__ import annotations

import functools
import os
import re
import sys
from typing import Literal

BACKEND_STR = Literal["cuda", "hip"]
IS_WINDOWS = sys.platform == "win32"


def _which(name: str) -> str | None:
    """Return the path of a program on ``PATH``."""
    import shutil  # noqa: PLC0415

    return shutil.which(name)


def _output_of(command: list[str]) -> str | None:
    """Return what a program prints; None when it is missing or fails."""
    import subprocess  # noqa: PLC0415

    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None


def _find_compiler(name: str, *home_vars: str) -> str | None:
    """Return the path of a compiler, on ``PATH`` or in ``bin`` of a home that is set."""
    found = _which(name)
    if found is not None:
        return found
    for variable in home_vars:
        home = os.environ.get(variable)
        if home:
            path = os.path.join(home, "bin", f"{name}.exe" if IS_WINDOWS else name)
            if os.path.exists(path):
                return path
    return None


def _backend_of_torch() -> BACKEND_STR | None:
    """Return what the installed torch was built for."""
    try:
        import torch.version  # noqa: PLC0415

        if getattr(torch.version, "hip", None):
            return "hip"
        if getattr(torch.version, "cuda", None):
            return "cuda"
    except Exception:
        # A torch that does not work here says nothing about the machine.
        return None
    return None


@functools.cache
def _detect_gpu_backend() -> BACKEND_STR:
    """Return the backend for ``.cu`` sources when the caller names none."""
    wanted = os.environ.get("TVM_FFI_GPU_BACKEND", "").lower()
    if wanted == "cuda":
        return "cuda"
    if wanted == "hip":
        return "hip"
    built_for = _backend_of_torch()
    if built_for is not None:
        return built_for
    has_cuda = _find_compiler("nvcc", "CUDA_HOME", "CUDA_PATH")
    if not has_cuda and _find_compiler("hipcc", "ROCM_HOME", "ROCM_PATH"):
        return "hip"
    return "cuda"


def _resolve_gpu_backend(backend: str | None) -> BACKEND_STR:
    """Return the backend that a caller means."""
    if backend is None:
        return _detect_gpu_backend()
    if backend == "cuda":
        return "cuda"
    if backend == "hip":
        return "hip"
    raise ValueError(f"Invalid backend: {backend}. Supported backends are 'cuda' and 'hip'.")


def _default_cuda_home() -> str | None:
    """Return where CUDA is installed by default, if it is."""
    if not IS_WINDOWS:
        return "/usr/local/cuda" if os.path.exists("/usr/local/cuda") else None
    import glob  # noqa: PLC0415

    homes = glob.glob("C:/Program Files/NVIDIA GPU Computing Toolkit/CUDA/v*.*")
    return homes[0] if homes else None


@functools.cache
def _find_cuda_home() -> str:
    """Return the directory of the CUDA toolkit."""
    home = os.environ.get("CUDA_HOME") or os.environ.get("CUDA_PATH")
    if home:
        return home
    nvcc = _which("nvcc")
    if nvcc is not None:
        return os.path.dirname(os.path.dirname(nvcc))
    home = _default_cuda_home()
    if home is None:
        raise RuntimeError(
            "Could not find CUDA installation. Please set CUDA_HOME environment variable."
        )
    return home


def _gencode(version: str) -> str:
    """Return the option of nvcc for a compute capability such as ``9.0a``."""
    parts = version.split(".")
    if len(parts) != 2:
        raise ValueError(f"Invalid CUDA architecture: {version}")
    number = "".join(parts)
    return f"-gencode=arch=compute_{number},code=sm_{number}"


def _query_gpu(field: str) -> str:
    """Return one property of the first NVIDIA GPU; empty when there is none to ask."""
    output = _output_of(["nvidia-smi", f"--query-gpu={field}", "--format=csv,noheader"])
    lines = (output or "").strip().splitlines()
    return lines[0].strip() if lines else ""


def _get_cuda_target() -> str:
    """Return the options of nvcc that select the architectures."""
    listed = os.environ.get("TVM_FFI_CUDA_ARCH_LIST")
    if listed is not None:
        return " ".join(_gencode(version) for version in listed.split())
    # Old drivers answer the first question with a text that is no version.
    capability = _query_gpu("compute_cap")
    if re.fullmatch(r"\d+\.\d+[a-z]*", capability):
        return _gencode(capability)
    name = _query_gpu("name")
    for known, version in (("A100", "8.0"), ("A10", "8.6")):
        if known in name:
            return _gencode(version)
    raise RuntimeError(
        "Could not detect CUDA compute_cap automatically. "
        "Please set TVM_FFI_CUDA_ARCH_LIST environment variable."
    )


@functools.cache
def _find_rocm_home() -> str:
    """Return the directory of the ROCm installation."""
    home = os.environ.get("ROCM_HOME") or os.environ.get("ROCM_PATH")
    if home:
        return home
    hipcc = _which("hipcc")
    if hipcc is not None:
        home = os.path.dirname(os.path.dirname(os.path.realpath(hipcc)))
        return os.path.dirname(home) if os.path.basename(home) == "hip" else home
    if os.path.exists("/opt/rocm"):
        return "/opt/rocm"
    raise RuntimeError(
        "Could not find ROCm installation. Please set ROCM_HOME environment variable."
    )


def _list_rocm_agents() -> list[str]:
    """Return the architectures of the AMD GPUs of this machine, each once."""
    tool = os.path.join(_find_rocm_home(), "bin", "rocm_agent_enumerator")
    output = _output_of([tool if os.path.exists(tool) else "rocm_agent_enumerator"])
    agents = [line.strip() for line in (output or "").splitlines()]
    agents = [agent for agent in agents if agent and agent != "gfx000"]
    if not agents:
        lines = [line.split() for line in (_output_of(["rocminfo"]) or "").splitlines()]
        names = [line[1] for line in lines if len(line) > 1 and line[0] == "Name:"]
        agents = [name for name in names if name.startswith("gfx")]
    return list(dict.fromkeys(agents))


def _get_rocm_target() -> list[str]:
    """Return the options of hipcc that select the architectures."""
    listed = os.environ.get("TVM_FFI_ROCM_ARCH_LIST")
    agents = _list_rocm_agents() if listed is None else listed.split()
    if not agents and listed is None:
        raise RuntimeError(
            "Could not detect ROCm GPU architecture automatically. Please set "
            "TVM_FFI_ROCM_ARCH_LIST environment variable (e.g. 'gfx90a gfx942')."
        )
    return [f"--offload-arch={agent}" for agent in agents]
