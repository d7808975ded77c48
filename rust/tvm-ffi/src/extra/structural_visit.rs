// SPDX-License-Identifier: Apache-2.0
//! Structural visiting: going through a value and everything that it is made of.
//!
//! [`structural_walk`] calls handlers for every value, before or after its parts.
//! [`structural_visit`] gives a [`StructuralVisitor`] full control over the descent. Every
//! occurrence is visited; nothing is deduplicated.
//!
//! Parts are the elements of arrays and lists, keys and values of maps and dicts, and the
//! reflected fields of other objects that structural equality does not ignore.
//!
//! ```
//! use tvm_ffi::*;
//!
//! let data = Array::new(vec![Array::new(vec![1i64, 2]), Array::new(vec![3])]);
//! let mut sum = 0;
//! structural_walk(
//!     &data,
//!     |n: i64| {
//!         sum += n;
//!         WalkResult::Advance
//!     },
//!     WalkOrder::PreOrder,
//! )
//! .unwrap();
//! assert_eq!(sum, 6);
//! ```

use std::marker::PhantomData;

use tvm_ffi_sys::TVMFFIAny;

use crate::any::{Any, AnyView};
use crate::error::Result;
pub use crate::extra::dispatch::VisitDispatch;
use crate::extra::structural_children::{visit_children, with_frame};
use crate::object::{is_instance_of, ObjectCore};
use crate::type_traits::{type_key_of_index, AnyCompatible, NONE, OBJECT_BEGIN};

/// What a handler wants to happen next.
pub enum WalkResult {
    /// Go on.
    Advance,
    /// Leave out the parts of this value (in post-order the same as [`Self::Advance`]).
    Skip,
    /// Stop everything.
    Interrupt,
    /// Stop everything with a result.
    InterruptWith(Any),
}

impl WalkResult {
    /// Stops everything with a result.
    pub fn interrupt_with<T: Into<Any>>(payload: T) -> Self {
        Self::InterruptWith(payload.into())
    }
}

/// Result of a handler.
#[doc(hidden)]
pub type VisitResult = Result<WalkResult>;

/// What handlers may return: [`WalkResult`], or a `Result` of it.
#[diagnostic::on_unimplemented(
    message = "a visit handler must return `WalkResult` or `Result<WalkResult>`, not `{Self}`"
)]
pub trait IntoVisitResult {
    /// The result.
    fn into_visit_result(self) -> Result<WalkResult>;
}

impl IntoVisitResult for WalkResult {
    fn into_visit_result(self) -> Result<WalkResult> {
        Ok(self)
    }
}

impl IntoVisitResult for Result<WalkResult> {
    fn into_visit_result(self) -> Result<WalkResult> {
        self
    }
}

/// Whether handlers run before or after the parts of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WalkOrder {
    /// Before.
    #[default]
    PreOrder,
    /// After.
    PostOrder,
}

/// Whether variables met here are defined or used.
#[repr(i32)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DefRegionKind {
    /// Variables are uses.
    #[default]
    None = 0,
    /// The variable and the free variables of its type are defined; holds for everything below.
    Pattern = 1,
    /// Only the variable itself is defined.
    Simple = 2,
}

#[allow(non_upper_case_globals)]
impl DefRegionKind {
    /// Earlier name of [`Self::Pattern`].
    pub const Recursive: Self = Self::Pattern;
    /// Earlier name of [`Self::Simple`].
    pub const NonRecursive: Self = Self::Simple;
}

/// Tells that a handler has stopped the visit.
pub struct VisitInterrupt {
    /// The handler's result, None for a plain interrupt.
    pub value: Any,
}

impl VisitInterrupt {
    /// An interrupt with a result.
    pub fn with<T: Into<Any>>(payload: T) -> Self {
        Self {
            value: payload.into(),
        }
    }
}

/// A borrowed value handed to a handler.
#[repr(transparent)]
pub struct VisitValue(TVMFFIAny);

impl VisitValue {
    /// The value as an `R` if it is one, without conversion.
    pub fn cast<R: AnyCompatible>(&self) -> Option<R> {
        self.view().try_as::<R>()
    }

    /// Type index of the value.
    pub fn type_index(&self) -> i32 {
        self.0.type_index
    }

    /// The object struct if the value is an `N` or a subtype, without counting.
    pub fn as_node<N: ObjectCore>(&self) -> Option<&N> {
        let index = self.0.type_index;
        let matches = index >= OBJECT_BEGIN
            && if N::TYPE_FINAL {
                index == N::type_index()
            } else {
                is_instance_of::<N>(index)
            };
        // SAFETY: the object is an instance of `N` and alive as long as the value is borrowed.
        matches.then(|| unsafe { &*self.0.data_union.v_obj.cast::<N>() })
    }

