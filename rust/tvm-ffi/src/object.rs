// SPDX-License-Identifier: Apache-2.0
//! Objects: the counted header, the owning pointer [`ObjectArc`], and the traits that tie Rust
//! structs to registered types.
//!
//! The invariant of everything below: an [`ObjectArc`] holds one strong reference to live memory
//! that starts with a [`TVMFFIObject`] header. Objects made here carry their own deleter, so any
//! language can free them.

use std::alloc::{alloc, dealloc, handle_alloc_error, Layout};
use std::any::TypeId;
use std::ffi::c_void;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicI32, Ordering};

use tvm_ffi_sys::{
    TVMFFIAny, TVMFFIAnyDataUnion, TVMFFIByteArray, TVMFFIGetTypeInfo, TVMFFIObject,
    TVMFFIObjectDeleter, TVMFFITypeKeyToIndex, COMBINED_REF_COUNT_BOTH_ONE,
};

use crate::error::{Error, Result};
use crate::type_traits::AnyCompatible;

#[doc(hidden)]
pub mod unsafe_;

pub use tvm_ffi_sys::TVMFFITypeIndex as TypeIndex;

/// Smallest type index of an object.
const OBJECT_BEGIN: i32 = TypeIndex::kTVMFFIStaticObjectBegin as i32;

/// The root of all objects: nothing but the header.
///
/// As the innermost field of a user's object struct it is made with [`Object::new`]; the header is
/// filled in by [`ObjectArc::new`].
#[repr(C)]
pub struct Object {
    header: TVMFFIObject,
}

const _: () = assert!(std::mem::size_of::<Object>() == 24);

impl Object {
    /// An object part with a zeroed header, to be placed in an [`ObjectArc`].
    pub const fn new() -> Self {
        Self {
            header: TVMFFIObject::new(),
        }
    }
}

impl Default for Object {
    fn default() -> Self {
        Self::new()
    }
}

// SAFETY: the struct is the header, and `ffi.Object` is index 64 at depth 0.
unsafe impl ObjectCore for Object {
    const TYPE_KEY: &'static str = "ffi.Object";
    const TYPE_DEPTH: i32 = 0;
    fn type_index() -> i32 {
        OBJECT_BEGIN
    }
    unsafe fn object_header_mut(this: &mut Self) -> &mut TVMFFIObject {
        &mut this.header
    }
}

/// A struct that mirrors a registered object type.
///
/// # Safety
/// The type is `#[repr(C)]` with the header at offset 0 (directly or through the parent struct),
/// and every object whose type index is [`ObjectCore::type_index`] or that of a subtype starts
/// with a valid `Self`.
pub unsafe trait ObjectCore: Sized + 'static {
    /// Registered type key.
    const TYPE_KEY: &'static str;
    /// Number of ancestors; agrees with the type table.
    const TYPE_DEPTH: i32;
    /// Whether the type has no subtypes.
    #[doc(hidden)]
    const TYPE_FINAL: bool = false;
    /// Registered type index. Panics when the type key is not registered.
    fn type_index() -> i32;
    /// The header.
    ///
    /// # Safety
    /// The caller keeps the header valid: the counter of a shared object belongs to its references.
    unsafe fn object_header_mut(this: &mut Self) -> &mut TVMFFIObject;
}

/// An object type whose instances carry an array of items right behind the struct.
///
/// # Safety
/// `extra_items_count` is constant over the life of an object and is the number of items that
/// [`ObjectArc::new_with_extra_items`] allocated.
pub unsafe trait ObjectCoreWithExtraItems: ObjectCore {
    /// Type of the items.
    type ExtraItem;
    /// Number of items.
    fn extra_items_count(this: &Self) -> usize;
    /// The items.
    ///
    /// # Safety
    /// `this` lives in an allocation with room for the items, and they are initialised.
    unsafe fn extra_items(this: &Self) -> &[Self::ExtraItem] {
        let first = (this as *const Self).wrapping_add(1) as *const Self::ExtraItem;
        // SAFETY: the items start behind the struct and are initialised (caller's promise).
        unsafe { std::slice::from_raw_parts(first, Self::extra_items_count(this)) }
    }
    /// The items, mutable.
    ///
    /// # Safety
    /// As for [`Self::extra_items`], and nobody else accesses them meanwhile.
    unsafe fn extra_items_mut(this: &mut Self) -> &mut [Self::ExtraItem] {
        let count = Self::extra_items_count(this);
        let first = (this as *mut Self).wrapping_add(1) as *mut Self::ExtraItem;
        // SAFETY: the items start behind the struct and are ours alone (caller's promise).
        unsafe { std::slice::from_raw_parts_mut(first, count) }
    }
}

