# SPDX-License-Identifier: Apache-2.0
"""Object wrappers, registered classes and reflected members."""

from __future__ import annotations

import copy
import pickle
import sys

import numpy as np
import pytest
import tvm_ffi
from tvm_ffi import core

use_count = tvm_ffi.get_global_func("testing.object_use_count")


@tvm_ffi.register_object("testing.TestIntPair")
class IntPair(tvm_ffi.Object):
    pass


def test_construction_ignores_arguments_and_gives_no_handle():
    obj = core.CObject(1, 2)
    assert obj.__chandle__() == 0
    assert obj.id_ == 0
    assert repr(obj) == "CObject(chandle=None)"
    assert obj.same_as(core.CObject())


def test_equality_and_hash_are_those_of_the_handle():
    a = tvm_ffi.convert([1])
    pair = IntPair(1, 2)
    again = tvm_ffi.get_global_func("testing.echo")(pair)
    assert pair == again
    assert pair is not again
    assert hash(pair) == pair.__chandle__()
    assert pair != IntPair(1, 2)
    assert not pair == 1
    with pytest.raises(TypeError):
        pair < again  # noqa: B015
    assert not a.same_as(1)


def test_not_equal_is_the_negation_of_an_overridden_eq():
    class Always(tvm_ffi.Object):
        def __eq__(self, other):
            return True

        __hash__ = tvm_ffi.Object.__hash__

    assert not Always() != 5


def test_wrappers_own_exactly_one_reference():
    pair = IntPair(1, 2)
    assert use_count(pair) == 1
    again = tvm_ffi.get_global_func("testing.echo")(pair)
    assert use_count(pair) == 2
    del again
    assert use_count(pair) == 1


def test_fields_read_and_methods_call():
    pair = IntPair(3, 4)
    assert (pair.a, pair.b) == (3, 4)
    assert pair.sum() == 7


def test_frozen_fields_are_assigned_with_set_only():
    pair = IntPair(3, 4)
    with pytest.raises(AttributeError):
        pair.a = 5
    IntPair.a.set(pair, 5)
    assert pair.a == 5


def test_fields_check_value_and_receiver():
    pair = IntPair(3, 4)
    with pytest.raises(TypeError, match="Cannot convert from type `ffi.SmallStr` to `int`"):
        IntPair.a.set(pair, "x")
    with pytest.raises(TypeError, match="expected tvm_ffi.core.CObject, got int"):
        IntPair.a.fget(5)
    with pytest.raises(TypeError, match="testing.TestIntPair"):
        IntPair.a.fget(tvm_ffi.convert([1]))
    with pytest.raises(ValueError, match="chandle=None"):
        IntPair.a.fget(IntPair.__new__(IntPair))


def test_constructor_errors_come_from_the_native_side():
    with pytest.raises(TypeError, match="Expected 2 but got 1 arguments"):
        IntPair(1)


def test_classes_without_constructor_refuse():
    with pytest.raises(TypeError, match="`Module` cannot be constructed directly"):
        tvm_ffi.Module()


def test_plain_subclasses_share_the_constructor():
    class Named(IntPair):
        def total(self):
            return self.a + self.b

    assert Named(1, 2).total() == 3


def test_unregistered_types_get_a_class_with_their_members():
    obj = tvm_ffi.get_global_func("testing.make_unregistered_object")()
    assert type(obj).__name__ == "TestUnregisteredObject"
    assert isinstance(obj, tvm_ffi.Object)
    assert (obj.v1, obj.v2) == (41, 42)
    again = tvm_ffi.get_global_func("testing.make_unregistered_object")()
    assert type(again) is type(obj)


def test_slots_are_empty_unless_declared():
    class Plain(tvm_ffi.Object):
        pass

    class Open(tvm_ffi.Object):
        __slots__ = ("__dict__", "__weakref__")

    with pytest.raises(AttributeError):
        Plain().x = 1
    Open().x = 1
    for cls in (core.CObject, tvm_ffi.Object, core.Tensor, tvm_ffi.Array, core.Device):
        assert cls.__dictoffset__ == 0
        assert cls.__weakrefoffset__ == 0


def test_native_types_are_not_objects():
    for cls in (core.Tensor, core.Function, core.Error, core.OpaquePyObject):
        assert not issubclass(cls, tvm_ffi.Object)
        assert issubclass(cls, core.CObject)