    /// The value as a view.
    pub(crate) fn view(&self) -> AnyView<'_> {
        // SAFETY: whatever the cell refers to outlives the borrow of `self`.
        unsafe { AnyView::from_cell(self.0) }
    }

    /// Borrows a cell.
    ///
    /// # Safety
    /// The cell is valid for as long as it is borrowed.
    pub(crate) unsafe fn from_cell(cell: &TVMFFIAny) -> &Self {
        // SAFETY: transparent over the cell.
        unsafe { &*std::ptr::from_ref(cell).cast::<Self>() }
    }
}

// ---------------------------------------------------------------------------------------------
// Visitor layer
// ---------------------------------------------------------------------------------------------

/// A visitor that decides itself where to descend.
///
/// ```
/// use tvm_ffi::*;
///
/// struct Depth {
///     current: usize,
///     deepest: usize,
/// }
///
/// impl StructuralVisitor for Depth {
///     fn visit(
///         &mut self,
///         value: &VisitValue,
///         kind: DefRegionKind,
///     ) -> Result<Option<VisitInterrupt>> {
///         self.current += 1;
///         self.deepest = self.deepest.max(self.current);
///         let outcome = self.default_visit_children(value, kind);
///         self.current -= 1;
///         outcome
///     }
/// }
///
/// let mut depth = Depth { current: 0, deepest: 0 };
/// structural_visit(&Array::new(vec![1i64, 2]), &mut depth).unwrap();
/// assert_eq!(depth.deepest, 2);
/// ```
pub trait StructuralVisitor: Sized {
    /// Visits one value. Interrupts and errors of nested calls should be passed on.
    fn visit(
        &mut self,
        value: &VisitValue,
        def_region_kind: DefRegionKind,
    ) -> Result<Option<VisitInterrupt>>;

    /// Visits any value as a part; None is passed over.
    fn visit_child<T>(
        &mut self,
        child: &T,
        def_region_kind: DefRegionKind,
    ) -> Result<Option<VisitInterrupt>>
    where
        for<'x> AnyView<'x>: From<&'x T>,
    {
        let view = AnyView::from(child);
        if view.type_index() == NONE {
            return Ok(None);
        }
        // SAFETY: the view borrows `child`.
        let value = unsafe { VisitValue::from_cell(view.cell()) };
        with_object_frame(value, || self.visit(value, def_region_kind))
    }

    /// Visits the parts of a value.
    fn default_visit_children(
        &mut self,
        value: &VisitValue,
        def_region_kind: DefRegionKind,
    ) -> Result<Option<VisitInterrupt>> {
        visit_children(value, def_region_kind, &mut |child, kind| {
            with_object_frame(child, || self.visit(child, kind))
        })
    }
}

/// Visits `root` with a visitor. `Ok(None)` means completed, `Ok(Some(_))` interrupted.
pub fn structural_visit<R, V>(root: &R, visitor: &mut V) -> Result<Option<VisitInterrupt>>
where
    V: StructuralVisitor,
    for<'x> AnyView<'x>: From<&'x R>,
{
    visitor.visit_child(root, DefRegionKind::None)
}

/// Adds the frame of an object to the errors of its visit.
fn with_object_frame<T>(value: &VisitValue, body: impl FnOnce() -> Result<T>) -> Result<T> {
    let result = body();
    if value.type_index() < OBJECT_BEGIN {
        return result;
    }
    with_frame(result, || {
        format!("object `{}`", type_key_of_index(value.type_index()))
    })
}

// ---------------------------------------------------------------------------------------------
// Walk layer
// ---------------------------------------------------------------------------------------------

/// Walks through `root` with handlers. `Ok(None)` means completed, `Ok(Some(_))` interrupted.
///
/// The walker is a `&mut` visitor with `#[dispatch(visit)]`, a closure, or a tuple of up to 8 of
/// these, of which the first that matches runs. A closure takes `&VisitValue` (everything), an
/// owned [`AnyCompatible`] value or a `&` object struct (values of that type), optionally followed
/// by a [`DefRegionKind`].
pub fn structural_walk<R, M, H>(
    root: &R,
    walker: H,
    order: WalkOrder,
) -> Result<Option<VisitInterrupt>>
where
    H: IntoWalker<M>,
    for<'x> AnyView<'x>: From<&'x R>,
{
    let view = AnyView::from(root);
    if view.type_index() == NONE {
        return Ok(None);
    }
    let mut walker = walker.into_walker(order);
    // SAFETY: the view borrows `root`.
    walk(
        &mut walker,
        unsafe { VisitValue::from_cell(view.cell()) },
        DefRegionKind::None,
    )
}

