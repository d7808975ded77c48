// SPDX-License-Identifier: Apache-2.0
//! The parts of a value, for structural visiting.
//!
//! A container is held while its parts are visited, and the elements of lists and dicts are copied
//! first, so handlers may change what they are visiting.

use tvm_ffi_sys::{
    TVMFFIAny, TVMFFIByteArray, TVMFFIFieldFlagBitMask as Flag, TVMFFIFieldInfo,
    TVMFFIGetTypeAttrColumn, TVMFFIGetTypeInfo, TVMFFISEqHashKind, TVMFFISeqCell,
    TVMFFITypeIndex as TypeIndex, TVMFFITypeInfo,
};

use crate::any::Any;
use crate::cached_global_func;
use crate::collections::map::Cursor;
use crate::error::{Error, Result, RUNTIME_ERROR, TYPE_ERROR};
use crate::extra::structural_visit::{DefRegionKind, VisitInterrupt, VisitValue};
use crate::function::Function;
use crate::reflection::{own_fields, with_ancestors};
use crate::type_traits::{type_key_of_index, NONE, OBJECT_BEGIN, OPAQUE_PTR};

const ARRAY: i32 = TypeIndex::kTVMFFIArray as i32;
const LIST: i32 = TypeIndex::kTVMFFIList as i32;
const MAP: i32 = TypeIndex::kTVMFFIMap as i32;
const DICT: i32 = TypeIndex::kTVMFFIDict as i32;
const FUNCTION: i32 = TypeIndex::kTVMFFIFunction as i32;

type Outcome = Result<Option<VisitInterrupt>>;
type Callback<'a> = dyn FnMut(&VisitValue, DefRegionKind) -> Outcome + 'a;

/// Appends a frame to the backtrace of an error.
pub(crate) fn with_frame<T>(result: Result<T>, frame: impl FnOnce() -> String) -> Result<T> {
    result.map_err(|error| {
        let line = format!("[native structural visit] {}\n", frame());
        Error::with_appended_backtrace(error, &line)
    })
}

/// Calls back for every part of a value, in order, until one interrupts or fails.
pub(crate) fn visit_children(
    value: &VisitValue,
    kind: DefRegionKind,
    callback: &mut Callback<'_>,
) -> Outcome {
    match value.type_index() {
        ARRAY | LIST => visit_sequence(value, kind, callback),
        MAP => visit_map(value, kind, callback, &MapFunctions::map()),
        DICT => visit_map(value, kind, callback, &MapFunctions::dict()),
        index => {
            refuse_foreign_visit(index)?;
            if index < OBJECT_BEGIN {
                return Ok(None);
            }
            visit_fields(value, kind, callback)
        }
    }
}

/// Visits one part, unless it is None, and names it in the errors of its visit.
fn visit_part(
    part: &Any,
    kind: DefRegionKind,
    callback: &mut Callback<'_>,
    frame: impl FnOnce() -> String,
) -> Outcome {
    if part.type_index() == NONE {
        return Ok(None);
    }
    // SAFETY: the owned value outlives the call.
    let value = unsafe { VisitValue::from_cell(part.cell()) };
    with_frame(callback(value, kind), frame)
}

fn visit_sequence(value: &VisitValue, kind: DefRegionKind, callback: &mut Callback<'_>) -> Outcome {
    let container = Any::from(value.view());
    let elements = elements(&container)?;
    // A list may change while it is visited; what was there first is visited. The container held
    // above makes an array immutable.
    let snapshot: Vec<Any>;
    let elements: &[Any] = if container.type_index() == LIST {
        snapshot = elements.to_vec();
        &snapshot
    } else {
        elements
    };
    for (index, element) in elements.iter().enumerate() {
        let frame = || format!("sequence item [{index}]");
        if let Some(interrupt) = visit_part(element, kind, callback, frame)? {
            return Ok(Some(interrupt));
        }
    }
    Ok(None)
}

