// SPDX-License-Identifier: Apache-2.0
//! Reflection: reading fields of objects, and what generated bindings need to build and tear
//! down objects whose fields C++ knows.

use std::collections::HashSet;
use std::sync::RwLock;

use tvm_ffi_sys::{
    TVMFFIAny, TVMFFIByteArray, TVMFFIFieldGetter, TVMFFIFieldInfo, TVMFFIGetTypeInfo,
    TVMFFITypeInfo, TVMFFITypeKeyToIndex,
};

use crate::any::Any;
use crate::collections::Array;
use crate::derive;
use crate::error::{Error, Result, ATTRIBUTE_ERROR, TYPE_ERROR, VALUE_ERROR};
use crate::function::Function;
use crate::object::{Object, ObjectArc, ObjectCore, ObjectRef};
use crate::string::String;
use crate::type_traits::{is_assignable_object_index, type_key_of_index, NONE};

/// Reads one reflected field of the objects of a type.
#[derive(Clone, Copy)]
pub struct FieldGetter {
    type_index: i32,
    offset: usize,
    getter: TVMFFIFieldGetter,
}

impl FieldGetter {
    /// Finds the field `name` of the type, or of its nearest ancestor that has one.
    ///
    /// `type_index` is one that the library has handed out, such as that of an object or of
    /// [`ObjectCore::type_index`]. An `AttributeError` when there is no such field, a `ValueError`
    /// for a number that belongs to no object type.
    pub fn new(type_index: i32, name: &str) -> Result<FieldGetter> {
        let info = type_info(type_index)?;
        let field = with_ancestors(info).find_map(|info| {
            own_fields(info)
                .iter()
                .find(|field| field.name.as_str() == name)
        });
        let Some(field) = field else {
            crate::bail!(
                ATTRIBUTE_ERROR,
                "type `{}` has no reflected field `{name}`",
                info.type_key.as_str()
            );
        };
        let (Some(getter), Ok(offset)) = (field.getter, usize::try_from(field.offset)) else {
            crate::bail!(
                ATTRIBUTE_ERROR,
                "reflected field `{name}` of type `{}` has no getter",
                info.type_key.as_str()
            );
        };
        Ok(Self {
            type_index,
            offset,
            getter,
        })
    }

    /// The field's value, converted.
    pub fn get<O, T>(&self, object: &O) -> Result<T>
    where
        O: ObjectCore,
        T: FieldValue,
    {
        T::from_field(self.get_any(object)?)
    }

    /// The field's value. A `TypeError` when the object is of another type.
    pub fn get_any<O: ObjectCore>(&self, object: &O) -> Result<Any> {
        let header = std::ptr::from_ref(object).cast::<tvm_ffi_sys::TVMFFIObject>();
        // SAFETY: every `ObjectCore` starts with its header.
        let actual = unsafe { (*header).type_index };
        if !is_instance(actual, self.type_index) {
            crate::bail!(
                TYPE_ERROR,
                "Cannot read a field of `{}` from an object of type `{}`",
                type_key_of_index(self.type_index),
                type_key_of_index(actual)
            );
        }
        let mut value = TVMFFIAny::new();
        let field = header.cast_mut().cast::<u8>().wrapping_add(self.offset);
        // SAFETY: the object is an instance of the type, so the field is at its offset; the getter
        // only reads it.
        crate::check_safe_call!(unsafe { (self.getter)(field.cast(), &mut value) })?;
        // SAFETY: a getter that succeeds writes an owned value.
        Ok(unsafe { Any::from_raw_ffi_any(value) })
    }
}

/// What [`FieldGetter::get`] can return: every type that is made of an [`Any`], and `Option<Any>`.
///
/// `Option<Any>` has a conversion of its own in `std`, which makes `Some` even of None.
pub trait FieldValue: Sized {
    /// Converts the value of a field.
    fn from_field(value: Any) -> Result<Self>;
}

impl<T: TryFrom<Any, Error = Error>> FieldValue for T {
    fn from_field(value: Any) -> Result<T> {
        value.try_into()
    }
}

impl FieldValue for Option<Any> {
    fn from_field(value: Any) -> Result<Option<Any>> {
        Ok((value.type_index() != NONE).then_some(value))
    }
}

/// Copies an object struct for a new object: fields are cloned, the header is fresh.
pub trait ShallowCopy: Sized {
    /// The copy.
    fn shallow_copy(&self) -> Self;
}

impl ShallowCopy for Object {
    fn shallow_copy(&self) -> Self {
        Object::new()
    }
}

/// An object struct that can start with all bytes of its fields zero, be filled field by field,
/// and be torn down when only some fields have been set.
///
/// # Safety
/// Zero bytes stand for "not set" in every field, and `drop_defined_fields` drops exactly the
/// fields that are set, those of the parent first.
pub unsafe trait UnsafeInit: Sized {
    /// Drops the fields that have been set.
    ///
    /// # Safety
    /// `this` was created with all bytes of its fields zero, and its fields are not used again.
    unsafe fn drop_defined_fields(this: *mut Self);
}

// SAFETY: the header is no field; there is nothing to drop.
unsafe impl UnsafeInit for Object {
    unsafe fn drop_defined_fields(_this: *mut Self) {}
}

