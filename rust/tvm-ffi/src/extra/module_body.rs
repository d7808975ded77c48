// SPDX-License-Identifier: Apache-2.0
//! [`ModuleBody`]: a module whose functions are Rust closures, for loaders written in Rust.
//!
//! Modules are C++ objects with virtual functions whose order is part of the binary interface. One
//! made here is such an object: its table is a copy of the base class's, which keeps the defaults,
//! with the entries replaced that a body answers. The table lies in the object itself.

use std::alloc::{alloc, dealloc, handle_alloc_error, Layout};
use std::ffi::{c_char, c_void, CStr};
use std::panic::{catch_unwind, AssertUnwindSafe};

use tvm_ffi_sys::{TVMFFIObject, COMBINED_REF_COUNT_BOTH_ONE};

use crate::any::Any;
use crate::collections::{Array, Map};
use crate::extra::module::ModuleObj;
use crate::extra::Module;
use crate::function::Function;
use crate::function_internal::discard;
use crate::object::{unsafe_, ObjectArc, ObjectCore, ObjectRefCore};
use crate::optional::Optional;
use crate::string::String;

/// What a module made by [`Module::new`] consists of. Any thread may ask.
///
/// A panic in one of these functions is reported by the panic hook and counts as the answer
/// "nothing": it cannot pass through the C++ code that asks.
///
/// ```
/// use tvm_ffi::*;
///
/// struct Scale(f64);
///
/// impl ModuleBody for Scale {
///     fn kind(&self) -> &std::ffi::CStr {
///         c"scale"
///     }
///     fn get_function(&self, name: &str) -> Option<Function> {
///         let factor = self.0;
///         (name == "scale")
///             .then(|| Function::from_typed(move |x: f64| -> Result<f64> { Ok(factor * x) }))
///     }
/// }
///
/// let module = Module::new(Scale(3.0));
/// let scaled = module.get_function("scale").unwrap().call_tuple((2.0,)).unwrap();
/// assert_eq!(scaled.try_as::<f64>(), Some(6.0));
/// assert!(module.get_function("other").is_err());
/// ```
pub trait ModuleBody: Send + Sync + 'static {
    /// Kind of the module, always the same text.
    fn kind(&self) -> &CStr;
    /// The function `name`, if the module has it. What it needs must belong to the function: it may
    /// outlive the module.
    fn get_function(&self, name: &str) -> Option<Function>;
    /// Bits: 1 can be serialised, 2 can be run, 4 can be compiled into a library.
    fn property_mask(&self) -> i32 {
        2
    }
    /// Documentation of the function `name`.
    fn get_function_doc(&self, _name: &str) -> Option<String> {
        None
    }
    /// JSON text about the function `name`.
    fn get_function_metadata(&self, _name: &str) -> Option<String> {
        None
    }
    /// Source text in a format, empty when there is none.
    fn inspect_source(&self, _format: &str) -> String {
        String::new()
    }
}

/// Words of the table: two that describe the class, then the functions.
const TABLE_WORDS: usize = 14;
const FIRST_FUNCTION: usize = 2;

unsafe extern "C" {
    /// Table of the C++ class `tvm::ffi::ModuleObj`.
    #[link_name = "_ZTVN3tvm3ffi9ModuleObjE"]
    static BASE_TABLE: [*const c_void; TABLE_WORDS];
}

/// The members of C++ `ModuleObj`, then what Rust adds. Handles point at `header`.
#[repr(C)]
struct RustModule<T> {
    table: *const *const c_void,
    header: TVMFFIObject,
    imports: Array<Any>,
    lookup_cache: Map<String, Function>,
    own_table: [*const c_void; TABLE_WORDS],
    body: T,
}

const HEADER_OFFSET: usize = 8;
const _: () = assert!(std::mem::offset_of!(RustModule<()>, header) == HEADER_OFFSET);
const _: () = assert!(std::mem::offset_of!(RustModule<()>, imports) == 32);
const _: () = assert!(std::mem::offset_of!(RustModule<()>, lookup_cache) == 40);
const _: () = assert!(std::mem::offset_of!(RustModule<()>, own_table) == 48);
// What the virtual functions return by a hidden pointer.
const _: () = assert!(std::mem::size_of::<Option<Function>>() == 8);

