// SPDX-License-Identifier: Apache-2.0
//! Streams.

use std::ffi::c_void;

use tvm_ffi::*;

use crate::{kind_and_message, panic_message};

fn handle(number: usize) -> TVMFFIStreamHandle {
    number as *mut c_void
}

#[test]
fn the_stream_is_current_inside_only() {
    let device = DLDevice::new(DLDeviceType::kDLCUDA, 0);
    // SAFETY: nothing uses the handles.
    let inner = unsafe {
        with_stream(&device, handle(1), || {
            let nested = with_stream(&device, handle(2), || Ok(current_stream(&device)))?;
            assert_eq!(nested, handle(2));
            Ok(current_stream(&device))
        })
    };
    assert_eq!(inner.unwrap(), handle(1));
    assert!(current_stream(&device).is_null());
}

#[test]
fn the_previous_stream_returns_after_an_error_and_after_a_panic() {
    let device = DLDevice::new(DLDeviceType::kDLCUDA, 1);
    // SAFETY: nothing uses the handle.
    let failed: Result<()> =
        unsafe { with_stream(&device, handle(1), || bail!(VALUE_ERROR, "no")) };
    assert_eq!(kind_and_message(failed), ("ValueError".into(), "no".into()));
    assert!(current_stream(&device).is_null());
    // SAFETY: nothing uses the handle.
    let text = panic_message(move || unsafe {
        let _ = with_stream(&device, handle(1), || -> Result<()> { panic!("stop") });
    });
    assert_eq!(text, "stop");
    assert!(current_stream(&device).is_null());
}

#[test]
fn a_negative_device_number_is_an_error() {
    let device = DLDevice::new(DLDeviceType::kDLCUDA, -1);
    assert!(current_stream(&device).is_null());
    // SAFETY: null is always valid.
    let failed = unsafe { with_stream(&device, handle(0), || Ok(())) };
    assert_eq!(kind_and_message(failed).0, "ValueError");
}
