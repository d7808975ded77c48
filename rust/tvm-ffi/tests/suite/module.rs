// SPDX-License-Identifier: Apache-2.0
//! Modules from files and from memory.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Barrier, Mutex};

use tvm_ffi::*;

use crate::{kind_and_message, link_testing_library};

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

// ---- modules from memory: these need this project's library, the published 0.1.15 has no such thing

/// Registers `loader` for `kind`, which must be this test's own: tests share the process.
fn register<F>(kind: &str, loader: F)
where
    F: Fn(Bytes) -> Result<Module> + 'static,
{
    let name = format!("ffi.Module.load_from_bytes.{kind}");
    Function::register_global(&name, Function::from_typed(loader)).unwrap();
}

fn remove(kind: &str) {
    let remove = Function::get_global("ffi.FunctionRemoveGlobal").unwrap();
    let name = String::from(format!("ffi.Module.load_from_bytes.{kind}"));
    remove.call_tuple((name,)).unwrap();
}

#[test]
fn a_kind_without_loader_is_named_beside_those_with_one() {
    register("rust_listed", |_| Ok(system_lib()));
    for kind in ["rust_missing", "", "_lib", "Rust_Listed", "a b\n\u{e9}\0c"] {
        let (error_kind, message) = kind_and_message(Module::load_from_bytes(kind, b"x"));
        assert_eq!(error_kind, "RuntimeError");
        let expected = format!(
            "Library binary was created using {{{kind}}} but a loader of that name is not \
             registered. Make sure to have runtime that registers ffi.Module.load_from_bytes.{kind}"
        );
        let rest = message
            .strip_prefix(&expected)
            .unwrap_or_else(|| panic!("{message}"));
        assert!(rest.contains("rust_listed"), "{rest}");
    }
}

#[test]
fn loaders_written_in_rust_get_the_payload() {
    register("rust_test", |bytes| {
        ensure!(
            bytes == b"payload of the test",
            VALUE_ERROR,
            "bad payload {bytes}"
        );
        Ok(system_lib())
    });
    let payload = b"payload of the test";
    let owned = payload.to_vec();
    for module in [
        Module::load_from_bytes("rust_test", payload),
        Module::load_from_bytes("rust_test", &owned),
        Module::load_from_bytes("rust_test", owned),
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
fn payloads_of_every_size_arrive_whole() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = seen.clone();
    register("rust_sizes", move |bytes| {
        *noted.lock().unwrap() = bytes.as_slice().to_vec();
        Ok(system_lib())
    });
    for size in [0, 1, 7, 8, 9, 1000, 1 << 20] {
        let payload: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
        Module::load_from_bytes("rust_sizes", &payload).unwrap();
        assert_eq!(*seen.lock().unwrap(), payload);
    }
}

#[test]
fn owned_bytes_are_passed_without_a_copy_and_may_be_kept() {
    let kept = Rc::new(RefCell::new(None));
    let keeper = kept.clone();
    register("rust_keep", move |bytes| {
        *keeper.borrow_mut() = Some(bytes);
        Ok(system_lib())
    });
    let payload = Bytes::from(&[b'k'; 100]);
    let address = payload.as_slice().as_ptr();
    Module::load_from_bytes("rust_keep", payload).unwrap();
    let kept = kept.take().unwrap();
    assert_eq!(kept.as_slice().as_ptr(), address);
    assert_eq!(kept, [b'k'; 100]);
}

#[inline(never)]
fn refuse_the_image(_bytes: Bytes) -> Result<Module> {
    bail!(error::ErrorKind::new("OwnKind"), "broken image")
}

#[test]
fn errors_of_loaders_arrive_unchanged_with_their_frames() {
    register("rust_fail", refuse_the_image);
    register("rust_outer", |bytes| {
        Module::load_from_bytes("rust_fail", bytes)
    });
    for kind in ["rust_fail", "rust_outer"] {
        let error = Module::load_from_bytes(kind, b"x").err().unwrap();
        assert_eq!(error.kind().as_str(), "OwnKind");
        assert_eq!(error.message(), "broken image");
        let backtrace = error.backtrace();
        assert!(backtrace.contains("refuse_the_image"), "{backtrace}");
    }
}

#[test]
fn a_panic_of_a_loader_is_an_internal_error() {
    register("rust_panic", |_| panic!("the loader gave up"));
    let (kind, message) = kind_and_message(Module::load_from_bytes("rust_panic", b"x"));
    assert_eq!(kind, "InternalError");
    assert!(message.contains("the loader gave up"), "{message}");
}

#[test]
fn a_loader_that_returns_no_module_is_a_type_error() {
    let none = Function::from_typed(|_bytes: Bytes| -> Result<()> { Ok(()) });
    Function::register_global("ffi.Module.load_from_bytes.rust_none", none).unwrap();
    assert_eq!(
        kind_and_message(Module::load_from_bytes("rust_none", b"x")),
        (
            "TypeError".into(),
            "Cannot convert from type `None` to `ffi.Module`".into()
        )
    );
}

#[test]
fn removing_a_loader_shows_at_once_and_modules_stay() {
    register("rust_once", |_| {
        remove("rust_once");
        Ok(system_lib())
    });
    let module = Module::load_from_bytes("rust_once", b"x").unwrap();
    let (kind, message) = kind_and_message(Module::load_from_bytes("rust_once", b"x"));
    assert_eq!(kind, "RuntimeError");
    assert!(message.contains("load_from_bytes.rust_once"), "{message}");
    assert!(module.get_function("add_one").is_ok());
}

#[test]
fn loaders_run_at_once_on_many_threads() {
    const THREADS: usize = 8;
    let barrier = Barrier::new(THREADS);
    let module = system_lib();
    register("rust_meet", move |_| {
        barrier.wait(); // ends only when all loaders are here
        Ok(module.clone())
    });
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            std::thread::spawn(|| {
                let module = Module::load_from_bytes("rust_meet", b"x").unwrap();
                module.get_function("add_one").is_ok()
            })
        })
        .collect();
    assert!(threads.into_iter().all(|thread| thread.join().unwrap()));
}

