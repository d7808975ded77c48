// SPDX-License-Identifier: Apache-2.0
//! [`Tensor`]: an n-dimensional array of numbers, and the allocators that back tensors made here.

use std::alloc::{alloc_zeroed, dealloc, handle_alloc_error, Layout};
use std::ffi::c_void;

use tvm_ffi_sys::{
    DLDataType, DLDevice, DLDeviceType, DLTensor, TVMFFIObject, TVMFFITypeIndex as TypeIndex,
};

use crate::collections::shape::Shape;
use crate::derive;
use crate::dtype::{AsDLDataType, DLDataTypeExt};
use crate::error::{Result, RUNTIME_ERROR, TYPE_ERROR, VALUE_ERROR};
use crate::object::{Object, ObjectArc, ObjectCore, ObjectCoreWithExtraItems};

/// Object struct of [`Tensor`].
#[repr(C)]
#[derive(derive::Object)]
#[type_key = "ffi.Tensor"]
#[type_index(TypeIndex::kTVMFFITensor)]
pub struct TensorObj {
    object: Object,
    dltensor: DLTensor,
}

const _: () = assert!(std::mem::size_of::<TensorObj>() == 72);
const _: () = assert!(std::mem::offset_of!(TensorObj, dltensor) == 24);

/// Sizes of a [`DLTensor`].
pub trait DLTensorExt {
    /// Number of elements; 1 without dimensions.
    fn numel(&self) -> usize;
    /// Bytes of one element, rounded up.
    fn item_size(&self) -> usize;
}

impl DLTensorExt for DLTensor {
    fn numel(&self) -> usize {
        let extents = extents_of(self);
        extents.iter().fold(1usize, |product, extent| {
            product.saturating_mul(usize::try_from(*extent).unwrap_or(0))
        })
    }

    fn item_size(&self) -> usize {
        (usize::from(self.dtype.bits) * usize::from(self.dtype.lanes)).div_ceil(8)
    }
}

/// The extents of a tensor.
fn extents_of(tensor: &DLTensor) -> &[i64] {
    integers(tensor.shape, tensor.ndim, tensor)
}

/// `ndim` integers at `data`, borrowed for as long as `_owner`.
fn integers(data: *mut i64, ndim: i32, _owner: &DLTensor) -> &[i64] {
    match usize::try_from(ndim) {
        // SAFETY: shape and strides of a valid tensor point at `ndim` integers that live as long.
        Ok(count) if count > 0 && !data.is_null() => unsafe {
            std::slice::from_raw_parts(data, count)
        },
        _ => &[],
    }
}

/// Provides the memory of tensors.
///
/// # Safety
/// `alloc_data` returns memory for all elements of the prototype on its device, aligned to
/// `MIN_ALIGN`, that stays valid until `free_data`; memory of the host is initialised, because
/// [`Tensor::data_as_slice`] reads it. Null means that there is none.
pub unsafe trait NDAllocator: 'static {
    /// Alignment of the memory in bytes.
    const MIN_ALIGN: usize;
    /// Allocates; shape, strides, dtype and device of the prototype are filled in.
    ///
    /// # Safety
    /// The prototype describes a valid shape.
    unsafe fn alloc_data(&mut self, prototype: &DLTensor) -> *mut c_void;
    /// Frees what `alloc_data` returned.
    ///
    /// # Safety
    /// `tensor.data` came from `alloc_data` of `self` and is freed once.
    unsafe fn free_data(&mut self, tensor: &DLTensor);
}

/// Zeroed host memory of the global allocator, aligned to 64 bytes.
pub struct CPUNDAlloc {}

impl CPUNDAlloc {
    /// Layout of the elements; never empty, so that every tensor has an address.
    fn layout(tensor: &DLTensor) -> Layout {
        let bytes = tensor.numel().checked_mul(tensor.item_size());
        bytes
            .and_then(|bytes| Layout::from_size_align(bytes.max(1), Self::MIN_ALIGN).ok())
            .expect("the tensor is too large")
    }
}

// SAFETY: allocation and deallocation use the layout computed from the same tensor.
unsafe impl NDAllocator for CPUNDAlloc {
    const MIN_ALIGN: usize = 64;
    unsafe fn alloc_data(&mut self, prototype: &DLTensor) -> *mut c_void {
        let layout = Self::layout(prototype);
        // SAFETY: the layout is not empty.
        let data = unsafe { alloc_zeroed(layout) };
        if data.is_null() {
            handle_alloc_error(layout);
        }
        data.cast()
    }
    unsafe fn free_data(&mut self, tensor: &DLTensor) {
        // SAFETY: allocated above with the same layout, as shape and dtype never change.
        unsafe { dealloc(tensor.data.cast(), Self::layout(tensor)) };
    }
}

/// A tensor object with its allocator, followed by shape and strides.
#[repr(C)]
struct AllocatedTensorObj<A: NDAllocator> {
    tensor: TensorObj,
    allocator: A,
    /// Whether `data` came from the allocator.
    allocated: bool,
    ndim: usize,
}

