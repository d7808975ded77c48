# SPDX-License-Identifier: Apache-2.0
"""Conversion of Python values by a ``TypeSchema``.

``convert`` gives the value, and names the path to what does not fit.
"""

from __future__ import annotations

import ctypes
import enum
import fractions
import gc
import numbers
import re
import sys
import types
from typing import Any, Callable, Optional, Union

import numpy as np
import py_classes
import pytest
import tvm_ffi
from hypothesis import given, settings
from hypothesis import strategies as st
from tvm_ffi import core
from tvm_ffi.core import TypeSchema

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
RANGE = "out of int64 range [-9223372036854775808, 9223372036854775807]"
ADDRESS = re.compile(r"0x[0-9a-f]+|\d{10,}")
use_count = tvm_ffi.get_global_func("testing.object_use_count")


def convert(annotation: Any, value: Any) -> Any:
    """Convert by the schema of an annotation."""
    schema = annotation
    if not isinstance(annotation, TypeSchema):
        schema = TypeSchema.from_annotation(annotation)
    return core._to_py_class_value(schema.convert(value))


def reason(annotation: Any, value: Any) -> str:
    """Return why a value does not fit; checking says the same as converting."""
    schema = annotation
    if not isinstance(annotation, TypeSchema):
        schema = TypeSchema.from_annotation(annotation)
    texts = []
    for action, call in (("conversion", schema.convert), ("check", schema.check_value)):
        with pytest.raises(TypeError) as raised:
            call(value)
        assert raised.value.__cause__ is None
        prefix = f"type {action} failed for {schema!r}: "
        assert str(raised.value).startswith(prefix)
        texts.append(str(raised.value)[len(prefix) :])
    assert texts[0] == texts[1]
    return texts[0]


class Protocol:
    """Has one protocol method, which returns or raises what it is given."""

    result: Any

    @classmethod
    def of(cls, method: str, result: Any) -> Any:
        def answer(self):
            if isinstance(result, BaseException):
                raise result
            return self if result is cls else result

        return type("Protocol", (cls,), {method: answer})()


def giving(method: str, result: Any) -> Any:
    return Protocol.of(method, result)


class Convertible(core.ObjectConvertible):
    def __init__(self, result):
        self.result = result

    def asobject(self):
        if isinstance(self.result, BaseException):
            raise self.result
        return self.result


class Count(int):
    pass


class Color(enum.IntEnum):
    RED = 3


class Unwilling(numbers.Integral):
    """An integer that refuses every conversion."""

    def _refuse(self, *args):
        raise ValueError("unwilling")

    __hash__ = object.__hash__


for _name in numbers.Integral.__abstractmethods__:
    setattr(Unwilling, _name, Unwilling._refuse)
Unwilling.__bool__ = Unwilling._refuse
Unwilling.__float__ = Unwilling._refuse
Unwilling.__abstractmethods__ = frozenset()


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


# ---- containers ---------------------------------------------------------------------------------

SEQUENCES = [[1, 2], (1, 2), tvm_ffi.Array([1, 2]), tvm_ffi.List([1, 2]), tvm_ffi.Shape((1, 2))]
MAPPINGS = [
    {"a": 1},
    types.MappingProxyType({"a": 1}),
    tvm_ffi.Map({"a": 1}),
    tvm_ffi.Dict({"a": 1}),
]


@pytest.mark.parametrize(
    ("annotation", "cls"),
    [
        (tvm_ffi.Array[int], tvm_ffi.Array),
        (list[int], tvm_ffi.List),
        (TypeSchema("list", (TypeSchema("int"),)), tvm_ffi.List),
        (tuple[int, int], tvm_ffi.Array),
        (tuple, tvm_ffi.Array),
        (list, tvm_ffi.List),
    ],
    ids=repr,
)
@pytest.mark.parametrize("value", SEQUENCES, ids=lambda value: type(value).__name__)
def test_sequences_become_the_container_of_the_schema(annotation, cls, value):
    converted = convert(annotation, value)
    assert type(converted) is cls
    assert list(converted) == [1, 2]


@pytest.mark.parametrize("value", MAPPINGS, ids=lambda value: type(value).__name__)
def test_mappings_become_the_container_of_the_schema(value):
    for annotation, cls in ((dict[str, int], tvm_ffi.Dict), (tvm_ffi.Map[str, int], tvm_ffi.Map)):
        converted = convert(annotation, value)
        assert type(converted) is cls
        assert dict(converted.items()) == {"a": 1}


