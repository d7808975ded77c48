# SPDX-License-Identifier: Apache-2.0
"""Fields and methods of types that Python defines, below the class decorators."""

import itertools
import typing
from types import SimpleNamespace

import tvm_ffi
from tvm_ffi import core
from tvm_ffi.core import TypeSchema as S
from tvm_ffi.registry import _add_class_attrs

_numbers = itertools.count()
_DEFAULTS = {
    "doc": None,
    "default": core.MISSING,
    "default_factory": core.MISSING,
    "init": True,
    "repr": True,
    "hash": True,
    "compare": True,
    "kw_only": False,
    "frozen": False,
    "structural_eq": None,
    "metadata": {},
    "extra_kwargs": {},
    "type": None,
    "converter": None,
}


def field(name, schema, **options):
    return SimpleNamespace(name=name, _ty_schema=schema, **{**_DEFAULTS, **options})


def declare(parent=core.Object):
    cls = type("Defined", (parent,), {"__slots__": ()})
    key = f"differential.Defined{next(_numbers)}"
    info = core._register_py_class(core._type_cls_to_type_info(parent), key, cls)
    cls.__tvm_ffi_type_info__ = info
    return cls, info


def define(fields, parent=core.Object, **options):
    cls, info = declare(parent)
    info._register_fields(fields, **options)
    _add_class_attrs(cls, info)
    return cls


def make(cls, *args, **kwargs):
    obj = cls.__new__(cls)
    obj.__ffi_init__(*args, **kwargs)
    return obj


def attempt(run):
    try:
        value = run()
    except Exception as error:
        return type(error).__name__, error.args
    return (type(value).__name__, repr(value)) if isinstance(value, core.CObject) else value


def factory():
    return "made"


def described(fields):
    names = (
        "name doc size alignment offset field_static_type_index frozen metadata c_init c_kw_only"
    )
    names += " c_has_default c_default c_default_factory c_repr c_compare c_hash c_structural_eq"
    return [
        {name: repr(getattr(f, name)) for name in (*names.split(), "ty")}
        for f in define(fields).__tvm_ffi_type_info__.fields
    ]


def case_descriptions():
    fields = [
        field("x", S("int"), default=3, doc="the x"),
        field("l", S("List", (S("int"),)), default=[1, 2]),
        field("flag", S("bool"), kw_only=True, init=False, repr=False),
        field("dt", S("dtype"), hash=False, compare=False, structural_eq="def"),
        field("dev", S("Device"), frozen=True, structural_eq="ignore"),
        field("any", S("Any"), structural_eq="def-simple"),
        field("obj", S("Object"), structural_eq="def-pattern"),
    ]
    return {f"{i}.{k}": v for i, f in enumerate(described(fields)) for k, v in f.items()}


def case_sizes():
    kinds = ["bool", "dtype", "bool", "Device", "bool", "int", "bool"]
    base = define([field(f"f{i}", S(kind)) for i, kind in enumerate(kinds)])
    child = define([field("b5", S("bool")), field("a", S("Any"))], parent=base)
    return {
        str(i): (info.total_size, [f.offset for f in info.fields], info._has_type_metadata)
        for i, info in enumerate(cls.__tvm_ffi_type_info__ for cls in (base, child, define([])))
    }


VALUES = {
    "int": [5, True, "s", None, 2**63, 1.5],
    "float": [1, 1.5, "s", None],
    "bool": [0, 5, "s"],
    "str": ["short", "longer than seven", 5, b"x"],
    "bytes": [b"x", bytearray(b"longer than seven"), "s"],
    "Any": [5, "s", [1], {"a": 1}, None, 2**70],
    "None": [None, 0],
    "Device": ["cpu", "cuda:1", 5, "nope"],
    "dtype": ["float32", 5, "nope"],
    "Object": [[1], 5, "s", "longer than seven", None],
    "tuple": [[1], (1, "a"), 5],
    "Callable": [5, "s"],
}


def case_assignment():
    results = {}
    for origin, values in VALUES.items():
        cls = define([field("v", S(origin), init=False)])
        for value in values:

            def assign(cls=cls, value=value):
                obj = make(cls)
                obj.v = value
                return obj.v

            results[f"{origin} {value!r}"] = attempt(assign)
    return results


