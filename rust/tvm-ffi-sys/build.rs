// SPDX-License-Identifier: Apache-2.0
//! Finds `libtvm_ffi` and tells Cargo how to link it.
//!
//! The directory comes from `TVM_FFI_LIB_DIR` when that is set, otherwise from the program
//! `tvm-ffi-config --libdir`, which the Python package installs. Without either the build stops
//! with instructions, except where only documentation is built (nothing is linked then).

use std::env;
use std::process::Command;

const HELP: &str = "\
To fix this, do one of the following and build again:
  * install the tvm-ffi Python package and put its `tvm-ffi-config` on PATH
    (for example: activate the virtual environment it is installed in), or
  * set TVM_FFI_LIB_DIR to the directory that contains libtvm_ffi and libtvm_ffi_testing
    (for a CMake build of this project: <build directory>/lib).";

/// Asks `tvm-ffi-config` for the library directory.
fn directory_from_config() -> Result<String, String> {
    let failed = "Failed to run tvm-ffi-config. Make sure tvm-ffi is installed.";
    let output = Command::new("tvm-ffi-config")
        .arg("--libdir")
        .output()
        .map_err(|error| format!("{failed} ({error})"))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{failed} ({}: {})", output.status, stderr.trim()));
    }
    let directory = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if directory.is_empty() {
        return Err("tvm-ffi-config returned empty library path".to_owned());
    }
    Ok(directory)
}

/// The directory that holds the libraries, or what went wrong.
fn library_directory() -> Result<String, String> {
    let (directory, source) = match env::var("TVM_FFI_LIB_DIR") {
        Ok(directory) if !directory.is_empty() => (directory, "TVM_FFI_LIB_DIR is set to"),
        _ => (directory_from_config()?, "tvm-ffi-config returned"),
    };
    // The linker runs in another directory, so a relative path would not do.
    let path = std::fs::canonicalize(&directory)
        .map_err(|error| format!("{source} `{directory}`: {error}."))?;
    for library in ["tvm_ffi", "tvm_ffi_testing"] {
        let file = match env::var("CARGO_CFG_TARGET_OS").as_deref() {
            Ok("linux") => format!("lib{library}.so"),
            Ok("macos") => format!("lib{library}.dylib"),
            _ => continue,
        };
        if !path.join(&file).exists() {
            return Err(format!("{source} `{directory}`, which has no {file}."));
        }
    }
    Ok(path.to_string_lossy().into_owned())
}

/// `VARIABLE=value` that makes the dynamic loader find the library, if this system has such a
/// variable. The directory goes behind what is set already.
fn runtime_search_path(directory: &str) -> Option<String> {
    let (variable, separator) = match env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("linux") => ("LD_LIBRARY_PATH", ':'),
        Ok("macos") => ("DYLD_LIBRARY_PATH", ':'),
        Ok("windows") => ("PATH", ';'),
        _ => return None,
    };
    println!("cargo:rerun-if-env-changed={variable}");
    Some(match env::var(variable) {
        Ok(current) if !current.is_empty() => {
            format!("{variable}={current}{separator}{directory}")
        }
        _ => format!("{variable}={directory}"),
    })
}

fn main() {
    println!("cargo:rerun-if-env-changed=TVM_FFI_LIB_DIR");
    println!("cargo:rerun-if-env-changed=PATH");
    println!("cargo:rerun-if-changed=build.rs");
    let directory = match library_directory() {
        Ok(directory) => directory,
        Err(reason) => {
            let only_documentation = ["DOCS_RS", "BUILD_RUST_DOCS", "CARGO_CFG_DOC"];
            if only_documentation
                .iter()
                .any(|name| env::var_os(name).is_some())
            {
                eprintln!("Warning: {reason} Skipping for documentation build");
                return;
            }
            panic!("{reason}\n{HELP}");
        }
    };
    println!("cargo:rerun-if-changed={directory}");
    println!("cargo:rustc-link-search=native={directory}");
    println!("cargo:rustc-link-lib=dylib=tvm_ffi");
    println!("cargo:rustc-link-lib=dylib=tvm_ffi_testing");
    println!("cargo:libdir={directory}");
    if let Some(assignment) = runtime_search_path(&directory) {
        // For this package, and (as metadata) for the build script of `tvm-ffi`.
        println!("cargo:rustc-env={assignment}");
        println!("cargo:runtime_env={assignment}");
    }
}
