// SPDX-License-Identifier: Apache-2.0
//! Functions: calls, closures, registration, typed wrappers, exported symbols.

use std::ffi::c_void;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use tvm_ffi::*;

use crate::{kind_and_message, link_testing_library};

fn add_one() -> Function {
    Function::from_typed(|x: i64| -> Result<i64> { Ok(x + 1) })
}

#[test]
fn registered_functions_are_found_and_called() {
    Function::register_global("rust.test.add_one", add_one()).unwrap();
    let found = Function::get_global("rust.test.add_one").unwrap();
    assert_eq!(
        i64::try_from(found.call_tuple((41i64,)).unwrap()).unwrap(),
        42
    );
    assert_eq!(
        kind_and_message(Function::register_global("rust.test.add_one", add_one())),
        (
            "RuntimeError".into(),
            "Global Function `rust.test.add_one` is already registered".into()
        )
    );
}

#[test]
fn an_unknown_global_is_an_error() {
    assert_eq!(
        kind_and_message(Function::get_global("rust.test.nothing")),
        (
            "RuntimeError".into(),
            "Function rust.test.nothing not found".into()
        )
    );
}

#[test]
fn arguments_are_counted_and_converted() {
    let add = Function::from_typed(|a: i64, b: f64| -> Result<f64> { Ok(a as f64 + b) });
    assert_eq!(
        f64::try_from(add.call_tuple((1i64, 2i64)).unwrap()).unwrap(),
        3.0
    );
    assert_eq!(
        kind_and_message(add.call_tuple((1i64,))),
        ("ValueError".into(), "Expected 2 arguments, got 1".into())
    );
    assert_eq!(
        kind_and_message(add.call_tuple((1i64, String::from("x")))),
        (
            "TypeError".into(),
            "Argument #1: Cannot convert from type `ffi.SmallStr` to `float`".into()
        )
    );
}

#[test]
fn every_arity_works() {
    let zero = Function::from_typed(|| -> Result<()> { Ok(()) });
    assert_eq!(zero.call_tuple(()).unwrap().type_index(), 0);
    type Eight = (i64, i64, i64, i64, i64, i64, i64, i64);
    let sum = |a: i64, b: i64, c: i64, d: i64, e: i64, f: i64, g: i64, h: i64| -> Result<i64> {
        Ok(a + b + c + d + e + f + g + h)
    };
    let arguments: Eight = (1, 2, 3, 4, 5, 6, 7, 8);
    let eight = Function::from_typed(sum);
    assert_eq!(
        i64::try_from(eight.call_tuple(arguments).unwrap()).unwrap(),
        36
    );
    let typed = into_typed_fn!(
        eight,
        Fn(i64, i64, i64, i64, i64, i64, i64, i64) -> Result<i64>
    );
    assert_eq!(typed(1, 1, 1, 1, 1, 1, 1, 1).unwrap(), 8);
}

#[test]
fn padded_calls_add_none() {
    let count = Function::from_packed(|args| Ok(Any::from(args.len())));
    let padded = count.call_tuple_with_len::<3, _>((1i64,)).unwrap();
    assert_eq!(usize::try_from(padded).unwrap(), 3);
}

#[test]
fn errors_pass_with_kind_and_message() {
    let fail = Function::from_typed(|x: i64| -> Result<i64> { bail!(KEY_ERROR, "no {x}") });
    assert_eq!(
        kind_and_message(fail.call_tuple((3i64,))),
        ("KeyError".into(), "no 3".into())
    );
}

#[test]
fn a_panic_becomes_an_error() {
    let fail = Function::from_typed(|x: i64| -> Result<i64> { panic!("boom {x}") });
    assert_eq!(
        kind_and_message(fail.call_tuple((1i64,))),
        (
            "InternalError".into(),
            "Rust function panicked: boom 1".into()
        )
    );
    assert!(add_one().call_tuple((1i64,)).is_ok());
}

