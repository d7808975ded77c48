# SPDX-License-Identifier: Apache-2.0
"""Compiles the kernels of the GPU tests, on a machine with or without a GPU.

    python tests/gpu/make_images.py CAPABILITY DIRECTORY

writes ``image.cubin``, ``image.ptx`` and ``image.fatbin`` for a compute capability (90 for 9.0), so
that ``run_gpu_tests.py`` works on a machine that has no compiler.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CUDA_TESTS = HERE.parent / "cuda"
sys.path.insert(0, str(CUDA_TESTS))

from nvrtc import cuda_root  # noqa: E402

KINDS = ("cubin", "ptx", "fatbin")


def make_image(kind: str, capability: int) -> bytes:
    """Return kernels.cu compiled as one of KINDS."""
    if kind == "fatbin":
        return _fatbin_of(make_image("cubin", capability), capability)
    arch, what = {"cubin": ("sm", "CUBIN"), "ptx": ("compute", "PTX")}[kind]
    # In a process of its own: NVRTC asks libcuda for more than a stand-in has, if it is loaded.
    command = [sys.executable, CUDA_TESTS / "nvrtc.py", CUDA_TESTS / "kernels.cu"]
    command += [f"{arch}_{capability}", what]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def _fatbin_of(cubin: bytes, capability: int) -> bytes:
    """Wrap a cubin with CUDA's own tool."""
    with tempfile.TemporaryDirectory() as directory:
        source, target = Path(directory) / "image.cubin", Path(directory) / "image.fatbin"
        source.write_bytes(cubin)
        tool = cuda_root() / "bin" / "fatbinary"
        spec = f"kind=elf,sm={capability},file={source}"
        subprocess.run([tool, f"--create={target}", f"--image3={spec}"], check=True)
        return target.read_bytes()


def main() -> None:
    """Write the three files."""
    capability, directory = int(sys.argv[1]), Path(sys.argv[2])
    directory.mkdir(parents=True, exist_ok=True)
    for kind in KINDS:
        (directory / f"image.{kind}").write_bytes(make_image(kind, capability))


if __name__ == "__main__":
    main()
