// SPDX-License-Identifier: Apache-2.0
//! Containers, text and numbers against the standard library, on generated values.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use proptest::collection::{hash_map, vec};
use proptest::prelude::*;
use tvm_ffi::*;

type StdString = std::string::String;

fn hash_of(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Whether a text lies in its cell.
fn is_inline(text: &String) -> bool {
    AnyView::from(text).type_index() == TypeIndex::kTVMFFISmallStr as i32
}

/// The entries of a map that insertions leave, in order. A later value of a key takes the earlier
/// one's place, or goes to the end once anything has been inserted into four entries.
fn expected_entries(insertions: &[(StdString, i64)]) -> Vec<(StdString, i64)> {
    let mut entries: Vec<(StdString, i64)> = Vec::new();
    let mut is_dense = false;
    for (key, value) in insertions {
        is_dense |= entries.len() == 4;
        match entries.iter().position(|(known, _)| known == key) {
            Some(place) if !is_dense => entries[place].1 = *value,
            place => {
                place.map(|place| entries.remove(place));
                entries.push((key.clone(), *value));
            }
        }
    }
    entries
}

fn map_of(entries: &[(StdString, i64)]) -> Map<String, i64> {
    let entries = entries.iter();
    entries
        .map(|(key, value)| (String::from(key), *value))
        .collect()
}

/// One change of a list, or question to it.
#[derive(Clone, Debug)]
enum Step {
    Push(i64),
    Pop,
    Set(usize, i64),
    Get(usize),
    Clear,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => any::<i64>().prop_map(Step::Push),
        2 => Just(Step::Pop),
        2 => (0usize..8, any::<i64>()).prop_map(|(index, value)| Step::Set(index, value)),
        2 => (0usize..8).prop_map(Step::Get),
        1 => Just(Step::Clear),
    ]
}

