# SPDX-License-Identifier: Apache-2.0
"""Enums: declaration, look-up, variants, payloads, attributes, and the state shared with C++."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
import re
import subprocess
import sys
import warnings
from typing import Any, ClassVar, Optional

import pytest
import tvm_ffi
from tvm_ffi import core, structural_equal
from tvm_ffi.dataclasses import (
    Enum,
    EnumAttrMap,
    EnumState,
    IntEnum,
    StrEnum,
    asdict,
    auto,
    entry,
    fields,
    is_dataclass,
    py_class,
)
from tvm_ffi.dataclasses.enum import ENUM_STATE_ATTR, _EnumMeta
from tvm_ffi.serialization import from_json_graph_str, to_json_graph_str

enum_variant_get = tvm_ffi.get_global_func("testing.enum_variant_get")


class Color(Enum, type_key="test_enum.Color"):
    code: int
    label: str = "none"

    RED = entry(code=1)
    BLUE: ClassVar[Color] = entry(code=2, label="sky")

    literal = 5
    _hidden: ClassVar[int]

    def twice(self):
        return 2 * self.code


class Level(IntEnum, type_key="test_enum.Level"):
    weight: int = 2

    LOW = 3
    HIGH: ClassVar[int] = 5
    BELOW = entry(value=-9)
    ALSO_LOW = 3

    def method(self):
        return self.value

    @property
    def prop(self):
        return 1

    @staticmethod
    def static():
        return 2


class Op(StrEnum, type_key="test_enum.Op"):
    ADD = "+"
    MUL: ClassVar[str] = "*"
    SUB = entry(value="-")
    NOP: ClassVar[Any]


def exactly(message):
    return f"^{re.escape(message)}$"


def define(base, key, /, annotations=(), keywords=(), **body):
    """Define an enum named ``Q``."""
    namespace = {"__module__": __name__, "__annotations__": dict(annotations), **body}
    return type(base)("Q", (base,), namespace, type_key=f"test_enum.{key}", **dict(keywords))


# ---- plain enums --------------------------------------------------------------------------------


def test_variants_are_objects_with_fields():
    assert isinstance(Color.RED, Color)
    assert (Color.RED.code, Color.RED.label) == (1, "none")
    assert (Color.BLUE.code, Color.BLUE.label) == (2, "sky")
    assert Color.BLUE.twice() == 4


def test_variants_are_numbered_and_named():
    assert [(each._int_index, each._str_index) for each in Color] == [(0, "RED"), (1, "BLUE")]
    for name in ("name", "value"):
        with pytest.raises(AttributeError, match=f"^'Color' object has no attribute '{name}'$"):
            getattr(Color.RED, name)


def test_the_class_is_a_collection_of_its_variants():
    assert list(Color) == [Color.RED, Color.BLUE]
    assert len(Color) == 2
    assert Color.RED in Color
    assert Level.LOW not in Color
    assert "RED" not in Color
    assert type(Color) is _EnumMeta
    assert issubclass(_EnumMeta, type(tvm_ffi.Object))


def test_other_attributes_stay_as_they_are():
    assert Color.literal == 5
    assert not hasattr(Color, "_hidden")


def test_printing():
    assert repr(Color.RED) == str(Color.RED) == "test_enum.Color.RED"


def test_equality_is_that_of_the_object():
    assert Color.RED == Color.get("RED")
    assert hash(Color.RED) == hash(Color.get("RED"))
    assert Color.RED != Color.BLUE
    assert Color.RED != 0
    assert Color.RED != "RED"


def test_enums_are_dataclasses():
    assert is_dataclass(Color)
    assert [each.name for each in fields(Color)] == ["_int_index", "_str_index", "code", "label"]
    assert [each.name for each in fields(Level)] == ["_int_index", "_str_index", "value", "weight"]
    assert asdict(Color.RED) == {"_int_index": 0, "_str_index": "RED", "code": 1, "label": "none"}
    assert Color.__match_args__ == ("_int_index", "_str_index", "code", "label")


def test_variants_are_frozen_unless_told_otherwise():
    for name in ("code", "_int_index", "_str_index"):
        with pytest.raises(AttributeError, match="^property of 'Color' object has no setter$"):
            setattr(Color.RED, name, 3)

    class Mutable(Enum, type_key="test_enum.Mutable", frozen=False):
        v: int

        A = entry(v=1)

    Mutable.A.v = 5
    assert Mutable.get("A").v == 5
    with pytest.raises(AttributeError):
        Mutable.A._int_index = 3


def test_a_bound_name_without_value_makes_a_variant():
    cls = define(
        StrEnum,
        "Bound",
        {"b": ClassVar[Any], "a": "ClassVar", "c": "ClassVar [int]", "_d": "ClassVar"},
        z="last",
    )
    assert [each.value for each in cls] == ["b", "a", "c", "last"]
    assert not hasattr(cls, "_d")


def test_bound_names_come_before_declarations():
    cls = define(Enum, "Order", {"last": "ClassVar"}, first=auto(), second=entry())
    assert [each._str_index for each in cls] == ["last", "first", "second"]


def test_other_spellings_of_class_var_are_no_binders():
    cls = define(StrEnum, "Spelled", {"a": "tp.ClassVar[int]", "b": "tp.ClassVar[str]"}, b="x")
    assert list(cls) == []
    assert cls.b == "x"
    assert not hasattr(cls, "a")


def test_names_with_underscore_and_annotated_fields_are_no_variants():
    assert list(define(Enum, "Hidden", _a=entry())) == []
    assert list(define(IntEnum, "HiddenInt", _a=3)) == []
    cls = define(IntEnum, "Field", {"b": int}, b=2, a=1)
    assert [each.name for each in cls] == ["a"]
    assert cls.a.b == 2


def test_an_enum_with_its_own_constructor():
    class Own(Enum, type_key="test_enum.Own"):
        x: int

        def __init__(self, half=0, *, _int_index, _str_index):
            cls = type(self)
            cls._int_index.set(self, _int_index)
            cls._str_index.set(self, _str_index)
            cls.x.set(self, 2 * half)

        A = entry(4)
        B: ClassVar[Any]

    assert (Own.A.x, Own.B.x) == (8, 0)
    assert [each._str_index for each in Own] == ["B", "A"]


def test_entries_show_what_they_hold():
    made = entry(1, "x", a=3)
    assert (made.args, made.kwargs) == ((1, "x"), {"a": 3})
    assert repr(made) == "entry(1, 'x', a=3)"
    assert repr(auto()) == repr(entry()) == "entry()"
    assert entry() is not entry()
    assert type(made).__slots__ == ("args", "kwargs")


# ---- look-up ------------------------------------------------------------------------------------


def test_get_by_either_index():
    assert Color.get(0).same_as(Color.RED)
    assert Color.get("BLUE").same_as(Color.BLUE)
    assert Color.get(True).same_as(Color.BLUE)


@pytest.mark.parametrize("index", [9, -1, "GREEN", ""])
def test_unknown_indices(index):
    with pytest.raises(KeyError) as caught:
        Color.get(index)
    assert caught.value.args == (index,)
    with pytest.raises(ValueError, match=exactly(f"{index!r} is not a valid Color")):
        Color(index)


def test_bad_indices():
    for value, name in ((1.5, "float"), (None, "NoneType"), (Color.RED, "Color")):
        message = f"enum index must be int or str, got {name}"
        with pytest.raises(TypeError, match=exactly(message)):
            Color.get(value)
    message = f"enum integer index {2**70} is outside int64"
    for look_up in (Color.get, Color):
        with pytest.raises(OverflowError, match=exactly(message)):
            look_up(2**70)


def test_a_call_of_the_class_finds_variants():
    assert Color(Color.RED) is Color.RED
    assert Color(0).same_as(Color.RED)
    assert Color("BLUE").same_as(Color.BLUE)
    assert str(inspect.signature(Color)) == "(*args: 'Any', **kwargs: 'Any') -> 'Any'"


def test_other_calls_construct_an_object_that_is_not_registered():
    made = Color(_int_index=7, _str_index="q", code=3)
    assert repr(made) == "test_enum.Color.q"
    assert made not in Color
    assert Color(7, "q", 3, "e").label == "e"
    with pytest.raises(TypeError, match="missing required argument: '_int_index'$"):
        Color()
    with pytest.raises(TypeError, match="field '_int_index':"):
        Color(1.5)


def test_all_entries_is_a_snapshot():
    entries = Color.all_entries()
    assert iter(entries) is entries
    assert list(entries) == list(Color)


# ---- payloads -----------------------------------------------------------------------------------


def test_integer_payloads():
    assert [(each.value, each._int_index, each.name) for each in Level] == [
        (3, 3, "LOW"),
        (5, 5, "HIGH"),
        (-9, -9, "BELOW"),
    ]
    assert Level.LOW.weight == 2
    assert Level(5).same_as(Level.HIGH)
    assert Level("HIGH").same_as(Level.HIGH)
    assert (Level.LOW.method(), Level.LOW.prop, Level.static()) == (3, 1, 2)


def test_string_payloads():
    assert [(each.value, each._int_index, each.name) for each in Op] == [
        ("NOP", 0, "NOP"),
        ("+", 1, "+"),
        ("*", 2, "*"),
        ("-", 3, "-"),
    ]
    assert Op("+").same_as(Op.ADD)
    assert Op(1).same_as(Op.ADD)
    with pytest.raises(ValueError, match="^'ADD' is not a valid Op$"):
        Op("ADD")


def test_two_names_of_one_payload_are_one_variant():
    assert Level.ALSO_LOW.same_as(Level.LOW)
    assert Level.ALSO_LOW.name == "LOW"
    # The values of the second name are not looked at.
    cls = define(StrEnum, "Twice", a="v", b=entry(value="v", unknown=3))
    assert cls.b.same_as(cls.a)


def test_variants_with_payload_compare_like_it():
    assert Level.LOW == 3
    assert 3 == Level.LOW
    assert Level.LOW != 4
    assert Level.LOW == Level.get(3)
    assert Op.ADD == "+"
    assert Op.ADD != "*"
    assert define(IntEnum, "One", a=1).a == True  # noqa: E712 - a bool is an int


def test_other_values_are_unequal():
    for variant, other in (
        (Level.LOW, 3.0),
        (Level.LOW, "LOW"),
        (Level.LOW, None),
        (Op.ADD, 1),
        (Op.NOP, Level.LOW),
        (Level.LOW, define(IntEnum, "OtherThree", a=3).a),
    ):
        assert variant.__eq__(other) is NotImplemented
        assert variant.__ne__(other) is NotImplemented
        assert variant != other
        assert not variant == other


def test_variants_with_payload_hash_and_print_like_it():
    assert hash(Level.BELOW) == hash(-9)
    assert hash(Op.ADD) == hash("+")
    assert {3: "x"}[Level.LOW] == "x"
    assert (str(Level.LOW), repr(Level.LOW)) == ("3", "Level.LOW")
    assert (str(Op.ADD), repr(Op.ADD)) == ("+", "Op.+")


def test_there_is_no_order_and_no_conversion():
    with pytest.raises(TypeError, match="^'<' not supported between instances of 'Level' and"):
        Level.LOW < Level.HIGH  # noqa: B015
    with pytest.raises(TypeError, match=r"^int\(\) argument must be"):
        int(Level.LOW)


def test_the_body_may_say_how():
    cls = define(
        IntEnum,
        "Said",
        a=1,
        __repr__=lambda self: "R",
        __str__=lambda self: "S",
        __hash__=lambda self: 5,
        __eq__=lambda self, other: other == "anything",
        name=property(lambda self: "N"),
    )
    assert (repr(cls.a), str(cls.a), hash(cls.a), cls.a.name) == ("R", "S", 5, "N")
    assert cls.a == "anything"
    assert cls.a != 2


def test_a_body_with_equality_alone_is_not_hashable():
    cls = define(IntEnum, "Unhashable", a=1, __eq__=lambda self, other: True)
    with pytest.raises(TypeError, match="^unhashable type: 'Q'$"):
        hash(cls.a)


def test_value_is_read_only():
    with pytest.raises(AttributeError, match="^property of 'Level' object has no setter$"):
        Level.LOW.value = 4


# ---- errors -------------------------------------------------------------------------------------

BAD_DECLARATIONS = [
    (Enum, TypeError, "Q.a: enum indices are inferred", {}, {"a": entry(_int_index=3)}),
    (Enum, TypeError, "Q.a: enum indices are inferred", {}, {"a": entry(_str_index="3")}),
    (IntEnum, TypeError, "Q.a requires a int value", {}, {"a": auto()}),
    (StrEnum, TypeError, "Q.a requires a str value", {}, {"a": auto()}),
    (IntEnum, TypeError, "Q.a value must be int", {}, {"a": True}),
    (IntEnum, TypeError, "Q.a value must be int", {}, {"a": "x"}),
    (IntEnum, TypeError, "Q.a value must be int", {}, {"a": entry(value=1.5)}),
    (StrEnum, TypeError, "Q.a value must be str", {}, {"a": 3}),
    (IntEnum, OverflowError, f"enum integer index {2**63} is outside int64", {}, {"a": 2**63}),
    (IntEnum, TypeError, "Q.a requires an integer value", {"a": ClassVar[Any]}, {}),
    (IntEnum, TypeError, "IntEnum reserves `value` as its canonical index alias", {}, {"value": 3}),
    (
        StrEnum,
        TypeError,
        "StrEnum reserves `value` as its canonical index alias",
        {"value": "str"},
        {},
    ),
    (
        Enum,
        TypeError,
        "Q.a: invalid enum entry: {key}.__ffi_init__() got multiple values for argument "
        "'_int_index'",
        {},
        {"a": entry(3)},
    ),
    (
        Enum,
        TypeError,
        "Q.a: invalid enum entry: {key}.__ffi_init__() got an unexpected keyword argument 'bad'",
        {},
        {"a": entry(bad=3)},
    ),
    (
        Enum,
        TypeError,
        "Q.a: invalid enum entry: {key}.__ffi_init__() missing required argument: 'f'",
        {"f": int},
        {"a": entry()},
    ),
    (
        Enum,
        TypeError,
        "Q.a: invalid enum entry: {key}.__ffi_init__() field 'f':\n  expected int, got str",
        {"f": int},
        {"a": entry(f="x")},
    ),
    (
        StrEnum,
        TypeError,
        "Q.p: invalid enum entry: {key}.__ffi_init__() got an unexpected keyword argument 'bad'",
        {},
        {"a": entry(value="p", bad=1)},
    ),
]


@pytest.mark.parametrize("number", range(len(BAD_DECLARATIONS)))
def test_bad_declarations(number):
    base, kind, message, annotations, body = BAD_DECLARATIONS[number]
    key = f"Bad{number}"
    with pytest.raises(kind, match=exactly(message.format(key=f"test_enum.{key}"))):
        define(base, key, annotations, **body)


def test_a_name_that_is_taken_by_another_payload():
    message = "duplicate enum index in Q.a"
    with pytest.raises(ValueError, match=exactly(message)):
        # "0" is no problem, but the alias of an IntEnum is its string index.
        cls = define(IntEnum, "Taken", a=1)
        type(cls)("Q", (IntEnum,), {"__module__": __name__, "a": 2}, type_key="test_enum.Taken")


def test_other_class_keywords_are_refused():
    message = "Q.__init_subclass__() takes no keyword arguments"
    with pytest.raises(TypeError, match=exactly(message)):
        define(Enum, "Keyword", keywords={"unknown": 1})


def test_bases_cannot_be_constructed():
    for base in (Enum, IntEnum, StrEnum):
        message = (
            f"`{base.__name__}` cannot be constructed directly. "
            "Define a custom __init__ or use a factory method."
        )
        with pytest.raises(TypeError, match=exactly(message)):
            base()


# ---- helpers and inheritance --------------------------------------------------------------------


def test_bases_have_no_variants():
    code = (
        "from tvm_ffi.dataclasses import Enum, IntEnum, StrEnum\n"
        "for base in (Enum, IntEnum, StrEnum):\n"
        "    assert list(base) == [] and len(base) == 0 and len(base.attr_dict) == 0\n"
        "    try:\n"
        "        base.get(0)\n"
        "    except KeyError as error:\n"
        "        assert error.args == (0,)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_class_without_key_lends_its_fields():
    class Helper(Enum):
        z: int

        KEPT = entry(z=1)

    class User(Helper, type_key="test_enum.User"):
        K = entry(z=4)

    assert repr(Helper.KEPT) == "entry(z=1)"
    assert list(Helper) == []
    assert [each._str_index for each in User] == ["K"]
    assert [each.name for each in fields(User)] == ["_int_index", "_str_index", "z"]
    assert User.K.z == 4


def test_helpers_of_payload_enums():
    class Helper(IntEnum):
        def twice(self):
            return 2 * self.value

    class User(Helper, type_key="test_enum.IntUser"):
        A = 4

    assert (User.A.twice(), User.A) == (8, 4)


def test_an_enum_below_another_has_its_own_variants():
    class Lower(Level, type_key="test_enum.Lower"):
        OWN = 50

    assert [each.name for each in Lower] == ["OWN"]
    assert isinstance(Lower.OWN, Level)
    assert Lower.OWN not in Level
    assert Lower.LOW.same_as(Level.LOW)
    assert Lower.OWN.weight == 2


# ---- attributes ---------------------------------------------------------------------------------


@pytest.fixture
def shade():
    """Return an enum without attributes."""

    class Shade(Enum, type_key="test_enum.Shade"):
        DARK = auto()
        LIGHT = auto()

    yield Shade
    Shade.attr_dict.clear()


def test_attributes_are_kept_per_variant(shade):
    cost = shade.def_attr("cost")
    assert isinstance(cost, EnumAttrMap)
    assert cost.name == "cost"
    cost[shade.DARK] = 3
    assert cost[shade.DARK] == 3
    assert shade.DARK in cost
    assert shade.LIGHT not in cost
    assert 3 not in cost
    assert cost.get(shade.LIGHT) is None
    assert cost.get(shade.LIGHT, 5) == 5
    assert cost.get(3, 5) == 5


def test_attributes_belong_to_the_type(shade):
    shade.def_attr("cost")[shade.DARK] = 3
    assert EnumAttrMap(shade, "cost")[shade.DARK] == 3
    assert shade.attr_dict["cost"][shade.DARK] == 3
    assert shade.DARK.attr_dict["cost"][shade.DARK] == 3


def test_attributes_without_value(shade):
    message = "test_enum.Shade.DARK has no extensible attribute 'cost'"
    with pytest.raises(KeyError) as caught:
        shade.def_attr("cost")[shade.DARK]
    assert caught.value.args == (message,)
    with_default = shade.def_attr("cost", default=7)
    assert with_default[shade.DARK] == 7
    assert with_default.get(shade.DARK) is None
    assert shade.DARK not in with_default
    assert len(shade.attr_dict) == 0


def test_none_is_a_value(shade):
    cost = shade.def_attr("cost", default=7)
    cost[shade.DARK] = None
    assert cost[shade.DARK] is None
    assert shade.DARK in cost
    assert cost.get(shade.DARK, 1) is None


@pytest.mark.parametrize("value", [3, "DARK", None, Color.RED])
def test_attributes_of_foreign_values(shade, value):
    cost = shade.def_attr("cost", default=7)
    message = f"expected Shade, got {type(value).__name__}"
    with pytest.raises(TypeError, match=exactly(message)):
        cost[value]
    with pytest.raises(TypeError, match=exactly(message)):
        cost[value] = 1


def test_the_map_has_slots_only():
    assert EnumAttrMap.__slots__ == ("_default", "_enum_cls", "_name")
    with pytest.raises(AttributeError):
        Color.def_attr("x").other = 1


# ---- state --------------------------------------------------------------------------------------


def test_the_state_is_an_attribute_of_the_type():
    assert ENUM_STATE_ATTR == "__ffi_enum__"
    state = core._lookup_type_attr(Color.__tvm_ffi_type_info__.type_index, "__ffi_enum__")
    assert isinstance(state, EnumState)
    assert list(state.entries) == [Color.RED, Color.BLUE]
    assert dict(state.indexes.items()) == {
        0: Color.RED,
        "RED": Color.RED,
        1: Color.BLUE,
        "BLUE": Color.BLUE,
    }
    for old in (
        "__ffi_enum__",
        "__ffi_enum_entries__",
        "__ffi_enum_index_entries__",
        "__ffi_enum_attrs__",
        "__ffi_enum_value_entries__",
        "__ffi_enum_data_from_json_factory__",
    ):
        assert not hasattr(Color, old)


def test_a_new_state_is_empty():
    state = EnumState()
    assert [each.name for each in fields(state)] == ["entries", "indexes", "attrs"]
    assert isinstance(state.entries, tvm_ffi.List)
    assert isinstance(state.indexes, tvm_ffi.Dict)
    assert isinstance(state.attrs, tvm_ffi.Dict)
    assert (len(state.entries), len(state.indexes), len(state.attrs)) == (0, 0, 0)


# ---- variants as values -------------------------------------------------------------------------


def test_a_shallow_copy_is_another_object():
    duplicate = copy.copy(Color.RED)
    assert not duplicate.same_as(Color.RED)
    assert duplicate != Color.RED
    assert not structural_equal(duplicate, Color.RED)
    assert structural_equal(Color.get("RED"), Color.RED)


def test_deep_copies_keep_variants():
    assert copy.deepcopy(Color.RED).same_as(Color.RED)
    assert tvm_ffi.get_global_func("ffi.DeepCopy")([Color.RED])[0].same_as(Color.RED)


@pytest.mark.parametrize("variant", [Color.RED, Level.BELOW, Op.ADD], ids=str)
def test_variants_are_restored_from_text(variant):
    assert from_json_graph_str(to_json_graph_str(variant)).same_as(variant)
    assert pickle.loads(pickle.dumps(variant)).same_as(variant)
    assert from_json_graph_str(to_json_graph_str([variant]))[0].same_as(variant)


def test_the_text_has_the_index():
    for variant, data in ((Color.RED, "RED"), (Level.BELOW, -9), (Op.ADD, "+")):
        key = variant.__tvm_ffi_type_info__.type_key
        graph = json.loads(to_json_graph_str(variant))
        assert graph["nodes"] == [{"type": key, "data": data}]
    unknown = to_json_graph_str(Level.BELOW).replace("-9", "99")
    with pytest.raises(ValueError, match="^Enum `test_enum.Level` has no instance with index 99$"):
        from_json_graph_str(unknown)


@py_class("test_enum.Holder")
class Holder(tvm_ffi.Object):
    level: Level
    op: Op
    maybe: Optional[Level]  # noqa: UP045
    ops: list[Op]
    color: Optional[Color] = None  # noqa: UP045


def test_fields_accept_variants_and_payloads():
    holder = Holder(3, "+", None, ["*", Op.SUB], Color.RED)
    assert holder.level.same_as(Level.LOW)
    assert holder.op.same_as(Op.ADD)
    assert holder.maybe is None
    assert [each.value for each in holder.ops] == ["*", "-"]
    holder.level, holder.maybe = Level.HIGH, 5
    assert holder.level.same_as(Level.HIGH)
    assert holder.maybe.same_as(Level.HIGH)


def test_fields_refuse_unknown_payloads():
    holder = Holder(3, "+", None, [])
    message = "type conversion failed for test_enum.Level: expected test_enum.Level, got int"
    with pytest.raises(TypeError, match=exactly(message)):
        Holder(99, "+", None, [])
    for value in (99, "LOW", None, 3.0):
        with pytest.raises(TypeError, match="expected test_enum.Level, got "):
            holder.level = value
    assert holder.level.same_as(Level.LOW)
    with pytest.raises(TypeError, match="expected test_enum.Op, got "):
        holder.op = 0


# ---- enums of C++ -------------------------------------------------------------------------------


@pytest.fixture
def native():
    """Return a class of a C++ enum, and take back what a test adds to it."""

    class Native(Enum, type_key="testing.TestEnumVariant"):
        Alpha: ClassVar[Any]
        Beta: ClassVar[Any]

    state = core._lookup_type_attr(Native.__tvm_ffi_type_info__.type_index, "__ffi_enum__")
    known = len(state.entries)
    yield Native
    while len(state.entries) > known:
        variant = state.entries.pop()
        del state.indexes[variant._int_index], state.indexes[variant._str_index]


def test_a_class_of_a_native_enum_sees_its_variants(native):
    assert [each._str_index for each in list(native)[:2]] == ["Alpha", "Beta"]
    assert native.Alpha.same_as(enum_variant_get("Alpha"))
    assert isinstance(enum_variant_get("Beta"), native)
    assert native.def_attr("code")[native.Alpha] == 10


def test_python_adds_variants_to_a_native_enum(native):
    class More(Enum, type_key="testing.TestEnumVariant"):
        Gamma = auto()

    assert More.Gamma.same_as(enum_variant_get("Gamma"))
    assert More.Gamma._int_index == len(native) - 1
    assert native.get("Gamma").same_as(More.Gamma)

    class Again(Enum, type_key="testing.TestEnumVariant"):
        Gamma = auto()

    assert Again.Gamma.same_as(More.Gamma)
    assert type(enum_variant_get("Alpha")) is Again


@pytest.mark.parametrize(
    ("kind", "message", "annotations", "body"),
    [
        (
            RuntimeError,
            "'testing.TestEnumVariant' has no enum at string index 'Zeta'",
            {"Zeta": ClassVar[Any]},
            {},
        ),
        (
            TypeError,
            "Q.bad: invalid enum entry: C++-backed enum entries require keyword fields",
            {},
            {"bad": entry(3)},
        ),
        (
            TypeError,
            "Q.bad: invalid enum entry: field 'foo' has no reflected setter",
            {},
            {"good": auto(), "bad": entry(foo=3)},
        ),
    ],
)
def test_a_failed_class_leaves_a_native_enum_as_it_was(native, kind, message, annotations, body):
    before = list(native)
    namespace = {"__module__": __name__, "__annotations__": annotations, **body}
    with pytest.raises(kind, match=exactly(message)):
        type(Enum)("Q", (Enum,), namespace, type_key="testing.TestEnumVariant")
    assert list(native) == before
    with pytest.raises(KeyError):
        native.get("good")


def test_native_payload_enums_take_variants_from_python():
    from tvm_ffi import testing

    assert [each.value for each in testing._TestCxxIntEnum] == [10, 20]
    assert testing._TestCxxIntEnum.low == 10
    assert repr(testing._TestCxxStrEnum.add) == "_TestCxxStrEnum.+"


def test_enums_of_keys_that_have_nothing_to_do_with_enums():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(TypeError):
            type(Enum)(
                "Q",
                (Enum,),
                {"__module__": __name__, "a": auto()},
                type_key="testing.TestUnregisteredBaseObject",
            )


def test_the_bases_are_bound_to_the_native_types():
    for base, key in ((Enum, "ffi.Enum"), (IntEnum, "ffi.IntEnum"), (StrEnum, "ffi.StrEnum")):
        assert base.__tvm_ffi_type_info__.type_key == key
    assert EnumState.__tvm_ffi_type_info__.type_key == "ffi.EnumState"


def test_native_variants_are_enums_before_the_classes_are_imported():
    code = (
        "import tvm_ffi\n"
        "variant = tvm_ffi.get_global_func('testing.enum_variant_get')('Alpha')\n"
        "assert isinstance(variant, tvm_ffi.dataclasses.Enum)\n"
        "assert [each._str_index for each in type(variant)] == ['Alpha', 'Beta']\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
