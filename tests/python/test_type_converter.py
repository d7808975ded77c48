# SPDX-License-Identifier: Apache-2.0
"""Conversion of Python values by a ``TypeSchema``: scalars, protocols, unions and objects.

``convert`` gives the value, ``reason`` says why it does not fit.
"""

from __future__ import annotations

import ctypes
import fractions
import gc
import sys
from typing import Any, Callable, Optional, Union

import numpy as np
import py_classes
import pytest
import tvm_ffi
from schema_support import (
    INT64_MAX,
    INT64_MIN,
    RANGE,
    Color,
    Convertible,
    Count,
    Protocol,
    Unwilling,
    convert,
    giving,
    reason,
    use_count,
)
from tvm_ffi import core
from tvm_ffi.core import TypeSchema

# ---- scalars ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("annotation", "value", "expected"),
    [
        (None, None, None),
        (int, 5, 5),
        (int, True, 1),
        (int, Count(4), 4),
        (int, Color.RED, 3),
        (int, np.int32(3), 3),
        (int, INT64_MIN, INT64_MIN),
        (int, INT64_MAX, INT64_MAX),
        (float, 1.5, 1.5),
        (float, 1, 1.0),
        (float, True, 1.0),
        (float, 2**70, float(2**70)),
        (float, np.float64(0.5), 0.5),
        (float, fractions.Fraction(1, 2), 0.5),
        (bool, False, False),
        (bool, 0, False),
        (bool, 2**70, True),
        (bool, np.int8(7), True),
    ],
    ids=repr,
)
def test_numbers_get_the_exact_type(annotation, value, expected):
    converted = convert(annotation, value)
    assert converted == expected
    assert type(converted) is type(expected)


@pytest.mark.parametrize(
    "text", ["", "s", "seven b", "longer than seven", "a\0b", "\u00e9\U0001f600"]
)
def test_text_becomes_string(text):
    converted = convert(str, text)
    assert (type(converted), converted) == (core.String, text)
    data = text.encode()
    for value in (data, bytearray(data)):
        converted = convert(bytes, value)
        assert (type(converted), converted) == (core.Bytes, data)


@pytest.mark.parametrize(
    ("annotation", "value", "message"),
    [
        (int, "s", "expected int, got str"),
        (int, 1.5, "expected int, got float"),
        (int, None, "expected int, got None"),
        (int, np.bool_(True), f"expected int, got {np.bool_.__qualname__}"),
        (int, 2**63, f"integer 9223372036854775808 {RANGE}"),
        (int, -(2**63) - 1, f"integer -9223372036854775809 {RANGE}"),
        (int, np.uint64(2**64 - 1), f"integer 18446744073709551615 {RANGE}"),
        (int, Unwilling(), "int() failed for Unwilling: unwilling"),
        (float, "s", "expected float, got str"),
        (float, Unwilling(), "float() failed for Unwilling: unwilling"),
        (float, 10**400, "float() failed for int: int too large to convert to float"),
        (bool, "s", "expected bool, got str"),
        (bool, 1.0, "expected bool, got float"),
        (bool, Unwilling(), "bool() failed for Unwilling: unwilling"),
        (str, 5, "expected str, got int"),
        (str, b"s", "expected str, got bytes"),
        (bytes, "s", "expected bytes, got str"),
        (bytes, memoryview(b"s"), "expected bytes, got memoryview"),
        (None, 0, "expected None, got int"),
    ],
    ids=repr,
)
def test_other_values_are_no_scalars(annotation, value, message):
    assert reason(annotation, value) == message


def test_text_that_cannot_be_encoded_is_an_error_of_its_own():
    with pytest.raises(UnicodeEncodeError):
        TypeSchema("str").convert("\ud800")
    assert reason(Any, "\ud800").startswith("expected Any, got str: 'utf-8' codec can't encode")


def test_devices_and_dtypes_are_read_from_text():
    assert convert(tvm_ffi.Device, "cuda:1") == tvm_ffi.device("cuda:1")
    assert convert(tvm_ffi.Device, tvm_ffi.device("cpu")) == tvm_ffi.device("cpu")
    assert convert(tvm_ffi.dtype, "float32") == "float32"
    assert convert(tvm_ffi.dtype, core.DataType("int8")) == "int8"
    assert convert(tvm_ffi.dtype, np.dtype("int16")) == "int16"
    for text in ("not_a_device", "llvm", "c", "cl", "test", "nvptx"):
        assert (
            reason(tvm_ffi.Device, text) == f"expected Device, got invalid device string {text!r}"
        )
    assert reason(tvm_ffi.dtype, "nope") == "expected dtype, got invalid dtype string 'nope'"
    assert reason(tvm_ffi.dtype, 5) == "expected dtype, got int"


