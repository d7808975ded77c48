// SPDX-License-Identifier: Apache-2.0
//! Modules and other services beside the core values.

pub mod dispatch;
pub mod module;
// The hidden pointer of virtual functions is an ordinary argument here, not on every processor.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub mod module_body;
mod structural_children;
pub mod structural_visit;

pub use dispatch::VisitDispatch;
pub use module::Module;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub use module_body::ModuleBody;
pub use structural_visit::{
    structural_visit, structural_walk, DefRegionKind, IntoVisitResult, IntoWalker,
    StructuralVisitor, VisitInterrupt, VisitValue, WalkChainLink, WalkOrder, WalkResult,
};
