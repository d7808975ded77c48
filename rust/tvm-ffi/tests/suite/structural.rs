// SPDX-License-Identifier: Apache-2.0
//! Structural visiting.

use tvm_ffi::*;

use crate::{kind_and_message, link_testing_library};

/// `[[1, 2], {"k": 3}, "text", none]`
fn nested() -> Array<Any> {
    let map: Map<String, i64> = [("k".into(), 3)].into_iter().collect();
    Array::new(vec![
        Any::from(Array::new(vec![1i64, 2])),
        Any::from(map),
        Any::from(String::from("text")),
        Any::new(),
    ])
}

fn ints(root: &Array<Any>, order: WalkOrder) -> Vec<i64> {
    let mut seen = Vec::new();
    let collect = |n: i64| {
        seen.push(n);
        WalkResult::Advance
    };
    assert!(structural_walk(root, collect, order).unwrap().is_none());
    seen
}

#[test]
fn every_value_but_none_is_visited_in_order() {
    assert_eq!(ints(&nested(), WalkOrder::PreOrder), [1, 2, 3]);
    let indices = |order| {
        let mut seen = Vec::new();
        let all = |value: &VisitValue| {
            seen.push(value.type_index());
            WalkResult::Advance
        };
        structural_walk(&nested(), all, order).unwrap();
        seen
    };
    assert_eq!(indices(WalkOrder::PreOrder), [71, 71, 1, 1, 72, 11, 1, 11]);
    assert_eq!(indices(WalkOrder::PostOrder), [1, 1, 71, 11, 1, 72, 11, 71]);
}

#[test]
fn a_plain_root_is_visited_and_a_none_root_is_not() {
    let mut count = 0;
    let mut walk = |root: &Any| {
        let all = |_: &VisitValue| {
            count += 1;
            WalkResult::Advance
        };
        structural_walk(root, all, WalkOrder::PreOrder).unwrap();
        count
    };
    assert_eq!(walk(&Any::new()), 0);
    assert_eq!(walk(&Any::from(5i64)), 1);
}

#[test]
fn skipping_leaves_out_the_parts() {
    let mut seen = Vec::new();
    let walker = (
        |_: Map<String, i64>| WalkResult::Skip,
        |n: i64| {
            seen.push(n);
            WalkResult::Skip
        },
    );
    structural_walk(&nested(), walker, WalkOrder::PreOrder).unwrap();
    assert_eq!(seen, [1, 2]);
}

#[test]
fn interrupts_stop_with_their_result() {
    let find = |wanted: i64| {
        move |n: i64| {
            if n == wanted {
                WalkResult::interrupt_with(n * 10)
            } else {
                WalkResult::Advance
            }
        }
    };
    let interrupt = structural_walk(&nested(), find(3), WalkOrder::PostOrder)
        .unwrap()
        .unwrap();
    assert_eq!(interrupt.value.try_as::<i64>(), Some(30));
    assert!(structural_walk(&nested(), find(9), WalkOrder::PreOrder)
        .unwrap()
        .is_none());
    let plain = structural_walk(
        &nested(),
        |_: i64| WalkResult::Interrupt,
        WalkOrder::PreOrder,
    );
    assert_eq!(plain.unwrap().unwrap().value.type_index(), 0);
}

#[test]
fn errors_carry_the_way_to_the_value() {
    let map: Map<i64, Array<i64>> = [(1, Array::new(vec![7]))].into_iter().collect();
    let fail = |n: i64| -> Result<WalkResult> {
        ensure!(n != 7, VALUE_ERROR, "seven");
        Ok(WalkResult::Advance)
    };
    let Err(error) = structural_walk(&map, fail, WalkOrder::PreOrder) else {
        panic!("no error")
    };
    assert_eq!((error.kind(), error.message()), (VALUE_ERROR, "seven"));
    let frames = error
        .backtrace()
        .lines()
        .filter(|line| line.starts_with("[native"));
    assert_eq!(
        frames.collect::<Vec<_>>(),
        [
            "[native structural visit] sequence item [0]",
            "[native structural visit] object `ffi.Array`",
            "[native structural visit] map value [0]",
            "[native structural visit] object `ffi.Map`",
        ]
    );
}

