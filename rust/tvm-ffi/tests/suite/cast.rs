// SPDX-License-Identifier: Apache-2.0
//! Casts along the registered hierarchy of `testing.TestObjectBase` and its subtype.

use tvm_ffi::object::{is_instance_of, ObjectRef};
use tvm_ffi::*;

use crate::{kind_and_message, link_testing_library};

#[repr(C)]
#[derive(derive::Object)]
#[type_key = "testing.TestObjectBase"]
struct BaseObj {
    base: Object,
    v_i64: i64,
    v_f64: f64,
    v_str: String,
}

#[repr(C)]
#[derive(derive::ObjectRef, Clone)]
struct Base {
    data: ObjectArc<BaseObj>,
}

#[repr(C)]
#[derive(derive::Object)]
#[type_key = "testing.TestObjectDerived"]
struct DerivedObj {
    base: BaseObj,
    v_map: Map<Any, Any>,
    v_array: Array<Any>,
}

// The field of a reference may have any name.
#[repr(C)]
#[derive(derive::ObjectRef, Clone)]
struct Derived {
    base: ObjectArc<DerivedObj>,
}

fn base_obj() -> BaseObj {
    BaseObj {
        base: Object::new(),
        v_i64: 10,
        v_f64: 0.5,
        v_str: String::from("hello"),
    }
}

fn derived() -> Derived {
    link_testing_library();
    let object = DerivedObj {
        base: base_obj(),
        v_map: Map::new(),
        v_array: Array::default(),
    };
    Derived {
        base: ObjectArc::new(object),
    }
}

#[test]
fn depths_follow_the_parents() {
    assert_eq!(BaseObj::TYPE_DEPTH, 1);
    assert_eq!(DerivedObj::TYPE_DEPTH, 2);
}

#[test]
fn instances_are_those_of_the_type_and_its_subtypes() {
    link_testing_library();
    let (base, derived) = (BaseObj::type_index(), DerivedObj::type_index());
    assert!(is_instance_of::<BaseObj>(base));
    assert!(is_instance_of::<BaseObj>(derived));
    assert!(is_instance_of::<Object>(derived));
    assert!(!is_instance_of::<DerivedObj>(base));
    assert!(!is_instance_of::<BaseObj>(1));
    assert!(!is_instance_of::<Object>(11));
}

#[test]
fn up_and_down_again_keeps_the_object_and_its_count() {
    let base: Base = derived().try_cast().unwrap();
    assert_eq!(base.data.v_i64, 10);
    let object: ObjectRef = base.try_cast().unwrap();
    let derived: Derived = object.try_cast().unwrap();
    assert_eq!(ObjectArc::strong_count(&derived.base), 1);
    assert_eq!(derived.base.base.v_str, "hello");
}

#[test]
fn a_failed_downcast_names_both_types_and_drops_the_object() {
    link_testing_library();
    let base = Base {
        data: ObjectArc::new(base_obj()),
    };
    let keep = base.clone();
    let (kind, message) = kind_and_message(base.try_cast::<Derived>());
    assert_eq!(kind, "TypeError");
    assert_eq!(
        message,
        "Cannot convert from type `testing.TestObjectBase` to `testing.TestObjectDerived`"
    );
    assert_eq!(ObjectArc::strong_count(&keep.data), 1);
}

#[test]
fn conversion_through_any_keeps_the_runtime_type() {
    let derived_index = DerivedObj::type_index();
    let any = Any::from(Base::from_data(derived().try_cast::<Base>().unwrap().data));
    assert_eq!(any.type_index(), derived_index);
    let base = Base::try_from(any).unwrap();
    assert_eq!(Any::from(base).type_index(), derived_index);
}

#[test]
fn containers_cast_by_their_elements() {
    let numbers: Array<i64> = [1, 2].into_iter().collect();
    assert!(numbers.clone().try_cast::<ObjectRef>().is_ok());
    assert!(numbers.try_cast::<Array<f32>>().is_err());
}

#[test]
fn objects_made_in_rust_are_read_by_reflection() {
    let derived = derived();
    let getter = FieldGetter::new(BaseObj::type_index(), "v_str").unwrap();
    let text: String = getter.get(&*derived.base).unwrap();
    assert_eq!(text, "hello");
}