def test_abstract_methods_are_enforced():
    from abc import abstractmethod

    class Abstract(tvm_ffi.Object):
        @abstractmethod
        def work(self):
            """Do it."""

    with pytest.raises(TypeError, match="abstract"):
        Abstract()


def test_move_handle_leaves_the_source_empty():
    source, target = IntPair(1, 2), IntPair(3, 4)
    address = source.__chandle__()
    target.__move_handle_from__(source)
    assert target.__chandle__() == address
    assert source.__chandle__() == 0
    assert use_count(target) == 1
    with pytest.raises(TypeError):
        target.__move_handle_from__(3)


def test_init_handle_releases_what_was_held():
    pair = IntPair(1, 2)
    other = tvm_ffi.get_global_func("testing.echo")(pair)
    pair.__init_handle_by_constructor__(tvm_ffi.get_global_func("ffi.Array"), 1)
    assert use_count(other) == 1


@pytest.mark.parametrize("constructor", [None, 3, tvm_ffi.convert([1]), core.CObject()])
def test_init_handle_needs_a_function(constructor):
    with pytest.raises(TypeError):
        tvm_ffi.Object().__init_handle_by_constructor__(constructor)


def test_init_handle_refuses_results_that_are_no_objects():
    with pytest.raises(TypeError, match="not an object"):
        tvm_ffi.Object().__init_handle_by_constructor__(tvm_ffi.convert(lambda: 3))


def test_null_handles_as_arguments_raise():
    with pytest.raises(ValueError, match="CObject"):
        tvm_ffi.get_global_func("testing.echo")(core.CObject())


def test_opaque_objects_hold_one_reference():
    value = object()
    before = sys.getrefcount(value)
    wrapper = core._convert_to_opaque_object(value)
    assert wrapper.pyobject() is value
    assert sys.getrefcount(value) == before + 1
    assert tvm_ffi.get_global_func("testing.echo")(wrapper) is value
    del wrapper
    assert sys.getrefcount(value) == before


def test_register_object_argument_kinds():
    with pytest.raises(ValueError, match="Cannot find object type index for no.such"):
        tvm_ffi.register_object("no.such")(IntPair)
    with pytest.raises(TypeError, match="type_key must be a string, type, or None"):
        tvm_ffi.register_object(3)


def test_register_object_can_skip_unknown_keys(monkeypatch):
    monkeypatch.setattr(tvm_ffi.registry, "_SKIP_UNKNOWN_OBJECTS", True)

    class Unknown(tvm_ffi.Object):
        pass

    assert tvm_ffi.register_object("no.such")(Unknown) is Unknown


def test_larger_class_cannot_replace_a_registered_one():
    class Larger(tvm_ffi.Object):
        __slots__ = ("extra",)

    with pytest.raises(ValueError, match="larger wrapper class"):
        tvm_ffi.register_object("testing.TestIntPair")(Larger)


def test_type_info_describes_the_type():
    # Its own class, since other tests may have registered theirs for the type.
    @tvm_ffi.register_object("testing.TestIntPair")
    class Described(tvm_ffi.Object):
        pass

    info = Described.__tvm_ffi_type_info__
    assert info.type_key == "testing.TestIntPair"
    assert info.type_ancestors == [64]
    assert [field.name for field in info.fields] == ["a", "b"]
    assert info.fields[0].offset == 24
    assert info.total_size == 40
    assert info.parent_type_info.type_key == "ffi.Object"
    assert core._type_cls_to_type_info(Described) is info
    assert core._type_index_to_type_info(info.type_index) is info
    assert core._lookup_or_register_type_info_from_type_key("testing.TestIntPair") is info


def test_type_lookup_of_unknown_keys_and_indices():
    assert core._object_type_key_to_index("no.such") is None
    with pytest.raises(ValueError, match="Cannot find type key: no.such"):
        core._lookup_or_register_type_info_from_type_key("no.such")
    with pytest.raises(ValueError):
        core._register_object_by_index(12345, IntPair)
    assert core._type_index_to_type_info(-5) is None
    assert core._type_index_to_type_info(99999) is None


