# SPDX-License-Identifier: Apache-2.0
"""torch: tensors, dtypes, devices and streams as arguments, results and callback arguments.

``make test-frameworks`` installs torch and runs this.
"""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
import tvm_ffi
from tvm_ffi import _optional_torch_c_dlpack as addon
from tvm_ffi import core, libinfo

torch = pytest.importorskip("torch")

echo = tvm_ffi.get_global_func("testing.echo")
apply = tvm_ffi.get_global_func("testing.apply")
nop = tvm_ffi.get_global_func("testing.nop")
core._prepare_torch()
publishes_api = hasattr(torch.Tensor, "__dlpack_c_exchange_api__")
owns_api = publishes_api and getattr(addon, "_LIB", None) is None
needs_api = pytest.mark.skipif(not publishes_api, reason="needs the exchange API")
needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@pytest.fixture
def tensor():
    return torch.arange(6, dtype=torch.float32).reshape(2, 3)


# ---- tensors ------------------------------------------------------------------------------------


def test_results_are_torch_tensors_on_the_same_memory(tensor):
    result = echo(tensor)
    assert type(result) is torch.Tensor
    assert result.data_ptr() == tensor.data_ptr()
    assert torch.equal(result, tensor)
    result[0, 0] = 42
    assert tensor[0, 0] == 42


def test_shapes_and_strides_are_kept(tensor):
    tail = torch.arange(12.0).reshape(4, 3)[1:]
    for view in (tensor.T, tensor[:, ::2], tail, tensor[0, 0], torch.empty(0, 3)):
        result = echo(view)
        assert result.shape == view.shape
        assert result.stride() == view.stride() or view.numel() == 0
        assert torch.equal(result, view)


DTYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
DTYPES += ["float16", "float32", "float64", "bfloat16", "complex64", "complex128"]
DTYPES += ["float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz"]
DTYPES += ["float8_e8m0fnu"]


@pytest.mark.parametrize("name", [name for name in DTYPES if hasattr(torch, name)])
def test_every_element_type_passes(name):
    source = torch.zeros(16, dtype=torch.uint8).view(getattr(torch, name))
    if not publishes_api:
        try:
            torch.utils.dlpack.to_dlpack(source)
        except (RuntimeError, BufferError):
            pytest.skip("this torch does not export the element type")
    result = echo(source)
    assert (result.dtype, result.shape) == (source.dtype, source.shape)
    assert result.data_ptr() == source.data_ptr()


def test_tensors_that_require_grad_pass_without_their_graph():
    source = torch.ones(3, requires_grad=True)
    result = echo(source * 2)
    assert not result.requires_grad
    assert torch.equal(result, torch.full((3,), 2.0))
    assert type(echo(torch.nn.Parameter(torch.ones(2)))) is torch.Tensor


def test_subclasses_come_back_as_tensors(tensor):
    class Named(torch.Tensor):
        pass

    assert type(echo(tensor.as_subclass(Named))) is torch.Tensor


def test_tensors_without_memory_are_refused(tensor):
    for bad in (torch.eye(3).to_sparse(), torch.empty(2, device="meta")):
        with pytest.raises(RuntimeError):
            echo(bad)
        with pytest.raises(RuntimeError):
            echo([tensor, bad])


def test_native_functions_see_the_tensor(tensor):
    assert tvm_ffi.get_global_func("testing.optional_tensor_view_has_value")(tensor)
    assert type(tvm_ffi.get_global_func("testing.schema_id_tensor")(tensor)) is torch.Tensor


def test_the_arguments_memory_is_released():
    source = torch.ones(1000)
    storage = source.untyped_storage()
    import weakref

    gone = weakref.ref(storage)
    result = echo(source)
    del source, storage
    assert result.sum() == 1000
    del result
    assert gone() is None


# ---- containers ---------------------------------------------------------------------------------


def test_tensors_come_out_of_results_lazily(tensor):
    for container, key in (([tensor, 1], 0), ((tensor,), 0), ({"k": tensor}, "k")):
        result = echo(container)
        assert type(result) in (tvm_ffi.Array, tvm_ffi.Map)
        assert type(result[key]) is torch.Tensor
        assert result[key].data_ptr() == tensor.data_ptr()