@pytest.mark.parametrize(
    ("annotation", "value", "message"),
    [
        (list[int], [1, "a"], "element [1]: expected int, got str"),
        (list[int], tvm_ffi.Array([1, "a"]), "element [1]: expected int, got str"),
        (list[int], [1, 2**63], f"element [1]: integer {2**63} {RANGE}"),
        (list[list[int]], [[], ["a"]], "element [1]: element [0]: expected int, got str"),
        (list[Optional[int]], [None, "a"], "element [1]: expected int, got str"),
        (list, "text", "expected List, got str"),
        (list, range(2), "expected List, got range"),
        (list, {"a": 1}, "expected List, got dict"),
        (tvm_ffi.Array[int], {1}, "expected Array, got set"),
        (tuple[int, str], (1,), "expected tuple of length 2, got tuple of length 1"),
        (tuple[int, str], [1, 2, 3], "expected tuple of length 2, got list of length 3"),
        (tuple[()], tvm_ffi.Array([1]), "expected tuple of length 0, got Array of length 1"),
        (tuple[int, str], (1, 2), "element [1]: expected str, got int"),
        (tuple, 5, "expected tuple, got int"),
        (dict[str, int], {1: 1}, "key 1: expected str, got int"),
        (dict[str, int], {"k": "v"}, "value for key 'k': expected int, got str"),
        (dict[str, int], tvm_ffi.Map({"k": "v"}), "value for key 'k': expected int, got str"),
        (
            dict[str, list[int]],
            {"k": [1, "a"]},
            "value for key 'k': element [1]: expected int, got str",
        ),
        (dict, [("a", 1)], "expected Dict, got list"),
        (tvm_ffi.Map[str, int], 5, "expected Map, got int"),
    ],
    ids=str,
)
def test_a_bad_element_is_named_by_its_path(annotation, value, message):
    assert reason(annotation, value) == message


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (tvm_ffi.Array[int], tvm_ffi.Array([1, 2])),
        (list[int], tvm_ffi.List([])),
        (list[float], tvm_ffi.List([1.5])),
        (list[str], tvm_ffi.List(["a long string"])),
        (list[Any], tvm_ffi.List(["a", {1}])),
        (list, tvm_ffi.List(["a", {1}])),
        (list[list[int]], tvm_ffi.List([tvm_ffi.List([1])])),
        (tuple, tvm_ffi.Array(["a"])),
        (tuple[int, int], tvm_ffi.Array([1, 2])),
        (dict[str, int], tvm_ffi.Dict({"a long string": 1})),
        (dict[int, Any], tvm_ffi.Dict({1: "a"})),
        (tvm_ffi.Object, tvm_ffi.Map({})),
        (Union[int, list[int]], tvm_ffi.List([1])),
    ],
    ids=repr,
)
def test_a_container_that_needs_no_change_keeps_its_identity(annotation, value):
    count = use_count(value)
    assert convert(annotation, value).same_as(value)
    assert use_count(value) == count


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (tvm_ffi.Array[float], tvm_ffi.Array([1])),
        (tvm_ffi.Array[int], tvm_ffi.Array([True])),
        (tvm_ffi.Array[int], tvm_ffi.List([1])),
        (list[str], tvm_ffi.List(["a"])),
        (list[tvm_ffi.Object], tvm_ffi.List([{1}])),
        (tuple[Any], tvm_ffi.Array(["a"])),
        (dict[str, int], tvm_ffi.Dict({"a": 1})),
        (tuple, tvm_ffi.List([1])),
    ],
    ids=repr,
)
def test_a_container_with_a_changed_element_is_copied(annotation, value):
    converted = convert(annotation, value)
    assert not converted.same_as(value)
    assert len(converted) == len(value)


def test_subclasses_of_containers_pass():
    class Numbers(tvm_ffi.Array):
        pass

    numbers_ = Numbers([1, 2])
    assert convert(tvm_ffi.Array[int], numbers_).same_as(numbers_)


def test_a_list_that_changes_while_it_is_converted():
    class Shrinks:
        def __tvm_ffi_int__(self):
            del values[1:]
            return 5

    values = [Shrinks(), 1, 2]
    assert list(convert(list[int], values)) == [5]
    values = [Shrinks(), 1]
    assert reason(tuple[int, int], values) == "expected tuple of length 2, got list of length 1"


def test_a_mapping_that_raises_is_an_error_of_its_own():
    class Broken(dict):
        def items(self):
            raise KeyError("broken")

    with pytest.raises(KeyError, match="broken"):
        TypeSchema("Map").convert(Broken())


def test_deep_values_and_lists_that_hold_themselves_do_not_crash():
    loop: list[Any] = []
    loop.append(loop)
    for annotation in (list, Any, list[list], tvm_ffi.Object):
        with pytest.raises(TypeError):
            TypeSchema.from_annotation(annotation).convert(loop)


