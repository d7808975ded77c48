// SPDX-License-Identifier: Apache-2.0
//! `tvm/ffi/c_api.h`: values, objects, functions, errors, tensors and the type table.
//!
//! Conventions of the functions: an `i32` result is a status (0 is success, otherwise an error
//! waits in the calling thread's error slot), handles written to `out` are new strong references
//! owned by the caller, and input handles are borrowed for the duration of the call.

use std::ffi::{c_char, c_void};
use std::sync::atomic::AtomicU64;

use crate::dlpack::{DLDataType, DLDevice, DLTensor};

// ---------------------------------------------------------------------------------------------
// Type indices and other enums
// ---------------------------------------------------------------------------------------------

/// Type index of a value: below 64 the value is held in the cell, from 64 on it is an object.
///
/// Indices from [`TVMFFITypeIndex::kTVMFFIDynObjectBegin`] on are assigned at run time, so a cell's
/// index is always read as a plain `i32`, never as this enum.
#[repr(i32)]
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum TVMFFITypeIndex {
    /// Nothing.
    kTVMFFINone = 0,
    /// 64-bit signed integer.
    kTVMFFIInt = 1,
    /// Boolean, stored as integer 0 or 1.
    kTVMFFIBool = 2,
    /// IEEE double.
    kTVMFFIFloat = 3,
    /// Raw pointer.
    kTVMFFIOpaquePtr = 4,
    /// `DLDataType`.
    kTVMFFIDataType = 5,
    /// `DLDevice`.
    kTVMFFIDevice = 6,
    /// Borrowed `DLTensor*`.
    kTVMFFIDLTensorPtr = 7,
    /// Borrowed C string; views only.
    kTVMFFIRawStr = 8,
    /// Borrowed `TVMFFIByteArray*`; views only.
    kTVMFFIByteArrayPtr = 9,
    /// Slot whose object may be moved out; views only.
    kTVMFFIObjectRValueRef = 10,
    /// String of at most 7 bytes held in the cell.
    kTVMFFISmallStr = 11,
    /// Bytes, at most 7, held in the cell.
    kTVMFFISmallBytes = 12,
    /// Marker "no new value" of structural mutation.
    kTVMFFIUnchanged = 13,
    /// First object index, also the index of `ffi.Object` itself.
    kTVMFFIStaticObjectBegin = 64,
    /// Heap string.
    kTVMFFIStr = 65,
    /// Heap bytes.
    kTVMFFIBytes = 66,
    /// Error.
    kTVMFFIError = 67,
    /// Function.
    kTVMFFIFunction = 68,
    /// Tuple of 64-bit integers.
    kTVMFFIShape = 69,
    /// Tensor.
    kTVMFFITensor = 70,
    /// Immutable sequence.
    kTVMFFIArray = 71,
    /// Immutable map.
    kTVMFFIMap = 72,
    /// Loaded module.
    kTVMFFIModule = 73,
    /// Foreign object known to Python only.
    kTVMFFIOpaquePyObject = 74,
    /// Mutable sequence.
    kTVMFFIList = 75,
    /// Mutable map.
    kTVMFFIDict = 76,
    /// Interrupt of a structural visit.
    kTVMFFIVisitInterrupt = 77,
    /// Integer that does not fit 64 bits.
    kTVMFFIBigInt = 78,
    /// End of the assigned static indices.
    kTVMFFIStaticObjectEnd = 79,
    /// First index assigned at run time.
    kTVMFFIDynObjectBegin = 128,
}

/// What a deleter is asked to do.
#[repr(i32)]
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum TVMFFIObjectDeleterFlagBitMask {
    /// Destroy the content.
    kTVMFFIObjectDeleterFlagBitMaskStrong = 1,
    /// Release the memory.
    kTVMFFIObjectDeleterFlagBitMaskWeak = 2,
    /// Both, in that order.
    kTVMFFIObjectDeleterFlagBitMaskBoth = 3,
}