#[test]
fn the_first_matching_link_runs() {
    let log = std::cell::RefCell::new(Vec::new());
    let note = |text: &str| {
        log.borrow_mut().push(text.to_owned());
        WalkResult::Advance
    };
    let walker = (
        |_: &tvm_ffi::collections::array::ArrayObj| note("array"),
        |_: i64, _: DefRegionKind| note("int"),
        |_: &Object| note("object"),
        |_: &VisitValue| note("other"),
    );
    structural_walk(&nested(), walker, WalkOrder::PreOrder).unwrap();
    assert_eq!(
        log.take().join(" "),
        "array array int int object other int other"
    );
}

#[test]
fn lists_and_dicts_may_change_while_they_are_visited() {
    let list = List::new(vec![1i64, 2]);
    let mut seen = Vec::new();
    let grow = |n: i64| -> Result<WalkResult> {
        list.push(n + 10)?;
        seen.push(n);
        Ok(WalkResult::Advance)
    };
    structural_walk(&list, grow, WalkOrder::PreOrder).unwrap();
    assert_eq!(seen, [1, 2]);
    assert_eq!(list.len(), 4);

    let dict = Function::get_global("ffi.Dict")
        .unwrap()
        .call_tuple((1i64, 2i64))
        .unwrap();
    let set = Function::get_global("ffi.DictSetItem").unwrap();
    let mut seen = Vec::new();
    let grow = |n: i64| -> Result<WalkResult> {
        set.call_tuple((&dict, 100 + n, n))?;
        seen.push(n);
        Ok(WalkResult::Advance)
    };
    structural_walk(&dict, grow, WalkOrder::PreOrder).unwrap();
    assert_eq!(seen, [1, 2]);
}

#[test]
fn dense_maps_are_visited_completely() {
    let map: Map<i64, i64> = (0..9).map(|i| (i, 100 + i)).collect();
    let mut seen = Vec::new();
    let collect = |n: i64| {
        seen.push(n);
        WalkResult::Advance
    };
    structural_walk(&map, collect, WalkOrder::PreOrder).unwrap();
    assert_eq!(seen, (0..9).flat_map(|i| [i, 100 + i]).collect::<Vec<_>>());
}

fn region_graph(with_hook: bool) -> Any {
    link_testing_library();
    let make = Function::get_global("testing.make_visit_region_graph").unwrap();
    make.call_tuple((with_hook,)).unwrap()
}

#[test]
fn fields_are_parts_and_open_their_definition_regions() {
    let mut seen = Vec::new();
    let collect = |n: i64, kind: DefRegionKind| {
        seen.push((n, kind));
        WalkResult::Advance
    };
    structural_walk(&region_graph(false), collect, WalkOrder::PreOrder).unwrap();
    assert_eq!(
        seen,
        [
            (1, DefRegionKind::Simple),
            (2, DefRegionKind::Pattern),
            (3, DefRegionKind::None),
        ]
    );
    assert_eq!(DefRegionKind::Recursive, DefRegionKind::Pattern);
    assert!(matches!(DefRegionKind::Simple, DefRegionKind::NonRecursive));
}

#[test]
fn types_with_a_visit_function_of_their_own_are_refused_unless_skipped() {
    let hook = region_graph(true);
    let all = |_: &VisitValue| WalkResult::Advance;
    let (kind, message) = kind_and_message(structural_walk(&hook, all, WalkOrder::PreOrder));
    assert_eq!(kind, "RuntimeError");
    assert_eq!(
        message,
        "native visitor: type `testing.TestVisitHook` registers foreign `__s_visit__`; visit its \
         children explicitly from a `StructuralVisitor` (`structural_visit`), or skip it with a \
         pre-order `WalkResult::Skip` handler"
    );
    let skip = |_: &VisitValue| WalkResult::Skip;
    assert!(structural_walk(&hook, skip, WalkOrder::PreOrder)
        .unwrap()
        .is_none());
}

#[derive(Default)]
struct Collector {
    ints: Vec<i64>,
    arrays: usize,
    others: usize,
}

#[dispatch(visit)]
impl Collector {
    fn visit_int(&mut self, n: i64, kind: DefRegionKind) -> WalkResult {
        assert_eq!(kind, DefRegionKind::None);
        self.ints.push(n);
        WalkResult::Advance
    }

