// SPDX-License-Identifier: Apache-2.0
//! Names that other crates are written against: where they are, and what values have for texts.

#![allow(unused_imports)]

use tvm_ffi::{
    attach_context, bail, cached_global_func, check_safe_call, current_stream, dispatch, ensure,
    function_name, impl_arg_into_ref, impl_into_arg_holder_default, impl_object_upcast,
    impl_try_from_any, impl_try_from_any_for_parametric, into_typed_fn, match_any,
    structural_visit, structural_walk, tvm_ffi_dll_export_typed_func, tvm_ffi_sys, with_stream,
    Any, AnyCompatible, AnyView, Array, BigInt, Bytes, CPUNDAlloc, DLDataType, DLDataTypeCode,
    DLDataTypeExt, DLDevice, DLDeviceType, DefRegionKind, Error, ErrorKind, FieldGetter, Function,
    IntoVisitResult, IntoWalker, List, Map, Module, NDAllocator, Object, ObjectArc, ObjectCore,
    ObjectCoreWithExtraItems, ObjectRefCast, ObjectRefCore, Optional, OptionalCompatible, Result,
    ShallowCopy, Shape, String, StructuralVisitor, TVMFFIAny, TVMFFIObject, TVMFFIStreamHandle,
    Tensor, TypeIndex, UnsafeInit, VisitDispatch, VisitInterrupt, VisitValue, WalkChainLink,
    WalkOrder, WalkResult, ATTRIBUTE_ERROR, INDEX_ERROR, KEY_ERROR, RUNTIME_ERROR, TYPE_ERROR,
    VALUE_ERROR,
};

// Not at the root.
use tvm_ffi::any::TryFromTemp;
use tvm_ffi::collections::array::{ArrayIterator, ArrayObj};
use tvm_ffi::collections::map::{MapItems, MapIter, MapKeys, MapObj, MapValues};
use tvm_ffi::collections::shape::ShapeObj;
use tvm_ffi::collections::tensor::{DLTensorExt, TensorObj};
use tvm_ffi::derive::{Object as DeriveObject, ObjectRef as DeriveObjectRef};
use tvm_ffi::dtype::AsDLDataType;
use tvm_ffi::error::ErrorObj;
use tvm_ffi::extra::module::ModuleObj;
use tvm_ffi::function::FunctionObj;
use tvm_ffi::function_internal::{
    call_packed_callable, ArgIntoRef, AsPackedCallable, IntoArgHolder, IntoArgHolderTuple,
    TupleAsPackedArgs,
};
use tvm_ffi::macros::paste;
use tvm_ffi::object::{is_instance_of, unsafe_, ObjectRef};
use tvm_ffi::reflection::{drop_if_defined, AccessPath, AccessStep};

use crate::kind_and_message;

#[test]
fn texts_name_the_types_to_convert_to() {
    fn text<T: AnyCompatible>() -> std::string::String {
        T::type_str()
    }
    let texts = [
        (text::<bool>(), "bool"),
        (text::<u8>(), "int"),
        (text::<isize>(), "int"),
        (text::<f32>(), "float"),
        (text::<()>(), "None"),
        (text::<*mut std::ffi::c_void>(), "void*"),
        (text::<Option<i32>>(), "Optional<int>"),
        (text::<DLDataType>(), "DataType"),
        (text::<DLDevice>(), "Device"),
        (text::<String>(), "ffi.String"),
        (text::<Bytes>(), "ffi.Bytes"),
        (text::<ObjectRef>(), "ffi.Object"),
        (text::<Function>(), "ffi.Function"),
        (text::<Error>(), "ffi.Error"),
        (text::<Shape>(), "ffi.Shape"),
        (text::<Tensor>(), "ffi.Tensor"),
        (text::<Module>(), "ffi.Module"),
        (text::<BigInt>(), "BigInt"),
        (text::<Array<Any>>(), "Array<Any>"),
        (text::<List<i64>>(), "List<int>"),
        (
            text::<Map<String, Array<f64>>>(),
            "Map<ffi.String, Array<float>>",
        ),
    ];
    for (actual, expected) in texts {
        assert_eq!(actual, expected);
    }
}

