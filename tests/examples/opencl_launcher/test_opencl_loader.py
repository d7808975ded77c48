# SPDX-License-Identifier: Apache-2.0
"""The OpenCL loader of examples/opencl_launcher, for real: PoCL runs the kernels on the CPU."""

from __future__ import annotations

import gc
import json
import threading
from pathlib import Path

import numpy as np
import pytest
import tvm_ffi

INT32_MAX = 2**31 - 1


def floats(*values: float) -> np.ndarray:
    return np.array(values, dtype="float32")


# What kernels compute.


def test_kernel_from_source_in_memory_computes(kernels: tvm_ffi.Module) -> None:
    x = np.random.default_rng(0).random(1000, dtype="float32")
    y = np.zeros_like(x)
    kernels.add_one(8, 128, 0, x, y, 1000)
    np.testing.assert_array_equal(y, x + np.float32(1))


def test_kernel_writes_only_what_it_writes(kernels: tvm_ffi.Module) -> None:
    x, y = np.ones(128, dtype="float32"), np.full(128, 7, dtype="float32")
    kernels.add_one(1, 128, 0, x, y, 5)
    np.testing.assert_array_equal(y, [2] * 5 + [7] * 123)


def test_grid_and_block_of_two_dimensions(kernels: tvm_ffi.Module) -> None:
    out = np.zeros((6, 8), dtype="int32")
    kernels.two_dimensions((2, 3), [4, 2], 0, out)
    row, column = np.mgrid[0:6, 0:8]
    np.testing.assert_array_equal(out, row * 100 + column + 10000 * (column // 4 + 2 * (row // 2)))


def test_every_scalar_type(kernels: tvm_ffi.Module) -> None:
    out = np.zeros(1)
    kernels.add_all(1, 1, 0, out, -128, 255, -(2**15), 65535, -(2**31), 2**32 - 1, -5, 6, 0.5, 0.25)
    assert out[0] == -128 + 255 - 2**15 + 65535 - 2**31 + 2**32 - 1 - 5 + 6 + 0.75


def test_ints_and_bools_for_numbers(kernels: tvm_ffi.Module) -> None:
    out = np.zeros(1)
    kernels.add_all(1, 1, 0, out, True, False, 0, 0, 0, 0, 0, 0, 3, True)
    assert out[0] == 5


def test_local_memory_takes_no_argument(kernels: tvm_ffi.Module) -> None:
    x = np.arange(64, dtype="float32")
    sums = np.zeros(4, dtype="float32")
    kernels.group_sums(4, 16, 16 * 4, x, sums)
    np.testing.assert_array_equal(sums, x.reshape(4, 16).sum(axis=1))


def test_one_size_for_each_of_several_local_pointers(kernels: tvm_ffi.Module) -> None:
    out = np.zeros(1, dtype="int32")
    kernels.two_locals(1, 1, [4, 8], out)
    assert out[0] == 3


def test_vectors_and_constant_memory(kernels: tvm_ffi.Module) -> None:
    x = np.arange(16, dtype="float32")
    kernels.scale_vectors(4, 1, 0, x, floats(3))
    np.testing.assert_array_equal(x, np.arange(16) * 3)


def test_memory_that_is_not_aligned_for_the_type_is_copied(kernels: tvm_ffi.Module) -> None:
    """A kernel may use instructions that need the alignment of float4."""
    memory = np.zeros(24, dtype="float32")
    start = next(i for i in range(1, 8) if memory[i:].ctypes.data % 16 != 0)
    x = memory[start : start + 16]
    x[:] = np.arange(16)
    kernels.scale_vectors(4, 1, 0, x, floats(2))
    np.testing.assert_array_equal(x, np.arange(16) * 2)
    assert memory[:start].sum() == memory[start + 16 :].sum() == 0


def test_same_tensor_for_input_and_output(kernels: tvm_ffi.Module) -> None:
    x = np.arange(128, dtype="float32")
    kernels.add_one(1, 128, 0, x, x, 128)
    np.testing.assert_array_equal(x, np.arange(128) + 1)


def test_none_and_empty_tensors_are_null_pointers(kernels: tvm_ffi.Module) -> None:
    kernels.fill_if_given(1, 1, 0, None, 3)
    kernels.fill_if_given(1, 1, 0, np.zeros(0, dtype="int32"), 3)
    out = np.zeros(1, dtype="int32")
    kernels.fill_if_given(1, 1, 0, out, 3)
    assert out[0] == 3


def test_bool_tensor_for_bytes(kernels: tvm_ffi.Module) -> None:
    x = np.array([True, False, True])
    y = np.zeros(3, dtype=bool)
    kernels.invert_bytes(3, 1, 0, x, y)
    np.testing.assert_array_equal(y, ~x)


def test_tensor_for_a_type_that_the_program_defines(kernels: tvm_ffi.Module) -> None:
    pairs = np.zeros(2, dtype="int64")
    kernels.own_type(2, 1, 0, pairs)
    np.testing.assert_array_equal(pairs.view("int32"), [1, 0, 1, 0])


# What a module tells about itself.


def test_module_lists_its_kernels(kernels: tvm_ffi.Module) -> None:
    assert sorted(kernels["__kernels__"]()) == [
        "add_all",
        "add_one",
        "by_value",
        "fill_if_given",
        "group_sums",
        "invert_bytes",
        "own_type",
        "scale_vectors",
        "two_dimensions",
        "two_locals",
    ]


def test_module_describes_itself(kernels: tvm_ffi.Module, source: bytes) -> None:
    assert kernels.kind == "opencl"
    assert kernels.is_binary_serializable()
    assert kernels.is_runnable()
    assert kernels.inspect_source() == source.decode()
    assert kernels.implements_function("add_one")
    assert kernels.implements_function("__kernels__")


def test_kernel_has_its_declaration_as_doc(kernels: tvm_ffi.Module) -> None:
    assert kernels.get_function_doc("add_one") == (
        "kernel void add_one(global const float* x, global float* y, int n)"
    )
    assert kernels.get_function_doc("no_such_kernel") is None


def test_kernel_has_a_type_schema(kernels: tvm_ffi.Module) -> None:
    """Grid, block and memory sizes take several types; local pointers take no argument."""
    metadata = kernels.get_function_metadata("add_one")
    params = json.loads(metadata["type_schema"])["named_args"]["params"]
    tensor = {"type": "Optional", "args": [{"type": "ffi.Tensor"}]}
    assert params == [{"type": "Any"}] * 3 + [tensor, tensor, {"type": "int"}]
    metadata = kernels.get_function_metadata("group_sums")
    assert json.loads(metadata["type_schema"])["named_args"] == {
        "return": [{"type": "None"}],
        "params": [{"type": "Any"}] * 3 + [tensor, tensor],
    }


def test_serialised_module_is_its_payload(
    kernels: tvm_ffi.Module, source: bytes, binary: bytes, support: tvm_ffi.Module
) -> None:
    assert support.save_to_bytes(kernels) == source
    compiled = tvm_ffi.load_module_from_bytes("opencl_bin", binary)
    assert support.save_to_bytes(compiled) == binary


# What is refused. Each message names the argument as the program declares it.


def test_unknown_kernel(kernels: tvm_ffi.Module) -> None:
    assert not kernels.implements_function("sub_one")
    with pytest.raises(AttributeError, match="Module has no function 'sub_one'"):
        kernels.get_function("sub_one")


def test_wrong_number_of_arguments(kernels: tvm_ffi.Module) -> None:
    message = r"3 arguments of its own, 6 in all; got 4\. It is declared as: kernel void add_one\("
    with pytest.raises(TypeError, match=message):
        kernels.add_one(1, 1, 0, None)
    with pytest.raises(TypeError, match="6 in all; got 0"):
        kernels.add_one()


@pytest.mark.parametrize(
    ("position", "value", "complaint"),
    [
        (1, 128, "argument 1 of kernel `add_all` (char a): 128 does not fit the type"),
        (1, -129, "(char a): -129 does not fit the type"),
        (2, -1, "(uchar b): -1 does not fit the type"),
        (2, 256, "(uchar b): 256 does not fit the type"),
        (4, 65536, "(ushort d): 65536 does not fit the type"),
        (5, 2**31, "(int e): 2147483648 does not fit the type"),
        (6, -1, "(uint f): -1 does not fit the type"),
        (8, -1, "(ulong h): -1 does not fit the type"),
        (9, 1e39, "(float i): 1e+39 does not fit the type"),
    ],
)
def test_number_that_does_not_fit(
    kernels: tvm_ffi.Module, position: int, value: float, complaint: str
) -> None:
    args: list[object] = [np.zeros(1), *[0] * 10]
    args[position] = value
    with pytest.raises(ValueError) as caught:
        kernels.add_all(1, 1, 0, *args)
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("position", "value", "complaint"),
    [
        (0, 1, "argument 0 of kernel `add_all` (global double* out): expected a tensor or None"),
        (0, "x", "expected a tensor or None, got ffi.SmallStr"),
        (5, 1.5, "argument 5 of kernel `add_all` (int e): expected an int, got float"),
        (5, None, "(int e): expected an int, got None"),
        (9, "x", "(float i): expected a float or an int, got ffi.SmallStr"),
    ],
)
def test_argument_of_a_wrong_type(
    kernels: tvm_ffi.Module, position: int, value: object, complaint: str
) -> None:
    args: list[object] = [np.zeros(1), *[0] * 10]
    args[position] = value
    with pytest.raises(TypeError) as caught:
        kernels.add_all(1, 1, 0, *args)
    assert complaint in str(caught.value)


@pytest.mark.parametrize("dtype", ["float64", "int32", "uint32", "float16"])
def test_tensor_of_a_wrong_dtype(kernels: tvm_ffi.Module, dtype: str) -> None:
    message = rf"\(global const float\* x\): expected a tensor of float32, got {dtype}"
    with pytest.raises(TypeError, match=message):
        kernels.add_one(1, 1, 0, np.zeros(1, dtype=dtype), floats(0), 1)


@pytest.mark.parametrize("device_type", [2, 4, 10])
def test_tensor_on_another_device(
    kernels: tvm_ffi.Module, support: tvm_ffi.Module, device_type: int
) -> None:
    x = support.as_on_device(tvm_ffi.from_dlpack(floats(0)), device_type)
    message = f"expected a tensor in CPU memory, got one on device type {device_type}"
    with pytest.raises(ValueError, match=message):
        kernels.add_one(1, 1, 0, x, floats(0), 1)


def test_tensor_that_is_not_contiguous(kernels: tvm_ffi.Module) -> None:
    x = np.zeros(8, dtype="float32")[::2]
    with pytest.raises(ValueError, match=r"float\* x\): the tensor is not contiguous"):
        kernels.add_one(1, 4, 0, x, np.zeros(4, dtype="float32"), 4)


def test_tensors_that_overlap(kernels: tvm_ffi.Module) -> None:
    memory = np.zeros(5, dtype="float32")
    message = "argument 1 of kernel `add_one` .* shares a part of its memory with an earlier"
    with pytest.raises(ValueError, match=message):
        kernels.add_one(1, 4, 0, memory[:4], memory[1:], 4)


def test_vector_by_value(kernels: tvm_ffi.Module) -> None:
    with pytest.raises(TypeError, match="a parameter of type `float4` cannot be passed"):
        kernels.by_value(1, 1, 0, floats(1, 2, 3, 4), floats(0))


@pytest.mark.parametrize("grid", [0, -1, 2**32, (1, 0)])
def test_extent_out_of_range(kernels: tvm_ffi.Module, grid: object) -> None:
    with pytest.raises(ValueError, match="grid must have positive 32-bit extents"):
        kernels.fill_if_given(grid, 1, 0, None, 0)


@pytest.mark.parametrize("block", ["x", (), (1, 1, 1, 1), 1.5])
def test_extent_of_wrong_shape(kernels: tvm_ffi.Module, block: object) -> None:
    with pytest.raises(TypeError, match="block must be an int or one to three ints"):
        kernels.fill_if_given(1, block, 0, None, 0)


@pytest.mark.parametrize("block", [1_000_000, (1, 1_000_000), (1000, 1000), (2**32 - 1,) * 3])
def test_block_that_is_too_large(kernels: tvm_ffi.Module, block: object) -> None:
    with pytest.raises(
        ValueError, match="block has too many work-items for kernel `fill_if_given`"
    ):
        kernels.fill_if_given(1, block, 0, None, 0)


@pytest.mark.parametrize(
    ("kernel", "size", "message"),
    [
        ("add_one", 64, "must be 0 for kernel `add_one`, which has 0 local pointers; got 1"),
        ("add_one", [1, 2], "got 2 sizes"),
        ("group_sums", [], "one size for each local pointer for kernel `group_sums`.*got 0 sizes"),
        ("group_sums", 0, "out of range: 0"),
        ("group_sums", -4, "out of range: -4"),
        ("group_sums", 2**62, "out of range: .* bytes are left on Portable Computing Language"),
        ("two_locals", 4, "which has 2 local pointers; got 1 sizes"),
    ],
)
def test_local_memory_of_a_wrong_size(
    kernels: tvm_ffi.Module, kernel: str, size: object, message: str
) -> None:
    with pytest.raises(ValueError, match=f"dynamic_shared_memory_bytes .*{message}"):
        num_args = {"add_one": 3, "group_sums": 2, "two_locals": 1}[kernel]
        kernels[kernel](1, 1, size, *[None] * num_args)


def test_local_memory_that_is_no_number(kernels: tvm_ffi.Module) -> None:
    with pytest.raises(TypeError, match="must be an int or a sequence of ints, got None"):
        kernels.group_sums(1, 1, None, None, None)


def test_refused_launch_changes_nothing(kernels: tvm_ffi.Module) -> None:
    y = np.full(4, 7, dtype="float32")
    with pytest.raises(ValueError):
        kernels.add_one(1, 4, 0, np.zeros(4, dtype="float32"), y, INT32_MAX + 1)
    assert y.tolist() == [7, 7, 7, 7]


# Programs that are refused.


def test_program_that_does_not_compile_gives_the_log_of_the_compiler(loader: str) -> None:
    text = b"kernel void k(global float* x) { x[0] = no_such_name; }"
    with pytest.raises(RuntimeError) as caught:
        tvm_ffi.load_module_from_bytes("opencl", text)
    assert "does not build for Portable Computing Language: " in str(caught.value)
    assert "CL_BUILD_PROGRAM_FAILURE (-11)" in str(caught.value)
    assert "use of undeclared identifier 'no_such_name'" in str(caught.value)


def test_payload_that_is_no_text(loader: str) -> None:
    with pytest.raises(ValueError, match="is not text: it has a NUL byte at 4"):
        tvm_ffi.load_module_from_bytes("opencl", b"\x7fELF\0\0\0")


@pytest.mark.parametrize("text", [b"int helper(int x) { return x; }", b"// nothing\n"])
def test_program_without_kernel(loader: str, text: bytes) -> None:
    with pytest.raises(ValueError, match="Payload of kind `opencl` has no kernel"):
        tvm_ffi.load_module_from_bytes("opencl", text)


# Lifetime and threads.


def test_refused_payloads_leave_nothing_behind(loader: str, binary: bytes) -> None:
    refused = [
        ("opencl", b"kernel void k(", RuntimeError),
        ("opencl", b"void no_kernel() {}", ValueError),
        ("opencl", b"\x7fELF\0\0\0", ValueError),
        ("opencl_bin", b"none", ValueError),
        ("opencl_bin", binary[:-1], ValueError),
    ]

    def refuse_all() -> None:
        for kind, payload, error in refused:
            with pytest.raises(error):
                tvm_ffi.load_module_from_bytes(kind, payload)

    def state() -> tuple[int, list[str]]:
        gc.collect()
        return len(list(Path("/proc/self/fd").iterdir())), list(tvm_ffi.list_module_loaders())

    refuse_all()
    before = state()
    for _ in range(3):
        refuse_all()
    assert state() == before


def test_function_keeps_the_program_loaded(loader: str) -> None:
    text = b"kernel void three(global int* out) { out[0] = 3; }"
    three = tvm_ffi.load_module_from_bytes("opencl", text, keep_module_alive=False)["three"]
    gc.collect()
    out = np.zeros(1, dtype="int32")
    three(1, 1, 0, out)
    assert out[0] == 3


def test_threads_launch_the_same_kernel(kernels: tvm_ffi.Module) -> None:
    add_one = kernels.add_one
    results: list[np.ndarray] = [np.full(128, 1000 * i, dtype="float32") for i in range(2)]

    def work(x: np.ndarray) -> None:
        for _ in range(50):
            add_one(1, 128, 0, x, x, 128)

    threads = [threading.Thread(target=work, args=(x,)) for x in results]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i, x in enumerate(results):
        np.testing.assert_array_equal(x, np.full(128, 1000 * i + 50))


def test_threads_load_and_launch(loader: str, binary: bytes) -> None:
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(5):
                mod = tvm_ffi.load_module_from_bytes("opencl_bin", binary, keep_module_alive=False)
                out = np.zeros(1, dtype="int32")
                mod.fill_if_given(1, 1, 0, out, 3)
                assert out[0] == 3
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_header_without_the_loader(support: tvm_ffi.Module) -> None:
    x, y = np.arange(4, dtype="float32"), np.zeros(4, dtype="float32")
    support.twice(x, y)
    np.testing.assert_array_equal(y, 2 * x)
    with pytest.raises(RuntimeError, match=r"CL_INVALID_KERNEL_NAME \(-46\) returned by"):
        support.missing_kernel()