/// Bits of the flags of reflected fields and methods.
#[repr(i32)]
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum TVMFFIFieldFlagBitMask {
    /// Assignable from bindings.
    kTVMFFIFieldFlagBitMaskWritable = 1 << 0,
    /// A default is recorded.
    kTVMFFIFieldFlagBitMaskHasDefault = 1 << 1,
    /// Method without a `self` argument.
    kTVMFFIFieldFlagBitMaskIsStaticMethod = 1 << 2,
    /// Ignored by structural equality, hash and visiting.
    kTVMFFIFieldFlagBitMaskSEqHashIgnore = 1 << 3,
    /// Opens a pattern definition region.
    kTVMFFIFieldFlagBitMaskSEqHashDefPattern = 1 << 4,
    /// The default is made by calling the recorded function.
    kTVMFFIFieldFlagBitMaskDefaultFromFactory = 1 << 5,
    /// Left out of generic repr.
    kTVMFFIFieldFlagBitMaskReprOff = 1 << 6,
    /// Left out of recursive comparison.
    kTVMFFIFieldFlagBitMaskCompareOff = 1 << 7,
    /// Left out of recursive hash.
    kTVMFFIFieldFlagBitMaskHashOff = 1 << 8,
    /// Not a parameter of the generated constructor.
    kTVMFFIFieldFlagBitMaskInitOff = 1 << 9,
    /// Keyword-only parameter of the generated constructor.
    kTVMFFIFieldFlagBitMaskKwOnly = 1 << 10,
    /// The setter is a function object.
    kTVMFFIFieldFlagBitSetterIsFunctionObj = 1 << 11,
    /// Opens a simple definition region.
    kTVMFFIFieldFlagBitMaskSEqHashDefSimple = 1 << 12,
}

impl TVMFFIFieldFlagBitMask {
    /// Earlier name of [`Self::kTVMFFIFieldFlagBitMaskSEqHashDefPattern`].
    pub const kTVMFFIFieldFlagBitMaskSEqHashDefRecursive: Self =
        Self::kTVMFFIFieldFlagBitMaskSEqHashDefPattern;
    /// Earlier name of [`Self::kTVMFFIFieldFlagBitMaskSEqHashDefSimple`].
    pub const kTVMFFIFieldFlagBitMaskSEqHashDefNonRecursive: Self =
        Self::kTVMFFIFieldFlagBitMaskSEqHashDefSimple;
}

/// Kind of definition region a value is reached in.
#[repr(i32)]
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum TVMFFIDefRegionKind {
    /// Variables are uses.
    kTVMFFIDefRegionKindNone = 0,
    /// The variable and the free variables of its type are defined.
    kTVMFFIDefRegionKindPattern = 1,
    /// Only the variable itself is defined.
    kTVMFFIDefRegionKindSimple = 2,
}

impl TVMFFIDefRegionKind {
    /// Earlier name of [`Self::kTVMFFIDefRegionKindPattern`].
    pub const kTVMFFIDefRegionKindRecursive: Self = Self::kTVMFFIDefRegionKindPattern;
    /// Earlier name of [`Self::kTVMFFIDefRegionKindSimple`].
    pub const kTVMFFIDefRegionKindNonRecursive: Self = Self::kTVMFFIDefRegionKindSimple;
}

/// How structural equality and hash treat a type.
#[repr(i32)]
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum TVMFFISEqHashKind {
    /// An error.
    kTVMFFISEqHashKindUnsupported = 0,
    /// By content.
    kTVMFFISEqHashKindTreeNode = 1,
    /// A variable.
    kTVMFFISEqHashKindFreeVar = 2,
    /// By content and sharing.
    kTVMFFISEqHashKindDAGNode = 3,
    /// By content, without free variables below.
    kTVMFFISEqHashKindConstTreeNode = 4,
    /// By identity.
    kTVMFFISEqHashKindUniqueInstance = 5,
}

/// What `update_backtrace` does with its text.
#[repr(i32)]
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum TVMFFIBacktraceUpdateMode {
    /// Replace the backtrace.
    kTVMFFIBacktraceUpdateModeReplace = 0,
    /// Append to it.
    kTVMFFIBacktraceUpdateModeAppend = 1,
}

