# SPDX-License-Identifier: Apache-2.0
"""Nothing leaks on the hot paths: reference counts are exact and memory stays flat.

Every path makes 10,000 to 200,000 native calls, so that one lost reference per call shows: as a
higher count of the objects that took part, or as growth of the process that is far above what the
allocator moves by itself. ``LEAK_CALLS=1000000`` in the environment makes ten times as many.
"""

from __future__ import annotations

import contextlib
import copy
import gc
import os
import pathlib
import pickle
import sys
import weakref

import numpy as np
import pytest
import tvm_ffi
import tvm_ffi.testing
from tvm_ffi import core, registry

echo = tvm_ffi.get_global_func("testing.echo")
apply = tvm_ffi.get_global_func("testing.apply")
nop = tvm_ffi.get_global_func("testing.nop")
raise_error = tvm_ffi.get_global_func("testing.test_raise_error")
use_count = tvm_ffi.get_global_func("testing.object_use_count")
load = tvm_ffi.load_module_from_bytes
STATM = pathlib.Path("/proc/self/statm")

CALLS = int(os.environ.get("LEAK_CALLS", "100000"))
LONG = "a text that is too long to be stored inline"


def resident_bytes():
    return int(STATM.read_text().split()[1]) * 4096


@pytest.fixture(scope="module", autouse=True)
def ballast():
    """Use up the memory that earlier tests gave back, so that lost objects need new memory."""
    gc.collect()
    chain = None  # not a list, whose own growth would be mistaken for that of the objects
    start = resident_bytes()
    while resident_bytes() < start + (1 << 20):
        for _ in range(10_000):
            chain = (object(), chain)
    return chain