def test_native_containers_are_tagged(tensor):
    make = tvm_ffi.get_global_func
    nested = make("testing.make_nested_array_with_tensor")(tensor)
    assert [type(nested[1]), type(nested[0][0]), nested[0][1]] == [torch.Tensor, torch.Tensor, 42]
    mapping = make("testing.make_nested_map_with_tensor")(tensor, tensor)
    assert type(mapping["map"]["t"]) is torch.Tensor
    assert [type(t) for t in mapping["array"]] == [torch.Tensor] * 2
    assert [type(value) for value in mapping["map"].values()] == [torch.Tensor]
    assert [type(value) for _, value in mapping["map"].items()] == [torch.Tensor]
    assert type(make("testing.make_list_with_tensor")(tensor, 1)[0]) is torch.Tensor
    assert type(make("testing.make_dict_with_tensor")(tensor)["tensor"]) is torch.Tensor
    assert len(make("testing.make_empty_array_with_tensor_input")(tensor)) == 0


def test_a_tagged_container_makes_later_results_torch_tensors(tensor):
    tagged = echo([tensor])
    plain = tvm_ffi.from_dlpack(np.arange(3))
    assert type(apply(lambda array: plain, tagged)) is torch.Tensor


def test_results_without_torch_arguments_are_plain(tensor):
    assert type(echo(tvm_ffi.from_dlpack(tensor))) is tvm_ffi.Tensor
    assert type(tvm_ffi.convert([tensor])[0]) is tvm_ffi.Tensor
    assert type(tvm_ffi.Array([tensor])[0]) is tvm_ffi.Tensor


# ---- explicit conversion ------------------------------------------------------------------------


def test_from_dlpack_and_back(tensor):
    view = tvm_ffi.from_dlpack(tensor)
    assert type(view) is tvm_ffi.Tensor
    assert (view.shape, view.strides, str(view.dtype)) == ((2, 3), (3, 1), "float32")
    back = torch.from_dlpack(view)
    back[1, 2] = -1
    assert tensor[1, 2] == -1
    assert tvm_ffi.convert(tensor).data_ptr() == tensor.data_ptr()
    with pytest.raises((RuntimeError, BufferError), match="not contiguous"):
        tvm_ffi.from_dlpack(tensor.T, require_contiguous=True)


# ---- callbacks ----------------------------------------------------------------------------------


@needs_api
def test_callbacks_get_plain_tensors_unless_they_ask(tensor):
    seen = []
    tvm_ffi.convert(seen.append)(tensor)
    assert type(seen.pop()) is tvm_ffi.Tensor
    tvm_ffi.convert_func(seen.append, tensor_cls=torch.Tensor)(tensor)
    tvm_ffi.convert_func(seen.append, tensor_cls=torch.Tensor)(np.arange(3.0))
    assert [type(value) for value in seen] == [torch.Tensor] * 2
    assert seen[0].data_ptr() == tensor.data_ptr()


@needs_api
def test_callbacks_that_ask_find_torch_tensors_in_containers(tensor):
    seen = []
    func = tvm_ffi.convert_func(seen.append, tensor_cls=torch.Tensor)
    func([tensor, {"k": (tensor, 1)}])
    assert type(seen[0][0]) is torch.Tensor
    assert type(seen[0][1]["k"][0]) is torch.Tensor


@needs_api
def test_callbacks_may_return_torch_tensors(tensor):
    double = tvm_ffi.convert_func(lambda t: t * 2, tensor_cls=torch.Tensor)
    assert torch.equal(double(tensor), tensor * 2)
    assert type(double(tvm_ffi.from_dlpack(tensor))) is tvm_ffi.Tensor


def test_modules_are_callables():
    layer = torch.nn.Identity()
    func = echo(layer)
    assert type(func) is tvm_ffi.Function
    assert func(5) == 5