// ---------------------------------------------------------------------------------------------
// Objects and values
// ---------------------------------------------------------------------------------------------

/// Pointer to a [`TVMFFIObject`] header.
pub type TVMFFIObjectHandle = *mut c_void;

/// Destroys an object's content, its memory, or both, by [`TVMFFIObjectDeleterFlagBitMask`].
pub type TVMFFIObjectDeleter = unsafe extern "C" fn(self_ptr: *mut c_void, flags: i32);

/// Low half of the reference counter: the strong count.
pub const COMBINED_REF_COUNT_MASK_U32: u64 = 0xffff_ffff;
/// One strong reference.
pub const COMBINED_REF_COUNT_STRONG_ONE: u64 = 1;
/// One weak reference.
pub const COMBINED_REF_COUNT_WEAK_ONE: u64 = 1 << 32;
/// Counter of a fresh object: one strong, and the weak one that all strong ones hold together.
pub const COMBINED_REF_COUNT_BOTH_ONE: u64 =
    COMBINED_REF_COUNT_STRONG_ONE | COMBINED_REF_COUNT_WEAK_ONE;

/// Version of the library.
#[repr(C)]
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub struct TVMFFIVersion {
    /// Major number.
    pub major: u32,
    /// Minor number.
    pub minor: u32,
    /// Patch number.
    pub patch: u32,
}

/// The 24 bytes that every object starts with.
#[repr(C)]
pub struct TVMFFIObject {
    /// Strong count in the low, weak count in the high 32 bits.
    pub combined_ref_count: AtomicU64,
    /// Run-time type index.
    pub type_index: i32,
    /// Zero.
    pub __padding: u32,
    /// Destroys the object; `None` for static objects.
    pub deleter: Option<TVMFFIObjectDeleter>,
}

impl TVMFFIObject {
    /// A header with count 0, index 0 and no deleter.
    pub const fn new() -> Self {
        Self {
            combined_ref_count: AtomicU64::new(0),
            type_index: 0,
            __padding: 0,
            deleter: None,
        }
    }
}

impl Default for TVMFFIObject {
    fn default() -> Self {
        Self::new()
    }
}

/// Payload of a [`TVMFFIAny`].
#[repr(C)]
#[derive(Copy, Clone)]
pub union TVMFFIAnyDataUnion {
    /// Integer or boolean.
    pub v_int64: i64,
    /// Float.
    pub v_float64: f64,
    /// Raw pointer.
    pub v_ptr: *mut c_void,
    /// C string.
    pub v_c_str: *const i8,
    /// Object.
    pub v_obj: *mut TVMFFIObject,
    /// Data type (the last four bytes are zero).
    pub v_dtype: DLDataType,
    /// Device.
    pub v_device: DLDevice,
    /// Small string or bytes.
    pub v_bytes: [u8; 8],
    /// All eight bytes as an integer.
    pub v_uint64: u64,
}

/// One tagged value. Unused bytes are zero: comparison and hash read all 16.
#[repr(C)]
#[derive(Copy, Clone)]
pub struct TVMFFIAny {
    /// Type index of the value.
    pub type_index: i32,
    /// Length of a small string or bytes, otherwise 0.
    pub small_str_len: u32,
    /// The value.
    pub data_union: TVMFFIAnyDataUnion,
}

impl TVMFFIAny {
    /// None.
    pub const fn new() -> Self {
        Self {
            type_index: TVMFFITypeIndex::kTVMFFINone as i32,
            small_str_len: 0,
            data_union: TVMFFIAnyDataUnion { v_uint64: 0 },
        }
    }
}

impl Default for TVMFFIAny {
    fn default() -> Self {
        Self::new()
    }
}

/// A borrowed run of bytes.
#[repr(C)]
pub struct TVMFFIByteArray {
    /// First byte; may be null when `size` is 0.
    pub data: *const u8,
    /// Number of bytes.
    pub size: usize,
}

impl TVMFFIByteArray {
    /// The `size` bytes at `data`.
    pub const fn new(data: *const u8, size: usize) -> Self {
        Self { data, size }
    }

