# SPDX-License-Identifier: Apache-2.0
"""Array, List, Map, Dict and Shape."""

import collections
import copy
import operator
import pickle
import types

import numpy as np
import tvm_ffi
import tvm_ffi.testing
from tvm_ffi import Array, Dict, List, Map, Shape

echo = tvm_ffi.get_global_func("testing.echo")
Pair = collections.namedtuple("Pair", "a b")


def with_list(change):
    values = List([1, 2, 3, 4, 5])
    result = change(values)
    return result, values


def with_dict(change):
    values = Dict({"a": 1, "b": 2})
    result = change(values)
    return result, values


def assign(index, value):
    return lambda values: operator.setitem(values, index, value)


def delete(index):
    return lambda values: operator.delitem(values, index)


CASES = """
echo([])
echo(())
echo({})
echo([1, "a", None, 2.5, True])
echo((1, (2, (3,))))
echo({"a": [1, {"b": 2}]})
echo(Pair(1, 2))
echo(collections.OrderedDict(b=1, a=2))
echo(collections.defaultdict(int, x=1))
type(echo(types.MappingProxyType({"a": 1})))
type(echo({1, 2}))
type(echo(range(3)))
type(echo(iter([1])))
Array([1, 2, 3])
Array(x for x in range(3))
Array("abc")
Array({"a": 1})
Array()
Array(5)
Array([1, 2, 3])[0]
Array([1, 2, 3])[-1]
Array([1, 2, 3])[3]
Array([1, 2, 3])[-4]
Array([1, 2, 3])[1:]
Array([1, 2, 3])[::-1]
Array([1, 2, 3])["x"]
Array([1, 2, 3])[1.0]
Array([1, 2, 3])[np.int64(1)]
Array([1, 2, 3])[True]
len(Array([1, 2]))
bool(Array([]))
bool(Array([0]))
list(Array([1, [2, 3]]))
list(reversed(Array([1, 2, 3])))
Array([1, 2, 3]).index(2)
Array([1, 2, 3]).index(9)
Array([1, 2, 2]).count(2)
2 in Array([1, 2])
2.0 in Array([1, 2])
True in Array([1, 2])
np.int64(2) in Array([1, 2])
None in Array([1, None])
"x" in Array([1, "x"])
("k", 1) in Array([("k", 1)])
("k", 2) in Array([("k", 1)])
[1, 2] in Array([[1, 2]])
object() in Array([1])
Array([1, 2]) == [1, 2]
Array([1, 2]) == (1, 2)
Array([1, 2]) == range(1, 3)
Array([1, 2]) == List([1, 2])
List([1, 2]) == Array([1, 2])
Array([1, 2]) == {1: 2}
Array([1, 2]) == "ab"
Array(["a", "b"]) == "ab"
Array([1, 2]) != [1, 3]
Array([1, 2]) == 5
Array([1]) == [1.0]
Array([1]) == [True]
Array([1]) < Array([2])
Array([1, 2]) + [3]
[0] + Array([1, 2])
(0,) + Array([1, 2])
Array([1]) + (x for x in [2])
Array([1]) + 5
Array([1]) * 2
operator.setitem(Array([1]), 0, 2)
operator.delitem(Array([1]), 0)
Array([1]).append
hash(Array([1, 2])) == hash(Array([1, 2]))
hash(Array([1, 2])) == hash(List([1, 2]))
hash(Array([])) == hash(Array([]))
Array[int]
Map[str, int]
Array([1, 2]).__class__.__mro__
isinstance(Array([1]), collections.abc.Sequence)
isinstance(List([1]), collections.abc.MutableSequence)
isinstance(Map({}), collections.abc.Mapping)
isinstance(Dict(), collections.abc.MutableMapping)
setattr(Array([1]), "x", 1)
copy.copy(Array([1, 2]))
copy.deepcopy(Array([1, [2]]))
pickle.loads(pickle.dumps(Array([1, {"a": 2}])))
pickle.loads(pickle.dumps(List([1])))
pickle.loads(pickle.dumps(Map({"a": 1})))
pickle.loads(pickle.dumps(Dict({"a": 1})))
List()
List([1]) == [1]
with_list(assign(0, 9))
with_list(assign(-1, [1]))
with_list(assign(5, 0))
with_list(assign(slice(1, 3), [7, 8, 9]))
with_list(assign(slice(1, 1), []))
with_list(assign(slice(3, 1), [7]))
with_list(assign(slice(0, 5, 2), [7, 8, 9]))
with_list(assign(slice(0, 5, 2), [7]))
with_list(assign(slice(None), "ab"))
with_list(assign("x", 1))
with_list(delete(0))
with_list(delete(9))
with_list(delete(slice(0, 5, 2)))
with_list(delete(slice(None)))
with_list(lambda v: v.append([1]))
with_list(lambda v: v.insert(0, 0))
with_list(lambda v: v.insert(100, 0))
with_list(lambda v: v.insert(-100, 0))
with_list(lambda v: v.insert(-1, 0))
with_list(lambda v: v.extend((6, 7)))
with_list(lambda v: v.extend(v))
with_list(lambda v: v.extend(5))
with_list(lambda v: v.clear())
with_list(lambda v: v.reverse())
with_list(lambda v: v.remove(3))
with_list(lambda v: v.remove(9))
with_list(lambda v: v.pop())
with_list(lambda v: v.pop(0))
with_list(lambda v: v.pop(9))
with_list(lambda v: v.pop("x"))
with_list(lambda v: operator.iadd(v, [6]))
with_list(lambda v: assign(slice(None), v)(v))
List().pop()
List([1]).sort
List([1]).copy
List([1]) * 2
List([3, 4])[1:]
hash(List([1])) == hash(List([1]))
Map({"a": 1})
Map()
Map([("a", 1)])
Map(a=1)
Map({"a": 1})["a"]
Map({"a": 1})["b"]
Map({"a": 1})[1]
Map({"a": 1}).get("b")
Map({"a": 1}).get("b", 5)
Map({"a": 1}).get("a", 5)
"a" in Map({"a": 1})
5 in Map({"a": 1})
len(Map({"a": 1, "b": 2}))
bool(Map({}))
list(Map({"b": 1, "a": 2}))
list(Map({"b": 1, "a": 2}).items())
list(Map({"b": 1, "a": 2}).keys())
list(Map({"b": 1, "a": 2}).values())
len(Map({"b": 1}).items())
"b" in Map({"b": 1}).keys()
("b", 1) in Map({"b": 1}).items()
("b", 2) in Map({"b": 1}).items()
sorted(Map({"b": 1}).keys() & {"b"})
sorted(Map({"b": 1}).keys() | {"c"})
Map({"a": 1}) == Map({"a": 1})
Map({"a": 1, "b": 2}) == Map({"b": 2, "a": 1})
Map({"a": 1}) == {"a": 1}
Map({"a": 1}) == Dict({"a": 1})
Map({"a": 1}) != Map({"a": 2})
hash(Map({"a": 1, "b": 2})) == hash(Map({"b": 2, "a": 1}))
hash(Map({"a": 1})) == hash(Dict({"a": 1}))
reversed(Map({}))
operator.setitem(Map({}), 1, 2)
Map({1: "a", 2.5: "b", None: "c", True: "d", (1, 2): "e"})[(1, 2)]
Map({1: "a", True: "d"})[1]
Map({2.0: "b"})[2]
Dict()
Dict({"a": 1}) == {"a": 1}
with_dict(lambda d: operator.setitem(d, "c", [3]))
with_dict(lambda d: operator.setitem(d, "a", 9))
with_dict(lambda d: operator.delitem(d, "a"))
with_dict(lambda d: operator.delitem(d, "z"))
with_dict(lambda d: d.pop("a"))
with_dict(lambda d: d.pop("z"))
with_dict(lambda d: d.pop("z", 5))
with_dict(lambda d: d.pop("z", 5, 6))
with_dict(lambda d: d.clear())
with_dict(lambda d: d.update({"z": 1}))
with_dict(lambda d: d.update(z=1))
with_dict(lambda d: d.update([("z", 1)]))
with_dict(lambda d: d.popitem())
with_dict(lambda d: d.setdefault("a", 5))
with_dict(lambda d: d.setdefault("z", 5))
with_dict(lambda d: d["z"])
Dict().popitem()
Dict({"a": 1}).copy
Dict({"a": 1}) | Dict({"b": 1})
Shape((1, 2))
Shape([1, 2])
Shape(())
Shape((1, 2)) == (1, 2)
Shape((1, 2)) + (3,)
Shape((1, 2))[0:1]
hash(Shape((1, 2))) == hash((1, 2))
Shape((1.5,))
Shape("ab")
Shape((2**70,))
Shape((np.int64(3),))[0]
echo(Shape((1, 2)))
type(echo(Shape((1, 2))))
pickle.loads(pickle.dumps(Shape((1, 2))))
tvm_ffi._ffi_api.Shape(1, 2)
tvm_ffi._ffi_api.Shape(1, "x")
tvm_ffi._ffi_api.ArrayGetItem(Array([1]), 5)
tvm_ffi._ffi_api.ListGetItem(List([1]), -1)
tvm_ffi._ffi_api.MapGetItem(Map({"a": 1}), "b")
tvm_ffi._ffi_api.Map("a")
tvm_ffi._ffi_api.ListPop(List([]), 0)
tvm_ffi._ffi_api.ListErase(List([]), 0)
tvm_ffi._ffi_api.ArraySize(5)
tvm_ffi.get_global_func("testing.schema_id_arr_int")([1, 2])
tvm_ffi.get_global_func("testing.schema_id_arr_int")([1, "x"])
tvm_ffi.get_global_func("testing.schema_id_arr_int")(List([1]))
tvm_ffi.get_global_func("testing.schema_id_arr_str")(["x"])
tvm_ffi.get_global_func("testing.schema_id_arr_str")([1])
tvm_ffi.get_global_func("testing.schema_id_arr_obj")([1])
tvm_ffi.get_global_func("testing.schema_id_list_int")([1])
tvm_ffi.get_global_func("testing.schema_id_list_int")(Array([1]))
tvm_ffi.get_global_func("testing.schema_id_list_int")(["x"])
tvm_ffi.get_global_func("testing.schema_id_map_str_int")({"a": 1})
tvm_ffi.get_global_func("testing.schema_id_map_str_int")({1: 1})
tvm_ffi.get_global_func("testing.schema_id_map_str_int")({"a": "x"})
tvm_ffi.get_global_func("testing.schema_id_map_str_int")(Dict({"a": 1}))
tvm_ffi.get_global_func("testing.schema_id_dict_str_int")({"a": 1})
tvm_ffi.get_global_func("testing.schema_id_dict_str_int")({"a": "x"})
tvm_ffi.get_global_func("testing.schema_id_map")(5)
"""


def case_overwritten_keys_of_small_maps_stay():
    values = Dict({"a": 1, "b": 2, "c": 3})
    values["a"] = 9
    return list(values.items())


def case_overwritten_keys_of_larger_maps_move():
    values = Dict({"a": 1, "b": 2, "c": 3, "d": 4})
    values["a"] = 9
    return list(values.items())


def case_iteration_keeps_insertion_order():
    values = Dict()
    for index in range(100):
        values[index * 7 % 101] = index
    for index in range(0, 50):
        del values[index * 7 % 101]
    return list(values.items())


def case_lists_are_shared():
    values = List([1])
    holder = Array([values])
    values.append(2)
    return holder[0]


def case_elements_are_new_wrappers():
    holder = Array([[1]])
    return holder[0] is holder[0], holder[0].same_as(holder[0])


def case_subclasses_keep_their_class_when_added():
    class Mine(Array):
        pass

    return type(Mine([1]) + [2]).__name__, type(Mine([1]) == Mine([1])).__name__
