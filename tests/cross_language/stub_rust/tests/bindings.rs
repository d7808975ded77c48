// SPDX-License-Identifier: Apache-2.0
//! Generated bindings at work: objects made, read, passed to C++ and got back.
//!
//! `STUB_LIBRARY` is the library of `tests/python/stubgen_extension.cc`.

use std::mem::MaybeUninit;
use std::sync::LazyLock;

use stub_rust::demo::{Circle, CircleObj, Shape, ShapeObj};
use stub_rust::extra::nested::{Leaf, LeafObj};
use stub_rust::extra::{Angle, Loop, LoopObj};
use stub_rust::hand::Base;
use stub_rust::testing::*;
use tvm_ffi::object::ObjectRef;
use tvm_ffi::*;

/// Loads the library of `demo` and `extra` once, and for good.
fn load_library() {
    static LIBRARY: LazyLock<Module> = LazyLock::new(|| {
        let path = std::env::var("STUB_LIBRARY").expect("STUB_LIBRARY names a library");
        Module::load_from_file(path).expect("the library loads")
    });
    LazyLock::force(&LIBRARY);
}

/// Keeps the testing library, which registers `testing.*`, linked into this binary.
fn link_testing_library() {
    // SAFETY: takes nothing and does nothing.
    assert_eq!(
        unsafe { tvm_ffi::tvm_ffi_sys::TVMFFITestingDummyTarget() },
        0
    );
}

/// Calls a global function with one argument.
fn call<'a, T>(name: &str, argument: impl Into<AnyView<'a>>) -> Result<T>
where
    T: TryFrom<Any, Error = Error>,
{
    Function::get_global(name)?
        .call_packed(&[argument.into()])?
        .try_into()
}

/// A method of a registered type.
fn method(type_index: i32, name: &str) -> Function {
    // SAFETY: the index is a registered one; entries of the type table live as long as the process.
    let methods = unsafe {
        let info = &*tvm_ffi::tvm_ffi_sys::TVMFFIGetTypeInfo(type_index);
        std::slice::from_raw_parts(info.methods, info.num_methods as usize)
    };
    let info = methods.iter().find(|info| info.name.as_str() == name);
    let cell = &info.expect("the type has the method").method;
    // SAFETY: the table keeps the function alive; the view is turned into an owner.
    let view = unsafe { *std::ptr::from_ref(cell).cast::<AnyView>() };
    Any::from(view).try_into().expect("a method is a function")
}

#[test]
fn cpp_reads_objects_that_rust_makes() -> Result<()> {
    load_library();
    let circle = Circle::new("round", 7, 2.5, List::<i64>::new(vec![1, 2]), true);
    let text: String = call("ffi.ReprPrint", &circle)?;
    for part in ["demo.Circle", "round", "7", "2.5", "[1, 2]", "True"] {
        assert!(text.as_str().contains(part), "{part} is not in {text}");
    }
    let same: Circle = call("extra.Shape_of", &circle)?;
    assert_eq!((same.radius, same.flag, same.tags.len()), (2.5, true, 2));
    assert_eq!(AnyView::from(&circle).debug_strong_count(), Some(2));
    Ok(())
}

#[test]
fn rust_reads_and_destroys_objects_that_cpp_makes() -> Result<()> {
    load_library();
    let circle: Circle = call(
        "ffi.DeepCopy",
        &Circle::new("c", 1, 4.0, List::<i64>::default(), false),
    )?;
    assert_eq!(
        (circle.name.as_str(), circle.id, circle.radius),
        ("c", 1, 4.0)
    );
    assert_eq!(AnyView::from(&circle).debug_strong_count(), Some(1));
    Ok(())
}

#[test]
fn functions_of_cpp_take_generated_objects() -> Result<()> {
    link_testing_library();
    let pair = TestIntPair::new(40, 2);
    assert_eq!(call::<i64>("testing.TestIntPairSum", &pair)?, 42);
    assert_eq!(call::<i64>("testing.object_use_count", &pair)?, 1); // it is borrowed
    let error =
        call::<i64>("testing.TestIntPairSum", &TestObjectBase::new(1, 2.0, "x")).unwrap_err();
    assert_eq!(error.kind(), TYPE_ERROR);
    Ok(())
}

#[test]
fn a_child_is_its_parent_too() -> Result<()> {
    load_library();
    fn name_of(shape: impl Into<Shape>) -> String {
        shape.into().name.clone()
    }
    let circle = Circle::new("child", 0, 1.0, List::<i64>::default(), false);
    assert_eq!(name_of(circle.clone()), "child");
    assert_eq!(circle.name.as_str(), "child"); // through `Deref`
    let shape = Shape::from(circle);
    let back: Circle = shape.try_cast()?;
    assert_eq!(back.radius, 1.0);
    assert_eq!(
        Shape::new("plain")
            .try_cast::<Circle>()
            .err()
            .unwrap()
            .kind(),
        TYPE_ERROR
    );
    Ok(())
}

#[test]
fn a_constructor_of_the_user_s_own_goes_beside_the_generated_one() {
    load_library();
    let shape = Shape::new("mine");
    assert_eq!((shape.name.as_str(), shape.id), ("mine", 0));
    assert_eq!(Shape::from_fields("all", 3).id, 3);
}

#[test]
fn copies_share_content_in_an_object_of_their_own() {
    load_library();
    let shape = Shape::from_fields("a name that is on the heap", 5);
    let copy = shape.shallow_copy();
    assert_eq!(copy.id, 5);
    assert_eq!(
        copy.name.as_bytes().as_ptr(),
        shape.name.as_bytes().as_ptr()
    );
}