fn walk<W: NativeVisit>(
    walker: &mut W,
    value: &VisitValue,
    kind: DefRegionKind,
) -> Result<Option<VisitInterrupt>> {
    with_object_frame(value, || {
        match walker.enter(value, kind)? {
            WalkResult::Advance => {
                let walk_child = &mut |child: &VisitValue, kind| walk(walker, child, kind);
                if let Some(interrupt) = visit_children(value, kind, walk_child)? {
                    return Ok(Some(interrupt));
                }
            }
            WalkResult::Skip => {}
            WalkResult::Interrupt => return Ok(Some(VisitInterrupt { value: Any::new() })),
            WalkResult::InterruptWith(value) => return Ok(Some(VisitInterrupt { value })),
        }
        Ok(match walker.exit(value, kind)? {
            WalkResult::Advance | WalkResult::Skip => None,
            WalkResult::Interrupt => Some(VisitInterrupt { value: Any::new() }),
            WalkResult::InterruptWith(value) => Some(VisitInterrupt { value }),
        })
    })
}

/// Callbacks of a walk.
#[doc(hidden)]
pub trait NativeVisit {
    /// Before the parts of a value.
    fn enter(&mut self, value: &VisitValue, def_region_kind: DefRegionKind) -> Result<WalkResult>;
    /// After them.
    fn exit(&mut self, value: &VisitValue, def_region_kind: DefRegionKind) -> Result<WalkResult> {
        let _ = (value, def_region_kind);
        Ok(WalkResult::Advance)
    }
}

/// Anything that [`structural_walk`] accepts; `Marker` tells by inference which kind it is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a supported `structural_walk` walker",
    note = "pass `&mut visitor` with `#[dispatch(visit)]`, a closure, or a tuple of 1 to 8 of them",
    note = "a closure takes `&VisitValue`, an owned value or a reference to an object struct, with \
            its type written out, and returns `WalkResult` or `Result<WalkResult>`"
)]
pub trait IntoWalker<Marker> {
    /// What walks.
    #[doc(hidden)]
    type Walker: NativeVisit;
    /// Makes it.
    #[doc(hidden)]
    fn into_walker(self, order: WalkOrder) -> Self::Walker;
}

/// One element of a chain of walkers.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a supported `structural_walk` walker",
    note = "pass `&mut visitor` with `#[dispatch(visit)]`, a closure, or a tuple of 1 to 8 of them",
    note = "a closure takes `&VisitValue`, an owned value or a reference to an object struct, with \
            its type written out, and returns `WalkResult` or `Result<WalkResult>`"
)]
pub trait WalkChainLink<Marker> {
    /// Runs the handler if it matches.
    fn try_call(
        &mut self,
        value: &VisitValue,
        def_region_kind: DefRegionKind,
    ) -> Option<VisitResult>;
}

/// A link that runs in one of the two orders.
#[doc(hidden)]
pub struct ChainWalker<Links, Markers> {
    links: Links,
    order: WalkOrder,
    _markers: PhantomData<Markers>,
}

impl<L: WalkChainLink<M>, M> ChainWalker<L, M> {
    fn call(&mut self, value: &VisitValue, kind: DefRegionKind, order: WalkOrder) -> VisitResult {
        if self.order != order {
            return Ok(WalkResult::Advance);
        }
        self.links
            .try_call(value, kind)
            .unwrap_or(Ok(WalkResult::Advance))
    }
}

impl<L: WalkChainLink<M>, M> NativeVisit for ChainWalker<L, M> {
    fn enter(&mut self, value: &VisitValue, kind: DefRegionKind) -> Result<WalkResult> {
        self.call(value, kind, WalkOrder::PreOrder)
    }
    fn exit(&mut self, value: &VisitValue, kind: DefRegionKind) -> Result<WalkResult> {
        self.call(value, kind, WalkOrder::PostOrder)
    }
}

impl<L: WalkChainLink<M>, M> IntoWalker<M> for L {
    type Walker = ChainWalker<L, M>;
    fn into_walker(self, order: WalkOrder) -> Self::Walker {
        ChainWalker {
            links: self,
            order,
            _markers: PhantomData,
        }
    }
}

