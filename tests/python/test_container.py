# SPDX-License-Identifier: Apache-2.0
"""Array, List, Map, Dict and Shape."""

from __future__ import annotations

import pickle
import random

import pytest
import tvm_ffi
from tvm_ffi import Array, Dict, List, Map, Shape

SEQUENCES = pytest.mark.parametrize("cls", [Array, List])
MAPPINGS = pytest.mark.parametrize("cls", [Map, Dict])


# ---- sequences ----------------------------------------------------------------------------------


@SEQUENCES
def test_sequence_items(cls):
    seq = cls([1, "two", None, [4]])
    assert len(seq) == 4
    assert seq[0] == 1
    assert seq[-1][0] == 4
    assert seq[1:3] == ["two", None]
    assert seq[::-2][1] == "two"
    assert type(seq[:]) is list
    assert list(seq)[:3] == [1, "two", None]


@SEQUENCES
def test_sequence_index_errors(cls):
    seq = cls([1, 2])
    for index in (2, -3, 10**30):
        with pytest.raises(IndexError, match="Index out of range. size: 2, got index"):
            seq[index]
    with pytest.raises(TypeError, match="indices must be integers or slices, not str"):
        seq["0"]


@SEQUENCES
def test_sequence_construction_errors(cls):
    with pytest.raises(TypeError):
        cls(1)


def test_array_needs_an_argument_and_list_does_not():
    with pytest.raises(TypeError):
        Array()
    assert len(List()) == 0


@SEQUENCES
def test_sequence_truth_is_non_emptiness(cls):
    assert not cls([])
    assert cls([None])


@SEQUENCES
def test_sequence_membership(cls):
    seq = cls([1, 2, "text"])
    assert 1 in seq
    assert "text" in seq
    assert 2.0 not in seq
    assert True not in seq
    assert "tex" not in seq
    assert 5 not in seq
    assert object() not in seq


@SEQUENCES
def test_sequence_concatenation(cls):
    assert list(cls([1]) + [2]) == [1, 2]
    assert list([0] + cls([1])) == [0, 1]
    assert type((0,) + cls([1])) is cls
    with pytest.raises(TypeError):
        cls([1]) + 3


@SEQUENCES
def test_sequence_search(cls):
    seq = cls([5, 6, 5])
    assert seq.index(6) == 1
    assert seq.count(5) == 2
    assert list(reversed(seq)) == [5, 6, 5]
    with pytest.raises(ValueError):
        seq.index(9)


def test_array_is_immutable():
    with pytest.raises(TypeError):
        Array([1])[0] = 2


def test_nested_elements_share_the_object():
    inner = List([1])
    outer = Array([inner, inner])
    inner.append(2)
    assert list(outer[0]) == [1, 2]
    assert outer[0].same_as(outer[1])
    assert outer[0] is not outer[0]


def test_list_behaves_like_a_python_list():
    rng = random.Random(7)
    for _ in range(300):
        values = [rng.randrange(10) for _ in range(rng.randrange(6))]
        ours, theirs = List(values), list(values)
        start, stop = (rng.choice([None, *range(-7, 8)]) for _ in range(2))
        step = rng.choice([None, 1, 2, -1, -2])
        new = [rng.randrange(10) for _ in range(rng.randrange(4))]
        key = slice(start, stop, step)
        try:
            theirs[key] = new
        except ValueError as error:
            with pytest.raises(ValueError, match="attempt to assign sequence"):
                ours[key] = new
            assert "extended slice" in str(error)
        else:
            ours[key] = new
        assert list(ours) == theirs
        del ours[key], theirs[key]
        assert list(ours) == theirs


def test_list_changes():
    values = List([1, 2, 3])
    values.append(4)
    values.insert(0, 0)
    values.insert(100, 5)
    values.insert(-100, -1)
    assert list(values) == [-1, 0, 1, 2, 3, 4, 5]
    assert values.pop() == 5
    assert values.pop(0) == -1
    values.reverse()
    assert list(values) == [4, 3, 2, 1, 0]
    values.remove(3)
    values[0] = "four"
    values += ["x"]
    assert list(values) == ["four", 2, 1, 0, "x"]
    values[1:2] = values
    assert len(values) == 9
    values.clear()
    assert list(values) == []
    with pytest.raises(IndexError, match="pop from empty list"):
        values.pop()


def test_list_iteration_survives_shrinking():
    values = List(range(10))
    iterator = iter(values)
    next(iterator)
    values.clear()
    with pytest.raises(IndexError):
        next(iterator)


def test_all_wrappers_of_a_list_see_a_change():
    values = List([1])
    other = tvm_ffi.get_global_func("testing.echo")(values)
    other.append(2)
    assert list(values) == [1, 2]


