// SPDX-License-Identifier: Apache-2.0
//! The `macro_rules!` macros of the crate, all exported at the root. Expansions use full paths
//! only, so they need no imports.

/// Re-exported so that [`tvm_ffi_dll_export_typed_func!`](crate::tvm_ffi_dll_export_typed_func)
/// works without a dependency of the user's crate.
pub use paste;

/// Path of the enclosing function, e.g. `my_crate::module::func`.
#[macro_export]
macro_rules! function_name {
    () => {{
        fn marker() {}
        let path = ::core::any::type_name_of_val(&marker);
        path.strip_suffix("::marker").unwrap_or(path)
    }};
}

/// One backtrace frame for the place of the macro call.
#[doc(hidden)]
#[macro_export]
macro_rules! __backtrace_frame {
    () => {
        ::std::format!(
            "  File \"{}\", line {}, in {}\n",
            ::core::file!(),
            ::core::line!(),
            $crate::function_name!()
        )
    };
}

/// Returns an error of the given kind with a formatted message and this place as backtrace.
///
/// ```
/// use tvm_ffi::{bail, Result, VALUE_ERROR};
///
/// fn half(n: i64) -> Result<i64> {
///     if n % 2 != 0 {
///         bail!(VALUE_ERROR, "{n} is odd");
///     }
///     Ok(n / 2)
/// }
/// assert_eq!(half(3).unwrap_err().message(), "3 is odd");
/// ```
#[macro_export]
macro_rules! bail {
    ($kind:expr, $format:literal $(, $argument:expr)* $(,)?) => {
        return ::core::result::Result::Err($crate::error::Error::new(
            $kind,
            &::std::format!($format $(, $argument)*),
            &$crate::__backtrace_frame!(),
        ))
    };
}

/// [`bail!`](crate::bail) unless the condition holds.
#[macro_export]
macro_rules! ensure {
    ($condition:expr, $kind:expr, $format:literal $(, $argument:expr)* $(,)?) => {
        if !$condition {
            $crate::bail!($kind, $format $(, $argument)*);
        }
    };
}

/// The result unchanged, except that an error gets this place appended to its backtrace.
#[macro_export]
macro_rules! attach_context {
    ($result:expr) => {
        match $result {
            ::core::result::Result::Ok(value) => ::core::result::Result::Ok(value),
            ::core::result::Result::Err(error) => ::core::result::Result::Err(
                $crate::error::Error::with_appended_backtrace(error, &$crate::__backtrace_frame!()),
            ),
        }
    };
}

/// Turns an ABI status into a `Result<()>`, taking the raised error on failure.
#[macro_export]
macro_rules! check_safe_call {
    ($status:expr) => {
        if $status == 0 {
            ::core::result::Result::Ok::<(), $crate::error::Error>(())
        } else {
            ::core::result::Result::Err($crate::error::Error::from_raised())
        }
    };
}

/// A global function as `&'static Function`, looked up once per call site.
///
/// Panics when the function is not registered.
#[macro_export]
macro_rules! cached_global_func {
    ($name:literal) => {{
        static FUNCTION: ::std::sync::LazyLock<$crate::function::Function> =
            ::std::sync::LazyLock::new(|| match $crate::function::Function::get_global($name) {
                ::core::result::Result::Ok(function) => function,
                ::core::result::Result::Err(_) => {
                    ::core::panic!("global function `{}` is not registered", $name)
                }
            });
        &*FUNCTION
    }};
}

/// Implements `TryFrom<Any>` and `TryFrom<AnyView>` for types that are `AnyCompatible`.
#[macro_export]
macro_rules! impl_try_from_any {
    ($($type:ty),* $(,)?) => {$(
        impl ::core::convert::TryFrom<$crate::any::Any> for $type {
            type Error = $crate::error::Error;
            #[inline]
            fn try_from(
                value: $crate::any::Any,
            ) -> ::core::result::Result<Self, $crate::error::Error> {
                let converted = <$crate::any::TryFromTemp<Self> as ::core::convert::TryFrom<
                    $crate::any::Any,
                >>::try_from(value);
                ::core::result::Result::map(converted, $crate::any::TryFromTemp::into_value)
            }
        }
        impl<'a> ::core::convert::TryFrom<$crate::any::AnyView<'a>> for $type {
            type Error = $crate::error::Error;
            #[inline]
            fn try_from(
                value: $crate::any::AnyView<'a>,
            ) -> ::core::result::Result<Self, $crate::error::Error> {
                let converted = <$crate::any::TryFromTemp<Self> as ::core::convert::TryFrom<
                    $crate::any::AnyView<'a>,
                >>::try_from(value);
                ::core::result::Result::map(converted, $crate::any::TryFromTemp::into_value)
            }
        }
    )*};
}

/// As [`impl_try_from_any!`](crate::impl_try_from_any) for a type with one `AnyCompatible`
/// parameter: `impl_try_from_any_for_parametric!(Name<T>)`.
#[macro_export]
macro_rules! impl_try_from_any_for_parametric {
    ($name:ident<$parameter:ident>) => {
        impl<$parameter: $crate::type_traits::AnyCompatible>
            ::core::convert::TryFrom<$crate::any::Any> for $name<$parameter>
        {
            type Error = $crate::error::Error;
            #[inline]
            fn try_from(
                value: $crate::any::Any,
            ) -> ::core::result::Result<Self, $crate::error::Error> {
                let converted = <$crate::any::TryFromTemp<Self> as ::core::convert::TryFrom<
                    $crate::any::Any,
                >>::try_from(value);
                ::core::result::Result::map(converted, $crate::any::TryFromTemp::into_value)
            }
        }
        impl<'a, $parameter: $crate::type_traits::AnyCompatible>
            ::core::convert::TryFrom<$crate::any::AnyView<'a>> for $name<$parameter>
        {
            type Error = $crate::error::Error;
            #[inline]
            fn try_from(
                value: $crate::any::AnyView<'a>,
            ) -> ::core::result::Result<Self, $crate::error::Error> {
                let converted = <$crate::any::TryFromTemp<Self> as ::core::convert::TryFrom<
                    $crate::any::AnyView<'a>,
                >>::try_from(value);
                ::core::result::Result::map(converted, $crate::any::TryFromTemp::into_value)
            }
        }
    };
}