def test_pointers_may_be_null():
    assert convert(ctypes.c_void_p, ctypes.c_void_p(16)).value == 16
    assert convert(ctypes.c_void_p, None).value is None
    assert reason(ctypes.c_void_p, 5) == "expected ctypes.c_void_p, got int"


# ---- protocols ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("annotation", "method", "result", "expected"),
    [
        (int, "__tvm_ffi_int__", 5, 5),
        (int, "__tvm_ffi_int__", 1.7, 1),
        (int, "__tvm_ffi_int__", "5", 5),
        (float, "__tvm_ffi_float__", 2, 2.0),
        (tvm_ffi.Device, "__dlpack_device__", (1, 0), tvm_ffi.device("cpu")),
        (tvm_ffi.dtype, "__dlpack_data_type__", (0, 32, 1), "int32"),
        (int, "__tvm_ffi_value__", 5, 5),
        (list[int], "__tvm_ffi_value__", [1], [1]),
        (Optional[int], "__tvm_ffi_value__", None, None),
        (tvm_ffi.Array[int], "__tvm_ffi_object__", tvm_ffi.Array([1]), [1]),
    ],
)
def test_classes_say_what_they_stand_for(annotation, method, result, expected):
    assert convert(annotation, giving(method, result)) == expected
    assert list(convert(list[annotation], [giving(method, result)])) == [expected]


def test_pointer_protocols():
    for value in (giving("__tvm_ffi_opaque_ptr__", 16), giving("__cuda_stream__", (0, 16))):
        assert convert(ctypes.c_void_p, value).value == 16
    assert reason(ctypes.c_void_p, giving("__tvm_ffi_opaque_ptr__", "x")) == (
        "expected ctypes.c_void_p, got Protocol: an integer is required"
    )


@pytest.mark.parametrize(
    ("annotation", "method", "message"),
    [
        (int, "__tvm_ffi_int__", "expected int, got Protocol: no"),
        (float, "__tvm_ffi_float__", "expected float, got Protocol: no"),
        (int, "__tvm_ffi_value__", "expected int, got Protocol"),
        (Any, "__tvm_ffi_value__", "failed to convert Any from Protocol"),
        (Optional[int], "__tvm_ffi_value__", "expected int, got Protocol"),
        (Union[int, str], "__tvm_ffi_value__", "expected int | str, got Protocol"),
        (int, "__tvm_ffi_object__", "__tvm_ffi_object__() failed for Protocol"),
        (tvm_ffi.Device, "__dlpack_device__", "expected Device, got Protocol: no"),
        (tvm_ffi.dtype, "__dlpack_data_type__", "expected dtype, got Protocol: no"),
        (tvm_ffi.Tensor, "__dlpack__", "expected Tensor, got Protocol: no"),
    ],
)
def test_a_protocol_that_raises_is_a_mismatch(annotation, method, message):
    assert reason(annotation, giving(method, ValueError("no"))) == message


def test_objects_are_asked_for_their_object():
    assert list(convert(tvm_ffi.Array[int], Convertible(tvm_ffi.Array([1])))) == [1]
    assert reason(int, Convertible(ValueError("no"))) == "asobject() failed for Convertible"
    assert reason(int, Convertible(5)) == "asobject() returned int for Convertible"
    assert reason(int, Convertible(None)) == "asobject() returned None for Convertible"


def chain(length: int, value: Any) -> Any:
    for _ in range(length):
        value = giving("__tvm_ffi_value__", value)
    return value


def test_chains_of_values_are_bounded():
    cycle = "infinite __tvm_ffi_value__ cycle detected"
    assert convert(int, chain(64, 5)) == 5
    assert reason(int, chain(65, 5)) == cycle
    assert reason(int, giving("__tvm_ffi_value__", Protocol)) == "expected int, got Protocol"
    assert reason(list[int], [chain(65, 5)]) == f"element [0]: {cycle}"