/// Drops a field in place unless all its bytes are zero.
///
/// # Safety
/// `field` is valid for reads and writes of a `T` that is either all zero bytes or initialised,
/// and is not used again as a `T`. The type has no padding bytes that are uninitialised.
pub unsafe fn drop_if_defined<T>(field: *mut T) {
    // SAFETY: by contract all bytes are initialised.
    let bytes = unsafe { std::slice::from_raw_parts(field.cast::<u8>(), std::mem::size_of::<T>()) };
    if bytes.iter().any(|byte| *byte != 0) {
        // SAFETY: not all zero, so the field is initialised.
        unsafe { std::ptr::drop_in_place(field) };
    }
}

/// Object struct of [`AccessStep`].
#[repr(C)]
#[derive(derive::Object)]
#[type_key = "ffi.reflection.AccessStep"]
#[type_final]
pub struct AccessStepObj {
    object: Object,
    kind: i32,
    key: Any,
}

const _: () = assert!(std::mem::size_of::<AccessStepObj>() == 48);
const _: () = assert!(std::mem::offset_of!(AccessStepObj, key) == 32);

/// One step from a value to a part of it.
#[repr(C)]
#[derive(derive::ObjectRef, Clone)]
pub struct AccessStep {
    data: ObjectArc<AccessStepObj>,
}

impl AccessStep {
    /// Kind: 0 attribute, 1 array item, 2 map item; 3, 4 and 5 the same when missing.
    pub fn kind(&self) -> i32 {
        self.data.kind
    }

    /// Name, index or key.
    pub fn key(&self) -> &Any {
        &self.data.key
    }
}

/// Object struct of [`AccessPath`].
#[repr(C)]
#[derive(derive::Object)]
#[type_key = "ffi.reflection.AccessPath"]
#[type_final]
pub struct AccessPathObj {
    object: Object,
    parent: Option<ObjectRef>,
    step: Option<AccessStep>,
    depth: i32,
}

const _: () = assert!(std::mem::size_of::<AccessPathObj>() == 48);
const _: () = assert!(std::mem::offset_of!(AccessPathObj, depth) == 40);

/// The way from a root value to one of its parts.
#[repr(C)]
#[derive(derive::ObjectRef, Clone)]
pub struct AccessPath {
    data: ObjectArc<AccessPathObj>,
}

impl AccessPath {
    /// The path without its last step, `None` for the root.
    pub fn parent(&self) -> Option<AccessPath> {
        let parent = self.data.parent.clone()?;
        crate::object::ObjectRefCast::try_cast(parent).ok()
    }

    /// The last step, `None` for the root.
    pub fn step(&self) -> Option<AccessStep> {
        self.data.step.clone()
    }

    /// Number of steps.
    pub fn depth(&self) -> i32 {
        self.data.depth
    }
}

/// Type table entry of an object type; entries live as long as the process.
fn type_info(type_index: i32) -> Result<&'static TVMFFITypeInfo> {
    crate::ensure!(
        is_assignable_object_index(type_index),
        VALUE_ERROR,
        "type index {} is no object type",
        type_index
    );
    crate::ensure!(
        is_registered(type_index)?,
        VALUE_ERROR,
        "type index {} is not registered",
        type_index
    );
    // SAFETY: the table has an entry for each registered index and never frees it.
    Ok(unsafe { &*TVMFFIGetTypeInfo(type_index) })
}

/// Whether the type table has the index. Asking the table itself would end the process.
fn is_registered(type_index: i32) -> Result<bool> {
    // Types are never removed, so what was found once stays true.
    static KNOWN: RwLock<Option<HashSet<i32>>> = RwLock::new(None);
    let is_known =
        |known: &Option<HashSet<i32>>| known.as_ref().is_some_and(|set| set.contains(&type_index));
    if KNOWN.read().is_ok_and(|known| is_known(&known)) {
        return Ok(true);
    }
    let now = Some(registered_indices()?);
    let found = is_known(&now);
    if let Ok(mut known) = KNOWN.write() {
        *known = now;
    }
    Ok(found)
}

fn registered_indices() -> Result<HashSet<i32>> {
    let keys: Array<String> = Function::get_global("ffi.GetRegisteredTypeKeys")?
        .call_tuple(())?
        .try_into()?;
    let mut indices = HashSet::new();
    for key in keys.iter() {
        let key = key.as_str();
        let mut index = 0;
        // SAFETY: both pointers are valid for the call.
        crate::check_safe_call!(unsafe {
            TVMFFITypeKeyToIndex(&TVMFFIByteArray::new(key.as_ptr(), key.len()), &mut index)
        })?;
        indices.insert(index);
    }
    Ok(indices)
}

/// The type, then its ancestors from the nearest to the root.
pub(crate) fn with_ancestors(
    info: &'static TVMFFITypeInfo,
) -> impl Iterator<Item = &'static TVMFFITypeInfo> {
    let depth = usize::try_from(info.type_depth).unwrap_or(0);
    // SAFETY: the table has one entry for each depth below the type's own.
    let ancestors = (0..depth)
        .rev()
        .map(move |d| unsafe { &**info.type_acenstors.add(d) });
    std::iter::once(info).chain(ancestors)
}

/// Fields that the type itself adds.
pub(crate) fn own_fields(info: &'static TVMFFITypeInfo) -> &'static [TVMFFIFieldInfo] {
    match usize::try_from(info.num_fields) {
        // SAFETY: published field arrays are never freed.
        Ok(count) if count > 0 && !info.fields.is_null() => unsafe {
            std::slice::from_raw_parts(info.fields, count)
        },
        _ => &[],
    }
}

/// Whether objects of type `actual` are instances of `target`.
fn is_instance(actual: i32, target: i32) -> bool {
    actual == target
        || type_info(actual)
            .is_ok_and(|info| with_ancestors(info).any(|ancestor| ancestor.type_index == target))
}
