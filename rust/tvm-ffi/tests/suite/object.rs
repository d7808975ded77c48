// SPDX-License-Identifier: Apache-2.0
//! Objects made in Rust: counts, deletion, extra items, layout.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use tvm_ffi::tvm_ffi_sys::{
    TVMFFIByteArray, TVMFFITypeGetOrAllocIndex, COMBINED_REF_COUNT_BOTH_ONE,
    COMBINED_REF_COUNT_WEAK_ONE,
};
use tvm_ffi::*;

use crate::panic_message;

/// Registers a type below `ffi.Object`, as a C++ library would do while it is loaded.
fn register(key: &str) -> i32 {
    let array = TVMFFIByteArray::new(key.as_ptr(), key.len());
    // SAFETY: the key is valid for the call.
    unsafe { TVMFFITypeGetOrAllocIndex(&array, -1, 1, 0, 1, 64) }
}

/// An object that counts how often it is destroyed.
#[repr(C)]
#[derive(derive::Object)]
#[type_key = "rust.test.Probe"]
struct ProbeObj {
    base: Object,
    drops: Arc<AtomicUsize>,
}

impl Drop for ProbeObj {
    fn drop(&mut self) {
        self.drops.fetch_add(1, Ordering::SeqCst);
    }
}

#[repr(C)]
#[derive(derive::ObjectRef, Clone)]
struct Probe {
    data: ObjectArc<ProbeObj>,
}

fn probe() -> (Probe, Arc<AtomicUsize>) {
    register("rust.test.Probe");
    let drops = Arc::new(AtomicUsize::new(0));
    let data = ObjectArc::new(ProbeObj {
        base: Object::new(),
        drops: drops.clone(),
    });
    (Probe { data }, drops)
}

#[test]
fn a_fresh_object_has_one_reference_of_each_kind() {
    let (probe, _) = probe();
    assert_eq!(ObjectArc::strong_count(&probe.data), 1);
    assert_eq!(ObjectArc::weak_count(&probe.data), 1);
}

#[test]
fn the_last_reference_destroys_once() {
    let (probe, drops) = probe();
    let clone = probe.clone();
    let any = Any::from(probe);
    assert_eq!(any.debug_strong_count(), Some(2));
    drop(clone);
    assert_eq!(drops.load(Ordering::SeqCst), 0);
    drop(any);
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}

#[test]
fn raw_pointers_round_trip() {
    let (probe, drops) = probe();
    // SAFETY: the reference is adopted again at once.
    let data = unsafe { ObjectArc::from_raw(ObjectArc::into_raw(probe.data)) };
    assert_eq!(
        (ObjectArc::strong_count(&data), ObjectArc::weak_count(&data)),
        (1, 1)
    );
    drop(data);
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}

#[test]
fn an_unregistered_key_panics_until_it_is_registered() {
    #[repr(C)]
    #[derive(derive::Object)]
    #[type_key = "rust.test.Late"]
    struct LateObj {
        base: Object,
    }
    let text = panic_message(|| {
        drop(ObjectArc::new(LateObj {
            base: Object::new(),
        }))
    });
    assert_eq!(
        text,
        "Failed to get type index for type key: rust.test.Late"
    );
    let index = register("rust.test.Late");
    assert_eq!(LateObj::type_index(), index);
}

/// An object with a tail of bytes.
#[repr(C)]
#[derive(derive::Object)]
#[type_key = "rust.test.Tail"]
struct TailObj {
    base: Object,
    count: usize,
    drops: Arc<AtomicUsize>,
}

impl Drop for TailObj {
    fn drop(&mut self) {
        self.drops.fetch_add(1, Ordering::SeqCst);
    }
}

// SAFETY: `count` never changes.
unsafe impl ObjectCoreWithExtraItems for TailObj {
    type ExtraItem = u32;
    fn extra_items_count(this: &Self) -> usize {
        this.count
    }
}

fn tail_object(count: usize) -> (ObjectArc<TailObj>, Arc<AtomicUsize>) {
    register("rust.test.Tail");
    let drops = Arc::new(AtomicUsize::new(0));
    let object = TailObj {
        base: Object::new(),
        count,
        drops: drops.clone(),
    };
    (ObjectArc::new_with_extra_items(object), drops)
}

#[test]
fn extra_items_lie_right_behind_the_struct() {
    let (mut object, drops) = tail_object(5);
    // SAFETY: the object is fresh; the items are written before they are read.
    unsafe {
        let end = ObjectArc::as_raw_mut(&mut object).add(1).cast::<u32>();
        for index in 0..5 {
            end.add(index).write(10 + index as u32);
        }
        assert_eq!(TailObj::extra_items(&object), [10, 11, 12, 13, 14]);
    }
    drop(object);
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}

#[test]
fn a_weak_reference_outlives_the_content_of_an_object_with_extra_items() {
    let (object, drops) = tail_object(3);
    // SAFETY: adds a weak reference by the ABI's protocol and releases it the same way; between,
    // only the header is read.
    unsafe {
        let header = ObjectArc::into_raw(object)
            .cast_mut()
            .cast::<TVMFFIObject>();
        let counter = &(*header).combined_ref_count;
        counter.fetch_add(COMBINED_REF_COUNT_WEAK_ONE, Ordering::Relaxed);
        let deleter = (*header).deleter.unwrap();
        drop(ObjectArc::from_raw(header.cast_const().cast::<TailObj>()));
        assert_eq!(drops.load(Ordering::SeqCst), 1);
        assert_eq!(
            (*header).combined_ref_count.load(Ordering::Relaxed),
            1 << 32
        );
        deleter(header.cast(), 2);
    }
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}

#[test]
fn a_null_reference_is_the_none_of_option() {
    assert_eq!(std::mem::size_of::<Option<Probe>>(), 8);
    assert_eq!(std::mem::size_of::<Option<Function>>(), 8);
    assert_eq!(COMBINED_REF_COUNT_BOTH_ONE, 0x1_0000_0001);
}

#[test]
fn threads_share_an_object_and_destroy_it_once() {
    #[repr(C)]
    #[derive(derive::ObjectRef, Clone)]
    struct Shared {
        data: ObjectArc<ProbeObj>,
    }
    let (probe, drops) = probe();
    let shared = Shared { data: probe.data };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let mine = shared.clone();
            scope.spawn(move || {
                for _ in 0..1000 {
                    drop(mine.clone());
                }
            });
        }
    });
    drop(shared);
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}

/// Whether a type is `Send` and `Sync`: the inherent constant of the more specific impl wins.
macro_rules! is_shareable {
    ($type:ty) => {{
        struct Check<T>(std::marker::PhantomData<T>);
        #[allow(dead_code)]
        trait Otherwise {
            const SHAREABLE: bool = false;
        }
        impl<T> Otherwise for Check<T> {}
        #[allow(dead_code)]
        impl<T: Send + Sync> Check<T> {
            const SHAREABLE: bool = true;
        }
        Check::<$type>::SHAREABLE
    }};
}

#[test]
fn only_types_without_thread_bound_content_cross_threads() {
    assert!(is_shareable!(Function) && is_shareable!(Module) && is_shareable!(Probe));
    assert!(is_shareable!(object::ObjectRef) && is_shareable!(DLDevice));
    assert!(is_shareable!(ErrorKind<'static>) && is_shareable!(TVMFFIObject));
    assert!(!is_shareable!(Any) && !is_shareable!(AnyView<'static>));
    assert!(!is_shareable!(Array<i64>) && !is_shareable!(Map<i64, i64>));
    assert!(!is_shareable!(List<i64>) && !is_shareable!(Tensor) && !is_shareable!(Error));
}
