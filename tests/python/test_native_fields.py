# SPDX-License-Identifier: Apache-2.0
"""Fields and methods of types that Python defines, below the class decorators.

The fields live in native memory; assignment converts by the field's schema.
"""

from __future__ import annotations

import ctypes
import enum
import gc
import sys
import threading
from typing import Any, Callable, Optional, Union

import numpy as np
import pytest
import tvm_ffi
from py_classes import assign, box, declare, define, field, fields_of, make, schema
from tvm_ffi import core, registry, testing
from tvm_ffi.core import TypeSchema

use_count = tvm_ffi.get_global_func("testing.object_use_count")


def offsets_of(cls: type) -> list[int]:
    return [f.offset for f in fields_of(cls)]


# ---- layout -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("annotation", "size", "alignment", "static_index"),
    [
        (int, 8, 8, 1),
        (float, 8, 8, 3),
        (bool, 1, 1, 2),
        (ctypes.c_void_p, 8, 8, 4),
        (tvm_ffi.dtype, 4, 2, 5),
        (tvm_ffi.Device, 8, 4, 6),
        (Any, 16, 8, -1),
        (str, 16, 8, -1),
        (bytes, 16, 8, -1),
        (Optional[int], 16, 8, -1),
        (Union[int, str], 16, 8, -1),
        (list[int], 8, 8, 64),
        (tuple, 8, 8, 64),
        (Callable, 8, 8, 64),
        (tvm_ffi.Tensor, 8, 8, 64),
        (tvm_ffi.Object, 8, 8, 64),
        (None, 8, 8, 64),
    ],
)
def test_the_origin_decides_how_a_field_is_stored(annotation, size, alignment, static_index):
    (described,) = fields_of(define([field("v", schema(annotation))]))
    assert (described.size, described.alignment) == (size, alignment)
    assert described.field_static_type_index == static_index
    assert described.ty == schema(annotation)
    assert described.metadata == {"type_schema": schema(annotation).to_json()}


def test_fields_are_placed_like_cxx_members():
    kinds = [bool, tvm_ffi.dtype, bool, tvm_ffi.Device, bool, int, bool]
    base = define([field(f"f{i}", schema(kind)) for i, kind in enumerate(kinds)])
    assert offsets_of(base) == [24, 26, 30, 32, 40, 48, 56]
    assert base.__tvm_ffi_type_info__.total_size == 64
    # The padding at the end of the parent is used.
    child = define([field("b5", "bool"), field("a", "Any")], parent=base)
    assert offsets_of(child) == [57, 64]
    assert child.__tvm_ffi_type_info__.total_size == 80


def test_a_class_without_fields_is_a_header():
    cls = define([])
    assert fields_of(cls) == []
    assert cls.__tvm_ffi_type_info__.total_size == 24
    grandchild = define([field("x", "bool")], parent=define([], parent=cls))
    assert offsets_of(grandchild) == [24]


def test_a_child_of_a_cxx_class_starts_behind_its_reflected_fields():
    parent = testing.testing._TestCxxClassBase
    child = define([field("flag", "bool")], parent=parent)
    assert offsets_of(child) == [36]
    assert child.__tvm_ffi_type_info__.total_size == 40


def test_members_that_are_not_reflected_are_not_overlapped():
    parent = tvm_ffi.StructuralVisitor
    size = core._native_total_size(core._type_cls_to_type_info(parent).type_index)
    child = define([field("flag", "bool")], parent=parent)
    assert offsets_of(child)[0] >= size > 24


# ---- values -------------------------------------------------------------------------------------

