// SPDX-License-Identifier: Apache-2.0
//! What stands between typed Rust functions and packed calls: the argument traits, the callback
//! protocol, and their implementations for 0 to 8 parameters.

use std::any::Any as Payload;
use std::panic::{catch_unwind, AssertUnwindSafe};

use tvm_ffi_sys::{TVMFFIAny, TVMFFIAnyDataUnion, TVMFFIObject};

use crate::any::{cell_as_written, Any, AnyView};
use crate::error::{Error, Result, INTERNAL_ERROR, TYPE_ERROR, VALUE_ERROR};
use crate::type_traits::{type_key_of_cell, AnyElement, OBJECT_RVALUE_REF};

/// Most arguments that a call tuple can have.
pub(crate) const MAX_ARGUMENTS: usize = 8;

/// Element of a call tuple: a value, or a reference to one, that a cell can carry.
pub trait ArgIntoRef {
    /// The value's type.
    type Target: AnyElement;
    /// Borrows the value.
    fn to_ref(&self) -> &Self::Target;
}

/// Turns a parameter of [`into_typed_fn!`](crate::into_typed_fn) into what the call tuple holds:
/// `&str` and `&[u8]` become owned strings and bytes, everything else stays as it is.
pub trait IntoArgHolder {
    /// What the call tuple holds.
    type Target;
    /// Converts.
    fn into_arg_holder(self) -> Self::Target;
}

/// [`IntoArgHolder`] for all elements of a tuple.
pub trait IntoArgHolderTuple {
    /// Tuple of the holders.
    type Target;
    /// Converts.
    fn into_arg_holder_tuple(self) -> Self::Target;
}

/// A tuple that can be passed to a function.
pub trait TupleAsPackedArgs {
    /// Number of elements.
    const LEN: usize;
    /// Writes a view of every element. Panics when there are fewer than `LEN` views.
    fn fill_any_view<'a>(&'a self, any_view: &mut [AnyView<'a>]);
}

/// A closure or `fn` that can be called with packed arguments; `I` is the tuple of its parameter
/// types and `O` its success type.
pub trait AsPackedCallable<I, O> {
    /// Converts the arguments, calls, and packs the result.
    fn call_packed(&self, packed_args: &[AnyView]) -> Result<Any>;
}

/// Calls `func` once with packed arguments.
pub fn call_packed_callable<F, I, O>(func: F, packed_args: &[AnyView]) -> Result<Any>
where
    F: AsPackedCallable<I, O>,
{
    func.call_packed(packed_args)
}

/// Runs `body` by the callback protocol: its value goes to `*result` with status 0; its error, or
/// the panic that it ended in, becomes the thread's raised error with status -1.
///
/// # Safety
/// `args` points to `num_args` valid views (null is allowed for none) and `result` to a cell that
/// may be overwritten.
#[doc(hidden)]
#[inline]
pub unsafe fn invoke<F>(
    args: *const TVMFFIAny,
    num_args: i32,
    result: *mut TVMFFIAny,
    body: F,
) -> i32
where
    F: FnOnce(&[AnyView]) -> Result<Any>,
{
    let packed_args: &[AnyView] = match usize::try_from(num_args) {
        // SAFETY: by contract; an `AnyView` is a cell, borrowed for the duration of the call.
        Ok(count) if count > 0 => unsafe { std::slice::from_raw_parts(args.cast(), count) },
        _ => &[],
    };
    let run = || match body(packed_args) {
        Ok(value) => {
            let value = std::mem::ManuallyDrop::new(value);
            // SAFETY: by contract; ownership moves, and the previous content is not released.
            unsafe { result.write(cell_as_written(value.cell())) };
            0
        }
        Err(error) => {
            Error::set_raised(&error);
            -1
        }
    };
    // A panic must not cross the border: it would abort the process.
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(raise_panic)
}

/// Raises the error that stands for a panic, and gives the status of a failed call.
#[cold]
fn raise_panic(payload: Box<dyn Payload + Send>) -> i32 {
    let error = panic_error(&*payload);
    discard(payload);
    Error::set_raised(&error);
    -1
}

/// The error that stands for a panic.
fn panic_error(payload: &(dyn Payload + Send)) -> Error {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    Error::new(
        INTERNAL_ERROR,
        &format!("Rust function panicked: {text}"),
        "",
    )
}

/// Drops what a panic carried. That may panic again, which must not cross the border either.
pub(crate) fn discard(payload: Box<dyn Payload + Send>) {
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(another);
    }
}

