// SPDX-License-Identifier: Apache-2.0
//! Safe Rust binding of the tvm-ffi ABI.
//!
//! Values of every language that speaks the ABI can be held ([`Any`], [`String`], [`Array`],
//! [`Tensor`], ...), functions of every language called ([`Function`]), and modules loaded
//! ([`Module`]). `use tvm_ffi::*;` is the intended prelude.
//!
//! ```
//! use tvm_ffi::*;
//!
//! fn main() -> Result<()> {
//!     Function::register_global(
//!         "doc.scale",
//!         Function::from_typed(|x: f64, by: f64| -> Result<f64> { Ok(x * by) }),
//!     )?;
//!     let scale = into_typed_fn!(Function::get_global("doc.scale")?, Fn(f64, f64) -> Result<f64>);
//!     assert_eq!(scale(2.0, 21.0)?, 42.0);
//!     Ok(())
//! }
//! ```

#![deny(missing_docs, unsafe_op_in_unsafe_fn)]

// Macro expansions say `::tvm_ffi`; this makes the path valid inside the crate as well.
extern crate self as tvm_ffi;

pub mod any;
pub mod big_int;
mod byte_cell;
pub mod collections;
pub mod derive;
pub mod device;
pub mod dtype;
pub mod error;
pub mod extra;
pub mod function;
pub mod function_internal;
pub mod macros;
#[doc(hidden)]
pub mod match_any_internal;
pub mod object;
pub mod optional;
pub mod reflection;
pub mod string;
pub mod type_traits;

/// Compiles and runs the snippets of the guide.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct ReadmeSnippets;

#[cfg(doctest)]
mod compile_fail;

pub use tvm_ffi_sys;

pub use crate::any::{Any, AnyView};
pub use crate::big_int::BigInt;
pub use crate::collections::{Array, CPUNDAlloc, List, Map, NDAllocator, Shape, Tensor};
pub use crate::device::{current_stream, with_stream};
pub use crate::dtype::DLDataTypeExt;
pub use crate::error::{
    Error, ErrorKind, Result, ATTRIBUTE_ERROR, INDEX_ERROR, KEY_ERROR, RUNTIME_ERROR, TYPE_ERROR,
    VALUE_ERROR,
};
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub use crate::extra::ModuleBody;
pub use crate::extra::{
    structural_visit, structural_walk, DefRegionKind, IntoVisitResult, IntoWalker, Module,
    StructuralVisitor, VisitDispatch, VisitInterrupt, VisitValue, WalkChainLink, WalkOrder,
    WalkResult,
};
pub use crate::function::Function;
pub use crate::object::{
    Object, ObjectArc, ObjectCore, ObjectCoreWithExtraItems, ObjectRefCast, ObjectRefCore,
};
pub use crate::optional::{Optional, OptionalCompatible};
pub use crate::reflection::{FieldGetter, ShallowCopy, UnsafeInit};
pub use crate::string::{Bytes, String};
pub use crate::type_traits::AnyCompatible;
pub use tvm_ffi_macros::{dispatch, match_any};
pub use tvm_ffi_sys::{
    DLDataType, DLDataTypeCode, DLDevice, DLDeviceType, TVMFFIAny, TVMFFIObject,
    TVMFFIStreamHandle, TVMFFITypeIndex as TypeIndex,
};
