// SPDX-License-Identifier: Apache-2.0
//! Integers of any size.

use tvm_ffi::*;

use crate::kind_and_message;

#[test]
fn small_values_are_plain_integers() {
    let value = BigInt::from(-5i64);
    assert_eq!(value.as_i64(), Some(-5));
    assert_eq!(Any::from(value).type_index(), TypeIndex::kTVMFFIInt as i32);
    assert_eq!(BigInt::from_words(&[]).as_i64(), Some(0));
    assert_eq!(BigInt::from_words(&[7, 0, 0]).as_i64(), Some(7));
}

#[test]
fn large_values_are_objects_with_minimal_words() {
    let value = BigInt::from_i128(1 << 64);
    assert_eq!(value.as_i64(), None);
    assert_eq!(value.to_words(), [0, 1]);
    assert_eq!(value.as_i128(), Some(1 << 64));
    let any = Any::from(value.clone());
    assert_eq!(any.type_index(), TypeIndex::kTVMFFIBigInt as i32);
    assert_eq!(any.debug_strong_count(), Some(2));
    assert_eq!(BigInt::try_from(any).unwrap(), value);
    assert_eq!(BigInt::from_words(&[1, 2, 0, 0]).to_words(), [1, 2]);
}

#[test]
fn extremes_round_trip() {
    for value in [i128::MAX, i128::MIN, i128::from(i64::MIN) - 1, -1, 0] {
        assert_eq!(BigInt::from_i128(value).as_i128(), Some(value));
    }
    assert_eq!(BigInt::from_words(&[0, 0, 1]).as_i128(), None);
    assert_eq!(format!("{:?}", BigInt::from(-3)), "BigInt(-3)");
}

#[test]
fn booleans_convert_and_other_types_do_not() {
    assert_eq!(BigInt::try_from(Any::from(true)).unwrap().as_i64(), Some(1));
    assert!(Any::from(true).try_as::<BigInt>().is_none());
    assert_eq!(
        kind_and_message(BigInt::try_from(Any::from(1.5f64))).1,
        "Cannot convert from type `float` to `BigInt`"
    );
    let big = Any::from(BigInt::from_i128(1 << 70));
    assert_eq!(
        kind_and_message(i64::try_from(big)).1,
        "Cannot convert from type `ffi.BigInt` to `int`"
    );
}

#[test]
fn optionals_hold_big_integers_in_place() {
    let value = Optional::some(BigInt::from_i128(1 << 70));
    assert_eq!(value.get().unwrap().to_words(), [0, 64]);
}
