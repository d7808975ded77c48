# SPDX-License-Identifier: Apache-2.0
"""Type schemas: from annotations and JSON, their texts, and conversion by them."""

import collections.abc
import ctypes
import decimal
import enum
import fractions
import typing
from typing import Any, Callable, Dict, List, Literal, Optional, Tuple, TypeVar, Union

import numpy as np
import tvm_ffi
import tvm_ffi.testing
from tvm_ffi import core
from tvm_ffi.core import CAny, TypeSchema, _to_py_class_value
from tvm_ffi.testing import TestIntPair, TestObjectBase, TestObjectDerived

T = TypeVar("T")
A = TypeSchema.from_annotation
# Sets of values and annotations that are crossed: every value is converted by every schema.
ANNOTATIONS = {
    "Any": Any,
    "None": None,
    "int": int,
    "float": float,
    "bool": bool,
    "str": str,
    "bytes": bytes,
    "Device": tvm_ffi.Device,
    "dtype": tvm_ffi.dtype,
    "c_void_p": ctypes.c_void_p,
    "Tensor": tvm_ffi.Tensor,
    "Callable": Callable,
    "Object": tvm_ffi.Object,
    "TestIntPair": TestIntPair,
    "TestObjectBase": TestObjectBase,
    "Error": core.Error,
    "list": list,
    "list[int]": typing.List[int],
    "dict": dict,
    "dict[str, int]": typing.Dict[str, int],
    "Array[int]": tvm_ffi.Array[int],
    "Map[str, Any]": tvm_ffi.Map[str, Any],
    "tuple": tuple,
    "tuple[int, str]": typing.Tuple[int, str],
    "tuple[()]": typing.Tuple[()],
    "tuple[float, ...]": typing.Tuple[float, ...],
    "Optional[int]": Optional[int],
    "Union[int, str]": Union[int, str],
    "Union[str, list[int], None]": Union[str, List[int], None],
    "dict[str, list[Optional[int]]]": Dict[str, List[Optional[int]]],
    "Module": tvm_ffi.Module,
}


class Number(enum.IntEnum):
    ONE = 1


class Value:
    def __init__(self, value):
        self.value = value

    def __tvm_ffi_value__(self):
        return self.value


class Itself:
    def __tvm_ffi_value__(self):
        return self


class Cycle:
    def __tvm_ffi_value__(self):
        return Cycle()


class Raises:
    def __tvm_ffi_value__(self):
        raise KeyError("no")


class AsObject:
    def __init__(self, value):
        self.value = value

    def __tvm_ffi_object__(self):
        if self.value is None:
            raise KeyError("no object")
        return self.value


class Convertible(tvm_ffi.core.ObjectConvertible):
    def __init__(self, value):
        self.value = value

    def asobject(self):
        if self.value is None:
            raise KeyError("no object")
        return self.value


class AsInt:
    def __tvm_ffi_int__(self):
        return 7


class AsFloat:
    def __tvm_ffi_float__(self):
        return 7.5


class Stream:
    def __cuda_stream__(self):
        return (0, 16)


class BadIntegral(int):
    pass


VALUES = {
    "None": None,
    "True": True,
    "1": 1,
    "2**63": 2**63,
    "1.5": 1.5,
    "text": "text",
    "long text": "a longer text, beyond seven bytes",
    "cpu": "cpu",
    "float32": "float32",
    "bytes": b"bytes",
    "bytearray": bytearray(b"bytes"),
    "list": [1, 2],
    "list of str": ["a", "b"],
    "nested": {"a": [1, None], "b": [2, "x"]},
    "tuple": (1, "a"),
    "()": (),
    "dict": {"a": 1},
    "int keys": {1: 2},
    "Array": tvm_ffi.Array([1, 2]),
    "List": tvm_ffi.List([1, 2]),
    "Map": tvm_ffi.Map({"a": 1}),
    "Dict": tvm_ffi.Dict({"a": 1}),
    "pair": TestIntPair(1, 2),
    "derived": TestObjectDerived({"a": 1}, [1]),
    "base": TestObjectBase(),
    "len": len,
    "Function": tvm_ffi.get_global_func("testing.echo"),
    "exception": ValueError("x"),
    "Device": tvm_ffi.device("cpu"),
    "dtype": tvm_ffi.dtype("int8"),
    "np.int32": np.int32(5),
    "np.float32": np.float32(0.5),
    "np.bool_": np.bool_(True),
    "np.dtype": np.dtype("int8"),
    "ndarray": np.arange(2, dtype="int8"),
    "c_void_p": ctypes.c_void_p(8),
    "IntEnum": Number.ONE,
    "Fraction": fractions.Fraction(1, 2),
    "Decimal": decimal.Decimal("1.5"),
    "complex": 1j,
    "set": {1},
    "generator": (x for x in [1]),
    "Value(5)": Value(5),
    "Value([1, Value(2)])": Value([1, Value(2)]),
    "Itself": Itself(),
    "Cycle": Cycle(),
    "Raises": Raises(),
    "AsObject(pair)": AsObject(TestIntPair(3, 4)),
    "AsObject raising": AsObject(None),
    "AsObject(5)": AsObject(5),
    "Convertible(pair)": Convertible(TestIntPair(3, 4)),
    "Convertible raising": Convertible(None),
    "Convertible(5)": Convertible(5),
    "AsInt": AsInt(),
    "AsFloat": AsFloat(),
    "Stream": Stream(),
    "MISSING": core.MISSING,
    "class": int,
}


