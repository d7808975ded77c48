# SPDX-License-Identifier: Apache-2.0
"""``py_class``: types that Python defines."""

import copy
import ctypes
import inspect
import pickle
from typing import Any, Callable, ClassVar, Dict, List, Literal, Optional, Tuple, Union

import tvm_ffi
import tvm_ffi.testing as t
from tvm_ffi import Object, core
from tvm_ffi import dataclasses as d
from tvm_ffi.dataclasses import KW_ONLY, field, py_class


def parameters(cls):
    return [
        (p.name, p.kind.name, p.default is not p.empty)
        for p in inspect.signature(cls.__init__).parameters.values()
    ]


def attempt(action, *args, **kwargs):
    try:
        return action(*args, **kwargs)
    except Exception as error:
        return type(error).__name__, error.args


@py_class("dpy.Point", eq=True, order=True, unsafe_hash=True)
class Point(Object):
    x: int
    y: int = 5
    label: Optional[str] = None


@py_class("dpy.Child")
class Child(Point):
    z: float
    tags: List[str] = field(default_factory=list)


@py_class("dpy.Keyword")
class Keyword(Object):
    a: int
    _: KW_ONLY
    b: int
    c: int = field(default=3, kw_only=False)
    d: int = 4


@py_class("dpy.Frozen", frozen=True)
class Frozen(Object):
    a: int
    b: List[int]


@py_class("dpy.All")
class All(Object):
    f_int: int = 0
    f_float: float = 0.0
    f_bool: bool = False
    f_str: str = ""
    f_bytes: bytes = b""
    f_pointer: ctypes.c_void_p = None
    f_dtype: tvm_ffi.dtype = "int32"
    f_device: tvm_ffi.Device = "cpu"
    f_any: Any = None
    f_optional: Optional[int] = None
    f_union: Union[int, str] = 0
    f_list: list = field(default_factory=list)
    f_list_int: List[int] = field(default_factory=list)
    f_dict: dict = field(default_factory=dict)
    f_dict_int: Dict[str, int] = field(default_factory=dict)
    f_tuple: tuple = ()
    f_tuple_two: Tuple[int, str] = (1, "a")
    f_tuple_int: Tuple[int, ...] = ()
    f_map: tvm_ffi.Map[str, Any] = field(default_factory=dict)
    f_callable: Callable = len
    f_object: Object = field(default_factory=lambda: tvm_ffi.Array([]))
    f_pair: Optional[t.TestIntPair] = None


@py_class("dpy.Post")
class Post(Object):
    a: int
    b: int = field(init=False, default=7)

    def __post_init__(self):
        self.a = self.a * 2


@py_class("dpy.Own")
class Own(Object):
    a: int
    b: str

    def __init__(self, value):
        self.a = value


@py_class("dpy.Computed")
class Computed(Object):
    a: int

    @d.init_property
    def double(self) -> int:
        return self.a * 2


@py_class("dpy.Methods")
class Methods(Object):
    a: int

    @tvm_ffi.method
    def plus(self, n: int) -> int:
        return self.a + n

    @tvm_ffi.method
    @staticmethod
    def make(a: int) -> "Methods":
        return Methods(a)

    def unregistered(self):
        return 1

    def __ffi_repr__(self, fn_repr):
        return f"M<{fn_repr(self.a)}>"


SAMPLES = [
    None,
    True,
    5,
    2**63,
    1.5,
    "short",
    "a longer text, beyond seven bytes",
    b"b",
    [1, 2],
    ["a"],
    (1, "a"),
    {"a": 1},
    {1: 2},
    tvm_ffi.Array([1]),
    tvm_ffi.List([1]),
    tvm_ffi.Dict({"a": 1}),
    tvm_ffi.Map({"a": 1}),
    t.TestIntPair(1, 2),
    tvm_ffi.device("cuda"),
    tvm_ffi.dtype("int8"),
    1j,
    ValueError("x"),
    ctypes.c_void_p(8),
]


def assign(name, value):
    obj = All()
    setattr(obj, name, value)
    read = getattr(obj, name)
    return f"{type(read).__name__} {read!r}"


def assign_case(name):
    return lambda: {repr(value): attempt(assign, name, value) for value in SAMPLES}


def construct_case(name):
    return lambda: {repr(v): str(attempt(lambda: getattr(All(**{name: v}), name))) for v in SAMPLES}


