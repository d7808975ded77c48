# SPDX-License-Identifier: Apache-2.0
"""Dataclasses leak nothing: memory stays flat however often they are made, used and defined."""

from __future__ import annotations

import copy
import gc
import pathlib
from typing import Any

import pytest
import tvm_ffi
from dataclass_support import define
from tvm_ffi.dataclasses import field, init_property

STATM = pathlib.Path("/proc/self/statm")
LONG = "a text that is too long to be stored inline"

pytestmark = pytest.mark.skipif(not STATM.exists(), reason="needs /proc")


def grown_bytes(action, calls):
    for _ in range(calls):
        action()
    gc.collect()
    before = int(STATM.read_text().split()[1])
    for _ in range(calls):
        action()
    gc.collect()
    return (int(STATM.read_text().split()[1]) - before) * 4096


class Computed(tvm_ffi.Object):
    a: int

    @init_property
    def twice(self) -> int:
        return 2 * self.a

    def __post_init__(self):
        self.a += 1


RECORD = define(
    a=int,
    text=str,
    items=list,
    anything=Any,
    made=list,
    _body={"made": field(default_factory=lambda: [LONG]), "anything": None},
    _options={"eq": True, "order": True, "unsafe_hash": True},
)
COMPUTED = tvm_ffi.dataclasses.py_class("test.dataclass.leaks.Computed")(Computed)
RECORDS = [RECORD(1, LONG, [1, [2]]) for _ in range(2)]


def failing(call):
    def action():
        try:
            call()
        except TypeError:
            return
        raise AssertionError

    return action


ACTIONS = {
    "construct": lambda: RECORD(1, LONG, [1, LONG], {"k": [LONG]}),
    "construct by keywords": lambda: RECORD(a=1, text=LONG, items=(), anything=object()),
    "init property and post init": lambda: COMPUTED(5),
    "read": lambda: (RECORDS[0].text, RECORDS[0].items, RECORDS[0].a),
    "write": lambda: setattr(RECORDS[0], "items", [1, [2]]),
    "compare": lambda: (RECORDS[0] == RECORDS[1], RECORDS[0] != 5, RECORDS[0] <= RECORDS[1]),
    "hash": lambda: hash(RECORDS[0]),
    "repr": lambda: repr(RECORDS[0]),
    "copy": lambda: (copy.copy(RECORDS[0]), copy.deepcopy(RECORDS[0])),
    "replace": lambda: RECORDS[0].__replace__(text=LONG, anything=[LONG]),
    "refused argument": failing(lambda: RECORD("text", LONG, [LONG])),
    "refused value": failing(lambda: setattr(RECORDS[0], "a", LONG)),
    "unknown keyword": failing(lambda: RECORD(1, LONG, [], nothing=LONG)),
}


@pytest.mark.parametrize("name", ACTIONS)
def test_memory_stays_flat(name):
    calls = 5_000
    assert any(grown_bytes(ACTIONS[name], calls) < (48 << 10) + calls for _ in range(3))


def test_a_class_that_failed_is_freed():
    import weakref

    cls = type(tvm_ffi.Object)("Bad", (tvm_ffi.Object,), {"__annotations__": {"x": complex}})
    gone = weakref.ref(cls)
    with pytest.raises(TypeError):
        tvm_ffi.dataclasses.py_class("test.dataclass.leaks.Bad")(cls)
    del cls
    gc.collect()
    assert gone() is None
