// SPDX-License-Identifier: Apache-2.0
//! Mutable lists.

use tvm_ffi::*;

use crate::kind_and_message;

#[test]
fn all_references_see_changes() {
    let list = List::new(vec![1i64, 2, 3]);
    let same = list.clone();
    same.push(4).unwrap();
    same.set(0, 10).unwrap();
    assert_eq!(list.iter().collect::<Vec<_>>(), [10, 2, 3, 4]);
    assert_eq!(list.pop().unwrap(), Some(4));
    assert_eq!(same.len(), 3);
    list.clear().unwrap();
    assert!(same.is_empty());
    assert_eq!(same.pop().unwrap(), None);
}

#[test]
fn an_index_out_of_range_is_an_error() {
    let list = List::new(vec![1i64]);
    assert_eq!(kind_and_message(list.get(1)).0, "IndexError");
    assert_eq!(kind_and_message(list.set(1, 5)).0, "IndexError");
}

#[test]
fn an_element_changed_behind_the_type_is_reported() {
    let list = List::new(vec![1i64]);
    let untyped = List::<Any>::from_data(List::into_data(list.clone()));
    untyped.push(Any::from(Shape::new())).unwrap();
    assert_eq!(
        kind_and_message(list.get(1)),
        (
            "TypeError".into(),
            "Failed to cast element at 1 to int".into()
        )
    );
}

#[test]
fn conversions_share_strict_lists_and_copy_others() {
    let list = List::new(vec![1i64, 2]);
    let shared = List::<i64>::try_from(Any::from(list.clone())).unwrap();
    shared.push(3).unwrap();
    assert_eq!(list.len(), 3);
    let floats = List::<f64>::try_from(Any::from(list.clone())).unwrap();
    floats.push(4.0).unwrap();
    assert_eq!((floats.len(), list.len()), (4, 3));
    assert_eq!(
        kind_and_message(List::<Shape>::try_from(Any::from(list))).1,
        "Cannot convert from type `ffi.List` to `List<ffi.Shape>`"
    );
    let array = Any::from(Array::new(vec![1i64]));
    assert!(List::<i64>::try_from(array).is_err());
}

#[test]
fn elements_are_released_with_the_list() {
    let shape = Shape::from([1]);
    let list = List::new(vec![shape.clone()]);
    list.push(shape.clone()).unwrap();
    assert_eq!(AnyView::from(&shape).debug_strong_count(), Some(3));
    drop(list);
    assert_eq!(AnyView::from(&shape).debug_strong_count(), Some(1));
}

#[test]
fn lists_are_arguments_and_show_themselves() {
    let size = Function::get_global("ffi.ListSize").unwrap();
    let list: List<String> = ["a", "b"].map(String::from).into_iter().collect();
    assert_eq!(
        i64::try_from(size.call_tuple((&list,)).unwrap()).unwrap(),
        2
    );
    assert_eq!(format!("{list:?}"), "List<String>[2]");
}
