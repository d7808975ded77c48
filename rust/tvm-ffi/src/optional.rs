// SPDX-License-Identifier: Apache-2.0
//! [`Optional<T>`]: in-place mirror of C++ `Optional<T>` for values that are not object pointers.
//!
//! Use it in object structs that C++ reads. Everywhere else, and for object types always, use
//! `Option<T>` (for references a nullable pointer).

use std::fmt;
use std::marker::PhantomData;

use tvm_ffi_sys::{DLDataType, DLDevice};

use crate::any::Any;
use crate::string::{Bytes, String};
use crate::type_traits::{AnyCompatible, NONE};

/// A type that [`Optional`] can hold: one that C++ keeps in a cell when it is optional.
///
/// # Safety
/// The type's values are never object references of the C++ side's pointer representation.
#[diagnostic::on_unimplemented(
    message = "`Optional<{Self}>` only mirrors non-object-pointer `ffi::Optional` values",
    label = "`{Self}` uses the object-pointer optional representation",
    note = "use `Option<{Self}>` for a nullable object reference"
)]
pub unsafe trait OptionalCompatible: AnyCompatible {}

macro_rules! impl_optional_compatible {
    ($($type:ty),*) => {$(
        // SAFETY: C++ keeps optional values of this type in a cell.
        unsafe impl OptionalCompatible for $type {}
    )*};
}

impl_optional_compatible!(
    bool,
    i8,
    i16,
    i32,
    i64,
    isize,
    u8,
    u16,
    u32,
    u64,
    usize,
    f32,
    f64,
    *mut std::ffi::c_void,
    DLDataType,
    DLDevice,
    String,
    Bytes
);

// SAFETY: C++ keeps an optional that is optional itself in a cell, whatever its payload.
unsafe impl<T: AnyCompatible> OptionalCompatible for Option<T> {}

/// A cell that holds a `T` or None; 16 bytes.
///
/// ```compile_fail,E0277
/// // Object references use `Option`, which is one nullable pointer:
/// let _ = tvm_ffi::Optional::<tvm_ffi::Array<i64>>::none();
/// ```
#[repr(transparent)]
pub struct Optional<T: OptionalCompatible> {
    cell: Any,
    _payload: PhantomData<T>,
}

const _: () = assert!(std::mem::size_of::<Optional<i64>>() == 16);

impl<T: OptionalCompatible> Optional<T> {
    /// Holds `value`.
    pub fn some(value: T) -> Self {
        Self {
            cell: Any::from(value),
            _payload: PhantomData,
        }
    }

    /// Holds nothing.
    pub fn none() -> Self {
        Self {
            cell: Any::new(),
            _payload: PhantomData,
        }
    }

    /// Whether there is a value.
    pub fn has_value(&self) -> bool {
        !self.is_none()
    }

    /// Whether there is no value.
    pub fn is_none(&self) -> bool {
        self.cell.type_index() == NONE
    }

    /// A copy of the value.
    pub fn get(&self) -> Option<T> {
        if self.is_none() {
            None
        } else {
            self.cell.try_as::<T>()
        }
    }

    /// Moves the value out.
    pub fn into_option(self) -> Option<T> {
        if self.is_none() {
            None
        } else {
            crate::any::TryFromTemp::<T>::try_from(self.cell)
                .ok()
                .map(crate::any::TryFromTemp::into_value)
        }
    }

    /// Replaces the content.
    pub fn set(&mut self, value: Option<T>) {
        *self = value.into();
    }
}

impl Optional<String> {
    /// Borrows the text.
    ///
    /// Panics when it is not valid UTF-8, as [`String::as_str`] does.
    pub fn as_str(&self) -> Option<&str> {
        if self.is_none() {
            return None;
        }
        // SAFETY: a value that is not None is a string cell, and `String` is just that cell.
        Some(unsafe { &*(&raw const self.cell).cast::<String>() }.as_str())
    }
}

impl<T: OptionalCompatible> Default for Optional<T> {
    fn default() -> Self {
        Self::none()
    }
}

impl<T: OptionalCompatible> Clone for Optional<T> {
    fn clone(&self) -> Self {
        Self {
            cell: self.cell.clone(),
            _payload: PhantomData,
        }
    }
}

impl<T: OptionalCompatible> From<Option<T>> for Optional<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or_else(Self::none, Self::some)
    }
}

impl<T: OptionalCompatible> From<Optional<T>> for Option<T> {
    fn from(value: Optional<T>) -> Self {
        value.into_option()
    }
}

impl<T: OptionalCompatible + PartialEq> PartialEq for Optional<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: OptionalCompatible + Eq> Eq for Optional<T> {}

impl<T: OptionalCompatible + fmt::Debug> fmt::Debug for Optional<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.get() {
            Some(value) => write!(f, "Optional::Some({value:?})"),
            None => f.write_str("Optional::None"),
        }
    }
}
