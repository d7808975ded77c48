// SPDX-License-Identifier: Apache-2.0
//! `#[dispatch(visit)]`: an implementation of `VisitDispatch` from the `visit_*` methods of an
//! inherent `impl`.
//!
//! Attribute macros run before `#[cfg]` is evaluated, so the conditions of the handlers are copied
//! to the generated code, where the compiler evaluates them.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Error, FnArg, Ident, ImplItem, ImplItemFn, Item, ItemImpl, Meta, Result, Token, Type,
};

use crate::utils::crate_path;

const SIGNATURE: &str = "visit handlers must take `&mut self`, a node, and optionally a trailing \
                         `DefRegionKind` argument";
const CATCH_ALL_LAST: &str =
    "the `&VisitValue` catch-all handler must be last among enabled handlers";

/// The words between the parentheses of the attribute.
struct Arguments;

impl Parse for Arguments {
    fn parse(input: ParseStream) -> Result<Self> {
        let expected = || Error::new(input.span(), "expected `dispatch(visit)`");
        let word: Ident = input.parse().map_err(|_| expected())?;
        if word != "visit" {
            return Err(Error::new(word.span(), "expected `dispatch(visit)`"));
        }
        if !input.is_empty() {
            return Err(input.error(
                "`dispatch(visit)` takes no further arguments; a handler that needs the \
                 definition-region state declares a trailing `DefRegionKind` argument",
            ));
        }
        Ok(Self)
    }
}

/// What a handler matches.
enum Matches {
    Everything,
    Node(Type),
    Owned(Type),
}

struct Handler {
    name: Ident,
    matches: Matches,
    takes_kind: bool,
    /// Conditions under which the handler exists.
    conditions: Vec<TokenStream>,
}

pub fn dispatch(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    syn::parse2::<Arguments>(attribute)?;
    let Ok(Item::Impl(block)) = syn::parse2::<Item>(item.clone()) else {
        return Err(Error::new_spanned(
            item,
            "`dispatch(visit)` requires an inherent impl",
        ));
    };
    if let Some((_, path, _)) = &block.trait_ {
        return Err(Error::new_spanned(
            path,
            "`dispatch(visit)` requires an inherent impl",
        ));
    }
    let mut handlers = Vec::new();
    for item in &block.items {
        if let ImplItem::Fn(method) = item {
            if method.sig.ident.to_string().starts_with("visit_") {
                handlers.push(handler(method)?);
            }
        }
    }
    if handlers.is_empty() {
        return Err(Error::new_spanned(
            &block.self_ty,
            "`dispatch(visit)` found no `visit_*` methods",
        ));
    }
    Ok(expand(&block, &handlers))
}

/// Reads the signature of a handler.
fn handler(method: &ImplItemFn) -> Result<Handler> {
    let signature = || Error::new_spanned(&method.sig, SIGNATURE);
    let mut inputs = method.sig.inputs.iter();
    match inputs.next() {
        Some(FnArg::Receiver(receiver))
            if receiver.reference.is_some() && receiver.mutability.is_some() => {}
        _ => return Err(signature()),
    }
    let Some(FnArg::Typed(value)) = inputs.next() else {
        return Err(signature());
    };
    let takes_kind = inputs.next().is_some();
    if inputs.next().is_some() {
        return Err(signature());
    }
    let matches = match &*value.ty {
        Type::Reference(reference) if reference.mutability.is_some() => {
            return Err(Error::new_spanned(
                reference,
                "visit handler values cannot be mutable references",
            ));
        }
        Type::Reference(reference) if is_visit_value(&reference.elem) => Matches::Everything,
        Type::Reference(reference) => Matches::Node((*reference.elem).clone()),
        owned => Matches::Owned(owned.clone()),
    };
    let conditions = conditions(&method.attrs)?;
    Ok(Handler {
        name: method.sig.ident.clone(),
        matches,
        takes_kind,
        conditions,
    })
}

/// Whether the last path segment says `VisitValue`.
fn is_visit_value(ty: &Type) -> bool {
    matches!(ty, Type::Path(path)
        if path.path.segments.last().is_some_and(|segment| segment.ident == "VisitValue"))
}

/// The conditions in `#[cfg(..)]` and in the cfg parts of `#[cfg_attr(.., cfg(..))]`.
fn conditions(attributes: &[Attribute]) -> Result<Vec<TokenStream>> {
    let mut found = Vec::new();
    for attribute in attributes {
        collect_conditions(&attribute.meta, None, &mut found)?;
    }
    Ok(found)
}

