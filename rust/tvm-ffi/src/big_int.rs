// SPDX-License-Identifier: Apache-2.0
//! [`BigInt`]: an integer of any size in the layout of C++ `BigInt`.
//!
//! Invariant: the cell is an int when the value fits 64 bits, and a big-integer object otherwise,
//! so equal values have equal words.

use std::fmt;

use tvm_ffi_sys::{
    TVMFFIAny, TVMFFIBigIntFromByteArray, TVMFFIBigIntGetContentByteArray, TVMFFIByteArray,
    TVMFFITypeIndex as TypeIndex,
};

use crate::any::Any;
use crate::error::Error;
use crate::optional::OptionalCompatible;
use crate::type_traits::{AnyCompatible, BOOL, INT};

const BIG_INT: i32 = TypeIndex::kTVMFFIBigInt as i32;

/// An integer of any size; 16 bytes.
///
/// ```
/// use tvm_ffi::BigInt;
///
/// let big = BigInt::from_i128(1 << 100);
/// assert_eq!(big.as_i64(), None);
/// assert_eq!(big.as_i128(), Some(1 << 100));
/// assert_eq!(BigInt::from(7).as_i64(), Some(7));
/// ```
#[repr(transparent)]
#[derive(Clone)]
pub struct BigInt {
    cell: Any,
}

const _: () = assert!(std::mem::size_of::<BigInt>() == 16);

impl BigInt {
    /// The value of two's complement words, least significant first. No words are 0.
    ///
    /// Panics when memory runs out.
    pub fn from_words(words: &[i64]) -> Self {
        let array = TVMFFIByteArray::new(words.as_ptr().cast(), std::mem::size_of_val(words));
        let mut cell = TVMFFIAny::new();
        // SAFETY: both pointers are valid for the call, which copies the words.
        if unsafe { TVMFFIBigIntFromByteArray(&array, &mut cell) } != 0 {
            panic!("an integer could not be created: {}", Error::from_raised());
        }
        Self {
            // SAFETY: on success the cell is an owned integer.
            cell: unsafe { Any::from_raw_ffi_any(cell) },
        }
    }

    /// The minimal two's complement words, least significant first; never empty.
    pub fn to_words(&self) -> Vec<i64> {
        // SAFETY: the cell is an integer; the array borrows from `self`.
        let bytes = unsafe {
            let array = TVMFFIBigIntGetContentByteArray(self.cell.cell());
            crate::byte_cell::slice_of(&array)
        };
        let words = bytes.chunks_exact(8);
        words
            .map(|word| i64::from_ne_bytes(word.try_into().unwrap_or_default()))
            .collect()
    }

    /// The value of a 128-bit integer. (No `From`: with two integer types `BigInt::from(1)` would
    /// be ambiguous.)
    pub fn from_i128(value: i128) -> Self {
        Self::from_words(&[value as i64, (value >> 64) as i64])
    }

    /// The value if it fits 128 bits.
    pub fn as_i128(&self) -> Option<i128> {
        match self.to_words().as_slice() {
            [low] => Some(i128::from(*low)),
            [low, high] => Some(i128::from(*high) << 64 | i128::from(*low as u64)),
            _ => None,
        }
    }

    /// The value if it fits 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        self.cell.try_as::<i64>()
    }
}

impl From<i64> for BigInt {
    fn from(value: i64) -> Self {
        Self {
            cell: Any::from(value),
        }
    }
}

impl PartialEq for BigInt {
    fn eq(&self, other: &Self) -> bool {
        self.to_words() == other.to_words()
    }
}

impl Eq for BigInt {}

impl fmt::Debug for BigInt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_i128() {
            Some(value) => write!(f, "BigInt({value})"),
            None => write!(f, "BigInt(words {:x?})", self.to_words()),
        }
    }
}

// SAFETY: the value is its cell, and the strict check accepts the two indices of integers.
unsafe impl AnyCompatible for BigInt {
    unsafe fn copy_to_any_view(src: &Self, data: &mut TVMFFIAny) {
        *data = *src.cell.cell();
    }
    unsafe fn move_to_any(src: Self, data: &mut TVMFFIAny) {
        // SAFETY: ownership moves into the written cell.
        *data = unsafe { Any::into_raw_ffi_any(src.cell) };
    }
    unsafe fn check_any_strict(data: &TVMFFIAny) -> bool {
        data.type_index == INT || data.type_index == BIG_INT
    }
    unsafe fn copy_from_any_view_after_check(data: &TVMFFIAny) -> Self {
        // SAFETY: the cell is valid; the view becomes an owner of its own before it is used.
        let view = unsafe { crate::any::AnyView::from_cell(*data) };
        Self {
            cell: Any::from(view),
        }
    }
    unsafe fn move_from_any_after_check(data: &mut TVMFFIAny) -> Self {
        Self {
            // SAFETY: the cell gives its reference up and becomes None.
            cell: unsafe { Any::from_raw_ffi_any(std::mem::take(data)) },
        }
    }
    unsafe fn try_cast_from_any_view(data: &TVMFFIAny) -> Result<Self, ()> {
        match data.type_index {
            // SAFETY: the strict check is true for these two.
            INT | BIG_INT => Ok(unsafe { Self::copy_from_any_view_after_check(data) }),
            // SAFETY: a bool is stored as integer 0 or 1.
            BOOL => Ok(Self::from(unsafe { data.data_union.v_int64 })),
            _ => Err(()),
        }
    }
    fn type_str() -> String {
        "BigInt".to_owned()
    }
}

crate::impl_try_from_any!(BigInt);
crate::impl_arg_into_ref!(BigInt);
crate::impl_into_arg_holder_default!(BigInt);

// SAFETY: C++ keeps an optional integer in a cell.
unsafe impl OptionalCompatible for BigInt {}
