# SPDX-License-Identifier: Apache-2.0
"""Function calls by argument kind: one process, one installed package, JSON on standard output.

``run_calls.py`` starts this under the published package and under ours. Rows are
``<kind>`` (GIL released around the call, the default) and ``<kind>/nogilrelease``; where a floor
exists it is timed in the same process, beside the row, as ``floor:<row>``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy
import tvm_ffi
from measure import best_ns

# Type indices of the values that lie inside a TVMFFIAny (c_api.h).
VALUE_TYPE_INDEX = {"dtype": 5, "Device": 6}


def load_floor(directory: str) -> object:
    """Import the floor extension from the directory that it was built in."""
    sys.path.insert(0, directory)
    import _floor  # noqa: PLC0415

    return _floor


def argument_rows() -> dict[str, tuple[tuple[object, ...], str | None]]:
    """Return for each row its arguments and the floor's name for their kind."""
    array = numpy.arange(4, dtype="float32")
    tensor = tvm_ffi.from_dlpack(array)
    ffi_array = tvm_ffi.convert([1, 2, 3])
    callback = tvm_ffi.convert(lambda: None)
    return {
        "no arguments": ((), "none"),
        "None": ((None,), "none"),
        "int": ((12345,), "int"),
        "int x3": ((1, 2, 3), "int"),
        "float": ((1.5,), "float"),
        "bool": ((True,), "bool"),
        "short str": (("abc",), "str"),
        "long str": (("a string longer than seven bytes",), "str"),
        "bytes": ((b"some bytes of payload",), "bytes"),
        "Tensor": ((tensor,), "object"),
        "Tensor x3": ((tensor, tensor, tensor), "object"),
        "Array": ((ffi_array,), "object"),
        "Function": ((callback,), "object"),
        "dtype": ((tvm_ffi.dtype("float32"),), "value"),
        "Device": ((tvm_ffi.device("cpu", 0),), "value"),
        "numpy array": ((array,), None),
        "tuple": (((1, 2, 3),), None),
        "list": (([1, 2, 3],), None),
        "dict": (({"a": 1, "b": 2},), None),
        "callable": ((len,), None),
    }


def main() -> None:
    """Time every row and print ``{row: nanoseconds}``."""
    floor = load_floor(sys.argv[1]) if len(sys.argv) > 1 else None
    results: dict[str, float] = {}
    nop = tvm_ffi.get_global_func("testing.nop")
    for release_gil, suffix in ((True, ""), (False, "/gil held")):
        nop.release_gil = release_gil
        for name, (args, floor_kind) in argument_rows().items():
            results[name + suffix] = best_ns(nop, *args)
            if floor is not None and floor_kind is not None:
                call = floor.function(nop.__chandle__(), floor_kind, release_gil)
                wrapped = args
                if floor_kind == "object":
                    wrapped = tuple(floor.object(arg.__chandle__()) for arg in args)
                elif floor_kind == "value":
                    wrapped = (floor.value(VALUE_TYPE_INDEX[name]),)
                results[f"floor:{name}{suffix}"] = best_ns(call, *wrapped)
    json.dump({"package": str(Path(tvm_ffi.__file__).parent), "ns": results}, sys.stdout)


if __name__ == "__main__":
    main()
