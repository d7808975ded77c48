// SPDX-License-Identifier: Apache-2.0
//! [`Array<T>`]: an immutable sequence of dynamic values with a typed view.
//!
//! Elements are owned cells, read through the object's `data` pointer: arrays made by other
//! languages may keep them outside of the object.

use std::ffi::c_void;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Index;

use tvm_ffi_sys::{TVMFFIAny, TVMFFITypeIndex as TypeIndex};

use crate::any::{Any, AnyView};
use crate::collections::short_type_name;
use crate::derive;
use crate::error::{Error, Result, INDEX_ERROR, TYPE_ERROR};
use crate::object::{
    read_cell, take_cell, write_borrowed_cell, write_owned_cell, Object, ObjectArc, ObjectCore,
    ObjectCoreWithExtraItems, ObjectRefCore,
};
use crate::type_traits::{AnyCompatible, AnyElement};

/// Object struct of [`Array`].
///
/// The fields are public because they are the ABI: `data` points at `size` owned cells. Nobody else
/// can make one, so this is always so.
#[non_exhaustive]
#[repr(C)]
#[derive(derive::Object)]
#[type_key = "ffi.Array"]
#[type_index(TypeIndex::kTVMFFIArray)]
pub struct ArrayObj {
    /// Header.
    pub object: Object,
    /// First cell.
    pub data: *mut c_void,
    /// Number of elements.
    pub size: i64,
    /// Number of cells that fit.
    pub capacity: i64,
    /// Frees `data` when it lies outside of the object.
    pub data_deleter: Option<unsafe extern "C" fn(*mut c_void)>,
}

const _: () = assert!(std::mem::size_of::<ArrayObj>() == 56);
const _: () = assert!(std::mem::offset_of!(ArrayObj, data) == 24);

// SAFETY: the size of an array never changes.
unsafe impl ObjectCoreWithExtraItems for ArrayObj {
    type ExtraItem = TVMFFIAny;
    fn extra_items_count(this: &Self) -> usize {
        usize::try_from(this.size).unwrap_or(0)
    }
}

impl ArrayObj {
    /// The cells.
    #[inline]
    fn cells(&self) -> &[TVMFFIAny] {
        match usize::try_from(self.size) {
            // SAFETY: `data` points at `size` initialised cells as long as the object lives.
            Ok(size) if size > 0 && !self.data.is_null() => unsafe {
                std::slice::from_raw_parts(self.data.cast::<TVMFFIAny>(), size)
            },
            _ => &[],
        }
    }
}

impl Drop for ArrayObj {
    fn drop(&mut self) {
        for cell in self.cells() {
            // SAFETY: the array owns its cells and is being destroyed; each is released once.
            drop(unsafe { Any::from_raw_ffi_any(*cell) });
        }
        if let Some(data_deleter) = self.data_deleter {
            // SAFETY: the buffer belongs to this array, whose cells are gone.
            unsafe { data_deleter(self.data) };
        }
    }
}

/// An immutable sequence whose elements convert to `T`.
///
/// ```
/// use tvm_ffi::Array;
///
/// let numbers: Array<i64> = [1, 2, 3].into_iter().collect();
/// assert_eq!(numbers.get(2).unwrap(), 3);
/// assert_eq!(numbers.iter().sum::<i64>(), 6);
/// ```
#[repr(C)]
pub struct Array<T: AnyElement> {
    data: ObjectArc<ArrayObj>,
    _elements: PhantomData<T>,
}

const _: () = assert!(std::mem::size_of::<Option<Array<Any>>>() == 8);

