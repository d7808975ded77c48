// SPDX-License-Identifier: Apache-2.0
//! How the build script finds the libraries, and what it says when it cannot. The script is compiled
//! once and run as Cargo would, with an environment of the test's own.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

static SCRIPT: LazyLock<PathBuf> = LazyLock::new(|| {
    let program = fresh_directory("program").join("build_script");
    let status = Command::new(option_env!("RUSTC").unwrap_or("rustc"))
        .args(["--edition=2021", "-o"])
        .arg(&program)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/build.rs"))
        .status();
    assert!(status.expect("rustc runs").success());
    program
});

fn fresh_directory(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    directory.canonicalize().unwrap()
}

/// A directory with (empty) libraries.
fn libraries(name: &str) -> PathBuf {
    let directory = fresh_directory(name);
    for library in ["libtvm_ffi.so", "libtvm_ffi_testing.so"] {
        fs::write(directory.join(library), "").unwrap();
    }
    directory
}

/// A directory with a `tvm-ffi-config` that runs these shell commands.
fn config(name: &str, commands: &str) -> PathBuf {
    let directory = fresh_directory(name);
    let program = directory.join("tvm-ffi-config");
    fs::write(&program, format!("#!/bin/sh\n{commands}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    directory
}

/// Runs the script; `Ok` with its output, `Err` with what it complains about.
fn run(environment: &[(&str, &Path)]) -> Result<String, String> {
    let output = Command::new(&*SCRIPT)
        .env_clear()
        .env("CARGO_CFG_TARGET_OS", "linux")
        .env("PATH", "/nonexistent")
        // Cargo sets it for every build script, so it says nothing about documentation.
        .env("RUSTDOC", "rustdoc")
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    if output.status.success() {
        Ok(text(output.stdout))
    } else {
        Err(text(output.stderr))
    }
}

fn assert_helps(error: &str, reason: &str) {
    assert!(error.contains(reason), "{error}");
    assert!(
        error.contains("install the tvm-ffi Python package and put its `tvm-ffi-config` on PATH")
    );
    assert!(error.contains("set TVM_FFI_LIB_DIR to the directory that contains libtvm_ffi"));
}

#[test]
fn without_library_the_build_says_what_to_do() {
    let reason = "Failed to run tvm-ffi-config. Make sure tvm-ffi is installed.";
    assert_helps(&run(&[]).unwrap_err(), reason);
}

#[test]
fn the_directory_of_tvm_ffi_config_is_linked() {
    let directory = libraries("from_config");
    let command = format!("[ \"$1\" = --libdir ] && echo '{}'", directory.display());
    let output = run(&[("PATH", &config("good_config", &command))]).unwrap();
    let directory = directory.display();
    for line in [
        format!("cargo:rustc-link-search=native={directory}"),
        "cargo:rustc-link-lib=dylib=tvm_ffi".to_owned(),
        "cargo:rustc-link-lib=dylib=tvm_ffi_testing".to_owned(),
        format!("cargo:rustc-env=LD_LIBRARY_PATH={directory}"),
    ] {
        assert!(
            output.lines().any(|found| found == line),
            "{line}\n{output}"
        );
    }
}

#[test]
fn the_variable_is_asked_first() {
    let directory = libraries("from_variable");
    let path = config("unused_config", "exit 1");
    let output = run(&[("TVM_FFI_LIB_DIR", &directory), ("PATH", &path)]).unwrap();
    let line = format!("cargo:rustc-link-search=native={}\n", directory.display());
    assert!(output.contains(&line), "{output}");
}

#[test]
fn the_search_path_that_is_set_stays_in_front() {
    let directory = libraries("behind");
    let current = Path::new("/first");
    let output = run(&[
        ("TVM_FFI_LIB_DIR", &directory),
        ("LD_LIBRARY_PATH", current),
    ])
    .unwrap();
    let line = format!(
        "cargo:rustc-env=LD_LIBRARY_PATH=/first:{}\n",
        directory.display()
    );
    assert!(output.contains(&line), "{output}");
}

#[test]
fn a_useless_directory_is_named() {
    let absent = Path::new("/nonexistent/lib");
    let error = run(&[("TVM_FFI_LIB_DIR", absent)]).unwrap_err();
    assert_helps(
        &error,
        "TVM_FFI_LIB_DIR is set to `/nonexistent/lib`: No such file",
    );
    let empty = fresh_directory("empty");
    let error = run(&[("TVM_FFI_LIB_DIR", &empty)]).unwrap_err();
    let reason = format!(
        "is set to `{}`, which has no libtvm_ffi.so.",
        empty.display()
    );
    assert_helps(&error, &reason);
}

#[test]
fn what_is_wrong_with_tvm_ffi_config_is_told() {
    let failing = config("failing_config", "echo broken install >&2; exit 3");
    let error = run(&[("PATH", &failing)]).unwrap_err();
    assert_helps(&error, "(exit status: 3: broken install)");
    let silent = config("silent_config", "true");
    let error = run(&[("PATH", &silent)]).unwrap_err();
    assert_helps(&error, "tvm-ffi-config returned empty library path");
}

#[test]
fn documentation_is_built_without_library() {
    let output = run(&[("BUILD_RUST_DOCS", Path::new("1"))]).unwrap();
    assert!(!output.contains("cargo:rustc-link"), "{output}");
}
