// SPDX-License-Identifier: Apache-2.0
//! Procedural macros of the `tvm-ffi` crate, which re-exports all of them: use them from there.
//!
//! Expansions name everything by a full path below `::tvm_ffi`, so they depend on nothing that the
//! user has or has not imported.

#![deny(missing_docs, unsafe_op_in_unsafe_fn)]

use proc_macro::TokenStream;

mod match_any;
mod object_macros;
mod utils;
mod visit;

/// Implements `ObjectCore` for a `#[repr(C)]` struct whose first field is its parent object.
///
/// Attributes: `#[type_key = "<key>"]` (required), `#[type_index(<expr>)]` for a statically
/// assigned index, `#[type_final]` for a type without subtypes.
#[proc_macro_derive(Object, attributes(type_key, type_index, type_final))]
pub fn derive_object(input: TokenStream) -> TokenStream {
    utils::expand(input, object_macros::derive_object)
}

/// Implements `ObjectRefCore`, `AnyCompatible`, the conversions from `Any` and `AnyView`, and the
/// argument traits for a struct whose only field is an `ObjectArc<XObj>`.
#[proc_macro_derive(ObjectRef, attributes(type_key, type_index))]
pub fn derive_object_ref(input: TokenStream) -> TokenStream {
    utils::expand(input, object_macros::derive_object_ref)
}

/// Matches a dynamic value by type: `match_any! { value { Type(pattern) => expr, _ => expr } }`.
///
/// Arms are tried in source order; values below the object range go straight to the final `_`.
#[proc_macro]
pub fn match_any(input: TokenStream) -> TokenStream {
    utils::expand(input, match_any::expand)
}

/// `#[dispatch(visit)]` on an inherent `impl` adds `VisitDispatch`, which tries the methods named
/// `visit_*` in source order.
#[proc_macro_attribute]
pub fn dispatch(attribute: TokenStream, item: TokenStream) -> TokenStream {
    visit::dispatch(attribute.into(), item.into())
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}
