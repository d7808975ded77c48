// SPDX-License-Identifier: Apache-2.0
//! `tvm/ffi/extra/c_env_api.h`: per-thread streams, the tensor allocator, signals, and the symbol
//! tables that modules consult.

use std::ffi::{c_char, c_void};

use crate::c_api::TVMFFIObjectHandle;
use crate::dlpack::DLTensor;

/// A device stream, not owned. Null is the default stream.
pub type TVMFFIStreamHandle = *mut c_void;

/// Allocates a managed tensor with the prototype's dtype, shape and device.
///
/// `out` is a `DLManagedTensorVersioned**`. On failure the callee reports kind and message through
/// `set_error(error_ctx, kind, message)` and returns nonzero.
pub type DLPackManagedTensorAllocator = unsafe extern "C" fn(
    prototype: *mut DLTensor,
    out: *mut *mut c_void,
    error_ctx: *mut c_void,
    set_error: unsafe extern "C" fn(*mut c_void, *const c_char, *const c_char),
) -> i32;

unsafe extern "C" {
    /// Sets the calling thread's stream of a device; the previous one goes to the last argument
    /// unless that is null.
    pub fn TVMFFIEnvSetStream(
        device_type: i32,
        device_id: i32,
        stream: TVMFFIStreamHandle,
        opt_out_original_stream: *mut TVMFFIStreamHandle,
    ) -> i32;
    /// The calling thread's stream of a device, null when none was set.
    pub fn TVMFFIEnvGetStream(device_type: i32, device_id: i32) -> TVMFFIStreamHandle;
    /// Installs the tensor allocator of this thread, and of the process when asked. The thread's
    /// previous allocator goes to the last argument unless that is null.
    pub fn TVMFFIEnvSetDLPackManagedTensorAllocator(
        allocator: DLPackManagedTensorAllocator,
        write_to_global_context: i32,
        opt_out_original_allocator: *mut Option<DLPackManagedTensorAllocator>,
    ) -> i32;
    /// The tensor allocator in force, `None` when there is none.
    pub fn TVMFFIEnvGetDLPackManagedTensorAllocator() -> Option<DLPackManagedTensorAllocator>;
    /// Makes a tensor object with the allocator in force.
    pub fn TVMFFIEnvTensorAlloc(prototype: *mut DLTensor, out: *mut TVMFFIObjectHandle) -> i32;
    /// Asks the host language for pending signals; nonzero means its own exception is set.
    pub fn TVMFFIEnvCheckSignals() -> i32;
    /// Hands a function of the host interpreter to the library.
    pub fn TVMFFIEnvRegisterCAPI(name: *const c_char, symbol: *mut c_void) -> i32;
    /// Finds a function in a module's imports, then among the globals; the result is borrowed.
    pub fn TVMFFIEnvModLookupFromImports(
        library_ctx: TVMFFIObjectHandle,
        func_name: *const c_char,
        out: *mut TVMFFIObjectHandle,
    ) -> i32;
    /// Registers a symbol that loaded libraries may import through their context.
    pub fn TVMFFIEnvModRegisterContextSymbol(name: *const c_char, symbol: *mut c_void) -> i32;
    /// Registers a symbol of the system library.
    pub fn TVMFFIEnvModRegisterSystemLibSymbol(name: *const c_char, symbol: *mut c_void) -> i32;
}
