// SPDX-License-Identifier: Apache-2.0
//! Reading reflected fields.

use tvm_ffi::object::ObjectRef;
use tvm_ffi::reflection::FieldValue;
use tvm_ffi::*;

use crate::{kind_and_message, link_testing_library};

/// A `testing.TestIntPair` made by its registered constructor.
fn int_pair() -> Any {
    link_testing_library();
    let make = Function::get_global("ffi.MakeObjectFromPackedArgs").unwrap();
    let index = type_index("testing.TestIntPair");
    let (a, b) = (String::from("a"), String::from("b"));
    make.call_tuple((index, &a, 3i64, &b, 4i64)).unwrap()
}

fn type_index(key: &str) -> i32 {
    let array = tvm_ffi_sys::TVMFFIByteArray::new(key.as_ptr(), key.len());
    let mut index = 0;
    // SAFETY: both pointers are valid for the call.
    check_safe_call!(unsafe { tvm_ffi_sys::TVMFFITypeKeyToIndex(&array, &mut index) }).unwrap();
    index
}

#[test]
fn fields_are_read_with_and_without_a_type() {
    let pair = int_pair();
    let getter = FieldGetter::new(pair.type_index(), "b").unwrap();
    let pair: ObjectRef = pair.try_into().unwrap();
    let object: &Object = ObjectRef::data(&pair);
    assert_eq!(getter.get::<_, i64>(object).unwrap(), 4);
    assert_eq!(getter.get_any(object).unwrap().try_as::<i64>(), Some(4));
    assert_eq!(
        kind_and_message(getter.get::<_, String>(object)).0,
        "TypeError"
    );
}

#[test]
fn a_field_may_be_nothing_or_anything() {
    let getter = FieldGetter::new(int_pair().type_index(), "a").unwrap();
    let pair: ObjectRef = int_pair().try_into().unwrap();
    let value: Option<Any> = getter.get(&**ObjectRef::data(&pair)).unwrap();
    assert_eq!(value.unwrap().try_as::<i64>(), Some(3));
    let nothing = <Option<Any> as FieldValue>::from_field(Any::new());
    assert!(nothing.unwrap().is_none());
}

#[test]
fn fields_of_ancestors_are_found() {
    link_testing_library();
    assert!(FieldGetter::new(type_index("testing.TestObjectDerived"), "v_i64").is_ok());
}

#[test]
fn an_unknown_field_or_type_is_an_error() {
    link_testing_library();
    let index = type_index("testing.TestIntPair");
    assert_eq!(
        kind_and_message(FieldGetter::new(index, "nothing")).0,
        "AttributeError"
    );
    for index in [i32::MIN, -1, 1, 63, 79, 127, 1_000_000, i32::MAX] {
        assert_eq!(
            kind_and_message(FieldGetter::new(index, "x")).0,
            "ValueError",
            "{index}"
        );
    }
}

#[test]
fn an_object_of_another_type_is_refused() {
    link_testing_library();
    let getter = FieldGetter::new(type_index("testing.TestIntPair"), "a").unwrap();
    let shape: ObjectRef = Any::from(Shape::new()).try_into().unwrap();
    let (kind, message) = kind_and_message(getter.get_any::<Object>(ObjectRef::data(&shape)));
    assert_eq!(kind, "TypeError");
    assert!(
        message.contains("testing.TestIntPair") && message.contains("ffi.Shape"),
        "{message}"
    );
}