def test_self_containing_list_is_readable():
    values = List([1])
    values.append(values)
    assert values[1][1][0] == 1


# ---- mappings -----------------------------------------------------------------------------------


@MAPPINGS
def test_mapping_items(cls):
    mapping = cls({"a": 1, 2: "two", None: [3], "a much longer key": b"bytes"})
    assert len(mapping) == 4
    assert mapping["a"] == 1
    assert mapping[2] == "two"
    assert mapping[None][0] == 3
    assert mapping["a much longer key"] == b"bytes"
    assert list(mapping) == ["a", 2, None, "a much longer key"]
    assert list(mapping.values())[:2] == [1, "two"]
    assert dict(mapping.items())[2] == "two"


@MAPPINGS
def test_mapping_keys_are_distinguished_by_type(cls):
    mapping = cls({"1": "str", b"1": "bytes", 1: "int", 1.5: "float"})
    assert [mapping[key] for key in ("1", b"1", 1, 1.5)] == ["str", "bytes", "int", "float"]
    for key in (True, 1.0, "b'1'"):
        assert key not in mapping


@MAPPINGS
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 100, 5000])
def test_mapping_lookup_at_every_size(cls, count):
    rng = random.Random(count)
    makers = [
        lambda: rng.randrange(-(10**6), 10**6),
        lambda: f"k{rng.randrange(10**9)}",
        lambda: f"a long key {rng.randrange(10**12)}",
        lambda: rng.random(),
        lambda: bytes([rng.randrange(256) for _ in range(rng.randrange(12))]),
    ]
    expected = {}
    while len(expected) < count:
        expected[rng.choice(makers)()] = len(expected)
    mapping = cls(expected)
    assert list(mapping.items()) == list(expected.items())
    assert all(mapping[key] == value for key, value in expected.items())
    for absent in ("absent", "an absent long key", -1.25, b"absent bytes", object()):
        assert absent not in mapping
        with pytest.raises(KeyError, match="key is not in Map"):
            mapping[absent]


def test_dict_follows_random_operations():
    rng = random.Random(3)
    ours, model = Dict(), {}
    for step in range(4000):
        key = rng.randrange(60) if rng.random() < 0.5 else f"longer key {rng.randrange(60)}"
        if rng.random() < 0.6:
            ours[key] = model[key] = step
        elif key in model:
            del ours[key], model[key]
        else:
            assert key not in ours
        if step % 97 == 0:
            assert dict(ours.items()) == model
            assert all(ours[k] == v for k, v in model.items())
    assert len(ours) == len(model)


def test_overwriting_moves_to_the_end_once_a_map_has_been_large():
    small = Dict({1: "a", 2: "b"})
    small[1] = "c"
    assert list(small) == [1, 2]
    large = Dict({i: i for i in range(10)})
    large[0] = "x"
    large[5] = "y"
    assert list(large) == [1, 2, 3, 4, 6, 7, 8, 9, 0, 5]


@MAPPINGS
def test_mapping_with_object_keys(cls):
    key = tvm_ffi.convert(lambda: 1)
    mapping = cls(
        {key: "function", tvm_ffi.dtype("int8"): "dtype", tvm_ffi.device("cpu"): "device"}
    )
    assert mapping[key] == "function"
    assert mapping[tvm_ffi.dtype("int8")] == "dtype"
    assert mapping[tvm_ffi.device("cpu", 0)] == "device"
    with pytest.raises(KeyError):
        mapping[tvm_ffi.convert(lambda: 1)]


@MAPPINGS
def test_big_int_keys_compare_by_value(cls):
    mapping = cls({2**70: "big"})
    assert mapping[2**70] == "big"
    assert 2**71 not in mapping


@MAPPINGS
def test_mapping_get(cls):
    mapping = cls({"a": None})
    assert mapping.get("a", 5) is None
    assert mapping.get("b") is None
    assert mapping.get("b", 5) == 5


@MAPPINGS
def test_mapping_views(cls):
    mapping = cls({"a": 1, "b": 2})
    assert set(mapping.keys()) == {"a", "b"}
    assert "a" in mapping.keys()
    assert 2 in mapping.values()
    assert 3 not in mapping.values()
    assert ("a", 1) in mapping.items()
    assert ("a", 2) not in mapping.items()
    assert "a" not in mapping.items()
    assert mapping.keys() & {"a", "x"} == {"a"}
    assert len(mapping.items()) == 2
    assert "KeysView" in repr(mapping.keys())


