// SPDX-License-Identifier: Apache-2.0
//! Reference counting by the protocol that every language inlines.

use std::sync::atomic::{fence, Ordering};

use tvm_ffi_sys::{
    TVMFFIObject, TVMFFIObjectDeleterFlagBitMask, COMBINED_REF_COUNT_BOTH_ONE,
    COMBINED_REF_COUNT_MASK_U32, COMBINED_REF_COUNT_STRONG_ONE, COMBINED_REF_COUNT_WEAK_ONE,
};

pub(crate) const STRONG: i32 =
    TVMFFIObjectDeleterFlagBitMask::kTVMFFIObjectDeleterFlagBitMaskStrong as i32;
pub(crate) const WEAK: i32 =
    TVMFFIObjectDeleterFlagBitMask::kTVMFFIObjectDeleterFlagBitMaskWeak as i32;

/// More references than this end the process; far enough from the end of the counter that
/// threads which count at the same moment do not pass it.
const MOST_REFERENCES: u64 = COMBINED_REF_COUNT_MASK_U32 / 2;

/// Adds a strong reference.
///
/// # Safety
/// `handle` points to a live object of which the caller holds a strong reference.
#[inline]
pub unsafe fn inc_ref(handle: *mut TVMFFIObject) {
    // SAFETY: the object is alive by contract.
    let counter = unsafe { &(*handle).combined_ref_count };
    let old = counter.fetch_add(COMBINED_REF_COUNT_STRONG_ONE, Ordering::Relaxed);
    // Safe code can forget references until the count runs over, and then use the freed object.
    if old & COMBINED_REF_COUNT_MASK_U32 > MOST_REFERENCES {
        std::process::abort();
    }
}

/// Gives up a strong reference.
///
/// # Safety
/// `handle` points to a live object and the caller owns the reference.
#[inline]
pub(crate) unsafe fn dec_ref(handle: *mut TVMFFIObject) {
    // SAFETY: the object is alive until this reference is given up.
    let old = unsafe { &(*handle).combined_ref_count }
        .fetch_sub(COMBINED_REF_COUNT_STRONG_ONE, Ordering::Release);
    if old & COMBINED_REF_COUNT_MASK_U32 == COMBINED_REF_COUNT_STRONG_ONE {
        // SAFETY: this was the last strong reference.
        unsafe { delete(handle, old) };
    }
}

/// Deletes what nobody refers to any more; `old` is the counter before the last strong
/// reference was given up. Not inlined: the places that drop references are many.
///
/// # Safety
/// The caller has just given up the last strong reference.
#[inline(never)]
unsafe fn delete(handle: *mut TVMFFIObject, old: u64) {
    fence(Ordering::Acquire);
    if old == COMBINED_REF_COUNT_BOTH_ONE {
        // SAFETY: no reference of either kind is left.
        unsafe { call_deleter(handle, STRONG | WEAK) };
        return;
    }
    // SAFETY: no strong reference is left; the common weak one keeps the header alive.
    unsafe { call_deleter(handle, STRONG) };
    // SAFETY: the header is alive until the common weak reference is given up.
    let old_weak = unsafe { &(*handle).combined_ref_count }
        .fetch_sub(COMBINED_REF_COUNT_WEAK_ONE, Ordering::Release);
    if old_weak == COMBINED_REF_COUNT_WEAK_ONE {
        fence(Ordering::Acquire);
        // SAFETY: no reference of either kind is left.
        unsafe { call_deleter(handle, WEAK) };
    }
}

/// # Safety
/// The counter says that the parts named by `flags` are unreferenced.
unsafe fn call_deleter(handle: *mut TVMFFIObject, flags: i32) {
    // SAFETY: by contract the header is alive and the deleter's turn has come.
    unsafe {
        if let Some(deleter) = (*handle).deleter {
            deleter(handle.cast(), flags);
        }
    }
}

/// # Safety
/// `handle` points to a live object.
pub(crate) unsafe fn strong_count(handle: *mut TVMFFIObject) -> usize {
    // SAFETY: alive by contract.
    let count = unsafe { &(*handle).combined_ref_count }.load(Ordering::Relaxed);
    (count & COMBINED_REF_COUNT_MASK_U32) as usize
}

/// # Safety
/// `handle` points to a live object.
pub(crate) unsafe fn weak_count(handle: *mut TVMFFIObject) -> usize {
    // SAFETY: alive by contract.
    let count = unsafe { &(*handle).combined_ref_count }.load(Ordering::Relaxed);
    (count >> 32) as usize
}
