# SPDX-License-Identifier: Apache-2.0
"""Types that Python defines, below the class decorators: methods, refusals, rollback."""

from __future__ import annotations

import py_classes
import pytest
import tvm_ffi
from py_classes import declare, define, field, fields_of, make, schema
from tvm_ffi import core, registry

# ---- methods and type attributes ----------------------------------------------------------------


def test_methods_and_type_attributes_are_registered():
    cls, info = declare()
    info._register_fields([field("x", "int")])
    info._register_py_methods(
        [
            ("double", lambda self: 2 * self.x, False, None),
            ("six", lambda: 6, True, '{"note": 1}'),
            ("__ffi_repr__", lambda self, fn_repr: f"<{self.x}>", False, None),
        ],
        frozenset(["__ffi_repr__"]),
    )
    registry._add_class_attrs(cls, info)
    obj = make(cls, 5)
    assert (obj.double(), cls.six(), repr(obj)) == (10, 6, "<5>")
    assert [(m.name, m.is_static, m.metadata) for m in info.methods] == [
        ("double", False, {}),
        ("six", True, {"note": 1}),
    ]


def test_a_method_must_be_callable():
    _, info = declare()
    info._register_fields([])
    with pytest.raises(TypeError, match="the method 'm' must be callable"):
        info._register_py_methods([("m", 5, False, None)])
    assert info.methods == []


# ---- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ([field("a", "int"), field("a", "int")], RuntimeError, 'Duplicate field name "a" in type'),
        ([field("ok", "int"), field("a", "no.such.type")], TypeError, "unknown TypeSchema origin"),
        ([field("ok", "int"), field(5, "int")], TypeError, "a field name must be a str, got int"),
        ([field("ok", "int"), field("a", "str", default="\ud800")], UnicodeEncodeError, "surrog"),
        ([field("ok", "int"), object()], AttributeError, "_ty_schema"),
        (None, TypeError, "not iterable"),
    ],
)
def test_a_refused_definition_registers_nothing(fields, error, message):
    cls, info = declare()
    with pytest.raises(error, match=message):
        info._register_fields(fields)
    assert info.fields is None
    assert core._read_back_fields(info.type_index) == []
    # The same type can be given its fields after all.
    info._register_fields([field("ok", "int"), field("a", "int")])
    registry._add_class_attrs(cls, info)
    assert make(cls, 1, 2).a == 2


def test_fields_are_registered_once():
    cls = define([])
    info = cls.__tvm_ffi_type_info__
    with pytest.raises(AssertionError) as raised:
        info._register_fields([])
    assert str(raised.value) == f"_register_fields already called for {info.type_key!r}"


def test_types_of_native_code_get_no_fields():
    info = core._lookup_or_register_type_info_from_type_key("testing.TestIntPair")
    count = len(core._read_back_fields(info.type_index))
    with pytest.raises(ValueError, match="was not defined in Python"):
        core._register_fields(info, [field("extra", "int")])
    with pytest.raises(ValueError, match="was not defined in Python"):
        core._register_native_method(info.type_index, "m", "", len, False)
    with pytest.raises(ValueError, match="was not defined in Python"):
        core._finish_fields(info.type_index, 100, 1)
    assert len(core._read_back_fields(info.type_index)) == count


def test_a_structural_kind_is_an_integer():
    _, info = declare()
    with pytest.raises(TypeError, match="^an integer is required$"):
        info._register_fields([], structure_kind="tree")
    assert info.fields is None


# ---- rollback -----------------------------------------------------------------------------------


def test_a_key_can_be_used_again_after_its_fields_were_registered():
    key = py_classes.new_key()
    cls, info = declare(key=key)
    info._register_fields([field("x", "int")])
    registry._add_class_attrs(cls, info)
    survivor = make(cls, 5)
    core._rollback_py_class(info)
    assert core._type_cls_to_type_info(cls) is None
    assert core._object_type_key_to_index(key) is None
    assert key not in list(registry.get_registered_type_keys())

    again_cls, again = declare(key=key)
    again._register_fields([field("y", "str"), field("x", "float")])
    registry._add_class_attrs(again_cls, again)
    assert again.type_index != info.type_index
    obj = make(again_cls, "text", 1)
    assert (obj.y, obj.x) == ("text", 1.0)
    # Objects of the abandoned type live on.
    assert survivor.x == 5
    echoed = tvm_ffi.get_global_func("testing.echo")(survivor)
    assert echoed.x == 5
    assert core._lookup_or_register_type_info_from_type_key(key) is again


def test_a_rollback_before_any_field_gives_the_index_back():
    key = py_classes.new_key()
    _, first = declare(key=key)
    core._rollback_py_class(first)
    _, second = declare(key=key)
    assert first.type_index == second.type_index


def test_a_rollback_after_a_type_attribute_frees_the_key():
    key = py_classes.new_key()
    for _ in range(3):
        _, info = declare(key=key)
        core._register_type_attr(info.type_index, "__ffi_convert__", lambda value: value)
        core._rollback_py_class(info)
    assert core._object_type_key_to_index(key) is None


def test_an_old_description_does_not_touch_the_new_type():
    key = py_classes.new_key()
    _, old = declare(key=key)
    old._register_fields([])
    core._rollback_py_class(old)
    new_cls, new = declare(key=key)
    new._register_fields([])
    core._rollback_py_class(old)
    assert core._object_type_key_to_index(key) == new.type_index
    assert core._type_cls_to_type_info(new_cls) is new
    assert core._lookup_or_register_type_info_from_type_key(key) is new
    with pytest.raises(ValueError, match="is already registered"):
        declare(key=key)


# ---- other classes for the type -----------------------------------------------------------------


def test_another_class_can_be_registered_for_the_key():
    cls = define(
        [
            field("x", "int", default=3, doc="the x"),
            field("l", schema(list[int]), default_factory=list),
        ]
    )
    key = cls.__tvm_ffi_type_info__.type_key

    @tvm_ffi.register_object(key)
    class Other(tvm_ffi.Object):
        pass

    obj = Other(7)
    assert (obj.x, list(obj.l)) == (7, [])
    assert Other.x.__doc__ == "the x"
    x, numbers = fields_of(Other)
    assert (repr(x.ty), repr(numbers.ty)) == ("int", "List[int]")
    assert x.metadata == {"type_schema": {"type": "int"}}
    with pytest.raises(TypeError, match="^expected int, got str$"):
        obj.x = "s"
    assert isinstance(tvm_ffi.get_global_func("testing.echo")(make(cls, 1)), Other)


def test_cxx_fields_have_schemas_too():
    info = core._lookup_or_register_type_info_from_type_key("testing.TestIntPair")
    assert [(f.name, repr(f.ty)) for f in info.fields] == [("a", "int"), ("b", "int")]


def test_descriptions_behave_like_dataclasses():
    import dataclasses

    cls = define([field("x", "int")])
    (described,) = fields_of(cls)
    assert [f.name for f in dataclasses.fields(core.TypeField)][:3] == ["name", "doc", "size"]
    assert repr(described).startswith(
        "TypeField(name='x', doc=None, size=8, alignment=8, offset=24"
    )
    assert [f.name for f in dataclasses.fields(core.TypeInfo)][-1] == "parent_type_info"
    assert len(dataclasses.fields(core.TypeMethod)) == 5
    assert repr(cls.__tvm_ffi_type_info__).startswith("TypeInfo(type_cls=<class")
