// SPDX-License-Identifier: Apache-2.0
//! [`List<T>`]: a mutable sequence of dynamic values with a typed view.
//!
//! Every holder of a reference sees the changes of all others, so an element's type is checked
//! whenever it is read. Storage is managed by the library's registered functions; reading goes
//! straight to the cells.

use std::ffi::c_void;
use std::fmt;
use std::marker::PhantomData;

use tvm_ffi_sys::{TVMFFIAny, TVMFFITypeIndex as TypeIndex};

use crate::any::{Any, AnyView};
use crate::cached_global_func;
use crate::collections::array::impl_container_traits;
use crate::collections::short_type_name;
use crate::derive;
use crate::error::{Error, Result, INDEX_ERROR, TYPE_ERROR};
use crate::object::{
    read_cell, take_cell, write_borrowed_cell, write_owned_cell, Object, ObjectArc, ObjectCore,
    ObjectRefCore,
};
use crate::type_traits::{AnyCompatible, AnyElement};

/// Object that [`List`] refers to.
#[repr(C)]
#[derive(derive::Object)]
#[type_key = "ffi.List"]
#[type_index(TypeIndex::kTVMFFIList)]
pub struct ListObj {
    object: Object,
    data: *mut c_void,
    size: i64,
    capacity: i64,
    data_deleter: Option<unsafe extern "C" fn(*mut c_void)>,
}

const _: () = assert!(std::mem::size_of::<ListObj>() == 56);
const _: () = assert!(std::mem::offset_of!(ListObj, size) == 32);

impl ListObj {
    /// The cells at this moment. They move when the list grows, so the slice must be gone before
    /// anything else runs.
    fn cells(&self) -> &[TVMFFIAny] {
        match usize::try_from(self.size) {
            // SAFETY: `data` points at `size` initialised cells of the live list.
            Ok(size) if size > 0 && !self.data.is_null() => unsafe {
                std::slice::from_raw_parts(self.data.cast::<TVMFFIAny>(), size)
            },
            _ => &[],
        }
    }
}

/// A mutable sequence, shared by reference, whose elements convert to `T`.
///
/// ```
/// use tvm_ffi::List;
///
/// let list = List::new(vec![1i64, 2]);
/// let same = list.clone();
/// same.push(3).unwrap();
/// assert_eq!(list.iter().collect::<Vec<_>>(), [1, 2, 3]);
/// ```
#[repr(C)]
pub struct List<T: AnyElement> {
    data: ObjectArc<ListObj>,
    _elements: PhantomData<T>,
}

const _: () = assert!(std::mem::size_of::<Option<List<Any>>>() == 8);

impl<T: AnyElement> List<T> {
    /// Holds the items. Panics when memory runs out.
    pub fn new(items: Vec<T>) -> Self {
        let views: Vec<AnyView> = items.iter().map(view_of).collect();
        let list = cached_global_func!("ffi.List")
            .call_packed(&views)
            .and_then(List::<Any>::try_from)
            .expect("ffi.List() failed to construct a list");
        Self::from_data(list.data)
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.data.cells().len()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Element `index`, converted; an `IndexError` out of range, a `TypeError` when it is no `T`.
    pub fn get(&self, index: usize) -> Result<T> {
        let Some(cell) = self.data.cells().get(index).copied() else {
            crate::bail!(INDEX_ERROR, "List get index out of bound");
        };
        // The element is held while it is converted, because a conversion may change the list.
        // SAFETY: the cell is valid until something else runs, and that comes later.
        let held = Any::from(unsafe { AnyView::from_cell(cell) });
        T::from_owned(held).map_err(|_| {
            let message = format!(
                "Failed to cast element at {index} to {}",
                T::element_type_str()
            );
            Error::new(TYPE_ERROR, &message, "")
        })
    }

    /// Replaces element `index`; an `IndexError` out of range.
    pub fn set(&self, index: usize, value: T) -> Result<()> {
        let index = index as i64;
        let arguments = [self.view(), AnyView::from(&index), view_of(&value)];
        cached_global_func!("ffi.ListSetItem")
            .call_packed(&arguments)?
            .try_into()
    }

    /// Appends an element.
    pub fn push(&self, value: T) -> Result<()> {
        let arguments = [self.view(), view_of(&value)];
        cached_global_func!("ffi.ListAppend")
            .call_packed(&arguments)?
            .try_into()
    }

    /// Removes the last element; `None` when the list is empty.
    pub fn pop(&self) -> Result<Option<T>> {
        if self.is_empty() {
            return Ok(None);
        }
        let last = self.len() as i64 - 1;
        let arguments = [self.view(), AnyView::from(&last)];
        let value = cached_global_func!("ffi.ListPop").call_packed(&arguments)?;
        T::from_owned(value).map(Some)
    }

    /// Removes all elements.
    pub fn clear(&self) -> Result<()> {
        cached_global_func!("ffi.ListClear")
            .call_packed(&[self.view()])?
            .try_into()
    }

    /// Iterates over the elements by value; stops early at one that is no `T`. Changes made
    /// meanwhile are seen.
    pub fn iter(&self) -> ListIterator<'_, T> {
        ListIterator {
            list: self,
            index: 0,
        }
    }

