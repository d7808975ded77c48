// SPDX-License-Identifier: Apache-2.0
//! `#[derive(Object)]` and `#[derive(ObjectRef)]`.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Attribute, Data, DeriveInput, Error, Expr, Field, Fields, Lit, Meta, Result};

use crate::utils::crate_path;

const KEY_EXPECTED: &str = "Expect #[type_key = \"<my_type_key>\"] attribute";
const INDEX_EXPECTED: &str = "Expect #[type_index(TypeIndex::<my_type_index>)] attribute";
const FINAL_EXPECTED: &str = "Expect #[type_final] attribute";

fn find<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes
        .iter()
        .find(|attribute| attribute.path().is_ident(name))
}

/// The text of `#[type_key = "..."]`.
fn type_key(attributes: &[Attribute]) -> Result<String> {
    let Some(attribute) = find(attributes, "type_key") else {
        return Err(Error::new(Span::call_site(), KEY_EXPECTED));
    };
    if let Meta::NameValue(pair) = &attribute.meta {
        if let Expr::Lit(literal) = &pair.value {
            if let Lit::Str(text) = &literal.lit {
                return Ok(text.value());
            }
        }
    }
    Err(Error::new_spanned(attribute, KEY_EXPECTED))
}

/// The expression of `#[type_index(...)]`, if the attribute is there.
fn type_index(attributes: &[Attribute]) -> Result<Option<Expr>> {
    let Some(attribute) = find(attributes, "type_index") else {
        return Ok(None);
    };
    match &attribute.meta {
        Meta::List(list) => list
            .parse_args::<Expr>()
            .map(Some)
            .map_err(|error| Error::new(error.span(), format!("{INDEX_EXPECTED}: {error}"))),
        _ => Err(Error::new_spanned(attribute, INDEX_EXPECTED)),
    }
}

/// Whether `#[type_final]` is there.
fn type_final(attributes: &[Attribute]) -> Result<bool> {
    match find(attributes, "type_final") {
        None => Ok(false),
        Some(attribute) if matches!(attribute.meta, Meta::Path(_)) => Ok(true),
        Some(attribute) => Err(Error::new_spanned(attribute, FINAL_EXPECTED)),
    }
}

/// The first named field of a struct.
fn first_field<'a>(input: &'a DeriveInput, expected: &str) -> Result<&'a Field> {
    if let Data::Struct(data) = &input.data {
        if let Fields::Named(fields) = &data.fields {
            if let Some(field) = fields.named.first() {
                return Ok(field);
            }
        }
    }
    Err(Error::new_spanned(&input.ident, expected))
}

