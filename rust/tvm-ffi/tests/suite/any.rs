// SPDX-License-Identifier: Apache-2.0
//! Dynamic values: representation, strict and converting reads, counts.

use std::ffi::c_void;

use tvm_ffi::*;

use crate::kind_and_message;

fn index_of<T: AnyCompatible>(value: T) -> i32 {
    Any::from(value).type_index()
}

#[test]
fn every_integer_type_round_trips_its_maximum() {
    macro_rules! check {
        ($($type:ty),*) => {$(
            let any = Any::from(<$type>::MAX);
            assert_eq!(any.type_index(), TypeIndex::kTVMFFIInt as i32);
            assert_eq!(any.try_as::<$type>(), Some(<$type>::MAX));
            let value = <$type>::MAX;
            assert_eq!(<$type>::try_from(AnyView::from(&value)).unwrap(), <$type>::MAX);
        )*};
    }
    check!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);
}

#[test]
fn plain_values_have_their_index() {
    assert_eq!(Any::new().type_index(), 0);
    assert_eq!(index_of(()), 0);
    assert_eq!(index_of(true), 2);
    assert_eq!(index_of(1.5f32), 3);
    assert_eq!(Any::from(std::ptr::null_mut()).type_index(), 4);
    assert_eq!(index_of(DLDataType::new(DLDataTypeCode::kDLInt, 8, 1)), 5);
    assert_eq!(index_of(DLDevice::new(DLDeviceType::kDLCUDA, 3)), 6);
    assert_eq!(index_of(Some(1)), 1);
    assert_eq!(index_of(None::<i32>), 0);
}

#[test]
fn strict_reading_never_converts() {
    assert_eq!(Any::from(1i64).try_as::<f64>(), None);
    assert_eq!(Any::from(1i64).try_as::<bool>(), None);
    assert_eq!(Any::from(true).try_as::<i64>(), None);
    assert_eq!(Any::new().try_as::<i64>(), None);
    assert_eq!(Any::new().try_as::<Option<i64>>(), Some(None));
}

#[test]
fn related_numbers_convert() {
    assert!(bool::try_from(Any::from(7i64)).unwrap());
    assert_eq!(i32::try_from(Any::from(true)).unwrap(), 1);
    assert_eq!(f64::try_from(Any::from(2i64)).unwrap(), 2.0);
    assert_eq!(f32::try_from(Any::from(true)).unwrap(), 1.0);
    assert!(<*mut c_void>::try_from(Any::new()).unwrap().is_null());
}

#[test]
fn narrowing_wraps() {
    assert_eq!(i8::try_from(Any::from(300i64)).unwrap(), 44);
    assert_eq!(u8::try_from(Any::from(-1i64)).unwrap(), 255);
    assert_eq!(i32::try_from(Any::from(i64::MIN)).unwrap(), 0);
    assert_eq!(f64::try_from(Any::from(u64::MAX)).unwrap(), -1.0);
    assert_eq!(f32::try_from(Any::from(1e300f64)).unwrap(), f32::INFINITY);
}

#[test]
fn failed_conversion_names_both_types() {
    let type_error = |text: &str| ("TypeError".to_owned(), text.to_owned());
    assert_eq!(
        kind_and_message(i32::try_from(Any::new())),
        type_error("Cannot convert from type `None` to `int`")
    );
    assert_eq!(
        kind_and_message(Option::<i32>::try_from(Any::from(1.5f64))),
        type_error("Cannot convert from type `float` to `Optional<int>`")
    );
    assert_eq!(
        kind_and_message(bool::try_from(Any::from(1.5f64))),
        type_error("Cannot convert from type `float` to `bool`")
    );
    assert_eq!(
        kind_and_message(i64::try_from(Any::from(String::from(
            "a string on the heap"
        )))),
        type_error("Cannot convert from type `ffi.String` to `int`")
    );
    assert_eq!(
        kind_and_message(object::ObjectRef::try_from(Any::from(String::from(
            "short"
        )))),
        type_error("Cannot convert from type `ffi.SmallStr` to `ffi.Object`")
    );
}

#[test]
fn an_unknown_index_gets_a_placeholder_instead_of_ending_the_process() {
    for index in [14, 63, 79, 127, -5] {
        let mut cell = TVMFFIAny::new();
        cell.type_index = index;
        let text = <i64 as AnyCompatible>::get_mismatch_type_info(&cell);
        assert!(text.contains(&index.to_string()), "{text}");
    }
}

#[test]
fn references_to_a_heap_string_are_counted() {
    let text = String::from("a string on the heap");
    let view = AnyView::from(&text);
    let copy = view;
    assert_eq!(copy.debug_strong_count(), Some(1));
    let owned = Any::from(view);
    assert_eq!(view.debug_strong_count(), Some(2));
    let clone = owned.clone();
    assert_eq!(AnyView::from(&owned).debug_strong_count(), Some(3));
    let second = Any::from(view);
    assert_eq!(view.debug_strong_count(), Some(4));
    let read: String = clone.try_into().unwrap(); // moves: no change
    assert_eq!(view.debug_strong_count(), Some(4));
    drop((owned, second, read));
    assert_eq!(view.debug_strong_count(), Some(1));
}

#[test]
fn small_strings_are_not_counted() {
    assert_eq!(
        Any::from(String::from("seven b")).debug_strong_count(),
        None
    );
    assert_eq!(Any::from(Bytes::from(b"x")).debug_strong_count(), None);
}

#[test]
fn a_device_of_unknown_type_is_rejected() {
    let mut cell = TVMFFIAny::new();
    cell.type_index = TypeIndex::kTVMFFIDevice as i32;
    cell.data_union.v_int64 = 99;
    // SAFETY: the cell is a complete plain value.
    let any = unsafe { Any::from_raw_ffi_any(cell) };
    assert_eq!(any.try_as::<DLDevice>(), None);
    assert!(DLDevice::try_from(any).is_err());
}

#[test]
fn raw_ffi_cells_round_trip_ownership() {
    let any = Any::from(String::from("a string on the heap"));
    let keep = any.clone();
    // SAFETY: the cell is adopted again at once.
    let again = unsafe { Any::from_raw_ffi_any(Any::into_raw_ffi_any(any)) };
    assert_eq!(keep.debug_strong_count(), Some(2));
    drop(again);
    assert_eq!(keep.debug_strong_count(), Some(1));
}
