// SPDX-License-Identifier: Apache-2.0
//! Errors and the macros that make them.

use tvm_ffi::*;

use crate::{kind_and_message, panic_message};

#[test]
fn parts_are_kept() {
    let error = Error::new(INDEX_ERROR, "out", "  File \"a\", line 1, in f\n");
    assert_eq!(error.kind(), INDEX_ERROR);
    assert_eq!(error.message(), "out");
    assert_eq!(error.backtrace(), "  File \"a\", line 1, in f\n");
    assert_eq!(format!("{:?}", error.kind()), r#"ErrorKind("IndexError")"#);
    assert!(matches!(error.kind(), INDEX_ERROR));
}

#[test]
fn display_shows_the_most_recent_call_last() {
    let backtrace = "  File \"a\", line 1, in f\n  File \"b\", line 2, in g\n";
    let error = Error::new(VALUE_ERROR, "msg", backtrace);
    let expected = "Traceback (most recent call last):\n\n  File \"b\", line 2, in g\n  \
                    File \"a\", line 1, in f\nValueError: msg";
    assert_eq!(error.to_string(), expected);
    assert_eq!(format!("{error:?}"), expected);
    let bare = Error::new(VALUE_ERROR, "msg", "");
    assert_eq!(
        bare.to_string(),
        "Traceback (most recent call last):\n\nValueError: msg"
    );
}

#[test]
fn the_raised_error_is_the_same_object() {
    let error = Error::new(KEY_ERROR, "k", "");
    Error::set_raised(&error);
    let raised = Error::from_raised();
    assert_eq!(AnyView::from(&raised).debug_strong_count(), Some(2));
    assert_eq!(raised.message(), "k");
    let text = panic_message(|| drop(Error::from_raised()));
    assert_eq!(text, "Calling Error::from_raised but no error was raised");
}

#[test]
fn appending_to_a_shared_error_leaves_it_alone() {
    let error = Error::new(VALUE_ERROR, "m", "one\n");
    let shared = error.clone();
    let longer = Error::with_appended_backtrace(error, "two\n");
    assert_eq!(longer.backtrace(), "one\ntwo\n");
    assert_eq!(shared.backtrace(), "one\n");
    let sole = Error::with_appended_backtrace(longer, "three\n");
    assert_eq!(sole.backtrace(), "one\ntwo\nthree\n");
    assert_eq!(AnyView::from(&sole).debug_strong_count(), Some(1));
}

#[test]
fn errors_are_values() {
    let any = Any::from(Error::new(TYPE_ERROR, "m", ""));
    assert_eq!(any.try_as::<Error>().unwrap().message(), "m");
    assert_eq!(
        kind_and_message(i64::try_from(any)).1,
        "Cannot convert from type `ffi.Error` to `int`"
    );
}

fn inner(n: i32) -> Result<i32> {
    ensure!(n >= 0, VALUE_ERROR, "{n} is {}", "negative");
    Ok(n)
}

fn outer(n: i32) -> Result<i32> {
    attach_context!(inner(n))
}

#[test]
fn context_accumulates_frames() {
    assert_eq!(outer(1).unwrap(), 1);
    let error = outer(-1).unwrap_err();
    assert_eq!(error.message(), "-1 is negative");
    let frames: Vec<&str> = error.backtrace().lines().collect();
    assert_eq!(frames.len(), 2, "{frames:?}");
    assert!(frames[0].starts_with("  File \"") && frames[0].ends_with("in suite::error::inner"));
    assert!(frames[1].ends_with("in suite::error::outer"));
    assert!(frames.iter().all(|frame| frame.contains(file!())));
}

#[test]
fn function_name_is_the_path_of_the_enclosing_function() {
    assert_eq!(
        function_name!(),
        "suite::error::function_name_is_the_path_of_the_enclosing_function"
    );
    let closure = || function_name!();
    assert!(closure().ends_with("::{{closure}}"));
}

#[test]
fn errors_convert_to_boxed_errors() {
    fn fail() -> std::result::Result<(), Box<dyn std::error::Error>> {
        inner(-5)?;
        Ok(())
    }
    assert!(fail().unwrap_err().to_string().contains("-5 is negative"));
}

#[test]
fn kinds_of_other_languages_pass() {
    let error = Error::new(ErrorKind::new("MyKind"), "m", "");
    let fail = Function::from_packed(move |_| Err(error.clone()));
    assert_eq!(
        kind_and_message(fail.call_packed(&[])),
        ("MyKind".into(), "m".into())
    );
}
