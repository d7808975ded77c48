// SPDX-License-Identifier: Apache-2.0
//! Programs that must not compile, each beside a close relative that must: nothing that borrows
//! outlives what it borrows from, and what other objects rely on cannot be made up.

/// A view borrows its value.
///
/// ```
/// let text = tvm_ffi::String::from("on the heap");
/// let view = tvm_ffi::AnyView::from(&text);
/// assert_eq!(view.type_index(), 65);
/// ```
/// ```compile_fail,E0505
/// let text = tvm_ffi::String::from("on the heap");
/// let view = tvm_ffi::AnyView::from(&text);
/// drop(text);
/// assert_eq!(view.type_index(), 65);
/// ```
struct ViewsBorrow;

/// An element borrows its array; a clone of it does not.
///
/// ```
/// let array = tvm_ffi::Array::new(vec![1i64]);
/// let element = array[0].clone();
/// drop(array);
/// assert_eq!(element.try_as::<i64>(), Some(1));
/// ```
/// ```compile_fail,E0505
/// let array = tvm_ffi::Array::new(vec![1i64]);
/// let element = &array[0];
/// drop(array);
/// assert_eq!(element.try_as::<i64>(), Some(1));
/// ```
struct ElementsBorrow;

/// Arguments end with the call.
///
/// ```
/// use tvm_ffi::{Any, Function};
/// let kept = std::cell::RefCell::new(Vec::<Any>::new());
/// Function::from_packed(move |arguments| {
///     kept.borrow_mut().push(Any::from(arguments[0]));
///     Ok(Any::new())
/// });
/// ```
/// ```compile_fail,E0521
/// use tvm_ffi::{Any, AnyView, Function};
/// let kept = std::cell::RefCell::new(Vec::<AnyView<'static>>::new());
/// Function::from_packed(move |arguments| {
///     kept.borrow_mut().push(arguments[0]);
///     Ok(Any::new())
/// });
/// ```
struct ArgumentsEndWithTheCall;

/// Texts and numbers borrow what they are read from.
///
/// ```
/// let error = tvm_ffi::Error::new(tvm_ffi::VALUE_ERROR, "too big", "");
/// let message = error.message().to_owned();
/// drop(error);
/// assert_eq!(message, "too big");
/// ```
/// ```compile_fail,E0505
/// let error = tvm_ffi::Error::new(tvm_ffi::VALUE_ERROR, "too big", "");
/// let message = error.message();
/// drop(error);
/// assert_eq!(message, "too big");
/// ```
/// ```compile_fail,E0505
/// let text = tvm_ffi::String::from("on the heap");
/// let content = text.as_str();
/// drop(text);
/// assert_eq!(content, "on the heap");
/// ```
/// ```compile_fail,E0505
/// let tensor = tvm_ffi::Tensor::from_slice(&[1.0f32], &[1]).unwrap();
/// let numbers = tensor.data_as_slice::<f32>().unwrap();
/// drop(tensor);
/// assert_eq!(numbers, [1.0]);
/// ```
/// ```compile_fail,E0505
/// let shape = tvm_ffi::Shape::from([1, 2]);
/// let extents = shape.as_slice();
/// drop(shape);
/// assert_eq!(extents, [1, 2]);
/// ```
struct ContentBorrows;

/// A visited value ends with its visit.
///
/// ```
/// use tvm_ffi::*;
/// let mut kept = Vec::new();
/// let keep = |value: &VisitValue| {
///     kept.push(value.type_index());
///     WalkResult::Advance
/// };
/// structural_walk(&Array::new(vec![1i64]), keep, WalkOrder::PreOrder).unwrap();
/// ```
/// ```compile_fail,E0521
/// use tvm_ffi::*;
/// let mut kept = Vec::new();
/// let keep = |value: &VisitValue| {
///     kept.push(value);
///     WalkResult::Advance
/// };
/// structural_walk(&Array::new(vec![1i64]), keep, WalkOrder::PreOrder).unwrap();
/// ```
struct VisitedValuesEndWithTheVisit;

