// SPDX-License-Identifier: Apache-2.0
//! Makes the tests and examples of this package find `libtvm_ffi` at run time, and builds the
//! library of the `load_library` example when the feature `example` is on.

use std::env;
use std::process::Command;

/// Runs the script that compiles `add_one_cpu.so` into the output directory.
fn build_example_library() {
    println!("Running optional build step to generate example library");
    println!("cargo:rerun-if-changed=scripts/generate_example_lib.py");
    let out_dir = env::var("OUT_DIR").expect("Cargo sets OUT_DIR for build scripts");
    let status = Command::new("python")
        .arg("scripts/generate_example_lib.py")
        .arg(&out_dir)
        .status()
        .expect("Failed to generate example library");
    if !status.success() {
        panic!("Failed to generate example library: scripts/generate_example_lib.py: {status}");
    }
}

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Published by the build script of tvm-ffi-sys; absent in documentation builds only.
    if let Ok(assignment) = env::var("DEP_TVM_FFI_RUNTIME_ENV") {
        println!("cargo:rustc-env={assignment}");
    }
    if env::var_os("CARGO_FEATURE_EXAMPLE").is_some() {
        build_example_library();
    }
}
