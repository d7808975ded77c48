// SPDX-License-Identifier: Apache-2.0
//! Modules and other services beside the core values.

pub mod module;

pub use module::Module;
