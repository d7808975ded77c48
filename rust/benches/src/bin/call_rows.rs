// SPDX-License-Identifier: Apache-2.0
//! Times the rows "call ..." of `benchmarks/native/core_rows.cc` in Rust, in the same way: processor
//! time in batches, of which the fastest counts. Prints the same JSON.

use std::ffi::{c_int, c_long, c_void};
use std::hint::black_box;

use tvm_ffi::*;

#[repr(C)]
struct Timespec {
    seconds: c_long,
    nanoseconds: c_long,
}

const CLOCK_PROCESS_CPUTIME_ID: c_int = 2;

unsafe extern "C" {
    fn clock_gettime(clock: c_int, time: *mut Timespec) -> c_int;
}

fn processor_ns() -> f64 {
    let mut now = Timespec {
        seconds: 0,
        nanoseconds: 0,
    };
    // SAFETY: the pointer is valid for the call.
    unsafe { clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &mut now) };
    now.seconds as f64 * 1e9 + now.nanoseconds as f64
}

const LOOP: i64 = 1000;

/// Nanoseconds of one of the `LOOP` calls that `body` makes.
fn time(mut body: impl FnMut()) -> f64 {
    let mut batch_ns = |repeats: u32| {
        let start = processor_ns();
        (0..repeats).for_each(|_| body());
        processor_ns() - start
    };
    let mut repeats = 1;
    while batch_ns(repeats) < 2e6 {
        repeats *= 2;
    }
    let best = (0..15).map(|_| batch_ns(repeats)).fold(f64::MAX, f64::min);
    best / f64::from(repeats) / LOOP as f64
}

/// What a function of another language is: nothing but the C calling convention.
unsafe extern "C" fn add_one_in_c(
    _handle: *mut c_void,
    args: *const TVMFFIAny,
    _num_args: i32,
    result: *mut TVMFFIAny,
) -> i32 {
    // SAFETY: the caller passes one integer and a cell for the result.
    unsafe {
        (*result).type_index = TypeIndex::kTVMFFIInt as i32;
        (*result).data_union.v_int64 = (*args).data_union.v_int64 + 1;
    }
    0
}

fn int(value: Any) -> i64 {
    i64::try_from(value).expect("an integer")
}

fn rows() -> Result<Vec<(&'static str, f64)>> {
    let packed = Function::from_packed(|arguments| Ok(Any::from(i64::try_from(arguments[0])? + 1)));
    let typed = Function::from_typed(|a: i64, b: i64| -> Result<i64> { Ok(a + b) });
    let wrapped = into_typed_fn!(typed.clone(), Fn(i64, i64) -> Result<i64>);
    let text_size = Function::from_typed(|text: String| -> Result<usize> { Ok(text.len()) });
    let text = String::from("a string on the heap");
    // SAFETY: takes nothing and does nothing; keeps the library with `testing.*` linked.
    unsafe { tvm_ffi_sys::TVMFFITestingDummyTarget() };
    let add_one = Function::get_global("testing.add_one")?;
    // SAFETY: the callback needs no handle.
    let c_function = unsafe { Function::from_extern_c(std::ptr::null_mut(), add_one_in_c, None) };
    Ok(vec![
        (
            "call C function(int)",
            time(|| {
                let mut value = 0;
                (0..LOOP).for_each(|_| value = int(c_function.call_tuple((value,)).unwrap()));
                black_box(value);
            }),
        ),
        (
            "call packed(int)",
            time(|| {
                let mut value = 0;
                (0..LOOP).for_each(|_| value = int(packed.call_tuple((value,)).unwrap()));
                black_box(value);
            }),
        ),
        (
            "call Function(int, int)",
            time(|| {
                let mut value = 0;
                (0..LOOP).for_each(|_| value = int(typed.call_tuple((value, 1i64)).unwrap()));
                black_box(value);
            }),
        ),
        (
            "call TypedFunction(int, int)",
            time(|| {
                let mut value = 0;
                (0..LOOP).for_each(|_| value = wrapped(value, 1).unwrap());
                black_box(value);
            }),
        ),
        (
            "call Function(str)",
            time(|| {
                let mut total = 0;
                (0..LOOP).for_each(|_| total += int(text_size.call_tuple((&text,)).unwrap()));
                black_box(total);
            }),
        ),
        (
            "call C++ function(int)",
            time(|| {
                let mut value = 0;
                (0..LOOP).for_each(|_| value = int(add_one.call_tuple((value,)).unwrap()));
                black_box(value);
            }),
        ),
    ])
}

fn main() {
    let rows = rows().expect("every row runs");
    let rows: Vec<_> = rows
        .iter()
        .map(|(name, ns)| format!("\"{name}\": {ns:.3}"))
        .collect();
    println!("{{{}}}", rows.join(", "));
}
