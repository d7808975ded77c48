// SPDX-License-Identifier: Apache-2.0
//! Arrays.

use tvm_ffi::*;

use crate::{kind_and_message, panic_message};

#[test]
fn elements_come_back_in_order() {
    let array = Array::new(vec![3i64, 1, 2]);
    assert_eq!(array.len(), 3);
    assert_eq!(array.iter().collect::<Vec<_>>(), [3, 1, 2]);
    assert_eq!((&array).into_iter().last(), Some(2));
    assert!(Array::<i64>::default().is_empty());
}

#[test]
fn an_index_out_of_range_is_an_error_or_a_panic() {
    let array = Array::new(vec![1i64]);
    assert_eq!(
        kind_and_message(array.get(1)),
        ("IndexError".into(), "Array get index out of bound".into())
    );
    let text = panic_message(move || {
        let _ = array[4];
    });
    assert_eq!(text, "Index out of bounds: the len is 1 but the index is 4");
}

#[test]
fn elements_keep_their_identity_and_are_released_with_the_array() {
    let shape = Shape::from([1, 2, 3]);
    let array = Array::new(vec![shape.clone(), shape.clone()]);
    assert_eq!(AnyView::from(&shape).debug_strong_count(), Some(3));
    assert_eq!(
        array.get(0).unwrap().as_slice().as_ptr(),
        shape.as_slice().as_ptr()
    );
    drop(array);
    assert_eq!(AnyView::from(&shape).debug_strong_count(), Some(1));
}

#[test]
fn conversion_of_elements_makes_a_new_array() {
    let ints = Array::new(vec![1i64, 2]);
    let same = Array::<i64>::try_from(Any::from(ints.clone())).unwrap();
    assert_eq!(AnyView::from(&same).debug_strong_count(), Some(2));
    let floats = Array::<f64>::try_from(Any::from(ints)).unwrap();
    assert_eq!(AnyView::from(&floats).debug_strong_count(), Some(1));
    assert_eq!(floats.iter().collect::<Vec<_>>(), [1.0, 2.0]);
}

#[test]
fn elements_of_another_type_do_not_convert() {
    let shapes = Any::from(Array::new(vec![Shape::from([1])]));
    assert!(shapes.try_as::<Array<Tensor>>().is_none());
    assert_eq!(
        kind_and_message(Array::<Tensor>::try_from(shapes)),
        (
            "TypeError".into(),
            "Cannot convert from type `ffi.Array` to `Array<ffi.Tensor>`".into()
        )
    );
}

#[test]
fn a_mistyped_element_is_reported_with_its_index() {
    let mixed = Array::new(vec![Any::from(1i64), Any::from(Shape::new())]);
    // An untyped array reinterpreted element by element, as object fields can be.
    let typed = Array::<i64>::from_data(Array::into_data(mixed));
    assert_eq!(
        kind_and_message(typed.get(1)),
        (
            "TypeError".into(),
            "Failed to cast element at 1 to int".into()
        )
    );
    assert_eq!(typed.iter().count(), 1);
}

#[test]
fn untyped_elements_are_allowed() {
    let mixed = Array::new(vec![Any::from(1i64), Any::from(String::from("two"))]);
    let through = Array::<Any>::try_from(Any::from(mixed)).unwrap();
    assert_eq!(through.get(0).unwrap().try_as::<i64>(), Some(1));
    assert_eq!(through.get(1).unwrap().try_as::<String>().unwrap(), "two");
}

#[test]
fn functions_are_elements() {
    let twice = Function::from_typed(|x: i64| -> Result<i64> { Ok(2 * x) });
    let functions = Array::new(vec![twice]);
    let result = functions.get(0).unwrap().call_tuple((21i64,)).unwrap();
    assert_eq!(i64::try_from(result).unwrap(), 42);
}

#[test]
fn other_languages_read_the_elements() {
    let size = Function::get_global("ffi.ArraySize").unwrap();
    let item = Function::get_global("ffi.ArrayGetItem").unwrap();
    let array = Array::new(vec![
        String::from("a"),
        String::from("a string on the heap"),
    ]);
    assert_eq!(
        i64::try_from(size.call_tuple((&array,)).unwrap()).unwrap(),
        2
    );
    let text: String = item.call_tuple((&array, 1i64)).unwrap().try_into().unwrap();
    assert_eq!(text, "a string on the heap");
    let foreign = Function::get_global("ffi.Array").unwrap();
    let foreign: Array<i64> = foreign
        .call_tuple((7i64, 8i64))
        .unwrap()
        .try_into()
        .unwrap();
    assert_eq!(foreign.iter().sum::<i64>(), 15);
}

#[test]
fn debug_shows_short_type_name_and_length() {
    assert_eq!(format!("{:?}", Array::new(vec![1i64, 2])), "Array<i64>[2]");
    let nested = Array::new(vec![Array::new(vec![String::new()])]);
    assert_eq!(format!("{nested:?}"), "Array<Array<String>>[1]");
}

#[test]
fn an_index_in_range_borrows_the_element() {
    let array = Array::new(vec![String::from("a string on the heap")]);
    assert_eq!(array[0].debug_strong_count(), Some(1));
    let kept = array[0].clone();
    drop(array);
    assert_eq!(String::try_from(kept).unwrap(), "a string on the heap");
}

#[test]
fn iteration_ends_at_a_mistyped_element() {
    let mixed = Array::<Any>::new(vec![Any::from(1i64), Any::new(), Any::from(2i64)]);
    let numbers = Array::<i64>::from_data(ObjectRefCore::into_data(mixed));
    assert_eq!(numbers.iter().collect::<Vec<_>>(), [1]);
}