    fn visit_array(&mut self, _array: &tvm_ffi::collections::array::ArrayObj) -> WalkResult {
        self.arrays += 1;
        WalkResult::Advance
    }

    #[cfg(any())]
    fn visit_disabled(&mut self, _value: &VisitValue) -> WalkResult {
        WalkResult::Interrupt
    }

    #[cfg_attr(all(), cfg(all()))]
    fn visit_other(&mut self, value: &VisitValue) -> Result<WalkResult> {
        ensure!(value.type_index() != 66, TYPE_ERROR, "bytes");
        self.count_other();
        Ok(WalkResult::Advance)
    }

    fn count_other(&mut self) {
        self.others += 1;
    }
}

#[test]
fn dispatch_runs_the_handler_for_the_type() {
    let mut collector = Collector::default();
    structural_walk(&nested(), &mut collector, WalkOrder::PreOrder).unwrap();
    assert_eq!(collector.ints, [1, 2, 3]);
    assert_eq!((collector.arrays, collector.others), (2, 3));
    let bytes = Array::new(vec![Bytes::from([0; 20])]);
    let failed = structural_walk(&bytes, &mut collector, WalkOrder::PreOrder);
    assert_eq!(
        kind_and_message(failed),
        ("TypeError".into(), "bytes".into())
    );
}

struct OnlyStrings<T> {
    found: Vec<T>,
}

#[dispatch(visit)]
impl<T> OnlyStrings<T>
where
    T: From<String>,
{
    fn visit_string(&mut self, text: String) -> WalkResult {
        self.found.push(T::from(text));
        WalkResult::Advance
    }
}

#[test]
fn a_visitor_in_a_chain_passes_on_what_it_does_not_handle() {
    let mut strings = OnlyStrings::<String> { found: Vec::new() };
    let mut sum = 0;
    let walker = (&mut strings, |n: i64| {
        sum += n;
        WalkResult::Advance
    });
    structural_walk(&nested(), walker, WalkOrder::PostOrder).unwrap();
    assert_eq!(sum, 6);
    assert_eq!(strings.found, ["k", "text"]);
}

/// Visits the first element of arrays only, and stops at strings.
struct FirstOnly {
    path: Vec<i32>,
}

impl StructuralVisitor for FirstOnly {
    fn visit(&mut self, value: &VisitValue, kind: DefRegionKind) -> Result<Option<VisitInterrupt>> {
        self.path.push(value.type_index());
        if let Some(array) = value.cast::<Array<Any>>() {
            return match array.iter().next() {
                Some(first) => self.visit_child(&first, DefRegionKind::Simple),
                None => Ok(None),
            };
        }
        if let Some(text) = value.cast::<String>() {
            return Ok(Some(VisitInterrupt::with(text)));
        }
        assert_eq!(kind, DefRegionKind::Simple);
        self.default_visit_children(value, kind)
    }
}

#[test]
fn visitors_decide_where_to_descend() {
    let mut visitor = FirstOnly { path: Vec::new() };
    assert!(structural_visit(&nested(), &mut visitor).unwrap().is_none());
    assert_eq!(visitor.path, [71, 71, 1]);

    let mut visitor = FirstOnly { path: Vec::new() };
    let map: Map<i64, String> = [(1, "found".into())].into_iter().collect();
    let interrupt = structural_visit(&Array::new(vec![map]), &mut visitor)
        .unwrap()
        .unwrap();
    assert_eq!(interrupt.value.try_as::<String>().unwrap(), "found");
    assert_eq!(visitor.path, [71, 72, 1, 11]);

    let mut visitor = FirstOnly { path: Vec::new() };
    assert!(
        structural_visit(&Array::new(vec![Any::new()]), &mut visitor)
            .unwrap()
            .is_none()
    );
    assert_eq!(visitor.path, [71]);
}

#[test]
fn eight_links_and_nested_chains_work() {
    let pass = |_: &VisitValue| WalkResult::Advance;
    let no = || |_: Tensor| WalkResult::Interrupt;
    let chain = (no(), no(), no(), no(), no(), no(), no(), pass);
    assert!(structural_walk(&nested(), chain, WalkOrder::PreOrder)
        .unwrap()
        .is_none());
}
