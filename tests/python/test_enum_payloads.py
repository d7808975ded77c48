# SPDX-License-Identifier: Apache-2.0
"""Fields of payload enums take the payload in place of the variant."""

from __future__ import annotations

from typing import Optional

import numpy as np
import pytest
from py_classes import assign, box, define, field, fields_of, schema
from tvm_ffi import core, testing
from tvm_ffi.dataclasses import IntEnum, StrEnum


class Priority(IntEnum, type_key="test_native_fields.Priority"):
    LOW = 1
    HIGH = 20


class Operator(StrEnum, type_key="test_native_fields.Operator"):
    ADD = "+"


def test_fields_that_are_no_enums_take_values_as_they_are():
    (described,) = fields_of(define([field("x", "int")]))
    assert not described._is_payload_enum_field()
    value = object()
    assert described.normalize_value(value) is value


@pytest.mark.parametrize(
    ("annotation", "payload", "variant"),
    [
        (Priority, 20, Priority.HIGH),
        (Priority, True, Priority.LOW),
        (Priority, np.int64(20), Priority.HIGH),
        (Priority, Priority.LOW, Priority.LOW),
        (Optional[Priority], 20, Priority.HIGH),
        (Operator, "+", Operator.ADD),
    ],
)
def test_a_payload_stands_for_its_variant(annotation, payload, variant):
    assert assign(box(annotation), payload).same_as(variant)
    converted = core._to_py_class_value(schema(annotation).convert(payload))
    assert converted.same_as(variant)


@pytest.mark.parametrize(
    ("annotation", "value", "message"),
    [
        (Priority, 5, "expected test_native_fields.Priority, got int"),
        (Priority, "LOW", "expected test_native_fields.Priority, got str"),
        (Priority, 2**63, "integer 9223372036854775808 out of int64 range"),
        (Operator, "ADD", "expected test_native_fields.Operator, got str"),
        (Operator, 0, "expected test_native_fields.Operator, got int"),
    ],
)
def test_a_payload_of_no_variant_is_refused(annotation, value, message):
    (described,) = fields_of(define([field("v", schema(annotation))]))
    assert described._is_payload_enum_field()
    prefix = f"type conversion failed for {schema(annotation)}: "
    for call in (described.normalize_value, lambda v: assign(box(annotation), v)):
        with pytest.raises(TypeError) as raised:
            call(value)
        assert str(raised.value).startswith(prefix + message)


def test_native_fields_take_payloads_through_their_properties():
    holder = testing.testing._TestCxxEnumHolder(10, "+")
    holder.priority = 20
    assert holder.priority.same_as(testing.testing._TestCxxIntEnum.high)
    with pytest.raises(TypeError, match="^type conversion failed for testing.TestCxxIntEnum"):
        holder.priority = 5
    assert holder.priority.same_as(testing.testing._TestCxxIntEnum.high)