STORED = [
    (int, 5, 5),
    (int, True, 1),
    (int, np.int32(5), 5),
    (float, 1, 1.0),
    (float, float("inf"), float("inf")),
    (bool, 5, True),
    (str, "short", "short"),
    (str, "longer than seven", "longer than seven"),
    (str, "a\0b\u00e9", "a\0b\u00e9"),
    (bytes, bytearray(b"data"), b"data"),
    (tvm_ffi.dtype, "float32", "float32"),
    (tvm_ffi.dtype, np.dtype("int8"), "int8"),
    (tvm_ffi.Device, "cuda:1", tvm_ffi.device("cuda:1")),
    (list[int], [1, 2], [1, 2]),
    (list[int], (1, 2), [1, 2]),
    (dict[str, int], {"a": 1}, {"a": 1}),
    (tuple[int, str], (1, "a"), [1, "a"]),
    (Optional[int], None, None),
    (Optional[int], 5, 5),
    (Union[float, int], 1, 1.0),
    (Union[bool, int], 5, True),
    (Any, 2**70, 2**70),
    (None, None, None),
]


@pytest.mark.parametrize(("annotation", "value", "expected"), STORED, ids=str)
def test_an_assigned_value_reads_back(annotation, value, expected):
    read = assign(box(annotation), value)
    if isinstance(read, (tvm_ffi.List, tvm_ffi.Array)):
        read = list(read)
    if isinstance(read, tvm_ffi.Dict):
        read = dict(read.items())
    assert read == expected
    assert not isinstance(expected, (bool, float)) or type(read) is type(expected)


@pytest.mark.parametrize(
    ("annotation", "value", "message"),
    [
        (int, "s", "expected int, got str"),
        (int, None, "expected int, got None"),
        (int, 2**63, "integer 9223372036854775808 out of int64 range"),
        (float, "s", "expected float, got str"),
        (bool, "s", "expected bool, got str"),
        (str, 5, "expected str, got int"),
        (bytes, memoryview(b"x"), "expected bytes, got memoryview"),
        (tvm_ffi.dtype, 5, "expected dtype, got int"),
        (Optional[tvm_ffi.Device], 5, "expected Device, got int"),
        (ctypes.c_void_p, 5, "expected ctypes.c_void_p, got int"),
        (list[int], 5, "expected List, got int"),
        (list[int], [1, "a"], r"element \[1\]: expected int, got str"),
        (dict[str, int], {4: 4}, "key 4: expected str, got int"),
        (tuple[int, int], (1, 2, 3), "expected tuple of length 2, got Array of length 3"),
        (Callable, "s", "expected Callable, got str"),
        (Union[int, str], 1.5, r"expected int \| str, got float"),
        (None, 0, "expected None, got int"),
    ],
    ids=str,
)
def test_a_refused_value_leaves_the_field_as_it_was(annotation, value, message):
    obj = box(annotation)
    before = obj.v
    with pytest.raises(TypeError, match=f"^{message}"):
        obj.v = value
    assert repr(obj.v) == repr(before)


def test_unassigned_fields_are_zero():
    zeros = [(int, 0), (float, 0.0), (bool, False), (str, None), (Any, None), (list, None)]
    for annotation, zero in zeros:
        assert box(annotation).v == zero


def test_a_list_keeps_its_identity_only_if_it_fits_as_it_is():
    numbers = tvm_ffi.List([1, 2])
    assert assign(box(list[int]), numbers).same_as(numbers)
    assert assign(box(list), numbers).same_as(numbers)
    assert not assign(box(list[float]), numbers).same_as(numbers)
    assert not assign(box(list[int]), tvm_ffi.Array([1, 2])).same_as(numbers)
    short = tvm_ffi.List(["a"])
    assert not assign(box(list[str]), short).same_as(short)


def test_any_fields_hold_whatever_can_be_marshaled():
    payload = {1, 2}
    assert assign(box(Any), payload) is payload
    assert isinstance(assign(box(Any), [1]), tvm_ffi.Array)
    assert isinstance(assign(box(Any), len), tvm_ffi.Function)
    assert isinstance(assign(box(Any), ValueError("x")), core.Error)
    assert isinstance(assign(box(Any), np.arange(2)), tvm_ffi.Tensor)


def test_functions_can_be_called_from_fields():
    assert assign(box(Callable[[int], int]), lambda x: x + 1)(5) == 6


