# SPDX-License-Identifier: Apache-2.0
"""Enums: classes of registered singletons."""

import copy
import pickle
from typing import ClassVar, Optional

import tvm_ffi
from tvm_ffi import core
from tvm_ffi.dataclasses import (
    Enum,
    EnumAttrMap,
    EnumState,
    IntEnum,
    StrEnum,
    auto,
    entry,
    fields,
    py_class,
)
from tvm_ffi.testing import testing as tt


class Color(Enum, type_key="den.Color"):
    RED: ClassVar = auto()
    GREEN = auto()
    _hidden = 5
    constant = 7


class Op(Enum, type_key="den.Op"):
    code: int
    note: str = "none"
    ADD = entry(code=1)
    SUB = entry(code=2, note="minus")


class Level(IntEnum, type_key="den.Level"):
    LOW = 10
    HIGH = 20
    TOP = 20


class Kind(StrEnum, type_key="den.Kind"):
    A = "alpha"
    B: ClassVar[str] = "beta"


@py_class("den.Holder")
class Holder(tvm_ffi.Object):
    level: Level
    kind: Optional[Kind] = None


def define(base, key, body, annotations=None):
    namespace = {"__annotations__": annotations or {}, "__module__": __name__, **body}
    return type(base)("Defined", (base,), namespace, type_key=key)


CASES = """
list(Color)
len(Color)
Color.RED
Color.GREEN._int_index
Color.GREEN._str_index
Color.RED.name
Color.RED.value
str(Color.RED)
Color.constant
Color("RED")
Color(1)
Color(True)
Color(9)
Color("nope")
Color(2**70)
Color(Color.RED).same_as(Color.RED)
Color.get(0)
Color.get("GREEN")
Color.get(9)
Color.get("nope")
Color.get(1.5)
Color.get(2**70)
Color.get(None)
list(Color.all_entries())
Color.RED in Color
5 in Color
Color.RED == Color.RED
Color.RED == Color.GREEN
Color.RED == 0
hash(Color.RED) == hash(Color.RED)
Color.RED < Color.GREEN
setattr(Color.RED, "_int_index", 5)
setattr(Color.RED, "zz", 5)
copy.copy(Color.RED).same_as(Color.RED)
copy.deepcopy(Color.RED).same_as(Color.RED)
pickle.loads(pickle.dumps(Color.RED)).same_as(Color.RED)
tvm_ffi.serialization.to_json_graph_str(Color.RED)
tvm_ffi.structural_equal(Color.RED, Color.RED)
tvm_ffi.structural_equal(Color.RED, Color.GREEN)
Op.ADD
Op.ADD.code
Op.SUB.note
Op.ADD.note
[f.name for f in fields(Op)]
setattr(Op.ADD, "code", 5)
Level.LOW
str(Level.LOW)
Level.LOW.value
Level.LOW.name
Level.TOP
Level.LOW == 10
Level.LOW == 10.0
Level.LOW == Kind.A
Level.LOW == "LOW"
hash(Level.LOW) == hash(10)
Level(10)
Level("HIGH")
Level(11)
Level.LOW < Level.HIGH
int(Level.LOW)
list(Level)
Kind.A
str(Kind.A)
Kind.A.value
Kind.A.name
Kind.A == "alpha"
Kind("alpha")
Kind("A")
Kind(0)
Kind.A._int_index
hash(Kind.A) == hash("alpha")
Holder(Level.LOW)
Holder(10)
Holder(11)
Holder("LOW")
Holder(10, "beta")
Holder(10, "nope")
Holder(10, 5)
setattr(Holder(10), "level", 12)
Enum()
IntEnum()
StrEnum(5)
list(Enum)
Enum.get(0)
EnumState()
[f.name for f in fields(EnumState)]
define(Enum, "den.one", {"A": entry(_int_index=5)})
define(Enum, "den.two", {"A": entry(5)})
define(IntEnum, "den.three", {"A": auto()})
define(StrEnum, "den.four", {"A": auto()})
define(IntEnum, "den.five", {"A": "x"})
define(IntEnum, "den.six", {"A": True})
define(IntEnum, "den.seven", {"A": 2**70})
define(StrEnum, "den.eight", {"A": 5})
define(IntEnum, "den.nine", {"value": 5})
define(StrEnum, "den.ten", {}, {"value": "int"})
define(StrEnum, "den.eleven", {"A": "B", "B": "A"})
define(Enum, "den.twelve", {"A": 5}).A
define(Enum, "den.thirteen", {}, {"A": "ClassVar[int]"}).A
define(IntEnum, "den.fourteen", {}, {"A": "ClassVar[int]"})
define(Enum, "den.fifteen", {"A": entry(x="s")}, {"x": "int"})
define(Enum, "den.sixteen", {"A": entry(zz=1)})
define(Enum, "den.seventeen", {"A": entry()}, {"x": "int"})
entry(code=2)
entry(1, 2)
auto()
Color.attr_dict
Color.def_attr("cost").name
Color.def_attr("cost", default=5)[Color.RED]
Color.def_attr("cost")[Color.RED]
Color.def_attr("cost")[5]
Color.def_attr("cost").get(Color.RED)
Color.def_attr("cost").get(Color.RED, 8)
Color.RED in Color.def_attr("cost")
5 in Color.def_attr("cost")
tt._TestCxxIntEnum.low
list(tt._TestCxxIntEnum)
tt._TestCxxIntEnum.low.value
list(tt._TestCxxStrEnum)
tt._TestCxxStrEnum.add == "+"
tt._TestCxxEnumHolder(10, "+")
tt._TestCxxEnumHolder(11, "+")
tt._TestCxxEnumHolder(10, "?")
tvm_ffi.testing.enum_variant_get("testing.TestEnumVariant", "Alpha")
"""


def case_attributes_are_columns():
    cost = Color.def_attr("price", default=1)
    before = cost[Color.RED]
    cost[Color.RED] = [1, 2]
    return before, cost[Color.RED], Color.RED in cost, Color.GREEN in cost, Color.attr_dict


def case_abstract_helpers_give_fields():
    class Base(Enum):
        weight: int

    class Heavy(Base, type_key="den.Heavy"):
        A = entry(weight=3)

    return Heavy.A, Heavy.A.weight, [f.name for f in fields(Heavy)]


def case_binding_a_known_key_again():
    class Again(IntEnum, type_key="den.Level"):
        LOW: ClassVar

    return Again.LOW, Again.LOW.same_as(Level.LOW), list(Again)


def case_unknown_binder_of_a_known_key():
    class Again(Enum, type_key="den.Color"):
        PURPLE: ClassVar

    return list(Again)
