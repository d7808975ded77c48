# SPDX-License-Identifier: Apache-2.0
"""Tables of the Rust target: what types are called, how wide they are, which words are taken."""

from __future__ import annotations

RUST_MAX_WIDTH = 100

RUST_ROOT_TYPE_KEY = "ffi.Object"

# One-line directives of this target, beside those that every target has.
RUST_DIRECTIVE_KINDS = frozenset(
    ("import-object", "field", "nullable", "enum", "opaque", "upcast", "custom-new")
)

# Crate of a dotted name by its first segment.
RUST_MOD_MAP = {"ffi": "tvm_ffi"}

# Schema origin or type key -> Rust path.
RUST_TY_MAP_DEFAULTS = {
    "int": "i64",
    "float": "f64",
    "bool": "bool",
    "None": "()",
    "str": "tvm_ffi::String",
    "bytes": "tvm_ffi::Bytes",
    "Any": "tvm_ffi::Any",
    "Callable": "tvm_ffi::Function",
    "Array": "tvm_ffi::Array",
    "List": "tvm_ffi::List",
    "Map": "tvm_ffi::Map",
    "Object": "tvm_ffi::object::ObjectRef",
    "Tensor": "tvm_ffi::Tensor",
    "Shape": "tvm_ffi::Shape",
    "Device": "tvm_ffi::DLDevice",
    "dtype": "tvm_ffi::DLDataType",
    "DataType": "tvm_ffi::DLDataType",
    "ffi.String": "tvm_ffi::String",
    "ffi.Bytes": "tvm_ffi::Bytes",
    "ffi.BigInt": "tvm_ffi::BigInt",
    "ffi.Module": "tvm_ffi::Module",
    "ffi.Error": "tvm_ffi::Error",
    "ffi.Object": "tvm_ffi::object::ObjectRef",
    "ffi.Tensor": "tvm_ffi::Tensor",
    "ffi.Shape": "tvm_ffi::Shape",
    "ffi.Function": "tvm_ffi::Function",
    "ffi.reflection.AccessPath": "tvm_ffi::reflection::AccessPath",
    "ffi.reflection.AccessStep": "tvm_ffi::reflection::AccessStep",
}

# Origins that no Rust type stands for, whatever a `ty-map` directive says.
RUST_UNSUPPORTED_ORIGINS = frozenset(("Dict", "Union", "tuple"))

# Rust type of a number by origin and bytes of the field.
RUST_SCALAR_BY_SIZE = {
    ("int", 1): "i8",
    ("int", 2): "i16",
    ("int", 4): "i32",
    ("int", 8): "i64",
    ("float", 4): "f32",
    ("float", 8): "f64",
}

RUST_SCALAR_WIDTHS = {
    "bool": 1,
    "i8": 1,
    "u8": 1,
    "i16": 2,
    "u16": 2,
    "i32": 4,
    "u32": 4,
    "f32": 4,
    "i64": 8,
    "u64": 8,
    "f64": 8,
}

# Types that a constructor takes as they are; everything else is taken as `impl Into<T>`.
RUST_EXACT_PARAMS = frozenset(RUST_SCALAR_WIDTHS) | {"isize", "usize"}

# An optional value is a 16-byte cell when its payload is one of these, else a nullable pointer.
RUST_ANY_BACKED_OPTIONAL_PAYLOADS = frozenset(
    ("int", "float", "bool", "Device", "dtype", "DataType", "str", "bytes")
)
RUST_OPTIONAL_PATH = "tvm_ffi::Optional"
RUST_OPTIONAL_FIELD_SIZE = 16
RUST_OBJECT_OPTIONAL_FIELD_SIZE = 8
RUST_POINTER_SIZE = 8

# The field of an object struct that holds its parent.
RUST_RESERVED_MEMBERS = frozenset(("base",))

# Strict and reserved words of all editions.
RUST_KEYWORDS = frozenset(
    (
        "as async await break const continue crate dyn else enum extern false fn for if impl in "
        "let loop match mod move mut pub ref return self Self static struct super trait true type "
        "unsafe use where while "
        "abstract become box do final gen macro override priv try typeof unsized virtual yield"
    ).split()
)
# Keywords that have no raw form.
RUST_NOT_RAW_IDENTIFIERS = frozenset(("crate", "self", "Self", "super"))