/// Marker: a visitor with `#[dispatch(visit)]`.
#[doc(hidden)]
pub struct ByDispatchLink;
/// Marker: `FnMut(&VisitValue)`.
#[doc(hidden)]
pub struct ByCatchAllLink;
/// Marker: `FnMut(&VisitValue, DefRegionKind)`.
#[doc(hidden)]
pub struct ByCatchAllKindLink;
/// Marker: `FnMut(T)`.
#[doc(hidden)]
pub struct ByOwnedLink<T>(PhantomData<T>);
/// Marker: `FnMut(T, DefRegionKind)`.
#[doc(hidden)]
pub struct ByOwnedKindLink<T>(PhantomData<T>);
/// Marker: `FnMut(&N)`.
#[doc(hidden)]
pub struct ByNodeLink<N>(PhantomData<N>);
/// Marker: `FnMut(&N, DefRegionKind)`.
#[doc(hidden)]
pub struct ByNodeKindLink<N>(PhantomData<N>);

impl<V: VisitDispatch> WalkChainLink<ByDispatchLink> for &mut V {
    fn try_call(&mut self, value: &VisitValue, kind: DefRegionKind) -> Option<VisitResult> {
        self.dispatch_visit(value, kind)
    }
}

impl<F, O> WalkChainLink<ByCatchAllLink> for F
where
    F: FnMut(&VisitValue) -> O,
    O: IntoVisitResult,
{
    fn try_call(&mut self, value: &VisitValue, _kind: DefRegionKind) -> Option<VisitResult> {
        Some(self(value).into_visit_result())
    }
}

impl<F, O> WalkChainLink<ByCatchAllKindLink> for F
where
    F: FnMut(&VisitValue, DefRegionKind) -> O,
    O: IntoVisitResult,
{
    fn try_call(&mut self, value: &VisitValue, kind: DefRegionKind) -> Option<VisitResult> {
        Some(self(value, kind).into_visit_result())
    }
}

impl<F, T, O> WalkChainLink<ByOwnedLink<T>> for F
where
    F: FnMut(T) -> O,
    T: AnyCompatible,
    O: IntoVisitResult,
{
    fn try_call(&mut self, value: &VisitValue, _kind: DefRegionKind) -> Option<VisitResult> {
        value
            .cast::<T>()
            .map(|value| self(value).into_visit_result())
    }
}

impl<F, T, O> WalkChainLink<ByOwnedKindLink<T>> for F
where
    F: FnMut(T, DefRegionKind) -> O,
    T: AnyCompatible,
    O: IntoVisitResult,
{
    fn try_call(&mut self, value: &VisitValue, kind: DefRegionKind) -> Option<VisitResult> {
        value
            .cast::<T>()
            .map(|value| self(value, kind).into_visit_result())
    }
}

impl<F, N, O> WalkChainLink<ByNodeLink<N>> for F
where
    F: FnMut(&N) -> O,
    N: ObjectCore,
    O: IntoVisitResult,
{
    fn try_call(&mut self, value: &VisitValue, _kind: DefRegionKind) -> Option<VisitResult> {
        value
            .as_node::<N>()
            .map(|node| self(node).into_visit_result())
    }
}

impl<F, N, O> WalkChainLink<ByNodeKindLink<N>> for F
where
    F: FnMut(&N, DefRegionKind) -> O,
    N: ObjectCore,
    O: IntoVisitResult,
{
    fn try_call(&mut self, value: &VisitValue, kind: DefRegionKind) -> Option<VisitResult> {
        value
            .as_node::<N>()
            .map(|node| self(node, kind).into_visit_result())
    }
}

/// A tuple of links is a link: the first that matches runs.
macro_rules! impl_chain {
    ($($index:tt $link:ident $marker:ident),*) => {
        impl<$($link, $marker),*> WalkChainLink<($($marker,)*)> for ($($link,)*)
        where
            $($link: WalkChainLink<$marker>,)*
        {
            fn try_call(&mut self, value: &VisitValue, kind: DefRegionKind) -> Option<VisitResult> {
                $(
                    if let Some(result) = self.$index.try_call(value, kind) {
                        return Some(result);
                    }
                )*
                None
            }
        }
    };
}

impl_chain!(0 L0 M0);
impl_chain!(0 L0 M0, 1 L1 M1);
impl_chain!(0 L0 M0, 1 L1 M1, 2 L2 M2);
impl_chain!(0 L0 M0, 1 L1 M1, 2 L2 M2, 3 L3 M3);
impl_chain!(0 L0 M0, 1 L1 M1, 2 L2 M2, 3 L3 M3, 4 L4 M4);
impl_chain!(0 L0 M0, 1 L1 M1, 2 L2 M2, 3 L3 M3, 4 L4 M4, 5 L5 M5);
impl_chain!(0 L0 M0, 1 L1 M1, 2 L2 M2, 3 L3 M3, 4 L4 M4, 5 L5 M5, 6 L6 M6);
impl_chain!(0 L0 M0, 1 L1 M1, 2 L2 M2, 3 L3 M3, 4 L4 M4, 5 L5 M5, 6 L6 M6, 7 L7 M7);