#[test]
fn teardown_drops_the_fields_that_are_set() {
    load_library();
    let name = String::from("a name that is on the heap");
    let mut object = MaybeUninit::<ShapeObj>::zeroed();
    // SAFETY: all bytes are zero but those of a field that is set here, and dropped once.
    unsafe {
        std::ptr::addr_of_mut!((*object.as_mut_ptr()).name).write(name.clone());
        assert_eq!(AnyView::from(&name).debug_strong_count(), Some(2));
        ShapeObj::drop_defined_fields(object.as_mut_ptr());
    }
    assert_eq!(AnyView::from(&name).debug_strong_count(), Some(1));
}

#[test]
fn fields_of_every_layout_keep_their_values() -> Result<()> {
    link_testing_library();
    let items: Array<Any> = Array::new(vec![Any::from(1i64), Any::from(String::from("two"))]);
    let derived = TestObjectDerived::new(1, 2.0, "three", Map::<Any, Any>::new(), items);
    assert_eq!((derived.v_i64, derived.v_f64), (1, 2.0));
    let copy: TestObjectDerived = call("ffi.DeepCopy", &derived)?;
    assert_eq!(copy.v_str.as_str(), "three");
    assert_eq!((copy.v_array.len(), copy.v_map.len()), (2, 0));
    let untyped = ObjectRef::from(copy); // an `upcast` directive
    assert_eq!(
        Any::from(untyped).type_index(),
        Any::from(derived).type_index()
    );
    Ok(())
}

#[test]
fn a_parent_written_by_hand_gets_the_fields_that_are_its_own() -> Result<()> {
    link_testing_library();
    let object = TestCxxClassDerivedDerived::new(1, 2, 3.0, 4.5, "five", true);
    assert_eq!(
        (object.v_i64, object.v_i32, object.v_f64, object.v_f32),
        (1, 2, 3.0, 4.5)
    );
    let text: String = call("ffi.ReprPrint", &object)?;
    assert!(text.as_str().contains("five"), "{text}");
    assert_eq!(Base::from(TestCxxClassDerived::from(object)).sum(), 3);
    Ok(())
}

#[test]
fn methods_of_cpp_are_called_on_objects_of_rust() -> Result<()> {
    load_library();
    let circle = Circle::new("round", 0, 2.0, List::<i64>::default(), true);
    let area = method(CircleObj::type_index(), "area").call_tuple((&circle, 3.0))?;
    assert_eq!(f64::try_from(area)?, 12.0);
    let made: Circle = method(CircleObj::type_index(), "make")
        .call_tuple((1.5,))?
        .try_into()?;
    assert_eq!((made.radius, made.name.as_str()), (1.5, ""));
    Ok(())
}

#[test]
fn fields_of_opaque_types_are_read_through_the_abi() -> Result<()> {
    link_testing_library();
    let make = method(SchemaAllTypesObj::type_index(), "make_with");
    let object: SchemaAllTypes = make
        .call_tuple((7i64, 2.5, &String::from("text")))?
        .try_into()?;
    assert_eq!(
        (
            object.v_int()?,
            object.v_float()?,
            object.v_string()?.as_str()
        ),
        (7, 2.5, "text")
    );
    assert_eq!(object.v_opt_int()?, None);
    assert_eq!(object.v_arr_int()?.len(), 0);
    assert!(object.v_variant()?.try_as::<String>().is_some());
    Ok(())
}

#[test]
fn enums_of_opaque_types_are_read_as_numbers() -> Result<()> {
    link_testing_library();
    let (wide, narrow) = (String::from("v_i64"), String::from("v_i32"));
    let index = i64::from(TestCxxClassHiddenFieldObj::type_index());
    let object: TestCxxClassHiddenField = Function::get_global("ffi.MakeObjectFromPackedArgs")?
        .call_tuple((index, &wide, 5i64, &narrow, 1i64))?
        .try_into()?;
    assert_eq!((object.v_i64()?, object.v_i32()?), (5, Mode::On));
    assert_eq!((Mode::On.as_raw(), Mode::from_raw(0)), (1, Mode::Off));
    Ok(())
}

#[test]
fn open_enums_hold_what_no_member_names() -> Result<()> {
    link_testing_library();
    let simple = TestCxxAutoInitSimple::new(Axis::from_raw(9), 2);
    let copy: TestCxxAutoInitSimple = call("ffi.DeepCopy", &simple)?;
    assert_eq!(copy.x.as_raw(), 9);
    let error = Mode::try_from(1i64 << 40).unwrap_err();
    assert_eq!(error.kind(), VALUE_ERROR);
    assert_eq!(error.message(), "Mode value 1099511627776 does not fit i32");
    Ok(())
}

#[test]
fn children_of_builtin_types_know_their_depth() {
    link_testing_library();
    assert_eq!(TestCxxIntEnumObj::TYPE_DEPTH, 3);
    assert!(TestCxxIntEnum::try_from(Any::from(1i64)).is_err());
}

#[test]
fn opaque_types_derive_from_complete_ones_of_other_modules() -> Result<()> {
    load_library();
    assert_eq!(
        std::mem::size_of::<LoopObj>(),
        std::mem::size_of::<ShapeObj>()
    );
    assert_eq!((LoopObj::TYPE_DEPTH, LeafObj::TYPE_DEPTH), (2, 3));
    assert!(Shape::new("a shape").try_cast::<Loop>().is_err());
    assert!(Leaf::try_from(Any::new()).is_err());
    assert_eq!(
        call::<Angle>("extra.turn", &Angle::new(90.0))?.degrees,
        90.0
    );
    Ok(())
}