def test_type_attributes_are_written_once():
    index = IntPair.__tvm_ffi_type_info__.type_index
    core._register_type_attr(index, "__test_attr__", [1, 2])
    assert list(core._lookup_type_attr(index, "__test_attr__")) == [1, 2]
    assert core._lookup_type_attr(64, "__test_attr__") is None
    assert core._lookup_type_attr(64, "__no_such_attr__") is None
    with pytest.raises(RuntimeError, match="already registered"):
        core._register_type_attr(index, "__test_attr__", 3)


def test_missing_is_a_singleton():
    fetched = tvm_ffi.get_global_func("ffi.GetInvalidObject")()
    assert core.MISSING.same_as(fetched)
    assert not core.KWARGS.same_as(fetched)


def test_pickling_without_handle():
    obj = pickle.loads(pickle.dumps(tvm_ffi.Object()))
    assert type(obj) is tvm_ffi.Object
    assert obj.__chandle__() == 0


def test_unknown_attributes_of_core_can_be_assigned():
    core.__object_repr__ = lambda obj: "unused"
    del core.__object_repr__


def test_copy_of_handleless_wrapper():
    assert copy.copy(tvm_ffi.Object()).__chandle__() == 0


def test_cany_owns_a_value():
    assert repr(core.CAny()) == "CAny(None)"
    assert repr(core.CAny(5)) == "CAny(int=5)"
    assert repr(core.CAny(1.5)) == "CAny(float=1.5)"
    assert repr(core.CAny(True)) == "CAny(bool=True)"
    assert repr(core.CAny([1])) == "CAny(object, type_index=71)"
    assert repr(core.CAny("x")) == "CAny(type_index=11)"
    assert core.CAny("x").type_index == 11
    with pytest.raises(TypeError):
        core.CAny(1, 2)
    with pytest.raises(UnicodeEncodeError):
        core.CAny("\ud800")


def test_cany_gives_its_value_repeatedly_and_leaks_nothing():
    pair = IntPair(1, 2)
    holder = core.CAny(pair)
    assert use_count(pair) == 2
    assert core._to_py_class_value(holder) == core._to_py_class_value(holder) == pair
    del holder
    assert use_count(pair) == 1
    assert type(core._to_py_class_value(core.CAny("x"))) is core.String
    assert type(core._to_py_class_value(core.CAny(b"x"))) is core.Bytes
    with pytest.raises(TypeError):
        core._to_py_class_value(5)


@pytest.mark.parametrize(
    "cls", [core.Function, core.Tensor, core.Error, core.OpaquePyObject], ids=lambda c: c.__name__
)
def test_classes_that_read_memory_refuse_objects_of_other_types(cls):
    wrapper = cls.__new__(cls)
    with pytest.raises(TypeError, match=r"cannot hold an object of type `ffi\.Array`"):
        wrapper.__init_handle_by_constructor__(tvm_ffi.get_global_func("ffi.Array"), 1)
    assert wrapper.__chandle__() == 0
    array = tvm_ffi.Array([1])
    with pytest.raises(TypeError, match=r"cannot hold an object of type `ffi\.Array`"):
        wrapper.__move_handle_from__(array)
    assert list(array) == [1]
    with pytest.raises(TypeError, match="cannot hold an object of type"):
        core._register_object_by_index(core._object_type_key_to_index("ffi.Array"), cls)


def test_a_tensor_without_object_has_no_view():
    tensor = tvm_ffi.from_dlpack(np.arange(3))
    with pytest.raises(TypeError):
        tensor.__init_handle_by_constructor__(tvm_ffi.get_global_func("testing.echo"), 1)
    with pytest.raises(ValueError):
        tensor.shape  # noqa: B018


def test_iterators_end_when_the_wrapper_gets_another_object():
    items = iter(tvm_ffi.Map({"a": 1, "b": 2}).items())
    holder = tvm_ffi.Map({"a": 1, "b": 2})
    keys = iter(holder)
    holder.__move_handle_from__(tvm_ffi.Array([1, 2, 3]))
    assert list(keys) == []
    assert list(items) == [("a", 1), ("b", 2)]


def test_the_class_without_constructor_is_named():
    class Step(tvm_ffi.access_path.AccessStep):
        pass

    message = (
        "^`AccessStep` cannot be constructed directly. "
        "Define a custom __init__ or use a factory method.$"
    )
    with pytest.raises(TypeError, match=message):
        Step()
    assert Step.__init__.__qualname__ == "AccessStep.__init__"
    assert Step.__init__.__module__ == "tvm_ffi.access_path"
