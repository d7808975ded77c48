// SPDX-License-Identifier: Apache-2.0
//! Runs a function out of a shared library that exists only in memory.
//!
//! Usage: `load_from_bytes <payload> <loaders library>`. The second library registers the loader
//! for payloads of kind `so`; the payload is read into memory and becomes a module from there.

use std::process::ExitCode;

use tvm_ffi::*;

/// Loads `payload` with the loader that `loaders` registers, and returns `add_one` of 1..5.
fn add_one(
    payload: &str,
    loaders: &str,
) -> std::result::Result<Vec<f32>, Box<dyn std::error::Error>> {
    // Loading this library registers `ffi.Module.load_from_bytes.so`. Keep it: it is the code that
    // the loaded module runs on.
    let _loaders = Module::load_from_file(loaders)?;

    let payload = std::fs::read(payload)?;
    let module = Module::load_from_bytes("so", payload)?;
    let add_one = into_typed_fn!(
        module.get_function("add_one")?,
        Fn(&Tensor, &Tensor) -> Result<()>
    );

    let x = Tensor::from_slice(&[1.0f32, 2.0, 3.0, 4.0, 5.0], &[5])?;
    let y = Tensor::from_slice(&[0.0f32; 5], &[5])?;
    add_one(&x, &y)?;
    Ok(y.data_as_slice::<f32>()?.to_vec())
}

fn main() -> ExitCode {
    let arguments: Vec<std::string::String> = std::env::args().collect();
    let [_, payload, loaders] = arguments.as_slice() else {
        eprintln!("usage: load_from_bytes <payload> <loaders library>");
        return ExitCode::from(2);
    };
    match add_one(payload, loaders) {
        Ok(result) => {
            let result: Vec<_> = result.iter().map(|value| format!("{value}")).collect();
            println!("rust:   add_one([1, 2, 3, 4, 5]) = [{}]", result.join(", "));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("rust:   {error}");
            ExitCode::FAILURE
        }
    }
}
