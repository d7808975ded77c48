# SPDX-License-Identifier: Apache-2.0
"""The DLPack exchange API for a torch that does not publish it.

Newer torch sets ``torch.Tensor.__dlpack_c_exchange_api__`` itself. Otherwise importing this module
sets it: from the legacy attribute, from the package ``torch_c_dlpack_ext``, or from a library that
is compiled once and kept in a cache directory. It is imported when torch is loaded: at the start
of the package, or when the first value arrives after torch was imported.
"""

from __future__ import annotations

import ctypes
import os
import sys
import warnings
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

_ATTRIBUTE = "__dlpack_c_exchange_api__"
_LEGACY_ATTRIBUTE = "__c_dlpack_exchange_api__"
_CAPSULE_NAME = b"dlpack_exchange_api"  # the capsule refers to it, so it lives with the module


def _create_dlpack_exchange_api_capsule(ptr: int) -> Any:
    """Return the capsule that publishes the exchange API at an address."""
    new_capsule = ctypes.pythonapi.PyCapsule_New
    new_capsule.restype = ctypes.py_object
    new_capsule.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    return new_capsule(ptr, _CAPSULE_NAME, None)


def _check_and_update_dlpack_c_exchange_api(tensor_cls: Any) -> bool:
    """Return whether a class publishes the exchange API; the legacy attribute is copied over."""
    if hasattr(tensor_cls, _ATTRIBUTE):
        return True
    if not hasattr(tensor_cls, _LEGACY_ATTRIBUTE):
        return False
    api = getattr(tensor_cls, _LEGACY_ATTRIBUTE)
    if isinstance(api, int):
        api = _create_dlpack_exchange_api_capsule(api)
    setattr(tensor_cls, _ATTRIBUTE, api)
    return True


def _torch_extension_device(torch_module: ModuleType) -> str:
    """Return which kind of add-on fits a torch build: ``cpu``, ``cuda`` or ``rocm``."""
    if not torch_module.cuda.is_available():
        return "cpu"
    if getattr(torch_module.version, "cuda", None) is not None:
        return "cuda"
    return "rocm" if getattr(torch_module.version, "hip", None) is not None else "cuda"


def _library_name(torch_module: ModuleType, device: str) -> str:
    """Return the file name of the add-on; it changes with everything the build depends on."""
    import hashlib  # noqa: PLC0415

    version = torch_module.__version__
    major, minor = version.split(".")[:2]
    abi = f"{version}|cxx11abi={int(torch_module.compiled_with_cxx11_abi())}"
    tag = hashlib.sha256(abi.encode()).hexdigest()[:8]
    suffix = ".dll" if sys.platform == "win32" else ".so"
    return f"libtorch_c_dlpack_addon_torch{major}{minor}-{device}-{tag}{suffix}"


def _build_library(directory: Path, name: str, device: str) -> None:
    """Compile the add-on in a process of its own, which must not import this module again."""
    import subprocess  # noqa: PLC0415

    script = Path(__file__).parent / "utils" / "_build_optional_torch_c_dlpack.py"
    command = [sys.executable, str(script), "--output-dir", str(directory), "--libname", name]
    if device != "cpu":
        command.append(f"--build-with-{device}")
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(
            f"Build failed with status {result.returncode}\n"
            f"stdout:\n{result.stdout}\nstderr:\n{result.stderr}"
        )
    if not (directory / name).exists():
        raise RuntimeError("Failed to build torch c dlpack addon.")


def _load_or_build_library(torch_module: ModuleType) -> ctypes.CDLL:
    """Publish the exchange API of the add-on, which is built when the cache lacks it."""
    directory = Path(os.environ.get("TVM_FFI_CACHE_DIR", "~/.cache/tvm-ffi")).expanduser()
    device = _torch_extension_device(torch_module)
    name = _library_name(torch_module, device)
    if not (directory / name).exists():
        _build_library(directory, name, device)
    library = ctypes.CDLL(str(directory / name))
    get_api = library.TorchDLPackExchangeAPIPtr
    get_api.restype = ctypes.c_uint64
    get_api.argtypes = []
    setattr(torch_module.Tensor, _ATTRIBUTE, _create_dlpack_exchange_api_capsule(get_api()))
    return library


def load_torch_c_dlpack_extension() -> ctypes.CDLL | None:
    """Make ``torch.Tensor`` publish the DLPack exchange API.

    Returns
    -------
    The add-on library when one had to be loaded, else None. A failure is a warning: tensors then
    still pass through plain DLPack.

    """
    try:
        import torch  # noqa: PLC0415
        import torch.version  # noqa: PLC0415
    except ImportError:
        return None
    if _check_and_update_dlpack_c_exchange_api(torch.Tensor):
        return None
    try:
        import torch_c_dlpack_ext  # noqa: F401, PLC0415
    except (ImportError, AttributeError):  # absent, or built for another torch
        pass
    if _check_and_update_dlpack_c_exchange_api(torch.Tensor):
        return None
    try:
        return _load_or_build_library(torch)
    except ImportError:
        return None
    except Exception:
        warnings.warn(
            "Failed to JIT torch c dlpack extension, EnvTensorAllocator will not be enabled.\n"
            "We recommend installing via `pip install torch-c-dlpack-ext`",
            stacklevel=2,
        )
        return None


def patch_torch_cuda_stream_protocol() -> None:
    """Let streams of a torch that lacks ``__cuda_stream__`` be passed as pointers."""
    try:
        import torch  # noqa: PLC0415
    except ImportError:
        return
    if not torch.cuda.is_available() or hasattr(torch.cuda.Stream, "__cuda_stream__"):
        return

    def __cuda_stream__(self: Any) -> tuple[int, int]:
        """Return the protocol version and the address of the stream."""
        return (0, self.cuda_stream)

    torch.cuda.Stream.__cuda_stream__ = __cuda_stream__


if os.environ.get("TVM_FFI_DISABLE_TORCH_C_DLPACK", "0") == "0":
    _LIB = load_torch_c_dlpack_extension()
    patch_torch_cuda_stream_protocol()