impl Module {
    /// A module whose functions are what `body` says. Loaders
    /// (`ffi.Module.load_from_bytes.<kind>`) written in Rust return such modules.
    pub fn new<T: ModuleBody>(body: T) -> Module {
        let layout = Layout::new::<RustModule<T>>();
        // SAFETY: the layout is not empty.
        let module = unsafe { alloc(layout) }.cast::<RustModule<T>>();
        if module.is_null() {
            handle_alloc_error(layout);
        }
        let mut own_table = base_table();
        let replaced = [
            (0, kind::<T> as *const c_void),
            (1, property_mask::<T> as *const c_void),
            (2, get_function::<T> as *const c_void),
            (4, get_function_doc::<T> as *const c_void),
            (5, get_function_metadata::<T> as *const c_void),
            (9, inspect_source::<T> as *const c_void),
        ];
        for (slot, function) in replaced {
            own_table[FIRST_FUNCTION + slot] = function;
        }
        // SAFETY: the memory is fresh and fits; the one reference counted in the header is adopted.
        unsafe {
            module.write(RustModule {
                table: (&raw const (*module).own_table[FIRST_FUNCTION]),
                header: TVMFFIObject {
                    combined_ref_count: COMBINED_REF_COUNT_BOTH_ONE.into(),
                    type_index: ModuleObj::type_index(),
                    __padding: 0,
                    deleter: Some(delete::<T>),
                },
                imports: Array::default(),
                lookup_cache: Map::default(),
                own_table,
                body,
            });
            Module::from_data(ObjectArc::from_raw((&raw const (*module).header).cast()))
        }
    }
}

fn base_table() -> [*const c_void; TABLE_WORDS] {
    // SAFETY: the library exports this constant table with that many words.
    unsafe { BASE_TABLE }
}

unsafe extern "C" fn delete<T>(handle: *mut c_void, flags: i32) {
    // SAFETY: handles of these modules point at the header.
    let module = unsafe { handle.byte_sub(HEADER_OFFSET) }.cast::<RustModule<T>>();
    if flags & unsafe_::STRONG != 0 {
        // SAFETY: the last strong reference is gone, so the content is ours to destroy, once.
        unsafe { std::ptr::drop_in_place(module) };
    }
    if flags & unsafe_::WEAK != 0 {
        // SAFETY: the last weak reference is gone; `new` allocated with this layout.
        unsafe { dealloc(module.cast(), Layout::new::<RustModule<T>>()) };
    }
}

/// Asks the body; `otherwise` stands for the answer that a panic prevented.
///
/// # Safety
/// `this` points to a live module of this type.
unsafe fn ask<T, R>(this: *const RustModule<T>, otherwise: R, question: impl FnOnce(&T) -> R) -> R {
    // SAFETY: alive by contract.
    let body = unsafe { &(*this).body };
    catch_unwind(AssertUnwindSafe(|| question(body))).unwrap_or_else(|payload| {
        discard(payload);
        otherwise
    })
}

unsafe extern "C" fn kind<T: ModuleBody>(this: *const RustModule<T>) -> *const c_char {
    // SAFETY: called as a virtual function of a live module. The text lives as long as the body.
    unsafe { ask(this, c"".as_ptr(), |body| body.kind().as_ptr()) }
}

unsafe extern "C" fn property_mask<T: ModuleBody>(this: *const RustModule<T>) -> i32 {
    // SAFETY: called as a virtual function of a live module.
    unsafe { ask(this, 0, T::property_mask) }
}

/// Virtual functions from a text to a value that is returned by a hidden pointer, which is the
/// first argument then, and the result.
macro_rules! answer_by_hidden_pointer {
    ($($name:ident -> $result:ty, otherwise $otherwise:expr;)*) => {$(
        unsafe extern "C" fn $name<T: ModuleBody>(
            result: *mut $result,
            this: *const RustModule<T>,
            text: *const String,
        ) -> *mut $result {
            // SAFETY: called as a virtual function of a live module with a reference to a string;
            // `result` is memory for the value, which C++ lays out in the same way.
            unsafe {
                let answer = ask(this, $otherwise, |body| body.$name((*text).as_str()).into());
                result.write(answer);
            }
            result
        }
    )*};
}

answer_by_hidden_pointer! {
    get_function -> Option<Function>, otherwise None;
    get_function_doc -> Optional<String>, otherwise Optional::none();
    get_function_metadata -> Optional<String>, otherwise Optional::none();
    inspect_source -> String, otherwise String::new();
}