// SAFETY: `repr(C)` with the tensor object first; only used to allocate and destroy.
unsafe impl<A: NDAllocator> ObjectCore for AllocatedTensorObj<A> {
    const TYPE_KEY: &'static str = TensorObj::TYPE_KEY;
    const TYPE_DEPTH: i32 = TensorObj::TYPE_DEPTH;
    fn type_index() -> i32 {
        TensorObj::type_index()
    }
    unsafe fn object_header_mut(this: &mut Self) -> &mut TVMFFIObject {
        // SAFETY: the caller's promise passes on.
        unsafe { TensorObj::object_header_mut(&mut this.tensor) }
    }
}

// SAFETY: `ndim` never changes.
unsafe impl<A: NDAllocator> ObjectCoreWithExtraItems for AllocatedTensorObj<A> {
    type ExtraItem = i64;
    fn extra_items_count(this: &Self) -> usize {
        2 * this.ndim
    }
}

impl<A: NDAllocator> Drop for AllocatedTensorObj<A> {
    fn drop(&mut self) {
        if self.allocated {
            // SAFETY: `data` came from this allocator and is freed once, here.
            unsafe { self.allocator.free_data(&self.tensor.dltensor) };
        }
    }
}

/// An n-dimensional array, shared by reference count.
///
/// ```
/// use tvm_ffi::Tensor;
///
/// let matrix = Tensor::from_slice(&[1.0f32, 2.0, 3.0, 4.0], &[2, 2]).unwrap();
/// assert_eq!(matrix.shape(), [2, 2]);
/// assert_eq!(matrix.data_as_slice::<f32>().unwrap()[3], 4.0);
/// ```
#[repr(C)]
#[derive(derive::ObjectRef, Clone)]
pub struct Tensor {
    data: ObjectArc<TensorObj>,
}

impl Tensor {
    /// A tensor with memory of `alloc`, compact in row-major order, content as the allocator
    /// leaves it.
    ///
    /// Panics for a negative extent, for sizes beyond the address space, and when the allocator has
    /// no memory.
    pub fn from_nd_alloc<A: NDAllocator>(
        alloc: A,
        shape: &[i64],
        dtype: DLDataType,
        device: DLDevice,
    ) -> Self {
        assert!(
            shape.iter().all(|extent| *extent >= 0),
            "a tensor has no negative extent"
        );
        let ndim = i32::try_from(shape.len()).expect("too many dimensions");
        let dltensor = DLTensor {
            data: std::ptr::null_mut(),
            device,
            ndim,
            dtype,
            shape: std::ptr::null_mut(),
            strides: std::ptr::null_mut(),
            byte_offset: 0,
        };
        let mut object = ObjectArc::new_with_extra_items(AllocatedTensorObj {
            tensor: TensorObj {
                object: Object::new(),
                dltensor,
            },
            allocator: alloc,
            allocated: false,
            ndim: shape.len(),
        });
        // SAFETY: room for twice `ndim` integers follows the fresh, unshared object; the allocator
        // sees a prototype whose pointers are already right.
        unsafe {
            let raw = ObjectArc::as_raw_mut(&mut object);
            let extents = raw.add(1).cast::<i64>();
            extents.copy_from_nonoverlapping(shape.as_ptr(), shape.len());
            let strides = extents.add(shape.len());
            strides.write_bytes(0, shape.len());
            Shape::fill_strides_from_shape(
                shape,
                std::slice::from_raw_parts_mut(strides, shape.len()),
            );
            (*raw).tensor.dltensor.shape = extents;
            (*raw).tensor.dltensor.strides = strides;
            let data = (*raw).allocator.alloc_data(&(*raw).tensor.dltensor);
            assert!(
                !data.is_null() || (*raw).tensor.dltensor.numel() == 0,
                "the allocator of a tensor has no memory"
            );
            (*raw).tensor.dltensor.data = data;
            (*raw).allocated = true;
            let raw = ObjectArc::into_raw(object);
            Self {
                data: ObjectArc::from_raw(raw.cast::<TensorObj>()),
            }
        }
    }

    /// A host tensor with a copy of `slice`; a `ValueError` unless its length is that of `shape`.
    pub fn from_slice<T: AsDLDataType>(slice: &[T], shape: &[i64]) -> Result<Self> {
        let numel = shape.iter().try_fold(1usize, |product, extent| {
            product.checked_mul(usize::try_from(*extent).ok()?)
        });
        crate::ensure!(
            numel == Some(slice.len()),
            VALUE_ERROR,
            "Slice length mismatch"
        );
        let device = DLDevice::new(DLDeviceType::kDLCPU, 0);
        let tensor = Self::from_nd_alloc(CPUNDAlloc {}, shape, T::DL_DATA_TYPE, device);
        // SAFETY: the fresh tensor has room for as many elements as the slice has.
        unsafe {
            let data = tensor.data.dltensor.data.cast::<T>();
            data.copy_from_nonoverlapping(slice.as_ptr(), slice.len());
        }
        Ok(tensor)
    }