def text(value):
    if isinstance(value, core.CObject) or callable(value):
        return type(value).__name__
    return f"{type(value).__name__}: {value!r}"


def convert_all(schema):
    def attempt(value):
        try:
            return text(_to_py_class_value(schema.convert(value)))
        except Exception as error:
            return type(error).__name__, error.args

    return {name: attempt(value) for name, value in VALUES.items()}


def check_all(schema):
    def attempt(value):
        try:
            return schema.check_value(value)
        except Exception as error:
            return type(error).__name__, error.args

    return {name: attempt(value) for name, value in VALUES.items()}


def schema_case(annotation, action):
    return lambda: action(A(annotation))


for _name, _annotation in ANNOTATIONS.items():
    globals()[f"case_convert_by_{_name}"] = schema_case(_annotation, convert_all)
    globals()[f"case_check_by_{_name}"] = schema_case(_annotation, check_all)
    globals()[f"case_text_of_{_name}"] = schema_case(
        _annotation, lambda s: (repr(s), s.input_repr(), s.to_json())
    )


def round_trip(annotation):
    schema = A(annotation)
    return TypeSchema.from_json_obj(schema.to_json()) == schema


CASES = """
{name: round_trip(annotation) for name, annotation in ANNOTATIONS.items()}
A(Literal[1])
A("int")
A(set)
A(complex)
A(T)
A(object)
A(tvm_ffi.Shape)
A(bytearray)
A(typing.Sequence[int])
A(typing.Mapping[str, int])
A(Tuple)
A(tuple)
A(typing.Annotated[int, "x"])
A(np.ndarray)
A(collections.abc.Callable)
A(Callable[[int, str], None])
A(Callable[[], int])
A(Callable[..., int])
A(tvm_ffi.Function)
A(tvm_ffi.core.String)
A(core.DataType)
A(type("Unregistered", (tvm_ffi.Object,), {}))
A(int | None)
A(Union[int, str, None])
A(Union[int, Union[str, float]])
A(Optional[Optional[int]])
A(list[int]) == A(List[int])
A(tvm_ffi.List[int]) == A(list[int])
A(tvm_ffi.Array[int]) == A(tuple[int, ...])
A(Callable[[], int]) == A(Callable[..., int])
A(int) == A(bool)
A(int) == 5
hash(A(int))
A(tvm_ffi.Array[int, str])
A(tvm_ffi.Map[int])
TypeSchema("int")
TypeSchema("")
TypeSchema(5)
TypeSchema("int", ["x"])
TypeSchema("int", (A(int),))
TypeSchema("Union", (A(int),))
TypeSchema("Optional", ())
TypeSchema("Optional", (A(int), A(str)))
TypeSchema("list", (A(int), A(str)))
TypeSchema("dict", (A(int),))
TypeSchema("Map")
TypeSchema("Array")
TypeSchema("tuple")
TypeSchema("tuple", ())
TypeSchema("tuple", ()) == TypeSchema("tuple")
TypeSchema("Callable", (A(int),))
TypeSchema("Callable", (A(int), A(str)))
TypeSchema("Callable", named_args={"return": (A(int),), "params": ()})
TypeSchema("Callable", named_args={"return": (A(int), A(int))})
TypeSchema("Callable", named_args={"other": (A(int),)})
TypeSchema("Callable", (A(int),), named_args={"return": (A(int),)})
TypeSchema("x", named_args=5)
TypeSchema("x", named_args={"": ()})
TypeSchema("x", named_args={"a": 5})
TypeSchema("x", named_args={"a": (5,)})
TypeSchema("nope").origin_type_index
TypeSchema("nope").check_value(1)
TypeSchema("nope").convert(1)
TypeSchema("testing.TestIntPair").origin_type_index == TestIntPair.__tvm_ffi_type_info__.type_index
TypeSchema.from_json_str('{"type": "int"}')
TypeSchema.from_json_str('{"type": "Variant", "args": [{"type": "int"}, {"type": "ffi.String"}]}')
TypeSchema.from_json_str('{"type": "std::vector", "args": [{"type": "int"}]}')
TypeSchema.from_json_str('{"type": "std::function", "args": [{"type": "int"}, [{"type": "str"}]]}')
TypeSchema.from_json_str('{"type": "ffi.BigInt"}').to_json()
TypeSchema.from_json_str('{"type": "DLTensor*"}')
TypeSchema.from_json_str('{"type": "Tuple", "args": []}')
TypeSchema.from_json_str('{"type": "Tuple"}')
TypeSchema.from_json_str('{"type": "std::array", "args": [{"type": "int"}, 3]}')
TypeSchema.from_json_str('{"type": "x", "fallback": {"type": "int"}}')
TypeSchema.from_json_str('{"type": "x", "fallback": {"type": "int"}}').to_json()
TypeSchema.from_json_str('{"type": "ObjectRValueRef"}')
TypeSchema.from_json_str('{"type": "int", "args": 5}')
TypeSchema.from_json_str('{"typo": "int"}')
TypeSchema.from_json_str('[]')
TypeSchema.from_json_str('{')
TypeSchema.from_json_obj({"type": 5})
TypeSchema.from_json_obj("int")
TypeSchema.from_json_obj({"type": "Callable", "named_args": 5})
TypeSchema.from_json_obj({"type": "Callable", "named_args": {"return": 5}})
TypeSchema.from_json_obj({"type": "Callable", "named_args": {"return": [5]}})
TypeSchema._from_maybe_json('{"type": "int"}')
TypeSchema._from_maybe_json({"type": "int"})
TypeSchema._from_maybe_json(5)
[TypeSchema.from_type_index(i) for i in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, -1, 64, 65, 66, 67, 68, 69, 70, 73, 74, 77)]
TypeSchema.from_type_index(71, (A(int),))
TypeSchema.from_type_index(78).to_json()
A(TestObjectDerived).is_subtype_of(TestObjectBase)
A(TestObjectBase).is_subtype_of(TestObjectDerived)
A(int).is_subtype_of(TestObjectBase)
A(TestObjectBase).is_subtype_of(tvm_ffi.Object)
A(list).is_subtype_of(tvm_ffi.Object)
A(TestObjectBase).is_subtype_of(int)
A(Dict[str, List[int]]).repr(lambda name: name.upper())
A(Optional[int]).repr(lambda name: "x" if name == "Optional" else name)
A(Callable[[int], str]).repr(lambda name: "C" if name == "Callable" else name)
CAny()
CAny(5)
CAny(1.5)
CAny(True)
CAny("x")
CAny("a longer text, beyond seven bytes").type_index
CAny(b"x").type_index
CAny([1, 2])
CAny(1, 2)
CAny(tvm_ffi.device("cpu"))
CAny(1) == CAny(1)
_to_py_class_value(CAny([1]))
_to_py_class_value(CAny("x"))
type(_to_py_class_value(CAny("x")))
_to_py_class_value(5)
[_to_py_class_value(c) for c in [CAny(2**70)] * 2]
core._ORIGIN_NATIVE_LAYOUT
core._ORIGIN_TO_TYPE_INDEX
sorted(core._TYPE_INDEX_TO_ORIGIN.items())
sorted(core._TYPE_SCHEMA_ORIGIN_CONVERTER.items())
core._TYPE_INDEX_TO_RETAINED_TYPE_KEY
core._ConvertError("x").message
core._ConvertError.__mro__
"""


def case_identity_of_unchanged_containers():
    values = [tvm_ffi.Array([1]), tvm_ffi.List([1]), tvm_ffi.Map({"a": 1}), tvm_ffi.Dict({"a": 1})]
    schemas = [A(tvm_ffi.Array[int]), A(List[int]), A(tvm_ffi.Map[str, int]), A(Dict[str, int])]
    return [
        [
            _to_py_class_value(schema.convert(value)).same_as(value)
            for value in values[i // 2 * 2 :][:2]
        ]
        for i, schema in enumerate(schemas)
    ]