for _name in [f.name for f in d.fields(All)]:
    if _name != "f_callable":
        globals()[f"case_assign_{_name}"] = assign_case(_name)
        globals()[f"case_construct_{_name}"] = construct_case(_name)


def case_layout():
    facts = {}
    for cls in (Point, Child, Keyword, All, Computed):
        info = cls.__tvm_ffi_type_info__
        facts[info.type_key] = (
            [
                (f.name, f.offset, f.size, f.alignment, f.field_static_type_index)
                for f in info.fields
            ],
            info.total_size,
        )
    return facts


def case_metadata():
    return {f.name: f.metadata for f in All.__tvm_ffi_type_info__.fields}


def case_method_metadata():
    return [(m.name, m.is_static, m.metadata) for m in Methods.__tvm_ffi_type_info__.methods]


def case_signatures():
    return {cls.__name__: parameters(cls) for cls in (Point, Child, Keyword, All, Post, Computed)}


def case_match_args():
    return {cls.__name__: cls.__match_args__ for cls in (Point, Child, Keyword, Post, Computed)}


def case_class_attributes():
    hidden = ("__module__", "__doc__", "__annotations__", "__annotate_func__")
    return {
        cls.__name__: sorted(n for n in vars(cls) if n not in hidden and not n.startswith("_abc"))
        for cls in (Point, Child, Frozen, Own, Computed, Methods)
    }


def changed(obj, name, value):
    setattr(obj, name, value)
    return obj


def define(annotations, key=None, bases=(Object,), body=None, **options):
    namespace = {"__annotations__": annotations, "__module__": __name__, **(body or {})}
    cls = type(Object)("Defined", bases, namespace)
    return py_class(key, **options)(cls) if key else py_class(**options)(cls)


CASES = """
Point(1)
Point(1, 2)
Point(1, 2, "x")
Point(x=1)
Point()
Point(1, 2, "x", 4)
Point(1, x=2)
Point(1, zz=2)
Point("a")
Point(1, None)
Point(1.5)
Point(True).x
Point(2**63)
Point(1, core.MISSING)
Point(1, y=core.MISSING)
Point(1) == Point(1)
Point(1) != Point(1)
Point(1) == Point(2)
Point(1) < Point(2)
Point(1) >= Point(2)
Point(1) < 5
Point(1) == 5
hash(Point(1)) == hash(Point(1))
{Point(1): 2}[Point(1)]
Point(1) == Child(1, 2.0)
Child(1, 2.0)
Child(1, 2.0, 3)
Child(1, 2.0, tags=["a"])
Child(1)
Child(1, "x")
Child(1, 2.0, tags=[1])
Child(1, 2.0).tags
Child(1, 2.0) == Child(1, 2.0)
isinstance(Child(1, 2.0), Point)
Keyword(1, b=2)
Keyword(1, 2, b=3)
Keyword(1)
Keyword(1, 2, 3)
Frozen(1, [2])
changed(Frozen(1, [2]), "a", 5)
Frozen.a.set(Frozen(1, [2]), 5)
Frozen.a.fset
changed(Point(1), "x", "s")
changed(Point(1), "x", 7)
changed(Point(1), "nope", 7)
Point(1).nope
delattr(Point(1), "x")
All()
All(zz=1)
Post(4)
Post(4, 5)
Post(4, b=5)
Own(3)
Own(3).b
Own(a=3)
Own()
Own("x")
Computed(4).double
Computed(4)
Computed(4, 5)
copy.copy(Computed(4)).double
Methods(3)
Methods(3).plus(4)
Methods.make(5)
tvm_ffi.Array([Methods(3)])
[Methods(3)]
copy.copy(Child(1, 2.0, tags=["a"]))
copy.deepcopy(Child(1, 2.0, tags=["a"]))
copy.copy(Child(1, 2.0)).tags.same_as(Child(1, 2.0).tags)
d.replace(Point(1), x=9)
d.replace(Point(1), x="s")
d.replace(Point(1), zz=9)
d.replace(Frozen(1, [2]), a=9)
pickle.loads(pickle.dumps(Child(1, 2.0, tags=["a"])))
pickle.loads(pickle.dumps(All()))
Point(1).__reduce__()[2]
tvm_ffi.serialization.to_json_graph_str(Point(1, 2, "x"))
tvm_ffi.serialization.from_json_graph_str(tvm_ffi.serialization.to_json_graph_str(Point(1, 2, "x")))
d.asdict(Child(1, 2.0, tags=["a"]))
d.astuple(Child(1, 2.0, tags=["a"]))
[f.name for f in d.fields(Child)]
[f.type for f in d.fields(Point)]
[f.default for f in d.fields(Point)]
[f.hash for f in d.fields(Point)]
Point.__new__(Point)
Point.__new__(Point).x
Point.__tvm_ffi_type_info__._decorator_args
Point.__init__.__qualname__
Point.__init__.__module__ == Point.__module__
Point.x
Point.__slots__
Point(1).__dict__
py_class(5)
py_class(order=True)
py_class(structural_eq="nope")
define({"a": int})
define({"a": int}, "dpy.one")(1)
define({"a": int}, "dpy.Point")
define({"a": int}, "ffi.Array")
define({"a": Literal[1]}, "dpy.two")
define({"a": complex}, "dpy.three")
define({"a": set}, "dpy.four")
define({"a": "NoSuchName"}, "dpy.five")(1)
py_class("dpy.seven")(type("NoObject", (), {"__annotations__": {"a": int}}))
define({"a": int}, "dpy.eight", init=False)()
define({"class": int}, "dpy.nine")
define({"a": ClassVar[int], "b": int}, "dpy.ten")(1)
define({"a": int}, "dpy.eleven", body={"a": field(default=1, zz=2, aa=3)})
define({"a": int}, "dpy.twelve", body={"a": field(default="x")})()
define({"a": int}, "dpy.thirteen", body={"a": field(default_factory=lambda: "x")})()
define({"a": int}, "dpy.fourteen", body={"a": field(default_factory=lambda: {}["boom"])})()
define({"a": int}, "dpy.fifteen", repr=False)(1)
define({"a": int, "b": int}, "dpy.sixteen", body={"b": field(repr=False, default=1)})(1)
define({"a": int}, "dpy.seventeen", match_args=False).__match_args__
define({"a": int}, "dpy.eighteen", kw_only=True)(1)
define({"a": int}, "dpy.nineteen", structural_eq=None).__tvm_ffi_type_info__._has_type_metadata
define({"a": int}, "dpy.twenty", body={"f": tvm_ffi.method(classmethod(lambda c: 1))})
define({"a": int}, "dpy.tw1", bases=(t.TestObjectBase,))(7)
define({"a": int}, "dpy.tw2", bases=(t.TestIntPair,))(1, 2, 3)
define({"x": int}, "dpy.tw3", bases=(Point,))
tvm_ffi.method(5)
tvm_ffi.method(classmethod(len))
d.init_property(len).func is len
core._lookup_type_attr(Point.__tvm_ffi_type_info__.type_index, "__ffi_init__") is None
core._lookup_type_attr(Methods.__tvm_ffi_type_info__.type_index, "__ffi_repr__") is None
Point.__ffi_init__(Child.__new__(Child), 1)
"""