def test_pointers_read_back():
    assert assign(box(ctypes.c_void_p), ctypes.c_void_p(16)).value == 16
    assert assign(box(ctypes.c_void_p), None).value is None


def test_fields_of_a_type_take_its_instances_only():
    target = define([])
    holder = define([field("v", schema(target), init=False)])
    value = make(target)
    obj = make(holder)
    assert assign(obj, value).same_as(value)
    key = target.__tvm_ffi_type_info__.type_key
    with pytest.raises(
        TypeError, match=f"^expected {key}, got {holder.__tvm_ffi_type_info__.type_key}"
    ):
        obj.v = obj
    assert obj.v.same_as(value)


def test_types_may_refer_to_each_other():
    first_cls, first = declare()
    second_cls, second = declare()
    first._register_fields(
        [field("other", TypeSchema("Optional", (TypeSchema(second.type_key),)), default=None)]
    )
    second._register_fields([field("other", TypeSchema(first.type_key))])
    for cls, info in ((first_cls, first), (second_cls, second)):
        registry._add_class_attrs(cls, info)
    a = make(first_cls)
    b = make(second_cls, a)
    a.other = b
    assert b.other.other.same_as(b)
    a.other = None


# ---- constructors and defaults ------------------------------------------------------------------


def test_constructor_errors_name_the_field():
    cls = define([field("x", "int"), field("y", "int", default="bad")])
    key = cls.__tvm_ffi_type_info__.type_key
    with pytest.raises(TypeError) as raised:
        make(cls, "s")
    assert str(raised.value) == f"{key}.__ffi_init__() field 'x':\n  expected int, got str"
    with pytest.raises(TypeError) as raised:
        make(cls, 1)
    assert str(raised.value) == (
        f"{key}.__ffi_init__() default for field 'y':\n  expected int, got str"
    )


def test_defaults_are_converted_for_each_object():
    calls = []

    def factory():
        calls.append(1)
        return [3]

    shared = tvm_ffi.List([1])
    cls = define(
        [
            field("own", schema(list[int]), default=[1]),
            field("shared", schema(list[int]), default=shared),
            field("made", schema(list[int]), default_factory=factory),
        ]
    )
    a, b = make(cls), make(cls)
    assert not a.own.same_as(b.own)
    assert a.shared.same_as(shared)
    assert b.shared.same_as(shared)
    assert len(calls) == 2
    make(cls, [1], [1], [1])
    assert len(calls) == 2
    own, _, made = fields_of(cls)
    assert (own.c_default, own.c_default_factory) == ([1], core.MISSING)
    assert (made.c_default, made.c_default_factory) == (core.MISSING, factory)


def test_an_exception_of_a_factory_keeps_its_kind():
    def factory():
        raise KeyError("boom")

    cls = define([field("x", "int", default_factory=factory)])
    with pytest.raises(KeyError, match="boom"):
        make(cls)


# ---- flags --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "attribute", "value"),
    [
        ("init", "c_init", False),
        ("repr", "c_repr", False),
        ("hash", "c_hash", False),
        ("compare", "c_compare", False),
        ("kw_only", "c_kw_only", True),
        ("frozen", "frozen", True),
        ("structural_eq", "c_structural_eq", "ignore"),
        ("structural_eq", "c_structural_eq", "def-pattern"),
        ("structural_eq", "c_structural_eq", "def-simple"),
        ("doc", "doc", "What it is."),
    ],
)
def test_options_are_read_back(option, attribute, value):
    plain, chosen = fields_of(define([field("a", "int"), field("b", "int", **{option: value})]))
    assert getattr(chosen, attribute) == value
    assert getattr(plain, attribute) != value


def test_def_means_def_pattern():
    cls = define([field("a", "int", structural_eq="def")])
    (native,) = core._read_back_fields(cls.__tvm_ffi_type_info__.type_index)
    assert native.c_structural_eq == "def-pattern"


