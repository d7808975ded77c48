// SPDX-License-Identifier: Apache-2.0
//! Raw declarations of the tvm-ffi C ABI.
//!
//! The modules mirror the C headers one to one so that each can be checked against the other:
//! [`dlpack`] is `dlpack/dlpack.h`, [`c_api`] is `tvm/ffi/c_api.h`, [`c_env_api`] is
//! `tvm/ffi/extra/c_env_api.h`. Everything is re-exported at the root. Nothing here owns or checks
//! anything; ownership and safety live in the crate `tvm-ffi`.
//!
//! Layouts are for 64-bit little-endian targets and pinned by constant assertions.

#![deny(missing_docs, unsafe_op_in_unsafe_fn)]
#![allow(non_camel_case_types, non_upper_case_globals)]

/// Asserts size, alignment, and offsets of fields at compile time.
macro_rules! assert_layout {
    ($type:ty, $size:literal align $align:literal $(, $field:ident: $offset:literal)* $(,)?) => {
        const _: () = assert!(
            ::std::mem::size_of::<$type>() == $size && ::std::mem::align_of::<$type>() == $align
        );
        $(const _: () = assert!(::std::mem::offset_of!($type, $field) == $offset);)*
    };
}

pub mod c_api;
pub mod c_env_api;
pub mod dlpack;

pub use c_api::*;
pub use c_env_api::*;
pub use dlpack::*;
