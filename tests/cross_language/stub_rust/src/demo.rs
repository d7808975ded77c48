// SPDX-License-Identifier: Apache-2.0
//! Types of `tests/python/stubgen_extension.cc`.
// tvm-ffi-stubgen(prefix): demo
// tvm-ffi-stubgen(custom-new): demo.Shape

impl Shape {
    /// A shape with the number that C++ gives by default.
    pub fn new(name: &str) -> Self {
        Self::from_fields(name, 0)
    }
}
