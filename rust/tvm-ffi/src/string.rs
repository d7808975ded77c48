// SPDX-License-Identifier: Apache-2.0
//! [`String`] and [`Bytes`]: immutable, cheaply cloned text and bytes in the ABI's own layout.
//!
//! Up to 7 bytes lie inside the value, longer content in a counted object that clones share.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use tvm_ffi_sys::TVMFFIAny;

use crate::byte_cell::{byte_array_bytes, raw_str_bytes, ByteCell, BytesKind, TextKind};
use crate::function_internal::IntoArgHolder;
use crate::type_traits::AnyCompatible;

/// An immutable string in the layout of C++ `String` (16 bytes).
///
/// ```
/// let text = tvm_ffi::String::from("a string on the heap");
/// let copy = text.clone(); // shares the content
/// assert_eq!(copy.as_bytes().as_ptr(), text.as_bytes().as_ptr());
/// assert_eq!(copy, "a string on the heap");
/// ```
#[repr(C)]
#[derive(Clone)]
pub struct String {
    data: ByteCell<TextKind>,
}

/// Immutable bytes in the layout of C++ `Bytes` (16 bytes).
#[repr(C)]
#[derive(Clone)]
pub struct Bytes {
    data: ByteCell<BytesKind>,
}

const _: () = assert!(std::mem::size_of::<String>() == 16 && std::mem::size_of::<Bytes>() == 16);

impl String {
    /// The empty string.
    #[inline]
    pub const fn new() -> Self {
        Self {
            data: ByteCell::new(),
        }
    }

    /// Length in bytes.
    #[inline]
    pub fn len(&self) -> usize {
        self.as_bytes().len()
    }

    /// Whether the string is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes, which for a string from another language need not be UTF-8.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.data.as_slice()
    }

    /// The text.
    ///
    /// Panics when another language has put bytes into the string that are not UTF-8; use
    /// [`Self::as_bytes`] where that can happen.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes())
            .expect("the ffi.String is not valid UTF-8; read it with as_bytes()")
    }
}

impl Bytes {
    /// No bytes.
    #[inline]
    pub const fn new() -> Self {
        Self {
            data: ByteCell::new(),
        }
    }

    /// Number of bytes.
    #[inline]
    pub fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes. Behind the last one lies a zero byte that is not counted.
    #[inline]
    pub fn as_slice(&self) -> &[u8] {
        self.data.as_slice()
    }
}

impl Default for String {
    fn default() -> Self {
        Self::new()
    }
}

impl Default for Bytes {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for String {
    type Target = str;
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl<T: AsRef<str>> From<T> for String {
    fn from(text: T) -> Self {
        Self {
            data: ByteCell::from_slice(text.as_ref().as_bytes()),
        }
    }
}

impl<T: AsRef<[u8]>> From<T> for Bytes {
    fn from(bytes: T) -> Self {
        Self {
            data: ByteCell::from_slice(bytes.as_ref()),
        }
    }
}

impl PartialEq for String {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl<T: AsRef<str>> PartialEq<T> for String {
    fn eq(&self, other: &T) -> bool {
        self.as_bytes() == other.as_ref().as_bytes()
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<T: AsRef<[u8]>> PartialEq<T> for Bytes {
    fn eq(&self, other: &T) -> bool {
        self.as_slice() == other.as_ref()
    }
}

impl Eq for String {}
impl Eq for Bytes {}

impl PartialOrd for String {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for String {
    // UTF-8 orders by bytes exactly as by characters.
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl PartialOrd for Bytes {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Bytes {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_slice().cmp(other.as_slice())
    }
}

impl Hash for String {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // As `str` does: the bytes, then a byte that occurs in no UTF-8.
        state.write(self.as_bytes());
        state.write_u8(0xff);
    }
}

impl Hash for Bytes {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

impl fmt::Display for String {
    /// The quoted debug form of the text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*std::string::String::from_utf8_lossy(self.as_bytes()), f)
    }
}

impl fmt::Display for Bytes {
    /// The debug form of the slice.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_slice(), f)
    }
}

impl fmt::Debug for String {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = std::string::String::from_utf8_lossy(self.as_bytes());
        f.debug_struct("ffi.String").field("data", &&*text).finish()
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ffi.Bytes")
            .field("data", &self.as_slice())
            .finish()
    }
}

/// Implements [`AnyCompatible`] through the shared cell; `$foreign` yields the bytes of the one
/// foreign representation that converts by copying.
macro_rules! impl_any_compatible {
    ($type:ty, $kind:ty, $name:expr, |$cell:ident| $foreign:expr) => {
        // SAFETY: the value is its cell, and the strict check accepts the two indices of the kind.
        unsafe impl AnyCompatible for $type {
            #[inline]
            unsafe fn copy_to_any_view(src: &Self, data: &mut TVMFFIAny) {
                *data = src.data.cell();
            }
            #[inline]
            unsafe fn move_to_any(src: Self, data: &mut TVMFFIAny) {
                *data = src.data.into_cell();
            }
            #[inline]
            unsafe fn check_any_strict(data: &TVMFFIAny) -> bool {
                ByteCell::<$kind>::accepts(data)
            }
            #[inline]
            unsafe fn copy_from_any_view_after_check(data: &TVMFFIAny) -> Self {
                Self {
                    // SAFETY: the caller has checked the cell.
                    data: unsafe { ByteCell::share(data) },
                }
            }
            #[inline]
            unsafe fn move_from_any_after_check(data: &mut TVMFFIAny) -> Self {
                Self {
                    // SAFETY: the caller has checked the cell and gives up its reference.
                    data: unsafe { ByteCell::take(data) },
                }
            }
            #[inline]
            unsafe fn try_cast_from_any_view($cell: &TVMFFIAny) -> Result<Self, ()> {
                if ByteCell::<$kind>::accepts($cell) {
                    return Ok(Self {
                        // SAFETY: just checked.
                        data: unsafe { ByteCell::share($cell) },
                    });
                }
                $foreign
                    .map(|bytes| Self {
                        data: ByteCell::from_slice(bytes),
                    })
                    .ok_or(())
            }
            fn type_str() -> std::string::String {
                $name.to_owned()
            }
        }
        crate::impl_try_from_any!($type);
        crate::impl_arg_into_ref!($type);
        crate::impl_into_arg_holder_default!($type);
    };
}

impl_any_compatible!(String, TextKind, "ffi.String", |cell| {
    // SAFETY: the cell is valid by the contract of the surrounding function.
    unsafe { raw_str_bytes(cell) }.filter(|bytes| std::str::from_utf8(bytes).is_ok())
});
impl_any_compatible!(Bytes, BytesKind, "ffi.Bytes", |cell| {
    // SAFETY: the cell is valid by the contract of the surrounding function.
    unsafe { byte_array_bytes(cell) }
});

impl IntoArgHolder for &str {
    type Target = String;
    fn into_arg_holder(self) -> String {
        String::from(self)
    }
}

impl IntoArgHolder for &[u8] {
    type Target = Bytes;
    fn into_arg_holder(self) -> Bytes {
        Bytes::from(self)
    }
}
