# SPDX-License-Identifier: Apache-2.0
"""Wrappers with keyword arguments and the unpacking of plain dataclasses."""

import collections
import dataclasses
import inspect
import typing

import tvm_ffi
import tvm_ffi.utils
from tvm_ffi.utils.kwargs_wrapper import make_kwargs_wrapper, make_kwargs_wrapper_from_signature
from tvm_ffi.utils.unpack_dataclass import (
    _extract_dataclass_to_tuple_schema,
    _validate_dataclass_to_tuple_schema,
    unpack_dataclass_to_tuple,
)

Pair = collections.namedtuple("Pair", "a b")


def collect(*args):
    return list(args)


def prototype(a, b=2, *, c: int = 3) -> list:
    """Say what it is for."""


@dataclasses.dataclass
class Inner:
    x: int
    y: str = "y"


@dataclasses.dataclass
class Outer:
    inner: Inner
    items: typing.List[Inner]
    table: typing.Dict[str, int]
    anything: typing.Any = None


def wrapper(*args, **kwargs):
    return make_kwargs_wrapper(collect, *args, **kwargs)


def signature_of(f):
    return make_kwargs_wrapper_from_signature(collect, inspect.signature(f))


CASES = """
wrapper(["a", "b"])(1, 2)
wrapper(["a", "b"])(b=1, a=2)
wrapper(["a", "b"], (5,))(1)
wrapper(["a", "b"], (None, True))()
wrapper(["a"], (), ["k"], {"k": 3})(1)
wrapper(["a"], (), ["k"])(1)
wrapper(["a"], (), ["k"])(1, k=2)
wrapper(["a"])()
wrapper(["a"])(1, 2)
wrapper(["a"])(1, z=2)
str(inspect.signature(wrapper(["a", "b"], (None,), ["k"], {"k": True})))
wrapper(["a", "a"])
wrapper(["a"], (), ["k", "k"])
wrapper([3])
wrapper(["class"])
wrapper(["a-b"])
wrapper(["a"], (), ["a-b"])
wrapper(["a"], [1])
wrapper(["a"], (1, 2))
wrapper(["a"], (), ["k"], {"z": 1})
wrapper(["a"], (), ["a"])
wrapper(["__i_target_func"])
wrapper(["a"], (), None, None, prototype).__name__
wrapper(["a"], (), None, None, prototype).__doc__
wrapper(["a"], map_dataclass_to_tuple=["a"])(Inner(1))
wrapper(["a"], map_dataclass_to_tuple=["z"])(Inner(1))
wrapper(["a"], (Inner(3),), map_dataclass_to_tuple=["a"])()
signature_of(prototype)(1)
signature_of(prototype)(1, c=5)
signature_of(lambda *args: None)
signature_of(lambda **kwargs: None)
make_kwargs_wrapper_from_signature(collect, inspect.signature(prototype), exclude_arg_names=["b"])(1)
make_kwargs_wrapper_from_signature(collect, inspect.signature(prototype), exclude_arg_names=["zz"])(1)
make_kwargs_wrapper_from_signature(collect, inspect.signature(lambda a=1, b=2: None), prototype)()
unpack_dataclass_to_tuple(Inner(1))
unpack_dataclass_to_tuple(Outer(Inner(1), [Inner(2)], {"a": 1}, Inner(3)))
unpack_dataclass_to_tuple([Inner(1), (Inner(2),), {"k": Inner(3)}])
unpack_dataclass_to_tuple(Pair(Inner(1), 2))
unpack_dataclass_to_tuple(5)
unpack_dataclass_to_tuple(Inner)
_extract_dataclass_to_tuple_schema(Inner)
_extract_dataclass_to_tuple_schema(Outer)
_extract_dataclass_to_tuple_schema(int)
_validate_dataclass_to_tuple_schema(5)
_validate_dataclass_to_tuple_schema({5: None})
_validate_dataclass_to_tuple_schema({"a b": None})
_validate_dataclass_to_tuple_schema({"if": None})
sorted(n for n in dir(tvm_ffi.utils) if not n.startswith("_"))
"""
