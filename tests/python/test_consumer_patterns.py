# SPDX-License-Identifier: Apache-2.0
"""Ways in which published packages use this one, and that must go on working."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import numpy as np
import pytest
import tvm_ffi
from tvm_ffi import _ffi_api, core, registry

echo = tvm_ffi.get_global_func("testing.echo")


@pytest.fixture
def register():
    """Register classes for `testing.TestIntPair`; the one before comes back after the test."""
    key = "testing.TestIntPair"
    index = core._object_type_key_to_index(key)
    before = core._type_index_to_type_info(index)
    before = before.type_cls if before is not None else None
    yield registry.register_object(key)
    if before is not None:
        core._register_object_by_index(index, before)


def run(program):
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (0, ""), result.stderr
    return result.stdout.strip()


# ---- classes ------------------------------------------------------------------------------------


def test_operators_of_objects_are_never_used_by_the_package(register):
    def refuse(self, *args):
        raise AssertionError("the package called an operator of an object")

    @register
    class Expression(tvm_ffi.Object):
        __eq__ = __ne__ = __bool__ = __len__ = __hash__ = __iter__ = __contains__ = refuse

    value = Expression(1, 2)
    assert echo(value).same_as(value)
    assert tvm_ffi.Array([value, value])[0].same_as(value)
    assert tvm_ffi.Map({"k": value})["k"].same_as(value)
    assert _ffi_api.Map(value, 1).get(value, "none") == 1  # as a dict it would need a hash
    assert tvm_ffi.Dict({"k": value}).pop("k").same_as(value)
    assert tvm_ffi.Dict({}).get("k", value) is value
    assert tvm_ffi.convert(lambda x: x)(value).same_as(value)
    assert value.a == 1


def test_attribute_hooks_see_neither_construction_nor_protocols(register):
    asked = []

    @register
    class Hooked(tvm_ffi.Object):
        def __getattr__(self, name):
            asked.append((name, self.__chandle__()))
            raise AttributeError(name)

        def __setattr__(self, name, value):
            raise AssertionError("the package set an attribute")

    value = Hooked(1, 2)
    assert (echo(value).a, tvm_ffi.Array([value])[0].b) == (1, 2)
    assert tvm_ffi.convert(lambda x: x.a)(value) == 1
    assert asked == []


def test_a_body_may_hide_a_field_behind_any_name(register):
    @register
    class Hiding(tvm_ffi.Object):
        a = "mine"

        @property
        def __dict__(self):
            return {"own": self.b}

    assert Hiding(1, 2).a == "mine"
    assert Hiding(1, 2).__dict__ == {"own": 2}


@pytest.mark.parametrize("slots", [("x", "y"), ("__dict__",), ("__dict__", "__weakref__")])
def test_slots_are_added_where_the_base_has_none(slots):
    base = tvm_ffi.Object
    assert (base.__dictoffset__, base.__weakrefoffset__) == (0, 0)
    cls = type(base)("Slotted", (base,), {"__slots__": slots})
    value = cls.__new__(cls)
    value.x = value.y = 1
    assert (value.x, bool(cls.__weakrefoffset__)) == (1, "__weakref__" in slots)


@pytest.mark.parametrize("bases", ["Mixin, tvm_ffi.Object", "tvm_ffi.Object, Mixin"])
def test_mixins_and_class_keywords(register, bases):
    class Mixin:
        __slots__ = ()

        def __init_subclass__(cls, *, flavour=None, **kwargs):
            super().__init_subclass__(**kwargs)
            cls.flavour = flavour

        def double(self):
            return 2 * self.a

    bases = tuple({"Mixin": Mixin, "tvm_ffi.Object": tvm_ffi.Object}[b] for b in bases.split(", "))
    cls = register(type(tvm_ffi.Object)("Mixed", bases, {}, flavour="sweet"))
    cls.added_later = lambda self: self.b
    assert (cls.flavour, cls(3, 4).double(), echo(cls(3, 4)).added_later()) == ("sweet", 6, 4)


def test_a_handle_may_be_taken_from_another_wrapper():
    class Owner(tvm_ffi.Object):
        __slots__ = ("note",)

        def __init__(self, source):
            self.__move_handle_from__(source)
            self.note = "declared slot"

    source = tvm_ffi.Array([1, 2])
    owner = Owner(source)
    assert (source.__chandle__(), owner.note) == (0, "declared slot")
    assert list(echo(owner)) == [1, 2]


def test_a_function_class_with_its_own_state():
    class Kernel(tvm_ffi.Function):
        __call__ = tvm_ffi.Function.__call__

        def __init__(self, function, name):
            self.__move_handle_from__(function)
            self.name = name

    kernel = Kernel(tvm_ffi.convert(lambda x: x + 1), "next")
    assert (kernel(1), kernel.name) == (2, "next")


def test_static_methods_are_called_on_the_class():
    info = core._lookup_or_register_type_info_from_type_key("testing.SchemaAllTypes")
    (method,) = [method for method in info.methods if method.name == "make_with"]
    cls = type("Schema", (tvm_ffi.Object,), {})
    cls.make_with = method.as_callable(cls)
    assert (cls.make_with.__name__, cls.make_with.__qualname__) == ("make_with", "Schema.make_with")
    made = cls.make_with(1, 2.5, "text")
    assert (made.v_int, made.v_float, made.v_string) == (1, 2.5, "text")


def test_module_and_tensor_classes_can_be_replaced_for_good():
    program = """
