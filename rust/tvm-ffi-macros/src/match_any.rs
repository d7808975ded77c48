// SPDX-License-Identifier: Apache-2.0
//! `match_any!`: dispatch on the type of a dynamic value.
//!
//! Arms become nested `match` expressions over their conversion results, so a value that an arm
//! converts and then rejects is dropped before the next arm is tried, and arm bodies stay ordinary
//! expressions of the enclosing function.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{braced, parenthesized, Error, Expr, Pat, Result, Token, TypePath};

use crate::utils::crate_path;

/// From this number of typed arms on, a lookup table replaces ordered matching where it can.
const TABLE_MINIMUM: usize = 20;

/// `Type(pattern) if guard => body`
struct Arm {
    ty: TypePath,
    pattern: Pat,
    guard: Option<Expr>,
    body: Expr,
}

pub struct Input {
    scrutinee: Expr,
    arms: Vec<Arm>,
    fallback: Expr,
}

impl Parse for Arm {
    fn parse(input: ParseStream) -> Result<Self> {
        // A type path would swallow the parentheses of the pattern as `Fn(..)` sugar, so the path
        // is read with expression rules, in which generics may have a turbofish or not.
        let ty = parse_type_path(input)?;
        let content;
        parenthesized!(content in input);
        let pattern = if content.is_empty() {
            return Err(content.error("expected one binding pattern"));
        } else {
            Pat::parse_single(&content)?
        };
        if !content.is_empty() {
            return Err(content.error("expected one binding pattern"));
        }
        let guard = if input.peek(Token![if]) {
            input.parse::<Token![if]>()?;
            Some(input.parse()?)
        } else {
            None
        };
        input.parse::<Token![=>]>()?;
        Ok(Self {
            ty,
            pattern,
            guard,
            body: input.parse()?,
        })
    }
}

/// Reads `a::B<C>::D` or `B::<C>`, up to the opening parenthesis.
fn parse_type_path(input: ParseStream) -> Result<TypePath> {
    let mut path = syn::Path {
        leading_colon: input.parse()?,
        segments: syn::punctuated::Punctuated::new(),
    };
    loop {
        let ident = syn::Ident::parse_any_segment(input)?;
        let mut segment = syn::PathSegment::from(ident);
        let turbofish = input.peek(Token![::]) && input.peek3(Token![<]);
        if turbofish || input.peek(Token![<]) {
            let arguments: syn::AngleBracketedGenericArguments = if turbofish {
                syn::AngleBracketedGenericArguments::parse_turbofish(input)?
            } else {
                input.parse()?
            };
            segment.arguments = syn::PathArguments::AngleBracketed(arguments);
        }
        path.segments.push_value(segment);
        if !input.peek(Token![::]) {
            return Ok(TypePath { qself: None, path });
        }
        path.segments.push_punct(input.parse()?);
    }
}

/// Identifiers of path segments, keywords like `crate` and `self` included.
trait ParseAnySegment: Sized {
    fn parse_any_segment(input: ParseStream) -> Result<Self>;
}

impl ParseAnySegment for syn::Ident {
    fn parse_any_segment(input: ParseStream) -> Result<Self> {
        use syn::ext::IdentExt;
        if input.peek(Token![crate])
            || input.peek(Token![self])
            || input.peek(Token![super])
            || input.peek(Token![Self])
        {
            syn::Ident::parse_any(input)
        } else {
            input.parse()
        }
    }
}

impl Parse for Input {
    fn parse(input: ParseStream) -> Result<Self> {
        let scrutinee = Expr::parse_without_eager_brace(input)?;
        let content;
        braced!(content in input);
        if !input.is_empty() {
            return Err(input.error("unexpected tokens behind the arms of match_any!"));
        }
        let mut arms = Vec::new();
        loop {
            if content.is_empty() {
                return Err(content.error("match_any! requires a final `_` fallback arm"));
            }
            if content.peek(Token![_]) {
                let fallback = parse_fallback(&content)?;
                return Ok(Self {
                    scrutinee,
                    arms,
                    fallback,
                });
            }
            arms.push(content.parse::<Arm>()?);
            if content.is_empty() {
                continue;
            }
            if !content.peek(Token![,]) {
                return Err(content.error("expected `,` between match_any! arms"));
            }
            content.parse::<Token![,]>()?;
        }
    }
}

