// SPDX-License-Identifier: Apache-2.0
//! [`Function`]: calling, making and registering functions of the ABI.
//!
//! A call packs its arguments into an array of views on the stack and jumps through the cell's
//! `safe_call`; nothing is allocated.

use std::ffi::c_void;
use std::mem::MaybeUninit;

use tvm_ffi_sys::{
    TVMFFIAny, TVMFFIByteArray, TVMFFIFunctionCell, TVMFFIFunctionCreate, TVMFFIFunctionGetGlobal,
    TVMFFIFunctionSetGlobal, TVMFFIObject, TVMFFISafeCallType, TVMFFITypeIndex as TypeIndex,
};

use crate::any::{cell_as_written, Any, AnyView};
use crate::derive;
use crate::error::{Error, Result, RUNTIME_ERROR};
use crate::function_internal::{invoke, AsPackedCallable, TupleAsPackedArgs, MAX_ARGUMENTS};
use crate::object::{Object, ObjectArc, ObjectCore};

/// Object struct of [`Function`].
#[repr(C)]
#[derive(derive::Object)]
#[type_key = "ffi.Function"]
#[type_index(TypeIndex::kTVMFFIFunction)]
pub struct FunctionObj {
    object: Object,
    cell: TVMFFIFunctionCell,
}

const _: () = assert!(std::mem::size_of::<FunctionObj>() == 40);

/// A function of any language, shared by reference count.
///
/// ```
/// use tvm_ffi::{Function, Result};
///
/// let add = Function::from_typed(|a: i64, b: i64| -> Result<i64> { Ok(a + b) });
/// let sum: i64 = add.call_tuple((1i64, 2i64)).unwrap().try_into().unwrap();
/// assert_eq!(sum, 3);
/// ```
///
/// `Function` is `Send` and `Sync`. A closure that captures state bound to one thread must not be
/// called from another; this is the responsibility of whoever makes it a function.
#[repr(C)]
#[derive(derive::ObjectRef, Clone)]
pub struct Function {
    data: ObjectArc<FunctionObj>,
}

/// A function object with its Rust closure behind the cell.
#[repr(C)]
struct ClosureObj<F> {
    function: FunctionObj,
    closure: F,
}

// SAFETY: `repr(C)` with the function object first. The struct is only used to allocate objects,
// which are read as `FunctionObj` or, in their own `safe_call`, as this exact type.
unsafe impl<F: 'static> ObjectCore for ClosureObj<F> {
    const TYPE_KEY: &'static str = FunctionObj::TYPE_KEY;
    const TYPE_DEPTH: i32 = FunctionObj::TYPE_DEPTH;
    fn type_index() -> i32 {
        FunctionObj::type_index()
    }
    unsafe fn object_header_mut(this: &mut Self) -> &mut TVMFFIObject {
        // SAFETY: the caller's promise passes on.
        unsafe { FunctionObj::object_header_mut(&mut this.function) }
    }
}

/// `safe_call` of a function made from the closure type `F`.
unsafe extern "C" fn call_closure<F>(
    handle: *mut c_void,
    args: *const TVMFFIAny,
    num_args: i32,
    result: *mut TVMFFIAny,
) -> i32
where
    F: Fn(&[AnyView]) -> Result<Any> + 'static,
{
    // SAFETY: the handle is the function object that this call was read from, alive during the
    // call; arguments and result follow the calling convention.
    unsafe {
        let closure = &(*handle.cast::<ClosureObj<F>>()).closure;
        invoke(args, num_args, result, closure)
    }
}

impl Function {
    /// The global function `name`; a `RuntimeError` when it is not registered.
    pub fn get_global(name: &str) -> Result<Function> {
        let key = TVMFFIByteArray::new(name.as_ptr(), name.len());
        let mut handle = std::ptr::null_mut();
        // SAFETY: both pointers are valid for the call.
        crate::check_safe_call!(unsafe { TVMFFIFunctionGetGlobal(&key, &mut handle) })?;
        if handle.is_null() {
            crate::bail!(RUNTIME_ERROR, "Function {} not found", name);
        }
        // SAFETY: a non-null handle is a new reference to a function.
        Ok(unsafe { Self::from_handle(handle) })
    }

    /// Registers a global function; a `RuntimeError` when the name is taken.
    pub fn register_global(name: &str, func: Function) -> Result<()> {
        let key = TVMFFIByteArray::new(name.as_ptr(), name.len());
        // SAFETY: both handles are valid for the call, which takes its own reference.
        crate::check_safe_call!(unsafe {
            TVMFFIFunctionSetGlobal(&key, func.data.header().cast(), 0)
        })
    }

