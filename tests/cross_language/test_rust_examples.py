# SPDX-License-Identifier: Apache-2.0
"""The Rust libraries under rust/tvm-ffi/examples, from Python and C++."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Callable

import numpy as np
import pytest
import tvm_ffi

CRATE = Path(__file__).resolve().parents[2] / "rust" / "tvm-ffi" / "Cargo.toml"
EXAMPLES = ["loader_consumer", "export_functions"]


@pytest.fixture(scope="module")
def libraries(cargo_build: Callable[..., Path]) -> dict[str, tvm_ffi.Module]:
    """Build the examples and load them."""
    directory = cargo_build(CRATE, *(f"--example={name}" for name in EXAMPLES)) / "examples"
    loaded = {name: tvm_ffi.load_module(str(directory / f"lib{name}.so")) for name in EXAMPLES}
    loaded["loader_consumer"].register_loader()
    return loaded


@pytest.fixture
def affine(libraries: dict[str, tvm_ffi.Module]) -> tvm_ffi.Module:
    """Load a module that Rust defines."""
    return tvm_ffi.load_module_from_bytes("affine", b"3 0.5", keep_module_alive=False)


def test_functions_of_a_module_defined_in_rust(affine: tvm_ffi.Module) -> None:
    assert affine.apply(2.0) == 6.5
    assert affine.describe() == "3 0.5"
    doubled_first = affine.compose(lambda x: 2 * x)
    assert doubled_first(2.0) == 12.5


def test_a_function_outlives_its_module_defined_in_rust(
    libraries: dict[str, tvm_ffi.Module],
) -> None:
    apply = tvm_ffi.load_module_from_bytes("affine", b"2 0", keep_module_alive=False)["apply"]
    gc.collect()
    assert apply(4.0) == 8.0


def test_facts_of_a_module_defined_in_rust(affine: tvm_ffi.Module) -> None:
    assert affine.kind == "affine"
    assert affine.inspect_source() == "3 0.5"
    assert affine.get_function_doc("apply") == "Scales and shifts a number."
    assert affine.get_function_doc("compose") is None
    assert affine.get_function_metadata("apply") is None
    assert affine.implements_function("compose")
    assert not affine.implements_function("absent")
    assert affine.get_property_mask() == tvm_ffi.module.ModulePropertyMask.RUNNABLE
    assert list(affine.get_write_formats()) == []
    with pytest.raises(AttributeError, match="absent"):
        affine["absent"]


def test_a_module_defined_in_rust_imports_others(
    affine: tvm_ffi.Module, libraries: dict[str, tvm_ffi.Module]
) -> None:
    affine.import_module(libraries["export_functions"])
    assert affine.get_function("add", query_imports=True)(1, 2) == 3
    assert affine.imports[0].same_as(libraries["export_functions"])
    affine.clear_imports()
    assert list(affine.imports) == []


def test_what_a_module_defined_in_rust_cannot_do(affine: tvm_ffi.Module, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"Module\[affine\] does not support WriteToFile"):
        affine.write_to_file(str(tmp_path / "file"), "bin")


def test_c_plus_plus_calls_a_module_defined_in_rust(
    libraries: dict[str, tvm_ffi.Module], sides: dict[str, object]
) -> None:
    assert sides["cpp"].load_and_describe("affine", b"1 -2") == "1 -2"


def test_a_loader_in_rust_refuses_with_a_kind_of_its_choice(
    libraries: dict[str, tvm_ffi.Module],
) -> None:
    with pytest.raises(ValueError, match=r'^an affine payload is `<scale> <offset>`, not "3"$'):
        tvm_ffi.load_module_from_bytes("affine", b"3")


def test_registering_a_loader_twice_is_an_error(libraries: dict[str, tvm_ffi.Module]) -> None:
    with pytest.raises(RuntimeError, match="already registered"):
        libraries["loader_consumer"].register_loader()


def test_exported_functions_convert_arguments_and_results(
    libraries: dict[str, tvm_ffi.Module],
) -> None:
    lib = libraries["export_functions"]
    assert lib.add(1, True) == 2
    assert dict(lib.word_lengths("one three")) == {"one": 3, "three": 5}
    array = np.array([1.0, 2.5], dtype="float32")
    lib.scale(array, 2.0)
    assert array.tolist() == [2.0, 5.0]


def test_exported_functions_raise(libraries: dict[str, tvm_ffi.Module]) -> None:
    lib = libraries["export_functions"]
    with pytest.raises(ValueError, match="does not fit 64 bits"):
        lib.add(2**63 - 1, 1)
    with pytest.raises(ValueError, match="Expected 2 arguments, got 1"):
        lib.add(1)
    with pytest.raises(TypeError, match="Argument #1: Cannot convert from type"):
        lib.add(1, "two")
    with pytest.raises(TypeError, match='expected "float32", got "int32"'):
        lib.scale(np.array([1], dtype="int32"), 2.0)


def test_a_panic_in_rust_arrives_as_an_error(libraries: dict[str, tvm_ffi.Module]) -> None:
    lib = libraries["export_functions"]
    assert lib.element([5, 6], 1) == 6
    with pytest.raises(RuntimeError, match="Rust function panicked: index out of bounds") as caught:
        lib.element([5, 6], 2)
    assert caught.value.__tvm_ffi_error__.kind == "InternalError"
