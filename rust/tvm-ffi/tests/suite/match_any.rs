// SPDX-License-Identifier: Apache-2.0
//! `match_any!`.

use tvm_ffi::*;

fn describe(value: &Any) -> std::string::String {
    match_any! {
        *value {
            Tensor(t) if t.numel() == 0 => "empty tensor".to_owned(),
            Tensor(t) => format!("tensor of {}", t.numel()),
            Array::<i64>(a) => format!("ints {:?}", a.iter().collect::<Vec<_>>()),
            tvm_ffi::Array<tvm_ffi::String>(a) => format!("{} strings", a.len()),
            String(_) => "string".to_owned(),
            _ => "other".to_owned(),
        }
    }
}

#[test]
fn arms_are_tried_in_source_order_and_guards_fall_through() {
    let full = Tensor::from_slice(&[1f32, 2.0], &[2]).unwrap();
    let empty = Tensor::from_slice::<f32>(&[], &[0]).unwrap();
    assert_eq!(describe(&Any::from(full)), "tensor of 2");
    assert_eq!(describe(&Any::from(empty)), "empty tensor");
    assert_eq!(
        describe(&Any::from(Array::new(vec![1i64, 2]))),
        "ints [1, 2]"
    );
    assert_eq!(
        describe(&Any::from(Array::new(vec![String::from("x")]))),
        "1 strings"
    );
    assert_eq!(
        describe(&Any::from(String::from("a string on the heap"))),
        "string"
    );
}

#[test]
fn values_below_the_object_range_go_to_the_fallback() {
    for value in [
        Any::new(),
        Any::from(1i64),
        Any::from(String::from("short")),
    ] {
        assert_eq!(describe(&value), "other");
    }
    let matched = match_any! { Any::from(1i64) { i64(_x) => true, _ => false } };
    assert!(!matched);
}

#[test]
fn a_rejected_value_is_dropped_before_the_next_arm() {
    let shape = Shape::from([1]);
    let any = Any::from(shape.clone());
    let count = match_any! {
        any {
            Shape(s) if s.is_empty() => None,
            Shape(_s) if false => None,
            _ => AnyView::from(&shape).debug_strong_count(),
        }
    };
    assert_eq!(count, Some(2));
}

#[test]
fn bodies_are_expressions_of_the_enclosing_function() {
    fn first_error(values: &[Any]) -> Result<usize> {
        for (index, value) in values.iter().enumerate() {
            match_any! {
                *value {
                    Error(e) => return Err(e),
                    Shape(s) if s.len() > 2 => break,
                    Shape(s) => { ensure!(!s.is_empty(), VALUE_ERROR, "empty at {index}"); },
                    _ => continue,
                }
            }
        }
        Ok(values.len())
    }
    let shape = |extents: &[i64]| Any::from(Shape::from(extents));
    assert_eq!(
        first_error(&[shape(&[1]), Any::from(2i64), shape(&[1, 2, 3])]).unwrap(),
        3
    );
    assert_eq!(
        first_error(&[shape(&[])]).unwrap_err().message(),
        "empty at 0"
    );
    let error = Any::from(Error::new(KEY_ERROR, "k", ""));
    assert_eq!(first_error(&[error]).unwrap_err().kind(), KEY_ERROR);
}

#[test]
fn owned_values_and_views_are_scrutinees() {
    let shape = Shape::from([7]);
    let view = AnyView::from(&shape);
    assert_eq!(match_any! { view { Shape(s) => s[0], _ => 0, } }, 7);
    assert_eq!(match_any! { shape { Shape(s) => s[0], _ => 0 } }, 7);
    assert_eq!(match_any! { shape { _ => 3 } }, 3);
    assert_eq!(
        match_any! { view { Any(any) => any.type_index(), _ => 0 } },
        69
    );
    assert_eq!(
        match_any! { view { Option::<Shape>(Some(s)) => s[0], _ => 0 } },
        7
    );
}

/// Matches shapes of two extents only.
struct Pair(i64, i64);

impl TryFrom<AnyView<'_>> for Pair {
    type Error = ();
    fn try_from(view: AnyView<'_>) -> std::result::Result<Self, ()> {
        match view.try_as::<Shape>().as_deref() {
            Some([a, b]) => Ok(Pair(*a, *b)),
            _ => Err(()),
        }
    }
}

#[test]
fn own_matchers_work_by_try_from() {
    let sum = |shape: Shape| match_any! { shape { Pair(Pair(a, b)) => a + b, _ => -1 } };
    assert_eq!(sum(Shape::from([3, 4])), 7);
    assert_eq!(sum(Shape::from([3])), -1);
}

