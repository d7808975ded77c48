// SPDX-License-Identifier: Apache-2.0
//! Finds `libtvm_ffi` and tells Cargo how to link it.
//!
//! The directory comes from `TVM_FFI_LIB_DIR` when that is set, otherwise from the program
//! `tvm-ffi-config --libdir`, which the Python package installs. Without either the build stops
//! with instructions, except where only documentation is built (nothing is linked then).

use std::env;
use std::path::Path;
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
    match env::var("TVM_FFI_LIB_DIR") {
        Ok(directory) if !directory.is_empty() => {
            if Path::new(&directory).is_dir() {
                Ok(directory)
            } else {
                Err(format!(
                    "TVM_FFI_LIB_DIR is set to `{directory}`, which is no directory."
                ))
            }
        }
        _ => directory_from_config(),
    }
}

/// Makes `cargo run` and `cargo test` of this package find the library at run time.
fn emit_runtime_search_path(directory: &str) {
    let (variable, separator) = match env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("linux") => ("LD_LIBRARY_PATH", ':'),
        Ok("macos") => ("DYLD_LIBRARY_PATH", ':'),
        Ok("windows") => ("PATH", ';'),
        _ => return,
    };
    println!("cargo:rerun-if-env-changed={variable}");
    match env::var(variable) {
        Ok(current) if !current.is_empty() => {
            println!("cargo:rustc-env={variable}={current}{separator}{directory}");
        }
        _ => println!("cargo:rustc-env={variable}={directory}"),
    }
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
    emit_runtime_search_path(&directory);
}
