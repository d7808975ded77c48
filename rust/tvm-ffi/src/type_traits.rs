// SPDX-License-Identifier: Apache-2.0
//! [`AnyCompatible`]: how a Rust type is written to and read from a 16-byte cell, and its
//! implementations for plain values.
//!
//! Two readings exist everywhere: *strict* accepts only the type's own cells and never fails
//! later; *converting* also accepts the related cells of the conversion table (an int as a float,
//! a raw C string as a string, ...).

use std::ffi::c_void;

use tvm_ffi_sys::{
    DLDataType, DLDevice, DLDeviceType, TVMFFIAny, TVMFFIAnyDataUnion, TVMFFIAnyViewToOwnedAny,
    TVMFFIGetTypeInfo, TVMFFITypeIndex as TypeIndex,
};

use crate::any::Any;
use crate::error::Error;

pub(crate) const NONE: i32 = TypeIndex::kTVMFFINone as i32;
pub(crate) const INT: i32 = TypeIndex::kTVMFFIInt as i32;
pub(crate) const BOOL: i32 = TypeIndex::kTVMFFIBool as i32;
pub(crate) const FLOAT: i32 = TypeIndex::kTVMFFIFloat as i32;
pub(crate) const OPAQUE_PTR: i32 = TypeIndex::kTVMFFIOpaquePtr as i32;
pub(crate) const DATA_TYPE: i32 = TypeIndex::kTVMFFIDataType as i32;
pub(crate) const DEVICE: i32 = TypeIndex::kTVMFFIDevice as i32;
pub(crate) const RAW_STR: i32 = TypeIndex::kTVMFFIRawStr as i32;
pub(crate) const BYTE_ARRAY_PTR: i32 = TypeIndex::kTVMFFIByteArrayPtr as i32;
pub(crate) const OBJECT_RVALUE_REF: i32 = TypeIndex::kTVMFFIObjectRValueRef as i32;
/// Cells from this index on hold a counted object pointer.
pub(crate) const OBJECT_BEGIN: i32 = TypeIndex::kTVMFFIStaticObjectBegin as i32;

/// A type that a cell can carry.
///
/// # Safety
/// `copy_to_any_view` writes a complete cell (unused bytes zero) that borrows from `src`;
/// `move_to_any` a complete cell that owns the value; a true `check_any_strict` makes both
/// after-check functions valid. With `MATCH_ANY_EXACT`, an object cell converts exactly when its
/// index is `match_any_exact_type_index()`.
pub unsafe trait AnyCompatible: Sized {
    /// Whether one type index decides about conversion.
    #[doc(hidden)]
    const MATCH_ANY_EXACT: bool = false;
    /// That index.
    #[doc(hidden)]
    fn match_any_exact_type_index() -> i32 {
        unreachable!("MATCH_ANY_EXACT is false")
    }
    /// Writes a borrowed cell.
    ///
    /// # Safety
    /// The cell is used only while `src` lives; its previous content is not released.
    unsafe fn copy_to_any_view(src: &Self, data: &mut TVMFFIAny);
    /// Writes an owned cell.
    ///
    /// # Safety
    /// The caller takes over what the cell owns; its previous content is not released.
    unsafe fn move_to_any(src: Self, data: &mut TVMFFIAny);
    /// Whether the cell is one of this type's own.
    ///
    /// # Safety
    /// The cell is valid: what it points to is alive.
    unsafe fn check_any_strict(data: &TVMFFIAny) -> bool;
    /// Reads a borrowed cell, taking a new reference to an object.
    ///
    /// # Safety
    /// `check_any_strict` is true for the cell.
    unsafe fn copy_from_any_view_after_check(data: &TVMFFIAny) -> Self;
    /// Takes the value out of an owned cell, which must not be released afterwards.
    ///
    /// # Safety
    /// `check_any_strict` is true for the cell.
    unsafe fn move_from_any_after_check(data: &mut TVMFFIAny) -> Self;
    /// Reads a borrowed cell with conversion.
    ///
    /// # Safety
    /// The cell is valid: what it points to is alive.
    #[allow(clippy::result_unit_err)]
    unsafe fn try_cast_from_any_view(data: &TVMFFIAny) -> Result<Self, ()>;
    /// Type key of the cell, for messages.
    fn get_mismatch_type_info(data: &TVMFFIAny) -> std::string::String {
        type_key_of_cell(data)
    }
    /// Name of this type, for messages.
    fn type_str() -> std::string::String;
}

