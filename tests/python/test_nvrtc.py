# SPDX-License-Identifier: Apache-2.0
"""``tvm_ffi.cpp.nvrtc`` over recording stand-ins for the modules of ``cuda-python``.

tests/cuda runs it with the real NVRTC.
"""

from __future__ import annotations

import enum
import sys
from types import ModuleType
from typing import Any, Callable

import pytest
from tvm_ffi.cpp.nvrtc import nvrtc_compile


class NvrtcResult(enum.IntEnum):
    NVRTC_SUCCESS = 0
    NVRTC_ERROR_COMPILATION = 6


class DriverResult(enum.IntEnum):
    CUDA_SUCCESS = 0
    CUDA_ERROR_NO_DEVICE = 100


class DeviceAttribute(enum.IntEnum):
    CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR = 75
    CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR = 76


class Bindings:
    """Stands in for ``cuda.bindings``; ``failing`` names the functions that fail."""

    def __init__(self) -> None:
        self.failing: set[str] = set()
        self.calls: list[tuple] = []
        self.driver = ModuleType("cuda.bindings.driver")
        self.nvrtc = ModuleType("cuda.bindings.nvrtc")
        self.driver.CUresult = DriverResult
        self.driver.CUdevice_attribute = DeviceAttribute
        self.nvrtc.nvrtcResult = NvrtcResult
        for name, *values in [
            ("cuInit",),
            ("cuCtxGetDevice", 3),
            ("cuDeviceGetAttribute", 9),
            ("nvrtcCreateProgram", "program"),
            ("nvrtcCompileProgram",),
            ("nvrtcGetProgramLogSize", 9),
            ("nvrtcGetProgramLog",),
            ("nvrtcGetCUBINSize", 5),
            ("nvrtcGetCUBIN",),
            ("nvrtcDestroyProgram",),
        ]:
            module = self.nvrtc if name.startswith("nvrtc") else self.driver
            setattr(module, name, self.function(name, values))

    def function(self, name: str, values: list[Any]) -> Callable[..., tuple]:
        results = NvrtcResult if name.startswith("nvrtc") else DriverResult
        success, failure = results

        def call(*args: Any) -> tuple:
            self.calls.append((name, *args))
            if name in self.failing:
                return (failure, *(None for _ in values))
            return (success, *values)

        return call

    def called(self) -> list[str]:
        return [call[0] for call in self.calls]


@pytest.fixture
def bindings(monkeypatch: pytest.MonkeyPatch) -> Bindings:
    bindings = Bindings()
    package = ModuleType("cuda.bindings")
    package.driver, package.nvrtc = bindings.driver, bindings.nvrtc
    monkeypatch.setitem(sys.modules, "cuda", ModuleType("cuda"))
    monkeypatch.setitem(sys.modules, "cuda.bindings", package)
    return bindings


def test_order_of_the_calls_and_the_options(bindings: Bindings):
    image = nvrtc_compile("code", name="k.cu", arch="sm_80", extra_opts=["-G", b"-lineinfo"])
    assert len(image) == 5
    create, compile_, *rest = bindings.calls
    assert create == ("nvrtcCreateProgram", b"code", b"k.cu", 0, None, None)
    options = [b"--gpu-architecture=sm_80", b"-default-device", b"-G", b"-lineinfo"]
    assert compile_ == ("nvrtcCompileProgram", "program", 4, options)
    assert [call[0] for call in rest] == [
        "nvrtcGetCUBINSize",
        "nvrtcGetCUBIN",
        "nvrtcDestroyProgram",
    ]


def test_architecture_of_the_current_gpu_is_the_default(bindings: Bindings):
    nvrtc_compile("code")
    assert bindings.called()[:4] == ["cuInit", "cuCtxGetDevice"] + ["cuDeviceGetAttribute"] * 2
    assert bindings.calls[3][2] == 3
    assert bindings.calls[5][3][0] == b"--gpu-architecture=sm_99"


def test_without_a_context_the_first_gpu_is_asked(bindings: Bindings):
    bindings.failing = {"cuCtxGetDevice"}
    nvrtc_compile("code")
    assert bindings.calls[3][2] == 0


@pytest.mark.parametrize(
    ("failing", "reason"),
    [
        ("cuInit", "Failed to initialize CUDA driver: "),
        ("cuDeviceGetAttribute", "Failed to get compute capability major: "),
    ],
)
def test_architecture_that_cannot_be_detected(bindings: Bindings, failing: str, reason: str):
    bindings.failing = {failing}
    with pytest.raises(RuntimeError) as caught:
        nvrtc_compile("code")
    text = str(caught.value)
    assert text.startswith("Failed to auto-detect GPU architecture: " + reason)
    assert text.endswith(". Please specify 'arch' parameter explicitly.")


@pytest.mark.parametrize(
    ("failing", "message"),
    [
        ({"nvrtcCreateProgram"}, "Failed to create NVRTC program: 6"),
        ({"nvrtcCompileProgram"}, "NVRTC compilation failed:\n         "),
        (
            {"nvrtcCompileProgram", "nvrtcGetProgramLog"},
            "NVRTC compilation failed (couldn't get log): 6",
        ),
        (
            {"nvrtcCompileProgram", "nvrtcGetProgramLogSize"},
            "NVRTC compilation failed: 6",
        ),
        ({"nvrtcGetCUBINSize"}, "Failed to get CUBIN size from NVRTC: 6"),
        ({"nvrtcGetCUBIN"}, "Failed to get CUBIN from NVRTC: 6"),
    ],
)
def test_failing_step_is_named_and_the_program_is_destroyed(
    bindings: Bindings, failing: set[str], message: str
):
    bindings.failing = failing
    with pytest.raises(RuntimeError) as caught:
        nvrtc_compile("code", arch="sm_90")
    # IntEnum prints as a number or as a name, depending on the version of Python.
    result = f"{NvrtcResult.NVRTC_ERROR_COMPILATION}"
    assert str(caught.value) == message.replace("6", result)
    destroyed = "nvrtcDestroyProgram" in bindings.called()
    assert destroyed == (failing != {"nvrtcCreateProgram"})


def test_missing_bindings_say_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "cuda", None)
    monkeypatch.setitem(sys.modules, "cuda.bindings", None)
    with pytest.raises(RuntimeError, match=r"Install with: pip install cuda-python"):
        nvrtc_compile("code", arch="sm_90")
