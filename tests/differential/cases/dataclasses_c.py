# SPDX-License-Identifier: Apache-2.0
"""``c_class``: classes of types that C++ registered, and the helpers for dataclasses."""

import copy
import inspect
import pickle
import warnings

import tvm_ffi
import tvm_ffi.testing as t
from tvm_ffi import dataclasses as d
from tvm_ffi.testing import testing as tt

CLASSES = [
    t.TestObjectBase,
    t.TestObjectDerived,
    t.TestIntPair,
    t.TestObjectPtrHolder,
    t.TestNonCopyable,
    t.TestCompare,
    t.TestHash,
    t.TestCustomHash,
    t.TestCustomCompare,
    t.TestEqWithoutHash,
    tt._TestCxxClassBase,
    tt._TestCxxClassDerived,
    tt._TestCxxClassDerivedDerived,
    tt._TestCxxInitSubset,
    tt._TestCxxKwOnly,
    tt._TestCxxAutoInit,
    tt._TestCxxAutoInitSimple,
    tt._TestCxxAutoInitAllInitOff,
    tt._TestCxxAutoInitKwOnlyDefaults,
    tt._TestCxxAutoInitParent,
    tt._TestCxxAutoInitChild,
]


def parameters(cls):
    return [
        (p.name, p.kind.name, p.default is not p.empty)
        for p in inspect.signature(cls.__init__).parameters.values()
    ]


def field_facts(field):
    names = "name frozen init repr hash compare kw_only structural_eq doc".split()
    facts = [getattr(field, name) for name in names]
    return [*facts, field.default is not d.MISSING, str(field._ty_schema)]


def case_signatures():
    return {cls.__name__: parameters(cls) for cls in CLASSES}


def case_match_args():
    return {cls.__name__: getattr(cls, "__match_args__", None) for cls in CLASSES}


def case_fields():
    return {cls.__name__: [field_facts(f) for f in d.fields(cls)] for cls in CLASSES}


def case_attributes():
    # Which of the fixtures pytest must not collect is their own affair.
    hidden = ("__module__", "__doc__", "__slots__", "__test__")
    internal = ("_abc", "__abstract", "__annot", "__param")

    def names(cls):
        return sorted(n for n in vars(cls) if n not in hidden and not n.startswith(internal))

    return {cls.__name__: names(cls) for cls in CLASSES}


def case_missing_annotations_warn():
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")

        @d.c_class("testing.TestIntPair")
        class Pair(tvm_ffi.Object):
            a: int

    return [str(w.message) for w in seen]


def derived(**kw):
    return tt._TestCxxClassDerived(1, 2, 3.5, **kw)


def changed(obj, name, value):
    setattr(obj, name, value)
    return obj