def test_frozen_fields_are_set_through_the_descriptor_only():
    cls = define([field("x", "int", frozen=True)])
    obj = make(cls, 1)
    with pytest.raises(AttributeError):
        obj.x = 2
    cls.x.set(obj, True)
    assert obj.x == 1
    with pytest.raises(TypeError, match="^expected int, got str$"):
        cls.x.set(obj, "s")


@pytest.mark.parametrize(
    ("kind", "has_metadata"), [(None, False), (0, False), (1, True), (5, True)]
)
def test_only_types_with_a_structural_kind_have_metadata(kind, has_metadata):
    info = define([field("x", "int")], structure_kind=kind).__tvm_ffi_type_info__
    assert info._has_type_metadata is has_metadata
    assert info.total_size == 32


# ---- wrappers without object, references, threads ------------------------------------------------


def test_a_wrapper_without_object_has_no_fields():
    cls = define([field("x", "int")])
    empty = cls.__new__(cls)
    with pytest.raises(ValueError, match="has no object behind it"):
        empty.x  # noqa: B018
    with pytest.raises(ValueError, match="has no object behind it"):
        empty.x = 1


def test_fields_hold_exactly_one_reference():
    payload = object()
    before = sys.getrefcount(payload)
    values = tvm_ffi.List([1])
    obj, objects = box(list[int]), box(Any)
    for _ in range(100):
        obj.v = values
        objects.v = payload
        for bad in ("s", ["s"], payload):
            with pytest.raises(TypeError):
                obj.v = bad
    del bad
    assert use_count(values) == 2
    assert sys.getrefcount(payload) == before + 1
    obj.v = []
    objects.v = None
    gc.collect()
    assert use_count(values) == 1
    assert sys.getrefcount(payload) == before


def test_objects_release_their_fields():
    values = tvm_ffi.List([1])
    cls = define([field("v", schema(list)), field("w", "Any")])
    for _ in range(100):
        make(cls, values, values)
        with pytest.raises(TypeError):
            make(cls, values)
        with pytest.raises(TypeError):
            make(cls, values, values, values)
    gc.collect()
    assert use_count(values) == 1


def test_converters_live_as_long_as_their_fields():
    cls = define([field("v", schema(list[tuple[int, str]]), init=False)])
    info = cls.__tvm_ffi_type_info__
    for described in info.fields:
        described.ty = None
    gc.collect()
    obj = make(cls)
    assert list(assign(obj, [(1, "a")])[0]) == [1, "a"]


def errors_of_threads(work: Callable[[int], None]) -> list[BaseException]:
    """Run ``work`` with its number on each of eight threads; return what they raised."""
    errors = []

    def run(number):
        try:
            work(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def test_fields_are_assigned_from_many_threads():
    obj = box(Optional[list[int]])

    def work(seed):
        for i in range(2000):
            obj.v = [seed, i] if i % 3 else None
            value = obj.v
            assert value is None or len(value) == 2

    assert errors_of_threads(work) == []


def test_objects_are_constructed_from_many_threads_without_the_gil():
    cls = define(
        [
            field("a", "int"),
            field("b", schema(list[int])),
            field("c", schema(dict[str, Optional[int]])),
            field("d", schema(Union[tvm_ffi.Device, str])),
        ]
    )
    create = core._lookup_type_attr(cls.__tvm_ffi_type_info__.type_index, "__ffi_init__")
    assert create.release_gil

    def work(seed):
        for i in range(500):
            obj = create(seed, [seed, i], {"k": None, "i": i}, "cpu" if i % 2 else "other")
            assert (obj.a, list(obj.b), obj.c["i"]) == (seed, [seed, i], i)
            assert obj.d == (tvm_ffi.device("cpu") if i % 2 else "other")
            with pytest.raises(TypeError, match="element"):
                create(seed, [seed, "x"], {}, "cpu")

    assert errors_of_threads(work) == []


class Level(enum.IntEnum):
    LOW = 1


def test_standard_enums_are_their_values():
    assert assign(box(int), Level.LOW) == 1
