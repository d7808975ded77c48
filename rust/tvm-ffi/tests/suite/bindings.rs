// SPDX-License-Identifier: Apache-2.0
//! Object types in the shape that the stub generator writes them.

use std::mem::MaybeUninit;
use std::ops::Deref;
use std::ptr::{addr_of_mut, drop_in_place};

use tvm_ffi::object::ObjectRef;
use tvm_ffi::reflection::{drop_if_defined, AccessPath};
use tvm_ffi::*;

use crate::{kind_and_message, link_testing_library};

#[repr(C)]
#[derive(tvm_ffi::derive::Object)]
#[type_key = "testing.TestObjectBase"]
struct BaseObj {
    base: Object,
    v_i64: i64,
    v_f64: f64,
    v_str: String,
}

impl BaseObj {
    fn new(v_i64: i64, v_f64: f64, v_str: String) -> Self {
        Self {
            base: Object::new(),
            v_i64,
            v_f64,
            v_str,
        }
    }
}

impl ShallowCopy for BaseObj {
    fn shallow_copy(&self) -> Self {
        Self {
            base: ShallowCopy::shallow_copy(&self.base),
            v_i64: self.v_i64,
            v_f64: self.v_f64,
            v_str: self.v_str.clone(),
        }
    }
}

// SAFETY: as the generator writes it: the parent first, then every field that is set.
unsafe impl UnsafeInit for BaseObj {
    unsafe fn drop_defined_fields(this: *mut Self) {
        // SAFETY: the fields are zero or initialised by the contract of the function.
        unsafe {
            UnsafeInit::drop_defined_fields(addr_of_mut!((*this).base));
            drop_if_defined(addr_of_mut!((*this).v_i64));
            drop_if_defined(addr_of_mut!((*this).v_str));
        }
    }
}

#[repr(C)]
#[derive(tvm_ffi::derive::ObjectRef, Clone)]
struct Base {
    base: ObjectArc<BaseObj>,
}

impl Deref for Base {
    type Target = BaseObj;
    fn deref(&self) -> &BaseObj {
        &self.base
    }
}

#[repr(C)]
#[derive(tvm_ffi::derive::Object)]
#[type_key = "testing.TestObjectDerived"]
struct DerivedObj {
    base: BaseObj,
    v_map: Map<Any, Any>,
    v_array: Array<Any>,
}

#[repr(C)]
#[derive(tvm_ffi::derive::ObjectRef, Clone)]
struct Derived {
    base: ObjectArc<DerivedObj>,
}

impl Derived {
    fn new(v_str: impl Into<String>, v_array: impl Into<Array<Any>>) -> Self {
        let base = BaseObj::new(1, 2.0, v_str.into());
        let object = DerivedObj {
            base,
            v_map: Map::new(),
            v_array: v_array.into(),
        };
        Self {
            base: ObjectArc::new(object),
        }
    }
}

tvm_ffi::impl_object_upcast!(Derived => Base, Derived => ObjectRef);

/// Not an ancestor, against what the macro is told.
#[repr(C)]
#[derive(tvm_ffi::derive::ObjectRef, Clone)]
struct Unrelated {
    base: ObjectArc<DerivedObj>,
}
tvm_ffi::impl_object_upcast!(Base => Unrelated);

#[test]
fn upcasts_keep_the_object() {
    link_testing_library();
    fn takes_base(base: impl Into<Base>) -> Base {
        base.into()
    }
    let base = takes_base(Derived::new("name", Array::default()));
    assert_eq!(base.v_str, "name");
    assert_eq!(AnyView::from(&base).debug_strong_count(), Some(1));
    assert_eq!(Any::from(base).type_index(), DerivedObj::type_index());
    assert!(Any::from(ObjectRef::from(Derived::new("x", Array::default()))).type_index() > 128);
}

#[test]
fn a_wrong_upcast_panics_instead_of_reading_foreign_memory() {
    link_testing_library();
    let text = crate::panic_message(|| {
        let base = Base {
            base: ObjectArc::new(BaseObj::new(1, 2.0, String::new())),
        };
        drop(Unrelated::from(base));
    });
    assert!(text.contains("testing.TestObjectDerived"), "{text}");
}