@MAPPINGS
def test_views_accept_a_native_cursor(cls):
    from tvm_ffi.container import ItemsView, KeysView

    cursor = tvm_ffi.get_global_func("ffi.MapForwardIterFunctor")
    if cls is Dict:
        cursor = tvm_ffi.get_global_func("ffi.DictForwardIterFunctor")
    mapping = cls({i: str(i) for i in range(6)})
    assert list(KeysView(mapping, cursor)) == list(range(6))
    assert list(ItemsView(mapping, cursor)) == [(i, str(i)) for i in range(6)]
    assert list(KeysView(cls({}), cursor)) == []
    # The default is the cursor of the map's own kind.
    keys = KeysView(mapping)
    assert keys._backend_map.same_as(mapping)
    assert keys._iter_functor_getter == cursor
    assert KeysView(mapping, len)._iter_functor_getter is len


@MAPPINGS
def test_mapping_construction_errors(cls):
    with pytest.raises(AttributeError):
        cls(1)
    with pytest.raises(TypeError):
        cls(a=1)


def test_dict_changes():
    values = Dict({"a": 1})
    values["b"] = 2
    assert values.pop("a") == 1
    assert values.pop("a", 5) == 5
    with pytest.raises(KeyError, match="'a'"):
        values.pop("a")
    with pytest.raises(TypeError, match="pop expected at most 2 arguments, got 3"):
        values.pop("a", 1, 2)
    with pytest.raises(KeyError):
        del values["zz"]
    values.update({"c": 3})
    assert values.setdefault("d", 4) == 4
    assert values.popitem() == ("b", 2)
    values.clear()
    with pytest.raises(KeyError):
        values.popitem()


def test_dict_iteration_survives_changes():
    values = Dict({i: i for i in range(20)})
    for key in values:
        values.pop(key, None)
        values[key + 1000] = 1
    assert len(values) > 0


def test_mapping_conversion_of_builtin_dict_keeps_order():
    assert list(tvm_ffi.convert({"z": 1, "a": 2, "m": 3})) == ["z", "a", "m"]


def test_values_with_equal_ffi_keys_collapse():
    class Alias:
        def __tvm_ffi_value__(self):
            return "same"

    converted = tvm_ffi.get_global_func("testing.echo")({Alias(): 1, Alias(): 2})
    assert dict(converted.items()) == {"same": 2}


def test_class_subscripts_are_generic_aliases():
    assert Array[int].__origin__ is Array
    assert Map[str, int].__args__ == (str, int)


@pytest.mark.parametrize("cls", [Array, List, Map, Dict])
def test_containers_without_handle_raise(cls):
    empty = cls.__new__(cls)
    assert repr(empty) == f"{cls.__name__}(chandle=None)"
    for use in (len, iter, lambda c: c[0]):
        with pytest.raises(ValueError, match="chandle=None"):
            use(empty)


def test_elements_keep_reference_counts():
    use_count = tvm_ffi.get_global_func("testing.object_use_count")
    inner = Array([1])
    outer = Array([inner, {"k": inner}])
    assert use_count(inner) == 3
    for _ in range(100):
        outer[0], outer[1]["k"], list(outer), outer[0:1]
    assert use_count(inner) == 3
    del outer
    assert use_count(inner) == 1


@SEQUENCES
def test_long_chains_of_sequences_end(cls):
    """The end of a chain takes no stack for its length."""
    use_count = tvm_ffi.get_global_func("testing.object_use_count")
    innermost = Array([1])
    chain = innermost
    for _ in range(300_000):
        chain = cls(["an element before", chain])
    kept = chain[1][1][1]
    del chain
    assert kept[0] == "an element before"
    del kept
    assert use_count(innermost) == 1


# ---- Shape --------------------------------------------------------------------------------------


def test_shape_is_a_tuple_with_a_cached_object():
    shape = Shape((10, 8))
    assert shape == (10, 8)
    assert isinstance(shape, tuple)
    again = tvm_ffi.get_global_func("testing.echo")(shape)
    assert type(again) is Shape
    assert again == shape
    assert again._tvm_ffi_cached_object.same_as(shape._tvm_ffi_cached_object)
    assert repr(shape) == "(10, 8)"
    assert type(shape + (1,)) is tuple


def test_shape_from_a_generator():
    assert Shape(i for i in (1, 2)) == (1, 2)
    assert Shape(()) == ()


def test_shape_element_errors():
    with pytest.raises(ValueError, match="Shape must be a tuple of integers"):
        Shape((1.5,))
    with pytest.raises(ValueError, match="Expect shape to take list of int arguments"):
        Shape((2**70,))


def test_shape_pickles():
    assert pickle.loads(pickle.dumps(Shape((1, 2)))) == (1, 2)
