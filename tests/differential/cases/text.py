# SPDX-License-Identifier: Apache-2.0
"""Strings and bytes."""

import copy
import pickle

import tvm_ffi
import tvm_ffi.testing
from tvm_ffi.core import Bytes, String

echo = tvm_ffi.get_global_func("testing.echo")
id_string = tvm_ffi.get_global_func("testing.schema_id_string")
id_bytes = tvm_ffi.get_global_func("testing.schema_id_bytes")
opt_str = tvm_ffi.get_global_func("testing.schema_id_opt_str")
LONG = "a longer text, beyond seven bytes"

CASES = """
echo("")
echo("1234567")
echo("12345678")
echo(LONG)
echo("nul \\0 inside")
echo("ünïcödé")
echo("☃☃")
echo("☃☃☃")
echo("\\ud800")
echo(b"")
echo(b"1234567")
echo(b"12345678")
echo(bytearray(b"12345678"))
echo(b"\\x00\\xff" * 10)
echo(memoryview(b"x")).tobytes()
type(echo(LONG))
type(echo(b"12345678"))
type(echo("short"))
echo(LONG) == LONG
hash(echo(LONG)) == hash(LONG)
type(echo(LONG) + "x")
type(echo(LONG).upper())
type(str(echo(LONG)))
repr(String("x"))
String(5)
String(b"x")
String()
String("x", "y")
String("x") == "x"
type(String("x")._tvm_ffi_cached_object)
type(echo(LONG)._tvm_ffi_cached_object)
repr(echo(LONG)._tvm_ffi_cached_object)
String("x").__slots__
String("x").unknown
setattr(String("x"), "a", 1)
Bytes(b"x")
Bytes(5)
Bytes("x")
Bytes(bytearray(b"z"))
Bytes(b"x").__dict__
String("x").__reduce_ex__(4)
Bytes(b"x").__reduce_ex__(4)
type(pickle.loads(pickle.dumps(echo(LONG))))
type(copy.copy(echo(LONG)))
type(copy.deepcopy(String("x")))
type(pickle.loads(pickle.dumps(Bytes(b"x"))))
String.__mro__
Bytes.__mro__
id_string("x")
id_string(String("x"))
id_string(LONG)
id_string(b"x")
id_string(5)
id_string(None)
id_bytes(b"x")
id_bytes("x")
id_bytes(bytearray(b"x"))
id_bytes(None)
opt_str(None)
opt_str("x")
opt_str(1)
tvm_ffi.get_global_func("testing.schema_id_variant_int_str")("x")
tvm_ffi.get_global_func("testing.schema_id_variant_int_str")(1)
tvm_ffi.get_global_func("testing.schema_id_variant_int_str")(None)
tvm_ffi._ffi_api.String("x")
tvm_ffi._ffi_api.Bytes(b"x")
tvm_ffi._ffi_api.String(5)
{echo(LONG): 1}[LONG]
tvm_ffi.Array(["x", LONG])[1] == LONG
tvm_ffi.convert("x")._tvm_ffi_cached_object
"""