def test_exceptions_of_torch_code_cross(tensor):
    with pytest.raises(RuntimeError, match="shape|size"):
        apply(lambda t: torch.from_dlpack(t) @ torch.ones(7), tensor)


# ---- tensors that native code allocates ---------------------------------------------------------

ALLOCATE = """
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/extra/c_env_api.h>
#include <tvm/ffi/function.h>

tvm::ffi::Tensor allocate_like(tvm::ffi::TensorView prototype) {
  return tvm::ffi::Tensor::FromEnvAlloc(TVMFFIEnvTensorAlloc, prototype.shape(),
                                        prototype.dtype(), prototype.device());
}
TVM_FFI_DLL_EXPORT_TYPED_FUNC(allocate_like, allocate_like);
"""


@pytest.fixture(scope="module")
def allocate_like(tmp_path_factory):
    """Compile a native function that returns a new tensor."""
    directory = tmp_path_factory.mktemp("native")
    source, library = directory / "allocate.cc", directory / "allocate.so"
    source.write_text(ALLOCATE)
    command = ["c++", "-std=c++17", "-shared", "-fPIC", str(source), "-o", str(library)]
    command += [f"-I{path}" for path in libinfo.include_paths()]
    subprocess.run([*command, libinfo.find_libtvm_ffi()], check=True)
    return tvm_ffi.load_module(str(library)).get_function("allocate_like")


@needs_api
@pytest.mark.parametrize("dtype", [torch.float32, torch.bool, torch.bfloat16, torch.complex64])
def test_native_code_allocates_with_torch(allocate_like, dtype):
    result = allocate_like(torch.zeros(2, 3, dtype=dtype))
    assert type(result) is torch.Tensor
    assert (result.dtype, result.shape, result.is_contiguous()) == (dtype, (2, 3), True)
    assert result.zero_().sum() == 0


@needs_api
def test_the_error_of_the_allocator_crosses(allocate_like):
    huge = torch.empty(1).expand(1 << 44)
    with pytest.raises(MemoryError, match="memory"):
        allocate_like(huge)


# ---- dtypes, devices, sizes ---------------------------------------------------------------------

NAMES = {name: name for name in DTYPES if not name.startswith("complex")}
NAMES.update(half="float16", float="float32", double="float64", short="int16", int="int32")
NAMES.update(long="int64", float4_e2m1fn_x2="float4_e2m1fnx2")


@pytest.mark.parametrize("name", [name for name in NAMES if hasattr(torch, name)])
def test_dtypes_are_data_types(name):
    dtype = getattr(torch, name)
    result = echo(dtype)
    assert type(result) is tvm_ffi.dtype
    assert result == NAMES[name]
    assert tvm_ffi.convert(dtype) == NAMES[name]
    assert core._convert_torch_dtype_to_ffi_dtype(dtype) == NAMES[name]


@pytest.mark.parametrize("name", ["complex64", "complex128", "qint8", "quint8"])
def test_dtypes_without_counterpart(name):
    dtype = getattr(torch, name)
    with pytest.raises(ValueError) as raised:
        echo(dtype)
    assert raised.value.args == ("Unsupported torch dtype: ", dtype)
    with pytest.raises(KeyError):
        tvm_ffi.convert(dtype)
    with pytest.raises(KeyError):
        core._convert_torch_dtype_to_ffi_dtype(dtype)


def test_the_text_of_a_torch_dtype_names_none():
    with pytest.raises(ValueError, match=r"unknown dtype `torch.float32`"):
        tvm_ffi.dtype(torch.float32)


def test_devices_are_opaque_and_sizes_are_arrays(tensor):
    device = torch.device("cpu")
    assert echo(device) is device
    size = echo(tensor.shape)
    assert type(size) is tvm_ffi.Array
    assert list(size) == [2, 3]


# ---- streams ------------------------------------------------------------------------------------


def test_tensors_on_the_cpu_set_no_stream(tensor):
    assert apply(lambda t: core._env_get_current_stream(1, 0), tensor) == 0