/// The cells of an array or a list.
fn elements(container: &Any) -> Result<&[Any]> {
    // SAFETY: arrays and lists have a sequence cell behind their header.
    let cell = unsafe {
        let object = container.cell().data_union.v_obj;
        &*object.add(1).cast::<TVMFFISeqCell>()
    };
    crate::ensure!(
        cell.size >= 0,
        RUNTIME_ERROR,
        "native visitor: sequence reports a negative size"
    );
    if cell.size == 0 {
        return Ok(&[]);
    }
    crate::ensure!(
        !cell.data.is_null(),
        RUNTIME_ERROR,
        "native visitor: non-empty sequence has a null data pointer"
    );
    let Ok(size) = usize::try_from(cell.size) else {
        crate::bail!(
            RUNTIME_ERROR,
            "native visitor: sequence size does not fit usize"
        );
    };
    // SAFETY: `data` points at `size` owned cells, each of which is an `Any`, while the container
    // lives and does not change.
    Ok(unsafe { std::slice::from_raw_parts(cell.data.cast::<Any>(), size) })
}

/// The library's functions for one kind of map.
struct MapFunctions {
    size: &'static Function,
    iterate: &'static Function,
    name: &'static str,
}

impl MapFunctions {
    fn map() -> Self {
        Self {
            size: cached_global_func!("ffi.MapSize"),
            iterate: cached_global_func!("ffi.MapForwardIterFunctor"),
            name: "map",
        }
    }

    fn dict() -> Self {
        Self {
            size: cached_global_func!("ffi.DictSize"),
            iterate: cached_global_func!("ffi.DictForwardIterFunctor"),
            name: "dict",
        }
    }
}

fn visit_map(
    value: &VisitValue,
    kind: DefRegionKind,
    callback: &mut Callback<'_>,
    functions: &MapFunctions,
) -> Outcome {
    let container = Any::from(value.view());
    let size = i64::try_from(functions.size.call_tuple((&container,))?)?;
    crate::ensure!(
        size >= 0,
        RUNTIME_ERROR,
        "native visitor: map reports a negative size"
    );
    let Ok(size) = usize::try_from(size) else {
        crate::bail!(RUNTIME_ERROR, "native visitor: map size does not fit usize");
    };
    let entries = Cursor::start(container, size, functions.iterate)?.entries()?;
    crate::ensure!(
        entries.len() == size,
        RUNTIME_ERROR,
        "native visitor: map iteration ended early"
    );
    for (index, (key, value)) in entries.iter().enumerate() {
        let name = functions.name;
        let key_frame = || format!("{name} key [{index}]");
        if let Some(interrupt) = visit_part(key, kind, callback, key_frame)? {
            return Ok(Some(interrupt));
        }
        let value_frame = || format!("{name} value [{index}]");
        if let Some(interrupt) = visit_part(value, kind, callback, value_frame)? {
            return Ok(Some(interrupt));
        }
    }
    Ok(None)
}

