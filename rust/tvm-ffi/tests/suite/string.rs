// SPDX-License-Identifier: Apache-2.0
//! Strings and bytes.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use tvm_ffi::*;

use crate::panic_message;

fn hash_of(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn seven_bytes_are_inline_and_eight_are_not() {
    let small = Any::from(String::from("1234567"));
    let large = Any::from(String::from("12345678"));
    assert_eq!(small.type_index(), TypeIndex::kTVMFFISmallStr as i32);
    assert_eq!(large.type_index(), TypeIndex::kTVMFFIStr as i32);
    assert_eq!(String::try_from(small).unwrap(), "1234567");
    assert_eq!(String::try_from(large).unwrap(), "12345678");
    assert_eq!(Any::from(Bytes::from([0u8; 7])).type_index(), 12);
    assert_eq!(Any::from(Bytes::from([0u8; 8])).type_index(), 66);
}

#[test]
fn clones_of_large_content_share_it() {
    let large = Bytes::from(vec![7u8; 100]);
    assert_eq!(large.clone().as_slice().as_ptr(), large.as_slice().as_ptr());
    let small = Bytes::from([7u8; 3]);
    assert_ne!(small.clone().as_slice().as_ptr(), small.as_slice().as_ptr());
}

#[test]
fn a_zero_byte_follows_the_content() {
    for length in [0usize, 3, 7, 8, 100] {
        let bytes = Bytes::from(vec![1u8; length]);
        let end = bytes.as_slice().as_ptr().wrapping_add(length);
        // SAFETY: the terminator is part of every bytes value.
        assert_eq!(unsafe { *end }, 0, "length {length}");
    }
}

#[test]
fn equality_order_and_hash_are_by_content() {
    let a = String::from("alpha beta gamma");
    let b = String::from("alpha beta gamma".to_owned());
    assert_eq!(a, b);
    assert_eq!(a, "alpha beta gamma");
    let sorted = ["b", "shorter than this", "a", "short"].map(String::from);
    let mut sorted = sorted.to_vec();
    sorted.sort();
    assert_eq!(sorted, ["a", "b", "short", "shorter than this"]);
    assert_eq!(hash_of(&a), hash_of("alpha beta gamma"));
    assert_eq!(Bytes::from("x"), Bytes::from(vec![b'x']));
    assert_ne!(Bytes::new(), Bytes::from([0]));
    assert_eq!(Bytes::from(&[]), Bytes::default());
}

#[test]
fn unicode_keeps_its_bytes() {
    let text = String::from("héllo wörld ✓");
    assert_eq!(text.len(), "héllo wörld ✓".len());
    assert!(text.ends_with('✓'));
}

#[test]
fn display_and_debug_quote() {
    assert_eq!(String::from("he\"llo").to_string(), r#""he\"llo""#);
    assert_eq!(Bytes::from("he").to_string(), "[104, 101]");
    assert_eq!(
        format!("{:?}", String::from("x")),
        r#"ffi.String { data: "x" }"#
    );
    assert_eq!(
        format!("{:?}", Bytes::from([1, 2])),
        "ffi.Bytes { data: [1, 2] }"
    );
}

#[test]
fn text_that_is_not_utf8_panics_with_advice_and_stays_readable_as_bytes() {
    // What a C++ library could hand out: a string cell with arbitrary bytes.
    let mut cell = TVMFFIAny::new();
    cell.type_index = TypeIndex::kTVMFFISmallStr as i32;
    cell.small_str_len = 2;
    cell.data_union.v_bytes = [0xff, 0xfe, 0, 0, 0, 0, 0, 0];
    // SAFETY: the cell is a complete inline string.
    let text = String::try_from(unsafe { Any::from_raw_ffi_any(cell) }).unwrap();
    assert_eq!(text.as_bytes(), [0xff, 0xfe]);
    assert!(format!("{text:?}").contains('\u{fffd}'));
    let copy = text.clone();
    assert!(panic_message(move || drop(copy.as_str().to_owned())).contains("as_bytes()"));
}

/// A function that hands its one argument through as an owned value read as `T`.
fn raw_argument<T: AnyCompatible>(cell: TVMFFIAny) -> Result<T> {
    // SAFETY: the cells below point to static data.
    let view = unsafe { *std::ptr::from_ref(&cell).cast::<AnyView>() };
    any::TryFromTemp::try_from(view).map(any::TryFromTemp::into_value)
}

#[test]
fn raw_c_strings_are_copied() {
    let mut cell = TVMFFIAny::new();
    cell.type_index = TypeIndex::kTVMFFIRawStr as i32;
    cell.data_union.v_c_str = c"a raw c string".as_ptr().cast();
    assert_eq!(raw_argument::<String>(cell).unwrap(), "a raw c string");
    assert!(raw_argument::<Bytes>(cell).is_err());
    cell.data_union.v_c_str = c"\xff".as_ptr().cast();
    assert!(raw_argument::<String>(cell).is_err());
}

#[test]
fn byte_arrays_are_copied() {
    let array = tvm_ffi_sys::TVMFFIByteArray::new(b"content".as_ptr(), 7);
    let mut cell = TVMFFIAny::new();
    cell.type_index = TypeIndex::kTVMFFIByteArrayPtr as i32;
    cell.data_union.v_ptr = std::ptr::from_ref(&array).cast_mut().cast();
    assert_eq!(raw_argument::<Bytes>(cell).unwrap(), b"content");
    assert!(raw_argument::<String>(cell).is_err());
}