impl<T: AnyElement> Array<T> {
    /// Holds the items, in one allocation.
    pub fn new(items: Vec<T>) -> Self {
        // A `Vec` never holds more than `isize::MAX` bytes, so its length fits.
        let size = items.len() as i64;
        let mut data = ObjectArc::new_with_extra_items(ArrayObj {
            object: Object::new(),
            data: std::ptr::null_mut(),
            size,
            capacity: size,
            data_deleter: None,
        });
        // SAFETY: room for `size` cells follows the fresh, unshared object. They become None
        // before `data` points at them, so the object can be dropped at any moment.
        unsafe {
            let object = ObjectArc::as_raw_mut(&mut data);
            let cells = object.add(1).cast::<TVMFFIAny>();
            for index in 0..items.len() {
                cells.add(index).write(TVMFFIAny::new());
            }
            (*object).data = cells.cast();
            for (index, item) in items.into_iter().enumerate() {
                cells.add(index).write(item.into_owned_cell());
            }
        }
        Self {
            data,
            _elements: PhantomData,
        }
    }

    /// Number of elements.
    #[inline]
    pub fn len(&self) -> usize {
        self.data.cells().len()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Element `index`, converted; an `IndexError` out of range, a `TypeError` when it is no `T`.
    #[inline]
    pub fn get(&self, index: usize) -> Result<T, Error> {
        let Some(cell) = self.data.cells().get(index) else {
            crate::bail!(INDEX_ERROR, "Array get index out of bound");
        };
        // SAFETY: the cell is valid while the array lives.
        unsafe { T::read(cell) }.map_err(|()| {
            let message = format!(
                "Failed to cast element at {index} to {}",
                T::element_type_str()
            );
            Error::new(TYPE_ERROR, &message, "")
        })
    }

    /// Iterates over the elements by value; stops early at one that is no `T`.
    #[inline]
    pub fn iter(&self) -> ArrayIterator<'_, T> {
        ArrayIterator {
            array: self,
            index: 0,
        }
    }

    /// Converts every element of a foreign array into a new one.
    fn convert(source: &ArrayObj) -> Result<Self, ()> {
        // SAFETY: the cells are valid while the array lives.
        let items = source.cells().iter().map(|cell| unsafe { T::read(cell) });
        items.collect::<Result<Vec<T>, ()>>().map(Self::new)
    }
}

impl<T: AnyElement> Clone for Array<T> {
    fn clone(&self) -> Self {
        Self {
            data: self.data.clone(),
            _elements: PhantomData,
        }
    }
}

impl<T: AnyElement> Default for Array<T> {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl<T: AnyElement> FromIterator<T> for Array<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self::new(items.into_iter().collect())
    }
}

impl<T: AnyElement> Index<usize> for Array<T> {
    type Output = Any;
    /// Borrows element `index`; panics out of range.
    fn index(&self, index: usize) -> &Any {
        let cells = self.data.cells();
        let Some(cell) = cells.get(index) else {
            panic!(
                "Index out of bounds: the len is {} but the index is {index}",
                cells.len()
            );
        };
        // SAFETY: an `Any` is exactly one cell, which the array owns; the reference borrows `self`.
        unsafe { &*std::ptr::from_ref(cell).cast::<Any>() }
    }
}

impl<T: AnyElement> fmt::Debug for Array<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Array<{}>[{}]", short_type_name::<T>(), self.len())
    }
}

/// Iterator of [`Array::iter`].
pub struct ArrayIterator<'a, T: AnyElement> {
    array: &'a Array<T>,
    index: usize,
}

impl<T: AnyElement> Iterator for ArrayIterator<'_, T> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        let item = self.array.get(self.index).ok()?;
        self.index += 1;
        Some(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.array.len() - self.index))
    }
}

