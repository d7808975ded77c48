// SPDX-License-Identifier: Apache-2.0
//! [`Any`] and [`AnyView`]: the dynamic values of the ABI, owned and borrowed.
//!
//! Both are one [`TVMFFIAny`] cell. An `Any` holds one reference when its index is an object's; an
//! `AnyView` holds none and borrows for its lifetime.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;

use tvm_ffi_sys::{TVMFFIAny, TVMFFIAnyDataUnion, TVMFFIAnyViewToOwnedAny};

use crate::error::Error;
use crate::object::unsafe_;
use crate::type_traits::{AnyCompatible, OBJECT_BEGIN};

/// A borrowed dynamic value.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct AnyView<'a> {
    data: TVMFFIAny,
    _borrowed: PhantomData<&'a ()>,
}

/// An owned dynamic value.
///
/// ```
/// use tvm_ffi::{Any, AnyView};
///
/// let value = Any::from(42i64);
/// assert_eq!(value.try_as::<i64>(), Some(42));
/// assert_eq!(value.try_as::<f64>(), None); // strict: an int is no float,
/// assert_eq!(f64::try_from(value).unwrap(), 42.0); // but it converts to one
/// ```
#[repr(C)]
pub struct Any {
    data: TVMFFIAny,
}

const _: () = assert!(std::mem::size_of::<Any>() == 16 && std::mem::align_of::<Any>() == 8);
const _: () = assert!(std::mem::size_of::<AnyView<'static>>() == 16);

impl<'a> AnyView<'a> {
    /// None.
    #[inline]
    pub const fn new() -> Self {
        Self {
            data: TVMFFIAny::new(),
            _borrowed: PhantomData,
        }
    }

    /// Type index of the value.
    #[inline]
    pub fn type_index(&self) -> i32 {
        self.data.type_index
    }

    /// The value as a `T` if it is one, without conversion; objects get a new reference.
    #[inline]
    pub fn try_as<T: AnyCompatible>(&self) -> Option<T> {
        strict(&self.data)
    }

    /// Strong count of the object, `None` for plain values.
    pub fn debug_strong_count(&self) -> Option<usize> {
        strong_count(&self.data)
    }

    /// The cell.
    #[inline]
    pub(crate) fn cell(&self) -> &TVMFFIAny {
        &self.data
    }

    /// Views a cell.
    ///
    /// # Safety
    /// What the cell points to outlives `'a`.
    #[inline]
    pub(crate) unsafe fn from_cell(data: TVMFFIAny) -> Self {
        Self {
            data,
            _borrowed: PhantomData,
        }
    }
}

impl Any {
    /// None.
    #[inline]
    pub const fn new() -> Self {
        Self {
            data: TVMFFIAny::new(),
        }
    }

    /// Type index of the value.
    #[inline]
    pub fn type_index(&self) -> i32 {
        self.data.type_index
    }

    /// The value as a `T` if it is one, without conversion; objects get a new reference.
    #[inline]
    pub fn try_as<T: AnyCompatible>(&self) -> Option<T> {
        strict(&self.data)
    }

    /// Strong count of the object, `None` for plain values.
    pub fn debug_strong_count(&self) -> Option<usize> {
        strong_count(&self.data)
    }

    /// Address of the cell, for example as an out parameter.
    ///
    /// # Safety
    /// What is written must be an owned value; writing over a live object leaks it.
    #[inline]
    pub unsafe fn as_data_ptr(&mut self) -> *mut TVMFFIAny {
        &mut self.data
    }

    /// Gives the cell up.
    ///
    /// # Safety
    /// The caller releases what the cell owns.
    #[inline]
    pub unsafe fn into_raw_ffi_any(this: Self) -> TVMFFIAny {
        ManuallyDrop::new(this).data
    }

    /// Adopts a cell.
    ///
    /// # Safety
    /// The cell is a valid owned value whose reference the caller gives up.
    #[inline]
    pub unsafe fn from_raw_ffi_any(data: TVMFFIAny) -> Self {
        Self { data }
    }

    /// The cell.
    #[inline]
    pub(crate) fn cell(&self) -> &TVMFFIAny {
        &self.data
    }
}

/// A copy of a cell that somebody has just written field by field. The volatile reads keep the
/// compiler from loading two fields at once, which would make the processor wait until both stores
/// are through: as long as the whole call takes otherwise.
#[inline]
pub(crate) fn cell_as_written(cell: &TVMFFIAny) -> TVMFFIAny {
    // SAFETY: the cell is valid, and all its bytes are initialised.
    unsafe {
        TVMFFIAny {
            type_index: std::ptr::read_volatile(&cell.type_index),
            small_str_len: std::ptr::read_volatile(&cell.small_str_len),
            data_union: TVMFFIAnyDataUnion {
                // As a pointer, which may be any number but keeps what it may point to.
                v_ptr: std::ptr::read_volatile(&raw const cell.data_union.v_ptr),
            },
        }
    }
}

#[inline]
fn strict<T: AnyCompatible>(cell: &TVMFFIAny) -> Option<T> {
    // SAFETY: cells of `Any` and `AnyView` are valid, and reading follows the check.
    unsafe { T::check_any_strict(cell).then(|| T::copy_from_any_view_after_check(cell)) }
}

fn strong_count(cell: &TVMFFIAny) -> Option<usize> {
    // SAFETY: from `OBJECT_BEGIN` on the payload is a live object.
    (cell.type_index >= OBJECT_BEGIN)
        .then(|| unsafe { unsafe_::strong_count(cell.data_union.v_obj) })
}

impl Default for AnyView<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl Default for Any {
    fn default() -> Self {
        Self::new()
    }
}

impl Clone for Any {
    #[inline]
    fn clone(&self) -> Self {
        if self.data.type_index >= OBJECT_BEGIN {
            // SAFETY: the payload is an object that `self` keeps alive.
            unsafe { unsafe_::inc_ref(self.data.data_union.v_obj) };
        }
        Self { data: self.data }
    }
}

impl Drop for Any {
    #[inline]
    fn drop(&mut self) {
        if self.data.type_index >= OBJECT_BEGIN {
            // SAFETY: gives up the one reference that `self` holds.
            unsafe { unsafe_::dec_ref(self.data.data_union.v_obj) };
        }
    }
}

impl<T: AnyCompatible> From<T> for Any {
    #[inline]
    fn from(value: T) -> Self {
        let mut data = TVMFFIAny::new();
        // SAFETY: the fresh cell becomes the owner.
        unsafe { T::move_to_any(value, &mut data) };
        Self { data }
    }
}

impl<'a, T: AnyCompatible> From<&'a T> for AnyView<'a> {
    #[inline]
    fn from(value: &'a T) -> Self {
        let mut data = TVMFFIAny::new();
        // SAFETY: the lifetime keeps the view from outliving `value`.
        unsafe { T::copy_to_any_view(value, &mut data) };
        Self {
            data,
            _borrowed: PhantomData,
        }
    }
}

