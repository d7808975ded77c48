// SPDX-License-Identifier: Apache-2.0
//! A loader and its modules in Rust, as a library that any program of any language can load.
//!
//! After `register_loader()` every language loads payloads of kind `affine`: a text
//! `<scale> <offset>`, which becomes a module with the functions `apply(x) = scale * x + offset`,
//! `compose(f) = x -> apply(f(x))` and `describe()`.
//!
//! ```python
//! tvm_ffi.load_module("target/debug/examples/libloader_consumer.so").register_loader()
//! tvm_ffi.load_module_from_bytes("affine", b"3 0.5").apply(2.0)  # 6.5
//! ```

use std::ffi::CStr;

use tvm_ffi::*;

#[derive(Clone, Copy)]
struct Affine {
    scale: f64,
    offset: f64,
}

impl Affine {
    fn parse(payload: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(payload).unwrap_or_default();
        let numbers: Vec<f64> = text.split(' ').flat_map(str::parse).collect();
        let [scale, offset] = numbers[..] else {
            bail!(
                VALUE_ERROR,
                "an affine payload is `<scale> <offset>`, not {text:?}"
            );
        };
        Ok(Self { scale, offset })
    }

    fn apply(self, x: f64) -> f64 {
        self.scale * x + self.offset
    }

    fn text(self) -> String {
        String::from(format!("{} {}", self.scale, self.offset))
    }
}

impl ModuleBody for Affine {
    fn kind(&self) -> &CStr {
        c"affine"
    }

    fn get_function(&self, name: &str) -> Option<Function> {
        let map = *self;
        Some(match name {
            "apply" => Function::from_typed(move |x: f64| -> Result<f64> { Ok(map.apply(x)) }),
            "compose" => Function::from_typed(move |f: Function| -> Result<Function> {
                Ok(Function::from_typed(move |x: f64| -> Result<f64> {
                    Ok(map.apply(f.call_tuple((x,))?.try_into()?))
                }))
            }),
            "describe" => Function::from_typed(move || -> Result<String> { Ok(map.text()) }),
            _ => return None,
        })
    }

    fn get_function_doc(&self, name: &str) -> Option<String> {
        (name == "apply").then(|| String::from("Scales and shifts a number."))
    }

    fn inspect_source(&self, _format: &str) -> String {
        self.text()
    }
}

/// The loader of kind `affine`.
fn load(payload: Bytes) -> Result<Module> {
    Affine::parse(&payload).map(Module::new)
}

/// A library has no initialiser of its own, so whoever loads it calls this, once.
fn register_loader() -> Result<()> {
    Function::register_global(
        "ffi.Module.load_from_bytes.affine",
        Function::from_typed(load),
    )
}

tvm_ffi_dll_export_typed_func!(register_loader, register_loader);
