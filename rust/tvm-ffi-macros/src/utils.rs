// SPDX-License-Identifier: Apache-2.0
//! Parts that all macros share.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::Parse;

/// Parses the input, expands it, and turns a failure into a compile error at its place.
pub fn expand<T: Parse>(
    input: proc_macro::TokenStream,
    body: impl FnOnce(T) -> syn::Result<TokenStream>,
) -> proc_macro::TokenStream {
    syn::parse::<T>(input)
        .and_then(body)
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}

/// Path of the safe crate. It declares itself as `tvm_ffi`, so this also works inside of it.
pub fn crate_path() -> TokenStream {
    quote!(::tvm_ffi)
}