fn visit_fields(value: &VisitValue, kind: DefRegionKind, callback: &mut Callback<'_>) -> Outcome {
    let index = value.type_index();
    // SAFETY: the index is that of a live object; entries of the table are never freed.
    let Some(info) = (unsafe { TVMFFIGetTypeInfo(index).as_ref::<'static>() }) else {
        crate::bail!(
            RUNTIME_ERROR,
            "native visitor: unregistered type index {index}"
        );
    };
    let kind = kind_of_fields(info, kind);
    let mut chain: Vec<_> = with_ancestors(info)
        .filter(|info| info.type_depth > 0)
        .collect();
    chain.reverse();
    for field in chain.into_iter().flat_map(own_fields) {
        if has_flag(field, Flag::kTVMFFIFieldFlagBitMaskSEqHashIgnore) {
            continue;
        }
        let name = field.name.as_str();
        let part = with_frame(read_field(value, field), || format!("field `{name}`"))?;
        let frame = || format!("field `{name}`");
        if let Some(interrupt) = visit_part(&part, kind_of_field(field, kind), callback, frame)? {
            return Ok(Some(interrupt));
        }
    }
    Ok(None)
}

fn read_field(value: &VisitValue, field: &TVMFFIFieldInfo) -> Result<Any> {
    let (Some(getter), Ok(offset)) = (field.getter, usize::try_from(field.offset)) else {
        crate::bail!(
            RUNTIME_ERROR,
            "native visitor: reflected field `{}` has no getter",
            field.name.as_str()
        );
    };
    let view = value.view();
    let mut result = TVMFFIAny::new();
    // SAFETY: the object is alive and has the field at this offset; the getter only reads it. On
    // success the result is an owned value.
    unsafe {
        let address = view
            .cell()
            .data_union
            .v_obj
            .cast::<u8>()
            .wrapping_add(offset);
        crate::check_safe_call!(getter(address.cast(), &mut result))?;
        Ok(Any::from_raw_ffi_any(result))
    }
}

fn has_flag(field: &TVMFFIFieldInfo, flag: Flag) -> bool {
    field.flags & i64::from(flag as i32) != 0
}

/// The kind that the fields of an object start from: what a variable's fields hold are uses when
/// only the variable itself is being defined.
fn kind_of_fields(info: &TVMFFITypeInfo, kind: DefRegionKind) -> DefRegionKind {
    // SAFETY: metadata, once set, is never freed.
    let structural = unsafe { info.metadata.as_ref() }.map(|data| data.structural_eq_hash_kind);
    let is_variable = structural == Some(TVMFFISEqHashKind::kTVMFFISEqHashKindFreeVar as i32);
    if is_variable && kind == DefRegionKind::Simple {
        DefRegionKind::None
    } else {
        kind
    }
}

/// The kind of a field. Inside of a pattern nothing changes the kind any more.
fn kind_of_field(field: &TVMFFIFieldInfo, kind: DefRegionKind) -> DefRegionKind {
    if kind == DefRegionKind::Pattern {
        kind
    } else if has_flag(field, Flag::kTVMFFIFieldFlagBitMaskSEqHashDefSimple) {
        DefRegionKind::Simple
    } else if has_flag(field, Flag::kTVMFFIFieldFlagBitMaskSEqHashDefPattern) {
        DefRegionKind::Pattern
    } else {
        kind
    }
}

/// Fails for a type that brings a visit function of its own, which this walk cannot run.
fn refuse_foreign_visit(type_index: i32) -> Result<()> {
    const NAME: &str = "__s_visit__";
    let name = TVMFFIByteArray::new(NAME.as_ptr(), NAME.len());
    // SAFETY: the name is valid for the call; a column lives as long as the process, and its size
    // is published after its data.
    let attribute = unsafe {
        let Some(column) = TVMFFIGetTypeAttrColumn(&name).as_ref() else {
            return Ok(());
        };
        let offset = i64::from(type_index) - i64::from(column.begin_index);
        if offset < 0 || offset >= i64::from(column.size) {
            return Ok(());
        }
        *column.data.add(offset as usize)
    };
    match attribute.type_index {
        NONE => Ok(()),
        OPAQUE_PTR | FUNCTION => {
            let subject = if type_index < OBJECT_BEGIN {
                format!("type index {type_index}")
            } else {
                format!("type `{}`", type_key_of_index(type_index))
            };
            crate::bail!(
                RUNTIME_ERROR,
                "native visitor: {subject} registers foreign `__s_visit__`; visit its children \
                 explicitly from a `StructuralVisitor` (`structural_visit`), or skip it with a \
                 pre-order `WalkResult::Skip` handler"
            );
        }
        _ => crate::bail!(
            TYPE_ERROR,
            "__s_visit__ must be an opaque function pointer or ffi.Function"
        ),
    }
}
