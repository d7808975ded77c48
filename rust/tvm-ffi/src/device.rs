// SPDX-License-Identifier: Apache-2.0
//! The calling thread's current stream of a device.

use tvm_ffi_sys::{DLDevice, TVMFFIEnvGetStream, TVMFFIEnvSetStream, TVMFFIStreamHandle};

use crate::error::Result;

/// The calling thread's stream of the device, null when none was set.
pub fn current_stream(device: &DLDevice) -> TVMFFIStreamHandle {
    // SAFETY: reads a thread-local table; any numbers are allowed.
    unsafe { TVMFFIEnvGetStream(device.device_type as i32, device.device_id) }
}

/// Puts a stream back when it goes out of scope, also on errors and panics.
struct Restore {
    device: DLDevice,
    previous: TVMFFIStreamHandle,
}

impl Drop for Restore {
    fn drop(&mut self) {
        // SAFETY: the handle was current before, so it is valid for the device.
        let _ = unsafe { set_stream(&self.device, self.previous) };
    }
}

/// Makes `stream` current and returns the stream that was.
///
/// # Safety
/// `stream` is valid for the device, or null.
unsafe fn set_stream(device: &DLDevice, stream: TVMFFIStreamHandle) -> Result<TVMFFIStreamHandle> {
    crate::ensure!(
        device.device_id >= 0,
        crate::error::VALUE_ERROR,
        "a device has no negative number: {}",
        device.device_id
    );
    let mut previous = std::ptr::null_mut();
    // SAFETY: by contract; the numbers are not negative.
    crate::check_safe_call!(unsafe {
        TVMFFIEnvSetStream(
            device.device_type as i32,
            device.device_id,
            stream,
            &mut previous,
        )
    })?;
    Ok(previous)
}

/// Runs `f` with `stream` as the calling thread's stream of the device, and restores the previous
/// stream in every case.
///
/// # Safety
/// `stream` is valid for the device while `f` runs, or null.
pub unsafe fn with_stream<T>(
    device: &DLDevice,
    stream: TVMFFIStreamHandle,
    f: impl FnOnce() -> Result<T>,
) -> Result<T> {
    // SAFETY: by contract.
    let previous = unsafe { set_stream(device, stream) }?;
    let _restore = Restore {
        device: *device,
        previous,
    };
    f()
}