def test_a_value_is_asked_once_whatever_the_alternatives():
    calls = []

    class Asked:
        def __tvm_ffi_value__(self):
            calls.append(1)
            return "text"

    assert convert(Union[int, float, str], Asked()) == "text"
    assert calls == [1]


def test_errors_that_are_no_exceptions_get_through():
    class Stop(BaseException):
        pass

    for method in ("__tvm_ffi_value__", "__tvm_ffi_object__", "__tvm_ffi_int__"):
        with pytest.raises(Stop):
            TypeSchema("int").convert(giving(method, Stop()))


# ---- functions and tensors ----------------------------------------------------------------------


def test_callables_become_functions():
    for value in (len, int, lambda: 5, tvm_ffi.get_global_func("testing.nop")):
        assert isinstance(convert(Callable, value), tvm_ffi.Function)
    assert convert(Callable[[], int], lambda: 5)() == 5
    assert reason(Callable, "s") == "expected Callable, got str"


def test_an_object_with_a_call_operator_is_no_callable():
    cls = py_classes.define([])
    cls.__call__ = lambda self: 5
    key = cls.__tvm_ffi_type_info__.type_key
    assert reason(Callable, py_classes.make(cls)) == f"expected Callable, got {key}"


def test_tensors_come_from_dlpack():
    array = np.arange(3)
    tensor = convert(tvm_ffi.Tensor, array)
    assert tensor.data_ptr() == array.ctypes.data
    assert convert(tvm_ffi.Tensor, tensor).same_as(tensor)
    assert reason(tvm_ffi.Tensor, [1]) == "expected Tensor, got list"


# ---- unions -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("annotation", "value", "expected"),
    [
        (Union[int, str], True, 1),
        (Union[float, int], 1, 1.0),
        (Union[bool, int], 5, True),
        (Union[int, str], "s", "s"),
        (Union[tvm_ffi.Device, str], "cpu", tvm_ffi.device("cpu")),
        (Union[tvm_ffi.Device, str], "other", "other"),
        (Union[list[int], list[str]], ["a"], ["a"]),
        (Optional[Union[int, str]], None, None),
    ],
)
def test_the_first_alternative_that_fits_wins(annotation, value, expected):
    for given_value in (value, giving("__tvm_ffi_value__", value)):
        converted = convert(annotation, given_value)
        assert converted == expected
        assert type(converted).__name__ in {type(expected).__name__, "String", "List"}


def test_a_union_names_all_alternatives():
    assert reason(Union[int, str], 1.5) == "expected int | str, got float"
    assert reason(Union[list[int], str], [1.5]) == "expected List[int] | str, got list"
    # Of equal unions, typing keeps the one that was written first in this process.
    either_order = {f"expected {names}, got float" for names in ("int | str", "str | int")}
    assert reason(Optional[Union[int, str]], 1.5) in either_order


# ---- objects ------------------------------------------------------------------------------------

PAIR = TypeSchema("testing.TestIntPair")
BASE = TypeSchema("testing.TestObjectBase")


@pytest.mark.parametrize(
    "value",
    [
        [1],
        {"a": 1},
        len,
        ValueError("x"),
        "a long string",
        b"long enough bytes",
        {1},
        2**70,
        object(),
    ],
    ids=repr,
)
def test_an_object_schema_takes_whatever_is_an_object(value):
    assert TypeSchema("Object").convert(value).type_index >= 64


@pytest.mark.parametrize("value", [1, 1.5, True, "short", b"short"], ids=repr)
def test_an_object_schema_refuses_plain_values(value):
    name = type(value).__name__
    kind = {"str": "ffi.SmallStr", "bytes": "ffi.SmallBytes"}.get(name, name)
    assert reason(tvm_ffi.Object, value) == (
        f"expected Object, got {name}\n  __ffi_convert__ failed:\n"
        f"    Cannot cast from `{kind}` to `ffi.Object`"
    )


def test_none_is_no_object():
    assert reason(tvm_ffi.Object, None) == "expected Object, got None"


def test_subclasses_fit_and_others_do_not():
    base_cls = py_classes.define([])
    derived_cls = py_classes.define([], parent=base_cls)
    sibling_cls = py_classes.define([], parent=base_cls)
    base, derived = py_classes.make(base_cls), py_classes.make(derived_cls)
    keys = {cls: cls.__tvm_ffi_type_info__.type_key for cls in (base_cls, derived_cls, sibling_cls)}
    assert convert(base_cls, derived).same_as(derived)
    assert reason(derived_cls, base) == f"expected {keys[derived_cls]}, got {keys[base_cls]}"
    assert reason(sibling_cls, derived) == f"expected {keys[sibling_cls]}, got {keys[derived_cls]}"


