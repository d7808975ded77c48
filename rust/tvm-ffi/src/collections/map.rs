// SPDX-License-Identifier: Apache-2.0
//! [`Map<K, V>`]: an immutable, insertion-ordered map with a typed view.
//!
//! Rust never allocates or reads map storage itself; the library's registered functions do.

use std::ffi::c_void;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::LazyLock;

use tvm_ffi_sys::{TVMFFIAny, TVMFFITypeIndex as TypeIndex};

use crate::any::{Any, AnyView};
use crate::cached_global_func;
use crate::collections::array::impl_container_traits;
use crate::collections::short_type_name;
use crate::derive;
use crate::error::{Error, Result};
use crate::function::Function;
use crate::object::{
    read_cell, take_cell, write_borrowed_cell, write_owned_cell, Object, ObjectArc, ObjectCore,
    ObjectRef, ObjectRefCore,
};
use crate::type_traits::{AnyCompatible, AnyElement};

/// First part of the object that [`Map`] refers to. Only the library makes one.
#[non_exhaustive]
#[repr(C)]
#[derive(derive::Object)]
#[type_key = "ffi.Map"]
#[type_index(TypeIndex::kTVMFFIMap)]
pub struct MapObj {
    /// Header.
    pub object: Object,
    /// Storage, read by the library only.
    pub data: *mut c_void,
    /// Number of entries.
    pub size: u64,
    /// Size of the storage, read by the library only.
    pub slots: u64,
}

const _: () = assert!(std::mem::offset_of!(MapObj, size) == 32);

/// An immutable map whose entries convert to `(K, V)`, in insertion order.
///
/// ```
/// use tvm_ffi::{Map, String};
///
/// let ages: Map<String, i64> = [("ada".into(), 36), ("alan".into(), 41)].into_iter().collect();
/// assert_eq!(ages.get(&"ada".into()).unwrap(), Some(36));
/// assert_eq!(ages.values().sum::<i64>(), 77);
/// ```
#[repr(C)]
pub struct Map<K, V> {
    data: ObjectArc<MapObj>,
    _entries: PhantomData<(K, V)>,
}

/// Commands of the library's iterator function.
const CURRENT_KEY: i64 = 0;
const CURRENT_VALUE: i64 = 1;
const ADVANCE: i64 = 2;

/// An untyped pass over the entries of a map (or dict), for strict checks, conversions and visits
/// as well as the typed iterators.
///
/// The library's iterator function does not keep its container alive, so this does.
pub(crate) struct Cursor {
    _container: Any,
    functor: Option<Function>,
    remaining: usize,
    started: bool,
}

impl Cursor {
    /// Starts before the first of `size` entries; `iterate` makes the iterator function. An empty
    /// container makes no call.
    pub(crate) fn start(container: Any, size: usize, iterate: &Function) -> Result<Self> {
        let functor = match size {
            0 => None,
            _ => Some(iterate.call_tuple((&container,))?.try_into()?),
        };
        Ok(Self {
            _container: container,
            functor,
            remaining: size,
            started: false,
        })
    }

    /// Starts before the first entry of a map.
    fn new(map: &ObjectArc<MapObj>) -> Result<Self> {
        let iterate = cached_global_func!("ffi.MapForwardIterFunctor");
        let size = map.size as usize;
        let mut cell = TVMFFIAny::new();
        write_owned_cell(Map::<Any, Any>::from_data(map.clone()), &mut cell);
        // SAFETY: the cell owns the reference that was just moved into it.
        Self::start(unsafe { Any::from_raw_ffi_any(cell) }, size, iterate)
    }

    /// Moves to the next entry; false at the end.
    fn next(&mut self) -> Result<bool> {
        if self.remaining == 0 {
            return Ok(false);
        }
        // Advancing past the last entry is not allowed, so it happens between entries only.
        if self.started && !bool::try_from(self.command(ADVANCE)?)? {
            self.remaining = 0;
            return Ok(false);
        }
        self.started = true;
        self.remaining -= 1;
        Ok(true)
    }

    fn command(&self, command: i64) -> Result<Any> {
        match &self.functor {
            Some(functor) => functor.call_tuple((command,)),
            None => Ok(Any::new()),
        }
    }

    /// The remaining entries as owned values.
    pub(crate) fn entries(mut self) -> Result<Vec<(Any, Any)>> {
        let mut entries = Vec::with_capacity(self.remaining);
        while self.next()? {
            entries.push((self.command(CURRENT_KEY)?, self.command(CURRENT_VALUE)?));
        }
        Ok(entries)
    }
}

