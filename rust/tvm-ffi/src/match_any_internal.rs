// SPDX-License-Identifier: Apache-2.0
//! What expansions of `match_any!` call.
//!
//! The two probes choose an implementation by method lookup: a method of the probe itself wins
//! over one of a reference to it, so a type that fulfils the stronger bound gets the faster way.

use std::any::TypeId;
use std::convert::Infallible;
use std::marker::PhantomData;

use crate::any::AnyView;
use crate::type_traits::{AnyCompatible, OBJECT_BEGIN};

/// Number of an arm, from 0 in source order.
pub type ArmId = u32;

/// Views the scrutinee.
pub fn scrutinee_view<'a, S>(scrutinee: &'a S) -> AnyView<'a>
where
    &'a S: TryInto<AnyView<'a>, Error = Infallible>,
{
    match scrutinee.try_into() {
        Ok(view) => view,
        Err(never) => match never {},
    }
}

/// Whether a value can match a typed arm at all.
pub fn is_object(view: &AnyView<'_>) -> bool {
    view.type_index() >= OBJECT_BEGIN
}

/// Chooses how a view is converted to `T`.
pub struct PatternConversionProbe<T>(PhantomData<T>);

impl<T> PatternConversionProbe<T> {
    /// A probe.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

/// Conversion of a view to the type of an arm.
#[allow(clippy::result_unit_err)]
pub trait PatternConversion<'a, T> {
    /// Converts.
    fn try_convert(&self, view: AnyView<'a>) -> Result<T, ()>;
    /// Converts a value whose type index is known to be the exact one of `T`.
    ///
    /// # Safety
    /// The view's type index is `T::match_any_exact_type_index()`.
    unsafe fn try_convert_after_exact_match(&self, view: AnyView<'a>) -> Result<T, ()> {
        self.try_convert(view)
    }
}

impl<'a, T: AnyCompatible> PatternConversion<'a, T> for PatternConversionProbe<T> {
    fn try_convert(&self, view: AnyView<'a>) -> Result<T, ()> {
        if T::MATCH_ANY_EXACT {
            if view.type_index() != T::match_any_exact_type_index() {
                return Err(());
            }
            // SAFETY: just compared.
            return unsafe { self.try_convert_after_exact_match(view) };
        }
        // SAFETY: the cell of a view is valid.
        unsafe { T::try_cast_from_any_view(view.cell()) }
    }

    unsafe fn try_convert_after_exact_match(&self, view: AnyView<'a>) -> Result<T, ()> {
        // SAFETY: an exact index promises that the cell is the type's own.
        Ok(unsafe { T::copy_from_any_view_after_check(view.cell()) })
    }
}

impl<'a, T> PatternConversion<'a, T> for &PatternConversionProbe<T>
where
    AnyView<'a>: TryInto<T>,
{
    fn try_convert(&self, view: AnyView<'a>) -> Result<T, ()> {
        view.try_into().map_err(drop)
    }
}

/// Maps type indices to arms, for one list of arm types.
pub struct LeafLookupTable {
    pattern_list_id: TypeId,
    first_index: i32,
    arms: Vec<Option<ArmId>>,
}

#[allow(clippy::result_unit_err)]
impl LeafLookupTable {
    /// Builds the table of arms in source order; duplicates keep the first arm.
    ///
    /// Panics without arms and for an index that is no object's.
    pub fn build(pattern_list_id: TypeId, type_indices: &[i32]) -> Self {
        let (Some(&first_index), Some(&last_index)) =
            (type_indices.iter().min(), type_indices.iter().max())
        else {
            panic!("match_any! leaf lookup requires at least one arm");
        };
        assert!(
            first_index >= OBJECT_BEGIN,
            "match_any! leaf pattern returned a non-object type index"
        );
        let mut arms = vec![None; (last_index - first_index) as usize + 1];
        for (arm, index) in (0..).zip(type_indices) {
            arms[(index - first_index) as usize].get_or_insert(arm);
        }
        Self {
            pattern_list_id,
            first_index,
            arms,
        }
    }

    /// The arm of a type index; `Err` when the table belongs to another list of arm types.
    pub fn lookup(&self, pattern_list_id: TypeId, type_index: i32) -> Result<Option<ArmId>, ()> {
        if self.pattern_list_id != pattern_list_id {
            return Err(());
        }
        let offset = usize::try_from(i64::from(type_index) - i64::from(self.first_index));
        Ok(offset
            .ok()
            .and_then(|offset| self.arms.get(offset).copied().flatten()))
    }
}

/// List of arm types as nested pairs: `(A, (B, (C, ())))`.
pub trait LeafPatternList: 'static {
    /// Whether every type is decided by one type index.
    const ALL_EXACT_LEAF: bool;
    /// Writes those indices.
    fn fill_leaf_type_indices(out: &mut [i32]);
}

impl LeafPatternList for () {
    const ALL_EXACT_LEAF: bool = true;
    fn fill_leaf_type_indices(_out: &mut [i32]) {}
}

impl<Head, Tail> LeafPatternList for (Head, Tail)
where
    Head: AnyCompatible + 'static,
    Tail: LeafPatternList,
{
    const ALL_EXACT_LEAF: bool = Head::MATCH_ANY_EXACT && Tail::ALL_EXACT_LEAF;
    fn fill_leaf_type_indices(out: &mut [i32]) {
        if let Some((first, rest)) = out.split_first_mut() {
            *first = Head::match_any_exact_type_index();
            Tail::fill_leaf_type_indices(rest);
        }
    }
}

/// Tells whether a list of arm types can use the table.
pub struct LeafPatternProbe<T>(PhantomData<T>);

impl<T> LeafPatternProbe<T> {
    /// A probe.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

/// Facts about a list of arm types.
pub trait LeafPatternMetadata {
    /// Identity of the list, `None` when it cannot use the table.
    fn leaf_pattern_list_id(&self) -> Option<TypeId>;
    /// Writes the exact type indices.
    fn fill_leaf_type_indices(&self, out: &mut [i32]);
}

impl<T: LeafPatternList> LeafPatternMetadata for LeafPatternProbe<T> {
    fn leaf_pattern_list_id(&self) -> Option<TypeId> {
        T::ALL_EXACT_LEAF.then(TypeId::of::<T>)
    }
    fn fill_leaf_type_indices(&self, out: &mut [i32]) {
        T::fill_leaf_type_indices(out);
    }
}

impl<T> LeafPatternMetadata for &LeafPatternProbe<T> {
    fn leaf_pattern_list_id(&self) -> Option<TypeId> {
        None
    }
    fn fill_leaf_type_indices(&self, _out: &mut [i32]) {}
}
