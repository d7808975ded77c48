// SPDX-License-Identifier: Apache-2.0
//! Tensors.

use std::ffi::c_void;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use tvm_ffi::tvm_ffi_sys::DLTensor;
use tvm_ffi::*;

use crate::{kind_and_message, link_testing_library};

const FLOAT32: DLDataType = DLDataType::new(DLDataTypeCode::kDLFloat, 32, 1);
const CPU: DLDevice = DLDevice::new(DLDeviceType::kDLCPU, 0);

#[test]
fn a_slice_becomes_a_compact_host_tensor() {
    let tensor = Tensor::from_slice(&[1i32, 2, 3, 4, 5, 6], &[2, 3]).unwrap();
    assert_eq!(tensor.shape(), [2, 3]);
    assert_eq!(tensor.strides(), [3, 1]);
    assert_eq!((tensor.ndim(), tensor.numel()), (2, 6));
    assert_eq!(tensor.device(), CPU);
    assert!(tensor.is_contiguous());
    assert_eq!(tensor.data_as_slice::<i32>().unwrap(), [1, 2, 3, 4, 5, 6]);
    assert_eq!(tensor.data_ptr() as usize % 64, 0);
}

#[test]
fn writes_go_through_shared_handles() {
    let tensor = Tensor::from_slice(&[0u8; 3], &[3]).unwrap();
    let other = tensor.clone();
    other.data_as_slice_mut::<u8>().unwrap()[1] = 9;
    assert_eq!(tensor.data_as_slice::<u8>().unwrap(), [0, 9, 0]);
}

#[test]
fn a_slice_of_another_length_is_refused() {
    let expected = ("ValueError".to_owned(), "Slice length mismatch".to_owned());
    assert_eq!(
        kind_and_message(Tensor::from_slice(&[1i8, 2], &[3])),
        expected
    );
    assert_eq!(
        kind_and_message(Tensor::from_slice(&[1i8, 2], &[-2])),
        expected
    );
    assert_eq!(
        kind_and_message(Tensor::from_slice(&[1i8], &[i64::MAX, i64::MAX])),
        expected
    );
}

#[test]
fn empty_and_zero_dimensional_tensors_work() {
    let empty = Tensor::from_slice::<f64>(&[], &[0, 4]).unwrap();
    assert_eq!(empty.numel(), 0);
    assert!(empty.data_as_slice::<f64>().unwrap().is_empty());
    let scalar = Tensor::from_slice(&[3.5f64], &[]).unwrap();
    assert_eq!((scalar.ndim(), scalar.numel()), (0, 1));
    assert_eq!(scalar.data_as_slice::<f64>().unwrap(), [3.5]);
}

#[test]
fn reading_as_another_dtype_is_a_type_error() {
    let tensor = Tensor::from_slice(&[1f32], &[1]).unwrap();
    assert_eq!(
        kind_and_message(tensor.data_as_slice::<i64>()),
        (
            "TypeError".into(),
            r#"Data type mismatch "float32" vs "int64""#.into()
        )
    );
    assert_eq!(
        kind_and_message(tensor.data_as_slice_mut::<i64>()),
        (
            "TypeError".into(),
            r#"Data type mismatch: expected "int64", got "float32""#.into()
        )
    );
}

/// Hands out one fixed buffer and counts.
struct FixedAlloc {
    buffer: Vec<u64>,
    freed: Arc<AtomicUsize>,
}

// SAFETY: the buffer is large enough for the tensors below and lives in the tensor object.
unsafe impl NDAllocator for FixedAlloc {
    const MIN_ALIGN: usize = 8;
    unsafe fn alloc_data(&mut self, prototype: &DLTensor) -> *mut c_void {
        assert_eq!(prototype.ndim, 1);
        self.buffer.as_mut_ptr().cast()
    }
    unsafe fn free_data(&mut self, tensor: &DLTensor) {
        assert_eq!(tensor.data, self.buffer.as_mut_ptr().cast());
        self.freed.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_custom_allocator_with_state_frees_once() {
    let freed = Arc::new(AtomicUsize::new(0));
    let alloc = FixedAlloc {
        buffer: vec![0; 4],
        freed: freed.clone(),
    };
    let tensor = Tensor::from_nd_alloc(alloc, &[4], FLOAT32, CPU);
    assert_eq!(tensor.shape(), [4]);
    assert_eq!(tensor.data_as_slice::<f32>().unwrap(), [0.0; 4]);
    drop(tensor.clone());
    assert_eq!(freed.load(Ordering::SeqCst), 0);
    drop(tensor);
    assert_eq!(freed.load(Ordering::SeqCst), 1);
}

#[test]
fn data_off_the_host_is_not_read() {
    let freed = Arc::new(AtomicUsize::new(0));
    let device = DLDevice::new(DLDeviceType::kDLCUDA, 1);
    let alloc = FixedAlloc {
        buffer: vec![0; 4],
        freed,
    };
    let tensor = Tensor::from_nd_alloc(alloc, &[2], FLOAT32, device);
    assert_eq!(tensor.device(), device);
    assert_eq!(
        kind_and_message(tensor.data_as_slice::<f32>()),
        ("RuntimeError".into(), "Tensor is not on CPU".into())
    );
}

/// A view of `source` with the given shape and strides, made by the library.
fn strided_view(source: &Tensor, shape: &mut [i64], strides: &mut [i64]) -> Tensor {
    let prototype = DLTensor {
        data: source.data_ptr().cast_mut(),
        device: CPU,
        ndim: shape.len() as i32,
        dtype: source.dtype(),
        shape: shape.as_mut_ptr(),
        strides: strides.as_mut_ptr(),
        byte_offset: 0,
    };
    let mut out = std::ptr::null_mut();
    // SAFETY: the prototype describes memory of `source`, which the view keeps alive.
    unsafe {
        let handle = ObjectArc::as_raw(Tensor::data(source)).cast_mut().cast();
        let status = tvm_ffi_sys::TVMFFITensorCreateUnsafeView(handle, &prototype, &mut out);
        check_safe_call!(status).unwrap();
        Tensor::from_data(ObjectArc::from_raw(out.cast_const().cast()))
    }
}

#[test]
fn strided_data_is_not_read_as_a_slice() {
    let source = Tensor::from_slice(&[1f32, 2.0, 3.0, 4.0], &[4]).unwrap();
    let view = strided_view(&source, &mut [2], &mut [2]);
    assert!(!view.is_contiguous());
    assert_eq!(
        kind_and_message(view.data_as_slice::<f32>()),
        ("RuntimeError".into(), "Tensor is not contiguous".into())
    );
    let compact = strided_view(&source, &mut [2, 2], &mut [2, 1]);
    drop(source);
    assert_eq!(
        compact.data_as_slice::<f32>().unwrap(),
        [1.0, 2.0, 3.0, 4.0]
    );
}

#[test]
fn echo_returns_the_same_object() {
    link_testing_library();
    let echo = Function::get_global("testing.echo").unwrap();
    let tensor = Tensor::from_slice(&[1f32], &[1]).unwrap();
    let back: Tensor = echo.call_tuple((&tensor,)).unwrap().try_into().unwrap();
    assert_eq!(back.data_ptr(), tensor.data_ptr());
    assert_eq!(AnyView::from(&tensor).debug_strong_count(), Some(2));
}