    /// The bytes as text, without a UTF-8 check.
    ///
    /// Whoever fills in the fields vouches that they describe readable UTF-8 that outlives `self`.
    pub fn as_str(&self) -> &str {
        if self.data.is_null() || self.size == 0 {
            return "";
        }
        // SAFETY: the contract of this struct: `data` points at `size` readable bytes of UTF-8.
        unsafe { std::str::from_utf8_unchecked(std::slice::from_raw_parts(self.data, self.size)) }
    }

    /// The bytes of `text`.
    ///
    /// # Safety
    /// The result borrows `text` without a lifetime and must not be used after it is gone.
    pub const unsafe fn from_str(text: &str) -> Self {
        Self {
            data: text.as_ptr(),
            size: text.len(),
        }
    }
}

// ---------------------------------------------------------------------------------------------
// Object cells, each at offset 24 of its object
// ---------------------------------------------------------------------------------------------

/// Content of a shape.
#[repr(C)]
pub struct TVMFFIShapeCell {
    /// First extent; may be null when `size` is 0.
    pub data: *const i64,
    /// Number of extents.
    pub size: usize,
}

/// Content of an array or a list.
#[repr(C)]
pub struct TVMFFISeqCell {
    /// First of `size` owned [`TVMFFIAny`] cells.
    pub data: *mut c_void,
    /// Number of elements.
    pub size: i64,
    /// Number of cells that fit.
    pub capacity: i64,
    /// Frees `data`, `None` when the cells lie inside the object.
    pub data_deleter: Option<unsafe extern "C" fn(*mut c_void)>,
}

/// Content of an error.
#[repr(C)]
pub struct TVMFFIErrorCell {
    /// Kind, e.g. `ValueError`.
    pub kind: TVMFFIByteArray,
    /// Message.
    pub message: TVMFFIByteArray,
    /// Backtrace, innermost frame first.
    pub backtrace: TVMFFIByteArray,
    /// Replaces or extends the backtrace, by [`TVMFFIBacktraceUpdateMode`].
    pub update_backtrace: unsafe extern "C" fn(
        self_ptr: *mut c_void,
        backtrace: *const TVMFFIByteArray,
        update_mode: i32,
    ),
    /// Error that caused this one, or null.
    pub cause_chain: TVMFFIObjectHandle,
    /// Further context, or null.
    pub extra_context: TVMFFIObjectHandle,
}

/// Calling convention of every function that crosses a language border.
///
/// `args` may be null when `num_args` is 0. `*result` is None on entry and an owned value after
/// status 0.
pub type TVMFFISafeCallType = unsafe extern "C" fn(
    handle: *mut c_void,
    args: *const TVMFFIAny,
    num_args: i32,
    result: *mut TVMFFIAny,
) -> i32;

/// Content of a function.
#[repr(C)]
pub struct TVMFFIFunctionCell {
    /// Called with the function object itself as handle.
    pub safe_call: TVMFFISafeCallType,
    /// C++ shortcut, null for functions of other languages (C name: `cpp_call`).
    pub cxx_call: *mut c_void,
}

// SAFETY: the cell is two code addresses that never change after creation.
unsafe impl Send for TVMFFIFunctionCell {}
// SAFETY: as above; reading a code address from several threads is harmless.
unsafe impl Sync for TVMFFIFunctionCell {}

/// Content of an opaque foreign object.
#[repr(C)]
pub struct TVMFFIOpaqueObjectCell {
    /// Handle of the foreign object.
    pub handle: *mut c_void,
}

// ---------------------------------------------------------------------------------------------
// Reflection
// ---------------------------------------------------------------------------------------------

/// Reads a field at its address into an owned value.
pub type TVMFFIFieldGetter =
    unsafe extern "C" fn(field: *mut c_void, result: *mut TVMFFIAny) -> i32;
/// Converts and assigns a borrowed value to the field at this address.
pub type TVMFFIFieldSetter =
    unsafe extern "C" fn(field: *mut c_void, value: *const TVMFFIAny) -> i32;
/// Makes an instance whose fields must still be set.
pub type TVMFFIObjectCreator = unsafe extern "C" fn(result: *mut TVMFFIObjectHandle) -> i32;

