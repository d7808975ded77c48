# SPDX-License-Identifier: Apache-2.0
"""Registering types from Python: what contradicts the native type table is an error, not the end.

The functions are those below the class decorators; the arguments are what no decorator passes.
"""

from __future__ import annotations

import pytest
import tvm_ffi
from tvm_ffi import core

UNKNOWN_INDICES = [-1, -(1 << 31), 100_000, (1 << 31) - 1]


def wrapper_class() -> type:
    return type("Wrapper", (tvm_ffi.Object,), {"__slots__": ()})


def info_of_index(type_index: int, cls: type | None = None) -> core.TypeInfo:
    """Return a description that Python code made up."""
    return core.TypeInfo(cls, type_index, "test.made_up", [], [], [], None)


def object_info() -> core.TypeInfo:
    return core._type_cls_to_type_info(tvm_ffi.Object)


@pytest.mark.parametrize("type_index", UNKNOWN_INDICES)
def test_indices_that_belong_to_no_type_are_refused(type_index):
    for call in (
        lambda: core._register_object_by_index(type_index, wrapper_class()),
        lambda: core._register_type_attr(type_index, "test.attribute", 1),
        lambda: core._set_type_cls(info_of_index(type_index), wrapper_class()),
        lambda: core._rollback_py_class(info_of_index(type_index, tvm_ffi.Object)),
        lambda: core._register_py_class(
            info_of_index(type_index, tvm_ffi.Object), "test.child", wrapper_class()
        ),
    ):
        with pytest.raises(ValueError, match=f"^Cannot find type index {type_index}$"):
            call()
    assert core._lookup_type_attr(type_index, "test.attribute", ancestor=True) is None
    assert core._type_index_to_type_info(type_index) is None
    assert core._read_back_methods(type_index) == []
    assert core._native_total_size(type_index) is None


def test_a_final_type_has_no_subclasses():
    parent = core._type_cls_to_type_info(tvm_ffi.Array)
    with pytest.raises(TypeError, match=r"^Reach maximum number of sub-classes for ffi\.Array"):
        core._register_py_class(parent, "test.array_child", wrapper_class())
    assert core._object_type_key_to_index("test.array_child") is None


def test_ancestors_that_do_not_fit_the_parent_are_refused():
    parent = core.TypeInfo(tvm_ffi.Object, 64, "ffi.Object", [64, 64], [], [], None)
    with pytest.raises(RuntimeError, match="depth"):
        core._register_py_class(parent, "test.deep_child", wrapper_class())
    assert core._object_type_key_to_index("test.deep_child") is None


def test_keys_of_native_types_are_taken():
    native_index = core._object_type_key_to_index("testing.TestCxxClassBase")
    assert native_index is not None
    with pytest.raises(ValueError, match=r"^Type key 'testing.TestCxxClassBase' is already regist"):
        core._register_py_class(object_info(), "testing.TestCxxClassBase", wrapper_class())


def test_a_key_can_be_defined_again_after_a_rollback():
    first = core._register_py_class(object_info(), "test.rolled_back", wrapper_class())
    with pytest.raises(ValueError, match=r"^Type key 'test\.rolled_back' is already registered$"):
        core._register_py_class(object_info(), "test.rolled_back", wrapper_class())
    core._rollback_py_class(first)
    second = core._register_py_class(object_info(), "test.rolled_back", wrapper_class())
    assert second.type_index == first.type_index


@pytest.mark.parametrize("cls", [5, int, str, object])
def test_classes_without_the_layout_of_a_wrapper_are_refused(cls):
    for call in (
        lambda: core._register_object_by_index(64, cls),
        lambda: core._set_type_cls(info_of_index(64), cls),
        lambda: core._register_py_class(object_info(), "test.odd_class", cls),
    ):
        with pytest.raises(TypeError, match=r"^expected a class derived from tvm_ffi\.Object, got"):
            call()
    assert core._object_type_key_to_index("test.odd_class") is None


def test_a_plain_class_describes_a_type_but_holds_no_objects():
    class Plain:
        pass

    tvm_ffi.register_object("testing.SchemaAllTypes")(Plain)
    info = Plain.__tvm_ffi_type_info__
    assert core._type_cls_to_type_info(Plain) is info
    assert info.type_cls is Plain
    assert Plain.make_with(1, 2.0, "x").v_int == 1
    assert not isinstance(Plain.make_with(1, 2.0, "x"), Plain)
    assert isinstance(Plain.make_with(1, 2.0, "x"), tvm_ffi.Object)
    assert info.type_cls is Plain
