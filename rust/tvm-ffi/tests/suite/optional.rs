// SPDX-License-Identifier: Apache-2.0
//! In-place optionals.

use tvm_ffi::*;

/// The 16 bytes of an optional.
fn image<T: OptionalCompatible>(value: &Optional<T>) -> [u8; 16] {
    // SAFETY: an optional is one complete cell.
    unsafe { std::ptr::from_ref(value).cast::<[u8; 16]>().read() }
}

#[test]
fn byte_images_are_those_of_the_cell() {
    assert_eq!(image(&Optional::<i32>::none()), [0; 16]);
    assert_eq!(
        image(&Optional::some(0x12345678i32)),
        [1, 0, 0, 0, 0, 0, 0, 0, 0x78, 0x56, 0x34, 0x12, 0, 0, 0, 0]
    );
    assert_eq!(
        image(&Optional::some(String::from("hi"))),
        [11, 0, 0, 0, 2, 0, 0, 0, b'h', b'i', 0, 0, 0, 0, 0, 0]
    );
    assert_eq!(image(&Optional::<Option<i32>>::some(None)), [0; 16]);
}

#[test]
fn values_are_read_set_and_moved_out() {
    let mut value = Optional::some(5i64);
    assert!(value.has_value());
    assert_eq!(value.get(), Some(5));
    value.set(None);
    assert!(value.is_none());
    assert_eq!(value.into_option(), None);
    assert_eq!(Optional::from(Some(1.5f64)).into_option(), Some(1.5));
    assert_eq!(Option::<bool>::from(Optional::some(true)), Some(true));
}

#[test]
fn heap_payloads_are_shared_and_released() {
    let text = String::from("a string on the heap");
    let mut value = Optional::some(text.clone());
    assert_eq!(value.as_str(), Some("a string on the heap"));
    let copy = value.clone();
    assert_eq!(AnyView::from(&text).debug_strong_count(), Some(3));
    value.set(None);
    assert_eq!(copy.into_option().unwrap(), text);
    assert_eq!(AnyView::from(&text).debug_strong_count(), Some(1));
}

#[test]
fn comparison_and_debug_look_at_the_value() {
    assert_eq!(Optional::some(1), Optional::some(1));
    assert_ne!(Optional::some(1), Optional::none());
    assert_eq!(format!("{:?}", Optional::some(1)), "Optional::Some(1)");
    assert_eq!(format!("{:?}", Optional::<i32>::none()), "Optional::None");
}

#[test]
fn optionals_of_optional_references_are_cells() {
    let array = Array::new(vec![1i64, 2]);
    let value = Optional::some(Some(array.clone()));
    assert_eq!(std::mem::size_of_val(&value), 16);
    assert_eq!(AnyView::from(&array).debug_strong_count(), Some(2));
    assert_eq!(value.into_option().flatten().unwrap().len(), 2);
    assert_eq!(AnyView::from(&array).debug_strong_count(), Some(1));
    assert!(Optional::<Option<Array<i64>>>::some(None).is_none());
}