def test_deep_schemas_do_not_crash():
    schema = TypeSchema("int")
    for _ in range(100_000):
        schema = TypeSchema("Optional", (schema,))
    with pytest.raises(RecursionError):
        schema.convert(5)


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
    assert reason(Optional[Union[int, str]], 1.5) == "expected int | str, got float"


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


@given(
    st.recursive(
        st.integers(-(2**70), 2**70) | st.text() | st.none() | st.floats(allow_nan=False),
        lambda inner: st.lists(inner, max_size=4),
    )
)
def test_any_value_of_an_any_schema_reads_back_equal(value):
    def plain(read):
        return [plain(item) for item in read] if isinstance(read, tvm_ffi.Array) else read

    assert plain(convert(Any, value)) == value


@given(st.lists(st.integers() | st.booleans() | st.floats() | st.text()))
def test_lists_of_integers_accept_exactly_what_integers_accept(values):
    def fits(value):
        return isinstance(value, int) and INT64_MIN <= value <= INT64_MAX

    schema = TypeSchema.from_annotation(list[int])
    if all(map(fits, values)):
        assert list(core._to_py_class_value(schema.convert(values))) == values
    else:
        bad = next(i for i, value in enumerate(values) if not fits(value))
        with pytest.raises(TypeError, match=rf"element \[{bad}\]: "):
            schema.convert(values)


ORIGINS = st.sampled_from([name for name in core._ORIGIN_TO_TYPE_INDEX if name != "Callable"])


def compose(inner):
    pair = st.tuples(inner, inner)
    return st.one_of(
        st.builds(TypeSchema, st.sampled_from(["Array", "List", "list"]), st.tuples(inner)),
        st.builds(TypeSchema, st.sampled_from(["Map", "Dict", "Union", "tuple"]), pair),
        st.builds(TypeSchema, st.just("Optional"), st.tuples(inner)),
    )


SCHEMAS = st.recursive(st.builds(TypeSchema, ORIGINS), compose, max_leaves=6)
ODD_VALUES = [
    None,
    True,
    5,
    -(2**63) - 1,
    1.5,
    "text",
    "cpu",
    "float32",
    "\ud800",
    b"bytes",
    1j,
    len,
    ValueError("x"),
    tvm_ffi.Shape((1,)),
    tvm_ffi.device("cpu"),
    tvm_ffi.dtype("int8"),
    tvm_ffi.Array.__new__(tvm_ffi.Array),
    core.Function.__new__(core.Function),
    core.Tensor.__new__(core.Tensor),
    core.MISSING,
    np.arange(2),
    Unwilling(),
    object(),
]
# By position: some of them cannot be compared or tested for truth.
SCALARS = st.integers(0, len(ODD_VALUES) - 1).map(lambda i: ODD_VALUES[i])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.sampled_from(["k", "a long key", 1, None]), inner, max_size=3),
    ),
    max_leaves=6,
)


def packed(value: Any) -> Any:
    """Return the FFI form of a value, which fields see; None for what has none."""
    try:
        return core._to_py_class_value(core.CAny(value))
    except (TypeError, ValueError):
        return None


@given(SCHEMAS, VALUES)
def test_no_value_crashes_a_schema(schema, value):
    for candidate in (value, packed(value)):
        try:
            result = schema.convert(candidate)
        except (TypeError, UnicodeEncodeError):
            continue
        # What a conversion gives is a fixed point of it.
        read = core._to_py_class_value(result)
        assert schema.convert(read).type_index == result.type_index


def outcome(run: Callable[[], Any]) -> tuple[str, str]:
    """Return the type and text of a result, or why there is none."""
    try:
        value = run()
    except (TypeError, UnicodeEncodeError) as error:
        text = str(error)
        prefix = re.match(r"type conversion failed for [^:]*: ", text)
        return "refused", text[prefix.end() :] if prefix else text
    name = {"String": "str", "Bytes": "bytes"}.get(type(value).__name__, type(value).__name__)
    return name, ADDRESS.sub("ADDRESS", repr(value))


@settings(max_examples=60, deadline=None)  # each example leaves a type behind
@given(SCHEMAS, st.lists(VALUES, min_size=1, max_size=20))
def test_a_field_converts_as_its_schema_does(schema, values):
    cls = py_classes.define([py_classes.field("v", schema, init=False)])
    obj = py_classes.make(cls)

    def assign(value):
        obj.v = value
        return obj.v

    for value in values:
        held = packed(value)
        if held is None:
            continue
        expected = outcome(lambda held=held: core._to_py_class_value(schema.convert(held)))
        assert outcome(lambda held=held: assign(held)) == expected