impl<K, V> Map<K, V> {
    /// Number of entries.
    pub fn len(&self) -> usize {
        self.data.size as usize
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<K: AnyElement, V: AnyElement> Map<K, V> {
    /// An empty map.
    pub fn new() -> Self {
        Self::from_views(&[]).expect("ffi.Map() failed to construct an empty map")
    }

    /// Whether the key is there.
    ///
    /// Panics when the lookup fails.
    pub fn contains_key(&self, key: &K) -> bool {
        let found = self.count(key).expect("ffi.MapCount call failed");
        if !found {
            self.check_key_type();
        }
        found
    }

    /// The value of a key, `None` when it is absent; an error when it does not convert to `V`.
    pub fn get(&self, key: &K) -> Result<Option<V>> {
        let arguments = [self.view(), view_of(key)];
        let value = cached_global_func!("ffi.MapGetItemOrMissing").call_packed(&arguments)?;
        if is_missing(&value) {
            self.check_key_type();
            return Ok(None);
        }
        V::from_owned(value).map(Some)
    }

    /// Iterates over the entries.
    pub fn iter(&self) -> MapItems<K, V> {
        MapIter::new(self, |cursor| (key_of(cursor), value_of(cursor)))
    }

    /// Iterates over the keys; values are not read.
    pub fn keys(&self) -> MapKeys<K> {
        MapIter::new(self, key_of)
    }

    /// Iterates over the values; keys are not read.
    pub fn values(&self) -> MapValues<V> {
        MapIter::new(self, value_of)
    }

    fn count(&self, key: &K) -> Result<bool> {
        let arguments = [self.view(), view_of(key)];
        let count = cached_global_func!("ffi.MapCount").call_packed(&arguments)?;
        Ok(i64::try_from(count)? != 0)
    }

    /// In debug builds, panics when the map's keys are not of type `K`: such lookups always miss.
    fn check_key_type(&self) {
        if cfg!(debug_assertions) && !self.is_empty() {
            let first = Cursor::new(&self.data)
                .and_then(|mut cursor| cursor.next().and_then(|_| cursor.command(CURRENT_KEY)));
            if let Ok(key) = first {
                // SAFETY: the cell of an owned value is valid.
                let matches = unsafe { K::is_strict(key.cell()) };
                assert!(
                    matches,
                    "Map lookup: key type `{}` does not match the map's stored key type",
                    std::any::type_name::<K>()
                );
            }
        }
    }

    fn view(&self) -> AnyView<'_> {
        let mut cell = TVMFFIAny::new();
        write_borrowed_cell(self, &mut cell);
        // SAFETY: the cell borrows from `self`.
        unsafe { AnyView::from_cell(cell) }
    }

    fn from_views(key_value_pairs: &[AnyView]) -> Result<Self> {
        let map = cached_global_func!("ffi.Map").call_packed(key_value_pairs)?;
        let cell = map.cell();
        if cell.type_index != MapObj::type_index() {
            return Err(Error::conversion::<Map<Any, Any>>(cell));
        }
        // SAFETY: the owned value is a map.
        Ok(unsafe { read_cell(cell) })
    }
}

/// Whether a lookup gave the one object that stands for an absent key.
fn is_missing(value: &Any) -> bool {
    static MISSING: LazyLock<ObjectRef> = LazyLock::new(|| {
        cached_global_func!("ffi.GetInvalidObject")
            .call_tuple(())
            .and_then(ObjectRef::try_from)
            .expect("ffi.GetInvalidObject call failed")
    });
    let cell = value.cell();
    cell.type_index == Object::type_index()
        // SAFETY: an object index means that the payload is an object pointer.
        && unsafe { cell.data_union.v_obj } == ObjectRef::data(&MISSING).header()
}

/// A view of a key or value.
fn view_of<T: AnyElement>(value: &T) -> AnyView<'_> {
    // SAFETY: the cell borrows from `value`.
    unsafe { AnyView::from_cell(value.borrowed_cell()) }
}

/// The current key. Panics when it is no `K`.
fn key_of<K: AnyElement>(cursor: &Cursor) -> K {
    let key = cursor
        .command(CURRENT_KEY)
        .expect("map iterator: reading current element failed");
    typed(key).expect("map iterator: key does not match the map's key type")
}

/// The current value. Panics when it is no `V`.
fn value_of<V: AnyElement>(cursor: &Cursor) -> V {
    let value = cursor
        .command(CURRENT_VALUE)
        .expect("map iterator: reading current element failed");
    typed(value).expect("map iterator: value does not match the map's value type")
}

fn typed<T: AnyElement>(value: Any) -> Option<T> {
    T::from_owned(value).ok()
}

impl<K, V> Clone for Map<K, V> {
    fn clone(&self) -> Self {
        Self {
            data: self.data.clone(),
            _entries: PhantomData,
        }
    }
}

impl<K, V> Deref for Map<K, V> {
    type Target = MapObj;
    fn deref(&self) -> &MapObj {
        &self.data
    }
}