/// Does a step to both; what they answer must be the same.
fn check_step(list: &List<i64>, model: &mut Vec<i64>, step: &Step) -> Result<()> {
    match *step {
        Step::Push(value) => {
            list.push(value)?;
            model.push(value);
        }
        Step::Pop => assert_eq!(list.pop()?, model.pop()),
        Step::Set(index, value) => match model.get_mut(index) {
            Some(element) => {
                list.set(index, value)?;
                *element = value;
            }
            None => assert_eq!(list.set(index, value).unwrap_err().kind(), INDEX_ERROR),
        },
        Step::Get(index) => assert_eq!(list.get(index).ok(), model.get(index).copied()),
        Step::Clear => {
            list.clear()?;
            model.clear();
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn strings_are_like_std_strings(a in ".{0,20}", b in ".{0,20}") {
        let (x, y) = (String::from(&a), String::from(&b));
        prop_assert_eq!(x.as_str(), &a);
        prop_assert_eq!(x.len(), a.len());
        prop_assert_eq!(x.is_empty(), a.is_empty());
        prop_assert_eq!(x == y, a == b);
        prop_assert_eq!(x.cmp(&y), a.cmp(&b));
        prop_assert_eq!(hash_of(&x), hash_of(&*a));
        prop_assert_eq!(format!("{x}"), format!("{a:?}"));
        prop_assert_eq!(&String::try_from(Any::from(x.clone())).unwrap(), &x);
        prop_assert_eq!(is_inline(&x), a.len() <= 7);
    }

    #[test]
    fn bytes_are_like_slices(a in vec(any::<u8>(), 0..20), b in vec(any::<u8>(), 0..20)) {
        let (x, y) = (Bytes::from(&a), Bytes::from(&b));
        prop_assert_eq!(x.as_slice(), &a[..]);
        prop_assert_eq!(x == y, a == b);
        prop_assert_eq!(x.cmp(&y), a.cmp(&b));
        prop_assert_eq!(hash_of(&x), hash_of(&a));
        prop_assert_eq!(&Bytes::try_from(Any::from(x.clone())).unwrap(), &x);
    }

    #[test]
    fn arrays_are_like_vectors(items in vec(".{0,10}", 0..20), index in 0usize..24) {
        let array: Array<String> = items.iter().map(String::from).collect();
        prop_assert_eq!(array.len(), items.len());
        let read: Vec<StdString> = array.iter().map(|item| item.as_str().to_owned()).collect();
        prop_assert_eq!(&read, &items);
        match (array.get(index), items.get(index)) {
            (Ok(found), Some(item)) => prop_assert_eq!(found.as_str(), item),
            (Err(error), None) => prop_assert_eq!(error.kind(), INDEX_ERROR),
            (found, _) => prop_assert!(false, "element {}: {:?}", index, found),
        }
        let again = Array::<String>::try_from(Any::from(array.clone())).unwrap();
        prop_assert_eq!(AnyView::from(&array).debug_strong_count(), Some(2));
        prop_assert_eq!(again.len(), items.len());
    }

    #[test]
    fn arrays_convert_element_by_element(items in vec(any::<i32>(), 0..20)) {
        let array: Array<i32> = items.iter().copied().collect();
        let floats = Array::<f64>::try_from(Any::from(array)).unwrap();
        let expected: Vec<f64> = items.iter().map(|item| f64::from(*item)).collect();
        prop_assert_eq!(floats.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn lists_are_like_vectors_under_changes(steps in vec(step(), 0..40)) {
        let list = List::<i64>::default();
        let mut model = Vec::new();
        for step in &steps {
            check_step(&list, &mut model, step).unwrap();
            prop_assert_eq!(list.len(), model.len());
        }
        prop_assert_eq!(list.iter().collect::<Vec<_>>(), model);
    }

    #[test]
    fn maps_keep_their_entries_in_order_and_the_last_value_of_a_key(
        insertions in vec(("[a-e]{1,2}|[a-e]{9}", any::<i64>()), 0..40)
    ) {
        let map = map_of(&insertions);
        let expected = expected_entries(&insertions);
        prop_assert_eq!(map.len(), expected.len());
        let entries: Vec<(StdString, i64)> =
            map.iter().map(|(key, value)| (key.as_str().to_owned(), value)).collect();
        prop_assert_eq!(&entries, &expected);
        prop_assert!(map.keys().zip(&expected).all(|(key, entry)| key == entry.0));
        prop_assert!(map.values().zip(&expected).all(|(value, entry)| value == entry.1));
    }

    #[test]
    fn maps_find_what_std_maps_find(
        entries in hash_map(".{0,10}", any::<i64>(), 0..30), absent in ".{0,10}"
    ) {
        let insertions: Vec<_> = entries.clone().into_iter().collect();
        let map = map_of(&insertions);
        for (key, value) in &entries {
            let key = String::from(key);
            prop_assert!(map.contains_key(&key));
            prop_assert_eq!(map.get(&key).unwrap(), Some(*value));
        }
        let key = String::from(&absent);
        prop_assert_eq!(map.get(&key).unwrap(), entries.get(&absent).copied());
    }

    #[test]
    fn shapes_are_like_slices(a in vec(any::<i64>(), 0..6), b in vec(any::<i64>(), 0..6)) {
        let (x, y) = (Shape::from(&a), Shape::from(&b));
        prop_assert_eq!(x.as_slice(), &a[..]);
        prop_assert_eq!(x == y, a == b);
        prop_assert_eq!(x.cmp(&y), a.cmp(&b));
    }

    #[test]
    fn tensors_give_back_what_went_in(values in vec(any::<i32>(), 0..50)) {
        let tensor = Tensor::from_slice(&values, &[values.len() as i64]).unwrap();
        prop_assert_eq!(tensor.data_as_slice::<i32>().unwrap(), &values[..]);
        prop_assert!(tensor.is_contiguous());
    }

    #[test]
    fn integers_narrow_and_widen_like_as(value in any::<i64>()) {
        let cell = Any::from(value);
        prop_assert_eq!(cell.try_as::<i8>(), Some(value as i8));
        prop_assert_eq!(cell.try_as::<u16>(), Some(value as u16));
        prop_assert_eq!(cell.try_as::<u64>(), Some(value as u64));
        prop_assert_eq!(f64::try_from(cell).unwrap(), value as f64);
    }

    #[test]
    fn big_integers_are_like_i128(a in any::<i128>(), b in any::<i128>()) {
        let (x, y) = (BigInt::from_i128(a), BigInt::from_i128(b));
        prop_assert_eq!(x.as_i128(), Some(a));
        prop_assert_eq!(x.as_i64(), i64::try_from(a).ok());
        prop_assert_eq!(x == y, a == b);
        prop_assert_eq!(BigInt::from_words(&x.to_words()), x);
    }

    #[test]
    fn values_return_from_a_call_as_they_went(
        number in any::<i64>(), float in any::<f64>(), text in ".{0,12}"
    ) {
        let echo = Function::from_packed(|arguments| {
            let values: Array<Any> = arguments.iter().map(|view| Any::from(*view)).collect();
            Ok(Any::from(values))
        });
        let result = echo.call_tuple((number, float, String::from(&text))).unwrap();
        let values = Array::<Any>::try_from(result).unwrap();
        prop_assert_eq!(values[0].try_as::<i64>(), Some(number));
        prop_assert_eq!(values[1].try_as::<f64>().map(f64::to_bits), Some(float.to_bits()));
        prop_assert_eq!(values[2].try_as::<String>(), Some(String::from(&text)));
    }
}