#[test]
fn shallow_copies_share_content_in_an_object_of_their_own() {
    link_testing_library();
    let original = Base {
        base: ObjectArc::new(BaseObj::new(1, 2.0, "a string on the heap".into())),
    };
    let copy = Base {
        base: ObjectArc::new(original.base.shallow_copy()),
    };
    assert_eq!(
        copy.v_str.as_bytes().as_ptr(),
        original.v_str.as_bytes().as_ptr()
    );
    assert_eq!(copy.v_f64, 2.0);
    assert_eq!(AnyView::from(&copy).debug_strong_count(), Some(1));
}

#[test]
fn only_fields_that_were_set_are_dropped() {
    let text = String::from("a string on the heap");
    let mut object = MaybeUninit::<BaseObj>::zeroed();
    // SAFETY: the fields start with zero bytes; one is set, and they are dropped once.
    unsafe {
        BaseObj::drop_defined_fields(object.as_mut_ptr());
        addr_of_mut!((*object.as_mut_ptr()).v_str).write(text.clone());
        assert_eq!(AnyView::from(&text).debug_strong_count(), Some(2));
        BaseObj::drop_defined_fields(object.as_mut_ptr());
    }
    assert_eq!(AnyView::from(&text).debug_strong_count(), Some(1));
    let mut any = MaybeUninit::new(Any::from(text.clone()));
    // SAFETY: the value is initialised and not used again.
    unsafe { drop_in_place(any.as_mut_ptr()) };
    assert_eq!(AnyView::from(&text).debug_strong_count(), Some(1));
}

#[test]
fn nullable_container_fields_have_pointer_size() {
    assert_eq!(std::mem::size_of::<Option<Array<Any>>>(), 8);
    assert_eq!(std::mem::size_of::<Option<List<Any>>>(), 8);
    assert_eq!(std::mem::size_of::<Option<Map<Any, Any>>>(), 8);
    let none = Option::<Array<Any>>::try_from(Any::new()).unwrap();
    assert!(none.is_none());
}

#[test]
fn access_paths_are_read() {
    let mut index = 0;
    let key = "ffi.reflection.AccessPath";
    let array = tvm_ffi_sys::TVMFFIByteArray::new(key.as_ptr(), key.len());
    // SAFETY: pointers are valid for the call; the type table outlives everything.
    let methods = unsafe {
        check_safe_call!(tvm_ffi_sys::TVMFFITypeKeyToIndex(&array, &mut index)).unwrap();
        let info = &*tvm_ffi_sys::TVMFFIGetTypeInfo(index);
        std::slice::from_raw_parts(info.methods, info.num_methods as usize)
    };
    let method = |name: &str| -> Function {
        let info = methods
            .iter()
            .find(|method| method.name.as_str() == name)
            .unwrap();
        // SAFETY: the table keeps the method's function alive; the view is turned into an owner.
        let view = unsafe { *std::ptr::from_ref(&info.method).cast::<AnyView>() };
        Any::from(view).try_into().unwrap()
    };
    let root: AccessPath = method("_root").call_tuple(()).unwrap().try_into().unwrap();
    let name = String::from("field");
    let path: AccessPath = method("_attr")
        .call_tuple((&root, &name))
        .unwrap()
        .try_into()
        .unwrap();
    assert!(root.parent().is_none() && root.step().is_none());
    assert_eq!((root.depth(), path.depth()), (0, 1));
    assert_eq!(path.parent().unwrap().depth(), 0);
    let item: AccessPath = method("_array_item_missing")
        .call_tuple((&path, 5i64))
        .unwrap()
        .try_into()
        .unwrap();
    assert_eq!((item.step().unwrap().kind(), item.depth()), (4, 2));
    let step = path.step().unwrap();
    assert_eq!(
        (step.kind(), step.key().try_as::<String>().unwrap().as_str()),
        (0, "field")
    );
}

#[test]
fn casting_to_a_subtype_through_any_is_checked() {
    link_testing_library();
    let base = Base {
        base: ObjectArc::new(BaseObj::new(1, 2.0, String::new())),
    };
    assert_eq!(
        kind_and_message(Derived::try_from(Any::from(base))).1,
        "Cannot convert from type `testing.TestObjectBase` to `testing.TestObjectDerived`"
    );
    let derived = Derived::new("x", Array::new(vec![Any::from(1i64)]));
    assert!(derived.base.v_map.is_empty());
    assert_eq!(derived.base.v_array.len(), 1);
}