def case_copies_have_the_registered_class():
    class Sub(Point):
        pass

    value = Sub(1)
    return (
        type(value).__name__,
        type(copy.copy(value)).__name__,
        type(tvm_ffi.Array([value])[0]).__name__,
    )


def case_deferred_annotations_are_resolved_later():
    early = define({"late": "Optional[LateType]"}, "dpy.early")
    pending = early.__tvm_ffi_type_info__.fields is None
    namespace = {"__annotations__": {"a": int}, "__module__": __name__}
    late = py_class("dpy.late")(type(Object)("LateType", (Object,), namespace))
    return pending, repr(early(late(3)))


def case_structural_equality_by_kind():
    tree = define({"a": int}, "dpy.tree")
    ignore = define({"a": int, "b": int}, "dpy.ignore", body={"b": field(structural_eq="ignore")})
    none = define({"a": int}, "dpy.none", structural_eq=None)
    return (
        tvm_ffi.structural_equal(tree(1), tree(1)),
        tvm_ffi.structural_equal(tree(1), tree(2)),
        tvm_ffi.structural_equal(ignore(1, 2), ignore(1, 3)),
        attempt(tvm_ffi.structural_equal, none(1), none(1)),
    )


def case_hooks_of_comparison():
    def eq(self, other, fn_eq):
        return fn_eq(self.a % 10, other.a % 10)

    def hash_(self, fn_hash):
        return fn_hash(self.a % 10)

    cls = define(
        {"a": int},
        "dpy.hooks",
        eq=True,
        unsafe_hash=True,
        body={"__ffi_eq__": eq, "__ffi_hash__": hash_},
    )
    return cls(1) == cls(11), cls(1) == cls(2), hash(cls(1)) == hash(cls(11))