def test_the_hook_of_a_type_converts_other_values():
    cls = py_classes.define([py_classes.field("x", "int")])
    info = cls.__tvm_ffi_type_info__
    assert TypeSchema(info.type_key)._converter.fn_convert is None

    def hook(value):
        if value == "bad":
            raise ValueError("line one\nline two")
        return py_classes.make(cls, value) if isinstance(value, int) else value

    core._register_type_attr(info.type_index, "__ffi_convert__", hook)
    assert isinstance(TypeSchema(info.type_key)._converter.fn_convert, tvm_ffi.Function)
    assert convert(cls, 5).x == 5
    assert reason(cls, 1.5) == f"expected {info.type_key}, got float"
    assert reason(cls, "bad") == (
        f"expected {info.type_key}, got str\n  __ffi_convert__ failed:\n    line one\n    line two"
    )


def test_shapes_are_made_of_lists():
    shape = TypeSchema("ffi.Shape")
    for value in ([1, 2], tvm_ffi.List([1, 2]), tvm_ffi.Array([1, 2]), tvm_ffi.Shape((1, 2))):
        assert convert(shape, value) == (1, 2)
    assert reason(shape, ["a"]) == (
        "expected ffi.Shape, got list\n  __ffi_convert__ failed:\n"
        "    Cannot cast from `ffi.Array` to `ffi.Shape`"
    )


def test_errors_are_made_of_exceptions():
    assert convert(core.Error, ValueError("text")).kind == "ValueError"
    assert reason(tvm_ffi.Array[int], ValueError("text")) == "expected Array, got ValueError"


def test_a_wrapper_without_object_is_a_mismatch():
    empty = tvm_ffi.Array.__new__(tvm_ffi.Array)
    assert reason(int, empty) == "expected int, got Array"
    assert reason(list, empty) == "expected List, got Array"
    assert "has no object behind it" in reason(BASE, empty)
    assert "has no object behind it" in reason(Any, empty)


def test_unknown_origins_fail_when_they_are_used():
    for schema in (TypeSchema("no.such.type"), TypeSchema("Array", (TypeSchema("no.such.type"),))):
        for _ in range(2):
            with pytest.raises(TypeError, match="^unknown TypeSchema origin: 'no.such.type'$"):
                schema.convert(1)


def test_a_type_may_be_registered_after_the_schema_was_made():
    key = py_classes.new_key()
    schema = TypeSchema(key)
    cls, info = py_classes.declare(key=key)
    info._register_fields([])
    obj = cls.__new__(cls)
    obj.__init_handle_by_constructor__(core._lookup_type_attr(info.type_index, "__ffi_new__"))
    assert convert(schema, obj).same_as(obj)


def test_a_schema_that_was_tampered_with_is_refused():
    for origin, args in (("Array", ()), ("Map", ()), ("Optional", ()), ("Union", ()), ("Array", 5)):
        schema = TypeSchema("int")
        schema.origin, schema.args = origin, args
        with pytest.raises(TypeError, match="of a TypeSchema|the TypeSchema has"):
            schema.convert([])
    for bad in (5, None, object()):
        with pytest.raises((TypeError, AttributeError)):
            core._build_converter(bad)
        with pytest.raises(TypeError, match="takes a _TypeConverter"):
            core._convert_by(bad, 5)


# ---- references ---------------------------------------------------------------------------------


def test_conversions_keep_no_references():
    payload = object()
    values = [payload, [payload], {"a": payload}, Convertible(tvm_ffi.Array([payload]))]
    before = sys.getrefcount(payload)
    held = tvm_ffi.Array([1, 2])
    count = use_count(held)
    for _ in range(50):
        for annotation in (Any, tvm_ffi.Object, list, dict, Union[int, list], Optional[dict], int):
            schema = TypeSchema.from_annotation(annotation)
            for value in (*values, held, [held], giving("__tvm_ffi_value__", held)):
                try:
                    schema.convert(value)
                except TypeError:
                    pass
    del value
    gc.collect()
    assert sys.getrefcount(payload) == before
    assert use_count(held) == count