/// Defines final object types that differ in their key only, and registers them.
macro_rules! leaf_types {
    ($($object:ident $leaf:ident $key:literal),* $(,)?) => {
        $(
            #[repr(C)]
            #[derive(derive::Object)]
            #[type_key = $key]
            #[type_final]
            struct $object {
                base: Object,
            }
            #[repr(C)]
            #[derive(derive::ObjectRef, Clone)]
            struct $leaf {
                data: ObjectArc<$object>,
            }
        )*
        /// One object of every leaf type, in order.
        fn leaves() -> Vec<Any> {
            for key in [$($key),*] {
                let array = tvm_ffi_sys::TVMFFIByteArray::new(key.as_ptr(), key.len());
                // SAFETY: the key is valid for the call.
                unsafe { tvm_ffi_sys::TVMFFITypeGetOrAllocIndex(&array, -1, 1, 0, 1, 64) };
            }
            vec![$(
                Any::from($leaf { data: ObjectArc::new($object { base: Object::new() }) })
            ),*]
        }
    };
}

leaf_types!(
    O0 L0 "rust.leaf.0", O1 L1 "rust.leaf.1", O2 L2 "rust.leaf.2", O3 L3 "rust.leaf.3",
    O4 L4 "rust.leaf.4", O5 L5 "rust.leaf.5", O6 L6 "rust.leaf.6", O7 L7 "rust.leaf.7",
    O8 L8 "rust.leaf.8", O9 L9 "rust.leaf.9", O10 L10 "rust.leaf.10", O11 L11 "rust.leaf.11",
    O12 L12 "rust.leaf.12", O13 L13 "rust.leaf.13", O14 L14 "rust.leaf.14", O15 L15 "rust.leaf.15",
    O16 L16 "rust.leaf.16", O17 L17 "rust.leaf.17", O18 L18 "rust.leaf.18", O19 L19 "rust.leaf.19",
);

#[test]
fn twenty_final_types_dispatch_like_ordered_arms() {
    let leaves = leaves();
    let by_table = |value: Any| {
        match_any! {
            value {
                L0(_) => 0, L1(_) => 1, L2(_) => 2, L3(_) => 3, L4(_) => 4, L5(_) => 5,
                L6(_) => 6, L7(_) => 7, L8(_) => 8, L9(_) => 9, L10(_) => 10, L11(_) => 11,
                L12(_) => 12, L13(_) => 13, L14(_) => 14, L15(_) => 15, L16(_) => 16,
                L17(_) => 17, L18(_) => 18, L19(x) => 100 * ObjectArc::strong_count(&x.data) as i32,
                _ => -1,
            }
        }
    };
    let mixed = |value: Any| {
        match_any! {
            value {
                L0(_) => 0, L1(_) => 1, L2(_) => 2, L3(_) => 3, L4(_) => 4, L5(_) => 5,
                L6(_) => 6, L7(_) => 7, L8(_) => 8, L9(_) => 9, L10(_) => 10, L11(_) => 11,
                L12(_) => 12, L13(_) => 13, L14(_) => 14, L15(_) => 15, L16(_) => 16,
                L17(_) => 17, Array::<i64>(_) => 18, L19(_) => 19,
                _ => -1,
            }
        }
    };
    for dispatch in [&by_table as &dyn Fn(Any) -> i32, &mixed] {
        for number in [0, 1, 11, 17] {
            assert_eq!(dispatch(leaves[number as usize].clone()), number);
        }
        assert_eq!(dispatch(Any::from(Shape::new())), -1);
        assert_eq!(dispatch(Any::from(5i64)), -1);
    }
    // The vector, the scrutinee and the bound value hold one reference each.
    assert_eq!(by_table(leaves[19].clone()), 300);
    assert_eq!(mixed(leaves[19].clone()), 19);
    assert_eq!(mixed(Any::from(Array::new(vec![1i64]))), 18);
}

#[test]
fn lookup_tables_belong_to_one_list_of_types() {
    use std::any::TypeId;
    use tvm_ffi::match_any_internal::LeafLookupTable;
    let table = LeafLookupTable::build(TypeId::of::<u8>(), &[70, 73, 70]);
    assert_eq!(table.lookup(TypeId::of::<u8>(), 70), Ok(Some(0)));
    assert_eq!(table.lookup(TypeId::of::<u8>(), 73), Ok(Some(1)));
    assert_eq!(table.lookup(TypeId::of::<u8>(), 71), Ok(None));
    assert_eq!(table.lookup(TypeId::of::<u8>(), i32::MIN), Ok(None));
    assert_eq!(table.lookup(TypeId::of::<u16>(), 70), Err(()));
    let text = crate::panic_message(|| drop(LeafLookupTable::build(TypeId::of::<u8>(), &[])));
    assert_eq!(text, "match_any! leaf lookup requires at least one arm");
    let text = crate::panic_message(|| drop(LeafLookupTable::build(TypeId::of::<u8>(), &[1])));
    assert_eq!(
        text,
        "match_any! leaf pattern returned a non-object type index"
    );
}
