// SPDX-License-Identifier: Apache-2.0
//! Reads a CUBIN from standard input and launches its kernel `add_one` on tensors in GPU memory.
//!
//! Usage: `launch_cubin <libcubin_loader.so>`. The library registers the loader of kind `cubin`;
//! see `examples/cubin_launcher`. The CUDA driver is opened at run time, so that this builds
//! without CUDA.

use std::ffi::{c_char, c_int, c_void, CStr};
use std::io::Read;
use std::mem::transmute;
use std::process::ExitCode;

use tvm_ffi::collections::tensor::DLTensorExt;
use tvm_ffi::tvm_ffi_sys::DLTensor;
use tvm_ffi::*;

extern "C" {
    fn dlopen(path: *const c_char, mode: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
}

// Signatures in cuda.h; a CUdeviceptr is as wide as a pointer.
type Init = unsafe extern "C" fn(u32) -> c_int;
type RetainContext = unsafe extern "C" fn(*mut *mut c_void, c_int) -> c_int;
type TakePointer = unsafe extern "C" fn(*mut c_void) -> c_int;
type Allocate = unsafe extern "C" fn(*mut *mut c_void, usize) -> c_int;
type CopyBytes = unsafe extern "C" fn(*mut c_void, *const c_void, usize) -> c_int;

/// The few functions of the CUDA driver that a program without a framework needs.
#[derive(Clone, Copy)]
struct Driver {
    init: Init,
    retain_context: RetainContext,
    push_context: TakePointer,
    allocate: Allocate,
    free: TakePointer,
    upload: CopyBytes,
    download: CopyBytes,
}

fn check(code: c_int, what: &str) -> Result<()> {
    ensure!(code == 0, RUNTIME_ERROR, "{what} failed with code {code}");
    Ok(())
}

impl Driver {
    /// Opens the driver and makes the first GPU current.
    fn open() -> Result<Driver> {
        const RTLD_NOW: c_int = 2;
        // SAFETY: a valid path; the library stays open for the life of the process.
        let library = unsafe { dlopen(c"libcuda.so.1".as_ptr(), RTLD_NOW) };
        ensure!(
            !library.is_null(),
            RUNTIME_ERROR,
            "the CUDA driver is not installed"
        );
        let find = |name: &CStr| -> Result<*mut c_void> {
            // SAFETY: an open library and a valid name.
            let address = unsafe { dlsym(library, name.as_ptr()) };
            ensure!(
                !address.is_null(),
                RUNTIME_ERROR,
                "the CUDA driver has no {name:?}"
            );
            Ok(address)
        };
        let init = find(c"cuInit")?;
        let retain_context = find(c"cuDevicePrimaryCtxRetain")?;
        let push_context = find(c"cuCtxPushCurrent_v2")?;
        let allocate = find(c"cuMemAlloc_v2")?;
        let free = find(c"cuMemFree_v2")?;
        let upload = find(c"cuMemcpyHtoD_v2")?;
        let download = find(c"cuMemcpyDtoH_v2")?;
        // SAFETY: the symbols have these signatures.
        let driver = unsafe {
            Driver {
                init: transmute::<*mut c_void, Init>(init),
                retain_context: transmute::<*mut c_void, RetainContext>(retain_context),
                push_context: transmute::<*mut c_void, TakePointer>(push_context),
                allocate: transmute::<*mut c_void, Allocate>(allocate),
                free: transmute::<*mut c_void, TakePointer>(free),
                upload: transmute::<*mut c_void, CopyBytes>(upload),
                download: transmute::<*mut c_void, CopyBytes>(download),
            }
        };
        let mut context = std::ptr::null_mut();
        // SAFETY: the calls take plain values and a valid out-pointer.
        unsafe {
            check((driver.init)(0), "cuInit")?;
            check(
                (driver.retain_context)(&mut context, 0),
                "cuDevicePrimaryCtxRetain",
            )?;
            check((driver.push_context)(context), "cuCtxPushCurrent")?;
        }
        Ok(driver)
    }

    fn upload(&self, tensor: &mut Tensor, values: &[f32]) -> Result<()> {
        let size = std::mem::size_of_val(values);
        // SAFETY: both sides hold `size` bytes.
        let code = unsafe { (self.upload)(tensor.data_ptr_mut(), values.as_ptr().cast(), size) };
        check(code, "cuMemcpyHtoD")
    }

    fn download(&self, values: &mut [f32], tensor: &Tensor) -> Result<()> {
        let size = std::mem::size_of_val(values);
        // SAFETY: both sides hold `size` bytes.
        let code = unsafe { (self.download)(values.as_mut_ptr().cast(), tensor.data_ptr(), size) };
        check(code, "cuMemcpyDtoH")
    }
}

// SAFETY: memory of the driver is aligned to 256 bytes and stays valid until it is freed.
unsafe impl NDAllocator for Driver {
    const MIN_ALIGN: usize = 256;

    unsafe fn alloc_data(&mut self, prototype: &DLTensor) -> *mut c_void {
        let mut pointer = std::ptr::null_mut();
        let size = prototype.numel() * prototype.item_size();
        // SAFETY: a valid out-pointer; a failed call leaves it null.
        unsafe { (self.allocate)(&mut pointer, size) };
        pointer
    }

    unsafe fn free_data(&mut self, tensor: &DLTensor) {
        // SAFETY: the pointer came from `alloc_data`.
        unsafe { (self.free)(tensor.data) };
    }
}

/// Loads `image` with the loader that `loader` registers, and returns `add_one` of 1..5.
fn add_one(image: Vec<u8>, loader: &str) -> Result<[f32; 5]> {
    let driver = Driver::open()?;
    // Keep it: it is the code that the loaded module runs on.
    let _loader = Module::load_from_file(loader)?;
    let module = Module::load_from_bytes("cubin", image)?;
    let add_one = into_typed_fn!(
        module.get_function("add_one")?,
        Fn(i32, i32, i32, &Tensor, &Tensor, i32) -> Result<()>
    );

    let float32 = DLDataType::try_from_str("float32")?;
    let gpu = DLDevice::new(DLDeviceType::kDLCUDA, 0);
    let mut values = [1.0f32, 2.0, 3.0, 4.0, 5.0];
    let mut x = Tensor::from_nd_alloc(driver, &[5], float32, gpu);
    let y = Tensor::from_nd_alloc(driver, &[5], float32, gpu);
    driver.upload(&mut x, &values)?;
    let (grid, block, dynamic_shared_memory_bytes) = (1, 128, 0);
    add_one(grid, block, dynamic_shared_memory_bytes, &x, &y, 5)?;
    driver.download(&mut values, &y)?;
    Ok(values)
}

fn main() -> ExitCode {
    let Some(loader) = std::env::args().nth(1) else {
        eprintln!("usage: launch_cubin <libcubin_loader.so> < <image>");
        return ExitCode::from(2);
    };
    let mut image = Vec::new();
    if let Err(error) = std::io::stdin().read_to_end(&mut image) {
        eprintln!("rust:   {error}");
        return ExitCode::FAILURE;
    }
    match add_one(image, &loader) {
        Ok(values) => {
            let values: Vec<_> = values.iter().map(|value| format!("{value}")).collect();
            println!("rust:   add_one([1, 2, 3, 4, 5]) = [{}]", values.join(", "));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("rust:   {error}");
            ExitCode::FAILURE
        }
    }
}
