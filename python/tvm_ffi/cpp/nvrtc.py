# SPDX-License-Identifier: Apache-2.0
"""Compiles CUDA C++ to a CUBIN in memory with NVRTC.

Needs the package ``cuda-python``; a GPU only where the architecture is to be detected.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


def nvrtc_compile(
    source: str,
    *,
    name: str = "kernel.cu",
    arch: str | None = None,
    extra_opts: Sequence[str] | None = None,
) -> bytes:
    """Compile CUDA C++ source text to a CUBIN.

    Parameters
    ----------
    source
        The source. Declare kernels ``extern "C"`` to find them by their plain name.
    name
        Name of the source in messages of the compiler.
    arch
        Architecture such as ``"sm_90"``; by default that of the current GPU.
    extra_opts
        More options for NVRTC, for example ``["-I/some/include", "--std=c++17"]``.

    Returns
    -------
    The image, for ``tvm_ffi.load_module_from_bytes("cubin", image)`` or the parameter
    ``embed_cubin`` of the build functions.

    Raises
    ------
    RuntimeError
        If ``cuda-python`` is missing, the architecture cannot be detected, or the source does not
        compile; then the text holds the compiler's log.

    """
    try:
        # These are native modules without stubs, of which a checker sees nothing.
        from cuda.bindings import (  # noqa: PLC0415
            driver,  # pyright: ignore[reportAttributeAccessIssue]
            nvrtc,  # pyright: ignore[reportAttributeAccessIssue]
        )
    except ImportError as error:
        raise RuntimeError(
            "CUDA bindings not available. Install with: pip install cuda-python"
        ) from error

    if arch is None:
        arch = _detect_arch(driver)
    options = [f"--gpu-architecture={arch}".encode(), b"-default-device"]
    options += [opt.encode() if isinstance(opt, str) else opt for opt in extra_opts or ()]

    success = nvrtc.nvrtcResult.NVRTC_SUCCESS
    result, program = nvrtc.nvrtcCreateProgram(source.encode(), name.encode(), 0, None, None)
    if result != success:
        raise RuntimeError(f"Failed to create NVRTC program: {result}")
    try:
        (result,) = nvrtc.nvrtcCompileProgram(program, len(options), options)
        if result != success:
            raise RuntimeError(f"NVRTC compilation failed{_log_of(nvrtc, program, result)}")
        result, size = nvrtc.nvrtcGetCUBINSize(program)
        if result != success:
            raise RuntimeError(f"Failed to get CUBIN size from NVRTC: {result}")
        image: bytes = b" " * size
        (result,) = nvrtc.nvrtcGetCUBIN(program, image)
        if result != success:
            raise RuntimeError(f"Failed to get CUBIN from NVRTC: {result}")
        return image
    finally:
        nvrtc.nvrtcDestroyProgram(program)


def _log_of(nvrtc: Any, program: Any, result: Any) -> str:
    """Return what follows "NVRTC compilation failed": the log where there is one."""
    success = nvrtc.nvrtcResult.NVRTC_SUCCESS
    status, size = nvrtc.nvrtcGetProgramLogSize(program)
    if status != success:
        return f": {result}"
    log: bytes = b" " * size
    (status,) = nvrtc.nvrtcGetProgramLog(program, log)
    if status != success:
        return f" (couldn't get log): {result}"
    return ":\n" + log.rstrip(b"\0").decode(errors="replace")


def _detect_arch(driver: Any) -> str:
    """Return the architecture of the current GPU (of GPU 0 when no context is current)."""
    capability = "CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_"
    try:
        _expect(driver, "initialize CUDA driver", driver.cuInit(0))
        result, device = driver.cuCtxGetDevice()
        if result != driver.CUresult.CUDA_SUCCESS:
            device = 0
        version = ""
        for part in ("major", "minor"):
            attribute = getattr(driver.CUdevice_attribute, capability + part.upper())
            returned = driver.cuDeviceGetAttribute(attribute, device)
            version += str(_expect(driver, f"get compute capability {part}", returned))
    except Exception as error:
        raise RuntimeError(
            f"Failed to auto-detect GPU architecture: {error}. "
            "Please specify 'arch' parameter explicitly."
        ) from error
    return f"sm_{version}"


def _expect(driver: Any, action: str, returned: tuple[Any, ...]) -> Any:
    """Return the value of a driver call, or raise when its first item is an error."""
    if returned[0] != driver.CUresult.CUDA_SUCCESS:
        raise RuntimeError(f"Failed to {action}: {returned[0]}")
    return returned[1] if len(returned) > 1 else None