/// What may be bound to a thread stays on it.
///
/// ```
/// let function = tvm_ffi::Function::from_typed(|| -> tvm_ffi::Result<i64> { Ok(1) });
/// std::thread::spawn(move || function.call_tuple(()).is_ok()).join().unwrap();
/// ```
/// ```compile_fail,E0277
/// let value = tvm_ffi::Any::from(1i64);
/// std::thread::spawn(move || value.type_index()).join().unwrap();
/// ```
struct ValuesStayOnTheirThread;

/// The storage of a container cannot be made up.
///
/// ```
/// let array = tvm_ffi::Array::new(vec![1i64]);
/// assert_eq!(tvm_ffi::ObjectRefCore::into_data(array).size, 1);
/// ```
/// ```compile_fail,E0639
/// let made_up = tvm_ffi::collections::array::ArrayObj {
///     object: tvm_ffi::Object::new(),
///     data: 1 as *mut std::ffi::c_void,
///     size: 1,
///     capacity: 1,
///     data_deleter: None,
/// };
/// ```
struct StorageIsNotMadeUp;

/// Reading tensors as a type takes its word for its values, so saying so is `unsafe`.
///
/// ```
/// use tvm_ffi::{dtype::AsDLDataType, DLDataType, DLDataTypeCode};
/// #[derive(Clone, Copy)]
/// #[repr(transparent)]
/// struct Half(u16);
/// // SAFETY: 16 bits, any of which are a value.
/// unsafe impl AsDLDataType for Half {
///     const DL_DATA_TYPE: DLDataType = DLDataType::new(DLDataTypeCode::kDLFloat, 16, 1);
/// }
/// ```
/// ```compile_fail,E0200
/// use tvm_ffi::{dtype::AsDLDataType, DLDataType, DLDataTypeCode};
/// #[derive(Clone, Copy)]
/// #[repr(transparent)]
/// struct Half(u16);
/// impl AsDLDataType for Half {
///     const DL_DATA_TYPE: DLDataType = DLDataType::new(DLDataTypeCode::kDLFloat, 16, 1);
/// }
/// ```
struct ElementTypesVouch;

/// What cannot walk: a visitor by value, a reference to a wrapper, a handler that returns nothing.
///
/// ```
/// use tvm_ffi::*;
/// let text = Array::new(vec![String::from("text")]);
/// let walker = |_: String| WalkResult::Advance;
/// structural_walk(&text, walker, WalkOrder::PreOrder).unwrap();
/// ```
/// ```compile_fail,E0277
/// use tvm_ffi::*;
/// let text = Array::new(vec![String::from("text")]);
/// let walker = |_: &String| WalkResult::Advance;
/// structural_walk(&text, walker, WalkOrder::PreOrder).unwrap();
/// ```
/// ```compile_fail,E0277
/// use tvm_ffi::*;
/// let text = Array::new(vec![String::from("text")]);
/// let walker = |_: String| ();
/// structural_walk(&text, walker, WalkOrder::PreOrder).unwrap();
/// ```
/// ```compile_fail,E0277
/// use tvm_ffi::*;
/// struct Visitor;
/// #[dispatch(visit)]
/// impl Visitor {
///     fn visit_string(&mut self, _text: String) -> WalkResult {
///         WalkResult::Advance
///     }
/// }
/// let text = Array::new(vec![String::from("text")]);
/// structural_walk(&text, Visitor, WalkOrder::PreOrder).unwrap();
/// ```
struct UnsupportedWalkers;

/// A final type has no subtypes.
///
/// ```
/// #[repr(C)]
/// #[derive(tvm_ffi::derive::Object)]
/// #[type_key = "test.Child"]
/// struct ChildObj {
///     base: tvm_ffi::Object,
///     number: i64,
/// }
/// ```
/// ```compile_fail,E0080
/// #[repr(C)]
/// #[derive(tvm_ffi::derive::Object)]
/// #[type_key = "test.Child"]
/// struct ChildObj {
///     base: tvm_ffi::extra::module::ModuleObj,
/// }
/// ```
struct FinalTypesHaveNoSubtypes;
