// SPDX-License-Identifier: Apache-2.0
//! The same types with bytes that no field accounts for, so that every field is read by an accessor.
// tvm-ffi-stubgen(prefix): opaque_kinds
