// SPDX-License-Identifier: Apache-2.0
//! Behaviour of the safe layer, one file per subject.

mod any;
mod array;
mod big_int;
mod bindings;
mod cast;
mod device;
mod dtype;
mod error;
mod function;
mod list;
mod map;
mod match_any;
mod module;
mod names;
mod object;
mod optional;
mod properties;
mod reflection;
mod shape;
mod soundness;
mod string;
mod structural;
mod sys;
mod tensor;

/// Keeps the testing library, which registers `testing.*`, linked into this binary.
fn link_testing_library() {
    // SAFETY: takes nothing and does nothing.
    let zero = unsafe { tvm_ffi::tvm_ffi_sys::TVMFFITestingDummyTarget() };
    assert_eq!(zero, 0);
}

/// The message and kind of an error, for comparison in one assertion.
fn kind_and_message<T>(result: tvm_ffi::Result<T>) -> (String, String) {
    match result {
        Ok(_) => panic!("an error was expected"),
        Err(error) => (error.kind().to_string(), error.message().to_owned()),
    }
}

/// The text of the panic that `body` ends in.
fn panic_message(body: impl FnOnce() + std::panic::UnwindSafe) -> String {
    let payload = std::panic::catch_unwind(body).expect_err("a panic was expected");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().expect("a text")).to_owned(),
    }
}