/// A type that containers, arguments and parameters can hold: every [`AnyCompatible`] type, and
/// `Any` itself (which cannot be `AnyCompatible`).
///
/// Implemented for exactly these; not meant to be implemented by users.
///
/// # Safety
/// As for [`AnyCompatible`].
pub unsafe trait AnyElement: Sized {
    /// Name of this type, for messages.
    fn element_type_str() -> std::string::String;
    /// A cell that borrows from `self`.
    fn borrowed_cell(&self) -> TVMFFIAny;
    /// A cell that owns the value.
    fn into_owned_cell(self) -> TVMFFIAny;
    /// Whether the cell is one of this type's own.
    ///
    /// # Safety
    /// The cell is valid.
    unsafe fn is_strict(cell: &TVMFFIAny) -> bool;
    /// Reads a borrowed cell with conversion, strict reading first.
    ///
    /// # Safety
    /// The cell is valid.
    #[allow(clippy::result_unit_err)]
    unsafe fn read(cell: &TVMFFIAny) -> Result<Self, ()>;
    /// Converts an owned value; objects move without touching their count.
    fn from_owned(value: Any) -> crate::error::Result<Self>;
}

// SAFETY: forwards to `AnyCompatible`.
unsafe impl<T: AnyCompatible> AnyElement for T {
    fn element_type_str() -> std::string::String {
        T::type_str()
    }
    #[inline]
    fn borrowed_cell(&self) -> TVMFFIAny {
        let mut cell = TVMFFIAny::new();
        // SAFETY: the caller sees a borrowing cell; reading it later is unsafe on its own.
        unsafe { T::copy_to_any_view(self, &mut cell) };
        cell
    }
    #[inline]
    fn into_owned_cell(self) -> TVMFFIAny {
        let mut cell = TVMFFIAny::new();
        // SAFETY: the fresh cell owns nothing yet.
        unsafe { T::move_to_any(self, &mut cell) };
        cell
    }
    #[inline]
    unsafe fn is_strict(cell: &TVMFFIAny) -> bool {
        // SAFETY: valid by contract.
        unsafe { T::check_any_strict(cell) }
    }
    #[inline]
    unsafe fn read(cell: &TVMFFIAny) -> Result<Self, ()> {
        // SAFETY: valid by contract; strict reading happens after the check.
        unsafe {
            if T::check_any_strict(cell) {
                Ok(T::copy_from_any_view_after_check(cell))
            } else {
                T::try_cast_from_any_view(cell)
            }
        }
    }
    #[inline]
    fn from_owned(value: Any) -> crate::error::Result<Self> {
        crate::any::TryFromTemp::<T>::try_from(value).map(crate::any::TryFromTemp::into_value)
    }
}

// SAFETY: an `Any` is a cell, and every valid cell is strict for it.
unsafe impl AnyElement for Any {
    fn element_type_str() -> std::string::String {
        "Any".to_owned()
    }
    #[inline]
    fn borrowed_cell(&self) -> TVMFFIAny {
        *self.cell()
    }
    #[inline]
    fn into_owned_cell(self) -> TVMFFIAny {
        // SAFETY: ownership moves into the returned cell.
        unsafe { Any::into_raw_ffi_any(self) }
    }
    #[inline]
    unsafe fn is_strict(_cell: &TVMFFIAny) -> bool {
        true
    }
    #[inline]
    unsafe fn read(cell: &TVMFFIAny) -> Result<Self, ()> {
        let mut owned = TVMFFIAny::new();
        // SAFETY: the cell is valid by contract; `owned` is written on success only.
        unsafe {
            if TVMFFIAnyViewToOwnedAny(cell, &mut owned) != 0 {
                drop(Error::take_raised());
                return Err(());
            }
            Ok(Any::from_raw_ffi_any(owned))
        }
    }
    #[inline]
    fn from_owned(value: Any) -> crate::error::Result<Self> {
        Ok(value)
    }
}

