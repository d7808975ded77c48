// SPDX-License-Identifier: Apache-2.0
//! Modules and other services beside the core values.

pub mod dispatch;
pub mod module;
mod structural_children;
pub mod structural_visit;

pub use dispatch::VisitDispatch;
pub use module::Module;
pub use structural_visit::{
    structural_visit, structural_walk, DefRegionKind, IntoVisitResult, IntoWalker,
    StructuralVisitor, VisitInterrupt, VisitValue, WalkChainLink, WalkOrder, WalkResult,
};
