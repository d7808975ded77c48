// SPDX-License-Identifier: Apache-2.0
//! [`Error`]: the error object of the ABI, the standard kinds, and the thread's raised-error slot.

use std::ffi::c_void;
use std::fmt;

use tvm_ffi_sys::{
    TVMFFIAny, TVMFFIBacktraceUpdateMode, TVMFFIByteArray, TVMFFIErrorCell, TVMFFIErrorCreate,
    TVMFFIErrorCreateWithCauseAndExtraContext, TVMFFIErrorMoveFromRaised, TVMFFIErrorSetRaised,
    TVMFFITypeIndex as TypeIndex,
};

use crate::byte_cell::slice_of;
use crate::derive;
use crate::object::{Object, ObjectArc};
use crate::type_traits::AnyCompatible;

/// Result with the error type of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Kind of an error; the text that other languages map to their exception classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorKind<'a>(&'a str);

/// An argument has the right type and a wrong value.
pub const VALUE_ERROR: ErrorKind<'static> = ErrorKind("ValueError");
/// A value has the wrong type.
pub const TYPE_ERROR: ErrorKind<'static> = ErrorKind("TypeError");
/// Anything else that goes wrong at run time.
pub const RUNTIME_ERROR: ErrorKind<'static> = ErrorKind("RuntimeError");
/// An attribute does not exist.
pub const ATTRIBUTE_ERROR: ErrorKind<'static> = ErrorKind("AttributeError");
/// A key does not exist.
pub const KEY_ERROR: ErrorKind<'static> = ErrorKind("KeyError");
/// An index is out of range.
pub const INDEX_ERROR: ErrorKind<'static> = ErrorKind("IndexError");
/// A bug, such as a panic in a Rust function.
pub(crate) const INTERNAL_ERROR: ErrorKind<'static> = ErrorKind("InternalError");

impl<'a> ErrorKind<'a> {
    /// A kind that has no constant.
    pub const fn new(kind: &'a str) -> Self {
        Self(kind)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0
    }
}

impl fmt::Display for ErrorKind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Object struct of [`Error`].
#[repr(C)]
#[derive(derive::Object)]
#[type_key = "ffi.Error"]
#[type_index(TypeIndex::kTVMFFIError)]
pub struct ErrorObj {
    object: Object,
    cell: TVMFFIErrorCell,
}

const _: () = assert!(std::mem::size_of::<ErrorObj>() == 96);

/// An error: kind, message and backtrace, shared by reference count.
///
/// ```
/// use tvm_ffi::{Error, VALUE_ERROR};
///
/// let error = Error::new(VALUE_ERROR, "too big", "");
/// assert_eq!(error.kind(), VALUE_ERROR);
/// assert!(error.to_string().ends_with("ValueError: too big"));
/// ```
#[repr(C)]
#[derive(derive::ObjectRef, Clone)]
pub struct Error {
    data: ObjectArc<ErrorObj>,
}

/// The text of a byte array up to the first byte that is not UTF-8: showing an error must not fail.
fn text(array: &TVMFFIByteArray) -> &str {
    // SAFETY: the arrays of a live error cell describe readable memory.
    let bytes = unsafe { slice_of(array) };
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    }
}

fn array(text: &str) -> TVMFFIByteArray {
    TVMFFIByteArray::new(text.as_ptr(), text.len())
}

impl Error {
    /// An error whose backtrace is `traceback`: one `  File "<file>", line <n>, in <function>\n`
    /// per frame, innermost first; may be empty.
    ///
    /// Panics when memory runs out.
    pub fn new(kind: ErrorKind<'_>, message: &str, traceback: &str) -> Self {
        let mut handle = std::ptr::null_mut();
        // SAFETY: the three texts are copied during the call.
        let status = unsafe {
            TVMFFIErrorCreate(
                &array(kind.as_str()),
                &array(message),
                &array(traceback),
                &mut handle,
            )
        };
        assert_eq!(status, 0, "out of memory while creating an error");
        // SAFETY: on success the handle is a new reference to an error object.
        unsafe { Self::from_handle(handle) }
    }

