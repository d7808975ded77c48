// SPDX-License-Identifier: Apache-2.0
//! Shapes.

use tvm_ffi::*;

#[test]
fn content_is_copied_and_compared() {
    let shape = Shape::from(vec![2i64, 3, 4]);
    assert_eq!(shape.as_slice(), [2, 3, 4]);
    assert_eq!(shape.len(), 3);
    assert!(shape == Shape::from([2, 3, 4]));
    assert!(Shape::from([2, 3]) < shape);
    let converted: Shape = [1, 2, 3].into();
    assert_eq!(converted[2], 3);
}

#[test]
fn the_empty_shape_is_an_empty_slice() {
    assert!(Shape::new().as_slice().is_empty());
}

#[test]
fn strides_are_row_major() {
    let mut strides = [0; 3];
    Shape::fill_strides_from_shape([2, 3, 4], &mut strides);
    assert_eq!(strides, [12, 4, 1]);
    Shape::fill_strides_from_shape([], &mut []);
}

#[test]
fn other_languages_make_and_take_shapes() {
    let make = Function::get_global("ffi.Shape").unwrap();
    let shape: Shape = make.call_tuple((5i64, 6i64)).unwrap().try_into().unwrap();
    assert_eq!(shape.as_slice(), [5, 6]);
    let empty: Shape = make.call_tuple(()).unwrap().try_into().unwrap();
    assert!(empty.is_empty());
}
