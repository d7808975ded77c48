// SPDX-License-Identifier: Apache-2.0
//! The bindings; `tvm-ffi-stubgen --target rust src` fills in the files that have markers.

pub mod demo;
pub mod extra;
pub mod hand;
pub mod kinds;
pub mod opaque_kinds;
pub mod testing;
