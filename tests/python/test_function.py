# SPDX-License-Identifier: Apache-2.0
"""Calling FFI functions from Python, and Python callables from FFI functions."""

from __future__ import annotations

import ctypes
import sys
import threading

import pytest
import tvm_ffi


def echo(value):
    return tvm_ffi.get_global_func("testing.echo")(value)


@pytest.mark.parametrize(
    "value",
    [None, True, False, 0, -1, 2**63 - 1, -(2**63), 1.5, float("inf"), "", "short", b"", b"bytes"],
)
def test_plain_values_come_back_with_type_and_value(value):
    result = echo(value)
    assert type(result) is type(value)
    assert result == value


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 2**64 - 1, 2**200, -(2**200), 2**127])
def test_integers_of_any_size_come_back(value):
    assert echo(value) == value
    assert echo([value])[0] == value


def test_big_int_is_refused_by_native_int_parameters():
    with pytest.raises(TypeError, match="Expected `int` but got `ffi.BigInt`"):
        tvm_ffi.get_global_func("testing.add_one")(2**64)


def test_subclasses_of_builtins_are_passed_as_the_builtin():
    class Number(int):
        pass

    class Text(str):
        pass

    assert echo(Number(5)) == 5
    assert type(echo(Number(5))) is int
    assert echo(Text("abc")) == "abc"


def test_unknown_objects_travel_unchanged():
    for value in (object(), {1, 2}, 1j, ..., range(3), slice(1), memoryview(b"x")):
        assert echo(value) is value


def test_opaque_pointer_comes_back_as_c_void_p():
    result = echo(ctypes.c_void_p(0x1234))
    assert isinstance(result, ctypes.c_void_p)
    assert result.value == 0x1234
    assert echo(ctypes.c_void_p(None)).value is None


def test_any_number_of_arguments():
    collect = tvm_ffi.convert(lambda *args: list(args))
    for count in (0, 1, 15, 16, 17, 40, 1000):
        assert list(collect(*range(count))) == list(range(count))


def test_long_calls_keep_all_temporaries_alive():
    texts = [f"argument number {i}" for i in range(100)]
    assert list(tvm_ffi.convert(lambda *args: list(args))(*texts)) == texts


def test_keyword_arguments_are_refused():
    with pytest.raises(TypeError, match="unexpected keyword argument 'a'"):
        tvm_ffi.get_global_func("testing.echo")(a=1)
    with pytest.raises(TypeError, match="unexpected keyword argument 'a'"):
        tvm_ffi.Function.__call__(tvm_ffi.get_global_func("testing.echo"), a=1)


def test_a_function_without_handle_is_an_error_not_a_crash():
    with pytest.raises(ValueError, match="Function"):
        tvm_ffi.Function()()
    with pytest.raises(ValueError, match="Function"):
        echo(tvm_ffi.Function())


def test_release_gil_is_a_flag_of_each_function():
    func = tvm_ffi.get_global_func("testing.echo")
    assert func.release_gil is True
    func.release_gil = 0
    assert func.release_gil is False
    assert func(3) == 3
    with pytest.raises(TypeError):
        func.release_gil = "no"


def test_functions_take_attributes():
    func = tvm_ffi.get_global_func("testing.echo")
    func.__name__ = "echo"
    assert func.__name__ == "echo"
    assert not hasattr(tvm_ffi.get_global_func("testing.echo"), "__name__")


def test_equality_is_identity_of_the_object():
    func = tvm_ffi.convert(lambda: 1)
    other = tvm_ffi.convert(lambda: 1)
    assert echo(func) == func
    assert echo(func) is not func
    assert hash(echo(func)) == hash(func)
    assert func != other


def test_callbacks_get_python_values_and_return_them():
    seen = []

    def callback(*args):
        seen.extend(args)
        return {"sum": sum(args)}

    result = tvm_ffi.get_global_func("testing.apply")(callback, 1, 2, 3)
    assert seen == [1, 2, 3]
    assert dict(result.items()) == {"sum": 6}