/// A reflected field.
#[repr(C)]
pub struct TVMFFIFieldInfo {
    /// Name.
    pub name: TVMFFIByteArray,
    /// Documentation.
    pub doc: TVMFFIByteArray,
    /// JSON text.
    pub metadata: TVMFFIByteArray,
    /// [`TVMFFIFieldFlagBitMask`] bits.
    pub flags: i64,
    /// Size in bytes.
    pub size: i64,
    /// Alignment in bytes.
    pub alignment: i64,
    /// Offset from the object header in bytes.
    pub offset: i64,
    /// Reads the field.
    pub getter: Option<TVMFFIFieldGetter>,
    /// A [`TVMFFIFieldSetter`], or a function object when the flags say so.
    pub setter: *mut c_void,
    /// Default or its factory, valid when the flags say so.
    pub default_value_or_factory: TVMFFIAny,
    /// Declared type, -1 for any.
    pub field_static_type_index: i32,
}

/// A reflected method.
#[repr(C)]
pub struct TVMFFIMethodInfo {
    /// Name.
    pub name: TVMFFIByteArray,
    /// Documentation.
    pub doc: TVMFFIByteArray,
    /// JSON text.
    pub metadata: TVMFFIByteArray,
    /// [`TVMFFIFieldFlagBitMask`] bits.
    pub flags: i64,
    /// The function.
    pub method: TVMFFIAny,
}

/// Further facts of a type.
#[repr(C)]
pub struct TVMFFITypeMetadata {
    /// Documentation.
    pub doc: TVMFFIByteArray,
    /// Makes an instance.
    pub creator: Option<TVMFFIObjectCreator>,
    /// Size of the C++ class, 0 when unknown.
    pub total_size: i32,
    /// A [`TVMFFISEqHashKind`].
    pub structural_eq_hash_kind: i32,
}

/// One attribute of all types, indexed by type index.
#[repr(C)]
pub struct TVMFFITypeAttrColumn {
    /// First cell; None cells are unset.
    pub data: *const TVMFFIAny,
    /// Number of cells.
    pub size: i32,
    /// Type index of the first cell.
    pub begin_index: i32,
}

/// Entry of the type table.
#[repr(C)]
pub struct TVMFFITypeInfo {
    /// Type index.
    pub type_index: i32,
    /// Number of ancestors.
    pub type_depth: i32,
    /// Type key.
    pub type_key: TVMFFIByteArray,
    /// `type_depth` ancestors, root first. The spelling is part of the interface.
    pub type_acenstors: *const *const TVMFFITypeInfo,
    /// Hash of the key.
    pub type_key_hash: u64,
    /// Number of own fields.
    pub num_fields: i32,
    /// Number of own methods.
    pub num_methods: i32,
    /// Own fields.
    pub fields: *const TVMFFIFieldInfo,
    /// Own methods.
    pub methods: *const TVMFFIMethodInfo,
    /// Further facts, or null.
    pub metadata: *const TVMFFITypeMetadata,
}

impl TVMFFITypeInfo {
    /// The correctly spelled name of [`Self::type_acenstors`].
    pub const fn type_ancestors(&self) -> *const *const TVMFFITypeInfo {
        self.type_acenstors
    }
}

// ---------------------------------------------------------------------------------------------
// Custom allocator
// ---------------------------------------------------------------------------------------------

/// Lies directly before storage made by a [`TVMFFICustomAllocator`].
#[repr(C)]
pub struct TVMFFIObjectAllocHeader {
    /// Releases the storage of the object body `ptr`.
    pub delete_space: Option<unsafe extern "C" fn(ptr: *mut c_void)>,
}

/// Process-wide object allocator.
#[repr(C)]
pub struct TVMFFICustomAllocator {
    /// Returns storage with a [`TVMFFIObjectAllocHeader`] before it, or null with an error raised.
    pub allocate: Option<
        unsafe extern "C" fn(
            size: usize,
            alignment: usize,
            type_index: i32,
            context: *mut c_void,
        ) -> *mut c_void,
    >,
    /// Passed to `allocate`.
    pub context: *mut c_void,
}

