# SPDX-License-Identifier: Apache-2.0
"""What the package does for a torch that lacks protocols, played by a module of that name.

tests/frameworks/test_torch.py has the checks with the real package.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import types

import pytest
from fake_framework import Framework
from tvm_ffi import _optional_torch_c_dlpack as addon
from tvm_ffi import core


@pytest.fixture
def torch(monkeypatch):
    """Import a torch without exchange API and without CUDA for the length of a test."""
    module = types.ModuleType("torch")
    module.__path__ = []
    module.__version__ = "2.4.1+cpu"
    module.Tensor = type("Tensor", (), {})
    module.version = types.ModuleType("torch.version")
    module.compiled_with_cxx11_abi = lambda: True
    module.cuda = types.SimpleNamespace(
        is_available=lambda: False, Stream=type("Stream", (), {"cuda_stream": 0x55})
    )
    monkeypatch.setitem(sys.modules, "torch", module)
    monkeypatch.setitem(sys.modules, "torch.version", module.version)
    monkeypatch.setitem(sys.modules, "torch_c_dlpack_ext", None)
    return module


# ---- the exchange API ---------------------------------------------------------------------------


def test_without_torch_nothing_happens(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert addon.load_torch_c_dlpack_extension() is None
    addon.patch_torch_cuda_stream_protocol()


def test_a_torch_that_publishes_the_api_is_left_alone(torch):
    torch.Tensor.__dlpack_c_exchange_api__ = "its own"
    torch.Tensor.__c_dlpack_exchange_api__ = 1
    assert addon.load_torch_c_dlpack_extension() is None
    assert torch.Tensor.__dlpack_c_exchange_api__ == "its own"


def test_the_legacy_attribute_is_copied(torch):
    framework = Framework()
    torch.Tensor.__c_dlpack_exchange_api__ = ctypes.addressof(framework.api)
    assert addon.load_torch_c_dlpack_extension() is None
    assert 'capsule object "dlpack_exchange_api"' in repr(torch.Tensor.__dlpack_c_exchange_api__)
    del torch.Tensor.__dlpack_c_exchange_api__
    torch.Tensor.__c_dlpack_exchange_api__ = "a capsule"
    assert addon._check_and_update_dlpack_c_exchange_api(torch.Tensor)
    assert torch.Tensor.__dlpack_c_exchange_api__ == "a capsule"


def test_the_companion_package_is_tried_first(torch, monkeypatch, tmp_path):
    source = "import torch\ntorch.Tensor.__dlpack_c_exchange_api__ = 'from the package'\n"
    (tmp_path / "torch_c_dlpack_ext.py").write_text(source)
    monkeypatch.delitem(sys.modules, "torch_c_dlpack_ext")
    monkeypatch.syspath_prepend(tmp_path)
    assert addon.load_torch_c_dlpack_extension() is None
    assert torch.Tensor.__dlpack_c_exchange_api__ == "from the package"
    monkeypatch.delitem(sys.modules, "torch_c_dlpack_ext")


def test_a_cached_library_is_loaded(torch, monkeypatch, tmp_path):
    source = tmp_path / "addon.c"
    source.write_text("unsigned long long TorchDLPackExchangeAPIPtr(void) { return 0x1234; }\n")
    library = tmp_path / "cache" / addon._library_name(torch, "cpu")
    library.parent.mkdir()
    subprocess.run(["cc", "-shared", "-fPIC", str(source), "-o", str(library)], check=True)
    monkeypatch.setenv("TVM_FFI_CACHE_DIR", str(library.parent))
    loaded = addon.load_torch_c_dlpack_extension()
    assert isinstance(loaded, ctypes.CDLL)
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    assert get(torch.Tensor.__dlpack_c_exchange_api__, b"dlpack_exchange_api") == 0x1234


@pytest.mark.parametrize("fault", ["the script fails", "the script makes nothing", "a bad file"])
def test_a_failure_is_a_warning(torch, monkeypatch, tmp_path, fault):
    monkeypatch.setenv("TVM_FFI_CACHE_DIR", str(tmp_path))
    commands = []

    def run(command, **kwargs):
        commands.append(command)
        if fault == "a bad file":
            (tmp_path / command[command.index("--libname") + 1]).write_text("not a library")
        code = 3 if fault == "the script fails" else 0
        return subprocess.CompletedProcess(command, code, stdout="", stderr="why")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.warns(UserWarning, match="Failed to JIT torch c dlpack extension") as warned:
        assert addon.load_torch_c_dlpack_extension() is None
    assert "pip install torch-c-dlpack-ext`" in str(warned[0].message)
    assert not hasattr(torch.Tensor, "__dlpack_c_exchange_api__")
    (command,) = commands
    assert command[0] == sys.executable
    assert command[1].endswith(os.path.join("utils", "_build_optional_torch_c_dlpack.py"))
    name = addon._library_name(torch, "cpu")
    assert command[2:] == ["--output-dir", str(tmp_path), "--libname", name]


def test_the_name_of_the_library_says_what_it_was_built_for(torch):
    import hashlib

    tag = hashlib.sha256(b"2.4.1+cpu|cxx11abi=1").hexdigest()[:8]
    name = f"libtorch_c_dlpack_addon_torch24-cpu-{tag}.so"
    assert addon._library_name(torch, "cpu") == name
    torch.compiled_with_cxx11_abi = lambda: False
    assert addon._library_name(torch, "cpu") != name


def test_the_kind_of_the_addon_follows_torch(torch):
    assert addon._torch_extension_device(torch) == "cpu"
    torch.cuda.is_available = lambda: True
    assert addon._torch_extension_device(torch) == "cuda"
    torch.version.hip = "6.0"
    assert addon._torch_extension_device(torch) == "rocm"
    torch.version.cuda = "12.1"
    assert addon._torch_extension_device(torch) == "cuda"


# ---- streams ------------------------------------------------------------------------------------


def test_cuda_streams_get_the_protocol(torch):
    addon.patch_torch_cuda_stream_protocol()
    assert not hasattr(torch.cuda.Stream, "__cuda_stream__")
    torch.cuda.is_available = lambda: True
    addon.patch_torch_cuda_stream_protocol()
    assert torch.cuda.Stream().__cuda_stream__() == (0, 0x55)
    torch.cuda.Stream.__cuda_stream__ = own = lambda self: (0, 1)
    addon.patch_torch_cuda_stream_protocol()
    assert torch.cuda.Stream.__cuda_stream__ is own


# ---- when it runs -------------------------------------------------------------------------------

FAKE_TORCH = """
import ctypes, sys, types
torch = types.ModuleType("torch")
torch.__path__ = []
torch.version = sys.modules["torch.version"] = types.ModuleType("torch.version")
torch.cuda = types.SimpleNamespace(is_available=lambda: False)
"""
SET_TENSOR = """
from fake_framework import Framework
framework = Framework()
torch.Tensor = framework.Tensor
del torch.Tensor.__dlpack_c_exchange_api__
torch.Tensor.__c_dlpack_exchange_api__ = ctypes.addressof(framework.api)
"""
REPORT = """
import tvm_ffi
echo = tvm_ffi.get_global_func("testing.echo")
print(hasattr(torch.Tensor, "__dlpack_c_exchange_api__"), end=" ")
value = framework.tensor()
print(type(echo(value)).__name__, framework.exports)
"""


def run(program, **env):
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=os.path.dirname(__file__),
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    return result.stdout.strip() or result.stderr


def test_torch_that_is_imported_later_is_completed_before_its_first_tensor_arrives():
    program = f"{FAKE_TORCH}{SET_TENSOR}sys.modules['torch'] = torch\n{REPORT}"
    assert run(program) == "False FrameworkTensor 1"
    callback = (
        f"{FAKE_TORCH}{SET_TENSOR}sys.modules['torch'] = torch\nimport tvm_ffi\n"
        "tvm_ffi.convert_func(lambda t: print(type(t).__name__), tensor_cls=torch.Tensor)"
        "(framework.tensor().tensor)\n"
    )
    assert run(callback) == "FrameworkTensor"


def test_torch_that_is_imported_first_is_completed_by_the_import():
    tensor = "torch.Tensor = type('T', (), {'__c_dlpack_exchange_api__': 'capsule'})\n"
    program = (
        f"{FAKE_TORCH}{tensor}sys.modules['torch'] = torch\nimport tvm_ffi\n"
        "print(hasattr(torch.Tensor, '__dlpack_c_exchange_api__'))"
    )
    assert run(program) == "True"
    assert run(program, TVM_FFI_DISABLE_TORCH_C_DLPACK="1") == "False"


def test_documentation_builds_hide_the_frameworks():
    program = (
        "import numpy, tvm_ffi\nfrom tvm_ffi import core\n"
        "print(core.numpy, type(tvm_ffi.convert(numpy.dtype('int8'))).__name__)"
    )
    assert run(program, TVM_FFI_BUILD_DOCS="1") == "None OpaquePyObject"
    assert run(program, TVM_FFI_BUILD_DOCS="0").endswith(" dtype")


def test_the_core_names_its_optional_packages():
    import numpy

    assert core.numpy is numpy
    for name in ("torch", "ml_dtypes", "cuda_driver"):
        assert getattr(core, name) is None or isinstance(getattr(core, name), types.ModuleType)
    with pytest.raises(AttributeError, match=r"module 'tvm_ffi.core' has no attribute 'jax'"):
        core.jax  # noqa: B018