impl<K: AnyElement, V: AnyElement> Default for Map<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: AnyElement, V: AnyElement> FromIterator<(K, V)> for Map<K, V> {
    /// Later entries replace earlier ones with an equal key.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let entries: Vec<(K, V)> = entries.into_iter().collect();
        let views: Vec<AnyView> = entries
            .iter()
            .flat_map(|(key, value)| [view_of(key), view_of(value)])
            .collect();
        Self::from_views(&views).expect("ffi.Map() failed to construct a map")
    }
}

impl<K, V> fmt::Debug for Map<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Map<{}, {}>[{}]",
            short_type_name::<K>(),
            short_type_name::<V>(),
            self.len()
        )
    }
}

/// Iterator over entries, keys or values; keeps the map alive. Panics at an entry of another type.
pub struct MapIter<T> {
    cursor: Cursor,
    read: fn(&Cursor) -> T,
}

/// Iterator over entries.
pub type MapItems<K, V> = MapIter<(K, V)>;
/// Iterator over keys.
pub type MapKeys<K> = MapIter<K>;
/// Iterator over values.
pub type MapValues<V> = MapIter<V>;

impl<T> MapIter<T> {
    fn new<K, V>(map: &Map<K, V>, read: fn(&Cursor) -> T) -> Self {
        let cursor = Cursor::new(&map.data).expect("ffi.MapForwardIterFunctor call failed");
        Self { cursor, read }
    }
}

impl<T> Iterator for MapIter<T> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        let there = self.cursor.next().expect("map iterator: advancing failed");
        there.then(|| (self.read)(&self.cursor))
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.cursor.remaining, Some(self.cursor.remaining))
    }
}

impl<T> ExactSizeIterator for MapIter<T> {}

impl<K: AnyElement, V: AnyElement> IntoIterator for &Map<K, V> {
    type Item = (K, V);
    type IntoIter = MapItems<K, V>;
    fn into_iter(self) -> MapItems<K, V> {
        self.iter()
    }
}

// SAFETY: the struct is its one `ObjectArc`.
unsafe impl<K, V> ObjectRefCore for Map<K, V> {
    type ContainerType = MapObj;
    fn data(this: &Self) -> &ObjectArc<MapObj> {
        &this.data
    }
    fn into_data(this: Self) -> ObjectArc<MapObj> {
        this.data
    }
    fn from_data(data: ObjectArc<MapObj>) -> Self {
        Self {
            data,
            _entries: PhantomData,
        }
    }
}

/// The entries of the map in a cell, `None` when it is no map or cannot be read.
///
/// # Safety
/// The cell is valid.
unsafe fn entries_of(cell: &TVMFFIAny) -> Option<Vec<(Any, Any)>> {
    if cell.type_index != MapObj::type_index() {
        return None;
    }
    // SAFETY: the index says that the object is a map.
    let map = unsafe { read_cell::<Map<Any, Any>>(cell) };
    Cursor::new(&map.data).and_then(Cursor::entries).ok()
}

/// Whether all entries are strict.
fn all_strict<K: AnyElement, V: AnyElement>(entries: &[(Any, Any)]) -> bool {
    // SAFETY: cells of owned values are valid.
    entries
        .iter()
        .all(|(key, value)| unsafe { K::is_strict(key.cell()) && V::is_strict(value.cell()) })
}

// SAFETY: cells carry the object, and the strict check demands that every entry is strict.
unsafe impl<K: AnyElement + 'static, V: AnyElement + 'static> AnyCompatible for Map<K, V> {
    unsafe fn copy_to_any_view(src: &Self, data: &mut TVMFFIAny) {
        write_borrowed_cell(src, data);
    }
    unsafe fn move_to_any(src: Self, data: &mut TVMFFIAny) {
        write_owned_cell(src, data);
    }
    unsafe fn check_any_strict(data: &TVMFFIAny) -> bool {
        // SAFETY: the cell is valid by contract.
        unsafe { entries_of(data) }.is_some_and(|entries| all_strict::<K, V>(&entries))
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
        let entries = unsafe { entries_of(data) }.ok_or(())?;
        if all_strict::<K, V>(&entries) {
            // SAFETY: the cell holds a map of strict entries.
            return Ok(unsafe { read_cell(data) });
        }
        let convert = |(key, value)| {
            Ok((
                K::from_owned(key).map_err(drop)?,
                V::from_owned(value).map_err(drop)?,
            ))
        };
        entries
            .into_iter()
            .map(convert)
            .collect::<Result<Map<K, V>, ()>>()
    }
    fn type_str() -> String {
        format!("Map<{}, {}>", K::element_type_str(), V::element_type_str())
    }
}

impl_container_traits!(Map<K, V>);
