// SPDX-License-Identifier: Apache-2.0
//! What the operations of the crate cost. `scripts/rust.sh bench` runs this.
//!
//! The rows of group `call` have the names of the C++ rows in `benchmarks/native/core_rows.cc` that
//! do the same, so that the two can be laid side by side.

use std::hint::black_box;
use std::time::Duration;

use criterion::{criterion_group, criterion_main, Criterion};
use tvm_ffi::*;

/// Calls between functions of Rust, the counterpart of calls between functions of C++.
fn calls(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("call");
    let packed = Function::from_packed(|arguments| Ok(Any::from(i64::try_from(arguments[0])? + 1)));
    group.bench_function("call packed(int)", |bench| {
        bench.iter(|| i64::try_from(packed.call_tuple((black_box(1i64),)).unwrap()).unwrap())
    });
    let typed = Function::from_typed(|a: i64, b: i64| -> Result<i64> { Ok(a + b) });
    group.bench_function("call Function(int, int)", |bench| {
        bench.iter(|| i64::try_from(typed.call_tuple((black_box(1i64), 1i64)).unwrap()).unwrap())
    });
    let wrapped = into_typed_fn!(typed, Fn(i64, i64) -> Result<i64>);
    group.bench_function("call TypedFunction(int, int)", |bench| {
        bench.iter(|| wrapped(black_box(1), 1).unwrap())
    });
    let text_size = Function::from_typed(|text: String| -> Result<usize> { Ok(text.len()) });
    let text = String::from("a string on the heap");
    group.bench_function("call Function(str)", |bench| {
        bench.iter(|| usize::try_from(text_size.call_tuple((&text,)).unwrap()).unwrap())
    });
    group.bench_function("make Function", |bench| {
        let mut i = 0i64;
        bench.iter(|| {
            i += 1;
            Function::from_typed(move |a: i64| -> Result<i64> { Ok(a + i) })
        })
    });
    group.finish();
}

/// Calls that cross between Rust and C++.
fn crossings(criterion: &mut Criterion) {
    // SAFETY: takes nothing and does nothing; keeps the library with `testing.*` linked.
    unsafe { tvm_ffi_sys::TVMFFITestingDummyTarget() };
    let mut group = criterion.benchmark_group("cross");
    let add_one = Function::get_global("testing.add_one").unwrap();
    group.bench_function("C++ function(int)", |bench| {
        bench.iter(|| i64::try_from(add_one.call_tuple((black_box(1i64),)).unwrap()).unwrap())
    });
    let apply = Function::get_global("testing.apply").unwrap();
    let closure = Function::from_typed(|a: i64| -> Result<i64> { Ok(a + 1) });
    group.bench_function("C++ function that calls a closure(int)", |bench| {
        bench
            .iter(|| i64::try_from(apply.call_tuple((&closure, black_box(1i64))).unwrap()).unwrap())
    });
    let failing = Function::from_typed(|| -> Result<i64> { bail!(VALUE_ERROR, "refused") });
    group.bench_function("closure that fails", |bench| {
        bench.iter(|| failing.call_tuple(()).is_err())
    });
    group.finish();
}

fn containers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("containers, 1000 elements");
    let array: Array<i64> = (0..1000).collect();
    group.bench_function("make Array", |bench| {
        bench.iter(|| (0..1000).collect::<Array<i64>>())
    });
    group.bench_function("read Array", |bench| {
        bench.iter(|| array.iter().sum::<i64>())
    });
    let entries = || (0..1000i64).map(|i| (i, i));
    let map: Map<i64, i64> = entries().collect();
    group.bench_function("make Map", |bench| {
        bench.iter(|| entries().collect::<Map<i64, i64>>())
    });
    group.bench_function("iterate Map", |bench| {
        bench.iter(|| map.values().sum::<i64>())
    });
    group.finish();

    let mut group = criterion.benchmark_group("containers");
    group.bench_function("Map::get", |bench| {
        bench.iter(|| map.get(black_box(&500)).unwrap())
    });
    group.bench_function("Array::get", |bench| {
        bench.iter(|| array.get(black_box(500)).unwrap())
    });
    let list = List::<i64>::default();
    group.bench_function("List push and pop", |bench| {
        bench.iter(|| {
            list.push(black_box(1)).unwrap();
            list.pop().unwrap()
        })
    });
    group.finish();
}

fn strings(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("strings");
    let text = "a string on the heap";
    group.bench_function("make, 7 bytes", |bench| {
        bench.iter(|| String::from(black_box("seven b")))
    });
    group.bench_function("make, 20 bytes", |bench| {
        bench.iter(|| String::from(black_box(text)))
    });
    let (lhs, rhs) = (String::from(text), String::from(text));
    group.bench_function("clone", |bench| bench.iter(|| black_box(&lhs).clone()));
    group.bench_function("compare", |bench| {
        bench.iter(|| black_box(&lhs) == black_box(&rhs))
    });
    group.finish();
}

/// Dispatch alone: the loader returns a module that exists.
fn load_from_bytes(criterion: &mut Criterion) {
    let module: Module = Function::get_global("ffi.SystemLib")
        .and_then(|system_lib| system_lib.call_tuple(()))
        .and_then(Module::try_from)
        .unwrap();
    let loader =
        Function::from_typed(move |_payload: Bytes| -> Result<Module> { Ok(module.clone()) });
    Function::register_global("ffi.Module.load_from_bytes.bench", loader).unwrap();
    let payload = Bytes::from(vec![0u8; 1 << 20]);
    criterion.bench_function("load_from_bytes, dispatch with 1 MiB", |bench| {
        bench.iter(|| Module::load_from_bytes("bench", payload.clone()).unwrap())
    });
}

criterion_group! {
    name = benches;
    // Short: the whole program takes about half a minute.
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(800))
        .sample_size(30);
    targets = calls, crossings, containers, strings, load_from_bytes
}
criterion_main!(benches);