/// A reference type: a struct that is one [`ObjectArc`].
///
/// # Safety
/// `data`, `into_data` and `from_data` refer to the same allocation and pass ownership on without
/// loss. If the type is [`AnyCompatible`] too, its cells carry that pointer with the dynamic type
/// index of the object, and a true strict check makes both after-check constructors valid.
pub unsafe trait ObjectRefCore: Sized + Clone {
    /// The object struct.
    type ContainerType: ObjectCore;
    /// Borrows the pointer.
    fn data(this: &Self) -> &ObjectArc<Self::ContainerType>;
    /// Takes the pointer out.
    fn into_data(this: Self) -> ObjectArc<Self::ContainerType>;
    /// Wraps a pointer.
    fn from_data(data: ObjectArc<Self::ContainerType>) -> Self;
}

/// Casts between reference types along the registered hierarchy.
pub trait ObjectRefCast: ObjectRefCore + AnyCompatible {
    /// Turns the reference into another type that the object is an instance of.
    ///
    /// The object is moved without touching its count; when the cast fails it is dropped and the
    /// error is a `TypeError` that names both types.
    fn try_cast<B>(self) -> Result<B>
    where
        B: ObjectRefCore + AnyCompatible,
    {
        let mut cell = TVMFFIAny::new();
        // SAFETY: the borrowed cell is used only while `self` lives.
        unsafe { Self::copy_to_any_view(&self, &mut cell) };
        // SAFETY: the cell is complete.
        if !unsafe { B::check_any_strict(&cell) } {
            return Err(Error::conversion::<B>(&cell));
        }
        // SAFETY: `B` accepted the object strictly, so it is an instance of B's container type,
        // and the reference taken out of `self` is adopted exactly once.
        let data = unsafe {
            let raw = ObjectArc::into_raw(Self::into_data(self));
            ObjectArc::from_raw(raw.cast::<B::ContainerType>())
        };
        Ok(B::from_data(data))
    }
}

impl<T: ObjectRefCore + AnyCompatible> ObjectRefCast for T {}

// ---------------------------------------------------------------------------------------------
// ObjectArc
// ---------------------------------------------------------------------------------------------

/// Owning pointer to an object: one strong reference, never null.
///
/// `Option<ObjectArc<T>>` has the size of a pointer and is the layout of a nullable reference.
#[repr(C)]
pub struct ObjectArc<T: ObjectCore> {
    ptr: NonNull<T>,
    _owned: PhantomData<T>,
}

const _: () = assert!(std::mem::size_of::<Option<ObjectArc<Object>>>() == 8);

// SAFETY: the counter is atomic, so sharing the pointer is as safe as sharing the content.
unsafe impl<T: Send + Sync + ObjectCore> Send for ObjectArc<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync + ObjectCore> Sync for ObjectArc<T> {}

/// What the deleter needs to know about a type of object.
struct Recipe {
    object: Layout,
    drop: unsafe fn(*mut c_void),
    type_id: fn() -> TypeId,
    /// Whether items lie behind the object.
    has_tail: bool,
}

impl Recipe {
    /// Layout of the block that an object with `tail` bytes behind it lies in, and the object's
    /// offset. Panics when the size overflows.
    fn block(&self, tail: usize) -> (Layout, usize) {
        let size = self.object.size().checked_add(tail);
        size.and_then(|size| Layout::from_size_align(size, self.object.align()).ok())
            .and_then(|object| Layout::new::<Prefix>().extend(object).ok())
            .expect("object size overflows")
    }
}