/// Makes `T` and `&T` elements of call tuples.
#[macro_export]
macro_rules! impl_arg_into_ref {
    ($($type:ty),* $(,)?) => {$(
        impl $crate::function_internal::ArgIntoRef for $type {
            type Target = $type;
            #[inline]
            fn to_ref(&self) -> &$type {
                self
            }
        }
        impl<'a> $crate::function_internal::ArgIntoRef for &'a $type {
            type Target = $type;
            #[inline]
            fn to_ref(&self) -> &$type {
                self
            }
        }
    )*};
}

/// Makes `T` and `&T` parameters of [`into_typed_fn!`](crate::into_typed_fn), passed as they are.
#[macro_export]
macro_rules! impl_into_arg_holder_default {
    ($($type:ty),* $(,)?) => {$(
        impl $crate::function_internal::IntoArgHolder for $type {
            type Target = $type;
            fn into_arg_holder(self) -> $type {
                self
            }
        }
        impl<'a> $crate::function_internal::IntoArgHolder for &'a $type {
            type Target = &'a $type;
            fn into_arg_holder(self) -> &'a $type {
                self
            }
        }
    )*};
}

/// Implements `From<A> for B` for pairs of references along the registered hierarchy:
/// `impl_object_upcast!(Derived => Base, Derived => ObjectRef)`.
///
/// The object stays the same and its count does not change. Converting panics if `B` is, against
/// the promise, no ancestor of `A`.
#[macro_export]
macro_rules! impl_object_upcast {
    ($($derived:ty => $base:ty),* $(,)?) => {$(
        impl ::core::convert::From<$derived> for $base {
            fn from(value: $derived) -> Self {
                match $crate::object::ObjectRefCast::try_cast::<$base>(value) {
                    ::core::result::Result::Ok(value) => value,
                    ::core::result::Result::Err(error) => {
                        ::core::panic!("impl_object_upcast!: {error}")
                    }
                }
            }
        }
    )*};
}

/// Exports a function from a `cdylib` under `name`, so that modules find it:
/// `tvm_ffi_dll_export_typed_func!(name, function)`.
///
/// The function follows the rules of [`Function::from_typed`](crate::Function::from_typed).
#[macro_export]
macro_rules! tvm_ffi_dll_export_typed_func {
    ($name:ident, $func:expr) => {
        $crate::macros::paste::paste! {
            #[doc = "Exported to the module loader."]
            #[doc = ""]
            #[doc = "# Safety"]
            #[doc = "Called by the calling convention of `TVMFFISafeCallType`."]
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn [<__tvm_ffi_ $name>](
                _handle: *mut ::core::ffi::c_void,
                args: *const $crate::tvm_ffi_sys::TVMFFIAny,
                num_args: i32,
                result: *mut $crate::tvm_ffi_sys::TVMFFIAny,
            ) -> i32 {
                // SAFETY: the caller keeps the calling convention.
                unsafe {
                    $crate::function_internal::invoke(args, num_args, result, |packed_args| {
                        $crate::function_internal::call_packed_callable($func, packed_args)
                    })
                }
            }
        }
    };
}

/// Wraps a function expression as a closure with typed parameters and result:
/// `into_typed_fn!(function, Fn(&Tensor, i32) -> Result<f64>)`, with 0 to 8 parameters.
///
/// ```
/// use tvm_ffi::{into_typed_fn, Function, Result};
///
/// let sum = Function::from_typed(|a: i64, b: i64| -> Result<i64> { Ok(a + b) });
/// let sum = into_typed_fn!(sum, Fn(i64, i64) -> Result<i64>);
/// assert_eq!(sum(40, 2).unwrap(), 42);
/// ```
#[macro_export]
macro_rules! into_typed_fn {
    ($function:expr, $trait:ident($($parameter:ty),* $(,)?) -> $result:ty $(,)?) => {{
        let function = $function;
        $crate::into_typed_fn!(
            @closure function, $result, [$($parameter,)*], [a b c d e f g h], []
        )
    }};
    (@closure $function:ident, $result:ty, [$head:ty, $($tail:ty,)*],
     [$name:ident $($names:ident)*], [$($done:ident: $type:ty,)*]) => {
        $crate::into_typed_fn!(
            @closure $function, $result, [$($tail,)*], [$($names)*],
            [$($done: $type,)* $name: $head,]
        )
    };
    (@closure $function:ident, $result:ty, [], [$($names:ident)*],
     [$($done:ident: $type:ty,)*]) => {
        move |$($done: $type),*| -> $result {
            let arguments =
                $crate::function_internal::IntoArgHolderTuple::into_arg_holder_tuple(($($done,)*));
            let value = $function.call_tuple_with_len::<
                { 0usize $(+ $crate::into_typed_fn!(@one $done))* },
                _,
            >(arguments)?;
            let value = ::core::convert::TryInto::try_into(value)?;
            ::core::result::Result::Ok(value)
        }
    };
    (@one $name:ident) => { 1usize };
}
