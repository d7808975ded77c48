# SPDX-License-Identifier: Apache-2.0
"""No input of the package's functions ends the process: each call gives a value or an exception.

This file is also the program that makes the calls: ``python test_no_crash.py GROUP LOG SECONDS``
attacks one group of targets with hostile values and prints how many calls it made. The tests run it
in a process of its own, with ``faulthandler``, so that a crash says where it happened; the name of
the call in progress is left in the file LOG for the same purpose. Targets come in an order that a
fixed seed has shuffled, so that a short run meets some of each kind and a long one all of them.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import importlib
import inspect
import os
import pathlib
import pickle
import pkgutil
import random
import resource
import subprocess
import sys
import time
import warnings

import numpy as np
import pytest
import tvm_ffi
import tvm_ffi.testing
from tvm_ffi import core, registry

MEMORY_LIMIT = 2 << 30  # so that huge sizes fail instead of slowing the machine down

# What may end the process or stop the attack by its definition, with the reason.
SKIPPED = {
    "Function.__from_extern_c__": "takes the address of machine code",
    "Function.__from_mlir_packed_safe_call__": "takes the address of machine code",
    "FunctionFromExternC": "takes the address of machine code",
    "run_check_signal": "sleeps for as many seconds as it is told",
    "_print_debug_info": "prints",
}

# What makes later calls meaningless by its success; attacked after everything else in a process.
REPLACERS = (
    "_set_class_device",
    "_set_class_dtype",
    "_set_class_object",
    "_set_class_tensor",
    "_register_object_by_index",
    "_set_type_cls",
)

# Hooks whose integers are addresses, which nobody can check.
ADDRESS_HOOKS = ("__tvm_ffi_opaque_ptr__", "__cuda_stream__", "__dlpack_c_exchange_api__")

# Submodules that are left out, with the reason.
SKIPPED_MODULES = {
    "tvm_ffi.config": "a command, which ends the process",
    "tvm_ffi.cpp": "runs compilers",
    "tvm_ffi.utils._build_optional_torch_c_dlpack": "needs torch, runs compilers",
    "tvm_ffi.utils.embed_cubin": "runs compilers",
    "tvm_ffi.testing._locking": "waits",
}
SECONDS = 4.0
GROUPS = ("functions", "classes", "globals", "operators", "setters", "replacers")


# ---- hostile values -----------------------------------------------------------------------------


class Raises:
    """Raises from every hook that the argument conversion may try."""

    def __getattr__(self, name):
        raise ZeroDivisionError(name)

    def __index__(self):
        raise ZeroDivisionError

    __len__ = __iter__ = __float__ = __bool__ = __index__
    __hash__ = __index__


def protocol_values(result):
    """Return objects whose protocol hooks give ``result``."""
    hooks = (
        "__tvm_ffi_object__",
        "__tvm_ffi_value__",
        "__tvm_ffi_int__",
        "__tvm_ffi_float__",
        "__tvm_ffi_opaque_ptr__",
        "__dlpack_data_type__",
        "__dlpack_device__",
        "__cuda_stream__",
        "__dlpack__",
        "__dlpack_c_exchange_api__",
        "__index__",
        "__fspath__",
        "asobject",
    )
    values = []
    for hook in hooks:
        if hook in ADDRESS_HOOKS and isinstance(result, int):
            continue
        body = {hook: lambda self, *args, **kwargs: result}
        values.append(type(hook.strip("_"), (), body)())
        values.append(type(hook.strip("_"), (), {hook: result})())
    both = {
        "__dlpack__": lambda self, **kwargs: result,
        "__dlpack_device__": lambda self: (1, 0),
    }
    values.append(type("exporter", (), both)())
    return values


def half_made():
    """Return instances of every class of the package on which ``__init__`` never ran."""
    found = []
    for cls in package_classes():
        with contextlib.suppress(TypeError, ValueError):
            found.append(cls.__new__(cls))
    return found


def nested(levels):
    """Return a list within lists."""
    value = []
    for _ in range(levels):
        value = [value]
    return value


def numbers():
    huge = [2**31, 2**63 - 1, -(2**63), 2**63, 2**64, 10**400, -(10**400)]
    floats = [0.0, 1e308, float("nan"), float("inf")]
    numpy = [np.int8(-1), np.float16(1), np.bool_(True), np.uint64(2**64 - 1), np.complex64(1)]
    return [None, True, 0, 1, -1, 7, *huge, *floats, 1j, *numpy]


def texts():
    text = ["", "a", "a.b", "cpu", "cuda:99999999999", "float32x999999", "int3", "\ud800", "a\0b"]
    data = [b"", b"\0", b"x" * 70, bytearray(b"y"), memoryview(b"abcd")[::2]]
    return [*text, "ä" * 5000, "testing.no_such_function", "ffi.Module", *data]


def containers():
    loop_list: list = []
    loop_list.append(loop_list)
    loop_dict: dict = {}
    loop_dict["self"] = loop_dict
    native_loop = tvm_ffi.List([])
    native_loop.append(native_loop)
    native_dict = tvm_ffi.Dict({})
    native_dict["self"] = native_dict
    plain = [(), [], {}, set(), [1], (1, 2, 3), {"a": 1}, {1: [2]}, {Raises: 1}, range(3)]
    native = [tvm_ffi.Array([1, "x", None]), tvm_ffi.Map({"a": 1}), tvm_ffi.Shape((2, 3))]
    return [*plain, loop_list, loop_dict, nested(50000), native_loop, native_dict, *native]


def arrays():
    base = np.arange(6, dtype="float32")
    readonly = base.copy()
    readonly.flags.writeable = False
    odd = [np.array(1.0), np.zeros((0, 3)), base[::2], base.astype(">f4"), readonly]
    odd += [np.array([object()]), np.zeros(2, dtype="i4,f8"), np.zeros(3, "M8[s]")]
    return [base, *odd, tvm_ffi.from_dlpack(base), base.__dlpack__()]


def others():
    def fail(*args, **kwargs):
        raise LookupError("from the callback")

    nop = tvm_ffi.get_global_func("testing.nop")
    makers = [object, object(), int, tvm_ffi.Object, tvm_ffi.Tensor, fail, nop, len]
    values = [tvm_ffi.device("cpu"), tvm_ffi.dtype("int32"), core.DataType("int8"), core.MISSING]
    error = core.Error("ValueError", "text", "")
    info = core._type_index_to_type_info(0)
    return [*makers, *values, core.KWARGS, error, info, ValueError("x"), sys, Raises(), ...]


def hostile_values():
    """Return one value of each kind that a caller might pass by mistake or by malice."""
    values = [*numbers(), *texts(), *containers(), *arrays(), *others(), *half_made()]
    values.append(tvm_ffi.system_lib("testing."))
    for result in (None, -1, 2**70, "text", (1, 2), (2**40, -(2**40)), object()):
        values += protocol_values(result)
    recursive = type("recursive", (), {"__tvm_ffi_value__": lambda self: self})
    return [*values, recursive(), core.ObjectRValueRef(core.Object.__new__(core.Object))]


# ---- the attack ---------------------------------------------------------------------------------


def is_skipped(name):
    """Tell whether a dotted name, or the end of it, is in ``SKIPPED``."""
    parts = name.split(".")
    return any(".".join(parts[i:]) in SKIPPED for i in range(len(parts)))


class Attack:
    """Makes calls until a deadline and notes the one in progress where a crash leaves it."""

    def __init__(self, seconds, log):
        self.values = hostile_values()
        self.random = random.Random(20240911)
        self.deadline = time.monotonic() + seconds
        self.log = log
        self.calls = 0

    def call(self, name, function, *args, **kwargs):
        """Call once; every exception is a fine answer."""
        if self.log is not None:
            described = ", ".join(f"{type(arg).__name__}#{id(arg):x}" for arg in args)
            os.pwrite(self.log, f"{name}({described})".ljust(400)[:400].encode(), 0)
        self.calls += 1
        try:
            return function(*args, **kwargs)
        except (Exception, pytest.fail.Exception):
            return None

    def shuffled(self, targets):
        """Return targets in the order of this attack."""
        return self.random.sample(targets, len(targets))

    def target(self, name, function, rounds=40):
        """Call one function with wrong counts, each value alone and random combinations."""
        if is_skipped(name) or time.monotonic() > self.deadline:
            return
        self.call(name, function)
        for value in self.values:
            self.call(name, function, value)
        for _ in range(rounds):
            args = self.random.choices(self.values, k=self.random.randint(2, 5))
            self.call(name, function, *args)
        self.call(name, function, *self.values)
        self.call(name, function, unknown_keyword=1)

    def members(self, cls):
        """Call every method of a class with every kind of ``self``, and read its properties."""
        for name, member in vars(cls).items():
            label = f"{cls.__name__}.{name}"
            if name in ("__class__", "__class_getitem__", "__init_subclass__", "__subclasshook__"):
                continue
            if isinstance(member, (staticmethod, classmethod)) or callable(member):
                self.target(label, getattr(cls, name), rounds=25)
            elif inspect.isdatadescriptor(member):
                for value in self.values:
                    self.call(label, member.__get__, value, type(value))


def package_modules():
    """Import and return every module of the package but the skipped ones."""
    names = ["tvm_ffi"]
    names += [info.name for info in pkgutil.walk_packages(tvm_ffi.__path__, "tvm_ffi.")]
    skipped = tuple(SKIPPED_MODULES)
    return [importlib.import_module(name) for name in names if not name.startswith(skipped)]


def members_of(module):
    """Return the names and values of a module, with those that are made on first use."""
    for name in dir(module):
        if not name.startswith("__"):
            yield name, getattr(module, name)


def package_functions():
    """Return every function of the package once, by name."""
    found = {}
    for module in package_modules():
        for name, value in members_of(module):
            if callable(value) and not isinstance(value, type) and name not in REPLACERS:
                found.setdefault(id(value), (f"{module.__name__}.{name}", value))
    return list(found.values())


def package_classes():
    """Return every class of the package once."""
    found = []
    for module in package_modules():
        for _, value in members_of(module):
            if isinstance(value, type) and value.__module__.startswith("tvm_ffi"):
                found.append(value)
    return list(dict.fromkeys(found))


def attack_functions(attack):
    for name, function in attack.shuffled(package_functions()):
        attack.target(name, function)


def attack_classes(attack):
    for cls in attack.shuffled(package_classes()):
        attack.target(cls.__name__, cls)
        attack.members(cls)


def attack_globals(attack):
    for name in attack.shuffled(registry.list_global_func_names()):
        attack.target(name, tvm_ffi.get_global_func(name), rounds=25)


def attack_operators(attack):
    """Use every operator of Python on our objects."""
    ours = [v for v in attack.values if type(v).__module__.startswith("tvm_ffi")]
    unary = (repr, str, hash, len, iter, bool, list, tuple, dict, pickle.dumps, dir, int, float)
    for value in ours:
        for operation in unary:
            attack.call(operation.__name__, operation, value)
        for key in attack.values:
            attack.call("==", lambda a, b: (a == b, a != b), value, key)
            attack.call("<", lambda a, b: a < b, value, key)
            attack.call("+", lambda a, b: a + b, value, key)
            attack.call("in", lambda a, b: b in a, value, key)
            attack.call("[]", lambda a, b: a[b], value, key)
            attack.call("[::]", lambda a, b: a[b:b:b], value, key)
            attack.call("[]=", lambda a, b: a.__setitem__(b, b), value, key)
            attack.call("del", lambda a, b: a.__delitem__(b), value, key)


def attack_setters(attack):
    """Assign every attribute of our objects; give wrappers handles of other types."""
    ours = [v for v in attack.values if isinstance(v, core.CObject)]
    makers = ["ffi.Array", "ffi.Dict", "ffi.Shape", "testing.nop"]
    functions = [tvm_ffi.get_global_func(name) for name in makers]
    echo = tvm_ffi.get_global_func("testing.echo")
    base = np.arange(4.0)
    for cls in package_classes():
        if not issubclass(cls, core.CObject):
            continue
        for function in functions:
            for first in (core.Object.__new__, lambda kind: kind.__new__(kind)):
                wrapper = attack.call("new", first, cls)
                if wrapper is None:
                    continue
                if isinstance(wrapper, core.Tensor):
                    source = tvm_ffi.from_dlpack(base)
                    attack.call("init", wrapper.__init_handle_by_constructor__, echo, source)
                attack.call("init", wrapper.__init_handle_by_constructor__, function)
                use_wrapper(attack, wrapper)
                attack.call("init", wrapper.__init_handle_by_constructor__, echo, "not an object")
                use_wrapper(attack, wrapper)
                for other in ours[:20]:
                    taken = attack.call("echo", echo, other)
                    attack.call("move", wrapper.__move_handle_from__, taken)
                    use_wrapper(attack, wrapper)
    for value in ours:
        for name in dir(type(value)):
            if name in ("__class__", "__dict__"):
                continue
            for new in attack.random.choices(attack.values, k=6):
                attack.call(f"{type(value).__name__}.{name}=", setattr, value, name, new)
            attack.call(f"{type(value).__name__}.{name}", getattr, value, name)


def attack_replacers(attack):
    """Replace classes that the package uses, then use it."""
    classes = [value if type(value) is type else type(value) for value in attack.values]
    for name in REPLACERS:
        attack.target(name, getattr(core, name), rounds=100)
        for cls in dict.fromkeys(classes):
            attack.call(name, getattr(core, name), cls)
            for type_index in (0, 6, *range(64, 78)):
                attack.call(name, getattr(core, name), type_index, cls)
        echo = attack.call("get", tvm_ffi.get_global_func, "testing.echo")
        for value in attack.values:
            attack.call("echo", lambda v, echo=echo: repr(echo(v)), value)
    attack_operators(attack)


def use_wrapper(attack, wrapper):
    """Use an object whose class may not be the one of its handle."""
    cls = type(wrapper)
    for operation in (repr, len, list, hash, bool):
        attack.call(f"{operation.__name__}({cls.__name__})", operation, wrapper)
    for index in (0, -1, "a", slice(0, 1)):
        attack.call(f"{cls.__name__}[]", lambda a, b: a[b], wrapper, index)
    for name in dir(cls):
        if not name.startswith("__"):
            member = attack.call(f"{cls.__name__}.{name}", getattr, wrapper, name)
            if callable(member) and not is_skipped(f"{cls.__name__}.{name}"):
                attack.call(f"{cls.__name__}.{name}()", member)
    if isinstance(wrapper, core.Function):
        attack.call("Function()", wrapper, 1)
    if isinstance(wrapper, core.Tensor):
        attack.call("numpy(Tensor)", np.from_dlpack, wrapper)


def main(group, log, seconds=SECONDS):
    faulthandler.enable()
    faulthandler.dump_traceback_later(float(seconds) + 60, exit=True)
    warnings.simplefilter("ignore")
    if "asan" not in os.environ.get("LD_PRELOAD", ""):  # which reserves the whole address space
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    attack = Attack(float(seconds), os.open(log, os.O_WRONLY | os.O_CREAT))
    globals()[f"attack_{group}"](attack)
    calls = attack.calls
    del attack
    gc.collect()
    if group != "replacers":
        assert tvm_ffi.get_global_func("testing.nop")() is None
    sys.stdout.write(f"calls={calls}\n")


# ---- tests --------------------------------------------------------------------------------------


def run(args, cwd, log=None):
    """Run a program in a process of its own and return its output; a crash fails the test."""
    result = subprocess.run(
        [sys.executable, "-X", "faulthandler", *args],
        cwd=cwd,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=120,
        check=False,
    )
    last = log.read_text(errors="replace").strip() if log is not None else ""
    assert result.returncode == 0, f"rc={result.returncode} in {last}\n{result.stderr[-4000:]}"
    return result.stdout


@pytest.mark.parametrize("group", GROUPS)
def test_hostile_calls_give_a_value_or_an_exception(group, tmp_path):
    log = tmp_path / "last_call"
    work = tmp_path / "work"  # some functions write the file they are told to
    work.mkdir()
    output = run([str(pathlib.Path(__file__).resolve()), group, str(log)], work, log)
    calls = int(output.rsplit("calls=", 1)[1])
    assert calls > 1000


if __name__ == "__main__":
    main(*sys.argv[1:])