/// Lies directly before each object made here. All of them have the same deleter, so exchanging two
/// headers, which safe code can do through `DerefMut`, exchanges nothing.
struct Prefix {
    recipe: &'static Recipe,
    /// Bytes of extra items.
    tail: usize,
}

unsafe fn drop_content<T>(object: *mut c_void) {
    // SAFETY: the deleter passes an object of this type, whose content is destroyed once.
    unsafe { std::ptr::drop_in_place(object.cast::<T>()) };
}

/// The deleter of objects made here; a static, because the address of a function may differ from
/// one place that names it to another.
static DELETER: TVMFFIObjectDeleter = delete_object;

unsafe extern "C" fn delete_object(object: *mut c_void, flags: i32) {
    // SAFETY: only objects with a prefix have this deleter.
    let prefix = unsafe { object.cast::<Prefix>().sub(1) };
    // SAFETY: as above; the prefix is never written again.
    let Prefix { recipe, tail } = unsafe { prefix.read() };
    if flags & unsafe_::STRONG != 0 {
        // SAFETY: the last strong reference is gone, so the content is ours to destroy, once.
        unsafe { (recipe.drop)(object) };
    }
    if flags & unsafe_::WEAK != 0 {
        let (block, offset) = recipe.block(tail);
        // SAFETY: the last weak reference is gone; `allocate` put the object `offset` bytes into a
        // block of this layout.
        unsafe { dealloc(object.cast::<u8>().sub(offset), block) };
    }
}

impl<T: ObjectCore> ObjectArc<T> {
    const PLAIN: &'static Recipe = &Self::recipe(false);
    const WITH_TAIL: &'static Recipe = &Self::recipe(true);

    const fn recipe(has_tail: bool) -> Recipe {
        Recipe {
            object: Layout::new::<T>(),
            drop: drop_content::<T>,
            type_id: TypeId::of::<T>,
            has_tail,
        }
    }

    /// Moves `data` to the heap and makes it an object with one reference.
    ///
    /// Panics when the type key of `T` is not registered.
    pub fn new(data: T) -> Self {
        Self::allocate(data, Self::PLAIN, 0)
    }

    /// As [`Self::new`], with room for `T::extra_items_count(&data)` uninitialised items behind.
    ///
    /// Panics unless alignment and size of `T` are multiples of the alignment of `U`.
    pub fn new_with_extra_items<U>(data: T) -> Self
    where
        T: ObjectCoreWithExtraItems<ExtraItem = U>,
    {
        assert!(
            std::mem::align_of::<T>() % std::mem::align_of::<U>() == 0
                && std::mem::size_of::<T>() % std::mem::align_of::<U>() == 0,
            "extra items must not need a stricter alignment than the object"
        );
        let tail = T::extra_items_count(&data)
            .checked_mul(std::mem::size_of::<U>())
            .expect("object size overflows");
        Self::allocate(data, Self::WITH_TAIL, tail)
    }

    /// Moves `data` to the heap with `tail` bytes behind it, and writes the header.
    fn allocate(data: T, recipe: &'static Recipe, tail: usize) -> Self {
        let type_index = T::type_index();
        let (layout, offset) = recipe.block(tail);
        // SAFETY: the layout contains at least the prefix.
        let block = unsafe { alloc(layout) };
        if block.is_null() {
            handle_alloc_error(layout);
        }
        // SAFETY: the block is fresh and has room for the prefix, directly before the object, and
        // for the object, whose header is at offset 0 as in every `ObjectCore`.
        unsafe {
            let ptr = NonNull::new_unchecked(block.add(offset).cast::<T>());
            ptr.as_ptr()
                .cast::<Prefix>()
                .sub(1)
                .write(Prefix { recipe, tail });
            ptr.as_ptr().write(data);
            ptr.as_ptr().cast::<TVMFFIObject>().write(TVMFFIObject {
                combined_ref_count: COMBINED_REF_COUNT_BOTH_ONE.into(),
                type_index,
                __padding: 0,
                deleter: Some(DELETER),
            });
            Self {
                ptr,
                _owned: PhantomData,
            }
        }
    }