CASES = """
t.TestIntPair(1, 2)
t.TestIntPair(1)
t.TestIntPair(1, 2, 3)
t.TestIntPair(a=1, b=2)
t.TestIntPair("x", 2)
t.TestIntPair(1, 2).a
t.TestIntPair(1, 2).sum()
t.TestIntPair(1, 2).nope
changed(t.TestIntPair(1, 2), "a", 5)
changed(t.TestIntPair(1, 2), "zzz", 5)
t.TestIntPair.a
t.TestIntPair.a.set
t.TestIntPair(1, 2) == t.TestIntPair(1, 2)
copy.copy(t.TestIntPair(1, 2))
copy.deepcopy(t.TestIntPair(1, 2))
d.replace(t.TestIntPair(1, 2), a=9)
d.replace(t.TestIntPair(1, 2), zz=9)
d.replace(t.TestIntPair(1, 2), a="x")
d.replace(5)
pickle.loads(pickle.dumps(t.TestIntPair(1, 2)))
t.TestObjectBase()
t.TestObjectBase(1, 2.5, "x")
t.TestObjectBase(v_str="y")
t.TestObjectBase(1, 2, 3, 4)
t.TestObjectBase(zz=1)
t.TestObjectBase(1, v_i64=2)
t.TestObjectBase("x")
t.TestObjectBase().add_i64(5)
changed(t.TestObjectBase(), "v_i64", 7)
changed(t.TestObjectBase(), "v_i64", "x")
changed(t.TestObjectBase(), "v_f64", 7)
changed(t.TestObjectBase(), "v_str", "new")
t.TestObjectDerived({"a": 1}, [1])
t.TestObjectDerived({"a": 1})
t.TestObjectDerived(5, [1])
t.TestObjectPtrHolder(t.TestObjectBase())
t.TestObjectPtrHolder(None)
t.TestObjectPtrHolder(t.TestObjectBase(), None)
t.TestObjectPtrHolder(t.TestIntPair(1, 2))
copy.copy(t.TestNonCopyable(1))
copy.deepcopy(t.TestNonCopyable(1))
t.TestNonCopyable(1)
derived()
derived(v_f32=1)
derived() == derived()
derived() != derived()
derived() < derived(v_f32=9)
derived() <= derived()
derived() < 5
derived() == 5
hash(derived()) == hash(derived())
derived() == t.TestIntPair(1, 2)
tt._TestCxxClassDerivedDerived(1, 2, 3.0, True)
tt._TestCxxClassDerivedDerived(1, 2, 3.0, True) == derived()
tt._TestCxxClassDerivedDerived(1, 2, 3.0, True) < derived()
tt._TestCxxClassBase(1, 2)
tt._TestCxxClassBase(1, 2).v_i64
tt._TestCxxClassBase.not_field_1
tt._TestCxxInitSubset(5)
tt._TestCxxInitSubset(5, 6)
tt._TestCxxInitSubset(5, optional_field=6)
tt._TestCxxKwOnly(x=1, y=2, z=3)
tt._TestCxxKwOnly(1, 2, 3)
tt._TestCxxKwOnly(x=1, y=2)
tt._TestCxxKwOnly(x=1, y=2, z=3, w=4)
tt._TestCxxKwOnly()
tt._TestCxxAutoInit(1, c=3)
tt._TestCxxAutoInit(1, 2, c=3)
tt._TestCxxAutoInit(1, c=3, b=4)
tt._TestCxxAutoInit(1)
tt._TestCxxAutoInitAllInitOff()
tt._TestCxxAutoInitAllInitOff(1)
tt._TestCxxAutoInitKwOnlyDefaults(1, k_required=2)
tt._TestCxxAutoInitChild(1, 2, child_kw_only=3)
tt._TestCxxAutoInitChild(1, 2, 3, child_kw_only=4)
tt._TestCxxAutoInitChild(1, 2)
tt._TestCxxNoAutoInit()
hasattr(tt._TestCxxNoAutoInit, "__ffi_init__")
t.TestCustomHash(1, "x") == t.TestCustomHash(1, "x")
tvm_ffi._ffi_api.RecursiveEq(t.TestCompare(1, "a", 2), t.TestCompare(1, "a", 3))
tvm_ffi._ffi_api.RecursiveEq(t.TestCompare(1, "a", 2), t.TestCompare(1, "b", 2))
tvm_ffi._ffi_api.RecursiveLt(t.TestCompare(1, "a", 2), t.TestCompare(2, "a", 2))
tvm_ffi._ffi_api.RecursiveLt(t.TestIntPair(1, 2), t.TestCompare(2, "a", 2))
tvm_ffi._ffi_api.RecursiveHash(t.TestEqWithoutHash(1, "a"))
tvm_ffi._ffi_api.RecursiveHash(t.TestHash(1, "a", 2)) == tvm_ffi._ffi_api.RecursiveHash(t.TestHash(1, "a", 3))
tvm_ffi._ffi_api.RecursiveEq(t.TestCustomCompare(1, "a"), t.TestCustomCompare(1, "b"))
d.is_dataclass(t.TestIntPair)
d.is_dataclass(t.TestIntPair(1, 2))
d.is_dataclass(tvm_ffi.Array)
d.is_dataclass(5)
d.fields(5)
d.fields(tvm_ffi.Array)
d.asdict(t.TestObjectDerived({"a": [1]}, [t.TestIntPair(1, 2), "x"]))
d.astuple(t.TestObjectDerived({"a": [1]}, [t.TestIntPair(1, 2), "x"]))
d.asdict(t.TestIntPair)
d.asdict(5)
d.astuple(5)
d.asdict(t.TestIntPair(1, 2), dict_factory=list)
d.astuple(t.TestIntPair(1, 2), tuple_factory=list)
d.c_class("differential.nope")(type("A", (tvm_ffi.Object,), {}))
d.c_class(5)(type("A", (tvm_ffi.Object,), {}))
d.field(default=1, default_factory=int)
d.field(default_factory=5)
d.field(default_factory=None)
d.field(structural_eq="nope")
d.field(structural_eq="def").structural_eq
d.field(x=1, y=2).extra_kwargs
d.field().hash, d.field().compare, d.field().kw_only, d.field().init
d.Field().hash, d.Field().compare, d.Field().kw_only
d.Field("x", None, default=3).default
d.field(metadata={"a": 1}).metadata
d.field(doc="text").doc
setattr(d.field(), "zz", 1)
sorted(d.Field.__slots__)
sorted(map(str, d.Field._VALID_STRUCTURAL_EQ_VALUES))
copy.copy(d.field(metadata={"a": 1})).metadata
d.KW_ONLY
d.MISSING
sorted(d.c_class.__dataclass_transform__)
tvm_ffi.testing.create_object("testing.TestIntPair", a=1, b=2)
tvm_ffi.testing.create_object("testing.TestIntPair", a=1)
tvm_ffi.testing.create_object("testing.TestIntPair", a=1, b=2, c=3)
tvm_ffi.testing.create_object("nokey")
t.TestIntPair.__new__(t.TestIntPair)
t.TestIntPair.__new__(t.TestIntPair).a
t.TestIntPair.__new__(t.TestIntPair).__reduce__()[2]
t.TestIntPair.__tvm_ffi_type_info__.total_size
[f.name for f in t.TestObjectDerived.__tvm_ffi_type_info__.fields]
[(m.name, m.is_static) for m in t.TestObjectBase.__tvm_ffi_type_info__.methods]
[(f.offset, f.size, f.alignment, f.field_static_type_index) for f in t.TestObjectDerived.__tvm_ffi_type_info__.fields]
tt._SchemaAllTypes.__tvm_ffi_type_info__.fields[0].metadata
{f.name: str(f.ty) for f in tt._SchemaAllTypes.__tvm_ffi_type_info__.fields}
{m.name: m.metadata.get("type_schema") for m in tt._SchemaAllTypes.__tvm_ffi_type_info__.methods}
"""


def case_subclass_without_registration():
    class Sub(t.TestIntPair):
        pass

    value = Sub(1, 2)
    return type(value).__name__, type(copy.copy(value)).__name__, value


def case_wrong_init_of_a_parent():
    class Other(tvm_ffi.Object):
        pass

    return t.TestIntPair.__ffi_init__(Other(), 1, 2)
