# SPDX-License-Identifier: Apache-2.0
"""Data types and devices."""

import copy
import ctypes
import pickle

import numpy as np
import tvm_ffi
import tvm_ffi.testing
from tvm_ffi import DLDeviceType, device, dtype
from tvm_ffi._dtype import DataTypeCode
from tvm_ffi.core import DataType, Device

echo = tvm_ffi.get_global_func("testing.echo")
id_dtype = tvm_ffi.get_global_func("testing.schema_id_dtype")
id_device = tvm_ffi.get_global_func("testing.schema_id_device")
NAMES = (
    "int8 int16 int32 int64 uint8 uint64 float16 float32 float64 bfloat16 bool handle void "
    "int4 uint1 int7 float8_e4m3fn float8_e5m2 float8_e3m4 float8_e8m0fnu float6_e2m3fn "
    "float4_e2m1fn float4_e2m1fnx2 float4_e2m1fn_x2 float32x4 int8x16 boolx8 float32xvscalex4 "
    "i8 u32 f16 f32 f64 bf16 f8_e4m3fn fp8_e5m2 f4_e2m1fn fp4_e2m1fn_x2 f6_e3m2fn custom[x]32 "
    "float int uint float128 float33 int0 int-1 int8x int8x0 int8x-1 int8x99999 INT8 int8_ "
    "complex64 nope bfloat bfloat17 float8 float8_e4m3 float8x4 int8xvscale"
).split()


def described(name):
    value = dtype(name)
    return str(value), value.type_code, value.bits, value.lanes


def predicates(name):
    value = dtype(name)
    return value.itemsize, value.is_bool, value.is_integer, value.is_float, value.is_handle


class HasDtype:
    def __init__(self, value):
        self.value = value

    def __dlpack_data_type__(self):
        return self.value


class HasDevice:
    def __init__(self, value):
        self.value = value

    def __dlpack_device__(self):
        return self.value


class Index:
    def item(self):
        return 3


def case_descriptions():
    def attempt(name):
        try:
            return described(name)
        except Exception as error:
            return type(error).__name__, error.args

    return {name: attempt(name) for name in NAMES}


def case_predicates():
    def attempt(name):
        try:
            return predicates(name)
        except Exception as error:
            return type(error).__name__, error.args

    return {name: attempt(name) for name in NAMES}


def case_through_the_ffi():
    def attempt(name):
        try:
            return echo(dtype(name))
        except Exception as error:
            return type(error).__name__, error.args

    return {name: attempt(name) for name in NAMES}