#[test]
fn texts_name_the_types_of_values() {
    let keys = [
        (0, "None"),
        (1, "int"),
        (2, "bool"),
        (3, "float"),
        (4, "void*"),
        (5, "DataType"),
        (6, "Device"),
        (7, "DLTensor*"),
        (8, "const char*"),
        (9, "TVMFFIByteArray*"),
        (10, "ObjectRValueRef"),
        (11, "ffi.SmallStr"),
        (12, "ffi.SmallBytes"),
        (13, "ffi.Unchanged"),
        (64, "ffi.Object"),
        (65, "ffi.String"),
        (66, "ffi.Bytes"),
        (67, "ffi.Error"),
        (68, "ffi.Function"),
        (69, "ffi.Shape"),
        (70, "ffi.Tensor"),
        (71, "ffi.Array"),
        (72, "ffi.Map"),
        (73, "ffi.Module"),
        (74, "ffi.OpaquePyObject"),
        (75, "ffi.List"),
        (76, "ffi.Dict"),
        (77, "ffi.VisitInterrupt"),
        (78, "ffi.BigInt"),
    ];
    for (type_index, key) in keys {
        let cell = TVMFFIAny {
            type_index,
            ..TVMFFIAny::new()
        };
        assert_eq!(i64::get_mismatch_type_info(&cell), key);
    }
}

#[test]
fn earlier_names_of_definition_regions_are_patterns() {
    let is_recursive = |kind| matches!(kind, DefRegionKind::Recursive);
    assert!(is_recursive(DefRegionKind::Pattern));
    assert!(!is_recursive(DefRegionKind::NonRecursive));
    assert_eq!(DefRegionKind::NonRecursive as i32, 2);
    assert_eq!(DefRegionKind::default(), DefRegionKind::None);
}

#[test]
fn a_status_becomes_a_result() {
    assert!(check_safe_call!(0).is_ok());
    Error::set_raised(&Error::new(KEY_ERROR, "no such key", ""));
    assert_eq!(
        kind_and_message(check_safe_call!(-1)),
        ("KeyError".into(), "no such key".into())
    );
}

#[test]
fn typed_functions_return_results_of_other_error_types() {
    let echo = Function::from_typed(|value: i64| -> Result<i64> { Ok(value) });
    let boxed = into_typed_fn!(
        echo.clone(),
        Fn(i64) -> std::result::Result<f64, Box<dyn std::error::Error>>
    );
    assert_eq!(boxed(2).unwrap(), 2.0);
    let nothing = into_typed_fn!(echo, Fn(i64) -> Result<()>);
    assert_eq!(
        kind_and_message(nothing(2)),
        (
            "TypeError".into(),
            "Cannot convert from type `int` to `None`".into()
        )
    );
}

#[test]
fn only_final_types_match_by_one_index() {
    const EXACT: [bool; 4] = [
        Module::MATCH_ANY_EXACT,
        Tensor::MATCH_ANY_EXACT,
        Function::MATCH_ANY_EXACT,
        Array::<i64>::MATCH_ANY_EXACT,
    ];
    assert_eq!(EXACT, [true, false, false, false]);
    assert_eq!(Module::match_any_exact_type_index(), 73);
}

#[test]
fn the_crates_have_one_version() {
    let version = |manifest: &str| {
        let line = manifest.lines().find(|line| line.starts_with("version = "));
        line.expect("a version").to_owned()
    };
    let own = version(include_str!("../../Cargo.toml"));
    assert_eq!(
        version(include_str!("../../../tvm-ffi-sys/Cargo.toml")),
        own
    );
    assert_eq!(
        version(include_str!("../../../tvm-ffi-macros/Cargo.toml")),
        own
    );
}