def case_typed_containers():
    results = {}
    for annotation, values in (
        (typing.List[int], [[1, 2], (1,), [1, "a"], 5, [True], {"a": 1}]),
        (typing.Dict[str, int], [{"a": 1}, {4: 4}, {"a": "b"}, [1]]),
        (typing.Tuple[int, str], [(1, "a"), (1,), [1, 2], (1, 2, 3)]),
        (typing.Optional[int], [None, 5, "s"]),
        (typing.Union[int, str], [True, "s", 1.5]),
        (typing.Union[float, int], [1]),
        (typing.Dict[str, typing.List[int]], [{"a": [1, "x"]}, {"a": 5}]),
    ):
        cls = define([field("v", S.from_annotation(annotation))])
        for value in values:
            results[f"{annotation} {value!r}"] = attempt(lambda c=cls, v=value: make(c, v).v)
    return results


def kept(schema, value):
    return core._to_py_class_value(schema.convert(value)).same_as(value)


ELEMENTS = {
    "int": [1],
    "short text": ["a"],
    "long text": ["a long string"],
    "float": [1.5],
    "bool": [True],
    "None": [None],
    "Array": [tvm_ffi.Array([1])],
    "Function": [tvm_ffi.convert(len)],
    "opaque": [{1}],
    "short bytes": [b"x"],
    "long bytes": [b"0123456789"],
    "Map": [tvm_ffi.Map({"a": 1})],
    "Shape": [tvm_ffi.Shape((1,))],
    "Device": [tvm_ffi.device("cpu")],
}


def case_identity():
    results = {}
    names = "Any int float bool str bytes Device None Object Callable Array Map".split()
    schemas = {name: S(name) for name in names}
    schemas["Optional[Any]"] = S("Optional", (S("Any"),))
    schemas["int | str"] = S("Union", (S("int"), S("str")))
    for (element, values), (name, schema) in itertools.product(ELEMENTS.items(), schemas.items()):
        for container, cls in (
            ("Array", tvm_ffi.Array),
            ("tuple", tvm_ffi.Array),
            ("List", tvm_ffi.List),
        ):
            whole, value = S(container, (schema,)), cls(values)
            results[f"{container}[{name}] {element}"] = attempt(lambda w=whole, v=value: kept(w, v))
    return results


def case_map_identity():
    results = {}
    for mapping in ({"a": 1}, {"a long string": 1}, {1: "s"}, {1: "a long string"}, {}):
        for key, value in itertools.product(("Any", "str", "int"), repeat=2):
            for name, cls in (("Map", tvm_ffi.Map), ("Dict", tvm_ffi.Dict)):
                schema = S(name, (S(key), S(value)))
                results[f"{schema} {mapping}"] = attempt(
                    lambda s=schema, m=cls(mapping): kept(s, m)
                )
    return results


def case_methods():
    cls, info = declare()
    info._register_fields([field("x", S("int"))])
    methods = [
        ("m", lambda self: 2 * self.x, False, None),
        ("s", lambda: 6, True, '{"a": 1}'),
        ("__ffi_repr__", lambda self, fn_repr: "text", False, None),
    ]
    info._register_py_methods(methods, frozenset(["__ffi_repr__"]))
    _add_class_attrs(cls, info)
    obj = make(cls, 5)
    return obj.m(), cls.s(), repr(obj), [(m.name, m.is_static, m.metadata) for m in info.methods]


def case_defaults():
    cls = define(
        [
            field("a", S("int"), default=1),
            field("b", S("str"), default_factory=factory, kw_only=True),
            field("c", S("List", (S("int"),)), default=[1]),
            field("d", S("int"), default="bad"),
        ]
    )
    return {
        "bad": attempt(lambda: make(cls)),
        "good": attempt(lambda: [repr(getattr(make(cls, d=1), name)) for name in "abcd"]),
        "keyword": attempt(lambda: make(cls, 5, b="x", d=2).b),
        "unknown": attempt(lambda: make(cls, zz=1)),
        "too many": attempt(lambda: make(cls, 1, [], 2, 3)),
        "twice": attempt(lambda: make(cls, 1, a=1)),
    }


def case_refusals():
    twice = define([])
    return {
        "schema": attempt(lambda: define([field("a", S("no.such.type"))])),
        "again": attempt(lambda: twice.__tvm_ffi_type_info__._register_fields([])),
        "kind": attempt(lambda: define([field("a", S("int"))], structure_kind="x")),
        "none": attempt(lambda: define(None)),
        "key": attempt(lambda: core._register_py_class(info_of(core.Object), "ffi.Array", twice)),
    }


def info_of(cls):
    return core._type_cls_to_type_info(cls)