    /// Whether the object was made by [`Self::new`] as exactly a `T` and `this` is the only
    /// reference of either kind: then even exchanging two such objects is harmless.
    fn is_exclusive(this: &Self) -> bool {
        // SAFETY: `this` keeps the header alive.
        let header = unsafe { &*this.header() };
        let ours = DELETER as *const ();
        let made_here = header.deleter.is_some_and(|it| it as *const () == ours);
        if !made_here
            || header.combined_ref_count.load(Ordering::Acquire) != COMBINED_REF_COUNT_BOTH_ONE
        {
            return false;
        }
        // SAFETY: objects with this deleter have a prefix.
        let recipe = unsafe { (*this.ptr.as_ptr().cast::<Prefix>().sub(1)).recipe };
        !recipe.has_tail && (recipe.type_id)() == TypeId::of::<T>()
    }

    /// Adopts one strong reference.
    ///
    /// # Safety
    /// `ptr` is non-null, points to a live `T`, and the caller owns the reference it gives up.
    #[inline]
    pub unsafe fn from_raw(ptr: *const T) -> Self {
        debug_assert!(!ptr.is_null());
        Self {
            // SAFETY: non-null by contract.
            ptr: unsafe { NonNull::new_unchecked(ptr.cast_mut()) },
            _owned: PhantomData,
        }
    }

    /// Gives the reference up to the caller.
    ///
    /// # Safety
    /// The caller releases the reference, for example with [`Self::from_raw`].
    #[inline]
    pub unsafe fn into_raw(this: Self) -> *const T {
        std::mem::ManuallyDrop::new(this).ptr.as_ptr()
    }

    /// The pointer, borrowed.
    ///
    /// # Safety
    /// The pointer is used only while the object lives.
    pub unsafe fn as_raw(this: &Self) -> *const T {
        this.ptr.as_ptr()
    }

    /// The pointer for writing, borrowed.
    ///
    /// # Safety
    /// As for [`Self::as_raw`], and nobody else accesses what is written.
    pub unsafe fn as_raw_mut(this: &mut Self) -> *mut T {
        this.ptr.as_ptr()
    }

    /// Number of strong references at this moment.
    pub fn strong_count(this: &Self) -> usize {
        // SAFETY: `this` keeps the header alive.
        unsafe { unsafe_::strong_count(this.header()) }
    }

    /// Number of weak references at this moment; all strong references together count as one.
    pub fn weak_count(this: &Self) -> usize {
        // SAFETY: `this` keeps the header alive.
        unsafe { unsafe_::weak_count(this.header()) }
    }

    /// Type index of the object itself, which may be a subtype of `T`.
    #[inline]
    pub(crate) fn dynamic_type_index(this: &Self) -> i32 {
        // SAFETY: `this` keeps the header alive, and the index never changes.
        unsafe { (*this.header()).type_index }
    }

    /// The header of the object.
    #[inline]
    pub(crate) fn header(&self) -> *mut TVMFFIObject {
        self.ptr.as_ptr().cast()
    }
}

impl<T: ObjectCore> Deref for ObjectArc<T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the reference held keeps the object alive.
        unsafe { self.ptr.as_ref() }
    }
}

/// Mutable access to an object that [`ObjectArc::new`] made as exactly a `T` and that nobody else
/// refers to, in any language. Panics for every other object; where something else rules out that
/// it is in use, [`ObjectArc::as_raw_mut`] gives access.
///
/// Assign to fields: assigning a whole `T` replaces the header too, and the object is never freed.
impl<T: ObjectCore> DerefMut for ObjectArc<T> {
    fn deref_mut(&mut self) -> &mut T {
        assert!(
            Self::is_exclusive(self),
            "an object `{}` is shared, or not made by ObjectArc::new as this type: it cannot be \
             borrowed mutably",
            T::TYPE_KEY
        );
        // SAFETY: the object is alive and, by the assertion, in nobody else's hands.
        unsafe { self.ptr.as_mut() }
    }
}

impl<T: ObjectCore> Clone for ObjectArc<T> {
    #[inline]
    fn clone(&self) -> Self {
        // SAFETY: `self` holds a reference, so the object is alive.
        unsafe { unsafe_::inc_ref(self.header()) };
        Self {
            ptr: self.ptr,
            _owned: PhantomData,
        }
    }
}

