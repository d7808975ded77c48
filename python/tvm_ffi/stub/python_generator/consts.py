# SPDX-License-Identifier: Apache-2.0
"""Where the types that schemas name are in Python."""

# Schema origin or type key -> dotted path. A name that is in no table is its own path.
TY_MAP_DEFAULTS = {
    "Any": "typing.Any",
    "Callable": "typing.Callable",
    "Array": "collections.abc.Sequence",
    "List": "collections.abc.MutableSequence",
    "Map": "collections.abc.Mapping",
    "Dict": "collections.abc.MutableMapping",
    "Object": "ffi.Object",
    "Tensor": "ffi.Tensor",
    "dtype": "ffi.dtype",
    "Device": "ffi.Device",
    "ffi.Enum": "tvm_ffi.dataclasses.Enum",
}

# Parameters take more than results are: any sequence or mapping becomes a container.
TY_MAP_INPUT_DEFAULTS = {
    "Array": "collections.abc.Sequence",
    "List": "collections.abc.Sequence",
    "Map": "collections.abc.Mapping",
    "Dict": "collections.abc.Mapping",
}

# First segments of type keys whose module has another name.
MOD_MAP = {"testing": "tvm_ffi.testing", "ffi": "tvm_ffi"}