/// Type key of a cell's type index.
pub(crate) fn type_key_of_cell(cell: &TVMFFIAny) -> std::string::String {
    type_key_of_index(cell.type_index)
}

/// Whether an index can be that of an object type: not a plain value's and not reserved.
pub(crate) fn is_assignable_object_index(index: i32) -> bool {
    let static_end = TypeIndex::kTVMFFIStaticObjectEnd as i32;
    let dynamic_begin = TypeIndex::kTVMFFIDynObjectBegin as i32;
    (OBJECT_BEGIN..static_end).contains(&index) || index >= dynamic_begin
}

/// Type key of an index, or a placeholder for one that cannot be registered.
pub(crate) fn type_key_of_index(index: i32) -> std::string::String {
    const POD_KEYS: [&str; 14] = [
        "None",
        "int",
        "bool",
        "float",
        "void*",
        "DataType",
        "Device",
        "DLTensor*",
        "const char*",
        "TVMFFIByteArray*",
        "ObjectRValueRef",
        "ffi.SmallStr",
        "ffi.SmallBytes",
        "ffi.Unchanged",
    ];
    if let Some(key) = usize::try_from(index)
        .ok()
        .and_then(|index| POD_KEYS.get(index))
    {
        return (*key).to_owned();
    }
    // The library ends the process for an index that it does not know, so never ask for one of the
    // reserved ranges.
    if !is_assignable_object_index(index) {
        return format!("<unknown type index {index}>");
    }
    // SAFETY: the index belongs to a live object, so its type is registered.
    unsafe {
        match TVMFFIGetTypeInfo(index).as_ref() {
            Some(info) => info.type_key.as_str().to_owned(),
            None => format!("<unknown type index {index}>"),
        }
    }
}

/// A complete cell with an 8-byte payload.
#[inline]
const fn cell(type_index: i32, data_union: TVMFFIAnyDataUnion) -> TVMFFIAny {
    TVMFFIAny {
        type_index,
        small_str_len: 0,
        data_union,
    }
}