import numpy as np
import tvm_ffi

@tvm_ffi.register_object("ffi.Module")
class Module(tvm_ffi.Module):
    pass

@tvm_ffi.register_object("ffi.Tensor")
class Tensor(tvm_ffi.core.Tensor):
    __slots__ = ()
    def __repr__(self): return "mine"
    __str__ = __repr__
    def __setitem__(self, key, value): np.from_dlpack(self)[key] = value

tvm_ffi.core._set_class_tensor(Tensor)

class Device(tvm_ffi.core.Device):
    def __device_type_name__(self): return "own"

tvm_ffi.core._set_class_device(Device)
array = np.arange(3)
tensor = tvm_ffi.get_global_func("testing.echo")(array)
tensor[0] = 7
print(type(tvm_ffi.system_lib()).__module__, tensor, array[0], tensor.device, tvm_ffi.device("cpu"))
"""
    assert run(program) == "__main__ mine 7 own:0 own:0"


def test_old_hooks_may_be_assigned():
    program = (
        "import tvm_ffi\n"
        "tvm_ffi.core.__object_repr__ = lambda obj: 'never used'\n"
        "print(repr(tvm_ffi.Array([1])), tvm_ffi.core.__object_repr__(1))"
    )
    assert run(program) == "(1,) never used"


# ---- functions ----------------------------------------------------------------------------------


def test_a_function_is_registered_again_under_its_name():
    name = "test_consumer_patterns.again"
    first = tvm_ffi.register_global_func(name, f=lambda: 1, override=True)
    tvm_ffi.register_global_func(func_name=name, f=first, override=True)
    assert tvm_ffi.get_global_func(name, allow_missing=True).same_as(first)
    tvm_ffi.register_global_func(name, f=lambda: 2, override=True)
    assert tvm_ffi.get_global_func(name)() == 2
    registry.remove_global_func(name)
    assert tvm_ffi.get_global_func(name, allow_missing=True) is None


def test_enum_members_and_numpy_integers_are_ints():
    assert echo(core.DLDeviceType.kDLCUDA) == 2
    assert tvm_ffi.get_global_func("testing.add_one")(np.int32(4)) == 5
    assert tvm_ffi.device(core.DLDeviceType.kDLROCM, np.int64(1)) == tvm_ffi.device("rocm:1")


def test_a_pointer_result_makes_a_capsule():
    pointer = echo(ctypes.c_void_p(0x1234))
    new = ctypes.pythonapi.PyCapsule_New
    new.restype = ctypes.py_object
    new.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    assert 'capsule object "name"' in repr(new(pointer, b"name", None))


def test_functions_lists_and_flags_in_one_call():
    check = tvm_ffi.convert(lambda f, names, flag: (f(names[1]), flag))
    assert list(check(tvm_ffi.convert(str.upper), ["a", "b"], True)) == ["B", True]


@pytest.mark.parametrize(
    "error, call",
    [
        (ValueError, lambda: tvm_ffi.get_global_func("test_consumer_patterns.none")),
        (AttributeError, lambda: tvm_ffi.system_lib().get_function("none")),
        (AttributeError, lambda: tvm_ffi.system_lib()["none"]),
        (KeyError, lambda: tvm_ffi.Map({})["none"]),
        (
            (RuntimeError, OSError),
            lambda: tvm_ffi.libinfo.load_lib_ctypes("x", "none", "RTLD_LOCAL"),
        ),
    ],
)
def test_what_consumers_catch(error, call):
    with pytest.raises(error):
        call()


def test_errors_with_several_bases_are_registered():
    @tvm_ffi.register_error
    class DiagnosticError(ValueError, TypeError):
        pass

    try:
        with pytest.raises(DiagnosticError):
            tvm_ffi.get_global_func("testing.test_raise_error")("DiagnosticError", "text")
    finally:
        del core.ERROR_NAME_TO_TYPE["DiagnosticError"]
        del core.ERROR_TYPE_TO_NAME[DiagnosticError]


def test_an_api_module_is_filled_under_the_testing_namespace():
    program = (
        "import sys, types, tvm_ffi, tvm_ffi.testing\n"
        "sys.modules['own'] = own = types.ModuleType('own')\n"
        "tvm_ffi.init_ffi_api('testing', 'own')\n"
        "print(own.add_one(1), own.add_one.__name__)"
    )
    assert run(program) == "2 add_one"
