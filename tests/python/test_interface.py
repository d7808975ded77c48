# SPDX-License-Identifier: Apache-2.0
"""The names that code written for the published package imports are all here."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
import tvm_ffi
import tvm_ffi.testing
from tvm_ffi import _ffi_api, core, registry
from tvm_ffi.core import TypeSchema

PACKAGE = """
LIB Array DLDeviceType DefRegionKind Device Dict Function InplaceMode List Map Module Object
ObjectConvertible Shape StreamContext StructuralKey StructuralMutator StructuralVisitor Tensor
VisitInterrupt WalkOrder WalkResult __version__ __version_tuple__ access_path convert convert_func
cpp dataclasses device dtype from_dlpack get_first_structural_mismatch get_global_func
get_global_func_metadata get_raw_stream init_ffi_api load_module method register_error
register_global_func register_object remove_global_func serialization structural structural_equal
structural_hash structural_map structural_mutate structural_visit structural_walk system_lib
use_raw_stream use_torch_stream
"""
OWN = "list_module_loaders load_module_from_bytes"  # what this project adds
NOT_IN_ALL = """
CAny CContainerBase bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float64 float32 float16
bfloat16 float8_e3m4 float8_e4m3 float8_e4m3b11fnuz float8_e4m3fn float8_e4m3fnuz float8_e5m2
float8_e5m2fnuz float8_e8m0fnu float6_e2m3fn float6_e3m2fn float4_e2m1fn float4_e2m1fnx2
"""
SUBMODULES = """
_convert _dtype _dunder _ffi_api _optional_torch_c_dlpack _tensor _version access_path container
core cpp dataclasses error libinfo module registry serialization stream structural utils
"""
CORE = """
CObject CContainerBase Object _ObjectSlotsMeta ObjectConvertible ObjectRValueRef PyNativeObject
OpaquePyObject Error Function Tensor DataType Device DLDeviceType String Bytes CAny TypeSchema
TypeField TypeMethod TypeInfo FFIProperty FieldGetter FieldSetter DLTensorTestWrapper ByteArrayArg
_TypeConverter _ConvertError object_repr from_dlpack _new_object _create_device_from_tuple
_create_cdtype_from_tuple _set_class_object _set_class_device _set_class_dtype _set_class_tensor
_register_object_by_index _object_type_key_to_index _set_type_cls
_lookup_or_register_type_info_from_type_key _lookup_type_attr _register_type_attr
_type_cls_to_type_info _type_index_to_type_info _register_py_class _rollback_py_class
_register_fields _member_method_wrapper _register_global_func _get_global_func _convert_to_ffi_func
_convert_to_opaque_object _convert_to_ffi_error _convert_torch_dtype_to_ffi_dtype
_convert_numpy_dtype_to_ffi_dtype _env_set_current_stream _env_get_current_stream
_shape_obj_get_py_tuple _make_strides_from_shape _to_py_class_value _annotation_union
_annotation_cobject _build_converter _print_debug_info
_testing_drop_last_ref_without_thread_state MISSING KWARGS __dlpack_version__ ERROR_NAME_TO_TYPE
ERROR_TYPE_TO_NAME _WITH_APPEND_BACKTRACE _TRACEBACK_TO_BACKTRACE_STR _CLASS_OBJECT _CLASS_DEVICE
_CLASS_DTYPE _CLASS_TENSOR _OPAQUE_PTR_HANDLERS _ORIGIN_NATIVE_LAYOUT _ORIGIN_TO_TYPE_INDEX
_TYPE_INDEX_TO_ORIGIN _TYPE_SCHEMA_ORIGIN_CONVERTER _TYPE_INDEX_TO_RETAINED_TYPE_KEY
_RETAINED_TYPE_KEYS _ORIGIN_TYPE_INDEX_STRUCTURAL _ORIGIN_TYPE_INDEX_UNKNOWN torch numpy ml_dtypes
cuda_driver
"""
# What the Python code of published consumers imports, by module.
CONSUMERS = {
    "tvm_ffi._dtype": "dtype DataTypeCode",
    "tvm_ffi._ffi_api": "MakeObjectFromPackedArgs ModuleGlobalsAdd",
    "tvm_ffi.registry": "register_object _SKIP_UNKNOWN_OBJECTS get_registered_type_keys",
    "tvm_ffi.container": "Array Dict List Map MISSING getitem_helper normalize_index",
    "tvm_ffi.access_path": "AccessPath",
    "tvm_ffi.dataclasses": "Enum",
    "tvm_ffi.serialization": "from_json_graph_str to_json_graph_str",
    "tvm_ffi.module": "Module ModulePropertyMask load_module system_lib",
    "tvm_ffi.stream": "StreamContext get_raw_stream use_raw_stream use_torch_stream",
    "tvm_ffi.error": "register_error TracebackManager _TRACEBACK_MANAGER _parse_backtrace",
    "tvm_ffi._optional_torch_c_dlpack": "load_torch_c_dlpack_extension "
    "patch_torch_cuda_stream_protocol",
}
FUNCTIONS = [
    line.split(": ", 1)
    for line in (Path(__file__).parent / "global_functions.txt").read_text().splitlines()
    if not line.startswith("#")
]


def test_all_of_the_package():
    assert sorted(tvm_ffi.__all__) == sorted((PACKAGE + OWN).split())


@pytest.mark.parametrize("name", (PACKAGE + NOT_IN_ALL + SUBMODULES).split())
def test_names_of_the_package(name):
    assert getattr(tvm_ffi, name) is not None
    assert name in dir(tvm_ffi)


@pytest.mark.parametrize("name", CORE.split())
def test_names_of_the_core(name):
    value = getattr(core, name)
    if isinstance(value, type) and value.__name__ == name:
        assert value.__module__ == "tvm_ffi.core"


@pytest.mark.parametrize("module", CONSUMERS)
def test_names_that_consumers_import(module):
    found = importlib.import_module(module)
    assert [name for name in CONSUMERS[module].split() if not hasattr(found, name)] == []


def test_the_core_knows_its_sentinels_and_version():
    assert core.__dlpack_version__ == (1, 3)
    assert (repr(core.MISSING), repr(core.KWARGS)) == ("<MISSING>", "<KWARGS>")
    assert type(core.MISSING) is type(core.KWARGS) is core.Object
    assert core._TYPE_INDEX_TO_RETAINED_TYPE_KEY == {78: "ffi.BigInt"}
    assert core._RETAINED_TYPE_KEYS == frozenset({"ffi.BigInt"})
    assert core._ORIGIN_TYPE_INDEX_STRUCTURAL == -2
    assert core._ORIGIN_TYPE_INDEX_UNKNOWN == -3


def test_the_tables_of_foreign_classes_start_with_the_packages_own():
    assert core._CLASS_OBJECT is core.Object
    assert core._CLASS_DEVICE is core.Device
    assert core._CLASS_DTYPE is tvm_ffi.dtype
    assert core._CLASS_TENSOR is core.Tensor


@pytest.mark.parametrize("name, schema", FUNCTIONS, ids=[name for name, _ in FUNCTIONS])
def test_global_functions_have_their_schema(name, schema):
    metadata = registry.get_global_func_metadata(name)
    found = str(TypeSchema.from_json_str(metadata["type_schema"])) if metadata else "None"
    assert found == schema


def test_functions_of_the_namespace_are_attributes_of_the_api_module():
    names = [name[4:] for name, _ in FUNCTIONS if name.startswith("ffi.")]
    plain = [name for name in names if "." not in name]
    assert len(plain) > 90
    assert [name for name in plain if not isinstance(getattr(_ffi_api, name), core.Function)] == []
    assert set(plain) <= set(_ffi_api.__all__)
    assert not hasattr(_ffi_api, "json.Parse")


def test_the_debug_text_tells_the_size_of_the_dispatch_table(capfd):
    core._print_debug_info()
    assert capfd.readouterr().out.startswith("TVMFFIPyGetArgDispatchMapSize: ")
