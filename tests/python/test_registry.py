# SPDX-License-Identifier: Apache-2.0
"""The table of global functions."""

from __future__ import annotations

import sys
import types

import pytest
import tvm_ffi
from tvm_ffi import registry


@pytest.fixture
def name(request):
    yield (full := f"test.registry.{request.node.name}")
    registry.remove_global_func(full)


def test_register_and_look_up(name):
    func = tvm_ffi.register_global_func(name, lambda x: x + 1)
    assert tvm_ffi.get_global_func(name)(1) == 2
    assert tvm_ffi.get_global_func(name).same_as(func)


def test_register_as_decorator(name):
    @tvm_ffi.register_global_func(name)
    def func(x):
        return x * 2

    assert isinstance(func, tvm_ffi.Function)
    assert func(4) == 8


def test_register_a_bare_callable_under_its_name():
    @tvm_ffi.register_global_func
    def test_registry_bare_callable():
        return 5

    assert tvm_ffi.get_global_func("test_registry_bare_callable")() == 5
    registry.remove_global_func("test_registry_bare_callable")


def test_a_function_is_registered_as_it_is(name):
    func = tvm_ffi.convert(lambda: 1)
    assert tvm_ffi.register_global_func(name, f=func) is func


def test_duplicates_need_override(name):
    tvm_ffi.register_global_func(name, lambda: 1)
    with pytest.raises(RuntimeError, match=f"Global Function `{name}` is already registered"):
        tvm_ffi.register_global_func(name, lambda: 2)
    assert tvm_ffi.get_global_func(name)() == 1
    tvm_ffi.register_global_func(name, f=lambda: 2, override=True)
    assert tvm_ffi.get_global_func(name)() == 2


def test_missing_functions():
    with pytest.raises(ValueError, match="Cannot find global function no.such"):
        tvm_ffi.get_global_func("no.such")
    assert tvm_ffi.get_global_func("no.such", allow_missing=True) is None
    with pytest.raises(AttributeError):
        tvm_ffi.get_global_func(3)


def test_a_first_argument_that_is_no_text_is_the_callable():
    for value in (3, None, b"name", type("NoName", (), {"__call__": lambda self: 1})()):
        with pytest.raises(AttributeError, match="no attribute '__name__'"):
            tvm_ffi.register_global_func(value, lambda: 1)
    odd = type("OddName", (), {"__name__": 5, "__call__": lambda self: 1})()
    with pytest.raises(ValueError, match="expect string function name"):
        tvm_ffi.register_global_func(odd)


def test_removal_is_silent_and_keeps_wrappers_valid(name):
    func = tvm_ffi.register_global_func(name, lambda: 7)
    registry.remove_global_func(name)
    registry.remove_global_func(name)
    assert tvm_ffi.get_global_func(name, allow_missing=True) is None
    assert func() == 7


def test_listing_contains_what_was_registered(name):
    tvm_ffi.register_global_func(name, lambda: 1)
    names = registry.list_global_func_names()
    assert name in names
    assert "ffi.Array" in names
    assert len(set(names)) == len(names)


def test_metadata_of_python_and_native_functions(name):
    tvm_ffi.register_global_func(name, lambda: 1)
    assert tvm_ffi.get_global_func_metadata(name) == {}
    assert "type_schema" in tvm_ffi.get_global_func_metadata("testing.add_one")
    with pytest.raises(RuntimeError, match="Global Function is not found: no.such"):
        tvm_ffi.get_global_func_metadata("no.such")


def test_init_ffi_api_fills_a_module(name):
    module = types.ModuleType("test_registry_target")
    sys.modules["test_registry_target"] = module
    tvm_ffi.register_global_func("tr_space.first", lambda: 1)
    tvm_ffi.register_global_func("tr_space.nested.second", lambda: 2)
    try:
        tvm_ffi.init_ffi_api("tvm.tr_space", "test_registry_target")
        assert module.first() == 1
        assert module.first.__name__ == "first"
        assert not hasattr(module, "second")
        assert not hasattr(module, "nested.second")
    finally:
        del sys.modules["test_registry_target"]
        registry.remove_global_func("tr_space.first")
        registry.remove_global_func("tr_space.nested.second")


def test_init_ffi_api_needs_an_imported_module():
    with pytest.raises(KeyError):
        tvm_ffi.init_ffi_api("no_such_module_anywhere")


def test_registered_type_keys_start_with_the_builtin_ones():
    keys = list(registry.get_registered_type_keys())
    assert keys[:4] == ["None", "int", "bool", "float"]
    assert "ffi.Module" in keys
