// SPDX-License-Identifier: Apache-2.0
//! The derives for object structs and their references.
//!
//! ```
//! use tvm_ffi::object::{Object, ObjectArc};
//!
//! /// Mirrors the C++ object `testing.TestObjectBase` (key, parent and layout must agree).
//! #[repr(C)]
//! #[derive(tvm_ffi::derive::Object)]
//! #[type_key = "testing.TestObjectBase"]
//! pub struct TestObjectBaseObj {
//!     base: Object,
//!     pub v_i64: i64,
//!     pub v_f64: f64,
//!     pub v_str: tvm_ffi::String,
//! }
//!
//! /// A counted reference to such an object.
//! #[repr(C)]
//! #[derive(tvm_ffi::derive::ObjectRef, Clone)]
//! pub struct TestObjectBase {
//!     data: ObjectArc<TestObjectBaseObj>,
//! }
//! ```

pub use tvm_ffi_macros::{Object, ObjectRef};
