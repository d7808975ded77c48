# SPDX-License-Identifier: Apache-2.0
"""Functions, callbacks, errors, the registry and modules."""

import copy
import functools
import pathlib
import pickle

import numpy as np
import tvm_ffi
import tvm_ffi.testing
from tvm_ffi import core, registry

echo = tvm_ffi.get_global_func("testing.echo")
apply = tvm_ffi.get_global_func("testing.apply")
raise_error = tvm_ffi.get_global_func("testing.test_raise_error")


class Custom(ValueError):
    pass


class TwoArguments(Exception):
    def __init__(self, first, second):
        super().__init__(first, second)


class Plain:
    def __call__(self, value=5):
        return value

    def method(self, value):
        return [value]


def raising(error):
    def run(*args):
        raise error

    return run


def registered(name, f, **options):
    try:
        return tvm_ffi.register_global_func(name, f, **options)
    finally:
        tvm_ffi.remove_global_func(name)


class Movable(tvm_ffi.core.ObjectConvertible):
    def __init__(self, value):
        self.value = value

    def asobject(self):
        return self.value


class FfiObject:
    def __init__(self, value):
        self.value = value

    def __tvm_ffi_object__(self):
        return self.value


CASES = """
type(echo(len))
echo(len)([1, 2])
echo(lambda x: x + 1)(1)
echo(Plain())()
echo(Plain().method)(3)
echo(Plain)().__class__.__name__
echo(functools.partial(max, 3))(5)
echo(np.float32)(2.5)
echo(echo).same_as(echo)
tvm_ffi.convert(echo).same_as(echo)
apply(lambda *args: list(args), 1, "a", None, 2.5)
apply(lambda: None)
apply(lambda x: x, [1, [2]])
apply(lambda x: x, "a longer text, beyond seven bytes")
apply(lambda x: type(x).__name__, [1])
apply(lambda x: type(x).__name__, {"a": 1})
apply(lambda x: type(x).__name__, echo)
apply(lambda x: type(x).__name__, 2**70)
apply(lambda x: x, Plain)
apply(5)
apply()
apply(None)
apply(lambda x: x)
apply(lambda: "\\ud800")
apply(raising(ValueError("message")))
apply(raising(ValueError("a", "b")))
apply(raising(ValueError()))
apply(raising(KeyError("k")))
apply(raising(Custom("x")))
apply(raising(TwoArguments(1, 2)))
apply(raising(OSError(2, "gone")))
apply(raising(StopIteration("x")))
apply(raising(NotImplementedError("x")))
apply(raising(KeyboardInterrupt("x")))
apply(raising(SystemExit(3)))
apply(raising(UnicodeDecodeError("utf-8", b"x", 0, 1, "bad")))
apply(raising(MemoryError("x")))
apply(raising(AssertionError("x")))
apply(raising(AttributeError("x")))
apply(raising(ZeroDivisionError("x")))
apply(raising(RecursionError("x")))
apply(lambda: 1 / 0)
apply(lambda: [][0])
apply(lambda: {}["x"])
raise_error("ValueError", "message")
raise_error("NoSuchKind", "message")
raise_error("OSError", "message")
raise_error("", "")
raise_error("KeyError", "k")
raise_error("StopIteration", "k")
raise_error(5, "x")
raise_error("ValueError")
core.Error("ValueError", "message", "backtrace").kind
core.Error("ValueError", "message", "backtrace").message
core.Error("ValueError", "message", "backtrace").backtrace
core.Error("ValueError", "message", "backtrace").extra_context
core.Error("ValueError", "message", "backtrace")
core.Error("ValueError", "message", "").py_error()
core.Error("Nope", "message", "").py_error()
core.Error("ValueError", "message")
core.Error(1, 2, 3)
core.Error("a", "b", "c").__reduce__()[1]
pickle.loads(pickle.dumps(core.Error("a", "b", "c"))).message
isinstance(core.Error("a", "b", "c"), tvm_ffi.Object)
echo(ValueError("x"))
echo(ValueError("x")).kind
echo(KeyError("x")).message
echo(Custom("x")).kind
type(echo(KeyboardInterrupt("x")))
core._convert_to_ffi_error(ValueError("x")).backtrace
sorted(core.ERROR_NAME_TO_TYPE)
sorted(core.ERROR_TYPE_TO_NAME.values())
tvm_ffi.error._parse_backtrace('  File "a.py", line 3, in f\\n  junk\\n  File "b.cc", line 12, in g(int)\\n')
tvm_ffi.error._parse_backtrace("")
tvm_ffi.error._traceback_to_backtrace_str(None)
echo(1, a=2)
echo.release_gil
setattr(echo, "x", 5)
echo.__dict__
type(core.Function.__mro__)
core.Function.__mro__
core.CObject.__mro__
core.Object.__mro__
pickle.dumps(echo)
copy.copy(echo).__class__
repr(echo)
echo == tvm_ffi.get_global_func("testing.echo")
hash(echo) == hash(tvm_ffi.get_global_func("testing.echo"))
echo < echo
bool(echo)
len(echo)
core.CObject()
core.CObject(1, 2).__chandle__()
core.Object()
core.CObject() == core.CObject()
hash(core.CObject())
core.CObject().same_as(5)
core.CObject().__ctypes_handle__().value
core.Object().__getstate__()
core.MISSING
core.KWARGS
type(core.MISSING)
echo(core.MISSING) is core.MISSING
echo(core.MISSING).same_as(core.MISSING)
pickle.dumps(core.MISSING)
core.ObjectRValueRef(5)
echo(core.ObjectRValueRef(5))
echo(Movable(tvm_ffi.Array([1])))
echo(FfiObject(tvm_ffi.Array([1])))
echo(FfiObject(5))
core.ObjectConvertible().asobject()
core._convert_to_opaque_object([1, 2]).pyobject()
type(core._convert_to_opaque_object(5))
repr(core._convert_to_opaque_object(5))
echo(core._convert_to_opaque_object("x"))
type(echo(object()))
core.ByteArrayArg("x")
type(core.ByteArrayArg(b"x"))
registered("differential.f", lambda x: x + 1)(2)
registered("differential.f", 5)
type(registered("differential.f", len))
registered("differential.f", echo).same_as(echo)
tvm_ffi.register_global_func("testing.echo", len)
tvm_ffi.register_global_func(5, len)
tvm_ffi.register_global_func(5)
tvm_ffi.register_global_func(None)
tvm_ffi.get_global_func("differential.none")
tvm_ffi.get_global_func("differential.none", allow_missing=True)
tvm_ffi.get_global_func(5)
tvm_ffi.remove_global_func("differential.none")
tvm_ffi.get_global_func_metadata("differential.none")
sorted(tvm_ffi.get_global_func_metadata("testing.schema_id_int"))
tvm_ffi.get_global_func_metadata("testing.schema_id_map_str_int")
"testing.echo" in registry.list_global_func_names()
tvm_ffi.init_ffi_api("differential", "no_such_module")
list(registry.get_registered_type_keys())[:14]
sorted(k for k in registry.get_registered_type_keys() if k.startswith(('ffi.', 'testing.')))
tvm_ffi.register_object(5)
tvm_ffi.register_object("differential.None")(type("A", (tvm_ffi.Object,), {}))
core._object_type_key_to_index("ffi.Array")
core._object_type_key_to_index("nope")
core._object_type_key_to_index(5)
core._lookup_or_register_type_info_from_type_key("nope")
core._lookup_or_register_type_info_from_type_key("ffi.Array").type_ancestors
core._type_cls_to_type_info(tvm_ffi.Array).type_key
core._type_cls_to_type_info(int)
core._type_index_to_type_info(10**6)
core._lookup_type_attr(71, "__ffi_convert__") is None
core._lookup_type_attr(71, "nope")
core._register_type_attr(64, "__ffi_convert__", 5)
tvm_ffi.load_module("foo")
tvm_ffi.load_module("foo.bar")
tvm_ffi.load_module(pathlib.Path("/nonexistent/foo.bar"))
tvm_ffi.load_module(5)
tvm_ffi.load_module(b"foo.so")
tvm_ffi.system_lib().kind
tvm_ffi.system_lib("testing.").same_as(tvm_ffi.system_lib("testing."))
tvm_ffi.system_lib().get_function("nope")
tvm_ffi.system_lib().nope
tvm_ffi.system_lib()["nope"]
tvm_ffi.system_lib()[5]
tvm_ffi.system_lib()()
tvm_ffi.system_lib().implements_function("nope")
tvm_ffi.system_lib().imports
tvm_ffi.system_lib().get_property_mask()
tvm_ffi.system_lib().is_runnable()
tvm_ffi.system_lib().is_binary_serializable()
tvm_ffi.system_lib().get_write_formats()
tvm_ffi.system_lib().write_to_file("x.so")
tvm_ffi.system_lib().inspect_source()
tvm_ffi.system_lib().get_function_metadata("nope")
tvm_ffi.system_lib().get_function_doc("nope")
tvm_ffi.system_lib().import_module(5)
tvm_ffi.Module()
pickle.dumps(tvm_ffi.system_lib())
repr(tvm_ffi.system_lib())
list(tvm_ffi.module.ModulePropertyMask)
tvm_ffi.convert_func(len, tensor_cls=int)
tvm_ffi.testing.make_unregistered_object()
tvm_ffi.testing.make_unregistered_object().v1
tvm_ffi.testing.make_unregistered_object().v2
type(tvm_ffi.testing.make_unregistered_object()).__mro__[1:]
type(tvm_ffi.testing.make_unregistered_object()).__module__
type(tvm_ffi.testing.make_unregistered_object()).__doc__
tvm_ffi.testing.object_use_count(tvm_ffi.Array([1]))
"""


def case_error_identity_is_kept_across_boundaries():
    seen = []

    def inner():
        try:
            raise_error("ValueError", "deep")
        except ValueError as error:
            seen.append(error.__tvm_ffi_error__)
            raise

    try:
        apply(inner)
    except ValueError as error:
        seen.append(error.__tvm_ffi_error__)
    return seen[0].same_as(seen[1]), seen[1].message


def case_moved_references():
    x = tvm_ffi.convert([1, 2])
    counts = apply(lambda value: tvm_ffi.testing.object_use_count(value), x._move())
    return counts, x.__chandle__(), repr(x)


def case_errors_register_by_name_and_class():
    @tvm_ffi.register_error
    class DifferentialError(RuntimeError):
        pass

    try:
        raise_error("DifferentialError", "x")
    except DifferentialError as error:
        return type(error).__name__, error.args


def case_global_functions_can_be_overridden():
    tvm_ffi.register_global_func("differential.g", lambda: 1)
    try:
        tvm_ffi.register_global_func("differential.g", lambda: 2, override=True)
        return tvm_ffi.get_global_func("differential.g")()
    finally:
        tvm_ffi.remove_global_func("differential.g")
