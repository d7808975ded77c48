// SPDX-License-Identifier: Apache-2.0
//! Reads an OpenCL program from standard input and runs its kernel `add_one`.
//!
//! Usage: `launch_opencl <libopencl_loader.so> <kind>`; see `examples/opencl_launcher`.

use std::io::Read;
use std::process::ExitCode;

use tvm_ffi::*;

/// Loads `payload` with the loader that the library `loader` registers, and returns `add_one` of
/// 1..5.
fn add_one(
    loader: &str,
    kind: &str,
    payload: Vec<u8>,
) -> std::result::Result<Vec<f32>, Box<dyn std::error::Error>> {
    // Keep it: it is the code that the loaded module runs on.
    let _loader = Module::load_from_file(loader)?;
    let module = Module::load_from_bytes(kind, payload)?;
    let add_one = into_typed_fn!(
        module.get_function("add_one")?,
        Fn(i64, i64, i64, &Tensor, &Tensor, i64) -> Result<()>
    );

    let x = Tensor::from_slice(&[1.0f32, 2.0, 3.0, 4.0, 5.0], &[5])?;
    let y = Tensor::from_slice(&[0.0f32; 5], &[5])?;
    let (grid, block, shared_bytes) = (1, 64, 0);
    add_one(grid, block, shared_bytes, &x, &y, 5)?;
    Ok(y.data_as_slice::<f32>()?.to_vec())
}

fn main() -> ExitCode {
    let arguments: Vec<std::string::String> = std::env::args().collect();
    let [_, loader, kind] = arguments.as_slice() else {
        eprintln!("usage: launch_opencl <libopencl_loader.so> <kind>");
        return ExitCode::from(2);
    };
    let mut payload = Vec::new();
    if let Err(error) = std::io::stdin().read_to_end(&mut payload) {
        eprintln!("rust:   {error}");
        return ExitCode::FAILURE;
    }
    match add_one(loader, kind, payload) {
        Ok(result) => {
            let result: Vec<_> = result.iter().map(|value| format!("{value}")).collect();
            println!(
                "rust:   {kind}: add_one([1, 2, 3, 4, 5]) = [{}]",
                result.join(", ")
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("rust:   {error}");
            ExitCode::FAILURE
        }
    }
}
