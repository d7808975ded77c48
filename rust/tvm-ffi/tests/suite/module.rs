// SPDX-License-Identifier: Apache-2.0
//! Modules from files and from memory.

use tvm_ffi::*;

use crate::{kind_and_message, link_testing_library};

/// Whether the library has in-memory loading; published 0.1.15 libraries have not.
fn in_memory_loading() -> bool {
    Function::get_global("ffi.ModuleLoadFromBytes").is_ok()
}

/// The testing functions that are linked into this process.
fn system_lib() -> Module {
    link_testing_library();
    let system_lib = Function::get_global("ffi.SystemLib").unwrap();
    system_lib
        .call_tuple((String::from("testing."),))
        .unwrap()
        .try_into()
        .unwrap()
}

#[test]
fn functions_of_a_module_are_found() {
    let module = system_lib();
    assert!(module.implements_function("add_one", false).unwrap());
    assert!(!module.implements_function("nothing", true).unwrap());
    let add_one = into_typed_fn!(module.get_function("add_one").unwrap(), Fn(i64) -> Result<i64>);
    assert_eq!(add_one(41).unwrap(), 42);
}

#[test]
fn a_missing_function_is_a_type_error() {
    assert_eq!(
        kind_and_message(system_lib().get_function("nothing")),
        (
            "TypeError".into(),
            "Cannot convert from type `None` to `ffi.Function`".into()
        )
    );
}

#[test]
fn absent_metadata_and_documentation_are_none() {
    let module = system_lib();
    assert_eq!(
        module.get_function_metadata("nothing", false).unwrap(),
        None
    );
    assert_eq!(module.get_function_doc("nothing", true).unwrap(), None);
}

#[test]
fn a_module_describes_itself() {
    let module = system_lib();
    assert!(!module.kind().unwrap().is_empty());
    assert_eq!(module.property_mask().unwrap() & 2, 2);
    assert!(module.imports().unwrap().is_empty());
}

#[test]
fn imports_are_listed_searched_and_cleared() {
    let make = Function::get_global("ffi.SystemLib").unwrap();
    let importer: Module = make
        .call_tuple((String::from("rust.none."),))
        .unwrap()
        .try_into()
        .unwrap();
    assert!(importer.get_function("add_one").is_err());
    importer.import_module(&system_lib()).unwrap();
    assert_eq!(importer.imports().unwrap().len(), 1);
    assert!(importer.get_function("add_one").is_ok());
    assert!(!importer.implements_function("add_one", false).unwrap());
    assert!(importer.implements_function("add_one", true).unwrap());
    importer.clear_imports().unwrap();
    assert!(importer.imports().unwrap().is_empty());
}

#[test]
fn unusable_files_are_errors() {
    let missing = kind_and_message(Module::load_from_file("/nonexistent/lib.so"));
    assert_eq!(missing.0, "InternalError");
    assert!(missing.1.contains("/nonexistent/lib.so"), "{}", missing.1);
    let suffix = kind_and_message(Module::load_from_file("x.unknown_suffix"));
    assert_eq!(suffix.0, "RuntimeError");
    assert!(
        suffix
            .1
            .contains("ffi.Module.load_from_file.unknown_suffix"),
        "{}",
        suffix.1
    );
}

#[test]
fn a_kind_without_loader_is_named() {
    let (kind, message) = kind_and_message(Module::load_from_bytes("rust_missing", b"x"));
    assert_eq!(kind, "RuntimeError");
    let expected = if in_memory_loading() {
        "ffi.Module.load_from_bytes.rust_missing"
    } else {
        "Function ffi.ModuleLoadFromBytes not found"
    };
    assert!(message.contains(expected), "{message}");
}

#[test]
fn loaders_written_in_rust_get_the_payload() {
    let load = |bytes: Bytes| -> Result<Module> {
        ensure!(
            bytes == b"payload of the test",
            VALUE_ERROR,
            "bad payload {bytes}"
        );
        Ok(system_lib())
    };
    let name = "ffi.Module.load_from_bytes.rust_test";
    Function::register_global(name, Function::from_typed(load)).unwrap();
    if !in_memory_loading() {
        // Against a published library the loader itself is all that there is.
        let loader = Function::get_global(name).unwrap();
        assert!(loader
            .call_tuple((Bytes::from("payload of the test"),))
            .is_ok());
        return;
    }
    let payload = b"payload of the test";
    for module in [
        Module::load_from_bytes("rust_test", payload),
        Module::load_from_bytes("rust_test", payload.to_vec()),
        Module::load_from_bytes("rust_test", &payload[..]),
        Module::load_from_bytes("rust_test", Bytes::from(payload)),
        Module::load_from_bytes("rust_test", "payload of the test"),
    ] {
        assert!(module.unwrap().get_function("add_one").is_ok());
    }
    assert_eq!(
        kind_and_message(Module::load_from_bytes("rust_test", [])),
        ("ValueError".into(), "bad payload []".into())
    );
}

#[test]
fn a_loader_that_returns_no_module_is_a_type_error() {
    let none = Function::from_typed(|_bytes: Bytes| -> Result<()> { Ok(()) });
    Function::register_global("ffi.Module.load_from_bytes.rust_none", none).unwrap();
    let result = Module::load_from_bytes("rust_none", b"x");
    let expected = if in_memory_loading() {
        "TypeError"
    } else {
        "RuntimeError"
    };
    assert_eq!(kind_and_message(result).0, expected);
}