def grown_bytes(action, calls):
    """Return by how much the process grows during ``calls`` calls, after as many to warm up."""
    for _ in range(calls // 10):
        action()
    gc.collect()
    before = resident_bytes()
    for _ in range(calls):
        action()
    gc.collect()
    return resident_bytes() - before


def is_flat(action, calls=CALLS):
    """Tell whether the action keeps less than a byte per call; the smallest leak is 16 bytes.

    The allocator moves by itself now and then, a leak shows every time.
    """
    slack = 48 << 10
    return any(grown_bytes(action, calls) < slack + calls for _ in range(3))


def assert_flat(action, calls=CALLS):
    assert is_flat(action, calls), f"memory grows over {calls} calls"


def test_the_measure_sees_one_lost_object_per_call():
    lost = []
    assert not is_flat(lambda: lost.append(object()), CALLS // 20)


class Value:
    def __tvm_ffi_value__(self):
        return [LONG, 1]


ARRAY = np.arange(4.0)
ARGUMENTS = {
    "none": None,
    "int": 1 << 40,
    "big int": 1 << 90,
    "float": 2.5,
    "short text": "short",
    "long text": LONG,
    "non-ascii text": "ä" * 40,
    "bytes": b"x" * 40,
    "bytearray": bytearray(40),
    "list": [1, LONG, [2.5]],
    "dict": {"a": 1, LONG: [1]},
    "callable": len,
    "opaque": object(),
    "exception": ValueError(LONG),
    "numpy array": ARRAY,
    "tensor": tvm_ffi.from_dlpack(ARRAY),
    "dtype": tvm_ffi.dtype("float32x4"),
    "device": tvm_ffi.device("cpu"),
    "shape": tvm_ffi.Shape((1, 2, 3)),
    "array": tvm_ffi.Array([1, LONG]),
    "map": tvm_ffi.Map({"a": LONG}),
    "function": nop,
    "value protocol": Value(),
}


@pytest.mark.parametrize("kind", ARGUMENTS)
def test_arguments_and_results(kind):
    value = ARGUMENTS[kind]
    count = sys.getrefcount(value)
    # The slow kinds make several objects per call, so fewer calls show a loss as well.
    slow = kind in ("list", "dict", "exception", "value protocol", "numpy array")
    assert_flat(lambda: (echo(value), nop(value)), CALLS // (10 if slow else 2))
    assert sys.getrefcount(value) <= count + 1  # an exception keeps the FFI error made of it
    if isinstance(value, core.CObject):
        assert use_count(value) == (1 if kind != "function" else use_count(nop))


def test_a_failing_conversion_releases_the_arguments_before_it():
    kept, array = object(), tvm_ffi.Array([LONG])
    count = sys.getrefcount(kept)

    def fail():
        with pytest.raises(UnicodeEncodeError):
            echo(kept, LONG, array, [LONG, len], "\ud800")

    assert_flat(fail, CALLS // 20)
    assert sys.getrefcount(kept) == count
    assert use_count(array) == 1


def test_callbacks():
    kept = tvm_ffi.Array([LONG])

    def answer(*args):
        return [args[0], kept]

    callback = tvm_ffi.convert(answer)
    count = sys.getrefcount(answer)
    assert_flat(lambda: callback(LONG, kept, len), CALLS // 2)
    assert_flat(lambda: apply(answer, LONG), CALLS // 2)
    assert sys.getrefcount(answer) == count
    assert use_count(kept) == 1


def test_callbacks_that_raise():
    payload = object()

    def fail(arg):
        raise KeyError(payload)

    callback = tvm_ffi.convert(fail)
    counts = sys.getrefcount(payload), sys.getrefcount(fail)

    def call():
        try:
            callback(LONG)
        except KeyError:
            return
        pytest.fail("no error")

    assert_flat(call, CALLS // 10)
    gc.collect()
    assert (sys.getrefcount(payload), sys.getrefcount(fail)) == counts


def test_native_errors():
    def call():
        try:
            raise_error("ValueError", LONG)
        except ValueError:
            return
        pytest.fail("no error")

    assert_flat(call, CALLS // 10)


def test_tensors_both_ways():
    array = np.arange(8.0)
    tensor = tvm_ffi.from_dlpack(array)
    count = sys.getrefcount(array)

    def exchange():
        tvm_ffi.from_dlpack(array)
        np.from_dlpack(tensor)
        tensor._to_dlpack()
        tensor._to_dlpack_versioned()
        return tensor.shape, tensor.strides, tensor.dtype, tensor.device

    assert_flat(exchange, CALLS // 2)
    assert sys.getrefcount(array) == count
    assert use_count(tensor) == 1


def test_a_tensor_keeps_its_array_alive_and_no_longer():
    array = np.arange(8.0)
    tensor = tvm_ffi.from_dlpack(array)
    alive = weakref.ref(array)
    del array
    assert alive() is not None
    del tensor
    assert alive() is None


def test_reading_containers():
    array = tvm_ffi.Array([1, LONG, tvm_ffi.Array([LONG])])
    mapping = tvm_ffi.Map({LONG: array, "b": 2.5})

    def read():
        return array[1], array[2][0], list(array), array[:2], mapping[LONG], list(mapping.items())

    assert_flat(read, CALLS // 2)
    assert use_count(array) == 2  # the wrapper and the map


def test_writing_containers():
    items = tvm_ffi.List([])
    mapping = tvm_ffi.Dict({})
    value = tvm_ffi.Array([LONG])

    def write():
        items.append(value)
        items.append(LONG)
        items[0] = [LONG]
        items.clear()
        mapping[LONG] = value
        mapping["b"] = LONG
        del mapping[LONG]

    assert_flat(write, CALLS // 10)
    assert use_count(value) == 1


def test_making_containers():
    def make():
        return (
            tvm_ffi.Array([1, LONG]),
            tvm_ffi.List([len]),
            tvm_ffi.Map({1: LONG}),
            tvm_ffi.Dict({LONG: 1}),
            tvm_ffi.Shape((1, 2)),
        )

    assert_flat(make, CALLS // 20)


def test_fields_and_moves():
    array = tvm_ffi.Array([LONG])
    identity = tvm_ffi.convert(lambda value: value)

    def move():
        taken = tvm_ffi.Array([1])
        identity(taken._move())
        wrapper = core.Object.__new__(core.Object)
        wrapper.__move_handle_from__(echo(array))
        return wrapper

    assert_flat(move, CALLS // 10)
    assert use_count(array) == 1


def test_registering_and_looking_up():
    def register():
        tvm_ffi.register_global_func("test_leaks.function", lambda: LONG, override=True)
        return tvm_ffi.get_global_func("test_leaks.function")()

    assert_flat(register, CALLS // 10)
    registry.remove_global_func("test_leaks.function")


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_loading_modules_from_bytes(kind):
    module = tvm_ffi.system_lib("testing.")
    payload = kind(bytes(4096))
    count = sys.getrefcount(payload)
    name = "ffi.Module.load_from_bytes.test_leaks"
    tvm_ffi.register_global_func(name, lambda data: module)
    try:
        gc.collect()  # of modules that other tests left in cycles
        held = use_count(module)
        assert_flat(lambda: load("test_leaks", payload, keep_module_alive=False), CALLS // 10)
        assert sys.getrefcount(payload) == count
        assert use_count(module) == held
        if kind is bytearray:
            payload.clear()  # an export that is still held would refuse
    finally:
        registry.remove_global_func(name)


def test_loaders_that_fail():
    name = "ffi.Module.load_from_bytes.test_leaks"

    def refuse(data):
        raise ValueError("bad image")

    tvm_ffi.register_global_func(name, refuse)
    payload = bytearray(4096)

    def attempt():
        try:
            load("test_leaks", payload)
        except ValueError:
            return
        pytest.fail("no error")

    try:
        assert_flat(attempt, CALLS // 20)
        payload.clear()
    finally:
        registry.remove_global_func(name)


# ---- the rest, each with a path of its own ------------------------------------------------------


@tvm_ffi.dataclasses.py_class("test_leaks.Node")
class Node(tvm_ffi.Object):
    count: int
    label: str
    items: tvm_ffi.List


class Level(tvm_ffi.dataclasses.IntEnum, type_key="test_leaks.Level"):
    LOW = 1


COST = Level.def_attr("cost")
COST[Level.LOW] = LONG


def refuses(error, call, *args):
    with contextlib.suppress(error):
        call(*args)
        pytest.fail("no error")


def fail(value):
    raise RuntimeError(LONG)


def use_a_stream():
    with tvm_ffi.use_raw_stream(tvm_ffi.device("cuda", 1), 5):
        pass


PAIR = tvm_ffi.testing.TestIntPair(1, 2)
NODE = Node(1, LONG, [LONG])
WRAPPED = core.DLTensorTestWrapper(tvm_ffi.from_dlpack(ARRAY))
UNMADE = core.DLTensorTestWrapper.__new__(core.DLTensorTestWrapper)
TAGGED = echo([WRAPPED, [WRAPPED]])
MAP = tvm_ffi.Map({"a": LONG, LONG: 1})
SCHEMA = core.TypeSchema.from_annotation(dict[str, list[int]])
PATHS = {
    "exchange api": lambda: (echo(WRAPPED), nop([WRAPPED, {"k": WRAPPED}])),
    "exchange api, refused": lambda: refuses(ValueError, echo, UNMADE),
    "tagged containers": lambda: (TAGGED[0], TAGGED[1][0], list(TAGGED), nop(TAGGED)),
    "callback with tensor class": lambda: tvm_ffi.convert_func(
        lambda tensor: tensor, tensor_cls=core.DLTensorTestWrapper
    )(WRAPPED),
    "no tensor": lambda: refuses(TypeError, tvm_ffi.from_dlpack, 5),
    "abandoned iterators": lambda: (next(iter(TAGGED)), next(iter(MAP.items()))),
    "views": lambda: (LONG in MAP.keys(), 1 in MAP.values(), (LONG, 1) in MAP.items()),
    "missing key": lambda: refuses(KeyError, MAP.__getitem__, "missing"),
    "index error": lambda: refuses(IndexError, TAGGED.__getitem__, 9),
    "any": lambda: core._to_py_class_value(core.CAny([LONG])),
    "schema": lambda: SCHEMA.convert({LONG: [1]}),
    "schema, refused": lambda: refuses(TypeError, SCHEMA.convert, {LONG: [1, LONG]}),
    "reflected fields": lambda: (PAIR.a, PAIR.sum(), type(PAIR).a.set(PAIR, 1)),
    "reflected field, refused": lambda: refuses(TypeError, type(PAIR).a.set, PAIR, LONG),
    "constructor": lambda: tvm_ffi.testing.TestIntPair(1, 2),
    "constructor, refused": lambda: refuses(TypeError, tvm_ffi.testing.TestIntPair, LONG, 2),
    "data class": lambda: (Node(1, LONG, [1]).items, repr(NODE), hash(NODE), Node(2, "x", [])),
    "data class, fields": lambda: (setattr(NODE, "label", LONG), NODE.label, NODE.items),
    "data class, refused": lambda: refuses(TypeError, Node, LONG, LONG, LONG),
    "copies": lambda: (copy.copy(NODE), copy.deepcopy(NODE), NODE == copy.deepcopy(NODE)),
    "pickles": lambda: pickle.loads(pickle.dumps(MAP)),
    "comparisons": lambda: (MAP == tvm_ffi.Map({"a": 1}), hash(MAP), TAGGED == [1], str(MAP)),
    "structural": lambda: (tvm_ffi.structural_equal(MAP, MAP), tvm_ffi.structural_hash(MAP)),
    "walks": lambda: (
        tvm_ffi.structural_walk(NODE, (int, nop), (object, nop), order="pre"),
        tvm_ffi.structural_walk(NODE, (Node, tvm_ffi.VisitInterrupt)).value,
    ),
    "walk, refused": lambda: refuses(RuntimeError, tvm_ffi.structural_walk, NODE, fail),
    "visits": lambda: tvm_ffi.structural_visit(
        NODE, (Node, lambda node, visitor: visitor.visit(node.items))
    ),
    "maps": lambda: tvm_ffi.structural_map(NODE, (str, lambda value: value + LONG)),
    "map, refused": lambda: refuses(TypeError, tvm_ffi.structural_map, NODE, (int, str)),
    "mutations": lambda: tvm_ffi.structural_mutate(
        NODE, (Node, lambda node, mutator, mode: mutator.default_mutate(node))
    ),
    "structural keys": lambda: {tvm_ffi.StructuralKey(NODE): 1}[tvm_ffi.StructuralKey(NODE)],
    "mismatches": lambda: tvm_ffi.get_first_structural_mismatch(MAP, NODE)[0].to_steps(),
    "enums": lambda: (Level(1), list(Level), COST[Level.LOW], Level.LOW == 1, str(Level.LOW)),
    "enum, refused": lambda: refuses(ValueError, Level, 9),
    "errors as values": lambda: core.Error("ValueError", LONG, LONG).py_error(),
    "functions with attributes": lambda: vars(tvm_ffi.convert(len)).update(note=object()),
    "streams": use_a_stream,
    "dropped without a thread state": core._testing_drop_last_ref_without_thread_state,
}


@pytest.mark.parametrize("path", PATHS)
def test_other_paths(path):
    action = PATHS[path]
    objects = (PAIR, NODE, WRAPPED, UNMADE, TAGGED, MAP)
    counts = [sys.getrefcount(value) for value in objects]
    assert_flat(action, CALLS // 20)
    gc.collect()
    assert [sys.getrefcount(value) for value in objects] == counts
    assert use_count(MAP) == use_count(NODE) == use_count(PAIR) == 1
