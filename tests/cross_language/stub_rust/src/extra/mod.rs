// SPDX-License-Identifier: Apache-2.0
//! Types whose parents are in another module, and whose fields Rust cannot lay out.
// tvm-ffi-stubgen(prefix): extra
// tvm-ffi-stubgen(nullable): extra.Loop.callback

pub mod nested;
