# SPDX-License-Identifier: Apache-2.0
"""Data types: :class:`dtype`, a string that knows its DLPack triple, and the common literals."""

from __future__ import annotations

from enum import IntEnum
from operator import index

from . import core

TYPE_CHECKING = False
if TYPE_CHECKING:
    import builtins
    from typing import Any


class DataTypeCode(IntEnum):
    """Type codes of DLPack."""

    INT = 0
    UINT = 1
    FLOAT = 2
    HANDLE = 3
    BFLOAT = 4
    BOOL = 6
    Float8E3M4 = 7
    Float8E4M3 = 8
    Float8E4M3B11FNUZ = 9
    Float8E4M3FN = 10
    Float8E4M3FNUZ = 11
    Float8E5M2 = 12
    Float8E5M2FNUZ = 13
    Float8E8M0FNU = 14
    Float6E2M3FN = 15
    Float6E3M2FN = 16
    Float4E2M1FN = 17


class _NumpyTable:
    """Class attribute that is made on first access, because it needs numpy."""

    def __get__(self, instance: Any, owner: Any) -> dict[Any, str]:
        from . import _foreign  # noqa: PLC0415

        table = _foreign.numpy_dtype_names()
        owner._NUMPY_DTYPE_TO_STR = table
        return table


class dtype(str):
    """A data type.

    It is the text that it was made from, so ``==`` and ``hash`` are those of ``str``: the alias
    ``dtype("f32")`` differs from ``dtype("float32")`` although both describe the same triple.

    Parameters
    ----------
    content
        Text such as ``"float32"``, ``"int8x4"`` or ``"bool"``, or anything whose ``str`` is one.

    Raises
    ------
    ValueError
        If the text names no data type.

    """

    __slots__ = ["_tvm_ffi_dtype"]
    if TYPE_CHECKING:
        _tvm_ffi_dtype: core.DataType

    _INTEGER_CODES = frozenset({0, 1})
    _FLOAT_CODES = frozenset({2, 4, *range(7, 18)})
    _NUMPY_DTYPE_TO_STR = _NumpyTable()

    def __new__(cls, content: Any) -> dtype:
        text = str(content)
        self = str.__new__(cls, text)
        self._tvm_ffi_dtype = core.DataType(text)
        return self

    @classmethod
    def _from_triple(cls, code: int, bits: int, lanes: int) -> dtype:
        """Return the data type of a triple, with its canonical text."""
        value = core._create_cdtype_from_tuple(core.DataType, code, bits, lanes)
        self = str.__new__(cls, str(value))
        self._tvm_ffi_dtype = value
        return self

    @staticmethod
    def from_dlpack_data_type(triple: tuple[int, int, int]) -> dtype:
        """Return the data type of a DLPack ``(code, bits, lanes)``."""
        return dtype._from_triple(triple[0], triple[1], triple[2])

    @staticmethod
    def is_dtype(arg: Any) -> builtins.bool:
        """Return whether ``dtype(arg)`` would work."""
        if isinstance(arg, dtype):
            return True
        try:
            core.DataType(str(arg))
        except ValueError:
            return False
        return True

    def __repr__(self) -> str:
        return f"dtype({str.__repr__(self)})"

    def __reduce__(self) -> Any:
        return (_restore, (type(self), str(self), self.type_code, self.bits, self.lanes))

    def with_lanes(self, lanes: int) -> dtype:
        """Return the vector type with that many lanes; 0 and 1 give the scalar type."""
        lanes = index(lanes)
        if not -32768 <= lanes <= 32767:
            raise OverflowError("value too large to convert to int16_t")
        return dtype._from_triple(self.type_code, self.bits, lanes or 1)

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self._tvm_ffi_dtype.itemsize

    @property
    def type_code(self) -> int:
        """DLPack type code."""
        return self._tvm_ffi_dtype.type_code

    @property
    def bits(self) -> int:
        """Bits of one lane."""
        return self._tvm_ffi_dtype.bits

    @property
    def lanes(self) -> int:
        """Number of lanes; negative for scalable vectors."""
        return self._tvm_ffi_dtype.lanes

    @property
    def is_bool(self) -> builtins.bool:
        """Whether the elements are booleans."""
        return self.type_code == DataTypeCode.BOOL

    @property
    def is_integer(self) -> builtins.bool:
        """Whether the elements are signed or unsigned integers."""
        return self.type_code in self._INTEGER_CODES

    @property
    def is_float(self) -> builtins.bool:
        """Whether the elements are floating-point numbers of any format."""
        return self.type_code in self._FLOAT_CODES

    @property
    def is_handle(self) -> builtins.bool:
        """Whether the elements are opaque handles."""
        return self.type_code == DataTypeCode.HANDLE


def _restore(cls: type[dtype], text: str, code: int, bits: int, lanes: int) -> dtype:
    """Rebuild a pickled data type with its text and triple."""
    self = str.__new__(cls, text)
    self._tvm_ffi_dtype = core._create_cdtype_from_tuple(core.DataType, code, bits, lanes)
    return self


core._set_class_dtype(dtype)

bool = dtype("bool")
int8 = dtype("int8")
int16 = dtype("int16")
int32 = dtype("int32")
int64 = dtype("int64")
uint8 = dtype("uint8")
uint16 = dtype("uint16")
uint32 = dtype("uint32")
uint64 = dtype("uint64")
float16 = dtype("float16")
float32 = dtype("float32")
float64 = dtype("float64")
bfloat16 = dtype("bfloat16")
float8_e3m4 = dtype("float8_e3m4")
float8_e4m3 = dtype("float8_e4m3")
float8_e4m3b11fnuz = dtype("float8_e4m3b11fnuz")
float8_e4m3fn = dtype("float8_e4m3fn")
float8_e4m3fnuz = dtype("float8_e4m3fnuz")
float8_e5m2 = dtype("float8_e5m2")
float8_e5m2fnuz = dtype("float8_e5m2fnuz")
float8_e8m0fnu = dtype("float8_e8m0fnu")
float6_e2m3fn = dtype("float6_e2m3fn")
float6_e3m2fn = dtype("float6_e3m2fn")
float4_e2m1fn = dtype("float4_e2m1fn")
float4_e2m1fnx2 = dtype("float4_e2m1fnx2")
float4_e2m1fn_x2 = float4_e2m1fnx2