    fn view(&self) -> AnyView<'_> {
        let mut cell = TVMFFIAny::new();
        write_borrowed_cell(self, &mut cell);
        // SAFETY: the cell borrows from `self`.
        unsafe { AnyView::from_cell(cell) }
    }
}

/// A view of an element.
fn view_of<T: AnyElement>(value: &T) -> AnyView<'_> {
    // SAFETY: the cell borrows from `value`.
    unsafe { AnyView::from_cell(value.borrowed_cell()) }
}

impl<T: AnyElement> Clone for List<T> {
    /// Another reference to the same list.
    fn clone(&self) -> Self {
        Self {
            data: self.data.clone(),
            _elements: PhantomData,
        }
    }
}

impl<T: AnyElement> Default for List<T> {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl<T: AnyElement> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self::new(items.into_iter().collect())
    }
}

impl<T: AnyElement> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "List<{}>[{}]", short_type_name::<T>(), self.len())
    }
}

/// Iterator of [`List::iter`].
pub struct ListIterator<'a, T: AnyElement> {
    list: &'a List<T>,
    index: usize,
}

impl<T: AnyElement> Iterator for ListIterator<'_, T> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        let item = self.list.get(self.index).ok()?;
        self.index += 1;
        Some(item)
    }
}

impl<'a, T: AnyElement> IntoIterator for &'a List<T> {
    type Item = T;
    type IntoIter = ListIterator<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

// SAFETY: the struct is its one `ObjectArc`.
unsafe impl<T: AnyElement> ObjectRefCore for List<T> {
    type ContainerType = ListObj;
    fn data(this: &Self) -> &ObjectArc<ListObj> {
        &this.data
    }
    fn into_data(this: Self) -> ObjectArc<ListObj> {
        this.data
    }
    fn from_data(data: ObjectArc<ListObj>) -> Self {
        Self {
            data,
            _elements: PhantomData,
        }
    }
}

/// Owned copies of the elements of the list in a cell, `None` when it is no list.
///
/// # Safety
/// The cell is valid.
unsafe fn elements_of(cell: &TVMFFIAny) -> Option<Vec<Any>> {
    if cell.type_index != ListObj::type_index() {
        return None;
    }
    // SAFETY: the index says that the object is a list; its cells are copied at once.
    let list = unsafe { &*cell.data_union.v_obj.cast::<ListObj>() };
    // SAFETY: the cells of a live list are valid.
    Some(
        list.cells()
            .iter()
            .map(|cell| Any::from(unsafe { AnyView::from_cell(*cell) }))
            .collect(),
    )
}

/// Whether all elements are strict.
fn all_strict<T: AnyElement>(elements: &[Any]) -> bool {
    // SAFETY: cells of owned values are valid.
    elements
        .iter()
        .all(|element| unsafe { T::is_strict(element.cell()) })
}

// SAFETY: cells carry the object; elements are checked again whenever they are read.
unsafe impl<T: AnyElement + 'static> AnyCompatible for List<T> {
    unsafe fn copy_to_any_view(src: &Self, data: &mut TVMFFIAny) {
        write_borrowed_cell(src, data);
    }
    unsafe fn move_to_any(src: Self, data: &mut TVMFFIAny) {
        write_owned_cell(src, data);
    }
    unsafe fn check_any_strict(data: &TVMFFIAny) -> bool {
        // SAFETY: the cell is valid by contract.
        unsafe { elements_of(data) }.is_some_and(|elements| all_strict::<T>(&elements))
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
        // SAFETY: the cell is valid by contract.
        let elements = unsafe { elements_of(data) }.ok_or(())?;
        if all_strict::<T>(&elements) {
            // SAFETY: the cell holds a list.
            return Ok(unsafe { read_cell(data) });
        }
        let items = elements
            .into_iter()
            .map(|element| T::from_owned(element).map_err(drop));
        items.collect::<Result<Vec<T>, ()>>().map(Self::new)
    }
    fn type_str() -> String {
        format!("List<{}>", T::element_type_str())
    }
}

impl_container_traits!(List<T>);
