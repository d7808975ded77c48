# SPDX-License-Identifier: Apache-2.0
"""Conversion of random values by random schemas."""

from __future__ import annotations

import re
from typing import Any, Callable

import numpy as np
import py_classes
import pytest
import tvm_ffi
from hypothesis import given, settings
from hypothesis import strategies as st
from schema_support import INT64_MAX, INT64_MIN, Unwilling, convert
from tvm_ffi import core
from tvm_ffi.core import TypeSchema

ADDRESS = re.compile(r"0x[0-9a-f]+|\d{10,}")


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