// ---------------------------------------------------------------------------------------------
// Layout promises
// ---------------------------------------------------------------------------------------------

assert_layout!(TVMFFITypeIndex, 4 align 4);
assert_layout!(TVMFFIObjectDeleterFlagBitMask, 4 align 4);
assert_layout!(TVMFFIFieldFlagBitMask, 4 align 4);
assert_layout!(TVMFFIDefRegionKind, 4 align 4);
assert_layout!(TVMFFISEqHashKind, 4 align 4);
assert_layout!(TVMFFIBacktraceUpdateMode, 4 align 4);
assert_layout!(TVMFFIVersion, 12 align 4, major: 0, minor: 4, patch: 8);
assert_layout!(
    TVMFFIObject, 24 align 8,
    combined_ref_count: 0, type_index: 8, __padding: 12, deleter: 16,
);
assert_layout!(TVMFFIAnyDataUnion, 8 align 8);
assert_layout!(TVMFFIAny, 16 align 8, type_index: 0, small_str_len: 4, data_union: 8);
assert_layout!(TVMFFIByteArray, 16 align 8, data: 0, size: 8);
assert_layout!(TVMFFIShapeCell, 16 align 8, data: 0, size: 8);
assert_layout!(TVMFFISeqCell, 32 align 8, data: 0, size: 8, capacity: 16, data_deleter: 24);
assert_layout!(
    TVMFFIErrorCell, 72 align 8,
    kind: 0, message: 16, backtrace: 32, update_backtrace: 48, cause_chain: 56, extra_context: 64,
);
assert_layout!(TVMFFIFunctionCell, 16 align 8, safe_call: 0, cxx_call: 8);
assert_layout!(TVMFFIOpaqueObjectCell, 8 align 8, handle: 0);
assert_layout!(
    TVMFFIFieldInfo, 120 align 8,
    name: 0, doc: 16, metadata: 32, flags: 48, size: 56, alignment: 64, offset: 72, getter: 80,
    setter: 88, default_value_or_factory: 96, field_static_type_index: 112,
);
assert_layout!(TVMFFIMethodInfo, 72 align 8, name: 0, doc: 16, metadata: 32, flags: 48, method: 56);
assert_layout!(
    TVMFFITypeMetadata, 32 align 8,
    doc: 0, creator: 16, total_size: 24, structural_eq_hash_kind: 28,
);
assert_layout!(TVMFFITypeAttrColumn, 16 align 8, data: 0, size: 8, begin_index: 12);
assert_layout!(
    TVMFFITypeInfo, 72 align 8,
    type_index: 0, type_depth: 4, type_key: 8, type_acenstors: 24, type_key_hash: 32,
    num_fields: 40, num_methods: 44, fields: 48, methods: 56, metadata: 64,
);
assert_layout!(TVMFFIObjectAllocHeader, 8 align 8, delete_space: 0);
assert_layout!(TVMFFICustomAllocator, 16 align 8, allocate: 0, context: 8);

// ---------------------------------------------------------------------------------------------
// Functions
// ---------------------------------------------------------------------------------------------

