// SPDX-License-Identifier: Apache-2.0
//! A binding written by hand, which generated ones derive from.

use tvm_ffi::{Object, ObjectArc};

/// Object struct of [`Base`].
#[repr(C)]
#[derive(tvm_ffi::derive::Object)]
#[type_key = "testing.TestCxxClassBase"]
pub struct BaseObj {
    base: Object,
    /// A number.
    pub v_i64: i64,
    /// A smaller number.
    pub v_i32: i32,
}

impl BaseObj {
    /// All fields, as generated constructors pass them on.
    pub fn new(v_i64: i64, v_i32: i32) -> Self {
        let base = Object::new();
        Self { base, v_i64, v_i32 }
    }
}

/// Parent of generated types.
#[repr(C)]
#[derive(tvm_ffi::derive::ObjectRef, Clone)]
pub struct Base {
    data: ObjectArc<BaseObj>,
}

impl Base {
    /// The sum of both numbers.
    pub fn sum(&self) -> i64 {
        self.data.v_i64 + i64::from(self.data.v_i32)
    }
}
