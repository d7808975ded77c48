# SPDX-License-Identifier: Apache-2.0
"""What tests of conversion share: how to convert, why not, and values with protocols."""

from __future__ import annotations

import enum
import numbers
from typing import Any

import pytest
import tvm_ffi
from tvm_ffi import core
from tvm_ffi.core import TypeSchema

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
RANGE = "out of int64 range [-9223372036854775808, 9223372036854775807]"
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