impl<'a> From<&'a Any> for AnyView<'a> {
    #[inline]
    fn from(value: &'a Any) -> Self {
        Self {
            data: value.data,
            _borrowed: PhantomData,
        }
    }
}

impl<'a> From<&AnyView<'a>> for AnyView<'a> {
    #[inline]
    fn from(value: &AnyView<'a>) -> Self {
        *value
    }
}

impl From<AnyView<'_>> for Any {
    /// Takes a new reference, copies raw strings and bytes, and takes rvalue references over.
    ///
    /// Panics when an rvalue reference has already been taken.
    #[inline]
    fn from(value: AnyView<'_>) -> Self {
        let mut data = TVMFFIAny::new();
        // SAFETY: the view is valid; `data` is written on success only.
        if unsafe { TVMFFIAnyViewToOwnedAny(&value.data, &mut data) } != 0 {
            panic!(
                "a view could not be turned into an owned value: {}",
                Error::from_raised()
            );
        }
        Self { data }
    }
}

/// Carries the conversions from `Any` and `AnyView` to any `T`, which the orphan rule forbids to
/// implement for `T` itself.
pub struct TryFromTemp<T> {
    value: T,
}

impl<T> TryFromTemp<T> {
    /// Wraps a value.
    #[inline]
    pub fn new(value: T) -> Self {
        Self { value }
    }

    /// The value.
    #[inline]
    pub fn into_value(this: Self) -> T {
        this.value
    }
}

impl<'a, T: AnyCompatible> TryFrom<AnyView<'a>> for TryFromTemp<T> {
    type Error = Error;
    #[inline]
    fn try_from(view: AnyView<'a>) -> Result<Self, Error> {
        // As in a call: a view has often just been written field by field.
        let view = AnyView {
            data: cell_as_written(&view.data),
            _borrowed: PhantomData,
        };
        // SAFETY: the cell of a view is valid, and strict reading follows the check.
        unsafe {
            if T::check_any_strict(&view.data) {
                return Ok(Self::new(T::copy_from_any_view_after_check(&view.data)));
            }
            T::try_cast_from_any_view(&view.data)
        }
        .map(Self::new)
        .map_err(|()| Error::conversion::<T>(&view.data))
    }
}

impl<T: AnyCompatible> TryFrom<Any> for TryFromTemp<T> {
    type Error = Error;
    #[inline]
    fn try_from(value: Any) -> Result<Self, Error> {
        // SAFETY: the cell is valid; after the strict check its reference moves into the result,
        // so the cell itself is not released.
        unsafe {
            if T::check_any_strict(&value.data) {
                let mut cell = Any::into_raw_ffi_any(value);
                return Ok(Self::new(T::move_from_any_after_check(&mut cell)));
            }
            T::try_cast_from_any_view(&value.data)
        }
        .map(Self::new)
        .map_err(|()| Error::conversion::<T>(&value.data))
    }
}

impl crate::function_internal::ArgIntoRef for Any {
    type Target = Any;
    #[inline]
    fn to_ref(&self) -> &Any {
        self
    }
}

impl crate::function_internal::ArgIntoRef for &Any {
    type Target = Any;
    #[inline]
    fn to_ref(&self) -> &Any {
        self
    }
}

crate::impl_into_arg_holder_default!(Any);