    /// Takes the thread's raised error. Panics when there is none.
    pub fn from_raised() -> Self {
        Self::take_raised().expect("Calling Error::from_raised but no error was raised")
    }

    /// Takes the thread's raised error, if there is one.
    pub(crate) fn take_raised() -> Option<Self> {
        let mut handle = std::ptr::null_mut();
        // SAFETY: the out pointer is valid; a non-null handle is a new reference to an error.
        unsafe {
            TVMFFIErrorMoveFromRaised(&mut handle);
            (!handle.is_null()).then(|| Self::from_handle(handle))
        }
    }

    /// Stores the error (a new reference) as the thread's raised error.
    pub fn set_raised(error: &Self) {
        // SAFETY: the handle is alive during the call, which takes its own reference.
        unsafe { TVMFFIErrorSetRaised(error.handle()) };
    }

    /// The `TypeError` of a failed conversion of `cell` to `T`.
    #[cold]
    pub(crate) fn conversion<T: AnyCompatible>(cell: &TVMFFIAny) -> Self {
        let message = format!(
            "Cannot convert from type `{}` to `{}`",
            T::get_mismatch_type_info(cell),
            T::type_str()
        );
        Self::new(TYPE_ERROR, &message, "")
    }

    /// Kind.
    pub fn kind(&self) -> ErrorKind<'_> {
        ErrorKind(text(&self.data.cell.kind))
    }

    /// Message.
    pub fn message(&self) -> &str {
        text(&self.data.cell.message)
    }

    /// Backtrace, innermost frame first.
    pub fn backtrace(&self) -> &str {
        text(&self.data.cell.backtrace)
    }

    /// The backtrace with its lines reversed, each followed by a line feed.
    pub fn traceback_most_recent_call_last(&self) -> String {
        let backtrace = self.backtrace();
        let mut reversed = String::with_capacity(backtrace.len() + 1);
        for line in backtrace.split('\n').rev() {
            reversed.push_str(line);
            reversed.push('\n');
        }
        reversed
    }

    /// The error with `backtrace` appended. A shared error stays as it is; the result is a new one
    /// then, with the same cause and context.
    pub fn with_appended_backtrace(this: Self, backtrace: &str) -> Self {
        if ObjectArc::strong_count(&this.data) == 1 {
            let mode = TVMFFIBacktraceUpdateMode::kTVMFFIBacktraceUpdateModeAppend as i32;
            // SAFETY: `this` is the only owner, so nobody reads the backtrace meanwhile; the text
            // is copied during the call.
            unsafe { (this.data.cell.update_backtrace)(this.handle(), &array(backtrace), mode) };
            return this;
        }
        let joined = format!("{}{backtrace}", this.backtrace());
        let cell = &this.data.cell;
        let mut handle = std::ptr::null_mut();
        // SAFETY: texts and handles are alive during the call, which copies or counts them.
        let status = unsafe {
            TVMFFIErrorCreateWithCauseAndExtraContext(
                &cell.kind,
                &cell.message,
                &array(&joined),
                cell.cause_chain,
                cell.extra_context,
                &mut handle,
            )
        };
        assert_eq!(status, 0, "out of memory while creating an error");
        // SAFETY: on success the handle is a new reference to an error object.
        unsafe { Self::from_handle(handle) }
    }

    /// # Safety
    /// `handle` is a strong reference to an error that the caller gives up.
    unsafe fn from_handle(handle: *mut c_void) -> Self {
        Self {
            // SAFETY: by contract.
            data: unsafe { ObjectArc::from_raw(handle.cast::<ErrorObj>()) },
        }
    }

    fn handle(&self) -> *mut c_void {
        self.data.header().cast()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Traceback (most recent call last):\n{}{}: {}",
            self.traceback_most_recent_call_last(),
            self.kind(),
            self.message()
        )
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}

impl From<std::convert::Infallible> for Error {
    /// Lets `?` be used on conversions that cannot fail.
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}