impl<T: ObjectCore> Drop for ObjectArc<T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: gives up the one reference that `self` holds.
        unsafe { unsafe_::dec_ref(self.header()) };
    }
}

/// Reference to an object of any type.
#[repr(C)]
#[derive(Clone, crate::derive::ObjectRef)]
pub struct ObjectRef {
    data: ObjectArc<Object>,
}

crate::impl_try_from_any!(ObjectRef);
crate::impl_arg_into_ref!(ObjectRef);
crate::impl_into_arg_holder_default!(ObjectRef);

// ---------------------------------------------------------------------------------------------
// Type table, and cells of references; used by the derives
// ---------------------------------------------------------------------------------------------

/// Whether an object of this type index is an instance of `Target`.
#[doc(hidden)]
#[inline]
pub fn is_instance_of<Target: ObjectCore>(object_type_index: i32) -> bool {
    let target = Target::type_index();
    if object_type_index == target {
        return true;
    }
    // Parents are allocated before their children, so a smaller index cannot be a descendant.
    if target < OBJECT_BEGIN || object_type_index < target {
        return false;
    }
    // SAFETY: the index comes from a live object or the type table, so its type is registered;
    // entries live as long as the process.
    unsafe {
        let info = TVMFFIGetTypeInfo(object_type_index);
        if info.is_null() || (*info).type_depth <= Target::TYPE_DEPTH {
            return false;
        }
        let ancestor = *(*info).type_acenstors.add(Target::TYPE_DEPTH as usize);
        !ancestor.is_null() && (*ancestor).type_index == target
    }
}

/// Looks a type key up once; only success is remembered, so a library loaded later is found.
#[doc(hidden)]
pub fn cached_type_index(cache: &AtomicI32, type_key: &str) -> i32 {
    let known = cache.load(Ordering::Relaxed);
    if known >= 0 {
        return known;
    }
    let key = TVMFFIByteArray::new(type_key.as_ptr(), type_key.len());
    let mut index = 0;
    // SAFETY: both pointers are valid for the call.
    if unsafe { TVMFFITypeKeyToIndex(&key, &mut index) } != 0 {
        drop(Error::take_raised());
        panic!("Failed to get type index for type key: {type_key}");
    }
    cache.store(index, Ordering::Relaxed);
    index
}

/// Writes a cell that borrows the object of `src`.
#[doc(hidden)]
#[inline]
pub fn write_borrowed_cell<R: ObjectRefCore>(src: &R, cell: &mut TVMFFIAny) {
    let data = R::data(src);
    *cell = TVMFFIAny {
        type_index: ObjectArc::dynamic_type_index(data),
        small_str_len: 0,
        data_union: TVMFFIAnyDataUnion {
            v_obj: data.header(),
        },
    };
}

/// Moves the object of `src` into a cell that owns it.
#[doc(hidden)]
#[inline]
pub fn write_owned_cell<R: ObjectRefCore>(src: R, cell: &mut TVMFFIAny) {
    write_borrowed_cell(&src, cell);
    std::mem::forget(R::into_data(src));
}

/// A new reference to the object in a cell.
///
/// # Safety
/// The cell holds a live instance of the container type of `R`.
#[doc(hidden)]
#[inline]
pub unsafe fn read_cell<R: ObjectRefCore>(cell: &TVMFFIAny) -> R {
    // SAFETY: by contract; the new reference is adopted exactly once.
    unsafe {
        let object = cell.data_union.v_obj;
        unsafe_::inc_ref(object);
        R::from_data(ObjectArc::from_raw(object.cast::<R::ContainerType>()))
    }
}

/// Moves the reference out of an owned cell, which becomes None.
///
/// # Safety
/// The cell owns a live instance of the container type of `R`.
#[doc(hidden)]
#[inline]
pub unsafe fn take_cell<R: ObjectRefCore>(cell: &mut TVMFFIAny) -> R {
    // SAFETY: by contract; the cell gives its reference up.
    unsafe {
        let object = cell.data_union.v_obj;
        *cell = TVMFFIAny::new();
        R::from_data(ObjectArc::from_raw(object.cast::<R::ContainerType>()))
    }
}
