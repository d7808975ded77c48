# SPDX-License-Identifier: Apache-2.0
"""Raw payloads in place of the variants of an enum, in schemas and fields."""

import itertools
from typing import Dict, List, Optional, Union

import numpy as np
import tvm_ffi
from tvm_ffi import core
from tvm_ffi.core import TypeSchema
from tvm_ffi.dataclasses import Enum, IntEnum, StrEnum, auto, py_class
from tvm_ffi.testing import testing as tt


class Level(IntEnum, type_key="payloads.Level"):
    LOW = 1
    HIGH = 20


class Kind(StrEnum, type_key="payloads.Kind"):
    A = "alpha"
    B = "beta"


class Plain(Enum, type_key="payloads.Plain"):
    X = auto()


class AsInt:
    def __tvm_ffi_int__(self):
        return 1


class AsValue:
    def __tvm_ffi_value__(self):
        return 20


class Unwilling(int):
    def __index__(self):
        raise ValueError("unwilling")

    __int__ = __index__


@py_class("payloads.Holder")
class Holder(tvm_ffi.Object):
    level: Level
    kind: Optional[Kind] = None
    levels: List[Level] = None
    by_kind: Dict[Kind, Level] = None
    either: Union[Level, Kind, int, str] = 0
    plain: Optional[Plain] = None


ANNOTATIONS = {
    "Level": Level,
    "Kind": Kind,
    "Plain": Plain,
    "IntEnum": IntEnum,
    "Enum": Enum,
    "Optional[Level]": Optional[Level],
    "list[Level]": List[Level],
    "dict[Kind, Level]": Dict[Kind, Level],
    "Level | str": Union[Level, str],
    "int | Level": Union[int, Level],
    "_TestCxxIntEnum": tt._TestCxxIntEnum,
    "_TestCxxStrEnum": tt._TestCxxStrEnum,
}
VALUES = {
    "Level.LOW": Level.LOW,
    "Kind.A": Kind.A,
    "Plain.X": Plain.X,
    "1": 1,
    "True": True,
    "0": 0,
    "20": 20,
    "10": 10,
    "5": 5,
    "2**63": 2**63,
    "1.0": 1.0,
    "None": None,
    "np.int64(1)": np.int64(1),
    "Unwilling": Unwilling(1),
    "AsInt": AsInt(),
    "AsValue": AsValue(),
    "'LOW'": "LOW",
    "'alpha'": "alpha",
    "'A'": "A",
    "'+'": "+",
    "'add'": "add",
    "String": core.String("alpha"),
    "b'alpha'": b"alpha",
    "[1, 20]": [1, 20],
    "[1, 5]": [1, 5],
    "['alpha']": ["alpha"],
    "{'alpha': 1}": {"alpha": 1},
    "{'x': 1}": {"x": 1},
    "{'alpha': 5}": {"alpha": 5},
    "List": tvm_ffi.List([1, 20]),
}


def text(value):
    return type(value).__name__, repr(value)


def attempt(run):
    try:
        return text(run())
    except Exception as error:
        return type(error).__name__, error.args


def case_schemas():
    results = {}
    for (name, annotation), (label, value) in itertools.product(
        ANNOTATIONS.items(), VALUES.items()
    ):
        schema = TypeSchema.from_annotation(annotation)
        results[f"{name} <- {label}"] = attempt(
            lambda s=schema, v=value: core._to_py_class_value(s.convert(v))
        )
    return results


def case_constructor():
    results = {}
    for (label, value), name in itertools.product(VALUES.items(), Holder.__match_args__):
        values = {"level": 1, name: value}
        results[f"{name}={label}"] = attempt(lambda v=values, n=name: getattr(Holder(**v), n))
        if name == "level":
            results[f"positional {label}"] = attempt(lambda v=value: Holder(v).level)
    return results


def case_assignment():
    def assign(name, value):
        obj = Holder(1)
        setattr(obj, name, value)
        return getattr(obj, name)

    def put(name, value):
        obj = Holder(1)
        getattr(Holder, name).set(obj, value)
        return getattr(obj, name)

    results = {}
    for (label, value), name in itertools.product(VALUES.items(), Holder.__match_args__):
        results[f"{name} = {label}"] = attempt(lambda n=name, v=value: assign(n, v))
        results[f"{name}.set {label}"] = attempt(lambda n=name, v=value: put(n, v))
    return results


def case_native_holder():
    def assign(name, value):
        obj = tt._TestCxxEnumHolder(10, "+")
        setattr(obj, name, value)
        return getattr(obj, name)

    results = {}
    for (label, value), name in itertools.product(VALUES.items(), ("priority", "opcode")):
        results[f"{name} = {label}"] = attempt(lambda n=name, v=value: assign(n, v))
        values = {"priority": 10, "opcode": "+", name: value}
        results[f"constructor {name}={label}"] = attempt(
            lambda n=name, v=values: getattr(tt._TestCxxEnumHolder(**v), n)
        )
    return results


def case_normalize():
    results = {}
    for cls in (Holder, tt._TestCxxEnumHolder):
        for field in cls.__tvm_ffi_type_info__.fields:
            results[f"{field.name} is"] = attempt(field._is_payload_enum_field)
            for label, value in VALUES.items():
                results[f"{field.name} {label}"] = attempt(
                    lambda f=field, v=value: f.normalize_value(v)
                )
    return results