#[test]
fn no_arguments_may_be_a_null_pointer() {
    let count = Function::from_packed(|args| Ok(Any::from(args.len())));
    let mut result = TVMFFIAny::new();
    // SAFETY: the handle is alive; no arguments may be null.
    let status = unsafe {
        let handle = ObjectArc::as_raw(Function::data(&count)).cast_mut().cast();
        tvm_ffi_sys::TVMFFIFunctionCall(handle, std::ptr::null(), 0, &mut result)
    };
    assert_eq!(status, 0);
    // SAFETY: on success the result is an owned value.
    let result = unsafe { Any::from_raw_ffi_any(result) };
    assert_eq!(result.try_as::<usize>(), Some(0));
}

#[test]
fn closures_are_dropped_with_the_last_reference() {
    let state = Arc::new(());
    let captured = state.clone();
    let function = Function::from_packed(move |_| {
        let _ = &captured;
        Ok(Any::new())
    });
    drop(function.clone());
    assert_eq!(Arc::strong_count(&state), 2);
    drop(function);
    assert_eq!(Arc::strong_count(&state), 1);
}

#[test]
fn values_of_all_kinds_are_arguments() {
    let index = Function::from_packed(|args| Ok(Any::from(args[0].type_index())));
    let index_of = |result: Result<Any>| i32::try_from(result.unwrap()).unwrap();
    assert_eq!(index_of(index.call_tuple((None::<i64>,))), 0);
    assert_eq!(index_of(index.call_tuple((Some(1i64),))), 1);
    assert_eq!(index_of(index.call_tuple((Any::from(1.5f64),))), 3);
    assert_eq!(
        index_of(index.call_tuple((DLDevice::new(DLDeviceType::kDLCPU, 0),))),
        6
    );
    assert_eq!(index_of(index.call_tuple((&Array::new(vec![1i64]),))), 71);
    assert_eq!(index_of(index.call_tuple((&Map::<i64, i64>::new(),))), 72);
    assert_eq!(index_of(index.call_tuple((&add_one(),))), 68);
}

#[test]
fn parameters_and_results_may_be_dynamic() {
    let echo = Function::from_typed(|value: Any| -> Result<Any> { Ok(value) });
    let echo = into_typed_fn!(echo, Fn(&str) -> Result<Any>);
    assert_eq!(echo("text").unwrap().try_as::<String>().unwrap(), "text");
}

#[test]
fn borrowed_text_and_bytes_are_parameters_of_typed_functions() {
    link_testing_library();
    let echo = Function::get_global("testing.echo").unwrap();
    let text = into_typed_fn!(echo.clone(), Fn(&str) -> Result<String>);
    let bytes = into_typed_fn!(echo.clone(), Fn(&[u8]) -> Result<Bytes>);
    assert_eq!(
        text("a string on the heap").unwrap(),
        "a string on the heap"
    );
    assert_eq!(bytes(b"\0x").unwrap(), b"\0x");
    let wrong = into_typed_fn!(echo, Fn(&str) -> Result<i64>);
    assert_eq!(kind_and_message(wrong("x")).0, "TypeError");
}

#[test]
fn other_languages_call_rust_and_rust_calls_back() {
    link_testing_library();
    let apply = Function::get_global("testing.apply").unwrap();
    let result = apply.call_tuple((&add_one(), 3i64)).unwrap();
    assert_eq!(i64::try_from(result).unwrap(), 4);
    let fail = Function::from_typed(|_x: i64| -> Result<i64> { bail!(VALUE_ERROR, "from rust") });
    assert_eq!(
        kind_and_message(apply.call_tuple((&fail, 3i64))),
        ("ValueError".into(), "from rust".into())
    );
}

#[test]
fn a_typed_function_can_be_boxed() {
    let boxed: Box<dyn Fn(i64) -> Result<i64>> =
        Box::new(into_typed_fn!(add_one(), Fn(i64) -> Result<i64>));
    assert_eq!(boxed(1).unwrap(), 2);
}

#[test]
fn functions_cross_threads() {
    let function = add_one();
    let result =
        std::thread::spawn(move || i64::try_from(function.call_tuple((1i64,)).unwrap()).unwrap());
    assert_eq!(result.join().unwrap(), 2);
}

