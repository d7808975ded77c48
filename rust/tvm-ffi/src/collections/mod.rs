// SPDX-License-Identifier: Apache-2.0
//! Containers and tensors.

pub mod array;
pub mod list;
pub mod map;
pub mod shape;
pub mod tensor;

pub use array::Array;
pub use list::List;
pub use map::Map;
pub use shape::Shape;
pub use tensor::{CPUNDAlloc, NDAllocator, Tensor};

/// The name of a Rust type with every path cut to its last segment: `Array<String>`.
fn short_type_name<T>() -> String {
    let full = std::any::type_name::<T>();
    let mut short = String::new();
    for (index, segment) in full.split("::").enumerate() {
        if index > 0 {
            // Everything back to the last character that is no identifier was a path prefix.
            let keep = short
                .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
                .map_or(0, |position| position + 1);
            short.truncate(keep);
        }
        short.push_str(segment);
    }
    short
}