impl<'a, T: AnyElement> IntoIterator for &'a Array<T> {
    type Item = T;
    type IntoIter = ArrayIterator<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

// SAFETY: the struct is its one `ObjectArc`.
unsafe impl<T: AnyElement> ObjectRefCore for Array<T> {
    type ContainerType = ArrayObj;
    fn data(this: &Self) -> &ObjectArc<ArrayObj> {
        &this.data
    }
    fn into_data(this: Self) -> ObjectArc<ArrayObj> {
        this.data
    }
    fn from_data(data: ObjectArc<ArrayObj>) -> Self {
        Self {
            data,
            _elements: PhantomData,
        }
    }
}

/// The array in a cell.
///
/// # Safety
/// The cell is valid.
unsafe fn array_of(cell: &TVMFFIAny) -> Option<&ArrayObj> {
    // SAFETY: an index of exactly `kTVMFFIArray` means that the object is an array.
    (cell.type_index == ArrayObj::type_index())
        .then(|| unsafe { &*cell.data_union.v_obj.cast::<ArrayObj>() })
}

// SAFETY: cells carry the object, and the strict check demands that every element is strict.
unsafe impl<T: AnyElement + 'static> AnyCompatible for Array<T> {
    unsafe fn copy_to_any_view(src: &Self, data: &mut TVMFFIAny) {
        write_borrowed_cell(src, data);
    }
    unsafe fn move_to_any(src: Self, data: &mut TVMFFIAny) {
        write_owned_cell(src, data);
    }
    unsafe fn check_any_strict(data: &TVMFFIAny) -> bool {
        // SAFETY: the cell is valid by contract, and so are the cells of a live array.
        unsafe {
            array_of(data).is_some_and(|array| array.cells().iter().all(|cell| T::is_strict(cell)))
        }
    }
    unsafe fn copy_from_any_view_after_check(data: &TVMFFIAny) -> Self {
        // SAFETY: the caller has checked the cell.
        unsafe { read_cell(data) }
    }
    unsafe fn move_from_any_after_check(data: &mut TVMFFIAny) -> Self {
        // SAFETY: the caller has checked the cell and gives up its reference.
        unsafe { take_cell(data) }
    }
    unsafe fn try_cast_from_any_view(data: &TVMFFIAny) -> Result<Self, ()> {
        // SAFETY: the cell is valid by contract; sharing follows the strict check.
        unsafe {
            if Self::check_any_strict(data) {
                return Ok(read_cell(data));
            }
            Self::convert(array_of(data).ok_or(())?)
        }
    }
    fn type_str() -> String {
        format!("Array<{}>", T::element_type_str())
    }
}

/// Implements conversions and argument traits of a reference type with element parameters.
macro_rules! impl_container_traits {
    ($name:ident<$($parameter:ident),+>) => {
        impl<$($parameter: AnyElement + 'static),+> TryFrom<Any> for $name<$($parameter),+> {
            type Error = Error;
            fn try_from(value: Any) -> Result<Self> {
                crate::any::TryFromTemp::try_from(value).map(crate::any::TryFromTemp::into_value)
            }
        }
        impl<'a, $($parameter: AnyElement + 'static),+> TryFrom<AnyView<'a>>
            for $name<$($parameter),+>
        {
            type Error = Error;
            fn try_from(value: AnyView<'a>) -> Result<Self> {
                crate::any::TryFromTemp::try_from(value).map(crate::any::TryFromTemp::into_value)
            }
        }
        impl<$($parameter: AnyElement + 'static),+> crate::function_internal::ArgIntoRef
            for $name<$($parameter),+>
        {
            type Target = Self;
            fn to_ref(&self) -> &Self {
                self
            }
        }
        impl<$($parameter: AnyElement + 'static),+> crate::function_internal::ArgIntoRef
            for &$name<$($parameter),+>
        {
            type Target = $name<$($parameter),+>;
            fn to_ref(&self) -> &Self::Target {
                self
            }
        }
        impl<$($parameter: AnyElement + 'static),+> crate::function_internal::IntoArgHolder
            for $name<$($parameter),+>
        {
            type Target = Self;
            fn into_arg_holder(self) -> Self {
                self
            }
        }
        impl<'a, $($parameter: AnyElement + 'static),+> crate::function_internal::IntoArgHolder
            for &'a $name<$($parameter),+>
        {
            type Target = Self;
            fn into_arg_holder(self) -> Self {
                self
            }
        }
    };
}
pub(crate) use impl_container_traits;

impl_container_traits!(Array<T>);
