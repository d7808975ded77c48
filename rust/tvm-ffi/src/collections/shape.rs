// SPDX-License-Identifier: Apache-2.0
//! [`Shape`]: an immutable tuple of 64-bit integers.

use std::cmp::Ordering;
use std::ops::Deref;

use tvm_ffi_sys::{TVMFFIShapeCell, TVMFFITypeIndex as TypeIndex};

use crate::derive;
use crate::object::{Object, ObjectArc, ObjectCoreWithExtraItems};

/// Object struct of [`Shape`].
#[repr(C)]
#[derive(derive::Object)]
#[type_key = "ffi.Shape"]
#[type_index(TypeIndex::kTVMFFIShape)]
pub struct ShapeObj {
    object: Object,
    data: TVMFFIShapeCell,
}

const _: () = assert!(std::mem::size_of::<ShapeObj>() == 40);

// SAFETY: the size of a shape never changes.
unsafe impl ObjectCoreWithExtraItems for ShapeObj {
    type ExtraItem = i64;
    fn extra_items_count(this: &Self) -> usize {
        this.data.size
    }
}

/// An immutable tuple of integers, such as the extents of a tensor.
#[repr(C)]
#[derive(derive::ObjectRef, Clone)]
pub struct Shape {
    data: ObjectArc<ShapeObj>,
}

impl Shape {
    /// The empty shape.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self::from([0i64; 0])
    }

    /// The integers.
    pub fn as_slice(&self) -> &[i64] {
        let cell = &self.data.data;
        // A shape of another language may be empty with a null pointer.
        if cell.size == 0 || cell.data.is_null() {
            return &[];
        }
        // SAFETY: the cell of a live shape describes `size` integers.
        unsafe { std::slice::from_raw_parts(cell.data, cell.size) }
    }

    /// Writes the row-major strides (in elements) of `shape` to `strides`.
    ///
    /// Panics when `strides` is shorter than `shape`.
    pub fn fill_strides_from_shape<T: AsRef<[i64]>>(shape: T, strides: &mut [i64]) {
        let shape = shape.as_ref();
        let strides = &mut strides[..shape.len()];
        let mut stride = 1i64;
        for (extent, out) in shape.iter().zip(strides).rev() {
            *out = stride;
            stride = stride.wrapping_mul(*extent);
        }
    }
}

impl<T: AsRef<[i64]>> From<T> for Shape {
    fn from(extents: T) -> Self {
        let extents = extents.as_ref();
        let cell = TVMFFIShapeCell {
            data: std::ptr::null(),
            size: extents.len(),
        };
        let mut data = ObjectArc::new_with_extra_items(ShapeObj {
            object: Object::new(),
            data: cell,
        });
        // SAFETY: room for `size` integers follows the fresh, unshared object.
        unsafe {
            let object = ObjectArc::as_raw_mut(&mut data);
            let tail = object.add(1).cast::<i64>();
            tail.copy_from_nonoverlapping(extents.as_ptr(), extents.len());
            (*object).data.data = tail;
        }
        Self { data }
    }
}

impl Deref for Shape {
    type Target = [i64];
    fn deref(&self) -> &[i64] {
        self.as_slice()
    }
}

impl PartialEq for Shape {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Shape {}

impl PartialOrd for Shape {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Shape {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_slice().cmp(other.as_slice())
    }
}