def test_callbacks_can_be_called_from_any_thread():
    func = tvm_ffi.convert(lambda value: value + 1)
    results = []
    threads = [threading.Thread(target=lambda i=i: results.append(func(i))) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == list(range(1, 9))


def test_wrong_arity_is_the_callables_own_type_error():
    with pytest.raises(TypeError, match="positional argument"):
        tvm_ffi.convert(lambda a: a)(1, 2)


def test_runaway_recursion_raises():
    func = tvm_ffi.convert(lambda: func())
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(200)
    try:
        with pytest.raises(RuntimeError, match="recursion"):
            func()
    finally:
        sys.setrecursionlimit(limit)


def test_self_containing_list_raises_recursion_error():
    loop: list = []
    loop.append(loop)
    with pytest.raises(RecursionError):
        echo(loop)
    cycle: dict = {}
    cycle["self"] = cycle
    with pytest.raises(RecursionError):
        echo(cycle)


def test_deep_but_finite_nesting_works():
    value: list = []
    for _ in range(5000):
        value = [value]
    assert len(echo(value)) == 1


def test_from_extern_c_calls_the_symbol():
    symbol = tvm_ffi.get_global_func("testing.get_add_one_c_symbol")()
    func = tvm_ffi.Function.__from_extern_c__(symbol)
    assert func(41) == 42
    with pytest.raises(TypeError):
        func(None)


def test_from_extern_c_keeps_an_object_alive():
    class Owner:
        pass

    owner = Owner()
    before = sys.getrefcount(owner)
    symbol = tvm_ffi.get_global_func("testing.get_add_one_c_symbol")()
    func = tvm_ffi.Function.__from_extern_c__(symbol, keep_alive_object=owner)
    assert sys.getrefcount(owner) == before + 1
    del func
    assert sys.getrefcount(owner) == before


@pytest.mark.parametrize("symbol", ["text", None, 1.5])
def test_from_extern_c_needs_an_address(symbol):
    with pytest.raises(TypeError, match="an integer is required"):
        tvm_ffi.Function.__from_extern_c__(symbol)


def test_from_mlir_packed_safe_call():
    symbol = tvm_ffi.get_global_func("testing.get_mlir_add_one_c_symbol")()
    func = tvm_ffi.Function.__from_mlir_packed_safe_call__(symbol)
    assert func(1) == 2
    with pytest.raises(TypeError):
        func(None)


def test_subclass_with_its_own_constructor():
    class Mixin:
        pass

    class Wrapped(tvm_ffi.Function, Mixin):
        def __init__(self, func):
            self.__move_handle_from__(func)

        __call__ = tvm_ffi.Function.__call__

    source = tvm_ffi.convert(lambda x: x * 2)
    wrapped = Wrapped(source)
    assert wrapped(21) == 42
    assert source.__chandle__() == 0


def test_rvalue_reference_moves_the_object():
    use_count = tvm_ffi.get_global_func("testing.object_use_count")
    count = tvm_ffi.convert(lambda x: use_count(x))
    x = tvm_ffi.convert([1, 2])
    assert count(x) == 2
    assert count(x._move()) == 1
    assert x.__chandle__() == 0
    assert repr(x) == "Array(chandle=None)"
    with pytest.raises(ValueError, match="RValueRef already moved"):
        count(x._move())


def test_protocol_methods_of_classes():
    class Value:
        def __tvm_ffi_value__(self):
            return [1, Integer()]

    class Integer:
        def __tvm_ffi_int__(self):
            return 7

    class Real:
        def __tvm_ffi_float__(self):
            return 2.5

    class Pointer:
        def __tvm_ffi_opaque_ptr__(self):
            return 64

    class Wrapper:
        def __tvm_ffi_object__(self):
            return tvm_ffi.convert([9])

    assert list(echo(Value())) == [1, 7]
    assert echo(Real()) == 2.5
    assert echo(Pointer()).value == 64
    assert list(echo(Wrapper())) == [9]


def test_protocol_methods_that_misbehave():
    class NotAnObject:
        def __tvm_ffi_object__(self):
            return None

    class Endless:
        def __tvm_ffi_value__(self):
            return self

    class Failing:
        def __tvm_ffi_int__(self):
            raise ZeroDivisionError("own error")

    class Convertible(tvm_ffi.ObjectConvertible):
        def asobject(self):
            return 3

    for value in (NotAnObject(), Convertible()):
        with pytest.raises(TypeError, match=r"Cannot convert \w+ to tvm_ffi.core.CObject"):
            echo(value)
    with pytest.raises(RecursionError):
        echo(Endless())
    with pytest.raises(ZeroDivisionError, match="own error"):
        echo(Failing())


def test_opaque_pointer_handlers_apply_to_exact_classes():
    class Handle:
        pass

    class Derived(Handle):
        pass

    tvm_ffi.core._OPAQUE_PTR_HANDLERS[Handle] = lambda _: 16
    try:
        assert echo(Handle()).value == 16
        derived = Derived()
        assert echo(derived) is derived
    finally:
        del tvm_ffi.core._OPAQUE_PTR_HANDLERS[Handle]


def test_calls_leave_reference_counts_alone():
    values = [
        object(),
        "a longer piece of text",
        b"a longer piece of bytes",
        [1, "x" * 20],
        {"k": 1},
    ]
    for value in values:
        echo(value)
        before = sys.getrefcount(value)
        for _ in range(100):
            echo(value)
        assert sys.getrefcount(value) == before


def test_callback_closures_are_freed():
    class Target:
        def __call__(self):
            return 1

    target = Target()
    before = sys.getrefcount(target)
    func = tvm_ffi.convert(target)
    assert sys.getrefcount(target) == before + 1
    assert func() == 1
    del func
    assert sys.getrefcount(target) == before
    for _ in range(10):
        echo(target)
    assert sys.getrefcount(target) == before
