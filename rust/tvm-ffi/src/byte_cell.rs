// SPDX-License-Identifier: Apache-2.0
//! What [`crate::String`] and [`crate::Bytes`] share: one cell that holds up to 7 bytes inline or
//! a reference to a heap object.
//!
//! Foreign heap objects may keep their content anywhere, so content is always read through the
//! object's byte array.

use std::ffi::CStr;
use std::marker::PhantomData;

use tvm_ffi_sys::{
    TVMFFIAny, TVMFFIAnyDataUnion, TVMFFIByteArray, TVMFFIObject, TVMFFITypeIndex as TypeIndex,
};

use crate::object::{unsafe_, Object, ObjectArc, ObjectCore, ObjectCoreWithExtraItems};
use crate::type_traits::{BYTE_ARRAY_PTR, RAW_STR};

/// Longest content that fits the cell.
pub(crate) const MAX_INLINE: usize = 7;

/// Distinguishes strings from bytes.
pub(crate) trait Kind: 'static {
    /// Type index of the inline form.
    const SMALL: i32;
    /// Type index of the heap form.
    const HEAP: i32;
    /// Type key of the heap form.
    const KEY: &'static str;
}

pub(crate) enum TextKind {}

impl Kind for TextKind {
    const SMALL: i32 = TypeIndex::kTVMFFISmallStr as i32;
    const HEAP: i32 = TypeIndex::kTVMFFIStr as i32;
    const KEY: &'static str = "ffi.String";
}

pub(crate) enum BytesKind {}

impl Kind for BytesKind {
    const SMALL: i32 = TypeIndex::kTVMFFISmallBytes as i32;
    const HEAP: i32 = TypeIndex::kTVMFFIBytes as i32;
    const KEY: &'static str = "ffi.Bytes";
}

/// Heap form: header, byte array, then (in objects made here) the content and a zero byte.
#[repr(C)]
struct ByteObj<K: Kind> {
    object: Object,
    data: TVMFFIByteArray,
    _kind: PhantomData<K>,
}

const _: () = assert!(std::mem::size_of::<ByteObj<TextKind>>() == 40);

// SAFETY: `repr(C)` with the object first; heap strings and bytes start with this layout.
unsafe impl<K: Kind> ObjectCore for ByteObj<K> {
    const TYPE_KEY: &'static str = K::KEY;
    const TYPE_DEPTH: i32 = 1;
    fn type_index() -> i32 {
        K::HEAP
    }
    unsafe fn object_header_mut(this: &mut Self) -> &mut TVMFFIObject {
        // SAFETY: the caller's promise passes on.
        unsafe { Object::object_header_mut(&mut this.object) }
    }
}

// SAFETY: `size` never changes after creation.
unsafe impl<K: Kind> ObjectCoreWithExtraItems for ByteObj<K> {
    type ExtraItem = u8;
    fn extra_items_count(this: &Self) -> usize {
        this.data.size + 1
    }
}

/// A string or bytes value. Invariant: the index is `SMALL` with a complete inline payload, or
/// `HEAP` with an object of which the cell owns one reference.
#[repr(transparent)]
pub(crate) struct ByteCell<K: Kind> {
    cell: TVMFFIAny,
    _kind: PhantomData<K>,
}

impl<K: Kind> ByteCell<K> {
    /// The empty value.
    #[inline]
    pub(crate) const fn new() -> Self {
        let cell = TVMFFIAny {
            type_index: K::SMALL,
            small_str_len: 0,
            data_union: TVMFFIAnyDataUnion { v_uint64: 0 },
        };
        Self {
            cell,
            _kind: PhantomData,
        }
    }

    /// Copies the content.
    pub(crate) fn from_slice(content: &[u8]) -> Self {
        let mut this = Self::new();
        if content.len() <= MAX_INLINE {
            let mut payload = [0u8; 8];
            payload[..content.len()].copy_from_slice(content);
            this.cell.small_str_len = content.len() as u32;
            this.cell.data_union = TVMFFIAnyDataUnion { v_bytes: payload };
            return this;
        }
        let size = content.len();
        let data = TVMFFIByteArray::new(std::ptr::null(), size);
        let mut object = ObjectArc::new_with_extra_items(ByteObj::<K> {
            object: Object::new(),
            data,
            _kind: PhantomData,
        });
        // SAFETY: `size + 1` bytes follow the fresh, unshared object.
        unsafe {
            let raw = ObjectArc::as_raw_mut(&mut object);
            let tail = raw.add(1).cast::<u8>();
            tail.copy_from_nonoverlapping(content.as_ptr(), size);
            tail.add(size).write(0);
            (*raw).data.data = tail;
            this.cell.data_union = TVMFFIAnyDataUnion {
                v_obj: object.header(),
            };
            // The cell owns the reference from here on.
            ObjectArc::into_raw(object);
        }
        this.cell.type_index = K::HEAP;
        this
    }