#[test]
fn loading_keeps_nothing() {
    let module = system_lib();
    let shared = module.clone();
    register("rust_shared", move |_| Ok(shared.clone()));
    let use_count = || -> i64 {
        let count = Function::get_global("testing.object_use_count").unwrap();
        count.call_tuple((&module,)).unwrap().try_into().unwrap()
    };
    // The testing module is one for all tests, so others may hold references for a moment.
    let loads = 1000;
    let before = use_count();
    for _ in 0..loads {
        Module::load_from_bytes("rust_shared", b"0123456789").unwrap();
    }
    assert!(use_count() < before + loads / 2);
}

/// A module with what its functions answer, and a flag that tells when it is gone.
struct Body {
    gone: Arc<Mutex<bool>>,
}

impl ModuleBody for Body {
    fn kind(&self) -> &std::ffi::CStr {
        c"rust_body"
    }
    fn get_function(&self, name: &str) -> Option<Function> {
        match name {
            "answer" => Some(Function::from_typed(|| -> Result<i64> { Ok(42) })),
            "panic" => panic!("no answer"),
            _ => None,
        }
    }
    fn get_function_metadata(&self, name: &str) -> Option<String> {
        Some(String::from(format!("{{\"about\":\"{name}\"}}")))
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        *self.gone.lock().unwrap() = true;
    }
}

fn module_of_body() -> (Module, Arc<Mutex<bool>>) {
    let gone = Arc::new(Mutex::new(false));
    let body = Body { gone: gone.clone() };
    (Module::new(body), gone)
}

#[test]
fn a_module_made_in_rust_answers_from_its_body() {
    let (module, _) = module_of_body();
    let answer = module.get_function("answer").unwrap();
    assert_eq!(answer.call_tuple(()).unwrap().try_as::<i64>(), Some(42));
    assert_eq!(module.kind().unwrap(), "rust_body");
    assert_eq!(module.property_mask().unwrap(), 2);
    assert!(module.implements_function("answer", false).unwrap());
    assert!(!module.implements_function("other", false).unwrap());
    let metadata = module.get_function_metadata("answer", false).unwrap();
    assert_eq!(metadata.unwrap(), "{\"about\":\"answer\"}");
    assert!(module.get_function_doc("answer", false).unwrap().is_none());
    assert!(module.inspect_source("").unwrap().is_empty());
    assert!(module.write_formats().unwrap().is_empty());
}

#[test]
fn a_module_made_in_rust_is_found_through_imports() {
    let (outer, _) = module_of_body();
    let (inner, _) = module_of_body();
    outer.import_module(&system_lib()).unwrap();
    assert!(outer.get_function("add_one").is_ok());
    inner.import_module(&outer).unwrap();
    assert_eq!(inner.imports().unwrap().len(), 1);
    assert!(inner.implements_function("add_one", true).unwrap());
    inner.clear_imports().unwrap();
    assert!(!inner.implements_function("add_one", true).unwrap());
}

#[test]
fn a_module_made_in_rust_dies_once_with_its_last_reference() {
    let (module, gone) = module_of_body();
    let answer = module.get_function("answer").unwrap();
    let other = Any::from(module.clone());
    drop(module);
    assert!(!*gone.lock().unwrap());
    drop(other);
    assert!(*gone.lock().unwrap());
    assert_eq!(answer.call_tuple(()).unwrap().try_as::<i64>(), Some(42));
}

#[test]
fn what_a_module_made_in_rust_lacks_is_an_error_or_nothing() {
    let (module, _) = module_of_body();
    assert_eq!(
        kind_and_message(module.write_to_file("file", "bin")),
        (
            "RuntimeError".into(),
            "Module[rust_body] does not support WriteToFile".into()
        )
    );
    assert!(!module.implements_function("panic", false).unwrap());
    assert!(module.get_function("panic").is_err());
}
