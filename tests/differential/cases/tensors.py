# SPDX-License-Identifier: Apache-2.0
"""Tensors and DLPack."""

import copy
import pickle

import numpy as np
import tvm_ffi
import tvm_ffi.testing
from tvm_ffi import Tensor, from_dlpack

echo = tvm_ffi.get_global_func("testing.echo")


def tensor(shape=(2, 3), dtype="int32"):
    return from_dlpack(np.arange(np.prod(shape), dtype=dtype).reshape(shape))


def read_only():
    array = np.arange(3)
    array.flags.writeable = False
    return array


class Bad:
    def __dlpack__(self, **kwargs):
        return "no capsule"


class Raises:
    def __dlpack__(self, **kwargs):
        raise KeyError("no")


CASES = """
tensor()
repr(tensor())
str(tensor((), "float32"))
tensor().shape
tensor().strides
tensor().ndim
tensor().numel()
tensor(()).shape
tensor(()).numel()
tensor(()).strides
tensor((0, 3)).numel()
tensor((0, 3)).is_contiguous()
tensor().size(0)
tensor().size(-1)
tensor().size(2)
tensor().size(-3)
tensor().size("x")
tensor().dtype
tensor().device
tensor().is_contiguous()
from_dlpack(np.zeros((3, 4))[:, ::2]).strides
from_dlpack(np.zeros((3, 4))[:, ::2]).is_contiguous()
from_dlpack(np.zeros((3, 1))[:, ::1]).is_contiguous()
from_dlpack(np.zeros((3, 4)).T).is_contiguous()
type(tensor().data_ptr())
tensor().__dlpack_device__()
repr(tensor().__dlpack__())[:25]
repr(tensor().__dlpack__(max_version=(1, 0)))[:35]
repr(tensor().__dlpack__(max_version=(1, 3), dl_device=(1, 0)))[:35]
tensor().__dlpack__(max_version=(1, 0), dl_device=(2, 0))
tensor().__dlpack__(max_version=(1, 0), copy=True)
repr(tensor().__dlpack__(max_version=(1, 0), copy=False))[:35]
repr(tensor().__dlpack__(max_version=(5, 0)))[:35]
repr(tensor()._to_dlpack())[:25]
repr(tensor()._to_dlpack_versioned())[:35]
np.from_dlpack(tensor()).tolist()
from_dlpack(tensor()).same_as(tensor())
from_dlpack(5)
from_dlpack(None)
from_dlpack(Bad())
from_dlpack(Raises())
from_dlpack(read_only())
from_dlpack(np.zeros(3, dtype="U3"))
from_dlpack(np.zeros(3, dtype="bool")).dtype
from_dlpack(np.zeros(3, dtype="float16")).dtype
from_dlpack(np.zeros(3, dtype="complex64")).dtype
from_dlpack(np.zeros(3, dtype="uint8")).dtype
from_dlpack(np.zeros((3, 4))[:, ::2], require_contiguous=True)
from_dlpack(np.zeros((3, 4)), require_contiguous=True).shape
from_dlpack(np.zeros(65)[1:], require_alignment=4096)
from_dlpack(np.zeros(4), 8)
from_dlpack(tensor()._to_dlpack()).shape
from_dlpack(tensor()._to_dlpack_versioned()).shape
len(tensor())
tensor()[0]
iter(tensor())
tensor() + 1
tensor() == tensor()
bool(tensor() == 5)
isinstance(tensor(), tvm_ffi.Object)
isinstance(tensor(), tvm_ffi.core.CObject)
Tensor.__mro__
setattr(tensor(), "x", 1)
pickle.dumps(tensor())
copy.copy(tensor())
copy.deepcopy(tensor())
echo(np.arange(3, dtype="int32"))
echo(np.float32(1))
echo(np.array(5.0))
echo(read_only())
echo(np.zeros(2, dtype="U3"))
echo(np.zeros(2, dtype="datetime64[s]"))
echo([np.arange(2, dtype="int8"), 1])
echo({"t": np.arange(2, dtype="int8")})
echo(Bad())
echo(Raises())
echo(memoryview(b"xy")).nbytes
tvm_ffi.get_global_func("testing.schema_id_tensor")(np.arange(2.0))
tvm_ffi.get_global_func("testing.schema_id_tensor")(5)
tvm_ffi.get_global_func("testing.schema_id_tensor")(None)
tvm_ffi.get_global_func("testing.schema_id_dltensor")(np.arange(2.0)).shape
tvm_ffi.get_global_func("testing.schema_tensor_view_input")(np.arange(2.0))
tvm_ffi.get_global_func("testing.schema_tensor_view_input")(5)
tvm_ffi.get_global_func("testing.optional_tensor_view_has_value")(None)
tvm_ffi.get_global_func("testing.optional_tensor_view_has_value")(np.arange(2))
tvm_ffi.get_global_func("testing.optional_tensor_view_has_value")(1)
tvm_ffi.testing.make_array_with_mixed(np.arange(2, dtype="int8"), 5)
tvm_ffi.testing.make_nested_array_with_tensor(np.arange(2, dtype="int8"))
tvm_ffi.testing.make_map_with_tensor(np.arange(2, dtype="int8"))
tvm_ffi.testing.make_dict_with_tensor(np.arange(2, dtype="int8"))
tvm_ffi.testing.make_list_with_tensor(np.arange(2, dtype="int8"), 4)
tvm_ffi.testing.make_nested_map_with_tensor(np.arange(2, dtype="int8"), np.arange(1, dtype="int8"))
tvm_ffi._ffi_api.ContainerFindFirstNonCPUDevice([np.arange(2)])
tvm_ffi.core._make_strides_from_shape((2, 3, 4))
tvm_ffi.core._make_strides_from_shape(())
tvm_ffi.core._make_strides_from_shape([2])
tvm_ffi.core.__dlpack_version__
tvm_ffi.core._shape_obj_get_py_tuple(tvm_ffi.Shape((1, 2))._tvm_ffi_cached_object)
tvm_ffi.core.DLTensorTestWrapper(5)
tvm_ffi.core.DLTensorTestWrapper(tensor()).__dlpack_device__()
echo(tvm_ffi.core.DLTensorTestWrapper(tensor()))
from_dlpack(tvm_ffi.core.DLTensorTestWrapper(tensor()))
"""


def case_memory_is_shared():
    array = np.arange(4, dtype="int32")
    t = from_dlpack(array)
    np.from_dlpack(t)[0] = 42
    return array.tolist(), t.data_ptr() == array.ctypes.data


def case_a_capsule_is_consumed_once():
    capsule = tensor()._to_dlpack()
    from_dlpack(capsule)
    return repr(capsule)[:30], from_dlpack(capsule)


def case_callbacks_get_tensors():
    seen = []
    f = tvm_ffi.convert(lambda *args: seen.append([type(a).__name__ for a in args]))
    f(np.arange(2), [np.arange(2)])
    return seen