/// Adds the conditions of one attribute that applies when `guard` holds.
fn collect_conditions(
    meta: &Meta,
    guard: Option<&TokenStream>,
    found: &mut Vec<TokenStream>,
) -> Result<()> {
    let Meta::List(list) = meta else {
        return Ok(());
    };
    if list.path.is_ident("cfg") {
        let condition = &list.tokens;
        found.push(match guard {
            Some(guard) => quote!(any(not(#guard), #condition)),
            None => quote!(#condition),
        });
    } else if list.path.is_ident("cfg_attr") {
        let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)?;
        let mut parts = parts.iter();
        let Some(condition) = parts.next() else {
            return Ok(());
        };
        let condition = match guard {
            Some(guard) => quote!(all(#guard, #condition)),
            None => quote!(#condition),
        };
        for part in parts {
            collect_conditions(part, Some(&condition), found)?;
        }
    }
    Ok(())
}

/// `#[cfg(all(..))]`, or nothing without conditions.
fn cfg(conditions: &[&TokenStream]) -> Option<TokenStream> {
    (!conditions.is_empty()).then(|| quote!(#[cfg(all(#(#conditions),*))]))
}

fn expand(block: &ItemImpl, handlers: &[Handler]) -> TokenStream {
    let krate = crate_path();
    let visit = quote!(#krate::extra::structural_visit);
    let attempts = handlers.iter().map(|handler| {
        let Handler {
            name,
            matches,
            takes_kind,
            conditions,
        } = handler;
        let cfg = cfg(&conditions.iter().collect::<Vec<_>>());
        let kind = takes_kind.then(|| quote!(, def_region_kind));
        let call = |argument: TokenStream| {
            quote! {
                return ::core::option::Option::Some(
                    #visit::IntoVisitResult::into_visit_result(self.#name(#argument #kind)),
                );
            }
        };
        let attempt = match matches {
            Matches::Everything => call(quote!(value)),
            Matches::Node(node) => {
                let call = call(quote!(node));
                quote! {
                    if let ::core::option::Option::Some(node) = value.as_node::<#node>() {
                        #call
                    }
                }
            }
            Matches::Owned(owned) => {
                let call = call(quote!(owned));
                quote! {
                    if let ::core::option::Option::Some(owned) = value.cast::<#owned>() {
                        #call
                    }
                }
            }
        };
        quote!(#cfg { #attempt })
    });
    let misplaced = misplaced_catch_alls(handlers);
    let block_conditions = conditions(&block.attrs).unwrap_or_default();
    let block_cfg = cfg(&block_conditions.iter().collect::<Vec<_>>());
    let self_ty = &block.self_ty;
    let (generics, _, where_clause) = block.generics.split_for_impl();
    quote! {
        #block
        #block_cfg
        #[automatically_derived]
        impl #generics #krate::extra::dispatch::VisitDispatch for #self_ty #where_clause {
            #[allow(unreachable_code, unused_variables)]
            fn dispatch_visit(
                &mut self,
                value: &#visit::VisitValue,
                def_region_kind: #visit::DefRegionKind,
            ) -> ::core::option::Option<#krate::Result<#visit::WalkResult>> {
                #misplaced
                #(#attempts)*
                ::core::option::Option::None
            }
        }
    }
}

/// A compile error for each handler behind a catch-all, under the conditions of both.
fn misplaced_catch_alls(handlers: &[Handler]) -> TokenStream {
    let mut errors = TokenStream::new();
    for (index, catch_all) in handlers.iter().enumerate() {
        if !matches!(catch_all.matches, Matches::Everything) {
            continue;
        }
        for later in &handlers[index + 1..] {
            let both: Vec<_> = catch_all
                .conditions
                .iter()
                .chain(&later.conditions)
                .collect();
            let cfg = cfg(&both);
            errors.extend(quote!(#cfg { ::core::compile_error!(#CATCH_ALL_LAST); }));
        }
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The error of an attribute on an item, or of a compile error in its expansion.
    fn error(attribute: &str, item: &str) -> String {
        let outcome = dispatch(attribute.parse().unwrap(), item.parse().unwrap());
        match outcome {
            Ok(expansion) => panic!("accepted: {expansion}"),
            Err(error) => error.to_string(),
        }
    }

    fn handler_error(parameters: &str) -> String {
        error(
            "visit",
            &format!("impl V {{ fn visit_x({parameters}) -> WalkResult {{ todo!() }} }}"),
        )
    }

    #[test]
    fn the_attribute_says_visit_and_nothing_else() {
        let item = "impl V { fn visit_x(&mut self, n: i64) -> WalkResult { todo!() } }";
        assert_eq!(error("", item), "expected `dispatch(visit)`");
        assert_eq!(error("walk", item), "expected `dispatch(visit)`");
        assert!(error("visit, x", item).contains("takes no further arguments"));
    }

    #[test]
    fn the_item_is_an_inherent_impl_with_handlers() {
        let inherent = "`dispatch(visit)` requires an inherent impl";
        assert_eq!(error("visit", "struct V;"), inherent);
        assert_eq!(
            error("visit", "impl T for V { fn visit_x(&mut self, n: i64) {} }"),
            inherent
        );
        assert_eq!(
            error("visit", "impl V { fn other(&self) {} }"),
            "`dispatch(visit)` found no `visit_*` methods"
        );
    }

    #[test]
    fn handlers_have_one_signature() {
        for parameters in ["", "&self, n: i64", "self, n: i64", "&mut self", "n: i64"] {
            assert_eq!(handler_error(parameters), SIGNATURE, "{parameters}");
        }
        assert_eq!(
            handler_error("&mut self, n: i64, k: DefRegionKind, x: u8"),
            SIGNATURE
        );
        assert_eq!(
            handler_error("&mut self, n: &mut Node"),
            "visit handler values cannot be mutable references"
        );
    }

    #[test]
    fn a_catch_all_before_another_handler_is_an_error_under_their_conditions() {
        let expand = |first: &str, second: &str| {
            let item = format!(
                "impl V {{ {first} fn visit_all(&mut self, v: &VisitValue) -> WalkResult {{}}
                 {second} fn visit_int(&mut self, n: i64) -> WalkResult {{}} }}"
            );
            dispatch("visit".parse().unwrap(), item.parse().unwrap())
                .unwrap()
                .to_string()
        };
        assert!(expand("", "").contains("must be last among enabled handlers"));
        let conditional = expand("#[cfg(a)]", "#[cfg_attr(b, inline, cfg(c))]");
        let expected = quote!(
            #[cfg(all(a, any(not(b), c)))]
            {
                ::core::compile_error!(#CATCH_ALL_LAST);
            }
        );
        assert!(conditional.contains(&expected.to_string()), "{conditional}");
    }
}