    /// Makes a function of a closure that takes its arguments packed.
    ///
    /// A panic in the closure is caught and becomes an error of kind `InternalError`.
    pub fn from_packed<F>(func: F) -> Self
    where
        F: Fn(&[AnyView]) -> Result<Any> + 'static,
    {
        let object = ObjectArc::new(ClosureObj {
            function: FunctionObj {
                object: Object::new(),
                cell: TVMFFIFunctionCell {
                    safe_call: call_closure::<F>,
                    cxx_call: std::ptr::null_mut(),
                },
            },
            closure: func,
        });
        // SAFETY: the object starts with a `FunctionObj`; its one reference moves over.
        unsafe {
            let raw = ObjectArc::into_raw(object);
            Self {
                data: ObjectArc::from_raw(raw.cast::<FunctionObj>()),
            }
        }
    }

    /// Makes a function of a closure or `fn` with 0 to 8 owned parameters that returns
    /// [`Result`]. Arguments are converted; a wrong number is a `ValueError`, a wrong type a
    /// `TypeError`.
    pub fn from_typed<F, I, O>(func: F) -> Self
    where
        F: AsPackedCallable<I, O> + 'static,
    {
        Self::from_packed(move |packed_args| func.call_packed(packed_args))
    }

    /// Makes a function of a C callback.
    ///
    /// # Safety
    /// `handle` suits both function pointers, may be used from any thread, and stays valid until
    /// `deleter` is called (for ever when there is none).
    pub unsafe fn from_extern_c(
        handle: *mut c_void,
        safe_call: TVMFFISafeCallType,
        deleter: Option<unsafe extern "C" fn(*mut c_void)>,
    ) -> Self {
        let mut out = std::ptr::null_mut();
        // SAFETY: by contract; on success `out` is a new reference to a function.
        unsafe {
            if TVMFFIFunctionCreate(handle, safe_call, deleter, &mut out) != 0 {
                panic!("a function could not be created: {}", Error::from_raised());
            }
            Self::from_handle(out)
        }
    }

    /// Calls with packed arguments. Errors of the callee pass unchanged.
    #[inline]
    pub fn call_packed(&self, packed_args: &[AnyView]) -> Result<Any> {
        let Ok(count) = i32::try_from(packed_args.len()) else {
            return Err(too_many_arguments(packed_args.len()));
        };
        let mut result = TVMFFIAny::new();
        // SAFETY: a view is a cell; the function object is alive during the call.
        let status = unsafe {
            (self.data.cell.safe_call)(
                self.data.header().cast(),
                packed_args.as_ptr().cast(),
                count,
                &mut result,
            )
        };
        if status == 0 {
            // SAFETY: on success the result is an owned value.
            return Ok(unsafe { Any::from_raw_ffi_any(cell_as_written(&result)) });
        }
        Err(error_of_status(status))
    }

    /// Calls with a tuple of 0 to 8 values or references.
    #[inline]
    pub fn call_tuple<Args: TupleAsPackedArgs>(&self, args: Args) -> Result<Any> {
        let mut views = [const { MaybeUninit::<AnyView>::uninit() }; MAX_ARGUMENTS];
        // Only as many as there are arguments: setting all takes longer than the call.
        let views = &mut views[..Args::LEN];
        for view in &mut *views {
            view.write(AnyView::new());
        }
        // SAFETY: each of these has just been written.
        let views = unsafe { &mut *(std::ptr::from_mut(views) as *mut [AnyView]) };
        args.fill_any_view(views);
        self.call_packed(views)
    }

    /// As [`Self::call_tuple`] with an array of exactly `LEN` views, which should be the length of
    /// the tuple: a larger number pads with None, a smaller one panics.
    #[inline]
    pub fn call_tuple_with_len<const LEN: usize, Args: TupleAsPackedArgs>(
        &self,
        args: Args,
    ) -> Result<Any> {
        let mut views = [AnyView::new(); LEN];
        args.fill_any_view(&mut views);
        self.call_packed(&views)
    }

    /// # Safety
    /// `handle` is a strong reference to a function that the caller gives up.
    #[inline]
    unsafe fn from_handle(handle: *mut c_void) -> Self {
        Self {
            // SAFETY: by contract.
            data: unsafe { ObjectArc::from_raw(handle.cast::<FunctionObj>()) },
        }
    }
}

#[cold]
fn too_many_arguments(count: usize) -> Error {
    Error::new(
        RUNTIME_ERROR,
        &format!("{count} are too many arguments"),
        "",
    )
}

/// The error that a failed call has raised.
#[cold]
fn error_of_status(status: i32) -> Error {
    Error::take_raised().unwrap_or_else(|| {
        let message = format!("the function returned status {status} without raising an error");
        Error::new(RUNTIME_ERROR, &message, "")
    })
}
