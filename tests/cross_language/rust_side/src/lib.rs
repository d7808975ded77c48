// SPDX-License-Identifier: Apache-2.0
//! The Rust side of the cross-language tests: a loader of its own, and functions that load with other
//! sides' loaders, raise, and catch. `cpp_side.cc` and `conftest.py` are alike.

use tvm_ffi::*;

/// A payload of `fail` makes the loader raise. Others stand for what they say after the marker
/// `rust:`, so the module comes from the loader of kind `cross_cpp`.
fn load_rust(payload: Bytes) -> Result<Module> {
    if payload.as_slice() == b"fail" {
        bail!(VALUE_ERROR, "rust loader refuses");
    }
    let mut described = b"rust:".to_vec();
    described.extend_from_slice(payload.as_slice());
    Module::load_from_bytes("cross_cpp", described)
}

/// Loads with whoever registered `kind` and calls `describe`.
fn load_and_describe(kind: String, payload: Bytes) -> Result<String> {
    let module = Module::load_from_bytes(kind.as_str(), payload)?;
    module.get_function("describe")?.call_tuple(())?.try_into()
}

/// Raises an error of the given kind; tests look for this function's name in tracebacks.
fn rust_raise(kind: String, message: String) -> Result<()> {
    let kind = error::ErrorKind::new(kind.as_str());
    bail!(kind, "{}", message.as_str())
}

/// Calls `f()` and gives [kind, message, traceback] of what it raised.
fn catch_error(f: Function) -> Result<Array<String>> {
    Ok(match f.call_tuple(()) {
        Ok(_) => Array::new(Vec::new()),
        Err(error) => Array::new(vec![
            String::from(error.kind().as_str()),
            String::from(error.message()),
            String::from(error.traceback_most_recent_call_last().as_str()),
        ]),
    })
}

/// Calls `f()` and lets what it raises pass.
fn forward(f: Function) -> Result<Any> {
    f.call_tuple(())
}

/// Registers the loader of kind `cross_rust`; a library has no initialiser of its own.
fn register_loader() -> Result<()> {
    let loader = Function::from_typed(load_rust);
    Function::register_global("ffi.Module.load_from_bytes.cross_rust", loader)
}

tvm_ffi_dll_export_typed_func!(load_and_describe, load_and_describe);
tvm_ffi_dll_export_typed_func!(raise_error, rust_raise);
tvm_ffi_dll_export_typed_func!(catch_error, catch_error);
tvm_ffi_dll_export_typed_func!(forward, forward);
tvm_ffi_dll_export_typed_func!(register_loader, register_loader);
