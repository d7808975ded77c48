// SPDX-License-Identifier: Apache-2.0
//! Rust functions in a library that `load_module` of Python, `Module::LoadFromFile` of C++ and
//! `Module::load_from_file` of Rust open like any other.
//!
//! ```python
//! lib = tvm_ffi.load_module("target/debug/examples/libexport_functions.so")
//! lib.add(1, 2)                # 3
//! lib.scale(array, 2.0)        # in place: anything with DLPack, without a copy
//! ```

use tvm_ffi::*;

/// The conversions of arguments and results come from the types.
fn add(a: i64, b: i64) -> Result<i64> {
    match a.checked_add(b) {
        Some(sum) => Ok(sum),
        None => bail!(VALUE_ERROR, "{a} + {b} does not fit 64 bits"),
    }
}

/// Multiplies the float32 elements of a tensor on the host.
fn scale(tensor: Tensor, factor: f64) -> Result<()> {
    for element in tensor.data_as_slice_mut::<f32>()? {
        *element *= factor as f32;
    }
    Ok(())
}

/// The words of a text with their lengths.
fn word_lengths(text: String) -> Result<Map<String, i64>> {
    let words = text.split_whitespace();
    Ok(words
        .map(|word| (String::from(word), word.len() as i64))
        .collect())
}

/// A panic is a bug, and yet no reason to take the whole process along.
fn element(values: Array<i64>, index: usize) -> Result<i64> {
    let values: Vec<i64> = values.iter().collect();
    Ok(values[index])
}

tvm_ffi_dll_export_typed_func!(add, add);
tvm_ffi_dll_export_typed_func!(scale, scale);
tvm_ffi_dll_export_typed_func!(word_lengths, word_lengths);
tvm_ffi_dll_export_typed_func!(element, element);