/// Reads `_ => expr`, the last arm.
fn parse_fallback(input: ParseStream) -> Result<Expr> {
    input.parse::<Token![_]>()?;
    if input.peek(Token![if]) {
        return Err(input.error("the `_` fallback cannot have a guard"));
    }
    input.parse::<Token![=>]>()?;
    let body = input.parse()?;
    if input.is_empty() {
        return Ok(body);
    }
    if !input.peek(Token![,]) {
        return Err(input.error("expected `,` between match_any! arms"));
    }
    input.parse::<Token![,]>()?;
    if !input.is_empty() {
        return Err(input.error("the `_` fallback must be the final arm"));
    }
    Ok(body)
}

/// Whether the pattern takes every value: a plain identifier or `_`.
fn is_irrefutable(pattern: &Pat) -> bool {
    match pattern {
        Pat::Wild(_) => true,
        Pat::Ident(ident) => {
            // A single capitalised name could be a constant or a unit variant.
            ident.subpat.is_none()
                && ident
                    .ident
                    .to_string()
                    .starts_with(|c: char| c.is_lowercase() || c == '_')
        }
        _ => false,
    }
}

pub fn expand(input: Input) -> Result<TokenStream> {
    let Input {
        scrutinee,
        arms,
        fallback,
    } = input;
    for arm in &arms {
        if matches!(arm.pattern, Pat::Or(_)) {
            return Err(Error::new_spanned(
                &arm.pattern,
                "expected one binding pattern",
            ));
        }
    }
    let krate = crate_path();
    let internal = quote!(#krate::match_any_internal);
    let by_table = arms.len() >= TABLE_MINIMUM
        && arms
            .iter()
            .all(|arm| arm.guard.is_none() && is_irrefutable(&arm.pattern));

    // Names of the expansion itself, invisible to the code of the arms.
    let view = Ident::new("view", Span::mixed_site());
    let is_object = Ident::new("is_object", Span::mixed_site());
    let selection = Ident::new("selection", Span::mixed_site());
    let rest = Ident::new("rest", Span::mixed_site());
    let mut body = quote!(#fallback);
    for (number, arm) in arms.iter().enumerate().rev() {
        let Arm {
            ty,
            pattern,
            guard,
            body: arm_body,
        } = arm;
        let probe = quote!((&#internal::PatternConversionProbe::<#ty>::new()));
        let ordered = quote!(#probe.try_convert(#view));
        let number = number as u32;
        let conversion = if by_table {
            quote! {
                match #selection {
                    ::core::result::Result::Ok(::core::option::Option::Some(#number)) => {
                        // SAFETY: the table selects an arm by the exact index of its type.
                        unsafe { #probe.try_convert_after_exact_match(#view) }
                    }
                    ::core::result::Result::Ok(_) => ::core::result::Result::Err(()),
                    ::core::result::Result::Err(()) => #ordered,
                }
            }
        } else {
            quote!(if #is_object { #ordered } else { ::core::result::Result::Err(()) })
        };
        let guard = guard.as_ref().map(|guard| quote!(if #guard));
        body = quote! {
            match {
                #[allow(unused_imports)]
                use #internal::PatternConversion as _;
                #conversion
            } {
                ::core::result::Result::Ok(#pattern) #guard => #arm_body,
                #rest => {
                    ::core::mem::drop(#rest);
                    #body
                }
            }
        };
    }
    let prepare = if by_table {
        let table = select_by_table(&internal, &arms, &view);
        quote! {
            let #selection: ::core::result::Result<::core::option::Option<u32>, ()> =
                if #internal::is_object(&#view) {
                    #table
                } else {
                    ::core::result::Result::Ok(::core::option::Option::None)
                };
        }
    } else if arms.is_empty() {
        quote!(let _ = #view;)
    } else {
        quote!(let #is_object = #internal::is_object(&#view);)
    };
    Ok(quote! {
        match #internal::scrutinee_view(&(#scrutinee)) {
            #view => {
                #prepare
                #body
            }
        }
    })
}

/// The number of the arm for the view's type index, from a table built once per call site.
fn select_by_table(internal: &TokenStream, arms: &[Arm], view: &Ident) -> TokenStream {
    let types = arms.iter().rev().fold(quote!(()), |tail, arm| {
        let ty = &arm.ty;
        quote!((#ty, #tail))
    });
    let count = arms.len();
    quote! {{
        #[allow(unused_imports)]
        use #internal::LeafPatternMetadata as _;
        static TABLE: ::std::sync::OnceLock<#internal::LeafLookupTable> =
            ::std::sync::OnceLock::new();
        let probe = #internal::LeafPatternProbe::<#types>::new();
        match (&probe).leaf_pattern_list_id() {
            ::core::option::Option::Some(id) => TABLE
                .get_or_init(|| {
                    let mut indices = [0i32; #count];
                    (&probe).fill_leaf_type_indices(&mut indices);
                    #internal::LeafLookupTable::build(id, &indices)
                })
                .lookup(id, #view.type_index()),
            ::core::option::Option::None => ::core::result::Result::Err(()),
        }
    }}
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The message of the compile error that the input ends in.
    fn error(input: &str) -> String {
        match syn::parse_str::<Input>(input).and_then(expand) {
            Ok(_) => panic!("accepted: {input}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_fallback_is_mandatory_last_and_unguarded() {
        let missing = "match_any! requires a final `_` fallback arm";
        assert!(error("x {}").ends_with(missing));
        assert!(error("x { A(a) => 1, }").ends_with(missing));
        assert!(error("x { A(a) => 1 }").ends_with(missing));
        assert_eq!(
            error("x { _ => 1, A(a) => 2 }"),
            "the `_` fallback must be the final arm"
        );
        assert_eq!(
            error("x { _ if c => 1 }"),
            "the `_` fallback cannot have a guard"
        );
    }

    #[test]
    fn an_arm_has_exactly_one_pattern() {
        for input in ["x { A() => 1, _ => 2 }", "x { A(a, b) => 1, _ => 2 }"] {
            assert!(
                error(input).ends_with("expected one binding pattern"),
                "{input}"
            );
        }
        assert!(error("x { A(a | b) => 1, _ => 2 }").ends_with("expected one binding pattern"));
    }

    #[test]
    fn commas_separate_arms_even_behind_blocks() {
        let expected = "expected `,` between match_any! arms";
        assert_eq!(error("x { A(a) => {} B(b) => 1, _ => 2 }"), expected);
        assert_eq!(error("x { A(a) => {} _ => 2 }"), expected);
    }

    #[test]
    fn type_paths_may_carry_generics_in_both_spellings() {
        for input in [
            "x { Array::<i64>(a) => 1, _ => 2 }",
            "*x { a::Array<b::String>(a) if a.ok() => 1, _ => 2, }",
            "x() { ::a::Map::<K, V>(Some(m)) => 1, crate::B(ref b) => 3, _ => 2 }",
            "x { _ => 2 }",
        ] {
            assert!(
                syn::parse_str::<Input>(input).and_then(expand).is_ok(),
                "{input}"
            );
        }
    }

    #[test]
    fn a_table_is_used_from_twenty_plain_arms_on() {
        let expanded = |arms: usize, pattern: &str| {
            let arms: String = (0..arms)
                .map(|n| format!("T{n}({pattern}) => {n},"))
                .collect();
            let input = syn::parse_str::<Input>(&format!("x {{ {arms} _ => 0 }}")).unwrap();
            expand(input).unwrap().to_string()
        };
        assert!(expanded(20, "x").contains("LeafLookupTable"));
        assert!(!expanded(19, "x").contains("LeafLookupTable"));
        assert!(!expanded(20, "Some(x)").contains("LeafLookupTable"));
        assert!(!expanded(20, "x @ _").contains("LeafLookupTable"));
    }
}