/// Converts parameter `index`.
#[inline]
fn argument<T: AnyElement>(packed_args: &[AnyView], index: usize) -> Result<T> {
    let cell = packed_args[index].cell();
    if let Some(value) = moved_argument(&packed_args[index]) {
        return value;
    }
    // SAFETY: the cell of a view is valid.
    unsafe { T::read(cell) }.map_err(|()| argument_error::<T>(index, cell))
}

#[cold]
fn argument_error<T: AnyElement>(index: usize, cell: &TVMFFIAny) -> Error {
    let message = format!(
        "Argument #{index}: Cannot convert from type `{}` to `{}`",
        type_key_of_cell(cell),
        T::element_type_str()
    );
    Error::new(TYPE_ERROR, &message, "")
}

/// The object that the caller gives away with the argument, if it does and the object is strictly
/// a `T`. Any other object stays with the caller.
#[inline]
fn moved_argument<T: AnyElement>(argument: &AnyView) -> Option<Result<T>> {
    let cell = argument.cell();
    if cell.type_index != OBJECT_RVALUE_REF {
        return None;
    }
    // SAFETY: such a cell points to a slot that holds an owned object, or null once it was taken.
    let object = unsafe { *cell.data_union.v_ptr.cast::<*mut TVMFFIObject>() };
    if object.is_null() {
        return None;
    }
    let borrowed = TVMFFIAny {
        // SAFETY: the slot keeps the object alive.
        type_index: unsafe { (*object).type_index },
        small_str_len: 0,
        data_union: TVMFFIAnyDataUnion { v_obj: object },
    };
    // SAFETY: the cell borrows a live object.
    unsafe { T::is_strict(&borrowed) }.then(|| T::from_owned(Any::from(*argument)))
}

#[inline]
fn check_count(packed_args: &[AnyView], expected: usize) -> Result<()> {
    if packed_args.len() == expected {
        return Ok(());
    }
    Err(count_error(packed_args.len(), expected))
}

#[cold]
fn count_error(actual: usize, expected: usize) -> Error {
    let message = format!("Expected {expected} arguments, got {actual}");
    let place = crate::__backtrace_frame!();
    Error::new(VALUE_ERROR, &message, &place)
}

/// Implements the tuple traits for one number of parameters.
macro_rules! impl_for_arity {
    ($count:literal $(, $index:tt $type:ident)*) => {
        impl<Fun, Out, $($type),*> AsPackedCallable<($($type,)*), Out> for Fun
        where
            Fun: Fn($($type),*) -> Result<Out> + 'static,
            Any: From<Out>,
            $($type: AnyElement,)*
        {
            fn call_packed(&self, packed_args: &[AnyView]) -> Result<Any> {
                check_count(packed_args, $count)?;
                self($(argument::<$type>(packed_args, $index)?),*).map(Any::from)
            }
        }

        impl<$($type: ArgIntoRef),*> TupleAsPackedArgs for ($($type,)*) {
            const LEN: usize = $count;
            #[allow(unused_variables)]
            fn fill_any_view<'a>(&'a self, any_view: &mut [AnyView<'a>]) {
                $(
                    let cell = self.$index.to_ref().borrowed_cell();
                    // SAFETY: the cell borrows from `self`, which outlives `'a`.
                    any_view[$index] = unsafe { AnyView::from_cell(cell) };
                )*
            }
        }

        impl<$($type: IntoArgHolder),*> IntoArgHolderTuple for ($($type,)*) {
            type Target = ($($type::Target,)*);
            #[allow(clippy::unused_unit)]
            fn into_arg_holder_tuple(self) -> Self::Target {
                ($(self.$index.into_arg_holder(),)*)
            }
        }
    };
}

impl_for_arity!(0);
impl_for_arity!(1, 0 T0);
impl_for_arity!(2, 0 T0, 1 T1);
impl_for_arity!(3, 0 T0, 1 T1, 2 T2);
impl_for_arity!(4, 0 T0, 1 T1, 2 T2, 3 T3);
impl_for_arity!(5, 0 T0, 1 T1, 2 T2, 3 T3, 4 T4);
impl_for_arity!(6, 0 T0, 1 T1, 2 T2, 3 T3, 4 T4, 5 T5);
impl_for_arity!(7, 0 T0, 1 T1, 2 T2, 3 T3, 4 T4, 5 T5, 6 T6);
impl_for_arity!(8, 0 T0, 1 T1, 2 T2, 3 T3, 4 T4, 5 T5, 6 T6, 7 T7);
