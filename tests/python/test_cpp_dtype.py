# SPDX-License-Identifier: Apache-2.0
"""``tvm_ffi.cpp.to_cpp_dtype``."""

from __future__ import annotations

import sys
import types

import numpy
import pytest
import tvm_ffi
from tvm_ffi.cpp import dtype, to_cpp_dtype


@pytest.fixture(autouse=True)
def no_torch(monkeypatch):
    for name in ("torch", "torch.version"):
        monkeypatch.setitem(sys.modules, name, None)
    dtype._determine_backend_once.cache_clear()
    yield
    dtype._determine_backend_once.cache_clear()


def fake_torch(monkeypatch, available=True, **version):
    module, versions = types.ModuleType("torch"), types.ModuleType("torch.version")
    vars(versions).update(version)
    module.version = versions
    module.cuda = types.SimpleNamespace(is_available=lambda: available)
    monkeypatch.setitem(sys.modules, "torch", module)
    monkeypatch.setitem(sys.modules, "torch.version", versions)


@pytest.mark.parametrize("bits", [8, 16, 32, 64])
def test_integers(bits):
    assert to_cpp_dtype(f"int{bits}") == f"int{bits}_t"
    assert to_cpp_dtype(f"uint{bits}") == f"uint{bits}_t"


def test_floats_and_bool_in_every_spelling():
    assert to_cpp_dtype("float32") == "float"
    assert to_cpp_dtype("torch.float64") == "double"
    assert to_cpp_dtype(numpy.dtype("bool")) == "bool"
    assert to_cpp_dtype(tvm_ffi.dtype("float32")) == "float"


def test_without_a_gpu_the_narrow_floats_have_no_type():
    for text in ("float16", "torch.bfloat16", "complex64", ""):
        name = text.replace("torch.", "")
        with pytest.raises(
            ValueError, match=f"^Unsupported dtype string: {name} for backend = 'cpu'$"
        ):
            to_cpp_dtype(text)
    with pytest.raises(ValueError, match="Unsupported dtype string: <class 'numpy.float32'>"):
        to_cpp_dtype(numpy.float32)


def test_the_types_of_cuda(monkeypatch):
    fake_torch(monkeypatch, cuda="12.4", hip=None)
    assert to_cpp_dtype("float16") == "__half"
    assert to_cpp_dtype("torch.bfloat16") == "__nv_bfloat16"
    assert to_cpp_dtype("float8_e8m0fnu") == "__nv_fp8_e8m0"
    with pytest.raises(ValueError, match="float8_e4m3fnuz for backend = 'cuda'"):
        to_cpp_dtype("float8_e4m3fnuz")


def test_the_types_of_rocm(monkeypatch):
    fake_torch(monkeypatch, cuda=None, hip="6.2")
    assert to_cpp_dtype("bfloat16") == "__hip_bfloat16"
    assert to_cpp_dtype("float8_e4m3fnuz") == "__hip_fp8_e4m3_fnuz"
    with pytest.raises(ValueError, match="float8_e8m0fnu for backend = 'rocm'"):
        to_cpp_dtype("float8_e8m0fnu")


@pytest.mark.parametrize("version", [{"cuda": None, "hip": None}, {}])
def test_a_torch_of_no_known_kind_counts_as_cpu(monkeypatch, version):
    fake_torch(monkeypatch, **version)
    with pytest.raises(ValueError, match="backend = 'cpu'"):
        to_cpp_dtype("float16")


def test_a_torch_without_device_counts_as_cpu(monkeypatch):
    fake_torch(monkeypatch, available=False, cuda="12.4", hip=None)
    with pytest.raises(ValueError, match="backend = 'cpu'"):
        to_cpp_dtype("float16")


def test_the_maps_are_public():
    assert set(dtype.CUDA_DTYPE_MAP) & set(dtype.CPU_DTYPE_MAP) == set()
    assert set(dtype.ROCM_DTYPE_MAP) - set(dtype.CUDA_DTYPE_MAP) == {
        "float8_e4m3fnuz",
        "float8_e5m2fnuz",
    }
