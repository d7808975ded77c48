// SPDX-License-Identifier: Apache-2.0
//! Data types: their text form, and the data types of Rust's numbers.

use tvm_ffi_sys::{
    DLDataType, DLDataTypeCode, TVMFFIAny, TVMFFIByteArray, TVMFFIDataTypeFromString,
    TVMFFIDataTypeToString,
};

use crate::any::Any;
use crate::error::{Error, Result};

/// Text conversions of [`DLDataType`].
pub trait DLDataTypeExt: Sized {
    /// The text, e.g. `int32`, `float32x4`, `bool`.
    ///
    /// Panics for a type code that has no name.
    fn to_string(&self) -> crate::string::String;
    /// Parses a text; a `ValueError` when it names no data type.
    fn try_from_str(dtype_str: &str) -> Result<Self>;
}

/// Parses the bytes of a text.
pub(crate) fn parse(text: &[u8]) -> Result<DLDataType> {
    let array = TVMFFIByteArray::new(text.as_ptr(), text.len());
    let mut dtype = DLDataType {
        code: 0,
        bits: 0,
        lanes: 0,
    };
    // SAFETY: both pointers are valid for the call.
    crate::check_safe_call!(unsafe { TVMFFIDataTypeFromString(&array, &mut dtype) })?;
    Ok(dtype)
}

/// Prints a data type.
fn print(dtype: &DLDataType) -> Result<crate::string::String> {
    let mut cell = TVMFFIAny::new();
    // SAFETY: both pointers are valid for the call.
    crate::check_safe_call!(unsafe { TVMFFIDataTypeToString(dtype, &mut cell) })?;
    // SAFETY: on success the cell is an owned string.
    unsafe { Any::from_raw_ffi_any(cell) }.try_into()
}

impl DLDataTypeExt for DLDataType {
    fn to_string(&self) -> crate::string::String {
        print(self).unwrap_or_else(|error: Error| panic!("{error}"))
    }

    fn try_from_str(dtype_str: &str) -> Result<Self> {
        parse(dtype_str.as_bytes())
    }
}

/// A Rust number that is an element of tensors.
///
/// # Safety
/// The type has the size of the data type, and every pattern of bits is a value of it.
pub unsafe trait AsDLDataType: Copy {
    /// Its data type.
    const DL_DATA_TYPE: DLDataType;
}

macro_rules! impl_as_dl_data_type {
    ($($type:ty: $code:ident $bits:literal),* $(,)?) => {$(
        // SAFETY: a number of that many bits.
        unsafe impl AsDLDataType for $type {
            const DL_DATA_TYPE: DLDataType = DLDataType::new(DLDataTypeCode::$code, $bits, 1);
        }
    )*};
}

impl_as_dl_data_type!(
    i8: kDLInt 8, i16: kDLInt 16, i32: kDLInt 32, i64: kDLInt 64,
    u8: kDLUInt 8, u16: kDLUInt 16, u32: kDLUInt 32, u64: kDLUInt 64,
    f32: kDLFloat 32, f64: kDLFloat 64,
);
