"""FFI API bindings for demo."""

# tvm-ffi-stubgen(begin): import-section
# fmt: off
# isort: off
from __future__ import annotations
from tvm_ffi import Object as _ffi_Object, init_ffi_api as _FFI_INIT_FUNC, register_object as _FFI_REG_OBJ
from tvm_ffi.libinfo import load_lib_module as _FFI_LOAD_LIB
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from collections.abc import MutableSequence, Sequence
# isort: on
# fmt: on
# tvm-ffi-stubgen(end)
# tvm-ffi-stubgen(import-object): tvm_ffi.libinfo.load_lib_module;False;_FFI_LOAD_LIB
LIB = _FFI_LOAD_LIB("demo-ext", "demo")
# tvm-ffi-stubgen(begin): global/demo
# fmt: off
_FFI_INIT_FUNC("demo", __name__)
if TYPE_CHECKING:
    def add(_0: int, _1: int, /) -> int: ...
# fmt: on
# tvm-ffi-stubgen(end)
# tvm-ffi-stubgen(import-object): tvm_ffi.register_object;False;_FFI_REG_OBJ
# tvm-ffi-stubgen(import-object): ffi.Object;False;_ffi_Object
@_FFI_REG_OBJ("demo.Shape")
class Shape(_ffi_Object):
    """FFI binding for `demo.Shape`."""

    # tvm-ffi-stubgen(begin): object/demo.Shape
    # fmt: off
    name: str
    id: int
    if TYPE_CHECKING:
        def __init__(self, name: str, id: int = ...) -> None: ...
        def __ffi_init__(self, name: str, id: int = ...) -> None: ...
    # fmt: on
    # tvm-ffi-stubgen(end)

@_FFI_REG_OBJ("demo.Circle")
class Circle(Shape):
    """FFI binding for `demo.Circle`."""

    # tvm-ffi-stubgen(begin): object/demo.Circle
    # fmt: off
    radius: float
    tags: MutableSequence[int]
    flag: bool
    if TYPE_CHECKING:
        def __init__(self, name: str, radius: float, tags: Sequence[int], id: int = ..., *, flag: bool) -> None: ...
        def __ffi_init__(self, name: str, radius: float, tags: Sequence[int], id: int = ..., *, flag: bool) -> None: ...
        def area(self, _1: float, /) -> float: ...
        @staticmethod
        def make(_0: float, /) -> Circle: ...
    # fmt: on
    # tvm-ffi-stubgen(end)


__all__ = [
    # tvm-ffi-stubgen(begin): __all__
    "LIB",
    "Circle",
    "Shape",
    "add",
    # tvm-ffi-stubgen(end)
]