unsafe extern "C" {
    /// Version of the loaded library.
    pub fn TVMFFIGetVersion(out_version: *mut TVMFFIVersion);

    /// Adds a strong reference.
    pub fn TVMFFIObjectIncRef(obj: TVMFFIObjectHandle) -> i32;
    /// Gives up a strong reference; null is ignored.
    pub fn TVMFFIObjectDecRef(obj: TVMFFIObjectHandle) -> i32;
    /// Wraps a foreign handle; `deleter(handle)` runs when the object dies.
    pub fn TVMFFIObjectCreateOpaque(
        handle: *mut c_void,
        type_index: i32,
        deleter: Option<unsafe extern "C" fn(*mut c_void)>,
        out: *mut TVMFFIObjectHandle,
    ) -> i32;
    /// The allocator entry in force, never null.
    pub fn TVMFFIGetCustomAllocator() -> *mut TVMFFICustomAllocator;
    /// Installs an allocator entry that must outlive the process; null restores the built-in one.
    pub fn TVMFFISetCustomAllocator(allocator: *mut TVMFFICustomAllocator) -> i32;

    /// Index of a registered type key.
    pub fn TVMFFITypeKeyToIndex(type_key: *const TVMFFIByteArray, out_tindex: *mut i32) -> i32;
    /// Registers a type, or returns the index that it already has.
    pub fn TVMFFITypeGetOrAllocIndex(
        type_key: *const TVMFFIByteArray,
        static_type_index: i32,
        type_depth: i32,
        num_child_slots: i32,
        child_slots_can_overflow: i32,
        parent_type_index: i32,
    ) -> i32;
    /// Entry of a registered type; an unknown index ends the process.
    pub fn TVMFFIGetTypeInfo(type_index: i32) -> *const TVMFFITypeInfo;
    /// Appends a field to a type.
    pub fn TVMFFITypeRegisterField(type_index: i32, info: *const TVMFFIFieldInfo) -> i32;
    /// Appends a method to a type.
    pub fn TVMFFITypeRegisterMethod(type_index: i32, info: *const TVMFFIMethodInfo) -> i32;
    /// Sets the metadata of a type, once.
    pub fn TVMFFITypeRegisterMetadata(type_index: i32, metadata: *const TVMFFITypeMetadata) -> i32;
    /// Sets one cell of an attribute column.
    pub fn TVMFFITypeRegisterAttr(
        type_index: i32,
        attr_name: *const TVMFFIByteArray,
        attr_value: *const TVMFFIAny,
    ) -> i32;
    /// An attribute column, or null.
    pub fn TVMFFIGetTypeAttrColumn(
        attr_name: *const TVMFFIByteArray,
    ) -> *const TVMFFITypeAttrColumn;

    /// A global function; null with status 0 when the name is unknown.
    pub fn TVMFFIFunctionGetGlobal(
        name: *const TVMFFIByteArray,
        out: *mut TVMFFIObjectHandle,
    ) -> i32;
    /// Registers a global function.
    pub fn TVMFFIFunctionSetGlobal(
        name: *const TVMFFIByteArray,
        f: TVMFFIObjectHandle,
        can_override: i32,
    ) -> i32;
    /// Registers a global function with documentation and metadata.
    pub fn TVMFFIFunctionSetGlobalFromMethodInfo(
        method_info: *const TVMFFIMethodInfo,
        allow_override: i32,
    ) -> i32;
    /// Makes a function object; `deleter(self_ptr)` runs when it dies.
    pub fn TVMFFIFunctionCreate(
        self_ptr: *mut c_void,
        safe_call: TVMFFISafeCallType,
        deleter: Option<unsafe extern "C" fn(*mut c_void)>,
        out: *mut TVMFFIObjectHandle,
    ) -> i32;
    /// Turns a view into an owned value.
    pub fn TVMFFIAnyViewToOwnedAny(any_view: *const TVMFFIAny, out: *mut TVMFFIAny) -> i32;
    /// Calls a function object.
    pub fn TVMFFIFunctionCall(
        func: TVMFFIObjectHandle,
        args: *const TVMFFIAny,
        num_args: i32,
        result: *mut TVMFFIAny,
    ) -> i32;

    /// Moves the thread's raised error out, null when there is none.
    pub fn TVMFFIErrorMoveFromRaised(result: *mut TVMFFIObjectHandle);
    /// Stores a new reference to `error` as the thread's raised error.
    pub fn TVMFFIErrorSetRaised(error: TVMFFIObjectHandle);
    /// Raises an error made of two C strings.
    pub fn TVMFFIErrorSetRaisedFromCStr(kind: *const i8, message: *const i8);
    /// Raises an error whose message is the concatenation of the non-null parts.
    pub fn TVMFFIErrorSetRaisedFromCStrParts(
        kind: *const c_char,
        message_parts: *mut *const c_char,
        num_parts: i32,
    );
    /// Makes an error object.
    pub fn TVMFFIErrorCreate(
        kind: *const TVMFFIByteArray,
        message: *const TVMFFIByteArray,
        backtrace: *const TVMFFIByteArray,
        out: *mut TVMFFIObjectHandle,
    ) -> i32;
    /// Makes an error object with a cause and a context, each of which may be null.
    pub fn TVMFFIErrorCreateWithCauseAndExtraContext(
        kind: *const TVMFFIByteArray,
        message: *const TVMFFIByteArray,
        backtrace: *const TVMFFIByteArray,
        cause_chain: TVMFFIObjectHandle,
        extra_context: TVMFFIObjectHandle,
        out: *mut TVMFFIObjectHandle,
    ) -> i32;

    /// Wraps a `DLManagedTensor*`, which is consumed on success.
    pub fn TVMFFITensorFromDLPack(
        from: *mut c_void,
        require_alignment: i32,
        require_contiguous: i32,
        out: *mut TVMFFIObjectHandle,
    ) -> i32;
    /// Wraps a `DLManagedTensorVersioned*`, which is consumed on success.
    pub fn TVMFFITensorFromDLPackVersioned(
        from: *mut c_void,
        require_alignment: i32,
        require_contiguous: i32,
        out: *mut TVMFFIObjectHandle,
    ) -> i32;
    /// Exports a tensor as `DLManagedTensor*`.
    pub fn TVMFFITensorToDLPack(from: TVMFFIObjectHandle, out: *mut *mut c_void) -> i32;
    /// Exports a tensor as `DLManagedTensorVersioned*`.
    pub fn TVMFFITensorToDLPackVersioned(from: TVMFFIObjectHandle, out: *mut *mut c_void) -> i32;
    /// Makes a tensor that keeps `source` alive and is described by `prototype`, unchecked.
    pub fn TVMFFITensorCreateUnsafeView(
        source: TVMFFIObjectHandle,
        prototype: *const DLTensor,
        out: *mut TVMFFIObjectHandle,
    ) -> i32;

    /// Makes a string value.
    pub fn TVMFFIStringFromByteArray(input: *const TVMFFIByteArray, out: *mut TVMFFIAny) -> i32;
    /// Makes a bytes value.
    pub fn TVMFFIBytesFromByteArray(input: *const TVMFFIByteArray, out: *mut TVMFFIAny) -> i32;
    /// Makes an integer from two's complement 64-bit words, least significant first.
    pub fn TVMFFIBigIntFromByteArray(input: *const TVMFFIByteArray, out: *mut TVMFFIAny) -> i32;
    /// The words of an integer, borrowed from `value`.
    pub fn TVMFFIBigIntGetContentByteArray(value: *const TVMFFIAny) -> TVMFFIByteArray;
    /// Parses a data type.
    pub fn TVMFFIDataTypeFromString(str: *const TVMFFIByteArray, out: *mut DLDataType) -> i32;
    /// Prints a data type.
    pub fn TVMFFIDataTypeToString(dtype: *const DLDataType, out: *mut TVMFFIAny) -> i32;

    /// Earlier name of [`TVMFFIBacktrace`]; current libraries do not export it.
    pub fn TVMFFITraceback(
        filename: *const i8,
        lineno: i32,
        func: *const i8,
        cross_ffi_boundary: i32,
    ) -> *const TVMFFIByteArray;
    /// The current backtrace in thread-local storage, overwritten by the next call.
    pub fn TVMFFIBacktrace(
        filename: *const c_char,
        lineno: i32,
        func: *const c_char,
        cross_ffi_boundary: i32,
    ) -> *const TVMFFIByteArray;

    /// Initialises `*handle_addr` once.
    pub fn TVMFFIHandleInitOnce(
        handle_addr: *mut *mut c_void,
        init_func: unsafe extern "C" fn(*mut *mut c_void) -> i32,
    ) -> i32;
    /// Releases `*handle_addr` once.
    pub fn TVMFFIHandleDeinitOnce(
        handle_addr: *mut *mut c_void,
        deinit_func: unsafe extern "C" fn(*mut c_void) -> i32,
    ) -> i32;

    /// Lives in `libtvm_ffi_testing`; returns 0. Calling it keeps that library linked.
    pub fn TVMFFITestingDummyTarget() -> i32;
}
