// SPDX-License-Identifier: Apache-2.0
//! Maps.

use tvm_ffi::*;

use crate::{kind_and_message, panic_message};

fn sample() -> Map<String, i64> {
    [("one".into(), 1), ("two".into(), 2), ("three".into(), 3)]
        .into_iter()
        .collect()
}

#[test]
fn lookup_finds_values_and_misses_absent_keys() {
    let map = sample();
    assert_eq!(map.len(), 3);
    assert_eq!(map.get(&"two".into()).unwrap(), Some(2));
    assert_eq!(map.get(&"four".into()).unwrap(), None);
    assert!(map.contains_key(&"one".into()));
    assert!(!map.contains_key(&"four".into()));
}

#[test]
fn iteration_is_in_insertion_order_and_exact_in_size() {
    let map = sample();
    assert_eq!(
        map.keys()
            .map(|key| key.as_str().to_owned())
            .collect::<Vec<_>>(),
        ["one", "two", "three"]
    );
    let mut values = map.values();
    assert_eq!(values.len(), 3);
    assert_eq!(values.next(), Some(1));
    assert_eq!(values.len(), 2);
    drop(map); // the iterator keeps the entries alive
    assert_eq!(values.collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn many_entries_survive_the_dense_layout() {
    let map: Map<i64, i64> = (0..200).map(|i| (i, i * i)).collect();
    assert!((&map).into_iter().eq((0..200).map(|i| (i, i * i))));
    assert_eq!(map.get(&150).unwrap(), Some(22500));
}

#[test]
fn a_later_duplicate_wins() {
    let map: Map<i64, i64> = [(1, 10), (1, 20)].into_iter().collect();
    assert_eq!((map.len(), map.get(&1).unwrap()), (1, Some(20)));
}

#[test]
fn an_empty_map_yields_nothing() {
    let map = Map::<String, i64>::new();
    assert!(map.is_empty());
    assert_eq!(map.iter().count(), 0);
    assert_eq!(map.get(&"x".into()).unwrap(), None);
}

#[test]
fn conversion_makes_a_new_map_only_when_needed() {
    let ints: Map<i64, i64> = [(1, 2)].into_iter().collect();
    let same = Map::<i64, i64>::try_from(Any::from(ints.clone())).unwrap();
    assert_eq!(AnyView::from(&same).debug_strong_count(), Some(2));
    let floats = Map::<f64, f64>::try_from(Any::from(ints.clone())).unwrap();
    assert_eq!(AnyView::from(&floats).debug_strong_count(), Some(1));
    assert_eq!(floats.get(&1.0).unwrap(), Some(2.0));
    assert_eq!(
        kind_and_message(Map::<i64, String>::try_from(Any::from(ints))),
        (
            "TypeError".into(),
            "Cannot convert from type `ffi.Map` to `Map<int, ffi.String>`".into()
        )
    );
}

#[test]
fn values_are_fresh_references() {
    let shape = Shape::from([4]);
    let map: Map<i64, Shape> = [(1, shape.clone())].into_iter().collect();
    let value = map.get(&1).unwrap().unwrap();
    assert_eq!(AnyView::from(&shape).debug_strong_count(), Some(3));
    drop((value, map));
    assert_eq!(AnyView::from(&shape).debug_strong_count(), Some(1));
}

#[test]
fn mistyped_entries_are_reported() {
    let map = Map::<i64, i64>::from_data(Map::into_data(sample()));
    let entries = map.clone();
    let text = panic_message(move || assert!(entries.iter().next().is_some()));
    assert_eq!(text, "map iterator: key does not match the map's key type");
    if cfg!(debug_assertions) {
        let text = panic_message(move || assert!(map.contains_key(&1)));
        assert_eq!(
            text,
            "Map lookup: key type `i64` does not match the map's stored key type"
        );
    }
}

#[test]
fn untyped_entries_and_call_arguments_are_allowed() {
    let map: Map<Any, Any> = [(Any::from(1i64), Any::from(true))].into_iter().collect();
    let size = Function::get_global("ffi.MapSize").unwrap();
    assert_eq!(i64::try_from(size.call_tuple((&map,)).unwrap()).unwrap(), 1);
    assert_eq!(
        i64::try_from(size.call_tuple((map.clone(),)).unwrap()).unwrap(),
        1
    );
    assert_eq!(
        map.get(&Any::from(1i64)).unwrap().unwrap().try_as::<bool>(),
        Some(true)
    );
}

#[test]
fn debug_shows_short_type_names_and_length() {
    assert_eq!(format!("{:?}", sample()), "Map<String, i64>[3]");
}
