# SPDX-License-Identifier: Apache-2.0
"""Builds the add-on that gives a torch without DLPack exchange table one.

    python -m tvm_ffi.utils._build_optional_torch_c_dlpack --output-dir DIR

compiles ``_torch_c_dlpack_addon.cc`` against the torch that is installed. Importing
``tvm_ffi._optional_torch_c_dlpack`` runs this file by its name when the cache lacks the product.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from contextlib import nullcontext
from pathlib import Path

import torch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextlib import AbstractContextManager

IS_WINDOWS = sys.platform == "win32"
IS_DARWIN = sys.platform == "darwin"

_SOURCE = Path(__file__).with_name("_torch_c_dlpack_addon.cc")
_MSVC_FLAGS = (
    "/MD /EHsc /wd4819 /wd4251 /wd4244 /wd4267 /wd4275 /wd4018 /wd4190 /wd4624 /wd4067 /wd4068"
)


def parse_env_flags(env_var_name: str) -> list[str]:
    """Return the flags in an environment variable, split as a shell does.

    A variable that breaks the rules of quoting is split at white space, with a warning.
    """
    text = os.environ.get(env_var_name, "")
    try:
        return shlex.split(text)
    except ValueError as e:
        print(
            f"Warning: Could not parse {env_var_name} with shlex: {e}. "
            "Falling back to simple split.",
            file=sys.stderr,
        )
        return text.split()


def _torch_is_at_least(version: str) -> bool:
    """Compare the version of torch, in which a pre-release comes before the release."""
    from torch.torch_version import TorchVersion  # noqa: PLC0415

    return bool(TorchVersion(torch.__version__) >= version)


def get_cpp_standard() -> str:
    """Return the C++ standard that the headers of torch need."""
    return "c++20" if _torch_is_at_least("2.13.0") else "c++17"


def _torch_paths(kind: str, with_device: bool) -> list[str]:
    """Return the ``include_paths`` or ``library_paths`` of torch."""
    from torch.utils import cpp_extension  # noqa: PLC0415

    find = getattr(cpp_extension, kind)
    if _torch_is_at_least("2.6.0"):
        return list(find(device_type="cuda" if with_device else "cpu"))
    return list(find(cuda=with_device))


def get_torch_include_paths(build_with_cuda: bool) -> list[str]:
    """Return the directories of the headers of torch, and those of its CUDA or ROCm on request."""
    return _torch_paths("include_paths", build_with_cuda)


def _device(args: argparse.Namespace) -> str:
    """Return what the add-on is built for."""
    if args.build_with_cuda:
        return "cuda"
    return "rocm" if args.build_with_rocm else "cpu"


def _library_name(device: str) -> str:
    """Return the name of the product when none is asked for."""
    major, minor = torch.__version__.split(".")[:2]
    suffix = ".dll" if IS_WINDOWS else ".so"
    return f"libtorch_c_dlpack_addon_torch{major}{minor}-{device}{suffix}"


def _compile_flags(device: str) -> list[str]:
    """Return the flags that select the parts of the source."""
    flags = []
    if device == "cuda":
        flags.append("-DBUILD_WITH_CUDA")
    elif device == "rocm":
        from torch.utils.cpp_extension import COMMON_HIP_FLAGS  # noqa: PLC0415

        flags += [*COMMON_HIP_FLAGS, "-DBUILD_WITH_ROCM"]
    flags.append(f"-D_GLIBCXX_USE_CXX11_ABI={int(torch.compiled_with_cxx11_abi())}")
    return flags + parse_env_flags("TVM_FFI_JIT_EXTRA_CFLAGS")


def _include_paths(device: str) -> list[str]:
    """Return the include directories: ours come first, for torch has an older DLPack header."""
    from tvm_ffi.libinfo import find_dlpack_include_path  # noqa: PLC0415

    python = sysconfig.get_paths()["include"]
    return [find_dlpack_include_path(), python, *get_torch_include_paths(device != "cpu")]


def _torch_libraries(device: str) -> list[str]:
    """Return the names of the libraries of torch that the add-on calls."""
    names = ["c10", "torch", "torch_cpu", "torch_python"]
    return [*names, "torch_cuda", "c10_cuda"] if device == "cuda" else names


def _link_flags(device: str) -> list[str]:
    """Return the flags of the link on Linux and macOS."""
    flags = [f"-L{path}" for path in _torch_paths("library_paths", device != "cpu")]
    flags += [f"-l{name}" for name in _torch_libraries(device)]
    if IS_DARWIN:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        flags += [f"-L{sysconfig.get_config_var('LIBDIR')}", f"-lpython{version}"]
    return flags + parse_env_flags("TVM_FFI_JIT_EXTRA_LDFLAGS")


def _unix_command(device: str, source: Path, product: Path) -> list[str]:
    """Return the command that compiles and links the add-on on Linux and macOS."""
    return [
        *(parse_env_flags("CXX") or ["c++"]),
        *(f"-std={get_cpp_standard()}", "-fPIC", "-O3", "-fvisibility=hidden"),
        *_compile_flags(device),
        *(flag for path in _include_paths(device) for flag in ("-I", path)),
        *(str(source), "-shared"),
        f"-Wl,-rpath,{'@loader_path' if IS_DARWIN else '$ORIGIN'}",
        *_link_flags(device),
        *("-o", str(product)),
    ]


def _windows_ninja_file(device: str, source: Path, product: Path) -> str:
    """Return the text of the ninja file that builds the add-on on Windows."""

    def escaped(path: Path) -> str:
        return str(path).replace("$", "$$").replace(":", "$:").replace(" ", "$ ")

    flags = [f"/std:{get_cpp_standard()}", _MSVC_FLAGS]
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        flags.append("/DPy_GIL_DISABLED=1")
    flags += _compile_flags(device)
    flags += [f'-I"{path}"' for path in _include_paths(device)]
    python_libs = Path(sysconfig.get_config_var("installed_base") or sys.base_prefix) / "libs"
    libraries = [f'/LIBPATH:"{path}"' for path in _torch_paths("library_paths", device != "cpu")]
    libraries += [f"{name}.lib" for name in _torch_libraries(device)]
    libraries += [f'/LIBPATH:"{python_libs}"', *parse_env_flags("TVM_FFI_JIT_EXTRA_LDFLAGS")]
    return "\n".join(
        [
            "ninja_required_version = 1.3",
            f"cxx = {os.environ.get('CXX', 'cl')}",
            f"cxxflags = {' '.join(flags)}",
            f"ldflags = /DLL {' '.join(libraries)}",
            "",
            "rule compile",
            "  command = $cxx /showIncludes $cxxflags -c $in /Fo$out",
            "  deps = msvc",
            "",
            "rule link",
            "  command = $cxx $in /link $ldflags /out:$out",
            "",
            f"build addon.obj: compile {escaped(source)}",
            f"build {escaped(product)}: link addon.obj",
            f"default {escaped(product)}",
            "",
        ]
    )


def _compile(device: str, build_dir: Path, product: Path) -> None:
    """Write the source into the build directory and make the product there."""
    source = build_dir / "addon.cc"
    shutil.copyfile(_SOURCE, source)
    if IS_WINDOWS:
        from tvm_ffi.cpp.extension import build_ninja  # noqa: PLC0415

        text = _windows_ninja_file(device, source, product)
        (build_dir / "build.ninja").write_text(text, encoding="utf-8")
        build_ninja(str(build_dir))
        return
    command = _unix_command(device, source, product)
    result = subprocess.run(command, cwd=build_dir, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(
            f"Build failed with status {result.returncode}\nCommand: {shlex.join(command)}\n"
            f"stdout:\n{result.stdout}\nstderr:\n{result.stderr}"
        )


def _build(device: str, build_dir: Path, library: Path) -> None:
    """Make the library, unless it exists already or another process makes it."""
    from tvm_ffi.utils.lockfile import FileLock  # noqa: PLC0415

    lock = library.with_name(f"{library.name}.lock")
    lock.touch()  # the lock would wait for ever for a directory that can't be written
    with FileLock(str(lock)):
        if library.exists():
            return
        name = f"{library.name}.tmp"
        _compile(device, build_dir, build_dir / name)
        # Readers look for the library without the lock, and the directories may be on two disks.
        shutil.move(build_dir / name, library.with_name(name))
        os.replace(library.with_name(name), library)


def _build_directory(path: str | None) -> AbstractContextManager[str]:
    """Return the directory to build in; a temporary one when none is named."""
    if path is None:
        return tempfile.TemporaryDirectory(prefix="tvm-ffi-torch-c-dlpack-")
    Path(path).mkdir(parents=True, exist_ok=True)
    return nullcontext(path)


def _parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Build the library that gives torch.Tensor the DLPack exchange table."
    )
    add = parser.add_argument
    add("--build-dir", metavar="DIR", help="where to compile (a temporary directory)")
    add(
        "--output-dir",
        metavar="DIR",
        default=os.environ.get("TVM_FFI_CACHE_DIR", "~/.cache/tvm-ffi"),
        help="where the library goes (%(default)s)",
    )
    add(
        "--libname",
        metavar="FILE",
        default="auto",
        help="file name of the library (auto: it names the version of torch and the device)",
    )
    add("--build-with-cuda", action="store_true", help="find the current stream of CUDA devices")
    add("--build-with-rocm", action="store_true", help="find the current stream of ROCm devices")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    """Run the command line."""
    # torch is imported: the start of the package would build the add-on, too.
    os.environ["TVM_FFI_DISABLE_TORCH_C_DLPACK"] = "1"
    args = _parse_args(argv)
    if args.build_with_cuda and args.build_with_rocm:
        raise ValueError("Cannot enable both CUDA and ROCm at the same time.")
    device = _device(args)
    output_dir = Path(args.output_dir).expanduser().resolve()
    output_dir.mkdir(parents=True, exist_ok=True)
    name = _library_name(device) if args.libname == "auto" else args.libname
    with _build_directory(args.build_dir) as build_dir:
        _build(device, Path(build_dir).resolve(), output_dir / name)


if __name__ == "__main__":
    main()
