// SPDX-License-Identifier: Apache-2.0
//! What safe code could otherwise use to read or free memory that is not its own. What must not
//! compile is in `src/compile_fail.rs`.

use std::ffi::c_void;
use std::process::Command;

use tvm_ffi::tvm_ffi_sys::{DLTensor, TVMFFITensorCreateUnsafeView};
use tvm_ffi::*;

use crate::{kind_and_message, panic_message};

/// Fails to compile for a type that has one of the two traits.
macro_rules! assert_bound_to_its_thread {
    ($($type:ty),* $(,)?) => {$(
        const _: fn() = || {
            trait AmbiguousIfSend<Marker> {
                fn item() {}
            }
            impl<T: ?Sized> AmbiguousIfSend<()> for T {}
            impl<T: ?Sized + Send> AmbiguousIfSend<u8> for T {}
            let _ = <$type as AmbiguousIfSend<_>>::item;

            trait AmbiguousIfSync<Marker> {
                fn item() {}
            }
            impl<T: ?Sized> AmbiguousIfSync<()> for T {}
            impl<T: ?Sized + Sync> AmbiguousIfSync<u8> for T {}
            let _ = <$type as AmbiguousIfSync<_>>::item;
        };
    )*};
}

assert_bound_to_its_thread!(
    Any,
    AnyView<'static>,
    String,
    Bytes,
    Error,
    Shape,
    Tensor,
    BigInt,
    Array<i64>,
    List<i64>,
    Map<i64, i64>,
    Optional<i64>,
    VisitValue,
    VisitInterrupt,
    WalkResult,
    collections::array::ArrayIterator<'static, i64>,
    collections::map::MapIter<i64>,
    TVMFFIAny,
);

#[test]
fn what_the_abi_shares_between_threads_is_send_and_sync() {
    fn check<T: Send + Sync>() {}
    check::<Object>();
    check::<object::ObjectRef>();
    check::<ObjectArc<Object>>();
    check::<Function>();
    check::<Module>();
    check::<ErrorKind<'static>>();
    check::<DLDevice>();
    check::<DLDataType>();
    check::<CPUNDAlloc>();
    check::<TVMFFIObject>();
}

#[repr(C)]
#[derive(derive::Object)]
#[type_key = "ffi.Object"]
#[type_index(TypeIndex::kTVMFFIStaticObjectBegin)]
struct CounterObj {
    base: Object,
    count: i64,
}

fn counter(count: i64) -> ObjectArc<CounterObj> {
    ObjectArc::new(CounterObj {
        base: Object::new(),
        count,
    })
}

const REFUSED: &str = "cannot be borrowed mutably";

#[test]
fn the_only_reference_to_an_object_gives_mutable_access() {
    let mut object = counter(1);
    object.count += 1;
    assert_eq!(object.count, 2);
    let shared = object.clone();
    let refused = std::panic::AssertUnwindSafe(|| object.count += 1);
    assert!(panic_message(refused).contains(REFUSED));
    drop(shared);
    object.count += 1;
    assert_eq!(object.count, 3);
}

#[test]
fn objects_exchanged_as_a_whole_are_still_freed() {
    let (mut one, mut two) = (counter(1), counter(2));
    std::mem::swap(&mut *one, &mut *two);
    assert_eq!((one.count, two.count), (2, 1));
    assert_eq!(ObjectArc::strong_count(&one), 1);
}

#[test]
fn objects_of_other_makers_give_no_mutable_access() {
    // The content of a shape points into its own object, so exchanging two of them must not work.
    let mut shape = ObjectRefCore::into_data(Shape::from([1, 2]));
    let refused = std::panic::AssertUnwindSafe(|| _ = &mut *shape);
    assert!(panic_message(refused).contains("`ffi.Shape`"));
    // As its root type, an object of any kind.
    let root = object::ObjectRef::try_from(Any::from(Shape::from([1]))).unwrap();
    let mut root = ObjectRefCore::into_data(root);
    let refused = std::panic::AssertUnwindSafe(|| _ = &mut *root);
    assert!(panic_message(refused).contains(REFUSED));
    // Made in C++.
    let mut map = ObjectRefCore::into_data(Map::<i64, i64>::new());
    let refused = std::panic::AssertUnwindSafe(|| _ = &mut *map);
    assert!(panic_message(refused).contains("`ffi.Map`"));
}