@needs_cuda
def test_the_current_stream_is_that_of_the_argument():
    stream = torch.cuda.Stream()
    seen = []
    record = tvm_ffi.convert(lambda *_: seen.append(core._env_get_current_stream(2, 0)))
    with torch.cuda.stream(stream):
        value = torch.ones(3, device="cuda")
        record(value)
        record([value])
        record(echo([value]))
    assert seen == [stream.cuda_stream] * 3
    assert core._env_get_current_stream(2, 0) == 0
    assert echo(stream).value == stream.cuda_stream


@needs_cuda
def test_use_torch_stream_follows_torch():
    cuda = tvm_ffi.device("cuda", 0)
    stream = torch.cuda.Stream()
    with tvm_ffi.use_torch_stream(torch.cuda.stream(stream)):
        assert tvm_ffi.get_raw_stream(cuda) == stream.cuda_stream
    with torch.cuda.stream(stream), tvm_ffi.use_torch_stream():
        assert tvm_ffi.get_raw_stream(cuda) == stream.cuda_stream
    assert tvm_ffi.get_raw_stream(cuda) == 0


# ---- which package comes first, and other ways in -----------------------------------------------


def run(program, **env):
    result = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


USE = (
    "import torch, tvm_ffi\n"
    "t = torch.arange(3)\n"
    "echo = tvm_ffi.get_global_func('testing.echo')\n"
    "print(type(echo(t)).__name__, type(echo([t])[0]).__name__, echo(torch.int8))"
)


@pytest.mark.parametrize("order", ["", "import tvm_ffi, torch\n", "import torch, tvm_ffi\n"])
def test_either_package_may_be_imported_first(order):
    assert run(order + USE) == "Tensor Tensor int8"


def test_tensors_pass_before_torch_was_seen_by_the_package():
    program = (
        "import tvm_ffi\n"
        "echo = tvm_ffi.get_global_func('testing.echo')\n"
        "echo([1, 'a', object()])\n"
        "import sys; assert 'torch' not in sys.modules\n"
    )
    assert run(program + USE) == "Tensor Tensor int8"


PLAIN = (
    "import torch, tvm_ffi\n"
    "from tvm_ffi import core\n"
    "echo = tvm_ffi.get_global_func('testing.echo')\n"
    "t = torch.arange(4.0)\n"
    "r = echo(t)\n"
    "assert type(r) is torch.Tensor and r.data_ptr() == t.data_ptr()\n"
    "assert type(echo([t, {'k': t}])[1]['k']) is torch.Tensor\n"
    "assert type(echo(t.requires_grad_())) is torch.Tensor\n"
    "assert type(echo(torch.nn.Parameter(t.detach()))) is torch.Tensor\n"
    "assert type(tvm_ffi.from_dlpack(t.detach())) is tvm_ffi.Tensor\n"
    "del r\n"
    "print('ok')"
)


def test_without_the_exchange_api_tensors_pass_through_plain_dlpack():
    assert run(PLAIN, TVM_FFI_SKIP_DLPACK_C_EXCHANGE_API="1") == "ok"


@pytest.mark.skipif(owns_api, reason="this torch has the exchange API of its own")
def test_an_older_torch_passes_through_plain_dlpack():
    assert run(PLAIN, TVM_FFI_DISABLE_TORCH_C_DLPACK="1") == "ok"


@pytest.mark.skipif(owns_api, reason="this torch has the exchange API of its own")
def test_callbacks_cannot_ask_a_torch_without_the_exchange_api():
    program = (
        "import torch, tvm_ffi\n"
        "try:\n"
        "    tvm_ffi.convert_func(print, tensor_cls=torch.Tensor)\n"
        "except TypeError as e:\n"
        "    print(e)\n"
    )
    message = run(program, TVM_FFI_DISABLE_TORCH_C_DLPACK="1")
    assert "must expose __dlpack_c_exchange_api__" in message


def test_torch_leaks_nothing():
    import gc

    tensor = torch.ones(4)
    count = sys.getrefcount(tensor)
    for _ in range(2000):
        echo(tensor), nop(tensor), echo([tensor])[0]
    gc.collect()
    assert sys.getrefcount(tensor) == count
