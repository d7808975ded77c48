# SPDX-License-Identifier: Apache-2.0
"""examples/cubin_launcher: its README runs on the stand-ins, and so do its libraries."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Callable

import numpy as np
import pytest
import tvm_ffi
from nvrtc import cuda_root
from readme import run_readme
from standin import Gpu
from tvm_ffi import libinfo

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "cubin_launcher"


def load_example(file: str) -> ModuleType:
    """Import a script of the example."""
    name = f"cubin_launcher_{Path(file).stem}"
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def image_file(images: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("image") / "add_one.cubin"
    file.write_bytes(images.sm_90)
    return file


@pytest.fixture(scope="module")
def readme_build(
    toolkit: dict[str, str], image_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Run the README, as far as the stand-ins go, and return where it has built."""
    script = "python launch/run.py"
    replace = {script: f"{script} --cubin {image_file}"}  # NVRTC asks more of a driver
    directory = tmp_path_factory.mktemp("readme")
    copy = run_readme("cubin_launcher", directory, ("toolkit", "driver"), replace, **toolkit)
    return copy / "build"


def test_readme_runs(readme_build: Path) -> None:
    built = {path.name for path in readme_build.glob("*/lib*.so")}
    assert built >= {"libcubin_loader.so", "libembed_with_tvm_ffi.so", "liblaunch_timer.so"}


@pytest.fixture(scope="module", params=["runtime", "driver"])
def api(request: pytest.FixtureRequest) -> str:
    """Name one of the APIs that the launcher header is for."""
    return request.param


@pytest.fixture(scope="module")
def build_example(
    api: str,
    readme_build: Path,
    cuda_build: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Path]:
    """Build a directory of the example over an API; the README does so over the runtime's."""

    def build(name: str, **definitions: object) -> Path:
        if api == "runtime":
            return readme_build / name
        target = tmp_path_factory.mktemp(name)
        definitions.update(
            tvm_ffi_ROOT=libinfo.find_cmake_path(),
            CUDA_INCLUDE_DIR=cuda_root() / "include",
            CUDA_DRIVER_LIBRARY=cuda_build / "libcuda.so.1",
            CMAKE_TVM_FFI_CUBIN_LAUNCHER_USE_DRIVER_API="ON",
        )
        configure = ["cmake", "-S", EXAMPLES / f"{name}_cubin", "-B", target]
        configure += [f"-D{key}={value}" for key, value in definitions.items()]
        for command in (configure, ["cmake", "--build", target]):
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return target

    return build


@pytest.fixture(scope="module")
def embedded(build_example: Callable[..., Path], image_file: Path) -> Path:
    bin2c = cuda_root() / "bin" / "bin2c"
    return build_example("embedded", CUBIN=image_file, BIN2C=bin2c)


@pytest.fixture(scope="module")
def dynamic(build_example: Callable[..., Path]) -> Path:
    return build_example("dynamic") / "libdynamic_cubin.so"


def vectors(gpu: Gpu, size: int) -> tuple[np.ndarray, np.ndarray, list[tvm_ffi.Tensor]]:
    """Return two arrays, 0 1 2 ... and zeros, and the tensors over them on the GPU."""
    arrays = np.arange(size, dtype="float32"), np.zeros(size, dtype="float32")
    return (*arrays, [gpu.tensor(array) for array in arrays])


@pytest.mark.parametrize("way", ["embed_with_tvm_ffi", "include_bin2c", "cpp_embed"])
def test_library_with_its_image_inside(embedded: Path, gpu: Gpu, way: str) -> None:
    example = load_example("embedded_cubin/main.py")
    built = example.find_libraries(embedded)
    if way == "cpp_embed" and way not in built:
        pytest.skip("the C++ compiler has no #embed (GCC 15 and Clang 19 have it)")
    x, y, tensors = vectors(gpu, 300)
    with gpu.current_context():
        example.add_one(built[way], *tensors)
    np.testing.assert_array_equal(y, x + 1)
    assert gpu.last_launch()["grid"] == (2, 1, 1)


def test_library_checks_its_vectors(embedded: Path, gpu: Gpu) -> None:
    mod = tvm_ffi.load_module(embedded / "libembed_with_tvm_ffi.so")
    _, y, (on_gpu, _) = vectors(gpu, 5)
    with pytest.raises(ValueError, match="y must be a vector of float32 as long as x"):
        mod.add_one(on_gpu, gpu.tensor(y[:3]))
    with pytest.raises(ValueError, match="must be on the same CUDA device"):
        mod.add_one(y, on_gpu)
    with pytest.raises(ValueError, match="must be on the same CUDA device"):
        mod.add_one(on_gpu, gpu.tensor(y, 1))
    with pytest.raises(ValueError, match="x must be a vector of float32"):
        mod.add_one(gpu.tensor(np.zeros(5)), on_gpu)
    launches = gpu.driver.standin_launches()
    mod.add_one(gpu.tensor(y[:0]), gpu.tensor(y[:0]))
    assert gpu.driver.standin_launches() == launches  # a grid cannot be empty


def test_library_that_gets_its_image_later(dynamic: Path, gpu: Gpu) -> None:
    """The kernels of example_nvrtc_cubin.py, compiled by NVRTC in a process of its own."""
    code = (
        "import sys, example_nvrtc_cubin\n"
        "sys.stdout.buffer.write(example_nvrtc_cubin.compile_kernels('sm_90'))\n"
    )
    command = [sys.executable, "-c", code]
    compiled = subprocess.run(command, cwd=EXAMPLES, stdout=subprocess.PIPE, check=True)
    x, y, tensors = vectors(gpu, 300)
    example = load_example("example_nvrtc_cubin.py")
    with gpu.current_context():
        example.run(str(dynamic), compiled.stdout, *tensors)
    np.testing.assert_array_equal(y, (x + 1) * 2)


def test_library_without_an_image_says_so(dynamic: Path) -> None:
    code = (
        "import numpy, sys, tvm_ffi\n"
        "x = tvm_ffi.from_dlpack(numpy.zeros(1, dtype='float32'))\n"
        "tvm_ffi.load_module(sys.argv[1]).add_one(x, x)\n"
    )
    command = [sys.executable, "-c", code, dynamic]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.stderr.rstrip().endswith("call set_cubin first")


def test_kernel_with_scratch_parameters(dynamic: Path, gpu: Gpu, images: SimpleNamespace) -> None:
    """Kernels of Triton have more parameters than they were written with; these are null."""
    mod = tvm_ffi.load_module(dynamic)
    mod.set_cubin(images.sm_90)
    x, y, tensors = vectors(gpu, 200)
    with gpu.current_context():
        mod.launch("square_with_scratch", *tensors, 128, 2)
    np.testing.assert_array_equal(y, x * x)
    assert gpu.last_launch()["block"] == (128, 1, 1)
    with pytest.raises(RuntimeError, match=r"CUDA Error: .* \(500\)"):
        mod.launch("no_such_kernel", *tensors, 128, 0)


def test_kernel_of_triton(
    dynamic: Path, gpu: Gpu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    pytest.importorskip("triton")
    example = load_example("example_triton_cubin.py")
    image = example.compile_kernel(90)
    x, y, tensors = vectors(gpu, 200)
    with gpu.current_context():
        example.run(str(dynamic), image, *tensors)
    np.testing.assert_array_equal(y, x * x)