    /// Start of the memory; `byte_offset` is not added.
    pub fn data_ptr(&self) -> *const c_void {
        self.data.dltensor.data
    }

    /// Start of the memory; `byte_offset` is not added.
    pub fn data_ptr_mut(&mut self) -> *mut c_void {
        self.data.dltensor.data
    }

    /// Extents.
    pub fn shape(&self) -> &[i64] {
        extents_of(&self.data.dltensor)
    }

    /// Strides in elements; empty when a foreign tensor says "compact" by a null pointer.
    pub fn strides(&self) -> &[i64] {
        let tensor = &self.data.dltensor;
        integers(tensor.strides, tensor.ndim, tensor)
    }

    /// Number of dimensions.
    pub fn ndim(&self) -> usize {
        usize::try_from(self.data.dltensor.ndim).unwrap_or(0)
    }

    /// Number of elements.
    pub fn numel(&self) -> usize {
        self.data.dltensor.numel()
    }

    /// Element type.
    pub fn dtype(&self) -> DLDataType {
        self.data.dltensor.dtype
    }

    /// Device. Panics when a foreign tensor has a device type that this crate does not know.
    pub fn device(&self) -> DLDevice {
        let (code, id) = self.raw_device();
        let Some(device_type) = DLDeviceType::from_code(code) else {
            panic!("the tensor is on a device of unknown type {code}");
        };
        DLDevice::new(device_type, id)
    }

    /// Device type and number as plain integers: a foreign type code need not be one of the enum.
    fn raw_device(&self) -> (i32, i32) {
        // SAFETY: a device is two 32-bit integers.
        let [code, id] = unsafe {
            (&raw const self.data.dltensor.device)
                .cast::<[i32; 2]>()
                .read()
        };
        (code, id)
    }

    /// Whether elements lie compact in row-major order (exactly, extents of 1 included).
    pub fn is_contiguous(&self) -> bool {
        if self.data.dltensor.strides.is_null() {
            return true;
        }
        let mut expected = 1i64;
        self.shape()
            .iter()
            .zip(self.strides())
            .rev()
            .all(|(extent, stride)| {
                let matches = *stride == expected;
                expected = expected.wrapping_mul(*extent);
                matches
            })
    }

    /// The elements; fails for another dtype, off the host, and when not contiguous or
    /// not aligned.
    pub fn data_as_slice<T: AsDLDataType>(&self) -> Result<&[T]> {
        let (actual, requested) = (self.dtype(), T::DL_DATA_TYPE);
        if actual != requested {
            crate::bail!(
                TYPE_ERROR,
                "Data type mismatch {} vs {}",
                DLDataTypeExt::to_string(&actual),
                DLDataTypeExt::to_string(&requested)
            );
        }
        self.check_readable()?;
        let Some(first) = self.first_element::<T>()? else {
            return Ok(&[]);
        };
        // SAFETY: a contiguous host tensor of this dtype has `numel` elements from there on.
        Ok(unsafe { std::slice::from_raw_parts(first, self.numel()) })
    }

    /// The elements for writing. Takes `&self` because kernels write through shared handles: the
    /// caller sees to it that nobody else accesses the elements meanwhile.
    #[allow(clippy::mut_from_ref)]
    pub fn data_as_slice_mut<T: AsDLDataType>(&self) -> Result<&mut [T]> {
        let (actual, requested) = (self.dtype(), T::DL_DATA_TYPE);
        if actual != requested {
            crate::bail!(
                TYPE_ERROR,
                "Data type mismatch: expected {}, got {}",
                DLDataTypeExt::to_string(&requested),
                DLDataTypeExt::to_string(&actual)
            );
        }
        self.check_readable()?;
        let Some(first) = self.first_element::<T>()? else {
            return Ok(&mut []);
        };
        // SAFETY: as above; exclusive access is the documented obligation of the caller.
        Ok(unsafe { std::slice::from_raw_parts_mut(first, self.numel()) })
    }

    fn check_readable(&self) -> Result<()> {
        let on_host = self.raw_device().0 == DLDeviceType::kDLCPU as i32;
        crate::ensure!(on_host, RUNTIME_ERROR, "Tensor is not on CPU");
        crate::ensure!(
            self.is_contiguous(),
            RUNTIME_ERROR,
            "Tensor is not contiguous"
        );
        Ok(())
    }

    /// Address of the first element, `None` when there is none. Other languages may place elements
    /// where Rust cannot read them as a `T`; that is an error.
    fn first_element<T>(&self) -> Result<Option<*mut T>> {
        let tensor = &self.data.dltensor;
        if tensor.data.is_null() || self.numel() == 0 {
            return Ok(None);
        }
        // Stays inside the tensor's memory by the contract of `byte_offset`.
        let first = tensor
            .data
            .cast::<u8>()
            .wrapping_add(tensor.byte_offset as usize);
        crate::ensure!(
            first.cast::<T>().is_aligned(),
            RUNTIME_ERROR,
            "Tensor is not aligned to its data type"
        );
        Ok(Some(first.cast()))
    }
}