    /// The content.
    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        // SAFETY: the invariant of the cell; the result borrows `self`.
        unsafe { content(&self.cell) }
    }

    /// Whether the cell belongs to this kind.
    #[inline]
    pub(crate) fn accepts(cell: &TVMFFIAny) -> bool {
        cell.type_index == K::SMALL || cell.type_index == K::HEAP
    }

    /// The cell, borrowed.
    #[inline]
    pub(crate) fn cell(&self) -> TVMFFIAny {
        self.cell
    }

    /// Gives the cell up with its reference.
    #[inline]
    pub(crate) fn into_cell(self) -> TVMFFIAny {
        std::mem::ManuallyDrop::new(self).cell
    }

    /// Shares the value of a cell.
    ///
    /// # Safety
    /// `Self::accepts` is true for the cell and its object is alive.
    #[inline]
    pub(crate) unsafe fn share(cell: &TVMFFIAny) -> Self {
        if cell.type_index == K::HEAP {
            // SAFETY: alive by contract.
            unsafe { unsafe_::inc_ref(cell.data_union.v_obj) };
        }
        Self {
            cell: *cell,
            _kind: PhantomData,
        }
    }

    /// Adopts the value of an owned cell, which becomes None.
    ///
    /// # Safety
    /// `Self::accepts` is true for the cell, and it owns its object.
    #[inline]
    pub(crate) unsafe fn take(cell: &mut TVMFFIAny) -> Self {
        Self {
            cell: std::mem::take(cell),
            _kind: PhantomData,
        }
    }
}

impl<K: Kind> Clone for ByteCell<K> {
    #[inline]
    fn clone(&self) -> Self {
        // SAFETY: the invariant of `self`.
        unsafe { Self::share(&self.cell) }
    }
}

impl<K: Kind> Drop for ByteCell<K> {
    #[inline]
    fn drop(&mut self) {
        if self.cell.type_index == K::HEAP {
            // SAFETY: gives up the one reference that the cell owns.
            unsafe { unsafe_::dec_ref(self.cell.data_union.v_obj) };
        }
    }
}

/// Content of a string or bytes cell, inline or heap.
///
/// # Safety
/// The cell is of one of the four string and bytes indices, and its object outlives the result.
#[inline]
unsafe fn content(cell: &TVMFFIAny) -> &[u8] {
    let small = cell.type_index == TextKind::SMALL || cell.type_index == BytesKind::SMALL;
    // SAFETY: inline content is inside the cell, whose payload is initialised; heap content is
    // described by the object's byte array, which both kinds place behind the header.
    unsafe {
        if small {
            let length = (cell.small_str_len as usize).min(MAX_INLINE);
            return std::slice::from_raw_parts((&raw const cell.data_union).cast(), length);
        }
        let array = &(*cell.data_union.v_obj.cast::<ByteObj<TextKind>>()).data;
        slice_of(array)
    }
}

/// The bytes that a byte array describes.
///
/// # Safety
/// The array describes readable memory that outlives `'a`.
#[inline]
pub(crate) unsafe fn slice_of<'a>(array: &TVMFFIByteArray) -> &'a [u8] {
    if array.data.is_null() || array.size == 0 {
        return &[];
    }
    // SAFETY: by contract.
    unsafe { std::slice::from_raw_parts(array.data, array.size) }
}

/// Text of a string cell or a raw C string, `None` for other cells.
///
/// # Safety
/// The cell is valid, and what it points to outlives the borrow of the cell.
pub(crate) unsafe fn text_bytes(cell: &TVMFFIAny) -> Option<&[u8]> {
    // SAFETY: by contract.
    unsafe {
        if ByteCell::<TextKind>::accepts(cell) {
            Some(content(cell))
        } else {
            raw_str_bytes(cell)
        }
    }
}

/// Bytes of a raw C string cell, `None` for other cells.
///
/// # Safety
/// As for [`text_bytes`].
pub(crate) unsafe fn raw_str_bytes(cell: &TVMFFIAny) -> Option<&[u8]> {
    if cell.type_index != RAW_STR {
        return None;
    }
    // SAFETY: the payload is a NUL-terminated string.
    Some(unsafe { CStr::from_ptr(cell.data_union.v_c_str.cast()) }.to_bytes())
}

/// Bytes of a byte array cell, `None` for other cells.
///
/// # Safety
/// As for [`text_bytes`].
pub(crate) unsafe fn byte_array_bytes(cell: &TVMFFIAny) -> Option<&[u8]> {
    if cell.type_index != BYTE_ARRAY_PTR {
        return None;
    }
    // SAFETY: the payload points to a byte array.
    Some(unsafe { slice_of(&*cell.data_union.v_ptr.cast::<TVMFFIByteArray>()) })
}