CASES = """
dtype("float32")
repr(dtype("float32"))
str(dtype("f32"))
dtype("f32") == dtype("float32")
dtype("f32") == "f32"
hash(dtype("f32")) == hash("f32")
dtype("")
dtype(5)
dtype(None)
dtype()
dtype(np.float32)
dtype(np.dtype("int8"))
dtype("float32").with_lanes(4)
dtype("bool").with_lanes(4)
dtype("float32x4").with_lanes(1)
dtype("float32").with_lanes(0)
dtype("float32").with_lanes(-4)
dtype("float32").with_lanes(2**20)
dtype("float32").with_lanes("x")
dtype.from_dlpack_data_type((2, 32, 1))
dtype.from_dlpack_data_type((5, 64, 1))
dtype.from_dlpack_data_type((6, 1, 1))
dtype.from_dlpack_data_type((6, 8, 1))
dtype.from_dlpack_data_type((3, 64, 1))
dtype.from_dlpack_data_type((99, 64, 1))
dtype.is_dtype("float32")
dtype.is_dtype("nope")
dtype.is_dtype(dtype("int8"))
dtype.is_dtype(5)
tvm_ffi.float8_e4m3fn
tvm_ffi.bool
tvm_ffi.float4_e2m1fnx2
np.zeros(2, dtype=tvm_ffi.int32).dtype
pickle.loads(pickle.dumps(dtype("float32x4")))
copy.copy(dtype("f16")).bits
dtype("float32").__slots__
setattr(dtype("float32"), "x", 1)
DataType("float32").bits
str(DataType("float32x4"))
DataType("nope")
DataType(5)
DataType()
DataType("float32") == 5
hash(DataType("float32")) == hash((2, 32, 1))
DataType("float32x4").itemsize
DataType("float32xvscalex4").itemsize
str(pickle.loads(pickle.dumps(DataType("int8"))))
DataType.__new__(DataType).bits
list(DataTypeCode)
echo(DataType("int8"))
echo(np.dtype("float32"))
echo(np.dtype("bool"))
echo(np.dtype("complex64"))
echo(HasDtype((2, 32, 4)))
echo(HasDtype((2, 32)))
echo(HasDtype([2, 32, 4]))
echo(HasDtype((2, "x", 4)))
id_dtype("float32")
id_dtype("nope")
id_dtype(np.dtype("int8"))
id_dtype(5)
id_dtype(None)
sorted((str(k), v) for k, v in dtype._NUMPY_DTYPE_TO_STR.items() if "ml" not in str(k))[:11]
tvm_ffi.core._convert_numpy_dtype_to_ffi_dtype(np.dtype("int8"))
tvm_ffi.core._convert_numpy_dtype_to_ffi_dtype(np.dtype("bool"))
tvm_ffi.core._create_cdtype_from_tuple(DataType, 300, 8, 1)
tvm_ffi.core._create_cdtype_from_tuple(DataType, 2, 8, 2**15)
device("cpu")
device("cuda")
device("cuda", 1)
device("cuda:2")
device("cuda:2", 1)
device("cuda:x")
device("cuda:1:2")
device("cuda:-1")
device("nope")
device("")
device("CPU")
device("cuda extra")
device("llvm")
device("mps")
device("wgpu:3")
device("trn")
device(2)
device(2, 3)
device(DLDeviceType.kDLROCM)
device(99)
device(2**40)
device(None)
device(2.5)
device("cpu", None)
device("cpu", True)
device("cpu", np.int64(3))
device("cpu", Index())
device("cpu", "1")
device("cpu", 1.5)
device()
str(device("cuda:1"))
repr(device("cuda:1"))
device("cuda:1").type
device("cuda:1").index
device("cuda:1").dlpack_device_type()
device("cuda:1").__device_type_name__()
str(device(3))
str(device(11))
str(device(13))
str(device(14))
str(device(99))
repr(device(99))
device(99).type
device("cpu") == device("cpu:0")
device("cpu") == "cpu"
device("cpu") != device("cuda")
hash(device("cpu")) == hash((1, 0))
hash(device("cpu")) == hash(("cpu", 0))
device("cpu") < device("cuda")
pickle.loads(pickle.dumps(device("cuda:3")))
copy.copy(device("cuda:3"))
setattr(device("cpu"), "x", 1)
list(DLDeviceType)
sorted(Device._DEVICE_TYPE_TO_NAME.items())
sorted(Device._DEVICE_NAME_TO_TYPE.items())
echo(device("cuda:1"))
echo(HasDevice((2, 1)))
echo(HasDevice([2, 1]))
echo(HasDevice((99, -5)))
echo(HasDevice((2, "x")))
id_device("cuda:1")
id_device("nope")
id_device(5)
id_device(None)
tvm_ffi.core._create_device_from_tuple(Device, 2, 5)
tvm_ffi.core._env_set_current_stream(2, 0, -1)
tvm_ffi.core._env_set_current_stream(2, 0, "x")
tvm_ffi.core._env_set_current_stream(2, 0, ctypes.c_void_p(1))
tvm_ffi.core._env_get_current_stream(2, 7)
tvm_ffi.get_raw_stream(device("cuda:7"))
tvm_ffi.use_raw_stream(device("cuda"), "x")
type(tvm_ffi.use_raw_stream(device("cuda"), 5))
tvm_ffi.use_torch_stream()
"""


def case_streams_nest():
    cuda = device("cuda")
    seen = [tvm_ffi.get_raw_stream(cuda)]
    with tvm_ffi.use_raw_stream(cuda, 16):
        seen.append(tvm_ffi.get_raw_stream(cuda))
        with tvm_ffi.use_raw_stream(cuda, 32) as inner:
            seen.append((tvm_ffi.get_raw_stream(cuda), inner.prev_stream))
        seen.append(tvm_ffi.get_raw_stream(cuda))
    return [*seen, tvm_ffi.get_raw_stream(cuda)]