pub fn derive_object(input: DeriveInput) -> Result<TokenStream> {
    let krate = crate_path();
    let key = type_key(&input.attrs)?;
    let index = type_index(&input.attrs)?;
    let is_final = type_final(&input.attrs)?;
    let field = first_field(
        &input,
        "First field must be `<base_name>: <ObjectCoreType>`",
    )?;
    let (name, base, parent) = (&input.ident, &field.ident, &field.ty);
    let index_body = match index {
        Some(expression) => quote!((#expression) as i32),
        None => quote! {
            static CACHE: ::core::sync::atomic::AtomicI32 =
                ::core::sync::atomic::AtomicI32::new(-1);
            #krate::object::cached_type_index(&CACHE, #key)
        },
    };
    Ok(quote! {
        const _: () = ::core::assert!(
            !<#parent as #krate::object::ObjectCore>::TYPE_FINAL,
            "an object type cannot derive from a final parent"
        );
        const _: () = ::core::assert!(
            ::core::mem::offset_of!(#name, #base) == 0,
            "the parent must come first in memory: add #[repr(C)]"
        );
        // SAFETY: the assertion above puts the parent, and with it the header, at offset 0; that
        // instances match the registered type is the contract of the derive.
        #[automatically_derived]
        unsafe impl #krate::object::ObjectCore for #name {
            const TYPE_KEY: &'static str = #key;
            const TYPE_DEPTH: i32 = <#parent as #krate::object::ObjectCore>::TYPE_DEPTH + 1;
            const TYPE_FINAL: bool = #is_final;
            fn type_index() -> i32 {
                #index_body
            }
            unsafe fn object_header_mut(
                this: &mut Self,
            ) -> &mut #krate::tvm_ffi_sys::TVMFFIObject {
                // SAFETY: the caller's promise for the child holds for its parent part.
                unsafe {
                    <#parent as #krate::object::ObjectCore>::object_header_mut(&mut this.#base)
                }
            }
        }
    })
}

pub fn derive_object_ref(input: DeriveInput) -> Result<TokenStream> {
    if !matches!(input.data, Data::Struct(_)) {
        return Err(Error::new_spanned(
            &input.ident,
            "derive only works for structs",
        ));
    }
    let krate = crate_path();
    let field = first_field(&input, "First field must be `data: ObjectArc<T>`")?;
    let (name, data, arc) = (&input.ident, &field.ident, &field.ty);
    let argument_traits = (name != "ObjectRef").then(|| {
        quote! {
            #krate::impl_try_from_any!(#name);
            #krate::impl_arg_into_ref!(#name);
            #krate::impl_into_arg_holder_default!(#name);
        }
    });
    let core = quote!(#krate::object::ObjectRefCore);
    let object = quote!(<#name as #core>::ContainerType);
    Ok(quote! {
        // SAFETY: the struct is its one `ObjectArc`, which all three functions pass on unchanged.
        #[automatically_derived]
        unsafe impl #core for #name {
            type ContainerType = <#arc as ::core::ops::Deref>::Target;
            fn data(this: &Self) -> &#krate::object::ObjectArc<Self::ContainerType> {
                &this.#data
            }
            fn into_data(this: Self) -> #krate::object::ObjectArc<Self::ContainerType> {
                this.#data
            }
            fn from_data(data: #krate::object::ObjectArc<Self::ContainerType>) -> Self {
                Self { #data: data }
            }
        }
        // SAFETY: cells carry the object pointer and its dynamic type index, and the strict check
        // accepts exactly the instances of the container type.
        #[automatically_derived]
        unsafe impl #krate::type_traits::AnyCompatible for #name {
            const MATCH_ANY_EXACT: bool = <#object as #krate::object::ObjectCore>::TYPE_FINAL;
            fn match_any_exact_type_index() -> i32 {
                <#object as #krate::object::ObjectCore>::type_index()
            }
            unsafe fn copy_to_any_view(src: &Self, data: &mut #krate::tvm_ffi_sys::TVMFFIAny) {
                #krate::object::write_borrowed_cell(src, data)
            }
            unsafe fn move_to_any(src: Self, data: &mut #krate::tvm_ffi_sys::TVMFFIAny) {
                #krate::object::write_owned_cell(src, data)
            }
            unsafe fn check_any_strict(data: &#krate::tvm_ffi_sys::TVMFFIAny) -> bool {
                #krate::object::is_instance_of::<#object>(data.type_index)
            }
            unsafe fn copy_from_any_view_after_check(
                data: &#krate::tvm_ffi_sys::TVMFFIAny,
            ) -> Self {
                // SAFETY: the caller has checked the cell.
                unsafe { #krate::object::read_cell(data) }
            }
            unsafe fn move_from_any_after_check(
                data: &mut #krate::tvm_ffi_sys::TVMFFIAny,
            ) -> Self {
                // SAFETY: the caller has checked the cell and gives up its reference.
                unsafe { #krate::object::take_cell(data) }
            }
            unsafe fn try_cast_from_any_view(
                data: &#krate::tvm_ffi_sys::TVMFFIAny,
            ) -> ::core::result::Result<Self, ()> {
                if #krate::object::is_instance_of::<#object>(data.type_index) {
                    // SAFETY: just checked.
                    ::core::result::Result::Ok(unsafe { #krate::object::read_cell(data) })
                } else {
                    ::core::result::Result::Err(())
                }
            }
            fn type_str() -> ::std::string::String {
                ::std::string::String::from(
                    <#object as #krate::object::ObjectCore>::TYPE_KEY,
                )
            }
        }
        #argument_traits
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(derive: fn(DeriveInput) -> Result<TokenStream>, input: &str) -> String {
        match syn::parse_str::<DeriveInput>(input).and_then(derive) {
            Ok(_) => panic!("accepted: {input}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_type_key_is_required() {
        for input in [
            "struct X { base: Object }",
            "#[type_key] struct X { base: Object }",
            "#[type_key = 5] struct X { base: Object }",
        ] {
            assert_eq!(error(derive_object, input), KEY_EXPECTED, "{input}");
        }
    }

    #[test]
    fn attributes_have_one_form() {
        let index = "#[type_key = \"x\"] #[type_index = 5] struct X { base: Object }";
        assert!(error(derive_object, index).starts_with(INDEX_EXPECTED));
        let empty = "#[type_key = \"x\"] #[type_index()] struct X { base: Object }";
        assert!(error(derive_object, empty).starts_with(INDEX_EXPECTED));
        let is_final = "#[type_key = \"x\"] #[type_final(true)] struct X { base: Object }";
        assert_eq!(error(derive_object, is_final), FINAL_EXPECTED);
    }

    #[test]
    fn only_structs_with_a_parent_are_objects() {
        let expected = "First field must be `<base_name>: <ObjectCoreType>`";
        for input in [
            "#[type_key = \"x\"] enum X { A }",
            "#[type_key = \"x\"] union X { a: i32 }",
            "#[type_key = \"x\"] struct X {}",
            "#[type_key = \"x\"] struct X(Object);",
        ] {
            assert_eq!(error(derive_object, input), expected, "{input}");
        }
    }

    #[test]
    fn only_structs_with_a_pointer_are_references() {
        assert_eq!(
            error(derive_object_ref, "enum X { A }"),
            "derive only works for structs"
        );
        assert_eq!(
            error(derive_object_ref, "struct X;"),
            "First field must be `data: ObjectArc<T>`"
        );
    }
}