/// Implements [`AnyCompatible`] for a `Copy` type from four expressions.
macro_rules! impl_plain_value {
    (
        $type:ty, $name:expr,
        write: |$value:ident| $write:expr,
        strict: |$strict_cell:ident| $strict:expr,
        read: |$read_cell:ident| $read:expr,
        cast: |$cast_cell:ident| $cast:expr $(,)?
    ) => {
        // SAFETY: the cell is a plain value; `strict` admits only cells that `read` understands.
        unsafe impl AnyCompatible for $type {
            #[inline]
            unsafe fn copy_to_any_view(src: &Self, data: &mut TVMFFIAny) {
                let $value = *src;
                *data = $write;
            }
            #[inline]
            unsafe fn move_to_any(src: Self, data: &mut TVMFFIAny) {
                let $value = src;
                *data = $write;
            }
            #[inline]
            unsafe fn check_any_strict($strict_cell: &TVMFFIAny) -> bool {
                $strict
            }
            #[inline]
            unsafe fn copy_from_any_view_after_check($read_cell: &TVMFFIAny) -> Self {
                $read
            }
            #[inline]
            unsafe fn move_from_any_after_check(data: &mut TVMFFIAny) -> Self {
                let $read_cell = &*data;
                $read
            }
            #[allow(unused_variables)]
            #[inline]
            unsafe fn try_cast_from_any_view($cast_cell: &TVMFFIAny) -> Result<Self, ()> {
                $cast
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

/// The payload as an integer.
#[inline]
fn int_of(data: &TVMFFIAny) -> i64 {
    // SAFETY: all eight payload bytes of a complete cell are initialised.
    unsafe { data.data_union.v_int64 }
}

/// The payload as a float.
#[inline]
fn float_of(data: &TVMFFIAny) -> f64 {
    // SAFETY: all eight payload bytes of a complete cell are initialised.
    unsafe { data.data_union.v_float64 }
}

impl_plain_value!(
    bool, "bool",
    write: |value| cell(BOOL, TVMFFIAnyDataUnion { v_int64: i64::from(value) }),
    strict: |data| data.type_index == BOOL,
    read: |data| int_of(data) != 0,
    cast: |data| match data.type_index {
        BOOL | INT => Ok(int_of(data) != 0),
        _ => Err(()),
    },
);

macro_rules! impl_integer {
    ($($type:ty),*) => {$(
        impl_plain_value!(
            $type, "int",
            write: |value| cell(INT, TVMFFIAnyDataUnion { v_int64: value as i64 }),
            strict: |data| data.type_index == INT,
            read: |data| int_of(data) as $type,
            cast: |data| match data.type_index {
                INT | BOOL => Ok(int_of(data) as $type),
                _ => Err(()),
            },
        );
    )*};
}
impl_integer!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

macro_rules! impl_float {
    ($($type:ty),*) => {$(
        impl_plain_value!(
            $type, "float",
            write: |value| cell(FLOAT, TVMFFIAnyDataUnion { v_float64: f64::from(value) }),
            strict: |data| data.type_index == FLOAT,
            read: |data| float_of(data) as $type,
            cast: |data| match data.type_index {
                FLOAT => Ok(float_of(data) as $type),
                INT | BOOL => Ok(int_of(data) as $type),
                _ => Err(()),
            },
        );
    )*};
}
impl_float!(f32, f64);

impl_plain_value!(
    (), "None",
    write: |_value| TVMFFIAny::new(),
    strict: |data| data.type_index == NONE,
    read: |_data| (),
    cast: |data| if data.type_index == NONE { Ok(()) } else { Err(()) },
);

impl_plain_value!(
    *mut c_void, "void*",
    write: |value| cell(OPAQUE_PTR, TVMFFIAnyDataUnion { v_ptr: value }),
    strict: |data| data.type_index == OPAQUE_PTR,
    read: |data| {
        // SAFETY: all eight payload bytes of a complete cell are initialised.
        unsafe { data.data_union.v_ptr }
    },
    cast: |data| match data.type_index {
        // SAFETY: all eight payload bytes of a complete cell are initialised.
        OPAQUE_PTR => Ok(unsafe { data.data_union.v_ptr }),
        NONE => Ok(std::ptr::null_mut()),
        _ => Err(()),
    },
);

/// The device in a payload, unless its type code is unknown to this crate.
fn device_of(data: &TVMFFIAny) -> Option<DLDevice> {
    // SAFETY: all eight payload bytes of a complete cell are initialised. They are read as
    // integers because an unknown code must never become a `DLDeviceType`.
    let [a, b, c, d, id @ ..] = unsafe { data.data_union.v_bytes };
    let device_type = DLDeviceType::from_code(i32::from_ne_bytes([a, b, c, d]))?;
    Some(DLDevice::new(device_type, i32::from_ne_bytes(id)))
}

impl_plain_value!(
    DLDevice, "Device",
    write: |value| cell(DEVICE, TVMFFIAnyDataUnion { v_device: value }),
    strict: |data| data.type_index == DEVICE && device_of(data).is_some(),
    read: |data| device_of(data).expect("the strict check has seen a known device type"),
    cast: |data| if data.type_index == DEVICE { device_of(data).ok_or(()) } else { Err(()) },
);

/// A complete cell with a data type.
fn data_type_cell(value: DLDataType) -> TVMFFIAny {
    // The type fills half of the payload; the other half must stay zero.
    let mut data = cell(DATA_TYPE, TVMFFIAnyDataUnion { v_uint64: 0 });
    data.data_union.v_dtype = value;
    data
}

impl_plain_value!(
    DLDataType, "DataType",
    write: |value| data_type_cell(value),
    strict: |data| data.type_index == DATA_TYPE,
    read: |data| {
        // SAFETY: any bytes are a valid `DLDataType`.
        unsafe { data.data_union.v_dtype }
    },
    cast: |data| {
        // SAFETY: the cell is valid by the contract of the surrounding function.
        match unsafe { crate::byte_cell::text_bytes(data) } {
            Some(text) => crate::dtype::parse(text).map_err(drop),
            // SAFETY: any bytes are a valid `DLDataType`.
            None if data.type_index == DATA_TYPE => Ok(unsafe { data.data_union.v_dtype }),
            None => Err(()),
        }
    },
);

// SAFETY: None stands for `None`, everything else is a cell of `T`.
unsafe impl<T: AnyCompatible> AnyCompatible for Option<T> {
    #[inline]
    unsafe fn copy_to_any_view(src: &Self, data: &mut TVMFFIAny) {
        match src {
            // SAFETY: the caller's promises pass on.
            Some(value) => unsafe { T::copy_to_any_view(value, data) },
            None => *data = TVMFFIAny::new(),
        }
    }
    #[inline]
    unsafe fn move_to_any(src: Self, data: &mut TVMFFIAny) {
        match src {
            // SAFETY: the caller's promises pass on.
            Some(value) => unsafe { T::move_to_any(value, data) },
            None => *data = TVMFFIAny::new(),
        }
    }
    #[inline]
    unsafe fn check_any_strict(data: &TVMFFIAny) -> bool {
        // SAFETY: the caller's promises pass on.
        data.type_index == NONE || unsafe { T::check_any_strict(data) }
    }
    #[inline]
    unsafe fn copy_from_any_view_after_check(data: &TVMFFIAny) -> Self {
        if data.type_index == NONE {
            return None;
        }
        // SAFETY: not None, so the strict check of `T` was true.
        Some(unsafe { T::copy_from_any_view_after_check(data) })
    }
    #[inline]
    unsafe fn move_from_any_after_check(data: &mut TVMFFIAny) -> Self {
        if data.type_index == NONE {
            return None;
        }
        // SAFETY: not None, so the strict check of `T` was true.
        Some(unsafe { T::move_from_any_after_check(data) })
    }
    #[inline]
    unsafe fn try_cast_from_any_view(data: &TVMFFIAny) -> Result<Self, ()> {
        if data.type_index == NONE {
            return Ok(None);
        }
        // SAFETY: the caller's promises pass on.
        unsafe { T::try_cast_from_any_view(data) }.map(Some)
    }
    fn type_str() -> std::string::String {
        format!("Optional<{}>", T::type_str())
    }
}

crate::impl_try_from_any_for_parametric!(Option<T>);

impl<T: AnyCompatible> crate::function_internal::ArgIntoRef for Option<T> {
    type Target = Self;
    fn to_ref(&self) -> &Self {
        self
    }
}

impl<T: AnyCompatible> crate::function_internal::ArgIntoRef for &Option<T> {
    type Target = Option<T>;
    fn to_ref(&self) -> &Option<T> {
        self
    }
}

impl<T: AnyCompatible> crate::function_internal::IntoArgHolder for Option<T> {
    type Target = Self;
    fn into_arg_holder(self) -> Self {
        self
    }
}

impl<'a, T: AnyCompatible> crate::function_internal::IntoArgHolder for &'a Option<T> {
    type Target = &'a Option<T>;
    fn into_arg_holder(self) -> Self {
        self
    }
}