#[test]
fn memory_of_a_fresh_tensor_is_initialised() {
    let cpu = DLDevice::new(DLDeviceType::kDLCPU, 0);
    let tensor = Tensor::from_nd_alloc(
        CPUNDAlloc {},
        &[1000],
        <i32 as dtype::AsDLDataType>::DL_DATA_TYPE,
        cpu,
    );
    assert_eq!(tensor.data_as_slice::<i32>().unwrap(), [0; 1000]);
}

/// Never has memory.
struct Exhausted;

// SAFETY: null is allowed.
unsafe impl NDAllocator for Exhausted {
    const MIN_ALIGN: usize = 1;
    unsafe fn alloc_data(&mut self, _prototype: &DLTensor) -> *mut c_void {
        std::ptr::null_mut()
    }
    unsafe fn free_data(&mut self, _tensor: &DLTensor) {
        panic!("nothing was allocated");
    }
}

#[test]
fn a_tensor_without_memory_is_not_made() {
    let text = panic_message(|| {
        let cpu = DLDevice::new(DLDeviceType::kDLCPU, 0);
        let dtype = <f32 as dtype::AsDLDataType>::DL_DATA_TYPE;
        Tensor::from_nd_alloc(Exhausted, &[2], dtype, cpu);
    });
    assert_eq!(text, "the allocator of a tensor has no memory");
}

#[test]
fn elements_that_are_not_aligned_are_not_read() {
    let whole = Tensor::from_slice(&[0u8; 16], &[16]).unwrap();
    let (mut extent, mut stride) = (2i64, 1i64);
    let mut prototype = DLTensor {
        data: whole.data_ptr().cast_mut(),
        device: whole.device(),
        ndim: 1,
        dtype: <f32 as dtype::AsDLDataType>::DL_DATA_TYPE,
        shape: &mut extent,
        strides: &mut stride,
        byte_offset: 0,
    };
    let mut view = |byte_offset| -> Tensor {
        prototype.byte_offset = byte_offset;
        let mut result = TVMFFIAny::new();
        let mut handle = std::ptr::null_mut();
        // SAFETY: the tensor keeps the memory that the prototype describes alive; on success the
        // handle is a new reference to a tensor, which the value adopts.
        unsafe {
            let source = ObjectArc::as_raw(ObjectRefCore::data(&whole)).cast_mut();
            let status = TVMFFITensorCreateUnsafeView(source.cast(), &prototype, &mut handle);
            assert_eq!(status, 0);
            result.type_index = TypeIndex::kTVMFFITensor as i32;
            result.data_union.v_obj = handle.cast();
            Any::from_raw_ffi_any(result).try_into().unwrap()
        }
    };
    assert_eq!(view(4).data_as_slice::<f32>().unwrap(), [0.0; 2]);
    let expected = (
        "RuntimeError".to_owned(),
        "Tensor is not aligned to its data type".to_owned(),
    );
    assert_eq!(kind_and_message(view(1).data_as_slice::<f32>()), expected);
    assert_eq!(
        kind_and_message(view(1).data_as_slice_mut::<f32>()),
        expected
    );
}

/// Panics when it is dropped.
struct Explosive;

impl Drop for Explosive {
    fn drop(&mut self) {
        panic!("again");
    }
}

#[test]
fn a_panic_that_panics_again_is_still_an_error() {
    let function = Function::from_typed(|| -> Result<()> { std::panic::panic_any(Explosive) });
    assert_eq!(
        kind_and_message(function.call_tuple(())),
        (
            "InternalError".into(),
            "Rust function panicked: no message".into()
        )
    );
}

const CHILD: &str = "TVM_FFI_TEST_FORGETS_REFERENCES";

#[test]
fn forgetting_too_many_references_ends_the_process() {
    if std::env::var_os(CHILD).is_some() {
        let object = counter(0);
        // SAFETY: the counter is atomic. The number is what 2^31 forgotten clones would leave.
        let header = unsafe { &*ObjectArc::as_raw(&object).cast::<TVMFFIObject>() };
        let forgotten = 1 << 31;
        header
            .combined_ref_count
            .fetch_add(forgotten, std::sync::atomic::Ordering::Relaxed);
        std::mem::forget(object.clone());
        std::process::exit(0);
    }
    let name = "soundness::forgetting_too_many_references_ends_the_process";
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name])
        .env(CHILD, "1")
        .output()
        .unwrap()
        .status;
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    assert_eq!(signal, Some(6), "SIGABRT was expected: {status}");
}
