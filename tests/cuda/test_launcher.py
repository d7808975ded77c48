# SPDX-License-Identifier: Apache-2.0
"""The launcher headers over the driver API and over the runtime API, on the stand-ins for both."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tvm_ffi
from standin import Gpu


@pytest.fixture(params=["driver", "runtime"])
def launcher(request: pytest.FixtureRequest, cuda_build: Path, gpu: Gpu) -> Iterator:
    """Load launcher.cc built over one API; a context is current, as launches by the driver want."""
    with gpu.current_context():
        yield tvm_ffi.load_module(cuda_build / f"liblauncher_{request.param}.so")


def is_driver(launcher: tvm_ffi.Module) -> bool:
    return launcher.uses_driver_api()


def test_each_api_is_built_as_asked(launcher: tvm_ffi.Module, request) -> None:
    assert is_driver(launcher) == ("driver" in request.node.name)


@pytest.mark.parametrize("device_id", [0, 1])
def test_kernel_runs_on_the_device_and_stream_of_its_tensors(
    launcher: tvm_ffi.Module, gpu: Gpu, images: SimpleNamespace, device_id: int
) -> None:
    x, y = np.arange(300, dtype="float32"), np.zeros(300, dtype="float32")
    with tvm_ffi.use_raw_stream(tvm_ffi.device("cuda", device_id), 0x88):
        launcher.add_one(images.sm_90, gpu.tensor(x, device_id), gpu.tensor(y, device_id))
    np.testing.assert_array_equal(y, x + 1)
    launch = gpu.last_launch()
    assert (launch["grid"], launch["block"]) == ((3, 1, 1), (128, 1, 1))
    assert (launch["device"], launch["stream"]) == (device_id, 0x88)


def test_cluster_and_shared_memory_beyond_the_default(
    launcher: tvm_ffi.Module, gpu: Gpu, images: SimpleNamespace
) -> None:
    out, limit = np.zeros(4, dtype="float32"), 100 * 1024
    launcher.sum_in_shared(images.sm_90, gpu.tensor(out), 10, 2, limit, limit)
    assert out.tolist() == [45] * 4
    launch = gpu.last_launch()
    assert (launch["cluster"], launch["shared"]) == (2, limit)
    assert (launch["grid"], launch["block"]) == ((4, 2, 1), (32, 1, 1))


def test_launch_without_cluster(
    launcher: tvm_ffi.Module, gpu: Gpu, images: SimpleNamespace
) -> None:
    out = np.zeros(4, dtype="float32")
    launcher.sum_in_shared(images.sm_90, gpu.tensor(out, 1), 4, 1, 1024, -1)
    assert out.tolist() == [6] * 4
    assert (gpu.last_launch()["cluster"], gpu.last_launch()["device"]) == (1, 1)


def test_default_limit_leaves_room_for_static_shared_memory(
    launcher: tvm_ffi.Module, gpu: Gpu, images: SimpleNamespace
) -> None:
    out, default = gpu.tensor(np.zeros(4, dtype="float32")), 48 * 1024
    assert launcher.shared_memory_of(images.sm_90, "sum_in_shared") == 16
    launcher.sum_in_shared(images.sm_90, out, 1, 1, default - 16, -1)
    with pytest.raises(RuntimeError, match="InvalidValue|INVALID_VALUE"):
        launcher.sum_in_shared(images.sm_90, out, 1, 1, default - 15, -1)


def test_limit_that_no_device_has(
    launcher: tvm_ffi.Module, gpu: Gpu, images: SimpleNamespace
) -> None:
    out = gpu.tensor(np.zeros(4, dtype="float32"))
    message = "Failed to set dynamic shared memory attribute for any device"
    with pytest.raises(RuntimeError, match=message):
        launcher.sum_in_shared(images.sm_90, out, 1, 1, 0, 1 << 20)


def test_refused_launch_names_code_and_text(
    launcher: tvm_ffi.Module, images: SimpleNamespace
) -> None:
    name = "CUDA_ERROR_INVALID_VALUE" if is_driver(launcher) else "cudaErrorInvalidValue"
    with pytest.raises(RuntimeError, match=rf"^CUDA Error: {name} \(1\): invalid argument"):
        launcher.launch_too_large(images.sm_90)


def test_missing_kernel_and_image_that_is_none(
    launcher: tvm_ffi.Module, images: SimpleNamespace
) -> None:
    with pytest.raises(RuntimeError, match=r"^CUDA Error: .* \(500\)"):  # not found
        launcher.shared_memory_of(images.sm_90, "no_such_kernel")
    with pytest.raises(RuntimeError, match=r"^CUDA Error: .* \(200\)"):  # invalid image
        launcher.shared_memory_of(b"no image", "add_one")


def test_handles_move_and_every_library_is_unloaded(
    launcher: tvm_ffi.Module, gpu: Gpu, images: SimpleNamespace
) -> None:
    before = gpu.driver.standin_live_libraries()
    assert launcher.handles_move(images.sm_90)
    assert gpu.driver.standin_live_libraries() == before


def test_device_guard_switches_and_restores(launcher: tvm_ffi.Module) -> None:
    assert list(launcher.devices_of_guard(1)) == [1, 0]
    assert list(launcher.devices_of_guard(0)) == [0, 0]


def test_device_guard_of_a_missing_device_changes_nothing(
    launcher: tvm_ffi.Module, cuda_build: Path
) -> None:
    message = r"^CUDA Runtime Error: cudaErrorInvalidDevice \(101\): invalid device ordinal"
    with pytest.raises(RuntimeError, match=message):
        launcher.devices_of_guard(7)
    device = ctypes.c_int(-1)
    ctypes.CDLL(str(cuda_build / "libcudart.so.13")).cudaGetDevice(ctypes.byref(device))
    assert device.value == 0
