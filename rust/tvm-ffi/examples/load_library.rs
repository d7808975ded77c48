// SPDX-License-Identifier: Apache-2.0
//! Loads a compiled C++ library and calls its function on tensors.
//!
//! Run with `cargo run --example load_library --features example`; the build script compiles the
//! library with the Python package.

use tvm_ffi::*;

fn main() -> Result<()> {
    let module = Module::load_from_file(concat!(env!("OUT_DIR"), "/add_one_cpu.so"))?;
    let add_one = module.get_function("add_one_cpu")?;
    let add_one = into_typed_fn!(add_one, Fn(&Tensor, &Tensor) -> Result<()>);

    let x = Tensor::from_slice(&[0.0f32, 1.0, 2.0, 3.0], &[4])?;
    let y = Tensor::from_slice(&[0.0f32; 4], &[4])?;
    add_one(&x, &y)?;
    println!("x: {:?}", x.data_as_slice::<f32>()?);
    println!("y: {:?}", y.data_as_slice::<f32>()?);
    Ok(())
}
