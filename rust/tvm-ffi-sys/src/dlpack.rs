// SPDX-License-Identifier: Apache-2.0
//! `dlpack/dlpack.h`: the tensor exchange structs that the C ABI builds on.

use std::ffi::c_void;

/// Where memory lives. The C type is a 32-bit enum.
///
/// Reading a code that is not listed here as this enum is undefined behaviour; use
/// [`DLDeviceType::from_code`] where foreign data enters.
#[repr(u32)]
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum DLDeviceType {
    /// Host memory.
    kDLCPU = 1,
    /// CUDA device memory.
    kDLCUDA = 2,
    /// Host memory pinned by CUDA.
    kDLCUDAHost = 3,
    /// OpenCL buffers.
    kDLOpenCL = 4,
    /// Vulkan buffers.
    kDLVulkan = 7,
    /// Metal buffers.
    kDLMetal = 8,
    /// Verilog simulator memory.
    kDLVPI = 9,
    /// ROCm device memory.
    kDLROCM = 10,
    /// Host memory pinned by ROCm.
    kDLROCMHost = 11,
    /// Reserved for extensions.
    kDLExtDev = 12,
    /// CUDA managed memory.
    kDLCUDAManaged = 13,
    /// oneAPI unified shared memory.
    kDLOneAPI = 14,
    /// WebGPU buffers.
    kDLWebGPU = 15,
    /// Qualcomm Hexagon.
    kDLHexagon = 16,
    /// Microsoft MAIA.
    kDLMAIA = 17,
    /// AWS Trainium.
    kDLTrn = 18,
}

impl DLDeviceType {
    /// The device type with this code, or `None` for a code that this crate does not know.
    pub const fn from_code(code: i32) -> Option<Self> {
        Some(match code {
            1 => Self::kDLCPU,
            2 => Self::kDLCUDA,
            3 => Self::kDLCUDAHost,
            4 => Self::kDLOpenCL,
            7 => Self::kDLVulkan,
            8 => Self::kDLMetal,
            9 => Self::kDLVPI,
            10 => Self::kDLROCM,
            11 => Self::kDLROCMHost,
            12 => Self::kDLExtDev,
            13 => Self::kDLCUDAManaged,
            14 => Self::kDLOneAPI,
            15 => Self::kDLWebGPU,
            16 => Self::kDLHexagon,
            17 => Self::kDLMAIA,
            18 => Self::kDLTrn,
            _ => return None,
        })
    }
}

/// The kind of number that an element is made of.
#[repr(u8)]
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum DLDataTypeCode {
    /// Signed integer.
    kDLInt = 0,
    /// Unsigned integer.
    kDLUInt = 1,
    /// IEEE floating point.
    kDLFloat = 2,
    /// Opaque handle.
    kDLOpaqueHandle = 3,
    /// Brain floating point.
    kDLBfloat = 4,
    /// Complex number.
    kDLComplex = 5,
    /// Boolean.
    kDLBool = 6,
    /// 8-bit float, 3 exponent and 4 mantissa bits.
    kDLFloat8_e3m4 = 7,
    /// 8-bit float, 4 exponent and 3 mantissa bits.
    kDLFloat8_e4m3 = 8,
    /// 8-bit float e4m3, bias 11, finite, no negative zero.
    kDLFloat8_e4m3b11fnuz = 9,
    /// 8-bit float e4m3, finite.
    kDLFloat8_e4m3fn = 10,
    /// 8-bit float e4m3, finite, no negative zero.
    kDLFloat8_e4m3fnuz = 11,
    /// 8-bit float, 5 exponent and 2 mantissa bits.
    kDLFloat8_e5m2 = 12,
    /// 8-bit float e5m2, finite, no negative zero.
    kDLFloat8_e5m2fnuz = 13,
    /// 8-bit exponent-only float.
    kDLFloat8_e8m0fnu = 14,
    /// 6-bit float, 2 exponent and 3 mantissa bits.
    kDLFloat6_e2m3fn = 15,
    /// 6-bit float, 3 exponent and 2 mantissa bits.
    kDLFloat6_e3m2fn = 16,
    /// 4-bit float, 2 exponent and 1 mantissa bits.
    kDLFloat4_e2m1fn = 17,
}

/// A device: a type and a number among the devices of that type.
#[repr(C)]
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub struct DLDevice {
    /// Kind of device.
    pub device_type: DLDeviceType,
    /// Ordinal, 0 for the first device.
    pub device_id: i32,
}

impl DLDevice {
    /// The device number `device_id` of kind `device_type`.
    pub const fn new(device_type: DLDeviceType, device_id: i32) -> Self {
        Self {
            device_type,
            device_id,
        }
    }
}

/// An element type. `code` is a plain byte because codes from 129 on are user-defined.
#[repr(C)]
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub struct DLDataType {
    /// A [`DLDataTypeCode`] or a custom code.
    pub code: u8,
    /// Bits of one lane.
    pub bits: u8,
    /// Lanes of a vector type, 1 for scalars; scalable vectors store a negative 16-bit count.
    pub lanes: u16,
}

impl DLDataType {
    /// A data type with a known code.
    pub const fn new(code: DLDataTypeCode, bits: u8, lanes: u16) -> Self {
        Self {
            code: code as u8,
            bits,
            lanes,
        }
    }
}

/// A borrowed n-dimensional array.
#[repr(C)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DLTensor {
    /// Start of the allocation; elements start `byte_offset` bytes further.
    pub data: *mut c_void,
    /// Where `data` lives.
    pub device: DLDevice,
    /// Number of dimensions.
    pub ndim: i32,
    /// Element type.
    pub dtype: DLDataType,
    /// `ndim` extents.
    pub shape: *mut i64,
    /// `ndim` strides in elements, or null for compact row-major.
    pub strides: *mut i64,
    /// Bytes from `data` to the first element.
    pub byte_offset: u64,
}

assert_layout!(DLDeviceType, 4 align 4);
assert_layout!(DLDataTypeCode, 1 align 1);
assert_layout!(DLDevice, 8 align 4, device_type: 0, device_id: 4);
assert_layout!(DLDataType, 4 align 2, code: 0, bits: 1, lanes: 2);
assert_layout!(
    DLTensor, 48 align 8,
    data: 0, device: 8, ndim: 16, dtype: 20, shape: 24, strides: 32, byte_offset: 40,
);