fn scale(tensor: Tensor, by: f32) -> Result<()> {
    tensor
        .data_as_slice_mut::<f32>()?
        .iter_mut()
        .for_each(|x| *x *= by);
    Ok(())
}
tvm_ffi_dll_export_typed_func!(rust_test_scale, scale);

#[test]
fn exported_symbols_follow_the_calling_convention() {
    // SAFETY: the exported function ignores its handle.
    let function =
        unsafe { Function::from_extern_c(std::ptr::null_mut(), __tvm_ffi_rust_test_scale, None) };
    let tensor = Tensor::from_slice(&[1f32, 2.0], &[2]).unwrap();
    function.call_tuple((&tensor, 3i64)).unwrap();
    assert_eq!(tensor.data_as_slice::<f32>().unwrap(), [3.0, 6.0]);
    assert_eq!(
        kind_and_message(function.call_tuple((&tensor,))),
        ("ValueError".into(), "Expected 2 arguments, got 1".into())
    );
}

unsafe extern "C" fn fail_silently(
    _handle: *mut c_void,
    _args: *const TVMFFIAny,
    _num_args: i32,
    _result: *mut TVMFFIAny,
) -> i32 {
    -1
}

static DELETED: AtomicUsize = AtomicUsize::new(0);

unsafe extern "C" fn count_deletion(_handle: *mut c_void) {
    DELETED.fetch_add(1, Ordering::SeqCst);
}

#[test]
fn a_failure_without_a_raised_error_is_still_an_error() {
    // SAFETY: neither callback uses the handle.
    let function = unsafe {
        Function::from_extern_c(std::ptr::null_mut(), fail_silently, Some(count_deletion))
    };
    let (kind, message) = kind_and_message(function.call_packed(&[]));
    assert_eq!(kind, "RuntimeError");
    assert!(message.contains("status -1"), "{message}");
    drop(function);
    assert_eq!(DELETED.load(Ordering::SeqCst), 1);
}

#[test]
fn a_missing_cached_global_names_itself() {
    let text = crate::panic_message(|| {
        let _ = cached_global_func!("rust.test.absent");
    });
    assert_eq!(text, "global function `rust.test.absent` is not registered");
}

/// A call argument that gives the object in `slot` away.
fn rvalue(slot: &mut *mut TVMFFIObject) -> TVMFFIAny {
    let mut cell = TVMFFIAny::new();
    cell.type_index = TypeIndex::kTVMFFIObjectRValueRef as i32;
    cell.data_union.v_ptr = std::ptr::from_mut(slot).cast();
    cell
}

#[test]
fn objects_that_the_caller_gives_away_are_taken_over() {
    let count = |shape: Shape| -> Result<usize> {
        Ok(AnyView::from(&shape).debug_strong_count().unwrap_or(0))
    };
    let count = Function::from_typed(count);
    let call = |cell: &TVMFFIAny| {
        // SAFETY: a view is a cell, and the cell is valid.
        count.call_packed(&[unsafe { *std::ptr::from_ref(cell).cast::<AnyView>() }])
    };
    let owned = |value: Any| {
        // SAFETY: the reference moves to the slot.
        unsafe { Any::into_raw_ffi_any(value).data_union.v_obj }
    };
    let mut slot = owned(Any::from(Shape::from([1, 2])));
    let cell = rvalue(&mut slot);
    assert_eq!(usize::try_from(call(&cell).unwrap()).unwrap(), 1);
    assert!(slot.is_null());
    assert_eq!(
        kind_and_message(call(&cell)).1,
        "Argument #0: Cannot convert from type `ObjectRValueRef` to `ffi.Shape`"
    );

    let mut slot = owned(Any::from(add_one()));
    let cell = rvalue(&mut slot);
    assert_eq!(kind_and_message(call(&cell)).0, "TypeError");
    assert!(
        !slot.is_null(),
        "an object of another type stays with the caller"
    );
    // SAFETY: the slot still owns its reference.
    drop(unsafe { ObjectArc::from_raw(slot.cast_const().cast::<Object>()) });
}
