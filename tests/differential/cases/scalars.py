# SPDX-License-Identifier: Apache-2.0
"""Numbers, None and pointers as arguments and results."""

import ctypes
import enum
import fractions
import math
from decimal import Decimal

import numpy as np
import tvm_ffi
import tvm_ffi.testing

echo = tvm_ffi.get_global_func("testing.echo")
add_one = tvm_ffi.get_global_func("testing.add_one")
id_int = tvm_ffi.get_global_func("testing.schema_id_int")
id_float = tvm_ffi.get_global_func("testing.schema_id_float")
id_bool = tvm_ffi.get_global_func("testing.schema_id_bool")
opt_int = tvm_ffi.get_global_func("testing.schema_id_opt_int")


class Color(enum.IntEnum):
    RED = 3


class Name(str, enum.Enum):
    A = "a"


class AsInt:
    def __init__(self, value):
        self.value = value

    def __tvm_ffi_int__(self):
        return self.value


class AsFloat(AsInt):
    __tvm_ffi_int__ = None

    def __tvm_ffi_float__(self):
        return self.value


class OnlyFloat:
    def __init__(self, value):
        self.value = value

    def __tvm_ffi_float__(self):
        return self.value


class Pointer:
    def __init__(self, value):
        self.value = value

    def __tvm_ffi_opaque_ptr__(self):
        return self.value


class Value:
    def __init__(self, value):
        self.value = value

    def __tvm_ffi_value__(self):
        return self.value


class Raising:
    def __tvm_ffi_value__(self):
        raise KeyError("no value")


class Stream:
    def __init__(self, value):
        self.value = value

    def __cuda_stream__(self):
        return self.value


CASES = """
echo(None)
echo()
echo(1, 2)
echo(0)
echo(-1)
echo(2**63 - 1)
echo(-(2**63))
echo(2**63)
echo(-(2**63) - 1)
echo(2**64)
echo(2**200 + 12345)
echo(-(2**200))
echo(-(2**127))
echo(True)
echo(False)
echo(1.5)
echo(-0.0)
echo(math.inf)
echo(math.nan)
echo(1e308)
echo(Color.RED)
echo(Name.A)
echo(fractions.Fraction(1, 4))
echo(Decimal("1.5"))
echo(1 + 2j)
echo(...)
echo(NotImplemented)
echo(np.int8(-5))
echo(np.uint64(2**64 - 1))
echo(np.float16(0.5))
echo(np.float32(0.25))
echo(np.float64(0.125))
echo(np.bool_(True))
echo(np.str_("text"))
echo(np.bytes_(b"bytes"))
echo(np.longdouble(1.5))
echo(ctypes.c_void_p(16))
echo(ctypes.c_void_p(None))
echo(ctypes.c_int(3))
echo(AsInt(7))
echo(AsInt(1.7))
echo(AsInt("5"))
echo(AsInt(True))
echo(AsInt(2**70))
echo(AsInt("x"))
echo(AsInt(None))
echo(OnlyFloat(1.5))
echo(OnlyFloat(2))
echo(OnlyFloat("x"))
echo(Pointer(16))
echo(Pointer(-1))
echo(Pointer(2**70))
echo(Pointer("x"))
echo(Value(5))
echo(Value(Value("nested")))
echo(Value([1, Value(2)]))
echo(Raising())
echo(Stream((0, 32)))
echo(Stream([0, 32]))
echo(Stream((0,)))
echo(Stream((0, "x")))
add_one(1)
add_one(True)
add_one(-1)
add_one(1.5)
add_one("x")
add_one(None)
add_one(2**63)
add_one()
add_one(1, 2)
add_one(np.int64(4))
add_one(object())
add_one([1])
add_one({"a": 1})
add_one(x=1)
id_int(True)
id_int(2**63 - 1)
id_float(1)
id_float(True)
id_float(1.5)
id_float("1")
id_float(None)
id_bool(True)
id_bool(0)
id_bool(5)
id_bool(1.5)
id_bool(None)
opt_int(None)
opt_int(5)
opt_int("x")
opt_int(1.5)
tvm_ffi.get_global_func("testing.schema_no_args")()
tvm_ffi.get_global_func("testing.schema_no_args")(1)
tvm_ffi.get_global_func("testing.schema_no_return")(1)
tvm_ffi.get_global_func("testing.schema_no_args_no_return")()
tvm_ffi.get_global_func("testing.schema_variant_mix")(1)
tvm_ffi.get_global_func("testing.schema_variant_mix")("x")
tvm_ffi.get_global_func("testing.schema_variant_mix")([1, 2])
tvm_ffi.get_global_func("testing.schema_variant_mix")([1, "x"])
tvm_ffi.get_global_func("testing.schema_variant_mix")(1.5)
tvm_ffi.get_global_func("testing.schema_arr_map_opt")([1, None], {"a": [1]}, "x")
tvm_ffi.get_global_func("testing.schema_arr_map_opt")([1, "x"], {"a": [1]}, "x")
tvm_ffi.get_global_func("testing.schema_arr_map_opt")([1], {"a": ["x"]}, None)
tvm_ffi.get_global_func("testing.schema_arr_map_opt")([1], {1: [1]}, None)
tvm_ffi.get_global_func("testing.schema_arr_map_opt")([1], {"a": [1]}, 3)
tvm_ffi.get_global_func("testing.get_add_one_c_symbol")() != 0
tvm_ffi.core.Function.__from_extern_c__("x")
tvm_ffi.core.Function.__from_extern_c__(None)
tvm_ffi.core.Function.__from_extern_c__(tvm_ffi.get_global_func("testing.get_add_one_c_symbol")())(41)
tvm_ffi.core.Function.__from_mlir_packed_safe_call__(tvm_ffi.get_global_func("testing.get_mlir_add_one_c_symbol")())(41)
tvm_ffi.convert(5)
tvm_ffi.convert(1.5)
tvm_ffi.convert(None)
tvm_ffi.convert(True)
tvm_ffi.convert(1 + 2j)
tvm_ffi.convert(Decimal("1.5"))
tvm_ffi.convert("text")
tvm_ffi.convert(b"bytes")
tvm_ffi.convert(bytearray(b"bytes"))
tvm_ffi.convert((1, "a"))
tvm_ffi.convert([1, [2]])
tvm_ffi.convert({"a": 1, "b": [2]})
tvm_ffi.convert({1, 2}) is None
type(tvm_ffi.convert({1, 2}))
type(tvm_ffi.convert(len))
type(tvm_ffi.convert(tvm_ffi.device("cpu")))
type(tvm_ffi.convert(memoryview(b"x")))
tvm_ffi.convert(ValueError("x"))
tvm_ffi.convert(np.dtype("int8"))
tvm_ffi.convert(np.dtype("bool"))
tvm_ffi.convert(np.int32(5))
tvm_ffi.convert(np.arange(3, dtype="int32"))
tvm_ffi.convert(AsInt(7)).value
tvm_ffi.convert(Pointer(7)).value
type(tvm_ffi.convert(Value(7)))
"""
